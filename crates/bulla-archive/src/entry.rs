//! One entry of an archive.

/// A file, folder or link, as the archive describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Where it belongs, relative to the root of the archive: names joined by `/`, none of them
    /// empty, `.` or `..`. The bytes are those of the file system, in any encoding.
    pub path: Vec<u8>,
    /// What it is.
    pub kind: EntryKind,
    /// The permissions: the lowest 12 bits of the mode.
    pub mode: u32,
    /// When the contents last changed.
    pub modified: Timestamp,
    /// The user ID of the owner.
    pub uid: u64,
    /// The group ID.
    pub gid: u64,
    /// The extended attributes, names with values.
    pub attributes: Vec<(Vec<u8>, Vec<u8>)>,
}

/// What an entry is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EntryKind {
    /// A regular file.
    File {
        /// The length in bytes, holes included.
        len: u64,
        /// The parts that are stored, in order. Everything between them is zeros. A file without
        /// holes is one part, or none if it is empty.
        parts: Vec<Part>,
    },
    /// A folder.
    Folder,
    /// A symbolic link.
    Symlink {
        /// The text of the link, unchanged.
        target: Vec<u8>,
    },
    /// Another name of a file that comes before it in the archive.
    HardLink {
        /// The path of that file, in the form of [`Entry::path`].
        target: Vec<u8>,
    },
}

/// A part of a file that is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// Where it begins in the file.
    pub offset: u64,
    /// How long it is in bytes.
    pub len: u64,
}

impl Entry {
    /// The most extended attributes of an entry that the reader is sure to accept.
    pub const MOST_ATTRIBUTES: usize = 4000;

    /// The most bytes that their names and values may have, with [`Self::ATTRIBUTE`] more for each.
    pub const LARGEST_ATTRIBUTES: usize = 1000 << 10;

    /// What a pax header has for an attribute besides its name and value, at most.
    pub const ATTRIBUTE: usize = 32;
}

/// A point in time: seconds since 1970, and nanoseconds after that second.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp {
    /// Whole seconds, negative before 1970.
    pub seconds: i64,
    /// Nanoseconds, less than 1,000,000,000.
    pub nanoseconds: u32,
}

impl Timestamp {
    /// The most seconds before or after 1970. Some file systems keep later times, which nobody could
    /// mean.
    pub const MOST_SECONDS: i64 = 1 << 60;
}
