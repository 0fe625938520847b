//! A command that the user named on the command line, and whose input or output is a pipe of ours.
//!
//! It is run by a keeper (`process/keeper.rs`). If it fails, or if this is dropped before it has
//! succeeded, it is killed with all that it started, and then only its pipe is closed.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, PipeReader, PipeWriter, Write};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use rustix::io::FdFlags;
use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};

use crate::process::child_processes;
use crate::process::ending::ending;
use crate::process::keeper::protocol;
use crate::process::keeper::protocol::{HOLDS, KEEPER, Report, THIS_PROGRAM, order};
use crate::process::stderr_tail::StderrTail;
use bulla_age::untrusted::Untrusted;

/// The size of the pipe, in bytes: the most that is allowed without privileges.
#[cfg(target_os = "linux")]
const PIPE: usize = 1 << 20;

/// How long to wait for the last words of a command that has ended. What it left behind may keep
/// its standard error open.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// How long to wait for a keeper after a signal: a little longer than it waits for its command.
const PATIENCE: Duration = protocol::PATIENCE.saturating_add(Duration::from_secs(6));
const PAUSE: Duration = Duration::from_millis(5);

/// Which way the data goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    /// The command makes it. Its standard input is ours.
    FromCommand,
    /// The command takes it. Its standard output is ours.
    ToCommand,
}

/// Why a command did not do its work.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// There is no such program.
    #[error("Cannot find {0}")]
    NotFound(Untrusted),
    /// It is only below a relative entry of PATH, where anyone could have put it.
    #[error("{0} is found only through a relative entry of PATH")]
    OnlyRelative(Untrusted),
    /// It is not a program.
    #[error("{0} is not an executable file")]
    NotExecutable(Untrusted),
    /// It cannot be started.
    #[error("Cannot start {name}")]
    Start {
        /// Its name.
        name: Untrusted,
        /// The error of the system.
        source: io::Error,
    },
    /// It ended in another way than successfully.
    #[error("{name} ended with {}{}", ending(*status), wrote.as_ref().map(|text| format!(", and wrote {}", text.quoted())).unwrap_or_default())]
    Ended {
        /// Its name.
        name: Untrusted,
        /// How it ended.
        status: ExitStatus,
        /// The end of what it wrote to its standard error.
        wrote: Option<Untrusted>,
    },
    /// Somebody killed the process that looks after it.
    #[error("The process that looks after {0} was killed, and {0} with it")]
    Unkept(Untrusted),
}

/// The keepers of this process, by their process IDs, and what they are told through.
static KEEPERS: Mutex<Vec<(u32, PipeWriter)>> = Mutex::new(Vec::new());

/// Tells a keeper something. A keeper that is gone is noticed when it should report.
fn tell(keeper: u32, text: &[u8]) {
    let mut keepers = KEEPERS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, orders)) = keepers.iter_mut().find(|(known, _)| *known == keeper) {
        let _ = orders.write_all(text);
    }
}

/// Passes a signal on to the commands, and waits for the end of all that they started.
pub(super) fn pass_on(signal: i32) {
    let signal = u8::try_from(signal).unwrap_or_default();
    let keepers: Vec<u32> = {
        let mut keepers = KEEPERS.lock().unwrap_or_else(PoisonError::into_inner);
        let told = keepers.iter_mut().map(|(keeper, orders)| {
            let _ = orders.write_all(&[order::SIGNAL, signal]);
            *keeper
        });
        told.collect()
    };
    let begun = Instant::now();
    let goes_on = |keeper: &u32| {
        let pid = i32::try_from(*keeper).ok().and_then(Pid::from_raw);
        let looking = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT | WaitIdOptions::NOHANG;
        pid.is_some_and(|pid| matches!(waitid(WaitId::Pid(pid), looking), Ok(None)))
    };
    while keepers.iter().any(goes_on) && begun.elapsed() < PATIENCE {
        std::thread::sleep(PAUSE);
    }
}

/// A command, and our end of its pipe. It is killed if this is dropped before
/// [`succeed`](Self::succeed).
pub(crate) struct PipedCommand {
    name: Untrusted,
    keeper: Child,
    reports: PipeReader,
    stderr: Option<StderrTail>,
    /// Closed last.
    pipe: Option<File>,
}

impl PipedCommand {
    /// Starts the keeper of a command. `program` is the path of its first word. If our standard
    /// output is taken, the command's goes to standard error. What it writes to its own standard
    /// error is given to `pass_on`.
    ///
    /// # Errors
    /// [`Error::Start`].
    pub(crate) fn prepare(
        program: &Path,
        words: &[OsString],
        (direction, stdout_is_taken): (Direction, bool),
        pass_on: impl Fn(&[u8]) + Send + 'static,
    ) -> Result<Self, Error> {
        let name = words
            .first()
            .map_or_else(|| Untrusted::from(program), |word| called(word));
        Self::try_prepare(
            (program, words),
            name.clone(),
            (direction, stdout_is_taken),
            pass_on,
        )
        .map_err(|source| Error::Start { name, source })
    }

