//! `bulla encrypt`: encrypts files or standard input.

mod trees;

use std::ffi::OsString;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use clap::Args;

use crate::command::{Command, Piped, Sandbox};
use crate::commands::encrypt::trees::{Sealing, TreeOptions};
use crate::context::Context;
use crate::errors::{CommandError, ErrorContext as _, Refusal, Result, Subject, usage};
use crate::files::{FileId, Input, Mode, Output};
use crate::jobs::batch::Written;
use crate::jobs::complete_input::{Demands, Producer};
use crate::jobs::drill::sealed::StatusFileOption;
use crate::jobs::encrypt_file::{EncryptedFile, FileEncryption, SignatureCoverage};
use crate::jobs::look_first::{Outputs, look_first};
use crate::jobs::pack::{FolderOptions, Found};
use crate::jobs::paths::{Job, OutputKind, Target};
use crate::jobs::reader_edit::for_readers;
use crate::jobs::{batch, pack, paths, typed};
use crate::process::piped_command::Direction;
use crate::report::outcomes::{Outcome, Outcomes};
use crate::select::concurrency::ThreadOptions;
use crate::select::demands::DemandOptions;
use crate::select::files_from::FilesFrom;
use crate::select::key_files;
use crate::select::misplaced::refuse_people;
use crate::select::options::{OutputOptions, PassphraseSource, Signing};
use crate::select::recipients::{
    IncludeSelf, ReaderListOptions, RecipientOptions, Recipients, Unaddressed,
};
use crate::select::signer::Signer;
use crate::ui::Ui;
use bulla_age::format::looks_encrypted;
use bulla_age::stream::{Engine, PayloadError};
use bulla_age::untrusted::Untrusted;
use bulla_age::{NewFile, Recipient};

/// Encrypt files, folders or standard input
///
/// Encrypts FILE to FILE.age in the same folder, FOLDER as an archive to FOLDER.tar.age beside it,
/// and standard input to standard output. Existing files are kept unless you use --force. Input
/// files are never deleted, and a failure leaves no partial output. If you name nobody, bulla uses
/// the setting default_to, or asks for whom if FILE is named and there is a terminal.
///
/// With a command after --, encrypts what it writes to its standard output. The file gets its name
/// only if the command succeeds.
#[derive(Args, Clone, Debug)]
#[command(mut_arg("sign", |sign| sign.conflicts_with("passphrase")))]
#[command(mut_arg("hide_recipients", |hide| hide.conflicts_with("plain")))]
#[command(mut_arg("plain", |plain| plain.conflicts_with("sign")))]
pub(crate) struct EncryptArgs {
    /// Files and folders to encrypt (nothing or "-": standard input)
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
    #[command(flatten)]
    list: ReaderListOptions,
    /// Encrypt even if the input is already encrypted
    #[arg(long)]
    again: bool,
    #[command(flatten)]
    pub(crate) source: PassphraseSource,
    #[command(flatten)]
    output: OutputOptions,
    #[command(flatten)]
    threads: ThreadOptions,
    #[command(flatten)]
    trees: TreeOptions,
    #[command(flatten)]
    list_of_files: FilesFrom,
    #[command(flatten)]
    demands: DemandOptions,
    #[command(flatten)]
    folders: FolderOptions,
    #[command(flatten)]
    status: StatusFileOption,
    /// Encrypt the output of this command, and keep it only if the command succeeds
    #[arg(last = true, value_name = "COMMAND", id = "program")]
    program: Vec<OsString>,
}

/// Everything needed to encrypt one file.
struct Run<'a> {
    recipients: &'a Recipients,
    wraps: &'a [&'a dyn Recipient],
    signer: &'a Signer,
    /// The files whose keys plugins wrapped in advance, one for each job.
    wrapped: Mutex<Vec<NewFile>>,
    /// The command that makes the only input.
    producer: Option<&'a Producer>,
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
    file: String,
    /// The name of the command that made it.
    producer: Option<String>,
    output: String,
    /// The display names.
    readers: Vec<String>,
    recipients: Vec<String>,
    signed: SignatureCoverage,
    /// The length of the contents.
    bytes: u64,
    /// The length of the encrypted file.
    size: u64,
    /// The number of entries in the archive of a folder.
    entries: Option<u64>,
    /// How many files, folders and links patterns left out of it.
    left_out: Option<u64>,
    #[serde(skip)]
    found: Found,
    #[serde(skip)]
    to_stdout: bool,
}

