//! Recipients: what can wrap a file key.

use std::collections::BTreeSet;

use hkdf::Hkdf;
use sha2::{Digest, Sha256};

use crate::file_key::{FileKey, Nonce};
use crate::format::Stanza;
use crate::key_error::KeyError;

/// The id of a recipient in the reader list of one file, computed by [`recipient_id`]. It is
/// different in every file, so that readers of two files cannot tell that an unknown key is in
/// both.
pub type RecipientId = [u8; 16];

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
    fn wrap(&self, file_key: &FileKey, nonce: &Nonce) -> Result<Wrapped, KeyError>;

    /// Wraps several file keys in one operation, so that a plugin starts only once.
    ///
    /// # Errors
    /// As [`wrap`](Self::wrap). One failure fails all.
    fn wrap_many(&self, keys: &[(FileKey, Nonce)]) -> Result<Vec<Wrapped>, KeyError> {
        keys.iter()
            .map(|(file_key, nonce)| self.wrap(file_key, nonce))
            .collect()
    }

    /// The canonical recipient strings. Usually one; a plugin may wrap for several recipients at
    /// once.
    fn names(&self) -> Vec<String>;

    /// The digest of the first name, which may be kept because a post-quantum one is long; `None`
    /// without a name.
    fn digest(&self) -> Option<RecipientDigest> {
        self.names().first().map(|name| RecipientDigest::new(name))
    }

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

/// Returns the id of a recipient in the file with this file key and payload nonce:
/// HKDF(file key, nonce, "bulla/rid/v1" || 0 || SHA-256(r)), where r is the canonical recipient
/// string.
pub fn recipient_id(file_key: &FileKey, nonce: &Nonce, recipient: &str) -> RecipientId {
    RecipientDigest::new(recipient).id(file_key, nonce)
}

/// What the ids of a recipient in all files are made from: SHA-256 of its canonical string.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RecipientDigest([u8; 32]);

impl RecipientDigest {
    /// Computes the digest of a canonical recipient string.
    pub fn new(recipient: &str) -> Self {
        Self(Sha256::digest(recipient).into())
    }

    /// Returns the id in the file with this file key and payload nonce, as [`recipient_id`] does.
    pub(crate) fn id(&self, file_key: &FileKey, nonce: &Nonce) -> RecipientId {
        let mut id = [0; 16];
        Hkdf::<Sha256>::new(Some(nonce), file_key.as_bytes())
            .expand_multi_info(&[b"bulla/rid/v1\0", &self.0], &mut id)
            .expect("rid: 16 bytes are fewer than HKDF can give");
        id
    }
}
