//! The terminal of the process: opened, asked on, and left as it was found, also when a signal ends the run.
//!
//! Knows what a question looks like on the screen, not what is asked.

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::fd::AsFd;
use std::os::unix::fs::OpenOptionsExt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::fs::OFlags;
use rustix::io::Errno;
use rustix::termios::{
    InputModes, LocalModes, OptionalActions, QueueSelector, SpecialCodeIndex, Termios,
};
use zeroize::Zeroizing;

use crate::ui::stream;
use crate::ui::stream::Stream;
use crate::ui::text::width;

/// The longest line a terminal hands over, its end included.
const LINE_MAX: usize = 4096;

/// What must be put back when the run ends early. One a process, as the terminal is.
static LEFT_AS: Mutex<LeftAs> = Mutex::new(LeftAs::Found);

/// How many lines of progress stand on stderr; held while they are drawn or erased.
static BARS: Mutex<usize> = Mutex::new(0);

enum LeftAs {
    Found,
    Changed {
        tty: Arc<File>,
        before: Box<Termios>,
        end: Leaving,
    },
    /// The run is ending: nothing is changed any more.
    Ended,
}

/// How a terminal is left whose modes were changed.
struct Leaving {
    /// What is sent to it with the modes.
    always: &'static str,
    /// What ends the question's line when a signal ends the run; it takes a question away that shows a secret.
    early: String,
    /// What becomes of bytes that were not read yet.
    unread: Unread,
}

/// What becomes of bytes that were not read yet.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Unread {
    /// They are for whoever reads next: somebody typed ahead.
    Kept,
    /// They are for nobody.
    Dropped,
}

/// Puts the modes back. A terminal that is gone has none.
fn put_back(tty: &File, before: &Termios, unread: Unread) {
    if unread == Unread::Dropped {
        let _ = rustix::termios::tcflush(tty, QueueSelector::IFlush);
    }
    let _ = rustix::termios::tcsetattr(tty, OptionalActions::Now, before);
}

fn left_as() -> MutexGuard<'static, LeftAs> {
    LEFT_AS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The right to draw or erase lines of progress: the number of those that stand there is to be kept in it.
pub(super) fn bars() -> MutexGuard<'static, usize> {
    BARS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The same, but for a moment only: a terminal stopped by Ctrl-S may hold up whoever draws for ever.
fn bars_soon() -> Option<MutexGuard<'static, usize>> {
    for _ in 0..20 {
        match BARS.try_lock() {
            Ok(lines) => return Some(lines),
            Err(TryLockError::Poisoned(lines)) => return Some(lines.into_inner()),
            Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(5)),
        }
    }
    None
}

/// Leaves the terminal as it was before the question that is open, if one is, on a fresh line and without
/// progress. For the thread that takes the signals, just before the process dies: it waits for nothing but
/// a change of modes under way and a tenth of a second, and no question is asked after it.
pub(crate) fn restore_terminal() {
    let state = std::mem::replace(&mut *left_as(), LeftAs::Ended);
    if let Some(mut lines) = bars_soon()
        && *lines > 0
    {
        Stream::Stderr.write_now(erase_lines(*lines - 1).as_bytes());
        *lines = 0;
    }
    let LeftAs::Changed { tty, before, end } = state else {
        return;
    };
    // In the background the terminal is somebody else's, and touching it would stop the process, not end it.
    if !in_foreground(&tty) {
        return;
    }
    put_back(&tty, &before, end.unread);
    stream::write_now(tty.as_fd(), [end.always, &end.early].concat().as_bytes());
}

/// Whether [`restore_terminal`] was called.
pub(super) fn is_ending() -> bool {
    matches!(*left_as(), LeftAs::Ended)
}

fn in_foreground(tty: &File) -> bool {
    rustix::termios::tcgetpgrp(tty).is_ok_and(|group| group == rustix::process::getpgrp())
}

/// Back to the beginning of a line `up` lines above, with all that follows erased.
fn erase_lines(up: usize) -> String {
    match up {
        0 => "\r\x1b[J".into(),
        up => format!("\r\x1b[{up}A\x1b[J"),
    }
}

/// The only way in: the controlling terminal, whatever the standard streams are.
fn open_tty() -> io::Result<File> {
    let flags = OFlags::NOCTTY.bits().cast_signed();
    OpenOptions::new()
        .read(true)
        .write(true)
        .custom_flags(flags)
        .open("/dev/tty")
}

/// Whether the answer is seen while it is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Echo {
    Seen,
    Hidden,
    /// It is not, and the question itself shows a secret, which does not stay when a signal ends the run.
    HiddenAfterSecret,
}

