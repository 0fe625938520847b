//! A file that appears under its name when it is whole, or not at all.
//!
//! Owns the way from a file nobody sees to one that survives a power cut: contents, mode, name, folder, in
//! this order, each made durable before the next.

use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use rustix::fs::{AtFlags, CWD, OFlags};
use rustix::io::Errno;

use bulla_age::untrusted::Untrusted;

use crate::files::destination::Destination;
use crate::files::mode::Old;
use crate::files::sync::{close, close_and_keep, sync};
use crate::files::temporary::{Refusal, TEMPORARIES, Temporaries, Temporary, link_unnamed};
use crate::files::{Error, FileId, Input, Mode};

/// What becomes of a file that stands where the output goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Replace {
    /// It stays, and the output is refused: now, and again when the name is taken.
    Never,
    /// It is replaced in one step, and its mode is kept where [`Mode`] does not say otherwise.
    Always,
}

/// How an output is created.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Options<'a> {
    /// What becomes of a file that stands there.
    pub(crate) replace: Replace,
    /// The mode of a file that replaces none.
    pub(crate) mode: Mode,
    /// Files that are still being read, and must not be written to by another name.
    pub(crate) not: &'a [(FileId, Untrusted)],
}

/// The ways in which file systems differ, so that tests can take each on any of them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Means {
    /// Whether a file without a name is tried first.
    pub(super) unnamed: bool,
    /// Who keeps the temporary names.
    pub(super) temporaries: &'static Temporaries,
}

impl Means {
    /// As it is done.
    pub(super) fn usual() -> Self {
        // Without /proc an unnamed file could never be given a name.
        static PROC: OnceLock<bool> = OnceLock::new();
        let unnamed = *PROC.get_or_init(|| Path::new("/proc/self/fd").exists());
        Self {
            unnamed,
            temporaries: &TEMPORARIES,
        }
    }
}

/// A file being written. Dropped without [`commit`](Self::commit), nothing of it is left.
#[derive(Debug)]
pub(crate) struct AtomicFile {
    file: File,
    /// None as long as the file has no name at all.
    temporary: Option<Temporary>,
    temporaries: &'static Temporaries,
    directory: Directory,
    file_name: OsString,
    shown: Untrusted,
    replace: Replace,
    replaced: Option<Old>,
    mode: Mode,
    /// The file that it stands in for, held against others until it has its name.
    held: Option<File>,
}

impl AtomicFile {
    /// Creates the file where `destination` says; `shown` is what the user called it.
    pub(super) fn create(
        destination: Destination,
        shown: Untrusted,
        options: &Options<'_>,
        means: Means,
    ) -> Result<Self, Error> {
        if let Some(existing) = destination.existing() {
            FileId::of(existing).refuse(&shown, options.not)?;
            if options.replace == Replace::Never {
                return Err(Error::Exists { name: shown });
            }
        }
        let directory =
            Directory::open(destination.directory()).map_err(|e| Error::io("create", &shown, e))?;
        let (file, temporary) =
            open(&directory, means).map_err(|refusal| refused(refusal, &shown))?;
        Ok(Self {
            file,
            temporary,
            temporaries: means.temporaries,
            directory,
            file_name: destination.file_name().to_owned(),
            shown,
            replace: options.replace,
            replaced: destination
                .existing()
                .map(|old| Old::of(old, &destination.directory().join(destination.file_name()))),
            mode: options.mode,
            held: None,
        })
    }

    /// Creates a file that takes the place of one that is being read.
    ///
    /// # Errors
    /// [`Error::ChangedWhileRead`] where another one stands there by now.
    pub(super) fn instead_of(
        input: &Input,
        destination: Destination,
        shown: Untrusted,
    ) -> Result<Self, Error> {
        if destination.existing().map(FileId::of) != Some(input.id()) {
            return Err(Error::ChangedWhileRead { name: shown });
        }
        let held = input
            .file()
            .try_clone()
            .map_err(|source| Error::io("open", &shown, source))?;
        let options = Options {
            replace: Replace::Always,
            mode: Mode::Ciphertext,
            not: &[],
        };
        let new = Self::create(destination, shown, &options, Means::usual())?;
        Ok(Self {
            held: Some(held),
            ..new
        })
    }

    /// The open file, for positioned reads and writes.
    pub(crate) fn file(&self) -> &File {
        &self.file
    }

    /// What the user called it.
    pub(crate) fn name(&self) -> &Untrusted {
        &self.shown
    }

