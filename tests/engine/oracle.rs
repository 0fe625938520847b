//! What the format says a payload is, put together from another crate's AEAD and one chunk after the other.

use bulla::payload::{CHUNK, PayloadKey, SEALED_CHUNK, TAG};
use bulla::protocol::FileKey;
use chacha20poly1305::aead::AeadInPlace;
use chacha20poly1305::{ChaCha20Poly1305, KeyInit};

/// The longest plaintext there is, in chunks.
pub(crate) const LONGEST: usize = 302;

/// One plaintext, of which every case takes a beginning, and its chunks sealed as inner ones.
pub(crate) struct Oracle {
    pub(crate) key: PayloadKey,
    pub(crate) plain: Vec<u8>,
    inner: Vec<u8>,
    aead: ChaCha20Poly1305,
}

impl Oracle {
    pub(crate) fn new() -> Self {
        let (file_key, nonce) = ([7; 16], [9; 16]);
        let mut raw = [0; 32];
        hkdf::Hkdf::<sha2::Sha256>::new(Some(&nonce), &file_key).expand(b"payload", &mut raw).unwrap();
        let mut oracle = Self {
            key: PayloadKey::new(&FileKey::new(Box::new(file_key)), &nonce),
            // No two chunks are alike: each line of 64 bytes begins with its number.
            plain: (0..LONGEST * CHUNK / 64)
                .flat_map(|line| {
                    [&u32::try_from(line).unwrap().to_be_bytes()[..], &[line as u8; 60]].concat()
                })
                .collect(),
            inner: Vec::new(),
            aead: ChaCha20Poly1305::new(&raw.into()),
        };
        let chunks =
            (0..LONGEST).flat_map(|index| oracle.chunk(index, index * CHUNK, (index + 1) * CHUNK, false));
        oracle.inner = chunks.collect();
        oracle
    }

    /// Seals one chunk: the counter in bytes 0 to 10 of the nonce, 1 in the last byte of the last chunk's.
    fn chunk(&self, index: usize, start: usize, end: usize, last: bool) -> Vec<u8> {
        let mut nonce = [0; 12];
        nonce[3..11].copy_from_slice(&(index as u64).to_be_bytes());
        nonce[11] = u8::from(last);
        let mut sealed = self.plain[start..end].to_vec();
        let tag = self.aead.encrypt_in_place_detached(&nonce.into(), b"", &mut sealed).unwrap();
        sealed.extend_from_slice(&tag);
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

/// How many chunks a plaintext of this length has.
pub(crate) fn chunks(len: usize) -> usize {
    len.div_ceil(CHUNK).max(1)
}
