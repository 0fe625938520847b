//! The bytes of one frame, found without decompressing it (RFC 8878, section 3.1.1).

use std::io::{self, BufRead, Read};

/// The longest contents of a frame that is decompressed as a whole.
const SHORT: u64 = 2 << 20;

/// The most bytes that such a frame has itself. Blocks can be empty, so there could be any number.
const MOST_BYTES: usize = 3 << 20;

/// The most blocks of such a frame. Compressors make at most 196 of 128 KiB.
const MOST_BLOCKS: usize = 4096;

/// The longest block.
const MOST_BLOCK: usize = 128 << 10;

/// The largest byte that describes a window of at most 8 MiB.
const MOST_WINDOW: u8 = 13 << 3;

const MAGIC: u32 = 0xFD2F_B528;

/// What is next in the input.
pub(super) enum Found {
    /// A whole frame that says how long its contents are.
    Short {
        bytes: Vec<u8>,
        len: usize,
    },
    /// The first bytes of anything else.
    Other(Vec<u8>),
    End,
}

/// Reads the next frame that is not skippable.
pub(super) fn read_frame(input: &mut impl BufRead) -> io::Result<Found> {
    let mut bytes = Vec::new();
    loop {
        bytes.clear();
        if input.fill_buf()?.is_empty() {
            return Ok(Found::End);
        }
        let Some(&magic) = read(input, &mut bytes, 4)?.and_then(<[u8]>::first_chunk) else {
            return Ok(Found::Other(bytes));
        };
        let magic = u32::from_le_bytes(magic);
        if magic & !0xf == 0x184D_2A50 {
            if !skip(input, &mut bytes)? {
                return Ok(Found::Other(bytes));
            }
            continue;
        }
        let len = if magic == MAGIC {
            frame(input, &mut bytes)?
        } else {
            None
        };
        return Ok(match len {
            Some(len) => Found::Short { bytes, len },
            None => Found::Other(bytes),
        });
    }
}

/// Skips a skippable frame after its mark. Returns false if it is not whole.
fn skip(input: &mut impl BufRead, bytes: &mut Vec<u8>) -> io::Result<bool> {
    let Some(&len) = read(input, bytes, 4)?.and_then(<[u8]>::first_chunk) else {
        return Ok(false);
    };
    let len = u64::from(u32::from_le_bytes(len));
    Ok(io::copy(&mut input.take(len), &mut io::sink())? == len)
}

/// Reads a frame after its mark. Returns the length of its contents; `None` if it is not whole, not
/// short, or not as it should be.
fn frame(input: &mut impl BufRead, bytes: &mut Vec<u8>) -> io::Result<Option<usize>> {
    let Some(&[descriptor]) = read(input, bytes, 1)?.and_then(<[u8]>::first_chunk) else {
        return Ok(None);
    };
    let is_single = descriptor & 0x20 != 0;
    let (is_reserved, has_checksum) = (descriptor & 8 != 0, descriptor & 4 != 0);
    let has_dictionary = descriptor & 3 != 0;
    let size = match descriptor >> 6 {
        0 => usize::from(is_single),
        1 => 2,
        2 => 4,
        _ => 8,
    };
    if is_reserved || has_dictionary || size == 0 {
        return Ok(None);
    }
    if !is_single {
        match read(input, bytes, 1)? {
            Some(&[window]) if window <= MOST_WINDOW => {}
            _ => return Ok(None),
        }
    }
    let Some(field) = read(input, bytes, size)? else {
        return Ok(None);
    };
    let mut len = [0; 8];
    len[..size].copy_from_slice(field);
    let len = u64::from_le_bytes(len).saturating_add(if size == 2 { 256 } else { 0 });
    if len > SHORT || !blocks(input, bytes)? {
        return Ok(None);
    }
    if has_checksum && read(input, bytes, 4)?.is_none() {
        return Ok(None);
    }
    Ok(usize::try_from(len).ok())
}

/// Reads the blocks of a frame. Returns false if they are not as they should be.
fn blocks(input: &mut impl BufRead, bytes: &mut Vec<u8>) -> io::Result<bool> {
    for _ in 0..MOST_BLOCKS {
        let Some(&[one, two, three]) = read(input, bytes, 3)?.and_then(<[u8]>::first_chunk) else {
            return Ok(false);
        };
        let header = u32::from_le_bytes([one, two, three, 0]);
        let size = usize::try_from(header >> 3).unwrap_or(usize::MAX);
        let stored = match header >> 1 & 3 {
            // A byte that is repeated.
            1 => 1,
            0 | 2 if size <= MOST_BLOCK => size,
            _ => return Ok(false),
        };
        if bytes.len() + stored > MOST_BYTES || read(input, bytes, stored)?.is_none() {
            return Ok(false);
        }
        if header & 1 == 1 {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Reads some bytes and appends them. Returns them if there are so many.
fn read<'a>(
    input: &mut impl BufRead,
    bytes: &'a mut Vec<u8>,
    len: usize,
) -> io::Result<Option<&'a [u8]>> {
    let begin = bytes.len();
    input.take(len as u64).read_to_end(bytes)?;
    Ok(Some(&bytes[begin..]).filter(|read| read.len() == len))
}