impl Command for EncryptArgs {
    fn passphrase_source(&self) -> Option<&PassphraseSource> {
        Some(&self.source)
    }

    fn prints(&self) -> bool {
        false
    }

    fn sandbox(&self) -> Sandbox {
        let sandbox = self.status.sandbox(Sandbox::with_programs());
        if self.trees.keeps_notes() {
            return sandbox.output(self.output.path()).state();
        }
        if self.trees.are_for_trees() {
            return sandbox.rewrites(&self.paths);
        }
        let places = pack::places(&self.paths);
        let sandbox = sandbox.output_or_beside(self.output.output.as_ref(), &places);
        if self.output.output.is_none() {
            return sandbox.beside_listed(self.list_of_files.listed());
        }
        sandbox
    }

    fn reads_stdin(&self) -> bool {
        let is_list = self.list_of_files.is_given();
        let is_input = paths::name_stdin(&self.paths) && !is_list && self.program.is_empty();
        is_input || self.list_of_files.is_stdin()
    }

    fn piped(&self) -> Option<Piped<'_>> {
        (!self.program.is_empty()).then_some(Piped {
            words: &self.program,
            direction: Direction::FromCommand,
        })
    }

    fn run(&self, context: &Context) -> Result<()> {
        run(self, context)
    }
}

fn run(args: &EncryptArgs, context: &Context) -> Result<()> {
    args.refuse_two_sources()?;
    refuse_people(&args.paths, "encrypt --to", context)?;
    let producer = context.take_command().map(Producer::new);
    args.recipients.refuse_slips(&args.paths)?;
    if args.list_of_files.is_given() && !args.trees.are_for_trees() {
        return args.with_status(context, || args.encrypt_listed(context));
    }
    if args.trees.are_for_trees() {
        return args.with_status(context, || args.encrypt_trees(context));
    }
    let mut jobs = paths::jobs(&args.paths, &args.output, |name| {
        let mut name = name.to_owned();
        name.push(".age");
        Ok(PathBuf::from(name))
    })?;
    paths::refuse_stdout_beside_json(&jobs, &context.ui)?;
    args.name_archives(&mut jobs)?;
    let new = Outputs::Packed(args.output.existing.replace());
    look_first(&mut jobs, new, |input| args.inspect(input), &context.ui)?;
    let status = args.status.begin(&jobs)?;
    let preferred = context.preferences()?;
    let armor = (args.armor || preferred.armor) && !args.no_armor;
    // Found again when the file is opened, but before that nothing is asked or typed in vain.
    if refuses_stdout(args, armor, &context.ui) && jobs.iter().any(Job::is_for_stdout) {
        let error = CommandError::from(Refusal::CiphertextToTerminal);
        return Err(match args.paths.as_slice() {
            [] if producer.is_none() => {
                error.hinting_first("Name the file to encrypt: bulla encrypt FILE")
            }
            _ => error,
        });
    }
    let line = Unaddressed {
        command: "encrypt",
        paths: &args.paths,
        may_use_passphrase: !args.signing.is_required() && !args.list.hide_recipients,
        is_for_others: false,
    };
    let mut readers = args.recipients.settled(&line, context)?;
    let mut keys = key_files::KeyFiles::default();
    if jobs.iter().any(|job| job.input.is_none()) {
        keys.stdin_is_taken();
        if producer.is_none() && Input::stdin().is_ok_and(|input| input.is_terminal()) {
            readers = readers.for_a("text");
        }
    }
    let (recipients, signer) = args.resolve(&readers, &mut keys, context)?;
    let hidden = recipients.hidden();
    let wraps = recipients.wraps(&hidden, args.list.hide_recipients);
    // A plugin wraps for the whole batch at once. After that, no program is needed.
    let starts_program = wraps.iter().any(|wrap| wrap.starts_program());
    let wrapped = if starts_program {
        NewFile::batch(&wraps, jobs.len())?
    } else {
        Vec::new()
    };
    context.start_no_more_programs();
    if producer.is_none() {
        typed::text(&mut jobs, &context.ui)?;
    }
    let total = paths::total_bytes(&jobs);
    let (concurrency, threads) = args.threads.share(jobs.len(), preferred);
    let progress = batch::progress("encrypting", jobs.len(), total, &context.ui);
    let run = Run {
        recipients: &recipients,
        wraps: &wraps,
        signer: &signer,
        wrapped: Mutex::new(wrapped),
        producer: producer.as_ref(),
        args,
        keys: &keys.files,
        armor,
        threads,
        progress: progress.counter(),
        ui: &context.ui,
    };
    let told = Told {
        outcomes: Outcomes::new(jobs.len(), &context.ui),
        has_no_output: args.output.output.is_none(),
        is_beside: AtomicBool::new(false),
        is_partly_signed: AtomicBool::new(false),
    };
    let result = batch::files(
        &jobs,
        concurrency,
        &context.ui,
        progress,
        |job| run.file_or_nothing(job),
        |job, done| {
            if let Some(status) = &status {
                let output = Path::new(&done.output);
                status.note(output, Some(done.size), context.unix_time());
            }
            told.tell(&done, job, context)
        },
    );
    told.finish(context);
    let kept = status.map_or(Ok(()), |status| status.finish(context));
    result.and(kept)
}

