//! Askpass programs: they ask for a passphrase in a window of their own.
//!
//! Only `--askpass` and the environment name one, in the way that ssh reads it. Settings do not:
//! part of them comes with the keyring, which other people may have written.

use std::ffi::{OsStr, OsString};

use zeroize::Zeroizing;

use crate::context::configured_program;
use crate::process::passphrase_command;
use crate::ui::{PromptError, Ui, capitalized};
use bulla_age::untrusted::Untrusted;

/// An askpass program.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Askpass {
    program: OsString,
    /// Whether it asks although there is a terminal.
    instead_of_terminal: bool,
}

impl Askpass {
    /// Returns the program that the option or the environment names.
    pub(super) fn find(option: Option<&OsStr>) -> Option<Self> {
        match option {
            Some(program) => Some(Self {
                program: program.to_owned(),
                instead_of_terminal: true,
            }),
            None => Self::of_environment(|name| std::env::var_os(name)),
        }
    }

    /// Reads the variables that ssh reads. Without a display, the program has no window to ask in.
    fn of_environment(variable: impl Fn(&str) -> Option<OsString>) -> Option<Self> {
        let set = |name| variable(name).filter(|value| !value.is_empty());
        let program = set("SSH_ASKPASS")?;
        let has_display = set("DISPLAY").is_some() || set("WAYLAND_DISPLAY").is_some();
        let require = set("SSH_ASKPASS_REQUIRE").unwrap_or_default();
        let instead_of_terminal = match require.to_str() {
            Some("never") => return None,
            Some("force") => true,
            _ if !has_display => return None,
            Some("prefer") => true,
            _ => false,
        };
        Some(Self {
            program,
            instead_of_terminal,
        })
    }

    pub(super) fn is_instead_of_terminal(&self) -> bool {
        self.instead_of_terminal
    }

    /// Asks a question, perhaps after a note about the last answer.
    pub(super) fn ask(
        &self,
        note: &str,
        question: &str,
        ui: &Ui,
    ) -> Result<Zeroizing<String>, PromptError> {
        let shown = Untrusted::from(self.program.as_os_str());
        let failed = |why: &dyn std::fmt::Display| {
            PromptError::Askpass(format!("the askpass program {shown} failed: {why}"))
        };
        let name = self.program.to_str();
        let program = name.map_or_else(
            || Err("its name is not UTF-8".to_owned()),
            configured_program::path,
        );
        let program = program.map_err(|why| failed(&why))?;
        let mut relay = ui.relay(&shown);
        let show = Box::new(move |piece: &[u8]| relay.show(piece));
        let question = [format!("{note}{}: ", capitalized(question))];
        match passphrase_command::first_line(&program, &question, show) {
            Ok(answer) => Ok(answer),
            // The user pressed "Cancel", or entered nothing.
            Err(passphrase_command::Error::Nothing) => Err(PromptError::Declined),
            Err(passphrase_command::Error::Ended(status)) if status.code() == Some(1) => {
                Err(PromptError::Declined)
            }
            Err(error) => Err(failed(&error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether the program is used, and if so, whether instead of the terminal.
    fn read(variables: &[(&str, &str)]) -> Option<bool> {
        let found = Askpass::of_environment(|name| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| OsString::from(value))
        });
        found.map(|askpass| askpass.instead_of_terminal)
    }

    #[test]
    fn the_environment_is_read_as_ssh_reads_it() {
        let (program, x11) = (("SSH_ASKPASS", "/bin/ask"), ("DISPLAY", ":0"));
        let wayland = ("WAYLAND_DISPLAY", "wayland-0");
        let require = |when| ("SSH_ASKPASS_REQUIRE", when);
        assert_eq!(read(&[x11]), None);
        assert_eq!(read(&[program]), None);
        assert_eq!(read(&[program, ("DISPLAY", "")]), None);
        assert_eq!(read(&[("SSH_ASKPASS", ""), x11]), None);
        assert_eq!(read(&[program, x11]), Some(false));
        assert_eq!(read(&[program, wayland]), Some(false));
        assert_eq!(read(&[program, x11, require("prefer")]), Some(true));
        assert_eq!(read(&[program, require("prefer")]), None);
        assert_eq!(read(&[program, require("force")]), Some(true));
        assert_eq!(read(&[program, x11, require("never")]), None);
        assert_eq!(read(&[program, x11, require("else")]), Some(false));
    }

    #[test]
    fn the_option_comes_before_the_environment() {
        let found = Askpass::find(Some(OsStr::new("ask"))).unwrap();
        assert!(found.is_instead_of_terminal());
        assert_eq!(found.program, "ask");
    }
}
