//! A folder that only its owner can write to, and the files in it.
//!
//! Decides whether the contents can be trusted: they cannot if other users can write to the folder.
//! Others may be able to read it (a git checkout is readable by all), because secrets in it are
//! encrypted or 0600.

use std::fs::{DirBuilder, Metadata};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, Dir, OFlags};
use rustix::io::Errno;
use zeroize::Zeroizing;

use bulla_age::untrusted::Untrusted;

use crate::files::sync::sync;
use crate::files::{Error, Input, Mode, Options, Output, Replace};

/// The largest file that is read from such a folder, and so the largest to write.
pub(crate) const LARGEST: u64 = 1 << 20;

/// A folder that only its owner can write to.
#[derive(Clone, Debug)]
pub(crate) struct PrivateFolder {
    path: PathBuf,
}

impl PrivateFolder {
    /// Opens a folder; `None` if it does not exist.
    ///
    /// # Errors
    /// [`Error::NotPrivate`] if others own it or can write to it.
    pub(crate) fn open(path: &Path) -> Result<Option<Self>, Error> {
        let name = Untrusted::from(path);
        match path.metadata() {
            Ok(metadata) if metadata.is_dir() => {
                check(&metadata, &name)?;
                Ok(Some(Self {
                    path: path.to_owned(),
                }))
            }
            Ok(_) => Err(Error::io(
                "open",
                &name,
                io::Error::from(io::ErrorKind::NotADirectory),
            )),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Error::io("open", &name, error)),
        }
    }

    /// Opens a folder. If it does not exist, creates it and its parents.
    pub(crate) fn create(path: &Path) -> Result<Self, Error> {
        if let Some(folder) = Self::open(path)? {
            return Ok(folder);
        }
        let name = Untrusted::from(path);
        let parent = path
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty())
            .unwrap_or(Path::new("."));
        if !parent.is_dir() {
            Self::create(parent)?;
        }
        match DirBuilder::new().mode(0o700).create(path) {
            Ok(()) => sync_folder(parent)
                .map_err(|error| Error::io("sync the folder of", &name, error))?,
            // Another process created it first.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(Error::io("create", &name, error)),
        }
        Self::open(path)?.ok_or(Error::NotFound { name })
    }

    /// The path of the folder.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Opens a subfolder; `None` if it does not exist.
    pub(crate) fn folder(&self, name: &str) -> Result<Option<Self>, Error> {
        Self::open(&self.path.join(name))
    }

    /// Opens a subfolder, and creates it if it does not exist.
    pub(crate) fn create_folder(&self, name: &str) -> Result<Self, Error> {
        Self::create(&self.path.join(name))
    }

    /// Returns the names that do not begin with a dot, sorted.
    pub(crate) fn names(&self) -> Result<Vec<String>, Error> {
        let failed = |error: Errno| Error::io("read", &Untrusted::from(self.path.as_path()), error);
        let flags = OFlags::DIRECTORY | OFlags::RDONLY | OFlags::CLOEXEC;
        let folder = rustix::fs::openat(CWD, &self.path, flags, rustix::fs::Mode::empty())
            .map_err(failed)?;
        let mut names = Vec::new();
        // The standard library's reader panics if closing the folder fails.
        for entry in Dir::read_from(&folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            // All names that we create are UTF-8.
            if let Some(name) = entry
                .file_name()
                .to_str()
                .ok()
                .filter(|name| !name.starts_with('.'))
            {
                names.push(name.to_owned());
            }
        }
        names.sort_unstable();
        Ok(names)
    }

    /// Reads a file; `None` if it does not exist.
    ///
    /// # Errors
    /// [`Error::NotPrivate`] if others own it or can write to it.
    pub(crate) fn read(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, Error> {
        self.read_within(name, LARGEST)
    }

    /// Reads a file of at most `limit` bytes; `None` if it does not exist.
    pub(crate) fn read_within(
        &self,
        name: &str,
        limit: u64,
    ) -> Result<Option<Zeroizing<Vec<u8>>>, Error> {
        let input = match Input::open(&self.path.join(name)) {
            Ok(input) => input,
            Err(Error::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        check(input.metadata(), input.name())?;
        input.read_bounded(limit).map(Some)
    }

    /// Returns whether this name exists.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.path.join(name).symlink_metadata().is_ok()
    }

    /// Writes a complete file with mode 0600, and syncs it.
    pub(crate) fn write(&self, name: &str, bytes: &[u8], replace: Replace) -> Result<(), Error> {
        let path = self.path.join(name);
        let mut output = Output::create(
            &path,
            &Options {
                replace,
                mode: Mode::Private,
                not: &[],
            },
        )?;
        io::Write::write_all(&mut output, bytes)
            .map_err(|error| Error::io("write", &Untrusted::from(path.as_path()), error))?;
        output.commit()
    }

    /// Renames a file, and replaces an existing file of the new name.
    pub(crate) fn rename(&self, from: &str, to: &str) -> Result<(), Error> {
        let path = self.path.join(from);
        let failed = |error| Error::io("rename", &Untrusted::from(path.as_path()), error);
        std::fs::rename(&path, self.path.join(to)).map_err(failed)?;
        sync_folder(&self.path).map_err(failed)
    }

    /// Removes a file, if it exists.
    pub(crate) fn remove(&self, name: &str) -> Result<(), Error> {
        let path = self.path.join(name);
        let failed = |error| Error::io("remove", &Untrusted::from(path.as_path()), error);
        match std::fs::remove_file(&path) {
            Ok(()) => sync_folder(&self.path).map_err(failed),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(failed(error)),
        }
    }
}

/// What other users can do with something that should be private.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exposure {
    /// They own it.
    Owned,
    /// They can write to it.
    Writable,
    /// They can read it, or list it.
    Readable,
}

