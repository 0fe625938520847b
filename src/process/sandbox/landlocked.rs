//! Restricts where this thread, and threads it starts later, may still write (Landlock).

use std::path::Path;

use landlock::{
    ABI, AccessFs, BitFlags, PathBeneath, PathFd, RestrictionStatus, Ruleset, RulesetAttr,
    RulesetCreatedAttr, RulesetStatus,
};

use crate::process::sandbox::Status;

/// The last version that adds a right to write files. Later versions restrict device ioctls, which
/// the prompt needs to control the terminal's echo, and connections to local sockets.
const KNOWN: ABI = ABI::V3;

/// Step three: allows creating, writing and removing only beneath `folders`, and writing to
/// `devices` (the terminal). Reading and files that are already open are not affected.
///
/// All or nothing: if one of the folders cannot be opened, nothing is restricted.
pub(crate) fn only_write_beneath(folders: &[&Path], devices: &[&Path]) -> Status {
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

fn restrict(
    folders: &[&Path],
    devices: &[&Path],
) -> Result<RestrictionStatus, Box<dyn std::error::Error + Send + Sync>> {
    let write = AccessFs::from_write(KNOWN);
    let mut rules = Ruleset::default().handle_access(write)?.create()?;
    for folder in folders {
        rules = rules.add_rule(PathBeneath::new(PathFd::new(folder)?, write))?;
    }
    for device in devices {
        // A missing device needs no permission.
        if let Ok(device) = PathFd::new(device) {
            let write: BitFlags<AccessFs> = AccessFs::WriteFile | AccessFs::Truncate;
            rules = rules.add_rule(PathBeneath::new(device, write))?;
        }
    }
    Ok(rules.restrict_self()?)
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
    fn a_folder_that_is_missing_narrows_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let status = only_write_beneath(&[&dir.path().join("missing")], &[]);
        assert!(matches!(status, Status::Unavailable(_)));
        fs::write(dir.path().join("x"), b"").unwrap();
    }
}
