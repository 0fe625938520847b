//! An entry of the catalogue.

use crate::entry::{Entry, EntryKind, Timestamp};

/// What the catalogue says about a file, folder or link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CatalogueEntry {
    /// Its path, as in [`Entry::path`].
    pub path: Vec<u8>,
    /// What it is.
    pub kind: CatalogueKind,
    /// The permissions: the lowest 12 bits of the mode.
    pub mode: u32,
    /// When the contents last changed.
    pub modified: Timestamp,
    /// The user ID of the owner.
    pub uid: u64,
    /// The group ID.
    pub gid: u64,
    /// Where the first header of the entry begins in the tar file: a pax header, if it has one.
    pub offset: u64,
}

/// What an entry of the catalogue is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CatalogueKind {
    /// A regular file.
    File {
        /// The length in bytes, holes included.
        len: u64,
    },
    /// A folder.
    Folder,
    /// A symbolic link.
    Symlink {
        /// The text of the link.
        target: Vec<u8>,
    },
    /// Another name of a file.
    HardLink {
        /// The path of that file.
        target: Vec<u8>,
    },
}

impl CatalogueEntry {
    /// Returns what a catalogue says about an entry whose header begins at `offset`.
    pub fn new(entry: &Entry, offset: u64) -> Self {
        Self {
            path: entry.path.clone(),
            kind: match &entry.kind {
                EntryKind::File { len, .. } => CatalogueKind::File { len: *len },
                EntryKind::Folder => CatalogueKind::Folder,
                EntryKind::Symlink { target } => CatalogueKind::Symlink {
                    target: target.clone(),
                },
                EntryKind::HardLink { target } => CatalogueKind::HardLink {
                    target: target.clone(),
                },
            },
            mode: entry.mode,
            modified: entry.modified,
            uid: entry.uid,
            gid: entry.gid,
            offset,
        }
    }
}
