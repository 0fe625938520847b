//! Where the keyring, the settings of this machine and the remembered state are.
//!
//! A keyring may come from somewhere else, for example through git. What belongs to this machine
//! alone is never inside it.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::config::Error;
use crate::files::is_inside;
use crate::keyring::CONFIG;
use bulla_age::untrusted::Untrusted;

/// Returns the folder of the keyring: BULLA_HOME, or else the platform's data folder.
///
/// # Errors
/// [`Error::NoHome`].
pub(crate) fn home(bulla_home: Option<OsString>) -> Result<PathBuf, Error> {
    match bulla_home.filter(|path| !path.is_empty()) {
        Some(path) => Ok(PathBuf::from(path)),
        None => Ok(dirs::data_dir().ok_or(Error::NoHome)?.join("bulla")),
    }
}

/// Returns the folder for what this machine remembers of its keyrings.
///
/// # Errors
/// [`Error::NoHome`]; [`Error::InsideKeyring`].
pub(crate) fn state(keyring: &Path) -> Result<PathBuf, Error> {
    let folder = dirs::state_dir()
        .or_else(dirs::data_local_dir)
        .ok_or(Error::NoHome)?;
    outside(folder.join("bulla"), "state", keyring)
}

/// Returns the path of the settings of this machine: `bulla/config.toml` in XDG_CONFIG_HOME, or
/// else in `~/.config`. On no platform is that the folder of a keyring.
///
/// # Errors
/// [`Error::NoHome`]; [`Error::InsideKeyring`].
pub(crate) fn settings_path(keyring: &Path) -> Result<PathBuf, Error> {
    let chosen = std::env::var_os("XDG_CONFIG_HOME").map(PathBuf::from);
    let folder = match chosen.filter(|path| path.is_absolute()) {
        Some(folder) => folder,
        None => dirs::home_dir().ok_or(Error::NoHome)?.join(".config"),
    };
    outside(folder.join("bulla").join(CONFIG), "settings", keyring)
}

fn outside(path: PathBuf, what: &'static str, keyring: &Path) -> Result<PathBuf, Error> {
    if is_inside(&path, keyring) {
        Err(Error::InsideKeyring {
            path: Untrusted::from(path.as_path()),
            what,
        })
    } else {
        Ok(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bulla_home_wins_unless_it_is_empty() {
        assert_eq!(home(Some("/x".into())).unwrap(), Path::new("/x"));
        assert_ne!(home(Some("".into())).unwrap_or_default(), Path::new(""));
    }

    #[test]
    fn machine_files_are_never_in_a_keyring() {
        let path = PathBuf::from("/none/config/bulla");
        for keyring in ["/", "/none", "/none/config", "/none/config/bulla"] {
            let outcome = outside(path.clone(), "state", Path::new(keyring));
            assert!(
                matches!(outcome, Err(Error::InsideKeyring { .. })),
                "{keyring}"
            );
        }
        outside(path, "state", Path::new("/none/config/bulla/keyring")).unwrap();
    }
}
