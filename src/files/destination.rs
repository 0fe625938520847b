//! Where an output is created.
//!
//! Follows symlinks, even if their target does not exist yet, and finds two outputs that would be
//! one file. Creates nothing.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use unicode_normalization::UnicodeNormalization as _;

use crate::files::file_system::Volume;
use crate::files::resolve::{LastLink, Place, resolve};
use crate::files::{Error, FileId};

/// A folder, a name in it, and the existing file of that name.
#[derive(Debug)]
pub(crate) struct Destination {
    place: Place,
}

impl Destination {
    /// Resolves the path of an output that the user named.
    pub(crate) fn of(path: &Path) -> Result<Self, Error> {
        resolve(path, LastLink::Follow, "create").map(|place| Self { place })
    }

    /// Resolves a path whose last part the user did not name. If that is a symlink, it is not
    /// followed: anyone who knew the name could have put it there.
    pub(super) fn of_default_name(path: &Path) -> Result<Self, Error> {
        resolve(path, LastLink::Keep, "create").map(|place| Self { place })
    }

    /// The folder in which the output is created.
    pub(crate) fn directory(&self) -> &Path {
        let path = self.place.folder_path.as_path();
        if path.as_os_str().is_empty() {
            Path::new(".")
        } else {
            path
        }
    }

    /// The path of the output, after symlinks.
    pub(crate) fn path(&self) -> PathBuf {
        self.place.folder_path.join(&self.place.name)
    }

    /// The folder and the existing file as descriptors.
    pub(super) fn into_place(self) -> Place {
        self.place
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
    let mut taken = HashMap::new();
    let mut folds = HashMap::new();
    for (second, output) in outputs.iter().enumerate() {
        let Ok(place) = Destination::of(output).map(Destination::into_place) else {
            continue;
        };
        let Ok(folder) = FileId::of_descriptor(&place.folder) else {
            continue;
        };
        let folds_names = *folds
            .entry(folder)
            .or_insert_with(|| Volume::of(&place.folder).folds_names());
        let name = if folds_names {
            folded(&place.name)
        } else {
            place.name
        };
        if let Some(first) = taken.insert((folder, name), second) {
            return Some(Conflict { first, second });
        }
    }
    None
}

/// Returns the same for all names of one file, where case and the way accents are written make no
/// difference. Names that only some of these file systems tell apart are taken for the same.
fn folded(name: &OsStr) -> OsString {
    match name.to_str() {
        Some(name) => name
            .nfd()
            .flat_map(char::to_lowercase)
            .nfd()
            .collect::<String>()
            .into(),
        None => name.to_ascii_lowercase(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::symlink;

    fn resolved(path: &Path) -> PathBuf {
        let destination = Destination::of(path).unwrap();
        destination.directory().join(&destination.place.name)
    }

    #[test]
    fn names_that_some_disks_do_not_tell_apart_are_folded_to_one() {
        let one = |first: &str, second: &str| folded(first.as_ref()) == folded(second.as_ref());
        assert!(one("Plan.TXT.age", "plan.txt.age"));
        assert!(one("\u{c9}t\u{e9}", "e\u{301}te\u{301}"));
        assert!(one("\u{212b}", "a\u{30a}"));
        assert!(!one("plan", "plan1") && !one("e", "\u{e9}"));
        let raw = |bytes: &[u8]| folded(std::os::unix::ffi::OsStrExt::from_bytes(bytes));
        assert_eq!(raw(b"A\xff"), raw(b"a\xff"));
        assert_ne!(raw(b"a\xff"), raw(b"a\xfe"));
        assert!(Volume::Fat.folds_names());
        assert_eq!(Volume::Local.folds_names(), cfg!(target_vendor = "apple"));
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
                .place
                .found
                .is_none()
        );
        fs::write(at("sub/one"), b"").unwrap();
        assert_eq!(resolved(&at("absolute")), at("sub/one"));
        assert!(
            Destination::of(&at("absolute"))
                .unwrap()
                .place
                .found
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
                matches!(Destination::of(&at(missing)), Err(Error::NoFolder { .. })),
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
        assert!(!pipe.place.found.unwrap().metadata.is_file());
    }

    #[test]
    fn a_default_name_is_not_followed() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::create_dir(at("folder")).unwrap();
        symlink("folder", at("linked")).unwrap();
        symlink("nothing", at("folder/link")).unwrap();
        let destination = Destination::of_default_name(&at("linked/link")).unwrap();
        assert_eq!(
            destination.directory().join(&destination.place.name),
            at("folder/link")
        );
        assert!(destination.place.found.unwrap().metadata.is_symlink());
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
