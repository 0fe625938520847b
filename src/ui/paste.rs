//! Reads a text pasted into the terminal, completely.
//!
//! It may be longer than a line, it is not echoed, and nothing of it is left for the program that
//! reads the terminal next. A paste ends at the marker that the terminal sends (bracketed paste),
//! or else at Ctrl-D. This module does not know what was pasted.

use std::io;
use std::time::Duration;

use rustix::process::Signal;

use crate::ui::terminal::{Keys, Received, Terminal, is_ending};

/// The most bytes that are accepted.
pub(super) const LARGEST: usize = 16 << 20;

/// A paste is over after this time without a byte: it arrives at the terminal's speed.
const SILENCE: Duration = Duration::from_millis(200);
/// The same after text that does not belong to the paste.
const LONG_SILENCE: Duration = Duration::from_secs(1);
/// The same where the end marker of the paste is still to come, because a key ended the paste
/// early.
const PASTING: Duration = Duration::from_secs(3);

/// Sent by a terminal before a paste.
const BEGIN: &[u8] = b"\x1b[200~";
/// Sent by a terminal after a paste.
const END: &[u8] = b"\x1b[201~";

/// A pasted text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Pasted {
    /// The bytes as the terminal sent them, without its markers.
    pub(crate) bytes: Vec<u8>,
    /// Whether more came after the end and was discarded.
    pub(crate) followed: bool,
}

/// The reason why nothing was pasted.
#[derive(Debug)]
pub(super) enum PasteError {
    /// The terminal is gone.
    HungUp,
    /// More than [`LARGEST`] bytes came.
    TooLarge,
    /// A key was pressed that sends this signal.
    Signal(Signal),
    /// Reading from the terminal failed.
    Io(io::Error),
}

impl From<io::Error> for PasteError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// Reads a paste from a terminal that is prepared for it. Also reads what follows, so that no other
/// program gets it.
pub(super) fn read(terminal: &Terminal, keys: Keys) -> Result<Pasted, PasteError> {
    let mut reading = Reading {
        bytes: Vec::new(),
        keys,
        pasting: false,
    };
    let mut buffer = vec![0; 1 << 16];
    loop {
        let read = match terminal.read_some(&mut buffer)? {
            Received::Bytes(read) => read,
            Received::HungUp => return Err(PasteError::HungUp),
        };
        let Some((at, end)) = buffer[..read].iter().enumerate().find_map(|(at, &byte)| {
            let end = reading.add(byte)?;
            Some((at, end))
        }) else {
            continue;
        };
        let mut rest = Rest {
            pasting: reading.pasting,
            followed: false,
            tail: Vec::new(),
        };
        rest.add(&buffer[at + 1..read]);
        drain(terminal, &mut buffer, &mut rest)?;
        return match end {
            End::Complete => Ok(Pasted {
                bytes: reading.bytes,
                followed: rest.followed,
            }),
            End::TooLarge => Err(PasteError::TooLarge),
            End::Signal(signal) => Err(PasteError::Signal(signal)),
        };
    }
}

/// Reads and discards what still comes, until nothing does.
fn drain(terminal: &Terminal, buffer: &mut [u8], rest: &mut Rest) -> io::Result<()> {
    while let Some(Received::Bytes(read)) = terminal.read_within(buffer, rest.patience())? {
        rest.add(&buffer[..read]);
    }
    Ok(())
}

/// What came after the end, and is discarded.
struct Rest {
    /// Whether the end marker of the paste is still to come.
    pasting: bool,
    followed: bool,
    /// The last bytes, in which the marker may have begun.
    tail: Vec<u8>,
}

impl Rest {
    fn add(&mut self, bytes: &[u8]) {
        self.followed |= has_text(bytes);
        if self.pasting {
            self.tail.extend_from_slice(bytes);
            self.pasting = !self.tail.windows(END.len()).any(|window| window == END);
            self.tail
                .drain(..self.tail.len().saturating_sub(END.len() - 1));
        }
    }

    /// Returns how long to wait for more: longer if unexpected text came or the marker is still
    /// missing, because the terminal may be busy.
    fn patience(&self) -> Duration {
        if self.pasting {
            PASTING
        } else if self.followed {
            LONG_SILENCE
        } else {
            SILENCE
        }
    }
}

