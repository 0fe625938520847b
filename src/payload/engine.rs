//! The engine's face: how many threads, and what is to be done with a payload.

use std::io::{Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::chunk::{CHUNK, PayloadKey, SEALED_CHUNK, TAG, position};
use super::error::PayloadError;
use super::nonce::ChunkNonce;
use super::pipeline::Pipeline;
use super::positioned::{ReadAt, WriteAt};
use super::segments::{At, Segments};

/// Works on payloads with a number of threads, and counts the bytes of input as they are done.
#[derive(Clone, Debug)]
pub struct Engine {
    threads: usize,
    progress: Arc<AtomicU64>,
}

impl Engine {
    /// An engine that uses at most this many threads (at least one) for a payload.
    pub fn new(threads: usize) -> Self {
        Self { threads: threads.max(1), progress: Arc::default() }
    }

    /// Adds the bytes of input that are done to this counter.
    #[must_use]
    pub fn with_progress(self, progress: Arc<AtomicU64>) -> Self {
        Self { progress, ..self }
    }

    /// Seals a stream of plaintext. Gives the number of bytes written.
    ///
    /// # Errors
    /// [`PayloadError::Read`] and [`PayloadError::Write`].
    pub fn seal(
        &self,
        key: &PayloadKey,
        input: impl Read + Send,
        output: impl Write + Send,
    ) -> Result<u64, PayloadError> {
        Pipeline { work: &Seal(key), engine: self }.run(input, output)
    }

    /// Opens a stream of sealed chunks. Writes only what is authenticated, in order; after the first failure
    /// nothing more. Gives the number of bytes written.
    ///
    /// # Errors
    /// The first failure in payload order, after all that stands before it was written.
    pub fn open(
        &self,
        key: &PayloadKey,
        input: impl Read + Send,
        output: impl Write + Send,
    ) -> Result<u64, PayloadError> {
        Pipeline { work: &Open(key), engine: self }.run(input, output)
    }

    /// Authenticates a stream of sealed chunks without decrypting it. Gives the length of its plaintext.
    ///
    /// # Errors
    /// Just those of [`open`](Self::open), but for writing.
    pub fn authenticate(&self, key: &PayloadKey, input: impl Read + Send) -> Result<u64, PayloadError> {
        Pipeline { work: &Authenticate(key), engine: self }.run(input, std::io::sink())
    }

    /// Seals `len` bytes of plaintext that begin at an offset of `input` to an offset of `output`.
    /// Gives the number of bytes written.
    ///
    /// # Errors
    /// [`PayloadError::Shrunk`], [`PayloadError::Read`], [`PayloadError::Write`].
    pub fn seal_at(
        &self,
        key: &PayloadKey,
        input: At<'_, impl ReadAt>,
        len: u64,
        output: At<'_, impl WriteAt>,
    ) -> Result<u64, PayloadError> {
        Segments { work: &Seal(key), engine: self }.run(input, len, output)
    }

    /// Opens a payload of `len` bytes that begins at an offset of `input` to an offset of `output`. The output is
    /// whole only where this succeeds. Gives the number of bytes written.
    ///
    /// # Errors
    /// The first failure in payload order.
    pub fn open_at(
        &self,
        key: &PayloadKey,
        input: At<'_, impl ReadAt>,
        len: u64,
        output: At<'_, impl WriteAt>,
    ) -> Result<u64, PayloadError> {
        Segments { work: &Open(key), engine: self }.run(input, len, output)
    }

    /// Authenticates a payload of `len` bytes that begins at an offset of `input`. Gives the length of its plaintext.
    ///
    /// # Errors
    /// The first failure in payload order.
    pub fn authenticate_at(
        &self,
        key: &PayloadKey,
        input: At<'_, impl ReadAt>,
        len: u64,
    ) -> Result<u64, PayloadError> {
        Segments { work: &Authenticate(key), engine: self }.run(input, len, At { place: &Nowhere, offset: 0 })
    }

    pub(super) fn threads(&self) -> usize {
        self.threads
    }

    pub(super) fn done(&self, bytes: usize) {
        self.progress.fetch_add(bytes as u64, Ordering::Relaxed);
    }
}

/// Chunks that a worker takes at a time. (Measured: 256 KiB to 1 MiB are equal.)
pub(super) const CHUNKS: usize = 16;

/// What working on a segment gave.
pub(super) struct Worked {
    /// Bytes at the front of the buffer that may be handed on.
    pub(super) out: usize,
    /// What stopped it after them.
    pub(super) failure: Option<PayloadError>,
}

/// One kind of work on a segment, in place.
pub(super) trait Work: Sync {
    /// Bytes of input in a full chunk.
    const INPUT: usize;
    /// Bytes of output of a full chunk.
    const OUTPUT: usize;
    /// Where in the buffer the first chunk is put.
    const LEAD: usize;

    /// Works on a segment: chunks from `first` on, the i-th at `LEAD + i * SEALED_CHUNK`, `len` bytes of input in
    /// all. The output begins at the front of the buffer.
    fn work(&self, first: u64, buffer: &mut [u8], len: usize, last: bool) -> Worked;
}

struct Seal<'a>(&'a PayloadKey);
struct Open<'a>(&'a PayloadKey);
struct Authenticate<'a>(&'a PayloadKey);
struct Nowhere;

