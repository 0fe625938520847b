//! A folder below which a whole tree is written.
//!
//! Everything happens from the descriptor of the folder downwards: no link in it is followed, and
//! nothing leads out of it. Folders that are missing are made with mode 0700, because names can be
//! secrets too.

use std::ffi::OsStr;
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Component, Path, PathBuf};

use rustix::fs::{AtFlags, Dir, FileType, OFlags, Stat};
use rustix::io::Errno;
use zeroize::Zeroizing;

use bulla_age::untrusted::Untrusted;

use crate::files::beneath::open_folder;
use crate::files::leftovers::Clear;
use crate::files::resolve::{Entry, LastLink, Place, resolve, resolve_folder};
use crate::files::sync::sync;
use crate::files::system::{PLACE, mode};
use crate::files::temporary_name::is_temporary_name;
use crate::files::{Error, Input, Options, Output, leftovers};

/// The mode of new folders.
const PRIVATE: u32 = 0o700;

/// What shows that a file is still the one that was written: its inode, its length, and the time of
/// its last change of any kind, which no program can set. The device is left out, because its number
/// can differ after a restart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FileMark {
    pub(crate) inode: u64,
    pub(crate) len: u64,
    /// Seconds and nanoseconds.
    pub(crate) changed: (i64, i64),
}

impl FileMark {
    fn of(found: &Stat) -> Option<Self> {
        let is_file = FileType::from_raw_mode(found.st_mode) == FileType::RegularFile;
        is_file.then(|| Self {
            inode: found.st_ino,
            len: found.st_size.cast_unsigned(),
            // The types differ between systems.
            changed: (found.st_ctime as _, found.st_ctime_nsec as _),
        })
    }
}

/// A folder below which files are written.
#[derive(Debug)]
pub(crate) struct OutputTree {
    root: OwnedFd,
    path: PathBuf,
}

