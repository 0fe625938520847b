//! Streams: every worker reads a segment in its turn, works on it, and writes it in its turn.
//!
//! Segments are numbered under the lock of the input and written under that of the output, in the
//! order of their numbers. So the order of the output, the first failure, and the bound on memory
//! (one segment a worker) come from the same two locks, and a segment stays in its worker's cache
//! from reading to writing.
//!
//! A segment ends early where its reader would have to wait for more input although whole chunks are
//! there, so that a slow pipe is not held up by a segment that fills slowly.

use std::io::{self, Read, Write};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use zeroize::Zeroizing;

use crate::stream::arrival::Arrival;
use crate::stream::chunk::SEALED_CHUNK;
use crate::stream::error::PayloadError;
use crate::stream::work::{self, CHUNKS, Work, Worked, Workers};

pub(crate) struct Pipeline<'a, W> {
    pub(crate) work: &'a W,
    pub(crate) workers: &'a Workers,
    /// Tells whether the input has to be waited for.
    pub(crate) arrival: Option<&'a Arrival>,
}

/// The input, and what is known of it.
struct Source<'a, R> {
    input: R,
    arrival: Option<&'a Arrival>,
    /// The number of the next segment, and of its first chunk.
    next: u64,
    next_chunk: u64,
    /// What was read beyond the last segment. At least one byte, to know whether that was the last;
    /// at most a chunk.
    ahead: Zeroizing<Vec<u8>>,
    ended: bool,
}

/// The output, and whose turn it is.
struct Sink<O> {
    output: O,
    turn: u64,
    written: u64,
    failure: Option<PayloadError>,
}

/// A segment's input.
struct Filled {
    number: u64,
    first_chunk: u64,
    len: usize,
    last: bool,
    error: Option<io::Error>,
}

struct Shared<'a, R, O> {
    source: Mutex<Source<'a, R>>,
    sink: Mutex<Sink<O>>,
    turned: Condvar,
}

impl<W: Work> Pipeline<'_, W> {
    pub(crate) fn run(
        &self,
        input: impl Read + Send,
        output: impl Write + Send,
    ) -> Result<u64, PayloadError> {
        let shared = Shared {
            source: Mutex::new(Source {
                input,
                arrival: self.arrival,
                next: 0,
                next_chunk: 0,
                ahead: Zeroizing::default(),
                ended: false,
            }),
            sink: Mutex::new(Sink {
                output,
                turn: 0,
                written: 0,
                failure: None,
            }),
            turned: Condvar::new(),
        };
        let Some(mut buffer) = buffer::<W>() else {
            return Err(PayloadError::Memory);
        };
        if let Some(first) = shared.fill::<W>(&mut buffer) {
            // Only an input of more than one segment is worth another thread.
            let segments = (first.last || first.error.is_some()).then_some(1);
            let others = self.workers.needed(segments) - 1;
            thread::scope(|scope| {
                for _ in 0..others {
                    // Without memory or threads for more, the others do its work.
                    let work = || {
                        if let Some(mut buffer) = self::buffer::<W>() {
                            self.worker(&shared, &mut buffer, None);
                        }
                    };
                    if thread::Builder::new().spawn_scoped(scope, work).is_err() {
                        break;
                    }
                }
                self.worker(&shared, &mut buffer, Some(first));
            });
        }
        let mut sink = shared.sink.into_inner().expect(LOCK);
        match sink.failure {
            Some(failure) => Err(failure),
            None => sink
                .output
                .flush()
                .map(|()| sink.written)
                .map_err(PayloadError::Write),
        }
    }

    fn worker<R: Read, O: Write>(
        &self,
        shared: &Shared<'_, R, O>,
        buffer: &mut [u8],
        first: Option<Filled>,
    ) {
        let _guard = Abandoned(shared);
        let mut filled = first.or_else(|| shared.fill::<W>(buffer));
        while let Some(segment) = filled {
            let worked = match segment.error {
                Some(error) => Worked {
                    out: 0,
                    failure: Some(PayloadError::Read(error)),
                },
                None => self
                    .work
                    .work(segment.first_chunk, buffer, segment.len, segment.last),
            };
            let Some(mut sink) = shared.await_turn(segment.number) else {
                return;
            };
            let result = sink.output.write_all(&buffer[..worked.out]);
            sink.written += worked.out as u64;
            sink.turn += 1;
            sink.failure = result.err().map(PayloadError::Write).or(worked.failure);
            let failed = sink.failure.is_some();
            drop(sink);
            shared.turned.notify_all();
            if failed {
                shared.source.lock().expect(LOCK).ended = true;
                return;
            }
            self.workers.done(segment.len);
            filled = shared.fill::<W>(buffer);
        }
    }
}

