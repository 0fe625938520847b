//! `bulla decrypt`: decrypts age files.

mod trees;

use std::ffi::{OsStr, OsString};
use std::io::{IsTerminal, Read, Write};
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, OnceLock};

use clap::Args;

use crate::command::{Command, Piped, Sandbox};
use crate::commands::decrypt::trees::{Opening, TreeOptions};
use crate::context::Context;
use crate::errors::{CommandError, ErrorContext as _, Refusal, Result, of_payload, usage};
use crate::files;
use crate::files::{FileId, Input, Mode, Output};
use crate::jobs::batch::Written;
use crate::jobs::consumer::{Consumer, Given};
use crate::jobs::decrypt_header::{CheckedHeader, DecryptionKeys, read_header, wants_passphrase};
use crate::jobs::decrypt_payload::decrypt_payload;
use crate::jobs::hold_back::{BinaryOutput, HeldBack};
use crate::jobs::look_first::{Outputs, look_first};
use crate::jobs::paths::{Job, OutputKind, Target, without_age_extension};
use crate::jobs::unpack::{UnpackOptions, Unpacked};
use crate::jobs::{batch, paths, typed, unpack};
use crate::process::piped_command::Direction;
use crate::report::file_report::{FileReport, Note};
use crate::report::json::FileReportJson;
use crate::report::outcomes::{Outcome, Outcomes};
use crate::report::people::People;
use crate::report::required_signer::{FromOption, RequiredSigner};
use crate::report::verdict;
use crate::select::concurrency::{ThreadOptions, beside};
use crate::select::key_files;
use crate::select::misplaced::refuse_people;
use crate::select::options::{
    ActAs, DetachedHeaderOption, HeaderOptions, IdentityOptions, OutputOptions, PassphraseSource,
};
use bulla_age::format::HeaderLimits;
use bulla_age::stream::{At, Engine, PayloadError};
use bulla_age::untrusted::Untrusted;
use bulla_age::{DecryptError, LockedFile};

/// Decrypt files or standard input
///
/// Decrypts FILE.age to FILE in the same folder, and standard input to standard output. An output
/// file appears only after everything has been checked. Standard output gets nothing until the
/// first 16 MiB have been checked.
///
/// Recreates the folder from DIR.tar.age or DIR.tar.zst.age beside it, complete or not at all.
///
/// With a command after --, the contents go to its standard input, and it is started only after
/// everything has been checked. bulla fails if the command does.
#[derive(Args, Clone, Debug)]
pub(crate) struct DecryptArgs {
    /// Files to decrypt (nothing or "-": standard input)
    paths: Vec<PathBuf>,
    #[command(flatten)]
    identity: IdentityOptions,
    /// The file was encrypted with a passphrase (bulla finds out by itself)
    #[arg(short, long, help_heading = "Passphrases", conflicts_with_all = ["identity", "plugin", "name"])]
    passphrase: bool,
    #[command(flatten)]
    limits: HeaderOptions,
    #[command(flatten)]
    acting: ActAs,
    #[command(flatten)]
    header: DetachedHeaderOption,
    /// Write output as it is checked; the end may still turn out missing or unsigned
    #[arg(long)]
    stream: bool,
    #[command(flatten)]
    from: FromOption,
    #[command(flatten)]
    unpack: UnpackOptions,
    #[command(flatten)]
    pub(crate) source: PassphraseSource,
    #[command(flatten)]
    output: OutputOptions,
    #[command(flatten)]
    threads: ThreadOptions,
    #[command(flatten)]
    trees: TreeOptions,
    /// Pass the contents to this command, and fail if it fails
    #[arg(
        last = true,
        value_name = "COMMAND",
        id = "program",
        conflicts_with_all = ["output", "force"]
    )]
    program: Vec<OsString>,
}

