//! A tar file in zstd frames that can be found and read one by one: the seekable format of zstd,
//! with the catalogue and the padding in skippable frames (docs/formats.md, section 7).
//!
//! Any zstd program reads it as one stream. A frame has [`FRAME`] bytes of the tar file, so that one
//! file can be read without decompressing much more, and all cores can work at once.

mod chain;
mod compress;
mod dead_ends;
mod decoder;
mod error;
mod frame_bytes;
mod gaps;
mod parallel;
mod salvaged;
mod seek_table;
mod seekable;

pub use compress::{Compression, Compressor, LEVELS, TarStream};
pub use decoder::{Decoder, MOST_WINDOW};
pub use error::FramesError;
pub use parallel::ParallelDecoder;
pub use salvaged::{SalvageError, SalvagedTar, salvage};
pub use seekable::{Region, SeekableFrames};

/// The number of bytes of the tar file in each frame but the last.
pub const FRAME: usize = 1 << 20;

/// The longest frame that is read whole, before or after decompression. Other programs write longer
/// frames than this one does.
const MOST_FRAME: u32 = 16 << 20;

/// How many bytes each byte of frames can be decompressed to: a block of 128 KiB has at least four.
const MOST_RATIO: u64 = 1 << 15;

/// The skippable frame of the catalogue.
const CATALOGUE: u32 = 0x184D_2A50;

/// A skippable frame of padding.
const PADDING: u32 = 0x184D_2A51;

/// The skippable frame of the seek table, as the seekable format demands.
const SEEK_TABLE: u32 = 0x184D_2A5E;

/// The length of what precedes the contents of a skippable frame: its mark and its length.
const SKIPPABLE: usize = 8;

/// Returns the beginning of a skippable frame.
fn skippable(mark: u32, len: u32) -> [u8; SKIPPABLE] {
    let mut bytes = [0; SKIPPABLE];
    bytes[..4].copy_from_slice(&mark.to_le_bytes());
    bytes[4..].copy_from_slice(&len.to_le_bytes());
    bytes
}

#[cfg(test)]
mod hostile_tests;
#[cfg(test)]
mod tests;
