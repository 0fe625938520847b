//! A file that gets its name when it is complete, or not at all.
//!
//! Turns an invisible file into one that survives a power cut: contents, mode, name and folder are
//! synced in this order. An unnamed file (O_TMPFILE) is preferred, because a killed run leaves
//! nothing of it; it gets its name by linkat.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::io::Seek as _;
use std::os::fd::OwnedFd;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::{Arc, OnceLock};

#[cfg(target_os = "linux")]
use rustix::fs::FlockOperation;
use rustix::fs::{AtFlags, OFlags};
use rustix::io::Errno;

use bulla_age::untrusted::Untrusted;

use crate::files::file_id::Stamp;
use crate::files::file_system::Volume;
use crate::files::mode::Old;
use crate::files::page_cache::Writes;
use crate::files::resolve::{Entry, Place};
use crate::files::sync::{close, close_and_keep, sync};
use crate::files::system;
use crate::files::temporary::{Refusal, TEMPORARIES, Temporaries, Temporary, link_unnamed};
use crate::files::{Error, FileId, Input, Mode, page_cache, shortfall};

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
    #[cfg_attr(
        not(target_os = "linux"),
        expect(dead_code, reason = "only Linux has them")
    )]
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
    means: Means,
    volume: Volume,
    directory: Directory,
    file_name: OsString,
    shown: Untrusted,
    replace: Replace,
    replaced: Option<Old>,
    mode: Mode,
    /// Whether somebody else tells the user who can read it.
    is_in_private_folder: bool,
    /// The input that is replaced, whose lock is held until the new file has its name.
    instead_of: Option<(Stamp, File)>,
    /// How far it was written from the beginning.
    written: u64,
}

impl AtomicFile {
    /// Creates the file at this place; `shown` is the name that the user gave.
    pub(super) fn create(
        place: Place,
        shown: Untrusted,
        options: &Options<'_>,
        means: Means,
    ) -> Result<Self, Error> {
        if let Some(existing) = &place.found {
            FileId::of(&existing.metadata).refuse(&shown, options.not)?;
            if options.replace == Replace::Never {
                return Err(Error::Exists { name: shown });
            }
        }
        let old = place.found.as_ref();
        let replaced = old.map(|old| Old::of(old, &place.folder));
        let directory =
            Directory::open(place.folder).map_err(|e| Error::io("create", &shown, e))?;
        let new = Self::begin(directory, place.name, shown, options.replace, means)?;
        Ok(Self {
            replaced,
            mode: options.mode,
            ..new
        })
    }

    /// Returns the file that is there until this one is complete.
    pub(super) fn replaced(&self) -> Option<FileId> {
        self.replaced.map(|old| old.id)
    }

    /// Creates a file in a folder that is open already, with mode 0600.
    pub(super) fn create_in(
        folder: &Arc<OwnedFd>,
        name: &str,
        shown: Untrusted,
        replace: Replace,
    ) -> Result<Self, Error> {
        let directory = Directory {
            descriptor: Arc::clone(folder),
            readable: true,
        };
        let new = Self::begin(directory, name.into(), shown, replace, Means::usual())?;
        Ok(Self {
            is_in_private_folder: true,
            ..new
        })
    }

    /// Opens the new file, with mode 0600.
    fn begin(
        directory: Directory,
        file_name: OsString,
        shown: Untrusted,
        replace: Replace,
        means: Means,
    ) -> Result<Self, Error> {
        let (file, temporary) =
            open(&directory, means).map_err(|refusal| refused(refusal, &shown))?;
        Ok(Self {
            volume: Volume::of(&file),
            file,
            temporary,
            means,
            directory,
            file_name,
            shown,
            replace,
            replaced: None,
            mode: Mode::Private,
            is_in_private_folder: false,
            instead_of: None,
            written: 0,
        })
    }

    /// Creates a file that replaces an input, in the folder in which that was found.
    ///
    /// # Errors
    /// [`Error::ChangedWhileRead`] if the input does not have its name any more.
    pub(super) fn instead_of(input: &Input) -> Result<Self, Error> {
        let shown = input.name().clone();
        let failed = |source| Error::io("open", &shown, source);
        let place = input.place().map_err(failed)?;
        let is_there = |place: &Place| {
            let found = place.found.as_ref();
            found.is_some_and(|found| Stamp::of(&found.metadata) == input.stamp())
        };
        let Some(place) = place.filter(is_there) else {
            return Err(Error::ChangedWhileRead { name: shown });
        };
        let held = input.file().try_clone().map_err(failed)?;
        let options = Options {
            replace: Replace::Always,
            mode: Mode::Ciphertext,
            not: &[],
        };
        let new = Self::create(place, shown, &options, Means::usual())?;
        Ok(Self {
            instead_of: Some((input.stamp(), held)),
            ..new
        })
    }