struct Run<'a> {
    jobs: &'a [Job],
    context: &'a Context,
    keys: &'a DecryptionKeys,
    header: Option<&'a key_files::DetachedHeader>,
    /// The people of the keyring, loaded when the first file names its sender.
    people: OnceLock<People>,
    from: Option<RequiredSigner>,
    files: &'a [(FileId, Untrusted)],
    args: &'a DecryptArgs,
    /// The command that takes the contents of the only file.
    consumer: Option<&'a Consumer>,
    threads: usize,
    progress: Arc<AtomicU64>,
    stdout_is_terminal: bool,
}

#[derive(serde::Serialize)]
struct Done {
    file: String,
    /// The output; `None` if a command took the contents.
    output: Option<String>,
    /// The name of that command.
    consumer: Option<String>,
    bytes: u64,
    #[serde(flatten)]
    fields: Option<FileReportJson>,
    #[serde(skip)]
    note: Option<Note>,
    #[serde(skip)]
    is_folder: bool,
}

impl Command for DecryptArgs {
    fn passphrase_source(&self) -> Option<&PassphraseSource> {
        Some(&self.source)
    }

    fn prints(&self) -> bool {
        false
    }

    fn sandbox(&self) -> Sandbox {
        if !self.program.is_empty() {
            return Sandbox::with_programs();
        }
        let sandbox = Sandbox::with_programs();
        if self.trees.are_for_trees() && !self.trees.has_output() {
            return sandbox.rewrites(&self.paths);
        }
        sandbox.output_or_beside(self.output.output.as_ref(), &self.paths)
    }

    fn reads_stdin(&self) -> bool {
        paths::name_stdin(&self.paths)
    }

    fn piped(&self) -> Option<Piped<'_>> {
        (!self.program.is_empty()).then_some(Piped {
            words: &self.program,
            direction: Direction::ToCommand,
        })
    }

    fn run(&self, context: &Context) -> Result<()> {
        run(self, context)
    }
}

fn run(args: &DecryptArgs, context: &Context) -> Result<()> {
    let consumer = context.take_command().map(Consumer::new);
    let output = args.output.output.as_ref();
    let explicit = consumer.is_some() || output.is_some_and(|path| !path.is_dir());
    let rename: paths::OutputName = if explicit {
        |name| Ok(PathBuf::from(name))
    } else if args.unpack.is_wanted() {
        |name| unpack::folder_name(name).map_or_else(|| named_output(name), Ok)
    } else {
        named_output
    };
    refuse_people(&args.paths, "decrypt --from", context)?;
    if args.trees.are_for_trees() {
        return args.decrypt_trees(context);
    }
    let limits = args.limits.limits();
    if !explicit && let [only] = args.paths.as_slice() {
        refuse_other_file(only, &limits)?;
    }
    let mut jobs = if consumer.is_some() {
        args.jobs_for_command()?
    } else {
        let jobs = paths::jobs(&args.paths, &args.output, rename)?;
        paths::refuse_stdout_beside_json(&jobs, &context.ui)?;
        jobs
    };
    let from = args.from.required(context)?;
    let mut loaded = key_files::KeyFiles::default();
    if jobs.iter().any(|job| job.input.is_none()) {
        loaded.stdin_is_taken();
    }
    let header = loaded.header(args.header.path.as_deref(), jobs.len())?;
    let identities = if args.passphrase {
        Vec::new()
    } else {
        loaded.opening(&args.identity, &args.acting, context)?
    };
    if let [only] = jobs.as_slice() {
        args.unpack.refuse_existing(only)?;
    }
    let inspect = |input: &Input| read_header(input, &limits).map(drop);
    let new = match consumer {
        Some(_) => Outputs::Nothing,
        None => Outputs::New(args.output.existing.replace(), &[]),
    };
    let looked = look_first(&mut jobs, new, inspect, &context.ui);
    looked.map_err(|error| match (args.paths.as_slice(), jobs.as_slice()) {
        ([path], [job]) => hinting_at_files(path, args.unpack.without_force(job, error)),
        _ => error,
    })?;
    let keys = DecryptionKeys::new(
        identities,
        typed::name_of_all(&jobs),
        (args.identity.limit.max_work_factor, limits),
        context,
    );
    typed::armored(&mut jobs, &context.ui)?;
    keys.prepare(&jobs);
    keys.confine_before_opening(&jobs, context);
    let preferred = context.preferences()?;
    let passes = if consumer.is_some() { 2 } else { 1 };
    let total = paths::total_bytes(&jobs).map(|total| total.saturating_mul(passes));
    let (concurrency, threads) = args.threads.share(jobs.len(), preferred);
    let progress = batch::progress("decrypting", jobs.len(), total, &context.ui);
    let stdout_is_terminal = context.ui.stdout_is_terminal();
    let run = Run {
        jobs: &jobs,
        context,
        keys: &keys,
        header: header.as_ref(),
        people: OnceLock::new(),
        from,
        files: &loaded.files,
        args,
        consumer: consumer.as_ref(),
        threads,
        progress: progress.counter(),
        stdout_is_terminal,
    };
    let outcomes = Outcomes::new(jobs.len(), &context.ui);
    let result = batch::files(
        &jobs,
        concurrency,
        &context.ui,
        progress,
        |job| run.file(job),
        |job, done| tell(&done, job, &outcomes, context),
    );
    outcomes.finish();
    result
}

