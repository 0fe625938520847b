//! An open file of a tree, and the part of it that is not zeros.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;

use rustix::fs::{SeekFrom, Stat, fstat, seek};
use rustix::io::Errno;

use crate::files::source_folder::problem::Problem;
use bulla_archive::entry::Part;

/// The most parts of a sparse file. What follows them is stored with its holes.
const MOST_PARTS: usize = 4096;

/// A file that is being read.
pub(super) struct Contents {
    file: File,
    opened: Stat,
    problem: Option<Problem>,
}

impl Contents {
    pub(super) fn new(file: File, opened: Stat) -> Self {
        Self {
            file,
            opened,
            problem: None,
        }
    }

    pub(super) fn file(&self) -> &File {
        &self.file
    }

    fn len(&self) -> u64 {
        u64::try_from(self.opened.st_size).unwrap_or(0)
    }

    /// Returns the parts that are not holes.
    pub(super) fn parts(&self) -> Vec<Part> {
        let len = self.len();
        let stored = u64::try_from(self.opened.st_blocks).unwrap_or(u64::MAX);
        if len == 0 {
            return Vec::new();
        }
        if stored.saturating_mul(512) < len
            && let Some(parts) = self.data(len)
        {
            return parts;
        }
        vec![Part { offset: 0, len }]
    }

    /// Asks the file system where the data is. Returns `None` if it does not know.
    fn data(&self, len: u64) -> Option<Vec<Part>> {
        let mut parts = Vec::new();
        let mut end = 0;
        while end < len && parts.len() < MOST_PARTS {
            let begin = match seek(&self.file, SeekFrom::Data(end)) {
                Ok(begin) => begin.min(len),
                // Only a hole follows.
                Err(Errno::NXIO) => break,
                Err(_) => return None,
            };
            let hole = seek(&self.file, SeekFrom::Hole(begin)).ok()?.min(len);
            if hole <= begin {
                break;
            }
            end = if parts.len() + 1 == MOST_PARTS {
                len
            } else {
                hole
            };
            parts.push(Part {
                offset: begin,
                len: end - begin,
            });
        }
        Some(parts)
    }

    /// Fills a buffer from this offset on, with zeros where nothing can be read.
    pub(super) fn fill(&mut self, buffer: &mut [u8], offset: u64) {
        let mut filled = 0;
        while filled < buffer.len() {
            let read = self
                .file
                .read_at(&mut buffer[filled..], offset + filled as u64);
            match read {
                Ok(0) => {
                    self.problem.get_or_insert(Problem::Shrank);
                    break;
                }
                Ok(read) => filled += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.problem.get_or_insert(Problem::Broken(error));
                    break;
                }
            }
        }
        buffer[filled..].fill(0);
    }

    /// Returns what went wrong while the file was read.
    pub(super) fn finish(self) -> Option<Problem> {
        if self.problem.is_some() {
            return self.problem;
        }
        let now = match fstat(&self.file) {
            Ok(now) => now,
            Err(errno) => return Some(Problem::Unreadable(errno)),
        };
        let then = &self.opened;
        let written = |of: &Stat| (of.st_size, of.st_mtime, of.st_mtime_nsec);
        let touched = |of: &Stat| (of.st_ctime, of.st_ctime_nsec);
        let attributes = |of: &Stat| (of.st_nlink, of.st_mode, of.st_uid, of.st_gid);
        // A new name, mode or owner is no change of the contents.
        let is_same = written(&now) == written(then)
            && (touched(&now) == touched(then) || attributes(&now) != attributes(then));
        (!is_same).then_some(Problem::Changed)
    }
}
