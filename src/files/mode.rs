//! Who may read what was written.
//!
//! Owns the choice of a finished file's mode; until then a file is its owner's alone.

use std::fs::{File, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::OnceLock;

use rustix::fs::Gid;
use rustix::io::Errno;

/// Whose business an output is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Ciphertext: whatever the user's umask leaves of 0666.
    Ciphertext,
    /// Plaintext and keys: 0600.
    Secret,
    /// What is the owner's alone, whatever could be done with the file that it replaces: 0600.
    Private,
}

/// Whose a file is that will be replaced.
#[derive(Clone, Copy, Debug)]
pub(super) struct Old {
    mode: u32,
    uid: u32,
    gid: u32,
    has_list: bool,
}

impl Old {
    pub(super) fn of(metadata: &Metadata, path: &Path) -> Self {
        let list = rustix::fs::lgetxattr(path, "system.posix_acl_access", &mut [0; 1024][..]);
        let has_list = matches!(list, Ok(_) | Err(Errno::RANGE));
        Self {
            mode: metadata.mode(),
            uid: metadata.uid(),
            gid: metadata.gid(),
            has_list,
        }
    }
}

impl Mode {
    /// Gives the finished file its mode: that of the file it replaces, where that may count, else its own.
    pub(super) fn apply(self, file: &File, replaced: Option<Old>) -> rustix::io::Result<()> {
        let bits = match (replaced, self) {
            (_, Self::Private) => 0o600,
            (Some(old), _) => mode_of_old(file, old)?,
            (None, Self::Ciphertext) => 0o666 & !umask(),
            (None, Self::Secret) => 0o600,
        };
        if bits == 0o600 {
            return Ok(()); // as it was created
        }
        rustix::fs::fchmod(file, rustix::fs::Mode::from_raw_mode(bits))
    }
}

/// The old file's permissions, with its owner and group where we may give them.
///
/// Where the group cannot be kept, ours gets no more than everybody: the bits were meant for another one. So it is where
/// there was a list of who else may (an ACL): the bits are what all of these had at most, and the list does not come along.
fn mode_of_old(file: &File, old: Old) -> rustix::io::Result<u32> {
    let new = rustix::fs::fstat(file)?;
    let bits = old.mode & 0o777;
    if new.st_uid != old.uid {
        // Only root can; for everybody else the new file is simply theirs.
        let _ = rustix::fs::fchown(file, Some(rustix::fs::Uid::from_raw(old.uid)), None);
    }
    let kept = new.st_gid == old.gid
        || rustix::fs::fchown(file, None, Some(Gid::from_raw(old.gid))).is_ok();
    if kept && !old.has_list {
        return Ok(bits);
    }
    Ok(bits & 0o707 | bits & ((bits & 0o007) << 3))
}

/// The bits that new files must not have, asked of the system once.
fn umask() -> u32 {
    static UMASK: OnceLock<u32> = OnceLock::new();
    *UMASK.get_or_init(|| {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("Umask:"));
        line.and_then(|octal| u32::from_str_radix(octal.trim(), 8).ok())
            .unwrap_or_else(|| {
                // There is no asking without setting: strict, for what other threads create in this moment.
                let umask = rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
                rustix::process::umask(umask);
                umask.as_raw_mode()
            })
    })
}