    /// The open file, for positioned reads and writes.
    pub(crate) fn file(&self) -> &File {
        &self.file
    }

    /// Returns whether it can be written at any offset, in any order. Otherwise it must be written
    /// from the beginning to the end.
    pub(crate) fn takes_any_order(&self) -> bool {
        self.volume.takes_any_order()
    }

    /// The file, to be written at any offset to about this length.
    pub(crate) fn writes(&self, len: u64) -> Writes<'_> {
        Writes::new(&self.file, self.volume, len)
    }

    /// Writes after what was written before.
    pub(super) fn append(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = page_cache::append(&self.file, self.volume, bytes, self.written)?;
        self.written += written as u64;
        Ok(written)
    }

    /// Returns whether the beginning can be written once more when the rest is written. Some
    /// programs that serve a file system refuse it. Called while the file is empty.
    pub(crate) fn can_be_patched(&mut self) -> Result<bool, Error> {
        if self.takes_any_order() {
            return Ok(true);
        }
        // Some refuse it, and some do something else.
        let mut read = [0; 2];
        let done = self
            .file
            .write_all_at(&[1, 1], 0)
            .and_then(|()| self.file.write_all_at(&[2], 0))
            .and_then(|()| {
                // What the kernel remembers is what was written; it may not be what is kept.
                system::not_needed(&self.file, 0, None);
                self.file.read_exact_at(&mut read, 0)
            });
        if done.is_ok() && read == [2, 1] {
            return Ok(true);
        }
        // What was written cannot be taken back, so another file is begun.
        let (file, temporary) =
            open(&self.directory, self.means).map_err(|refusal| refused(refusal, &self.shown))?;
        (self.file, self.temporary) = (file, temporary);
        Ok(false)
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
            means,
            volume,
            directory,
            file_name,
            shown,
            replace,
            replaced,
            mode,
            is_in_private_folder,
            instead_of,
            written: _,
        } = self;
        let failed = |doing| {
            let shown = shown.clone();
            move |source: io::Error| Error::io(doing, &shown, source)
        };
        let refusal = |refusal| refused(refusal, &shown);
        let settle = |file: &File| -> Result<(), Error> {
            let exposed = mode
                .apply(file, replaced)
                .map_err(|errno| failed("set the mode of")(errno.into()))?;
            if exposed && !is_in_private_folder {
                shortfall::note_readable(&shown);
            }
            sync(file).map_err(|errno| failed("sync")(errno.into()))
        };
        settle(&file)?;
        page_cache::forget(&file, volume);
        let replaced = instead_of.as_ref().map(|(input, _)| *input);
        if let Some(input) = replaced {
            let found = Entry::look(&*directory.descriptor, &file_name).map_err(failed("open"))?;
            if found.is_none_or(|found| Stamp::of(&found.metadata) != input) {
                return Err(Error::ChangedWhileRead { name: shown });
            }
        }
        let take_name = |temporary: Temporary| match (replace, replaced) {
            (Replace::Never, _) => temporary.rename_without_replacing(&file_name),
            (Replace::Always, Some(input)) => {
                temporary.replace_expected(&file_name, |old| input.is_but_renamed(Stamp::of(old)))
            }
            (Replace::Always, None) => temporary.rename(&file_name),
        };
        let named = match temporary {
            Some(temporary) => Some((file, temporary)),
            None => match link(&file, means, &directory, replace, &file_name) {
                Ok(temporary) => {
                    // The new link count is synced as well.
                    let synced = sync(&file).map_err(io::Error::from);
                    let kept = synced.and_then(|()| close_and_keep(file));
                    let kept = kept
                        .inspect_err(|_| {
                            if temporary.is_none() {
                                directory.remove(&file_name);
                            }
                        })
                        .map_err(failed("sync"))?;
                    temporary.map(|temporary| (kept, temporary))
                }
                Err(refused) if refused.is_final() => return Err(refusal(refused)),
                // It can have no name here, so its contents go to a file that was created with one.
                Err(_) => {
                    let (copy, temporary) = means
                        .temporaries
                        .create(&directory.descriptor)
                        .map_err(refusal)?;
                    let mut from = &file;
                    from.rewind()
                        .and_then(|()| io::copy(&mut from, &mut &copy))
                        .map_err(failed("write"))?;
                    settle(&copy)?;
                    Some((copy, temporary))
                }
            },
        };
        let mut kept = None;
        if let Some((file, temporary)) = named {
            // The lock shows that the temporary file is in use, so it is kept until that has its
            // name. Elsewhere no lock is seen, and an open file may not be renamed.
            if volume.is_of_this_kernel() {
                kept = Some(close_and_keep(file).map_err(failed("close"))?);
            } else {
                close(file).map_err(failed("close"))?;
            }
            take_name(temporary).map_err(refusal)?;
        }
        let durable = match &kept {
            _ if !volume.forgets_renamed() => Ok(()),
            Some(file) => sync(file),
            None => directory.sync_file(&file_name),
        };
        durable
            .and_then(|()| directory.sync())
            .map_err(|errno| match replace {
                Replace::Never => {
                    directory.remove(&file_name);
                    failed("sync the folder of")(errno.into())
                }
                // The old file is gone already, and the complete new file is better than none.
                Replace::Always => Error::NotDurable {
                    name: shown.clone(),
                    done: "written",
                    source: errno.into(),
                },
            })
    }
}

