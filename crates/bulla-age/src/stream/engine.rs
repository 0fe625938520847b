//! The engine: seals, opens and authenticates payloads with a number of threads.

use std::io::{Read, Write};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use crate::stream::arrival::Arrival;
use crate::stream::chunk::PayloadKey;
use crate::stream::digests::{Chunks, Digests};
use crate::stream::error::PayloadError;
use crate::stream::pipeline::Pipeline;
use crate::stream::positioned::{ReadAt, WriteAt};
use crate::stream::segments::{At, Segments};
use crate::stream::work::{Authenticate, Chunked, Open, Seal, Workers};

/// Works on payloads with a number of threads, and counts the bytes of input as they are done.
///
/// ```
/// use std::sync::Arc;
/// use std::sync::atomic::{AtomicU64, Ordering};
///
/// use bulla_age::kinds::X25519Identity;
/// use bulla_age::stream::Engine;
///
/// let done = Arc::new(AtomicU64::new(0)); // for a progress bar in another thread
/// let engine = Engine::new(0).with_progress(Arc::clone(&done));
/// let recipient = X25519Identity::generate()?.to_recipient();
/// bulla_age::encrypt(&[&recipient], &[0; 1000][..], std::io::sink(), &engine)?;
/// assert_eq!(done.load(Ordering::Relaxed), 1000);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Engine {
    workers: Workers,
    digests: Option<Arc<Digests>>,
    arrival: Option<Arrival>,
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
            arrival: None,
        }
    }

    /// Returns the number of threads that was chosen; 0 stands for as many as there are cores.
    pub fn threads(&self) -> usize {
        self.workers.threads
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

    /// Hands on whole chunks of a stream at once where more of it has to be waited for. Without this,
    /// a slow stream is read by the MiB.
    #[must_use]
    pub fn with_arrival(self, arrival: Arrival) -> Self {
        Self {
            arrival: Some(arrival),
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
                arrival: self.arrival.as_ref(),
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
                arrival: self.arrival.as_ref(),
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
                arrival: None,
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
        input: At<'_, impl ReadAt + ?Sized>,
        len: u64,
        output: At<'_, impl WriteAt + ?Sized>,
    ) -> Result<u64, PayloadError> {
        self.chunked(key, |chunked| {
            Segments {
                work: &Seal(chunked),
                workers: &self.workers,
            }
            .run(input, len, output)
        })
    }

    /// Opens a payload of `sealed` bytes (the length of the file less
    /// [`payload_offset`](crate::UnlockedFile::payload_offset)) that begins at an offset of `input`
    /// to an offset of `output`. If it fails, what is in the output is incomplete: discard it. An
    /// output that was longer before keeps its end. Returns the number of bytes written.
    ///
    /// # Errors
    /// The first failure in payload order.
    pub fn open_at(
        &self,
        key: &PayloadKey,
        input: At<'_, impl ReadAt + ?Sized>,
        sealed: u64,
        output: At<'_, impl WriteAt + ?Sized>,
    ) -> Result<u64, PayloadError> {
        self.chunked(key, |chunked| {
            Segments {
                work: &Open(chunked),
                workers: &self.workers,
            }
            .run(input, sealed, output)
        })
    }

    /// Authenticates a payload of `sealed` bytes that begins at an offset of `input`. Returns the
    /// length of its plaintext.
    ///
    /// # Errors
    /// The first failure in payload order.
    pub fn authenticate_at(
        &self,
        key: &PayloadKey,
        input: At<'_, impl ReadAt + ?Sized>,
        sealed: u64,
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
            .run(input, sealed, nowhere)
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
