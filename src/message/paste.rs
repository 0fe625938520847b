//! Armored blocks in pasted text: quoted, indented, rewrapped, escaped, with names and times before
//! its lines.
//!
//! Owns what may be removed around a block and between its characters: only what cannot be part of
//! it. No character is ever guessed, and anything ambiguous is refused. Whether the bytes are
//! intact is checked by their MACs. This module knows the first and last line of a block, but not
//! its contents.

mod lines;
mod marker;
mod prefix;
#[cfg(test)]
#[path = "../../tests/unit/message/paste.rs"]
mod tests;

use std::collections::HashSet;
use std::io::Write;

use base64::{DecodeError, Engine, prelude::BASE64_STANDARD};

use crate::message::paste::lines::Line;
use crate::message::paste::marker::{Marker, Side};
use crate::message::paste::prefix::Prefix;
use bulla_age::untrusted::Untrusted;

/// The columns of a line of a block.
const COLUMNS: usize = 64;
/// The minimum distance between spaces that line wrapping may have inserted.
const NEAREST: usize = 16;

/// The blocks found in a text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Paste {
    /// In order; at least one.
    pub(crate) blocks: Vec<Block>,
    /// The lines after the last block that are not empty.
    pub(crate) after: Vec<Untrusted>,
}

/// One block, in the form that strict readers require.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Block {
    /// From its first line to its last, in lines of 64 columns.
    pub(crate) armored: String,
    /// The line where it begins, counted from 1.
    pub(crate) line: usize,
    /// The lines that are not empty before it and after the previous block.
    pub(crate) before: Vec<Untrusted>,
    /// The text between its characters that is not part of it, except quotation marks: names and
    /// times, each once.
    pub(crate) inside: Vec<Untrusted>,
}

/// Why no block could be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PasteError {
    /// Nothing begins or ends a block.
    #[error("there is no line -----BEGIN {0}-----")]
    Nothing(String),
    /// The words of a marker are there, but without their dashes.
    #[error("line {line}: the hyphens around {words} are missing")]
    Dashes { line: usize, words: String },
    /// The input ends inside a block.
    #[error("line {line}: the message is cut off; its END line is missing")]
    NoEnd { line: usize },
    /// A block ends without a beginning.
    #[error("line {line}: a message ends here, but its beginning is missing")]
    NoBegin { line: usize },
    /// A block begins inside another.
    #[error(
        "line {line}: a message begins, but the one that began in line {first} has not ended; it \
            is cut off, or the two are mixed up"
    )]
    Mixed { line: usize, first: usize },
    /// The block is empty.
    #[error("line {line}: the message is empty")]
    Empty { line: usize },
    /// A character that is not part of a block, nor known to occur between its characters.
    #[error("line {line}: {} cannot be part of the message", .found.quoted())]
    Character { line: usize, found: Untrusted },
    /// More content follows the padding at the end of the content.
    #[error("line {line}: there is a \"=\" in the middle of the message")]
    Padding { line: usize },
    /// Spaces that cannot come from line ends.
    #[error("line {line}: there are spaces inside the line, and perhaps characters are missing")]
    Spaces { line: usize },
    /// The beginning of a line could be a name or part of the block.
    #[error("line {line}: it is unclear whether the beginning of the line is part of the message")]
    Ambiguous { line: usize },
    /// Base64 cannot have this number of characters, or end in this one.
    #[error("line {line}: the message has {characters} characters, so some are missing")]
    Length { line: usize, characters: usize },
    /// The last character has bits that must be zero.
    #[error("line {line}: the message was modified; its last characters cannot be right")]
    Last { line: usize },
}

/// Finds every block of a kind, such as `AGE ENCRYPTED FILE`, in a text.
///
/// # Errors
/// [`PasteError`] if there is none, or if one of them cannot be read unambiguously.
pub(crate) fn find(text: &str, kind: &str) -> Result<Paste, PasteError> {
    let lines = lines::normal(text);
    let markers = marker::all(&lines, kind);
    if markers.is_empty() {
        return Err(nothing(&lines, kind));
    }
    let (mut blocks, mut from) = (Vec::new(), (0, 0));
    let mut open: Option<&Marker> = None;
    for marker in &markers {
        match (marker.side, open) {
            (Side::Begin, None) => open = Some(marker),
            (Side::Begin, Some(first)) => {
                return Err(PasteError::Mixed {
                    line: lines[marker.from.0].number,
                    first: lines[first.from.0].number,
                });
            }
            (Side::End, None) => {
                return Err(PasteError::NoBegin {
                    line: lines[marker.from.0].number,
                });
            }
            (Side::End, Some(begin)) => {
                blocks.push(block(&lines, kind, from, (begin, marker))?);
                (from, open) = (marker.to, None);
            }
        }
    }
    match open {
        Some(begin) => Err(PasteError::NoEnd {
            line: lines[begin.from.0].number,
        }),
        None => Ok(Paste {
            blocks,
            after: told(&lines, from, (lines.len(), 0)),
        }),
    }
}

