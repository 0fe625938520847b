//! What can go wrong between the header and the end of a file.

use std::io;

use crate::stream::chunk::CHUNK;

/// Why a payload could not be sealed or opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PayloadError {
    /// A chunk does not authenticate: it was damaged, cut, moved or added.
    #[error("the contents are damaged or incomplete (from byte {} of the contents)", chunk.saturating_mul(CHUNK as u64))]
    Damaged {
        /// Counted from 0.
        chunk: u64,
    },
    /// The payload ends where it must not: no chunk at all, less than a tag, or an empty last
    /// chunk.
    #[error("the contents are incomplete (cut off after byte {} of the contents)", chunk.saturating_mul(CHUNK as u64))]
    Truncated {
        /// Counted from 0.
        chunk: u64,
    },
    /// The input could not be read.
    #[error("could not read the input")]
    Read(#[source] io::Error),
    /// The output could not be written.
    #[error("could not write the output")]
    Write(#[source] io::Error),
    /// There is not even memory for one thread.
    #[error("there is not enough memory")]
    Memory,
    /// A file of known length ended early: somebody changed it meanwhile.
    #[error("the input shrank while it was being read")]
    Shrunk,
    /// A range lies outside of the plaintext.
    #[error("the range ends at byte {end}, but there are only {len} bytes")]
    OutOfRange {
        /// Where the range was to end, in bytes of plaintext.
        end: u64,
        /// How many bytes of plaintext there are.
        len: u64,
    },
}
