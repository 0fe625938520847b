//! `bulla verify`: checks that files are intact, without writing anything.

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use clap::Args;

use crate::command::{Command, Sandbox};
use crate::context::Context;
use crate::errors::{CommandError, ErrorContext as _, Result, name_of};
use crate::files::Input;
use crate::jobs::batch::Written;
use crate::jobs::checking::sample::Sample;
use crate::jobs::checking::{sample, structure};
use crate::jobs::decrypt_header::{DecryptionKeys, read_header};
use crate::jobs::look_first::{Outputs, look_first};
use crate::jobs::paths::Job;
use crate::jobs::tree::{Folders, find_to_read};
use crate::jobs::{batch, paths, typed};
use crate::report::file_report::{FileReport, Note};
use crate::report::json::FileReportJson;
use crate::report::people::People;
use crate::report::required_signer::FromOption;
use crate::report::sought::{RequireOption, require_readers};
use crate::report::verdict::require_from;
use crate::select::concurrency::ThreadOptions;
use crate::select::key_files;
use crate::select::options::{
    ActAs, DetachedHeaderOption, HeaderOptions, IdentityOptions, PassphraseSource,
};
use crate::ui::human_bytes;
use bulla_age::format::HeaderLimits;
use bulla_age::sender::Sender;
use bulla_age::stream::{At, Engine};

/// Check that files are intact, without writing anything
///
/// Prints one line, also for several files (with --verbose, a line for each). Fails if a file is
/// damaged or incomplete, or if none of your keys opens it. To prove that a backup can be restored
/// with another key: bulla drill.
#[derive(Args, Clone, Debug)]
pub(crate) struct VerifyArgs {
    /// Files to verify ("-": standard input)
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// Include all age files in folders; symlinks are not followed
    #[arg(long)]
    recursive: bool,
    /// Verify only some files: a number (3) or a percentage (5%) at random, or the oldest one, by
    /// the time of its last modification
    #[arg(long, value_name = "N|N%|oldest")]
    sample: Option<Sample>,
    /// Use no key, and check only what can be checked without one: header, armor and length
    #[arg(long, conflicts_with_all = ["identity", "plugin", "name", "path", "from", "from_origin", "passphrase_fd", "passphrase_file"])]
    structure: bool,
    #[command(flatten)]
    identity: IdentityOptions,
    #[command(flatten)]
    limits: HeaderOptions,
    #[command(flatten)]
    acting: ActAs,
    #[command(flatten)]
    header: DetachedHeaderOption,
    #[command(flatten)]
    from: FromOption,
    #[command(flatten)]
    require: RequireOption,
    #[command(flatten)]
    pub(crate) source: PassphraseSource,
    #[command(flatten)]
    threads: ThreadOptions,
}

#[derive(serde::Serialize)]
struct Verified {
    file: String,
    bytes: u64,
    /// Whether a key proved that nothing was changed.
    authenticated: bool,
    #[serde(flatten)]
    fields: Option<FileReportJson>,
}

impl Command for VerifyArgs {
    fn passphrase_source(&self) -> Option<&PassphraseSource> {
        Some(&self.source)
    }

    fn sandbox(&self) -> Sandbox {
        Sandbox::with_programs()
    }

    fn reads_stdin(&self) -> bool {
        paths::name_stdin(&self.paths)
    }

    fn run(&self, context: &Context) -> Result<()> {
        run(self, context)
    }
}

