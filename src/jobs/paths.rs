//! Turns paths into inputs and outputs, before anything is opened.

use std::cell::RefCell;
use std::ffi::OsStr;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use zeroize::Zeroizing;

use crate::errors::{CommandError, Refusal, Result, usage};
use crate::files;
use crate::files::{
    FileId, FoundFile, Input, Mode, Options, Output, Replace, conflicts, is_descriptor, is_stdin,
    is_stdout, total_len,
};
use crate::select::options::{OutputOptions, data_beside_json};
use crate::ui::Ui;
use bulla_age::untrusted::Untrusted;

/// The output of one input.
#[derive(Clone, Debug)]
pub(crate) enum Target {
    /// Standard output (`-o -`).
    Stdout,
    /// This path (`-o`).
    Path(PathBuf),
    /// The default name in a folder (`-o FOLDER`).
    Inside(PathBuf),
    /// Beside a regular file; standard output for any other input.
    Beside(PathBuf),
}

/// One input and its output.
#[derive(Clone, Debug)]
pub(crate) struct Job {
    /// `None` is standard input.
    pub(crate) input: Option<PathBuf>,
    /// Where a walk found the input. It is opened there, never by its path.
    pub(crate) found: Option<FoundFile>,
    pub(crate) target: Target,
    pub(crate) failure: EarlierFailure,
    /// What was typed, if the input is a terminal.
    pub(crate) typed: Option<Typed>,
}

/// What was typed at a terminal.
#[derive(Clone)]
pub(crate) struct Typed(Arc<Zeroizing<Vec<u8>>>);

impl fmt::Debug for Typed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Typed(…)")
    }
}

/// The error of a job that failed before the work began, and that was reported then.
#[derive(Clone, Debug, Default)]
pub(crate) struct EarlierFailure(Arc<Mutex<Option<CommandError>>>);

/// How a command names the output of an input.
pub(crate) type OutputName = fn(&OsStr) -> Result<PathBuf>;

/// Returns a job for each path; no path means standard input. Of several, one whose output cannot be
/// named fails when it is looked at, like one that does not exist.
pub(crate) fn jobs(
    paths: &[PathBuf],
    output: &OutputOptions,
    rename: OutputName,
) -> Result<Vec<Job>> {
    let inputs = inputs(paths)?;
    let alone = inputs.len() == 1;
    // It is the one that is wrong, whatever is wrong with the folder.
    if !alone && let Some(stdin) = inputs.iter().position(Option::is_none) {
        target(inputs[stdin].as_deref(), output, rename, alone)?;
    }
    let jobs = inputs.into_iter().map(|input| {
        let unnamed = RefCell::new(None);
        let named = |name: &OsStr| match rename(name) {
            Err(error) if !alone => {
                unnamed.replace(Some(error));
                Ok(PathBuf::from(name))
            }
            named => named,
        };
        Ok(Job {
            target: target(input.as_deref(), output, named, alone)?,
            input,
            found: None,
            typed: None,
            failure: EarlierFailure(Arc::new(Mutex::new(unnamed.into_inner()))),
        })
    });
    let jobs: Vec<Job> = jobs.collect::<Result<_>>()?;
    refuse_streams_among_files(&jobs)?;
    refuse_conflicts(&jobs)?;
    Ok(jobs)
}

/// Refuses a pipe or device among several inputs if its output would be standard output: the others
/// get files beside them, and two such outputs would run into each other. Standard input is named
/// with the wish for just that.
fn refuse_streams_among_files(jobs: &[Job]) -> Result<()> {
    let is_stream = |job: &&Job| job.input.is_some() && job.is_for_stdout();
    match jobs.iter().find(is_stream) {
        Some(stream) if jobs.len() > 1 => {
            let text = format!(
                "{} is not a regular file, so its output would go to standard output, unlike those \
                 of the other inputs",
                stream.name()
            );
            let hint = "Process it alone, or choose a folder for all outputs with -o PATH";
            Err(usage(&text, Some(hint)))
        }
        _ => Ok(()),
    }
}