/// Returns what other users can do with a file or folder; `None` if nothing, or if it does not
/// exist.
pub(crate) fn exposure(path: &Path) -> Result<Option<Exposure>, Error> {
    let metadata = match path.metadata() {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::io("open", &Untrusted::from(path), error)),
    };
    Ok(if metadata.uid() != rustix::process::geteuid().as_raw() {
        Some(Exposure::Owned)
    } else if metadata.mode() & 0o022 != 0 {
        Some(Exposure::Writable)
    } else if metadata.mode() & 0o077 != 0 {
        Some(Exposure::Readable)
    } else {
        None
    })
}

/// Returns an error if another user owns the file or folder, or can write to it.
fn check(metadata: &Metadata, name: &Untrusted) -> Result<(), Error> {
    let why = if metadata.uid() != rustix::process::geteuid().as_raw() {
        "belongs to another user"
    } else if metadata.mode() & 0o022 != 0 {
        "can be changed by other users"
    } else {
        return Ok(());
    };
    Err(Error::NotPrivate {
        name: name.clone(),
        why,
    })
}

fn sync_folder(path: &Path) -> io::Result<()> {
    let flags = OFlags::DIRECTORY | OFlags::RDONLY | OFlags::CLOEXEC;
    let folder = rustix::fs::openat(CWD, path, flags, rustix::fs::Mode::empty())?;
    Ok(sync(folder)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{Permissions, set_permissions};
    use std::os::unix::fs::PermissionsExt;

    fn mode(path: &Path) -> u32 {
        path.metadata().unwrap().mode() & 0o777
    }

    #[test]
    fn what_is_made_is_its_owner_s_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a/b");
        assert!(PrivateFolder::open(&path).unwrap().is_none());
        let folder = PrivateFolder::create(&path).unwrap();
        folder.write("x", b"1", Replace::Never).unwrap();
        assert_eq!(
            (
                mode(&path),
                mode(&dir.path().join("a")),
                mode(&path.join("x"))
            ),
            (0o700, 0o700, 0o600)
        );
        assert!(matches!(
            folder.write("x", b"2", Replace::Never),
            Err(Error::Exists { .. })
        ));
        folder.write("x", b"2", Replace::Always).unwrap();
        assert_eq!(folder.read("x").unwrap().unwrap().as_slice(), b"2");
        set_permissions(path.join("x"), Permissions::from_mode(0o644)).unwrap();
        folder.write("x", b"3", Replace::Always).unwrap();
        assert_eq!(
            mode(&path.join("x")),
            0o600,
            "what is written may be a secret where nothing was one"
        );
        folder.rename("x", "y").unwrap();
        folder.write(".hidden", b"", Replace::Never).unwrap();
        folder.create_folder("c").unwrap();
        assert_eq!(folder.names().unwrap(), ["c", "y"]);
        folder.remove("y").unwrap();
        folder.remove("y").unwrap();
        assert!(folder.read("y").unwrap().is_none() && !folder.has("y"));
    }

    #[test]
    fn what_others_can_write_to_is_not_believed() {
        let dir = tempfile::tempdir().unwrap();
        let folder = PrivateFolder::create(&dir.path().join("k")).unwrap();
        folder.write("x", b"1", Replace::Never).unwrap();
        let of = |mode, path: &Path| set_permissions(path, Permissions::from_mode(mode)).unwrap();
        of(0o644, &folder.path.join("x"));
        folder.read("x").unwrap().unwrap();
        for bits in [0o620, 0o602, 0o666] {
            of(bits, &folder.path.join("x"));
            assert!(
                matches!(folder.read("x"), Err(Error::NotPrivate { .. })),
                "{bits:o}"
            );
        }
        for bits in [0o720, 0o702, 0o1777] {
            of(bits, &folder.path);
            assert!(
                matches!(
                    PrivateFolder::open(&folder.path),
                    Err(Error::NotPrivate { .. })
                ),
                "{bits:o}"
            );
        }
        if rustix::process::geteuid().is_root() {
            of(0o700, &folder.path);
            std::os::unix::fs::chown(&folder.path, Some(12345), None).unwrap();
            assert!(matches!(
                PrivateFolder::open(&folder.path),
                Err(Error::NotPrivate { .. })
            ));
        }
    }
}
