//! Files seekable on both ends: workers claim segments, read them at their offset, work in place
//! and write them at theirs. No order, no channel, no copy between threads.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use crate::stream::chunk::{CHUNK, SEALED_CHUNK};
use crate::stream::error::PayloadError;
use crate::stream::positioned::{ReadAt, WriteAt};
use crate::stream::work::{self, CHUNKS, Work, Workers};

/// An offset in an input or output.
#[derive(Debug)]
pub struct At<'a, T: ?Sized> {
    /// The input or output.
    pub place: &'a T,
    /// The offset at which the payload (or the plaintext) begins, in bytes.
    pub offset: u64,
}

pub(crate) struct Segments<'a, W> {
    pub(crate) work: &'a W,
    pub(crate) workers: &'a Workers,
}

/// What the workers share.
struct Plan<'a, I: ?Sized, O: ?Sized> {
    input: At<'a, I>,
    output: At<'a, O>,
    len: u64,
    count: u64,
    next: AtomicU64,
    /// The number of the first segment known to have failed; none before it is skipped.
    failed: AtomicU64,
    failure: Mutex<Option<PayloadError>>,
    written: AtomicU64,
}

impl<W: Work> Segments<'_, W> {
    pub(crate) fn run<I: ReadAt + ?Sized, O: WriteAt + ?Sized>(
        &self,
        input: At<'_, I>,
        len: u64,
        output: At<'_, O>,
    ) -> Result<u64, PayloadError> {
        let mut buffer = Self::buffer(len).ok_or(PayloadError::Memory)?;
        let count = len.div_ceil(Self::input_len()).max(1);
        let plan = Plan {
            input,
            output,
            len,
            count,
            next: AtomicU64::new(0),
            failed: AtomicU64::new(u64::MAX),
            failure: Mutex::new(None),
            written: AtomicU64::new(0),
        };
        thread::scope(|scope| {
            for _ in 1..self.workers.needed(Some(count)) {
                // Without memory or threads for more, the others do its work.
                let work = || {
                    if let Some(mut buffer) = Self::buffer(len) {
                        self.worker(&plan, &mut buffer);
                    }
                };
                if thread::Builder::new().spawn_scoped(scope, work).is_err() {
                    break;
                }
            }
            self.worker(&plan, &mut buffer);
        });
        match plan.failure.into_inner().expect(LOCK) {
            Some(failure) => Err(failure),
            None => Ok(plan.written.into_inner()),
        }
    }

    /// Room for one segment of an input of this length.
    fn buffer(len: u64) -> Option<Vec<u8>> {
        let chunks = usize::try_from(len.div_ceil(W::INPUT as u64))
            .unwrap_or(usize::MAX)
            .clamp(1, CHUNKS);
        work::buffer(W::LEAD + chunks * SEALED_CHUNK)
    }

    fn worker<I: ReadAt + ?Sized, O: WriteAt + ?Sized>(
        &self,
        plan: &Plan<'_, I, O>,
        buffer: &mut [u8],
    ) {
        loop {
            let number = plan.next.fetch_add(1, Ordering::Relaxed);
            if number >= plan.count || number > plan.failed.load(Ordering::Acquire) {
                return;
            }
            match self.segment(plan, number, buffer) {
                Ok((taken, given)) => {
                    plan.written.fetch_add(given as u64, Ordering::Relaxed);
                    self.workers.done(taken);
                }
                Err(failure) => return plan.fail(number, failure),
            }
        }
    }

    /// Reads, works on and writes one segment; gives the bytes read and written.
    fn segment<I: ReadAt + ?Sized, O: WriteAt + ?Sized>(
        &self,
        plan: &Plan<'_, I, O>,
        number: u64,
        buffer: &mut [u8],
    ) -> Result<(usize, usize), PayloadError> {
        let start = number * Self::input_len();
        let len = usize::try_from((plan.len - start).min(Self::input_len()))
            .expect("segment: it is at most 1 MiB");
        let offset = plan.input.offset + start;
        let places = &mut buffer[W::LEAD..];
        if W::INPUT == SEALED_CHUNK {
            read_exact(plan.input.place, &mut [&mut places[..len]], offset)?;
        } else {
            let chunks = places.chunks_mut(SEALED_CHUNK).zip((0..len).step_by(CHUNK));
            let mut places: Vec<_> = chunks
                .map(|(place, at)| &mut place[..CHUNK.min(len - at)])
                .collect();
            read_exact(plan.input.place, &mut places, offset)?;
        }
        let worked = self.work.work(
            number * CHUNKS as u64,
            buffer,
            len,
            number + 1 == plan.count,
        );
        if let Some(failure) = worked.failure {
            return Err(failure);
        }
        let to = plan.output.offset + number * (CHUNKS * W::OUTPUT) as u64;
        plan.output
            .place
            .write_all_at(&buffer[..worked.out], to)
            .map_err(PayloadError::Write)?;
        Ok((len, worked.out))
    }

    fn input_len() -> u64 {
        (CHUNKS * W::INPUT) as u64
    }
}

impl<I: ?Sized, O: ?Sized> Plan<'_, I, O> {
    /// Keeps the failure that comes first in the payload. Segments before it are claimed already,
    /// so each of them is still worked on and may replace it.
    fn fail(&self, number: u64, failure: PayloadError) {
        let mut kept = self.failure.lock().expect(LOCK);
        if number < self.failed.fetch_min(number, Ordering::AcqRel) {
            *kept = Some(failure);
        }
    }
}

fn read_exact(
    input: &(impl ReadAt + ?Sized),
    parts: &mut [&mut [u8]],
    offset: u64,
) -> Result<(), PayloadError> {
    let wanted: usize = parts.iter().map(|part| part.len()).sum();
    match input.read_parts_at(parts, offset) {
        Ok(read) if read == wanted => Ok(()),
        Ok(_) => Err(PayloadError::Shrunk),
        Err(error) => Err(PayloadError::Read(error)),
    }
}

const LOCK: &str = "segments: a lock is poisoned only when a worker panicked, which ends the run";
