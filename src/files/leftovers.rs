//! What killed runs left behind under temporary names: plaintext or a secret key, perhaps half of
//! it.
//!
//! A run holds a lock on its temporary file or folder. What nobody holds belongs to a run that is
//! over. On a file system of a server, others may hold locks that cannot be seen here, so there only
//! the user removes anything.

use std::ffi::{OsStr, OsString};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, Dir, FileType, FlockOperation, Mode, OFlags};

use crate::files::FileId;
use crate::files::beneath::remove_tree;
use crate::files::file_system::Volume;
use crate::files::temporary_name::{is_temporary_name, remove_folder};

/// The most names that are looked at in a folder before something is written to it.
const MOST_NAMES: usize = 20_000;

const FOLDER: OFlags = OFlags::DIRECTORY
    .union(OFlags::RDONLY)
    .union(OFlags::CLOEXEC);

/// Returns what killed runs left in a folder; nothing if it cannot be read. `fix` removes it where
/// that is safe, and then only what could not be removed is returned.
pub(crate) fn leftovers(folder: &Path, fix: bool) -> Vec<PathBuf> {
    let Ok(directory) = rustix::fs::openat(CWD, folder, FOLDER, Mode::empty()) else {
        return Vec::new();
    };
    let left = names(&directory, usize::MAX).into_iter();
    left.filter(|name| match Leftover::claim(&directory, name) {
        Some(leftover) => !fix || !leftover.remove(folder),
        None => false,
    })
    .map(|name| folder.join(name))
    .collect()
}

/// What is removed of what killed runs left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Clear {
    Files,
    /// Folders too, of which a run that unpacked an archive left one.
    FilesAndFolders,
}

/// Removes what killed runs left in a folder, where a lock tells that.
pub(super) fn clear(directory: &OwnedFd, what: Clear) {
    if !Volume::of(directory).is_of_this_kernel() {
        return;
    }
    for name in names(directory, MOST_NAMES) {
        let Some(leftover) = Leftover::claim(directory, &name) else {
            continue;
        };
        if leftover.is_certain && leftover.is_folder && what == Clear::FilesAndFolders {
            // What cannot be removed stays under a name that shows what it is.
            let _ = remove_tree(directory, &name);
        } else {
            leftover.remove_file();
        }
    }
}

/// Returns the temporary names among the first names of a folder.
fn names(directory: &OwnedFd, most: usize) -> Vec<OsString> {
    let Ok(entries) = Dir::read_from(directory) else {
        return Vec::new();
    };
    entries
        .take(most)
        .map_while(Result::ok)
        .map(|entry| OsStr::from_bytes(entry.file_name().to_bytes()).to_owned())
        .filter(|name| is_temporary_name(name))
        .collect()
}

/// A file or folder that a killed run left, locked against other processes that clear.
struct Leftover<'a> {
    directory: &'a OwnedFd,
    name: &'a OsStr,
    is_folder: bool,
    /// Whether the lock tells that nobody uses it.
    is_certain: bool,
    _held: OwnedFd,
}

impl<'a> Leftover<'a> {
    /// `None` if a process uses it, or if it belongs to somebody else.
    fn claim(directory: &'a OwnedFd, name: &'a OsStr) -> Option<Self> {
        let found = rustix::fs::statat(directory, name, AtFlags::SYMLINK_NOFOLLOW).ok()?;
        let kind = FileType::from_raw_mode(found.st_mode);
        let is_folder = kind == FileType::Directory;
        let is_ours = found.st_uid == rustix::process::geteuid().as_raw();
        if !is_ours || !is_folder && kind != FileType::RegularFile {
            return None;
        }
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let held = rustix::fs::openat(directory, name, flags, Mode::empty()).ok()?;
        let locked = rustix::fs::flock(&held, FlockOperation::NonBlockingLockExclusive);
        if locked == Err(rustix::io::Errno::WOULDBLOCK) {
            return None;
        }
        // It may have been renamed or removed before it was locked.
        let now = rustix::fs::statat(directory, name, AtFlags::SYMLINK_NOFOLLOW).ok()?;
        if FileId::of_stat(&now) != FileId::of_descriptor(held.as_fd()).ok()? {
            return None;
        }
        Some(Self {
            directory,
            name,
            is_folder,
            is_certain: locked.is_ok() && Volume::of(&held).is_of_this_kernel(),
            _held: held,
        })
    }

    /// Returns whether it is gone from this folder.
    fn remove(&self, folder: &Path) -> bool {
        if self.is_folder && self.is_certain {
            return remove_folder(&folder.join(self.name));
        }
        self.remove_file()
    }

    fn remove_file(&self) -> bool {
        self.is_certain
            && !self.is_folder
            && rustix::fs::unlinkat(self.directory, self.name, AtFlags::empty()).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{self, File};

    #[test]
    fn what_nobody_uses_is_found_and_removed_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        let [left, used] = [".bulla-0123456789abcdef.tmp", ".bulla-abcdef0123456789.tmp"].map(at);
        let folder = at(".bulla-fedcba9876543210.tmp");
        fs::write(&left, "half of a secret").unwrap();
        fs::write(&used, "being written").unwrap();
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("message.txt"), "a text").unwrap();
        fs::write(at(".bulla-mine.tmp"), "not ours").unwrap();
        let run = File::open(&used).unwrap();
        run.lock().unwrap();
        let mut found = leftovers(dir.path(), false);
        found.sort();
        assert_eq!(found, [left.clone(), folder.clone()]);
        assert!(
            left.exists() && folder.exists(),
            "nothing is removed unasked"
        );
        assert!(leftovers(dir.path(), true).is_empty());
        assert!(!left.exists() && !folder.exists() && used.exists());
        drop(run);
        assert_eq!(leftovers(dir.path(), false), std::slice::from_ref(&used));
        clear(&File::open(dir.path()).unwrap().into(), Clear::Files);
        assert!(!used.exists() && at(".bulla-mine.tmp").exists());
    }
}
