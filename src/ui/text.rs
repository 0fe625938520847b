//! Text for the terminal: escaped, measured, cut and wrapped.
//!
//! Which characters are unsafe is decided in `bulla_age::untrusted`.

use std::borrow::Cow;
use std::iter;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};
use zeroize::Zeroizing;

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
/// The same for screen readers, which would read the name of a box character.
pub(super) const PLAIN_BAR: char = '>';

/// The text with a capital first letter, for the beginning of a sentence.
pub(crate) fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

/// The last defence: escapes characters that could control the terminal, and either bar at the
/// beginning of a line. Usually nothing needs escaping, and the text is borrowed, because text from other
/// people was escaped by its type already.
pub(super) fn printable(text: &str, layout: Layout) -> Cow<'_, str> {
    let is_safe = |before: char, c: char| {
        (layout.has(c) || !is_unsafe(c)) && (before != '\n' || ![BAR, PLAIN_BAR].contains(&c))
    };
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

/// Wraps a text between words. A command at the end of a line is kept whole, so that it can be
/// copied; one that is longer than a line is continued as a shell continues it.
pub(super) fn folded(text: &str, columns: usize) -> Cow<'_, str> {
    if text.lines().all(|line| line.width() <= columns) {
        return Cow::Borrowed(text);
    }
    let lines: Vec<_> = text.split('\n').map(|line| fold(line, columns)).collect();
    Cow::Owned(lines.join("\n"))
}

/// What a command that ends a message begins with.
const COMMAND: &str = ": bulla ";

fn fold(line: &str, columns: usize) -> String {
    let (prose, command) = match line.rfind(COMMAND) {
        Some(at) => (&line[..=at], Some(&line[at + 2..])),
        None => (line, None),
    };
    // Another column of the same row may follow.
    let (command, after) = match command.and_then(|command| command.split_once("  ")) {
        Some((command, after)) => (Some(command), Some(after)),
        None => (command, None),
    };
    let after = after.into_iter().flat_map(|after| after.split(' '));
    let (mut out, mut used) = (String::with_capacity(line.len() + 16), 0);
    let mut has_word = false;
    for (index, piece) in prose.split(' ').chain(command).chain(after).enumerate() {
        let wide = piece.width();
        if has_word && used + 1 + wide > columns && !piece.is_empty() {
            out.truncate(out.trim_end_matches(' ').len());
            out.push_str("\n  ");
            used = 2;
        } else if index > 0 {
            out.push(' ');
            used += 1;
        }
        if Some(piece) == command && used + wide > columns {
            push_command(&mut out, piece, used, columns);
        } else {
            out.push_str(piece);
        }
        used += wide;
        has_word |= !piece.is_empty();
    }
    out
}

/// Adds a command that is longer than the line, in lines that end as a shell expects. An argument
/// in quotes is not broken.
fn push_command(out: &mut String, command: &str, mut used: usize, columns: usize) {
    const END: &str = " \\";
    let mut quoted = false;
    let arguments = command.split(|c| {
        quoted ^= c == '\'';
        c == ' ' && !quoted
    });
    for (index, argument) in arguments.enumerate() {
        let wide = argument.width();
        if index > 0 && used + 1 + wide + END.len() > columns {
            out.push_str(END);
            out.push_str("\n    ");
            used = 4;
        } else if index > 0 {
            out.push(' ');
            used += 1;
        }
        out.push_str(argument);
        used += wide;
    }
}

/// Cuts a passphrase of words behind the hyphens between them, so that no line is longer than
/// `columns` unless a word is.
pub(super) fn cut_at_hyphens(words: &str, columns: usize) -> Zeroizing<String> {
    // With room for all, so that no copy of it is left behind when it grows.
    let mut out = Zeroizing::new(String::with_capacity(2 * words.len()));
    let mut used = 0;
    for word in words.split_inclusive('-') {
        if used > 0 && used + word.width() > columns {
            out.push('\n');
            used = 0;
        }
        out.push_str(word);
        used += word.width();
    }
    out
}

/// Wraps a row of a table between words. What follows is indented like the row's last column.
pub(super) fn wrapped_row(row: &str, columns: usize) -> String {
    if row.width() <= columns || row.contains('\t') {
        return row.to_owned();
    }
    let column = row.rfind("  ").map_or(0, |at| row[..at + 2].width());
    let indent = match row.rfind("  ").filter(|_| column * 3 > columns * 2) {
        // A narrow terminal has no room for a deep indentation: the last cell has its own line.
        Some(at) if !row[..at].trim().is_empty() => {
            let at = with_neighbour(row, at, columns).unwrap_or(at);
            let before = wrapped_row(row[..at].trim_end(), columns);
            return format!(
                "{before}\n{}",
                wrapped_row(&format!("    {}", &row[at + 2..]), columns)
            );
        }
        Some(_) => 4,
        None if column == 0 => 2,
        None => column,
    };
    let (mut out, mut used) = (String::with_capacity(row.len() + 64), 0);
    let mut has_word = false;
    for (index, word) in row.split(' ').enumerate() {
        let wide = word.width();
        let fits_below = indent + wide <= columns;
        let may_break = has_word && (used > indent || !fits_below);
        if may_break && used + 1 + wide > columns && !word.is_empty() {
            out.truncate(out.trim_end_matches(' ').len());
            out.push('\n');
            // A long value has a line of its own.
            used = if fits_below { indent } else { 2 };
            out.push_str(&" ".repeat(used));
            has_word = false;
        } else if index > 0 {
            out.push(' ');
            used += 1;
        }
        out.push_str(word);
        used += wide;
        has_word |= !word.is_empty();
    }
    out
}

