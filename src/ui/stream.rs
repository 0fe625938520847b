//! Standard output and standard error as plain descriptors. Every byte is written, or the error is
//! returned.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};

use rustix::event::{PollFd, PollFlags};
use rustix::io::Errno;

/// Standard output (or standard error, where that carries the results) could not be written.
#[derive(Debug, thiserror::Error)]
#[error("could not write the output")]
pub(crate) struct StdoutError(#[from] io::Error);

impl StdoutError {
    /// Returns the system's error.
    pub(crate) fn source_error(&self) -> &io::Error {
        &self.0
    }
}

/// Where a line goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stream {
    /// For results.
    Stdout,
    /// For messages about the run.
    Stderr,
}

impl Stream {
    fn descriptor(self) -> BorrowedFd<'static> {
        match self {
            Self::Stdout => rustix::stdio::stdout(),
            Self::Stderr => rustix::stdio::stderr(),
        }
    }

    /// Returns whether it is a terminal.
    pub(super) fn is_terminal(self) -> bool {
        rustix::termios::isatty(self.descriptor())
    }

    /// Returns the number of columns, if it is a terminal that knows it.
    pub(super) fn columns(self) -> Option<usize> {
        columns_of(self.descriptor())
    }

    /// Returns the number of rows, if it is a terminal that knows it.
    pub(super) fn rows(self) -> Option<usize> {
        rows_of(self.descriptor())
    }

    /// Writes all of `bytes`, in one call if possible.
    pub(super) fn write(self, bytes: &[u8]) -> io::Result<()> {
        write(self.descriptor(), bytes)
    }

    /// Writes without waiting, just before the process dies.
    pub(super) fn write_now(self, bytes: &[u8]) {
        write_now(self.descriptor(), bytes);
    }
}

/// Returns the number of columns of a terminal that knows it.
pub(super) fn columns_of(terminal: impl AsFd) -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(terminal).ok()?;
    (size.ws_col > 0).then_some(usize::from(size.ws_col))
}

/// Returns the number of rows of a terminal that knows it.
pub(super) fn rows_of(terminal: impl AsFd) -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(terminal).ok()?;
    (size.ws_row > 0).then_some(usize::from(size.ws_row))
}

/// Writes all of `bytes`. Waits if the descriptor is non-blocking.
pub(super) fn write(to: BorrowedFd<'_>, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match rustix::io::write(to, bytes) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => bytes = &bytes[written..],
            Err(Errno::INTR) => {}
            Err(Errno::AGAIN) => wait_for(to, PollFlags::OUT)?,
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// Waits until a descriptor is ready.
pub(super) fn wait_for(descriptor: BorrowedFd<'_>, ready: PollFlags) -> io::Result<()> {
    match rustix::event::poll(&mut [PollFd::from_borrowed_fd(descriptor, ready)], None) {
        Ok(_) | Err(Errno::INTR) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Writes once, and only if the descriptor is ready, so that it never waits for a terminal stopped
/// by Ctrl-S.
pub(super) fn write_now(to: BorrowedFd<'_>, bytes: &[u8]) {
    let mut ready = [PollFd::from_borrowed_fd(to, PollFlags::OUT)];
    let now = rustix::event::Timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    if rustix::event::poll(&mut ready, Some(&now)).is_ok_and(|n| n > 0)
        && ready[0].revents().contains(PollFlags::OUT)
    {
        // There is nowhere left to report a failure.
        let _ = rustix::io::write(to, bytes);
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn a_pipe_that_is_full_and_does_not_block_is_waited_for() {
        let (mut reader, writer) = io::pipe().unwrap();
        rustix::io::ioctl_fionbio(&writer, true).unwrap();
        let reading = std::thread::spawn(move || {
            let mut all = Vec::new();
            reader.read_to_end(&mut all).unwrap();
            all.len()
        });
        write(writer.as_fd(), &vec![7; 1 << 20]).unwrap();
        drop(writer);
        assert_eq!(reading.join().unwrap(), 1 << 20);
    }

    #[test]
    fn a_reader_that_left_is_an_error() {
        let (reader, writer) = io::pipe().unwrap();
        drop(reader);
        let error = write(writer.as_fd(), b"x").unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
    }

    #[test]
    fn a_full_disk_is_an_error() {
        let full = std::fs::File::options()
            .write(true)
            .open("/dev/full")
            .unwrap();
        assert_eq!(
            write(full.as_fd(), b"x").unwrap_err().kind(),
            io::ErrorKind::StorageFull
        );
    }

    #[test]
    fn the_last_word_waits_for_nobody() {
        let (_reader, writer) = io::pipe().unwrap();
        rustix::io::ioctl_fionbio(&writer, true).unwrap();
        while rustix::io::write(&writer, &[0; 4096]).is_ok() {}
        rustix::io::ioctl_fionbio(&writer, false).unwrap();
        write_now(writer.as_fd(), b"x");
    }
}
