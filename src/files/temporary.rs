//! The names that must not outlive the run.
//!
//! Owns the list of temporary names that exist at this moment, so that a run that is being ended can take them away,
//! and the door through which every name is taken, so that nothing takes one after that.

use std::ffi::OsStr;
use std::fs::File;
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustix::fs::{AtFlags, CWD, Mode, OFlags, RenameFlags};
use rustix::io::Errno;

/// The one list of this process.
pub(super) static TEMPORARIES: Temporaries = Temporaries::new();

/// Removes every temporary name and lets no output take its name from now on. For the end of the run.
pub(crate) fn remove_temporaries() {
    TEMPORARIES.remove_all();
}

/// Why no name was taken.
#[derive(Debug, Clone, Copy)]
pub(super) enum Refusal {
    /// The run is being ended.
    Ending,
    /// The system refused.
    System(Errno),
}

impl From<Errno> for Refusal {
    fn from(errno: Errno) -> Self {
        Self::System(errno)
    }
}

/// The temporary names of a process.
#[derive(Debug)]
pub(super) struct Temporaries {
    inner: Mutex<Names>,
}

#[derive(Debug)]
struct Names {
    ended: bool,
    existing: Vec<(Arc<OwnedFd>, String)>,
    folders: Vec<PathBuf>,
}

impl Temporaries {
    pub(super) const fn new() -> Self {
        Self {
            inner: Mutex::new(Names {
                ended: false,
                existing: Vec::new(),
                folders: Vec::new(),
            }),
        }
    }

    /// Creates a file of a random name.
    pub(super) fn create(
        &'static self,
        directory: &Arc<OwnedFd>,
    ) -> Result<(File, Temporary), Refusal> {
        let flags =
            OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC | OFlags::NOFOLLOW;
        self.name(directory, |name| {
            rustix::fs::openat(directory, name, flags, Mode::from_raw_mode(0o600)).map(File::from)
        })
    }

    /// Gives an unnamed file a random name.
    pub(super) fn link(
        &'static self,
        file: &File,
        directory: &Arc<OwnedFd>,
    ) -> Result<Temporary, Refusal> {
        self.name(directory, |name| link_unnamed(file, directory, name))
            .map(|((), temporary)| temporary)
    }

    /// Makes a folder of a random name that goes with all that is in it.
    pub(super) fn folder(&'static self, place: &Path) -> Result<TemporaryFolder, Refusal> {
        let mut names = self.open()?;
        loop {
            let path = place.join(random_name()?);
            match rustix::fs::mkdir(&path, Mode::from_raw_mode(0o700)) {
                Err(Errno::EXIST) => {}
                Err(errno) => return Err(errno.into()),
                Ok(()) => {
                    names.folders.push(path.clone());
                    return Ok(TemporaryFolder { all: self, path });
                }
            }
        }
    }

    /// Lets `take` give an output its name, while the run is not being ended.
    pub(super) fn take<T>(&self, take: impl FnOnce() -> Result<T, Errno>) -> Result<T, Refusal> {
        let _held = self.open()?;
        Ok(take()?)
    }

    fn name<T>(
        &'static self,
        directory: &Arc<OwnedFd>,
        mut take: impl FnMut(&OsStr) -> Result<T, Errno>,
    ) -> Result<(T, Temporary), Refusal> {
        let mut names = self.open()?;
        loop {
            let name = random_name()?;
            match take(OsStr::new(&name)) {
                Err(Errno::EXIST) => {}
                Err(errno) => return Err(errno.into()),
                Ok(taken) => {
                    names.existing.push((Arc::clone(directory), name.clone()));
                    let directory = Arc::clone(directory);
                    return Ok((
                        taken,
                        Temporary {
                            all: self,
                            directory,
                            name,
                        },
                    ));
                }
            }
        }
    }

    pub(super) fn remove_all(&self) {
        let mut names = self.lock();
        names.ended = true;
        for (directory, name) in names.existing.drain(..) {
            // Nobody is left to be told.
            let _ = rustix::fs::unlinkat(&directory, &name, AtFlags::empty());
        }
        for folder in names.folders.drain(..) {
            remove_folder(&folder);
        }
    }

    fn open(&self) -> Result<MutexGuard<'_, Names>, Refusal> {
        let names = self.lock();
        if names.ended {
            Err(Refusal::Ending)
        } else {
            Ok(names)
        }
    }

    /// The list is whole at every moment, so a panic elsewhere does not spoil it.
    fn lock(&self) -> MutexGuard<'_, Names> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A temporary name. Dropped, the name is removed.
#[derive(Debug)]
pub(super) struct Temporary {
    all: &'static Temporaries,
    directory: Arc<OwnedFd>,
    name: String,
}

