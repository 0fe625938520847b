//! From paths, and all that stands below them, to the age files that are written again where they stand.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::errors::usage;
use crate::files::{Input, files_below};
use crate::jobs::plan::{Job, Target};
use crate::ui::Ui;
use bulla_age::format::looks_encrypted;
use bulla_age::payload::ReadAt;
use bulla_age::untrusted::Untrusted;

/// What there is to do.
pub(crate) struct Gathered {
    pub(crate) jobs: Vec<Job>,
    /// Files in folders that are no age files.
    passed_over: usize,
}

/// Whether folders stand for the files below them.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Folders {
    Walked,
    Refused,
}

impl Folders {
    pub(crate) fn of(recursive: bool) -> Self {
        if recursive {
            Self::Walked
        } else {
            Self::Refused
        }
    }
}

/// Finds the files, each once. What is named is taken as it is; of what stands in folders only what looks like an age file.
pub(crate) fn gather(paths: &[PathBuf], folders: Folders) -> Result<Gathered> {
    let mut gathering = Gathering {
        jobs: Vec::new(),
        seen: HashSet::new(),
        passed_over: 0,
    };
    for path in paths {
        if path.as_os_str() == "-" {
            return Err(usage(
                "standard input cannot be written again where it stands",
                None,
            ));
        }
        match (path.is_dir(), folders) {
            // It would wait for its writer.
            (false, _) if path.exists() && !path.is_file() => {
                let text = format!("{} is no regular file", Untrusted::from(path.as_path()));
                return Err(usage(
                    &format!("{text}: there is nothing to write again"),
                    None,
                ));
            }
            (false, _) => gathering.take(path),
            (true, Folders::Walked) => files_below(path)
                .iter()
                .for_each(|path| gathering.look_at(path)),
            (true, Folders::Refused) => {
                let text = format!("{} is a folder", Untrusted::from(path.as_path()));
                return Err(usage(
                    &text,
                    Some("take the age files in it, at any depth, with --recursive"),
                ));
            }
        }
    }
    let Gathering {
        jobs, passed_over, ..
    } = gathering;
    if jobs.is_empty() {
        return Err(usage("there is no age file in it", None));
    }
    Ok(Gathered { jobs, passed_over })
}

impl Gathered {
    /// What was planned in another way.
    pub(crate) fn of(jobs: Vec<Job>) -> Self {
        Self {
            jobs,
            passed_over: 0,
        }
    }

    /// Says how many files were none of ours.
    pub(crate) fn tell(&self, ui: &Ui) {
        match self.passed_over {
            0 => {}
            1 => ui.status(&"1 other file was passed over"),
            more => ui.status(&format_args!("{more} other files were passed over")),
        }
    }
}

struct Gathering {
    jobs: Vec<Job>,
    seen: HashSet<PathBuf>,
    passed_over: usize,
}

impl Gathering {
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

    /// What cannot be read is taken too: it says so when its turn comes.
    fn look_at(&mut self, path: &Path) {
        let mut start = [0; 64];
        let read = Input::open(path).map(|input| ReadAt::read_at(input.file(), &mut start, 0));
        match read {
            Ok(Ok(read)) if !looks_encrypted(&start[..read]) => self.passed_over += 1,
            _ => self.take(path),
        }
    }
}
