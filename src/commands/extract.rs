//! `bulla extract`: recreates some of the files of an archive.

use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;

use clap::Args;

use crate::command::{Command, Sandbox};
use crate::context::Context;
use crate::errors::{ErrorContext as _, Result};
use crate::files;
use crate::files::NewFolder;
use crate::jobs::extract::Selection;
use crate::jobs::look_first::Outputs;
use crate::jobs::one_file::OneFile;
use crate::jobs::paths::{Job, Target, without_age_extension};
use crate::jobs::unpack::{self, PreserveOption, while_decrypting};
use crate::jobs::{batch, paths};
use crate::report::people::People;
use crate::report::required_signer::FromOption;
use crate::report::verdict;
use crate::select::concurrency::ThreadOptions;
use crate::select::options::{ForceOption, OpeningOptions, OutputOptions, PassphraseSource};
use bulla_age::stream::{Engine, Plaintext};
use bulla_age::untrusted::Untrusted;

/// Extract some of the files in an archive
///
/// Recreates these paths, and everything below them, in a new folder. In an archive that bulla made
/// it reads only what it needs, so only that is checked; with --from, and in other archives, it
/// reads and checks everything.
#[derive(Args, Clone, Debug)]
pub(crate) struct ExtractArgs {
    /// Encrypted archive
    #[arg(value_name = "ARCHIVE")]
    archive: PathBuf,
    /// Paths in the archive, as "bulla list" shows them
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// New folder (default: the name of the archive, beside it)
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
    #[command(flatten)]
    preserve: PreserveOption,
    #[command(flatten)]
    opening: OpeningOptions,
    #[command(flatten)]
    from: FromOption,
    #[command(flatten)]
    threads: ThreadOptions,
}

#[derive(serde::Serialize)]
struct Extracted {
    file: String,
    output: String,
    entries: u64,
}

impl Command for ExtractArgs {
    fn passphrase_source(&self) -> Option<&PassphraseSource> {
        Some(&self.opening.source)
    }

    fn prints(&self) -> bool {
        false
    }

    fn sandbox(&self) -> Sandbox {
        let inputs = std::slice::from_ref(&self.archive);
        Sandbox::with_programs().output_or_beside(self.output.as_ref(), inputs)
    }

    fn run(&self, context: &Context) -> Result<()> {
        run(self, context)
    }
}

fn run(args: &ExtractArgs, context: &Context) -> Result<()> {
    let output = OutputOptions {
        output: args.output.clone(),
        existing: ForceOption::default(),
    };
    let archives = std::slice::from_ref(&args.archive);
    let jobs = paths::jobs(archives, &output, |name| {
        let plain = unpack::folder_name(name).or_else(|| without_age_extension(name));
        Ok(plain.unwrap_or_else(|| PathBuf::from(name)))
    })?;
    if let [job] = jobs.as_slice() {
        refuse_existing(job)?;
    }
    let total = paths::total_bytes(&jobs);
    let file = OneFile::look(jobs, Outputs::Nothing, &args.opening, context)?;
    let from = args.from.required(context)?;
    let file = file.keys(None, context)?;
    let name = file.job.name();
    let (_, threads) = args.threads.share(1, context.preferences()?);
    let total = total.filter(|_| from.is_some());
    let progress = batch::progress("extracting", 1, total, &context.ui);
    let engine = Engine::new(threads).with_progress(progress.counter());
    let work = || -> Result<(NewFolder, u64)> {
        let input = file.job.open()?;
        let open = file.open(&input, file.keys.read_header(&input)?, context)?;
        if let Some(required) = &from {
            let account = file.keys.account(&open.checked, &People::load(context));
            verdict::require_from(account.as_ref(), required)?;
        }
        let mut selection = Selection::new(selected(&args.paths));
        let mut folder = unpack::create_folder(&file.job, &input, args.preserve.preserve(), 0)?;
        let key = open.checked.opened.payload_key();
        // A signature covers all contents.
        let is_done = match open.payload().filter(|_| from.is_none()) {
            Some((place, sealed)) => {
                let mut plain = Plaintext::open(&key, place, sealed)?;
                let is_done = selection.seek(&mut plain, &mut folder)?;
                context.ui.detail(&format_args!(
                    "Read {} of {sealed} bytes of {}",
                    plain.bytes_read(),
                    file.job.name()
                ));
                is_done
            }
            None => false,
        };
        if !is_done {
            let engine = open.checked.engine(engine);
            while_decrypting(
                |writer| Ok(engine.open(&key, open.source, writer)?),
                |reader| selection.stream(reader, &mut folder),
            )?;
            open.checked.check_content()?;
        }
        input.check_length()?;
        Ok((folder, selection.entries()))
    };
    let done = work().about(|| name.clone());
    progress.finish();
    let (folder, entries) = done?;
    let to = folder.name().clone();
    let not_kept = folder.commit()?;
    unpack::tell_not_kept(not_kept, &context.ui);
    if context.ui.is_json() {
        return Ok(context.ui.json(&Extracted {
            file: name.as_raw().to_owned(),
            output: to.as_raw().to_owned(),
            entries,
        })?);
    }
    let entries = match entries {
        1 => "one entry".to_owned(),
        more => format!("{more} entries"),
    };
    context
        .ui
        .status(&format_args!("Extracted {entries} to {to}"));
    Ok(())
}

fn selected(paths: &[PathBuf]) -> impl Iterator<Item = Vec<u8>> {
    paths
        .iter()
        .map(|path| path.clone().into_os_string().into_vec())
}

/// Refuses a folder that exists, before anything is asked.
fn refuse_existing(job: &Job) -> Result<()> {
    match &job.target {
        Target::Path(path) | Target::Beside(path) | Target::Inside(path)
            if path.symlink_metadata().is_ok() =>
        {
            let name = Untrusted::from(path.as_path());
            Err(files::Error::FolderExists { name }.into())
        }
        Target::Stdout => Err(unpack::no_name()),
        _ => Ok(()),
    }
}
