//! Shows a text that someone else wrote, so that it cannot be mistaken for a message of this
//! program.
//!
//! Each row begins with a bar, `│ ` (`> ` for screen readers), and long lines are wrapped so that no row of the screen lacks
//! it. No line of ours begins with one, which `text::printable` makes sure of. If a message of
//! ours quotes such a text, it is one row.

use std::io::{self, Write};
use std::os::fd::AsFd;

use unicode_width::UnicodeWidthChar;
use zeroize::Zeroizing;

use crate::ui::message::{Ui, Verbosity};
use crate::ui::stream::{StdoutError, Stream, columns_of};
use crate::ui::text;
use crate::ui::text::{BAR, PLAIN_BAR};
use bulla_age::untrusted::{Untrusted, is_unsafe};

/// The distance between tab stops, in columns.
const TAB: usize = 8;
/// The least room in a row, enough for an escaped character.
const LEAST: usize = 10;
/// Turns line wrapping off, so that a row that is wider than computed does not continue in the next
/// row without a bar.
const NO_WRAP: &str = "\x1b[?7l";
const WRAP: &str = "\x1b[?7h";

impl Ui {
    /// Shows a text that someone else wrote, with a bar before every row. Characters that could
    /// control the terminal or reorder text are escaped, and so are bytes that are not UTF-8.
    ///
    /// # Errors
    /// Any failure of the stream, including a broken pipe.
    pub(crate) fn quoted_text(&self, text: &[u8], to: Stream) -> Result<(), StdoutError> {
        let settings = &self.shared.settings;
        let mut rows = framed(text, self.quoted_columns(to.columns()), self.bar());
        if to.is_terminal() && !settings.dumb {
            rows.insert_str(0, NO_WRAP);
            rows.push_str(WRAP);
        }
        Ok(self.write(to, rows.as_bytes())?)
    }

    /// Returns a writer to a terminal that shows all that it gets like
    /// [`quoted_text`](Self::quoted_text).
    pub(crate) fn quoted_writer<W: Write>(&self, out: W, terminal: impl AsFd) -> QuotedWriter<W> {
        QuotedWriter {
            out,
            rows: Rows::new(self.quoted_columns(columns_of(terminal)), self.bar()),
            dumb: self.shared.settings.dumb,
        }
    }

    fn bar(&self) -> char {
        if self.is_accessible() { PLAIN_BAR } else { BAR }
    }

    fn quoted_columns(&self, terminal: Option<usize>) -> usize {
        let settings = &self.shared.settings;
        let columns = [settings.width.filter(|&width| width > 0), terminal];
        columns.into_iter().flatten().min().unwrap_or(80)
    }

    /// Prints a message that ends with a quoted line of someone else's. On a terminal it is cut to
    /// one row: in the next row their words could be mistaken for ours.
    pub(crate) fn excerpt(&self, what: &str, theirs: &Untrusted) {
        let settings = &self.shared.settings;
        if settings.verbosity < Verbosity::Normal {
            return;
        }
        let mut line = format!("{what}: {}", theirs.quoted());
        if self.stderr_is_terminal() {
            line = text::cut(&line, self.width()).into_owned();
            if !settings.dumb {
                line = [NO_WRAP, &line, WRAP].concat();
            }
        }
        // There is nowhere left to report a stderr failure.
        let _ = self.write(Stream::Stderr, [&line, "\n"].concat().as_bytes());
    }
}

/// A writer that shows on a terminal what somebody else wrote, as [`Ui::quoted_text`] does.
pub(crate) struct QuotedWriter<W: Write> {
    out: W,
    rows: Rows,
    dumb: bool,
}

impl<W: Write> QuotedWriter<W> {
    /// Writes what is left of the last row. A text that has no line end gets one.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        let mut out = Zeroizing::new(String::new());
        self.rows.finish(&mut out);
        self.show(&out)
    }

    fn show(&mut self, rows: &str) -> io::Result<()> {
        match (rows.is_empty(), self.dumb) {
            (true, _) => Ok(()),
            (false, true) => self.out.write_all(rows.as_bytes()),
            // In one piece, so that the terminal is never left without wrapping.
            (false, false) => {
                let rows = Zeroizing::new([NO_WRAP, rows, WRAP].concat());
                self.out.write_all(rows.as_bytes())
            }
        }
    }
}

impl<W: Write> Write for QuotedWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut out = Zeroizing::new(String::with_capacity(2 * bytes.len() + 64));
        self.rows.feed(bytes, &mut out);
        self.show(&out)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Formats the text as rows of at most `columns` columns, each with a bar and a line end.
