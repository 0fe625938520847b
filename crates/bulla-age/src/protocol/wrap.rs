//! The seam everything hangs on: what a recipient and an identity of any kind can do.
//!
//! `protocol` knows no kind of key; `keys` implements these traits. Nothing here knows where keys are kept or
//! how a person is asked.

use std::collections::BTreeSet;
use std::error::Error;

pub use age_core::format::{FileKey, Stanza};

/// The 16 random bytes that stand between header and payload; with the file key they give the payload key
/// (C2SP age, "Payload"), and the randomness of provable stanzas.
pub type Nonce = [u8; 16];

/// The first 16 bytes of SHA-256("bulla/rid/v1" || 0x00 || canonical recipient string).
pub type Rid = [u8; 16];

/// An error of a particular kind of key, opaque to this floor.
pub type KeyError = Box<dyn Error + Send + Sync>;

/// What wrapping a file key gave.
#[derive(Debug)]
pub struct Wrapped {
    /// The stanzas for the header, in order; at least one.
    pub stanzas: Vec<Stanza>,
    /// Labels that all recipients of one file must agree on (C2SP age-plugin, "labels"):
    /// `postquantum`, a random one for passphrases, whatever a plugin says.
    pub labels: BTreeSet<String>,
}

/// How a recipient stands in a list of readers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provable {
    /// Made again from file key and nonce, the stanza is the same to the byte (X25519, hybrid).
    Yes,
    /// It can be named, but its stanza holds randomness of its own (ssh, tag, plugin).
    NamedOnly,
    /// It has no recipient string (passphrases, plugin identities).
    Unnamed,
}

/// Somebody a file key can be wrapped for.
pub trait Wrap: Send + Sync {
    /// Wraps the file key of the file with this payload nonce.
    ///
    /// # Errors
    /// Whatever the kind of key can run into; for X25519 and hybrid recipients, none.
    fn wrap(&self, file_key: &FileKey, nonce: &Nonce) -> Result<Wrapped, KeyError>;

    /// Wraps several file keys as one operation, so that a plugin is started once for all of them.
    ///
    /// # Errors
    /// As [`wrap`](Self::wrap); one failure fails all.
    fn wrap_many(&self, keys: &[(FileKey, Nonce)]) -> Result<Vec<Wrapped>, KeyError> {
        keys.iter()
            .map(|(file_key, nonce)| self.wrap(file_key, nonce))
            .collect()
    }

    /// The canonical recipient strings behind this (one, but for a plugin's session with several).
    fn names(&self) -> Vec<String>;

    /// Whether its stanzas can be proved.
    fn provable(&self) -> Provable;

    /// Whether wrapping starts another program.
    fn starts_program(&self) -> bool {
        false
    }
}

/// Somebody's ability to put their name to something: Ed25519 (RFC 8032).
pub trait Sign: Send + Sync {
    /// The public key, 32 bytes.
    fn key(&self) -> [u8; 32];

    /// The signature over these bytes, 64 bytes. Whoever calls puts a label in front that says what is signed.
    fn sign(&self, bytes: &[u8]) -> [u8; 64];
}

/// Why an identity does not open a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The header has no stanza of this identity's type.
    OtherType,
    /// There are stanzas of its type, made for other keys.
    OtherKey,
    /// The passphrase does not fit the file.
    WrongPassphrase,
    /// The identity stayed locked or could not be used: text for the user, trusted.
    Unusable(String),
}

/// What trying an identity on a header gave.
pub enum Unwrapped {
    /// It fits.
    Opened(FileKey),
    /// It does not fit; others may.
    NotMine(Reason),
    /// The header, or the identity, is broken: no other identity is tried.
    Bad(UnwrapError),
}

/// Why trying an identity ended the run.
#[derive(Debug, thiserror::Error)]
pub enum UnwrapError {
    /// A stanza of the identity's type breaks the rules of that type (C2SP age, the recipient types).
    #[error("malformed {kind} stanza: {why}")]
    Stanza {
        /// The stanza's type.
        kind: &'static str,
        /// Which rule.
        why: &'static str,
    },
    /// Whatever else the kind of key ran into.
    #[error(transparent)]
    Key(KeyError),
}

/// What it takes to try an identity; cheaper ones are tried first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effort {
    /// Arithmetic only.
    None,
    /// A person may be asked for a passphrase.
    Asks,
    /// Another program is started.
    StartsProgram,
}

/// Somebody's ability to open files.
pub trait Unwrap: Send + Sync {
    /// Tries this identity on the stanzas of one header.
    fn unwrap(&self, stanzas: &[Stanza]) -> Unwrapped;

    /// What trying it takes.
    fn effort(&self) -> Effort;

    /// What to call it in messages: `X25519 identity age1…`, `key.txt (locked)`.
    fn describe(&self) -> String;

    /// Told, before a batch, the headers it will be asked for, so that a plugin is started once for all.
    fn prepare(&self, headers: &[&[Stanza]]) {
        let _ = headers;
    }
}
