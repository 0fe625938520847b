//! Identities: what can unwrap a file key.

use crate::file_key::FileKey;
use crate::format::Stanza;
use crate::recipient::BoxedError;

/// Why an identity does not decrypt a file.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mismatch {
    /// The header has no stanza of this identity's type.
    OtherType,
    /// The header has stanzas of its type, made for other keys.
    OtherKey,
    /// The passphrase is wrong.
    WrongPassphrase,
    /// The identity stayed locked or could not be used. The text is for the user, and trusted.
    Unusable(String),
}

/// The result of trying an identity on a header.
pub enum Unwrapped {
    /// The identity matches.
    FileKey(FileKey),
    /// The identity does not match. Others may.
    NoMatch(Mismatch),
    /// The header or the identity is broken. No other identity is tried.
    Failed(UnwrapError),
}

/// Why trying an identity ended the attempt to decrypt.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UnwrapError {
    /// A stanza of the identity's type breaks the rules of that type (C2SP age.md, the recipient
    /// types).
    #[error("malformed {kind} stanza: {why}")]
    Stanza {
        /// The stanza's type.
        kind: &'static str,
        /// The rule it breaks.
        why: &'static str,
    },
    /// Any other error of this kind of key.
    #[error(transparent)]
    Key(BoxedError),
}

/// How expensive it is to try an identity. Cheaper ones are tried first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effort {
    /// Arithmetic only.
    None,
    /// May ask the user for a passphrase.
    Asks,
    /// Starts another program.
    StartsProgram,
}

/// An identity: unwraps the file key.
pub trait Identity: Send + Sync {
    /// Tries this identity on the stanzas of one header.
    fn unwrap(&self, stanzas: &[Stanza]) -> Unwrapped;

    /// How expensive trying it is.
    fn effort(&self) -> Effort;

    /// The name of this identity in messages: `X25519 identity age1…`, `key.txt (locked)`.
    fn describe(&self) -> String;

    /// Announces the headers of a batch before the first of them is tried, so that a plugin starts
    /// only once.
    fn prepare(&self, headers: &[&[Stanza]]) {
        let _ = headers;
    }
}