impl WriteAt for Nowhere {
    fn write_all_at(&self, _: &[u8], _: u64) -> std::io::Result<()> {
        Ok(())
    }
}

impl Work for Seal<'_> {
    const INPUT: usize = CHUNK;
    const OUTPUT: usize = SEALED_CHUNK;
    const LEAD: usize = 0;

    fn work(&self, first: u64, buffer: &mut [u8], len: usize, last: bool) -> Worked {
        let chunks = len.div_ceil(CHUNK).max(1);
        for i in 0..chunks {
            let size = (len - i * CHUNK).min(CHUNK) + TAG;
            let nonce = ChunkNonce::new(first + i as u64, position(last && i + 1 == chunks));
            self.0.seal(nonce, &mut buffer[i * SEALED_CHUNK..][..size]);
        }
        Worked { out: len + chunks * TAG, failure: None }
    }
}

impl Work for Open<'_> {
    const INPUT: usize = SEALED_CHUNK;
    const OUTPUT: usize = CHUNK;
    /// The plaintext of a chunk ends before its ciphertext begins, so that a chunk can be tried twice.
    const LEAD: usize = SEALED_CHUNK;

    fn work(&self, first: u64, buffer: &mut [u8], len: usize, last: bool) -> Worked {
        each_sealed(first, len, last, |nonce, i, size| {
            let sealed = Self::LEAD + i * SEALED_CHUNK;
            self.0.open(nonce, &mut buffer[i * CHUNK..sealed + size], sealed - i * CHUNK).is_ok()
        })
    }
}

impl Work for Authenticate<'_> {
    const INPUT: usize = SEALED_CHUNK;
    const OUTPUT: usize = CHUNK;
    const LEAD: usize = 0;

    fn work(&self, first: u64, buffer: &mut [u8], len: usize, last: bool) -> Worked {
        each_sealed(first, len, last, |nonce, i, size| {
            self.0.authenticate(nonce, &buffer[i * SEALED_CHUNK..][..size]).is_ok()
        })
    }
}

/// Goes through the sealed chunks of a segment until one fails.
///
/// A full chunk that fails where it stands may still be the author's: the payload was cut behind it, or something
/// was added behind its end. Then it counts, and what follows it has failed.
fn each_sealed(
    first: u64,
    len: usize,
    last: bool,
    mut chunk: impl FnMut(ChunkNonce, usize, usize) -> bool,
) -> Worked {
    let chunks = len.div_ceil(SEALED_CHUNK).max(1);
    for i in 0..chunks {
        let size = (len - i * SEALED_CHUNK).min(SEALED_CHUNK);
        let (index, ended) = (first + i as u64, last && i + 1 == chunks);
        let out = i * CHUNK;
        if size < TAG || (size == TAG && index > 0) {
            return Worked { out, failure: Some(PayloadError::Truncated { chunk: index }) };
        }
        if chunk(ChunkNonce::new(index, position(ended)), i, size) {
            continue;
        }
        if size < SEALED_CHUNK || !chunk(ChunkNonce::new(index, position(!ended)), i, size) {
            return Worked { out, failure: Some(PayloadError::Damaged { chunk: index }) };
        }
        let chunk = index + 1;
        let failure = if ended { PayloadError::Truncated { chunk } } else { PayloadError::Damaged { chunk } };
        return Worked { out: out + CHUNK, failure: Some(failure) };
    }
    Worked { out: len - chunks * TAG, failure: None }
}
