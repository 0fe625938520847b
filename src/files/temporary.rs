//! Temporary names, none of which outlives the run.
//!
//! A list holds the temporary names that exist at this moment, so that a run ended by a signal can
//! remove them. Every name, temporary or final, is taken while the list is locked, so that none is
//! taken after that. The crate `tempfile` chooses the names and makes the folders; files are
//! created and removed through the descriptor of their folder, never through a path.

use std::ffi::OsStr;
use std::fs::{File, Metadata, Permissions};
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock, RwLockWriteGuard};

use rustix::fs::{AtFlags, CWD, FlockOperation, Mode, OFlags};
use rustix::io::Errno;
use tempfile::TempDir;

use crate::files::beneath::remove_tree;
use crate::files::file_system::Volume;
use crate::files::leftovers::Clear;
use crate::files::resolve::Entry;
use crate::files::sync::close;
use crate::files::system::{self, Rename};
use crate::files::temporary_name::{random_name, remove_folder};
use crate::files::{FileId, leftovers};

/// The temporary names of this process.
pub(super) static TEMPORARIES: Temporaries = Temporaries::new();

/// Removes every temporary name, and refuses every name from now on. Called when the run is ended
/// by a signal.
pub(crate) fn remove_temporaries() {
    TEMPORARIES.remove_all();
}

/// The reason why no name was taken.
#[derive(Debug, Clone)]
pub(super) enum Refusal {
    /// The run is being ended.
    Ending,
    /// Another file has the name than the one to replace.
    Changed,
    /// The same, and that file could not get its name back: it has this name now.
    Swapped(String),
    /// The system refused.
    System(Errno),
    /// A temporary folder could not be made.
    Folder(io::ErrorKind),
}

impl Refusal {
    /// Returns whether no other way of naming the file would help. Programs that serve a file
    /// system answer with all kinds of errors to what they do not support.
    pub(super) fn is_final(&self) -> bool {
        !matches!(
            self,
            Self::System(errno) if !matches!(
                *errno,
                Errno::EXIST | Errno::NOENT | Errno::NOSPC | Errno::DQUOT | Errno::ROFS
            )
        )
    }
}

impl From<Errno> for Refusal {
    fn from(errno: Errno) -> Self {
        Self::System(errno)
    }
}

/// The temporary names of a process.
#[derive(Debug)]
pub(super) struct Temporaries {
    inner: RwLock<Names>,
}

#[derive(Debug)]
struct Names {
    ended: bool,
    existing: Vec<(Arc<OwnedFd>, String)>,
    folders: Vec<PathBuf>,
    /// The folders that were cleared, and of what.
    cleared: Vec<(FileId, Clear)>,
}

impl Temporaries {
    pub(super) const fn new() -> Self {
        Self {
            inner: RwLock::new(Names {
                ended: false,
                existing: Vec::new(),
                folders: Vec::new(),
                cleared: Vec::new(),
            }),
        }
    }

    /// Creates a file with a random name. The first one in a folder removes what killed runs left.
    pub(super) fn create(
        &'static self,
        directory: &Arc<OwnedFd>,
    ) -> Result<(File, Temporary), Refusal> {
        self.clear(directory, Clear::Files)?;
        let flags =
            OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC | OFlags::NOFOLLOW;
        self.name(directory, |name| {
            let file = rustix::fs::openat(directory, name, flags, Mode::from_raw_mode(0o600))?;
            if show_use(&file) {
                Ok(file.into())
            } else {
                Err(Errno::EXIST)
            }
        })
    }

    /// Removes what killed runs left in a folder, once.
    fn clear(&self, directory: &Arc<OwnedFd>, what: Clear) -> Result<(), Refusal> {
        if let Ok(id) = FileId::of_descriptor(directory) {
            let mut names = self.open()?;
            if !names.cleared.contains(&(id, what)) {
                names.cleared.push((id, what));
                leftovers::clear(directory, what);
            }
        }
        Ok(())
    }

    /// Gives an unnamed file a random name. The first one in a folder removes what killed runs left.
    pub(super) fn link(
        &'static self,
        file: &File,
        directory: &Arc<OwnedFd>,
    ) -> Result<Temporary, Refusal> {
        self.clear(directory, Clear::Files)?;
        self.name(directory, |name| link_unnamed(file, directory, name))
            .map(|((), temporary)| temporary)
    }

