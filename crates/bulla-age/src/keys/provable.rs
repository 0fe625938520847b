//! Randomness of stanzas that can be proved (the project's `formats` document, section 1), and what X25519 and
//! hybrid stanzas have in common.

use age_core::format::FileKey;
use age_core::primitives::{aead_decrypt, aead_encrypt};
use age_core::secrecy::ExposeSecret;
use base64::{Engine, prelude::BASE64_STANDARD_NO_PAD};
use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::protocol::{Nonce, UnwrapError, rid};

/// Bytes of a file key, and of a wrapped one.
const FILE_KEY: usize = 16;
const WRAPPED: usize = FILE_KEY + 16;

/// The 64 bytes that stand for randomness in a provable stanza:
/// HKDF(file key, payload nonce, "bulla/eph/v1" || 0 || rid).
pub(super) fn ephemeral(file_key: &FileKey, nonce: &Nonce, recipient: &str) -> Zeroizing<[u8; 64]> {
    let mut out = Zeroizing::new([0; 64]);
    Hkdf::<Sha256>::new(Some(nonce), file_key.expose_secret())
        .expand_multi_info(&[b"bulla/eph/v1\0", &rid(recipient)], out.as_mut_slice())
        .expect("ephemeral: 64 bytes are fewer than HKDF can give");
    out
}

/// Seals the file key under a wrapping key that is used once, with a zero nonce.
pub(super) fn seal_file_key(key: &[u8; 32], file_key: &FileKey) -> Vec<u8> {
    aead_encrypt(key, file_key.expose_secret())
}

/// Opens a wrapped file key; `None` where the key does not fit.
pub(super) fn open_file_key(key: &[u8; 32], body: &[u8]) -> Option<FileKey> {
    let plaintext = Zeroizing::new(aead_decrypt(key, FILE_KEY, body).ok()?);
    Some(FileKey::init_with_mut(|file_key| {
        file_key.copy_from_slice(&plaintext)
    }))
}

/// Checks the shape that both stanzas have: one argument of `N` bytes, a body of 32.
pub(super) fn only_argument<const N: usize>(
    kind: &'static str,
    args: &[String],
    body: &[u8],
) -> Result<[u8; N], UnwrapError> {
    let wrong = |why| UnwrapError::Stanza { kind, why };
    let [argument] = args else {
        return Err(wrong("it must have one argument"));
    };
    let bytes = BASE64_STANDARD_NO_PAD
        .decode(argument)
        .map_err(|_| wrong("its argument is not canonical base64"))?;
    let array = bytes
        .try_into()
        .map_err(|_| wrong("its argument has a wrong length"))?;
    match body.len() {
        WRAPPED => Ok(array),
        _ => Err(wrong("its body is not 32 bytes")),
    }
}
