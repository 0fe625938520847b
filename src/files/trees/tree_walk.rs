//! Walks a folder tree one step at a time, in the order of the paths.
//!
//! What it holds are the names in the folders on the way down, and one descriptor, however large or
//! deep the tree is. Symlinks are not followed; they and special files are steps of their own.

use std::ffi::{OsStr, OsString};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::fs::{AtFlags, Dir, FileType, OFlags};
use rustix::io::Errno;

use bulla_age::untrusted::Untrusted;

use crate::files::beneath::open_folder;
use crate::files::resolve::resolve_folder;
use crate::files::system::PLACE;
use crate::files::temporary_name::is_temporary_name;
use crate::files::walk::FoundFile;
use crate::files::{Error, FileId, Patterns};

/// What comes next in a tree.
#[derive(Debug)]
pub(crate) enum Step {
    File(FoundFile),
    /// Something else than a file or a folder.
    Other {
        /// The path below the root.
        below: PathBuf,
        /// What it is, with its article.
        what: &'static str,
        is_link: bool,
    },
    /// A folder that cannot be read, so that nothing is known about what is in it.
    Unreadable {
        below: PathBuf,
        error: Error,
    },
}

impl Step {
    /// Returns the path below the root.
    pub(crate) fn below(&self) -> &Path {
        match self {
            Self::File(file) => file.below(),
            Self::Other { below, .. } | Self::Unreadable { below, .. } => below,
        }
    }
}

/// A walk through a tree.
#[derive(Debug)]
pub(crate) struct TreeWalk {
    root: Arc<OwnedFd>,
    root_path: Arc<Path>,
    /// The folders on the way, the innermost last.
    levels: Vec<Level>,
    /// What is left out, as if it were not there.
    exclude: Option<Patterns>,
    left_out: Arc<AtomicU64>,
}

/// A folder whose names are being gone through.
#[derive(Debug)]
struct Level {
    below: PathBuf,
    /// Open only while it is the innermost folder.
    folder: Option<OwnedFd>,
    names: std::vec::IntoIter<(OsString, FileType)>,
}

impl TreeWalk {
    /// Begins at a folder, which must be readable.
    pub(crate) fn begin(folder: &Path) -> Result<Self, Error> {
        let mut walk = Self {
            root: Arc::new(resolve_folder(folder)?),
            root_path: Arc::from(folder),
            levels: Vec::new(),
            exclude: None,
            left_out: Arc::default(),
        };
        let level = walk.level(PathBuf::new());
        let level = level.map_err(|errno| walk.failed(Path::new(""), errno))?;
        walk.levels.push(level);
        Ok(walk)
    }

    /// Returns a place below the root, whatever is there. The path must have names only.
    pub(crate) fn place(&self, below: &Path) -> FoundFile {
        self.found(below.to_owned(), None)
    }

    /// Leaves out what these patterns match.
    pub(crate) fn leaving_out(self, exclude: Option<Patterns>) -> Self {
        Self { exclude, ..self }
    }

    /// Returns how many files, folders and others were left out so far, without what is in folders
    /// that were left out.
    pub(crate) fn left_out(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.left_out)
    }

    /// Returns a file below the root by its path, which must have names only. `None` if it is no
    /// regular file.
    pub(crate) fn find(&self, below: &Path) -> Result<Option<FoundFile>, Error> {
        let failed = |errno| self.failed(below, errno);
        let has_names_only = below
            .components()
            .all(|part| matches!(part, Component::Normal(_)));
        let name = below.file_name().filter(|_| has_names_only);
        let name = name.ok_or_else(|| Error::NotBelow {
            name: Untrusted::from(below),
        })?;
        let parent = below.parent().unwrap_or(Path::new(""));
        let folder = open_folder(&self.root, parent, PLACE).map_err(failed)?;
        let found = rustix::fs::statat(&folder, name, AtFlags::SYMLINK_NOFOLLOW).map_err(failed)?;
        let is_file = FileType::from_raw_mode(found.st_mode) == FileType::RegularFile;
        Ok(is_file.then(|| self.found(below.to_owned(), Some(FileId::of_stat(&found)))))
    }

    fn found(&self, below: PathBuf, id: Option<FileId>) -> FoundFile {
        FoundFile::new(
            Arc::clone(&self.root),
            Arc::clone(&self.root_path),
            below,
            id,
        )
    }

    fn failed(&self, below: &Path, errno: Errno) -> Error {
        let path = self.root_path.join(below);
        Error::io("read", &Untrusted::from(path.as_path()), errno)
    }

    fn level(&self, below: PathBuf) -> rustix::io::Result<Level> {
        let folder = open_folder(&self.root, &below, OFlags::RDONLY)?;
        let mut names = Vec::new();
        // The standard library's reader panics if closing the folder fails.
        for entry in Dir::read_from(&folder)? {
            let entry = entry?;
            let name = OsStr::from_bytes(entry.file_name().to_bytes());
            if name != "." && name != ".." && !is_temporary_name(name) {
                names.push((name.to_owned(), entry.file_type()));
            }
        }
        names.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        Ok(Level {
            below,
            folder: Some(folder),
            names: names.into_iter(),
        })
    }

    /// Takes one name. Returns `None` if it is no step: a folder to go into, or gone meanwhile.
    fn take(&mut self, name: &OsStr, kind: FileType) -> Option<Step> {
        let level = self.levels.last_mut()?;
        let below = level.below.join(name);
        let (mut kind, mut id) = (kind, None);
        // Only a look at a file gives its device and inode.
        if matches!(kind, FileType::RegularFile | FileType::Unknown) {
            let looked = match &level.folder {
                Some(folder) => rustix::fs::statat(folder, name, AtFlags::SYMLINK_NOFOLLOW),
                None => open_folder(&self.root, &level.below, OFlags::RDONLY).and_then(|folder| {
                    let found = rustix::fs::statat(&folder, name, AtFlags::SYMLINK_NOFOLLOW);
                    level.folder = Some(folder);
                    found
                }),
            };
            match looked {
                Ok(found) => {
                    kind = FileType::from_raw_mode(found.st_mode);
                    id = Some(FileId::of_stat(&found));
                }
                Err(Errno::NOENT) => return None,
                Err(errno) => {
                    let error = self.failed(&below, errno);
                    return Some(Step::Unreadable { below, error });
                }
            }
        }
        if leaves_out(self.exclude.as_ref(), &below, kind) {
            self.left_out.fetch_add(1, Ordering::Relaxed);
            return None;
        }
        match kind {
            FileType::RegularFile => return Some(Step::File(self.found(below, id))),
            FileType::Directory => {}
            other => {
                return Some(Step::Other {
                    below,
                    what: named(other),
                    is_link: other == FileType::Symlink,
                });
            }
        }
        level.folder = None;
        match self.level(below.clone()) {
            Ok(level) => self.levels.push(level),
            Err(Errno::NOENT) => {}
            Err(errno) => {
                let error = self.failed(&below, errno);
                return Some(Step::Unreadable { below, error });
            }
        }
        None
    }
}