impl EncryptArgs {
    /// Finds the recipients, and unlocks the identity that signs.
    fn resolve(
        &self,
        readers: &RecipientOptions,
        keys: &mut key_files::KeyFiles,
        context: &Context,
    ) -> Result<(Recipients, Signer)> {
        let include_self = if self.no_self {
            IncludeSelf::No
        } else {
            IncludeSelf::Yes
        };
        let signs = !self.list.plain && !readers.is_passphrase() && self.signing.wanted(context)?;
        if signs {
            readers.check_signer(context)?;
        }
        let recipients = Recipients::resolve(readers, include_self, keys, context)?;
        let signer = if signs {
            readers.signer(&recipients, context)?
        } else {
            Signer::nobody()
        };
        Ok((recipients, signer))
    }

    /// Encrypts the named files and those in a list.
    fn encrypt_listed(&self, context: &Context) -> Result<()> {
        let listed = self.list_of_files.read()?.unwrap_or_default();
        let paths = [self.paths.clone(), listed].concat();
        if paths.is_empty() {
            context.ui.status(&"The list names no files");
            return Ok(());
        }
        let named = Self {
            paths,
            list_of_files: FilesFrom::default(),
            ..self.clone()
        };
        run(&named, context)
    }

    /// Encrypts the files in folders.
    fn encrypt_trees(&self, context: &Context) -> Result<()> {
        let replace = self.output.existing.replace();
        let output = self.output.path().map(PathBuf::as_path);
        let listed_or_excluded = (self.list_of_files.read()?, self.folders.patterns()?);
        let looked = self
            .trees
            .look(&self.paths, listed_or_excluded, output, replace, context)?;
        let preferred = context.preferences()?;
        let line = Unaddressed {
            command: "encrypt",
            paths: &self.paths,
            may_use_passphrase: !self.signing.is_required()
                && !self.list.hide_recipients
                && !self.trees.needs_keys(),
            is_for_others: false,
        };
        let readers = self.recipients.settled(&line, context)?;
        let mut keys = key_files::KeyFiles::default();
        let (recipients, signer) = self.resolve(&readers, &mut keys, context)?;
        let hidden = recipients.hidden();
        let sealing = Sealing {
            wraps: &recipients.wraps(&hidden, self.list.hide_recipients),
            recipients: &recipients,
            signer: &signer,
            has_statement: !self.list.plain && !readers.is_passphrase(),
            hides_readers: self.list.hide_recipients,
            armor: (self.armor || preferred.armor) && !self.no_armor,
            again: self.again,
            replace,
            keys: &keys.files,
            threads: self.threads,
            preferred,
        };
        self.trees.encrypt(looked, &sealing, context)
    }

    /// Encrypts many files, and writes the status file if all of them are encrypted.
    fn with_status(&self, context: &Context, encrypt: impl FnOnce() -> Result<()>) -> Result<()> {
        let status = self.status.begin(&[])?;
        encrypt()?;
        let Some(status) = status else { return Ok(()) };
        let place = self.output.path().or(self.paths.first());
        let place = place.map_or(Path::new("."), PathBuf::as_path);
        status.note(place, None, context.unix_time());
        status.finish(context)
    }

