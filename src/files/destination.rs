//! Resolves where an output is created.
//!
//! Follows symlinks, even if their target does not exist yet, and finds two outputs that would be
//! one file. Creates nothing.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::fs::Metadata;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rustix::io::Errno;

use bulla_age::untrusted::Untrusted;

use crate::files::{Error, FileId};

/// The number of symlinks that the kernel follows.
const MOST_LINKS: usize = 40;

/// A folder, a name in it, and the existing file of that name.
#[derive(Debug)]
pub(crate) struct Destination {
    directory: PathBuf,
    file_name: OsString,
    existing: Option<Metadata>,
}

impl Destination {
    /// Resolves the path of an output.
    pub(crate) fn of(path: &Path) -> Result<Self, Error> {
        let name = Untrusted::from(path);
        let look = |path: &Path| match path.symlink_metadata() {
            Ok(metadata) => Ok(Some(metadata)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Error::io("create", &name, error)),
        };
        let mut target = path.to_owned();
        let mut existing = look(&target)?;
        if existing.as_ref().is_some_and(Metadata::is_symlink) {
            if let Some(special) = special(path) {
                existing = Some(special);
            } else {
                (target, existing) = follow(target, &name, look)?;
                matches_kernel_resolution(path, existing.as_ref(), &name)?;
            }
        }
        if existing.as_ref().is_some_and(Metadata::is_dir) {
            return Err(Error::IsDirectory { name });
        }
        let (Some(file_name), false) = (
            target.file_name(),
            target.as_os_str().as_bytes().ends_with(b"/"),
        ) else {
            return Err(Error::NotFound { name });
        };
        let directory = target
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty());
        let directory = directory.unwrap_or(Path::new(".")).to_owned();
        Ok(Self {
            directory,
            file_name: file_name.to_owned(),
            existing,
        })
    }

    /// The folder in which the output is created.
    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    /// The output's name in that folder.
    pub(crate) fn file_name(&self) -> &OsStr {
        &self.file_name
    }

    /// The metadata of the existing file, if there is one.
    pub(crate) fn existing(&self) -> Option<&Metadata> {
        self.existing.as_ref()
    }
}

/// Returns the metadata of a symlink's target if that is neither a regular file nor a folder. Such
/// a target is opened through the link, whose text may not be a path (`/dev/stdout` ends at
/// "pipe:[…]").
fn special(path: &Path) -> Option<Metadata> {
    path.metadata()
        .ok()
        .filter(|metadata| !metadata.is_file() && !metadata.is_dir())
}

/// Follows the last component to the path at which a file exists or would be created.
fn follow(
    mut path: PathBuf,
    name: &Untrusted,
    look: impl Fn(&Path) -> Result<Option<Metadata>, Error>,
) -> Result<(PathBuf, Option<Metadata>), Error> {
    for _ in 0..MOST_LINKS {
        let existing = look(&path)?;
        if !existing.as_ref().is_some_and(Metadata::is_symlink) {
            return Ok((path, existing));
        }
        let link = path
            .read_link()
            .map_err(|source| Error::io("create", name, source))?;
        path.pop();
        path.push(link);
    }
    Err(Error::io("create", name, Errno::LOOP))
}

/// Returns an error if the kernel resolves the path to another file, which happens with links in
/// /proc.
fn matches_kernel_resolution(
    path: &Path,
    found: Option<&Metadata>,
    name: &Untrusted,
) -> Result<(), Error> {
    let resolved = path.metadata().ok();
    if resolved.as_ref().map(FileId::of) == found.map(FileId::of) {
        Ok(())
    } else {
        Err(Error::io(
            "create",
            name,
            io::Error::other("the target of the link is unknown"),
        ))
    }
}

/// Two outputs that would be the same file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Conflict {
    /// The index of the first one.
    pub(crate) first: usize,
    /// The index of the second one.
    pub(crate) second: usize,
}

