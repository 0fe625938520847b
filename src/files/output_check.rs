//! Whether an output could be created, found out by looking.
//!
//! Commands look before they ask anything: nobody should type a passphrase for an output that
//! cannot be written. Nothing is created, so what was found can change. Creating the output checks
//! everything again.

use std::os::fd::AsFd;
use std::path::Path;

use rustix::fs::{Access, AtFlags};
use rustix::io::Errno;

use bulla_age::untrusted::Untrusted;

use crate::files::file_id::kind;
use crate::files::resolve::{LastLink, resolve};
use crate::files::{Error, FileId, Options, Replace, is_descriptor};

/// Who chose the last part of an output's path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NamedBy {
    User,
    /// It is a default name, which replaces nothing but a regular file.
    Default,
}

/// Looks whether an output could be created at a path.
///
/// # Errors
/// Those of [`Output::create`](crate::files::Output::create), as far as they can be seen.
pub(crate) fn check_output(
    path: &Path,
    named_by: NamedBy,
    options: &Options<'_>,
) -> Result<(), Error> {
    if is_descriptor(path) {
        return Ok(());
    }
    let name = Untrusted::from(path);
    let last = match named_by {
        NamedBy::User => LastLink::Follow,
        NamedBy::Default => LastLink::Keep,
    };
    let place = resolve(path, last, "create")?;
    if let Some(found) = &place.found {
        if !found.metadata.is_file() {
            return match named_by {
                NamedBy::User => Ok(()),
                NamedBy::Default => Err(Error::NameTaken {
                    name,
                    what: kind(found.metadata.file_type()),
                }),
            };
        }
        FileId::of(&found.metadata).refuse(&name, options.not)?;
        if options.replace == Replace::Never {
            return Err(Error::Exists { name });
        }
    }
    writable(&place.folder).map_err(|errno| Error::io("create", &name, errno))
}

/// Looks whether something could be written in a folder or, if it does not exist yet, whether the
/// folder could be created.
///
/// # Errors
/// Names the folder that denies it.
pub(crate) fn check_folder(path: &Path) -> Result<(), Error> {
    for folder in path.ancestors() {
        let folder = if folder.as_os_str().is_empty() {
            Path::new(".")
        } else {
            folder
        };
        match rustix::fs::accessat(
            rustix::fs::CWD,
            folder,
            Access::WRITE_OK | Access::EXEC_OK,
            AtFlags::EACCESS,
        ) {
            Err(Errno::NOENT) => {}
            Err(errno) if denies(errno) => {
                return Err(Error::io("write to", &Untrusted::from(folder), errno));
            }
            _ => return Ok(()),
        }
    }
    Ok(())
}

fn writable(folder: impl AsFd) -> Result<(), Errno> {
    let access = Access::WRITE_OK | Access::EXEC_OK;
    match rustix::fs::accessat(folder, ".", access, AtFlags::EACCESS) {
        Err(errno) if denies(errno) => Err(errno),
        _ => Ok(()),
    }
}

/// Returns whether this is an answer. A kernel may not know the question.
fn denies(errno: Errno) -> bool {
    matches!(
        errno,
        Errno::ACCESS | Errno::ROFS | Errno::PERM | Errno::NOTDIR
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::Mode;
    use std::fs;
    use std::os::unix::fs::symlink;

    fn options(replace: Replace) -> Options<'static> {
        Options {
            replace,
            mode: Mode::Secret,
            not: &[],
        }
    }

    #[test]
    fn what_would_refuse_an_output_is_seen_before_it_is_created() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::write(at("old"), "").unwrap();
        symlink("old", at("link")).unwrap();
        symlink("gone/x", at("lost")).unwrap();
        let check = |name: &str, by, replace| check_output(&at(name), by, &options(replace));
        for (name, by) in [
            ("old", NamedBy::User),
            ("old", NamedBy::Default),
            ("link", NamedBy::User),
        ] {
            let refused = check(name, by, Replace::Never);
            assert!(
                matches!(refused, Err(Error::Exists { .. })),
                "{name} {by:?}"
            );
            assert!(check(name, by, Replace::Always).is_ok(), "{name} {by:?}");
        }
        for replace in [Replace::Never, Replace::Always] {
            let refused = check("link", NamedBy::Default, replace);
            assert!(matches!(refused, Err(Error::NameTaken { .. })));
            assert!(check("new", NamedBy::Default, replace).is_ok());
            for name in ["no/x", "no/", "lost"] {
                let refused = check(name, NamedBy::User, replace);
                assert!(matches!(refused, Err(Error::NoFolder { .. })), "{name}");
            }
            let refused = check("old/x", NamedBy::User, replace);
            assert!(matches!(refused, Err(Error::Io { .. })));
        }
        let mut names: Vec<_> = dir
            .path()
            .read_dir()
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        names.sort();
        assert_eq!(names, ["link", "lost", "old"]);
    }

    #[test]
    fn the_missing_folder_is_named_also_behind_a_link() {
        let dir = tempfile::tempdir().unwrap();
        symlink("gone/x", dir.path().join("lost")).unwrap();
        for (path, missing) in [("no/way/x", "no"), ("lost", "gone"), ("no/", "no")] {
            let path = dir.path().join(path);
            let error = check_output(&path, NamedBy::User, &options(Replace::Never)).unwrap_err();
            let expected = format!("{} does not exist", dir.path().join(missing).display());
            assert_eq!(error.to_string(), expected);
        }
    }

    #[test]
    fn a_folder_that_does_not_exist_yet_could_be_created() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("file"), "").unwrap();
        assert!(check_folder(dir.path()).is_ok());
        assert!(check_folder(&dir.path().join("a/b")).is_ok());
        assert!(check_folder(&dir.path().join("file/b")).is_err());
        assert!(!dir.path().join("a").exists());
    }
}