/// Returns whether there is more than the Enter or Ctrl-D that people press after a paste.
fn has_text(bytes: &[u8]) -> bool {
    bytes
        .iter()
        .any(|byte| !byte.is_ascii_whitespace() && *byte != 4)
}

/// Sends the signal that a key would have sent to all processes the key would have reached. Returns
/// only if the signal is ignored.
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
    /// Whether the last marker was that of the beginning.
    pasting: bool,
}

/// The reason why no more is read.
#[derive(Debug, PartialEq, Eq)]
enum End {
    Complete,
    TooLarge,
    Signal(Signal),
}

impl Reading {
    /// Adds a byte, and returns the end if the byte ends the paste. Keys end it even between the
    /// markers; what comes after them is discarded, whether typed or pasted.
    fn add(&mut self, byte: u8) -> Option<End> {
        let is = |key: u8| key != 0 && key == byte;
        if is(self.keys.interrupt) {
            return Some(End::Signal(Signal::INT));
        } else if is(self.keys.quit) {
            return Some(End::Signal(Signal::QUIT));
        } else if is(self.keys.end) {
            return Some(End::Complete);
        }
        self.bytes.push(byte);
        for marker in [BEGIN, END] {
            if byte == b'~' && self.bytes.ends_with(marker) {
                self.bytes.truncate(self.bytes.len() - marker.len());
                self.pasting = marker == BEGIN;
                return (marker == END).then_some(End::Complete);
            }
        }
        (self.bytes.len() > LARGEST).then_some(End::TooLarge)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn added(sent: &[u8]) -> (Vec<u8>, Option<End>, usize) {
        let keys = Keys {
            interrupt: 3,
            quit: 0x1c,
            end: 4,
        };
        let mut reading = Reading {
            bytes: Vec::new(),
            keys,
            pasting: false,
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
                Some(End::Complete),
                0,
            ),
            (b"\x1b[200~a\x1b[201~rm\n", b"a", Some(End::Complete), 3),
            (b"a\x1b[201~b", b"a", Some(End::Complete), 1),
            (
                b"typed \x1b[200~a\x1b[200~b\x1b[201~",
                b"typed ab",
                Some(End::Complete),
                0,
            ),
            (b"a\nb\x04c", b"a\nb", Some(End::Complete), 1),
            (b"\x1b[200~a\x04b\x1b[201~", b"a", Some(End::Complete), 7),
            (b"\x1b[200~a\x03b", b"a", Some(End::Signal(Signal::INT)), 1),
            (b"\x1c", b"", Some(End::Signal(Signal::QUIT)), 0),
            (b"\x1b[200~a\x1b[20~b~\x00", b"a\x1b[20~b~\x00", None, 0),
            (b"", b"", None, 0),
        ] {
            let (bytes, found, read) = added(sent);
            assert_eq!(
                (bytes.as_slice(), found, sent.len() - read),
                (want, end, left),
                "{sent:?}"
            );
        }
    }

    #[test]
    fn the_rest_of_a_paste_that_a_key_ended_is_waited_for() {
        for (pasting, pieces, patience) in [
            (false, &[&b""[..]][..], SILENCE),
            (false, &[b"\n\x04"], SILENCE),
            (false, &[b"rm"], LONG_SILENCE),
            (true, &[b""], PASTING),
            (true, &[b"rm\n", b"\x1b[20", b"0~"], PASTING),
            (true, &[b"rm\n\x1b[201~"], LONG_SILENCE),
            (true, &[b"\x1b", b"[", b"201", b"~"], LONG_SILENCE),
        ] {
            let mut rest = Rest {
                pasting,
                followed: false,
                tail: Vec::new(),
            };
            pieces.iter().for_each(|piece| rest.add(piece));
            assert_eq!(rest.patience(), patience, "{pieces:?}");
        }
    }

    #[test]
    fn a_paste_is_not_taken_without_end() {
        let (bytes, end, _) = added(&vec![b'x'; LARGEST + 10]);
        assert_eq!((bytes.len(), end), (LARGEST + 1, Some(End::TooLarge)));
    }
}
