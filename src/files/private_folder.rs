//! A folder that only its owner can write to, and the files in it.
//!
//! Decides whether the contents can be trusted: they cannot if other users can write to the folder.
//! Others may be able to read it (a git checkout is readable by all), because secrets in it are
//! encrypted or 0600. If they cannot even enter it, the modes of what is in it do not matter.
//!
//! What is in such a folder may still have come from somebody else: git checks out what others
//! pushed, symlinks included. So everything happens through the descriptor of the folder, and no
//! link in it is ever followed. Anything else in the place of a file is damage.

use std::fs::{DirBuilder, File};
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::{AtFlags, CWD, Dir, FileType, OFlags, Stat};
use rustix::io::Errno;
use zeroize::Zeroizing;

use bulla_age::untrusted::Untrusted;

use crate::files::file_system::{Volume, may_lack_modes};
use crate::files::sync::sync;
use crate::files::system::{self, mode_bits};
use crate::files::{AtomicFile, Error, FileId, Input, Lock, Replace};

/// The largest file that is read from such a folder, and so the largest to write.
pub(crate) const LARGEST: u64 = 1 << 20;

/// Opens a folder, to list it and to reach what is in it.
const FOLDER: OFlags = OFlags::DIRECTORY
    .union(OFlags::RDONLY)
    .union(OFlags::CLOEXEC);

/// Opens a file in it. Opening a FIFO does not wait.
const FILE: OFlags = OFlags::NOFOLLOW
    .union(OFlags::NONBLOCK)
    .union(OFlags::NOCTTY)
    .union(OFlags::CLOEXEC);

/// A folder that only its owner can write to.
#[derive(Clone, Debug)]
pub(crate) struct PrivateFolder {
    descriptor: Arc<OwnedFd>,
    /// For messages only.
    path: PathBuf,
    guard: Guard,
}

/// What protects the contents of a folder from other users.
#[derive(Clone, Debug)]
enum Guard {
    /// The mode of each file and folder in it.
    Modes {
        /// The path of the outermost folder.
        top: PathBuf,
    },
    /// Others cannot enter the outermost folder.
    Closed,
    /// Nothing: the file system has no modes.
    None,
}

impl PrivateFolder {
    /// Opens a folder; `None` if it does not exist. The path is the user's, and may lead through
    /// symlinks.
    ///
    /// # Errors
    /// [`Error::NotPrivate`] if others own it; [`Error::OpenToOthers`] if they can write to it.
    pub(crate) fn open(path: &Path) -> Result<Option<Self>, Error> {
        match rustix::fs::openat(CWD, path, FOLDER, rustix::fs::Mode::empty()) {
            Ok(descriptor) => Self::outermost(descriptor, path.to_owned()).map(Some),
            Err(Errno::NOENT) => Ok(None),
            Err(errno) => Err(Error::io("open", &Untrusted::from(path), errno)),
        }
    }

    fn outermost(descriptor: OwnedFd, path: PathBuf) -> Result<Self, Error> {
        let name = Untrusted::from(path.as_path());
        let stat =
            rustix::fs::fstat(&descriptor).map_err(|errno| Error::io("open", &name, errno))?;
        let guard = match exposed(stat.st_uid, mode_bits(&stat)) {
            None => Guard::Closed,
            Some(_) if lacks_modes(&descriptor, stat.st_uid, mode_bits(&stat)) => Guard::None,
            Some(_) => Guard::Modes { top: path.clone() },
        };
        guard.check((stat.st_uid, mode_bits(&stat)), &name)?;
        Ok(Self {
            descriptor: Arc::new(descriptor),
            path,
            guard,
        })
    }

    fn inner(&self, name: &str, descriptor: OwnedFd) -> Result<Self, Error> {
        let path = self.path.join(name);
        let shown = Untrusted::from(path.as_path());
        let stat =
            rustix::fs::fstat(&descriptor).map_err(|errno| Error::io("open", &shown, errno))?;
        self.guard.check((stat.st_uid, mode_bits(&stat)), &shown)?;
        Ok(Self {
            descriptor: Arc::new(descriptor),
            path,
            guard: self.guard.clone(),
        })
    }

