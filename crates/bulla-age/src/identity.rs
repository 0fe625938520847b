//! Identities: what can unwrap a file key.

use crate::file_key::{FileKey, Nonce};
use crate::format::Stanza;
use crate::key_error::KeyError;
use crate::prompter::AnswerError;
use crate::recipient::RecipientDigest;

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
    /// Its passphrase was needed, but not given.
    Unanswered(AnswerError),
    /// The identity could not be used. The text is for the user, and trusted.
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
    Key(KeyError),
}

/// How expensive it is to try an identity. Those that cost nothing are tried first, then the others
/// in the order in which they were given.
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

    /// Tries this identity on one stanza of the file with this payload nonce. If the stanza is proved
    /// to be, byte for byte, what one of its own recipients gives for the file key, it also returns
    /// the digest of that recipient. An identity knows more than its recipient, so this can cost
    /// much less than to wrap the file key again.
    fn unwrap_and_prove(
        &self,
        stanza: &Stanza,
        nonce: &Nonce,
    ) -> (Unwrapped, Option<RecipientDigest>) {
        let _ = nonce;
        (self.unwrap(std::slice::from_ref(stanza)), None)
    }

    /// Returns about how long that takes, in units of 50 microseconds, without doing it. It limits
    /// the work that a header with very many stanzas can cause.
    fn work(&self, stanzas: &[Stanza]) -> usize;

    /// How expensive trying it is.
    fn effort(&self) -> Effort;

    /// Whether it is to be tried on a file that is encrypted with a passphrase.
    fn opens_passphrases(&self) -> bool {
        false
    }

    /// The name of this identity in messages: `X25519 identity age1…`, `key.txt (locked)`.
    fn describe(&self) -> String;

    /// Announces the headers of a batch before the first of them is tried, so that a plugin starts
    /// only once.
    fn prepare(&self, headers: &[&[Stanza]]) {
        let _ = headers;
    }
}