impl Temporary {
    /// Gives the file its real name, replacing what stands there.
    pub(super) fn rename(self, to: &OsStr) -> Result<(), Refusal> {
        self.rename_with(to, RenameFlags::empty())
    }

    /// Gives the file its real name, which must be free. The outer error is that of the last of the two ways.
    pub(super) fn rename_without_replacing(self, to: &OsStr) -> Result<(), Refusal> {
        let link = || {
            rustix::fs::linkat(
                &*self.directory,
                &self.name,
                &*self.directory,
                to,
                AtFlags::empty(),
            )
        };
        match self.all.take(link) {
            // Dropped, the temporary name is unlinked; the file keeps the other one.
            Ok(()) => Ok(()),
            Err(Refusal::System(Errno::PERM | Errno::OPNOTSUPP | Errno::NOSYS | Errno::MLINK)) => {
                self.rename_with(to, RenameFlags::NOREPLACE)
            }
            Err(refusal) => Err(refusal),
        }
    }

    fn rename_with(self, to: &OsStr, flags: RenameFlags) -> Result<(), Refusal> {
        let mut names = self.all.open()?;
        rustix::fs::renameat_with(&*self.directory, &self.name, &*self.directory, to, flags)?;
        names
            .existing
            .retain(|(directory, name)| !self.is(directory, name));
        Ok(())
    }

    fn is(&self, directory: &Arc<OwnedFd>, name: &str) -> bool {
        Arc::ptr_eq(directory, &self.directory) && name == self.name
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        let mut names = self.all.lock();
        if let Some(at) = names
            .existing
            .iter()
            .position(|(directory, name)| self.is(directory, name))
        {
            names.existing.swap_remove(at);
            // What cannot be removed stays under a name that says what it is.
            let _ = rustix::fs::unlinkat(&*self.directory, &self.name, AtFlags::empty());
        }
    }
}

/// A temporary folder. Dropped, it is removed with all that is in it.
#[derive(Debug)]
pub(super) struct TemporaryFolder {
    all: &'static Temporaries,
    path: PathBuf,
}

impl TemporaryFolder {
    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for TemporaryFolder {
    fn drop(&mut self) {
        let mut names = self.all.lock();
        if let Some(at) = names.folders.iter().position(|folder| *folder == self.path) {
            names.folders.swap_remove(at);
            remove_folder(&self.path);
        }
    }
}

/// Removes a folder with all that is in it; again, when somebody still wrote there meanwhile.
fn remove_folder(path: &Path) {
    for _ in 0..5 {
        // What cannot be removed stays, readable by its owner alone.
        if std::fs::remove_dir_all(path).is_ok() || !path.exists() {
            return;
        }
    }
}

/// Gives a file that was opened without a name one that must be free.
pub(super) fn link_unnamed(file: &File, directory: &OwnedFd, name: &OsStr) -> Result<(), Errno> {
    let unnamed = format!("/proc/self/fd/{}", file.as_raw_fd());
    rustix::fs::linkat(CWD, unnamed, directory, name, AtFlags::SYMLINK_FOLLOW)
}

/// Whether a file of this name is what a killed run left of an output.
pub(super) fn is_one(name: &OsStr) -> bool {
    let random = name
        .to_str()
        .and_then(|name| name.strip_prefix(".bulla-")?.strip_suffix(".tmp"));
    random.is_some_and(|random| {
        random.len() == 16 && random.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}

/// Not made from the output's name: that could be too long then.
fn random_name() -> Result<String, Errno> {
    let mut random = [0; 8];
    getrandom::fill(&mut random).map_err(|_| Errno::IO)?;
    Ok(format!(".bulla-{:016x}.tmp", u64::from_ne_bytes(random)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is done where there are no links: they cannot be taken away from this file system.
    #[test]
    fn a_rename_that_must_not_replace_does_not() {
        let dir = tempfile::tempdir().unwrap();
        let directory: Arc<OwnedFd> = Arc::new(std::fs::File::open(dir.path()).unwrap().into());
        let all: &'static Temporaries = Box::leak(Box::new(Temporaries::new()));
        let rename = |to| {
            let (_file, temporary) = all.create(&directory).unwrap();
            temporary.rename_with(OsStr::new(to), RenameFlags::NOREPLACE)
        };
        rename("x").unwrap();
        assert!(matches!(rename("x"), Err(Refusal::System(Errno::EXIST))));
        rename("y").unwrap();
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 2);
        let folder = all.folder(dir.path()).unwrap();
        std::fs::write(folder.path().join("z"), "").unwrap();
        all.remove_all();
        assert!(matches!(all.create(&directory), Err(Refusal::Ending)));
        assert!(matches!(all.folder(dir.path()), Err(Refusal::Ending)));
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 2);
    }
}