    /// Opens a folder. If it does not exist, creates it and its parents.
    pub(crate) fn create(path: &Path) -> Result<Self, Error> {
        if let Some(folder) = Self::open(path)? {
            return Ok(folder);
        }
        let name = Untrusted::from(path);
        let parent = path
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty())
            .unwrap_or(Path::new("."));
        match parent.metadata() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Self::create(parent)?;
            }
            found => {
                let found = found.map_err(|error| Error::io("create", &name, error))?;
                refuse_as_root(found.uid(), &name)?;
            }
        }
        match DirBuilder::new().mode(0o700).create(path) {
            Ok(()) => {
                let synced = rustix::fs::openat(CWD, parent, FOLDER, rustix::fs::Mode::empty())
                    .and_then(sync);
                synced.map_err(|errno| Error::io("sync the folder of", &name, errno))?;
            }
            // Another process created it first.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(Error::io("create", &name, error)),
        }
        Self::open(path)?.ok_or(Error::NotFound { name })
    }

    /// The path of the folder, for messages.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Opens a subfolder; `None` if it does not exist.
    ///
    /// # Errors
    /// [`Error::NotPlain`] if it is a symlink or a file.
    pub(crate) fn folder(&self, name: &str) -> Result<Option<Self>, Error> {
        let flags = FOLDER | OFlags::NOFOLLOW;
        match self.openat(name, flags, 0) {
            Ok(descriptor) => self.inner(name, descriptor).map(Some),
            Err(Errno::NOENT) => Ok(None),
            Err(errno @ (Errno::NOTDIR | Errno::LOOP | Errno::MLINK)) => {
                Err(self.not_plain(name, "a folder", errno))
            }
            Err(errno) => Err(self.failed("open", name, errno)),
        }
    }

    /// Opens a subfolder, and creates it if it does not exist.
    pub(crate) fn create_folder(&self, name: &str) -> Result<Self, Error> {
        if let Some(folder) = self.folder(name)? {
            return Ok(folder);
        }
        let mode = rustix::fs::Mode::from_raw_mode(0o700);
        match rustix::fs::mkdirat(&self.descriptor, name, mode) {
            Ok(()) => self
                .sync()
                .map_err(|errno| self.failed("sync the folder of", name, errno))?,
            // Another process created it first.
            Err(Errno::EXIST) => {}
            Err(errno) => return Err(self.failed("create", name, errno)),
        }
        self.folder(name)?.ok_or_else(|| Error::NotFound {
            name: self.shown(name),
        })
    }

    /// Returns the names that do not begin with a dot, sorted.
    pub(crate) fn names(&self) -> Result<Vec<String>, Error> {
        let mut names = self.all_names()?;
        names.retain(|name| !name.starts_with('.'));
        Ok(names)
    }

    /// Returns all names, sorted. All names that we create are UTF-8; others are left out.
    pub(crate) fn all_names(&self) -> Result<Vec<String>, Error> {
        let failed = |error: Errno| Error::io("read", &Untrusted::from(self.path.as_path()), error);
        let mut names = Vec::new();
        // The standard library's reader panics if closing the folder fails.
        for entry in Dir::read_from(&self.descriptor).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let name = entry.file_name().to_str().ok();
            names.extend(
                name.filter(|name| !matches!(*name, "." | ".."))
                    .map(str::to_owned),
            );
        }
        names.sort_unstable();
        Ok(names)
    }

    /// Reads a file; `None` if it does not exist.
    ///
    /// # Errors
    /// [`Error::NotPrivate`] and [`Error::OpenToOthers`] if others own it or can write to it;
    /// [`Error::NotPlain`] if it is no regular file.
    pub(crate) fn read(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, Error> {
        self.read_within(name, LARGEST)
    }

    /// Reads a file of at most `limit` bytes; `None` if it does not exist.
    pub(crate) fn read_within(
        &self,
        name: &str,
        limit: u64,
    ) -> Result<Option<Zeroizing<Vec<u8>>>, Error> {
        let Some(file) = self.open_file(name, OFlags::RDONLY)? else {
            return Ok(None);
        };
        let input = Input::new(file, self.shown(name))?;
        let metadata = input.metadata();
        // A hard link of it could be where others can write.
        let guard = match &self.guard {
            Guard::Closed if metadata.nlink() > 1 => &Guard::Modes {
                top: self.path.clone(),
            },
            guard => guard,
        };
        guard.check((metadata.uid(), metadata.mode()), input.name())?;
        input.read_bounded(limit).map(Some)
    }

    /// Opens a regular file; `None` if it does not exist.
    fn open_file(&self, name: &str, access: OFlags) -> Result<Option<File>, Error> {
        let file = match self.openat(name, FILE | access, 0o600) {
            Ok(descriptor) => File::from(descriptor),
            Err(Errno::NOENT) => return Ok(None),
            // A symlink; a socket, or a FIFO without a reader; a folder opened for writing.
            Err(errno @ (Errno::LOOP | Errno::MLINK | Errno::NXIO | Errno::ISDIR)) => {
                return Err(self.not_plain(name, "a file", errno));
            }
            Err(errno) => return Err(self.failed("open", name, errno)),
        };
        let metadata = file
            .metadata()
            .map_err(|error| Error::io("open", &self.shown(name), error))?;
        if metadata.is_file() {
            Ok(Some(file))
        } else {
            Err(self.not_plain(name, "a file", Errno::INVAL))
        }
    }

    /// Returns whether this name exists.
    ///
    /// # Errors
    /// If that cannot be known.
    pub(crate) fn has(&self, name: &str) -> Result<bool, Error> {
        Ok(self.look(name)?.is_some())
    }

    /// Returns the kind of a thing that is neither a regular file nor a folder.
    pub(crate) fn strange(&self, name: &str) -> Result<Option<&'static str>, Error> {
        let kind = self.look(name)?.map(|stat| kind(&stat));
        Ok(kind.filter(|kind| !matches!(*kind, "a file" | "a folder")))
    }

    /// Returns what other users can do with something in it; `None` if nothing, if it does not
    /// exist, or if it is a symlink.
    pub(crate) fn exposure(&self, name: &str) -> Result<Option<Exposure>, Error> {
        let stat = self.look(name)?;
        let stat = stat.filter(|stat| FileType::from_raw_mode(stat.st_mode) != FileType::Symlink);
        let exposure = stat.and_then(|stat| exposed(stat.st_uid, mode_bits(&stat)));
        Ok(match self.guard {
            Guard::Modes { .. } => exposure,
            Guard::Closed => exposure.filter(|exposure| *exposure != Exposure::Writable),
            Guard::None => None,
        })
    }

    /// Writes a complete file with mode 0600, and syncs it.
    ///
    /// # Errors
    /// [`Error::NotPlain`] if something else than a file has this name.
    pub(crate) fn write(&self, name: &str, bytes: &[u8], replace: Replace) -> Result<(), Error> {
        self.refuse_strange(name)?;
        let file = AtomicFile::create_in(&self.descriptor, name, self.shown(name), replace)?;
        io::Write::write_all(&mut file.file(), bytes)
            .map_err(|error| Error::io("write", &self.shown(name), error))?;
        file.commit()
    }

    /// Opens a file to be read as a stream; `None` if it does not exist.
    ///
    /// # Errors
    /// Those of [`read`](Self::read).
    pub(crate) fn stream(&self, name: &str) -> Result<Option<File>, Error> {
        let Some(file) = self.open_file(name, OFlags::RDONLY)? else {
            return Ok(None);
        };
        let metadata = file
            .metadata()
            .map_err(|error| Error::io("open", &self.shown(name), error))?;
        self.guard
            .check((metadata.uid(), metadata.mode()), &self.shown(name))?;
        Ok(Some(file))
    }

    /// Opens a file to be written at its end, and creates it if it does not exist.
    pub(crate) fn append(&self, name: &str) -> Result<File, Error> {
        self.refuse_strange(name)?;
        let access = OFlags::WRONLY | OFlags::APPEND | OFlags::CREATE;
        let file = self.open_file(name, access)?;
        file.ok_or_else(|| self.failed("open", name, Errno::NOENT))
    }

    /// Begins a file that replaces the one of this name when it is complete, with mode 0600.
    pub(crate) fn replace(&self, name: &str) -> Result<AtomicFile, Error> {
        self.refuse_strange(name)?;
        AtomicFile::create_in(&self.descriptor, name, self.shown(name), Replace::Always)
    }

    /// Renames a file, and replaces an existing file of the new name.
    pub(crate) fn rename(&self, from: &str, to: &str) -> Result<(), Error> {
        self.refuse_strange(from)?;
        self.refuse_strange(to)?;
        rustix::fs::renameat(&self.descriptor, from, &self.descriptor, to)
            .map_err(|errno| self.failed("rename", from, errno))?;
        if Volume::of(&self.descriptor).forgets_renamed()
            && let Some(file) = self.open_file(to, OFlags::RDONLY)?
        {
            sync(&file).map_err(|errno| self.not_durable("renamed", from, errno))?;
        }
        self.sync_after("renamed", from)
    }

    /// Removes a file, if it exists.
    pub(crate) fn remove(&self, name: &str) -> Result<(), Error> {
        self.refuse_strange(name)?;
        match rustix::fs::unlinkat(&self.descriptor, name, AtFlags::empty()) {
            Ok(()) => self.sync_after("removed", name),
            Err(Errno::NOENT) => Ok(()),
            Err(errno) => Err(self.failed("remove", name, errno)),
        }
    }

    /// Removes an empty folder in it, if it exists.
    pub(crate) fn remove_folder(&self, name: &str) -> Result<(), Error> {
        match rustix::fs::unlinkat(&self.descriptor, name, AtFlags::REMOVEDIR) {
            Ok(()) => self.sync_after("removed", name),
            Err(Errno::NOENT) => Ok(()),
            Err(errno) => Err(self.failed("remove", name, errno)),
        }
    }

    /// Waits for the lock on this file, which is created if it does not exist. Calls `tell` if that
    /// takes longer than a moment.
    ///
    /// # Errors
    /// [`Error::Busy`] if another process does not release it in time; [`Error::NotPlain`].
    pub(crate) fn lock(&self, name: &str, tell: impl Fn(&Untrusted)) -> Result<Lock, Error> {
        loop {
            let access = OFlags::WRONLY | OFlags::CREATE;
            let file = self.open_file(name, access)?;
            let file = file.ok_or_else(|| self.failed("lock", name, Errno::NOENT))?;
            let lock = Lock::on(file, &self.shown(name), &tell)?;
            // A checkout may have put another file there meanwhile, which others lock.
            let now = self.look(name)?.map(|stat| FileId::of_stat(&stat));
            let held = lock.file().metadata();
            let held = held.map_err(|error| Error::io("lock", &self.shown(name), error))?;
            if now == Some(FileId::of(&held)) {
                return Ok(lock);
            }
        }
    }

    fn openat(&self, name: &str, flags: OFlags, mode: u32) -> Result<OwnedFd, Errno> {
        // NOFOLLOW holds only for the last part of a path.
        if name.contains('/') || matches!(name, "" | "." | "..") {
            return Err(Errno::INVAL);
        }
        let mode = system::mode(mode);
        rustix::fs::openat(&self.descriptor, name, flags, mode)
    }

    /// Returns what has this name, without following it.
    fn look(&self, name: &str) -> Result<Option<Stat>, Error> {
        match rustix::fs::statat(&self.descriptor, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => Ok(Some(stat)),
            Err(Errno::NOENT) => Ok(None),
            Err(errno) => Err(self.failed("open", name, errno)),
        }
    }

    fn refuse_strange(&self, name: &str) -> Result<(), Error> {
        if name.contains('/') {
            return Err(self.failed("open", name, Errno::INVAL));
        }
        match self.look(name)?.map(|stat| kind(&stat)) {
            None | Some("a file") => Ok(()),
            Some(what) => Err(Error::NotPlain {
                name: self.shown(name),
                what,
                wanted: "a file",
            }),
        }
    }

    /// Returns the error for something of another kind, or the system's error if it is gone.
    fn not_plain(&self, name: &str, wanted: &'static str, errno: Errno) -> Error {
        match self.look(name) {
            Ok(Some(stat)) if kind(&stat) != wanted => Error::NotPlain {
                name: self.shown(name),
                what: kind(&stat),
                wanted,
            },
            _ => self.failed("open", name, errno),
        }
    }

    fn shown(&self, name: &str) -> Untrusted {
        Untrusted::from(self.path.join(name).as_path())
    }

    fn failed(&self, doing: &'static str, name: &str, errno: Errno) -> Error {
        Error::io(doing, &self.shown(name), errno)
    }

    /// Syncs the folder after something happened to a name in it.
    fn sync_after(&self, done: &'static str, name: &str) -> Result<(), Error> {
        self.sync()
            .map_err(|errno| self.not_durable(done, name, errno))
    }

    fn not_durable(&self, done: &'static str, name: &str, errno: Errno) -> Error {
        Error::NotDurable {
            name: self.shown(name),
            done,
            source: errno.into(),
        }
    }

    fn sync(&self) -> rustix::io::Result<()> {
        sync(self.descriptor.as_fd())
    }
}

