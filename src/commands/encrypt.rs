//! `bulla encrypt`: closes files or standard input for people.

use std::ffi::OsStr;
use std::io::{Read, Write};
use std::path::PathBuf;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, Result};
use clap::Args;

use super::batch::Written;
use super::options::{IdentityOptions, OutputOptions, PassphraseSource, Threads};
use super::plan::{self, Job, Kind, Programs, Target, usage};
use super::{batch, load};
use crate::context::Context;
use crate::failure::{Failure, shortened};
use crate::files::{FileId, Input, Mode, Output};
use crate::format::{ArmorWriter, looks_encrypted};
use crate::keys::{ParseError, Readers, SecretString, Target as Reader, passphrase};
use crate::payload::{At, Engine, PayloadError};
use crate::protocol::{NewFile, Wrap};
use crate::ui::{NewPassphrase, Stream};
use crate::untrusted::Untrusted;

/// Encrypt files or standard input for people
///
/// A file becomes FILE.age beside it; standard input goes to standard output. Nothing is replaced without --force,
/// inputs are never deleted, and a failure leaves nothing behind.
#[derive(Args, Clone, Debug)]
pub(crate) struct EncryptArgs {
    /// What to encrypt; "-" or nothing is standard input
    paths: Vec<PathBuf>,
    /// For this recipient: age1…, age1pq1…, age1tag1…, "ssh-ed25519 …", "ssh-rsa …" (repeatable)
    #[arg(short, long, value_name = "RECIPIENT")]
    recipient: Vec<String>,
    /// For the recipients in this file; "-" is standard input (repeatable)
    #[arg(short = 'R', long, value_name = "PATH")]
    recipients_file: Vec<PathBuf>,
    #[command(flatten)]
    identity: IdentityOptions,
    /// With a passphrase instead of recipients
    #[arg(short, long, conflicts_with_all = ["recipient", "recipients_file", "identity", "plugin"])]
    passphrase: bool,
    /// The cost of the passphrase: 2^N KiB of memory to try it (below 18 is easier to guess)
    #[arg(long, value_name = "N", default_value_t = 18, value_parser = clap::value_parser!(u8).range(10..=20))]
    work_factor: u8,
    /// Write text instead of bytes
    #[arg(short, long)]
    armor: bool,
    /// Encrypt once more what is an age file already
    #[arg(long)]
    again: bool,
    /// Fail unless the file would open for exactly this many keys
    #[arg(long, value_name = "N")]
    expect_recipients: Option<usize>,
    /// One JSON object for each file, on standard output (on standard error when that carries the data)
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) source: PassphraseSource,
    #[command(flatten)]
    output: OutputOptions,
    #[command(flatten)]
    threads: Threads,
}

/// For whom, resolved: recipients, or one passphrase.
enum Whom {
    People(Readers),
    Passphrase(passphrase::Recipient),
}

/// All that encrypting one file needs.
struct Run<'a> {
    whom: &'a Whom,
    /// File keys that plugins have wrapped already, one for each job.
    wrapped: Mutex<Vec<NewFile>>,
    args: &'a EncryptArgs,
    keys: &'a [(FileId, Untrusted)],
    threads: usize,
    progress: Arc<AtomicU64>,
    stdout_is_terminal: bool,
}

/// What became of one file.
#[derive(serde::Serialize)]
struct Done {
    input: String,
    output: String,
    recipients: Vec<String>,
    bytes: u64,
}

pub(crate) fn run(args: &EncryptArgs, context: &Context) -> Result<()> {
    let jobs = plan::jobs(&args.paths, &args.output, |name| {
        let mut name = name.to_owned();
        name.push(".age");
        Ok(PathBuf::from(name))
    })?;
    let mut keys = load::Loaded::default();
    if jobs.iter().any(|job| job.input.is_none()) {
        keys.stdin_is_taken();
    }
    let whom = whom(args, &mut keys, context)?;
    // A plugin wraps for the whole batch at once; after it, no program is needed any more.
    let starts_program = whom.wraps().iter().any(|wrap| wrap.starts_program());
    let wrapped = if starts_program { NewFile::batch(&whom.wraps(), jobs.len())? } else { Vec::new() };
    plan::confine(&jobs, Programs::Over, &context.ui);
    let total = plan::total(&jobs);
    let (at_a_time, threads) = args.threads.share(jobs.len(), total);
    let progress = batch::progress("encrypting", jobs.len(), total, &context.ui);
    let stdout_is_terminal = context.ui.stdout_is_terminal();
    let run = Run {
        whom: &whom,
        wrapped: Mutex::new(wrapped),
        args,
        keys: &keys.files,
        threads,
        progress: progress.counter(),
        stdout_is_terminal,
    };
    batch::files(
        &jobs,
        at_a_time,
        &context.ui,
        progress,
        |job| run.file(job),
        |job, done| tell(&done, job, args, context),
    )
}