    /// Creates a folder with a random name, mode 0700, that will get another name. It is removed
    /// with everything in it. What killed runs left is removed before.
    pub(super) fn create_folder(
        &'static self,
        directory: &Arc<OwnedFd>,
    ) -> Result<(OwnedFd, Temporary), Refusal> {
        self.clear(directory, Clear::FilesAndFolders)?;
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC | OFlags::NOFOLLOW;
        self.name(directory, |name| {
            rustix::fs::mkdirat(directory, name, Mode::from_raw_mode(0o700))?;
            match rustix::fs::openat(directory, name, flags, Mode::empty()) {
                Ok(folder) if show_use(&folder) => Ok(folder),
                // A process that clears what killed runs left was faster than the lock.
                Ok(_) | Err(Errno::NOENT) => Err(Errno::EXIST),
                Err(errno) => Err(errno),
            }
        })
    }

    /// Makes a folder with a random name, mode 0700. It is removed with everything in it.
    pub(super) fn folder(&'static self, place: &Path) -> Result<TemporaryFolder, Refusal> {
        let mut names = self.open()?;
        loop {
            let failed = |error: io::Error| Refusal::Folder(error.kind());
            let folder = random_name()
                .permissions(Permissions::from_mode(0o700))
                .tempdir_in(place)
                .map_err(failed)?;
            let held = File::open(folder.path()).map_err(failed)?;
            if show_use(&held) {
                names.folders.push(folder.path().to_owned());
                return Ok(TemporaryFolder {
                    all: self,
                    folder,
                    _held: held,
                });
            }
        }
    }

