//! The archive in decrypted contents, whether it is compressed or not.

use std::io::{BufRead, Read};

use bulla_archive::frames::{Decoder, MOST_WINDOW, ParallelDecoder};
use bulla_archive::read::{ReadError, Reader, looks_like_tar};

use crate::errors::{Failure, Result};

/// The first bytes of a zstd frame.
const ZSTD: [u8; 4] = 0xFD2F_B528_u32.to_le_bytes();

/// Reads an archive from its beginning: a tar file, or zstd frames with one, which this many other
/// threads decompress.
///
/// # Errors
/// The contents are neither.
pub(crate) fn tar_reader<'a>(
    mut input: impl BufRead + 'a,
    threads: usize,
) -> Result<Reader<Box<dyn Read + 'a>>> {
    let begin = input.fill_buf().map_err(ReadError::Input)?;
    if looks_like_tar(begin) {
        return Ok(Reader::new(Box::new(input)));
    }
    if !is_zstd(begin) {
        return Err(Failure::NotAnArchive.into());
    }
    if threads > 0 {
        let decoder = ParallelDecoder::new(input, MOST_WINDOW, threads);
        return Ok(Reader::new(Box::new(decoder)));
    }
    let decoder = Decoder::new(input, MOST_WINDOW).map_err(ReadError::Input)?;
    Ok(Reader::new(Box::new(decoder)))
}

/// Returns whether these bytes begin a zstd frame, or one that decoders skip.
pub(crate) fn is_zstd(begin: &[u8]) -> bool {
    begin.starts_with(&ZSTD) || matches!(begin, [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..])
}