/// Returns the error for a text without a block.
fn nothing(lines: &[Line], kind: &str) -> PasteError {
    for side in ["BEGIN", "END"] {
        let words = format!("{side} {kind}");
        if let Some(line) = lines.iter().find(|line| line.text.contains(&words)) {
            return PasteError::Dashes {
                line: line.number,
                words,
            };
        }
    }
    PasteError::Nothing(kind.to_owned())
}

/// Returns the lines between two positions that are not empty.
fn told(lines: &[Line], from: (usize, usize), to: (usize, usize)) -> Vec<Untrusted> {
    let last = to.0.min(lines.len().saturating_sub(1));
    let between = (from.0..=last).map(|index| {
        let text = lines[index].text.as_str();
        let end = if index == to.0 { to.1 } else { text.len() };
        let start = if index == from.0 { from.1 } else { 0 };
        text.get(start..end).unwrap_or_default().trim()
    });
    between
        .filter(|text| prefix::quotes(text) < text.len())
        .map(Untrusted::new)
        .collect()
}

/// Reads the block between two markers.
fn block(
    lines: &[Line],
    kind: &str,
    from: (usize, usize),
    (begin, end): (&Marker, &Marker),
) -> Result<Block, PasteError> {
    let line = lines[begin.from.0].number;
    let before = told(lines, from, begin.from);
    let (content, inside) = stripped(lines, begin, end)?;
    let characters = joined(&content)?;
    if characters.is_empty() {
        return Err(PasteError::Empty { line });
    }
    let bytes = BASE64_STANDARD
        .decode(&characters)
        .map_err(|error| match error {
            DecodeError::InvalidLastSymbol(..) => PasteError::Last { line },
            _ => PasteError::Length {
                line,
                characters: characters.len(),
            },
        })?;
    Ok(Block {
        armored: armored(&bytes, kind),
        line,
        before,
        inside,
    })
}

/// Armors the bytes with the lines that strict readers accept.
fn armored(bytes: &[u8], kind: &str) -> String {
    let characters = BASE64_STANDARD.encode(bytes);
    let mut text = Vec::with_capacity(characters.len() + characters.len() / COLUMNS + 100);
    let mut line = |line: &[u8]| {
        text.write_all(line)
            .and_then(|()| text.write_all(b"\n"))
            .expect("paste: a Vec takes every byte");
    };
    line(format!("-----BEGIN {kind}-----").as_bytes());
    characters.as_bytes().chunks(COLUMNS).for_each(&mut line);
    line(format!("-----END {kind}-----").as_bytes());
    String::from_utf8(text).expect("paste: base64 is ASCII")
}

/// The part of a line that belongs to the block.
struct Content<'a> {
    line: usize,
    text: &'a str,
}

/// Returns the part of each line that belongs to the block, and the removed prefixes.
fn stripped<'a>(
    lines: &'a [Line],
    begin: &Marker,
    end: &Marker,
) -> Result<(Vec<Content<'a>>, Vec<Untrusted>), PasteError> {
    let same_line = begin.to.0 == end.from.0;
    let first_end = if same_line {
        end.from.1
    } else {
        lines[begin.to.0].text.len()
    };
    let first = &lines[begin.to.0];
    let mut content = vec![Content {
        line: first.number,
        text: first.text[begin.to.1..first_end].trim(),
    }];
    if same_line {
        return Ok((content, Vec::new()));
    }
    let opening = &lines[begin.from.0].text[..begin.from.1];
    let rest: Vec<_> = (begin.to.0 + 1..=end.from.0)
        .map(|index| {
            let Line { number, text } = &lines[index];
            let text = if index == end.from.0 {
                &text[..end.from.1]
            } else {
                text
            };
            Content {
                line: *number,
                text,
            }
        })
        .collect();
    let mut inside = Inside::default();
    if !opening.trim().is_empty() && rest.iter().all(|line| begins_with(line.text, opening)) {
        inside.add(opening);
        let taken = rest.iter().map(|line| Content {
            line: line.line,
            text: line.text.get(opening.len()..).unwrap_or_default().trim(),
        });
        content.extend(taken);
        return Ok((content, inside.pieces));
    }
    let mut bare = Bare {
        allowed: prefix::is_bare_time(opening),
        ..Bare::default()
    };
    let last = rest.len() - 1;
    for (number, Content { line, text }) in rest.into_iter().enumerate() {
        // Both markers have the same prefix, as with `- ` before dashes, but the lines between have
        // none.
        if number == last && text == opening && !opening.chars().all(is_base64) {
            continue;
        }
        let (at, prefix) = prefix::of(text);
        inside.add(&text[..at]);
        let text = text[at..].trim();
        if prefix == Prefix::Time {
            bare.check(line, text)?;
        }
        content.push(Content { line, text });
    }
    Ok((content, inside.pieces))
}

