//! Walks a folder tree.
//!
//! Finds regular files only, sorted by path. Symlinks are not followed, so there are no loops, and
//! nobody who can write in the tree can lead the walk out of it, or the work that follows: every
//! step goes from the descriptor of the tree's root downwards. Temporary files that a killed run of
//! this program left behind are skipped.

use std::ffi::{OsStr, OsString};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::{AtFlags, Dir, FileType, OFlags};
use rustix::io::Errno;

use crate::files::beneath::open_folder;
use crate::files::resolve::resolve_folder;
use crate::files::system::{PLACE, mode_bits};
use crate::files::temporary_name::is_temporary_name;
use crate::files::{Error, FileId};
use bulla_age::untrusted::Untrusted;

/// A file below a folder, remembered by its place in the tree and by what it was.
#[derive(Clone, Debug)]
pub(crate) struct FoundFile {
    root: Arc<OwnedFd>,
    /// The path of the root, for messages.
    root_path: Arc<Path>,
    /// The path below the root. It has names only, no links and no "..".
    below: PathBuf,
    /// The device and inode; `None` if the file is a folder that cannot be read.
    id: Option<FileId>,
}

/// A file, folder or link of a tree.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct LiveEntry {
    /// The permissions: the lowest 12 bits of the mode.
    pub(crate) mode: u32,
    pub(crate) is_folder: bool,
    /// The text of a symlink.
    pub(crate) target: Option<Vec<u8>>,
}

/// The most names of a folder that are held at once. A folder with more of them is walked in parts,
/// each part sorted: in bounded memory a million names have no order.
const MOST_NAMES: usize = 1 << 14;

/// Returns the regular files below a folder. Folders that cannot be read are in the list too:
/// opening them later reports the reason.
pub(crate) fn files_below(folder: &Path) -> Result<Vec<FoundFile>, Error> {
    let mut files: Vec<FoundFile> = FilesBelow::new(folder)?.collect();
    files.sort_by(|one, other| one.below.cmp(&other.below));
    Ok(files)
}

/// The regular files below a folder, found one after the other, so that memory does not grow with
/// their number. Sorted by path, except in folders with very many names. Folders that cannot be read
/// are among them: opening them later reports the reason.
pub(crate) struct FilesBelow {
    root: Arc<OwnedFd>,
    root_path: Arc<Path>,
    /// The folder that is walked, behind those that contain it.
    open: Vec<Listing>,
}

/// What is left to walk of a folder.
struct Listing {
    /// The path below the root.
    below: PathBuf,
    /// Sorted, the first at the end.
    names: Vec<(OsString, Kind)>,
    /// The folder, if it has more names.
    rest: Option<(OwnedFd, Dir)>,
}

impl FilesBelow {
    /// Starts a walk.
    ///
    /// # Errors
    /// The folder cannot be opened.
    pub(crate) fn new(folder: &Path) -> Result<Self, Error> {
        let mut walk = Self {
            root: Arc::new(resolve_folder(folder)?),
            root_path: Arc::from(folder),
            open: Vec::new(),
        };
        if let Ok(listing) = Listing::open(&walk.root, PathBuf::new()) {
            walk.open.push(listing);
        } else {
            // The one entry that cannot be read is the folder itself.
            walk.open.push(Listing {
                below: PathBuf::new(),
                names: vec![(OsString::new(), Kind::Unreadable)],
                rest: None,
            });
        }
        Ok(walk)
    }

    fn found(&self, below: PathBuf, id: Option<FileId>) -> FoundFile {
        FoundFile {
            root: Arc::clone(&self.root),
            root_path: Arc::clone(&self.root_path),
            below,
            id,
        }
    }
}

impl Iterator for FilesBelow {
    type Item = FoundFile;

    fn next(&mut self) -> Option<FoundFile> {
        loop {
            let listing = self.open.last_mut()?;
            let Some((name, kind)) = listing.names.pop() else {
                match listing.next_part() {
                    Ok(true) => {}
                    Ok(false) => _ = self.open.pop(),
                    Err(_) => {
                        let below = self.open.pop()?.below;
                        return Some(self.found(below, None));
                    }
                }
                continue;
            };
            let below = listing.below.join(&name);
            match kind {
                Kind::Folder => match Listing::open(&self.root, below.clone()) {
                    Ok(listing) => self.open.push(listing),
                    Err(_) => return Some(self.found(below, None)),
                },
                Kind::File(id) if !is_temporary_name(&name) => {
                    return Some(self.found(below, Some(id)));
                }
                Kind::Unreadable => return Some(self.found(PathBuf::new(), None)),
                Kind::File(_) | Kind::Other => {}
            }
        }
    }
}

impl Listing {
    fn open(root: &OwnedFd, below: PathBuf) -> rustix::io::Result<Self> {
        let folder = open_folder(root, &below, OFlags::RDONLY)?;
        // The standard library's reader panics if closing the folder fails.
        let entries = Dir::read_from(&folder)?;
        let mut listing = Self {
            below,
            names: Vec::new(),
            rest: Some((folder, entries)),
        };
        listing.next_part()?;
        Ok(listing)
    }

