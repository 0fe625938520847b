//! What can be wrong with a key. Never says what its text was: it may be a secret.

use crate::parse_error::ParseError;
use crate::plugin::PluginError;
use crate::prompter::AnswerError;

/// The line of a key document that precedes imported keys.
pub(crate) const IMPORTED: &str = "# imported";

/// Why a key document is refused. Never contains its text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DocumentError {
    /// A line that cannot be.
    #[error("line {line}: {why}")]
    Line {
        /// Counted from 1.
        line: usize,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The seed.
    #[error("line {line}: {error}")]
    Seed {
        /// Counted from 1.
        line: usize,
        /// What is wrong with it.
        error: ParseError,
    },
    /// A line that must be there.
    #[error("it does not say its {0}")]
    Missing(&'static str),
    /// The keys in the document are not those of the seed.
    #[error("its keys are not those of its seed; others belong after a line \"{IMPORTED}\"")]
    Differ,
}

/// What a key ran into while it was used, or a file of keys while it was read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// A line of a file of recipients or identities.
    #[error("line {line}: {error}")]
    Line {
        /// Counted from 1.
        line: usize,
        /// What is wrong with it.
        error: ParseError,
    },
    /// The file holds no key.
    #[error("it holds no key")]
    NoKeys,
    /// Something that is no file of lines.
    #[error(transparent)]
    Parse(#[from] ParseError),
    /// A passphrase file asks for more work than is allowed: 2^n KiB of memory.
    #[error("its passphrase costs {} MiB of memory and about {} s to try (work factor {required}), more than is allowed", 1_u64 << required.saturating_sub(10).min(53), seconds(*required))]
    ExcessiveWork {
        /// The logarithm of the cost that it asks for.
        required: u8,
    },
    /// There was no answer.
    #[error(transparent)]
    Ask(#[from] AnswerError),
    /// The passphrase of an identity does not fit.
    #[error("wrong passphrase")]
    WrongPassphrase,
    /// An encrypted identity file that is damaged.
    #[error("it cannot be unlocked: {0}")]
    Locked(String),
    /// The document of an identity of the keyring.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// A plugin did not do its work.
    #[error(transparent)]
    Plugin(#[from] PluginError),
    /// An identity of a plugin has no recipient that could be shown; files can be encrypted to it
    /// nevertheless.
    #[error("an identity of age-plugin-{0} does not tell its recipient; the plugin does")]
    NoRecipient(String),
    /// A recipient refused to wrap.
    #[error("the key cannot be used for encrypting: {0}")]
    Wrap(String),
}

/// About how long trying a passphrase takes: a second at 2^18.
fn seconds(work_factor: u8) -> u64 {
    1 << work_factor.saturating_sub(18).min(63)
}
