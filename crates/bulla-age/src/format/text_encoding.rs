//! Text as other systems write it: with a byte order mark, or in UTF-16, as PowerShell does.

use std::borrow::Cow;
use std::io::{self, Read};

/// What stands for every character that is not ASCII: it is neither white space nor base64.
const NOT_ASCII: u8 = 0xff;
/// Bytes read at a time, an even number.
const STEP: usize = 8 << 10;

/// How a text is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Utf8,
    Utf16LittleEndian,
    Utf16BigEndian,
}

impl Encoding {
    /// Finds out how a text is encoded, and how many bytes its byte order mark has. Without a mark
    /// only a first character of ASCII tells.
    pub(super) fn detect(start: &[u8]) -> (Self, usize) {
        match start {
            [0xef, 0xbb, 0xbf, ..] => (Self::Utf8, 3),
            [0xff, 0xfe, ..] => (Self::Utf16LittleEndian, 2),
            [0xfe, 0xff, ..] => (Self::Utf16BigEndian, 2),
            [1..0x80, 0, 1..0x80, 0, ..] => (Self::Utf16LittleEndian, 0),
            [0, 1..0x80, 0, 1..0x80, ..] => (Self::Utf16BigEndian, 0),
            _ => (Self::Utf8, 0),
        }
    }
}

/// Reads a text as UTF-8 if all of it is ASCII; in UTF-16 any other character becomes a byte that
/// no armor contains.
pub struct Decoded<R> {
    input: R,
    encoding: Encoding,
    /// The first half of a UTF-16 unit whose second half was not read yet.
    half: Option<u8>,
}

impl<R> Decoded<R> {
    /// Decodes what follows the byte order mark.
    pub(super) fn new(input: R, encoding: Encoding) -> Self {
        Self {
            input,
            encoding,
            half: None,
        }
    }
}

impl<R: Read> Decoded<R> {
    fn read_utf16(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let mut bytes = [0; STEP];
        let mut written = 0;
        while written == 0 && !out.is_empty() {
            let kept = usize::from(self.half.is_some());
            let most = (2 * out.len()).min(STEP) - kept;
            let read = self.input.read(&mut bytes[..most])?;
            if read == 0 {
                // The text ends within a unit.
                return Ok(self.half.take().map_or(0, |_| {
                    out[0] = NOT_ASCII;
                    1
                }));
            }
            for byte in &bytes[..read] {
                let Some(first) = self.half.take() else {
                    self.half = Some(*byte);
                    continue;
                };
                let unit = if self.encoding == Encoding::Utf16BigEndian {
                    u16::from_be_bytes([first, *byte])
                } else {
                    u16::from_le_bytes([first, *byte])
                };
                out[written] = u8::try_from(unit)
                    .ok()
                    .filter(u8::is_ascii)
                    .unwrap_or(NOT_ASCII);
                written += 1;
            }
        }
        Ok(written)
    }
}

impl<R: Read> Read for Decoded<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.encoding == Encoding::Utf8 {
            self.input.read(out)
        } else {
            self.read_utf16(out)
        }
    }
}

/// Returns the beginning of a text as it reads without its encoding.
pub(super) fn decoded_start(start: &[u8]) -> Vec<u8> {
    let (encoding, mark) = Encoding::detect(start);
    let mut text = Vec::with_capacity(start.len());
    let read = Decoded::new(&start[mark..], encoding).read_to_end(&mut text);
    read.expect("text_encoding: a slice can be read");
    text
}

/// Returns a whole text in UTF-8, whatever its encoding was, without its byte order mark. What is
/// not valid becomes U+FFFD.
pub fn text_in_utf8(bytes: &[u8]) -> Cow<'_, str> {
    let (encoding, mark) = Encoding::detect(bytes);
    let bytes = &bytes[mark..];
    let unit = match encoding {
        Encoding::Utf8 => return String::from_utf8_lossy(bytes),
        Encoding::Utf16LittleEndian => u16::from_le_bytes,
        Encoding::Utf16BigEndian => u16::from_be_bytes,
    };
    let (units, _) = bytes.as_chunks();
    let units = units.iter().map(|bytes| unit(*bytes));
    let text = char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER));
    Cow::Owned(text.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives one byte at a time.
    struct Slow<'a>(&'a [u8]);

    impl Read for Slow<'_> {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            let most = out.len().min(1);
            self.0.read(&mut out[..most])
        }
    }

    fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(bytes).collect()
    }

    #[test]
    fn every_encoding_gives_the_same_ascii_text_for_any_read_size() {
        let text = "-----BEGIN\r\nabc\n".repeat(2000);
        let little = utf16(&text, u16::to_le_bytes);
        let big = utf16(&text, u16::to_be_bytes);
        let with = |mark: &[u8], bytes: &[u8]| [mark, bytes].concat();
        for bytes in [
            text.clone().into_bytes(),
            with(&[0xef, 0xbb, 0xbf], text.as_bytes()),
            with(&[0xff, 0xfe], &little),
            with(&[0xfe, 0xff], &big),
            little,
            big,
        ] {
            assert_eq!(decoded_start(&bytes), text.as_bytes());
            assert_eq!(text_in_utf8(&bytes), text);
            let (encoding, mark) = Encoding::detect(&bytes);
            let mut slow = Vec::new();
            Decoded::new(Slow(&bytes[mark..]), encoding)
                .read_to_end(&mut slow)
                .unwrap();
            assert_eq!(slow, text.as_bytes());
        }
    }

    #[test]
    fn what_is_not_ascii_or_ends_within_a_unit_is_no_armor() {
        let mut bytes = utf16("\u{feff}a\u{e9}\u{20ac}b", u16::to_le_bytes);
        bytes.push(b'c');
        assert_eq!(decoded_start(&bytes), [b'a', 0xff, 0xff, b'b', 0xff]);
    }
}
