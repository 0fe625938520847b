//! `bulla encrypt`: encrypts files or standard input.

use std::io::Read;
use std::path::PathBuf;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, PoisonError};

use clap::Args;

use crate::command::{Command, Sandbox};
use crate::context::Context;
use crate::errors::{Refusal, Result};
use crate::files::{FileId, Input, Mode, Output};
use crate::jobs::batch::Written;
use crate::jobs::encrypt_file::{FileEncryption, SignatureCoverage};
use crate::jobs::paths::{Job, OutputKind, Plugins, Target};
use crate::jobs::reader_edit::for_readers;
use crate::jobs::{batch, paths};
use crate::select::concurrency::ThreadOptions;
use crate::select::key_files;
use crate::select::options::{OutputOptions, PassphraseSource, Signing};
use crate::select::recipients::{IncludeSelf, RecipientOptions, Recipients};
use crate::select::signer::Signer;
use crate::ui::{Stream, Ui};
use bulla_age::format::looks_encrypted;
use bulla_age::sender::HiddenRecipient;
use bulla_age::stream::{Engine, PayloadError};
use bulla_age::untrusted::Untrusted;
use bulla_age::{NewFile, Recipient};

/// Encrypt files or standard input
///
/// Encrypts FILE to FILE.age in the same folder, and standard input to standard output. Existing
/// files are kept unless you use --force. Input files are never deleted, and a failure leaves no
/// partial output.
#[derive(Args, Clone, Debug)]
pub(crate) struct EncryptArgs {
    /// Files to encrypt (nothing or "-": standard input)
    paths: Vec<PathBuf>,
    #[command(flatten)]
    recipients: RecipientOptions,
    /// Write text (armor) instead of binary data
    #[arg(short, long)]
    armor: bool,
    /// Write binary data even if the config says armor = true
    #[arg(long, overrides_with = "armor")]
    no_armor: bool,
    /// Do not also encrypt to yourself
    #[arg(long)]
    no_self: bool,
    #[command(flatten)]
    signing: Signing,
    /// Hide the names of the recipients from each other
    #[arg(long, conflicts_with_all = ["passphrase", "plain"])]
    hide_recipients: bool,
    /// Write a bare age file, without reader list or signature
    #[arg(long, conflicts_with = "sign")]
    plain: bool,
    /// Encrypt even if the input is already encrypted
    #[arg(long)]
    again: bool,
    /// Print a JSON object per file to standard output (to standard error if standard output
    /// carries the data)
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) source: PassphraseSource,
    #[command(flatten)]
    output: OutputOptions,
    #[command(flatten)]
    threads: ThreadOptions,
}

/// Everything needed to encrypt one file.
struct Run<'a> {
    recipients: &'a Recipients,
    wraps: &'a [&'a dyn Recipient],
    signer: &'a Signer,
    /// The files whose keys plugins wrapped in advance, one for each job.
    wrapped: Mutex<Vec<NewFile>>,
    args: &'a EncryptArgs,
    keys: &'a [(FileId, Untrusted)],
    armor: bool,
    threads: usize,
    progress: Arc<AtomicU64>,
    ui: &'a Ui,
}

/// The result for one file.
#[derive(serde::Serialize)]
struct Done {
    input: String,
    output: String,
    /// The display names of its readers.
    to: Vec<String>,
    recipients: Vec<String>,
    signed: SignatureCoverage,
    bytes: u64,
}

impl Command for EncryptArgs {
    fn passphrase_source(&self) -> Option<&PassphraseSource> {
        Some(&self.source)
    }

    fn prints(&self) -> bool {
        self.json
    }

    fn sandbox(&self) -> Sandbox {
        Sandbox::ConfinesItself
    }

    fn run(&self, context: &Context) -> Result<()> {
        run(self, context)
    }
}

