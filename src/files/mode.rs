//! The permissions of finished files. Until a file is finished, only its owner can read it.

use std::fs::File;
use std::os::fd::AsFd;
#[cfg(target_os = "linux")]
use std::os::fd::AsRawFd;
use std::os::unix::fs::MetadataExt;
use std::sync::OnceLock;

use rustix::fs::Gid;
use rustix::io::Errno;

use crate::files::FileId;
use crate::files::resolve::Entry;
use crate::files::system::{mode, mode_bits, replace_umask};

/// The extended attribute that holds an access control list.
#[cfg(target_os = "linux")]
const LIST: &str = "system.posix_acl_access";

/// Who may read an output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Ciphertext: 0666 minus the user's umask.
    Ciphertext,
    /// Plaintext and keys: 0600, or the mode of the file that is replaced if the user chose it.
    Secret,
    /// Always 0600, whatever the mode of the file that is replaced.
    Private,
}

/// The owner and permissions of a file that will be replaced.
#[derive(Clone, Copy, Debug)]
pub(super) struct Old {
    pub(super) id: FileId,
    mode: u32,
    uid: u32,
    gid: u32,
    has_list: bool,
    /// Whether nobody but the user could have put the file where it is.
    is_from_us: bool,
}

impl Old {
    /// Returns what is known about a file that was found in this folder.
    pub(super) fn of(file: &Entry, folder: impl AsFd) -> Self {
        let us = rustix::process::geteuid().as_raw();
        let closed = rustix::fs::fstat(folder).is_ok_and(|folder| folder.st_mode & 0o022 == 0);
        Self {
            id: FileId::of(&file.metadata),
            mode: file.metadata.mode(),
            uid: file.metadata.uid(),
            gid: file.metadata.gid(),
            has_list: has_list(file),
            is_from_us: file.metadata.uid() == us && closed,
        }
    }
}

/// Returns whether a file that will be replaced has an access control list.
#[cfg(target_os = "linux")]
fn has_list(file: &Entry) -> bool {
    // A descriptor that can only look has no attributes, but what it leads to in /proc has.
    let path = format!("/proc/self/fd/{}", file.handle.as_raw_fd());
    let list = rustix::fs::getxattr(path, LIST, &mut [0; 1024][..]);
    // Without /proc nothing is known, so the worst is assumed.
    matches!(list, Ok(_) | Err(Errno::RANGE | Errno::NOENT))
}

/// The lists of other systems are not known here, so the worst is assumed.
#[cfg(not(target_os = "linux"))]
fn has_list(_file: &Entry) -> bool {
    true
}

/// Returns whether this is a regular file that every user of this machine can read.
pub(crate) fn is_open_to_all(file: &File) -> bool {
    file.metadata()
        .is_ok_and(|found| found.is_file() && found.mode() & 0o004 != 0)
}

impl Mode {
    /// Sets the permissions of the finished file: those of the file it replaces unless this is
    /// [`Mode::Private`], or else the default of this mode.
    ///
    /// A list that the file got from its folder would add to the mode, so a secret and a file that
    /// replaces one without a list lose it. A secret takes over the mode of an old file only if the
    /// user chose that: in a folder that others can write to, they can put a file of theirs there,
    /// or a link to a readable file of the user.
    ///
    /// Returns whether others can read what they should not, because the file system has no modes.
    pub(super) fn apply(self, file: &File, replaced: Option<Old>) -> rustix::io::Result<bool> {
        let kept = match self {
            Self::Ciphertext => replaced,
            Self::Secret => replaced.filter(|old| old.is_from_us),
            Self::Private => None,
        };
        if self != Self::Ciphertext || kept.is_some_and(|old| !old.has_list) {
            allowed(remove_list(file))?;
        }
        let bits = match (kept, self) {
            (Some(old), Self::Secret) if old.has_list => old.mode & 0o700,
            (Some(old), _) => mode_of_old(file, old)?,
            (None, Self::Ciphertext) => 0o666 & !umask(),
            (None, Self::Secret | Self::Private) => 0o600,
        };
        // It was created with mode 0600.
        if bits != 0o600 {
            allowed(rustix::fs::fchmod(file, mode(bits)))?;
        }
        if self == Self::Ciphertext {
            return Ok(false);
        }
        Ok(mode_bits(&rustix::fs::fstat(file)?) & 0o077 & !bits != 0)
    }
}

/// Takes it as done if the file system cannot do it. For a secret the result is looked at.
fn allowed(done: rustix::io::Result<()>) -> rustix::io::Result<()> {
    match done {
        Err(Errno::PERM | Errno::OPNOTSUPP | Errno::NOSYS | Errno::INVAL) => Ok(()),
        done => done,
    }
}

/// Removes the access control list of a new file. As long as it is there, the mode's bits for the
/// group are the most that anyone on the list has.
#[cfg(target_os = "linux")]
fn remove_list(file: &File) -> rustix::io::Result<()> {
    match rustix::fs::fgetxattr(file, LIST, &mut [0; 1024][..]) {
        Ok(_) | Err(Errno::RANGE) => rustix::fs::fremovexattr(file, LIST),
        // Most files have none, and some file systems know no lists.
        Err(_) => Ok(()),
    }
}

/// Lists of other systems are not known here. A file that inherits one from its folder keeps it.
#[cfg(not(target_os = "linux"))]
fn remove_list(_file: &File) -> rustix::io::Result<()> {
    Ok(())
}

/// Returns the old file's permissions, and gives the new file the old owner and group where that is
/// allowed.
///
/// If the group cannot be kept, the new group gets no more than everybody else: the bits were meant
/// for another group. The same holds if the old file had an ACL: its group bits are the most that
/// anyone on the list had, and the list is not copied.
fn mode_of_old(file: &File, old: Old) -> rustix::io::Result<u32> {
    let new = rustix::fs::fstat(file)?;
    let bits = old.mode & 0o777;
    if new.st_uid != old.uid {
        // Only root can do this; otherwise the new file belongs to the user.
        let _ = rustix::fs::fchown(file, Some(rustix::fs::Uid::from_raw(old.uid)), None);
    }
    let kept = new.st_gid == old.gid
        || rustix::fs::fchown(file, None, Some(Gid::from_raw(old.gid))).is_ok();
    if kept && !old.has_list {
        return Ok(bits);
    }
    Ok(bits & 0o707 | bits & ((bits & 0o007) << 3))
}

/// Returns the umask, which is read once.
pub(super) fn umask() -> u32 {
    static UMASK: OnceLock<u32> = OnceLock::new();
    *UMASK.get_or_init(|| {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("Umask:"));
        line.and_then(|octal| u32::from_str_radix(octal.trim(), 8).ok())
            .unwrap_or_else(|| {
                // Reading it means setting it. The value is strict, for files that other threads
                // create meanwhile.
                let umask = replace_umask(0o077);
                replace_umask(umask);
                umask
            })
    })
}
