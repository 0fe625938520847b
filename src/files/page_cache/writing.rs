//! Writing that begins to be written out at once, and does not stay in memory if it is large.
//!
//! Where the kernel cannot write past the page cache, it is advised in windows that what was
//! written is not needed. It then begins to write them out, and drops what is on the disk. An error
//! of that is reported by the final sync.

use std::collections::HashSet;
use std::fs::File;
use std::io;
use std::num::NonZeroU64;
use std::sync::{Mutex, PoisonError};

use bulla_age::stream::WriteAt;

use crate::files::file_system::Volume;
use crate::files::page_cache::{Care, uncached};
use crate::files::streams::patience;
use crate::files::system::not_needed;

/// The bytes that begin to be written out together.
const WINDOW: u64 = 8 << 20;

/// A window should be on the disk when this many after it were written.
const LAG: u64 = 4;

/// The fewest bytes written past the page cache at once: each write is one to the disk.
const PIECE: usize = 256 << 10;

/// A file that is written at any offset, by several threads at once.
#[derive(Debug)]
pub(crate) struct Writes<'a> {
    file: &'a File,
    care: Care,
    /// The pages of which one part is written.
    halves: Mutex<HashSet<u64>>,
}

impl<'a> Writes<'a> {
    /// A file that will have about this length.
    pub(in crate::files) fn new(file: &'a File, volume: Volume, len: u64) -> Self {
        Self {
            file,
            care: Care::of(len, volume),
            halves: Mutex::default(),
        }
    }

    /// Writes past the page cache.
    ///
    /// A page that two pieces share stays in memory until the second piece is written, and is
    /// written out with that: otherwise it would have to be read from the disk again.
    fn write_uncached(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        let page = rustix::param::page_size() as u64;
        let end = offset + bytes.len() as u64;
        if offset / page == end / page {
            return self.file.write_all_at(bytes, offset);
        }
        let (mut from, mut to) = (offset, end);
        if self.is_first_part(offset, page) {
            from = offset.next_multiple_of(page);
        }
        if self.is_first_part(end, page) {
            to = end - end % page;
        }
        let at = |position: u64| {
            usize::try_from(position - offset).expect("write: it is at most their length")
        };
        self.file.write_all_at(&bytes[..at(from)], offset)?;
        let mut done = at(from);
        while done < at(to) {
            let position = offset + done as u64;
            match uncached::write(self.file, &bytes[done..at(to)], Some(position))? {
                Some(0) => return Err(io::ErrorKind::WriteZero.into()),
                Some(written) => done += written,
                None => {
                    self.file.write_all_at(&bytes[done..at(to)], position)?;
                    begin_storing(self.file, (offset, end), self.care);
                    done = at(to);
                }
            }
        }
        self.file.write_all_at(&bytes[at(to)..], to)
    }

    /// Returns whether a piece that ends or begins here shares a page with another one that is not
    /// written yet.
    fn is_first_part(&self, offset: u64, page: u64) -> bool {
        if offset.is_multiple_of(page) {
            return false;
        }
        let mut halves = self.halves.lock().unwrap_or_else(PoisonError::into_inner);
        let number = offset / page;
        !halves.remove(&number) && halves.insert(number)
    }
}

impl WriteAt for Writes<'_> {
    fn write_all_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        if self.care == Care::Uncached {
            return self.write_uncached(bytes, offset);
        }
        self.file.write_all_at(bytes, offset)?;
        begin_storing(self.file, (offset, offset + bytes.len() as u64), self.care);
        Ok(())
    }
}

/// Writes to a file that is written from its beginning to its end. `at` is where it stands.
pub(in crate::files) fn append(
    file: &File,
    volume: Volume,
    bytes: &[u8],
    at: u64,
) -> io::Result<usize> {
    let end = at + bytes.len() as u64;
    let care = Care::of(end, volume);
    if care == Care::Uncached && bytes.len() >= PIECE {
        // The next piece completes the last page.
        let whole = bytes.len() - (end % rustix::param::page_size() as u64) as usize;
        if let Some(written) = uncached::write(file, &bytes[..whole], None)? {
            return Ok(written);
        }
    }
    let written = patience::write(file, bytes)?;
    begin_storing(file, (at, at + written as u64), care);
    Ok(written)
}

