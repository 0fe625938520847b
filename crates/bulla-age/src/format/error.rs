//! Errors in the bytes of an age file.

use std::io;

use crate::untrusted::Untrusted;

/// Why a header is refused (C2SP age.md, "The header").
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HeaderError {
    /// The input is empty.
    #[error("an empty file, not an age file")]
    Empty,
    /// The first line is not age's.
    #[error("not an age file")]
    NotAge,
    /// A file of another format, which is named with its article.
    #[error("{0}, not an age file")]
    OtherFormat(&'static str),
    /// A binary age file that a program converted to UTF-16 or gave a byte order mark.
    #[error("an age file that a program saved as text, which damaged it")]
    SavedAsText,
    /// A binary age file in which LF became CR LF.
    #[error("an age file whose line ends were converted to CR LF, which damaged it")]
    LineEnds,
    /// An armored block is inside other text.
    #[error("not an age file, although it contains an armored one")]
    ArmorInText,
    /// The first line names another version of the format.
    #[error("age format version {0} is not supported")]
    Version(Untrusted),
    /// The header ends too early.
    #[error("the header is incomplete")]
    Truncated,
    /// A line breaks the grammar.
    #[error("header line {line}: {why}")]
    Line {
        /// Counted from 1.
        line: usize,
        /// Which rule.
        why: &'static str,
    },
    /// It has more stanzas than [`HeaderLimits::stanzas`](crate::format::HeaderLimits::stanzas).
    #[error("the header was rejected: it has more than {0} recipients")]
    TooManyStanzas(usize),
    /// A stanza has more arguments than
    /// [`HeaderLimits::arguments`](crate::format::HeaderLimits::arguments).
    #[error("the header was rejected: a recipient has more than {0} arguments")]
    TooManyArguments(usize),
    /// A cap is exceeded; nothing is ever cut short instead.
    #[error("the header was rejected: {0}")]
    TooLarge(&'static str),
    /// The armor around the header is wrong.
    #[error(transparent)]
    Armor(ArmorError),
    /// The input could not be read.
    #[error("could not read the header")]
    Io(#[source] io::Error),
}

impl From<io::Error> for HeaderError {
    fn from(error: io::Error) -> Self {
        match ArmorError::of(&error) {
            Some(armor) => Self::Armor(armor.clone()),
            None => Self::Io(error),
        }
    }
}

/// The line before the block.
pub const BEGIN: &str = "-----BEGIN AGE ENCRYPTED FILE-----";
/// The line after it.
pub const END: &str = "-----END AGE ENCRYPTED FILE-----";

/// Why an armored block is refused (C2SP age.md, "ASCII armor"; RFC 7468, strict).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ArmorError {
    /// The first line is another than `-----BEGIN AGE ENCRYPTED FILE-----`.
    #[error("the first line of the armor is not {}", BEGIN)]
    Begin,
    /// The last line is missing or another than `-----END AGE ENCRYPTED FILE-----`.
    #[error("the last line of the armor is not {}", END)]
    End,
    /// A line breaks the rules.
    #[error("armor line {line}: {why}")]
    Line {
        /// Counted from 1, the first line read.
        line: u64,
        /// Which rule.
        why: &'static str,
    },
    /// The block is followed by more than white space.
    #[error("there is text after the end of the armor")]
    Trailing,
}

impl ArmorError {
    /// Returns the armor error inside an [`io::Error`], if it is one.
    pub fn of(error: &io::Error) -> Option<&Self> {
        error.get_ref()?.downcast_ref()
    }
}

impl From<ArmorError> for io::Error {
    fn from(error: ArmorError) -> Self {
        Self::new(io::ErrorKind::InvalidData, error)
    }
}
