//! One chunk: sealed, opened, or only authenticated.

use std::fmt;

use crate::file_key::FileKey;
use chacha20::cipher::{KeyIvInit, StreamCipher};
use hkdf::Hkdf;
use poly1305::Poly1305;
use poly1305::universal_hash::{KeyInit, UniversalHash};
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::stream::nonce::{ChunkNonce, Position};

/// Bytes of plaintext in every chunk but the last.
pub const CHUNK: usize = 64 << 10;
/// Bytes of the tag behind a sealed chunk.
pub const TAG: usize = 16;
/// Bytes of a sealed chunk that is full.
pub const SEALED_CHUNK: usize = CHUNK + TAG;

/// The key of one payload; every chunk nonce is used with it at most once.
pub struct PayloadKey {
    aead: Box<LessSafeKey>,
    raw: Box<Zeroizing<[u8; 32]>>,
}

/// A chunk that does not authenticate.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Forged;

impl PayloadKey {
    /// HKDF-SHA-256 of the file key with the 16-byte payload nonce as salt and `payload` as info
    /// (C2SP age.md, "Payload").
    pub fn new(file_key: &FileKey, nonce: &[u8; 16]) -> Self {
        let mut raw = Box::new(Zeroizing::new([0; 32]));
        Hkdf::<Sha256>::new(Some(nonce), file_key.as_bytes())
            .expand(b"payload", raw.as_mut_slice())
            .expect("payload key: 32 bytes are fewer than HKDF can give");
        let key = UnboundKey::new(&CHACHA20_POLY1305, raw.as_slice())
            .expect("payload key: the length is the AEAD's");
        Self {
            aead: Box::new(LessSafeKey::new(key)),
            raw,
        }
    }

    /// Seals `buffer`, whose last 16 bytes are room for the tag, in place.
    pub(crate) fn seal(&self, nonce: ChunkNonce, buffer: &mut [u8]) {
        let (plaintext, room) = buffer
            .split_last_chunk_mut::<TAG>()
            .expect("chunk: the caller leaves room for the tag");
        let nonce = Nonce::assume_unique_for_key(*nonce.as_bytes());
        let tag = self
            .aead
            .seal_in_place_separate_tag(nonce, Aad::empty(), plaintext)
            .expect("chunk: 64 KiB are fewer than the AEAD can take");
        room.copy_from_slice(tag.as_ref());
    }

    /// Opens the sealed chunk at `buffer[shift..]` to the front of `buffer`; gives the length of
    /// the plaintext.
    pub(crate) fn open(
        &self,
        nonce: ChunkNonce,
        buffer: &mut [u8],
        shift: usize,
    ) -> Result<usize, Forged> {
        let nonce = Nonce::assume_unique_for_key(*nonce.as_bytes());
        let plaintext = self
            .aead
            .open_within(nonce, Aad::empty(), buffer, shift..)
            .map_err(|_| Forged)?;
        Ok(plaintext.len())
    }

    /// Compares a sealed chunk's tag without decrypting: Poly1305 over the ciphertext, under the
    /// key that the first ChaCha20 block gives (RFC 8439, sections 2.6 and 2.8).
    pub(crate) fn authenticate(&self, nonce: ChunkNonce, sealed: &[u8]) -> Result<(), Forged> {
        let (ciphertext, tag) = sealed.split_last_chunk::<TAG>().ok_or(Forged)?;
        let mut one_time = Zeroizing::new([0; 32]);
        chacha20::ChaCha20::new((&**self.raw).into(), nonce.as_bytes().into())
            .apply_keystream(one_time.as_mut_slice());
        let mut mac = Poly1305::new(one_time.as_slice().into());
        mac.update_padded(ciphertext);
        let mut lengths = [0; 16];
        lengths[8..].copy_from_slice(&(ciphertext.len() as u64).to_le_bytes());
        mac.update(&[lengths.into()]);
        mac.verify(tag.into()).map_err(|_| Forged)
    }
}

impl fmt::Debug for PayloadKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PayloadKey(…)")
    }
}

/// How many bytes this much plaintext becomes: 16 more for each begun chunk, and one chunk at
/// least.
pub fn sealed_len(plaintext: u64) -> u64 {
    plaintext + TAG as u64 * plaintext.div_ceil(CHUNK as u64).max(1)
}

/// How much plaintext a payload of this many bytes holds; `None` where no payload has that length.
pub fn plaintext_len(sealed: u64) -> Option<u64> {
    let chunks = sealed.div_ceil(SEALED_CHUNK as u64).max(1);
    let plaintext = sealed.checked_sub(TAG as u64 * chunks)?;
    (sealed_len(plaintext) == sealed).then_some(plaintext)
}

/// The position of a chunk, given whether the input ended with it.
pub(crate) fn position(ended: bool) -> Position {
    if ended {
        Position::Last
    } else {
        Position::Inner
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> PayloadKey {
        PayloadKey::new(&FileKey::new(&[1; 16]), &[2; 16])
    }

    #[test]
    fn a_chunk_opens_only_as_what_it_was_sealed() {
        let (key, nonce) = (key(), ChunkNonce::new(5, Position::Inner));
        for len in [0, 1, 15, 16, 17, 63, 64, 65, 1000, CHUNK] {
            let mut sealed = vec![9; len + TAG];
            key.seal(nonce, &mut sealed);
            assert_eq!(key.authenticate(nonce, &sealed), Ok(()));
            for shift in [0, 16, 240] {
                let mut buffer = [vec![0; shift], sealed.clone()].concat();
                assert_eq!(key.open(nonce, &mut buffer, shift), Ok(len));
                assert_eq!(buffer[..len], vec![9; len]);
            }
            for wrong in [
                ChunkNonce::new(4, Position::Inner),
                ChunkNonce::new(5, Position::Last),
            ] {
                assert_eq!(key.authenticate(wrong, &sealed), Err(Forged));
                assert_eq!(key.open(wrong, &mut sealed.clone(), 0), Err(Forged));
            }
            for at in [0, len / 2, len, len + 15] {
                let mut flipped = sealed.clone();
                flipped[at] ^= 0x80;
                assert_eq!(key.authenticate(nonce, &flipped), Err(Forged));
                assert_eq!(key.open(nonce, &mut flipped, 0), Err(Forged));
            }
        }
        assert_eq!(key.authenticate(nonce, &[0; 15]), Err(Forged));
    }

    #[test]
    fn lengths_fit_each_other_at_every_edge() {
        for plaintext in [0, 1, 65_535, 65_536, 65_537, 131_072, 131_073, 1 << 40] {
            assert_eq!(plaintext_len(sealed_len(plaintext)), Some(plaintext));
        }
        for sealed in [0, 15, 65_553, 65_568, 131_105] {
            assert_eq!(plaintext_len(sealed), None, "{sealed}");
        }
    }
}