impl DecryptArgs {
    /// Decrypts the files in folders.
    fn decrypt_trees(&self, context: &Context) -> Result<()> {
        let output = self.output.path().map(PathBuf::as_path);
        self.trees.look(&self.paths, output)?;
        let from = self.from.required(context)?;
        let mut loaded = key_files::KeyFiles::default();
        let identities = if self.passphrase {
            Vec::new()
        } else {
            loaded.opening(&self.identity, &self.acting, context)?
        };
        let name = self.paths.first().map(PathBuf::as_path);
        let keys = DecryptionKeys::new(
            identities,
            Untrusted::from(name.unwrap_or(Path::new("."))),
            (self.identity.limit.max_work_factor, self.limits.limits()),
            context,
        );
        let opening = Opening {
            keys: &keys,
            from,
            replace: self.output.existing.replace(),
            files: &loaded.files,
            threads: self.threads,
        };
        self.trees.decrypt(&self.paths, output, opening, context)
    }
}

/// Returns the default name of an output.
fn named_output(name: &OsStr) -> Result<PathBuf> {
    without_age_extension(name).ok_or_else(|| {
        let name = Untrusted::from(Path::new(name));
        let text = format!("The name {name} does not end in .age");
        let hint = format!(
            "Choose an output: bulla decrypt {} -o PATH",
            name.as_argument()
        );
        usage(&text, Some(&hint))
    })
}

impl DecryptArgs {
    /// Returns the only file, whose contents go to a command.
    fn jobs_for_command(&self) -> Result<Vec<Job>> {
        let jobs = paths::read_only_jobs(&self.paths)?;
        let [job] = jobs.as_slice() else {
            let text = "A command takes the contents of one file";
            return Err(usage(text, Some("Decrypt them one at a time")));
        };
        let input = match &job.input {
            Some(path) => Input::open_if_regular(path).about(|| job.name())?,
            None => Some(Input::stdin()?),
        };
        if !self.stream && !input.is_some_and(|input| input.is_regular()) {
            return Err(not_read_twice(&job.name()));
        }
        Ok(jobs)
    }
}

/// Returns the error that a stream would have to be passed on before all of it is checked.
fn not_read_twice(name: &Untrusted) -> CommandError {
    let text = "it cannot be read twice, so the command would get contents before all of them are \
                checked";
    let hint =
        "Save it in a file first, or let the command begin before the end is checked: --stream";
    usage(text, Some(hint)).about(name)
}

/// Refuses an input from whose name no output can be named, with what is wrong with it: most are
/// not age files. One of several is refused when all are looked at.
fn refuse_other_file(path: &Path, limits: &HeaderLimits) -> Result<()> {
    let has_named_output = path.file_name().and_then(without_age_extension).is_some();
    if path.as_os_str() == "-" || has_named_output {
        return Ok(());
    }
    let input =
        Input::open_if_regular(path).map_err(|error| hinting_at_files(path, error.into()))?;
    if let Some(input) = input {
        read_header(&input, limits).about(|| Untrusted::from(path))?;
    }
    Ok(())
}

