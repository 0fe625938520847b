//! The table of all frames before it, in the last frame of the file.

use std::io::{Read, Seek, SeekFrom};

use crate::frames::error::FramesError;
use crate::frames::{SEEK_TABLE, SKIPPABLE, skippable};

/// The length of what follows the entries: their number, a byte of flags and a mark.
pub(super) const FOOTER: usize = 9;

/// The length of an entry without a checksum.
pub(super) const ENTRY: usize = 8;

const MARK: u32 = 0x8F92_EAB1;

/// The most frames, so that a file cannot ask for any amount of memory. In frames of 1 MiB that is
/// 4 TiB.
const MOST: u32 = 4 << 20;

/// The lengths of a frame in the file, and of what it decompresses to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sizes {
    pub(super) compressed: u32,
    pub(super) decompressed: u32,
}

/// Returns the length of the frame with a table of this many entries.
pub(super) fn table_len(entries: usize) -> u64 {
    (SKIPPABLE + entries * ENTRY + FOOTER) as u64
}

/// Returns the frame with the table; `None` if there are too many frames for one.
pub(super) fn to_bytes(frames: &[Sizes]) -> Option<Vec<u8>> {
    let number = u32::try_from(frames.len())
        .ok()
        .filter(|number| *number <= MOST)?;
    let len = frames.len() * ENTRY + FOOTER;
    let mut bytes = Vec::with_capacity(SKIPPABLE + len);
    bytes.extend_from_slice(&skippable(SEEK_TABLE, u32::try_from(len).ok()?));
    for sizes in frames {
        bytes.extend_from_slice(&sizes.compressed.to_le_bytes());
        bytes.extend_from_slice(&sizes.decompressed.to_le_bytes());
    }
    bytes.extend_from_slice(&number.to_le_bytes());
    bytes.push(0);
    bytes.extend_from_slice(&MARK.to_le_bytes());
    Some(bytes)
}

/// Reads the table at the end of an input, and returns it with the offset at which it begins.
/// Returns `None` if there is none.
pub(super) fn read(
    input: &mut (impl Read + Seek),
) -> Result<Option<(Vec<Sizes>, u64)>, FramesError> {
    let end = input.seek(SeekFrom::End(0))?;
    let Some(footer_offset) = end.checked_sub(FOOTER as u64) else {
        return Ok(None);
    };
    let mut footer = [0; FOOTER];
    input.seek(SeekFrom::Start(footer_offset))?;
    input.read_exact(&mut footer)?;
    if footer[5..] != MARK.to_le_bytes() {
        return Ok(None);
    }
    let number = number(&footer);
    let (has_checksums, reserved) = (footer[4] & 0x80 != 0, footer[4] & 0x7c);
    if number > MOST {
        return Err(FramesError::Malformed("it has too many frames"));
    }
    if reserved != 0 {
        return Err(FramesError::Malformed("it has unknown flags"));
    }
    let entry = if has_checksums { ENTRY + 4 } else { ENTRY };
    let count = usize::try_from(number).unwrap_or(usize::MAX);
    let len = count.saturating_mul(entry) + FOOTER;
    let Some(offset) = end.checked_sub((SKIPPABLE + len) as u64) else {
        return Err(FramesError::Malformed("it is longer than the file"));
    };
    let mut start = [0; SKIPPABLE];
    input.seek(SeekFrom::Start(offset))?;
    input.read_exact(&mut start)?;
    if u32::try_from(len).map(|len| skippable(SEEK_TABLE, len)) != Ok(start) {
        return Err(FramesError::Malformed("it does not begin where it should"));
    }
    let mut entries = vec![0; count * entry];
    input.read_exact(&mut entries)?;
    let frames: Vec<Sizes> = entries
        .chunks_exact(entry)
        .map(|entry| Sizes {
            compressed: self::number(entry),
            decompressed: self::number(&entry[4..]),
        })
        .collect();
    let sum: u64 = frames.iter().map(|sizes| u64::from(sizes.compressed)).sum();
    if sum != offset {
        return Err(FramesError::Malformed(
            "its frames are not those of the file",
        ));
    }
    Ok(Some((frames, offset)))
}

/// The number in the first four bytes.
pub(super) fn number(bytes: &[u8]) -> u32 {
    let first = bytes.first_chunk().expect("seek table: four bytes");
    u32::from_le_bytes(*first)
}