/// Returns a job for each path that is only read.
pub(crate) fn read_only_jobs(paths: &[PathBuf]) -> Result<Vec<Job>> {
    Ok(inputs(paths)?
        .into_iter()
        .map(|input| Job {
            input,
            found: None,
            target: Target::Stdout,
            typed: None,
            failure: EarlierFailure::default(),
        })
        .collect())
}

/// Returns whether these paths of inputs mean standard input.
pub(crate) fn name_stdin(paths: &[PathBuf]) -> bool {
    paths.is_empty() || paths.iter().any(|path| path.as_os_str() == "-")
}

/// Returns the inputs; no path means standard input.
fn inputs(paths: &[PathBuf]) -> Result<Vec<Option<PathBuf>>> {
    let inputs: Vec<Option<PathBuf>> = match paths {
        [] => vec![None],
        _ => paths
            .iter()
            .map(|path| (!is_stdin(path)).then(|| path.clone()))
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
    rename: impl Fn(&OsStr) -> Result<PathBuf>,
    alone: bool,
) -> Result<Target> {
    let renamed = |path: &Path| rename(path.file_name().unwrap_or(OsStr::new("output")));
    match (&output.output, input) {
        (Some(to), _) if is_stdout(to) && alone => Ok(Target::Stdout),
        (Some(to), _) if is_stdout(to) => Err(usage("-o - takes only one input", None)),
        (Some(_), None) if !alone => Err(usage(
            "Standard input has no name for an output, so it cannot be one of several inputs of -o",
            Some("Process it alone, with -o PATH"),
        )),
        (Some(to), Some(path)) if to.is_dir() => Ok(Target::Inside(to.join(renamed(path)?))),
        (Some(to), None) if to.is_dir() => Err(usage(
            "Standard input needs an output name",
            Some("Choose an output with -o PATH"),
        )),
        (Some(to), _) if alone && !to.as_os_str().as_encoded_bytes().ends_with(b"/") => {
            Ok(Target::Path(to.clone()))
        }
        (Some(to), _) if !to.exists() && in_the_way(to).is_none() => {
            let missing = CommandError::from(files::Error::NoFolder {
                name: Untrusted::from(to.components().as_path()),
            });
            Err(if alone {
                missing
            } else {
                missing.context("Several inputs need a folder (-o)")
            })
        }
        (Some(to), _) => {
            let in_the_way = in_the_way(to).unwrap_or(to);
            let name = Untrusted::from(in_the_way);
            let text = if alone {
                format!("{name} is not a folder")
            } else {
                format!("{name} is not a folder, and several outputs need one")
            };
            let hint = if alone && in_the_way == to {
                "Remove the / at the end, or choose a folder with -o PATH"
            } else {
                "Choose a folder with -o PATH"
            };
            Err(usage(&text, Some(hint)))
        }
        (None, Some(path)) if is_descriptor(path) => Ok(Target::Stdout),
        (None, Some(path)) => Ok(Target::Beside(path.with_file_name(renamed(path)?))),
        (None, None) => Ok(Target::Stdout),
    }
}

/// Returns what is not a folder at this path or on the way to it, without slashes at its end.
fn in_the_way(path: &Path) -> Option<&Path> {
    let mut folders = path.components().as_path().ancestors();
    folders
        .find(|path| path.exists())
        .filter(|path| !path.is_dir())
}

/// Returns the error that standard input is no file that can be replaced. `instead` is a command
/// that can read it.
pub(crate) fn stdin_in_place(instead: &str) -> CommandError {
    let hint = if instead.is_empty() {
        "Save it as a file first".to_owned()
    } else {
        format!("Save it as a file first, or write the result elsewhere: {instead}")
    };
    usage("Standard input cannot be rewritten in place", Some(&hint))
}

/// Refuses two inputs with one output, and an output that is another input.
pub(crate) fn refuse_conflicts(jobs: &[Job]) -> Result<()> {
    let mut paths: Vec<PathBuf> = Vec::new();
    for job in jobs.iter().filter(|job| !job.has_failed()) {
        if let Target::Path(path) | Target::Inside(path) | Target::Beside(path) = &job.target {
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

/// Refuses data on standard output if that is for JSON alone.
pub(crate) fn refuse_stdout_beside_json(jobs: &[Job], ui: &Ui) -> Result<()> {
    let to_stdout = |job: &Job| matches!(job.target, Target::Stdout);
    if ui.is_json() && jobs.iter().any(to_stdout) {
        return Err(data_beside_json());
    }
    Ok(())
}

/// The same for an output that turned out to be standard output.
pub(crate) fn refuse_opened_beside_json(output: &Output, ui: &Ui) -> Result<()> {
    if ui.is_json() && matches!(output, Output::Stdout(_)) {
        return Err(data_beside_json());
    }
    Ok(())
}

/// Returns what a question calls the inputs: their name, or how many they are. Those that failed
/// already do not count.
pub(crate) fn called(jobs: &[Job]) -> Untrusted {
    let left: Vec<&Job> = jobs.iter().filter(|job| !job.has_failed()).collect();
    match left.as_slice() {
        [only] => only.name(),
        left => Untrusted::new(format!("{} files", left.len())),
    }
}

/// Returns the total size of the inputs, if known.
pub(crate) fn total_bytes(jobs: &[Job]) -> Option<u64> {
    total_len(jobs.iter().map(|job| job.input.as_deref()))
}

impl Job {
    /// Notes that this job failed and that its error was reported.
    pub(crate) fn failed_already(&self, error: CommandError) {
        *self.failure() = Some(error.reported());
    }

    /// Returns whether this job failed before the work began.
    pub(crate) fn has_failed(&self) -> bool {
        self.failure().is_some()
    }

    /// Returns the error with which this job failed before the work began, once.
    pub(crate) fn earlier_failure(&self) -> Option<CommandError> {
        self.failure().take()
    }

    fn failure(&self) -> MutexGuard<'_, Option<CommandError>> {
        self.failure
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Opens the input.
    pub(crate) fn open(&self) -> Result<Input> {
        let input = match (&self.found, &self.input) {
            (Some(found), _) => Input::open_found(found)?,
            (None, Some(path)) if matches!(self.target, Target::Beside(_)) => {
                Input::open_with_folder(path)?
            }
            (None, Some(path)) => Input::open(path)?,
            (None, None) => Input::stdin()?,
        };
        Ok(match &self.typed {
            Some(Typed(bytes)) => input.replaced_by(Arc::clone(bytes))?,
            None => input,
        })
    }

    /// Sets what was typed in place of the input.
    pub(crate) fn set_typed(&mut self, bytes: Zeroizing<Vec<u8>>) {
        self.typed = Some(Typed(Arc::new(bytes)));
    }

    /// Returns whether its output will be standard output, as far as that is known before the input
    /// is opened. A folder, or an input that failed already, has no output.
    pub(crate) fn is_for_stdout(&self) -> bool {
        match (&self.target, &self.input) {
            _ if self.has_failed() => false,
            (Target::Stdout, _) => true,
            (Target::Beside(_), Some(path)) => path
                .metadata()
                .is_ok_and(|found| !found.is_file() && !found.is_dir()),
            _ => false,
        }
    }

    /// Opens and locks the input, to replace it.
    pub(crate) fn open_to_replace(&self, ui: &Ui) -> Result<Input> {
        let mut input = self.open_for_rehearsal()?;
        input.hold(|name| {
            ui.notice(&format_args!(
                "Waiting for {name}, which another process has locked"
            ));
        })?;
        Ok(input)
    }

    /// Opens the input in the same way, but does not lock it.
    pub(crate) fn open_for_rehearsal(&self) -> Result<Input> {
        Ok(match (&self.found, &self.input) {
            (Some(found), _) => Input::open_found(found)?,
            (None, Some(path)) => Input::open_to_replace(path)?,
            (None, None) => return Err(stdin_in_place("")),
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
        not.extend(input.as_kept());
        let options = Options {
            replace: kind.replace,
            mode: kind.mode,
            not: &not,
        };
        Ok(match &self.target {
            Target::Path(path) => Output::create(path, &options)?,
            Target::Inside(path) => Output::create_by_default(path, &options)?,
            Target::Beside(path) if input.is_regular() => {
                Output::create_beside(input, path, &options)?
            }
            Target::Beside(_) | Target::Stdout => Output::stdout(&not)?,
        })
    }

    /// Returns the job for an archive whose contents are not one, so that the output is a file: its
    /// default name ends like that of any other file.
    pub(crate) fn as_a_file(&self) -> Self {
        let input = self.input.as_deref().and_then(Path::file_name);
        self.with_name(&input.and_then(without_age_extension).unwrap_or_default())
    }

    /// Returns the job with another name for the output, unless the user chose the name.
    pub(crate) fn with_name(&self, name: &Path) -> Self {
        let target = match &self.target {
            Target::Beside(path) => Target::Beside(path.with_file_name(name)),
            Target::Inside(path) => Target::Inside(path.with_file_name(name)),
            target => target.clone(),
        };
        Self {
            target,
            ..self.clone()
        }
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
    pub(crate) replace: Replace,
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::symlink;

    /// Every moment between the two is one at which somebody may exchange the folder.
    #[test]
    fn a_default_name_is_created_in_the_folder_in_which_the_input_was_found() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        for folder in ["folder", "home"] {
            fs::create_dir(at(folder)).unwrap();
        }
        for replace in [Replace::Never, Replace::Always] {
            fs::write(at("folder/x.age"), "ciphertext").unwrap();
            let job = Job {
                input: Some(at("folder/x.age")),
                found: None,
                target: Target::Beside(at("folder/x")),
                typed: None,
                failure: EarlierFailure::default(),
            };
            let input = job.open().unwrap();
            fs::rename(at("folder"), at("moved")).unwrap();
            symlink("home", at("folder")).unwrap();
            let mode = Mode::Secret;
            let output = job.create(&input, OutputKind { mode, replace }, &[]);
            output.unwrap().commit().unwrap();
            assert_eq!(at("home").read_dir().unwrap().count(), 0, "{replace:?}");
            assert!(at("moved/x").is_file(), "{replace:?}");
            fs::remove_file(at("folder")).unwrap();
            fs::rename(at("moved"), at("folder")).unwrap();
        }
    }

    /// A folder behind a link is no obstacle, and neither is an input without a folder.
    #[test]
    fn an_input_is_opened_through_its_folder_as_by_its_path() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::create_dir(at("folder")).unwrap();
        fs::write(at("folder/real.age"), "ciphertext").unwrap();
        symlink("folder", at("way")).unwrap();
        symlink("../folder/real.age", at("folder/x.age")).unwrap();
        let open = |input: PathBuf| {
            let job = Job {
                target: Target::Beside(input.with_file_name("x")),
                input: Some(input),
                found: None,
                typed: None,
                failure: EarlierFailure::default(),
            };
            job.open().map(|input| (job, input))
        };
        let (job, input) = open(at("way/x.age")).unwrap();
        let kind = OutputKind {
            mode: Mode::Secret,
            replace: Replace::Never,
        };
        job.create(&input, kind, &[]).unwrap().commit().unwrap();
        assert!(at("folder/x").is_file());
        for stream in ["/dev/null", "/proc/self/../null"] {
            let opened = open(stream.into());
            assert_eq!(opened.is_ok(), stream == "/dev/null", "{stream}");
        }
        for missing in [
            "none",
            "none/x",
            "folder",
            "folder/",
            "folder/x/",
            "folder/x/.",
            "",
        ] {
            assert!(open(at(missing)).is_err(), "{missing}");
        }
    }
}