/// The words for a kind of file.
fn kind(stat: &Stat) -> &'static str {
    match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => "a file",
        FileType::Directory => "a folder",
        FileType::Symlink => "a symlink",
        FileType::Fifo => "a FIFO",
        FileType::Socket => "a socket",
        _ => "a device",
    }
}

/// What other users can do with something that should be private.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exposure {
    /// They own it.
    Owned,
    /// They can write to it.
    Writable,
    /// They can read it, or list it.
    Readable,
}

/// Returns what other users can do with a file or folder; `None` if nothing, or if it does not
/// exist.
pub(crate) fn exposure(path: &Path) -> Result<Option<Exposure>, Error> {
    let metadata = match path.metadata() {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::io("open", &Untrusted::from(path), error)),
    };
    Ok(exposed(metadata.uid(), metadata.mode()))
}

fn exposed(uid: u32, mode: u32) -> Option<Exposure> {
    if uid != rustix::process::geteuid().as_raw() {
        Some(Exposure::Owned)
    } else if mode & 0o022 != 0 {
        Some(Exposure::Writable)
    } else if mode & 0o077 != 0 {
        Some(Exposure::Readable)
    } else {
        None
    }
}

impl Guard {
    /// Returns an error if another user owns the file or folder, or can write to it.
    fn check(&self, (uid, mode): (u32, u32), name: &Untrusted) -> Result<(), Error> {
        let exposure = exposed(uid, mode);
        match (exposure, self) {
            (None | Some(Exposure::Readable), _) | (_, Self::None) => Ok(()),
            (Some(Exposure::Writable), Self::Closed) => Ok(()),
            (Some(Exposure::Writable), Self::Modes { top }) => Err(Error::OpenToOthers {
                name: name.clone(),
                top: Untrusted::from(top.as_path()),
            }),
            (Some(Exposure::Owned), _) => Err(Error::of_another_user(name.clone())),
        }
    }
}