impl OutputTree {
    /// Opens an existing folder; `None` if nothing has this path.
    pub(crate) fn open(path: &Path) -> Result<Option<Self>, Error> {
        match resolve_folder(path) {
            Ok(root) => Ok(Some(Self {
                root,
                path: path.to_owned(),
            })),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Opens the folder, and makes it if it does not exist. The folder in which it is made must
    /// exist.
    pub(crate) fn create(path: &Path) -> Result<Self, Error> {
        if let Some(tree) = Self::open(path)? {
            return Ok(tree);
        }
        let shown = Untrusted::from(path);
        // "new/" is a folder too.
        let plain = path.components().as_path();
        let place = resolve(plain, LastLink::Follow, "create")?;
        if place.found.is_none() {
            make(&place.folder, &place.name).map_err(|errno| Error::io("create", &shown, errno))?;
        }
        Self::open(path)?.ok_or(Error::NotFound { name: shown })
    }

    /// Returns the path for messages.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Returns whether there is nothing in it, apart from what killed runs left.
    pub(crate) fn is_empty(&self) -> Result<bool, Error> {
        use std::os::unix::ffi::OsStrExt;
        let failed = |errno| self.failed("read", Path::new(""), errno);
        let folder = open_folder(&self.root, Path::new(""), OFlags::RDONLY).map_err(failed)?;
        for entry in Dir::read_from(&folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let name = OsStr::from_bytes(entry.file_name().to_bytes());
            if name != "." && name != ".." && name != "lost+found" && !is_temporary_name(name) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Removes what killed runs left anywhere below it, where a lock tells that.
    pub(crate) fn clear(&self) {
        use std::os::unix::ffi::OsStrExt;
        let mut folders = vec![PathBuf::new()];
        while let Some(below) = folders.pop() {
            // What cannot be read stays under a name that every walk skips.
            let Ok(folder) = open_folder(&self.root, &below, OFlags::RDONLY) else {
                continue;
            };
            leftovers::clear(&folder, Clear::Files);
            let Ok(entries) = Dir::read_from(&folder) else {
                continue;
            };
            for entry in entries.map_while(Result::ok) {
                let name = OsStr::from_bytes(entry.file_name().to_bytes());
                let may_be_folder =
                    matches!(entry.file_type(), FileType::Directory | FileType::Unknown);
                if may_be_folder && name != "." && name != ".." {
                    folders.push(below.join(name));
                }
            }
        }
    }

    /// Creates an output at a path below the folder, and the folders on the way. The path must have
    /// names only.
    pub(crate) fn create_file(&self, below: &Path, options: &Options<'_>) -> Result<Output, Error> {
        let path = self.path.join(below);
        let (folder, name) = self.folder_of(below, true).map_err(|errno| {
            let parent = path.parent().unwrap_or(&path);
            match errno {
                Errno::NOTDIR | Errno::LOOP => Error::NameTaken {
                    name: Untrusted::from(parent),
                    what: "no folder",
                },
                errno => Error::io("create", &Untrusted::from(parent), errno),
            }
        })?;
        let found = Entry::look(&folder, name)
            .map_err(|error| Error::io("create", &Untrusted::from(path.as_path()), error))?;
        let place = Place {
            folder,
            folder_path: path.parent().unwrap_or(&path).to_owned(),
            name: name.to_owned(),
            found,
        };
        Output::at_default(place, &path, options)
    }

    /// Reads a small file below the folder; `None` if it does not exist.
    ///
    /// # Errors
    /// [`Error::NotPlain`] if it is no regular file; [`Error::TooLarge`].
    pub(crate) fn read(
        &self,
        below: &Path,
        limit: u64,
    ) -> Result<Option<Zeroizing<Vec<u8>>>, Error> {
        let flags =
            OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let opened = self.folder_of(below, false).and_then(|(folder, name)| {
            rustix::fs::openat(&folder, name, flags, rustix::fs::Mode::empty())
        });
        let name = Untrusted::from(self.path.join(below).as_path());
        let strange = |what| Error::NotPlain {
            name: name.clone(),
            what,
            wanted: "a file",
        };
        let input = match opened {
            Ok(file) => Input::new(file.into(), name.clone())?,
            Err(Errno::NOENT) => return Ok(None),
            Err(Errno::LOOP) => return Err(strange("a symlink")),
            Err(errno) => return Err(self.failed("open", below, errno)),
        };
        if !input.is_regular() {
            return Err(strange("a pipe or device"));
        }
        input.read_bounded(limit).map(Some)
    }

    /// Returns what shows that a regular file below the folder is still the same; `None` if there is
    /// no regular file of this path.
    pub(crate) fn mark(&self, below: &Path) -> Result<Option<FileMark>, Error> {
        let looked = self
            .folder_of(below, false)
            .and_then(|(folder, name)| look(&folder, name));
        match looked {
            Ok(mark) => Ok(mark),
            Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => Ok(None),
            Err(errno) => Err(self.failed("open", below, errno)),
        }
    }

    /// Returns the folder that contains this path, and the name in it.
    fn folder_of<'p>(
        &self,
        below: &'p Path,
        make_missing: bool,
    ) -> rustix::io::Result<(OwnedFd, &'p OsStr)> {
        let has_names_only = below
            .components()
            .all(|part| matches!(part, Component::Normal(_)));
        let Some(name) = below.file_name().filter(|_| has_names_only) else {
            return Err(Errno::INVAL);
        };
        let parent = below.parent().unwrap_or(Path::new(""));
        match open_folder(&self.root, parent, PLACE) {
            Err(Errno::NOENT) if make_missing => Ok((self.make_all(parent)?, name)),
            opened => Ok((opened?, name)),
        }
    }

    fn make_all(&self, parent: &Path) -> rustix::io::Result<OwnedFd> {
        let flags = PLACE | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let none = rustix::fs::Mode::empty();
        let mut folder = open_folder(&self.root, Path::new(""), PLACE)?;
        for part in parent.components() {
            let name = part.as_os_str();
            folder = match rustix::fs::openat(&folder, name, flags, none) {
                Err(Errno::NOENT) => {
                    make(&folder, name)?;
                    rustix::fs::openat(&folder, name, flags, none)?
                }
                opened => opened?,
            };
        }
        Ok(folder)
    }

    fn failed(&self, doing: &'static str, below: &Path, error: impl Into<io::Error>) -> Error {
        let path = self.path.join(below);
        Error::io(doing, &Untrusted::from(path.as_path()), error)
    }
}

/// Makes a folder, unless another thread or process was faster, and syncs the folder it is in.
fn make(folder: &OwnedFd, name: &OsStr) -> rustix::io::Result<()> {
    match rustix::fs::mkdirat(folder, name, mode(PRIVATE)) {
        Ok(()) => {}
        Err(Errno::EXIST) => return Ok(()),
        Err(errno) => return Err(errno),
    }
    // A folder that is open to be passed through cannot be synced.
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    match rustix::fs::openat(folder, ".", flags, rustix::fs::Mode::empty()) {
        Ok(readable) => sync(&readable),
        Err(Errno::ACCESS) => {
            rustix::fs::sync();
            Ok(())
        }
        Err(errno) => Err(errno),
    }
}

fn look(folder: &OwnedFd, name: &OsStr) -> rustix::io::Result<Option<FileMark>> {
    rustix::fs::statat(folder, name, AtFlags::SYMLINK_NOFOLLOW).map(|found| FileMark::of(&found))
}

/// Removes files below a folder, and folders that become empty by it. Each folder is synced once if
/// its files come one after the other.
pub(crate) struct Removal<'a> {
    tree: &'a OutputTree,
    last: Option<(PathBuf, OwnedFd)>,
}

impl<'a> Removal<'a> {
    pub(crate) fn below(tree: &'a OutputTree) -> Self {
        Self { tree, last: None }
    }

    /// Removes a file if it is still the expected one. Returns whether nothing has its name now.
    pub(crate) fn remove(&mut self, below: &Path, expected: FileMark) -> Result<bool, Error> {
        let tree = self.tree;
        let parent = below.parent().unwrap_or(Path::new(""));
        if self.last.as_ref().is_none_or(|(last, _)| last != parent) {
            self.finish()?;
            match open_folder(&tree.root, parent, OFlags::RDONLY) {
                Ok(folder) => self.last = Some((parent.to_owned(), folder)),
                Err(Errno::NOENT) => return Ok(true),
                // Something else took the place of the folder.
                Err(Errno::NOTDIR | Errno::LOOP) => return Ok(false),
                Err(errno) => return Err(tree.failed("remove", below, errno)),
            }
        }
        let (Some((_, folder)), Some(name)) = (&self.last, below.file_name()) else {
            return Ok(false);
        };
        match look(folder, name) {
            Err(Errno::NOENT) => return Ok(true),
            Ok(Some(mark)) if mark == expected => {}
            _ => return Ok(false),
        }
        rustix::fs::unlinkat(folder, name, AtFlags::empty())
            .map(|()| true)
            .map_err(|errno| tree.failed("remove", below, errno))
    }

    /// Syncs the last folder, and removes it and those above it that are empty now.
    pub(crate) fn finish(&mut self) -> Result<(), Error> {
        let Some((below, folder)) = self.last.take() else {
            return Ok(());
        };
        sync(&folder).map_err(|errno| self.tree.failed("sync", &below, errno))?;
        let mut below = below.as_path();
        while let (Some(name), Some(parent)) = (below.file_name(), below.parent()) {
            let removed = open_folder(&self.tree.root, parent, OFlags::RDONLY)
                .and_then(|folder| rustix::fs::unlinkat(&folder, name, AtFlags::REMOVEDIR));
            // Most are not empty, and an empty folder that stays does no harm.
            if removed.is_err() {
                break;
            }
            below = parent;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::{Mode, Replace};
    use std::fs;
    use std::io::Write as _;
    use std::os::unix::fs::{MetadataExt, symlink};

    const NEW: Options<'_> = Options {
        replace: Replace::Never,
        mode: Mode::Secret,
        not: &[],
    };

    fn write(tree: &OutputTree, below: &str) -> Result<(), Error> {
        let mut output = tree.create_file(Path::new(below), &NEW)?;
        output.write_all(b"x").unwrap();
        output.commit()
    }

    #[test]
    fn files_and_folders_are_made_below_it_and_nothing_leads_out() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::create_dir(at("outside")).unwrap();
        let tree = OutputTree::create(&at("new/")).unwrap();
        assert!(tree.is_empty().unwrap());
        write(&tree, "a/b/x").unwrap();
        assert_eq!(fs::read(at("new/a/b/x")).unwrap(), b"x");
        for folder in ["new", "new/a", "new/a/b"] {
            assert_eq!(at(folder).metadata().unwrap().mode() & 0o777, 0o700);
        }
        assert!(matches!(write(&tree, "a/b/x"), Err(Error::Exists { .. })));
        symlink("../outside", at("new/link")).unwrap();
        symlink("../../outside/y", at("new/a/y")).unwrap();
        for refused in [
            "link/x",
            "a/y",
            "a/y/z",
            "../outside/x",
            "a/../../outside/x",
            "/x",
            "",
            ".",
            "a",
            "a/b/x/y",
        ] {
            assert!(write(&tree, refused).is_err(), "{refused}");
        }
        assert_eq!(at("outside").read_dir().unwrap().count(), 0);
        assert!(!tree.is_empty().unwrap());
    }

    /// The folder that was opened is written to, whatever takes its name.
    #[test]
    fn a_folder_that_is_exchanged_meanwhile_is_not_followed() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::create_dir(at("private")).unwrap();
        let tree = OutputTree::create(&at("out")).unwrap();
        fs::rename(at("out"), at("moved")).unwrap();
        symlink("private", at("out")).unwrap();
        write(&tree, "a/x").unwrap();
        assert!(at("moved/a/x").is_file());
        assert_eq!(at("private").read_dir().unwrap().count(), 0);
    }

    #[test]
    fn what_killed_runs_left_is_removed_at_any_depth() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        let tree = OutputTree::create(&at("out")).unwrap();
        write(&tree, "a/b/x").unwrap();
        let left = [".bulla-0123456789abcdef.tmp", ".bulla-abcdef0123456789.tmp"];
        fs::write(at("out/a/b").join(left[0]), "half").unwrap();
        fs::write(at("out").join(left[1]), "half").unwrap();
        fs::create_dir(at("outside")).unwrap();
        fs::write(at("outside").join(left[0]), "half").unwrap();
        symlink("../outside", at("out/link")).unwrap();
        let used = fs::File::open(at("out").join(left[1])).unwrap();
        used.lock().unwrap();
        tree.clear();
        assert!(!at("out/a/b").join(left[0]).exists());
        assert!(at("out").join(left[1]).exists(), "another run has it");
        assert!(at("outside").join(left[0]).exists());
        assert!(at("out/a/b/x").is_file());
    }

