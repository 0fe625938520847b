//! How one file is created, written and finished.

use std::ffi::OsStr;
use std::fs::File;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use rustix::fs::{Gid, OFlags, Timespec, Timestamps, UTIME_OMIT, Uid};
use rustix::io::Errno;

use bulla_age::untrusted::Untrusted;
use bulla_archive::entry::{Entry, Timestamp};

use crate::files::Error;
use crate::files::mode::umask;
use crate::files::sync::{close, sync};
use crate::files::system;
use crate::files::temporary::{Refusal, TEMPORARIES};

const NEW_FILE: OFlags = OFlags::WRONLY
    .union(OFlags::CREATE)
    .union(OFlags::EXCL)
    .union(OFlags::NOFOLLOW)
    .union(OFlags::CLOEXEC);

/// What is kept of an archive besides names, contents and times.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Preserve {
    /// Modes as they are, whatever the umask is, and extended attributes.
    pub(crate) all: bool,
    /// Owners too, and with them setuid and setgid bits. Only root can do that.
    pub(crate) owners: bool,
}

impl Preserve {
    /// Returns the mode to set for one that an archive has.
    pub(super) fn mode(self, mode: u32) -> u32 {
        match self {
            Self { owners: true, .. } => mode & 0o7777,
            Self { all: true, .. } => mode & 0o1777,
            Self { .. } => mode & 0o777 & !umask(),
        }
    }
}

/// Makes files, in several threads at once.
pub(super) struct Maker {
    /// The name of the folder that everything is in, for messages.
    pub(super) shown: PathBuf,
    /// Whether the only folder at the top gets the name of that folder, as far as is known.
    pub(super) takes_only_folder: AtomicBool,
    pub(super) preserve: Preserve,
    /// Whether each file is synced when it is written.
    pub(super) syncs_files: bool,
    /// The number of entries with extended attributes that the file system refused.
    pub(super) without_attributes: AtomicU64,
}

impl Maker {
    /// Creates the file of an entry in an open folder.
    pub(super) fn create(&self, folder: &OwnedFd, entry: &Entry) -> Result<File, Error> {
        let path = entry.path.as_slice();
        // Attributes cannot be set where the owner may not write. The mode is set after them.
        let writable = if self.preserve.all { 0o600 } else { 0 };
        let mode = system::mode(entry.mode & 0o777 | writable);
        let create = || rustix::fs::openat(folder, last(path), NEW_FILE, mode);
        TEMPORARIES
            .take(create)
            .map(File::from)
            .map_err(|refusal| self.failed(path, refusal))
    }

    /// Sets what is kept of a file when its contents are written, and closes it.
    pub(super) fn finish(&self, file: File, entry: &Entry) -> Result<(), Error> {
        let failed = |doing, errno: Errno| Error::io(doing, &self.name(&entry.path), errno);
        if self.preserve.owners {
            let (uid, gid) = owner(entry.uid, entry.gid);
            rustix::fs::fchown(&file, uid, gid)
                .map_err(|errno| failed("set the owner of", errno))?;
        }
        self.keep_attributes(&file, &entry.attributes);
        if self.preserve.all {
            let mode = system::mode(self.preserve.mode(entry.mode));
            rustix::fs::fchmod(&file, mode).map_err(|errno| failed("set the mode of", errno))?;
        }
        rustix::fs::futimens(&file, &times(entry.modified))
            .map_err(|errno| failed("set the time of", errno))?;
        if self.syncs_files {
            sync(&file).map_err(|errno| failed("sync", errno))?;
        }
        close(file).map_err(|source| Error::io("close", &self.name(&entry.path), source))
    }

    /// Sets extended attributes. The file system may not have them, or not allow them.
    pub(super) fn keep_attributes(&self, file: impl AsFd, attributes: &[(Vec<u8>, Vec<u8>)]) {
        if !self.preserve.all {
            return;
        }
        let set = |(name, value): &(Vec<u8>, Vec<u8>)| {
            system::attributes::set(&file, name, value).is_ok()
        };
        let kept = attributes.iter().filter(|one| set(one)).count();
        if kept < attributes.len() {
            self.without_attributes.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(super) fn failed(&self, path: &[u8], refusal: Refusal) -> Error {
        let name = self.name(path);
        match refusal {
            Refusal::Ending => Error::Ending { name },
            // No entry has this path, so the file system takes it for that of another one.
            Refusal::System(Errno::EXIST) => Error::SameName { name },
            Refusal::System(errno) => Error::io("create", &name, errno),
            _ => Error::io("create", &name, Errno::IO),
        }
    }

    /// Returns the path that an entry would have, for messages.
    pub(super) fn name(&self, path: &[u8]) -> Untrusted {
        let inside = match path.iter().position(|byte| *byte == b'/') {
            _ if !self.takes_only_folder.load(Ordering::Relaxed) => path,
            Some(slash) => &path[slash + 1..],
            None => b"",
        };
        if inside.is_empty() {
            return Untrusted::from(self.shown.as_path());
        }
        Untrusted::from(self.shown.join(as_path(inside)).as_path())
    }
}

pub(super) fn owner(uid: u64, gid: u64) -> (Option<Uid>, Option<Gid>) {
    // The largest number stands for "no change", so it belongs to nobody.
    let id = |id| u32::try_from(id).ok().filter(|id| *id != u32::MAX);
    (id(uid).map(Uid::from_raw), id(gid).map(Gid::from_raw))
}

pub(super) fn times(modified: Timestamp) -> Timestamps {
    Timestamps {
        last_access: Timespec {
            tv_sec: 0,
            tv_nsec: UTIME_OMIT,
        },
        last_modification: Timespec {
            tv_sec: modified.seconds,
            tv_nsec: modified.nanoseconds.into(),
        },
    }
}

pub(super) fn as_path(path: &[u8]) -> &Path {
    Path::new(OsStr::from_bytes(path))
}

pub(super) fn last(path: &[u8]) -> &OsStr {
    let slash = path.iter().rposition(|byte| *byte == b'/');
    OsStr::from_bytes(slash.map_or(path, |slash| &path[slash + 1..]))
}
