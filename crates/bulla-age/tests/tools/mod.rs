//! What a test needs from the machine: tools and folders that may be missing.
//!
//! Included by test binaries with `#[path]`. If something is missing, a test prints a message and
//! ends. With `CI=true` in the environment it fails instead, so that CI skips nothing silently.

use std::ffi::OsStr;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

/// The path of this program on the `PATH` of the test run.
pub(crate) fn tool(name: &str) -> Option<PathBuf> {
    tool_on(&std::env::var_os("PATH")?, name)
}

/// The path of this program in one of these folders, separated as in `PATH`.
pub(crate) fn tool_on(path: &OsStr, name: &str) -> Option<PathBuf> {
    std::env::split_paths(path)
        .map(|folder| folder.join(name))
        .find(|program| {
            program
                .metadata()
                .is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
        })
}

/// Prints what is missing. Panics in CI, where nothing may be missing.
pub(crate) fn skip(what: &str) {
    let strict = std::env::var_os("CI").is_some_and(|ci| ci == "true");
    assert!(!strict, "{what}, and CI=true allows no skipping");
    eprintln!("skipped: {what}");
}

/// Returns the path of each named tool, or ends the test if one is missing.
///
/// `let age = need!("age");` · `let (strace, sh) = need!("strace", "sh");`
macro_rules! need {
    ($name:expr) => {
        match $crate::tools::tool($name) {
            Some(path) => path,
            None => return $crate::tools::skip(&format!("{} not installed", $name)),
        }
    };
    ($($name:expr),+) => { ($($crate::tools::need!($name)),+) };
}
pub(crate) use need;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_programs_are_tools() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("text"), "").unwrap();
        let path = std::env::join_paths([folder.path(), "/bin".as_ref()]).unwrap();
        assert_eq!(tool_on(&path, "text"), None);
        assert_eq!(tool_on(&path, "no-such-tool"), None);
        assert_eq!(tool_on(&path, "sh"), Some("/bin/sh".into()));
    }

    #[test]
    fn a_needed_tool_has_a_path() {
        let (sh, cat) = crate::tools::need!("sh", "cat");
        assert!(sh.is_absolute() && cat.is_absolute());
    }
}
