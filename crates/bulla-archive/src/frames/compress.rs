//! Compresses a tar file on all cores, as a stream.

use std::collections::{BTreeMap, VecDeque};
use std::io::{self, Read};
use std::num::NonZeroUsize;
use std::ops::RangeInclusive;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, Scope, available_parallelism};

use crate::frames::seek_table::{self, Sizes, table_len};
use crate::frames::{CATALOGUE, FRAME, PADDING, SKIPPABLE, skippable};
use crate::padding::padme;

/// The levels of compression. Higher ones of zstd need windows that not every program reads.
pub const LEVELS: RangeInclusive<i32> = 1..=19;

/// The most padding in one skippable frame. It is far below what the length of a frame can be.
const MOST_PADDING: u64 = 1 << 30;

/// A tar file as a stream, with its catalogue.
pub trait TarStream: Read {
    /// Returns the catalogue, once the stream was read to its end. It is returned once.
    ///
    /// # Errors
    /// If it cannot be made.
    fn take_catalogue(&mut self) -> io::Result<Vec<u8>>;
}

impl<T: TarStream + ?Sized> TarStream for &mut T {
    fn take_catalogue(&mut self) -> io::Result<Vec<u8>> {
        (**self).take_catalogue()
    }
}

/// How a tar file is compressed.
#[derive(Clone, Copy, Debug)]
pub struct Compression {
    /// One of [`LEVELS`].
    pub level: i32,
    /// The most threads; 0 stands for as many as there are cores.
    pub threads: usize,
    /// Whether to round up the length of the result with [`padme`].
    pub pads: bool,
}

/// The compressed file, as a stream. Threads read the tar file ahead and compress a frame each; the
/// same tar file gives the same frames with any number of threads.
pub struct Compressor<R: TarStream> {
    shared: Arc<Shared<R>>,
    pads: bool,
    frames: Vec<Sizes>,
    /// What comes next.
    pieces: VecDeque<Piece>,
    has_ended: bool,
}

/// Bytes of the compressed file.
enum Piece {
    Bytes(io::Cursor<Vec<u8>>),
    Zeros(io::Take<io::Repeat>),
}

struct Shared<R> {
    input: Mutex<Input<R>>,
    ready: Mutex<Ready>,
    changed: Condvar,
    /// How many frames are compressed ahead of the one that is read.
    ahead: u64,
}

struct Input<R> {
    stream: R,
    /// The index of the next frame; `None` after the last one, or after a failure.
    next: Option<u64>,
}

#[derive(Default)]
struct Ready {
    frames: BTreeMap<u64, Frame>,
    /// The index of the frame that is read next.
    next: u64,
    /// The number of frames, once it is known.
    count: Option<u64>,
    failure: Option<io::Error>,
    /// Whether nobody reads the frames any more.
    is_abandoned: bool,
}

struct Frame {
    bytes: Vec<u8>,
    decompressed: u32,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<R: TarStream + Send> Compressor<R> {
    /// Starts to compress a tar file with threads of this scope. They end when the compressor is
    /// dropped.
    ///
    /// # Errors
    /// If not even one thread can be started.
    pub fn start<'scope>(
        scope: &'scope Scope<'scope, '_>,
        stream: R,
        compression: Compression,
    ) -> io::Result<Self>
    where
        R: 'scope,
    {
        let threads = match compression.threads {
            0 => available_parallelism().map_or(1, NonZeroUsize::get),
            threads => threads,
        };
        let shared = Arc::new(Shared {
            input: Mutex::new(Input {
                stream,
                next: Some(0),
            }),
            ready: Mutex::default(),
            changed: Condvar::new(),
            ahead: threads as u64,
        });
        for started in 0..threads {
            let worker = Arc::clone(&shared);
            let spawned =
                thread::Builder::new().spawn_scoped(scope, move || worker.work(compression.level));
            match spawned {
                Err(error) if started == 0 => return Err(error),
                // The others do its work.
                Err(_) => break,
                Ok(_) => {}
            }
        }
        Ok(Self {
            shared,
            pads: compression.pads,
            frames: Vec::new(),
            pieces: VecDeque::new(),
            has_ended: false,
        })
    }

