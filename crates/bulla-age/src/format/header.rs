//! The header: version line, stanzas, MAC line.

use std::io::BufRead;

use crate::format::stanza::Stanza;
use base64::{Engine, prelude::BASE64_STANDARD_NO_PAD};

use crate::format::error::HeaderError;
use crate::format::line::{Line, read_line};
use crate::format::stanza::{parse_body_line, parse_first_line, write_stanza};
use crate::untrusted::Untrusted;

/// The first line, without its LF.
pub const VERSION: &str = "age-encryption.org/v1";
/// The most bytes a header may have.
pub const MAX_HEADER: usize = 16 << 20;
/// The most bytes a line of it may have.
pub const MAX_LINE: usize = 128 << 10;
/// The most stanzas it may have, whatever the limits.
pub const MAX_STANZAS: usize = 65_536;

/// Limits that no honest header comes near, so that reading a forged one costs little.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeaderLimits {
    /// The most stanzas, at most [`MAX_STANZAS`].
    pub stanzas: usize,
    /// The most arguments of a stanza.
    pub arguments: usize,
}

impl Default for HeaderLimits {
    fn default() -> Self {
        Self {
            stanzas: 4096,
            arguments: 64,
        }
    }
}

const STANZA: &[u8] = b"-> ";
const MAC: &[u8] = b"---";

/// A parsed header. Because the grammar has one spelling only, its bytes can always be written
/// again.
#[derive(Debug)]
pub struct Header {
    stanzas: Vec<Stanza>,
    mac: [u8; 32],
    /// The bytes the MAC covers: all up to and including `---`.
    covered: Vec<u8>,
    /// All bytes, the LF of the MAC line included.
    len: usize,
}

impl Header {
    /// Reads one header, once, in linear time, and not one byte past it.
    ///
    /// # Errors
    /// [`HeaderError`] names the rule that is broken or the cap that is exceeded.
    pub fn read(input: &mut impl BufRead) -> Result<Self, HeaderError> {
        Self::read_within(&HeaderLimits::default(), input)
    }

    /// Does the same as [`read`](Self::read), with other limits.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn read_within(
        limits: &HeaderLimits,
        input: &mut impl BufRead,
    ) -> Result<Self, HeaderError> {
        Parser {
            input,
            limits,
            line: Vec::new(),
            number: 0,
            covered: Vec::new(),
        }
        .header()
    }

    /// The stanzas in order.
    pub fn stanzas(&self) -> &[Stanza] {
        &self.stanzas
    }

    /// The MAC that the header claims, 32 bytes.
    pub fn mac(&self) -> &[u8; 32] {
        &self.mac
    }

    /// The bytes that the MAC covers: up to and including `---`, without the space after it.
    pub fn covered(&self) -> &[u8] {
        &self.covered
    }

    /// The header's length in bytes, up to and including the LF after the MAC.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Never: a header has at least two lines.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The bytes a MAC must cover for these stanzas: version line, stanzas, `---`.
    pub fn bytes_to_cover<'a>(stanzas: impl IntoIterator<Item = &'a Stanza>) -> Vec<u8> {
        let stanzas = stanzas.into_iter();
        let mut bytes = Vec::with_capacity(256 * (stanzas.size_hint().0 + 1));
        bytes.extend_from_slice(VERSION.as_bytes());
        bytes.push(b'\n');
        for stanza in stanzas {
            write_stanza(stanza, &mut bytes);
        }
        bytes.extend_from_slice(MAC);
        bytes
    }

    /// Turns covered bytes and their MAC into a whole header.
    pub fn finish(mut covered: Vec<u8>, mac: &[u8; 32]) -> Vec<u8> {
        covered.push(b' ');
        covered.extend_from_slice(BASE64_STANDARD_NO_PAD.encode(mac).as_bytes());
        covered.push(b'\n');
        covered
    }
}

