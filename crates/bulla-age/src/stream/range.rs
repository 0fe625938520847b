//! A part of the plaintext, out of a seekable payload.

use std::io::Write;

use crate::stream::chunk::{CHUNK, PayloadKey, SEALED_CHUNK, plaintext_len, position};
use crate::stream::error::PayloadError;
use crate::stream::nonce::ChunkNonce;
use crate::stream::positioned::ReadAt;
use crate::stream::segments::At;

/// Opens the bytes `range` of the plaintext, out of a payload of `sealed` bytes (the length of the
/// file less [`payload_offset`](crate::UnlockedFile::payload_offset)), and writes them.
///
/// The last chunk is authenticated first: only then is the length of the payload known to be the
/// author's (C2SP age.md, "Payload"). Nothing is written that is not authenticated.
///
/// # Errors
/// [`PayloadError::OutOfRange`] where the range ends past the plaintext; else as opening the whole.
pub fn open_range(
    key: &PayloadKey,
    input: At<'_, impl ReadAt + ?Sized>,
    sealed: u64,
    range: std::ops::Range<u64>,
    mut output: impl Write,
) -> Result<(), PayloadError> {
    let last = sealed.div_ceil(SEALED_CHUNK as u64).max(1) - 1;
    let total = plaintext_len(sealed).ok_or(PayloadError::Truncated { chunk: last })?;
    let mut buffer = vec![0; SEALED_CHUNK];
    let open = |index: u64, buffer: &mut Vec<u8>| {
        let start = index * SEALED_CHUNK as u64;
        let size = usize::try_from((sealed - start).min(SEALED_CHUNK as u64))
            .expect("range: a chunk is 64 KiB");
        buffer.resize(size, 0);
        match input.place.read_at(buffer, input.offset + start) {
            Ok(read) if read == size => {}
            Ok(_) => return Err(PayloadError::Shrunk),
            Err(error) => return Err(PayloadError::Read(error)),
        }
        let nonce = ChunkNonce::new(index, position(index == last));
        key.open(nonce, buffer, 0)
            .map_err(|_| PayloadError::Damaged { chunk: index })
    };
    open(last, &mut buffer)?;
    if range.end > total || range.start > range.end {
        return Err(PayloadError::OutOfRange {
            end: range.end.max(range.start),
            len: total,
        });
    }
    let mut at = range.start;
    while at < range.end {
        let index = at / CHUNK as u64;
        let len = open(index, &mut buffer)?;
        let from = usize::try_from(at % CHUNK as u64).expect("range: a chunk is 64 KiB");
        let until = len.min(from + usize::try_from(range.end - at).unwrap_or(usize::MAX));
        output
            .write_all(&buffer[from..until])
            .map_err(PayloadError::Write)?;
        at += (until - from) as u64;
    }
    Ok(())
}
