//! JSON that is safe to show on a terminal, one object per line.
//!
//! JSON allows 8-bit control characters and characters that reorder or hide text in strings. They
//! are escaped here, which does not change the meaning of the JSON.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::Formatter;

use bulla_age::untrusted::is_unsafe;

/// Formats an object as one line, with its line end.
pub(super) fn line(value: &impl Serialize) -> io::Result<Vec<u8>> {
    let mut line = Vec::with_capacity(256);
    value.serialize(&mut serde_json::Serializer::with_formatter(
        &mut line,
        SafeStrings,
    ))?;
    line.push(b'\n');
    Ok(line)
}

struct SafeStrings;

impl Formatter for SafeStrings {
    fn write_string_fragment<W: Write + ?Sized>(
        &mut self,
        writer: &mut W,
        text: &str,
    ) -> io::Result<()> {
        let mut rest = text;
        while let Some(at) = rest.find(is_unsafe) {
            let (plain, from) = rest.split_at(at);
            writer.write_all(plain.as_bytes())?;
            let mut chars = from.chars();
            if let Some(c) = chars.next() {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    write!(writer, "\\u{unit:04x}")?;
                }
            }
            rest = chars.as_str();
        }
        writer.write_all(rest.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_cannot_drive_a_terminal_and_means_the_same() {
        let text = "a\u{1b}\u{9b}2J\u{202e}\"\\\n\u{e0041}ü\u{7f}";
        let line = line(&serde_json::json!({ "name": text, "size": 1 })).unwrap();
        assert_eq!(
            String::from_utf8(line.clone()).unwrap(),
            "{\"name\":\"a\\u001b\\u009b2J\\u202e\\\"\\\\\\n\\udb40\\udc41ü\\u007f\",\"size\":1}\n"
        );
        let back: serde_json::Value = serde_json::from_slice(&line).unwrap();
        assert_eq!(back["name"], text);
    }
}
