//! The grammar shared by cards and revocations: a first line, `# key: value` lines, perhaps one
//! line that is not a comment, and a signature over everything before it (formats.md, section 5).
//!
//! age reads the same text by its own, laxer rules, so everything that two readers could interpret
//! differently is refused.

use crate::card::error::CardError;
use bulla_age::signing;

/// The longest text of either kind, as received.
const LONGEST: usize = 16 << 10;
const SIGNATURE: &str = "sig";

/// The differences between the kinds of text.
pub(super) struct TextFormat {
    /// The first line.
    pub(super) first: &'static str,
    /// The label before the signed bytes.
    pub(super) label: &'static [u8],
    /// The one key that may be repeated, and how often.
    pub(super) repeated: Option<(&'static str, usize)>,
    /// Whether one line before the signature is not a comment.
    pub(super) body: bool,
    /// The error for a text that does not begin with the first line.
    pub(super) other: CardError,
    /// The error for other text before or after it.
    pub(super) surrounded: CardError,
}

/// One `# key: value` line.
#[derive(Clone, Copy)]
pub(super) struct Field<'a> {
    pub(super) line: usize,
    pub(super) key: &'a str,
    pub(super) value: &'a str,
}

/// The parts of a text whose signature has not been verified yet.
pub(super) struct Parts<'a> {
    fields: Vec<Field<'a>>,
    /// The line that is not a comment, with its number.
    pub(super) body: Option<(usize, &'a str)>,
    signed: &'a str,
    signature: [u8; 64],
}

/// Returns the text of the bytes: CR LF as LF, and one LF at the end.
pub(super) fn text(bytes: &[u8]) -> Result<String, CardError> {
    if bytes.len() > LONGEST {
        return Err(CardError::TooLarge);
    }
    let refused = |line, why| Err(CardError::Line { line, why });
    let Ok(text) = std::str::from_utf8(bytes) else {
        return refused(1, "the text is not UTF-8");
    };
    if text.starts_with('\u{feff}') {
        return refused(1, "there is a byte order mark before it");
    }
    let mut text = text.replace("\r\n", "\n");
    for (index, line) in text.split('\n').enumerate() {
        if line.contains('\r') {
            return refused(index + 1, "there is a carriage return in it");
        }
        if line.contains(is_refused) {
            return refused(
                index + 1,
                "there is a control character in it, or one that turns text around",
            );
        }
    }
    if !text.ends_with('\n') {
        text.push('\n');
    }
    Ok(text)
}

/// Returns whether this is a control or bidirectional character, or one of Unicode's own line ends.
fn is_refused(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{61c}' | '\u{200e}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Returns whether this can follow `# key: `.
pub(super) fn is_value(value: &str) -> bool {
    let blank_at = |c: Option<char>| c.is_none_or(char::is_whitespace);
    !value.contains(is_refused)
        && !blank_at(value.chars().next())
        && !blank_at(value.chars().next_back())
}

impl TextFormat {
    /// Returns whether a line of this text is the first line of one, whatever surrounds it, quoted
    /// or not. Such a text is meant as one.
    pub(super) fn is_meant(&self, bytes: &[u8]) -> bool {
        let around = |c: char| c.is_whitespace() || matches!(c, '>' | '|' | '\u{feff}');
        bytes
            .split(|byte| matches!(byte, b'\n' | b'\r'))
            .any(|line| {
                let line = String::from_utf8_lossy(line).replace("&gt;", ">");
                line.trim_matches(around) == self.first
            })
    }

    /// Splits a text that [`text`] returned into its parts.
    pub(super) fn parse<'a>(&self, text: &'a str) -> Result<Parts<'a>, CardError> {
        let mut lines = text.split_terminator('\n').zip(2..);
        let first = lines.next().map(|(line, _)| line).unwrap_or_default();
        if first != self.first {
            let version = self.first.len() - 1;
            let newer = first
                .get(..version)
                .is_some_and(|first| first == &self.first[..version]);
            let why =
                "a version that this program does not know, or more than `v1` in the first line";
            return Err(if newer {
                CardError::Line { line: 1, why }
            } else {
                self.other.clone()
            });
        }
        let mut fields: Vec<Field> = Vec::new();
        let mut body = None;
        let mut offset = first.len() + 1;
        while let Some((line, next)) = lines.next() {
            let number = next - 1;
            let wrong = |why| Err(CardError::Line { line: number, why });
            if !line.starts_with('#') {
                match () {
                    () if line.is_empty() => return wrong("the line is empty"),
                    () if !self.body => return wrong("it does not begin with #"),
                    () if body.is_some() => return wrong("there is a second recipient"),
                    () => body = Some((number, line)),
                }
            } else {
                let Some(field) = field(number, line) else {
                    return wrong("it is not `# key: value`, without blanks at the end");
                };
                if field.key == SIGNATURE {
                    let signature =
                        signing::parse(field.value).map_err(|error| CardError::Key {
                            line: number,
                            error,
                        })?;
                    return match lines.next() {
                        Some(_) => Err(self.surrounded.clone()),
                        None if self.body && body.is_none() => Err(CardError::Missing("recipient")),
                        None => Ok(Parts {
                            fields,
                            body,
                            signed: &text[..offset],
                            signature,
                        }),
                    };
                }
                if body.is_some() {
                    return wrong("only the signature may stand after the recipient");
                }
                let most = self
                    .repeated
                    .filter(|(key, _)| *key == field.key)
                    .map_or(1, |(_, most)| most);
                if fields.iter().filter(|other| other.key == field.key).count() >= most {
                    return wrong("this is said too often");
                }
                fields.push(field);
            }
            offset += line.len() + 1;
        }
        Err(CardError::Missing("signature"))
    }

    /// Returns the whole text: the signed part and the signature.
    pub(super) fn sign(&self, mut text: String, by: &dyn bulla_age::signing::Signer) -> String {
        let signature = by.sign(&self.signed(&text));
        text.push_str(&format!("# {SIGNATURE}: {}\n", signing::text(&signature)));
        text
    }

    fn signed(&self, text: &str) -> Vec<u8> {
        [self.label, b"\0", text.as_bytes()].concat()
    }
}

