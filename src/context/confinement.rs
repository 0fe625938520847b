//! Confinement of this process before it works on bytes from others.

use std::path::{Path, PathBuf};

use crate::process::sandbox;
use crate::ui::Ui;

/// Allows this process to write only beneath these folders from now on, and to start no program.
pub(crate) fn confine_to(folders: &[PathBuf], ui: &Ui) {
    let folders: Vec<&Path> = folders.iter().map(PathBuf::as_path).collect();
    let devices = [Path::new("/dev/tty"), Path::new("/dev/null")];
    ui.detail(&format_args!(
        "No other program can be started: {}",
        sandbox::deny_exec()
    ));
    ui.detail(&format_args!(
        "Writing is limited to the output folders: {}",
        sandbox::only_write_beneath(&folders, &devices)
    ));
}
