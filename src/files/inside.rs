//! Checks whether a path leads into a folder, through any symlinks and mounts.

use std::path::{Path, PathBuf};

use crate::files::FileId;

/// Returns whether a path is a folder or leads into it. Neither has to exist.
pub(crate) fn is_inside(path: &Path, folder: &Path) -> bool {
    let (path, folder) = (resolved(path), resolved(folder));
    let id = |path: &Path| path.metadata().ok().map(|metadata| FileId::of(&metadata));
    let wanted = id(&folder);
    path.starts_with(&folder)
        || wanted.is_some() && path.ancestors().any(|parent| id(parent) == wanted)
}

/// Returns the path without symlinks, as far as it exists.
fn resolved(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    for parent in absolute.ancestors() {
        if let Ok(real) = parent.canonicalize() {
            let rest = absolute.strip_prefix(parent).unwrap_or(Path::new(""));
            return if rest.as_os_str().is_empty() {
                real
            } else {
                real.join(rest)
            };
        }
    }
    absolute
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::create_dir_all;
    use std::os::unix::fs::symlink;

    #[test]
    fn symlinks_and_what_does_not_exist_yet_are_resolved() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        create_dir_all(at("keyring/a")).unwrap();
        create_dir_all(at("config")).unwrap();
        symlink(at("keyring/a"), at("config/link")).unwrap();
        symlink(at("keyring"), at("other")).unwrap();
        for inside in [
            "keyring",
            "keyring/a",
            "keyring/none/x",
            "config/link/none",
            "other/x",
        ] {
            assert!(is_inside(&at(inside), &at("keyring")), "{inside}");
            assert!(is_inside(&at(inside), &at("other")), "{inside}");
        }
        for outside in ["", "config", "config/none", "keyring2", "none"] {
            assert!(!is_inside(&at(outside), &at("keyring")), "{outside}");
        }
        assert!(is_inside(&at("none/x"), &at("none")));
    }
}
