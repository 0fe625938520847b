//! ASCII armor: RFC 7468, strict, as C2SP age.md demands. White space around the block and CRLF are
//! tolerated.

use std::io::{self, BufRead, Read, Write};

use base64::{Engine, prelude::BASE64_STANDARD};

use crate::format::error::{ArmorError, BEGIN, END};
use crate::format::line::{Line, read_line};

/// Columns of a full line, and the bytes it holds.
const COLUMNS: usize = 64;
const BYTES: usize = 48;
/// White space tolerated before and after the block, so that an endless blank input ends.
const MAX_BLANK: usize = 64 << 10;

/// Reads the bytes inside an armored block. Its errors are [`ArmorError`]s inside an [`io::Error`].
pub struct ArmorReader<R> {
    input: R,
    state: State,
    line: Vec<u8>,
    number: u64,
    decoded: Vec<u8>,
    taken: usize,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Before,
    Lines,
    ShortLine,
    Done,
}

impl<R: BufRead> ArmorReader<R> {
    /// Begins before the block.
    pub fn new(input: R) -> Self {
        let (line, decoded) = (Vec::with_capacity(COLUMNS + 2), Vec::with_capacity(BYTES));
        Self {
            input,
            state: State::Before,
            line,
            number: 0,
            decoded,
            taken: 0,
        }
    }

    fn begin(&mut self) -> io::Result<()> {
        let mut blank = 0;
        loop {
            let ended = self.next_line()?;
            let text = self.line.trim_ascii_start();
            if text == BEGIN.as_bytes() && !ended {
                self.state = State::Lines;
                return Ok(());
            }
            blank += self.line.len() + 1;
            if !text.is_empty() || ended || blank > MAX_BLANK {
                return Err(ArmorError::Begin.into());
            }
        }
    }

    /// Decodes lines until the buffer is full or the block ends.
    fn refill(&mut self) -> io::Result<()> {
        self.decoded.clear();
        self.taken = 0;
        if self.state == State::Before {
            self.begin()?;
        }
        while self.decoded.len() < 1024 * BYTES
            && matches!(self.state, State::Lines | State::ShortLine)
        {
            let ended = self.next_line()?;
            if self.line == END.as_bytes() {
                self.state = State::Done;
                self.after(ended)?;
            } else if ended {
                return Err(ArmorError::End.into());
            } else {
                self.decode_line()?;
            }
        }
        Ok(())
    }

    fn decode_line(&mut self) -> io::Result<()> {
        let wrong = |number, why| Err(ArmorError::Line { line: number, why }.into());
        if self.state == State::ShortLine {
            // Only the last line may be short, but more of the block follows in a text that was
            // wrapped again.
            if !self.line.is_empty() && self.line.iter().all(|byte| is_base64(*byte)) {
                return wrong(
                    self.number - 1,
                    "shorter than 64 columns, but not the last one",
                );
            }
            return Err(ArmorError::End.into());
        }
        if self.line.is_empty() {
            return wrong(self.number, "it is empty");
        }
        if self.line.len() > COLUMNS {
            return wrong(self.number, "longer than 64 columns");
        }
        let before = self.decoded.len();
        if BASE64_STANDARD
            .decode_vec(&self.line, &mut self.decoded)
            .is_err()
        {
            self.decoded.truncate(before);
            return wrong(self.number, "not canonical base64");
        }
        if self.line.len() < COLUMNS || self.decoded.len() - before < BYTES {
            self.state = State::ShortLine;
        }
        Ok(())
    }

    /// After the END line only white space may follow.
    fn after(&mut self, mut ended: bool) -> io::Result<()> {
        let mut blank = 0;
        while !ended {
            ended = self.next_line()?;
            blank += self.line.len() + 1;
            if !self.line.trim_ascii().is_empty() || blank > MAX_BLANK {
                return Err(ArmorError::Trailing.into());
            }
        }
        Ok(())
    }

    /// The next line, LF or CR LF taken off; true where the input ended with it.
    fn next_line(&mut self) -> io::Result<bool> {
        self.number += 1;
        let ended = match read_line(&mut self.input, &mut self.line, MAX_BLANK)? {
            Line::Whole => false,
            Line::Ended => true,
            Line::TooLong => {
                let why = "longer than 64 columns";
                return Err(match self.state {
                    State::Before => ArmorError::Begin,
                    State::Done => ArmorError::Trailing,
                    State::Lines | State::ShortLine => ArmorError::Line {
                        line: self.number,
                        why,
                    },
                }
                .into());
            }
        };
        if self.line.last() == Some(&b'\r') && !ended {
            self.line.pop();
        }
        Ok(ended)
    }
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=')
}

