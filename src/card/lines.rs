//! The grammar shared by cards and revocations: a first line, `# key: value` lines, perhaps one
//! line that is not a comment, and a signature over everything before it (formats.md, section 5).
//!
//! age reads the same text by its own, laxer rules, so everything that two readers could interpret
//! differently is refused.

use crate::card::error::CardError;
use bulla_age::signing;
use bulla_age::signing::{Algorithm, Signer, SigningKey};

/// The longest text of either kind, as received.
const LONGEST: usize = 16 << 10;
const SIGNATURE: &str = "sig";

/// The differences between the kinds of text.
pub(super) struct TextFormat {
    /// The first line.
    pub(super) first: &'static str,
    /// The label before the signed bytes.
    pub(super) label: &'static str,
    /// The one key that may be repeated, and how often.
    pub(super) repeated: Option<(&'static str, usize)>,
    /// Whether one line before the signature may be something other than a comment.
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
        return refused(1, "it starts with a byte order mark");
    }
    let mut text = text.replace("\r\n", "\n");
    for (index, line) in text.split('\n').enumerate() {
        if line.contains('\r') {
            return refused(index + 1, "it contains a carriage return");
        }
        if line.contains(is_refused) {
            return refused(
                index + 1,
                "it contains a control character, or one that reverses text",
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
            let why = "the first line names an unknown version, or has extra text after `v1`";
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
                    () if !self.body => return wrong("the line does not start with \"#\""),
                    () if body.is_some() => return wrong("there is a second recipient"),
                    () => body = Some((number, line)),
                }
            } else {
                let Some(field) = field(number, line) else {
                    return wrong("the line must be `# key: value`, without spaces at the end");
                };
                if field.key == SIGNATURE {
                    let signature =
                        signing::parse(field.value).map_err(|error| CardError::Key {
                            line: number,
                            error,
                        })?;
                    return match lines.next() {
                        Some(_) => Err(self.surrounded.clone()),
                        None => Ok(Parts {
                            fields,
                            body,
                            signed: &text[..offset],
                            signature,
                        }),
                    };
                }
                if body.is_some() {
                    return wrong("only the signature may follow the recipient");
                }
                let most = self
                    .repeated
                    .filter(|(key, _)| *key == field.key)
                    .map_or(1, |(_, most)| most);
                if fields.iter().filter(|other| other.key == field.key).count() >= most {
                    return wrong("there are too many of these lines");
                }
                fields.push(field);
            }
            offset += line.len() + 1;
        }
        Err(CardError::Missing("signature"))
    }

    /// Returns the whole text: the signed part and the signature.
    pub(super) fn sign(&self, mut text: String, by: &dyn Signer) -> String {
        let signature = sign(by, self.label, text.as_bytes());
        text.push_str(&format!("# {SIGNATURE}: {}\n", signing::text(&signature)));
        text
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

    /// Parses the signing key that it names: `# sign: ed25519 <base64> mldsa65 <base64>`.
    pub(super) fn signing_key(&self) -> Result<SigningKey, CardError> {
        let field = self.must("sign", "signing key")?;
        let words: Vec<&str> = field.value.split(' ').collect();
        let ["ed25519", ed25519, "mldsa65", digest] = words[..] else {
            return field.wrong("the signing key must be `ed25519 <base64> mldsa65 <base64>`");
        };
        field.key(ed25519, digest)
    }

    /// Checks that everything before the signature is signed by this key.
    pub(super) fn verify(&self, kind: &TextFormat, key: &SigningKey) -> Result<(), CardError> {
        if is_signed(key, kind.label, self.signed.as_bytes(), &self.signature) {
            Ok(())
        } else {
            Err(CardError::Signature)
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

    /// Parses the halves of a public signing key. Refuses keys whose secret more than one person
    /// could know.
    pub(super) fn key(&self, ed25519: &str, digest: &str) -> Result<SigningKey, CardError> {
        let key = SigningKey::from((self.bytes(ed25519)?, self.bytes(digest)?));
        key.check().map_err(|error| CardError::Key {
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

/// Returns whether this is the last line of a text.
pub(super) fn is_signature(line: &str) -> bool {
    field(1, line.trim_end_matches('\r')).is_some_and(|field| field.key == SIGNATURE)
}

/// Signs a card, a revocation or a succession: with Ed25519 alone, because an ML-DSA-65 signature
/// does not fit a chat or a QR code (formats.md, section 5).
pub(super) fn sign(by: &dyn Signer, label: &str, bytes: &[u8]) -> [u8; 64] {
    by.sign(Algorithm::Ed25519, label, bytes)
        .try_into()
        .expect("card: an Ed25519 signature has 64 bytes")
}

/// Returns whether this key signed these bytes so.
pub(super) fn is_signed(key: &SigningKey, label: &str, bytes: &[u8], signature: &[u8; 64]) -> bool {
    signing::verify(key, Algorithm::Ed25519, label, bytes, signature).is_some()
}

fn field(line: usize, text: &str) -> Option<Field<'_>> {
    let (key, value) = text.strip_prefix("# ")?.split_once(": ")?;
    let letters = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let is_key = key.starts_with(|c: char| c.is_ascii_lowercase()) && key.chars().all(letters);
    (is_key && is_value(value)).then_some(Field { line, key, value })
}
