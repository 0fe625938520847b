//! Outputs: a new file, an existing FIFO or device, or standard output.
//!
//! Chooses between them, and finishes all of them in the same way.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::Path;

use rustix::fs::{Mode, OFlags};
use rustix::io::{Errno, retry_on_intr};

use bulla_age::untrusted::Untrusted;

use crate::files::atomic_file::Means;
use crate::files::file_id::kind;
use crate::files::file_system::Volume;
use crate::files::page_cache::Writes;
#[cfg(target_os = "linux")]
use crate::files::resolve::is_on;
use crate::files::resolve::{Entry, Place};
use crate::files::streams::stdout::check_writable;
use crate::files::streams::{descriptor, patience};
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
    /// Opens the output at a path that the user named.
    pub(crate) fn create(path: &Path, options: &Options<'_>) -> Result<Self, Error> {
        Self::create_by(path, options, Means::usual())
    }

    pub(super) fn create_by(
        path: &Path,
        options: &Options<'_>,
        means: Means,
    ) -> Result<Self, Error> {
        match descriptor::number(path) {
            Some(1) => return Self::stdout(options.not),
            Some(number) => {
                if let Some(copy) = descriptor::copy(number) {
                    let direct = Direct::inherited(copy, Untrusted::from(path), options);
                    return direct.map(Self::Direct);
                }
            }
            None => {}
        }
        Self::at(Destination::of(path)?.into_place(), path, options, means)
    }

    /// Creates an output whose name the user did not choose, such as FILE.age. It is always a new
    /// regular file, and replaces nothing but a regular file.
    pub(crate) fn create_by_default(path: &Path, options: &Options<'_>) -> Result<Self, Error> {
        let destination = Destination::of_default_name(path)?;
        Self::at_default(destination.into_place(), path, options)
    }

    /// Creates an output at a path where nothing is yet, neither a file nor a link or a device.
    ///
    /// # Errors
    /// [`Error::Exists`].
    pub(crate) fn create_new(path: &Path, options: &Options<'_>) -> Result<Self, Error> {
        let place = Destination::of_default_name(path)?.into_place();
        if place.found.is_some() {
            let name = Untrusted::from(path);
            return Err(Error::Exists { name });
        }
        Self::at(place, path, options, Means::usual())
    }

    /// Creates such an output in the folder in which its input was found. The input must have been
    /// opened with its folder; the last part of `path` is the name, and the rest is for messages.
    pub(crate) fn create_beside(
        input: &Input,
        path: &Path,
        options: &Options<'_>,
    ) -> Result<Self, Error> {
        let name = || Untrusted::from(path);
        let last = path.file_name().unwrap_or(path.as_os_str());
        let place = input
            .place_beside(last)
            .map_err(|source| Error::io("create", &name(), source))?;
        let place = place.ok_or_else(|| Error::ChangedWhileRead { name: name() })?;
        Self::at_default(place, path, options)
    }

    /// Creates such an output at a place that was found.
    pub(super) fn at_default(
        place: Place,
        path: &Path,
        options: &Options<'_>,
    ) -> Result<Self, Error> {
        if let Some(existing) = &place.found
            && !existing.metadata.is_file()
        {
            return Err(Error::NameTaken {
                name: Untrusted::from(path),
                what: kind(existing.metadata.file_type()),
            });
        }
        Self::at(place, path, options, Means::usual())
    }

    fn at(place: Place, path: &Path, options: &Options<'_>, means: Means) -> Result<Self, Error> {
        let name = Untrusted::from(path);
        match &place.found {
            Some(found) if !found.metadata.is_file() => {
                Direct::open(&place, found, name, options).map(Self::Direct)
            }
            _ => AtomicFile::create(place, name, options, means).map(Self::Atomic),
        }
    }

    /// Creates a file that replaces an input when it is complete, with the input's mode and in the
    /// folder in which it was found. The input must have been opened to be replaced. A symlink that
    /// led to it is kept, and then leads to the new file.
    ///
    /// # Errors
    /// [`Error::ChangedWhileRead`] if another file is there by now.
    pub(crate) fn instead_of(input: &Input) -> Result<Self, Error> {
        AtomicFile::instead_of(input).map(Self::Atomic)
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

    /// The open file, to be written at any offset to about this length.
    pub(crate) fn writes(&self, len: u64) -> Writes<'_> {
        match self {
            Self::Atomic(atomic) => atomic.writes(len),
            Self::Direct(_) | Self::Stdout(_) => Writes::new(self.file(), Volume::Other, len),
        }
    }

    /// Returns the inode of a new file.
    pub(crate) fn inode(&self) -> Option<u64> {
        let Self::Atomic(file) = self else {
            return None;
        };
        Some(file.file().metadata().ok()?.ino())
    }

    /// Writes bytes that are not the payload of an encrypted file.
    pub(crate) fn put(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.write_all(bytes)
            .map_err(|source| self.not_written(source))
    }

    /// Returns the error for bytes that could not be written.
    pub(crate) fn not_written(&self, source: io::Error) -> Error {
        match self {
            Self::Atomic(_) => Error::io("write", self.name(), source),
            Self::Direct(_) | Self::Stdout(_) => Error::not_passed_on(self.name(), source),
        }
    }

    /// Returns the error for what was written and cannot be read again.
    pub(crate) fn not_read(&self, source: io::Error) -> Error {
        Error::io("read", self.name(), source)
    }

    /// Returns the files that it is, or will replace.
    pub(crate) fn own_files(&self) -> Vec<FileId> {
        let own = self.file().metadata().map(|own| FileId::of(&own));
        let replaced = match self {
            Self::Atomic(file) => file.replaced(),
            Self::Direct(_) | Self::Stdout(_) => None,
        };
        own.into_iter().chain(replaced).collect()
    }

    /// Returns whether it is a new file.
    pub(crate) fn is_file(&self) -> bool {
        matches!(self, Self::Atomic(_))
    }

    /// Returns whether it can be written at any offset, in any order.
    pub(crate) fn is_seekable(&self) -> bool {
        matches!(self, Self::Atomic(file) if file.takes_any_order())
    }

    /// Returns whether the beginning can be written once more when the rest is written. Called
    /// before anything is written.
    pub(crate) fn can_be_patched(&mut self) -> Result<bool, Error> {
        match self {
            Self::Atomic(file) => file.can_be_patched(),
            Self::Direct(_) | Self::Stdout(_) => Ok(false),
        }
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
        match self {
            Self::Stdout(stdout) => stdout.write(bytes),
            Self::Atomic(file) => file.append(bytes),
            Self::Direct(direct) => patience::write(&direct.file, bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Direct {
    /// Opens what was found. It is looked at before it is opened, because opening a named pipe
    /// waits for a reader, and opened through its descriptor, because its name may be taken over
    /// meanwhile.
    fn open(
        place: &Place,
        found: &Entry,
        name: Untrusted,
        options: &Options<'_>,
    ) -> Result<Self, Error> {
        let foreign = Error::Foreign {
            name: name.clone(),
            what: kind(found.metadata.file_type()),
        };
        let trusted = is_trusted(place, found);
        if !trusted && !found.metadata.file_type().is_char_device() {
            return Err(foreign);
        }
        let failed = |source| Error::io("open", &name, source);
        let file = reopen(place, found).map_err(|errno| failed(errno.into()))?;
        let metadata = file.metadata().map_err(failed)?;
        if !trusted && !io::IsTerminal::is_terminal(&file) {
            return Err(foreign);
        }
        let kind = metadata.file_type();
        // It is normal to read and write a terminal or /dev/null in one run.
        if !kind.is_char_device() {
            FileId::of(&metadata).refuse(&name, options.not)?;
        }
        // Something else may have taken its place meanwhile, and a disk can be overwritten by
        // mistake like a file.
        if FileId::of(&metadata) != FileId::of(&found.metadata)
            || (kind.is_block_device() && options.replace == Replace::Never)
        {
            return Err(Error::Exists { name });
        }
        Ok(Self {
            file,
            name,
            keeps: kind.is_block_device(),
        })
    }

    /// Takes a descriptor that the caller opened. It is written from where it stands.
    fn inherited(
        copy: io::Result<OwnedFd>,
        name: Untrusted,
        options: &Options<'_>,
    ) -> Result<Self, Error> {
        let failed = |source| Error::io("open", &name, source);
        let file = File::from(copy.map_err(failed)?);
        check_writable(&file, name.clone())?;
        let metadata = file.metadata().map_err(failed)?;
        let kind = metadata.file_type();
        if !kind.is_char_device() {
            FileId::of(&metadata).refuse(&name, options.not)?;
        }
        Ok(Self {
            file,
            name,
            keeps: kind.is_file() || kind.is_block_device(),
        })
    }

    fn commit(self) -> Result<(), Error> {
        if self.keeps {
            sync(&self.file).map_err(|errno| Error::io("sync", &self.name, errno))?;
        }
        close(self.file).map_err(|source| Error::io("close", &self.name, source))
    }
}

/// Returns whether nobody else could have put this named pipe, socket or device where it was found,
/// to get what is written: it is the user's or a standard stream, or it cannot be planted. A
/// terminal is known only when it is open.
fn is_trusted(place: &Place, found: &Entry) -> bool {
    let us = rustix::process::geteuid().as_raw();
    let standard = || {
        let streams = [
            rustix::stdio::stdin(),
            rustix::stdio::stdout(),
            rustix::stdio::stderr(),
        ];
        let id = FileId::of(&found.metadata);
        streams
            .iter()
            .any(|stream| FileId::of_descriptor(stream) == Ok(id))
    };
    let kind = found.metadata.file_type();
    let planted = if kind.is_char_device() || kind.is_block_device() {
        // Only root creates devices, but in a shared folder others could link to one.
        found.metadata.uid() != 0
            && rustix::fs::fstat(&place.folder).map_or(true, |folder| {
                ![0, us].contains(&folder.st_uid) || folder.st_mode & 0o022 != 0
            })
    } else {
        !is_anonymous_pipe(found)
    };
    found.metadata.uid() == us || !planted || standard()
}

/// Returns whether a pipe has no name in any folder: it was inherited, and named by /dev/fd.
#[cfg(target_os = "linux")]
fn is_anonymous_pipe(found: &Entry) -> bool {
    is_on(&found.handle, 0x5049_5045)
}

#[cfg(not(target_os = "linux"))]
fn is_anonymous_pipe(_found: &Entry) -> bool {
    false
}

fn reopen(place: &Place, found: &Entry) -> rustix::io::Result<File> {
    let flags = OFlags::WRONLY | OFlags::NOCTTY | OFlags::CLOEXEC;
    let path = format!("/proc/self/fd/{}", found.handle.as_raw_fd());
    let open = || rustix::fs::open(&*path, flags, Mode::empty());
    match retry_on_intr(open) {
        // Without /proc; what was opened is compared with what was found.
        Err(Errno::NOENT) => {
            let flags = flags | OFlags::NOFOLLOW;
            retry_on_intr(|| rustix::fs::openat(&place.folder, &place.name, flags, Mode::empty()))
        }
        opened => opened,
    }
    .map(File::from)
}
