//! Finds the age files to rewrite in place, among paths and in the folders below them.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use crate::errors::{Result, usage};
use crate::files::{Input, files_below};
use crate::jobs::paths::{Job, Target};
use crate::ui::Ui;
use bulla_age::format::looks_encrypted;
use bulla_age::stream::ReadAt;
use bulla_age::untrusted::Untrusted;

/// The files that were found.
pub(crate) struct FoundFiles {
    pub(crate) jobs: Vec<Job>,
    /// Files in folders that are not age files.
    skipped: usize,
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
pub(crate) fn find_files(paths: &[PathBuf], folders: Folders) -> Result<FoundFiles> {
    let mut search = Search {
        jobs: Vec::new(),
        seen: HashSet::new(),
        skipped: 0,
    };
    for path in paths {
        if path.as_os_str() == "-" {
            return Err(usage("Standard input cannot be rewritten in place", None));
        }
        match (path.is_dir(), folders) {
            // Opening a FIFO would wait for its writer.
            (false, _) if path.exists() && !path.is_file() => {
                let text = format!("{} is not a regular file", Untrusted::from(path.as_path()));
                return Err(usage(&format!("{text}, so it cannot be rewritten"), None));
            }
            (false, _) => search.take(path),
            (true, Folders::Walk) => files_below(path)
                .iter()
                .for_each(|path| search.look_at(path)),
            (true, Folders::Refuse) => {
                let text = format!("{} is a folder", Untrusted::from(path.as_path()));
                return Err(usage(
                    &text,
                    Some("Include the age files in it with --recursive"),
                ));
            }
        }
    }
    let Search { jobs, skipped, .. } = search;
    if jobs.is_empty() {
        return Err(usage("There are no age files in it", None));
    }
    Ok(FoundFiles { jobs, skipped })
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
    seen: HashSet<PathBuf>,
    skipped: usize,
}

impl Search {
    fn take(&mut self, path: &Path) {
        if self
            .seen
            .insert(path.canonicalize().unwrap_or_else(|_| path.to_owned()))
        {
            self.jobs.push(Job {
                input: Some(path.to_owned()),
                target: Target::Path(path.to_owned()),
            });
        }
    }

    /// A file that cannot be read is taken too; its error is reported in its turn.
    fn look_at(&mut self, path: &Path) {
        let mut start = [0; 64];
        let read = Input::open(path).map(|input| ReadAt::read_at(input.file(), &mut start, 0));
        match read {
            Ok(Ok(read)) if !looks_encrypted(&start[..read]) => self.skipped += 1,
            _ => self.take(path),
        }
    }
}