    /// Runs `take`, which gives an output its name, unless the run is being ended. Threads can do
    /// that at the same time.
    pub(super) fn take<T>(&self, take: impl FnOnce() -> Result<T, Errno>) -> Result<T, Refusal> {
        let held = self.inner.read().unwrap_or_else(PoisonError::into_inner);
        if held.ended {
            return Err(Refusal::Ending);
        }
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
            remove(&directory, &name);
        }
        for folder in names.folders.drain(..) {
            remove_folder(&folder);
        }
    }

    fn open(&self) -> Result<RwLockWriteGuard<'_, Names>, Refusal> {
        let names = self.lock();
        if names.ended {
            Err(Refusal::Ending)
        } else {
            Ok(names)
        }
    }

    /// Locks the list. It is consistent at every moment, so a panic elsewhere does not spoil it.
    fn lock(&self) -> RwLockWriteGuard<'_, Names> {
        self.inner.write().unwrap_or_else(PoisonError::into_inner)
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
        self.rename_with(to, Rename::Replace)
    }

    /// Gives the file its final name and removes the file that has it, if that is the expected one.
    ///
    /// The two exchange their names, so that what is compared is the file that is replaced. Where
    /// the file system cannot do that, what has the name at this moment is replaced.
    pub(super) fn replace_expected(
        self,
        to: &OsStr,
        is_expected: impl FnOnce(&Metadata) -> bool,
    ) -> Result<(), Refusal> {
        let mut names = self.all.open()?;
        let exchange = || {
            let folder = &*self.directory;
            system::rename(
                (folder, OsStr::new(&self.name)),
                (folder, to),
                Rename::Exchange,
            )
        };
        match exchange() {
            Ok(()) => {}
            Err(Errno::NOENT) => return Err(Refusal::Changed),
            Err(errno) if Refusal::System(errno).is_final() => return Err(errno.into()),
            Err(_) => {
                drop(names);
                return self.rename(to);
            }
        }
        let found = Entry::look(&*self.directory, OsStr::new(&self.name));
        if found.is_ok_and(|found| found.is_some_and(|old| is_expected(&old.metadata))) {
            // Dropping `self` removes the old file, which has the temporary name now.
            return Ok(());
        }
        if exchange().is_ok() {
            return Err(Refusal::Changed);
        }
        self.forget(&mut names);
        Err(Refusal::Swapped(self.name.clone()))
    }

    /// Gives the file its final name, which must be free. Links first, and renames where there are
    /// no links. Where a rename always replaces what it finds, it takes the name with a file of its
    /// own and replaces that.
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
            Err(refusal) if !refusal.is_final() => {}
            linked => return linked,
        }
        match self.rename_with(to, Rename::NoReplace) {
            Err(refusal) if !refusal.is_final() => self.rename_over_own(to),
            renamed => renamed,
        }
    }

    /// Gives a folder its final name, which must be free. Where a rename always replaces what it
    /// finds, it takes the name with an empty folder of its own and replaces that.
    pub(super) fn rename_folder(self, to: &OsStr) -> Result<(), Refusal> {
        match self.rename_with(to, Rename::NoReplace) {
            Err(refusal) if !refusal.is_final() => {}
            renamed => return renamed,
        }
        let names = self.all.open()?;
        rustix::fs::mkdirat(&*self.directory, to, Mode::from_raw_mode(0o700))?;
        drop(names);
        let renamed = self.rename_with(to, Rename::Replace);
        if renamed.is_err() {
            // Only if it is still empty. The error that led here is the one to report.
            let _ = rustix::fs::unlinkat(&*self.directory, to, AtFlags::REMOVEDIR);
        }
        renamed
    }

    fn rename_with(&self, to: &OsStr, how: Rename) -> Result<(), Refusal> {
        let mut names = self.all.open()?;
        let folder = &*self.directory;
        system::rename((folder, OsStr::new(&self.name)), (folder, to), how)?;
        self.forget(&mut names);
        Ok(())
    }

    /// Takes the final name with a file of our own of one byte, which fails if there is one, and
    /// renames over that. A program that serves a file system may create an empty file only after
    /// it was closed, and then in the place of what was renamed to its name.
    fn rename_over_own(&self, to: &OsStr) -> Result<(), Refusal> {
        let mut names = self.all.open()?;
        let folder = &*self.directory;
        let flags =
            OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC | OFlags::NOFOLLOW;
        let own = rustix::fs::openat(folder, to, flags, Mode::from_raw_mode(0o600))?;
        let ours = FileId::of_descriptor(&own)?;
        let written = rustix::io::write(&own, b"\n");
        // An open file may be kept under another name when it is replaced.
        let closed = close(own);
        let is_ours = || {
            rustix::fs::statat(folder, to, AtFlags::SYMLINK_NOFOLLOW)
                .is_ok_and(|found| FileId::of_stat(&found) == ours && found.st_size <= 1)
        };
        if !is_ours() {
            return Err(Errno::EXIST.into());
        }
        let closed = closed.map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::IO));
        let renamed = written
            .and(closed)
            .and_then(|()| rustix::fs::renameat(folder, &self.name, folder, to));
        if let Err(errno) = renamed {
            if is_ours() {
                // The error that led here is the one to report.
                let _ = rustix::fs::unlinkat(folder, to, AtFlags::empty());
            }
            return Err(errno.into());
        }
        self.forget(&mut names);
        Ok(())
    }

    /// Takes the temporary name off the list, because nothing of ours has it any more.
    fn forget(&self, names: &mut Names) {
        names
            .existing
            .retain(|(directory, name)| !self.is(directory, name));
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
            // What cannot be removed stays under a name that shows what it is.
            remove(&self.directory, &self.name);
        }
    }
}

/// Removes a temporary file or folder.
fn remove(directory: &OwnedFd, name: &str) {
    let removed = rustix::fs::unlinkat(directory, name, AtFlags::empty());
    // POSIX has the second one for folders.
    if let Err(Errno::ISDIR | Errno::PERM) = removed {
        let _ = remove_tree(directory, OsStr::new(name));
    }
}

