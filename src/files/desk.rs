//! A folder for one text while somebody edits it: their own, in memory where there is such a place, and gone afterwards
//! with all that an editor left in it, however the run ends.

use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use bulla_age::untrusted::Untrusted;

use crate::files::temporary::{Refusal, TEMPORARIES, TemporaryFolder};
use crate::files::{Error, Input, Mode, Options, Output, Replace};

/// A folder of one's own with a file in it.
#[derive(Debug)]
pub(crate) struct Desk {
    _folder: TemporaryFolder,
    file: PathBuf,
    in_memory: bool,
}

impl Desk {
    /// Makes one with an empty file of this name, in the first of these places that is kept in memory; where none is,
    /// in the first that can be written to.
    ///
    /// # Errors
    /// That of the last place.
    pub(crate) fn create(places: &[&Path], file: &str) -> Result<Self, Error> {
        let usable = || {
            places
                .iter()
                .filter(|place| place.is_absolute() && place.is_dir())
        };
        let in_memory = usable()
            .filter(|place| is_in_memory(place))
            .map(|place| (place, true));
        let on_disk = usable()
            .filter(|place| !is_in_memory(place))
            .map(|place| (place, false));
        let mut failed = Error::NotFound {
            name: Untrusted::new("a folder for what is edited"),
        };
        for (place, in_memory) in in_memory.chain(on_disk) {
            match Self::create_in(place, file, in_memory) {
                Ok(desk) => return Ok(desk),
                Err(error) => failed = error,
            }
        }
        Err(failed)
    }

    fn create_in(place: &Path, file: &str, in_memory: bool) -> Result<Self, Error> {
        let name = Untrusted::from(place);
        let folder = TEMPORARIES.folder(place).map_err(|refusal| match refusal {
            Refusal::Ending => Error::Ending { name: name.clone() },
            Refusal::System(errno) => Error::io("make a folder in", &name, errno),
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
            _folder: folder,
            file,
            in_memory,
        })
    }

    /// The file to edit.
    pub(crate) fn file(&self) -> &Path {
        &self.file
    }

    /// Whether its contents stay off the disk, but for swap.
    pub(crate) fn is_in_memory(&self) -> bool {
        self.in_memory
    }

    /// What the file holds now, up to so many bytes.
    pub(crate) fn read(&self, limit: u64) -> Result<Zeroizing<Vec<u8>>, Error> {
        Input::open(&self.file)?.read_bounded(limit)
    }

    /// Where it is.
    #[cfg(test)]
    fn folder(&self) -> &Path {
        self._folder.path()
    }
}

/// Whether a folder is on a file system that writes to no disk.
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
    use std::os::unix::fs::MetadataExt;

    fn mode(path: &Path) -> u32 {
        fs::symlink_metadata(path).unwrap().mode() & 0o777
    }

    #[test]
    fn it_is_its_owner_s_and_takes_all_with_it() {
        let dir = tempfile::tempdir().unwrap();
        let desk = Desk::create(&[dir.path()], "message.txt").unwrap();
        let (folder, file) = (desk.folder().to_owned(), desk.file().to_owned());
        assert_eq!((mode(&folder), mode(&file)), (0o700, 0o600));
        assert!(folder.starts_with(dir.path()) && file.ends_with("message.txt"));
        assert!(desk.read(10).unwrap().is_empty());
        // As editors save: another file takes the name, and others lie around.
        fs::write(folder.join("new"), "hello").unwrap();
        fs::rename(folder.join("new"), &file).unwrap();
        fs::write(folder.join(".message.txt.swp"), "hel").unwrap();
        fs::create_dir(folder.join("backups")).unwrap();
        fs::write(folder.join("backups/message.txt~"), "he").unwrap();
        std::os::unix::fs::symlink(dir.path(), folder.join("link")).unwrap();
        assert_eq!(desk.read(10).unwrap().as_slice(), b"hello");
        assert!(matches!(desk.read(4), Err(Error::TooLarge { .. })));
        fs::write(dir.path().join("mine"), "").unwrap();
        drop(desk);
        assert!(!folder.exists());
        assert!(
            dir.path().join("mine").exists(),
            "what a link leads to is not taken"
        );
    }

    #[test]
    fn memory_comes_first_and_what_cannot_be_last() {
        let dir = tempfile::tempdir_in(env!("CARGO_MANIFEST_DIR")).unwrap();
        let shm = Path::new("/dev/shm");
        if !is_in_memory(shm) {
            eprintln!("skipped: tmpfs not installed");
            return;
        }
        let missing = dir.path().join("missing");
        for places in [[dir.path(), &missing, shm], [shm, dir.path(), &missing]] {
            let desk = Desk::create(&places, "x").unwrap();
            assert!(desk.is_in_memory() && desk.folder().starts_with(shm));
        }
        if !is_in_memory(dir.path()) {
            let desk = Desk::create(&[&missing, Path::new("."), dir.path()], "x").unwrap();
            assert!(!desk.is_in_memory() && desk.folder().starts_with(dir.path()));
        }
        assert!(matches!(
            Desk::create(&[&missing], "x"),
            Err(Error::NotFound { .. })
        ));
        assert!(Desk::create(&[], "x").is_err());
        assert!(Desk::create(&[Path::new("/proc")], "x").is_err());
    }
}
