//! Shows what another program writes to its standard error, as it comes.
//!
//! Each line begins with the name of the program, so that it cannot be mistaken for one of ours,
//! and nothing in it controls the terminal.

use std::fs::File;
use std::os::fd::AsFd;

use bulla_age::untrusted::{Untrusted, is_unsafe};

use crate::ui::message::Ui;
use crate::ui::stream;
use crate::ui::stream::Stream;

/// The text of one program.
pub(crate) struct Relay {
    name: String,
    to: Target,
    /// The beginning of a character, of which more may follow.
    cut: Vec<u8>,
    /// Whether the present line is begun.
    in_line: bool,
    /// Whether the last character was a carriage return.
    carriage_return: bool,
}

enum Target {
    Stderr(Ui),
    Terminal(File),
}

impl Ui {
    /// Shows on standard error what the program of this name writes.
    pub(crate) fn relay(&self, name: &Untrusted) -> Relay {
        Relay::new(name, Target::Stderr(self.clone()))
    }
}

impl Relay {
    /// Shows on a terminal that was lent to the program what it writes.
    pub(crate) fn on(terminal: File, name: &Untrusted) -> Self {
        Self::new(name, Target::Terminal(terminal))
    }

    fn new(name: &Untrusted, to: Target) -> Self {
        Self {
            name: name.to_string(),
            to,
            cut: Vec::new(),
            in_line: false,
            carriage_return: false,
        }
    }

    /// Shows a piece; an empty one ends the text, and its last line.
    pub(crate) fn show(&mut self, piece: &[u8]) {
        let mut out = String::new();
        if piece.is_empty() {
            self.finish(&mut out);
        } else {
            self.feed(piece, &mut out);
        }
        if out.is_empty() {
            return;
        }
        // There is nowhere left to report a failure.
        let _ = match &self.to {
            Target::Stderr(ui) => ui.write(Stream::Stderr, out.as_bytes()),
            Target::Terminal(terminal) => stream::write(terminal.as_fd(), out.as_bytes()),
        };
    }

    fn feed(&mut self, piece: &[u8], out: &mut String) {
        let bytes = [&std::mem::take(&mut self.cut), piece].concat();
        let mut chunks = bytes.utf8_chunks().peekable();
        while let Some(chunk) = chunks.next() {
            chunk.valid().chars().for_each(|c| self.character(c, out));
            let invalid = chunk.invalid();
            let is_cut = std::str::from_utf8(invalid).is_err_and(|why| why.error_len().is_none());
            if is_cut && chunks.peek().is_none() {
                self.cut = invalid.to_vec();
            } else {
                self.bytes(invalid, out);
            }
        }
    }

    fn finish(&mut self, out: &mut String) {
        let cut = std::mem::take(&mut self.cut);
        self.bytes(&cut, out);
        if std::mem::take(&mut self.in_line) {
            out.push('\n');
        }
    }

    fn character(&mut self, c: char, out: &mut String) {
        let after_return = std::mem::replace(&mut self.carriage_return, c == '\r');
        match c {
            '\n' if after_return => {}
            // A line that would be drawn again is a new one.
            '\n' | '\r' => {
                self.begin_line(out);
                out.push('\n');
                self.in_line = false;
            }
            c => {
                self.begin_line(out);
                match c {
                    '\t' => out.push_str("  "),
                    c if is_unsafe(c) => out.extend(c.escape_unicode()),
                    c => out.push(c),
                }
            }
        }
    }

    fn bytes(&mut self, bytes: &[u8], out: &mut String) {
        for byte in bytes {
            self.carriage_return = false;
            self.begin_line(out);
            out.push_str(&format!("\\x{byte:02x}"));
        }
    }

    fn begin_line(&mut self, out: &mut String) {
        if !std::mem::replace(&mut self.in_line, true) {
            out.push_str(&self.name);
            out.push_str(": ");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Seek};

    use super::*;

    fn relayed(pieces: &[&[u8]]) -> String {
        let mut shown = tempfile::tempfile().unwrap();
        let mut relay = Relay::on(shown.try_clone().unwrap(), &Untrusted::new("pass"));
        pieces.iter().for_each(|piece| relay.show(piece));
        relay.show(&[]);
        let mut text = String::new();
        shown.rewind().unwrap();
        shown.read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn each_line_has_the_name_and_nothing_that_controls_the_terminal() {
        for (text, want) in [
            (&b""[..], ""),
            (b"no key", "pass: no key\n"),
            (
                b"no key\nbulla: error: x\n",
                "pass: no key\npass: bulla: error: x\n",
            ),
            (b"\n", "pass: \n"),
            (b"a\r\nb\tc\r", "pass: a\npass: b  c\n"),
            (b"10%\r20%\r\n", "pass: 10%\npass: 20%\n"),
            (
                b"\x1b[2Ja\xff\xe4\xb8\x96\xe4",
                "pass: \\u{1b}[2Ja\\xff世\\xe4\n",
            ),
            ("\u{202e}x".as_bytes(), "pass: \\u{202e}x\n"),
        ] {
            assert_eq!(relayed(&[text]), want, "{text:?}");
            let bytes: Vec<&[u8]> = text.chunks(1).collect();
            assert_eq!(relayed(&bytes), want, "{text:?} by bytes");
        }
    }

    #[test]
    fn a_question_without_a_line_end_is_shown_at_once() {
        let mut relay = Relay::on(tempfile::tempfile().unwrap(), &Untrusted::new("pass"));
        let mut out = String::new();
        relay.feed(b"PIN: ", &mut out);
        assert_eq!(out, "pass: PIN: ");
    }
}
