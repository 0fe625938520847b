//! Makes a catalogue while the archive is written.

use std::io;
use std::mem;

use crate::catalogue::block::{BlockWriter, put, put_text};
use crate::catalogue::entry::CatalogueEntry;
use crate::catalogue::trailer::{TRAILER, Trailer};

/// How hard the blocks are compressed. They are in memory until the archive is complete.
const LEVEL: i32 = 3;

/// Collects the entries of an archive. Takes about ten bytes of memory for each.
#[derive(Default)]
pub struct CatalogueWriter {
    block: BlockWriter,
    blocks: Vec<u8>,
    index: Vec<u8>,
    entries: u64,
}

impl CatalogueWriter {
    /// Adds the next entry. They come in the order of the archive, which is
    /// [`tree_order`](crate::catalogue::tree_order).
    ///
    /// # Errors
    /// If the entries cannot be compressed.
    pub fn push(&mut self, entry: &CatalogueEntry) -> io::Result<()> {
        self.block.push(entry);
        self.entries += 1;
        if self.block.is_full() {
            self.end_block()?;
        }
        Ok(())
    }

    fn end_block(&mut self) -> io::Result<()> {
        let block = mem::take(&mut self.block);
        let compressed = zstd::bulk::compress(&block.bytes, LEVEL)?;
        put(&mut self.index, compressed.len() as u64);
        put(&mut self.index, block.bytes.len() as u64);
        put(&mut self.index, block.entries);
        put_text(&mut self.index, &block.first);
        self.blocks.extend_from_slice(&compressed);
        Ok(())
    }

    /// Returns the catalogue of an archive whose entries have `tar_len` bytes.
    ///
    /// # Errors
    /// If the entries cannot be compressed.
    pub fn finish(mut self, tar_len: u64) -> io::Result<Vec<u8>> {
        if self.block.entries > 0 {
            self.end_block()?;
        }
        let trailer = Trailer {
            tar_len,
            blocks_len: self.blocks.len() as u64,
            index_len: self.index.len() as u64,
            entries: self.entries,
        };
        let mut catalogue = self.blocks;
        catalogue.reserve_exact(self.index.len() + TRAILER);
        catalogue.extend_from_slice(&self.index);
        catalogue.extend_from_slice(&trailer.to_bytes(&self.index));
        Ok(catalogue)
    }
}