    /// Looks at an input before anything is asked.
    fn inspect(&self, input: &Input) -> Result<()> {
        self.refuse_encrypted(&Start::of(input)?)
    }

    /// Names the outputs of folders.
    fn name_archives(&self, jobs: &mut [Job]) -> Result<()> {
        self.folders.name_outputs(jobs)?;
        if jobs.iter().any(|job| pack::folder(job).is_some()) {
            if self.demands.expect_end.is_some() {
                return Err(usage("--expect-end is not for folders", None));
            }
            paths::refuse_conflicts(jobs)?;
        }
        Ok(())
    }

    /// Refuses files beside a command.
    fn refuse_two_sources(&self) -> Result<()> {
        if self.paths.is_empty() || self.program.is_empty() {
            return Ok(());
        }
        let hint = "A command follows --. For a file whose name begins with a hyphen: ./-NAME";
        let text = "Name files or a command to encrypt, not both";
        Err(usage(text, Some(hint)))
    }

    fn refuse_encrypted(&self, start: &Start) -> Result<()> {
        if looks_encrypted(&start.bytes) && !self.again {
            return Err(Refusal::AlreadyEncrypted.into());
        }
        Ok(())
    }
}

/// Returns whether standard output is a terminal, and what would be written to it unasked is
/// binary.
fn refuses_stdout(args: &EncryptArgs, armor: bool, ui: &Ui) -> bool {
    ui.stdout_is_terminal() && !armor && args.output.output.is_none()
}

impl Run<'_> {
    fn file_or_nothing(&self, job: &Job) -> Result<Written<Done>> {
        let done = match self.producer {
            Some(producer) => self.file(job).about(|| producer.subject()),
            None => self.file(job),
        };
        done.map_err(|error| match error.is_of_command() {
            true if job.is_for_stdout() => error.also_hinting(
                "What went to standard output is incomplete, and nobody can decrypt it",
            ),
            true => error.also_hinting("Nothing was written, and no existing file was changed"),
            false => error,
        })
    }

    /// Encrypts a folder as an archive.
    fn folder(&self, job: &Job, folder: &Path) -> Result<Written<Done>> {
        if matches!(job.target, Target::Stdout) && refuses_stdout(self.args, self.armor, self.ui) {
            return Err(Refusal::CiphertextToTerminal.into());
        }
        let demands = Demands::of(job, &self.args.demands, None)?.map(|demands| {
            let archive = format!("the archive of {}", Untrusted::from(folder));
            demands.about(Subject::Words(archive))
        });
        let file = self.new_file()?;
        let mut output = pack::create(job, self.output_kind(), self.keys)?;
        self.check_stdout(&output)?;
        let packed = self.args.folders.encrypt(
            folder,
            demands.as_ref(),
            self.seal(&file),
            &mut output,
            self.ui,
        );
        let (sealed, found) = packed?;
        let done = Done {
            entries: Some(found.entries),
            left_out: Some(found.left_out),
            found,
            ..self.done(job, &output, sealed)
        };
        Ok(Written {
            output: Some(output),
            done,
        })
    }

    fn new_file(&self) -> Result<NewFile> {
        let wrapped = self
            .wrapped
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        Ok(wrapped.map_or_else(|| NewFile::new(self.wraps), Ok)?)
    }

    fn output_kind(&self) -> OutputKind {
        OutputKind {
            mode: Mode::Ciphertext,
            replace: self.args.output.existing.replace(),
        }
    }

    fn check_stdout(&self, output: &Output) -> Result<()> {
        paths::refuse_opened_beside_json(output, self.ui)?;
        if matches!(output, Output::Stdout(_)) {
            self.ui.results_follow();
        }
        Ok(())
    }

    fn seal<'f>(&'f self, file: &'f NewFile) -> FileEncryption<'f> {
        let engine = Engine::new(self.threads).with_progress(self.progress.clone());
        let author =
            (!self.args.list.plain && !file.is_for_passphrase()).then(|| self.signer.author());
        FileEncryption {
            file,
            author,
            armor: self.armor,
            engine,
        }
    }

    fn done(&self, job: &Job, output: &Output, sealed: EncryptedFile) -> Done {
        Done {
            file: job.name().as_raw().to_owned(),
            producer: self.producer.map(|of| of.name().as_raw().to_owned()),
            output: output.name().as_raw().to_owned(),
            readers: self.recipients.shown(),
            recipients: self.recipients.recipients(),
            signed: sealed.signed,
            bytes: sealed.bytes,
            size: sealed.size,
            entries: None,
            left_out: None,
            found: Found::default(),
            to_stdout: matches!(output, Output::Stdout(_)),
        }
    }

    fn file(&self, job: &Job) -> Result<Written<Done>> {
        if let Some(folder) = pack::folder(job) {
            return self.folder(job, folder);
        }
        let demands = Demands::of(job, &self.args.demands, self.producer)?;
        let (input, early) = match self.producer {
            Some(producer) => (producer.open()?, None),
            None => {
                let input = job.open()?;
                let start = self.start_of(&input)?;
                (input, Some(start))
            }
        };
        let to_stdout = matches!(job.target, Target::Stdout)
            || matches!(job.target, Target::Beside(_)) && !input.is_regular();
        if to_stdout && refuses_stdout(self.args, self.armor, self.ui) {
            return Err(Refusal::CiphertextToTerminal.into());
        }
        let file = self.new_file()?;
        let mut output = job.create(&input, self.output_kind(), self.keys)?;
        self.check_stdout(&output)?;
        let start = match (early, self.producer) {
            (Some(start), _) => start,
            (None, producer) => {
                if let Some(producer) = producer {
                    self.begin(producer)?;
                }
                self.start_of(&input)?
            }
        };
        let seal = self.seal(&file);
        let sealed = match demands {
            Some(demands) => demands.encrypt(seal, &input, start.bytes, &mut output)?,
            None => seal.write(&input, start.bytes, &mut output)?,
        };
        let done = self.done(job, &output, sealed);
        Ok(Written {
            output: Some(output),
            done,
        })
    }

    fn start_of(&self, input: &Input) -> Result<Start> {
        let start = Start::of(input)?;
        self.args.refuse_encrypted(&start)?;
        Ok(start)
    }

    /// Starts the command, now that its output has a place.
    fn begin(&self, producer: &Producer) -> Result<()> {
        let process = producer.begin()?;
        self.ui.detail(&format_args!(
            "Started {} (process {process})",
            producer.name()
        ));
        Ok(())
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
                let mut reader = input;
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

/// What is said after the work, each thing once for all files.
struct Told<'a> {
    outcomes: Outcomes<'a>,
    /// Whether no output was named.
    has_no_output: bool,
    /// Whether an output is beside its input, where nobody looks who redirected standard output.
    is_beside: AtomicBool,
    /// Whether a signature does not cover the contents.
    is_partly_signed: AtomicBool,
}