fn framed(text: &[u8], columns: usize, bar: char) -> Zeroizing<String> {
    let mut out = Zeroizing::new(String::with_capacity(2 * text.len() + 64));
    let mut rows = Rows::new(columns, bar);
    rows.feed(text, &mut out);
    rows.finish(&mut out);
    out
}

/// Where the text has got to in the present row.
struct Rows {
    bar: char,
    room: usize,
    row: Row,
    /// The column in the line, which may have several rows.
    column: usize,
    /// A carriage return, and the beginning of a character, of which more may follow.
    carriage_return: bool,
    cut: Zeroizing<Vec<u8>>,
    /// Whether the present line has a row already, however short.
    begun: bool,
    is_first: bool,
}

/// The current row, not full yet.
#[derive(Default)]
struct Row {
    text: Zeroizing<String>,
    width: usize,
    /// The byte position after the last space, and the width up to it.
    space: Option<(usize, usize)>,
}

impl Rows {
    fn new(columns: usize, bar: char) -> Self {
        Self {
            bar,
            // One column is for the space after the last word of a row.
            room: columns.saturating_sub(3).max(LEAST),
            row: Row::default(),
            column: 0,
            carriage_return: false,
            cut: Zeroizing::default(),
            begun: false,
            is_first: true,
        }
    }

    /// Adds the rows that these bytes complete.
    fn feed(&mut self, bytes: &[u8], out: &mut String) {
        let joined = Zeroizing::new([&self.cut, bytes].concat());
        self.cut.clear();
        let mut rest = &joined[..];
        while !rest.is_empty() {
            let (valid, wrong) = match std::str::from_utf8(rest) {
                Ok(valid) => (valid, Some(0)),
                Err(error) => {
                    let (valid, _) = rest.split_at(error.valid_up_to());
                    (
                        std::str::from_utf8(valid).unwrap_or_default(),
                        error.error_len(),
                    )
                }
            };
            valid.chars().for_each(|c| self.character(c, out));
            rest = &rest[valid.len()..];
            let Some(wrong) = wrong else {
                self.cut.extend_from_slice(rest);
                return;
            };
            self.bytes(&rest[..wrong], out);
            rest = &rest[wrong..];
        }
    }

    /// Ends the last row. An empty text has one row.
    fn finish(&mut self, out: &mut String) {
        let cut = std::mem::take(&mut self.cut);
        self.bytes(&cut, out);
        if self.begun || self.is_first || self.carriage_return {
            self.end_line(out);
        }
    }

    fn character(&mut self, c: char, out: &mut String) {
        if c == '\n' {
            return self.end_line(out);
        }
        self.flush_carriage_return(out);
        match c {
            '\r' => self.carriage_return = true,
            '\t' => {
                let to_stop = TAB - self.column % TAB;
                (0..to_stop).for_each(|_| self.put(" ", 1, out));
                self.column += to_stop;
            }
            c if is_unsafe(c) => self.escaped(&c.escape_unicode().to_string(), out),
            c => {
                let width = c.width().unwrap_or(0);
                self.put(c.encode_utf8(&mut [0; 4]), width, out);
                self.column += width;
            }
        }
    }

    fn bytes(&mut self, bytes: &[u8], out: &mut String) {
        for byte in bytes {
            self.flush_carriage_return(out);
            self.escaped(&format!("\\x{byte:02x}"), out);
        }
    }

    /// A carriage return that no line end follows.
    fn flush_carriage_return(&mut self, out: &mut String) {
        if std::mem::take(&mut self.carriage_return) {
            self.escaped("\\u{d}", out);
        }
    }

    fn escaped(&mut self, piece: &str, out: &mut String) {
        self.put(piece, piece.len(), out);
        self.column += piece.len();
    }

    /// Adds a piece that must not be broken. If it does not fit, begins a new row, after the last
    /// space if there is one.
    fn put(&mut self, piece: &str, width: usize, out: &mut String) {
        self.begun = true;
        let row = &mut self.row;
        let hangs = piece == " " && row.width == self.room;
        if row.width + width > self.room && !hangs {
            let space = row.space.take().filter(|_| piece != " ");
            let (byte, before) = space.unwrap_or((row.text.len(), row.width));
            write_row(self.bar, &row.text[..byte], out);
            row.text.drain(..byte);
            row.width -= before;
        }
        row.text.push_str(piece);
        row.width += width;
        if piece == " " {
            row.space = Some((row.text.len(), row.width));
        }
    }

    fn end_line(&mut self, out: &mut String) {
        let row = std::mem::take(&mut self.row);
        write_row(self.bar, &row.text, out);
        (self.column, self.carriage_return, self.begun) = (0, false, false);
        self.is_first = false;
    }
}

