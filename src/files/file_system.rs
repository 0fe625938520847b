//! What the file system of a file can do, by its type, and whether it keeps the owner and mode of
//! each file.

use std::fs::{File, Metadata};
use std::io;
use std::os::fd::AsFd;

#[cfg(target_os = "linux")]
use rustix::fs::{AtFlags, StatxFlags, fstat, major, minor};

/// A file system, as far as it matters for writing files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Volume {
    /// The kernel's own, on a disk of this machine.
    #[cfg_attr(
        not(target_os = "linux"),
        expect(dead_code, reason = "no type is known elsewhere")
    )]
    Local,
    /// The kernel's own, in memory.
    #[cfg_attr(
        not(target_os = "linux"),
        expect(dead_code, reason = "no type is known elsewhere")
    )]
    Memory,
    /// FAT in all its forms, as on USB sticks.
    Fat,
    /// A program serves it (FUSE): exFAT, NTFS, SSH, clouds.
    Program,
    /// The kernel makes up what is in a file when it is read, whatever its size says: /proc, /sys.
    Made,
    /// A server's, or one that is not known here.
    Other,
}

impl Volume {
    /// Returns the file system of something open.
    #[cfg(target_os = "linux")]
    pub(super) fn of(file: impl AsFd) -> Self {
        let kind = rustix::fs::fstatfs(file).map(|found| found.f_type);
        match kind.map(u64::try_from) {
            // ext, xfs, btrfs, f2fs, bcachefs, zfs, jfs, nilfs, ubifs, overlay, eCryptfs
            Ok(Ok(
                0xef53 | 0x5846_5342 | 0x9123_683e | 0xf2f5_2010 | 0xca45_1a4e | 0x2fc1_2fc1
                | 0x3153_464a | 0x3434 | 0x2405_1905 | 0x794c_7630 | 0xf15f,
            )) => Self::Local,
            // tmpfs, ramfs
            Ok(Ok(0x0102_1994 | 0x8584_58f6)) => Self::Memory,
            // msdos and vfat, exfat
            Ok(Ok(0x4d44 | 0x2011_bab0)) => Self::Fat,
            Ok(Ok(0x6573_5546)) => Self::Program,
            // proc, sysfs, debugfs, tracefs, cgroup in both versions, configfs, securityfs, selinux
            Ok(Ok(
                0x9fa0 | 0x6265_6572 | 0x6462_6720 | 0x7472_6163 | 0x0027_e0eb | 0x6367_7270
                | 0x6265_6570 | 0x7363_6673 | 0xf97c_ff8c,
            )) => Self::Made,
            _ => Self::Other,
        }
    }

    /// Returns the file system of something open.
    #[cfg(not(target_os = "linux"))]
    pub(super) fn of(_file: impl AsFd) -> Self {
        Self::Other
    }

    /// Whether a file can be written at any offset, in any order. Some programs refuse to leave a
    /// hole, and some send what they get to a server at once.
    pub(super) fn takes_any_order(self) -> bool {
        self != Self::Program
    }

    /// Whether names that differ only in case, or in how their accents are written, are those of
    /// one file.
    pub(super) fn folds_names(self) -> bool {
        self == Self::Fat || cfg!(target_vendor = "apple")
    }

    /// Whether a new name leads to an empty file after a power cut, unless the file is synced once
    /// more after it got the name.
    pub(super) fn forgets_renamed(self) -> bool {
        matches!(self, Self::Fat | Self::Program)
    }

    /// Whether every process that can reach a file sees the locks on it, and may rename it while it
    /// is open.
    pub(super) fn is_of_this_kernel(self) -> bool {
        matches!(self, Self::Local | Self::Memory | Self::Fat)
    }

    /// Whether files are known to be on a disk that this kernel writes to.
    pub(super) fn has_disk(self) -> bool {
        matches!(self, Self::Local | Self::Fat)
    }

    /// Whether the times and sizes that the kernel knows may be old.
    fn remembers(self) -> bool {
        matches!(self, Self::Program | Self::Other)
    }