impl Told<'_> {
    fn tell(&self, done: &Done, job: &Job, context: &Context) -> Result<()> {
        if context.ui.is_json() {
            context.ui.json(done)?;
            return pack::check_complete(&done.output, done.found);
        }
        let after = format!("{}{}", for_readers(&done.readers), done.signed.told());
        if done.to_stdout && !self.outcomes.is_batch() {
            context.ui.status(&format_args!("Encrypted {after}"));
        } else {
            let name = Untrusted::new(done.output.clone());
            self.outcomes
                .add(&name, Outcome::done("Encrypted", format!(" {after}")));
        }
        let is_named_by_default = matches!(job.target, Target::Beside(_))
            || pack::folder(job).is_some() && self.has_no_output;
        if is_named_by_default && !done.to_stdout {
            self.is_beside.store(true, Ordering::Relaxed);
        }
        if done.signed.leaves_contents_out() {
            self.is_partly_signed.store(true, Ordering::Relaxed);
        }
        if done.found.left_out > 0 {
            let folder = Untrusted::new(done.file.clone());
            let text = format!("Left out of {folder} by patterns: {}", done.found.left_out);
            context.ui.status(&text);
        }
        pack::check_complete(&done.output, done.found)
    }

    fn finish(self, context: &Context) {
        let is_batch = self.outcomes.is_batch();
        self.outcomes.finish();
        if self.is_partly_signed.into_inner() {
            SignatureCoverage::tell_what_is_left(&context.ui);
        }
        if self.is_beside.into_inner() && !context.ui.stdout_is_terminal() {
            context.ui.tip(if is_batch {
                &"The outputs are next to the inputs; nothing goes to standard output"
            } else {
                &"The output is next to the input; use -o - for standard output"
            });
        }
    }
}
