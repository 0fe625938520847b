//! What stays in memory of the files that are read and written (the page cache).
//!
//! Left alone, the kernel keeps all of a large file, for which it drops what other programs use,
//! and begins to write it out only at the final sync. Here a file begins to be written out at once,
//! and a large one does not stay in memory.

mod reading;
mod writing;

use std::sync::atomic::{AtomicBool, Ordering};

use crate::files::file_system::Volume;

pub(crate) use reading::Reads;
pub(crate) use writing::Writes;
pub(super) use writing::{append, forget};

/// A file of this length begins to be written out at once.
const EARLY: u64 = 16 << 20;

/// A file of this length does not stay in memory.
const LARGE: u64 = 128 << 20;

static KEEPS_ALL: AtomicBool = AtomicBool::new(false);

/// Keeps large files in memory, too, from now on.
pub(crate) fn keep_cached() {
    KEEPS_ALL.store(true, Ordering::Relaxed);
}

/// How a file is written or read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Care {
    /// The kernel decides everything.
    None,
    /// It begins to be written out at once, and stays in memory.
    Early,
    /// It does not stay in memory.
    Uncached,
}

impl Care {
    fn of(len: u64, volume: Volume) -> Self {
        if !volume.has_disk() || len < EARLY {
            Self::None
        } else if len < LARGE || KEEPS_ALL.load(Ordering::Relaxed) {
            Self::Early
        } else {
            Self::Uncached
        }
    }
}

/// Reading and writing past the page cache (Linux 6.14 and later, on some file systems).
#[cfg(target_os = "linux")]
mod uncached {
    use std::fs::File;
    use std::io::{IoSlice, IoSliceMut};

    use rustix::io::{Errno, ReadWriteFlags, preadv2, pwritev2, retry_on_intr};

    /// `RWF_DONTCACHE`, which rustix does not name yet.
    const DONT_CACHE: ReadWriteFlags = ReadWriteFlags::from_bits_retain(0x80);

    /// Writes at an offset, or where the descriptor stands. `None` means that it cannot be done in
    /// this way here.
    pub(super) fn write(
        file: &File,
        bytes: &[u8],
        offset: Option<u64>,
    ) -> Result<Option<usize>, Errno> {
        let offset = offset.unwrap_or(u64::MAX);
        known(retry_on_intr(|| {
            pwritev2(file, &[IoSlice::new(bytes)], offset, DONT_CACHE)
        }))
    }

    /// Reads at an offset. `None` means that it cannot be done in this way here.
    pub(super) fn read(
        file: &File,
        parts: &mut [IoSliceMut<'_>],
        offset: u64,
    ) -> Result<Option<usize>, Errno> {
        known(retry_on_intr(|| preadv2(file, parts, offset, DONT_CACHE)))
    }

    /// Old kernels and other file systems refuse the flag or the call, and so may the sandbox of a
    /// container.
    fn known(done: Result<usize, Errno>) -> Result<Option<usize>, Errno> {
        match done {
            Ok(count) => Ok(Some(count)),
            Err(Errno::OPNOTSUPP | Errno::NOSYS | Errno::INVAL | Errno::PERM | Errno::ACCESS) => {
                Ok(None)
            }
            Err(errno) => Err(errno),
        }
    }
}

/// Other systems have no such calls.
#[cfg(not(target_os = "linux"))]
mod uncached {
    use std::fs::File;
    use std::io::IoSliceMut;

    use rustix::io::Errno;

    pub(super) fn write(_: &File, _: &[u8], _: Option<u64>) -> Result<Option<usize>, Errno> {
        Ok(None)
    }

    pub(super) fn read(_: &File, _: &mut [IoSliceMut<'_>], _: u64) -> Result<Option<usize>, Errno> {
        Ok(None)
    }
}