    /// Makes the file durable and gives it its name. On failure nothing of it is left.
    pub(crate) fn commit(self) -> Result<(), Error> {
        let Self {
            file,
            temporary,
            temporaries,
            directory,
            file_name,
            shown,
            replace,
            replaced,
            mode,
            held: _held,
        } = self;
        let failed = |doing| {
            let shown = shown.clone();
            move |source: io::Error| Error::io(doing, &shown, source)
        };
        let refusal = |refusal| refused(refusal, &shown);
        mode.apply(&file, replaced)
            .map_err(|e| failed("set the mode of")(e.into()))?;
        sync(&file).map_err(|e| failed("sync")(e.into()))?;
        let (unnamed, temporary) = match temporary {
            Some(temporary) => {
                close(file).map_err(failed("close"))?;
                (None, Some(temporary))
            }
            None => (Some(close_and_keep(file).map_err(failed("close"))?), None),
        };
        match (unnamed, temporary, replace) {
            (None, Some(temporary), Replace::Always) => {
                temporary.rename(&file_name).map_err(refusal)?
            }
            (None, Some(temporary), Replace::Never) => {
                temporary
                    .rename_without_replacing(&file_name)
                    .map_err(refusal)?;
            }
            (Some(file), _, Replace::Always) => {
                let temporary = temporaries
                    .link(&file, &directory.descriptor)
                    .map_err(refusal)?;
                settle(file).map_err(failed("sync"))?;
                temporary.rename(&file_name).map_err(refusal)?;
            }
            (Some(file), _, Replace::Never) => {
                let link = || link_unnamed(&file, &directory.descriptor, &file_name);
                temporaries.take(link).map_err(refusal)?;
                settle(file)
                    .inspect_err(|_| directory.remove(&file_name))
                    .map_err(failed("sync"))?;
            }
            (None, None, _) => {
                unreachable!("atomic: a file has a temporary name or none, because open made it")
            }
        }
        let durable = directory.sync().inspect_err(|_| match replace {
            Replace::Never => directory.remove(&file_name),
            // What it replaced is gone already: the new file, whole, is better than none.
            Replace::Always => {}
        });
        durable.map_err(|errno| failed("sync the folder of")(errno.into()))
    }
}

/// Makes the new link count durable too, and closes the last descriptor.
fn settle(file: File) -> io::Result<()> {
    sync(&file)?;
    close(file)
}

fn open(directory: &Directory, means: Means) -> Result<(File, Option<Temporary>), Refusal> {
    if means.unnamed {
        let flags = OFlags::RDWR | OFlags::TMPFILE | OFlags::CLOEXEC;
        match rustix::fs::openat(
            &*directory.descriptor,
            ".",
            flags,
            rustix::fs::Mode::from_raw_mode(0o600),
        ) {
            Ok(file) => return Ok((file.into(), None)),
            // What file systems, and kernels, answer that know no such files.
            Err(Errno::OPNOTSUPP | Errno::ISDIR | Errno::INVAL | Errno::NOENT | Errno::NOSYS) => {}
            Err(errno) => return Err(errno.into()),
        }
    }
    let (file, temporary) = means.temporaries.create(&directory.descriptor)?;
    Ok((file, Some(temporary)))
}

fn refused(refusal: Refusal, shown: &Untrusted) -> Error {
    let name = shown.clone();
    match refusal {
        Refusal::Ending => Error::Ending { name },
        Refusal::System(Errno::EXIST) => Error::Exists { name },
        Refusal::System(errno @ (Errno::INVAL | Errno::OPNOTSUPP | Errno::NOSYS)) => {
            Error::NoSafeName {
                name,
                source: errno.into(),
            }
        }
        Refusal::System(errno) => Error::io("create", shown, errno),
        Refusal::Folder(kind) => Error::io("create", shown, io::Error::from(kind)),
    }
}

/// The folder in which the file is created; what happens to its path meanwhile does not matter.
#[derive(Debug)]
struct Directory {
    descriptor: Arc<OwnedFd>,
    readable: bool,
}

impl Directory {
    fn open(path: &Path) -> rustix::io::Result<Self> {
        let flags = OFlags::DIRECTORY | OFlags::CLOEXEC;
        let open = |extra| rustix::fs::openat(CWD, path, flags | extra, rustix::fs::Mode::empty());
        let (descriptor, readable) = match open(OFlags::RDONLY) {
            Ok(descriptor) => (descriptor, true),
            // A drop box: files can be put in, but not looked at.
            Err(Errno::ACCESS) => (open(OFlags::PATH)?, false),
            Err(errno) => return Err(errno),
        };
        Ok(Self {
            descriptor: Arc::new(descriptor),
            readable,
        })
    }

    fn sync(&self) -> rustix::io::Result<()> {
        if self.readable {
            return sync(&*self.descriptor);
        }
        // A folder that cannot be read cannot be synced by itself, nor can its file system: ask for all of them.
        rustix::fs::sync();
        Ok(())
    }

    fn remove(&self, name: &std::ffi::OsStr) {
        // The failure that led here is the one to be told.
        let _ = rustix::fs::unlinkat(&*self.descriptor, name, AtFlags::empty());
    }
}