impl<R: BufRead> Read for ArmorReader<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.taken == self.decoded.len() && !out.is_empty() {
            self.refill()?;
        }
        let len = out.len().min(self.decoded.len() - self.taken);
        out[..len].copy_from_slice(&self.decoded[self.taken..self.taken + len]);
        self.taken += len;
        Ok(len)
    }
}

/// Writes bytes as an armored block: BEGIN at once, END with [`finish`](Self::finish).
pub struct ArmorWriter<W: Write> {
    output: W,
    text: Vec<u8>,
    part: Vec<u8>,
}

impl<W: Write> ArmorWriter<W> {
    /// Writes the BEGIN line.
    ///
    /// # Errors
    /// Those of `output`.
    pub fn new(mut output: W) -> io::Result<Self> {
        writeln!(output, "{BEGIN}")?;
        Ok(Self {
            output,
            text: Vec::new(),
            part: Vec::with_capacity(BYTES),
        })
    }

    /// Writes the rest and the END line, and returns the output.
    ///
    /// # Errors
    /// Those of `output`.
    pub fn finish(mut self) -> io::Result<W> {
        self.text.clear();
        if !self.part.is_empty() {
            push_lines(&self.part, &mut self.text);
        }
        self.output.write_all(&self.text)?;
        writeln!(self.output, "{END}")?;
        Ok(self.output)
    }
}

impl<W: Write> Write for ArmorWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.text.clear();
        let mut rest = bytes;
        if !self.part.is_empty() {
            let (fill, more) = rest.split_at(rest.len().min(BYTES - self.part.len()));
            self.part.extend_from_slice(fill);
            rest = more;
            if self.part.len() == BYTES {
                push_lines(&self.part, &mut self.text);
                self.part.clear();
            }
        }
        let whole = rest.len() - rest.len() % BYTES;
        push_lines(&rest[..whole], &mut self.text);
        self.part.extend_from_slice(&rest[whole..]);
        self.output.write_all(&self.text)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.output.flush()
    }
}

/// Returns all of these bytes as armor.
pub fn armored(bytes: &[u8]) -> String {
    let written = ArmorWriter::new(Vec::new()).and_then(|mut armor| {
        armor.write_all(bytes)?;
        armor.finish()
    });
    let text = written.expect("armor: a Vec takes every byte");
    String::from_utf8(text).expect("armor: it is ASCII")
}

/// Returns how long the armor of this many bytes is.
pub fn armored_len(bytes: u64) -> u64 {
    let frame = BEGIN.len() + END.len() + 2;
    let (text, lines) = (4 * bytes.div_ceil(3), bytes.div_ceil(BYTES as u64));
    frame as u64 + text + lines
}

/// The beginning of the armored block of a file that begins with these bytes: the BEGIN line, and
/// the base64 of as many of them as make whole groups of three. Written at the front of what an
/// [`ArmorWriter`] wrote for a file that differs in these bytes only, it gives the block of this
/// one: so a header that was not known is put in its place.
///
/// The last one or two bytes may be left out: give at least two bytes more than those that differ.
pub fn armored_beginning(bytes: &[u8]) -> Vec<u8> {
    let mut text = format!("{BEGIN}\n").into_bytes();
    let whole = bytes.len() - bytes.len() % 3;
    push_lines(&bytes[..whole], &mut text);
    if !whole.is_multiple_of(BYTES) {
        // The line goes on.
        text.pop();
    }
    text
}

