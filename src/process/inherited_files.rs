//! The files that the caller of this process left open for it: `--passphrase-fd 3`, `<(command)`.

use std::io;
#[cfg(target_os = "linux")]
use std::os::fd::AsRawFd;
use std::os::fd::{OwnedFd, RawFd};

use nix::unistd::close;
use rustix::io::Errno;
#[cfg(target_os = "linux")]
use rustix::process::{PidfdFlags, PidfdGetfdFlags, getpid, pidfd_getfd, pidfd_open};

/// The first number that is not a standard descriptor.
const FIRST: RawFd = 3;

/// The numbers that are tried where /proc does not list them.
const TRIED: std::ops::Range<RawFd> = FIRST..256;

/// The inherited files, and whether all of them are kept from programs.
#[derive(Debug)]
pub(crate) struct Inherited {
    /// Each number, and the file if it is kept; `None` if nothing is known about them.
    pub(crate) files: Option<Vec<(RawFd, Option<OwnedFd>)>>,
    /// Why some are not kept.
    pub(crate) failure: Option<io::Error>,
}

/// Keeps inherited files from the programs that this process starts: they stay open here, under
/// their numbers, and are closed in a program. Called before anything else is opened.
pub(crate) fn keep_from_programs() -> Inherited {
    let listed = listed();
    let this = match Own::new() {
        Ok(this) => this,
        Err(errno) => {
            return Inherited {
                files: listed.map(|numbers| numbers.into_iter().map(|one| (one, None)).collect()),
                failure: Some(errno.into()),
            };
        }
    };
    let is_listed = listed.is_some();
    let (mut files, mut failure) = (Vec::new(), None);
    for number in listed.unwrap_or_else(|| TRIED.collect()) {
        if this.is_at(number) {
            continue;
        }
        match keep(&this, number) {
            Ok(file) => files.push((number, Some(file))),
            // One of those listed was the folder that was read, which is closed by now.
            Err(Errno::BADF) => {}
            Err(errno) => {
                if is_listed {
                    files.push((number, None));
                }
                failure = Some(errno.into());
            }
        }
    }
    let is_known = is_listed || failure.is_none();
    Inherited {
        files: is_known.then_some(files),
        failure,
    }
}

/// Returns the numbers of the open files; `None` if the system does not list them. FreeBSD lists
/// only the standard ones, unless it was told to.
fn listed() -> Option<Vec<RawFd>> {
    let folder = if cfg!(target_os = "linux") {
        "/proc/self/fd"
    } else if cfg!(target_vendor = "apple") {
        "/dev/fd"
    } else {
        return None;
    };
    let entries = std::fs::read_dir(folder).ok()?;
    let numbers = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    Some(numbers.filter(|number| *number >= FIRST).collect())
}

/// The files of this process, by number.
#[cfg(target_os = "linux")]
struct Own(OwnedFd);

#[cfg(target_os = "linux")]
impl Own {
    fn new() -> rustix::io::Result<Self> {
        pidfd_open(getpid(), PidfdFlags::empty()).map(Self)
    }

    fn is_at(&self, number: RawFd) -> bool {
        number == self.0.as_raw_fd()
    }

    fn copy(&self, number: RawFd) -> rustix::io::Result<OwnedFd> {
        pidfd_getfd(&self.0, number, PidfdGetfdFlags::empty())
    }
}

/// The files of this process, by number. They are copied by opening them in /dev/fd.
#[cfg(not(target_os = "linux"))]
struct Own;

#[cfg(not(target_os = "linux"))]
impl Own {
    fn new() -> rustix::io::Result<Self> {
        Ok(Self)
    }

    fn is_at(&self, _number: RawFd) -> bool {
        false
    }

    fn copy(&self, number: RawFd) -> rustix::io::Result<OwnedFd> {
        use rustix::fs::{Mode, OFlags, open};
        let path = format!("/dev/fd/{number}");
        let open = |flags| open(&*path, flags | OFlags::CLOEXEC, Mode::empty());
        // Only what the caller allowed.
        match open(OFlags::RDWR).or_else(|_| open(OFlags::RDONLY)) {
            Err(Errno::ACCESS) => open(OFlags::WRONLY),
            copied => copied,
        }
    }
}

/// Opens a file again under its number, so that a program does not get it.
fn keep(this: &Own, number: RawFd) -> rustix::io::Result<OwnedFd> {
    let copy = this.copy(number)?;
    close(number).map_err(|errno| Errno::from_raw_os_error(errno as i32))?;
    // The lowest free number from there on is the same number.
    rustix::io::fcntl_dupfd_cloexec(&copy, number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::in_child_of_shell;
    use std::process::Command;

    #[test]
    fn child_with_an_inherited_file() {
        if std::env::var_os("BULLA_TEST_INHERITED").is_none() {
            return;
        }
        let seen = || {
            let script = "cat <&9 2>/dev/null || echo closed";
            let shown = Command::new("sh").args(["-c", script]).output().unwrap();
            String::from_utf8(shown.stdout).unwrap()
        };
        assert_eq!(seen(), "secret\n");
        let kept = keep_from_programs();
        assert!(kept.failure.is_none() && kept.files.is_some());
        assert_eq!(seen(), "closed\n");
        assert_eq!(std::fs::read_to_string("/dev/fd/9").unwrap(), "secret\n");
    }

    #[test]
    fn a_file_from_the_caller_stays_open_here_and_is_closed_in_programs() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("secret");
        std::fs::write(&file, "secret\n").unwrap();
        in_child_of_shell(
            "exec 9<\"$BULLA_TEST_INHERITED\"; ",
            "process::inherited_files::tests::child_with_an_inherited_file",
            "BULLA_TEST_INHERITED",
            &file,
        );
    }
}
