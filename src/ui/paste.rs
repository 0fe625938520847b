//! A text pasted into the terminal, taken whole: longer than a line may be, unseen, and with nothing of it left for
//! whatever reads the terminal next.
//!
//! Owns where a paste ends: at the marker that a terminal sends (bracketed paste), else at Ctrl-D. It does not know what
//! was pasted.

use std::io;
use std::time::Duration;

use rustix::process::Signal;

use crate::ui::message::Ui;
use crate::ui::prompt::PromptError;
use crate::ui::terminal::{Keys, Taken, Terminal, is_ending};

/// The most that is taken.
pub(super) const LARGEST: usize = 16 << 20;

/// After such a time without a byte a paste is over: it comes at the terminal's speed.
const QUIET: Duration = Duration::from_millis(200);
const WARY: Duration = Duration::from_secs(1);
/// Within a paste that a key ended its own end is still to come.
const OPEN: Duration = Duration::from_secs(3);

/// What a terminal sends before a paste and after it.
const BEGIN: &[u8] = b"\x1b[200~";
const END: &[u8] = b"\x1b[201~";

/// What was pasted.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Pasted {
    /// As the terminal sent it, without its markers.
    pub(crate) bytes: Vec<u8>,
    /// More came after the end, and was thrown away.
    pub(crate) followed: bool,
}

impl Ui {
    /// Asks for a text to be pasted, and takes it.
    ///
    /// # Errors
    /// [`PromptError`] where there is none. Ctrl-C ends the run.
    pub(crate) fn paste(&self, prompt: &str) -> Result<Pasted, PromptError> {
        let turn = self.in_turn().map_err(|_| PromptError::NoPaste)?;
        turn.paste(&format!("{prompt}, then press Ctrl-D if nothing happens: "))
    }
}

/// Takes a paste from a terminal that is prepared for it. What follows it is taken too, so that nobody else reads it.
pub(super) fn take(terminal: &Terminal, keys: Keys) -> Result<Pasted, PromptError> {
    let mut reading = Reading {
        bytes: Vec::new(),
        keys,
        open: false,
    };
    let mut some = vec![0; 1 << 16];
    loop {
        let read = match terminal.take_some(&mut some)? {
            Taken::Bytes(read) => read,
            Taken::HungUp => return Err(PromptError::Declined),
        };
        let Some((at, end)) = some[..read].iter().enumerate().find_map(|(at, &byte)| {
            let end = reading.add(byte)?;
            Some((at, end))
        }) else {
            continue;
        };
        let mut rest = Rest {
            open: reading.open,
            followed: false,
            tail: Vec::new(),
        };
        rest.add(&some[at + 1..read]);
        drain(terminal, &mut some, &mut rest)?;
        return match end {
            End::Whole => Ok(Pasted {
                bytes: reading.bytes,
                followed: rest.followed,
            }),
            End::TooLarge => Err(PromptError::TooLarge),
            End::Signal(signal) => Err(PromptError::Signal(signal)),
        };
    }
}

/// Takes what still comes, until nothing does.
fn drain(terminal: &Terminal, some: &mut [u8], rest: &mut Rest) -> io::Result<()> {
    while let Some(Taken::Bytes(read)) = terminal.take_within(some, rest.patience())? {
        rest.add(&some[..read]);
    }
    Ok(())
}

/// What came after the end, and is for nobody.
struct Rest {
    /// The paste's own end has not come yet.
    open: bool,
    followed: bool,
    /// Where the marker may have begun.
    tail: Vec<u8>,
}

impl Rest {
    fn add(&mut self, bytes: &[u8]) {
        self.followed |= says_something(bytes);
        if self.open {
            self.tail.extend_from_slice(bytes);
            self.open = !self.tail.windows(END.len()).any(|window| window == END);
            self.tail
                .drain(..self.tail.len().saturating_sub(END.len() - 1));
        }
    }

    /// Where something came that should not have, or is bound to come, more is waited for longer: a terminal may have
    /// been busy meanwhile.
    fn patience(&self) -> Duration {
        match (self.open, self.followed) {
            (true, _) => OPEN,
            (false, true) => WARY,
            (false, false) => QUIET,
        }
    }
}

/// Someone may press enter after a paste, and Ctrl-D.
fn says_something(bytes: &[u8]) -> bool {
    bytes
        .iter()
        .any(|byte| !byte.is_ascii_whitespace() && *byte != 4)
}

