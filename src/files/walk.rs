//! Walks a folder tree.
//!
//! Finds regular files only, sorted by path. Symlinks are not followed, so there are no loops.
//! Temporary files that a killed run of this program left behind are skipped.

use std::fs;
use std::path::{Path, PathBuf};

use crate::files::temporary::is_temporary_name;

/// Returns the regular files below a folder. Folders that cannot be read are in the list too:
/// opening them later reports the reason.
pub(crate) fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder).and_then(Iterator::collect::<Result<Vec<_>, _>>)
        else {
            found.push(folder);
            continue;
        };
        for entry in entries {
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => folders.push(entry.path()),
                Ok(kind) if kind.is_file() && !is_temporary_name(&entry.file_name()) => {
                    found.push(entry.path());
                }
                _ => {}
            }
        }
    }
    found.sort();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_found_at_any_depth_and_links_are_not_followed() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::create_dir_all(at("b/c/d")).unwrap();
        for name in [
            "z",
            "b/c/d/x",
            "b/a",
            ".bulla-0123456789abcdef.tmp",
            ".bulla-0.tmp",
        ] {
            fs::write(at(name), b"").unwrap();
        }
        std::os::unix::fs::symlink(dir.path(), at("b/round")).unwrap();
        std::os::unix::fs::symlink(at("z"), at("b/link")).unwrap();
        let mode = rustix::fs::Mode::from_raw_mode(0o600);
        rustix::fs::mkfifoat(rustix::fs::CWD, at("fifo"), mode).unwrap();
        let expected: Vec<PathBuf> = [".bulla-0.tmp", "b/a", "b/c/d/x", "z"].map(at).into();
        assert_eq!(files_below(dir.path()), expected);
    }
}