/// A folder cannot be decrypted, but the files in it can.
fn hinting_at_files(path: &Path, error: CommandError) -> CommandError {
    if !path.is_dir() {
        return error;
    }
    let folder = Untrusted::from(path.components().as_path()).as_argument();
    error.hinting(format!(
        "Decrypt the files in it: bulla decrypt --recursive {folder}"
    ))
}

impl Run<'_> {
    fn file(&self, job: &Job) -> Result<Written<Done>> {
        if let Some(consumer) = self.consumer {
            return self.to_command(job, consumer);
        }
        let input = job.open()?;
        let begun = self.keys.read_header(&input)?;
        let (checked, account) = self.open(begun.closed)?;
        let key = checked.opened.payload_key();
        let engine = self.engine(&checked, &input);
        if self.args.unpack.applies(job, &input) {
            return self.unpack(job, &input, (&checked, &engine), begun.source, account);
        }
        let mut output = job.create(
            &input,
            OutputKind {
                mode: Mode::Secret,
                replace: self.args.output.existing.replace(),
            },
            self.files,
        )?;
        paths::refuse_opened_beside_json(&output, &self.context.ui)?;
        // What is read on a terminal needs its sender beside it, even if that is nobody.
        let is_read_here = output.file().is_terminal();
        let account = match account {
            None if is_read_here => self.keys.account(&checked, self.people()),
            account => account,
        };
        let mut note = Note::new(account.as_ref(), is_read_here);
        let bytes = if matches!(output, Output::Atomic(_)) {
            let payload = (begun.source, begun.payload);
            decrypt_payload(&engine, &key, &input, payload, &mut output)
                .map_err(|error| of_payload(error, |source| output.not_written(source)))?
        } else {
            self.hand_on(&checked, &engine, begun.source, &mut output, &mut note)?
        };
        checked.check_content()?;
        input.check_length()?;
        let name = output.name().clone();
        Ok(Written {
            output: Some(output),
            done: self.done(job, (&name, bytes), account.as_ref(), note),
        })
    }

    fn done(
        &self,
        job: &Job,
        (output, bytes): (&Untrusted, u64),
        account: Option<&FileReport>,
        note: Option<Note>,
    ) -> Done {
        Done {
            file: job.name().as_raw().to_owned(),
            output: Some(output.as_raw().to_owned()),
            consumer: None,
            bytes,
            fields: account
                .filter(|_| self.context.ui.is_json())
                .map(FileReport::fields),
            note,
            is_folder: false,
        }
    }

    /// Recreates a folder. Contents that are no archive are written as those of any other file.
    fn unpack(
        &self,
        job: &Job,
        input: &Input,
        (checked, engine): (&CheckedHeader, &Engine),
        source: impl Read + Send,
        account: Option<FileReport>,
    ) -> Result<Written<Done>> {
        let key = checked.opened.payload_key();
        let preserve = self.args.unpack.preserve();
        let beside = beside(engine.threads());
        let (bytes, unpacked) = unpack::unpack(
            beside,
            |writer| Ok(engine.open(&key, source, writer)?),
            || unpack::create_folder(job, input, preserve, beside),
            || {
                let kind = OutputKind {
                    mode: Mode::Secret,
                    replace: self.args.output.existing.replace(),
                };
                job.as_a_file().create(input, kind, self.files)
            },
        )?;
        checked.check_content()?;
        input.check_length()?;
        let note = Note::new(account.as_ref(), false);
        match unpacked {
            Unpacked::File(output) => {
                let name = output.name().clone();
                Ok(Written {
                    output: Some(*output),
                    done: self.done(job, (&name, bytes), account.as_ref(), note),
                })
            }
            Unpacked::Folder(folder, entries) => {
                let name = folder.name().clone();
                let not_kept = folder.commit()?;
                unpack::tell_not_kept(not_kept, &self.context.ui);
                self.context
                    .ui
                    .detail(&format_args!("{name} has {entries} entries"));
                let done = self.done(job, (&name, bytes), account.as_ref(), note);
                Ok(Written {
                    output: None,
                    done: Done {
                        is_folder: true,
                        ..done
                    },
                })
            }
        }
    }

    /// Opens a header, and reports who encrypted the file.
    fn open(&self, closed: LockedFile) -> Result<(CheckedHeader, Option<FileReport>)> {
        if self.args.passphrase && !wants_passphrase(&closed) {
            let hint = Some("Decrypt it without --passphrase");
            let text = "it is encrypted to keys, not with a passphrase";
            return Err(usage(text, hint));
        }
        let checked = self.keys.open_by(self.header, closed)?;
        self.keys.confine_after_header(self.jobs, self.context);
        let account = self.account(&checked)?;
        Ok((checked, account))
    }

    /// Passes the contents to a command, of which nothing is left if that fails.
    fn to_command(&self, job: &Job, consumer: &Consumer) -> Result<Written<Done>> {
        self.try_to_command(job, consumer).map_err(|error| {
            consumer.kill();
            let name = consumer.name();
            match error.is_of_command() {
                true => error,
                false if consumer.has_begun() => {
                    error.also_hinting(format!("{name} was ended, and saw no end of its input"))
                }
                false => error.also_hinting(format!("{name} was not started")),
            }
        })
    }

    fn engine(&self, checked: &CheckedHeader, input: &Input) -> Engine {
        let engine = Engine::new(self.threads).with_progress(self.progress.clone());
        checked.engine(match input.arrival() {
            Some(arrival) => engine.with_arrival(arrival),
            None => engine,
        })
    }

    fn try_to_command(&self, job: &Job, consumer: &Consumer) -> Result<Written<Done>> {
        let input = job.open()?;
        let begun = self.keys.read_header(&input)?;
        let (checked, account) = self.open(begun.closed)?;
        let key = checked.opened.payload_key();
        let engine = self.engine(&checked, &input);
        let source = if self.args.stream {
            begun.source
        } else {
            if input.regular_len().is_none() {
                return Err(not_read_twice(&job.name()));
            }
            match begun.payload {
                Some((offset, len)) => {
                    let place = input.file();
                    engine.authenticate_at(&key, At { place, offset }, len)?
                }
                None => engine.authenticate(&key, begun.source)?,
            };
            checked.check_content()?;
            input.check_length()?;
            self.keys.read_header(&input)?.source
        };
        let given = Given::default();
        let feed = consumer.feed(&given, self.args.stream, &self.context.ui)?;
        // What was authenticated before is authenticated again, because it may have changed.
        match engine.open(&key, source, feed) {
            Err(_) if given.is_refused() && !self.args.stream => {}
            read => {
                read?;
                checked.check_content()?;
                input.check_length()?;
            }
        }
        consumer.succeed()?;
        let fields = account
            .as_ref()
            .filter(|_| self.context.ui.is_json())
            .map(FileReport::fields);
        Ok(Written {
            output: None,
            done: Done {
                file: job.name().as_raw().to_owned(),
                output: None,
                consumer: Some(consumer.name().as_raw().to_owned()),
                bytes: given.bytes(),
                fields,
                note: Note::new(account.as_ref(), false),
                is_folder: false,
            },
        })
    }

    /// Writes to an output that cannot be undone. Held bytes are released only when they are known
    /// to be what was signed. Prints the note before them, and takes it, if that is possible.
    fn hand_on(
        &self,
        checked: &CheckedHeader,
        engine: &Engine,
        source: impl Read + Send,
        output: &mut Output,
        note: &mut Option<Note>,
    ) -> Result<u64> {
        let mut refuse_binary = false;
        let name = output.name().clone();
        if matches!(output, Output::Stdout(_)) {
            self.context.ui.results_follow();
            refuse_binary = self.stdout_is_terminal && self.args.output.output.is_none();
        }
        let terminal = output
            .file()
            .is_terminal()
            .then(|| output.file().try_clone())
            .transpose()
            .map_err(|source| output.not_written(source))?;
        let Some(terminal) = terminal else {
            let found = output.file().metadata();
            let is_pipe = found.is_ok_and(|found| found.file_type().is_fifo());
            let mut held = HeldBack::new(output, !self.args.stream, refuse_binary);
            let written = self.hold_back(checked, engine, source, (&mut held, &name), note);
            if is_pipe && !held.ends_line() {
                self.context.ui.text_has_no_line_end();
            }
            return written;
        };
        // On a terminal, nothing in the contents may pass for a line of ours.
        let mut quoted = self.context.ui.quoted_writer(output, terminal);
        let mut held = HeldBack::new(&mut quoted, !self.args.stream, refuse_binary);
        let bytes = self.hold_back(checked, engine, source, (&mut held, &name), note)?;
        drop(held);
        let finished = quoted.finish();
        finished.map_err(|source| files::Error::not_passed_on(&name, source))?;
        Ok(bytes)
    }

    fn hold_back(
        &self,
        checked: &CheckedHeader,
        engine: &Engine,
        source: impl Read + Send,
        (held, name): (&mut HeldBack<impl Write + Send>, &Untrusted),
        note: &mut Option<Note>,
    ) -> Result<u64> {
        let read = engine.open(&checked.opened.payload_key(), source, &mut *held);
        let released = read.map_err(DecryptError::from).and_then(|bytes| {
            checked.check_content()?;
            if !self.context.ui.is_json()
                && held.is_about_to_begin()
                && let Some(note) = note.take()
            {
                note.print_with_text(&self.context.ui);
            }
            held.release().map_err(PayloadError::Write)?;
            Ok(bytes)
        });
        // That is a refusal, not a failure to write.
        if held.is_refused() {
            return Err(Refusal::BinaryToTerminal(BinaryOutput.to_string()).into());
        }
        released.map_err(|error| match error {
            DecryptError::Payload(error) => {
                of_payload(error, |source| files::Error::not_passed_on(name, source))
            }
            error => error.into(),
        })
    }

    fn people(&self) -> &People {
        self.people.get_or_init(|| People::load(self.context))
    }

    /// Reports who encrypted the file, if that was asked for or there is something to report.
    /// Checks the required signer before anything is written.
    fn account(&self, checked: &CheckedHeader) -> Result<Option<FileReport>> {
        if checked.sender.is_none() && !self.context.ui.is_json() && self.from.is_none() {
            self.context
                .ui
                .detail(&"This file has no reader list (see bulla who)");
            return Ok(None);
        }
        let account = self.keys.account(checked, self.people());
        if let Some(required) = &self.from {
            verdict::require_from(account.as_ref(), required)?;
        }
        Ok(account)
    }
}

fn tell(done: &Done, job: &Job, outcomes: &Outcomes<'_>, context: &Context) -> Result<()> {
    if context.ui.is_json() {
        if let Some(note) = &done.note {
            note.print_warnings(&context.ui);
        }
        return Ok(context.ui.json(done)?);
    }
    if done.consumer.is_none() && matches!(job.target, Target::Stdout) {
        if let Some(note) = &done.note {
            note.print_with_text(&context.ui);
        }
        return Ok(());
    }
    let after = done
        .note
        .as_ref()
        .map(|note| note.after_name(outcomes.is_batch()))
        .unwrap_or_default();
    let name = match (&done.output, &done.consumer) {
        (Some(output), _) => Untrusted::new(output.clone()),
        (None, _) => job.name(),
    };
    outcomes.add(
        &name,
        match &done.consumer {
            Some(consumer) => {
                let consumer = Untrusted::new(consumer.clone());
                Outcome::done("Decrypted", format!(" for {consumer}{after}"))
            }
            None if done.is_folder => Outcome::done("Unpacked", after),
            None => Outcome::done("Wrote", after),
        },
    );
    if let Some(note) = &done.note {
        note.print_rest(outcomes.is_batch().then_some(&name), &context.ui);
    }
    Ok(())
}
