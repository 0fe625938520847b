//! The engine: seals, opens and authenticates payloads with a number of threads.

use std::io::{Read, Write};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use crate::stream::chunk::PayloadKey;
use crate::stream::digests::{Chunks, Digests};
use crate::stream::error::PayloadError;
use crate::stream::pipeline::Pipeline;
use crate::stream::positioned::{ReadAt, WriteAt};
use crate::stream::segments::{At, Segments};
use crate::stream::work::{Authenticate, Chunked, Open, Seal, Workers};

/// Works on payloads with a number of threads, and counts the bytes of input as they are done.
#[derive(Clone, Debug)]
pub struct Engine {
    workers: Workers,
    digests: Option<Arc<Digests>>,
}

impl Engine {
    /// An engine that uses at most this many threads for a payload; 0 stands for as many as there
    /// are cores. Those are counted only when a payload turns out to have work for more than one.
    pub fn new(threads: usize) -> Self {
        Self {
            workers: Workers {
                threads,
                progress: Arc::default(),
            },
            digests: None,
        }
    }

    /// Adds the bytes of input that are done to this counter.
    #[must_use]
    pub fn with_progress(self, progress: Arc<AtomicU64>) -> Self {
        Self {
            workers: Workers {
                progress,
                ..self.workers
            },
            ..self
        }
    }

    /// Leaves the content root of each payload here: of one payload at a time.
    #[must_use]
    pub fn with_digests(self, digests: Arc<Digests>) -> Self {
        Self {
            digests: Some(digests),
            ..self
        }
    }

    /// Seals a stream of plaintext. Returns the number of bytes written.
    ///
    /// # Errors
    /// [`PayloadError::Read`] and [`PayloadError::Write`].
    pub fn seal(
        &self,
        key: &PayloadKey,
        input: impl Read + Send,
        output: impl Write + Send,
    ) -> Result<u64, PayloadError> {
        self.chunked(key, |chunked| {
            Pipeline {
                work: &Seal(chunked),
                workers: &self.workers,
            }
            .run(input, output)
        })
    }

    /// Opens a stream of sealed chunks. Writes only what is authenticated, in order; after the
    /// first failure nothing more. Returns the number of bytes written.
    ///
    /// # Errors
    /// The first failure in payload order, after everything before it was written.
    pub fn open(
        &self,
        key: &PayloadKey,
        input: impl Read + Send,
        output: impl Write + Send,
    ) -> Result<u64, PayloadError> {
        self.chunked(key, |chunked| {
            Pipeline {
                work: &Open(chunked),
                workers: &self.workers,
            }
            .run(input, output)
        })
    }

    /// Authenticates a stream of sealed chunks without decrypting it. Returns the length of its
    /// plaintext.
    ///
    /// # Errors
    /// Just those of [`open`](Self::open), but for writing.
    pub fn authenticate(
        &self,
        key: &PayloadKey,
        input: impl Read + Send,
    ) -> Result<u64, PayloadError> {
        self.chunked(key, |chunked| {
            Pipeline {
                work: &Authenticate(chunked),
                workers: &self.workers,
            }
            .run(input, std::io::sink())
        })
    }

    /// Seals `len` bytes of plaintext that begin at an offset of `input` to an offset of `output`.
    /// Returns the number of bytes written.
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
        self.chunked(key, |chunked| {
            Segments {
                work: &Seal(chunked),
                workers: &self.workers,
            }
            .run(input, len, output)
        })
    }

    /// Opens a payload of `len` bytes that begins at an offset of `input` to an offset of `output`.
    /// The output is whole only where this succeeds. Returns the number of bytes written.
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
        self.chunked(key, |chunked| {
            Segments {
                work: &Open(chunked),
                workers: &self.workers,
            }
            .run(input, len, output)
        })
    }

    /// Authenticates a payload of `len` bytes that begins at an offset of `input`. Returns the
    /// length of its plaintext.
    ///
    /// # Errors
    /// The first failure in payload order.
    pub fn authenticate_at(
        &self,
        key: &PayloadKey,
        input: At<'_, impl ReadAt>,
        len: u64,
    ) -> Result<u64, PayloadError> {
        let nowhere = At {
            place: &Nowhere,
            offset: 0,
        };
        self.chunked(key, |chunked| {
            Segments {
                work: &Authenticate(chunked),
                workers: &self.workers,
            }
            .run(input, len, nowhere)
        })
    }

    /// Works on the chunks of one payload, and keeps their root if it is wanted.
    fn chunked(
        &self,
        key: &PayloadKey,
        work: impl FnOnce(Chunked<'_>) -> Result<u64, PayloadError>,
    ) -> Result<u64, PayloadError> {
        let chunked = |digests: Option<&Chunks>| work(Chunked { key, digests });
        match &self.digests {
            Some(digests) => digests.of(|chunks| chunked(Some(chunks))),
            None => chunked(None),
        }
    }
}

/// Where the plaintext of an authentication goes.
struct Nowhere;

impl WriteAt for Nowhere {
    fn write_all_at(&self, _: &[u8], _: u64) -> std::io::Result<()> {
        Ok(())
    }
}
