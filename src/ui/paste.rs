//! Reads a text pasted into the terminal, completely.
//!
//! It may be longer than a line, it is not echoed, and nothing of it is left for the program that
//! reads the terminal next. A paste ends at the marker that the terminal sends (bracketed paste),
//! or else at the last line of an armored text or at Ctrl-D. This module does not know what was
//! pasted.

use std::io;
use std::time::Duration;

use rustix::process::Signal;
use zeroize::Zeroizing;

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

/// Begins the first and the last line of an armored text.
const ARMOR_BEGIN: &[u8] = b"-----BEGIN ";
const ARMOR_END: &[u8] = b"-----END ";
const DASHES: &[u8] = b"-----";

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
pub(super) enum PasteReadError {
    /// The terminal is gone.
    HungUp,
    /// More than [`LARGEST`] bytes came.
    TooLarge,
    /// A key was pressed that sends this signal.
    Signal(Signal),
    /// Reading from the terminal failed.
    Io(io::Error),
}

impl From<io::Error> for PasteReadError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// Reads a paste from a terminal that is prepared for it. Also reads what follows, so that no other
/// program gets it.
///
/// Where the terminal marks no paste, it also ends once `is_whole` says so of lines that have come.
pub(super) fn read(
    terminal: &Terminal,
    keys: Keys,
    is_whole: fn(&[u8]) -> bool,
) -> Result<Pasted, PasteReadError> {
    let mut reading = Reading {
        bytes: Vec::new(),
        keys,
        pasting: false,
        is_whole,
    };
    let mut buffer = vec![0; 1 << 16];
    loop {
        let read = match terminal.read_some(&mut buffer)? {
            Received::Bytes(read) => read,
            Received::HungUp => return Err(PasteReadError::HungUp),
        };
        let Some((at, end)) = buffer[..read].iter().enumerate().find_map(|(at, &byte)| {
            let end = reading.add(byte)?;
            Some((at, end))
        }) else {
            continue;
        };
        let mut rest = Rest {
            pasting: reading.pasting,
            kept: (end == End::Armor).then(Zeroizing::default),
            ..Rest::default()
        };
        rest.add(&buffer[at + 1..read]);
        drain(terminal, &mut buffer, &mut rest)?;
        return match end {
            End::Complete | End::Armor => {
                let mut bytes = reading.bytes;
                // Several armored texts were pasted.
                let more = rest.kept.take().filter(|more| begins_armor(more));
                bytes.extend_from_slice(more.as_deref().map_or(&[][..], Vec::as_slice));
                Ok(Pasted {
                    bytes,
                    followed: rest.followed && more.is_none(),
                })
            }
            End::TooLarge => Err(PasteReadError::TooLarge),
            End::Signal(signal) => Err(PasteReadError::Signal(signal)),
        };
    }
}

/// Discards what was typed or pasted ahead, and what still comes.
pub(super) fn discard(terminal: &Terminal) -> io::Result<()> {
    drain(terminal, &mut vec![0; 1 << 16], &mut Rest::default())
}

/// Returns whether the last line of an armored text is complete.
fn ends_armor(bytes: &[u8]) -> bool {
    let Some(label) = bytes.strip_suffix(DASHES) else {
        return false;
    };
    let last = label
        .windows(ARMOR_END.len())
        .rposition(|window| window == ARMOR_END)
        .map(|at| &label[at + ARMOR_END.len()..]);
    last.is_some_and(|label| {
        !label.is_empty() && label.iter().all(|c| c.is_ascii_uppercase() || *c == b' ')
    })
}

fn begins_armor(bytes: &[u8]) -> bool {
    bytes
        .windows(ARMOR_BEGIN.len())
        .any(|window| window == ARMOR_BEGIN)
}

/// Reads and discards what still comes, until nothing does.
fn drain(terminal: &Terminal, buffer: &mut [u8], rest: &mut Rest) -> io::Result<()> {
    while let Some(Received::Bytes(read)) = terminal.read_within(buffer, rest.patience())? {
        rest.add(&buffer[..read]);
    }
    Ok(())
}

/// What came after the end, and is discarded.
#[derive(Default)]
struct Rest {
    /// What came, up to a limit, if it may be another text.
    kept: Option<Zeroizing<Vec<u8>>>,
    /// Whether the end marker of the paste is still to come.
    pasting: bool,
    followed: bool,
    /// The last bytes, in which the marker may have begun.
    tail: Vec<u8>,
}

impl Rest {
    fn add(&mut self, bytes: &[u8]) {
        self.followed |= has_text(bytes);
        if let Some(kept) = self.kept.as_mut().filter(|kept| kept.len() < LARGEST) {
            kept.extend_from_slice(bytes);
        }
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
    is_whole: fn(&[u8]) -> bool,
}

/// The reason why no more is read.
#[derive(Debug, PartialEq, Eq)]
enum End {
    Complete,
    /// Without markers of a paste, the last line of an armored text.
    Armor,
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
        if !self.pasting && byte == b'-' && ends_armor(&self.bytes) {
            return Some(End::Armor);
        }
        if !self.pasting && byte == b'\n' && (self.is_whole)(&self.bytes) {
            return Some(End::Complete);
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
            is_whole: |bytes| bytes.ends_with(b"END\n"),
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
            (
                b"-----BEGIN A B-----\nx\n-----END A B-----\nrm\n",
                b"-----BEGIN A B-----\nx\n-----END A B-----",
                Some(End::Armor),
                4,
            ),
            (
                b"\x1b[200~-----END A-----\nrm\n\x1b[201~",
                b"-----END A-----\nrm\n",
                Some(End::Complete),
                0,
            ),
            (b"-----END a-----", b"-----END a-----", None, 0),
            (b"-----END -----", b"-----END -----", None, 0),
            (b"\x1c", b"", Some(End::Signal(Signal::QUIT)), 0),
            (b"\x1b[200~a\x1b[20~b~\x00", b"a\x1b[20~b~\x00", None, 0),
            (b"", b"", None, 0),
            (b"a\nEND\nb", b"a\nEND\n", Some(End::Complete), 1),
            (
                b"\x1b[200~END\nb\x1b[201~",
                b"END\nb",
                Some(End::Complete),
                0,
            ),
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
                ..Rest::default()
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