    /// Waits for the next frame; `None` after the last one.
    fn next_frame(&self) -> io::Result<Option<Frame>> {
        let mut ready = locked(&self.shared.ready);
        loop {
            let next = ready.next;
            if let Some(frame) = ready.frames.remove(&next) {
                ready.next += 1;
                self.shared.changed.notify_all();
                return Ok(Some(frame));
            }
            if ready.count == Some(next) {
                return Ok(None);
            }
            if let Some(error) = ready.failure.take() {
                return Err(error);
            }
            ready = self
                .shared
                .changed
                .wait(ready)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Prepares what follows the frames of the tar file.
    fn end(&mut self) -> io::Result<()> {
        let catalogue = locked(&self.shared.input).stream.take_catalogue()?;
        let written: u64 = self
            .frames
            .iter()
            .map(|sizes| u64::from(sizes.compressed))
            .sum();
        let catalogue_len = (SKIPPABLE + catalogue.len()) as u64;
        let before_padding = written + catalogue_len;
        let lengths = if self.pads {
            padding(before_padding, self.frames.len() + 1)
        } else {
            Vec::new()
        };
        for len in lengths {
            self.skip(PADDING, len);
            self.pieces
                .push_back(Piece::Zeros(io::repeat(0).take(u64::from(len))));
        }
        // Without a catalogue, or without a table, the file is still whole.
        let Ok(len) = u32::try_from(catalogue.len()) else {
            return Ok(());
        };
        self.skip(CATALOGUE, len);
        self.pieces.push_back(Piece::bytes(catalogue));
        if let Some(table) = seek_table::to_bytes(&self.frames) {
            self.pieces.push_back(Piece::bytes(table));
        }
        Ok(())
    }

    /// Begins a skippable frame.
    fn skip(&mut self, mark: u32, len: u32) {
        self.pieces
            .push_back(Piece::bytes(skippable(mark, len).to_vec()));
        self.frames.push(Sizes {
            compressed: len.saturating_add(SKIPPABLE as u32),
            decompressed: 0,
        });
    }
}

/// Returns the lengths of the skippable frames that pad a file of `written` bytes, to which a table
/// with `frames` frames and the padding is added.
fn padding(written: u64, frames: usize) -> Vec<u32> {
    let mut count = 1;
    loop {
        let len = written + count * SKIPPABLE as u64 + table_len(frames + count as usize);
        let missing = padme(len) - len;
        if missing <= count * MOST_PADDING {
            let most = |_| {
                let len = missing.min(MOST_PADDING);
                u32::try_from(len).unwrap_or(u32::MAX)
            };
            let mut lengths: Vec<u32> = (0..count).map(most).collect();
            let before: u64 = lengths[1..].iter().map(|len| u64::from(*len)).sum();
            lengths[0] = u32::try_from(missing - before.min(missing)).unwrap_or(u32::MAX);
            return lengths;
        }
        count += 1;
    }
}

impl<R: TarStream> Shared<R> {
    /// Compresses frames until there are no more.
    fn work(&self, level: i32) {
        if let Err(error) = self.compress(level) {
            locked(&self.input).next = None;
            locked(&self.ready).failure.get_or_insert(error);
            self.changed.notify_all();
        }
    }

    fn compress(&self, level: i32) -> io::Result<()> {
        let mut compressor = zstd::bulk::Compressor::new(level)?;
        let mut buffer = vec![0; FRAME];
        loop {
            let Some((index, len)) = self.read(&mut buffer)? else {
                return Ok(());
            };
            let bytes = compressor.compress(&buffer[..len])?;
            let frame = Frame {
                bytes,
                decompressed: u32::try_from(len).unwrap_or(u32::MAX),
            };
            let ready = locked(&self.ready);
            let mut ready = self
                .changed
                .wait_while(ready, |ready| {
                    !ready.is_abandoned && index >= ready.next + self.ahead
                })
                .unwrap_or_else(PoisonError::into_inner);
            if ready.is_abandoned {
                return Ok(());
            }
            ready.frames.insert(index, frame);
            self.changed.notify_all();
        }
    }

    /// Reads what goes into the next frame. Returns its index and length.
    fn read(&self, buffer: &mut [u8]) -> io::Result<Option<(u64, usize)>> {
        let mut input = locked(&self.input);
        let Some(index) = input.next else {
            return Ok(None);
        };
        if locked(&self.ready).is_abandoned {
            return Ok(None);
        }
        let mut len = 0;
        while len < buffer.len() {
            match input.stream.read(&mut buffer[len..]) {
                Ok(0) => break,
                Ok(read) => len += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        let frames = index + u64::from(len > 0);
        if len == buffer.len() {
            input.next = Some(frames);
        } else {
            input.next = None;
            locked(&self.ready).count = Some(frames);
            self.changed.notify_all();
        }
        Ok((len > 0).then_some((index, len)))
    }
}

impl Piece {
    fn bytes(bytes: Vec<u8>) -> Self {
        Self::Bytes(io::Cursor::new(bytes))
    }
}

impl<R: TarStream + Send> Read for Compressor<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            if let Some(piece) = self.pieces.front_mut() {
                let read = match piece {
                    Piece::Bytes(bytes) => bytes.read(buffer)?,
                    Piece::Zeros(zeros) => zeros.read(buffer)?,
                };
                if read > 0 {
                    return Ok(read);
                }
                self.pieces.pop_front();
            } else if self.has_ended {
                return Ok(0);
            } else if let Some(frame) = self.next_frame()? {
                self.frames.push(Sizes {
                    compressed: u32::try_from(frame.bytes.len()).unwrap_or(u32::MAX),
                    decompressed: frame.decompressed,
                });
                self.pieces.push_back(Piece::bytes(frame.bytes));
            } else {
                self.has_ended = true;
                self.end()?;
            }
        }
    }
}

impl<R: TarStream> Drop for Compressor<R> {
    fn drop(&mut self) {
        locked(&self.shared.ready).is_abandoned = true;
        self.shared.changed.notify_all();
    }
}
