//! Archives of folders: what is in them, written and read as streams of bytes.
//!
//! Nothing here opens files or follows paths. An archive is an ordinary tar file, perhaps in zstd
//! frames, and any tar program reads it.

pub mod catalogue;
pub mod entry;
pub mod frames;
pub mod padding;
pub mod read;
pub mod write;
