//! A text that somebody else wrote, on the terminal: told apart from all that the program says.
//!
//! Owns the bar before each of its lines, `│ `, with which no line of ours begins (`text::printable` sees to that), and
//! where its long lines are folded, so that no row of the screen is without one; and that a line of ours which repeats
//! theirs is one row. It knows nothing of who wrote it.

use std::io;

use unicode_width::UnicodeWidthChar;
use zeroize::Zeroizing;

use crate::ui::message::{Ui, Verbosity};
use crate::ui::stream::Stream;
use crate::ui::text;
use crate::ui::text::BAR;
use bulla_age::untrusted::{Untrusted, is_unsafe};

/// Columns from one tab stop to the next.
const TAB: usize = 8;
/// A row has room for this at least, an escaped character among them.
const LEAST: usize = 10;
/// Rows that are longer than we think do not go on in the next one, where they would have no bar.
const NO_WRAP: &str = "\x1b[?7l";
const WRAP: &str = "\x1b[?7h";

impl Ui {
    /// Shows a text of somebody else's, every row of the screen with a bar before it; what could drive the
    /// terminal or turn the text around is escaped, and so is what is not UTF-8.
    ///
    /// # Errors
    /// What the stream says; a broken pipe too.
    pub(crate) fn quoted_text(&self, text: &[u8], to: Stream) -> io::Result<()> {
        let settings = &self.shared.settings;
        let columns = [settings.width.filter(|&width| width > 0), to.columns()];
        let columns = columns.into_iter().flatten().min().unwrap_or(80);
        let mut rows = framed(text, columns);
        if to.is_terminal() && !settings.dumb {
            rows.insert_str(0, NO_WRAP);
            rows.push_str(WRAP);
        }
        self.write(to, rows.as_bytes())
    }

    /// Says something of a line of somebody else's, which stands at the end. On a terminal it is one row, cut where that
    /// ends: in the next one their words could pass for ours.
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
        // Nobody is left to be told that stderr fails.
        let _ = self.write(Stream::Stderr, [&line, "\n"].concat().as_bytes());
    }
}

/// The text in rows of so many columns, each with its bar and a line end.
fn framed(text: &[u8], columns: usize) -> Zeroizing<String> {
    // One column is left for the space after a row's last word.
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

/// What is written so far.
struct Rows {
    out: Zeroizing<String>,
    room: usize,
}

/// A row that is not full yet.
#[derive(Default)]
struct Row {
    text: Zeroizing<String>,
    width: usize,
    /// After the last space: the byte, and the width up to it.
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

    /// Adds what must not be parted; what does not fit begins another row, after a space where there was one.
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