/// Drops from memory what is on the disk of a large file.
pub(in crate::files) fn forget(file: &File, volume: Volume) {
    let len = file.metadata().map_or(0, |found| found.len());
    if Care::of(len, volume) == Care::Uncached {
        not_needed(file, 0, None);
    }
}

/// Begins to write out the windows before those that end in this range. Other threads may still
/// write to those.
fn begin_storing(file: &File, (from, to): (u64, u64), care: Care) {
    if care == Care::None {
        return;
    }
    for ended in from / WINDOW..to / WINDOW {
        let back = |windows| ended.checked_sub(windows).map(|window| window * WINDOW);
        if let Some(start) = back(1) {
            not_needed(file, start, NonZeroU64::new(WINDOW));
        }
        if care == Care::Uncached
            && let Some(start) = back(LAG)
        {
            not_needed(file, start, NonZeroU64::new(WINDOW));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread;

    fn contents(len: usize) -> Vec<u8> {
        (0..len).map(|at| (at * at / 7) as u8).collect()
    }

    fn each_place(test: impl Fn(File, &std::path::Path)) {
        for place in ["/tmp", "/dev/shm"] {
            let file = tempfile::NamedTempFile::new_in(place).unwrap();
            test(file.reopen().unwrap(), file.path());
        }
    }

    #[test]
    fn pieces_of_any_length_in_any_order_are_all_written() {
        let contents = contents(3_000_001);
        for care in [Care::None, Care::Early, Care::Uncached] {
            for piece in [100, 4095, 4096, 70_001, 1 << 20] {
                each_place(|file, path| {
                    let writes = Writes {
                        file: &file,
                        care,
                        halves: Mutex::default(),
                    };
                    let count = contents.len().div_ceil(piece);
                    let next = AtomicUsize::new(0);
                    thread::scope(|scope| {
                        for _ in 0..3 {
                            scope.spawn(|| {
                                loop {
                                    let taken = next.fetch_add(1, Ordering::Relaxed);
                                    if taken >= count {
                                        return;
                                    }
                                    // Neighbours change places.
                                    let other = taken ^ 1;
                                    let number = if other < count { other } else { taken };
                                    let start = number * piece;
                                    let end = contents.len().min(start + piece);
                                    let part = &contents[start..end];
                                    writes.write_all_at(part, 13 + start as u64).unwrap();
                                }
                            });
                        }
                    });
                    let written = std::fs::read(path).unwrap();
                    assert!(written[13..] == contents, "{care:?} {piece} {path:?}");
                });
            }
        }
    }

    #[test]
    fn a_page_that_two_pieces_share_is_kept_until_both_are_written() {
        each_place(|file, _| {
            let writes = Writes {
                file: &file,
                care: Care::Uncached,
                halves: Mutex::default(),
            };
            let page = rustix::param::page_size();
            let shared = || writes.halves.lock().unwrap().len();
            writes.write_all_at(&vec![1; 3 * page], 10).unwrap();
            assert_eq!(shared(), 2, "its first and its last page");
            writes
                .write_all_at(&vec![2; 2 * page - 10], 3 * page as u64 + 10)
                .unwrap();
            assert_eq!(shared(), 1, "its first page");
        });
    }

    #[test]
    fn a_long_stream_is_written_whole() {
        let contents = contents(1_000_003);
        each_place(|file, path| {
            // As if most of it had been written.
            let mut at = LARGE_AND_UNEVEN;
            let mut rest = &contents[..];
            while !rest.is_empty() {
                let piece = &rest[..rest.len().min(300_000)];
                let written = append(&file, Volume::Local, piece, at).unwrap();
                at += written as u64;
                rest = &rest[written..];
            }
            assert!(std::fs::read(path).unwrap() == contents, "{path:?}");
        });
    }

    const LARGE_AND_UNEVEN: u64 = crate::files::page_cache::LARGE + 5;
}
