//! `bulla decrypt`: decrypts age files.

use std::io::Read;
use std::path::PathBuf;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, OnceLock};

use clap::Args;

use crate::command::{Command, Sandbox};
use crate::context::Context;
use crate::errors::{CommandError, Refusal, Result, usage};
use crate::files::{FileId, Mode, Output};
use crate::jobs::batch::Written;
use crate::jobs::decrypt_header::{CheckedHeader, DecryptionKeys, read_header};
use crate::jobs::hold_back::{BinaryOutput, HeldBack};
use crate::jobs::paths::{Job, OutputKind, Plugins, Target, without_age_extension};
use crate::jobs::{batch, paths};
use crate::keyring::Name;
use crate::report::file_report::{FileReport, Line};
use crate::report::json::FileReportJson;
use crate::report::people::People;
use crate::report::{file_report, verdict};
use crate::select::concurrency::ThreadOptions;
use crate::select::key_files;
use crate::select::options::{ActAs, FromOption, IdentityOptions, OutputOptions, PassphraseSource};
use crate::ui::Stream;
use bulla_age::stream::{At, Engine, PayloadError};
use bulla_age::untrusted::Untrusted;

/// Decrypt files or standard input
///
/// Decrypts FILE.age to FILE in the same folder, and standard input to standard output. An output
/// file appears only after everything has been checked. Standard output gets nothing until the
/// first 16 MiB have been checked.
#[derive(Args, Clone, Debug)]
pub(crate) struct DecryptArgs {
    /// Files to decrypt (nothing or "-": standard input)
    paths: Vec<PathBuf>,
    #[command(flatten)]
    identity: IdentityOptions,
    #[command(flatten)]
    acting: ActAs,
    /// Use this detached header (see bulla share --header-out)
    #[arg(long, value_name = "PATH")]
    header: Option<PathBuf>,
    /// Write output as it is checked; the end may still turn out missing or unsigned
    #[arg(long)]
    stream: bool,
    #[command(flatten)]
    from: FromOption,
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

struct Run<'a> {
    jobs: &'a [Job],
    /// Whether a plugin could still be needed when the work began.
    programs: Plugins,
    context: &'a Context,
    keys: &'a DecryptionKeys,
    header: Option<&'a key_files::DetachedHeader>,
    /// The people of the keyring, loaded when the first file names its sender.
    people: OnceLock<People>,
    from: Option<Name>,
    files: &'a [(FileId, Untrusted)],
    args: &'a DecryptArgs,
    threads: usize,
    progress: Arc<AtomicU64>,
    stdout_is_terminal: bool,
}

#[derive(serde::Serialize)]
struct Done {
    input: String,
    output: String,
    bytes: u64,
    #[serde(flatten)]
    fields: Option<FileReportJson>,
    #[serde(skip)]
    lines: Vec<Line>,
}