/// Resolves the flags to recipients, and says what is doubtful about them.
fn whom(args: &EncryptArgs, keys: &mut load::Loaded, context: &Context) -> Result<Whom> {
    if args.passphrase {
        if args.expect_recipients.is_some_and(|expected| expected != 1) {
            return Err(Failure::Refused("the file would open for 1 passphrase".to_owned(), None).into());
        }
        if args.work_factor < 18 {
            context.ui.warning(&format_args!(
                "a work factor of {} makes the passphrase easier to guess",
                args.work_factor
            ));
        }
        let passphrase = new_passphrase("passphrase for the file", context)?;
        return Ok(Whom::Passphrase(passphrase::Recipient::new(passphrase, args.work_factor)));
    }
    let mut readers = Vec::new();
    for (index, text) in args.recipient.iter().enumerate() {
        let what = || Untrusted::new(format!("recipient {} (-r)", index + 1));
        let parsed =
            text.parse().map_err(|error: ParseError| Failure::Key { what: what(), error: error.into() })?;
        readers.push(Reader::Recipient(parsed));
    }
    readers.extend(keys.recipients(&args.recipients_file, context)?.into_iter().map(Reader::Recipient));
    for identity in keys.identities(&args.identity, context)? {
        let what = Untrusted::new(identity.describe());
        readers.extend(identity.targets().map_err(|error| Failure::Key { what, error })?);
    }
    let given = readers.len();
    let readers = Readers::new(readers, &context.host());
    for duplicate in readers.duplicates() {
        context.ui.warning(&format_args!("{} was given more than once", shortened(duplicate)));
    }
    let count = given - readers.duplicates().len();
    if count == 0 {
        let hint = "say for whom with -r RECIPIENT, -R PATH or -i PATH, or use a passphrase with -p";
        return Err(usage("there is nobody to encrypt for", Some(hint)));
    }
    if let Some(expected) = args.expect_recipients
        && expected != count
    {
        let text = format!("the file would open for {count} keys, not for {expected}");
        return Err(Failure::Refused(text, None).into());
    }
    Ok(Whom::People(readers))
}

/// A passphrase for something new: from the flags, or asked for twice.
pub(super) fn new_passphrase(what: &str, context: &Context) -> Result<SecretString> {
    if let Some(given) = context.take_first() {
        if given.is_empty() {
            return Err(usage("the passphrase that was given is empty", None));
        }
        return Ok(SecretString::from(given.as_str()));
    }
    use crate::keys::ExposeSecret;
    let generated = passphrase::generate().context("the system gives no random bytes")?;
    let made = || zeroize::Zeroizing::new(generated.expose_secret().to_owned());
    Ok(match context.ui.new_passphrase(what, made).with_context(|| what.to_owned())? {
        NewPassphrase::Typed(passphrase) | NewPassphrase::Generated(passphrase) => {
            SecretString::from(passphrase.as_str())
        }
    })
}

impl Whom {
    fn wraps(&self) -> Vec<&dyn Wrap> {
        match self {
            Self::People(readers) => readers.wraps(),
            Self::Passphrase(recipient) => vec![recipient],
        }
    }
}