/// Finds two outputs that would be the same file, before any of them is created.
///
/// Outputs that cannot be created are ignored here: creating them will report the error.
pub(crate) fn conflicts(outputs: &[PathBuf]) -> Option<Conflict> {
    let mut folders: HashMap<PathBuf, Option<FileId>> = HashMap::new();
    let mut taken = HashMap::new();
    for (second, output) in outputs.iter().enumerate() {
        let Ok(Destination {
            directory,
            file_name,
            ..
        }) = Destination::of(output)
        else {
            continue;
        };
        let folder = folders.entry(directory);
        let look = |path: &PathBuf| path.metadata().ok().as_ref().map(FileId::of);
        let Some(folder) = *folder.or_insert_with_key(look) else {
            continue;
        };
        if let Some(first) = taken.insert((folder, file_name), second) {
            return Some(Conflict { first, second });
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::symlink;

    fn resolved(path: &Path) -> PathBuf {
        let destination = Destination::of(path).unwrap();
        destination.directory().join(destination.file_name())
    }

    #[test]
    fn symlinks_are_followed_also_when_they_lead_to_nothing_yet() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::create_dir(at("sub")).unwrap();
        symlink("sub/one", at("relative")).unwrap();
        symlink(at("relative"), at("absolute")).unwrap();
        assert_eq!(resolved(&at("plain")), at("plain"));
        assert_eq!(resolved(&at("absolute")), at("sub/one"));
        assert!(
            Destination::of(&at("absolute"))
                .unwrap()
                .existing()
                .is_none()
        );
        fs::write(at("sub/one"), b"").unwrap();
        assert_eq!(resolved(&at("absolute")), at("sub/one"));
        assert!(
            Destination::of(&at("absolute"))
                .unwrap()
                .existing()
                .is_some()
        );
        assert_eq!(
            resolved(Path::new("no-such-file")),
            Path::new("./no-such-file")
        );
    }

    #[test]
    fn loops_folders_and_names_of_folders_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        symlink("b", at("a")).unwrap();
        symlink("a", at("b")).unwrap();
        symlink(".", at("folder")).unwrap();
        symlink("nothing/", at("slash")).unwrap();
        assert!(matches!(Destination::of(&at("a")), Err(Error::Io { .. })));
        assert!(matches!(
            Destination::of(&at("folder")),
            Err(Error::IsDirectory { .. })
        ));
        assert!(matches!(
            Destination::of(dir.path()),
            Err(Error::IsDirectory { .. })
        ));
        for missing in ["new/", "slash"] {
            assert!(
                matches!(Destination::of(&at(missing)), Err(Error::NotFound { .. })),
                "{missing}"
            );
        }
    }

    #[test]
    fn a_link_that_does_not_say_where_it_leads_is_refused() {
        let file = tempfile::tempfile().unwrap();
        let fd = std::os::fd::AsRawFd::as_raw_fd(&file);
        assert!(matches!(
            Destination::of(Path::new(&format!("/proc/self/fd/{fd}"))),
            Err(Error::Io { .. })
        ));
        let (_reader, writer) = std::io::pipe().unwrap();
        let fd = std::os::fd::AsRawFd::as_raw_fd(&writer);
        let pipe = Destination::of(Path::new(&format!("/proc/self/fd/{fd}"))).unwrap();
        assert!(!pipe.existing().unwrap().is_file());
    }

    #[test]
    fn two_ways_to_one_output_are_found_before_it_exists() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::create_dir(at("one")).unwrap();
        fs::create_dir(at("two")).unwrap();
        symlink("one", at("same")).unwrap();
        symlink("one/x", at("link")).unwrap();
        let plan =
            |names: &[&str]| conflicts(&names.iter().map(|name| at(name)).collect::<Vec<_>>());
        assert_eq!(
            plan(&["one/x", "two/x", "one/y", "missing/x", "missing/x"]),
            None
        );
        for other in ["one/x", "same/x", "one/../one/x", "./one//x", "link"] {
            assert_eq!(
                plan(&["one/y", "one/x", other]),
                Some(Conflict {
                    first: 1,
                    second: 2
                }),
                "{other}"
            );
        }
    }
}
