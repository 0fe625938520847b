//! Programs that the user configured by name: where they are.

use std::path::{Path, PathBuf};

use crate::files::{Program, find_program};

/// Finds a configured program by its absolute path or on the PATH.
pub(super) fn path(name: &str) -> Result<PathBuf, String> {
    let path = Path::new(name);
    if path.is_absolute() {
        return path
            .is_file()
            .then(|| path.to_owned())
            .ok_or_else(|| "no such program".to_owned());
    }
    if name.contains('/') {
        return Err("its path is not absolute".to_owned());
    }
    match find_program(name, &std::env::var_os("PATH").unwrap_or_default()) {
        Program::At(path) => Ok(path),
        Program::OnlyRelative => Err("it was found only in a relative folder on the PATH, which \
            bulla does not use"
            .to_owned()),
        Program::Nowhere => Err("no such program on the PATH".to_owned()),
    }
}