/// Sends the signal that a key would have sent, to all that it would have reached. It comes back only where the signal
/// is ignored.
pub(super) fn raise(signal: Signal) {
    if rustix::process::kill_current_process_group(signal).is_ok() {
        for _ in 0..100 {
            std::thread::sleep(Duration::from_millis(10));
            while is_ending() {
                std::thread::park();
            }
        }
    }
}

/// What has come so far.
struct Reading {
    bytes: Vec<u8>,
    keys: Keys,
    /// Between the markers of a paste.
    open: bool,
}

/// Why no more is read.
#[derive(Debug, PartialEq, Eq)]
enum End {
    Whole,
    TooLarge,
    Signal(Signal),
}

impl Reading {
    /// Takes a byte; tells whether it ends the paste. Keys do that within a paste too: what comes after them is thrown
    /// away, whoever sent it.
    fn add(&mut self, byte: u8) -> Option<End> {
        let is = |key: u8| key != 0 && key == byte;
        if is(self.keys.interrupt) {
            return Some(End::Signal(Signal::INT));
        } else if is(self.keys.quit) {
            return Some(End::Signal(Signal::QUIT));
        } else if is(self.keys.end) {
            return Some(End::Whole);
        }
        self.bytes.push(byte);
        for marker in [BEGIN, END] {
            if byte == b'~' && self.bytes.ends_with(marker) {
                self.bytes.truncate(self.bytes.len() - marker.len());
                self.open = marker == BEGIN;
                return (marker == END).then_some(End::Whole);
            }
        }
        (self.bytes.len() > LARGEST).then_some(End::TooLarge)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(sent: &[u8]) -> (Vec<u8>, Option<End>, usize) {
        let keys = Keys {
            interrupt: 3,
            quit: 0x1c,
            end: 4,
        };
        let mut reading = Reading {
            bytes: Vec::new(),
            keys,
            open: false,
        };
        for (at, byte) in sent.iter().enumerate() {
            if let Some(end) = reading.add(*byte) {
                return (reading.bytes, Some(end), at + 1);
            }
        }
        (reading.bytes, None, sent.len())
    }

    #[test]
    fn a_paste_ends_at_its_marker_or_at_a_key() {
        for (sent, want, end, left) in [
            (
                &b"\x1b[200~a\nb\x1b[201~"[..],
                &b"a\nb"[..],
                Some(End::Whole),
                0,
            ),
            (b"\x1b[200~a\x1b[201~rm\n", b"a", Some(End::Whole), 3),
            (b"a\x1b[201~b", b"a", Some(End::Whole), 1),
            (
                b"typed \x1b[200~a\x1b[200~b\x1b[201~",
                b"typed ab",
                Some(End::Whole),
                0,
            ),
            (b"a\nb\x04c", b"a\nb", Some(End::Whole), 1),
            (b"\x1b[200~a\x04b\x1b[201~", b"a", Some(End::Whole), 7),
            (b"\x1b[200~a\x03b", b"a", Some(End::Signal(Signal::INT)), 1),
            (b"\x1c", b"", Some(End::Signal(Signal::QUIT)), 0),
            (b"\x1b[200~a\x1b[20~b~\x00", b"a\x1b[20~b~\x00", None, 0),
            (b"", b"", None, 0),
        ] {
            let (bytes, found, read) = read(sent);
            assert_eq!(
                (bytes.as_slice(), found, sent.len() - read),
                (want, end, left),
                "{sent:?}"
            );
        }
    }

    #[test]
    fn the_rest_of_a_paste_that_a_key_ended_is_waited_for() {
        for (open, pieces, patience) in [
            (false, &[&b""[..]][..], QUIET),
            (false, &[b"\n\x04"], QUIET),
            (false, &[b"rm"], WARY),
            (true, &[b""], OPEN),
            (true, &[b"rm\n", b"\x1b[20", b"0~"], OPEN),
            (true, &[b"rm\n\x1b[201~"], WARY),
            (true, &[b"\x1b", b"[", b"201", b"~"], WARY),
        ] {
            let mut rest = Rest {
                open,
                followed: false,
                tail: Vec::new(),
            };
            pieces.iter().for_each(|piece| rest.add(piece));
            assert_eq!(rest.patience(), patience, "{pieces:?}");
        }
    }

    #[test]
    fn a_paste_is_not_taken_without_end() {
        let (bytes, end, _) = read(&vec![b'x'; LARGEST + 10]);
        assert_eq!((bytes.len(), end), (LARGEST + 1, Some(End::TooLarge)));
    }
}
