//! Restricts where this thread, and threads it starts later, may still write (Landlock).

use std::path::Path;

use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible, PathBeneath, PathFd,
    RestrictionStatus, Ruleset, RulesetAttr, RulesetCreatedAttr, RulesetStatus, Scope,
};

use crate::process::sandbox::Status;
use bulla_age::untrusted::Untrusted;

/// The last version that adds a right to write files.
const WRITES: ABI = ABI::V3;

/// The newest version that the crate knows. What it adds is asked for too, and used as far as the
/// kernel supports it: ioctls on devices, TCP, signals to other processes, local sockets.
const NEWEST: ABI = ABI::V10;

/// Step three: allows creating, writing and removing only beneath `folders`, and writing to
/// `devices` (the terminal). Reading and files that are already open are not affected.
///
/// All or nothing: if one of the folders cannot be opened, nothing is restricted.
pub(crate) fn only_write_beneath(folders: &[&Path], devices: &[&Path]) -> Status {
    if let Some(folder) = folders.iter().find(|folder| forgets_its_rules(folder)) {
        return Status::Unavailable(format!(
            "the file system of {} does not support it",
            Untrusted::from(*folder)
        ));
    }
    match restrict(folders, devices) {
        Ok(RestrictionStatus {
            ruleset: RulesetStatus::FullyEnforced,
            ..
        }) => Status::Active,
        Ok(RestrictionStatus {
            ruleset: RulesetStatus::PartiallyEnforced,
            ..
        }) => Status::Partial("this kernel's Landlock cannot restrict every kind of write".into()),
        Ok(_) => Status::Unavailable("this kernel has no landlock".into()),
        Err(error) => Status::Unavailable(error.to_string()),
    }
}

/// File systems that make a new inode each time a name is looked up. A rule belongs to an inode, so
/// there even the allowed folders would be refused, and nothing can undo that.
const WITHOUT_LASTING_INODES: [u64; 1] = [
    // 9p, of virtual machines and WSL.
    0x0102_1997,
];

fn forgets_its_rules(folder: &Path) -> bool {
    let found = rustix::fs::statfs(folder);
    found.is_ok_and(|found| is_without_lasting_inodes(found.f_type))
}

fn is_without_lasting_inodes(magic: impl TryInto<u64>) -> bool {
    magic
        .try_into()
        .is_ok_and(|magic| WITHOUT_LASTING_INODES.contains(&magic))
}

type Failed = Box<dyn std::error::Error + Send + Sync>;

/// Restricts a kernel that supports every right to write; another one as far as it can.
fn restrict(folders: &[&Path], devices: &[&Path]) -> Result<RestrictionStatus, Failed> {
    match restrict_at(CompatLevel::HardRequirement, folders, devices) {
        // What remains to be supported is not about writing files.
        Ok(mut status) => {
            status.ruleset = RulesetStatus::FullyEnforced;
            Ok(status)
        }
        Err(_) => restrict_at(CompatLevel::BestEffort, folders, devices),
    }
}

fn restrict_at(
    writing: CompatLevel,
    folders: &[&Path],
    devices: &[&Path],
) -> Result<RestrictionStatus, Failed> {
    let write = AccessFs::from_write(NEWEST);
    let mut rules = Ruleset::default()
        .set_compatibility(writing)
        .handle_access(AccessFs::from_write(WRITES))?
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(write)?
        .handle_access(AccessNet::from_all(NEWEST))?
        .scope(Scope::from_all(NEWEST))?
        .create()?;
    for folder in folders {
        rules = rules.add_rule(PathBeneath::new(PathFd::new(folder)?, write))?;
    }
    for device in devices {
        // A missing device needs no permission.
        if let Ok(device) = PathFd::new(device) {
            // The prompt controls the terminal's echo.
            let write: BitFlags<AccessFs> =
                AccessFs::WriteFile | AccessFs::Truncate | AccessFs::IoctlDev;
            rules = rules.add_rule(PathBeneath::new(device, write))?;
        }
    }
    Ok(rules.restrict_self()?)
}