struct Parser<'a, R> {
    input: &'a mut R,
    limits: &'a HeaderLimits,
    line: Vec<u8>,
    number: usize,
    covered: Vec<u8>,
}

impl<R: BufRead> Parser<'_, R> {
    fn header(mut self) -> Result<Header, HeaderError> {
        self.version()?;
        let mut stanzas = Vec::new();
        loop {
            self.next()?;
            if let Some(first) = self.line.strip_prefix(STANZA) {
                let most = self.limits.stanzas.min(MAX_STANZAS);
                if stanzas.len() == most {
                    return Err(HeaderError::TooManyStanzas(most));
                }
                if first.iter().filter(|byte| **byte == b' ').count() > self.limits.arguments {
                    return Err(HeaderError::TooManyArguments(self.limits.arguments));
                }
                let mut stanza = parse_first_line(first).map_err(|why| self.error(why))?;
                self.cover();
                self.body(&mut stanza.body)?;
                stanzas.push(stanza);
            } else if self.line.starts_with(MAC) {
                let mac = parse_mac(&self.line)
                    .ok_or_else(|| self.error("the MAC is not 32 bytes of canonical base64"))?;
                self.covered.extend_from_slice(MAC);
                let len = self.covered.len() - MAC.len() + self.line.len() + 1;
                return Ok(Header {
                    stanzas,
                    mac,
                    covered: self.covered,
                    len,
                });
            } else {
                return Err(self.error("neither a stanza nor the MAC"));
            }
        }
    }

    fn version(&mut self) -> Result<(), HeaderError> {
        self.number = 1;
        let read = read_line(self.input, &mut self.line, 4 * VERSION.len())?;
        match read {
            Line::Ended if self.line.is_empty() => Err(HeaderError::Empty),
            Line::Whole if self.line == VERSION.as_bytes() => {
                self.cover();
                Ok(())
            }
            Line::Ended if VERSION.as_bytes().starts_with(&self.line) => {
                Err(HeaderError::Truncated)
            }
            Line::Whole if self.line.strip_suffix(b"\r") == Some(VERSION.as_bytes()) => {
                Err(HeaderError::LineEnds)
            }
            Line::Whole => match self.line.strip_prefix(b"age-encryption.org/") {
                Some(version) if version.first() == Some(&b'v') && !version.contains(&b'\r') => {
                    Err(HeaderError::Version(Untrusted::from_bytes(version)))
                }
                _ => Err(HeaderError::NotAge),
            },
            _ => Err(HeaderError::NotAge),
        }
    }

    fn body(&mut self, body: &mut Vec<u8>) -> Result<(), HeaderError> {
        loop {
            self.next()?;
            let last = parse_body_line(&self.line, body).map_err(|why| self.error(why))?;
            self.cover();
            if last {
                body.shrink_to_fit();
                return Ok(());
            }
        }
    }

    fn next(&mut self) -> Result<(), HeaderError> {
        self.number += 1;
        match read_line(self.input, &mut self.line, MAX_LINE)? {
            Line::Whole if self.covered.len() + self.line.len() >= MAX_HEADER => {
                Err(HeaderError::TooLarge("it is larger than 16 MiB"))
            }
            Line::Whole => Ok(()),
            Line::Ended => Err(HeaderError::Truncated),
            Line::TooLong => Err(HeaderError::TooLarge("it has a line of more than 128 KiB")),
        }
    }

    fn cover(&mut self) {
        // Room is doubled, but not beyond the longest header. Smaller steps would leave behind more
        // pieces of memory that are too small for the next one.
        let (len, more) = (self.covered.len(), self.line.len() + 1);
        if len + more > self.covered.capacity() {
            let step = len.min(MAX_HEADER.saturating_sub(len));
            self.covered.reserve_exact(more.max(step).max(4096));
        }
        self.covered.extend_from_slice(&self.line);
        self.covered.push(b'\n');
    }

    fn error(&self, why: &'static str) -> HeaderError {
        HeaderError::Line {
            line: self.number,
            why,
        }
    }
}

