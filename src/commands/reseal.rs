//! `bulla reseal`: encrypts files again, under fresh keys, for other readers or a passphrase.

use std::path::PathBuf;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, PoisonError};

use clap::Args;

use crate::command::{Command, Sandbox};
use crate::context::Context;
use crate::errors::{Refusal, Result, usage};
use crate::files::{FileId, Mode, Output};
use crate::jobs::batch::Written;
use crate::jobs::decrypt_header::{
    CheckedHeader, DecryptionKeys, HeaderRead, Positioned, read_header,
};
use crate::jobs::encrypt_file::{Contents, EncryptedFile, FileEncryption, SignatureCoverage};
use crate::jobs::paths::{Job, OutputKind, Plugins, Target};
use crate::jobs::pipe::pipe;
use crate::jobs::reader_edit::for_readers;
use crate::jobs::tree::{Folders, FoundFiles, find_files};
use crate::jobs::{batch, paths, rewrite_header};
use crate::select::concurrency::{ThreadOptions, cores};
use crate::select::key_files;
use crate::select::known_recipients::KnownRecipients;
use crate::select::options::{ActAs, IdentityOptions, OutputOptions, PassphraseSource, Signing};
use crate::select::recipients::{IncludeSelf, NewRecipientOptions, Recipients};
use crate::select::signer::Signer;
use crate::ui::{Stream, Ui};
use bulla_age::format::Source;
use bulla_age::sender::{HiddenRecipient, Sender};
use bulla_age::stream::{Engine, PayloadError};
use bulla_age::untrusted::Untrusted;
use bulla_age::{AnyRecipient, Inspection, NewFile, Recipient, UnlockedFile};

/// Encrypt files again with a new key, for a new set of people
///
/// Each file is decrypted and encrypted in one stream, without writing the contents to disk, and
/// replaced only when the new file is complete. With -p, the new file has a passphrase instead of
/// recipients; with --to, it has recipients instead of a passphrase. Older copies can still be
/// opened by those who could open them before.
#[derive(Args, Clone, Debug)]
pub(crate) struct ResealArgs {
    /// Files (folders with --recursive)
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    recipients: NewRecipientOptions,
    /// Do not also encrypt to yourself; you may lose access
    #[arg(long)]
    no_self: bool,
    #[command(flatten)]
    signing: Signing,
    /// Hide the names of the recipients from each other
    #[arg(long, conflicts_with = "passphrase")]
    hide_recipients: bool,
    /// Write a bare age file, without reader list or signature
    #[arg(long, conflicts_with = "sign")]
    plain: bool,
    /// Include all age files in folders; symlinks are not followed
    #[arg(long, conflicts_with = "output")]
    recursive: bool,
    /// Show what would be done, without doing it
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    identity: IdentityOptions,
    #[command(flatten)]
    acting: ActAs,
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

/// Everything needed to re-encrypt one file.
struct Run<'a> {
    args: &'a ResealArgs,
    jobs: &'a [Job],
    keys: &'a DecryptionKeys,
    files: &'a [(FileId, Untrusted)],
    recipients: &'a Recipients,
    known: KnownRecipients,
    /// The files whose keys plugins wrapped in advance, one for each job.
    wrapped: Mutex<Vec<NewFile>>,
    signer: &'a Signer,
    wraps: &'a [&'a dyn Recipient],
    programs: Plugins,
    threads: usize,
    progress: Arc<AtomicU64>,
    ui: &'a Ui,
}

/// The result for one file.
#[derive(serde::Serialize)]
struct Done {
    input: String,
    output: String,
    written: bool,
    /// The display names of its readers.
    to: Vec<String>,
    recipients: Vec<String>,
    signed: SignatureCoverage,
    /// Whether the author's signature was dropped.
    was_signed: bool,
    #[serde(skip)]
    stepped_down: bool,
    #[serde(skip)]
    names: u64,
}