/// Wraps a line of a result: a sentence that ends in a command like a message, and anything else like
/// a row of a table.
pub(super) fn wrapped_result(line: &str, columns: usize) -> String {
    let is_row = line.trim_start().contains("  ") || line.contains('\t');
    if is_row || !line.contains(COMMAND) {
        return wrapped_row(line, columns);
    }
    folded(line, columns).into_owned()
}

/// The widest cell that is not left alone on a line, such as a date.
const SMALL_CELL: usize = 16;

/// Returns where the cell before the last one begins, if the two fit on a line of their own and the
/// last one, which begins at `last`, is too small for one.
fn with_neighbour(row: &str, last: usize, columns: usize) -> Option<usize> {
    let before = row[..last].trim_end();
    let at = before.rfind("  ")?;
    let is_first = before[..at].trim().is_empty();
    let is_small = row[last..].trim().width() <= SMALL_CELL;
    let fits = 4 + row[at..].trim().width() <= columns;
    (!is_first && is_small && fits).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_last_cell_is_not_alone_on_a_line() {
        let row = "bob  post-quantum  not verified  since 2026-11-28";
        assert_eq!(
            wrapped_row(row, 40),
            "bob  post-quantum\n    not verified  since 2026-11-28"
        );
        let row = "bob  post-quantum  REVOKED, stolen, on 2026-11-28  since 2026-11-28";
        assert_eq!(
            wrapped_row(row, 40),
            "bob  post-quantum  REVOKED, stolen, on\n\
             \x20                  2026-11-28\n    since 2026-11-28"
        );
        // The first two cells belong together.
        let row = "a-name-of-thirty-and-some-columns  yourself";
        assert_eq!(
            wrapped_row(row, 40),
            "a-name-of-thirty-and-some-columns\n    yourself"
        );
    }

    #[test]
    fn rows_are_wrapped_between_words_below_their_last_column() {
        let row = "           X25519  alice  proved, keys not verified by you or by anyone";
        assert_eq!(
            wrapped_row(row, 48),
            "           X25519  alice  proved, keys not\n\
             \x20                         verified by you or by\n\
             \x20                         anyone"
        );
        assert_eq!(wrapped_row(row, 80), row);
        assert_eq!(wrapped_row("a\tb c d e f", 4), "a\tb c d e f");
        let key = format!("  X25519  {}", "k".repeat(62));
        assert_eq!(
            wrapped_row(&key, 40).replace('\n', "").matches('k').count(),
            62
        );
        for columns in 40..=200 {
            let wrapped = wrapped_row(row, columns);
            assert!(
                wrapped.lines().all(|line| line.width() <= columns),
                "{wrapped}"
            );
            let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
            assert_eq!(words(&wrapped), words(row));
        }
    }

    #[test]
    fn a_long_value_has_a_line_of_its_own() {
        assert_eq!(
            wrapped_row("key        1234567890123456789012345", 30),
            "key\n  1234567890123456789012345"
        );
        assert_eq!(
            wrapped_row("key        12345678901234567890123456789012", 30),
            "key\n  12345678901234567890123456789012"
        );
    }

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
                "type:\n  bulla \\\n    identity \\\n    new me",
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
    fn a_command_longer_than_the_window_is_continued_as_in_a_shell() {
        let text = "hint: Use: bulla contact verify ana --again --check 'a b c d' FILE";
        assert_eq!(
            folded(text, 24),
            "hint: Use:\n  bulla contact verify \\\n    ana --again \\\n    --check 'a b c d' \\\n    \
             FILE"
        );
        for columns in 24..=80 {
            let text = folded(text, columns);
            let long = text.lines().find(|line| line.width() > columns);
            assert!(long.is_none(), "{long:?} at {columns}");
        }
    }

    #[test]
    fn a_passphrase_is_cut_only_behind_hyphens() {
        let passphrase = "find-tiger-lock-skate-amount";
        assert_eq!(*cut_at_hyphens(passphrase, 40), passphrase);
        assert_eq!(
            *cut_at_hyphens(passphrase, 17),
            "find-tiger-lock-\nskate-amount"
        );
        assert_eq!(
            *cut_at_hyphens(passphrase, 3),
            "find-\ntiger-\nlock-\nskate-\namount"
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
    fn text_not_yet_escaped_is_escaped_here() {
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
