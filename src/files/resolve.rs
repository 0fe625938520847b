//! Resolves paths by hand, from one descriptor to the next.
//!
//! A symlink is followed only if nobody else could have planted it. The kernel has such a rule
//! (fs.protected_symlinks), but it does not apply to a program that reads a link itself, and a file
//! that does not exist yet cannot be found in another way. Ours is stricter: it holds in
//! all folders that others can write to, for every part of a path, and on every system.

use std::collections::VecDeque;
use std::ffi::{CString, OsStr, OsString};
use std::fs::{File, Metadata};
use std::io;
use std::ops::ControlFlow;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

#[cfg(target_vendor = "apple")]
use rustix::fs::AtFlags;
use rustix::fs::{CWD, Mode, OFlags};
use rustix::io::Errno;

use bulla_age::untrusted::Untrusted;

use crate::files::file_system::Volume;
use crate::files::system::{LOOK, PLACE, mode_bits};
use crate::files::{Error, FileId};

/// The number of symlinks that the kernel follows.
const MOST_LINKS: usize = 40;

/// The bits of a folder that let others create and remove names in it.
const WRITABLE_BY_OTHERS: u32 = 0o022;
/// Sticky and writable by all, as /tmp is.
const SHARED: u32 = 0o1002;

/// What is done with a symlink at the end of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LastLink {
    Follow,
    /// It is what the path names.
    Keep,
}

/// Something that exists, held by a descriptor that can neither read nor write.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) handle: File,
    pub(super) metadata: Metadata,
}

impl Entry {
    fn new(descriptor: OwnedFd) -> io::Result<Self> {
        let handle = File::from(descriptor);
        let metadata = Volume::of(&handle).metadata(&handle)?;
        Ok(Self { handle, metadata })
    }

    /// Looks at a name in a folder, without following it; `None` if it is free.
    pub(super) fn look(folder: impl AsFd, name: &OsStr) -> io::Result<Option<Self>> {
        match rustix::fs::openat(folder, name, LOOK, Mode::empty()) {
            Ok(descriptor) => Self::new(descriptor).map(Some),
            Err(Errno::NOENT) => Ok(None),
            Err(errno) => Err(errno.into()),
        }
    }
}

/// A folder, a name in it, and what has that name now.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) folder: OwnedFd,
    /// A path of the folder, for the sandbox and for messages.
    pub(super) folder_path: PathBuf,
    pub(super) name: OsString,
    pub(super) found: Option<Entry>,
}

/// Resolves the path of a file that exists or is to be created; `doing` is the verb for messages.
///
/// # Errors
/// [`Error::IsDirectory`] if it leads to a folder, and [`Error::ForeignLink`] if it leads through a
/// link that somebody else may have planted.
pub(super) fn resolve(path: &Path, last: LastLink, doing: &'static str) -> Result<Place, Error> {
    let mut walk = Walk::begin(path, doing)?;
    match walk.run(last)? {
        Some((name, found)) => Ok(Place {
            folder: walk.folder,
            folder_path: walk.folder_path,
            name,
            found,
        }),
        None => Err(Error::IsDirectory { name: walk.shown }),
    }
}

/// Resolves the path of a folder, by the same rules.
pub(super) fn resolve_folder(path: &Path) -> Result<OwnedFd, Error> {
    let mut walk = Walk::begin(path, "open")?;
    match walk.run(LastLink::Follow)? {
        None => Ok(walk.folder),
        Some((_, None)) => Err(walk.failed(Errno::NOENT)),
        Some((_, Some(_))) => Err(walk.failed(Errno::NOTDIR)),
    }
}

struct Walk {
    /// The verb and the name for messages.
    doing: &'static str,
    shown: Untrusted,
    folder: OwnedFd,
    folder_path: PathBuf,
    pending: VecDeque<OsString>,
    /// Whether the path ends like that of a folder.
    ends_in_folder: bool,
    followed: usize,
    /// The file that the kernel found behind a link in /proc.
    expected: Option<FileId>,
}

impl Walk {
    fn begin(path: &Path, doing: &'static str) -> Result<Self, Error> {
        let shown = Untrusted::from(path);
        let start = if path.is_absolute() { "/" } else { "." };
        let folder = rustix::fs::openat(CWD, start, LOOK | OFlags::DIRECTORY, Mode::empty())
            .map_err(|errno| Error::io(doing, &shown, errno))?;
        let mut walk = Self {
            doing,
            shown,
            folder,
            folder_path: PathBuf::from(if path.is_absolute() { "/" } else { "" }),
            pending: VecDeque::new(),
            ends_in_folder: false,
            followed: 0,
            expected: None,
        };
        if path.as_os_str().is_empty() {
            return Err(walk.failed(Errno::NOENT));
        }
        walk.queue(path.as_os_str());
        Ok(walk)
    }