    /// Reads more names; false if there are no more.
    fn next_part(&mut self) -> rustix::io::Result<bool> {
        let Some((folder, mut entries)) = self.rest.take() else {
            return Ok(false);
        };
        while let Some(entry) = entries.read() {
            let entry = entry?;
            let name = OsStr::from_bytes(entry.file_name().to_bytes());
            if name == "." || name == ".." {
                continue;
            }
            let kind = match entry.file_type() {
                FileType::Directory => Kind::Folder,
                // Only a look at the file gives its device and inode.
                FileType::RegularFile | FileType::Unknown => look(&folder, name)?,
                _ => Kind::Other,
            };
            self.names.push((name.to_owned(), kind));
            if self.names.len() == MOST_NAMES {
                self.rest = Some((folder, entries));
                break;
            }
        }
        self.names.sort_by(|(one, _), (other, _)| other.cmp(one));
        Ok(!self.names.is_empty())
    }
}

impl FoundFile {
    /// A file that was seen at a path below a root. The path has names only.
    pub(super) fn new(
        root: Arc<OwnedFd>,
        root_path: Arc<Path>,
        below: PathBuf,
        id: Option<FileId>,
    ) -> Self {
        Self {
            root,
            root_path,
            below,
            id,
        }
    }

    /// Returns the path below the root.
    pub(crate) fn below(&self) -> &Path {
        &self.below
    }

    /// Returns the path for messages.
    pub(crate) fn path(&self) -> PathBuf {
        self.root_path.join(&self.below)
    }

    /// Returns the device and inode that the walk saw.
    pub(super) fn id(&self) -> Option<FileId> {
        self.id
    }

    /// Returns the same place in the tree, whatever file is there by now.
    pub(super) fn whatever_it_is_now(&self) -> Self {
        Self {
            id: None,
            ..self.clone()
        }
    }

    /// Finds a name in a folder above the file, or in its own, within the tree. It may not exist.
    pub(crate) fn sibling(&self, folder: &Path, name: &str) -> Self {
        Self {
            root: Arc::clone(&self.root),
            root_path: Arc::clone(&self.root_path),
            below: folder.join(name),
            id: None,
        }
    }

    /// Returns whether there is something of this name, and if so, whether it is a regular file.
    ///
    /// # Errors
    /// Its folder cannot be read.
    pub(crate) fn is_regular(&self) -> Result<Option<bool>, Error> {
        let failed = |errno: Errno| {
            Error::io(
                "look at",
                &Untrusted::from(self.path().as_path()),
                std::io::Error::from(errno),
            )
        };
        let (folder, name) = self.folder().map_err(failed)?;
        match rustix::fs::statat(&folder, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(found) => {
                let kind = FileType::from_raw_mode(found.st_mode);
                Ok(Some(kind == FileType::RegularFile))
            }
            Err(Errno::NOENT) => Ok(None),
            Err(errno) => Err(failed(errno)),
        }
    }

    /// Returns what is there now, without following a link; `None` if nothing is.
    ///
    /// # Errors
    /// It cannot be looked at.
    pub(crate) fn entry(&self) -> Result<Option<LiveEntry>, Error> {
        let looked = self.folder().and_then(|(folder, name)| {
            let found = rustix::fs::statat(&folder, name, AtFlags::SYMLINK_NOFOLLOW)?;
            let kind = FileType::from_raw_mode(found.st_mode);
            let target = match kind {
                FileType::Symlink => Some(rustix::fs::readlinkat(&folder, name, [])?.into_bytes()),
                _ => None,
            };
            Ok(LiveEntry {
                mode: mode_bits(&found) & 0o7777,
                is_folder: kind == FileType::Directory,
                target,
            })
        });
        match looked {
            Ok(entry) => Ok(Some(entry)),
            Err(Errno::NOENT | Errno::NOTDIR) => Ok(None),
            Err(errno) => {
                let name = Untrusted::from(self.path().as_path());
                Err(Error::io("look at", &name, errno))
            }
        }
    }

    /// Opens the folder that contains the file, and returns the file's name in it.
    pub(super) fn folder(&self) -> rustix::io::Result<(OwnedFd, &OsStr)> {
        let name = self.below.file_name().unwrap_or(OsStr::new("."));
        let folder = self.below.parent().unwrap_or(Path::new(""));
        let folder = open_folder(&self.root, folder, PLACE)?;
        Ok((folder, name))
    }
}

enum Kind {
    Folder,
    File(FileId),
    Other,
    /// The folder itself, which cannot be read.
    Unreadable,
}

