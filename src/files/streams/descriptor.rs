//! The descriptors that the caller left open, and the paths that stand for them: `/dev/stdout`,
//! `/dev/fd/3`.
//!
//! Such a path is the descriptor itself: opened as a file it would lose its position, and without
//! /proc it could not be opened at all.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd, RawFd};
use std::path::{Component, Path};
use std::sync::OnceLock;

use rustix::fs::{FileType, OFlags};
use rustix::io::Errno;

/// The inherited descriptors from 3 on. One without a copy can only be reached by its path.
static INHERITED: OnceLock<Vec<(RawFd, Option<OwnedFd>)>> = OnceLock::new();

/// Takes the descriptors from 3 on that the caller left open. Any other number is then a file of
/// our own.
pub(crate) fn keep_inherited(descriptors: Vec<(RawFd, Option<OwnedFd>)>) {
    // They are inherited once.
    let _ = INHERITED.set(descriptors);
}

/// Returns whether a path stands for standard input.
pub(crate) fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-" || number(path) == Some(0)
}

/// Returns whether a path stands for standard output.
pub(crate) fn is_stdout(path: &Path) -> bool {
    path.as_os_str() == "-" || number(path) == Some(1)
}

/// Returns whether a path stands for a descriptor, by its text alone.
pub(crate) fn is_descriptor(path: &Path) -> bool {
    path.as_os_str() == "-" || number(path).is_some()
}

/// Returns the number of the descriptor that a path stands for.
pub(in crate::files) fn number(path: &Path) -> Option<RawFd> {
    let mut parts = path.components();
    if parts.next() != Some(Component::RootDir) {
        return None;
    }
    let parts: Vec<&str> = parts
        .map(|part| part.as_os_str().to_str())
        .collect::<Option<_>>()?;
    match parts.as_slice() {
        ["dev", "stdin"] => Some(0),
        ["dev", "stdout"] => Some(1),
        ["dev", "stderr"] => Some(2),
        ["dev", "fd", number] | ["proc", "self" | "thread-self", "fd", number] => number
            .bytes()
            .all(|byte| byte.is_ascii_digit())
            .then(|| number.parse().ok())?,
        _ => None,
    }
}

/// Copies an inherited descriptor. `None` if it can only be reached by its path.
///
/// # Errors
/// If the caller left no such descriptor open.
pub(in crate::files) fn copy(number: RawFd) -> Option<io::Result<OwnedFd>> {
    let standard = match number {
        0 => Some(rustix::stdio::stdin()),
        1 => Some(rustix::stdio::stdout()),
        2 => Some(rustix::stdio::stderr()),
        _ => None,
    };
    if let Some(standard) = standard {
        return Some(standard.try_clone_to_owned());
    }
    let inherited = INHERITED.get()?;
    match inherited.iter().find(|(one, _)| *one == number) {
        Some((_, descriptor)) => descriptor.as_ref().map(OwnedFd::try_clone),
        None => Some(Err(Errno::BADF.into())),
    }
}

/// Returns whether the standard library opened /dev/null in the place of a closed standard stream,
/// before anything of ours ran. A caller that opens it in the same way, for reading and writing,
/// cannot be told apart.
pub(in crate::files) fn is_stand_in(standard: BorrowedFd<'_>) -> bool {
    let null = rustix::fs::stat("/dev/null");
    let (Ok(found), Ok(null)) = (rustix::fs::fstat(standard.as_fd()), null) else {
        return false;
    };
    FileType::from_raw_mode(found.st_mode) == FileType::CharacterDevice
        && found.st_rdev == null.st_rdev
        && rustix::fs::fcntl_getfl(standard)
            .is_ok_and(|flags| flags & OFlags::RWMODE == OFlags::RDWR)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_descriptors_are_known_by_their_text() {
        for (path, expected) in [
            ("/dev/stdin", Some(0)),
            ("/dev/stdout", Some(1)),
            ("/dev/stderr", Some(2)),
            ("/dev/fd/17", Some(17)),
            ("//dev/./fd//3/", Some(3)),
            ("/proc/self/fd/4", Some(4)),
            ("/proc/thread-self/fd/4", Some(4)),
            ("/dev/fd", None),
            ("/dev/fd/", None),
            ("/dev/fd/+3", None),
            ("/dev/fd/3/x", None),
            ("/dev/fd/99999999999", None),
            ("/dev/../dev/stdout", None),
            ("dev/stdout", None),
            ("/dev/null", None),
            ("-", None),
        ] {
            assert_eq!(number(Path::new(path)), expected, "{path}");
        }
        assert!(is_stdin(Path::new("-")) && is_stdout(Path::new("-")));
    }

    #[test]
    fn only_a_null_device_open_both_ways_stands_in_for_a_closed_stream() {
        let open = |path: &str, flags| {
            let file = rustix::fs::open(path, flags, rustix::fs::Mode::empty()).unwrap();
            is_stand_in(file.as_fd())
        };
        assert!(open("/dev/null", OFlags::RDWR));
        assert!(!open("/dev/null", OFlags::WRONLY));
        assert!(!open("/dev/null", OFlags::RDONLY));
        assert!(!open("/dev/zero", OFlags::RDWR));
    }
}