impl Command for DecryptArgs {
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

fn run(args: &DecryptArgs, context: &Context) -> Result<()> {
    let explicit = args
        .output
        .output
        .as_ref()
        .is_some_and(|path| !path.is_dir());
    let rename: paths::OutputName = if explicit {
        |name| Ok(PathBuf::from(name))
    } else {
        |name| {
            let refusal = || {
                usage(
                    "The name does not end in .age",
                    Some("Choose an output with -o PATH"),
                )
            };
            without_age_extension(name)
                .ok_or_else(|| refusal().context(Untrusted::from(std::path::Path::new(name))))
        }
    };
    let jobs = paths::jobs(&args.paths, &args.output, rename)?;
    let from = args.from.name(context)?;
    let mut loaded = key_files::KeyFiles::default();
    if jobs.iter().any(|job| job.input.is_none()) {
        loaded.stdin_is_taken();
    }
    let header = loaded.header(args.header.as_deref(), jobs.len())?;
    let identities = loaded.opening(&args.identity, &args.acting, context)?;
    let name = match jobs.as_slice() {
        [only] => only.name(),
        _ => Untrusted::new(format!("{} files", jobs.len())),
    };
    let keys = DecryptionKeys::new(
        identities,
        name,
        args.identity.limit.max_work_factor,
        context,
    );
    let programs = keys.prepare(&jobs);
    paths::confine(&jobs, programs, &context.ui);
    let preferred = context.preferences()?;
    let total = paths::total_bytes(&jobs);
    let (concurrency, threads) = args.threads.share(jobs.len(), preferred);
    let progress = batch::progress("decrypting", jobs.len(), total, &context.ui);
    let stdout_is_terminal = context.ui.stdout_is_terminal();
    let run = Run {
        jobs: &jobs,
        programs,
        context,
        keys: &keys,
        header: header.as_ref(),
        people: OnceLock::new(),
        from,
        files: &loaded.files,
        args,
        threads,
        progress: progress.counter(),
        stdout_is_terminal,
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
        let begun = read_header(&input)?;
        let checked = self.keys.open_by(self.header, begun.closed)?;
        self.keys
            .confine_once_unlocked(self.jobs, self.programs, &self.context.ui);
        let account = self.account(&checked)?;
        let key = checked.opened.payload_key();
        let engine = checked.engine(Engine::new(self.threads).with_progress(self.progress.clone()));
        let mut output = job.create(
            &input,
            OutputKind {
                mode: Mode::Secret,
                force: self.args.output.force,
            },
            self.files,
        )?;
        let bytes = match (begun.payload, &mut output) {
            (Some((offset, len)), Output::Atomic(file)) => {
                let from = At {
                    place: input.file(),
                    offset,
                };
                engine.open_at(
                    &key,
                    from,
                    len,
                    At {
                        place: file.file(),
                        offset: 0,
                    },
                )?
            }
            (None, output @ Output::Atomic(_)) => engine.open(&key, begun.source, output)?,
            (_, output) => self.hand_on(&checked, &engine, begun.source, output)?,
        };
        checked.check_content()?;
        input.check_unchanged()?;
        let (input, name) = (
            job.name().as_raw().to_owned(),
            output.name().as_raw().to_owned(),
        );
        let fields = account
            .as_ref()
            .filter(|_| self.args.json)
            .map(FileReport::fields);
        let lines = account
            .filter(|_| checked.sender.is_some())
            .map(|account| account.lines());
        let lines = lines.unwrap_or_default();
        Ok(Written {
            output: Some(output),
            done: Done {
                input,
                output: name,
                bytes,
                fields,
                lines,
            },
        })
    }

    /// Writes to an output that cannot be undone. Held bytes are released only when they are known
    /// to be what was signed.
    fn hand_on(
        &self,
        checked: &CheckedHeader,
        engine: &Engine,
        source: impl Read + Send,
        output: &mut Output,
    ) -> Result<u64> {
        let mut refuse_binary = false;
        if matches!(output, Output::Stdout(_)) {
            self.context.ui.results_follow();
            refuse_binary = self.stdout_is_terminal && self.args.output.output.is_none();
        }
        let mut held = HeldBack::new(output, !self.args.stream, refuse_binary);
        let bytes = engine
            .open(&checked.opened.payload_key(), source, &mut held)
            .map_err(refused_by_held)?;
        checked.check_content()?;
        held.release()
            .map_err(PayloadError::Write)
            .map_err(refused_by_held)?;
        Ok(bytes)
    }

    /// Reports who encrypted the file, if that was asked for or there is something to report.
    /// Checks the required signer before anything is written.
    fn account(&self, checked: &CheckedHeader) -> Result<Option<FileReport>> {
        if checked.sender.is_none() && !self.args.json && self.from.is_none() {
            self.context
                .ui
                .detail(&"This file has no reader list (see bulla who)");
            return Ok(None);
        }
        let account = self.keys.account(
            checked,
            self.people.get_or_init(|| People::load(self.context)),
        );
        if let Some(name) = &self.from {
            verdict::require_from(account.as_ref(), name)?;
        }
        Ok(account)
    }
}

/// Output that a terminal must not show is a refusal, not a write error.
fn refused_by_held(error: PayloadError) -> CommandError {
    match &error {
        PayloadError::Write(inner)
            if inner
                .get_ref()
                .is_some_and(|inner| inner.is::<BinaryOutput>()) =>
        {
            Refusal::BinaryToTerminal(BinaryOutput.to_string()).into()
        }
        _ => error.into(),
    }
}

fn tell(done: &Done, job: &Job, args: &DecryptArgs, context: &Context) -> Result<()> {
    if args.json {
        let carries_data = matches!(job.target, Target::Stdout);
        let to = if carries_data {
            Stream::Stderr
        } else {
            Stream::Stdout
        };
        return Ok(context.ui.json(done, to)?);
    }
    if !matches!(job.target, Target::Stdout) {
        context.ui.status(&format_args!(
            "Wrote {}",
            Untrusted::new(done.output.clone())
        ));
    }
    file_report::print(&done.lines, &context.ui);
    Ok(())
}
