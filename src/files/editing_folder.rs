//! A private folder for a text while the user edits it.
//!
//! It is in memory where such a place exists, and it is removed with everything an editor left in
//! it, however the run ends.

use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use bulla_age::untrusted::Untrusted;

use crate::files::temporary::{Refusal, TEMPORARIES, TemporaryFolder};
use crate::files::{Error, Input, Mode, Options, Output, Replace, leftovers};

/// A private folder with one file in it.
#[derive(Debug)]
pub(crate) struct EditingFolder {
    folder: TemporaryFolder,
    file: PathBuf,
    in_memory: bool,
}

impl EditingFolder {
    /// Makes a folder with an empty file of this name. The first of `places` that is kept in memory
    /// is used; if none is, the first that can be written to.
    ///
    /// # Errors
    /// The error of the last place.
    pub(crate) fn create(places: &[&Path], file: &str) -> Result<Self, Error> {
        let usable = || {
            places
                .iter()
                .filter(|place| place.is_absolute() && keeps_names(place))
        };
        for place in usable() {
            // Those of killed runs hold a text that somebody was writing.
            leftovers(place, true);
        }
        let in_memory = usable()
            .filter(|place| is_in_memory(place))
            .map(|place| (place, true));
        let on_disk = usable()
            .filter(|place| !is_in_memory(place))
            .map(|place| (place, false));
        let mut failed = Error::NotFound {
            name: Untrusted::new("a private folder for the editor"),
        };
        for (place, in_memory) in in_memory.chain(on_disk) {
            match Self::create_in(place, file, in_memory) {
                Ok(folder) => return Ok(folder),
                Err(error) => failed = error,
            }
        }
        Err(failed)
    }

    fn create_in(place: &Path, file: &str, in_memory: bool) -> Result<Self, Error> {
        const DOING: &str = "make a folder in";
        let name = Untrusted::from(place);
        let folder = TEMPORARIES.folder(place).map_err(|refusal| match refusal {
            Refusal::Ending => Error::Ending { name: name.clone() },
            Refusal::System(errno) => Error::io(DOING, &name, errno),
            Refusal::Folder(kind) => Error::io(DOING, &name, io::Error::from(kind)),
            // These are of files that are replaced.
            Refusal::Changed | Refusal::Swapped(_) => {
                Error::ChangedWhileRead { name: name.clone() }
            }
        })?;
        let file = folder.path().join(file);
        Output::create(
            &file,
            &Options {
                replace: Replace::Never,
                mode: Mode::Private,
                not: &[],
            },
        )?
        .commit()?;
        Ok(Self {
            folder,
            file,
            in_memory,
        })
    }

    /// Puts a text into the file.
    pub(crate) fn fill(&self, text: &[u8]) -> Result<(), Error> {
        let options = Options {
            replace: Replace::Always,
            mode: Mode::Private,
            not: &[],
        };
        let mut output = Output::create(&self.file, &options)?;
        output.put(text)?;
        output.commit()
    }

    /// The folder itself.
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The file to edit.
    pub(crate) fn file(&self) -> &Path {
        &self.file
    }

    /// Returns whether the folder is in memory. Only swapping can write it to a disk.
    pub(crate) fn is_in_memory(&self) -> bool {
        self.in_memory
    }

    /// Reads what the file holds now, at most `limit` bytes.
    pub(crate) fn read(&self, limit: u64) -> Result<Zeroizing<Vec<u8>>, Error> {
        Input::open(&self.file)?.read_bounded(limit)
    }
}

/// Returns whether this is a folder in which nobody else can rename what we create: ours or root's,
/// and either closed to others or sticky. XDG_RUNTIME_DIR may be inherited from another user.
fn keeps_names(place: &Path) -> bool {
    let us = rustix::process::geteuid().as_raw();
    place.metadata().is_ok_and(|found| {
        let closed = found.mode() & 0o022 == 0 || found.mode() & 0o1000 != 0;
        found.is_dir() && [0, us].contains(&found.uid()) && closed
    })
}