    fn try_prepare(
        (program, words): (&Path, &[OsString]),
        name: Untrusted,
        (direction, stdout_is_taken): (Direction, bool),
        pass_on: impl Fn(&[u8]) + Send + 'static,
    ) -> io::Result<Self> {
        if cfg!(not(target_os = "linux")) {
            let why = "bulla runs commands after -- only on Linux";
            return Err(io::Error::new(io::ErrorKind::Unsupported, why));
        }
        let (orders, to_keeper) = io::pipe()?;
        let (reports, from_keeper) = io::pipe()?;
        // Nothing else is started meanwhile that could inherit them.
        rustix::io::fcntl_setfd(&orders, FdFlags::empty())?;
        rustix::io::fcntl_setfd(&from_keeper, FdFlags::empty())?;
        let (reader, writer) = io::pipe()?;
        // A smaller pipe works too.
        #[cfg(target_os = "linux")]
        let _ = rustix::pipe::fcntl_setpipe_size(&writer, PIPE);
        let mut command = Command::new(THIS_PROGRAM);
        command.arg0(KEEPER);
        for descriptor in [orders.as_raw_fd(), from_keeper.as_raw_fd()] {
            command.arg(descriptor.to_string());
        }
        let pipe: OwnedFd = match direction {
            Direction::FromCommand => {
                command.arg("").stdout(writer);
                reader.into()
            }
            Direction::ToCommand => {
                command.arg(HOLDS).stdin(reader);
                if stdout_is_taken {
                    let stderr = rustix::stdio::stderr().try_clone_to_owned()?;
                    command.stdout(Stdio::from(stderr));
                }
                writer.into()
            }
        };
        // Without another thread, its messages are only shown.
        let stderr = match StderrTail::begin(pass_on) {
            Ok((tail, writer)) => {
                command.stderr(writer);
                Some(tail)
            }
            Err(_) => None,
        };
        command.arg(program).args(words);
        let keeper = command.spawn()?;
        child_processes::add(&keeper);
        // Closes our copies of its ends.
        drop(command);
        KEEPERS
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push((keeper.id(), to_keeper));
        Ok(Self {
            name,
            keeper,
            reports,
            stderr,
            pipe: Some(pipe.into()),
        })
    }

    /// The name of the command for messages.
    pub(crate) fn name(&self) -> &Untrusted {
        &self.name
    }

    /// Starts the command. Returns its process ID.
    ///
    /// # Errors
    /// [`Error::Start`], [`Error::Unkept`].
    pub(crate) fn begin(&mut self) -> Result<i32, Error> {
        tell(self.keeper.id(), &[order::BEGIN]);
        match Report::read(&self.reports) {
            Ok(Report::Begun(pid)) => Ok(pid),
            Ok(Report::NotBegun(errno)) => Err(Error::Start {
                name: self.name.clone(),
                source: io::Error::from_raw_os_error(errno),
            }),
            Ok(Report::Ended(_)) | Err(_) => Err(Error::Unkept(self.name.clone())),
        }
    }

    /// Returns a copy of our end of the pipe. The pipe ends only when that is closed too.
    pub(crate) fn pipe(&self) -> io::Result<File> {
        let pipe = self.pipe.as_ref().ok_or(io::ErrorKind::NotFound)?;
        pipe.try_clone()
    }

    /// Waits for the end of the command, whose data is complete.
    ///
    /// # Errors
    /// [`Error::Ended`] unless it ended successfully, [`Error::Unkept`].
    pub(crate) fn succeed(mut self) -> Result<(), Error> {
        // This is the end of its input, if the keeper agrees.
        self.pipe = None;
        tell(self.keeper.id(), &[order::COMPLETE]);
        self.end()
    }

    /// Waits for the end of a command that does not read its input any more.
    ///
    /// # Errors
    /// As of [`succeed`](Self::succeed).
    pub(crate) fn end(self) -> Result<(), Error> {
        let Ok(Report::Ended(status)) = Report::read(&self.reports) else {
            return Err(Error::Unkept(self.name.clone()));
        };
        let status = ExitStatus::from_raw(status);
        if status.success() {
            tell(self.keeper.id(), &[order::LEAVE]);
        }
        let wrote = self
            .stderr
            .as_ref()
            .and_then(|stderr| stderr.text(LAST_WORDS));
        if status.success() {
            return Ok(());
        }
        Err(Error::Ended {
            name: self.name.clone(),
            status,
            wrote: wrote.map(in_one_line),
        })
    }
}

impl Drop for PipedCommand {
    fn drop(&mut self) {
        let keeper = self.keeper.id();
        // A keeper without orders kills what it keeps.
        KEEPERS
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .retain(|(known, _)| *known != keeper);
        let _ = self.keeper.wait();
    }
}

/// Returns what a command is called in messages: its name without the folder.
fn called(word: &OsStr) -> Untrusted {
    let path = Path::new(word);
    Untrusted::from(Path::new(path.file_name().unwrap_or(word)))
}

/// Puts the last lines of a text into one.
fn in_one_line(text: Untrusted) -> Untrusted {
    let lines: Vec<&str> = text
        .as_raw()
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    let last = &lines[lines.len().saturating_sub(3)..];
    Untrusted::new(last.join(" / "))
}
