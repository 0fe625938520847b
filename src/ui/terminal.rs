//! The terminal: asks questions on it and restores its modes, also when a signal ends the run.
//!
//! It is the controlling terminal. Without one (in a rescue shell, under setsid), it is that of
//! standard input and standard error.
//!
//! Knows how a question is drawn and erased, not what is asked. The crate `rpassword` collects a
//! typed line; the modes, the signals and the end of input are handled here.

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::ops::Range;
use std::os::fd::AsFd;
use std::os::unix::fs::OpenOptionsExt;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, TryLockError};
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

/// The longest line a terminal delivers, including its line end.
const LINE_MAX: usize = 4096;

/// What to restore when the run ends early. There is one controlling terminal per process.
static MODES: Mutex<Modes> = Mutex::new(Modes::Unchanged);

/// Switches to the alternate screen, empty. A terminal without one erases its only screen.
const OWN_SCREEN: &str = "\x1b[?1049h\x1b[H\x1b[J";
/// Empties the screen and switches back. Not all terminals clear the alternate screen themselves.
const FORMER_SCREEN: &str = "\x1b[H\x1b[J\x1b[?1049l";

/// The number of progress lines on stderr; locked while they are drawn or erased.
static BARS: Mutex<usize> = Mutex::new(0);

/// The terminal on whose alternate screen several questions are asked.
static OWN: Mutex<Option<Tty>> = Mutex::new(None);

enum Modes {
    Unchanged,
    Changed {
        tty: Tty,
        before: Box<Termios>,
        restore: Restore,
    },
    /// The run is ending, and nothing is changed any more.
    Ended,
}

/// How to restore a terminal whose modes were changed.
struct Restore {
    /// Sent to the terminal whenever its modes are restored.
    always: &'static str,
    /// Sent as well if a signal ends the run: ends the question's line, or erases a question that
    /// shows a secret.
    early: String,
    unread: Unread,
}

/// What happens to bytes that were not read yet.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Unread {
    /// They stay for the next reader: the user may have typed ahead.
    Kept,
    /// They are discarded.
    Dropped,
}

/// Restores the modes. Failures are ignored: a terminal that is gone has no modes.
fn restore_modes(tty: &File, before: &Termios, unread: Unread) {
    if unread == Unread::Dropped {
        let _ = rustix::termios::tcflush(tty, QueueSelector::IFlush);
    }
    let _ = rustix::termios::tcsetattr(tty, OptionalActions::Now, before);
}

fn modes() -> MutexGuard<'static, Modes> {
    MODES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Locks the right to draw or erase progress lines. The guard holds their number, which must be
/// kept up to date.
pub(super) fn bars() -> MutexGuard<'static, usize> {
    BARS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Tries the same for 100 ms only: while Ctrl-S stops the terminal, the thread that draws may hold
/// the lock for ever.
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

/// Erases progress and an open question, and restores the terminal's modes. Called by the signal
/// thread just before the process dies. It waits at most for a change of modes under way and for
/// 100 ms; no question is asked after it.
pub(crate) fn restore_terminal() {
    let state = std::mem::replace(&mut *modes(), Modes::Ended);
    if let Some(mut lines) = bars_soon()
        && *lines > 0
    {
        Stream::Stderr.write_now(erase_lines(*lines - 1).as_bytes());
        *lines = 0;
    }
    restore_after_question(state);
    // Last, because it also leaves what the question showed.
    close_own_screen();
}

fn restore_after_question(state: Modes) {
    let Modes::Changed {
        tty,
        before,
        restore,
    } = state
    else {
        return;
    };
    // In the background, changing the terminal would stop the process instead of letting it end.
    if !tty.in_foreground() {
        return;
    }
    restore_modes(&tty.input, &before, restore.unread);
    stream::write_now(
        tty.output.as_fd(),
        [restore.always, &restore.early].concat().as_bytes(),
    );
}

/// Returns whether [`restore_terminal`] was called.
pub(super) fn is_ending() -> bool {
    matches!(*modes(), Modes::Ended)
}