fn run(args: &EncryptArgs, context: &Context) -> Result<()> {
    let jobs = paths::jobs(&args.paths, &args.output, |name| {
        let mut name = name.to_owned();
        name.push(".age");
        Ok(PathBuf::from(name))
    })?;
    let preferred = context.preferences()?;
    let armor = (args.armor || preferred.armor) && !args.no_armor;
    let mut keys = key_files::KeyFiles::default();
    if jobs.iter().any(|job| job.input.is_none()) {
        keys.stdin_is_taken();
    }
    let include_self = if args.no_self {
        IncludeSelf::No
    } else {
        IncludeSelf::Yes
    };
    let recipients = Recipients::resolve(&args.recipients, include_self, &mut keys, context)?;
    let hidden: Vec<HiddenRecipient<'_>> = recipients
        .as_recipients()
        .into_iter()
        .map(HiddenRecipient)
        .collect();
    let wraps: Vec<&dyn Recipient> = match args.hide_recipients {
        true => hidden
            .iter()
            .map(|hidden| -> &dyn Recipient { hidden })
            .collect(),
        false => recipients.as_recipients(),
    };
    let signer = match args.signing.wanted(preferred) && !args.plain && !recipients.is_passphrase()
    {
        true => args.recipients.signer(&recipients, context)?,
        false => Signer::nobody(),
    };
    // A plugin wraps for the whole batch at once. After that, no program is needed.
    let starts_program = wraps.iter().any(|wrap| wrap.starts_program());
    let wrapped = if starts_program {
        NewFile::batch(&wraps, jobs.len())?
    } else {
        Vec::new()
    };
    paths::confine(&jobs, Plugins::Finished, &context.ui);
    let total = paths::total_bytes(&jobs);
    let (concurrency, threads) = args.threads.share(jobs.len(), preferred);
    let progress = batch::progress("encrypting", jobs.len(), total, &context.ui);
    let run = Run {
        recipients: &recipients,
        wraps: &wraps,
        signer: &signer,
        wrapped: Mutex::new(wrapped),
        args,
        keys: &keys.files,
        armor,
        threads,
        progress: progress.counter(),
        ui: &context.ui,
    };
    batch::files(
        &jobs,
        concurrency,
        &context.ui,
        progress,
        |job| run.file(job),
        |job, done| tell(&done, job, args, context),
    )
}

impl Run<'_> {
    fn file(&self, job: &Job) -> Result<Written<Done>> {
        let input = job.open()?;
        let start = Start::of(&input)?;
        if looks_encrypted(&start.bytes) && !self.args.again {
            return Err(Refusal::AlreadyEncrypted.into());
        }
        let explicit = matches!(job.target, Target::Stdout) && self.args.output.output.is_some();
        let to_stdout = matches!(job.target, Target::Stdout)
            || !matches!(job.target, Target::Path(_)) && !input.is_regular();
        if to_stdout && self.ui.stdout_is_terminal() && !self.armor && !explicit {
            return Err(Refusal::CiphertextToTerminal.into());
        }
        let wrapped = self
            .wrapped
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        let file = wrapped.map_or_else(|| NewFile::new(self.wraps), Ok)?;
        let kind = OutputKind {
            mode: Mode::Ciphertext,
            force: self.args.output.force,
        };
        let mut output = job.create(&input, kind, self.keys)?;
        if matches!(output, Output::Stdout(_)) {
            self.ui.results_follow();
        }
        let engine = Engine::new(self.threads).with_progress(self.progress.clone());
        let author = (!self.args.plain && !file.is_for_passphrase()).then(|| self.signer.author());
        let seal = FileEncryption {
            file: &file,
            author,
            armor: self.armor,
            engine,
        };
        let sealed = seal.write(&input, start.bytes, &mut output)?;
        let done = Done {
            input: job.name().as_raw().to_owned(),
            output: output.name().as_raw().to_owned(),
            to: self.recipients.shown(),
            recipients: self.recipients.recipients(),
            signed: sealed.signed,
            bytes: sealed.bytes,
        };
        Ok(Written {
            output: Some(output),
            done,
        })
    }
}

/// The first bytes of an input, enough to recognize an age file.
struct Start {
    bytes: Vec<u8>,
}

impl Start {
    fn of(input: &Input) -> Result<Self> {
        use bulla_age::stream::ReadAt;
        let mut bytes = vec![0; 64];
        let len = match input.regular_len() {
            Some(_) => ReadAt::read_at(input.file(), &mut bytes, input.start_offset())
                .map_err(PayloadError::Read)?,
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
}

fn tell(done: &Done, job: &Job, args: &EncryptArgs, context: &Context) -> Result<()> {
    if args.json {
        let carries_data = matches!(job.target, Target::Stdout)
            || job.input.is_none() && args.output.output.is_none();
        let to = if carries_data {
            Stream::Stderr
        } else {
            Stream::Stdout
        };
        context.ui.json(done, to)?;
        return Ok(());
    }
    let output = match job.target {
        Target::Stdout => String::new(),
        _ => format!("{} ", Untrusted::new(done.output.clone())),
    };
    context.ui.status(&format_args!(
        "Encrypted {output}{}{}",
        for_readers(&done.to),
        done.signed.told()
    ));
    done.signed.tell_what_is_left(&context.ui);
    if matches!(job.target, Target::Beside(_))
        && args.output.output.is_none()
        && !context.ui.stdout_is_terminal()
        && !args.json
    {
        context
            .ui
            .hint(&"The output is next to the input; use -o - for standard output");
    }
    Ok(())
}
