//! A buffer that several threads read and write at once, in place of a file.

use std::io;
use std::ops::Range;
use std::sync::{Mutex, MutexGuard};

use bulla_age::stream::{ReadAt, WriteAt};

/// Bytes under one lock. Two workers contend only at the ends of their segments.
pub(super) const PIECE: usize = 64 << 10;

/// Bytes in memory, of a fixed length. Concurrent writes to the same bytes may mix, as in a file.
pub(crate) struct Memory {
    pieces: Vec<Mutex<Box<[u8]>>>,
}

impl Memory {
    /// Allocates `len` bytes of `value`, touching every page so that none is faulted in later.
    pub(crate) fn filled(value: u8, len: usize) -> Self {
        let piece = |start: usize| {
            let mut bytes = vec![0; PIECE.min(len - start)];
            bytes.fill(std::hint::black_box(value));
            Mutex::new(bytes.into_boxed_slice())
        };
        Self {
            pieces: (0..len).step_by(PIECE).map(piece).collect(),
        }
    }

    /// Calls `copy` for each contiguous stretch of the `len` bytes from `offset`, or of as many as
    /// exist, with the stretch and its range within the whole. Returns the number of bytes.
    fn stretches(
        &self,
        offset: u64,
        len: usize,
        mut copy: impl FnMut(&mut [u8], Range<usize>),
    ) -> usize {
        let start = usize::try_from(offset).unwrap_or(usize::MAX);
        let (mut number, mut within, mut done) = (start / PIECE, start % PIECE, 0);
        while done < len
            && let Some(piece) = self.pieces.get(number)
        {
            let mut piece = lock(piece);
            let Some(stretch) = piece
                .get_mut(within..)
                .filter(|stretch| !stretch.is_empty())
            else {
                break;
            };
            let size = stretch.len().min(len - done);
            copy(&mut stretch[..size], done..done + size);
            (number, within, done) = (number + 1, 0, done + size);
        }
        done
    }
}

impl ReadAt for Memory {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        Ok(self.stretches(offset, buffer.len(), |stretch, part| {
            buffer[part].copy_from_slice(stretch)
        }))
    }
}

impl WriteAt for Memory {
    /// Fails past the end, because the length is fixed.
    fn write_all_at(&self, buffer: &[u8], offset: u64) -> io::Result<()> {
        match self.stretches(offset, buffer.len(), |stretch, part| {
            stretch.copy_from_slice(&buffer[part])
        }) {
            done if done == buffer.len() => Ok(()),
            _ => Err(io::ErrorKind::WriteZero.into()),
        }
    }
}

impl std::fmt::Debug for Memory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Memory(…)")
    }
}

fn lock(piece: &Mutex<Box<[u8]>>) -> MutexGuard<'_, Box<[u8]>> {
    piece.lock().expect("memory: copying bytes does not panic")
}
