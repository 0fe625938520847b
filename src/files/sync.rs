//! What survives a power cut, and what closing says.
//!
//! Owns the two calls whose failures the standard library hides or leaves out. A failure here is final: the kernel
//! may have dropped what it could not write, so asking again would be answered with a false yes.

use std::fs::File;
use std::os::fd::{AsFd, OwnedFd};

use rustix::io::Errno;

/// Puts a file or a folder on the disk.
///
/// File systems without an fsync of their own for this kind of file (folders of some network and FUSE file systems)
/// answer EINVAL. There the whole file system is synced instead, which every one of them has.
pub(super) fn sync(file: impl AsFd) -> Result<(), Errno> {
    match rustix::fs::fsync(&file) {
        Err(Errno::INVAL) => rustix::fs::syncfs(&file),
        other => other,
    }
}

/// Closes a file and says what came of it: some file systems report a lost write only now.
pub(super) fn close(file: impl Into<OwnedFd>) -> Result<(), std::io::Error> {
    nix::unistd::close(file.into()).map_err(std::io::Error::from)
}

/// Closes a file as [`close`] does, and keeps a descriptor of it: an unnamed file would be gone.
pub(super) fn close_and_keep(file: File) -> Result<File, std::io::Error> {
    let kept = file.try_clone()?;
    close(file)?;
    Ok(kept)
}
