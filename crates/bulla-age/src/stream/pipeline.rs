//! Streams: every worker reads a segment in its turn, works on it, and writes it in its turn.
//!
//! Segments are numbered under the lock of the input and written under that of the output, in the
//! order of their numbers. So the order of the output, the first failure, and the bound on memory
//! (one segment a worker) come from the same two locks, and a segment stays in its worker's cache
//! from reading to writing.

use std::io::{self, Read, Write};
use std::sync::{Condvar, Mutex, MutexGuard};
use std::thread;

use crate::stream::chunk::SEALED_CHUNK;
use crate::stream::error::PayloadError;
use crate::stream::work::{CHUNKS, Work, Worked, Workers};

pub(crate) struct Pipeline<'a, W> {
    pub(crate) work: &'a W,
    pub(crate) workers: &'a Workers,
}

/// The input, and what is known of it.
struct Source<R> {
    input: R,
    /// The number of the next segment.
    next: u64,
    /// One byte read ahead, to know whether a full segment is the last.
    ahead: Option<u8>,
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
    len: usize,
    last: bool,
    error: Option<io::Error>,
}

struct Shared<R, O> {
    source: Mutex<Source<R>>,
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
                next: 0,
                ahead: None,
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
        let mut buffer = buffer::<W>();
        if let Some(first) = shared.fill::<W>(&mut buffer) {
            // Only an input of more than one segment is worth another thread.
            let segments = (first.last || first.error.is_some()).then_some(1);
            let others = self.workers.needed(segments) - 1;
            thread::scope(|scope| {
                for _ in 0..others {
                    scope.spawn(|| self.worker(&shared, &mut self::buffer::<W>(), None));
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
        shared: &Shared<R, O>,
        buffer: &mut [u8],
        first: Option<Filled>,
    ) {
        let mut filled = first.or_else(|| shared.fill::<W>(buffer));
        while let Some(segment) = filled {
            let worked = match segment.error {
                Some(error) => Worked {
                    out: 0,
                    failure: Some(PayloadError::Read(error)),
                },
                None => self.work.work(
                    segment.number * CHUNKS as u64,
                    buffer,
                    segment.len,
                    segment.last,
                ),
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

impl<R: Read, O> Shared<R, O> {
    /// Reads the next segment; `None` where there is none.
    fn fill<W: Work>(&self, buffer: &mut [u8]) -> Option<Filled> {
        let mut source = self.source.lock().expect(LOCK);
        if source.ended {
            return None;
        }
        let number = source.next;
        source.next += 1;
        let (len, error) = match source.fill(&mut buffer[W::LEAD..], W::INPUT) {
            Ok(len) => (len, None),
            Err(error) => {
                source.ended = true;
                (0, Some(error))
            }
        };
        Some(Filled {
            number,
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

impl<R: Read> Source<R> {
    /// Fills the segment's chunks with `input` bytes each. The last chunk's place is one byte
    /// longer than that, for the byte that tells whether the input goes on.
    fn fill(&mut self, buffer: &mut [u8], input: usize) -> io::Result<usize> {
        let mut len = 0;
        for chunk in 0..CHUNKS {
            let room = input + usize::from(chunk + 1 == CHUNKS);
            let place = &mut buffer[chunk * SEALED_CHUNK..][..room];
            let ahead = self.ahead.take();
            if let Some(byte) = ahead {
                place[0] = byte;
            }
            let kept = usize::from(ahead.is_some());
            let got = kept + read_full(&mut self.input, &mut place[kept..])?;
            len += got.min(input);
            if got < room {
                self.ended = true;
                return Ok(len);
            }
            if room > input {
                self.ahead = Some(place[input]);
            }
        }
        Ok(len)
    }
}

/// Room for one segment and the byte read ahead.
fn buffer<W: Work>() -> Vec<u8> {
    vec![0; W::LEAD + CHUNKS * SEALED_CHUNK + 1]
}

fn read_full(input: &mut impl Read, mut buffer: &mut [u8]) -> io::Result<usize> {
    let wanted = buffer.len();
    while !buffer.is_empty() {
        match input.read(buffer) {
            Ok(0) => break,
            Ok(read) => buffer = &mut buffer[read..],
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(wanted - buffer.len())
}

const LOCK: &str = "pipeline: a lock is poisoned only when a worker panicked, which ends the run";