    /// Returns the metadata of a file on it. Where the kernel may remember an older state, the file
    /// system is asked: a file would seem to change while it is read.
    pub(super) fn metadata(self, file: &File) -> io::Result<Metadata> {
        #[cfg(target_os = "linux")]
        if self.remembers() {
            let flags = AtFlags::EMPTY_PATH | AtFlags::STATX_FORCE_SYNC;
            // Old kernels do not know it.
            let _ = rustix::fs::statx(file, "", flags, StatxFlags::BASIC_STATS);
        }
        file.metadata()
    }

    /// Returns the metadata of a file that is open for reading. Some caches (rclone) move the times
    /// when a file is read for the first time, so a byte is read before.
    pub(super) fn metadata_to_read(self, file: &File) -> io::Result<Metadata> {
        let metadata = self.metadata(file)?;
        if !self.remembers() || !metadata.is_file() {
            return Ok(metadata);
        }
        // An error comes again when the file is read.
        let _ = std::os::unix::fs::FileExt::read_at(file, &mut [0], 0);
        self.metadata(file)
    }

    /// Whether the size of a file says how many bytes can be read.
    pub(super) fn has_sizes(self) -> bool {
        self != Self::Made
    }
}

/// Kinds of file systems that have one owner and one mode for all files, chosen when they are
/// mounted.
#[cfg(target_os = "linux")]
const WITHOUT_MODES: [&str; 11] = [
    "9p", "cifs", "drvfs", "exfat", "fuse", "fuseblk", "msdos", "ntfs", "ntfs3", "smb3", "vfat",
];

/// Returns whether something is on a file system of such a kind. Some of them can keep modes, so
/// this matters only where a mode would be wrong.
#[cfg(target_os = "linux")]
pub(super) fn may_lack_modes(file: impl AsFd) -> bool {
    let Ok(device) = fstat(file).map(|found| found.st_dev) else {
        return false;
    };
    let mounts = std::fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    kind(&mounts, (major(device), minor(device)))
        // What is behind FUSE is known only to its program: ntfs-3g, sshfs, rclone.
        .is_some_and(|kind| WITHOUT_MODES.contains(&kind) || kind.starts_with("fuse."))
}

/// Where file systems are not listed in a file, they are taken to have modes.
#[cfg(not(target_os = "linux"))]
pub(super) fn may_lack_modes(_file: impl AsFd) -> bool {
    false
}

/// Returns the kind of the file system with this device number.
#[cfg(target_os = "linux")]
fn kind(mounts: &str, (major, minor): (u32, u32)) -> Option<&str> {
    let number = format!("{major}:{minor}");
    let is_it = |line: &&str| line.split(' ').nth(2) == Some(&number);
    let (_, rest) = mounts.lines().find(is_it)?.split_once(" - ")?;
    rest.split(' ').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_system_is_known_by_its_type() {
        let kind = |path| Volume::of(File::open(path).unwrap());
        if cfg!(target_os = "linux") {
            assert_eq!(kind("/proc"), Volume::Made);
            assert_eq!(kind("/dev/shm"), Volume::Memory);
        }
    }

    #[test]
    fn the_kind_of_a_file_system_is_found_by_its_device() {
        let mounts = "22 1 8:1 / / rw,noatime shared:1 - ext4 /dev/sda1 rw\n\
            40 22 7:12 / /mnt/stick rw - fuseblk /dev/sdb1 rw,user_id=0\n\
            41 22 0:44 / /mnt/with\\040space rw - 9p C:\\134 rw,aname=drvfs\n";
        assert_eq!(kind(mounts, (8, 1)), Some("ext4"));
        assert_eq!(kind(mounts, (7, 12)), Some("fuseblk"));
        assert_eq!(kind(mounts, (0, 44)), Some("9p"));
        assert_eq!(kind(mounts, (0, 4)), None);
        assert_eq!(kind("", (8, 1)), None);
        let here = std::fs::File::open("/proc").unwrap();
        assert!(!may_lack_modes(here));
    }
}
