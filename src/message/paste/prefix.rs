//! What programs put before the lines of a text: quotation marks, times, names.
//!
//! Owns which of it can be recognized without doubt.

/// The text before a line's content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Prefix {
    /// Spaces and quotation marks, or nothing.
    Quotes,
    /// A time and a name, or a line that has only those.
    Name,
    /// Only a time: what follows could still be a name.
    Time,
}

/// The longest name, and the longest time in brackets.
const NAME: usize = 64;
const BRACKETS: usize = 60;

/// Returns the length of the spaces and quotation marks at the beginning.
pub(super) fn quotes(text: &str) -> usize {
    text.len() - text.trim_start_matches([' ', '>', '|', '│']).len()
}

/// Returns the kind and the length of the text before a line's content.
pub(super) fn of(line: &str) -> (usize, Prefix) {
    let start = quotes(line);
    let text = &line[start..];
    if is_headline(text) {
        return (line.len(), Prefix::Name);
    }
    let Some(time) = time_first(text) else {
        return (start, Prefix::Quotes);
    };
    let after = text[time..].trim_start_matches([' ', '-', '–', '—', '|', ',']);
    let (prefix, rest) = match name_first(after) {
        Some(rest) => (Prefix::Name, rest),
        None => (Prefix::Time, after),
    };
    (line.len() - rest.len(), prefix)
}

/// Returns whether this is only a time before the content of a line, perhaps with quotation marks.
pub(super) fn is_bare_time(text: &str) -> bool {
    of(text) == (text.len(), Prefix::Time)
}

/// Returns what follows a name at the beginning: `Bob: …`, `Bob
/// …`, or `<Bob> …`.
fn name_first(text: &str) -> Option<&str> {
    if let Some(rest) = text.strip_prefix('<') {
        let (name, rest) = rest.split_once('>')?;
        return (name.len() <= NAME && !name.is_empty()).then_some(rest);
    }
    // A block contains no colons or bars, so what follows the last one is the content.
    let (name, rest) = text.rsplit_once([':', '|', '│'])?;
    let is_name = name.len() <= NAME && !name.trim().is_empty();
    (is_name && (rest.is_empty() || rest.starts_with(' '))).then_some(rest)
}

/// Returns whether this is a separate line above a message: `Bob, [23.11.26 12:03]`. Without the
/// comma the name could be part of the block.
fn is_headline(text: &str) -> bool {
    let Some((name, time)) = text.trim_end_matches([':', ' ']).split_once(", ") else {
        return false;
    };
    name.len() <= NAME && !name.is_empty() && time_first(time) == Some(time.len())
}

/// Returns the length of a time at the beginning: in brackets, or bare, with or without a date.
fn time_first(text: &str) -> Option<usize> {
    if text.starts_with(['[', '(']) {
        let end = text
            .bytes()
            .take(BRACKETS)
            .position(|byte| matches!(byte, b']' | b')'))?;
        let inner = &text[1..end];
        let starts = inner.char_indices().map(|(at, _)| at);
        let mut starts = starts.filter(|at| !inner[..*at].ends_with(|c: char| c.is_ascii_digit()));
        return starts
            .any(|at| clock(&inner[at..]).is_some())
            .then_some(end + 1);
    }
    let day = date(text).unwrap_or(0);
    let length = day + clock(&text[day..])?;
    let ends = text[length..]
        .chars()
        .next()
        .is_none_or(|c| matches!(c, ' ' | ',' | '-' | '–' | '—' | '|'));
    ends.then_some(length)
}

/// Returns the length of a date with its separator: `23.11.26, `, `2026-11-23 `, `11/23/26, `.
fn date(text: &str) -> Option<usize> {
    let digits = text.len()
        - text
            .trim_start_matches(|c: char| c.is_ascii_digit() || "./-".contains(c))
            .len();
    let parts: Vec<_> = text[..digits]
        .trim_end_matches('.')
        .split(['.', '/', '-'])
        .collect();
    let is_date = parts.len() == 3 && parts.iter().all(|part| (1..=4).contains(&part.len()));
    let after = text[digits..].trim_start_matches(',').trim_start();
    (is_date && after.len() < text.len() - digits).then_some(text.len() - after.len())
}

