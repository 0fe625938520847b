//! `bulla reseal`: encrypts files again, under fresh keys, for other readers or a passphrase.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use clap::Args;

use crate::command::{Command, Sandbox};
use crate::context::Context;
use crate::errors::{Failure, Refusal, Result};
use crate::files::{FileId, Input, Mode, Output};
use crate::jobs::batch::Written;
use crate::jobs::decrypt_header::{
    CheckedHeader, DecryptionKeys, HeaderRead, Positioned, read_header,
};
use crate::jobs::encrypt_file::{Contents, EncryptedFile, FileEncryption, SignatureCoverage};
use crate::jobs::look_first::{Outputs, look_first};
use crate::jobs::paths::{Job, OutputKind};
use crate::jobs::pipe::pipe;
use crate::jobs::reader_edit::for_readers;
use crate::jobs::tree::{Folders, FoundFiles, find_files};
use crate::jobs::{batch, paths, rewrite_header, typed};
use crate::process::resources;
use crate::report::outcomes::{Outcome, Outcomes, warn_of_other_names};
use crate::select::concurrency::{ThreadOptions, cores};
use crate::select::key_files;
use crate::select::known_recipients::KnownRecipients;
use crate::select::misplaced::refuse_people;
use crate::select::options::{
    ActAs, HeaderOptions, IdentityOptions, InPlaceOptions, NewPassphraseSource, OutputOptions,
    PassphraseSource, Signing,
};
use crate::select::recipients::{
    IncludeSelf, NewRecipientOptions, ReaderListOptions, Recipients, Unaddressed,
};
use crate::select::required_readers::RequiredReaders;
use crate::select::signer::Signer;
use crate::ui::WarningKind;
use bulla_age::format::Source;
use bulla_age::sender::{Author, Sender};
use bulla_age::stream::{Engine, PayloadError};
use bulla_age::untrusted::Untrusted;
use bulla_age::{AnyRecipient, DecryptError, Inspection, NewFile, Recipient, UnlockedFile};

/// Encrypt files again with a new key, for a new set of people
///
/// Each file is decrypted and encrypted in one stream, without writing the contents to disk, and
/// replaced only when the new file is complete. With -p, the new file has a passphrase instead of
/// recipients; with --to, it has recipients instead of a passphrase. Older copies can still be
/// opened by those who could open them before.
#[derive(Args, Clone, Debug)]
#[command(mut_arg("recursive", |recursive| recursive.conflicts_with("output")))]
#[command(mut_arg("sign", |sign| sign.conflicts_with("passphrase")))]
#[command(mut_arg("plain", |plain| plain.conflicts_with("sign")))]
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
    #[command(flatten)]
    list: ReaderListOptions,
    #[command(flatten)]
    in_place: InPlaceOptions,
    #[command(flatten)]
    identity: IdentityOptions,
    #[command(flatten)]
    limits: HeaderOptions,
    #[command(flatten)]
    acting: ActAs,
    #[command(flatten)]
    pub(crate) source: PassphraseSource,
    #[command(flatten)]
    new: NewPassphraseSource,
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
    threads: usize,
    progress: Arc<AtomicU64>,
    /// Whether a signature does not cover the contents.
    is_partly_signed: AtomicBool,
    context: &'a Context,
}

/// The result for one file.
#[derive(serde::Serialize)]
struct Done {
    file: String,
    output: String,
    written: bool,
    /// The display names.
    readers: Vec<String>,
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

    fn new_passphrase_source(&self) -> Option<&NewPassphraseSource> {
        Some(&self.new)
    }

    fn prints(&self) -> bool {
        false
    }

    fn sandbox(&self) -> Sandbox {
        match &self.output.output {
            Some(path) => Sandbox::with_programs().output(Some(path)),
            None => Sandbox::with_programs().rewrites(&self.paths),
        }
    }

    fn reads_stdin(&self) -> bool {
        paths::name_stdin(&self.paths)
    }

    fn run(&self, context: &Context) -> Result<()> {
        run(self, context)
    }
}

