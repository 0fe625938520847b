//! What still authenticates in a damaged payload.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

use zeroize::Zeroizing;

use crate::stream::chunk::{CHUNK, PayloadKey, SEALED_CHUNK, TAG};
use crate::stream::error::PayloadError;
use crate::stream::nonce::{ChunkNonce, Position};
use crate::stream::positioned::{ReadAt, WriteAt};
use crate::stream::segments::At;

/// What was found in a damaged payload.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Salvaged {
    /// How many bytes of plaintext are authentic and were written.
    pub written: u64,
    /// The length of the plaintext: that of the author, if the end was found; otherwise as much as
    /// the input has room for.
    pub len: u64,
    /// What is missing, in order, in bytes of the plaintext. No two of them touch.
    pub holes: Vec<Range<u64>>,
    /// Whether the last chunk was found, so that the length is the author's.
    pub has_end: bool,
    /// How many bytes of the input follow the last chunk.
    pub behind: u64,
}

impl Salvaged {
    /// Returns true if the payload is what its author sealed, with nothing behind it.
    pub fn is_whole(&self) -> bool {
        self.has_end && self.holes.is_empty() && self.behind == 0
    }

    /// Adds a hole.
    fn miss(&mut self, hole: Range<u64>) {
        match self.holes.last_mut() {
            _ if hole.is_empty() => {}
            Some(last) if last.end == hole.start => last.end = hole.end,
            _ => self.holes.push(hole),
        }
    }
}