fn write_row(bar: char, row: &str, out: &mut String) {
    out.push(bar);
    out.push(' ');
    out.push_str(row);
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::text::{Layout, printable};

    fn rows(text: impl AsRef<[u8]>) -> Vec<String> {
        let rows = framed(text.as_ref(), 21, BAR);
        rows.lines()
            .map(|row| row.strip_prefix("│ ").unwrap().to_owned())
            .collect()
    }

    #[test]
    fn every_row_has_its_bar_and_fits() {
        for (text, want) in [
            ("", &[""][..]),
            ("hello", &["hello"]),
            ("hello\n", &["hello"]),
            ("a\r\nb\n\n", &["a", "b", ""]),
            ("123456789 12345678 0", &["123456789 12345678 ", "0"]),
            ("one two three four five", &["one two three four ", "five"]),
            (
                "one two three four  five",
                &["one two three four ", " five"],
            ),
            ("12345678901234567890", &["123456789012345678", "90"]),
            (
                "12 123456789012345678901",
                &["12 ", "123456789012345678", "901"],
            ),
            ("世界世界世界世界世界", &["世界世界世界世界世", "界"]),
            (
                "a\tb\n\tc\n1234567\td\n12345678\te",
                &["a       b", "        c", "1234567 d", "12345678        e"],
            ),
            ("│ From alice", &["│ From alice"]),
            ("e\u{301}e\u{301}", &["e\u{301}e\u{301}"]),
        ] {
            assert_eq!(rows(text), want, "{text:?}");
        }
        for length in 0..200 {
            let text: String = ('a'..='z')
                .cycle()
                .take(length)
                .map(|c| if c == 'g' { ' ' } else { c })
                .collect();
            let rows = rows(&text);
            assert_eq!(rows.concat(), text);
            assert!(rows.iter().all(|row| text::width(row) <= 19), "{rows:?}");
        }
    }

    /// Wherever a text is cut into pieces, its rows are the same.
    #[test]
    fn a_writer_shows_the_same_rows_for_any_pieces() {
        let settings = crate::ui::Settings {
            verbosity: Verbosity::Normal,
            prompt: crate::ui::Prompting::Never,
            progress: crate::ui::Drawing::Off,
            colour: false,
            dumb: true,
            accessible: None,
            width: Some(21),
        };
        let ui = Ui::new(settings);
        let nobody = std::fs::File::open("/dev/null").unwrap();
        for text in [
            &b""[..],
            b"\n",
            b"a",
            b"a\n\n",
            b"one two three four five\r\nsix\rseven\r",
            "e\u{301}\u{202e}世界世界世界世界世界\u{1b}[0m".as_bytes(),
            b"a\xffb\xc3",
            b"\xe4\xb8",
            b"\xf0\x9f\x98\x80\xf0\x9f",
        ] {
            for size in 1..=text.len().max(1) {
                let mut out = Vec::new();
                let mut writer = ui.quoted_writer(&mut out, &nobody);
                text.chunks(size)
                    .for_each(|piece| writer.write_all(piece).unwrap());
                writer.finish().unwrap();
                assert_eq!(out, framed(text, 21, BAR).as_bytes(), "{text:?} by {size}");
            }
        }
    }

    #[test]
    fn quoted_text_cannot_control_the_terminal_or_break_rows() {
        assert_eq!(
            rows("a\u{1b}[2Jb\rc\u{9b}\u{202e}"),
            ["a\\u{1b}[2Jb\\u{d}c", "\\u{9b}\\u{202e}"]
        );
        assert_eq!(
            rows("a\u{2028}b\u{85}c\u{b}"),
            ["a\\u{2028}b\\u{85}c", "\\u{b}"]
        );
        assert_eq!(rows(b"a\xffb\xc3"), ["a\\xffb\\xc3"]);
        assert_eq!(rows("a\r\r\n"), ["a\\u{d}"]);
        assert_eq!(framed(&[b'x'; 30], 1, BAR).lines().count(), 3);
        for c in (0..=0x11_0000).filter_map(char::from_u32) {
            let row = framed(c.to_string().as_bytes(), 20, BAR);
            assert!(row.starts_with("│ ") && row.ends_with('\n'), "{c:?}");
            assert_eq!(row.matches(|c: char| c.is_control()).count(), 1, "{c:?}");
        }
    }

    #[test]
    fn no_line_of_ours_begins_with_the_bar() {
        for layout in [Layout::OneLine, Layout::Lines, Layout::Tabs] {
            assert_eq!(printable("│ From alice", layout), "\\u{2502} From alice");
        }
        assert_eq!(
            printable("a │ b\n│ From", Layout::Lines),
            "a │ b\n\\u{2502} From"
        );
    }
}
