//! File identity: device and inode.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;

use bulla_age::untrusted::Untrusted;

use crate::files::Error;

/// Identifies a file while it is open. Hard links, symlinks and other paths to one file have the
/// same ID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct FileId {
    device: u64,
    inode: u64,
}

impl FileId {
    /// Returns the ID for the metadata of an open file.
    pub(crate) fn of(metadata: &Metadata) -> Self {
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
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