    #[test]
    fn only_the_file_that_was_marked_is_removed_and_empty_folders_with_it() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        let tree = OutputTree::create(&at("out")).unwrap();
        for below in ["a/b/x", "a/b/y", "c/x", "c/kept"] {
            write(&tree, below).unwrap();
        }
        let mark = |below: &str| tree.mark(Path::new(below)).unwrap();
        let (x, y, c) = (mark("a/b/x"), mark("a/b/y"), mark("c/x"));
        assert_ne!(x, y);
        fs::write(at("out/c/x"), "written since").unwrap();
        let mut removal = Removal::below(&tree);
        assert!(removal.remove(Path::new("a/b/x"), x.unwrap()).unwrap());
        assert!(removal.remove(Path::new("a/b/x"), x.unwrap()).unwrap());
        assert!(removal.remove(Path::new("a/b/y"), y.unwrap()).unwrap());
        assert!(!removal.remove(Path::new("c/x"), c.unwrap()).unwrap());
        assert!(removal.remove(Path::new("none/x"), c.unwrap()).unwrap());
        symlink("c", at("out/link")).unwrap();
        for exchanged in ["link/kept", "c/kept/x"] {
            let kept = mark("c/kept").unwrap();
            assert!(!removal.remove(Path::new(exchanged), kept).unwrap());
        }
        removal.finish().unwrap();
        assert!(!at("out/a").exists());
        assert_eq!(fs::read(at("out/c/x")).unwrap(), b"written since");
        symlink("x", at("out/c/link")).unwrap();
        assert_eq!(mark("c/link"), None);
        assert_eq!(mark("c"), None);
        assert_eq!(mark("none/x"), None);
    }
}
