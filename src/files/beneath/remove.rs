//! Removes a folder with everything in it.

use std::ffi::OsStr;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, Dir, Mode, OFlags};
use rustix::io::Errno;

use crate::files::beneath::open_folder;
use crate::files::system::PLACE;

/// How many folders are remembered before what is in them is removed.
const MOST_PENDING: usize = 256;
/// How often a folder is read again because something appeared in it.
const MOST_TRIES: usize = 8;

const FOLDER: OFlags = OFlags::RDONLY
    .union(OFlags::DIRECTORY)
    .union(OFlags::NOFOLLOW)
    .union(OFlags::CLOEXEC);

/// Removes a folder of the user, however deep it is, and whatever modes its folders have. Links in
/// it are removed, not followed. Needs two descriptors.
pub(in crate::files) fn remove_tree(directory: impl AsFd, name: &OsStr) -> rustix::io::Result<()> {
    let root = opened(&directory, name, || {
        rustix::fs::openat(&directory, name, FOLDER, Mode::empty())
    })?;
    let mut pending = vec![(PathBuf::new(), 0)];
    while let Some((folder, tries)) = pending.last_mut() {
        *tries += 1;
        if *tries > MOST_TRIES {
            return Err(Errno::NOTEMPTY);
        }
        let folder = folder.clone();
        let folders = remove_files(&root, &folder)?;
        if !folders.is_empty() {
            // It is read again when these are gone.
            if let Some((_, tries)) = pending.last_mut() {
                *tries = 0;
            }
            pending.extend(folders.into_iter().map(|folder| (folder, 0)));
            continue;
        }
        let removed = match folder.file_name() {
            None => rustix::fs::unlinkat(&directory, name, AtFlags::REMOVEDIR),
            Some(name) => {
                let parent = folder.parent().unwrap_or(Path::new(""));
                let parent = open_folder(&root, parent, PLACE)?;
                rustix::fs::unlinkat(&parent, name, AtFlags::REMOVEDIR)
            }
        };
        match removed {
            Ok(()) | Err(Errno::NOENT) => {
                pending.pop();
            }
            Err(Errno::NOTEMPTY | Errno::EXIST) => {}
            Err(errno) => return Err(errno),
        }
    }
    Ok(())
}

/// Removes what is not a folder, and returns folders that are left.
fn remove_files(root: &OwnedFd, folder: &Path) -> rustix::io::Result<Vec<PathBuf>> {
    let opened = match folder.file_name() {
        None => rustix::fs::openat(root, ".", FOLDER, Mode::empty())?,
        Some(name) => {
            let parent = folder.parent().unwrap_or(Path::new(""));
            let parent = open_folder(root, parent, PLACE)?;
            opened(&parent, name, || {
                rustix::fs::openat(&parent, name, FOLDER, Mode::empty())
            })?
        }
    };
    // Nothing can be removed from a folder that its owner may not write to. If this fails, so does
    // removing.
    let _ = rustix::fs::fchmod(&opened, Mode::from_raw_mode(0o700));
    let mut folders = Vec::new();
    for entry in Dir::read_from(&opened)? {
        let entry = entry?;
        let name = OsStr::from_bytes(entry.file_name().to_bytes());
        if name == "." || name == ".." {
            continue;
        }
        match rustix::fs::unlinkat(&opened, name, AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => {}
            // POSIX has the second one for folders.
            Err(Errno::ISDIR | Errno::PERM) if folders.len() < MOST_PENDING => {
                folders.push(folder.join(name));
            }
            Err(Errno::ISDIR | Errno::PERM) => {}
            Err(errno) => return Err(errno),
        }
    }
    Ok(folders)
}

/// Opens a folder, which may first have to become readable.
fn opened(
    directory: impl AsFd,
    name: &OsStr,
    open: impl Fn() -> rustix::io::Result<OwnedFd>,
) -> rustix::io::Result<OwnedFd> {
    match open() {
        Err(Errno::ACCESS) => {
            rustix::fs::chmodat(
                directory,
                name,
                Mode::from_raw_mode(0o700),
                AtFlags::empty(),
            )?;
            open()
        }
        opened => opened,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{self, File, Permissions};
    use std::os::unix::fs::{PermissionsExt, symlink};

    #[test]
    fn a_tree_is_removed_whatever_its_modes_and_links_are() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::create_dir(at("kept")).unwrap();
        fs::write(at("kept/file"), "kept").unwrap();
        fs::create_dir_all(at("tree/a/b")).unwrap();
        for folder in 0..600 {
            fs::create_dir(at("tree").join(folder.to_string())).unwrap();
        }
        fs::write(at("tree/a/b/file"), "gone").unwrap();
        symlink("../kept", at("tree/link")).unwrap();
        for closed in ["tree/a/b", "tree/a", "tree/0", "tree"] {
            fs::set_permissions(at(closed), Permissions::from_mode(0o000)).unwrap();
        }
        let directory = File::open(dir.path()).unwrap();
        remove_tree(&directory, OsStr::new("tree")).unwrap();
        assert!(!at("tree").exists());
        assert_eq!(fs::read(at("kept/file")).unwrap(), b"kept");
    }

    #[test]
    fn a_tree_deeper_than_descriptors_and_paths_reach_is_removed() {
        let dir = tempfile::tempdir().unwrap();
        let directory = OwnedFd::from(File::open(dir.path()).unwrap());
        rustix::fs::mkdirat(&directory, "tree", Mode::from_raw_mode(0o700)).unwrap();
        let mut below = PathBuf::new();
        let root = rustix::fs::openat(&directory, "tree", FOLDER, Mode::empty()).unwrap();
        for _ in 0..1500 {
            let parent = open_folder(&root, &below, PLACE).unwrap();
            rustix::fs::mkdirat(&parent, "d", Mode::from_raw_mode(0o700)).unwrap();
            below.push("d");
        }
        remove_tree(&directory, OsStr::new("tree")).unwrap();
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    }
}