fn run(args: &ResealArgs, context: &Context) -> Result<()> {
    refuse_people(&args.paths, "reseal --to", context)?;
    let mut found = match &args.output.output {
        None => find_files(
            &args.paths,
            Folders::new(args.in_place.recursive),
            "bulla reseal --to NAME -o PATH -",
        )?,
        Some(_) => FoundFiles::new(paths::jobs(&args.paths, &args.output, |name| {
            Ok(PathBuf::from(name))
        })?),
    };
    paths::refuse_stdout_beside_json(&found.jobs, &context.ui)?;
    let outputs = match &args.output.output {
        None => Outputs::InPlace,
        Some(_) => Outputs::New(args.output.existing.replace(), &[]),
    };
    let limits = args.limits.limits();
    let inspect = |input: &Input| read_header(input, &limits).map(drop);
    look_first(&mut found.jobs, outputs, inspect, &context.ui)?;
    let line = Unaddressed {
        command: "reseal",
        paths: &args.paths,
        may_use_passphrase: !args.signing.is_required() && !args.list.hide_recipients,
        is_for_others: false,
    };
    let readers = args.recipients.settled(&line, context)?;
    readers.check(context)?;
    typed::armored(&mut found.jobs, &context.ui)?;
    let jobs = &found.jobs;
    let preferred = context.preferences()?;
    let mut loaded = key_files::KeyFiles::default();
    if jobs.iter().any(|job| job.input.is_none()) {
        loaded.stdin_is_taken();
    }
    // Asked for before the files are opened, because the same passphrase may do both.
    let signs = !args.list.plain
        && !readers.is_passphrase()
        && !args.in_place.dry_run
        && args.signing.wanted(context)?;
    let signer = match signs {
        true => Signer::load(
            args.acting.name.as_deref(),
            context,
            args.identity.limit.max_work_factor,
        )?,
        false => Signer::nobody(),
    };
    let keys = rewrite_header::keys(
        jobs,
        (&args.identity, limits),
        &args.acting,
        &mut loaded,
        context,
    )?;
    keys.prepare(jobs);
    if readers.is_passphrase() {
        RequiredReaders::refuse_passphrase(context)?;
        // The old passphrase is asked for before the new one.
        keys.ask_for(jobs);
    }
    let options = readers.acting_as(&args.acting);
    let include_self = if args.no_self {
        IncludeSelf::No
    } else {
        IncludeSelf::Yes
    };
    let recipients = if args.in_place.dry_run && readers.is_passphrase() {
        Recipients::some_passphrase(context)?
    } else {
        Recipients::resolve(&options, include_self, &mut loaded, context)?
    };
    let signer = if signs {
        signer.addressing(recipients.signing_keys_of_recipients(context)?)
    } else {
        signer
    };
    let hidden = recipients.hidden();
    let wraps = recipients.wraps(&hidden, args.list.hide_recipients);
    let starts_program = wraps.iter().any(|wrap| wrap.starts_program());
    let wrapped = if starts_program && !args.in_place.dry_run {
        NewFile::batch(&wraps, jobs.len())?
    } else {
        Vec::new()
    };
    keys.confine_before_opening(jobs, context);
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
        threads,
        progress: progress.counter(),
        is_partly_signed: AtomicBool::new(false),
        context,
    };
    let work = |job: &Job| run.file(job);
    let outcomes = Outcomes::new(jobs.len(), &context.ui);
    let result = batch::files(jobs, concurrency, &context.ui, progress, work, |_, done| {
        run.tell(&done, &outcomes)
    });
    outcomes.finish();
    if run.is_partly_signed.into_inner() {
        SignatureCoverage::tell_what_is_left(&context.ui);
    }
    found.print_skipped(&context.ui);
    result
}

