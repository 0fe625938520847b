//! The block of 512 bytes in front of every entry.

use crate::entry::Timestamp;
use crate::read::error::{Fault, Field, Refusal};
use crate::read::number::{octal, optional, seconds, signed, unsigned};

/// The size of all blocks.
pub(super) const BLOCK: usize = 512;

pub(super) type Block = [u8; BLOCK];

/// A header, with its fields read and nothing decided.
#[derive(Debug)]
pub(super) struct Header<'a> {
    block: &'a Block,
    /// The type flag.
    pub(super) kind: u8,
    /// Whether it is in the GNU format; POSIX otherwise.
    pub(super) is_gnu: bool,
    /// The path, as it is written.
    pub(super) path: Vec<u8>,
    /// The target, as it is written.
    pub(super) target: &'a [u8],
    pub(super) mode: u32,
    pub(super) uid: u64,
    pub(super) gid: u64,
    /// `None` if the field is blank, because another header has the size.
    pub(super) size: Option<u64>,
    pub(super) modified: Timestamp,
}

impl<'a> Header<'a> {
    pub(super) fn parse(block: &'a Block) -> Result<Self, Refusal> {
        check_sum(block)?;
        let kind = block[156];
        let is_gnu = match &block[257..265] {
            b"ustar\x0000" => false,
            b"ustar  \0" => true,
            _ => return Err(Refusal::Format),
        };
        let name = text(&block[..100], Field::Path)?;
        let mut path = Vec::with_capacity(256);
        if is_gnu {
            // Elsewhere a prefix begins here; readers that look there find none.
            let unused = if kind == b'S' { 345..386 } else { 345..512 };
            unused_are_zeros(&block[unused])?;
        } else {
            let prefix = text(&block[345..500], Field::Path)?;
            if !prefix.is_empty() {
                path.extend_from_slice(prefix);
                path.push(b'/');
            }
            unused_are_zeros(&block[500..])?;
        }
        path.extend_from_slice(name);
        let mode = u32::try_from(octal(&block[100..108], Field::Mode)?)
            .ok()
            .filter(|mode| *mode <= 0o7777)
            .ok_or(Refusal::Field(Field::Mode, Fault::Range))?;
        text(&block[265..297], Field::Owner)?;
        text(&block[297..329], Field::Owner)?;
        optional(&block[329..337], Field::Device)?;
        optional(&block[337..345], Field::Device)?;
        Ok(Self {
            block,
            kind,
            is_gnu,
            path,
            target: text(&block[157..257], Field::Link)?,
            mode,
            uid: unsigned(&block[108..116], Field::Owner)?,
            gid: unsigned(&block[116..124], Field::Owner)?,
            size: optional(&block[124..136], Field::Size)?,
            modified: Timestamp {
                seconds: seconds(signed(&block[136..148], Field::Time)?)?,
                nanoseconds: 0,
            },
        })
    }

    /// Returns the size of an entry that no other header describes.
    pub(super) fn own_size(&self) -> Result<u64, Refusal> {
        self.size.ok_or(Refusal::Field(Field::Size, Fault::Empty))
    }

    /// The beginning of the list of parts in an old GNU header, whether more blocks follow, and the
    /// length of the file with its holes.
    pub(super) fn gnu_parts(&self) -> Result<(&'a [u8], bool, u64), Refusal> {
        unused_are_zeros(&self.block[495..])?;
        let len = unsigned(&self.block[483..495], Field::Size)?;
        Ok((&self.block[386..482], follows(self.block[482])?, len))
    }
}

/// Reads the byte that says whether a block with more parts follows.
pub(super) fn follows(flag: u8) -> Result<bool, Refusal> {
    match flag {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(Refusal::Holes),
    }
}

/// Returns whether a block is a header of one of the two formats, with the right checksum.
pub(super) fn is_header(block: &Block) -> bool {
    matches!(&block[257..265], b"ustar\x0000" | b"ustar  \0") && check_sum(block).is_ok()
}

fn check_sum(block: &Block) -> Result<(), Refusal> {
    let sum = |bytes: &[u8]| bytes.iter().map(|byte| i64::from(*byte)).sum::<i64>();
    let spaces = 8 * i64::from(b' ');
    let expected = octal(&block[148..156], Field::Checksum)?;
    if sum(&block[..148]) + spaces + sum(&block[156..]) == expected {
        Ok(())
    } else {
        Err(Refusal::Checksum)
    }
}

fn unused_are_zeros(bytes: &[u8]) -> Result<(), Refusal> {
    if bytes.iter().all(|byte| *byte == 0) {
        Ok(())
    } else {
        Err(Refusal::Unused)
    }
}

/// Returns a text that ends with a NUL, or with its field. Only NULs may follow.
fn text(field_bytes: &[u8], field: Field) -> Result<&[u8], Refusal> {
    let end = field_bytes.iter().position(|byte| *byte == 0);
    let (text, rest) = field_bytes.split_at(end.unwrap_or(field_bytes.len()));
    if rest.iter().all(|byte| *byte == 0) {
        Ok(text)
    } else {
        Err(Refusal::Field(field, Fault::AfterNul))
    }
}