/// A line that was typed.
pub(super) enum Typed {
    Text(Zeroizing<String>),
    /// It cannot be an answer, and why.
    Unfit(&'static str),
    /// The person ended the input.
    End,
}

/// What was read of a paste.
pub(super) enum Taken {
    /// So many bytes.
    Bytes(usize),
    /// The terminal is gone.
    HungUp,
}

/// The bytes of the keys that end something; 0 where a key has none.
#[derive(Clone, Copy, Debug)]
pub(super) struct Keys {
    pub(super) interrupt: u8,
    pub(super) quit: u8,
    pub(super) end: u8,
}

/// The controlling terminal.
pub(super) struct Terminal {
    tty: Arc<File>,
    dumb: bool,
}

impl Terminal {
    /// Opens it; fails where the process has none.
    pub(super) fn open(dumb: bool) -> io::Result<Self> {
        Ok(Self {
            tty: Arc::new(open_tty()?),
            dumb,
        })
    }

    /// A question to show on it.
    pub(super) fn question(&self, text: Zeroizing<String>) -> OpenQuestion {
        OpenQuestion {
            tty: Arc::clone(&self.tty),
            text,
            dumb: self.dumb,
        }
    }

    /// Changes the modes for one answer; they are put back when the guard goes.
    pub(super) fn prepare(&self, echo: Echo, question: &OpenQuestion) -> io::Result<Prepared> {
        let early = match echo {
            Echo::HiddenAfterSecret => question.erasure(0),
            Echo::Seen | Echo::Hidden => "\n".to_owned(),
        };
        let end = Leaving {
            always: "",
            early,
            unread: Unread::Kept,
        };
        self.change(end, |modes| {
            modes.input_modes |= InputModes::ICRNL;
            modes.local_modes |= LocalModes::ICANON | LocalModes::ISIG;
            modes.local_modes.set(LocalModes::ECHO, echo == Echo::Seen);
            modes.local_modes.remove(LocalModes::ECHONL);
            // Stopped by Ctrl-Z, the shell would bring the echo back and `fg` would not hide it again.
            modes.special_codes[SpecialCodeIndex::VSUSP] = 0;
        })
        .map(|(prepared, _)| prepared)
    }

    /// Changes the modes for one paste: no lines, which end at 4,095 bytes, no echo, and every key is a byte. What is not
    /// read of it is for nobody.
    pub(super) fn prepare_for_paste(&self) -> io::Result<(Prepared, Keys)> {
        let always = if self.dumb { "" } else { "\x1b[?2004l" };
        let end = Leaving {
            always,
            early: "\n".to_owned(),
            unread: Unread::Dropped,
        };
        let (prepared, before) = self.change(end, |modes| {
            modes.input_modes |= InputModes::ICRNL;
            modes.input_modes.remove(InputModes::IXON);
            let lines = LocalModes::ICANON | LocalModes::ISIG | LocalModes::IEXTEN;
            modes
                .local_modes
                .remove(lines | LocalModes::ECHO | LocalModes::ECHONL);
            modes.special_codes[SpecialCodeIndex::VMIN] = 1;
            modes.special_codes[SpecialCodeIndex::VTIME] = 0;
        })?;
        let key = |index| before.special_codes[index];
        let (interrupt, quit) = (key(SpecialCodeIndex::VINTR), key(SpecialCodeIndex::VQUIT));
        let keys = Keys {
            interrupt,
            quit,
            end: key(SpecialCodeIndex::VEOF),
        };
        if !self.dumb {
            stream::write(self.tty.as_fd(), b"\x1b[?2004h")?;
        }
        Ok((prepared, keys))
    }

    /// Keeps the modes, to put them back after somebody else had the terminal.
    pub(super) fn prepare_to_lend(&self) -> io::Result<Prepared> {
        let end = Leaving {
            always: "",
            early: String::new(),
            unread: Unread::Kept,
        };
        self.change(end, |_| {}).map(|(prepared, _)| prepared)
    }

    /// The terminal itself, to be lent.
    pub(super) fn file(&self) -> &File {
        &self.tty
    }

    fn change(
        &self,
        end: Leaving,
        change: impl FnOnce(&mut Termios),
    ) -> io::Result<(Prepared, Termios)> {
        let mut state = left_as();
        if !matches!(*state, LeftAs::Found) {
            return Err(io::Error::other("the run is ending"));
        }
        let before = rustix::termios::tcgetattr(&self.tty)?;
        let mut modes = before.clone();
        change(&mut modes);
        *state = LeftAs::Changed {
            tty: Arc::clone(&self.tty),
            before: Box::new(before.clone()),
            end,
        };
        rustix::termios::tcsetattr(&self.tty, OptionalActions::Now, &modes)?;
        Ok((Prepared, before))
    }

