//! Which file a file is, whatever it is called.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;

use bulla_age::untrusted::Untrusted;

use crate::files::Error;

/// What tells a file from every other one while it is open: hard links, symlinks and other paths to it are equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct FileId {
    device: u64,
    inode: u64,
}

impl FileId {
    /// Of an open descriptor's metadata.
    pub(crate) fn of(metadata: &Metadata) -> Self {
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
        }
    }

    /// Refuses an output that is one of the files still in use.
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
