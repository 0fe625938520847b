//! Headers made by hand, with any bytes in the sender stanza, sealed and authenticated as the
//! program would.
//!
//! Included with `#[path]` by tests, and by the fuzz target for statements.

use age_core::primitives::aead_encrypt;
use base64::{Engine, prelude::BASE64_STANDARD_NO_PAD};
use bulla_age::format::{Header, write_stanza, Stanza};
use bulla_age::{Effort, FileKey, Identity, Nonce, Unwrapped};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};

/// The file key of every file made here.
pub(crate) const FILE_KEY: [u8; 16] = [0xa5; 16];
pub(crate) const NONCE: Nonce = [0xb6; 16];

pub(crate) fn file_key() -> FileKey {
    FileKey::new(&FILE_KEY)
}

pub(crate) fn hkdf(salt: &[u8], label: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    Hkdf::<Sha256>::new(Some(salt), &FILE_KEY).expand(label, &mut out).expect("short enough");
    out
}

fn hmac(key: &[u8], bytes: &[u8]) -> [u8; 32] {
    Hmac::<Sha256>::new_from_slice(key)
        .expect("any length")
        .chain_update(bytes)
        .finalize()
        .into_bytes()
        .into()
}

/// An identity that knows the file key without a stanza.
pub(crate) struct Knows;

impl Identity for Knows {
    fn work(&self, _: &[Stanza]) -> usize {
        0
    }

    fn unwrap(&self, _: &[Stanza]) -> Unwrapped {
        Unwrapped::FileKey(file_key())
    }

    fn effort(&self) -> Effort {
        Effort::None
    }

    fn describe(&self) -> String {
        "who knows the file key".to_owned()
    }
}

/// Two stanzas: one of a type that can be recomputed, and one that cannot.
pub(crate) fn recipients() -> Vec<Stanza> {
    let of = |tag: &str| Stanza {
        tag: tag.to_owned(),
        args: [BASE64_STANDARD_NO_PAD.encode([7; 32])].into(),
        body: vec![8; 32],
    };
    vec![of("X25519"), of("other")]
}

/// The digest of these stanzas in a statement.
pub(crate) fn digest() -> [u8; 32] {
    digest_of(&recipients())
}

pub(crate) fn digest_of(stanzas: &[Stanza]) -> [u8; 32] {
    let mut bytes = Vec::new();
    stanzas.iter().for_each(|stanza| write_stanza(stanza, &mut bytes));
    Sha256::digest(bytes).into()
}

/// The sender stanza with these bytes.
pub(crate) fn sender(padded: &[u8]) -> Stanza {
    let salt = hmac(&hkdf(&NONCE, b"bulla/sender-salt/v1"), padded);
    sender_with(salt[..16].try_into().expect("sixteen"), padded)
}

/// The same with a salt that may not match the statements.
pub(crate) fn sender_with(salt: [u8; 16], padded: &[u8]) -> Stanza {
    let key = hkdf(&[NONCE, salt].concat(), b"bulla/sender-key/v1");
    Stanza {
        tag: "bulla/sender".to_owned(),
        args: [BASE64_STANDARD_NO_PAD.encode(salt)].into(),
        body: aead_encrypt(&key, padded),
    }
}

/// The header and the nonce.
pub(crate) fn header(recipients: &[Stanza], senders: &[Stanza], behind: &[Stanza]) -> Vec<u8> {
    let covered = Header::bytes_to_cover(recipients.iter().chain(senders).chain(behind));
    let mac = hmac(&hkdf(&[], b"header"), &covered);
    let mut bytes = Header::finish(covered, &mac);
    bytes.extend_from_slice(&NONCE);
    bytes
}