    /// Returns the error that a folder is missing. For an output, it names the folder.
    fn no_folder(&self, name: &OsStr) -> Error {
        if self.doing == "create" {
            Error::NoFolder {
                name: Untrusted::from(self.folder_path.join(name).as_path()),
            }
        } else {
            self.failed(Errno::NOENT)
        }
    }

    /// Puts the parts of a path in front of what is left.
    fn queue(&mut self, path: &OsStr) {
        if self.pending.is_empty() {
            let bytes = path.as_bytes();
            self.ends_in_folder |= bytes.ends_with(b"/") || bytes.ends_with(b"/.");
        }
        let parts = path.as_bytes().split(|byte| *byte == b'/');
        for part in parts.rev().filter(|part| !part.is_empty() && *part != b".") {
            self.pending
                .push_front(OsStr::from_bytes(part).to_os_string());
        }
    }

    /// Returns the last name and what has it; `None` if the path leads to a folder.
    fn run(&mut self, last: LastLink) -> Result<Option<(OsString, Option<Entry>)>, Error> {
        while let Some(name) = self.pending.pop_front() {
            let is_last = self.pending.is_empty();
            if name == ".." || !is_last {
                match self.open(&name, LOOK | OFlags::DIRECTORY) {
                    Ok(folder) => {
                        self.enter(folder, &name);
                        continue;
                    }
                    // Perhaps a link, which is looked at below.
                    Err(Errno::NOTDIR | Errno::LOOP) if name != ".." => {}
                    Err(Errno::NOENT) => return Err(self.no_folder(&name)),
                    Err(errno) => return Err(self.failed(errno)),
                }
            }
            let found = match self.open(&name, LOOK) {
                Ok(descriptor) => Entry::new(descriptor).map_err(|error| self.failed(error))?,
                Err(Errno::NOENT) if is_last && !self.ends_in_folder => {
                    self.refuse_unexpected(None)?;
                    return Ok(Some((name, None)));
                }
                Err(Errno::NOENT) if is_last => return Err(self.no_folder(&name)),
                Err(errno) => return Err(self.failed(errno)),
            };
            if found.metadata.is_symlink() && !(is_last && last == LastLink::Keep) {
                if let Some(special) = self.follow(&found, &name)? {
                    return Ok(Some((name, Some(special))));
                }
            } else if found.metadata.is_dir() {
                self.enter(found.handle.into(), &name);
            } else if is_last && !self.ends_in_folder {
                self.refuse_unexpected(Some(FileId::of(&found.metadata)))?;
                return Ok(Some((name, Some(found))));
            } else {
                return Err(self.failed(Errno::NOTDIR));
            }
        }
        Ok(None)
    }

    /// Continues at the target of a link. Returns what it leads to if that has no path: the end of
    /// a pipe, or a terminal, behind /dev/stdout.
    fn follow(&mut self, link: &Entry, name: &OsStr) -> Result<Option<Entry>, Error> {
        self.followed += 1;
        if self.followed > MOST_LINKS {
            return Err(self.failed(Errno::LOOP));
        }
        let folder = rustix::fs::fstat(&self.folder).map_err(|errno| self.failed(errno))?;
        let us = rustix::process::geteuid().as_raw();
        // Nobody can plant a link in /proc. Who its owner is depends on the process and on the
        // user namespace.
        let in_proc = is_in_proc(&self.folder);
        if !in_proc && !may_follow(us, link.metadata.uid(), folder.st_uid, mode_bits(&folder)) {
            return Err(Error::ForeignLink {
                name: Untrusted::from(self.folder_path.join(name).as_path()),
            });
        }
        let target = self
            .read_link(link, name)
            .map_err(|errno| self.failed(errno))?;
        let target = OsStr::from_bytes(target.to_bytes()).to_os_string();
        if in_proc && let ControlFlow::Break(found) = self.follow_in_proc(name, &target)? {
            return Ok(found);
        }
        if Path::new(&target).is_absolute() {
            let root = rustix::fs::openat(CWD, "/", LOOK | OFlags::DIRECTORY, Mode::empty());
            self.folder = root.map_err(|errno| self.failed(errno))?;
            self.folder_path = PathBuf::from("/");
        }
        self.queue(&target);
        Ok(None)
    }

    #[cfg(not(target_vendor = "apple"))]
    fn read_link(&self, link: &Entry, _name: &OsStr) -> rustix::io::Result<CString> {
        rustix::fs::readlinkat(&link.handle, "", Vec::new())
    }

