//! Errors of keys. They never contain the text of a key, which may be secret.

use crate::parse_error::ParseError;
use crate::plugin_error::PluginError;
use crate::prompter::AnswerError;

/// The line of a key document that precedes imported keys.
pub(crate) const IMPORTED: &str = "# imported";

/// Why a key document is refused. Never contains its text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DocumentError {
    /// An invalid line.
    #[error("line {line}: {why}")]
    Line {
        /// Counted from 1.
        line: usize,
        /// What is wrong with it.
        why: &'static str,
    },
    /// An invalid seed.
    #[error("line {line}: {error}")]
    Seed {
        /// Counted from 1.
        line: usize,
        /// What is wrong with it.
        error: ParseError,
    },
    /// A required line is missing.
    #[error("the line \"# {0}: \" is missing")]
    Missing(&'static str),
    /// The keys in the document are not those of the seed.
    #[error("its keys do not come from its seed; other keys belong below a line \"{IMPORTED}\"")]
    Differ,
}

/// Why a key could not be used, or a key file could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// An invalid line in a file of recipients or identities.
    #[error("line {line}: {error}")]
    Line {
        /// Counted from 1.
        line: usize,
        /// What is wrong with it.
        error: ParseError,
    },
    /// The file holds no key.
    #[error("it contains no keys")]
    NoKeys,
    /// The file holds only keys that cannot be used.
    #[error("it contains no key that can be used: line {line}: {why}{}", and_others(*others))]
    NoUsableKeys {
        /// The line of the first of them, counted from 1.
        line: usize,
        /// Why it cannot be used.
        why: ParseError,
        /// The number of the others.
        others: usize,
    },
    /// The file is not a text file.
    #[error(transparent)]
    Parse(#[from] ParseError),
    /// A passphrase file requires more work than allowed: 2^n KiB of memory.
    #[error("checking its passphrase needs {} MiB of memory and about {} s (work factor \
        {required}), which is over the limit", 1_u64 << required.saturating_sub(10).min(53), seconds(*required))]
    ExcessiveWork {
        /// The base-2 logarithm of the cost it requires.
        required: u8,
    },
    /// A question had no answer.
    #[error(transparent)]
    Ask(#[from] AnswerError),
    /// The passphrase of an identity is wrong.
    #[error("wrong passphrase")]
    WrongPassphrase,
    /// An encrypted identity file is damaged.
    #[error("it cannot be unlocked: {0}")]
    Locked(String),
    /// The document of a keyring identity is invalid.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// A plugin failed.
    #[error(transparent)]
    Plugin(#[from] PluginError),
    /// A plugin identity has no recipient to display. Files can still be encrypted to it.
    #[error("the public key of this age-plugin-{0} identity is known only to the plugin")]
    NoRecipient(String),
    /// Scrypt needs more memory than there is.
    #[error("its passphrase needs {mib} MiB of memory, and there is less")]
    Memory {
        /// The memory it needs.
        mib: u64,
    },
    /// A recipient refused to wrap.
    #[error("the key cannot be used for encrypting: {0}")]
    Wrap(String),
    /// The system's random number generator failed.
    #[error(transparent)]
    Random(#[from] getrandom::Error),
    /// An error of a kind of key that is not in this crate.
    #[error("{0}")]
    Other(String),
}

fn and_others(others: usize) -> String {
    if others == 0 {
        String::new()
    } else {
        format!(" (and {others} more)")
    }
}

/// Estimates how long trying a passphrase takes: a second at 2^18.
fn seconds(work_factor: u8) -> u64 {
    1 << work_factor.saturating_sub(18).min(63)
}
