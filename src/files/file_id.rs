//! What a file is: its device and inode, and its kind.

use std::fs::{FileType, Metadata};
use std::os::fd::AsFd;
use std::os::unix::fs::{FileTypeExt, MetadataExt};

use rustix::fs::Stat;

use bulla_age::untrusted::Untrusted;

use crate::files::Error;
use crate::files::system::device;

/// Identifies a file while it is open. Hard links, symlinks and other paths to one file have the
/// same ID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct FileId {
    device: u64,
    inode: u64,
}

/// What shows that a file is still the one that was looked at, and has not been written since: its
/// ID, its length, the time of its last modification, which a program can set back, and that of its
/// last change of any kind, which it cannot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    id: FileId,
    len: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl Stamp {
    pub(super) fn of(metadata: &Metadata) -> Self {
        Self {
            id: FileId::of(metadata),
            len: metadata.len(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        }
    }

    /// Returns whether it is the same but for a new name, which is a change that is no modification.
    pub(super) fn is_but_renamed(self, other: Self) -> bool {
        let changed = self.changed;
        self == Self { changed, ..other }
    }
}

/// Returns what a file is, with its article, for messages.
pub(super) fn kind(of: FileType) -> &'static str {
    if of.is_symlink() {
        "a symlink"
    } else if of.is_fifo() {
        "a named pipe"
    } else if of.is_socket() {
        "a socket"
    } else if of.is_dir() {
        "a folder"
    } else if of.is_file() {
        "a regular file"
    } else {
        "a device"
    }
}

impl FileId {
    /// Returns the ID for the metadata of an open file.
    pub(crate) fn of(metadata: &Metadata) -> Self {
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
        }
    }

    /// Returns the ID of what a descriptor is open on.
    pub(super) fn of_descriptor(descriptor: impl AsFd) -> rustix::io::Result<Self> {
        rustix::fs::fstat(descriptor).map(|found| Self::of_stat(&found))
    }

    /// Returns the ID for the result of a stat call.
    pub(super) fn of_stat(found: &Stat) -> Self {
        Self {
            device: device(found),
            inode: found.st_ino,
        }
    }

    /// Returns an error if this output is one of the files still in use.
    pub(crate) fn refuse(
        self,
        output: &Untrusted,
        not: &[(FileId, Untrusted)],
    ) -> Result<(), Error> {
        match not.iter().find(|(id, _)| *id == self) {
            Some((_, other)) => Err(Error::SameFile {
                output: output.clone(),
                other: other.clone(),
            }),
            None => Ok(()),
        }
    }
}