impl Run<'_> {
    fn file(&self, job: &Job) -> Result<Written<Done>> {
        let input = job.open()?;
        let start = Start::of(&input)?;
        if looks_encrypted(&start.bytes) && !self.args.again {
            let hint = "encrypt it once more with --again, or let others open it with a new encryption of its contents";
            return Err(
                Failure::Refused("it is an age file already".to_owned(), Some(hint.to_owned())).into()
            );
        }
        let explicit = matches!(job.target, Target::Stdout) && self.args.output.output.is_some();
        let to_stdout = matches!(job.target, Target::Stdout)
            || !matches!(job.target, Target::Path(_)) && !input.is_regular();
        if to_stdout && self.stdout_is_terminal && !self.args.armor && !explicit {
            let hint = "write a file with -o PATH, text with --armor, or insist with -o -";
            return Err(Failure::Refused(
                "binary is not written to a terminal".to_owned(),
                Some(hint.to_owned()),
            )
            .into());
        }
        let wrapped = self.wrapped.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let file = wrapped.map_or_else(|| NewFile::new(&self.whom.wraps()), Ok)?;
        let kind = Kind { mode: Mode::Ciphertext, force: self.args.output.force };
        let mut output = job.create(&input, kind, self.keys)?;
        let bytes = self.seal(&file, &input, start, &mut output)?;
        let done = Done {
            input: job.name().as_raw().to_owned(),
            output: output.name().as_raw().to_owned(),
            recipients: self.whom.wraps().iter().flat_map(|wrap| wrap.names()).collect(),
            bytes,
        };
        Ok(Written { output: Some(output), done })
    }

    /// Writes header and payload; gives their length.
    fn seal(&self, file: &NewFile, input: &Input, start: Start, output: &mut Output) -> Result<u64> {
        let (header, key) = (file.header(), file.payload_key());
        let engine = Engine::new(self.threads).with_progress(self.progress.clone());
        let written = if self.args.armor {
            let mut armor = ArmorWriter::new(&mut *output).map_err(PayloadError::Write)?;
            armor.write_all(&header).map_err(PayloadError::Write)?;
            let sealed = engine.seal(&key, start.then(input), &mut armor)?;
            armor.finish().map_err(PayloadError::Write)?;
            sealed
        } else {
            output.write_all(&header).map_err(PayloadError::Write)?;
            match input.regular_len() {
                Some(len) if output.is_seekable() => {
                    let from = At { place: input.file(), offset: input.start_offset() };
                    engine.seal_at(
                        &key,
                        from,
                        len,
                        At { place: output.file(), offset: header.len() as u64 },
                    )?
                }
                _ => engine.seal(&key, start.then(input), &mut *output)?,
            }
        };
        input.check_unchanged()?;
        Ok(header.len() as u64 + written)
    }
}

/// The first bytes of an input: enough to know an age file by.
struct Start {
    bytes: Vec<u8>,
}

impl Start {
    fn of(input: &Input) -> Result<Self> {
        use crate::payload::ReadAt;
        let mut bytes = vec![0; 64];
        let len = match input.regular_len() {
            Some(_) => {
                ReadAt::read_at(input.file(), &mut bytes, input.start_offset()).map_err(PayloadError::Read)?
            }
            None => {
                let mut reader = input.file();
                loop {
                    match reader.read(&mut bytes) {
                        Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                        read => break read.map_err(PayloadError::Read)?,
                    }
                }
            }
        };
        bytes.truncate(len);
        Ok(Self { bytes })
    }

    /// The whole input as a stream: what was read already, then the rest.
    fn then(self, input: &Input) -> impl Read + Send {
        let again = if input.regular_len().is_some() { Vec::new() } else { self.bytes };
        std::io::Cursor::new(again).chain(input.file())
    }
}

fn tell(done: &Done, job: &Job, args: &EncryptArgs, context: &Context) -> Result<()> {
    if args.json {
        let carries_data =
            matches!(job.target, Target::Stdout) || job.input.is_none() && args.output.output.is_none();
        let to = if carries_data { Stream::Stderr } else { Stream::Stdout };
        context.ui.json(done, to).map_err(PayloadError::Write)?;
        return Ok(());
    }
    let names: Vec<String> = done.recipients.iter().map(|name| shortened(name)).collect();
    context.ui.status(&format_args!(
        "{} can be opened by {}",
        Untrusted::new(done.output.clone()),
        names.join(", ")
    ));
    if matches!(job.target, Target::Beside(_))
        && args.output.output.is_none()
        && !context.ui.stdout_is_terminal()
        && !args.json
    {
        context.ui.hint(&"the output went to the file beside the input; -o - writes to standard output");
    }
    Ok(())
}

/// Whether a path ends like an age file.
pub(super) fn without_age(name: &OsStr) -> Option<PathBuf> {
    use std::os::unix::ffi::OsStrExt;
    let stem = name.as_bytes().strip_suffix(b".age").filter(|stem| !stem.is_empty())?;
    Some(PathBuf::from(OsStr::from_bytes(stem)))
}
