//! Standard output, with every failure seen.
//!
//! Owns a descriptor of our own: std's `Stdout` takes a closed one for success and never looks at closing.

use std::fs::File;
use std::os::fd::AsFd;
use std::os::unix::fs::FileTypeExt;

use rustix::fs::OFlags;

use bulla_age::untrusted::Untrusted;

use crate::files::sync::{close, sync};
use crate::files::{Error, FileId, pipe_size};

/// Standard output, open for writing.
#[derive(Debug)]
pub(crate) struct Stdout {
    file: File,
    name: Untrusted,
    /// Whether somebody redirected it into a file, whose contents are then made durable.
    regular: bool,
}

impl Stdout {
    /// Takes standard output, unless it is one of the files that are still being read.
    pub(crate) fn open(not: &[(FileId, Untrusted)]) -> Result<Self, Error> {
        let name = Untrusted::new("standard output");
        Self::check_writable()?;
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

    /// Refuses a standard output that was handed to us for reading only, before any work is done.
    pub(crate) fn check_writable() -> Result<(), Error> {
        check_writable(std::io::stdout().as_fd(), Untrusted::new("standard output"))
    }

    /// The open file.
    pub(crate) fn file(&self) -> &File {
        &self.file
    }

    /// What messages call it.
    pub(crate) fn name(&self) -> &Untrusted {
        &self.name
    }

    /// Ends the writing: what a full disk or a network file system says only now is an error like any other.
    pub(crate) fn commit(self) -> Result<(), Error> {
        if self.regular {
            sync(&self.file).map_err(|errno| Error::io("sync", &self.name, errno))?;
        }
        close(self.file).map_err(|source| Error::io("close", &self.name, source))
    }
}

fn check_writable(descriptor: impl AsFd, name: Untrusted) -> Result<(), Error> {
    let flags =
        rustix::fs::fcntl_getfl(descriptor).map_err(|errno| Error::io("open", &name, errno))?;
    if flags.contains(OFlags::PATH) || flags & OFlags::RWMODE == OFlags::RDONLY {
        return Err(Error::NotWritable { name });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_open_for_reading_only_is_refused() {
        let check = |flags: OFlags| {
            let file = rustix::fs::open("/dev/null", flags, rustix::fs::Mode::empty()).unwrap();
            check_writable(file, Untrusted::new("x"))
        };
        assert!(matches!(
            check(OFlags::RDONLY),
            Err(Error::NotWritable { .. })
        ));
        assert!(matches!(
            check(OFlags::PATH),
            Err(Error::NotWritable { .. })
        ));
        check(OFlags::WRONLY).unwrap();
        check(OFlags::RDWR).unwrap();
    }
}