fn look(folder: &OwnedFd, name: &OsStr) -> rustix::io::Result<Kind> {
    let found = match rustix::fs::statat(folder, name, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(found) => found,
        Err(Errno::NOENT) => return Ok(Kind::Other), // removed meanwhile
        Err(errno) => return Err(errno),
    };
    Ok(match FileType::from_raw_mode(found.st_mode) {
        FileType::Directory => Kind::Folder,
        FileType::RegularFile => Kind::File(FileId::of_stat(&found)),
        _ => Kind::Other,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::Input;
    use std::fs;
    use std::os::unix::fs::symlink;

    fn paths(folder: &Path) -> Vec<PathBuf> {
        let found = files_below(folder).unwrap();
        found.iter().map(FoundFile::path).collect()
    }

    #[test]
    fn files_are_found_at_any_depth_and_links_are_not_followed() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::create_dir_all(at("b/c/d")).unwrap();
        for name in [
            "z",
            "b/c/d/x",
            "b/a",
            ".bulla-0123456789abcdef.tmp",
            ".bulla-0.tmp",
        ] {
            fs::write(at(name), b"").unwrap();
        }
        symlink(dir.path(), at("b/round")).unwrap();
        symlink(at("z"), at("b/link")).unwrap();
        let mode = rustix::fs::Mode::from_raw_mode(0o600);
        rustix::fs::mkfifoat(rustix::fs::CWD, at("fifo"), mode).unwrap();
        let expected: Vec<PathBuf> = [".bulla-0.tmp", "b/a", "b/c/d/x", "z"].map(at).into();
        assert_eq!(paths(dir.path()), expected);
    }

    #[test]
    fn a_folder_of_very_many_names_is_walked_in_parts() {
        let dir = tempfile::tempdir().unwrap();
        let count = 2 * MOST_NAMES + 3;
        for number in 0..count {
            fs::write(dir.path().join(format!("{number:06}")), b"").unwrap();
        }
        let mut walk = FilesBelow::new(dir.path()).unwrap();
        let first: Vec<PathBuf> = walk
            .by_ref()
            .take(MOST_NAMES)
            .map(|file| file.path())
            .collect();
        assert!(first.is_sorted());
        assert!(walk.open.iter().all(|part| part.names.len() <= MOST_NAMES));
        let mut all: Vec<PathBuf> = walk.map(|file| file.path()).chain(first).collect();
        all.sort();
        all.dedup();
        assert_eq!(all.len(), count);
    }

    #[test]
    fn a_walk_gives_files_in_the_order_of_their_paths() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["b/x", "b.c", "a/z/1", "a/y", "b-/q", "c"] {
            let path = dir.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, b"").unwrap();
        }
        let streamed: Vec<PathBuf> = FilesBelow::new(dir.path())
            .unwrap()
            .map(|file| file.path())
            .collect();
        assert_eq!(streamed, paths(dir.path()));
        assert_eq!(streamed.len(), 6);
    }

    #[test]
    fn a_file_swapped_after_the_walk_is_noticed() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        for folder in ["tree/sub", "private"] {
            fs::create_dir_all(at(folder)).unwrap();
        }
        fs::write(at("private/x"), b"diary").unwrap();
        type Exchange = fn(&dyn Fn(&str) -> PathBuf);
        let exchanges: [(&str, Exchange); 5] = [
            ("a link in place of the file", |at| {
                fs::remove_file(at("tree/sub/x")).unwrap();
                symlink(at("private/x"), at("tree/sub/x")).unwrap();
            }),
            ("a link in place of its folder", |at| {
                fs::rename(at("tree/sub"), at("gone")).unwrap();
                symlink(at("private"), at("tree/sub")).unwrap();
            }),
            ("another file", |at| {
                fs::write(at("new"), b"other").unwrap();
                fs::rename(at("new"), at("tree/sub/x")).unwrap();
            }),
            ("a pipe", |at| {
                fs::remove_file(at("tree/sub/x")).unwrap();
                let mode = rustix::fs::Mode::from_raw_mode(0o600);
                rustix::fs::mkfifoat(rustix::fs::CWD, at("tree/sub/x"), mode).unwrap();
            }),
            ("another folder", |at| {
                fs::rename(at("tree/sub"), at("gone")).unwrap();
                fs::rename(at("private"), at("tree/sub")).unwrap();
            }),
        ];
        for (what, exchange) in exchanges {
            let _ = fs::remove_file(at("tree/sub"));
            let _ = fs::remove_dir_all(at("gone"));
            let _ = fs::remove_file(at("tree/sub/x"));
            fs::create_dir_all(at("tree/sub")).unwrap();
            fs::write(at("tree/sub/x"), b"good").unwrap();
            let found = files_below(&at("tree")).unwrap();
            assert_eq!(found.len(), 1);
            Input::open_found(&found[0]).unwrap();
            exchange(&at);
            assert!(
                matches!(
                    Input::open_found(&found[0]),
                    Err(Error::ChangedWhileRead { .. })
                ),
                "{what}"
            );
            // In a tree that the run itself writes to, another regular file is expected.
            assert_eq!(
                Input::open_found_or_newer(&found[0]).is_ok(),
                matches!(what, "another file" | "another folder"),
                "{what}"
            );
        }
    }
}
