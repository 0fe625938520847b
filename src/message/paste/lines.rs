//! Normalizes the lines of a pasted text: undoes HTML, unifies spaces, and removes invisible
//! characters.

/// A line, or a part of one that HTML divides.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// Its number in the pasted text, from 1.
    pub(super) number: usize,
    pub(super) text: String,
}

/// How many times an escape may have been escaped again.
const ROUNDS: usize = 2;
/// The longest escape, and the longest tag with its attributes.
const ENTITY: usize = 10;
const TAG: usize = 1000;

/// Tags that end a line, and tags without meaning.
const ENDING: [&str; 5] = ["br", "p", "div", "pre", "blockquote"];
const IDLE: [&str; 3] = ["span", "code", "wbr"];

/// Returns the normalized lines of a text.
pub(super) fn normal(text: &str) -> Vec<Line> {
    let mut out = Vec::new();
    let raw = text
        .split('\n')
        .map(|line| line.strip_suffix('\r').unwrap_or(line));
    for (index, raw) in raw.enumerate() {
        let mut decoded = raw.to_owned();
        for _ in 0..ROUNDS {
            match without_entities(&decoded) {
                Some(text) => decoded = text,
                None => break,
            }
        }
        let decoded = without_tags(&decoded);
        for text in decoded.split(is_line_end) {
            out.push(Line {
                number: index + 1,
                text: blanks(text),
            });
        }
    }
    out
}

fn is_line_end(c: char) -> bool {
    matches!(
        c,
        '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}'
    )
}

/// Unifies spaces, and removes trailing spaces and invisible characters.
fn blanks(text: &str) -> String {
    let seen = text.chars().filter(|&c| !is_invisible(c));
    let mut out: String = seen
        .map(|c| if c.is_whitespace() { ' ' } else { c })
        .collect();
    out.truncate(out.trim_end().len());
    out
}

/// Direction marks, joiners and soft hyphens, which chats and mails put between characters.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
}

/// Decodes `&amp;` and similar escapes once; `None` if there are none.
fn without_entities(text: &str) -> Option<String> {
    let mut out: Option<String> = None;
    let mut rest = text;
    let mut done = 0;
    while let Some(at) = rest.find('&') {
        let (_, from) = rest.split_at(at);
        let length = match entity(from) {
            Some((c, length)) => {
                let out = out.get_or_insert_with(|| text[..done].to_owned());
                out.push_str(&rest[..at]);
                out.push(c);
                length
            }
            None => {
                if let Some(out) = &mut out {
                    out.push_str(&rest[..=at]);
                }
                1
            }
        };
        rest = &from[length..];
        done = text.len() - rest.len();
    }
    if let Some(out) = &mut out {
        out.push_str(rest);
    }
    out
}

/// Returns the character of the escape at the beginning, and the length of the escape.
fn entity(from: &str) -> Option<(char, usize)> {
    let end = until(from, b';', ENTITY)?;
    let c = match &from[1..end] {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "nbsp" => ' ',
        "ndash" => '–',
        "mdash" => '—',
        number => {
            let number = number.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)?
        }
    };
    Some((c, end + 1))
}

/// Removes known tags; those that end a line become line ends. Unknown tags stay, and cannot be
/// part of a block.
fn without_tags(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let (put, length) = tag(from).unwrap_or(("<", 1));
        out.push_str(put);
        rest = &from[length..];
    }
    out.push_str(rest);
    out
}

/// Returns where something ends, if it is at most this long and does not begin again before its
/// end.
fn until(from: &str, end: u8, longest: usize) -> Option<usize> {
    let begin = from.as_bytes().first();
    let mut bytes = from.bytes().take(longest).enumerate().skip(1);
    let (at, found) = bytes.find(|(_, byte)| *byte == end || Some(byte) == begin)?;
    (found == end).then_some(at)
}

/// Returns the replacement of the tag at the beginning, and the length of the tag.
fn tag(from: &str) -> Option<(&'static str, usize)> {
    let end = until(from, b'>', TAG)?;
    let inner = from[1..end].trim_start_matches('/');
    let name = inner
        .split(|c: char| !c.is_ascii_alphabetic())
        .next()
        .unwrap_or_default();
    let follows = inner[name.len()..].chars().next();
    if follows.is_some_and(|c| c != ' ' && c != '/') {
        return None;
    }
    let is = |known: &&str| name.eq_ignore_ascii_case(known);
    if ENDING.iter().any(is) {
        return Some(("\n", end + 1));
    }
    IDLE.iter().any(is).then_some(("", end + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<(usize, String)> {
        normal(text)
            .into_iter()
            .map(|line| (line.number, line.text))
            .collect()
    }

    #[test]
    fn html_is_undone_and_nothing_else_is_changed() {
        for (text, want) in [
            ("a&#43;b&#x2B;c&plus;d", "a+b+c&plus;d"),
            ("&amp;#43;", "+"),
            ("&amp;amp;#43;", "&#43;"),
            (
                "a & b; &; &nothing; &#0000000000043;",
                "a & b; &; &nothing; &#0000000000043;",
            ),
            ("&#xd800;&#99999999;", "&#xd800;&#99999999;"),
            ("a\u{a0}b\tc\u{200b}d \u{202f}", "a b cd"),
            (
                "<Bob> x < y <span>z</span> <b> <brx>",
                "<Bob> x < y z <b> <brx>",
            ),
            ("&", "&"),
            ("ü&amp;ü&", "ü&ü&"),
        ] {
            assert_eq!(texts(text), [(1, want.to_owned())], "{text}");
        }
    }

    #[test]
    fn lines_keep_the_number_of_the_line_they_were_in() {
        let of = |lines: &[(usize, &str)]| -> Vec<(usize, String)> {
            lines
                .iter()
                .map(|(number, text)| (*number, (*text).to_owned()))
                .collect()
        };
        assert_eq!(
            texts("a<br>b<BR />c\r\nd"),
            of(&[(1, "a"), (1, "b"), (1, "c"), (2, "d")])
        );
        assert_eq!(
            texts("a\rb\u{2028}c\n\nd"),
            of(&[(1, "a"), (1, "b"), (1, "c"), (2, ""), (3, "d")])
        );
        assert_eq!(
            texts("<p class=\"x\">a&lt;br&gt;b"),
            of(&[(1, ""), (1, "a"), (1, "b")])
        );
    }
}
