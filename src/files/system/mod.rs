//! What is done differently with files on Linux, macOS and FreeBSD.

use std::ffi::OsStr;
use std::num::NonZeroU64;
use std::os::fd::AsFd;

use rustix::fs::{Mode, OFlags, Stat};
use rustix::io::Errno;

pub(super) mod attributes;

/// Opens a folder only as a place for other calls.
#[cfg(any(target_os = "linux", target_os = "freebsd"))]
pub(super) const PLACE: OFlags = OFlags::PATH;

/// Opens a folder only as a place for other calls, but needs permission to list it.
#[cfg(not(any(target_os = "linux", target_os = "freebsd")))]
pub(super) const PLACE: OFlags = OFlags::RDONLY;

/// Opens without any effect on what is opened, and without following the last link.
#[cfg(any(target_os = "linux", target_os = "freebsd"))]
pub(super) const LOOK: OFlags = OFlags::PATH.union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// Opens the last link itself. What is opened must be readable, and nothing is waited for.
#[cfg(target_vendor = "apple")]
pub(super) const LOOK: OFlags = OFlags::SYMLINK
    .union(OFlags::NONBLOCK)
    .union(OFlags::NOCTTY)
    .union(OFlags::CLOEXEC);

/// Returns the mode with these bits, whose type differs.
pub(super) fn mode(bits: u32) -> Mode {
    Mode::from_bits_truncate(bits as rustix::fs::RawMode)
}

/// Returns the kind and the permissions of a file, as the standard library has them.
#[cfg(target_os = "linux")]
pub(super) fn mode_bits(stat: &Stat) -> u32 {
    stat.st_mode
}

/// Returns the kind and the permissions of a file, as the standard library has them.
#[cfg(not(target_os = "linux"))]
pub(super) fn mode_bits(stat: &Stat) -> u32 {
    stat.st_mode.into()
}

/// Returns how many names a file has.
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
pub(super) fn names(stat: &Stat) -> u64 {
    stat.st_nlink
}

/// Returns how many names a file has.
#[cfg(not(all(target_os = "linux", target_arch = "x86_64")))]
pub(super) fn names(stat: &Stat) -> u64 {
    stat.st_nlink.into()
}

/// Sets the umask. Returns the one that was set before.
pub(super) fn replace_umask(umask: u32) -> u32 {
    let before = rustix::process::umask(mode(umask));
    #[cfg(target_os = "linux")]
    let before = before.as_raw_mode();
    #[cfg(not(target_os = "linux"))]
    let before = before.as_raw_mode().into();
    before
}

/// Returns the number of the device of a file, as the standard library has it.
#[cfg(target_os = "linux")]
pub(super) fn device(stat: &Stat) -> u64 {
    stat.st_dev
}

/// Returns the number of the device of a file, as the standard library has it.
#[cfg(not(target_os = "linux"))]
pub(super) fn device(stat: &Stat) -> u64 {
    stat.st_dev as u64
}

/// Returns whether a descriptor is only a place for other calls.
pub(super) fn is_place(flags: OFlags) -> bool {
    cfg!(any(target_os = "linux", target_os = "freebsd")) && flags.contains(PLACE)
}

/// Syncs a file or folder, also what the drive keeps in its memory.
pub(super) fn sync(file: impl AsFd) -> Result<(), Errno> {
    // There, fsync stops at the drive. Some file systems do not know the other call.
    #[cfg(target_vendor = "apple")]
    if rustix::fs::fcntl_fullfsync(&file).is_ok() {
        return Ok(());
    }
    rustix::fs::fsync(&file)
}

/// Syncs the whole file system of a file.
#[cfg(target_os = "linux")]
pub(super) fn sync_file_system(file: impl AsFd) -> Result<(), Errno> {
    rustix::fs::syncfs(file)
}

/// Without a call for one file system, nothing is done.
#[cfg(not(target_os = "linux"))]
pub(super) fn sync_file_system(_file: impl AsFd) -> Result<(), Errno> {
    Err(Errno::NOSYS)
}

/// How a rename treats what has the new name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rename {
    /// It is replaced.
    Replace,
    /// The rename fails.
    NoReplace,
    /// It gets the old name.
    Exchange,
}

/// Renames. Fails with [`Errno::NOSYS`] where a rename always replaces.
pub(super) fn rename(
    (folder, name): (impl AsFd, &OsStr),
    (to_folder, to): (impl AsFd, &OsStr),
    how: Rename,
) -> Result<(), Errno> {
    #[cfg(any(target_os = "linux", target_vendor = "apple"))]
    {
        use rustix::fs::{RenameFlags, renameat_with};
        match how {
            Rename::Replace => {}
            Rename::NoReplace => {
                return renameat_with(folder, name, to_folder, to, RenameFlags::NOREPLACE);
            }
            Rename::Exchange => {
                return renameat_with(folder, name, to_folder, to, RenameFlags::EXCHANGE);
            }
        }
    }
    if how != Rename::Replace {
        return Err(Errno::NOSYS);
    }
    rustix::fs::renameat(folder, name, to_folder, to)
}

/// Tells the kernel that a file is read from its beginning to its end. This affects only the speed.
pub(super) fn will_be_read_in_order(file: impl AsFd) {
    #[cfg(not(target_vendor = "apple"))]
    let _ = rustix::fs::fadvise(file, 0, None, rustix::fs::Advice::Sequential);
    #[cfg(target_vendor = "apple")]
    let _ = file;
}

/// Tells the kernel that these contents of a file, or all from there on, are not needed in memory.
/// Linux begins to write out what is not on the disk yet, and drops what is. It is only advice: what
/// cannot be written is an error of the next sync.
pub(super) fn not_needed(file: impl AsFd, start: u64, len: Option<NonZeroU64>) {
    #[cfg(not(target_vendor = "apple"))]
    let _ = rustix::fs::fadvise(file, start, len, rustix::fs::Advice::DontNeed);
    #[cfg(target_vendor = "apple")]
    let _ = (file, start, len);
}
