//! The lines that begin and end a block, even if a program joined their dashes or broke them.

use crate::message::paste::lines::Line;
use crate::message::paste::prefix;

/// The beginning or the end of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Begin,
    End,
}

/// The position of a marker: line, and bytes in the line, from its first dash to after its last.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Marker {
    pub(super) side: Side,
    pub(super) from: (usize, usize),
    pub(super) to: (usize, usize),
}

/// The number of dashes on each side.
const DASHES: usize = 5;
/// The number of lines over which a marker may be broken.
const BREAKS: usize = 6;

/// Returns all markers, in order.
pub(super) fn all(lines: &[Line], kind: &str) -> Vec<Marker> {
    let words: String = kind.split(' ').collect();
    let words = [
        (Side::Begin, format!("BEGIN{words}")),
        (Side::End, format!("END{words}")),
    ];
    let mut markers: Vec<Marker> = Vec::new();
    for (number, line) in lines.iter().enumerate() {
        for (at, c) in line.text.char_indices() {
            let taken = markers.last().is_some_and(|last| last.to > (number, at));
            if stands_for(c).is_none() || taken {
                continue;
            }
            markers.extend(read(lines, (number, at), &words));
        }
    }
    markers
}

/// Reads a marker that begins here.
fn read(lines: &[Line], from: (usize, usize), words: &[(Side, String)]) -> Option<Marker> {
    let mut start = Place {
        lines,
        line: from.0,
        at: from.1,
        breaks: 0,
    };
    start.dashes()?;
    words.iter().find_map(|(side, words)| {
        let mut place = start;
        for word in words.chars() {
            place.skip_blanks();
            if place.next()? != word {
                return None;
            }
        }
        place.dashes()?;
        Some(Marker {
            side: *side,
            from,
            to: (place.line, place.at),
        })
    })
}

/// The current position.
#[derive(Clone, Copy)]
struct Place<'a> {
    lines: &'a [Line],
    line: usize,
    at: usize,
    breaks: usize,
}

impl Place<'_> {
    fn rest(&self) -> &str {
        &self.lines[self.line].text[self.at..]
    }

    fn next(&mut self) -> Option<char> {
        let c = self.rest().chars().next()?;
        self.at += c.len_utf8();
        Some(c)
    }

    /// Skips spaces, and moves to the next line at the end of this one.
    fn skip_blanks(&mut self) {
        loop {
            self.at += self.rest().len() - self.rest().trim_start().len();
            let broken =
                self.rest().is_empty() && self.line + 1 < self.lines.len() && self.breaks < BREAKS;
            if !broken {
                return;
            }
            (self.line, self.breaks) = (self.line + 1, self.breaks + 1);
            self.at = prefix::quotes(&self.lines[self.line].text);
        }
    }

    /// Reads what became of five hyphens.
    fn dashes(&mut self) -> Option<()> {
        self.skip_blanks();
        let (mut count, mut most) = (0, 0);
        while count < DASHES {
            let mut next = *self;
            // If it could already be all of them, it ends at an interruption.
            if most < DASHES {
                next.skip_blanks();
            }
            let Some(hyphens) = next.next().and_then(stands_for) else {
                break;
            };
            *self = next;
            count += 1;
            most += hyphens;
        }
        (most >= DASHES).then_some(())
    }
}

/// Returns the most hyphens that a dash may have been made of; `None` if it is not a dash.
fn stands_for(c: char) -> Option<usize> {
    Some(match c {
        '-' => 1,
        '\u{2013}' => 3,
        '\u{2014}' => 4,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::paste::lines::normal;

    fn found(text: &str) -> Vec<(Side, usize, usize)> {
        let markers = all(&normal(text), "AGE FILE");
        markers
            .iter()
            .map(|marker| (marker.side, marker.from.1, marker.to.1))
            .collect()
    }

    #[test]
    fn mangled_hyphens_are_still_found() {
        for dashes in [
            "-----",
            "——-",
            "———",
            "–––",
            "——",
            "–-–",
            "—————",
            "- - ---",
        ] {
            let begin = format!("x {dashes}BEGIN AGE FILE{dashes}y");
            let want = [(Side::Begin, 2, begin.len() - 1)];
            assert_eq!(found(&begin), want, "{dashes}");
        }
        for dashes in [
            "",
            "-",
            "----",
            "—",
            "–-",
            "=====",
            "_____",
            "‐‐‐‐‐",
            "−−−−−",
            "⸺",
        ] {
            assert_eq!(
                found(&format!("{dashes}BEGIN AGE FILE{dashes}")),
                [],
                "{dashes}"
            );
        }
    }

    #[test]
    fn two_that_touch_are_told_apart_and_words_must_be_the_words() {
        assert_eq!(
            found("-----BEGIN AGE FILE----------END AGE FILE-----"),
            [(Side::Begin, 0, 24), (Side::End, 24, 46)]
        );
        assert_eq!(
            found("- -----END  AGE FILE----- -- \n-- "),
            [(Side::End, 2, 25)]
        );
        for other in [
            "-----BEGIN AGE FILES-----",
            "-----begin age file-----",
            "-----BEGIN CARD-----",
        ] {
            assert_eq!(found(other), [], "{other}");
        }
    }

    #[test]
    fn a_broken_marker_is_rejoined() {
        for width in 2..24 {
            for quote in ["", "> ", ">> "] {
                let text = "-----BEGIN AGE FILE-----";
                let rows: Vec<_> = text
                    .as_bytes()
                    .chunks(width)
                    .map(|row| str::from_utf8(row).unwrap())
                    .collect();
                let found = found(&rows.join(&format!("\n{quote}")));
                assert_eq!(
                    found.len(),
                    usize::from(rows.len() <= BREAKS + 1),
                    "{width}"
                );
            }
        }
        assert_eq!(found("-----END AGE FILE-----\n-----"), [(Side::End, 0, 22)]);
    }
}