impl Command for ResealArgs {
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

fn run(args: &ResealArgs, context: &Context) -> Result<()> {
    args.recipients.require_recipients()?;
    let found = match &args.output.output {
        None => find_files(&args.paths, Folders::new(args.recursive))?,
        Some(_) => FoundFiles::new(paths::jobs(&args.paths, &args.output, |name| {
            Ok(PathBuf::from(name))
        })?),
    };
    let jobs = &found.jobs;
    let preferred = context.preferences()?;
    let mut loaded = key_files::KeyFiles::default();
    if jobs.iter().any(|job| job.input.is_none()) {
        loaded.stdin_is_taken();
    }
    // Asked for before the files are opened, because the same passphrase may do both.
    let signs = args.signing.wanted(preferred)
        && !args.plain
        && !args.recipients.is_passphrase()
        && !args.dry_run;
    let signer = match signs {
        true => Signer::load(
            args.acting.name.as_deref(),
            context,
            args.identity.limit.max_work_factor,
        )?,
        false => Signer::nobody(),
    };
    let keys = rewrite_header::keys(jobs, &args.identity, &args.acting, &mut loaded, context)?;
    let mut programs = keys.prepare(jobs);
    if args.recipients.is_passphrase() {
        // The old passphrase is asked for before the new one.
        keys.ask_for(jobs);
    }
    let options = args.recipients.acting_as(&args.acting);
    let include_self = if args.no_self {
        IncludeSelf::No
    } else {
        IncludeSelf::Yes
    };
    let recipients = match args.dry_run && args.recipients.is_passphrase() {
        true => Recipients::some_passphrase()?,
        false => Recipients::resolve(&options, include_self, &mut loaded, context)?,
    };
    let signer = match signs {
        true => signer.addressing(recipients.signing_keys_of_recipients(context)?),
        false => signer,
    };
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
    let starts_program = wraps.iter().any(|wrap| wrap.starts_program());
    let wrapped = match starts_program && !args.dry_run {
        true => NewFile::batch(&wraps, jobs.len())?,
        false => Vec::new(),
    };
    if args.dry_run {
        programs = Plugins::MayRun;
    }
    paths::confine(jobs, programs, &context.ui);
    let (concurrency, threads) = args.threads.share(jobs.len(), preferred);
    let progress = batch::progress(
        "resealing",
        jobs.len(),
        paths::total_bytes(jobs),
        &context.ui,
    );
    let run = Run {
        args,
        jobs,
        keys: &keys,
        files: &loaded.files,
        recipients: &recipients,
        known: KnownRecipients::load(context),
        wrapped: Mutex::new(wrapped),
        signer: &signer,
        wraps: &wraps,
        programs,
        threads,
        progress: progress.counter(),
        ui: &context.ui,
    };
    let work = |job: &Job| run.file(job);
    let result = batch::files(
        jobs,
        concurrency,
        &context.ui,
        progress,
        work,
        |job, done| run.tell(job, &done),
    );
    found.print_skipped(&context.ui);
    result
}

impl Run<'_> {
    fn file(&self, job: &Job) -> Result<Written<Done>> {
        let input = job.open()?;
        let in_place = self.args.output.output.is_none();
        if in_place && !input.is_regular() {
            return Err(usage(
                "Not a regular file",
                Some("Choose an output with -o PATH"),
            ));
        }
        if in_place && !self.args.dry_run {
            input.hold();
        }
        let HeaderRead { closed, source, .. } = read_header(&input)?;
        let seen = Inspection::new(&closed, None);
        let by_passphrase = seen
            .stanzas
            .iter()
            .any(|stanza| bulla_age::stanza_type::is_passphrase(stanza.kind.as_raw()));
        let resisted = seen.post_quantum() == Some(true) && !by_passphrase;
        let checked = self.keys.open_checked(closed)?;
        self.keys
            .confine_once_unlocked(self.jobs, self.programs, self.ui);
        if in_place {
            self.refuse_loss(&checked.opened)?;
        }
        let by_its_author = |sender: &Sender| {
            sender
                .origin()
                .is_some_and(|origin| origin.signer.is_some())
        };
        let was_signed = checked
            .sender
            .as_ref()
            .is_some_and(|sender| sender.is_newer() || by_its_author(sender));
        let mut done = Done {
            input: job.name().as_raw().to_owned(),
            output: job.name().as_raw().to_owned(),
            written: false,
            to: self.recipients.shown(),
            recipients: self.recipients.recipients(),
            signed: SignatureCoverage::No,
            was_signed,
            stepped_down: resisted
                && self
                    .recipients
                    .recipients()
                    .iter()
                    .any(|key| is_classic_key(key)),
            names: if in_place { input.names() } else { 1 },
        };
        if self.args.dry_run {
            return Ok(Written { output: None, done });
        }
        let wrapped = self
            .wrapped
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        let file = wrapped.map_or_else(|| NewFile::new(self.wraps), Ok)?;
        let mut output = match (in_place, &job.input) {
            (true, Some(path)) => Output::instead_of(&input, path)?,
            _ => job.create(
                &input,
                OutputKind {
                    mode: Mode::Ciphertext,
                    force: self.args.output.force,
                },
                self.files,
            )?,
        };
        if matches!(output, Output::Stdout(_)) {
            self.ui.results_follow();
        }
        done.signed = self
            .close_anew(&checked, &file, source, &mut output)?
            .signed;
        input.check_unchanged()?;
        done.output = output.name().as_raw().to_owned();
        done.written = true;
        done.stepped_down |=
            resisted && file.stanzas().iter().any(|stanza| is_classic(&stanza.tag));
        Ok(Written {
            output: Some(output),
            done,
        })
    }

