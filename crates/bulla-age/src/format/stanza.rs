//! A recipient stanza as text (C2SP age.md, "The header", ABNF `stanza`).

use base64::{Engine, prelude::BASE64_STANDARD_NO_PAD};

use crate::format::arguments::Arguments;
use crate::untrusted::Untrusted;

/// One stanza of a header. Usually it holds the file key, wrapped for one recipient.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Stanza {
    /// The stanza's type, for example `X25519`.
    pub tag: String,
    /// The arguments after the type.
    pub args: Arguments,
    /// The decoded body.
    pub body: Vec<u8>,
}

/// The most characters of a type that are shown. A type has no limit of its own, so one that is
/// shown in full in every row of a list could fill the memory.
const SHOWN: usize = 64;

impl Stanza {
    /// Returns the type for people to read: cut after 64 characters.
    pub fn shown_type(&self) -> Untrusted {
        match self.tag.get(..SHOWN) {
            Some(start) if self.tag.len() > SHOWN => Untrusted::new(format!("{start}…")),
            _ => Untrusted::new(self.tag.clone()),
        }
    }
}

/// Columns of base64 in a full line of a stanza's body.
const COLUMNS: usize = 64;

/// Returns true if a text is `1*VCHAR`, as types and arguments must be.
pub fn is_arbitrary_string(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Appends a stanza's bytes, including the LF of its last line.
pub fn write_stanza(stanza: &Stanza, out: &mut Vec<u8>) {
    out.extend_from_slice(b"-> ");
    out.extend_from_slice(stanza.tag.as_bytes());
    for argument in stanza.args.iter() {
        out.push(b' ');
        out.extend_from_slice(argument.as_bytes());
    }
    out.push(b'\n');
    let body = BASE64_STANDARD_NO_PAD.encode(&stanza.body);
    for line in body.as_bytes().chunks(COLUMNS) {
        out.extend_from_slice(line);
        out.push(b'\n');
    }
    if body.len().is_multiple_of(COLUMNS) {
        out.push(b'\n');
    }
}

/// Parses `TYPE ARG...`, what follows `-> ` on a stanza's first line.
pub(crate) fn parse_first_line(line: &[u8]) -> Result<Stanza, &'static str> {
    let text = std::str::from_utf8(line).map_err(|_| "not ASCII text")?;
    let mut words = text.split(' ');
    if !words.clone().all(is_arbitrary_string) {
        return Err("a stanza's arguments must be printable and separated by one space");
    }
    let tag = words.next().ok_or("a stanza has no type")?.to_owned();
    let mut args = Arguments::with_capacity(words.clone().count(), text.len() - tag.len());
    words.for_each(|word| args.push(word));
    Ok(Stanza {
        tag,
        args,
        body: Vec::new(),
    })
}

/// Appends one line of a stanza's body. Returns true if it was the last one, which is short.
pub(crate) fn parse_body_line(line: &[u8], body: &mut Vec<u8>) -> Result<bool, &'static str> {
    if line.len() > COLUMNS {
        return Err("a line of a stanza's body is longer than 64 columns");
    }
    BASE64_STANDARD_NO_PAD
        .decode_vec(line, body)
        .map_err(|_| "a stanza's body is not canonical base64")?;
    Ok(line.len() < COLUMNS)
}
