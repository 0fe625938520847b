//! Opens folders from the descriptor of another one downwards.

use std::os::fd::OwnedFd;
use std::path::{Component, Path};

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;

/// Opens a folder below another. No part of the path may be a link, and none can lead out of it.
pub(in crate::files) fn open_folder(
    root: &OwnedFd,
    below: &Path,
    access: OFlags,
) -> rustix::io::Result<OwnedFd> {
    let flags = access | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    if below.as_os_str().is_empty() {
        return rustix::fs::openat(root, ".", flags, Mode::empty());
    }
    match in_one_step(root, below, flags) {
        // An old kernel, or a sandbox that does not know the call.
        Err(Errno::NOSYS | Errno::PERM | Errno::INVAL) => step_by_step(root, below, flags),
        opened => opened,
    }
}

#[cfg(target_os = "linux")]
fn in_one_step(root: &OwnedFd, below: &Path, flags: OFlags) -> rustix::io::Result<OwnedFd> {
    use rustix::fs::ResolveFlags;
    let within = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS;
    rustix::fs::openat2(root, below, flags, Mode::empty(), within)
}

#[cfg(not(target_os = "linux"))]
fn in_one_step(_root: &OwnedFd, _below: &Path, _flags: OFlags) -> rustix::io::Result<OwnedFd> {
    Err(Errno::NOSYS)
}

fn step_by_step(root: &OwnedFd, below: &Path, flags: OFlags) -> rustix::io::Result<OwnedFd> {
    let mut folder = rustix::fs::openat(root, ".", flags, Mode::empty())?;
    for part in below.components() {
        let Component::Normal(name) = part else {
            return Err(Errno::XDEV);
        };
        folder = rustix::fs::openat(&folder, name, flags, Mode::empty())?;
    }
    Ok(folder)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::system::PLACE;
    use std::fs::{self, File};
    use std::os::unix::fs::symlink;

    /// The way of systems without openat2 gives the same answers.
    #[test]
    fn step_by_step_no_link_is_followed_either() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::create_dir_all(at("a/b/c")).unwrap();
        symlink("b", at("a/link")).unwrap();
        symlink("c", at("a/b/last")).unwrap();
        let root = OwnedFd::from(File::open(dir.path()).unwrap());
        let flags = PLACE | OFlags::DIRECTORY | OFlags::NOFOLLOW;
        for open in [in_one_step, step_by_step] {
            open(&root, Path::new("a/b/c"), flags).unwrap();
            for refused in ["a/link/c", "a/b/last", "../", "/"] {
                open(&root, Path::new(refused), flags).unwrap_err();
            }
        }
    }
}