    /// Refuses to encrypt the only copy for others alone, unless that was requested.
    fn refuse_loss(&self, opened: &UnlockedFile) -> Result<()> {
        let Recipients::Named(_) = self.recipients else {
            return Ok(());
        };
        if self.args.no_self {
            return Ok(());
        }
        let mut own: Vec<String> = Vec::new();
        for identity in self
            .keys
            .settled()
            .into_iter()
            .chain(self.keys.opener(opened))
        {
            own.extend(
                identity
                    .recipients()
                    .unwrap_or_default()
                    .iter()
                    .map(ToString::to_string),
            );
        }
        match self
            .recipients
            .recipients()
            .iter()
            .any(|text| own.contains(text) || self.known.is_own(text))
        {
            true => Ok(()),
            false => {
                let hint = "Add yourself with --to NAME, or give it away with --no-self";
                Err(Refusal::LocksYouOut(hint).into())
            }
        }
    }

    /// Decrypts and encrypts in one stream. Nothing unauthenticated is written, and no plaintext
    /// reaches the disk.
    fn close_anew(
        &self,
        checked: &CheckedHeader,
        file: &NewFile,
        source: Source<Positioned<'_>>,
        output: &mut Output,
    ) -> Result<EncryptedFile> {
        let threads = if self.threads == 0 {
            cores()
        } else {
            self.threads
        };
        let opening = Engine::new(threads.div_ceil(2)).with_progress(self.progress.clone());
        let opening = checked.engine(opening);
        let old = checked.opened.payload_key();
        let author = (!self.args.plain && !file.is_for_passphrase()).then(|| self.signer.author());
        let seal = FileEncryption {
            file,
            author,
            armor: source.is_armored(),
            engine: Engine::new((threads / 2).max(1)),
        };
        let (mut sink, outlet) = pipe();
        let (read, written) = std::thread::scope(|scope| {
            let reading = scope.spawn(move || -> Result<()> {
                opening.open(&old, source, &mut sink)?;
                // Contents that do not match the signature must not be completed.
                checked.check_content()?;
                sink.finish();
                Ok(())
            });
            let contents = match output.is_seekable() {
                true => Ok(Contents::Stream(Box::new(outlet))),
                false => Contents::once_begun(outlet),
            };
            let written = contents.and_then(|contents| seal.write_from(contents, output));
            (
                reading
                    .join()
                    .expect("reseal: the engine does not panic on any input"),
                written,
            )
        });
        match read {
            // The other side has already reported why it stopped reading.
            Err(error) if matches!(error.downcast_ref(), Some(PayloadError::Write(_))) => written,
            Err(error) => Err(error),
            Ok(()) => written,
        }
    }

    fn tell(&self, job: &Job, done: &Done) -> Result<()> {
        if self.args.json {
            let carries_data = matches!(job.target, Target::Stdout);
            let to = if carries_data {
                Stream::Stderr
            } else {
                Stream::Stdout
            };
            self.ui.json(done, to)?;
        } else {
            let (name, to) = (Untrusted::new(done.output.clone()), for_readers(&done.to));
            match done.written {
                true => {
                    let signed = done.signed.told();
                    self.ui
                        .status(&format_args!("Re-encrypted {name} {to}{signed}"));
                    done.signed.tell_what_is_left(self.ui);
                }
                false => {
                    self.ui.status(&format_args!(
                        "Would re-encrypt {name} {to}; nothing was written"
                    ));
                }
            }
        }
        let name = Untrusted::new(done.input.clone());
        if done.was_signed {
            self.ui.hint(&format_args!(
                "{name} was signed; the new file does not have that signature"
            ));
        }
        if done.stepped_down {
            let is = if done.written {
                "now uses classic keys"
            } else {
                "would use classic keys"
            };
            self.ui
                .warning(&format_args!("{name} used post-quantum keys and {is}"));
        }
        if done.written && done.names > 1 {
            self.ui.warning(&format_args!(
                "{name} had {} names (hard links). It is a separate file now; the other names \
                 still have the old contents",
                done.names
            ));
        }
        Ok(())
    }
}

fn is_classic_key(text: &str) -> bool {
    text.parse::<AnyRecipient>()
        .is_ok_and(|key| key.is_post_quantum() == Some(false))
}

/// Returns whether a quantum computer could break this type of key.
fn is_classic(tag: &str) -> bool {
    bulla_age::stanza_type::is_post_quantum(tag) == Some(false)
}