impl Run<'_> {
    fn file(&self, job: &Job) -> Result<Written<Done>> {
        let in_place = self.args.output.output.is_none();
        let input = match in_place {
            true if self.args.in_place.dry_run => job.open_for_rehearsal()?,
            true => job.open_to_replace(&self.context.ui)?,
            false => job.open()?,
        };
        let HeaderRead { closed, source, .. } = self.keys.read_header(&input)?;
        let seen = Inspection::new(&closed, None);
        let by_passphrase = seen
            .stanzas
            .iter()
            .any(|stanza| bulla_age::stanza_type::is_passphrase(stanza.kind.as_raw()));
        let resisted = seen.post_quantum() == Some(true) && !by_passphrase;
        let checked = self.keys.open_checked(closed)?;
        self.keys.confine_after_header(self.jobs, self.context);
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
            file: job.name().as_raw().to_owned(),
            output: job.name().as_raw().to_owned(),
            written: false,
            readers: self.recipients.shown(),
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
        if self.args.in_place.dry_run {
            return Ok(Written { output: None, done });
        }
        let wrapped = self
            .wrapped
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        let file = wrapped.map_or_else(|| NewFile::new(self.wraps), Ok)?;
        let mut output = match in_place {
            true => Output::instead_of(&input)?,
            false => job.create(
                &input,
                OutputKind {
                    mode: Mode::Ciphertext,
                    replace: self.args.output.existing.replace(),
                },
                self.files,
            )?,
        };
        paths::refuse_opened_beside_json(&output, &self.context.ui)?;
        if matches!(output, Output::Stdout(_)) {
            self.context.ui.results_follow();
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
                let hint = "Add yourself with --to NAME, or use --no-self to give up your own \
                    access";
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
        let threads = match self.threads {
            0 => cores(),
            threads => threads,
        };
        let opening = Engine::new(threads.div_ceil(2)).with_progress(self.progress.clone());
        let opening = checked.engine(opening);
        let old = checked.opened.payload_key();
        let author =
            (!self.args.list.plain && !file.is_for_passphrase()).then(|| self.signer.author());
        // In a mirror it keeps its place.
        let origin = checked.sender.as_ref().and_then(Sender::origin);
        let author = author.map(|author| Author {
            plaintext: origin.and_then(|origin| origin.plaintext),
            path: origin.and_then(|origin| origin.path.as_deref()),
            ..author
        });
        let seal = FileEncryption {
            file,
            author,
            armor: source.is_armored(),
            engine: Engine::new((threads / 2).max(1)),
        };
        let (mut sink, outlet) = pipe();
        let (read, written) = std::thread::scope(|scope| {
            let read = move || -> Result<(), DecryptError> {
                opening.open(&old, source, &mut sink)?;
                // Contents that do not match the signature must not be completed.
                checked.check_content()?;
                sink.finish();
                Ok(())
            };
            let reading = resources::check_room_for_thread()
                .and_then(|()| std::thread::Builder::new().spawn_scoped(scope, read))
                .map_err(|source| Failure::Thread {
                    doing: "decrypt the old file",
                    source,
                })?;
            let contents = if output.is_file() {
                Ok(Contents::Stream(Box::new(outlet)))
            } else {
                Contents::once_begun(outlet)
            };
            let written = contents.and_then(|contents| seal.write_from(contents, output));
            let read = reading
                .join()
                .expect("reseal: the engine does not panic on any input");
            Ok::<_, Failure>((read, written))
        })?;
        match read {
            // The other side has already reported why it stopped reading.
            Err(DecryptError::Payload(PayloadError::Write(_))) => written,
            Err(error) => Err(error.into()),
            Ok(()) => written,
        }
    }

    fn tell(&self, done: &Done, outcomes: &Outcomes<'_>) -> Result<()> {
        if self.context.ui.is_json() {
            self.context.ui.json(done)?;
        } else {
            let (name, to) = (
                Untrusted::new(done.output.clone()),
                for_readers(&done.readers),
            );
            let lost = if done.was_signed {
                "; the author's signature is not kept"
            } else {
                ""
            };
            let outcome = if done.written {
                let signed = done.signed.told();
                Outcome::done("Re-encrypted", format!(" {to}{signed}{lost}"))
            } else {
                Outcome::answer(
                    "Would re-encrypt",
                    format!(" {to}{lost}; nothing was written"),
                )
            };
            outcomes.add(&name, outcome);
            if done.written && done.signed.leaves_contents_out() {
                self.is_partly_signed.store(true, Ordering::Relaxed);
            }
        }
        let name = Untrusted::new(done.file.clone());
        if done.stepped_down {
            let is = if done.written {
                "now uses classic keys"
            } else {
                "would use classic keys"
            };
            self.context.ui.warn(
                WarningKind::ClassicKeys,
                &format_args!("{name} used post-quantum keys and {is}"),
            );
        }
        if done.written {
            warn_of_other_names(&name, done.names, &self.context.ui);
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
