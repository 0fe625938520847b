//! The plaintext of a seekable payload, of which only the chunks that are needed are read.

use std::io::{self, Read, Seek, SeekFrom};

use crate::stream::chunk::{CHUNK, PayloadKey, SEALED_CHUNK, plaintext_len, position};
use crate::stream::error::PayloadError;
use crate::stream::nonce::ChunkNonce;
use crate::stream::positioned::ReadAt;
use crate::stream::segments::At;

/// Reads the plaintext of a payload from any place, a chunk of 64 KiB at a time. One chunk is in
/// memory, and only what is authentic is returned.
///
/// The last chunk is authenticated first: only then is the length of the payload known to be the
/// author's (C2SP age.md, "Payload"). What is not read is not checked.
///
/// A chunk that does not authenticate is an [`io::Error`] whose source is a [`PayloadError`].
pub struct Plaintext<'a, R: ?Sized> {
    key: &'a PayloadKey,
    input: At<'a, R>,
    sealed: u64,
    len: u64,
    position: u64,
    chunk: Vec<u8>,
    /// The number of the chunk that is in memory, and its length.
    opened: Option<(u64, usize)>,
    /// How many bytes of the payload were read.
    bytes_read: u64,
}

impl<'a, R: ReadAt + ?Sized> Plaintext<'a, R> {
    /// Opens a payload of `sealed` bytes (the length of the file less
    /// [`payload_offset`](crate::UnlockedFile::payload_offset)).
    ///
    /// # Errors
    /// [`PayloadError`], if the last chunk is not authentic.
    pub fn open(key: &'a PayloadKey, input: At<'a, R>, sealed: u64) -> Result<Self, PayloadError> {
        let last = last_chunk(sealed);
        let len = plaintext_len(sealed).ok_or(PayloadError::Truncated { chunk: last })?;
        let mut plaintext = Self {
            key,
            input,
            sealed,
            len,
            position: 0,
            chunk: vec![0; SEALED_CHUNK],
            opened: None,
            bytes_read: 0,
        };
        plaintext.open_chunk(last)?;
        Ok(plaintext)
    }

    /// Returns the length of the plaintext.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Returns true if there is no plaintext.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Returns how many bytes of the payload were read so far.
    pub fn bytes_read(&self) -> u64 {
        self.bytes_read
    }

    fn open_chunk(&mut self, index: u64) -> Result<usize, PayloadError> {
        if let Some((opened, len)) = self.opened
            && opened == index
        {
            return Ok(len);
        }
        self.opened = None;
        let start = index * SEALED_CHUNK as u64;
        let size = usize::try_from((self.sealed - start).min(SEALED_CHUNK as u64))
            .expect("plaintext: a chunk is 64 KiB");
        self.chunk.resize(size, 0);
        match self
            .input
            .place
            .read_at(&mut self.chunk, self.input.offset + start)
        {
            Ok(read) if read == size => {}
            Ok(_) => return Err(PayloadError::Shrunk),
            Err(error) => return Err(PayloadError::Read(error)),
        }
        self.bytes_read += size as u64;
        let nonce = ChunkNonce::new(index, position(index == last_chunk(self.sealed)));
        let len = self
            .key
            .open(nonce, &mut self.chunk, 0)
            .map_err(|_| PayloadError::Damaged { chunk: index })?;
        self.opened = Some((index, len));
        Ok(len)
    }
}

fn last_chunk(sealed: u64) -> u64 {
    sealed.div_ceil(SEALED_CHUNK as u64).max(1) - 1
}

impl<R: ReadAt + ?Sized> Read for Plaintext<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() || self.position >= self.len {
            return Ok(0);
        }
        let len = self
            .open_chunk(self.position / CHUNK as u64)
            .map_err(io::Error::other)?;
        let from =
            usize::try_from(self.position % CHUNK as u64).expect("plaintext: a chunk is 64 KiB");
        let read = buffer.len().min(len.saturating_sub(from));
        buffer[..read].copy_from_slice(&self.chunk[from..from + read]);
        self.position += read as u64;
        Ok(read)
    }
}

impl<R: ReadAt + ?Sized> Seek for Plaintext<'_, R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(offset) => Some(offset),
            SeekFrom::End(offset) => self.len.checked_add_signed(offset),
            SeekFrom::Current(offset) => self.position.checked_add_signed(offset),
        };
        self.position = position.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}

impl<R: ?Sized> std::fmt::Debug for Plaintext<'_, R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Plaintext(…)")
    }
}

impl<R: ?Sized> Drop for Plaintext<'_, R> {
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.chunk);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file_key::FileKey;
    use crate::stream::Engine;

    #[test]
    fn every_part_is_read_and_only_what_is_authentic() {
        let key = PayloadKey::new(&FileKey::new(&[1; 16]), &[2; 16]);
        for len in [0, 1, CHUNK, CHUNK + 1, 3 * CHUNK + 7] {
            let plain: Vec<u8> = (0..len).map(|at| (at % 251) as u8).collect();
            let mut sealed = Vec::new();
            Engine::new(1).seal(&key, &plain[..], &mut sealed).unwrap();
            let open = |sealed: &[u8]| {
                let from = At {
                    place: sealed,
                    offset: 0,
                };
                let mut read = Plaintext::open(&key, from, sealed.len() as u64).ok()?;
                let mut all = Vec::new();
                for start in [len, len / 2, 0] {
                    all.clear();
                    read.seek(SeekFrom::Start(start as u64)).unwrap();
                    read.read_to_end(&mut all).ok()?;
                    assert_eq!(all, plain[start..]);
                }
                assert_eq!(read.seek(SeekFrom::End(0)).unwrap(), len as u64);
                Some(())
            };
            assert!(open(&sealed).is_some(), "{len}");
            for cut in [1, 16, 17, SEALED_CHUNK] {
                let cut = sealed.len().saturating_sub(cut);
                assert!(open(&sealed[..cut]).is_none(), "{len} cut to {cut}");
            }
            for at in (0..sealed.len()).step_by(SEALED_CHUNK) {
                let mut damaged = sealed.clone();
                damaged[at] ^= 1;
                assert!(open(&damaged).is_none(), "{len} damaged at {at}");
            }
        }
    }
}
