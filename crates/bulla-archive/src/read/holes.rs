//! Files with holes: the lists of the parts that are stored.

use crate::entry::Part;
use crate::read::error::{Field, Refusal};
use crate::read::number::{decimal, unsigned};

/// The most parts of a file.
pub(super) const MOST_PARTS: usize = 1 << 18;

/// The bytes of one part in an old GNU list: two numbers of 12 bytes.
const GNU_PART: usize = 24;

/// Checks parts while they are added: in order, apart, and inside the file.
#[derive(Debug)]
pub(super) struct Parts {
    parts: Vec<Part>,
    /// The length of the file.
    len: u64,
    end: u64,
    stored: u64,
}

impl Parts {
    pub(super) fn new(len: u64) -> Self {
        Self {
            parts: Vec::new(),
            len,
            end: 0,
            stored: 0,
        }
    }

    pub(super) fn add(&mut self, offset: u64, len: u64) -> Result<(), Refusal> {
        let end = offset.checked_add(len).ok_or(Refusal::Holes)?;
        // Some readers take an empty part for the end of the file, wherever it is.
        let is_misplaced = len == 0 && offset != self.len;
        if offset < self.end || end > self.len || is_misplaced {
            return Err(Refusal::Holes);
        }
        if self.parts.len() == MOST_PARTS {
            return Err(Refusal::Limit(Field::Holes, MOST_PARTS as u64));
        }
        self.end = end;
        self.stored += len;
        // GNU tar marks the end of the file with an empty part.
        match self.parts.last_mut() {
            _ if len == 0 => {}
            Some(last) if last.offset + last.len == offset => last.len += len,
            _ => self.parts.push(Part { offset, len }),
        }
        Ok(())
    }

    /// Adds the parts of an old GNU header or of a block after it. Returns whether the list ended.
    pub(super) fn add_gnu(&mut self, list: &[u8]) -> Result<bool, Refusal> {
        let mut ended = false;
        for part in list.chunks_exact(GNU_PART) {
            let is_blank = part.iter().all(|byte| *byte == 0);
            if ended && !is_blank {
                return Err(Refusal::Holes);
            }
            ended = is_blank;
            if !is_blank {
                let number = |bytes| unsigned(bytes, Field::Holes);
                self.add(number(&part[..12])?, number(&part[12..])?)?;
            }
        }
        Ok(ended)
    }

    /// Returns the parts, which must be as long as what is stored. If the file ends in a hole, an
    /// empty part must say so: some readers would leave it out.
    pub(super) fn finish(self, stored: u64) -> Result<Vec<Part>, Refusal> {
        if self.stored != stored {
            return Err(Refusal::TwoSizes);
        }
        if self.end != self.len {
            return Err(Refusal::Holes);
        }
        Ok(self.parts)
    }
}

/// Reads the lines of a list that stands before the contents: the number of parts, and an offset
/// and a length for each.
#[derive(Debug)]
pub(super) struct Lines {
    parts: Parts,
    line: Vec<u8>,
    /// How many numbers are still to come; `None` before the first line.
    left: Option<u64>,
    offset: Option<u64>,
}

impl Lines {
    pub(super) fn new(len: u64) -> Self {
        Self {
            parts: Parts::new(len),
            line: Vec::new(),
            left: None,
            offset: None,
        }
    }

    /// Takes a block. Returns whether the list ended in it; zeros fill the rest.
    pub(super) fn take(&mut self, block: &[u8]) -> Result<bool, Refusal> {
        for (index, byte) in block.iter().enumerate() {
            if self.left == Some(0) {
                let filled = block[index..].iter().all(|byte| *byte == 0);
                return if filled {
                    Ok(true)
                } else {
                    Err(Refusal::Holes)
                };
            }
            match byte {
                b'\n' => self.end_line()?,
                b'0'..=b'9' if self.line.len() < 20 => self.line.push(*byte),
                _ => return Err(Refusal::Holes),
            }
        }
        Ok(self.left == Some(0))
    }

    fn end_line(&mut self) -> Result<(), Refusal> {
        let number = decimal(&self.line, Field::Holes)?;
        self.line.clear();
        match (self.left, self.offset.take()) {
            (None, _) if number > MOST_PARTS as u64 => {
                return Err(Refusal::Limit(Field::Holes, MOST_PARTS as u64));
            }
            (None, _) => self.left = Some(number * 2),
            (Some(left), offset) => {
                match offset {
                    None => self.offset = Some(number),
                    Some(offset) => self.parts.add(offset, number)?,
                }
                self.left = Some(left - 1);
            }
        }
        Ok(())
    }

    pub(super) fn finish(self, stored: u64) -> Result<Vec<Part>, Refusal> {
        self.parts.finish(stored)
    }
}
