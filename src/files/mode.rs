//! The permissions of finished files. Until a file is finished, only its owner can read it.

use std::fs::{File, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::OnceLock;

use rustix::fs::Gid;
use rustix::io::Errno;

/// Who may read an output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Ciphertext: 0666 minus the user's umask.
    Ciphertext,
    /// Plaintext and keys: 0600, or the mode of the file that is replaced.
    Secret,
    /// Always 0600, whatever the mode of the file that is replaced.
    Private,
}

/// The owner and permissions of a file that will be replaced.
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
    /// Sets the mode of the finished file: that of the file it replaces unless this is
    /// [`Mode::Private`], or else the default of this mode.
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
fn umask() -> u32 {
    static UMASK: OnceLock<u32> = OnceLock::new();
    *UMASK.get_or_init(|| {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("Umask:"));
        line.and_then(|octal| u32::from_str_radix(octal.trim(), 8).ok())
            .unwrap_or_else(|| {
                // Reading it means setting it. The value is strict, for files that other threads
                // create meanwhile.
                let umask = rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
                rustix::process::umask(umask);
                umask.as_raw_mode()
            })
    })
}