    /// Reads what there is, waiting for it.
    pub(super) fn take_some(&self, into: &mut [u8]) -> io::Result<Taken> {
        loop {
            match (&*self.tty).read(into) {
                Ok(0) => return Ok(Taken::HungUp),
                Ok(read) => return Ok(Taken::Bytes(read)),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Reads what comes within a time; none where nothing does.
    pub(super) fn take_within(&self, into: &mut [u8], time: Duration) -> io::Result<Option<Taken>> {
        let mut ready = [PollFd::new(&*self.tty, PollFlags::IN)];
        let time = Timespec::try_from(time).map_err(|_| io::ErrorKind::InvalidInput)?;
        match rustix::event::poll(&mut ready, Some(&time)) {
            Ok(0) => Ok(None),
            Ok(_) => self.take_some(into).map(Some),
            Err(Errno::INTR) => Ok(Some(Taken::Bytes(0))),
            Err(error) => Err(error.into()),
        }
    }

    /// Reads one line. No copy of it is left anywhere but in the answer.
    pub(super) fn read_line(&self) -> io::Result<Typed> {
        let mut line = Zeroizing::new([0; LINE_MAX]);
        let mut length = 0;
        while !line[..length].ends_with(b"\n") {
            if length == LINE_MAX {
                return Ok(Typed::Unfit("that is too long"));
            }
            match (&*self.tty).read(&mut line[length..]) {
                Ok(0) => return Ok(Typed::End),
                Ok(read) => length += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        let Ok(text) = std::str::from_utf8(&line[..length - 1]) else {
            return Ok(Typed::Unfit("that is not UTF-8"));
        };
        if text.chars().any(char::is_control) {
            return Ok(Typed::Unfit(
                "a control character was typed (an arrow key?)",
            ));
        }
        Ok(Typed::Text(Zeroizing::new(text.to_owned())))
    }
}

/// The terminal's modes are changed while this lives.
pub(super) struct Prepared;

impl Drop for Prepared {
    fn drop(&mut self) {
        let mut state = left_as();
        if let LeftAs::Changed { tty, before, end } = &*state {
            stream::write_now(tty.as_fd(), end.always.as_bytes());
            put_back(tty, before, end.unread);
            *state = LeftAs::Found;
        }
    }
}

/// A question that stands on the terminal.
pub(super) struct OpenQuestion {
    tty: Arc<File>,
    text: Zeroizing<String>,
    dumb: bool,
}

impl OpenQuestion {
    /// Writes it, in one call.
    pub(super) fn show(&self) -> io::Result<()> {
        stream::write(self.tty.as_fd(), self.text.as_bytes())
    }

    /// What erases it when the cursor stands `below` lines under its last.
    pub(super) fn erasure(&self, below: usize) -> String {
        match (self.dumb, below) {
            (true, 0) => "\n".into(),
            (true, _) => String::new(),
            (false, _) => erase_lines(self.rows(0) - 1 + below),
        }
    }

    /// Erases it, and the answer where it was seen and ended by a line end.
    pub(super) fn erase(&self, answer: Option<&str>) -> io::Result<()> {
        let below = answer.map_or(0, |answer| self.rows(width(answer)) - self.rows(0) + 1);
        stream::write(self.tty.as_fd(), self.erasure(below).as_bytes())
    }

    /// How many rows it takes with so many columns typed after it.
    fn rows(&self, typed: usize) -> usize {
        let size = rustix::termios::tcgetwinsize(&self.tty).map_or(0, |size| size.ws_col);
        rows(
            &self.text,
            typed,
            if size == 0 { 80 } else { usize::from(size) },
        )
    }
}

/// The rows of a text with so many columns typed after it. A row that is just full does not begin another.
fn rows(text: &str, typed: usize, columns: usize) -> usize {
    let lines = text.split('\n').count();
    text.split('\n')
        .enumerate()
        .map(|(i, line)| width(line) + if i + 1 == lines { typed } else { 0 })
        .map(|width| width.div_ceil(columns).max(1))
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_counted_as_a_terminal_wraps() {
        for (text, typed, want) in [
            ("", 0, 1),
            ("12345", 0, 1),
            ("123456", 0, 2),
            ("123", 2, 1),
            ("123", 3, 2),
            ("a\n\n123456", 5, 5),
        ] {
            assert_eq!(rows(text, typed, 5), want, "{text:?} and {typed}");
        }
    }
}