/// An open terminal.
#[derive(Clone)]
struct Tty {
    input: Arc<File>,
    output: Arc<File>,
    /// Whether the terminal belongs to the session of this process, so that keys send it signals.
    controls: bool,
}

impl Tty {
    fn in_foreground(&self) -> bool {
        !self.controls
            || rustix::termios::tcgetpgrp(&self.input)
                .is_ok_and(|group| group == rustix::process::getpgrp())
    }
}

/// Returns the sequence that moves to the beginning of the line `up` lines above and erases
/// everything after it.
fn erase_lines(up: usize) -> String {
    if up == 0 {
        "\r\x1b[J".into()
    } else {
        format!("\r\x1b[{up}A\x1b[J")
    }
}

/// Opens the controlling terminal, whatever the standard streams are; without one, the terminal of
/// standard input and standard error.
fn open_tty() -> io::Result<Tty> {
    let flags = OFlags::NOCTTY.bits().cast_signed();
    let tty = OpenOptions::new()
        .read(true)
        .write(true)
        .custom_flags(flags)
        .open("/dev/tty");
    match tty {
        Ok(tty) => {
            let tty = Arc::new(tty);
            Ok(Tty {
                input: Arc::clone(&tty),
                output: tty,
                controls: true,
            })
        }
        Err(error) => {
            let (stdin, stderr) = (rustix::stdio::stdin(), rustix::stdio::stderr());
            if !rustix::termios::isatty(stdin) || !rustix::termios::isatty(stderr) {
                return Err(error);
            }
            Ok(Tty {
                input: Arc::new(stdin.try_clone_to_owned()?.into()),
                output: Arc::new(stderr.try_clone_to_owned()?.into()),
                controls: false,
            })
        }
    }
}

/// Whether the answer is shown while it is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Echo {
    Seen,
    Hidden,
    /// Not shown, and the question itself contains a secret, which must be erased when a signal
    /// ends the run.
    HiddenAfterSecret,
}

/// The result of reading a line.
pub(super) enum Typed {
    Text(Zeroizing<String>),
    /// The line cannot be an answer, for this reason.
    Unfit(&'static str),
    /// The user ended the input.
    End,
}

/// The result of reading bytes.
pub(super) enum Received {
    /// The number of bytes read.
    Bytes(usize),
    /// The terminal is gone.
    HungUp,
}

/// The bytes of the keys that interrupt or end input; 0 for a key that is not set.
#[derive(Clone, Copy, Debug)]
pub(super) struct Keys {
    pub(super) interrupt: u8,
    pub(super) quit: u8,
    pub(super) end: u8,
}

/// The terminal.
pub(super) struct Terminal {
    tty: Tty,
    dumb: bool,
}

impl Terminal {
    /// Opens the terminal; fails if the process has none.
    pub(super) fn open(dumb: bool) -> io::Result<Self> {
        Ok(Self {
            tty: open_tty()?,
            dumb,
        })
    }

    /// Returns a question to show on the terminal. A secret gets a screen of its own, which has no
    /// scrollback and is left empty.
    pub(super) fn question(&self, text: Zeroizing<String>, echo: Echo) -> OpenQuestion {
        OpenQuestion {
            tty: Arc::clone(&self.tty.output),
            text,
            dumb: self.dumb,
            own_screen: echo == Echo::HiddenAfterSecret && !self.dumb,
        }
    }

    /// Returns whether nothing that is shown can be erased.
    pub(super) fn keeps_all(&self) -> bool {
        self.dumb
    }

    /// Returns the columns and rows of the window.
    pub(super) fn size(&self) -> (usize, usize) {
        let terminal = &self.tty.output;
        (
            stream::columns_of(terminal).unwrap_or(80),
            stream::rows_of(terminal).unwrap_or(24),
        )
    }