impl<'a> Parts<'a> {
    /// Returns the values of a key that may be repeated.
    pub(super) fn all(&self, key: &str) -> impl Iterator<Item = Field<'a>> {
        self.fields
            .iter()
            .copied()
            .filter(move |field| field.key == key)
    }

    /// Returns the field with this key, if there is one.
    pub(super) fn said(&self, key: &str) -> Option<Field<'a>> {
        self.all(key).next()
    }

    /// Returns a required field.
    pub(super) fn must(
        &self,
        key: &'static str,
        called: &'static str,
    ) -> Result<Field<'a>, CardError> {
        self.said(key).ok_or(CardError::Missing(called))
    }

    /// Parses the signing key that it names: `# sign: ed25519 <base64>`.
    pub(super) fn signing_key(&self) -> Result<[u8; 32], CardError> {
        let field = self.must("sign", "signing key")?;
        let Some(text) = field.value.strip_prefix("ed25519 ") else {
            return field.wrong("the signing key is not `ed25519 <base64>`");
        };
        field.key(text)
    }

    /// Checks that everything before the signature is signed by this key.
    pub(super) fn verify(&self, kind: &TextFormat, key: &[u8; 32]) -> Result<(), CardError> {
        match signing::verify(key, &kind.signed(self.signed), &self.signature) {
            true => Ok(()),
            false => Err(CardError::Signature),
        }
    }
}

impl Field<'_> {
    pub(super) fn wrong<T>(&self, why: &'static str) -> Result<T, CardError> {
        Err(CardError::Line {
            line: self.line,
            why,
        })
    }

    /// Parses a public signing key. Refuses keys whose secret more than one person could know.
    pub(super) fn key(&self, text: &str) -> Result<[u8; 32], CardError> {
        let key = self.bytes(text)?;
        signing::check(&key).map_err(|error| CardError::Key {
            line: self.line,
            error,
        })?;
        Ok(key)
    }

    /// Parses this number of bytes from base64.
    pub(super) fn bytes<const N: usize>(&self, text: &str) -> Result<[u8; N], CardError> {
        signing::parse(text).map_err(|error| CardError::Key {
            line: self.line,
            error,
        })
    }
}

fn field(line: usize, text: &str) -> Option<Field<'_>> {
    let (key, value) = text.strip_prefix("# ")?.split_once(": ")?;
    let letters = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let is_key = key.starts_with(|c: char| c.is_ascii_lowercase()) && key.chars().all(letters);
    (is_key && is_value(value)).then_some(Field { line, key, value })
}
