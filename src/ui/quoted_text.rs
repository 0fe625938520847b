//! Shows a text that someone else wrote, so that it cannot be mistaken for a message of this
//! program.
//!
//! Each row begins with a bar, `│ `, and long lines are wrapped so that no row of the screen lacks
//! it. No line of ours begins with one, which `text::printable` makes sure of. A message of ours
//! that quotes a line of theirs is one row.

use unicode_width::UnicodeWidthChar;
use zeroize::Zeroizing;

use crate::ui::message::{Ui, Verbosity};
use crate::ui::stream::{StdoutError, Stream};
use crate::ui::text;
use crate::ui::text::BAR;
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
        let columns = [settings.width.filter(|&width| width > 0), to.columns()];
        let columns = columns.into_iter().flatten().min().unwrap_or(80);
        let mut rows = framed(text, columns);
        if to.is_terminal() && !settings.dumb {
            rows.insert_str(0, NO_WRAP);
            rows.push_str(WRAP);
        }
        Ok(self.write(to, rows.as_bytes())?)
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

/// Formats the text as rows of at most `columns` columns, each with a bar and a line end.
fn framed(text: &[u8], columns: usize) -> Zeroizing<String> {
    // One column is for the space after the last word of a row.
    let room = columns.saturating_sub(3).max(LEAST);
    let mut rows = Rows {
        out: Zeroizing::new(String::with_capacity(2 * text.len() + 64)),
        room,
    };
    let lines = text
        .strip_suffix(b"\n")
        .unwrap_or(text)
        .split(|&byte| byte == b'\n');
    for line in lines {
        rows.line(line.strip_suffix(b"\r").unwrap_or(line));
    }
    rows.out
}

/// The rows written so far.
struct Rows {
    out: Zeroizing<String>,
    room: usize,
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
    fn line(&mut self, line: &[u8]) {
        let (mut row, mut column) = (Row::default(), 0);
        for chunk in line.utf8_chunks() {
            for c in chunk.valid().chars() {
                if c == '\t' {
                    let to_stop = TAB - column % TAB;
                    (0..to_stop).for_each(|_| self.put(&mut row, " ", 1));
                    column += to_stop;
                } else if is_unsafe(c) {
                    let escaped = c.escape_unicode().to_string();
                    self.put(&mut row, &escaped, escaped.len());
                    column += escaped.len();
                } else {
                    let width = c.width().unwrap_or(0);
                    self.put(&mut row, c.encode_utf8(&mut [0; 4]), width);
                    column += width;
                }
            }
            for byte in chunk.invalid() {
                self.put(&mut row, &format!("\\x{byte:02x}"), 4);
                column += 4;
            }
        }
        self.end(&row.text);
    }

    /// Adds a piece that must not be broken. If it does not fit, begins a new row, after the last
    /// space if there is one.
    fn put(&mut self, row: &mut Row, piece: &str, width: usize) {
        let hangs = piece == " " && row.width == self.room;
        if row.width + width > self.room && !hangs {
            let space = row.space.take().filter(|_| piece != " ");
            let (byte, before) = space.unwrap_or((row.text.len(), row.width));
            self.end(&row.text[..byte]);
            row.text.drain(..byte);
            row.width -= before;
        }
        row.text.push_str(piece);
        row.width += width;
        if piece == " " {
            row.space = Some((row.text.len(), row.width));
        }
    }

    fn end(&mut self, row: &str) {
        self.out.push(BAR);
        self.out.push(' ');
        self.out.push_str(row);
        self.out.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::text::{Layout, printable};

    fn rows(text: impl AsRef<[u8]>) -> Vec<String> {
        let rows = framed(text.as_ref(), 21);
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

    #[test]
    fn nothing_in_it_drives_the_terminal_or_ends_its_row() {
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
        assert_eq!(framed(&[b'x'; 30], 1).lines().count(), 3);
        for c in (0..=0x11_0000).filter_map(char::from_u32) {
            let row = framed(c.to_string().as_bytes(), 20);
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