/// Returns whether a folder looks open to others only because its file system has no modes. Its
/// files belong to the user who mounted it, or to root.
fn lacks_modes(folder: impl AsFd, uid: u32, mode: u32) -> bool {
    let us = rustix::process::geteuid().as_raw();
    mode & 0o022 != 0 && (uid == us || uid == 0) && may_lack_modes(folder)
}

/// Returns whether other users of this machine may be able to change what is in a folder, because
/// its file system has no modes.
pub(crate) fn is_without_modes(folder: &Path) -> bool {
    let opened = PrivateFolder::open(folder);
    opened.is_ok_and(|folder| folder.is_some_and(|folder| matches!(folder.guard, Guard::None)))
}

/// Refuses to create a folder of root among those of another user, who could not use it later. This
/// happens with sudo, which may keep HOME.
fn refuse_as_root(owner: u32, name: &Untrusted) -> Result<(), Error> {
    if rustix::process::geteuid().is_root() && owner != 0 {
        return Err(Error::ForeignHome { name: name.clone() });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{Permissions, set_permissions};
    use std::os::unix::fs::PermissionsExt;

    fn mode(path: &Path) -> u32 {
        path.metadata().unwrap().mode() & 0o777
    }

    #[test]
    fn a_private_folder_is_accessible_only_to_its_owner() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a/b");
        assert!(PrivateFolder::open(&path).unwrap().is_none());
        let folder = PrivateFolder::create(&path).unwrap();
        folder.write("x", b"1", Replace::Never).unwrap();
        assert_eq!(
            (
                mode(&path),
                mode(&dir.path().join("a")),
                mode(&path.join("x"))
            ),
            (0o700, 0o700, 0o600)
        );
        assert!(matches!(
            folder.write("x", b"2", Replace::Never),
            Err(Error::Exists { .. })
        ));
        folder.write("x", b"2", Replace::Always).unwrap();
        assert_eq!(folder.read("x").unwrap().unwrap().as_slice(), b"2");
        set_permissions(path.join("x"), Permissions::from_mode(0o644)).unwrap();
        folder.write("x", b"3", Replace::Always).unwrap();
        assert_eq!(
            mode(&path.join("x")),
            0o600,
            "what is written may be a secret where nothing was one"
        );
        folder.rename("x", "y").unwrap();
        folder.write(".hidden", b"", Replace::Never).unwrap();
        folder.create_folder("c").unwrap();
        assert_eq!(folder.names().unwrap(), ["c", "y"]);
        folder.remove("y").unwrap();
        folder.remove("y").unwrap();
        assert!(folder.read("y").unwrap().is_none() && !folder.has("y").unwrap());
    }

    #[test]
    fn files_writable_by_others_are_not_trusted() {
        let dir = tempfile::tempdir().unwrap();
        let folder = PrivateFolder::create(&dir.path().join("k")).unwrap();
        folder.write("x", b"1", Replace::Never).unwrap();
        let of = |mode, path: &Path| set_permissions(path, Permissions::from_mode(mode)).unwrap();
        of(0o644, &folder.path.join("x"));
        folder.read("x").unwrap().unwrap();
        for bits in [0o620, 0o602, 0o666] {
            of(bits, &folder.path.join("x"));
            // Nobody else can enter the folder.
            folder.read("x").unwrap().unwrap();
            of(0o755, &folder.path);
            let open = PrivateFolder::open(&folder.path).unwrap().unwrap();
            assert!(
                matches!(open.read("x"), Err(Error::OpenToOthers { .. })),
                "{bits:o}"
            );
            of(0o700, &folder.path);
            // Unless it is somewhere else too.
            std::fs::hard_link(folder.path.join("x"), dir.path().join("y")).unwrap();
            assert!(
                matches!(folder.read("x"), Err(Error::OpenToOthers { .. })),
                "{bits:o}"
            );
            std::fs::remove_file(dir.path().join("y")).unwrap();
        }
        for bits in [0o720, 0o702, 0o1777] {
            of(bits, &folder.path);
            assert!(
                matches!(
                    PrivateFolder::open(&folder.path),
                    Err(Error::OpenToOthers { .. })
                ),
                "{bits:o}"
            );
        }
        if rustix::process::geteuid().is_root() {
            of(0o700, &folder.path);
            std::os::unix::fs::chown(&folder.path, Some(12345), None).unwrap();
            assert!(matches!(
                PrivateFolder::open(&folder.path),
                Err(Error::NotOfRoot { .. })
            ));
        }
    }

    #[test]
    fn root_creates_no_folder_among_those_of_another_user() {
        if !rustix::process::geteuid().is_root() {
            return;
        }
        let dir = tempfile::tempdir().unwrap();
        std::os::unix::fs::chown(dir.path(), Some(12345), None).unwrap();
        for path in ["x", "x/y/z"] {
            let created = PrivateFolder::create(&dir.path().join(path));
            assert!(matches!(created, Err(Error::ForeignHome { .. })), "{path}");
        }
        assert_eq!(dir.path().read_dir().unwrap().count(), 0);
    }

    /// The kinds of things that git can check out, or that could be in a folder otherwise.
    #[test]
    fn nothing_in_it_is_followed_and_nothing_hangs() {
        use std::os::unix::fs::symlink;
        let dir = tempfile::tempdir().unwrap();
        let folder = PrivateFolder::create(&dir.path().join("k")).unwrap();
        let outside = PrivateFolder::create(&dir.path().join("outside")).unwrap();
        outside.write("x", b"kept", Replace::Never).unwrap();
        let at = |name: &str| folder.path().join(name);
        symlink(outside.path().join("x"), at("link")).unwrap();
        symlink(outside.path().join("new"), at("dangling")).unwrap();
        symlink(outside.path(), at("folder-link")).unwrap();
        let mode = rustix::fs::Mode::from_raw_mode(0o600);
        rustix::fs::mkfifoat(CWD, at("fifo"), mode).unwrap();
        let _socket = std::os::unix::net::UnixListener::bind(at("socket")).unwrap();
        folder.create_folder("folder").unwrap();
        let is_refused = |outcome: Result<(), Error>, what: &str| {
            assert!(
                matches!(outcome, Err(Error::NotPlain { .. })),
                "{what}: {outcome:?}"
            );
        };
        let names = [
            "link",
            "dangling",
            "folder-link",
            "fifo",
            "socket",
            "folder",
        ];
        for name in names {
            is_refused(folder.read(name).map(|_| ()), name);
            for replace in [Replace::Always, Replace::Never] {
                is_refused(folder.write(name, b"lost", replace), name);
            }
            is_refused(folder.remove(name), name);
            is_refused(folder.rename(name, "y"), name);
            is_refused(folder.lock(name, |_| ()).map(|_| ()), name);
        }
        folder.write("plain", b"1", Replace::Never).unwrap();
        for name in names {
            is_refused(folder.rename("plain", name), name);
        }
        for name in ["link", "dangling", "folder-link", "fifo", "socket", "plain"] {
            is_refused(folder.folder(name).map(|_| ()), name);
            is_refused(folder.create_folder(name).map(|_| ()), name);
        }
        for path in ["../outside/x", "folder-link/x", ".", "..", ""] {
            assert!(folder.read(path).is_err(), "{path}");
            assert!(
                folder.write(path, b"lost", Replace::Always).is_err(),
                "{path}"
            );
            assert!(folder.folder(path).is_err(), "{path}");
        }
        let kept: Vec<_> = outside.all_names().unwrap();
        assert_eq!(kept, ["x"]);
        assert_eq!(outside.read("x").unwrap().unwrap().as_slice(), b"kept");
    }

    /// A hard link shares its contents with a file outside. It is replaced, never written into.
    #[test]
    fn a_hard_link_loses_its_name_here_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let folder = PrivateFolder::create(&dir.path().join("k")).unwrap();
        let outside = dir.path().join("x");
        for name in ["a", "lock"] {
            std::fs::write(&outside, "kept").unwrap();
            std::fs::hard_link(&outside, folder.path().join(name)).unwrap();
        }
        set_permissions(&outside, Permissions::from_mode(0o600)).unwrap();
        folder.write("a", b"new", Replace::Always).unwrap();
        drop(folder.lock("lock", |_| ()).unwrap());
        assert_eq!(std::fs::read(&outside).unwrap(), b"kept");
        assert_eq!(folder.read("a").unwrap().unwrap().as_slice(), b"new");
    }
}
