//! A file that gets its name when it is complete, or not at all.
//!
//! Turns an invisible file into one that survives a power cut: contents, mode, name and folder are
//! synced in this order. An unnamed file (O_TMPFILE) is preferred, because a killed run leaves
//! nothing of it; it gets its name by linkat.

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

/// What happens to an existing file at the path of the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Replace {
    /// It is kept, and the output is refused. This is checked when the output is created and when
    /// it gets its name.
    Never,
    /// It is replaced atomically. Its mode is kept unless [`Mode`] says otherwise.
    Always,
}

/// How to create an output.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Options<'a> {
    /// What happens to an existing file.
    pub(crate) replace: Replace,
    /// The mode of a new file.
    pub(crate) mode: Mode,
    /// Files that are still being read, and must not be overwritten through another name.
    pub(crate) not: &'a [(FileId, Untrusted)],
}

/// How files are created on different file systems. Tests choose it, to run each way on any file
/// system.
#[derive(Clone, Copy, Debug)]
pub(super) struct Means {
    /// Whether to try an unnamed file first.
    pub(super) unnamed: bool,
    /// The list of temporary names.
    pub(super) temporaries: &'static Temporaries,
}

impl Means {
    /// The values outside of tests.
    pub(super) fn usual() -> Self {
        // Without /proc, an unnamed file could not get a name.
        static PROC: OnceLock<bool> = OnceLock::new();
        let unnamed = *PROC.get_or_init(|| Path::new("/proc/self/fd").exists());
        Self {
            unnamed,
            temporaries: &TEMPORARIES,
        }
    }
}

/// A file being written. Dropped without [`commit`](Self::commit), it leaves nothing behind.
#[derive(Debug)]
pub(crate) struct AtomicFile {
    file: File,
    /// `None` for an unnamed file.
    temporary: Option<Temporary>,
    temporaries: &'static Temporaries,
    directory: Directory,
    file_name: OsString,
    shown: Untrusted,
    replace: Replace,
    replaced: Option<Old>,
    mode: Mode,
    /// The file that is replaced, whose lock is held until the new file has its name.
    held: Option<File>,
}

impl AtomicFile {
    /// Creates the file at `destination`; `shown` is the name that the user gave.
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

    /// Creates a file that replaces one that is being read.
    ///
    /// # Errors
    /// [`Error::ChangedWhileRead`] if another file is there by now.
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

    /// The name that the user gave.
    pub(crate) fn name(&self) -> &Untrusted {
        &self.shown
    }

    /// Syncs the file and gives it its name. A failure leaves nothing behind.
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
            // The old file is gone already, and the complete new file is better than none.
            Replace::Always => {}
        });
        durable.map_err(|errno| failed("sync the folder of")(errno.into()))
    }
}

/// Syncs the new link count as well, and closes the last descriptor.
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
            // Answers of file systems and kernels that do not support unnamed files.
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

/// The folder in which the file is created. It stays the same even if its path changes meanwhile.
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
            // A drop box: files can be created, but not listed.
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
        // A folder that cannot be read cannot be synced, and neither can its file system alone:
        // sync everything.
        rustix::fs::sync();
        Ok(())
    }

    fn remove(&self, name: &std::ffi::OsStr) {
        // The error that led here is the one to report.
        let _ = rustix::fs::unlinkat(&*self.descriptor, name, AtFlags::empty());
    }
}