impl<R: Read, O> Shared<'_, R, O> {
    /// Reads the next segment; `None` where there is none.
    fn fill<W: Work>(&self, buffer: &mut [u8]) -> Option<Filled> {
        let mut source = self.source.lock().expect(LOCK);
        if source.ended {
            return None;
        }
        let (number, first_chunk) = (source.next, source.next_chunk);
        source.next += 1;
        let (len, error) = match source.fill(&mut buffer[W::LEAD..], W::INPUT) {
            Ok(len) => (len, None),
            Err(error) => {
                source.ended = true;
                (0, Some(error))
            }
        };
        source.next_chunk += (len / W::INPUT) as u64;
        Some(Filled {
            number,
            first_chunk,
            len,
            last: source.ended,
            error,
        })
    }

    /// Waits until all segments before this one are written; `None` where one of them failed.
    fn await_turn(&self, number: u64) -> Option<MutexGuard<'_, Sink<O>>> {
        let sink = self.sink.lock().expect(LOCK);
        let sink = self
            .turned
            .wait_while(sink, |sink| sink.turn != number && sink.failure.is_none())
            .expect(LOCK);
        sink.failure.is_none().then_some(sink)
    }
}

/// Ends the work of all if a worker panics: the others would wait for its turn for ever.
struct Abandoned<'a, 'b, R, O>(&'a Shared<'b, R, O>);

impl<R, O> Drop for Abandoned<'_, '_, R, O> {
    fn drop(&mut self) {
        if thread::panicking() {
            let mut sink = self.0.sink.lock().unwrap_or_else(PoisonError::into_inner);
            let panicked = || PayloadError::Write(io::Error::other("a thread failed"));
            sink.failure.get_or_insert_with(panicked);
            drop(sink);
            self.0.turned.notify_all();
        }
    }
}

impl<R: Read> Source<'_, R> {
    /// Fills the segment's chunks with `input` bytes each, and keeps what it read beyond them.
    fn fill(&mut self, buffer: &mut [u8], input: usize) -> io::Result<usize> {
        let mut len = 0;
        for chunk in 0..CHUNKS {
            // The byte after the last chunk tells whether the input goes on.
            let room = input + usize::from(chunk + 1 == CHUNKS);
            let place = &mut buffer[chunk * SEALED_CHUNK..][..room];
            let mut got = self.ahead.len();
            place[..got].copy_from_slice(&self.ahead);
            self.ahead.clear();
            while got < room {
                if len + got > input && self.has_to_wait() {
                    return Ok(self.end_early(&buffer[..], (len + got, input)));
                }
                let place = &mut buffer[chunk * SEALED_CHUNK..][..room];
                match self.input.read(&mut place[got..]) {
                    Ok(0) => {
                        self.ended = true;
                        return Ok(len + got);
                    }
                    Ok(read) => got += read,
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(error) => return Err(error),
                }
            }
            len += input;
            if room > input {
                let byte = buffer[chunk * SEALED_CHUNK + input];
                self.ahead.push(byte);
            }
        }
        Ok(len)
    }

    fn has_to_wait(&self) -> bool {
        self.arrival.is_some_and(Arrival::has_to_wait)
    }

    /// Ends a segment of which these bytes were read before its last chunk that is surely not the
    /// last of the input. Returns the length of the chunks before.
    fn end_early(&mut self, buffer: &[u8], (read, input): (usize, usize)) -> usize {
        let chunks = (read - 1) / input;
        let (whole, rest) = (chunks * input, read - chunks * input);
        // Room for a chunk at once, so that no copy is left behind where it would have grown.
        self.ahead.reserve_exact(input);
        self.ahead
            .extend_from_slice(&buffer[chunks * SEALED_CHUNK..][..rest]);
        whole
    }
}

/// Room for one segment and the byte read ahead.
fn buffer<W: Work>() -> Option<Vec<u8>> {
    work::buffer(W::LEAD + CHUNKS * SEALED_CHUNK + 1)
}

const LOCK: &str = "pipeline: a lock is poisoned only when a worker panicked, which ends the run";
