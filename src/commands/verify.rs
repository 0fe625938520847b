//! `bulla verify`: checks that files are intact, without writing anything.

use std::path::PathBuf;

use clap::Args;

use crate::command::{Command, Sandbox};
use crate::context::Context;
use crate::errors::Result;
use crate::jobs::batch::Written;
use crate::jobs::decrypt_header::{DecryptionKeys, read_header};
use crate::jobs::{batch, paths};
use crate::report::file_report;
use crate::report::file_report::FileReport;
use crate::report::json::FileReportJson;
use crate::report::people::People;
use crate::report::verdict::require_from;
use crate::select::concurrency::ThreadOptions;
use crate::select::key_files;
use crate::select::options::{ActAs, FromOption, IdentityOptions, PassphraseSource};
use crate::ui::{Stream, human_bytes};
use bulla_age::stream::{At, Engine};
use bulla_age::untrusted::Untrusted;

/// Check that files are intact, without writing anything
///
/// Prints a line per file. Fails if a file is damaged or incomplete, or if none of your keys opens
/// it.
#[derive(Args, Clone, Debug)]
pub(crate) struct VerifyArgs {
    /// Files to verify ("-": standard input)
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    identity: IdentityOptions,
    #[command(flatten)]
    acting: ActAs,
    /// Use this detached header (see bulla share --header-out)
    #[arg(long, value_name = "PATH")]
    header: Option<PathBuf>,
    #[command(flatten)]
    from: FromOption,
    /// Print a JSON object per file to standard output
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    pub(crate) source: PassphraseSource,
    #[command(flatten)]
    threads: ThreadOptions,
}

#[derive(serde::Serialize)]
struct Verified {
    path: String,
    verified: bool,
    plaintext: u64,
    #[serde(flatten)]
    fields: Option<FileReportJson>,
}

impl Command for VerifyArgs {
    fn passphrase_source(&self) -> Option<&PassphraseSource> {
        Some(&self.source)
    }

    fn sandbox(&self) -> Sandbox {
        Sandbox::ConfinesItself
    }

    fn run(&self, context: &Context) -> Result<()> {
        run(self, context)
    }
}

fn run(args: &VerifyArgs, context: &Context) -> Result<()> {
    let inputs = paths::read_only_jobs(&args.paths)?;
    let from = args.from.name(context)?;
    let people = (args.json || from.is_some()).then(|| People::load(context));
    let mut loaded = key_files::KeyFiles::default();
    if inputs.iter().any(|job| job.input.is_none()) {
        loaded.stdin_is_taken();
    }
    let header = loaded.header(args.header.as_deref(), inputs.len())?;
    let identities = loaded.opening(&args.identity, &args.acting, context)?;
    let keys = DecryptionKeys::new(
        identities,
        Untrusted::new("these files"),
        args.identity.limit.max_work_factor,
        context,
    );
    let programs = keys.prepare(&inputs);
    paths::confine(&[], programs, &context.ui);
    let preferred = context.preferences()?;
    let total = paths::total_bytes(&inputs);
    let (concurrency, threads) = args.threads.share(inputs.len(), preferred);
    let progress = batch::progress("verifying", inputs.len(), total, &context.ui);
    let engine = Engine::new(threads).with_progress(progress.counter());
    batch::files(
        &inputs,
        concurrency,
        &context.ui,
        progress,
        |job| {
            let input = job.open()?;
            let begun = read_header(&input)?;
            let checked = keys.open_by(header.as_ref(), begun.closed)?;
            keys.confine_once_unlocked(&inputs, programs, &context.ui);
            let account = people
                .as_ref()
                .and_then(|people| keys.account(&checked, people));
            if let Some(name) = &from {
                require_from(account.as_ref(), name)?;
            }
            let key = checked.opened.payload_key();
            let engine = checked.engine(engine.clone());
            let plaintext = match begun.payload {
                Some((offset, len)) => engine.authenticate_at(
                    &key,
                    At {
                        place: input.file(),
                        offset,
                    },
                    len,
                )?,
                None => engine.authenticate(&key, begun.source)?,
            };
            checked.check_content()?;
            input.check_unchanged()?;
            let lines = account
                .as_ref()
                .filter(|_| from.is_some())
                .map(FileReport::lines)
                .unwrap_or_default();
            let fields = account
                .filter(|_| args.json)
                .map(|account| account.fields());
            Ok(Written {
                output: None,
                done: (plaintext, lines, fields),
            })
        },
        |job, (plaintext, lines, fields)| {
            let name = job.name();
            let told = match args.json {
                true => {
                    let line = Verified {
                        path: name.as_raw().to_owned(),
                        verified: true,
                        plaintext,
                        fields,
                    };
                    context.ui.json(&line, Stream::Stdout)
                }
                false => context.ui.result(&format!(
                    "{name} is intact ({} of contents)",
                    human_bytes(plaintext)
                )),
            };
            told?;
            if !args.json {
                file_report::print(&lines, &context.ui);
            }
            Ok(())
        },
    )
}