    /// There an open link cannot be read, so it is read by its name. Fails if another one has that
    /// by now.
    #[cfg(target_vendor = "apple")]
    fn read_link(&self, link: &Entry, name: &OsStr) -> rustix::io::Result<CString> {
        let target = rustix::fs::readlinkat(&self.folder, name, Vec::new())?;
        let found = rustix::fs::statat(&self.folder, name, AtFlags::SYMLINK_NOFOLLOW)?;
        if FileId::of_stat(&found) == FileId::of(&link.metadata) {
            Ok(target)
        } else {
            Err(Errno::AGAIN)
        }
    }

    /// Lets the kernel follow a link in /proc, because the text of such a link is no path. Continues
    /// with the text if it leads to a regular file or to nothing.
    fn follow_in_proc(
        &mut self,
        name: &OsStr,
        target: &OsStr,
    ) -> Result<ControlFlow<Option<Entry>>, Error> {
        let found = match self.open(name, PLACE | OFlags::CLOEXEC) {
            Ok(descriptor) => Entry::new(descriptor).map_err(|error| self.failed(error))?,
            Err(Errno::NOENT) => return Ok(ControlFlow::Continue(())),
            Err(errno) => return Err(self.failed(errno)),
        };
        if found.metadata.is_dir() {
            self.enter(found.handle.into(), name);
            return Ok(ControlFlow::Break(None));
        }
        if found.metadata.is_file() {
            self.expected = Some(FileId::of(&found.metadata));
            return Ok(ControlFlow::Continue(()));
        }
        if !self.pending.is_empty() || self.ends_in_folder {
            return Err(self.failed(Errno::NOTDIR));
        }
        if let Some(folder) = Path::new(target).parent()
            && folder.is_absolute()
        {
            self.folder_path = folder.to_owned();
        }
        Ok(ControlFlow::Break(Some(found)))
    }

    fn open(&self, name: &OsStr, flags: OFlags) -> rustix::io::Result<OwnedFd> {
        rustix::fs::openat(&self.folder, name, flags, Mode::empty())
    }

    fn enter(&mut self, folder: OwnedFd, name: &OsStr) {
        self.folder = folder;
        self.folder_path.push(name);
    }

    /// Returns an error if the text of a link in /proc led to another file than the kernel.
    fn refuse_unexpected(&self, found: Option<FileId>) -> Result<(), Error> {
        if self.expected.is_none() || self.expected == found {
            return Ok(());
        }
        Err(self.failed(io::Error::other("the target of the link is unknown")))
    }

    fn failed(&self, error: impl Into<io::Error>) -> Error {
        Error::io(self.doing, &self.shown, error)
    }
}

/// Returns whether a link may be followed, by its owner, and by the owner and mode of its folder.
///
/// The kernel also follows the links of the folder's owner. But who owns a folder chooses where the
/// outputs go that others write to it.
fn may_follow(us: u32, link: u32, folder: u32, mode: u32) -> bool {
    let as_the_kernel = link == us || link == folder || mode & SHARED != SHARED;
    let trusted = |user| user == us || user == 0;
    let nobody_else = trusted(link) || trusted(folder) && mode & WRITABLE_BY_OTHERS == 0;
    as_the_kernel && nobody_else
}

/// Returns whether a folder is in a procfs.
#[cfg(target_os = "linux")]
fn is_in_proc(folder: &OwnedFd) -> bool {
    is_on(folder, 0x9fa0)
}

#[cfg(not(target_os = "linux"))]
fn is_in_proc(_folder: &OwnedFd) -> bool {
    false
}

/// Returns whether something is on a file system of this type.
#[cfg(target_os = "linux")]
pub(super) fn is_on(entry: impl AsFd, magic: u64) -> bool {
    rustix::fs::fstatfs(entry).is_ok_and(|found| u64::try_from(found.f_type) == Ok(magic))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_that_somebody_else_may_have_planted_is_not_followed() {
        let (root, us, somebody) = (0, 1000, 1001);
        for (link, folder, mode, followed) in [
            // In /tmp, only the user's own links and those of root.
            (us, root, 0o1777, true),
            (root, root, 0o1777, true),
            (somebody, root, 0o1777, false),
            (root, somebody, 0o1777, false),
            (somebody, somebody, 0o1777, false),
            // In a folder of a team, or one that is open to all.
            (somebody, us, 0o2775, false),
            (somebody, us, 0o777, false),
            (us, somebody, 0o2775, true),
            (root, us, 0o2775, true),
            // Where nobody but the owner can create a link.
            (somebody, us, 0o755, true),
            (somebody, root, 0o755, true),
            (root, root, 0o755, true),
            // In somebody's folder, not even those of its owner.
            (somebody, somebody, 0o755, false),
            (somebody, somebody, 0o700, false),
            (somebody, somebody, 0o2775, false),
            (us, somebody, 0o755, true),
            (root, somebody, 0o755, true),
        ] {
            assert_eq!(
                may_follow(us, link, folder, mode),
                followed,
                "{link} {folder} {mode:o}"
            );
        }
    }
}
