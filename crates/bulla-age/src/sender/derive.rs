//! Keys and digests of statements, derived from a file key, a payload nonce and a signing key.

use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::file_key::{FileKey, Nonce};
use crate::sender::statement::AddresseeId;
use crate::signing::SigningKey;

/// HKDF-SHA-256 of the file key, 32 bytes.
fn derive(file_key: &FileKey, salt: &[u8], label: &[u8]) -> Zeroizing<[u8; 32]> {
    let mut out = Zeroizing::new([0; 32]);
    Hkdf::<Sha256>::new(Some(salt), file_key.as_bytes())
        .expand(label, out.as_mut_slice())
        .expect("derive: 32 bytes are fewer than HKDF can give");
    out
}

/// Binds a signature to this file key: the AEAD does not commit to its own.
pub(crate) fn commit(file_key: &FileKey, nonce: &Nonce) -> Zeroizing<[u8; 32]> {
    derive(file_key, nonce, b"bulla/commit/v1")
}

/// The stanza's argument, from what it holds.
pub(crate) fn salt(file_key: &FileKey, nonce: &Nonce, padded: &[u8]) -> [u8; 16] {
    let key = derive(file_key, nonce, b"bulla/sender-salt/v1");
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_slice())
        .expect("salt: HMAC takes keys of any length");
    mac.update(padded);
    let whole: [u8; 32] = mac.finalize().into_bytes().into();
    *whole.first_chunk().expect("salt: SHA-256 has 32 bytes")
}

/// The key of the stanza's body, which a salt uses once.
pub(crate) fn stanza_key(
    file_key: &FileKey,
    nonce: &Nonce,
    salt: &[u8; 16],
) -> Zeroizing<[u8; 32]> {
    derive(
        file_key,
        &[&nonce[..], salt].concat(),
        b"bulla/sender-key/v1",
    )
}

/// The bytes that a signature covers, without its label.
pub(crate) fn signed(commit: &[u8; 32], nonce: &Nonce, body: &[u8]) -> Vec<u8> {
    [&commit[..], nonce, body].concat()
}

/// Returns the id of a signing key in the addressees of one file:
/// HKDF(file key, nonce, "bulla/addressee/v1" || 0 || SHA-256(signing key)).
pub(crate) fn addressee(file_key: &FileKey, nonce: &Nonce, key: &SigningKey) -> AddresseeId {
    let hash = Sha256::digest(key.as_bytes());
    let mut id = [0; 16];
    Hkdf::<Sha256>::new(Some(nonce), file_key.as_bytes())
        .expand_multi_info(&[b"bulla/addressee/v1\0", &hash], &mut id)
        .expect("addressee: 16 bytes are fewer than HKDF can give");
    id
}
