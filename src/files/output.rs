//! Where bytes go: a new file, something that is there already and no file, or standard output.
//!
//! Owns the choice between them and the one way in which all of them end.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::Path;

use rustix::fs::OFlags;

use bulla_age::untrusted::Untrusted;

use crate::files::atomic_file::Means;
use crate::files::sync::{close, sync};
use crate::files::{AtomicFile, Destination, Error, FileId, Input, Options, Replace, Stdout};

/// Something open for writing. Without [`commit`](Self::commit) no file of it is left.
#[derive(Debug)]
pub(crate) enum Output {
    /// A regular file that does not exist before it is whole.
    Atomic(AtomicFile),
    /// A FIFO, a device, a terminal: written to as it stands.
    Direct(Direct),
    /// Standard output.
    Stdout(Stdout),
}

/// Something that stands there already and is no regular file.
#[derive(Debug)]
pub(crate) struct Direct {
    file: File,
    name: Untrusted,
    /// Whether what is written stays there, so that it has to be made durable.
    keeps: bool,
}

impl Output {
    /// Opens the output that a path stands for.
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

    /// A file that takes the place of an input when it is whole, with its mode; a symlink stays and leads to it.
    ///
    /// # Errors
    /// [`Error::ChangedWhileRead`] where the input does not stand there any more.
    pub(crate) fn instead_of(input: &Input, path: &Path) -> Result<Self, Error> {
        AtomicFile::instead_of(input, Destination::of(path)?, Untrusted::from(path))
            .map(Self::Atomic)
    }

    /// Standard output, unless it is one of the files that are still being read.
    pub(crate) fn stdout(not: &[(FileId, Untrusted)]) -> Result<Self, Error> {
        Stdout::open(not).map(Self::Stdout)
    }

    /// What messages call it.
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

    /// Whether it may be written at any offset, in any order.
    pub(crate) fn is_seekable(&self) -> bool {
        matches!(self, Self::Atomic(_))
    }

    /// Ends the writing: everything is durable and under its name afterwards, or it is an error.
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
        // A terminal or /dev/null may well be read and written in one run.
        if !kind.is_char_device() {
            FileId::of(&metadata).refuse(&name, options.not)?;
        }
        // A regular file took its place meanwhile; and a disk is something that can be lost, as a file is.
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
