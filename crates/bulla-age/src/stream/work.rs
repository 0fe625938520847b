//! Work on a segment of chunks, in place, and the workers that do it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::available_parallelism;

use crate::stream::chunk::{CHUNK, PayloadKey, SEALED_CHUNK, TAG, position};
use crate::stream::digests::{Chunks, Digest};
use crate::stream::error::PayloadError;
use crate::stream::nonce::{ChunkNonce, Position};

/// How many threads work at most (0: all cores), and where they count the bytes of input that are
/// done.
#[derive(Clone, Debug)]
pub(crate) struct Workers {
    pub(crate) threads: usize,
    pub(crate) progress: Arc<AtomicU64>,
}

impl Workers {
    /// Returns how many threads this number of segments keeps busy (`None`: unknown).
    pub(crate) fn needed(&self, segments: Option<u64>) -> usize {
        let segments = segments.map_or(usize::MAX, |count| {
            usize::try_from(count).unwrap_or(usize::MAX)
        });
        match (segments, self.threads) {
            (0 | 1, _) => 1,
            (segments, 0) => available_parallelism().map_or(1, usize::from).min(segments),
            (segments, threads) => threads.min(segments),
        }
    }

    pub(crate) fn done(&self, bytes: usize) {
        self.progress.fetch_add(bytes as u64, Ordering::Relaxed);
    }
}

/// Chunks that a worker takes at a time. (Measured: 256 KiB to 1 MiB are equal.)
pub(crate) const CHUNKS: usize = 16;

/// Returns room for a segment; `None` if there is not enough memory.
pub(crate) fn buffer(len: usize) -> Option<Vec<u8>> {
    let mut buffer = Vec::new();
    buffer.try_reserve_exact(len).ok()?;
    buffer.resize(len, 0);
    Some(buffer)
}

/// What working on a segment gave.
pub(crate) struct Worked {
    /// Bytes at the front of the buffer that may be written.
    pub(crate) out: usize,
    /// What stopped it after them.
    pub(crate) failure: Option<PayloadError>,
}

/// One kind of work on a segment, in place.
pub(crate) trait Work: Sync {
    /// Bytes of input in a full chunk.
    const INPUT: usize;
    /// Bytes of output of a full chunk.
    const OUTPUT: usize;
    /// Where in the buffer the first chunk is put.
    const LEAD: usize;

    /// Works on a segment: chunks from `first` on, the i-th at `LEAD + i * SEALED_CHUNK`, `len`
    /// bytes of input in all. The output begins at the front of the buffer.
    fn work(&self, first: u64, buffer: &mut [u8], len: usize, last: bool) -> Worked;
}

/// The key of the chunks, and the place of their digests if the root is wanted.
#[derive(Clone, Copy)]
pub(crate) struct Chunked<'a> {
    pub(crate) key: &'a PayloadKey,
    pub(crate) digests: Option<&'a Chunks>,
}

pub(crate) struct Seal<'a>(pub(crate) Chunked<'a>);
pub(crate) struct Open<'a>(pub(crate) Chunked<'a>);
pub(crate) struct Authenticate<'a>(pub(crate) Chunked<'a>);

impl Chunked<'_> {
    fn seal(self, index: u64, position: Position, buffer: &mut [u8]) {
        self.key.seal(ChunkNonce::new(index, position), buffer);
        self.keep(index, self.digest(buffer));
    }

    /// Opens the sealed chunk at `buffer[shift..]` to the front of `buffer`; true where it
    /// authenticates. Its digest is taken first: afterwards something else may stand there.
    fn open(self, index: u64, position: Position, buffer: &mut [u8], shift: usize) -> bool {
        let digest = self.digest(&buffer[shift..]);
        let opened = self
            .key
            .open(ChunkNonce::new(index, position), buffer, shift)
            .is_ok();
        if opened {
            self.keep(index, digest);
        }
        opened
    }

    fn authenticate(self, index: u64, position: Position, sealed: &[u8]) -> bool {
        let authentic = self
            .key
            .authenticate(ChunkNonce::new(index, position), sealed)
            .is_ok();
        if authentic {
            self.keep(index, self.digest(sealed));
        }
        authentic
    }

    /// The digest of a sealed chunk, if wanted; otherwise nothing is hashed.
    fn digest(self, sealed: &[u8]) -> Option<Digest> {
        self.digests.map(|_| Digest::of(sealed))
    }

    fn keep(self, index: u64, digest: Option<Digest>) {
        if let (Some(digests), Some(digest)) = (self.digests, digest) {
            digests.keep(index, digest);
        }
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
            let position = position(last && i + 1 == chunks);
            self.0.seal(
                first + i as u64,
                position,
                &mut buffer[i * SEALED_CHUNK..][..size],
            );
        }
        Worked {
            out: len + chunks * TAG,
            failure: None,
        }
    }
}

impl Work for Open<'_> {
    const INPUT: usize = SEALED_CHUNK;
    const OUTPUT: usize = CHUNK;
    /// The plaintext of a chunk ends before its ciphertext begins, so that a chunk can be tried
    /// twice.
    const LEAD: usize = SEALED_CHUNK;

    fn work(&self, first: u64, buffer: &mut [u8], len: usize, last: bool) -> Worked {
        each_sealed(first, len, last, |position, i, size| {
            let sealed = Self::LEAD + i * SEALED_CHUNK;
            let place = &mut buffer[i * CHUNK..sealed + size];
            self.0
                .open(first + i as u64, position, place, sealed - i * CHUNK)
        })
    }
}

impl Work for Authenticate<'_> {
    const INPUT: usize = SEALED_CHUNK;
    const OUTPUT: usize = CHUNK;
    const LEAD: usize = 0;

    fn work(&self, first: u64, buffer: &mut [u8], len: usize, last: bool) -> Worked {
        each_sealed(first, len, last, |position, i, size| {
            self.0.authenticate(
                first + i as u64,
                position,
                &buffer[i * SEALED_CHUNK..][..size],
            )
        })
    }
}

/// Goes through the sealed chunks of a segment until one fails.
///
/// A full chunk that fails where it stands may still be the author's: the payload was cut behind
/// it, or something was added behind its end. Then it counts, and what follows it has failed.
fn each_sealed(
    first: u64,
    len: usize,
    last: bool,
    mut chunk: impl FnMut(Position, usize, usize) -> bool,
) -> Worked {
    let chunks = len.div_ceil(SEALED_CHUNK).max(1);
    for i in 0..chunks {
        let size = (len - i * SEALED_CHUNK).min(SEALED_CHUNK);
        let (index, ended) = (first + i as u64, last && i + 1 == chunks);
        let out = i * CHUNK;
        if size < TAG || (size == TAG && index > 0) {
            return Worked {
                out,
                failure: Some(PayloadError::Truncated { chunk: index }),
            };
        }
        if chunk(position(ended), i, size) {
            continue;
        }
        if size < SEALED_CHUNK || !chunk(position(!ended), i, size) {
            return Worked {
                out,
                failure: Some(PayloadError::Damaged { chunk: index }),
            };
        }
        let chunk = index + 1;
        let failure = if ended {
            PayloadError::Truncated { chunk }
        } else {
            PayloadError::Damaged { chunk }
        };
        return Worked {
            out: out + CHUNK,
            failure: Some(failure),
        };
    }
    Worked {
        out: len - chunks * TAG,
        failure: None,
    }
}
