//! Runs the passphrase command that the user configured, and reads its output.

use std::io::{PipeWriter, Read};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};

use zeroize::Zeroizing;

use crate::process::ending::ending;
use crate::process::launch;
use crate::process::stderr_relay::{ShowPiece, StderrRelay};
use bulla_age::recipients_file::without_mark;

/// The most output that is accepted, in bytes.
const LIMIT: usize = 64 * 1024;

/// The reason why the command gave no passphrase.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// A relative path, where anyone could have put a program.
    #[error("its path is not absolute")]
    Relative,
    /// The program does not exist or may not be started.
    #[error("it cannot be started: {0}")]
    Start(std::io::Error),
    /// Reading its output failed.
    #[error("its output cannot be read: {0}")]
    Read(std::io::Error),
    /// It ended with a failure.
    #[error("it ended with {}", ending(*.0))]
    Ended(ExitStatus),
    /// It printed more than [`LIMIT`] bytes.
    #[error("it printed more than {} KiB", LIMIT / 1024)]
    TooLong,
    /// Its first line is empty.
    #[error("it printed no passphrase")]
    Nothing,
    /// Its output is not UTF-8.
    #[error("its output is not UTF-8")]
    NotText,
}

/// Runs a program and returns the first line it prints, without the line end. Its standard input is
/// empty, what it writes to its standard error goes to `show`, and it must end successfully.
pub(crate) fn first_line(
    program: &Path,
    arguments: &[String],
    show: ShowPiece,
) -> Result<Zeroizing<String>, Error> {
    if !program.is_absolute() {
        return Err(Error::Relative);
    }
    let (relay, stderr) = StderrRelay::begin(show).map_err(Error::Start)?;
    let line = run(program, arguments, stderr);
    relay.finish();
    line
}

fn run(
    program: &Path,
    arguments: &[String],
    stderr: PipeWriter,
) -> Result<Zeroizing<String>, Error> {
    let mut command = Command::new(program);
    command
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(stderr);
    let mut child = Running(launch::service(&mut command).map_err(Error::Start)?);
    // Closes our end of its standard error.
    drop(command);
    let output = child
        .0
        .stdout
        .take()
        .expect("spawn: its output was asked for");
    // Allocated at full size, because growing would leave copies of the secret behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(LIMIT + 2));
    output
        .take(LIMIT as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(Error::Read)?;
    if bytes.len() > LIMIT {
        return Err(Error::TooLong);
    }
    let status = child.0.wait().map_err(Error::Read)?;
    if !status.success() {
        return Err(Error::Ended(status));
    }
    let line = bytes
        .split(|&byte| byte == b'\n')
        .next()
        .unwrap_or_default();
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let text = std::str::from_utf8(line).map_err(|_| Error::NotText)?;
    match without_mark(text) {
        "" => Err(Error::Nothing),
        text => Ok(Zeroizing::new(text.to_owned())),
    }
}

/// A child that is killed when this is dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // This fails if it has ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};

    fn shell(script: &str) -> Result<String, String> {
        let arguments = ["-c".to_owned(), script.to_owned()];
        let line = first_line(Path::new("/bin/sh"), &arguments, Box::new(|_| {}));
        line.map(|line| line.to_string())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn the_first_line_is_the_answer() {
        assert_eq!(shell("echo clay; echo more").unwrap(), "clay");
        assert_eq!(shell("printf 'a b\\r\\n'").unwrap(), "a b");
        assert_eq!(shell("cat; printf clay").unwrap(), "clay");
        assert_eq!(
            shell("head -c 65535 /dev/zero | tr '\\0' x").unwrap().len(),
            65_535
        );
    }

    #[test]
    fn all_that_it_writes_is_passed_on_before_the_answer_is_returned() {
        let shown = Arc::new(Mutex::new(Vec::new()));
        let to = Arc::clone(&shown);
        let show = move |piece: &[u8]| to.lock().unwrap().extend_from_slice(piece);
        let arguments = ["-c", "echo one >&2; echo clay; echo two >&2; exit 1"].map(str::to_owned);
        let failed = first_line(Path::new("/bin/sh"), &arguments, Box::new(show));
        assert!(matches!(failed, Err(Error::Ended(_))));
        assert_eq!(*shown.lock().unwrap(), b"one\ntwo\n");
    }

    #[test]
    fn a_bad_passphrase_command_explains_why() {
        assert_eq!(shell("exit 3").unwrap_err(), "it ended with exit code 3");
        assert_eq!(
            shell("echo clay; kill -9 $$").unwrap_err(),
            "it ended with signal 9 (SIGKILL)"
        );
        assert_eq!(shell("true").unwrap_err(), "it printed no passphrase");
        assert_eq!(
            shell("printf '\\377\\n'").unwrap_err(),
            "its output is not UTF-8"
        );
        assert_eq!(
            shell("exec cat /dev/zero").unwrap_err(),
            "it printed more than 64 KiB"
        );
        let missing = first_line(Path::new("/no/such"), &[], Box::new(|_| {})).unwrap_err();
        assert!(matches!(missing, Error::Start(_)), "{missing}");
        assert!(matches!(
            first_line(Path::new("pass"), &[], Box::new(|_| {})),
            Err(Error::Relative)
        ));
    }
}