fn push_lines(bytes: &[u8], text: &mut Vec<u8>) {
    let start = text.len();
    text.resize(start + bytes.len().div_ceil(BYTES) * (COLUMNS + 1), b'\n');
    let mut end = start;
    for (line, place) in bytes
        .chunks(BYTES)
        .zip(text[start..].chunks_mut(COLUMNS + 1))
    {
        let len = BASE64_STANDARD
            .encode_slice(line, place)
            .expect("armor: a line of 48 bytes fits 64 columns");
        end += len + 1;
    }
    text.truncate(end);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn armored(bytes: &[u8], step: usize) -> Vec<u8> {
        let mut writer = ArmorWriter::new(Vec::new()).unwrap();
        bytes
            .chunks(step)
            .for_each(|part| writer.write_all(part).unwrap());
        writer.finish().unwrap()
    }

    #[test]
    fn armor_round_trips_for_any_read_size() {
        for len in [0, 1, 47, 48, 49, 95, 96, 97, 200_000] {
            let bytes: Vec<u8> = (0..len).map(|i: u32| i as u8).collect();
            for step in [1, 7, 48, 100, 65536] {
                let text = armored(&bytes, step);
                assert!(
                    text.split(|&b| b == b'\n')
                        .all(|line| line.len() <= COLUMNS)
                );
                assert_eq!(text.len() as u64, armored_len(len.into()));
                let mut out = Vec::new();
                ArmorReader::new(&text[..]).read_to_end(&mut out).unwrap();
                assert_eq!(out, bytes, "length {len} in steps of {step}");
            }
        }
    }

    /// The bytes of a block for `first` and what follows it, when `second` is put in its place.
    fn replaced(first: &[u8], second: &[u8], after: &[u8], seen: usize) -> Vec<u8> {
        let mut text = armored(&[first, after].concat(), 100);
        let start = armored_beginning(&[second, &after[..seen]].concat());
        text[..start.len()].copy_from_slice(&start);
        text
    }

    #[test]
    fn a_beginning_can_be_replaced_wherever_it_ends_in_a_line() {
        for len in (0..2 * BYTES + 1).chain([1000, 1023]) {
            let (first, second) = (
                vec![b'A'; len],
                (0..len).map(|i| i as u8).collect::<Vec<_>>(),
            );
            for payload in [2, 3, 32, 33, 200] {
                let payload: Vec<u8> = (0..payload).map(|i| 255 - i as u8).collect();
                let wanted = armored(&[&second[..], &payload].concat(), 100);
                for seen in [2, 3, 16, payload.len()] {
                    let seen = seen.min(payload.len());
                    let text = replaced(&first, &second, &payload, seen);
                    assert!(
                        text == wanted,
                        "{len} bytes, then {seen} of {}",
                        payload.len()
                    );
                }
            }
        }
    }

    #[test]
    fn a_beginning_is_the_longest_that_is_sure() {
        assert_eq!(armored_beginning(b""), format!("{BEGIN}\n").as_bytes());
        assert_eq!(armored_beginning(b"ab"), format!("{BEGIN}\n").as_bytes());
        assert_eq!(
            armored_beginning(b"abcd"),
            format!("{BEGIN}\nYWJj").as_bytes()
        );
        let line = "YWJj".repeat(16);
        assert_eq!(
            armored_beginning(&b"abc".repeat(16)),
            format!("{BEGIN}\n{line}\n").as_bytes()
        );
        assert_eq!(
            armored_beginning(&b"abc".repeat(17)),
            format!("{BEGIN}\n{line}\nYWJj").as_bytes()
        );
        assert_eq!(
            armored_beginning(&b"abc".repeat(32)),
            format!("{BEGIN}\n{line}\n{line}\n").as_bytes()
        );
    }

    /// The END line of a block that was wrapped again is there.
    #[test]
    fn a_short_line_that_is_not_the_last_is_named_and_a_missing_end_too() {
        let whole = String::from_utf8(armored(&[7; 100], 100)).unwrap();
        let lines: Vec<&str> = whole.lines().collect();
        let wrapped = |columns: usize| {
            let text = lines[1..lines.len() - 1].concat();
            let rows: Vec<&str> = (0..text.len())
                .step_by(columns)
                .map(|at| &text[at..text.len().min(at + columns)])
                .collect();
            format!("{BEGIN}\n{}\n{END}\n", rows.join("\n"))
        };
        let error = |text: &str| {
            let read = ArmorReader::new(text.as_bytes()).read_to_end(&mut Vec::new());
            ArmorError::of(&read.unwrap_err()).cloned().unwrap()
        };
        let short = ArmorError::Line {
            line: 2,
            why: "shorter than 64 columns, but not the last one",
        };
        assert_eq!(error(&wrapped(60)), short);
        for without_end in [
            whole.replace(END, ""),
            whole.replace(END, "----END AGE ENCRYPTED FILE-----"),
            whole.replace(END, &format!("{END} ")),
            whole.replace(END, &format!("> {END}")),
        ] {
            assert_eq!(error(&without_end), ArmorError::End, "{without_end}");
        }
    }

    #[test]
    fn an_endless_blank_or_long_line_is_refused() {
        for text in [
            vec![b' '; 1 << 20],
            vec![b'\n'; 1 << 20],
            [BEGIN.as_bytes(), b"\n", &[b'A'; 1 << 20]].concat(),
        ] {
            assert!(
                ArmorReader::new(&text[..])
                    .read_to_end(&mut Vec::new())
                    .is_err()
            );
        }
    }
}