/// `--- ` and 43 characters.
fn parse_mac(line: &[u8]) -> Option<[u8; 32]> {
    let text = line.strip_prefix(b"--- ")?;
    BASE64_STANDARD_NO_PAD.decode(text).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAC_LINE: &str = "--- AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n";

    fn read(text: &[u8]) -> Result<Header, HeaderError> {
        Header::read(&mut &text[..])
    }

    #[test]
    fn a_header_is_written_as_it_was_read() {
        for body in [0, 1, 32, 47, 48, 49, 96, 1000] {
            let stanza = Stanza {
                tag: "a".into(),
                args: ["b", "!"].into(),
                body: vec![7; body],
            };
            let bytes = Header::finish(Header::bytes_to_cover(&[stanza]), &[3; 32]);
            let mut input = [bytes.as_slice(), b"payload"].concat();
            let mut rest = input.as_slice();
            let header = Header::read(&mut rest).unwrap();
            assert_eq!(
                (header.len(), header.mac(), rest),
                (bytes.len(), &[3; 32], &b"payload"[..])
            );
            assert_eq!(
                Header::finish(header.covered().to_vec(), header.mac()),
                bytes
            );
            input.truncate(bytes.len() - 1);
            assert!(matches!(read(&input), Err(HeaderError::Truncated)));
        }
    }

    #[test]
    fn caps_refuse_and_never_cut_short() {
        let with = |middle: &str| format!("{VERSION}\n{middle}{MAC_LINE}");
        let within = |stanzas: usize, arguments: usize, middle: &str| {
            let limits = HeaderLimits { stanzas, arguments };
            Header::read_within(&limits, &mut with(middle).as_bytes())
        };
        let many = |count: usize| "-> a\n\n".repeat(count);
        assert!(read(with(&many(4096)).as_bytes()).is_ok());
        assert!(matches!(
            read(with(&many(4097)).as_bytes()),
            Err(HeaderError::TooManyStanzas(4096))
        ));
        assert!(within(MAX_STANZAS, 64, &many(MAX_STANZAS)).is_ok());
        assert!(matches!(
            within(usize::MAX, 64, &many(MAX_STANZAS + 1)),
            Err(HeaderError::TooManyStanzas(MAX_STANZAS))
        ));
        let wide = |count: usize| format!("-> a{}\n\n", " b".repeat(count));
        assert_eq!(
            read(with(&wide(64)).as_bytes()).unwrap().stanzas()[0]
                .args
                .len(),
            64
        );
        assert!(matches!(
            read(with(&wide(65)).as_bytes()),
            Err(HeaderError::TooManyArguments(64))
        ));
        assert!(within(1, 65_000, &wide(65_000)).is_ok());
        let long_line = format!("-> {}\n\n", "a".repeat(MAX_LINE));
        assert!(matches!(
            read(with(&long_line).as_bytes()),
            Err(HeaderError::TooLarge(_))
        ));
        let long = format!("-> {}\n\n", "a".repeat(MAX_LINE - 8)).repeat(129);
        assert!(matches!(
            read(with(&long).as_bytes()),
            Err(HeaderError::TooLarge(_))
        ));
    }

    #[test]
    fn input_that_is_not_age_is_recognized() {
        assert!(matches!(read(b""), Err(HeaderError::Empty)));
        assert!(matches!(
            read(b"age-encryption.org/v2\n"),
            Err(HeaderError::Version(_))
        ));
        assert!(matches!(
            read(b"age-encryption.org/v1\r\n"),
            Err(HeaderError::LineEnds)
        ));
        assert!(matches!(read(&[b'x'; 100_000]), Err(HeaderError::NotAge)));
        assert!(matches!(read(b"age-encr"), Err(HeaderError::Truncated)));
    }
}
