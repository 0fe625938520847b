//! Outputs: a new file, an existing FIFO or device, or standard output.
//!
//! Chooses between them, and finishes all of them in the same way.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::Path;

use rustix::fs::OFlags;

use bulla_age::untrusted::Untrusted;

use crate::files::atomic_file::Means;
use crate::files::sync::{close, sync};
use crate::files::{AtomicFile, Destination, Error, FileId, Input, Options, Replace, Stdout};

/// An open output. Dropped without [`commit`](Self::commit), it leaves no file.
#[derive(Debug)]
pub(crate) enum Output {
    /// A regular file that gets its name when it is complete.
    Atomic(AtomicFile),
    /// A FIFO, a device or a terminal, written to directly.
    Direct(Direct),
    /// Standard output.
    Stdout(Stdout),
}

/// An existing output that is not a regular file.
#[derive(Debug)]
pub(crate) struct Direct {
    file: File,
    name: Untrusted,
    /// Whether written data is stored, so that it must be synced.
    keeps: bool,
}

impl Output {
    /// Opens the output at a path.
    pub(crate) fn create(path: &Path, options: &Options<'_>) -> Result<Self, Error> {
        Self::create_by(path, options, Means::usual())
    }

    pub(super) fn create_by(
        path: &Path,
        options: &Options<'_>,
        means: Means,
    ) -> Result<Self, Error> {
        let destination = Destination::of(path)?;
        if destination
            .existing()
            .is_some_and(|existing| !existing.is_file())
        {
            return Direct::open(path, options).map(Self::Direct);
        }
        AtomicFile::create(destination, Untrusted::from(path), options, means).map(Self::Atomic)
    }

    /// Creates a file that replaces an input when it is complete, with the input's mode. A symlink
    /// is kept, and then leads to the new file.
    ///
    /// # Errors
    /// [`Error::ChangedWhileRead`] if another file is there by now.
    pub(crate) fn instead_of(input: &Input, path: &Path) -> Result<Self, Error> {
        AtomicFile::instead_of(input, Destination::of(path)?, Untrusted::from(path))
            .map(Self::Atomic)
    }

    /// Opens standard output, unless it is one of the files that are still being read.
    pub(crate) fn stdout(not: &[(FileId, Untrusted)]) -> Result<Self, Error> {
        Stdout::open(not).map(Self::Stdout)
    }

    /// The name for messages.
    pub(crate) fn name(&self) -> &Untrusted {
        match self {
            Self::Atomic(atomic) => atomic.name(),
            Self::Direct(direct) => &direct.name,
            Self::Stdout(stdout) => stdout.name(),
        }
    }

    /// The open file.
    pub(crate) fn file(&self) -> &File {
        match self {
            Self::Atomic(atomic) => atomic.file(),
            Self::Direct(direct) => &direct.file,
            Self::Stdout(stdout) => stdout.file(),
        }
    }

    /// Returns whether it can be written at any offset, in any order.
    pub(crate) fn is_seekable(&self) -> bool {
        matches!(self, Self::Atomic(_))
    }

    /// Finishes the output: on success it is synced and has its name.
    pub(crate) fn commit(self) -> Result<(), Error> {
        match self {
            Self::Atomic(atomic) => atomic.commit(),
            Self::Direct(direct) => direct.commit(),
            Self::Stdout(stdout) => stdout.commit(),
        }
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file().write(bytes)
    }

    fn write_vectored(&mut self, bytes: &[io::IoSlice<'_>]) -> io::Result<usize> {
        self.file().write_vectored(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Direct {
    fn open(path: &Path, options: &Options<'_>) -> Result<Self, Error> {
        let name = Untrusted::from(path);
        let flags = OFlags::NOCTTY.bits().cast_signed();
        let file = OpenOptions::new()
            .write(true)
            .custom_flags(flags)
            .open(path);
        let file = file.map_err(|source| Error::io("open", &name, source))?;
        let metadata = file
            .metadata()
            .map_err(|source| Error::io("open", &name, source))?;
        let kind = metadata.file_type();
        // It is normal to read and write a terminal or /dev/null in one run.
        if !kind.is_char_device() {
            FileId::of(&metadata).refuse(&name, options.not)?;
        }
        // A regular file may have taken its place meanwhile, and a disk can be overwritten by
        // mistake like a file.
        if kind.is_file() || (kind.is_block_device() && options.replace == Replace::Never) {
            return Err(Error::Exists { name });
        }
        Ok(Self {
            file,
            name,
            keeps: kind.is_block_device(),
        })
    }

    fn commit(self) -> Result<(), Error> {
        if self.keeps {
            sync(&self.file).map_err(|errno| Error::io("sync", &self.name, errno))?;
        }
        close(self.file).map_err(|source| Error::io("close", &self.name, source))
    }
}