/// A temporary folder, removed with everything in it when this is dropped.
#[derive(Debug)]
pub(super) struct TemporaryFolder {
    all: &'static Temporaries,
    folder: TempDir,
    /// Shows other processes that the folder is in use.
    _held: File,
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

/// Locks a new temporary file or folder, to show other processes that it is in use. Returns whether
/// it is still there: one that clears what killed runs left may have been faster.
pub(super) fn show_use(file: &impl std::os::fd::AsFd) -> bool {
    if !Volume::of(file).is_of_this_kernel() {
        return true;
    }
    // Where nothing can be locked, nothing is cleared either.
    rustix::fs::flock(file, FlockOperation::NonBlockingLockExclusive) != Err(Errno::WOULDBLOCK)
        && rustix::fs::fstat(file).map_or(true, |found| found.st_nlink > 0)
}

/// Gives a file that was opened without a name a name, which must be free.
pub(super) fn link_unnamed(file: &File, directory: &OwnedFd, name: &OsStr) -> Result<(), Errno> {
    let unnamed = format!("/proc/self/fd/{}", file.as_raw_fd());
    rustix::fs::linkat(CWD, unnamed, directory, name, AtFlags::SYMLINK_FOLLOW)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::file_id::Stamp;

    #[test]
    fn a_file_that_another_program_put_there_gets_its_name_back() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        let directory: Arc<OwnedFd> = Arc::new(File::open(dir.path()).unwrap().into());
        let all: &'static Temporaries = Box::leak(Box::new(Temporaries::new()));
        let replace = |expected: Stamp| {
            let (mut file, temporary) = all.create(&directory).unwrap();
            std::io::Write::write_all(&mut file, b"new").unwrap();
            let is_expected = |old: &Metadata| expected.is_but_renamed(Stamp::of(old));
            temporary.replace_expected(OsStr::new("x"), is_expected)
        };
        std::fs::write(at("x"), "old").unwrap();
        let old = Stamp::of(&at("x").metadata().unwrap());
        std::fs::write(at("y"), "newer").unwrap();
        std::fs::rename(at("y"), at("x")).unwrap();
        assert!(matches!(replace(old), Err(Refusal::Changed)));
        assert_eq!(std::fs::read(at("x")).unwrap(), b"newer");
        let newer = Stamp::of(&at("x").metadata().unwrap());
        replace(newer).unwrap();
        assert_eq!(std::fs::read(at("x")).unwrap(), b"new");
        std::fs::remove_file(at("x")).unwrap();
        assert!(matches!(replace(newer), Err(Refusal::Changed)));
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_temporary_file_shows_that_it_is_in_use() {
        let dir = tempfile::tempdir().unwrap();
        let all: &'static Temporaries = Box::leak(Box::new(Temporaries::new()));
        let directory = Arc::new(OwnedFd::from(File::open(dir.path()).unwrap()));
        let (file, temporary) = all.create(&directory).unwrap();
        let folder = all.folder(dir.path()).unwrap();
        assert!(leftovers::leftovers(dir.path(), true).is_empty());
        assert_eq!(
            std::fs::read_dir(dir.path()).unwrap().count(),
            2,
            "nothing was removed"
        );
        drop((file, temporary, folder));
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
    }

    #[test]
    fn where_a_rename_always_replaces_no_other_file_is_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let directory: Arc<OwnedFd> = Arc::new(File::open(dir.path()).unwrap().into());
        let all: &'static Temporaries = Box::leak(Box::new(Temporaries::new()));
        let rename = |bytes: &[u8]| {
            let (mut file, temporary) = all.create(&directory).unwrap();
            std::io::Write::write_all(&mut file, bytes).unwrap();
            temporary.rename_over_own(OsStr::new("x"))
        };
        rename(b"first").unwrap();
        assert!(matches!(
            rename(b"second"),
            Err(Refusal::System(Errno::EXIST))
        ));
        assert_eq!(std::fs::read(dir.path().join("x")).unwrap(), b"first");
        // An empty file is a file too.
        std::fs::write(dir.path().join("x"), "").unwrap();
        assert!(matches!(
            rename(b"third"),
            Err(Refusal::System(Errno::EXIST))
        ));
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    /// Covers file systems without links; links cannot be turned off on the one the test runs on.
    #[test]
    fn a_rename_that_must_not_replace_does_not() {
        let dir = tempfile::tempdir().unwrap();
        let directory: Arc<OwnedFd> = Arc::new(std::fs::File::open(dir.path()).unwrap().into());
        let all: &'static Temporaries = Box::leak(Box::new(Temporaries::new()));
        let rename = |to| {
            let (_file, temporary) = all.create(&directory).unwrap();
            temporary.rename_with(OsStr::new(to), Rename::NoReplace)
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
