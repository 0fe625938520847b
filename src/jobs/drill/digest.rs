//! The digest of a file that is read once, from its beginning to its end.

use std::io::{self, Read};
use std::sync::{Mutex, PoisonError};

use sha2::{Digest, Sha256};

/// What was read so far.
#[derive(Default)]
pub(crate) struct FileDigest(Mutex<(Sha256, u64)>);

impl FileDigest {
    /// Returns SHA-256 of what was read, in hex, and its length.
    pub(crate) fn finish(self) -> (String, u64) {
        let (hash, len) = self.0.into_inner().unwrap_or_else(PoisonError::into_inner);
        (hex(&hash.finalize()), len)
    }

    fn add(&self, bytes: &[u8]) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.0.update(bytes);
        state.1 += bytes.len() as u64;
    }
}

/// A reader whose bytes are added to a digest.
pub(crate) struct Digesting<'a, R> {
    reader: R,
    digest: &'a FileDigest,
}

impl<'a, R> Digesting<'a, R> {
    pub(crate) fn new(reader: R, digest: &'a FileDigest) -> Self {
        Self { reader, digest }
    }
}

impl<R: Read> Read for Digesting<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buffer)?;
        self.digest.add(&buffer[..read]);
        Ok(read)
    }
}

/// Formats bytes as hex digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_sum_that_sha256sum_prints() {
        let digest = FileDigest::default();
        let mut reader = Digesting::new(&b"abc"[..], &digest);
        io::copy(&mut reader, &mut io::sink()).unwrap();
        let (sum, len) = digest.finish();
        assert_eq!(len, 3);
        assert_eq!(
            sum,
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }
}