impl Iterator for TreeWalk {
    type Item = Step;

    fn next(&mut self) -> Option<Step> {
        loop {
            match self.levels.last_mut()?.names.next() {
                None => {
                    self.levels.pop();
                }
                Some((name, kind)) => {
                    if let Some(step) = self.take(&name, kind) {
                        return Some(step);
                    }
                }
            }
        }
    }
}

/// Returns whether patterns leave out a path below their folder.
fn leaves_out(exclude: Option<&Patterns>, below: &Path, kind: FileType) -> bool {
    let is_folder = kind == FileType::Directory;
    exclude.is_some_and(|patterns| patterns.leave_out(below, is_folder) == Some(true))
}

fn named(kind: FileType) -> &'static str {
    match kind {
        FileType::Symlink => "a symlink",
        FileType::Fifo => "a named pipe",
        FileType::Socket => "a socket",
        _ => "a device",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::symlink;

    fn steps(root: &Path) -> Vec<String> {
        let walk = TreeWalk::begin(root).unwrap();
        walk.map(|step| match step {
            Step::File(file) => file.below().display().to_string(),
            Step::Other { below, what, .. } => format!("{}: {what}", below.display()),
            Step::Unreadable { below, .. } => format!("{}: unreadable", below.display()),
        })
        .collect()
    }

    #[test]
    fn steps_come_in_the_order_of_the_paths_and_links_are_not_followed() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::create_dir_all(at("a/b/c")).unwrap();
        fs::create_dir(at("empty")).unwrap();
        for name in [
            "a.txt",
            "a/z",
            "a/b/c/x",
            "a/b.txt",
            "b",
            ".bulla-0123456789abcdef.tmp",
        ] {
            fs::write(at(name), b"").unwrap();
        }
        symlink(dir.path(), at("a/round")).unwrap();
        let mode = rustix::fs::Mode::from_raw_mode(0o600);
        rustix::fs::mkfifoat(rustix::fs::CWD, at("fifo"), mode).unwrap();
        let expected = [
            "a/b/c/x",
            "a/b.txt",
            "a/round: a symlink",
            "a/z",
            "a.txt",
            "b",
            "fifo: a named pipe",
        ];
        assert_eq!(steps(dir.path()), expected);
        let walk = TreeWalk::begin(dir.path()).unwrap();
        let paths: Vec<PathBuf> = walk.map(|step| step.below().to_owned()).collect();
        assert!(paths.is_sorted(), "the order is that of paths: {paths:?}");
    }

    #[test]
    fn a_deep_tree_needs_one_descriptor() {
        let dir = tempfile::tempdir().unwrap();
        let mut folder = dir.path().to_owned();
        for depth in 0..300 {
            folder.push("d");
            fs::create_dir(&folder).unwrap();
            if depth % 100 == 0 {
                fs::write(folder.join("x"), b"").unwrap();
            }
        }
        let open = || fs::read_dir("/proc/self/fd").unwrap().count();
        let (before, mut most) = (open(), 0);
        let mut walk = TreeWalk::begin(dir.path()).unwrap();
        let mut files = 0;
        while walk.next().is_some() {
            files += 1;
            most = most.max(open());
        }
        assert_eq!(files, 3);
        // Other tests of this process open files too.
        assert!(most < before + 150, "{before} {most}");
    }

    #[test]
    fn a_named_file_is_found_below_the_root_only() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::create_dir_all(at("tree/a")).unwrap();
        fs::write(at("tree/a/x"), b"").unwrap();
        fs::write(at("outside"), b"").unwrap();
        symlink("a", at("tree/link")).unwrap();
        symlink("../outside", at("tree/out")).unwrap();
        let walk = TreeWalk::begin(&at("tree")).unwrap();
        assert!(walk.find(Path::new("a/x")).unwrap().is_some());
        assert!(walk.find(Path::new("a")).unwrap().is_none());
        assert!(walk.find(Path::new("out")).unwrap().is_none());
        for refused in ["link/x", "../outside", "a/../a/x", "/etc/passwd", "none"] {
            assert!(walk.find(Path::new(refused)).is_err(), "{refused}");
        }
    }
}
