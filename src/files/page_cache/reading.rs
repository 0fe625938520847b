//! Reading that does not keep in memory what it had to fetch from the disk, if the file is large.

use std::fs::File;
use std::io::{self, IoSliceMut};

use bulla_age::stream::ReadAt;

use crate::files::file_system::Volume;
use crate::files::page_cache::{Care, uncached};

/// A file that is read at any offset, by several threads at once, each part once. What was in
/// memory before stays there.
#[derive(Debug)]
pub(crate) struct Reads<'a> {
    file: &'a File,
    care: Care,
}

impl<'a> Reads<'a> {
    /// A file of which so much is read.
    pub(in crate::files) fn new(file: &'a File, volume: Volume, len: u64) -> Self {
        Self {
            file,
            care: Care::of(len, volume),
        }
    }

    fn read_uncached(&self, parts: &mut [&mut [u8]], offset: u64) -> io::Result<usize> {
        let mut slices: Vec<_> = parts.iter_mut().map(|part| IoSliceMut::new(part)).collect();
        Ok(uncached::read(self.file, &mut slices, offset)?.unwrap_or(0))
    }
}

impl ReadAt for Reads<'_> {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.read_parts_at(&mut [buffer], offset)
    }

    fn read_parts_at(&self, parts: &mut [&mut [u8]], offset: u64) -> io::Result<usize> {
        let mut read = 0;
        if self.care == Care::Uncached {
            read = self.read_uncached(parts, offset)?;
        }
        // The end of the file, or all that can be read at once.
        let mut filled = 0;
        for part in parts {
            let done = read.saturating_sub(filled).min(part.len());
            let more = self
                .file
                .read_at(&mut part[done..], offset + (filled + done) as u64)?;
            filled += done + more;
            if done + more < part.len() {
                break;
            }
        }
        Ok(filled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_filled_one_after_the_other_up_to_the_end_of_the_file() {
        let contents: Vec<u8> = (0..300_000_u64).map(|at| (at * at / 7) as u8).collect();
        for place in ["/tmp", "/dev/shm"] {
            for care in [Care::None, Care::Uncached] {
                let named = tempfile::NamedTempFile::new_in(place).unwrap();
                std::fs::write(named.path(), &contents).unwrap();
                let reads = Reads {
                    file: named.as_file(),
                    care,
                };
                for (offset, lens) in [
                    (0, [70_000, 1, 4096]),
                    (4095, [4096, 0, 10]),
                    (250_000, [49_000, 1000, 1000]),
                    (250_000, [1000, 49_000, 10_000]),
                    (300_000, [1, 0, 1]),
                ] {
                    let mut buffers = lens.map(|len| vec![0; len]);
                    let mut parts: Vec<_> = buffers.iter_mut().map(|part| &mut part[..]).collect();
                    let read = reads.read_parts_at(&mut parts, offset as u64).unwrap();
                    let there = contents.len() - offset;
                    assert_eq!(read, there.min(lens.iter().sum()), "{offset} {care:?}");
                    let got = &buffers.concat()[..read];
                    assert!(got == &contents[offset..][..read], "{offset} {care:?}");
                }
            }
        }
    }
}