/// Gives an unnamed file its final name, or a temporary one if that must replace another file.
fn link(
    file: &File,
    means: Means,
    directory: &Directory,
    replace: Replace,
    name: &OsStr,
) -> Result<Option<Temporary>, Refusal> {
    let folder = &directory.descriptor;
    match replace {
        Replace::Never => means
            .temporaries
            .take(|| link_unnamed(file, folder, name))
            .map(|()| None),
        Replace::Always => means.temporaries.link(file, folder).map(Some),
    }
}

fn open(directory: &Directory, means: Means) -> Result<(File, Option<Temporary>), Refusal> {
    #[cfg(target_os = "linux")]
    if means.unnamed {
        let flags = OFlags::RDWR | OFlags::TMPFILE | OFlags::CLOEXEC;
        let mode = rustix::fs::Mode::from_raw_mode(0o600);
        // File systems and kernels that do not support unnamed files give all kinds of answers. If
        // there is another reason, the next attempt fails too.
        if let Ok(file) = rustix::fs::openat(&*directory.descriptor, ".", flags, mode) {
            let file = File::from(file);
            // Nobody can see it yet, but it may get a temporary name.
            let _ = rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive);
            return Ok((file, None));
        }
    }
    let (file, temporary) = means.temporaries.create(&directory.descriptor)?;
    Ok((file, Some(temporary)))
}

/// Returns the error for a name that was not taken.
pub(super) fn refused(refusal: Refusal, shown: &Untrusted) -> Error {
    let name = shown.clone();
    match refusal {
        Refusal::Ending => Error::Ending { name },
        Refusal::Changed => Error::ChangedWhileRead { name },
        Refusal::Swapped(kept) => Error::Swapped {
            name,
            kept: Untrusted::new(kept),
        },
        Refusal::System(Errno::EXIST) => Error::Exists { name },
        Refusal::System(Errno::NOENT) => Error::NoNewFiles { name },
        Refusal::System(errno) => Error::io("create", shown, errno),
        Refusal::Folder(kind) => Error::io("create", shown, io::Error::from(kind)),
    }
}

/// The folder in which the file is created. It stays the same even if its path changes meanwhile.
#[derive(Debug)]
pub(super) struct Directory {
    pub(super) descriptor: Arc<OwnedFd>,
    readable: bool,
}

impl Directory {
    pub(super) fn open(folder: OwnedFd) -> rustix::io::Result<Self> {
        let flags = OFlags::DIRECTORY | OFlags::RDONLY | OFlags::CLOEXEC;
        let opened = rustix::fs::openat(&folder, ".", flags, rustix::fs::Mode::empty());
        let (descriptor, readable) = match opened {
            Ok(descriptor) => (descriptor, true),
            // A drop box: files can be created, but not listed.
            Err(Errno::ACCESS) => (folder, false),
            Err(errno) => return Err(errno),
        };
        Ok(Self {
            descriptor: Arc::new(descriptor),
            readable,
        })
    }

    pub(super) fn sync(&self) -> rustix::io::Result<()> {
        if self.readable {
            return sync(&*self.descriptor);
        }
        // A folder that cannot be read cannot be synced, and neither can its file system alone:
        // sync everything.
        rustix::fs::sync();
        Ok(())
    }

    /// Syncs a file that was renamed and is not open any more.
    fn sync_file(&self, name: &OsStr) -> rustix::io::Result<()> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        match rustix::fs::openat(&*self.descriptor, name, flags, rustix::fs::Mode::empty()) {
            Ok(file) => sync(&file),
            // Another program has taken it away, or the user gets no permission to read it.
            Err(Errno::NOENT | Errno::ACCESS) => Ok(()),
            Err(errno) => Err(errno),
        }
    }

    fn remove(&self, name: &OsStr) {
        // The error that led here is the one to report.
        let _ = rustix::fs::unlinkat(&*self.descriptor, name, AtFlags::empty());
    }
}
