//! An input, armored or not.

use std::io::{self, BufRead, BufReader, Chain, Cursor, Read};

use crate::format::armor::ArmorReader;
use crate::format::error::BEGIN;
use crate::format::error::HeaderError;
use crate::format::header::VERSION;
use crate::format::other_formats;
use crate::format::text_encoding::{Decoded, Encoding, decoded_start};

/// The bytes examined to distinguish armor, which may follow white space, from binary.
const LOOK: usize = 1 << 10;
const BUFFER: usize = 64 << 10;

type Whole<R> = Chain<Cursor<Vec<u8>>, R>;
type InArmor<R> = ArmorReader<BufReader<Decoded<Whole<R>>>>;

/// A reader of the age file inside an input, binary or armored.
pub enum Source<R: Read> {
    /// The input's own bytes.
    Binary(BufReader<Whole<R>>),
    /// The bytes inside its armor.
    Armored(Box<BufReader<InArmor<R>>>),
}

impl<R: Read> Source<R> {
    /// Looks at the beginning of the input. Armor may be in UTF-16 or follow a byte order mark.
    ///
    /// # Errors
    /// [`HeaderError::ArmorInText`] if other text precedes an armored block;
    /// [`HeaderError::SavedAsText`]; [`HeaderError::OtherFormat`]; errors of reading.
    pub fn new(mut input: R) -> Result<Self, HeaderError> {
        let mut start = Vec::with_capacity(LOOK);
        while start.len() < LOOK && !decided(&start) {
            let before = start.len();
            start.resize(LOOK, 0);
            let read = retry(|| input.read(&mut start[before..]));
            start.truncate(before + *read.as_ref().unwrap_or(&0));
            if read? == 0 {
                break;
            }
        }
        let (encoding, mark) = Encoding::detect(&start);
        let text = decoded_start(&start);
        let begins = text.trim_ascii_start();
        if let Some(kind) = other_formats::kind(begins).or_else(|| other_formats::kind(&start)) {
            return Err(HeaderError::OtherFormat(kind));
        }
        let is_age = begins.starts_with(b"age-encryption.org/");
        if is_age && (mark > 0 || encoding != Encoding::Utf8) {
            return Err(HeaderError::SavedAsText);
        }
        let holds_armor = || contains(&text, BEGIN.as_bytes());
        // A first line of dashes is a damaged BEGIN line, unless an intact one follows.
        let armored =
            begins.starts_with(b"-----BEGIN ") || (begins.starts_with(b"-----") && !holds_armor());
        if !armored && !is_age && holds_armor() {
            return Err(HeaderError::ArmorInText);
        }
        let mut start = Cursor::new(start);
        if !armored {
            let whole = BufReader::with_capacity(BUFFER, start.chain(input));
            return Ok(Self::Binary(whole));
        }
        start.set_position(mark as u64);
        let text = BufReader::with_capacity(BUFFER, Decoded::new(start.chain(input), encoding));
        let armor = BufReader::with_capacity(BUFFER, ArmorReader::new(text));
        Ok(Self::Armored(Box::new(armor)))
    }

    /// Returns true if the input is armored.
    pub fn is_armored(&self) -> bool {
        matches!(self, Self::Armored(_))
    }
}

/// Returns true if the beginning of an input looks like an age file, armored or not.
pub fn looks_encrypted(start: &[u8]) -> bool {
    let begins = |text: &[u8]| text.trim_ascii_start().starts_with(BEGIN.as_bytes());
    start.starts_with(format!("{VERSION}\n").as_bytes())
        || match Encoding::detect(start) {
            // Not copied: these may be the bytes of a secret key.
            (Encoding::Utf8, mark) => begins(&start[mark..]),
            _ => begins(&decoded_start(&start[..start.len().min(LOOK)])),
        }
}

/// Returns true if enough was read to decide; text in UTF-16 has two bytes for each character.
fn decided(start: &[u8]) -> bool {
    start.trim_ascii_start().len() > 4 * BEGIN.len()
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

fn retry<T>(mut read: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match read() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

impl<R: Read> Read for Source<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Binary(input) => input.read(out),
            Self::Armored(input) => input.read(out),
        }
    }
}

impl<R: Read> BufRead for Source<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        match self {
            Self::Binary(input) => input.fill_buf(),
            Self::Armored(input) => input.fill_buf(),
        }
    }

    fn consume(&mut self, len: usize) {
        match self {
            Self::Binary(input) => input.consume(len),
            Self::Armored(input) => input.consume(len),
        }
    }
}
