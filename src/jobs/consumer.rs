//! A command that takes what is decrypted.
//!
//! It sees the end of its input only when all of that was authenticated. In any other case it is
//! killed first, because it could take the end of a part for the end of the data.

use std::fs::File;
use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::errors::Result;
use crate::process::piped_command::PipedCommand;
use crate::ui::Ui;
use bulla_age::stream::PayloadError;
use bulla_age::untrusted::Untrusted;

/// A command whose input is the plaintext.
pub(crate) struct Consumer {
    name: Untrusted,
    command: Mutex<Option<PipedCommand>>,
    has_begun: AtomicBool,
}

/// What the command was given.
#[derive(Debug, Default)]
pub(crate) struct Given {
    bytes: AtomicU64,
    /// Whether it did not read all of it.
    is_refused: AtomicBool,
}

impl Consumer {
    pub(crate) fn new(command: PipedCommand) -> Self {
        Self {
            name: command.name().clone(),
            command: Mutex::new(Some(command)),
            has_begun: AtomicBool::new(false),
        }
    }

    /// The name of the command.
    pub(crate) fn name(&self) -> &Untrusted {
        &self.name
    }

    /// Returns whether the command was started.
    pub(crate) fn has_begun(&self) -> bool {
        self.has_begun.load(Ordering::Relaxed)
    }

    /// Starts the command, and returns the writing end of its input. With `goes_on`, the rest is
    /// authenticated although the command does not want it.
    pub(crate) fn feed<'a>(&self, given: &'a Given, goes_on: bool, ui: &Ui) -> Result<Feed<'a>> {
        let (process, pipe) = self.begin()?;
        ui.detail(&format_args!("Started {} (process {process})", self.name));
        Ok(Feed {
            pipe: pipe.map_err(PayloadError::Write)?,
            given,
            goes_on,
        })
    }

    /// Starts the command. Returns its process ID, and our end of its input.
    fn begin(&self) -> Result<(i32, io::Result<File>)> {
        let mut command = self.command.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(command) = command.as_mut() else {
            return Ok((0, Err(io::ErrorKind::NotFound.into())));
        };
        let process = command.begin()?;
        self.has_begun.store(true, Ordering::Relaxed);
        Ok((process, command.pipe()))
    }

    /// Lets the command see the end of its input, which is complete, and waits for its success. No
    /// other end of the pipe may be left open.
    pub(crate) fn succeed(&self) -> Result<()> {
        Ok(self.take().map_or(Ok(()), PipedCommand::succeed)?)
    }

    /// Kills the command, which has seen no end of its input.
    pub(crate) fn kill(&self) {
        drop(self.take());
    }

    fn take(&self) -> Option<PipedCommand> {
        self.command
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }
}

impl Given {
    /// The number of bytes that went into the pipe.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Returns whether the command stopped reading before the end.
    pub(crate) fn is_refused(&self) -> bool {
        self.is_refused.load(Ordering::Relaxed)
    }
}

/// The writing end of the command's input.
pub(crate) struct Feed<'a> {
    pipe: File,
    given: &'a Given,
    goes_on: bool,
}

impl Write for Feed<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.given.is_refused() && self.goes_on {
            return Ok(bytes.len());
        }
        match self.pipe.write(bytes) {
            Ok(written) => {
                self.given
                    .bytes
                    .fetch_add(written as u64, Ordering::Relaxed);
                Ok(written)
            }
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.given.is_refused.store(true, Ordering::Relaxed);
                if self.goes_on {
                    Ok(bytes.len())
                } else {
                    Err(error)
                }
            }
            Err(error) => Err(error),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;
    use std::os::fd::OwnedFd;

    #[test]
    fn a_command_that_reads_no_more_is_no_error_of_the_pipe_and_the_rest_can_still_be_checked() {
        for goes_on in [false, true] {
            let (mut reader, writer) = io::pipe().unwrap();
            let given = Given::default();
            let mut feed = Feed {
                pipe: OwnedFd::from(writer).into(),
                given: &given,
                goes_on,
            };
            feed.write_all(b"first").unwrap();
            let mut first = [0; 5];
            reader.read_exact(&mut first).unwrap();
            drop(reader);
            assert_eq!(feed.write_all(b"second").is_ok(), goes_on);
            assert!(given.is_refused());
            assert_eq!((given.bytes(), &first), (5, b"first"));
        }
    }
}
