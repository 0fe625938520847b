//! Text for the terminal: escaped, measured, cut and wrapped.
//!
//! Which characters are unsafe is decided in `bulla_age::untrusted`.

use std::borrow::Cow;
use std::iter;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use bulla_age::untrusted::is_unsafe;

/// The control characters that a text may contain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    /// None.
    OneLine,
    /// Line ends.
    Lines,
    /// Tabs between columns, for scripts.
    Tabs,
}

impl Layout {
    fn has(self, c: char) -> bool {
        matches!((self, c), (Self::Lines, '\n') | (Self::Tabs, '\t'))
    }
}

/// Begins each row of a text that someone else wrote (see `quoted_text`), and no other line.
pub(super) const BAR: char = '│';

/// The text with a capital first letter, for the beginning of a sentence.
pub(crate) fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

/// The last defence: escapes characters that could control the terminal, and a bar at the beginning
/// of a line. Usually nothing needs escaping, and the text is borrowed, because text from other
/// people was escaped by its type already.
pub(super) fn printable(text: &str, layout: Layout) -> Cow<'_, str> {
    let is_safe =
        |before: char, c: char| (layout.has(c) || !is_unsafe(c)) && (before != '\n' || c != BAR);
    let pairs = || iter::once('\n').chain(text.chars()).zip(text.chars());
    if pairs().all(|(before, c)| is_safe(before, c)) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for (before, c) in pairs() {
        if is_safe(before, c) {
            out.push(c)
        } else {
            out.extend(c.escape_unicode())
        }
    }
    Cow::Owned(out)
}

/// Returns the number of columns of a text.
pub(super) fn width(text: &str) -> usize {
    text.width()
}

/// Cuts a text to this number of columns, ending in an ellipsis if it was cut.
pub(super) fn cut(text: &str, columns: usize) -> Cow<'_, str> {
    if text.width() <= columns {
        return Cow::Borrowed(text);
    }
    let Some(room) = columns.checked_sub(1) else {
        return Cow::Borrowed("");
    };
    let mut out = String::new();
    let mut used = 0;
    for c in text.chars() {
        used += c.width().unwrap_or(0);
        if used > room {
            break;
        }
        out.push(c);
    }
    out.push('…');
    Cow::Owned(out)
}

/// Wraps a text between words. A command at the end of a line is never broken, so that it can be
/// copied.
pub(super) fn folded(text: &str, columns: usize) -> Cow<'_, str> {
    if text.lines().all(|line| line.width() <= columns) {
        return Cow::Borrowed(text);
    }
    let lines: Vec<_> = text.split('\n').map(|line| fold(line, columns)).collect();
    Cow::Owned(lines.join("\n"))
}

fn fold(line: &str, columns: usize) -> String {
    const COMMAND: &str = ": bulla ";
    let (prose, command) = match line.rfind(COMMAND) {
        Some(at) => (&line[..=at], Some(&line[at + 2..])),
        None => (line, None),
    };
    let (mut out, mut used) = (String::with_capacity(line.len() + 16), 0);
    for (index, piece) in prose.split(' ').chain(command).enumerate() {
        let wide = piece.width();
        if used > 0 && used + 1 + wide > columns && !piece.is_empty() {
            out.push_str("\n  ");
            used = 2;
        } else if index > 0 {
            out.push(' ');
            used += 1;
        }
        out.push_str(piece);
        used += wide;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_are_folded_between_words_and_commands_kept_whole() {
        for (text, want) in [
            ("one two three", "one two three"),
            ("one two three four", "one two three\n  four"),
            (
                "one two\nthree four five six",
                "one two\nthree four five\n  six",
            ),
            (
                "type: bulla identity new me",
                "type:\n  bulla identity new me",
            ),
            (
                "see it: bulla x and: bulla y",
                "see it: bulla x\n  and: bulla y",
            ),
            (
                "a_word_that_is_longer than that",
                "a_word_that_is_longer\n  than that",
            ),
            ("", ""),
        ] {
            assert_eq!(folded(text, 15), want);
        }
        assert_eq!(
            folded("  indented at the start", 15),
            "  indented at\n  the start"
        );
    }

    #[test]
    fn plain_text_is_not_copied() {
        assert!(matches!(
            printable("a b\\ ü", Layout::OneLine),
            Cow::Borrowed(_)
        ));
        assert!(matches!(printable("a\nb", Layout::Lines), Cow::Borrowed(_)));
        assert!(matches!(printable("a\tb", Layout::Tabs), Cow::Borrowed(_)));
    }

    #[test]
    fn what_was_forgotten_is_escaped_here() {
        assert_eq!(
            printable("a\u{1b}[2J\n\u{9b}", Layout::OneLine),
            "a\\u{1b}[2J\\u{a}\\u{9b}"
        );
        assert_eq!(
            printable("\u{202e}\n\t", Layout::Lines),
            "\\u{202e}\n\\u{9}"
        );
    }

    #[test]
    fn a_cut_text_fits() {
        for (text, columns, want) in [
            ("abc", 3, "abc"),
            ("abcd", 3, "ab…"),
            ("世界世界", 5, "世界…"),
            ("世界世界", 4, "世…"),
            ("ab", 1, "…"),
            ("ab", 0, ""),
            ("", 0, ""),
        ] {
            assert_eq!(cut(text, columns), want);
            assert!(width(&cut(text, columns)) <= columns);
        }
    }
}
