//! The command that the user named after `--`.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::PoisonError;

use crate::context::Context;
use crate::errors::Result;
use crate::files::{Program, find_program, is_executable};
use crate::process::piped_command::{Direction, Error, PipedCommand};
use bulla_age::untrusted::Untrusted;

/// A command, as it was typed, and which way the data goes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Piped<'a> {
    /// The name of a program, and its arguments.
    pub(crate) words: &'a [OsString],
    /// Which way.
    pub(crate) direction: Direction,
}

impl Context {
    /// Finds the command, and starts the process that will look after it. Called before this
    /// process gives up its rights, because the command keeps them.
    pub(crate) fn prepare_command(&self, piped: Piped<'_>) -> Result<()> {
        let Some(word) = piped.words.first() else {
            return Ok(());
        };
        let program = program(word)?;
        let ui = self.ui.clone();
        let pass_on = move |written: &[u8]| ui.pass_on(written);
        let command = PipedCommand::prepare(
            &program,
            piped.words,
            (piped.direction, self.ui.is_json()),
            pass_on,
        )?;
        *self.piped.lock().unwrap_or_else(PoisonError::into_inner) = Some(command);
        Ok(())
    }

    /// Returns the command, once.
    pub(crate) fn take_command(&self) -> Option<PipedCommand> {
        self.piped
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }
}

/// Finds a program as a shell does, except through relative entries of PATH.
fn program(word: &OsString) -> Result<PathBuf, Error> {
    let name = || Untrusted::from(Path::new(word));
    if word.as_encoded_bytes().contains(&b'/') {
        let path = PathBuf::from(word);
        if !path.exists() {
            return Err(Error::NotFound(name()));
        }
        if !is_executable(&path) {
            return Err(Error::NotExecutable(name()));
        }
        return Ok(path);
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    match find_program(word, &path) {
        Program::At(path) => Ok(path),
        Program::OnlyRelative => Err(Error::OnlyRelative(name())),
        Program::Nowhere => Err(Error::NotFound(name())),
    }
}
