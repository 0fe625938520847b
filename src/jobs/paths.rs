//! Turns paths into inputs and outputs, before anything is opened.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::context::confine_to;
use crate::errors::{Refusal, Result, usage};
use crate::files::{
    Destination, FileId, Input, Mode, Options, Output, Replace, conflicts, total_len,
};
use crate::select::options::OutputOptions;
use crate::ui::Ui;
use bulla_age::untrusted::Untrusted;

/// The output of one input.
#[derive(Clone, Debug)]
pub(crate) enum Target {
    /// Standard output (`-o -`).
    Stdout,
    /// This path (`-o`).
    Path(PathBuf),
    /// Beside a regular file; standard output for any other input.
    Beside(PathBuf),
}

/// One input and its output.
#[derive(Clone, Debug)]
pub(crate) struct Job {
    /// `None` is standard input.
    pub(crate) input: Option<PathBuf>,
    pub(crate) target: Target,
}

/// How a command names the output of an input.
pub(crate) type OutputName = fn(&OsStr) -> Result<PathBuf>;

/// Returns a job for each path; no path means standard input.
pub(crate) fn jobs(
    paths: &[PathBuf],
    output: &OutputOptions,
    rename: OutputName,
) -> Result<Vec<Job>> {
    let inputs = inputs(paths)?;
    let alone = inputs.len() == 1;
    let jobs = inputs.into_iter().map(|input| {
        Ok(Job {
            target: target(input.as_deref(), output, rename, alone)?,
            input,
        })
    });
    let jobs: Vec<Job> = jobs.collect::<Result<_>>()?;
    refuse_conflicts(&jobs)?;
    Ok(jobs)
}

/// Returns a job for each path that is only read.
pub(crate) fn read_only_jobs(paths: &[PathBuf]) -> Result<Vec<Job>> {
    Ok(inputs(paths)?
        .into_iter()
        .map(|input| Job {
            input,
            target: Target::Stdout,
        })
        .collect())
}

/// Returns the inputs; no path means standard input.
fn inputs(paths: &[PathBuf]) -> Result<Vec<Option<PathBuf>>> {
    let inputs: Vec<Option<PathBuf>> = match paths {
        [] => vec![None],
        _ => paths
            .iter()
            .map(|path| (path.as_os_str() != "-").then(|| path.clone()))
            .collect(),
    };
    if inputs.iter().filter(|input| input.is_none()).count() > 1 {
        return Err(usage("Standard input (-) can be read only once", None));
    }
    Ok(inputs)
}

fn target(
    input: Option<&Path>,
    output: &OutputOptions,
    rename: OutputName,
    alone: bool,
) -> Result<Target> {
    let renamed = |path: &Path| rename(path.file_name().unwrap_or(OsStr::new("output")));
    match (&output.output, input) {
        (Some(to), _) if to.as_os_str() == "-" && alone => Ok(Target::Stdout),
        (Some(to), _) if to.as_os_str() == "-" => Err(usage("-o - takes only one input", None)),
        (Some(to), Some(path)) if to.is_dir() => Ok(Target::Path(to.join(renamed(path)?))),
        (Some(to), None) if to.is_dir() => Err(usage(
            "Standard input needs an output name",
            Some("Choose an output with -o PATH"),
        )),
        (Some(to), _) if alone && !to.as_os_str().as_encoded_bytes().ends_with(b"/") => {
            Ok(Target::Path(to.clone()))
        }
        (Some(_), _) if alone => Err(usage(
            "The output folder does not exist",
            Some("Create it, or choose a file with -o PATH"),
        )),
        (Some(_), _) => Err(usage(
            "For several inputs, -o must be an existing folder",
            None,
        )),
        (None, Some(path)) => Ok(Target::Beside(path.with_file_name(renamed(path)?))),
        (None, None) => Ok(Target::Stdout),
    }
}

/// Refuses two inputs with one output, and an output that is another input.
fn refuse_conflicts(jobs: &[Job]) -> Result<()> {
    let mut paths: Vec<PathBuf> = Vec::new();
    for job in jobs {
        if let Target::Path(path) | Target::Beside(path) = &job.target {
            paths.push(path.clone());
        }
    }
    let outputs = paths.len();
    paths.extend(
        jobs.iter()
            .filter_map(|job| job.input.clone())
            .filter(|_| jobs.len() > 1),
    );
    match conflicts(&paths) {
        Some(conflict) if conflict.second < outputs => {
            let name = Untrusted::from(paths[conflict.second].as_path());
            Err(usage(
                &format!("Two inputs would be written to {name}"),
                Some("Process them one at a time"),
            ))
        }
        Some(conflict) if conflict.first < outputs => {
            let name = Untrusted::from(paths[conflict.second].as_path());
            Err(Refusal::InputIsOutput(name).into())
        }
        _ => Ok(()),
    }
}

/// Whether a plugin may still be started.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Plugins {
    Finished,
    MayRun,
}

/// From here on this process writes only to the folders of its outputs, and starts no program once
/// none can be needed.
pub(crate) fn confine(jobs: &[Job], programs: Plugins, ui: &Ui) {
    if programs == Plugins::MayRun {
        ui.detail(
            &"A plugin may be needed, so bulla leaves other programs free to start and to write anywhere",
        );
        return;
    }
    let mut folders: Vec<PathBuf> = Vec::new();
    for job in jobs {
        if let Target::Path(path) | Target::Beside(path) = &job.target
            && let Ok(destination) = Destination::of(path)
            && !folders.iter().any(|known| known == destination.directory())
        {
            folders.push(destination.directory().to_owned());
        }
    }
    confine_to(&folders, ui);
}

/// Returns the total size of the inputs, if known.
pub(crate) fn total_bytes(jobs: &[Job]) -> Option<u64> {
    total_len(jobs.iter().map(|job| job.input.as_deref()))
}

impl Job {
    /// Opens the input.
    pub(crate) fn open(&self) -> Result<Input> {
        Ok(match &self.input {
            Some(path) => Input::open(path)?,
            None => Input::stdin()?,
        })
    }

    /// Creates the output, as the last step before the work.
    pub(crate) fn create(
        &self,
        input: &Input,
        kind: OutputKind,
        keys: &[(FileId, Untrusted)],
    ) -> Result<Output> {
        let mut not = keys.to_vec();
        if input.is_regular() {
            not.push((input.id(), input.name().clone()));
        }
        let replace = if kind.force {
            Replace::Always
        } else {
            Replace::Never
        };
        let options = Options {
            replace,
            mode: kind.mode,
            not: &not,
        };
        Ok(match &self.target {
            Target::Path(path) => Output::create(path, &options)?,
            Target::Beside(path) if input.is_regular() => Output::create(path, &options)?,
            Target::Beside(_) | Target::Stdout => Output::stdout(&not)?,
        })
    }

    /// Returns the input's name for messages.
    pub(crate) fn name(&self) -> Untrusted {
        self.input
            .as_deref()
            .map_or_else(|| Untrusted::new("standard input"), Untrusted::from)
    }
}

/// How an output is created.
#[derive(Clone, Copy)]
pub(crate) struct OutputKind {
    pub(crate) mode: Mode,
    pub(crate) force: bool,
}

/// Returns the name of an age file without its extension; `None` if it has no such extension.
pub(crate) fn without_age_extension(name: &OsStr) -> Option<PathBuf> {
    use std::os::unix::ffi::OsStrExt;
    let stem = name
        .as_bytes()
        .strip_suffix(b".age")
        .filter(|stem| !stem.is_empty())?;
    Some(PathBuf::from(OsStr::from_bytes(stem)))
}