    /// Sets the modes for one answer; dropping the guard restores them.
    pub(super) fn prepare(&self, echo: Echo, question: &OpenQuestion) -> io::Result<Prepared> {
        let early = match echo {
            Echo::HiddenAfterSecret => question.erasure(0),
            Echo::Seen | Echo::Hidden => "\n".to_owned(),
        };
        let restore = Restore {
            always: "",
            early,
            unread: Unread::Kept,
        };
        self.change(restore, |modes| {
            modes.input_modes |= InputModes::ICRNL;
            modes.local_modes |= LocalModes::ICANON | LocalModes::ISIG;
            if !self.tty.controls {
                // No signal would come, so the key ends the line, and with it the question.
                modes.local_modes.remove(LocalModes::ISIG);
                modes.special_codes[SpecialCodeIndex::VEOL] =
                    modes.special_codes[SpecialCodeIndex::VINTR];
            }
            modes.local_modes.set(LocalModes::ECHO, echo == Echo::Seen);
            modes.local_modes.remove(LocalModes::ECHONL);
            // After Ctrl-Z the shell would turn the echo on, and `fg` would not turn it off again.
            modes.special_codes[SpecialCodeIndex::VSUSP] = 0;
        })
        .map(|(prepared, _)| prepared)
    }

    /// Sets the modes for one paste: no lines, which are limited to 4,095 bytes, no echo, and every
    /// key is a byte. Bytes that were not read are discarded at the end.
    pub(super) fn prepare_for_paste(&self) -> io::Result<(Prepared, Keys)> {
        let always = if self.dumb { "" } else { "\x1b[?2004l" };
        let restore = Restore {
            always,
            early: "\n".to_owned(),
            unread: Unread::Dropped,
        };
        let (prepared, before) = self.change(restore, |modes| {
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
            stream::write(self.tty.output.as_fd(), b"\x1b[?2004h")?;
        }
        Ok((prepared, keys))
    }

    /// Sets the modes for discarding what was typed ahead; `None` in the background, where that
    /// would stop the process.
    pub(super) fn prepare_to_discard(&self) -> io::Result<Option<Prepared>> {
        if !self.tty.in_foreground() {
            return Ok(None);
        }
        let restore = Restore {
            always: "",
            early: String::new(),
            unread: Unread::Dropped,
        };
        let changed = self.change(restore, |modes| {
            modes
                .local_modes
                .remove(LocalModes::ICANON | LocalModes::ECHO | LocalModes::ECHONL);
            modes.special_codes[SpecialCodeIndex::VMIN] = 1;
            modes.special_codes[SpecialCodeIndex::VTIME] = 0;
        });
        changed.map(|(prepared, _)| Some(prepared))
    }

    /// Remembers the modes, to restore them after another program has used the terminal.
    pub(super) fn prepare_to_lend(&self) -> io::Result<Prepared> {
        let restore = Restore {
            always: "",
            early: String::new(),
            unread: Unread::Kept,
        };
        self.change(restore, |_| {}).map(|(prepared, _)| prepared)
    }

    /// Writes a text that stays on the screen.
    pub(super) fn show(&self, text: &str) -> io::Result<()> {
        stream::write(self.tty.output.as_fd(), text.as_bytes())
    }

    /// The open terminal, for another program.
    pub(super) fn file(&self) -> &File {
        &self.tty.input
    }

    fn change(
        &self,
        restore: Restore,
        change: impl FnOnce(&mut Termios),
    ) -> io::Result<(Prepared, Termios)> {
        let mut state = modes();
        if !matches!(*state, Modes::Unchanged) {
            return Err(io::Error::other("bulla is exiting"));
        }
        let before = rustix::termios::tcgetattr(&self.tty.input)?;
        let mut modes = before.clone();
        change(&mut modes);
        *state = Modes::Changed {
            tty: self.tty.clone(),
            before: Box::new(before.clone()),
            restore,
        };
        rustix::termios::tcsetattr(&self.tty.input, OptionalActions::Now, &modes)?;
        Ok((Prepared, before))
    }

    /// Waits for bytes and reads them.
    pub(super) fn read_some(&self, into: &mut [u8]) -> io::Result<Received> {
        loop {
            match (&*self.tty.input).read(into) {
                Ok(0) => return Ok(Received::HungUp),
                Ok(read) => return Ok(Received::Bytes(read)),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    stream::wait_for(self.tty.input.as_fd(), PollFlags::IN)?;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Reads what comes within `time`; `None` if nothing does.
    pub(super) fn read_within(
        &self,
        into: &mut [u8],
        time: Duration,
    ) -> io::Result<Option<Received>> {
        let mut ready = [PollFd::new(&*self.tty.input, PollFlags::IN)];
        let time = Timespec::try_from(time).map_err(|_| io::ErrorKind::InvalidInput)?;
        match rustix::event::poll(&mut ready, Some(&time)) {
            Ok(0) => Ok(None),
            Ok(_) => self.read_some(into).map(Some),
            Err(Errno::INTR) => Ok(Some(Received::Bytes(0))),
            Err(error) => Err(error.into()),
        }
    }

    /// Reads one line.
    pub(super) fn read_line(&self) -> io::Result<Typed> {
        let modes = rustix::termios::tcgetattr(&self.tty.input)?;
        let interrupt = modes.special_codes[SpecialCodeIndex::VINTR];
        let interrupt = (!self.tty.controls && interrupt != 0).then_some(interrupt);
        let config = rpassword::ConfigBuilder::new()
            .input_reader(LineReader::new(Arc::clone(&self.tty.input), interrupt))
            .output_discard()
            .build();
        match rpassword::read_password_with_config(config) {
            Ok(text) => Ok(Typed::Text(Zeroizing::new(text))),
            Err(error) => match error.downcast() {
                Ok(NoLine::Unfit(why)) => Ok(Typed::Unfit(why)),
                Ok(NoLine::End) => Ok(Typed::End),
                Err(error) => Err(error),
            },
        }
    }
}

/// The reason why a [`LineReader`] has no line. Not an "unexpected end of file", which `rpassword`
/// takes for the end of a line.
#[derive(Debug, thiserror::Error)]
enum NoLine {
    #[error("{0}")]
    Unfit(&'static str),
    #[error("the input ended")]
    End,
}

/// Reads one line from a terminal, and passes it on only if it is complete and has no control
/// character.
struct LineReader {
    tty: Arc<File>,
    line: Box<Zeroizing<[u8; LINE_MAX]>>,
    /// The part of the line that was not passed on yet.
    rest: Range<usize>,
    /// The key that ends the input here because it sends no signal.
    interrupt: Option<u8>,
}

impl LineReader {
    fn new(tty: Arc<File>, interrupt: Option<u8>) -> Self {
        Self {
            tty,
            interrupt,
            line: Box::new(Zeroizing::new([0; LINE_MAX])),
            rest: 0..0,
        }
    }

    /// Reads the line, and returns its length with the line end.
    fn fill(&mut self) -> io::Result<usize> {
        let mut length = 0;
        while !self.line[..length].ends_with(b"\n") {
            if length == LINE_MAX {
                return Err(too_long());
            }
            match (&*self.tty).read(&mut self.line[length..]) {
                Ok(0) => return Err(io::Error::other(NoLine::End)),
                Ok(read) => length += read,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    stream::wait_for(self.tty.as_fd(), PollFlags::IN)?;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
            let line = &self.line[..length];
            if self.interrupt.is_some_and(|key| line.ends_with(&[key])) {
                return Err(io::Error::other(NoLine::End));
            }
        }
        // The terminal silently drops what comes before the end of a line that is full.
        if length == LINE_MAX {
            return Err(too_long());
        }
        let Ok(text) = std::str::from_utf8(&self.line[..length - 1]) else {
            return Err(io::Error::other(NoLine::Unfit("That is not UTF-8")));
        };
        if text.chars().any(char::is_control) {
            return Err(io::Error::other(NoLine::Unfit(
                "A control character was typed (an arrow key?)",
            )));
        }
        Ok(length)
    }
}

fn too_long() -> io::Error {
    io::Error::other(NoLine::Unfit("That is too long"))
}

impl Read for LineReader {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.rest.is_empty() {
            self.rest = 0..self.fill()?;
        }
        let read = into.len().min(self.rest.len());
        let end = self.rest.start + read;
        into[..read].copy_from_slice(&self.line[self.rest.start..end]);
        self.rest.start = end;
        Ok(read)
    }
}

/// What refuses requests to stop: called with true at the beginning, and with false at the end.
static HOLD_STOPS: OnceLock<fn(bool)> = OnceLock::new();

/// Sets the function that refuses requests to stop (Ctrl-Z, SIGTSTP) while a secret is shown. It
/// would stay on the screen, below the prompt of the shell.
pub(crate) fn hold_stops_with(hold: fn(bool)) {
    HOLD_STOPS.get_or_init(|| hold);
}

/// Requests to stop are refused as long as this exists.
pub(super) struct StopRefused;

impl StopRefused {
    pub(super) fn begin() -> Self {
        if let Some(hold) = HOLD_STOPS.get() {
            hold(true);
        }
        Self
    }
}

impl Drop for StopRefused {
    fn drop(&mut self) {
        if let Some(hold) = HOLD_STOPS.get() {
            hold(false);
        }
    }
}

/// Several questions are asked on the alternate screen as long as this exists.
pub(super) struct OwnScreen;

impl OwnScreen {
    /// Switches to the alternate screen, empty.
    pub(super) fn open(terminal: &Terminal) -> io::Result<Self> {
        *OWN.lock().unwrap_or_else(PoisonError::into_inner) = Some(terminal.tty.clone());
        let opened = Self;
        stream::write(terminal.tty.output.as_fd(), OWN_SCREEN.as_bytes())?;
        Ok(opened)
    }
}

impl Drop for OwnScreen {
    fn drop(&mut self) {
        close_own_screen();
    }
}

/// Leaves the alternate screen, if several questions are asked on it.
fn close_own_screen() {
    let tty = OWN.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(tty) = tty.filter(Tty::in_foreground) {
        stream::write_now(tty.output.as_fd(), FORMER_SCREEN.as_bytes());
    }
}

/// Guards changed modes; dropping it restores them.
pub(super) struct Prepared;

impl Drop for Prepared {
    fn drop(&mut self) {
        let mut state = modes();
        if let Modes::Changed {
            tty,
            before,
            restore,
        } = &*state
        {
            stream::write_now(tty.output.as_fd(), restore.always.as_bytes());
            restore_modes(&tty.input, before, restore.unread);
            *state = Modes::Unchanged;
        }
    }
}

/// A question shown on the terminal.
pub(super) struct OpenQuestion {
    tty: Arc<File>,
    text: Zeroizing<String>,
    dumb: bool,
    /// Whether it is shown on the alternate screen.
    own_screen: bool,
}

impl OpenQuestion {
    /// Shows the question, with one write.
    pub(super) fn show(&self) -> io::Result<()> {
        if !self.own_screen {
            return stream::write(self.tty.as_fd(), self.text.as_bytes());
        }
        let shown = Zeroizing::new([OWN_SCREEN, self.text.as_str()].concat());
        stream::write(self.tty.as_fd(), shown.as_bytes())
    }

    /// Returns the number of rows that it takes.
    pub(super) fn height(&self) -> usize {
        self.rows(0)
    }

    /// Returns the sequence that erases the question if the cursor is `below` lines under its last
    /// line.
    pub(super) fn erasure(&self, below: usize) -> String {
        if self.own_screen {
            FORMER_SCREEN.into()
        } else if !self.dumb {
            erase_lines(self.rows(0) - 1 + below)
        } else if below == 0 {
            "\n".into()
        } else {
            String::new()
        }
    }

    /// Erases the question, and the answer if it was echoed with its line end.
    pub(super) fn erase(&self, answer: Option<&str>) -> io::Result<()> {
        let below = answer.map_or(0, |answer| self.rows(width(answer)) - self.rows(0) + 1);
        stream::write(self.tty.as_fd(), self.erasure(below).as_bytes())
    }

    /// Returns the number of rows of the question, with `typed` columns after it.
    fn rows(&self, typed: usize) -> usize {
        let columns = stream::columns_of(&self.tty).unwrap_or(80);
        rows(&self.text, typed, columns)
    }
}

/// Returns the number of rows of a text with `typed` columns after it. A row that is exactly full
/// does not begin another.
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
