//! Syncing and closing files, with every failure reported.
//!
//! The standard library hides failures of close, and does not sync folders. A failure here is
//! final: the kernel may have dropped the data it could not write, so a second attempt could
//! wrongly succeed. `nix` closes files, because rustix has no safe close that returns the error.

use std::fs::File;
use std::os::fd::{AsFd, OwnedFd};

use rustix::io::Errno;

use crate::files::system;

/// Syncs a file or folder to disk.
///
/// Where this kind of file cannot be synced (folders of some network and FUSE file systems), the
/// whole file system is; if that cannot be done either, nothing more can be.
pub(super) fn sync(file: impl AsFd) -> Result<(), Errno> {
    let unsupported = |errno: &Errno| {
        // EROFS is not among them: a disk that failed is turned read-only.
        matches!(
            *errno,
            Errno::INVAL | Errno::OPNOTSUPP | Errno::NOSYS | Errno::BADF | Errno::ISDIR
        )
    };
    match system::sync(&file) {
        Err(errno) if unsupported(&errno) => match system::sync_file_system(&file) {
            Err(errno) if unsupported(&errno) => Ok(()),
            synced => synced,
        },
        synced => synced,
    }
}

/// Closes a file and returns the result: some file systems report a lost write only now.
pub(super) fn close(file: impl Into<OwnedFd>) -> Result<(), std::io::Error> {
    nix::unistd::close(file.into()).map_err(std::io::Error::from)
}

/// Closes a file like [`close`], but keeps another descriptor: an unnamed file would be deleted.
pub(super) fn close_and_keep(file: File) -> Result<File, std::io::Error> {
    let kept = file.try_clone()?;
    close(file)?;
    Ok(kept)
}
