//! Decompresses short frames on several threads, as one stream.

use std::collections::VecDeque;
use std::io::{self, BufRead, Read};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use crate::frames::Decoder;
use crate::frames::frame_bytes::{Found, read_frame};

/// Reads what is in zstd frames, as [`Decoder`] does. Frames that say that they are short, as ours
/// are, are decompressed ahead by other threads; from the first other frame on, everything is
/// decompressed by the thread that reads.
pub struct ParallelDecoder<R: BufRead> {
    /// `None` once the frames are over, or `rest` has it.
    input: Option<R>,
    most_window: u32,
    workers: Workers,
    /// The frames that are being decompressed, in order.
    frames: VecDeque<Receiver<io::Result<Vec<u8>>>>,
    /// The frame that is read, and how much of it was.
    frame: Vec<u8>,
    taken: usize,
    /// Buffers of frames that were read.
    buffers: Vec<Vec<u8>>,
    /// What follows the frames above.
    rest: Option<Rest<R>>,
}

/// What follows the frames that are decompressed ahead.
enum Rest<R: BufRead> {
    Failed(io::Error),
    Stream(Box<Decoder<Chained<R>>>),
}

/// The bytes of a frame that were read already, and everything after them.
type Chained<R> = io::BufReader<io::Chain<io::Cursor<Vec<u8>>, R>>;

struct Workers {
    /// `None` when they are to end.
    jobs: Option<Sender<Job>>,
    threads: Vec<JoinHandle<()>>,
}

struct Job {
    compressed: Vec<u8>,
    len: usize,
    buffer: Vec<u8>,
    done: SyncSender<io::Result<Vec<u8>>>,
}

impl<R: BufRead> ParallelDecoder<R> {
    /// Reads the frames of an input with this many other threads. Frames with a larger window than
    /// `1 << most_window` are refused.
    pub fn new(input: R, most_window: u32, threads: usize) -> Self {
        Self {
            input: Some(input),
            most_window,
            workers: Workers::start(threads),
            frames: VecDeque::new(),
            frame: Vec::new(),
            taken: 0,
            buffers: Vec::new(),
            rest: None,
        }
    }

    /// Reads frames ahead, one more than there are threads.
    fn read_ahead(&mut self) {
        while self.frames.len() <= self.workers.threads.len()
            && let Some(input) = &mut self.input
        {
            match read_frame(input) {
                Ok(Found::Short { bytes, len }) if !self.workers.threads.is_empty() => {
                    let buffer = self.buffers.pop().unwrap_or_default();
                    self.frames
                        .push_back(self.workers.decompress(bytes, len, buffer));
                }
                Ok(Found::Short { bytes, .. } | Found::Other(bytes)) => {
                    let input = self.input.take();
                    let chained = input.map(|input| io::Cursor::new(bytes).chain(input));
                    let decoder = chained.map(|chained| Decoder::new(chained, self.most_window));
                    self.rest = decoder.map(|decoder| match decoder {
                        Ok(decoder) => Rest::Stream(Box::new(decoder)),
                        Err(error) => Rest::Failed(error),
                    });
                }
                Ok(Found::End) => self.input = None,
                Err(error) => {
                    self.input = None;
                    self.rest = Some(Rest::Failed(error));
                }
            }
        }
    }
}

impl<R: BufRead> Read for ParallelDecoder<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            let left = &self.frame[self.taken..];
            if !left.is_empty() {
                let len = left.len().min(buffer.len());
                buffer[..len].copy_from_slice(&left[..len]);
                self.taken += len;
                return Ok(len);
            }
            self.read_ahead();
            let Some(next) = self.frames.pop_front() else {
                return match &mut self.rest {
                    Some(Rest::Stream(decoder)) => decoder.read(buffer),
                    Some(Rest::Failed(error)) => {
                        let kind = error.kind();
                        Err(std::mem::replace(error, kind.into()))
                    }
                    None => Ok(0),
                };
            };
            let frame = next.recv().map_err(|_| io::Error::other("a thread failed"));
            match frame.flatten() {
                Ok(frame) => {
                    self.buffers.push(std::mem::replace(&mut self.frame, frame));
                    self.taken = 0;
                }
                Err(error) => {
                    self.frames.clear();
                    self.input = None;
                    self.rest = Some(Rest::Failed(io::Error::from(error.kind())));
                    return Err(error);
                }
            }
        }
    }
}

impl Workers {
    fn start(threads: usize) -> Self {
        let (jobs, waiting) = channel();
        let waiting = Arc::new(Mutex::new(waiting));
        let start = |_| {
            let waiting = Arc::clone(&waiting);
            thread::Builder::new().spawn(move || work(&waiting)).ok()
        };
        Self {
            threads: (0..threads).map_while(start).collect(),
            jobs: Some(jobs),
        }
    }

    fn decompress(
        &self,
        compressed: Vec<u8>,
        len: usize,
        buffer: Vec<u8>,
    ) -> Receiver<io::Result<Vec<u8>>> {
        let (done, frame) = sync_channel(1);
        if let Some(jobs) = &self.jobs {
            // If all threads are gone, receiving fails.
            let _ = jobs.send(Job {
                compressed,
                len,
                buffer,
                done,
            });
        }
        frame
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        self.jobs = None;
        for thread in self.threads.drain(..) {
            // A panic was reported where it happened, and to the one who waited.
            let _ = thread.join();
        }
    }
}

/// Decompresses frames until there are no more.
fn work(waiting: &Mutex<Receiver<Job>>) {
    let mut decompressor = None;
    loop {
        let job = waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .recv();
        let Ok(job) = job else { return };
        let Job {
            compressed,
            len,
            mut buffer,
            done,
        } = job;
        buffer.clear();
        buffer.reserve_exact(len);
        let decompressed = decompressor
            .take()
            .map_or_else(zstd::bulk::Decompressor::new, Ok)
            .and_then(|mut with| {
                with.decompress_to_buffer(&compressed, &mut buffer)?;
                decompressor = Some(with);
                Ok(())
            });
        let frame = decompressed.and_then(|()| {
            if buffer.len() == len {
                return Ok(buffer);
            }
            let text = "a zstd frame has another length than it says";
            Err(io::Error::new(io::ErrorKind::InvalidData, text))
        });
        // Nobody may be waiting any more.
        let _ = done.send(frame);
    }
}
