//! Why an archive is not read on.

use std::fmt;
use std::io;

/// Why reading an archive ended. Nothing after it is read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The input failed.
    #[error("cannot read the archive")]
    Input(#[from] io::Error),
    /// Two programs could understand the archive differently, or it is not one.
    #[error("{0}")]
    Refused(Box<Refused>),
}

/// An entry that is refused, and why.
#[derive(Debug, PartialEq, Eq)]
pub struct Refused {
    /// The number of the entry, from 1.
    pub number: u64,
    /// Its path as far as it is known; empty if it is not. The bytes come from the archive.
    pub path: Vec<u8>,
    /// The reason.
    pub reason: Refusal,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() {
            write!(f, "entry {}: {}", self.number, self.reason)
        } else {
            let path = self.path.escape_ascii();
            write!(f, "entry {} ({path}): {}", self.number, self.reason)
        }
    }
}

/// The reason why an entry is refused. As text it continues a sentence that names the entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The input ends inside the entry.
    #[error("the archive is cut off in it")]
    Truncated,
    /// The input ends where an entry could begin.
    #[error("the archive is cut off: its end mark is missing")]
    NoEnd,
    /// One block of zeros without a second one.
    #[error("one block of zeros stands alone, where two are the end of the archive")]
    LoneZeroBlock,
    /// Something follows the end of the archive.
    #[error("something follows the end of the archive")]
    AfterEnd,
    /// Headers that describe the next entry, at the end.
    #[error("it is described, but missing")]
    Missing,
    /// The checksum is wrong.
    #[error("the checksum of its header is wrong")]
    Checksum,
    /// Neither the ustar nor the GNU format.
    #[error("its header has an unknown or very old format")]
    Format,
    /// Headers of two formats describe one entry.
    #[error("its headers mix the GNU and the POSIX format")]
    MixedFormats,
    /// A type that is not a file, folder or link.
    #[error("its type {:?} is unknown", char::from(*.0))]
    Type(u8),
    /// A device, named pipe or socket.
    #[error("it is a device or named pipe")]
    Device,
    /// A field that does not follow the format.
    #[error("its {0} {1}")]
    Field(Field, Fault),
    /// Bytes that must be zeros.
    #[error("unused bytes of its header are not zeros")]
    Unused,
    /// A folder or link with contents.
    #[error("it is not a file, but has contents")]
    Contents,
    /// A file whose name ends like that of a folder.
    #[error("it is not a folder, but its path ends with a slash")]
    TrailingSlash,
    /// Something that is not a link has a target.
    #[error("it is not a link, but has a target")]
    Target,
    /// Two headers or records say the same.
    #[error("its {0} is given twice")]
    Twice(Field),
    /// The two sizes differ.
    #[error("it has two different sizes")]
    TwoSizes,
    /// A malformed extended header.
    #[error("its extended header is malformed")]
    Records,
    /// A keyword that is not known to be harmless.
    #[error("its extended header has an unknown keyword")]
    Keyword,
    /// A header for all entries that holds more than comments.
    #[error("a header for all entries after it would change it")]
    Global,
    /// A malformed list of the parts of a file with holes.
    #[error("its list of holes is malformed")]
    Holes,
    /// A limit of this reader.
    #[error("its {0} is larger than the limit of {1}")]
    Limit(Field, u64),
    /// More entries than this reader remembers.
    #[error("the archive has more than {0} entries")]
    Entries(usize),
    /// Another entry has this path.
    #[error("another entry has the same path")]
    Duplicate,
    /// A folder for the second time, or after something in it.
    #[error("this folder comes twice, or after what is in it")]
    LateFolder,
    /// A path below a file or link.
    #[error("its path leads through something that is not a folder")]
    BelowFile,
    /// A hard link to something else than a file before it.
    #[error("it is a hard link, but its target is not a file before it")]
    LinkTarget,
}

/// A part of the description of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Field {
    /// Where it belongs.
    #[error("path")]
    Path,
    /// Where a link leads.
    #[error("link target")]
    Link,
    /// The permissions.
    #[error("mode")]
    Mode,
    /// The user or group.
    #[error("owner")]
    Owner,
    /// The length.
    #[error("size")]
    Size,
    /// The time.
    #[error("time")]
    Time,
    /// The numbers of a device.
    #[error("device number")]
    Device,
    /// The checksum.
    #[error("checksum")]
    Checksum,
    /// An extended attribute.
    #[error("extended attribute")]
    Attribute,
    /// The encoding of names.
    #[error("character set")]
    Charset,
    /// An extended header.
    #[error("extended header")]
    Extended,
    /// A list of holes.
    #[error("list of holes")]
    Holes,
    /// A record that is not used.
    #[error("record")]
    Other,
}

/// What is wrong with a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// Nothing is there.
    #[error("is empty")]
    Empty,
    /// Something follows the NUL that ends it.
    #[error("has bytes after its end")]
    AfterNul,
    /// A NUL in a text that ends otherwise.
    #[error("has a NUL in it")]
    Nul,
    /// Not a number.
    #[error("is not a number")]
    Number,
    /// Negative, or too large for anybody.
    #[error("is out of range")]
    Range,
    /// A path from the root of the system.
    #[error("is absolute")]
    Absolute,
    /// `..` in a path.
    #[error("has \"..\" in it")]
    Parent,
    /// `//` or `/./` in a path.
    #[error("has an empty part or \".\" in it")]
    EmptyPart,
    /// A value that this reader does not know.
    #[error("is unknown")]
    Unknown,
}
