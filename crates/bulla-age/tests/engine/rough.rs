//! Rough inputs and outputs: short reads and writes, interruptions, delays, and faults at a given
//! byte.

use std::io::{self, Read, Write};
use std::sync::Mutex;

use bulla_age::stream::{ReadAt, WriteAt};

/// Numbers generated from a seed (SplitMix64), so that every case can be repeated.
#[derive(Clone)]
pub(crate) struct Numbers(pub(crate) u64);

impl Numbers {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`, which must not be 0.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).unwrap()
    }

    /// Returns true once in `times` calls on average.
    pub(crate) fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }
}

/// The behavior of an input or output.
#[derive(Clone)]
pub(crate) struct Manners {
    pub(crate) numbers: Numbers,
    /// The most bytes it transfers at once.
    pub(crate) most: usize,
    /// Fails when the byte at this offset is requested.
    pub(crate) fault: Option<usize>,
}

impl Manners {
    /// Returns how many of `wanted` bytes at `at` are transferred now.
    fn serve(&mut self, at: usize, wanted: usize) -> io::Result<usize> {
        match self.numbers.below(16) {
            0 => return Err(io::ErrorKind::Interrupted.into()),
            1 | 2 => std::thread::yield_now(),
            _ => {}
        }
        let before = self.fault.map_or(usize::MAX, |fault| fault - at);
        if before == 0 && wanted > 0 {
            return Err(io::Error::other("planted"));
        }
        let short = if self.numbers.once_in(4) {
            self.numbers.below(self.most) + 1
        } else {
            self.most
        };
        Ok(wanted.min(before).min(short))
    }
}

/// An input stream.
pub(crate) struct Input<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) at: usize,
    pub(crate) manners: Manners,
}

impl Read for Input<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let served = self
            .manners
            .serve(self.at, buffer.len())?
            .min(self.bytes.len() - self.at);
        buffer[..served].copy_from_slice(&self.bytes[self.at..self.at + served]);
        self.at += served;
        Ok(served)
    }
}

/// An output stream that keeps its bytes.
pub(crate) struct Output<'a> {
    pub(crate) kept: &'a mut Vec<u8>,
    pub(crate) manners: Manners,
}

impl Write for Output<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let served = self.manners.serve(self.kept.len(), bytes.len())?;
        self.kept.extend_from_slice(&bytes[..served]);
        Ok(served)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Positioned input after an offset, as in a file.
pub(crate) struct Place<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) offset: usize,
    pub(crate) fault: Option<usize>,
}

impl ReadAt for Place<'_> {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let start = usize::try_from(offset).unwrap() - self.offset;
        if offset % 7 < 2 {
            std::thread::yield_now();
        }
        if self
            .fault
            .is_some_and(|fault| (start..start + buffer.len()).contains(&fault))
        {
            return Err(io::Error::other("planted"));
        }
        let rest = self.bytes.get(start..).unwrap_or_default();
        let len = rest.len().min(buffer.len());
        buffer[..len].copy_from_slice(&rest[..len]);
        Ok(len)
    }
}

/// Positioned output after an offset.
pub(crate) struct Room {
    pub(crate) kept: Mutex<Vec<u8>>,
    pub(crate) offset: usize,
    pub(crate) fault: Option<usize>,
}

impl WriteAt for Room {
    fn write_all_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        let start = usize::try_from(offset).unwrap() - self.offset;
        let end = start + bytes.len();
        if self
            .fault
            .is_some_and(|fault| (start..end).contains(&fault))
        {
            return Err(io::Error::other("planted"));
        }
        let mut kept = self.kept.lock().unwrap();
        if kept.len() < end {
            let gap = vec![0xee; end - kept.len()];
            kept.extend_from_slice(&gap);
        }
        kept[start..end].copy_from_slice(bytes);
        Ok(())
    }
}