/// Returns whether a folder is on a file system that has no disk.
#[cfg(target_os = "linux")]
fn is_in_memory(folder: &Path) -> bool {
    const TMPFS: u64 = 0x0102_1994;
    const RAMFS: u64 = 0x8584_58f6;
    rustix::fs::statfs(folder).is_ok_and(|found| {
        u64::try_from(found.f_type).is_ok_and(|kind| [TMPFS, RAMFS].contains(&kind))
    })
}

#[cfg(not(target_os = "linux"))]
fn is_in_memory(_folder: &Path) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn mode(path: &Path) -> u32 {
        fs::symlink_metadata(path).unwrap().mode() & 0o777
    }

    #[test]
    fn the_folder_is_private_and_is_removed_with_everything_in_it() {
        let dir = tempfile::tempdir().unwrap();
        let editing = EditingFolder::create(&[dir.path()], "message.txt").unwrap();
        let (folder, file) = (editing.path().to_owned(), editing.file().to_owned());
        assert_eq!((mode(&folder), mode(&file)), (0o700, 0o600));
        assert!(folder.starts_with(dir.path()) && file.ends_with("message.txt"));
        assert!(editing.read(10).unwrap().is_empty());
        // Editors save by renaming a new file to the name, and leave other files beside it.
        fs::write(folder.join("new"), "hello").unwrap();
        fs::rename(folder.join("new"), &file).unwrap();
        fs::write(folder.join(".message.txt.swp"), "hel").unwrap();
        fs::create_dir(folder.join("backups")).unwrap();
        fs::write(folder.join("backups/message.txt~"), "he").unwrap();
        std::os::unix::fs::symlink(dir.path(), folder.join("link")).unwrap();
        assert_eq!(editing.read(10).unwrap().as_slice(), b"hello");
        assert!(matches!(editing.read(4), Err(Error::TooLarge { .. })));
        fs::write(dir.path().join("mine"), "").unwrap();
        drop(editing);
        assert!(!folder.exists());
        assert!(
            dir.path().join("mine").exists(),
            "what a link leads to is not taken"
        );
    }

    #[test]
    fn a_place_where_others_can_rename_is_not_used() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let place = |mode| {
            fs::set_permissions(dir.path(), fs::Permissions::from_mode(mode)).unwrap();
            EditingFolder::create(&[dir.path()], "x").is_ok()
        };
        for (mode, used) in [
            (0o700, true),
            (0o1777, true),
            (0o777, false),
            (0o770, false),
        ] {
            assert_eq!(place(mode), used, "{mode:o}");
        }
        if rustix::process::geteuid().is_root() {
            std::os::unix::fs::chown(dir.path(), Some(12345), None).unwrap();
            assert!(!place(0o700));
        }
    }

    #[test]
    fn a_place_in_memory_comes_first() {
        let dir = tempfile::tempdir_in(env!("CARGO_MANIFEST_DIR")).unwrap();
        let shm = Path::new("/dev/shm");
        if !is_in_memory(shm) {
            eprintln!("skipped: tmpfs not installed");
            return;
        }
        let missing = dir.path().join("missing");
        for places in [[dir.path(), &missing, shm], [shm, dir.path(), &missing]] {
            let editing = EditingFolder::create(&places, "x").unwrap();
            assert!(editing.is_in_memory() && editing.path().starts_with(shm));
        }
        if !is_in_memory(dir.path()) {
            let editing =
                EditingFolder::create(&[&missing, Path::new("."), dir.path()], "x").unwrap();
            assert!(!editing.is_in_memory() && editing.path().starts_with(dir.path()));
        }
        assert!(matches!(
            EditingFolder::create(&[&missing], "x"),
            Err(Error::NotFound { .. })
        ));
        assert!(EditingFolder::create(&[], "x").is_err());
        assert!(EditingFolder::create(&[Path::new("/proc")], "x").is_err());
    }
}
