//! Finds programs on the PATH.

use std::ffi::OsStr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// The result of looking for a program.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Program {
    /// Found at this absolute path.
    At(PathBuf),
    /// Found only below a relative entry, where anyone could have put it.
    OnlyRelative,
    /// Not found.
    Nowhere,
}

/// Looks for a program in the entries of PATH, in order; relative and empty entries are ignored.
pub(crate) fn find_program(name: impl AsRef<OsStr>, path: &OsStr) -> Program {
    let name = name.as_ref();
    let mut found = Program::Nowhere;
    for folder in std::env::split_paths(path) {
        let program = folder.join(name);
        if !is_executable(&program) {
            continue;
        }
        if folder.is_absolute() {
            return Program::At(program);
        }
        found = Program::OnlyRelative;
    }
    found
}

/// Returns whether this is a file that somebody may execute.
pub(crate) fn is_executable(path: &Path) -> bool {
    path.metadata()
        .is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_absolute_entries_answer() {
        let dir = tempfile::tempdir().unwrap();
        let program = dir.path().join("p");
        std::fs::write(&program, "").unwrap();
        assert_eq!(
            find_program("p", dir.path().as_os_str()),
            Program::Nowhere,
            "it is not executable"
        );
        std::fs::set_permissions(&program, PermissionsExt::from_mode(0o755)).unwrap();
        assert_eq!(
            find_program("p", dir.path().as_os_str()),
            Program::At(program.clone())
        );
        let up = "../".repeat(40);
        let relative = Path::new(&up).join(dir.path().strip_prefix("/").unwrap());
        assert_eq!(
            find_program("p", relative.as_os_str()),
            Program::OnlyRelative
        );
        assert_eq!(find_program("p", OsStr::new("")), Program::Nowhere);
    }
}
