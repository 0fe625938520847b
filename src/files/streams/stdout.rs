//! Standard output, with every failure reported.
//!
//! Uses a descriptor of our own: the standard library ignores a closed standard output and the
//! result of closing it.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::FileTypeExt;

use rustix::fs::OFlags;

use bulla_age::untrusted::Untrusted;

use crate::files::streams::descriptor::is_stand_in;
use crate::files::streams::reader_gone::ReaderGone;
use crate::files::streams::{patience, pipe_size};
use crate::files::sync::{close, sync};
use crate::files::system::is_place;
use crate::files::{Error, FileId};

/// Standard output, open for writing.
#[derive(Debug)]
pub(crate) struct Stdout {
    file: File,
    name: Untrusted,
    /// Whether it is redirected to a file, which is then synced.
    regular: bool,
}

impl Stdout {
    /// Opens standard output, unless it is one of the files that are still being read.
    pub(crate) fn open(not: &[(FileId, Untrusted)]) -> Result<Self, Error> {
        let name = Untrusted::new("standard output");
        Self::check_writable()?;
        Self::check_open()?;
        let file = std::io::stdout()
            .as_fd()
            .try_clone_to_owned()
            .map(File::from);
        let file = file.map_err(|source| Error::io("open", &name, source))?;
        let metadata = file
            .metadata()
            .map_err(|source| Error::io("open", &name, source))?;
        if metadata.file_type().is_fifo() {
            pipe_size::enlarge(&file);
        }
        let regular = metadata.is_file();
        if regular {
            FileId::of(&metadata).refuse(&name, not)?;
        }
        Ok(Self {
            file,
            name,
            regular,
        })
    }

    /// Returns an error if standard output is open for reading only. Called before any work is done.
    pub(crate) fn check_writable() -> Result<(), Error> {
        let name = Untrusted::new("standard output");
        check_writable(std::io::stdout().as_fd(), name)
    }

    /// Returns an error if standard output is closed: what would be written to it is lost without
    /// an error. Only for data, because callers that discard a report often open /dev/null in the
    /// way that looks like a closed one.
    pub(crate) fn check_open() -> Result<(), Error> {
        let name = Untrusted::new("standard output");
        if is_stand_in(std::io::stdout().as_fd()) {
            return Err(Error::OutputClosed { name });
        }
        Ok(())
    }

    /// Writes, and says if it was the reader that went away.
    pub(in crate::files) fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        patience::write(&self.file, bytes).map_err(|error| match error.kind() {
            io::ErrorKind::BrokenPipe => io::Error::new(io::ErrorKind::BrokenPipe, ReaderGone),
            _ => error,
        })
    }

    /// The open file.
    pub(crate) fn file(&self) -> &File {
        &self.file
    }

    /// The name for messages.
    pub(crate) fn name(&self) -> &Untrusted {
        &self.name
    }

    /// Finishes the output. A full disk or a network file system may report an error only now.
    pub(crate) fn commit(self) -> Result<(), Error> {
        if self.regular {
            sync(&self.file).map_err(|errno| Error::io("sync", &self.name, errno))?;
        }
        close(self.file).map_err(|source| Error::io("close", &self.name, source))
    }
}

pub(in crate::files) fn check_writable(
    descriptor: impl AsFd,
    name: Untrusted,
) -> Result<(), Error> {
    let flags =
        rustix::fs::fcntl_getfl(descriptor).map_err(|errno| Error::io("open", &name, errno))?;
    if is_place(flags) || flags & OFlags::RWMODE == OFlags::RDONLY {
        return Err(Error::NotWritable { name });
    }
    Ok(())
}

/// For a conversation over a pipe: a write that is not complete is continued by the caller.
impl Write for Stdout {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Self::write(self, bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::system::PLACE;

    #[test]
    fn a_read_only_descriptor_is_refused() {
        let check = |flags: OFlags| {
            let file = rustix::fs::open("/dev/null", flags, rustix::fs::Mode::empty()).unwrap();
            check_writable(file, Untrusted::new("x"))
        };
        assert!(matches!(
            check(OFlags::RDONLY),
            Err(Error::NotWritable { .. })
        ));
        assert!(matches!(check(PLACE), Err(Error::NotWritable { .. })));
        check(OFlags::WRONLY).unwrap();
        check(OFlags::RDWR).unwrap();
    }
}