/// Returns whether a line begins like the first one. A trailing space may be missing if nothing
/// follows.
fn begins_with(line: &str, opening: &str) -> bool {
    line.starts_with(opening) || line.trim_end() == opening.trim_end()
}

/// The text found between the characters of a block.
#[derive(Default)]
struct Inside {
    known: HashSet<String>,
    pieces: Vec<Untrusted>,
}

impl Inside {
    fn add(&mut self, piece: &str) {
        let piece = piece[prefix::quotes(piece)..].trim();
        if !piece.is_empty() && self.known.insert(piece.to_owned()) {
            self.pieces.push(Untrusted::new(piece));
        }
    }
}

/// Lines with a time but no name before them: the text after the time could be a name. They count
/// only if the first line of the block has a time too, and all except the last are equally long.
#[derive(Default)]
struct Bare {
    allowed: bool,
    length: Option<usize>,
    ended: bool,
}

impl Bare {
    fn check(&mut self, line: usize, text: &str) -> Result<(), PasteError> {
        if text.is_empty() {
            return Ok(());
        }
        let length = *self.length.get_or_insert(text.len());
        if !self.allowed || self.ended || text.len() > length {
            return Err(PasteError::Ambiguous { line });
        }
        self.ended = text.len() < length;
        Ok(())
    }
}

/// Joins all characters of a block.
fn joined(content: &[Content<'_>]) -> Result<String, PasteError> {
    let mut characters = String::with_capacity(content.iter().map(|line| line.text.len()).sum());
    let mut spaces = Spaces::default();
    for Content { line, text } in content {
        // Drops pieces of quotation marks only: they preceded a line before lines were joined.
        let mut pieces = text
            .split(' ')
            .filter(|piece| prefix::quotes(piece) < piece.len())
            .peekable();
        if let Some(found) = pieces
            .clone()
            .find_map(|piece| piece.chars().find(|&c| !is_base64(c)))
        {
            return Err(PasteError::Character {
                line: *line,
                found: Untrusted::new(found),
            });
        }
        if let Some(first) = pieces.peek().filter(|first| first.len() < text.len()) {
            spaces.begin(*line, characters.len(), first)?;
        }
        while let Some(piece) = pieces.next() {
            if characters.ends_with('=') && piece.contains(|c| c != '=') || padded_within(piece) {
                return Err(PasteError::Padding { line: *line });
            }
            characters.push_str(piece);
            if pieces.peek().is_some() {
                spaces.at.push((*line, characters.len()));
            }
        }
    }
    spaces.check()?;
    Ok(characters)
}

fn is_base64(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=')
}

fn padded_within(piece: &str) -> bool {
    piece.trim_end_matches('=').contains('=')
}

/// Spaces inside lines. They come from line ends, from lost characters (`+` in a URL), or after a
/// name. Only the first kind comes at even distances.
#[derive(Default)]
struct Spaces {
    /// The line, and the number of the block's characters before the space.
    at: Vec<(usize, usize)>,
    beginnings: HashSet<String>,
}

impl Spaces {
    /// Two lines of a block never begin alike, but short remainders of lines may.
    fn begin(&mut self, line: usize, from: usize, piece: &str) -> Result<(), PasteError> {
        let was_end = (from + piece.len()).is_multiple_of(COLUMNS);
        if was_end || self.beginnings.insert(piece.to_owned()) {
            Ok(())
        } else {
            Err(PasteError::Ambiguous { line })
        }
    }

    fn check(&self) -> Result<(), PasteError> {
        let Some(&(line, first)) = self.at.iter().find(|(_, at)| !at.is_multiple_of(COLUMNS))
        else {
            return Ok(());
        };
        let even = |width: usize| {
            let fits = |at: usize| at.is_multiple_of(width) || (at % COLUMNS).is_multiple_of(width);
            width >= NEAREST && self.at.iter().all(|&(_, at)| fits(at))
        };
        if even(first) || even(first % COLUMNS) {
            Ok(())
        } else {
            Err(PasteError::Spaces { line })
        }
    }
}
