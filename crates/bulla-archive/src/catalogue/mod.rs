//! The catalogue at the end of an archive: what is in it, and where (docs/formats.md, section 7).
//!
//! It makes listing an archive and finding one file quick. It is a hint only: whoever extracts
//! compares it with the tar headers, which are what counts.

mod block;
mod entry;
mod error;
mod order;
mod reader;
mod trailer;
mod writer;

pub use entry::{CatalogueEntry, CatalogueKind};
pub use error::CatalogueError;
pub use order::{is_below, tree_order};
pub use reader::{Catalogue, Entries};
pub use trailer::TRAILER;
pub(crate) use trailer::lengths_in_trailer;
pub use writer::CatalogueWriter;

/// A block is finished once it has this many bytes, before it is compressed.
const BLOCK: usize = 64 << 10;

/// The most bytes of a block that a reader accepts, before or after decompression. An entry can
/// have two paths of 4,095 bytes.
const MOST_BLOCK: usize = 1 << 20;

/// The longest index that a reader accepts. It is enough for 500 million entries.
const MOST_INDEX: u64 = 64 << 20;

/// The most blocks that a reader accepts. Full ones are 64 GiB before they are compressed.
const MOST_BLOCKS: usize = 1 << 20;

/// The longest path in a catalogue, and the longest text of a link. Linux accepts no longer ones.
pub const MOST_PATH: usize = 4095;

#[cfg(test)]
mod tests;
