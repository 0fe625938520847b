//! The steps in which this process gives up the rights that its command does not need.

use std::path::{Path, PathBuf};

use crate::context::Context;
use crate::process::sandbox;

impl Context {
    /// Gives up the rights that neither bulla nor a program it starts needs, and confines a command
    /// that starts no programs. Called before it runs.
    pub(crate) fn confine_from_the_start(&self) {
        self.ui.detail(&format_args!(
            "Other processes cannot be looked into: {}",
            sandbox::deny_spying()
        ));
        if self.lets_programs_connect() {
            self.ui.detail(
                &"Network connections are allowed to programs that bulla starts \
                  (offline_children = false)",
            );
        } else {
            self.go_offline();
        }
        if !self.sandbox.starts_programs() {
            self.start_no_more_programs();
        }
    }

    /// Returns whether programs are started that may use the network. If the settings cannot be
    /// read, they may not. A run without settings leaves it to the programs, as nobody could allow
    /// it.
    fn lets_programs_connect(&self) -> bool {
        self.sandbox.starts_programs()
            && (self.home.is_nowhere()
                || self
                    .config()
                    .is_ok_and(|config| !config.offline_children.value))
    }

    fn go_offline(&self) {
        self.ui.detail(&format_args!(
            "Network connections are blocked: {}",
            sandbox::go_offline()
        ));
    }

    /// From here on, this process starts no program, and it writes only where its command declares.
    /// Called as soon as the keys are unlocked, and before the data is worked on. Further calls do
    /// nothing.
    pub(crate) fn start_no_more_programs(&self) {
        self.confined.call_once(|| {
            let keyring = self.keyring().ok().map(|keyring| keyring.path());
            let folders = self.sandbox.open_folders(keyring);
            let folders: Vec<&Path> = folders.iter().map(PathBuf::as_path).collect();
            let devices = [Path::new("/dev/tty"), Path::new("/dev/null")];
            if self.lets_programs_connect() {
                self.go_offline();
            }
            self.ui.detail(&format_args!(
                "No other program can be started: {}",
                sandbox::deny_exec()
            ));
            self.ui.detail(&format_args!(
                "Writing is limited to the output folders: {}",
                sandbox::only_write_beneath(&folders, &devices)
            ));
        });
    }
}