/// Returns the length of `12:03`, `12:03:44`, `12:03 PM`.
fn clock(text: &str) -> Option<usize> {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let hours = digits(text);
    let mut length = hours;
    let mut fields = 1;
    while let Some(rest) = text[length..].strip_prefix(':')
        && digits(rest) == 2
    {
        length += 3;
        fields += 1;
    }
    if !(1..=2).contains(&hours) || !(2..=3).contains(&fields) {
        return None;
    }
    let half = text[length..].trim_start();
    let is_half = ["am", "pm", "a.m.", "p.m."].iter().find(|half_day| {
        let word = half.get(..half_day.len()).unwrap_or_default();
        word.eq_ignore_ascii_case(half_day)
            && !half[half_day.len()..].starts_with(|c: char| c.is_alphanumeric())
    });
    Some(is_half.map_or(length, |half_day| text.len() - half.len() + half_day.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_prefixes_are_separated_from_the_line() {
        for (line, want, prefix) in [
            ("YWdl", "YWdl", Prefix::Quotes),
            ("> > | YWdl", "YWdl", Prefix::Quotes),
            ("│ YWdl", "YWdl", Prefix::Quotes),
            ("[12:03] Bob: YWdl", " YWdl", Prefix::Name),
            ("> [12:03:44] Bob Old: Jr.: YWdl", " YWdl", Prefix::Name),
            ("[23.11.26, 12:03:44] Bob: YWdl", " YWdl", Prefix::Name),
            ("[11/23/26, 12:03 PM] Bob: YWdl", " YWdl", Prefix::Name),
            ("(12:03) Bob: YWdl", " YWdl", Prefix::Name),
            ("12:03 - Bob: YWdl", " YWdl", Prefix::Name),
            ("12:03 PM - Pam: YWdl", " YWdl", Prefix::Name),
            ("12:03 Pam: YWdl", " YWdl", Prefix::Name),
            ("23/11/2026, 12:03 - Bob: YWdl", " YWdl", Prefix::Name),
            ("2026-11-23 12:03 <Bob> YWdl", " YWdl", Prefix::Name),
            ("12:03 <Bob> YWdl", " YWdl", Prefix::Name),
            ("12:03 <@Bob> YWdl", " YWdl", Prefix::Name),
            ("12:03:44  Bob | YWdl", " YWdl", Prefix::Name),
            ("12:03:44 │ @Bob │ YWdl", " YWdl", Prefix::Name),
            ("[12:03] Bob:", "", Prefix::Name),
            ("Bob, [23.11.26 12:03]", "", Prefix::Name),
            ("Bob, [23.11.26 12:03]:", "", Prefix::Name),
            ("Bob, 12:03 PM", "", Prefix::Name),
            ("12:03 YWdl", "YWdl", Prefix::Time),
            ("[12:03] YWdl", "YWdl", Prefix::Time),
            ("[12:03] Bob YWdl", "Bob YWdl", Prefix::Time),
            ("[12:03]", "", Prefix::Time),
            // Ambiguous, so it is left to be refused.
            ("Bob: YWdl", "Bob: YWdl", Prefix::Quotes),
            ("<Bob> YWdl", "<Bob> YWdl", Prefix::Quotes),
            ("Bob [12:03]", "Bob [12:03]", Prefix::Quotes),
            ("YWdl, 12:03x", "YWdl, 12:03x", Prefix::Quotes),
            ("[note] YWdl", "[note] YWdl", Prefix::Quotes),
            ("12:3 YWdl", "12:3 YWdl", Prefix::Quotes),
            ("123:03 YWdl", "123:03 YWdl", Prefix::Quotes),
            ("12:03:44:55 YWdl", "12:03:44:55 YWdl", Prefix::Quotes),
            ("12:03YWdl", "12:03YWdl", Prefix::Quotes),
            ("[12:03] Bob:YWdl", "Bob:YWdl", Prefix::Time),
            ("Bob | YWdl", "Bob | YWdl", Prefix::Quotes),
            ("12:03 | YWdl", "YWdl", Prefix::Time),
            ("12:03 │ YWdl", "│ YWdl", Prefix::Time),
        ] {
            let (at, found) = of(line);
            assert_eq!((&line[at..], found), (want, prefix), "{line}");
        }
    }

    #[test]
    fn nothing_makes_it_stop() {
        let pieces = [
            "[",
            "(",
            "]",
            "<",
            ">",
            "12",
            ":",
            "03",
            "ü",
            " ",
            ",",
            "-",
            "–",
            "2026-11-23",
            "pm",
            "x",
        ];
        for a in pieces {
            for b in pieces {
                for c in pieces {
                    for d in pieces {
                        let line = [a, b, c, d].concat();
                        assert!(of(&line).0 <= line.len());
                    }
                }
            }
        }
    }
}
