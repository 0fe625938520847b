//! What goes wrong with one file of a tree, while the others are read.

use std::fmt;
use std::io;

use rustix::io::Errno;

/// What is wrong with a file in a tree.
#[derive(Debug)]
pub(crate) enum Problem {
    /// It could not be opened or looked at.
    Unreadable(Errno),
    /// It was removed after its name was read.
    Vanished,
    /// It changed while it was read.
    Changed,
    /// It became shorter while it was read.
    Shrank,
    /// Reading it failed in the middle.
    Broken(io::Error),
    /// Its path is longer than an archive of ours can hold.
    LongPath,
    /// An extended attribute could not be read, or has no place in a tar file.
    Attribute(String),
    /// A line of its patterns is not one.
    Pattern(String),
    /// Its patterns cannot be used.
    Patterns(String),
    /// It has patterns, and could not be opened.
    UnreadablePatterns(Errno),
    /// It is something that is not packed. With its article.
    Special(&'static str),
}

impl Problem {
    /// Returns the reason why a name that was found could not be looked at.
    pub(super) fn of(errno: Errno) -> Self {
        match errno {
            Errno::NOENT => Self::Vanished,
            // A link or a folder where a file was.
            Errno::LOOP | Errno::NOTDIR | Errno::NXIO => Self::Changed,
            errno => Self::Unreadable(errno),
        }
    }

    /// Returns true if the archive lacks something because of it.
    pub(crate) fn is_loss(&self) -> bool {
        !matches!(self, Self::Special(_)) && !self.is_surplus()
    }

    /// Returns true if the archive may contain files because of it that should have been left out.
    pub(crate) fn is_surplus(&self) -> bool {
        matches!(self, Self::Pattern(_) | Self::Patterns(_))
    }
}

/// The words that follow the name.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(errno) => {
                write!(f, "could not be read: {}", io::Error::from(*errno))
            }
            Self::Vanished => f.write_str("was removed before it was read"),
            Self::Changed => f.write_str("changed while it was being read"),
            Self::Shrank => f.write_str("became shorter while it was being read; its end is zeros"),
            Self::Broken(error) => {
                write!(
                    f,
                    "could not be read to its end, which is zeros now: {error}"
                )
            }
            Self::LongPath => f.write_str("was left out: its path is longer than 4095 bytes"),
            Self::Attribute(name) => {
                write!(
                    f,
                    "lacks its extended attribute {name}, which could not be packed"
                )
            }
            Self::Pattern(line) => write!(f, "has a line that is not a pattern: {line}"),
            Self::Patterns(why) => write!(f, "has patterns that are not used: {why}"),
            Self::UnreadablePatterns(errno) => {
                write!(
                    f,
                    "could not be read, so its patterns are not used: {}",
                    io::Error::from(*errno)
                )
            }
            Self::Special(what) => write!(f, "is {what}, and was left out"),
        }
    }
}
