//! An input, armored or not.

use std::io::{self, BufRead, BufReader, Chain, Cursor, Read};

use crate::format::armor::ArmorReader;
use crate::format::error::BEGIN;
use crate::format::error::HeaderError;
use crate::format::header::VERSION;

/// The bytes examined to distinguish armor, which may follow white space, from binary.
const LOOK: usize = 1 << 10;
const BUFFER: usize = 64 << 10;

type Whole<R> = BufReader<Chain<Cursor<Vec<u8>>, R>>;

/// A reader of the age file inside an input, binary or armored.
pub enum Source<R: Read> {
    /// The input's own bytes.
    Binary(Whole<R>),
    /// The bytes inside its armor.
    Armored(Box<BufReader<ArmorReader<Whole<R>>>>),
}

impl<R: Read> Source<R> {
    /// Looks at the beginning of the input.
    ///
    /// # Errors
    /// [`HeaderError::ArmorInText`] if other text precedes an armored block; errors of reading.
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
        let begins = start.trim_ascii_start();
        let holds_armor = contains(&start, BEGIN.as_bytes());
        // A first line of dashes is a damaged BEGIN line, unless an intact one follows.
        let armored =
            begins.starts_with(b"-----BEGIN ") || (begins.starts_with(b"-----") && !holds_armor);
        if !armored && !begins.starts_with(b"age-encryption.org/") && holds_armor {
            return Err(HeaderError::ArmorInText);
        }
        let whole = BufReader::with_capacity(BUFFER, Cursor::new(start).chain(input));
        Ok(if armored {
            Self::Armored(Box::new(BufReader::with_capacity(
                BUFFER,
                ArmorReader::new(whole),
            )))
        } else {
            Self::Binary(whole)
        })
    }

    /// Returns true if the input is armored.
    pub fn is_armored(&self) -> bool {
        matches!(self, Self::Armored(_))
    }
}

/// Returns true if the beginning of an input looks like an age file, armored or not.
pub fn looks_encrypted(start: &[u8]) -> bool {
    start.starts_with(format!("{VERSION}\n").as_bytes())
        || start.trim_ascii_start().starts_with(BEGIN.as_bytes())
}

/// Returns true if enough was read to decide.
fn decided(start: &[u8]) -> bool {
    start.trim_ascii_start().len() > 2 * BEGIN.len()
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
