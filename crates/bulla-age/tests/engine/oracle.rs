//! The payload as the format defines it, built from the bare AEAD, one chunk after the other.

use bulla_age::FileKey;
use bulla_age::stream::{CHUNK, PayloadKey, SEALED_CHUNK, TAG};
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};

/// The longest plaintext, in chunks.
pub(crate) const LONGEST: usize = 302;

/// One plaintext, of which every case uses a prefix, and its chunks, each sealed as if it was not
/// the last.
pub(crate) struct Oracle {
    pub(crate) key: PayloadKey,
    pub(crate) plain: Vec<u8>,
    inner: Vec<u8>,
    aead: LessSafeKey,
}

impl Oracle {
    pub(crate) fn new() -> Self {
        let (file_key, nonce) = ([7; 16], [9; 16]);
        let mut raw = [0; 32];
        hkdf::Hkdf::<sha2::Sha256>::new(Some(&nonce), &file_key)
            .expand(b"payload", &mut raw)
            .unwrap();
        let mut oracle = Self {
            key: PayloadKey::new(&FileKey::new(&file_key), &nonce),
            plain: vec![0; LONGEST * CHUNK],
            inner: Vec::new(),
            aead: LessSafeKey::new(UnboundKey::new(&CHACHA20_POLY1305, &raw).unwrap()),
        };
        // No two chunks are equal: every 64 bytes begin with their number.
        for (line, bytes) in oracle.plain.chunks_exact_mut(64).enumerate() {
            bytes[..8].copy_from_slice(&(line as u64).to_be_bytes());
        }
        for index in 0..LONGEST {
            let chunk = oracle.chunk(index, index * CHUNK, (index + 1) * CHUNK, false);
            oracle.inner.extend_from_slice(&chunk);
        }
        oracle
    }

    /// Seals one chunk. The counter is in bytes 0 to 10 of the nonce; the last byte is 1 for the
    /// last chunk.
    fn chunk(&self, index: usize, start: usize, end: usize, last: bool) -> Vec<u8> {
        let mut nonce = [0; 12];
        nonce[3..11].copy_from_slice(&(index as u64).to_be_bytes());
        nonce[11] = u8::from(last);
        let mut sealed = self.plain[start..end].to_vec();
        let nonce = Nonce::assume_unique_for_key(nonce);
        let tag = self
            .aead
            .seal_in_place_separate_tag(nonce, Aad::empty(), &mut sealed)
            .unwrap();
        sealed.extend_from_slice(tag.as_ref());
        sealed
    }

    /// The payload of the first `len` bytes of plaintext.
    pub(crate) fn sealed(&self, len: usize) -> Vec<u8> {
        let last = chunks(len) - 1;
        let mut sealed = Vec::with_capacity(len + (last + 1) * TAG);
        sealed.extend_from_slice(&self.inner[..last * SEALED_CHUNK]);
        sealed.extend_from_slice(&self.chunk(last, last * CHUNK, len, true));
        sealed
    }
}

/// The content root of a payload.
pub(crate) fn root(sealed: &[u8]) -> [u8; 32] {
    let chunks = sealed.chunks(SEALED_CHUNK);
    let mut material = (chunks.len() as u64).to_be_bytes().to_vec();
    chunks.for_each(|chunk| material.extend_from_slice(blake3::hash(chunk).as_bytes()));
    blake3::derive_key("bulla/payload/v1", &material)
}

/// The number of chunks in a plaintext of this length.
pub(crate) fn chunks(len: usize) -> usize {
    len.div_ceil(CHUNK).max(1)
}
