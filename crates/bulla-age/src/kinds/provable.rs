//! The randomness of provable stanzas (`docs/formats.md`, section 1), and code shared by X25519 and
//! hybrid stanzas.

use crate::file_key::FileKey;
use crate::format::Stanza;
use age_core::primitives::{aead_decrypt, aead_encrypt};
use base64::{Engine, prelude::BASE64_STANDARD_NO_PAD};
use hkdf::Hkdf;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::file_key::Nonce;
use crate::identity::UnwrapError;

/// The length of a file key.
const FILE_KEY: usize = 16;
const WRAPPED: usize = FILE_KEY + 16;

/// Derives the 64 bytes used as randomness in a provable stanza:
/// HKDF(file key, payload nonce, "bulla/eph/v1" || 0 || stanza type || 0 || SHA-256(recipient)).
pub(crate) fn ephemeral(
    file_key: &FileKey,
    nonce: &Nonce,
    stanza_type: &str,
    recipient: &str,
) -> Zeroizing<[u8; 64]> {
    let mut out = Zeroizing::new([0; 64]);
    Hkdf::<Sha256>::new(Some(nonce), file_key.as_bytes())
        .expand_multi_info(
            &[
                b"bulla/eph/v1\0",
                stanza_type.as_bytes(),
                &[0],
                &Sha256::digest(recipient),
            ],
            out.as_mut_slice(),
        )
        .expect("ephemeral: 64 bytes are fewer than HKDF can give");
    out
}

/// Wraps the file key with a key that is used only once, with a zero nonce.
pub(crate) fn seal_file_key(key: &[u8; 32], file_key: &FileKey) -> Vec<u8> {
    aead_encrypt(key, file_key.as_bytes())
}

/// Unwraps a file key; `None` if the key does not match.
pub(crate) fn open_file_key(key: &[u8; 32], body: &[u8]) -> Option<FileKey> {
    let plaintext = Zeroizing::new(aead_decrypt(key, FILE_KEY, body).ok()?);
    Some(file_key(&plaintext))
}

/// Copies an unwrapped file key. The length of its ciphertext was checked.
pub(crate) fn file_key(plaintext: &[u8]) -> FileKey {
    FileKey::from_slice(plaintext).expect("provable: the body was checked to be 32 bytes")
}

/// Returns the number of stanzas of a type.
pub(crate) fn count_of(kind: &str, stanzas: &[Stanza]) -> usize {
    stanzas.iter().filter(|stanza| stanza.tag == kind).count()
}

/// Checks the shape of both stanzas: one argument of `N` bytes, and a body of 32. Returns the
/// argument.
pub(crate) fn only_argument<const N: usize>(
    kind: &'static str,
    stanza: &Stanza,
) -> Result<[u8; N], UnwrapError> {
    let wrong = |why| UnwrapError::Stanza { kind, why };
    let Some([argument]) = stanza.args.exactly() else {
        return Err(wrong("it must have one argument"));
    };
    let bytes = BASE64_STANDARD_NO_PAD
        .decode(argument)
        .map_err(|_| wrong("its argument is not canonical base64"))?;
    let array = bytes
        .try_into()
        .map_err(|_| wrong("its argument has the wrong length"))?;
    if stanza.body.len() == WRAPPED {
        Ok(array)
    } else {
        Err(wrong("its body is not 32 bytes"))
    }
}