/// Opens every chunk of a payload of `sealed` bytes that still authenticates, and writes it where it
/// belongs. Nothing else is written. Adds the bytes of input that are done to `progress`.
///
/// The author of a chunk is certain, and so is its place. What is missing, and whether something
/// was cut off at the end, is only known from [`Salvaged`].
///
/// # Errors
/// [`PayloadError::Read`], [`PayloadError::Write`], [`PayloadError::Shrunk`].
pub fn salvage(
    key: &PayloadKey,
    input: At<'_, impl ReadAt + ?Sized>,
    sealed: u64,
    output: At<'_, impl WriteAt + ?Sized>,
    progress: &AtomicU64,
) -> Result<Salvaged, PayloadError> {
    let mut salvaged = Salvaged::default();
    let mut read = vec![0; SEALED_CHUNK];
    let mut opened = Zeroizing::new(Vec::with_capacity(SEALED_CHUNK));
    for index in 0..sealed.div_ceil(SEALED_CHUNK as u64) {
        let start = index * SEALED_CHUNK as u64;
        let size = usize::try_from((sealed - start).min(SEALED_CHUNK as u64))
            .expect("salvage: a chunk is 64 KiB");
        let chunk = &mut read[..size];
        match input.place.read_at(chunk, input.offset + start) {
            Ok(read) if read == size => {}
            Ok(_) => return Err(PayloadError::Shrunk),
            Err(error) => return Err(PayloadError::Read(error)),
        }
        let at = index * CHUNK as u64;
        // Only the last chunk can be shorter, and it may be a full one.
        let positions: &[Position] = if size == SEALED_CHUNK {
            &[Position::Inner, Position::Last]
        } else {
            &[Position::Last]
        };
        let mut found = None;
        for &position in positions {
            opened.clear();
            opened.extend_from_slice(chunk);
            match key.open(ChunkNonce::new(index, position), &mut opened, 0) {
                // Only the first chunk may be empty (C2SP age.md, "Payload").
                Ok(0) if index > 0 => {}
                Ok(len) => {
                    found = Some((len, position));
                    break;
                }
                Err(_) => {}
            }
        }
        progress.fetch_add(size as u64, Ordering::Relaxed);
        let Some((len, position)) = found else {
            salvaged.len = at + size.saturating_sub(TAG) as u64;
            salvaged.miss(at..salvaged.len);
            continue;
        };
        output
            .place
            .write_all_at(&opened[..len], output.offset + at)
            .map_err(PayloadError::Write)?;
        salvaged.written += len as u64;
        salvaged.len = at + len as u64;
        if position == Position::Last {
            salvaged.has_end = true;
            salvaged.behind = sealed - start - size as u64;
            break;
        }
    }
    Ok(salvaged)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file_key::FileKey;
    use crate::stream::Engine;
    use std::sync::Mutex;

    /// An output in memory.
    struct Written(Mutex<Vec<u8>>);

    impl WriteAt for Written {
        fn write_all_at(&self, buffer: &[u8], offset: u64) -> std::io::Result<()> {
            let mut bytes = self.0.lock().unwrap();
            let start = usize::try_from(offset).unwrap();
            let end = bytes.len().max(start + buffer.len());
            bytes.resize(end, 0);
            bytes[start..start + buffer.len()].copy_from_slice(buffer);
            Ok(())
        }
    }

    fn key() -> PayloadKey {
        PayloadKey::new(&FileKey::new(&[1; 16]), &[2; 16])
    }

    fn rescued(sealed: &[u8]) -> (Salvaged, Vec<u8>) {
        let output = Written(Mutex::default());
        let from = At {
            place: sealed,
            offset: 0,
        };
        let to = At {
            place: &output,
            offset: 0,
        };
        let done = AtomicU64::new(0);
        let salvaged = salvage(&key(), from, sealed.len() as u64, to, &done).unwrap();
        (salvaged, output.0.into_inner().unwrap())
    }

    #[test]
    fn what_authenticates_is_kept_at_its_place_and_the_rest_is_a_hole() {
        let full = CHUNK as u64;
        for len in [0, 1, CHUNK, 3 * CHUNK, 3 * CHUNK + 5] {
            let plain: Vec<u8> = (0..len).map(|at| (at % 251) as u8).collect();
            let mut sealed = Vec::new();
            Engine::new(1)
                .seal(&key(), &plain[..], &mut sealed)
                .unwrap();
            let (salvaged, bytes) = rescued(&sealed);
            assert!(salvaged.is_whole() && bytes == plain, "{len}");
            assert_eq!(salvaged.len, len as u64);
            let (behind, bytes) = rescued(&[&sealed[..], &[7; 100]].concat());
            if len % CHUNK == 0 && len > 0 {
                assert!(
                    behind.has_end && behind.behind == 100 && bytes == plain,
                    "{len}"
                );
            }
            for chunk in 0..sealed.len().div_ceil(SEALED_CHUNK) {
                let mut damaged = sealed.clone();
                damaged[chunk * SEALED_CHUNK] ^= 1;
                let (salvaged, bytes) = rescued(&damaged);
                let hole = chunk * CHUNK..len.min((chunk + 1) * CHUNK);
                let holes = vec![hole.start as u64..hole.end as u64; 1];
                assert!(len == 0 || salvaged.holes == holes, "{len} {chunk}");
                assert_eq!(salvaged.len, len as u64);
                assert_eq!(salvaged.written, (len - hole.len()) as u64);
                for (at, byte) in bytes.iter().enumerate() {
                    let expected = if hole.contains(&at) { 0 } else { plain[at] };
                    assert_eq!(*byte, expected, "{len} {chunk} {at}");
                }
            }
        }
        let mut sealed = Vec::new();
        let plain = vec![9; 4 * CHUNK + 5];
        Engine::new(1)
            .seal(&key(), &plain[..], &mut sealed)
            .unwrap();
        let (cut, _) = rescued(&sealed[..2 * SEALED_CHUNK]);
        assert_eq!(
            (cut.has_end, cut.len, cut.holes.len()),
            (false, 2 * full, 0)
        );
        let (cut, _) = rescued(&sealed[..2 * SEALED_CHUNK + 116]);
        assert_eq!(cut.holes, vec![2 * full..2 * full + 100; 1]);
        // An end that decrypting refuses is none.
        let mut empty_end = sealed[..4 * SEALED_CHUNK].to_vec();
        let mut end = [0; TAG];
        key().seal(ChunkNonce::new(4, Position::Last), &mut end);
        empty_end.extend_from_slice(&end);
        let (salvaged, bytes) = rescued(&empty_end);
        assert!(!salvaged.has_end && !salvaged.is_whole() && bytes == plain[..4 * CHUNK]);
        for chunk in [1, 2] {
            sealed[chunk * SEALED_CHUNK + 5] ^= 1;
        }
        assert_eq!(rescued(&sealed).0.holes, vec![full..3 * full; 1]);
    }
}
