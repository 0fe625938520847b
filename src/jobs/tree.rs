//! Finds the age files to rewrite in place, among paths and in the folders below them.

use std::collections::HashSet;
use std::ffi::OsString;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::errors::{CommandError, Result, usage};
use crate::files::{Error, FileId, FoundFile, Input, TreeWalk, files_below, is_stdin};
use crate::jobs::decrypt_header::looks_like_age_file;
use crate::jobs::paths::{EarlierFailure, Job, Target, read_only_jobs, stdin_in_place};
use crate::ui::Ui;
use bulla_age::untrusted::Untrusted;

/// The files that were found.
pub(crate) struct FoundFiles {
    pub(crate) jobs: Vec<Job>,
    /// Files in folders that are not age files.
    skipped: usize,
}

/// Begins to walk through a folder that the user named.
///
/// # Errors
/// It is no folder, or cannot be read.
pub(crate) fn begin_walk(folder: &Path) -> Result<TreeWalk> {
    match TreeWalk::begin(folder) {
        Err(Error::Io { source, .. }) if source.kind() == ErrorKind::NotADirectory => {
            let name = Untrusted::from(folder);
            Err(usage(&format!("{name} is not a folder"), None))
        }
        walk => Ok(walk?),
    }
}

/// The error of folders without age files.
pub(crate) fn no_age_files(folders: &[PathBuf]) -> CommandError {
    let names: Vec<String> = folders
        .iter()
        .map(|folder| Untrusted::from(folder.as_path()).to_string())
        .collect();
    let text = match names.as_slice() {
        [first @ .., last] if !first.is_empty() => {
            format!("There are no age files in {} and {last}", first.join(", "))
        }
        names => format!("There are no age files in {}", names.concat()),
    };
    usage(&text, None)
}

/// Whether to search folders.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Folders {
    Walk,
    Refuse,
}

impl Folders {
    pub(crate) fn new(recursive: bool) -> Self {
        if recursive { Self::Walk } else { Self::Refuse }
    }
}

/// Finds the files, each once. In folders only files that look like age files are taken.
/// `for_stdin` is a command that can read standard input, if there is one.
pub(crate) fn find_files(
    paths: &[PathBuf],
    folders: Folders,
    for_stdin: &str,
) -> Result<FoundFiles> {
    let mut search = Search {
        jobs: Vec::new(),
        seen: HashSet::new(),
        skipped: 0,
    };
    for path in paths {
        if is_stdin(path) {
            return Err(stdin_in_place(for_stdin));
        }
        match (path.is_dir(), folders) {
            // Opening a FIFO would wait for its writer.
            (false, _) if path.exists() && !path.is_file() => {
                let text = format!("{} is not a regular file", Untrusted::from(path.as_path()));
                return Err(usage(&format!("{text}, so it cannot be rewritten"), None));
            }
            (false, _) => search.name(path),
            (true, Folders::Walk) => files_below(path)?
                .into_iter()
                .for_each(|file| search.look_at(file)),
            (true, Folders::Refuse) => return Err(folder_refused(path)),
        }
    }
    let Search { jobs, skipped, .. } = search;
    if jobs.is_empty() {
        return Err(no_age_files(paths));
    }
    Ok(FoundFiles { jobs, skipped })
}

/// Finds files that are only read. In folders, those that look like age files are taken, and those
/// whose name says that they are age files: a damaged one must not be overlooked.
pub(crate) fn find_to_read(paths: &[PathBuf], folders: Folders) -> Result<FoundFiles> {
    let mut search = Search {
        jobs: Vec::new(),
        seen: HashSet::new(),
        skipped: 0,
    };
    let (mut named, mut walked) = (Vec::new(), false);
    for path in paths {
        if is_stdin(path) || !path.is_dir() {
            named.push(path.clone());
            continue;
        }
        if folders == Folders::Refuse {
            return Err(folder_refused(path));
        }
        walked = true;
        files_below(path)?
            .into_iter()
            .for_each(|file| search.look_to_read(file));
    }
    let mut jobs = match named.as_slice() {
        [] => Vec::new(),
        named => read_only_jobs(named)?,
    };
    jobs.append(&mut search.jobs);
    if jobs.is_empty() && walked {
        return Err(no_age_files(paths));
    }
    Ok(FoundFiles {
        jobs,
        skipped: search.skipped,
    })
}

/// Returns whether a file is said to be an age file by its name. If it is none, it is damaged.
pub(crate) fn is_named_as_age_file(path: &Path) -> bool {
    path.extension().is_some_and(|end| end == "age")
}

fn folder_refused(path: &Path) -> CommandError {
    let text = format!("{} is a folder", Untrusted::from(path));
    usage(&text, Some("Include the age files in it with --recursive"))
}

impl FoundFiles {
    /// Wraps jobs that were chosen in another way.
    pub(crate) fn new(jobs: Vec<Job>) -> Self {
        Self { jobs, skipped: 0 }
    }

    /// Prints how many files were skipped.
    pub(crate) fn print_skipped(&self, ui: &Ui) {
        match self.skipped {
            0 => {}
            1 => ui.status(&"Skipped 1 other file"),
            more => ui.status(&format_args!("Skipped {more} other files")),
        }
    }
}

struct Search {
    jobs: Vec<Job>,
    seen: HashSet<(FileId, OsString)>,
    skipped: usize,
}

impl Search {
    fn take(&mut self, path: PathBuf, found: Option<FoundFile>, input: Option<&Input>) {
        let place = input.and_then(Input::folder_and_name);
        if place.is_none_or(|place| self.seen.insert(place)) {
            self.jobs.push(Job {
                target: Target::Path(path.clone()),
                input: Some(path),
                found,
                typed: None,
                failure: EarlierFailure::default(),
            });
        }
    }

    /// Adds a file that was named. If it cannot be opened, the error is reported in its turn.
    fn name(&mut self, path: &Path) {
        let input = Input::open_to_replace(path).ok();
        self.take(path.to_owned(), None, input.as_ref());
    }

    /// Adds a file of a folder, to be read only. One that cannot be looked at is added too.
    fn look_to_read(&mut self, file: FoundFile) {
        let path = file.path();
        if !is_named_as_age_file(&path) {
            let looked = Input::open_found(&file).and_then(|input| looks_like_age_file(&input));
            if looked.is_ok_and(|is_age_file| !is_age_file) {
                self.skipped += 1;
                return;
            }
        }
        self.jobs.push(Job {
            target: Target::Stdout,
            input: Some(path),
            found: Some(file),
            typed: None,
            failure: EarlierFailure::default(),
        });
    }

    /// Adds a file of a folder if it looks like an age file. A file that cannot be read is added
    /// too; its error is reported in its turn.
    fn look_at(&mut self, file: FoundFile) {
        let input = Input::open_found(&file).ok();
        match input.as_ref().map(looks_like_age_file) {
            Some(Ok(false)) => self.skipped += 1,
            _ => self.take(file.path(), Some(file), input.as_ref()),
        }
    }
}