/// Makes this thread, and the program that it starts, a domain of its own, which cannot look into
/// processes outside of it or take their files, whoever its user is.
///
/// Such a domain has to restrict something: TCP, which is blocked anyway if `offline`, and with
/// `mounts`, mounting and the creation of block devices.
pub(super) fn separate_here(offline: bool, mounts: bool) -> Status {
    let separate = || -> Result<RestrictionStatus, Failed> {
        let mut rules = Ruleset::default();
        if offline {
            rules = rules.handle_access(AccessNet::from_all(NEWEST))?;
        }
        if mounts {
            rules = rules.handle_access(AccessFs::MakeBlock | AccessFs::Refer)?;
        }
        let mut rules = rules.create()?;
        if mounts {
            // Every domain refuses to move files between folders, unless it allows that.
            let root = PathFd::new("/")?;
            rules = rules.add_rule(PathBeneath::new(root, AccessFs::Refer))?;
        }
        Ok(rules.restrict_self()?)
    };
    match separate() {
        Ok(status) if status.ruleset != RulesetStatus::NotEnforced => Status::Active,
        Ok(_) => Status::Unavailable("this kernel has no landlock".into()),
        Err(error) => Status::Unavailable(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::in_child;
    use std::fs;
    use std::io::Write;

    #[test]
    fn child_that_writes_in_one_folder_only() {
        let Some(dir) = std::env::var_os("BULLA_TEST_LANDLOCK") else {
            return;
        };
        let (ours, theirs) = (Path::new(&dir).join("ours"), Path::new(&dir).join("theirs"));
        let mut open = fs::File::create(theirs.join("open")).unwrap();
        let status = only_write_beneath(
            &[&ours],
            &[Path::new("/dev/null"), Path::new("/dev/no-such-device")],
        );
        if let Status::Unavailable(why) = status {
            println!("landlock: {why}");
            return;
        }
        let denied = |result: std::io::Result<()>| {
            assert_eq!(
                result.unwrap_err().kind(),
                std::io::ErrorKind::PermissionDenied
            );
        };
        denied(fs::write(theirs.join("new"), b""));
        denied(fs::remove_file(theirs.join("old")));
        denied(fs::create_dir(theirs.join("folder")));
        denied(fs::rename(theirs.join("old"), theirs.join("new")));
        denied(
            fs::OpenOptions::new()
                .append(true)
                .open(theirs.join("old"))
                .map(drop),
        );
        denied(
            std::thread::spawn(move || fs::write(theirs.join("new"), b""))
                .join()
                .unwrap(),
        );
        open.write_all(b"still").unwrap();
        fs::write("/dev/null", b"x").unwrap();
        fs::read("/proc/self/status").unwrap();
        name_what_has_none(&ours).unwrap();
        fs::write(ours.join("first"), b"hello").unwrap();
        fs::rename(ours.join("first"), ours.join("second")).unwrap();
        fs::remove_file(ours.join("second")).unwrap();
    }

    /// Gives a name to a file without one, as outputs do.
    fn name_what_has_none(folder: &Path) -> rustix::io::Result<()> {
        use rustix::fs::{AtFlags, CWD, Mode, OFlags};
        let file = rustix::fs::open(
            folder,
            OFlags::RDWR | OFlags::TMPFILE,
            Mode::from_raw_mode(0o600),
        )?;
        let unnamed = format!("/proc/self/fd/{}", std::os::fd::AsRawFd::as_raw_fd(&file));
        rustix::fs::linkat(
            CWD,
            unnamed,
            CWD,
            folder.join("named"),
            AtFlags::SYMLINK_FOLLOW,
        )
    }

    #[test]
    fn after_it_nothing_is_written_elsewhere() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("ours")).unwrap();
        fs::create_dir(dir.path().join("theirs")).unwrap();
        fs::write(dir.path().join("theirs/old"), b"old").unwrap();
        let test = "process::sandbox::landlocked::tests::child_that_writes_in_one_folder_only";
        let said = in_child(test, "BULLA_TEST_LANDLOCK", dir.path());
        if said.contains("landlock: ") {
            assert_ne!(
                std::env::var("CI").as_deref(),
                Ok("true"),
                "a kernel with landlock is needed"
            );
            eprintln!("skipped: landlock not installed");
        }
        assert_eq!(fs::read(dir.path().join("theirs/old")).unwrap(), b"old");
    }

    #[test]
    fn a_file_system_that_forgets_its_rules_is_known_before_anything_is_restricted() {
        assert!(is_without_lasting_inodes(0x0102_1997_i64));
        // ext4 and tmpfs.
        assert!(!is_without_lasting_inodes(0xef53_i64));
        assert!(!is_without_lasting_inodes(0x0102_1994_i64));
        assert!(!forgets_its_rules(Path::new("/")));
    }

    #[test]
    fn a_folder_that_is_missing_narrows_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let status = only_write_beneath(&[&dir.path().join("missing")], &[]);
        assert!(matches!(status, Status::Unavailable(_)));
        fs::write(dir.path().join("x"), b"").unwrap();
    }
}
