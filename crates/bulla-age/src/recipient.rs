//! Recipients: what can wrap a file key.

use std::collections::BTreeSet;
use std::error::Error;

use sha2::{Digest, Sha256};

use crate::file_key::{FileKey, Nonce};
use crate::format::Stanza;

/// The id of a recipient in a list of readers, computed by [`recipient_id`].
pub type RecipientId = [u8; 16];

/// An error of one kind of key. [`KeyError`](crate::KeyError) for the kinds of this crate.
pub type BoxedError = Box<dyn Error + Send + Sync>;

/// A file key that was wrapped for one recipient.
#[derive(Clone, Debug)]
pub struct Wrapped {
    /// The stanzas for the header, in order; at least one.
    pub stanzas: Vec<Stanza>,
    /// Labels that all recipients of one file must agree on (C2SP age-plugin.md, "labels"):
    /// `postquantum`, a random one for passphrases, or labels of a plugin.
    pub labels: BTreeSet<String>,
}

/// How a recipient can appear in a list of readers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provable {
    /// By its id, and provably: wrapping the same file key again gives the same stanza (X25519,
    /// hybrid).
    Yes,
    /// By its id, without proof: its stanza contains fresh randomness (SSH, tag, plugins).
    NamedOnly,
    /// Not by an id: it has no recipient string (passphrases, plugin identities).
    Unnamed,
}

/// A recipient: wraps the file key in stanzas.
pub trait Recipient: Send + Sync {
    /// Wraps the file key of the file with this payload nonce.
    ///
    /// # Errors
    /// Depends on the kind of key. X25519 and hybrid recipients never fail.
    fn wrap(&self, file_key: &FileKey, nonce: &Nonce) -> Result<Wrapped, BoxedError>;

    /// Wraps several file keys in one operation, so that a plugin starts only once.
    ///
    /// # Errors
    /// As [`wrap`](Self::wrap). One failure fails all.
    fn wrap_many(&self, keys: &[(FileKey, Nonce)]) -> Result<Vec<Wrapped>, BoxedError> {
        keys.iter()
            .map(|(file_key, nonce)| self.wrap(file_key, nonce))
            .collect()
    }

    /// The canonical recipient strings. Usually one; a plugin may wrap for several recipients at
    /// once.
    fn names(&self) -> Vec<String>;

    /// How this recipient can appear in a list of readers.
    fn provable(&self) -> Provable;

    /// Returns true if wrapping starts another program.
    fn starts_program(&self) -> bool {
        false
    }
}

/// Recipients that cannot share a file with others, and the labels they require.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelledRecipients {
    /// Their canonical recipient strings.
    pub names: Vec<String>,
    /// `postquantum`, or labels of a plugin.
    pub labels: BTreeSet<String>,
}

/// Returns the id of a recipient: the first 16 bytes of SHA-256("bulla/rid/v1" || 0 || r), where r
/// is the canonical recipient string.
pub fn recipient_id(recipient: &str) -> RecipientId {
    let digest = Sha256::new()
        .chain_update(b"bulla/rid/v1\0")
        .chain_update(recipient)
        .finalize();
    *digest.first_chunk().expect("rid: SHA-256 has 32 bytes")
}
