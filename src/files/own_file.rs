//! A file of the user outside the keyring. The user may have put a symlink there.

use std::io::{self, Write as _};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use zeroize::Zeroizing;

use bulla_age::untrusted::Untrusted;

use crate::files::{Error, Input, LARGEST, Mode, Options, Output, PrivateFolder, Replace};

/// Reads a file that only the user or root can have written; `None` if it does not exist.
///
/// # Errors
/// [`Error::NotPrivate`] if others own it; [`Error::OpenToOthers`] if they can write to it.
pub(crate) fn read_own(path: &Path) -> Result<Option<Zeroizing<Vec<u8>>>, Error> {
    let name = Untrusted::from(path);
    match path.metadata() {
        // Opening a FIFO could wait for ever.
        Ok(metadata) if metadata.is_file() || metadata.is_dir() => {}
        Ok(_) => {
            return Err(Error::io(
                "read",
                &name,
                io::Error::from(io::ErrorKind::InvalidInput),
            ));
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::io("open", &name, error)),
    }
    let input = match Input::open(path) {
        Ok(input) => input,
        Err(Error::NotFound { .. }) => return Ok(None),
        Err(error) => return Err(error),
    };
    let (owner, mode) = (input.metadata().uid(), input.metadata().mode());
    if owner != rustix::process::geteuid().as_raw() && owner != 0 {
        return Err(Error::of_another_user(name));
    }
    if mode & 0o022 != 0 {
        let top = name.clone();
        return Err(Error::OpenToOthers { name, top });
    }
    input.read_bounded(LARGEST).map(Some)
}

/// Writes such a file in one step, or the one that a symlink leads to, and syncs it. Creates the
/// folders that are missing.
pub(crate) fn write_own(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let real = path.canonicalize();
    let path = real.as_deref().unwrap_or(path);
    if let Some(folder) = path.parent() {
        PrivateFolder::create(folder)?;
    }
    let options = Options {
        replace: Replace::Always,
        mode: Mode::Secret,
        not: &[],
    };
    let mut output = Output::create(path, &options)?;
    output
        .write_all(bytes)
        .map_err(|error| Error::io("write", &Untrusted::from(path), error))?;
    output.commit()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{Permissions, set_permissions};
    use std::os::unix::fs::{PermissionsExt, symlink};

    #[test]
    fn a_symlink_stays_and_what_others_can_change_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        assert!(read_own(&at("a/x")).unwrap().is_none());
        write_own(&at("a/x"), b"1").unwrap();
        symlink(at("a/x"), at("link")).unwrap();
        write_own(&at("link"), b"2").unwrap();
        assert!(at("link").symlink_metadata().unwrap().is_symlink());
        for path in ["a/x", "link"] {
            assert_eq!(read_own(&at(path)).unwrap().unwrap().as_slice(), b"2");
        }
        set_permissions(at("a/x"), Permissions::from_mode(0o602)).unwrap();
        let refused = read_own(&at("link"));
        assert!(matches!(refused, Err(Error::OpenToOthers { .. })));
        rustix::fs::mkfifoat(
            rustix::fs::CWD,
            at("fifo"),
            rustix::fs::Mode::from_raw_mode(0o600),
        )
        .unwrap();
        assert!(read_own(&at("fifo")).is_err());
    }
}
