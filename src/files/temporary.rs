//! Temporary names, none of which outlives the run.
//!
//! A list holds the temporary names that exist at this moment, so that a run ended by a signal can
//! remove them. Every name, temporary or final, is taken while the list is locked, so that none is
//! taken after that. The crate `tempfile` chooses the names and makes the folders; files are
//! created and removed through the descriptor of their folder, never through a path.

use std::ffi::OsStr;
use std::fs::{File, Permissions};
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustix::fs::{AtFlags, CWD, Mode, OFlags, RenameFlags};
use rustix::io::Errno;
use tempfile::{Builder, TempDir};

/// What temporary names begin with.
const PREFIX: &str = ".bulla-";
/// What temporary names end with.
const SUFFIX: &str = ".tmp";
/// The number of random letters and digits between the two. The name of the output is not part of
/// it: together they could be too long.
const RANDOM: usize = 16;

/// The temporary names of this process.
pub(super) static TEMPORARIES: Temporaries = Temporaries::new();

/// Removes every temporary name, and refuses every name from now on. Called when the run is ended
/// by a signal.
pub(crate) fn remove_temporaries() {
    TEMPORARIES.remove_all();
}

/// The reason why no name was taken.
#[derive(Debug, Clone, Copy)]
pub(super) enum Refusal {
    /// The run is being ended.
    Ending,
    /// The system refused.
    System(Errno),
    /// A temporary folder could not be made.
    Folder(io::ErrorKind),
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

    /// Creates a file with a random name.
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

    /// Makes a folder with a random name, mode 0700. It is removed with everything in it.
    pub(super) fn folder(&'static self, place: &Path) -> Result<TemporaryFolder, Refusal> {
        let mut names = self.open()?;
        let folder = random_name()
            .permissions(Permissions::from_mode(0o700))
            .tempdir_in(place)
            .map_err(|error| Refusal::Folder(error.kind()))?;
        names.folders.push(folder.path().to_owned());
        Ok(TemporaryFolder { all: self, folder })
    }

    /// Runs `take`, which gives an output its name, unless the run is being ended.
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
        let mut name = None;
        // Only the last component of the path is used, and `directory` is what it is relative to.
        let made = random_name()
            .disable_cleanup(true)
            .make_in("/", |path| {
                let last = path.file_name().unwrap_or_default();
                let taken = take(last)?;
                name = Some(last.to_string_lossy().into_owned());
                Ok(taken)
            })
            .map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::EXIST))?;
        let name = name.ok_or(Errno::EXIST)?;
        names.existing.push((Arc::clone(directory), name.clone()));
        let temporary = Temporary {
            all: self,
            directory: Arc::clone(directory),
            name,
        };
        Ok((made.into_file(), temporary))
    }

    pub(super) fn remove_all(&self) {
        let mut names = self.lock();
        names.ended = true;
        for (directory, name) in names.existing.drain(..) {
            // The process is about to die: a failure cannot be reported any more.
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

    /// Locks the list. It is consistent at every moment, so a panic elsewhere does not spoil it.
    fn lock(&self) -> MutexGuard<'_, Names> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A temporary name, removed when this is dropped.
#[derive(Debug)]
pub(super) struct Temporary {
    all: &'static Temporaries,
    directory: Arc<OwnedFd>,
    name: String,
}

impl Temporary {
    /// Gives the file its final name and replaces an existing file of that name.
    pub(super) fn rename(self, to: &OsStr) -> Result<(), Refusal> {
        self.rename_with(to, RenameFlags::empty())
    }

    /// Gives the file its final name, which must be free. Links first, and renames where there are
    /// no links; the error is that of the last attempt.
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
            // Dropping `self` unlinks the temporary name; the file keeps the final one.
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
            // A file that cannot be removed stays under a name that shows what it is.
            let _ = rustix::fs::unlinkat(&*self.directory, &self.name, AtFlags::empty());
        }
    }
}

/// A temporary folder, removed with everything in it when this is dropped.
#[derive(Debug)]
pub(super) struct TemporaryFolder {
    all: &'static Temporaries,
    folder: TempDir,
}

impl TemporaryFolder {
    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }
}

impl Drop for TemporaryFolder {
    fn drop(&mut self) {
        let mut names = self.all.lock();
        let path = self.folder.path();
        if let Some(at) = names.folders.iter().position(|folder| folder == path) {
            names.folders.swap_remove(at);
            // `TempDir` removes it once; an editor's child may still be writing there.
            remove_folder(path);
        }
    }
}

/// Removes a folder with everything in it, and tries again if a program wrote there meanwhile.
fn remove_folder(path: &Path) {
    for _ in 0..5 {
        // A folder that cannot be removed stays, readable by its owner only.
        if std::fs::remove_dir_all(path).is_ok() || !path.exists() {
            return;
        }
    }
}

/// Gives a file that was opened without a name a name, which must be free.
pub(super) fn link_unnamed(file: &File, directory: &OwnedFd, name: &OsStr) -> Result<(), Errno> {
    let unnamed = format!("/proc/self/fd/{}", file.as_raw_fd());
    rustix::fs::linkat(CWD, unnamed, directory, name, AtFlags::SYMLINK_FOLLOW)
}

/// Returns whether a file of this name is one that a killed run left behind.
pub(super) fn is_temporary_name(name: &OsStr) -> bool {
    let random = name
        .to_str()
        .and_then(|name| name.strip_prefix(PREFIX)?.strip_suffix(SUFFIX));
    random.is_some_and(|random| {
        random.len() == RANDOM && random.bytes().all(|byte| byte.is_ascii_alphanumeric())
    })
}

/// A builder of files and folders with a random name.
fn random_name() -> Builder<'static, 'static> {
    let mut builder = Builder::new();
    builder.prefix(PREFIX).suffix(SUFFIX).rand_bytes(RANDOM);
    builder
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Covers file systems without links; links cannot be turned off on the one the test runs on.
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