fn run(args: &VerifyArgs, context: &Context) -> Result<()> {
    if args.structure {
        return args.check_structure(context);
    }
    let mut inputs = args.files(context)?;
    let from = args.from.required(context)?;
    let required = args.require.required(context)?;
    let limits = args.limits.limits();
    let inspect = |input: &Input| read_header(input, &limits).map(drop);
    look_first(&mut inputs, Outputs::Nothing, inspect, &context.ui)?;
    let people = (context.ui.is_json() || from.is_some() || !required.is_empty())
        .then(|| People::load(context));
    let mut loaded = key_files::KeyFiles::default();
    if inputs.iter().any(|job| job.input.is_none()) {
        loaded.stdin_is_taken();
    }
    let header = loaded.header(args.header.path.as_deref(), inputs.len())?;
    let identities = loaded.opening(&args.identity, &args.acting, context)?;
    let keys = DecryptionKeys::new(
        identities,
        paths::called(&inputs),
        (args.identity.limit.max_work_factor, limits),
        context,
    );
    typed::armored(&mut inputs, &context.ui)?;
    keys.prepare(&inputs);
    keys.confine_before_opening(&inputs, context);
    let preferred = context.preferences()?;
    let total = paths::total_bytes(&inputs);
    let (concurrency, threads) = args.threads.share(inputs.len(), preferred);
    let progress = batch::progress("verifying", inputs.len(), total, &context.ui);
    let engine = Engine::new(threads).with_progress(progress.counter());
    let is_batch = inputs.len() > 1;
    let intact = Mutex::new((0_usize, 0_u64));
    let result = batch::files(
        &inputs,
        concurrency,
        &context.ui,
        progress,
        |job| {
            let input = job.open()?;
            let begun = keys.read_header(&input)?;
            let checked = keys
                .open_by(header.as_ref(), begun.closed)
                .map_err(|error| without_key(error, &input, keys.limits()))?;
            keys.confine_after_header(&inputs, context);
            let account = people
                .as_ref()
                .and_then(|people| keys.account(&checked, people));
            if let Some(required) = &from {
                require_from(account.as_ref(), required)?;
            }
            require_readers(account.as_ref(), &required)?;
            let key = checked.opened.payload_key();
            let engine = checked.engine(engine.clone());
            let plaintext = match begun.payload {
                Some((offset, len)) => engine.authenticate_at(
                    &key,
                    At {
                        place: &input.reads(len),
                        offset,
                    },
                    len,
                )?,
                None => engine.authenticate(&key, begun.source)?,
            };
            checked.check_content()?;
            input.check_length()?;
            let is_newer = checked.sender.as_ref().is_some_and(Sender::is_newer);
            let asked = |_: &&FileReport| from.is_some() || context.ui.is_json();
            let note = Note::new(account.as_ref().filter(asked), false);
            let fields = account
                .filter(|_| context.ui.is_json())
                .map(|account| account.fields());
            Ok(Written {
                output: None,
                done: (plaintext, note, fields, is_newer),
            })
        },
        |job, (plaintext, note, fields, is_newer)| {
            let name = job.name();
            if context.ui.is_json() {
                let line = Verified {
                    file: name.as_raw().to_owned(),
                    bytes: plaintext,
                    authenticated: true,
                    fields,
                };
                context.ui.json(&line)?;
                if let Some(note) = &note {
                    note.print_warnings(&context.ui);
                }
            } else {
                if !is_batch || context.ui.is_verbose() {
                    context.ui.result(&format!(
                        "{name} is intact ({} of contents)",
                        human_bytes(plaintext)
                    ))?;
                }
                let mut intact = intact.lock().unwrap_or_else(PoisonError::into_inner);
                *intact = (intact.0 + 1, intact.1 + plaintext);
                if let Some(note) = note {
                    if !is_batch {
                        note.print_brief(&context.ui);
                    }
                    note.print_rest(is_batch.then_some(&name), &context.ui);
                }
            }
            // The JSON says so in the state of the sender.
            if is_newer && !context.ui.is_json() {
                context.ui.warning_for_people(&format_args!(
                    "{name} was made by a newer version of bulla, so nothing is known about its sender"
                ));
            }
            Ok(())
        },
    );
    let (files, plaintext) = intact.into_inner().unwrap_or_else(PoisonError::into_inner);
    if is_batch && files > 0 {
        let files = match files {
            1 => "1 file is".to_owned(),
            more => format!("{more} files are"),
        };
        context.ui.result(&format!(
            "{files} intact ({} of contents)",
            human_bytes(plaintext)
        ))?;
    }
    result
}

impl VerifyArgs {
    /// Returns the files to verify.
    fn files(&self, context: &Context) -> Result<Vec<Job>> {
        let jobs = if self.recursive {
            let found = find_to_read(&self.paths, Folders::Walk)?;
            found.print_skipped(&context.ui);
            found.jobs
        } else {
            paths::read_only_jobs(&self.paths)?
        };
        sample::keep(self.sample, jobs, |job| {
            job.input.as_ref()?;
            job.open().ok()?.modified()
        })
    }

    /// Checks what can be checked without a key.
    fn check_structure(&self, context: &Context) -> Result<()> {
        let inputs = self.files(context)?;
        let limits = self.limits.limits();
        let (concurrency, _) = self.threads.share(inputs.len(), context.preferences()?);
        context.start_no_more_programs();
        let (is_batch, whole) = (inputs.len() > 1, AtomicUsize::new(0));
        let result = batch::run(
            &inputs,
            concurrency.working,
            &context.ui,
            |job| {
                let bytes = job
                    .open()
                    .and_then(|input| structure::check(&input, &limits));
                bytes.about(|| job.name())
            },
            |job, bytes| {
                whole.fetch_add(1, Ordering::Relaxed);
                let name = job.name();
                if context.ui.is_json() {
                    return Ok(context.ui.json(&Verified {
                        file: name.as_raw().to_owned(),
                        bytes,
                        authenticated: false,
                        fields: None,
                    })?);
                }
                if !is_batch || context.ui.is_verbose() {
                    context.ui.result(&format!(
                        "{name} has the structure of a whole file ({} of contents)",
                        human_bytes(bytes)
                    ))?;
                }
                Ok(())
            },
        );
        let whole = whole.into_inner();
        if is_batch && whole > 0 && !context.ui.is_json() {
            let files = match whole {
                1 => "1 file has".to_owned(),
                more => format!("{more} files have"),
            };
            context
                .ui
                .result(&format!("{files} the structure of a whole file"))?;
        }
        if whole > 0 {
            context.ui.notice(&NOT_AUTHENTICATED);
        }
        result
    }
}

/// What `--structure` does not say.
const NOT_AUTHENTICATED: &str = "This is not authentication: without a key nobody knows whether the \
                                 contents were changed";

/// Returns what is wrong with a file that no key opens: its structure, or just that there is no key.
fn without_key(error: CommandError, input: &Input, limits: &HeaderLimits) -> CommandError {
    if name_of(&error).as_deref() != Some("no-key") || input.regular_len().is_none() {
        return error;
    }
    match structure::check(input, limits) {
        Err(broken) => broken,
        Ok(_) => error.also_hinting(
            "To check without a key whether it could be whole: bulla verify --structure {file}",
        ),
    }
}
