//! Reads a catalogue, as little of it as is needed.

use std::io::{Read, Seek, SeekFrom};

use crate::catalogue::block::{BlockReader, take, take_text};
use crate::catalogue::entry::CatalogueEntry;
use crate::catalogue::error::CatalogueError;
use crate::catalogue::order::{is_below, is_path, tree_order};
use crate::catalogue::trailer::{TRAILER, Trailer, checksum};
use crate::catalogue::{MOST_BLOCK, MOST_BLOCKS};

/// The catalogue at the end of an input. Only its index is in memory.
pub struct Catalogue<R> {
    input: R,
    blocks: Vec<Block>,
    tar_len: u64,
    entries: u64,
}

/// A block, as the index describes it.
struct Block {
    /// Where it begins in the input.
    offset: u64,
    compressed: usize,
    len: usize,
    entries: u64,
    first: Vec<u8>,
}

impl<R: Read + Seek> Catalogue<R> {
    /// Reads the index of the catalogue at the end of an input: of a tar file, or of the
    /// [frame](crate::frames) that contains the catalogue. Returns `None` if there is none.
    ///
    /// # Errors
    /// [`CatalogueError`].
    pub fn open(mut input: R) -> Result<Option<Self>, CatalogueError> {
        let end = input.seek(SeekFrom::End(0))?;
        let Some(trailer_offset) = end.checked_sub(TRAILER as u64) else {
            return Ok(None);
        };
        let mut bytes = [0; TRAILER];
        input.seek(SeekFrom::Start(trailer_offset))?;
        input.read_exact(&mut bytes)?;
        let Some(trailer) = Trailer::read(&bytes)? else {
            return Ok(None);
        };
        let index_offset = trailer_offset.checked_sub(trailer.index_len);
        let blocks_offset = index_offset.and_then(|offset| offset.checked_sub(trailer.blocks_len));
        let (Some(index_offset), Some(blocks_offset)) = (index_offset, blocks_offset) else {
            return Err(CatalogueError::Malformed("it is longer than the archive"));
        };
        let mut index = vec![0; usize::try_from(trailer.index_len).unwrap_or(usize::MAX)];
        input.seek(SeekFrom::Start(index_offset))?;
        input.read_exact(&mut index)?;
        if checksum(&index, &bytes) != bytes[56..] {
            return Err(CatalogueError::Malformed("its checksum is wrong"));
        }
        let blocks = blocks(&index, blocks_offset..index_offset, trailer.entries)?;
        Ok(Some(Self {
            input,
            blocks,
            tar_len: trailer.tar_len,
            entries: trailer.entries,
        }))
    }

    /// Returns the number of entries.
    pub fn len(&self) -> u64 {
        self.entries
    }

    /// Returns true if the archive has no entries.
    pub fn is_empty(&self) -> bool {
        self.entries == 0
    }

    /// Returns the length of all entries in the tar file: where its two zero blocks begin.
    pub fn tar_len(&self) -> u64 {
        self.tar_len
    }

    /// Returns all entries, in order.
    pub fn entries(&mut self) -> Entries<'_, R> {
        self.below(b"")
    }

    /// Returns the entry with this path, and all entries below it if it is a folder, in order. Only
    /// the blocks with these entries are read.
    pub fn below<'a>(&'a mut self, path: &'a [u8]) -> Entries<'a, R> {
        let next = self
            .blocks
            .partition_point(|block| tree_order(&block.first, path).is_le())
            .saturating_sub(1);
        Entries {
            catalogue: self,
            folder: path,
            next,
            block: None,
            last: None,
        }
    }

    /// Returns the entry with this path.
    ///
    /// # Errors
    /// [`CatalogueError`].
    pub fn find(&mut self, path: &[u8]) -> Result<Option<CatalogueEntry>, CatalogueError> {
        let first = self.below(path).next().transpose()?;
        Ok(first.filter(|entry| entry.path == path))
    }

    /// Returns the input.
    pub fn into_inner(self) -> R {
        self.input
    }

    fn read_block(&mut self, index: usize) -> Result<BlockReader, CatalogueError> {
        let block = &self.blocks[index];
        let mut compressed = vec![0; block.compressed];
        self.input.seek(SeekFrom::Start(block.offset))?;
        self.input.read_exact(&mut compressed)?;
        let bytes = zstd::bulk::decompress(&compressed, block.len)
            .ok()
            .filter(|bytes| bytes.len() == block.len)
            .ok_or(CatalogueError::Malformed("a block cannot be decompressed"))?;
        Ok(BlockReader::new(bytes, block.entries))
    }
}

/// Reads an index whose blocks are at these offsets.
fn blocks(
    mut rest: &[u8],
    offsets: std::ops::Range<u64>,
    entries: u64,
) -> Result<Vec<Block>, CatalogueError> {
    let size = |bytes: u64| {
        usize::try_from(bytes)
            .ok()
            .filter(|bytes| (1..=MOST_BLOCK).contains(bytes))
            .ok_or(CatalogueError::Malformed("a block is too long"))
    };
    let mut blocks: Vec<Block> = Vec::new();
    let (mut offset, mut counted) = (offsets.start, 0u64);
    while !rest.is_empty() {
        if blocks.len() == MOST_BLOCKS {
            return Err(CatalogueError::Malformed("it has too many blocks"));
        }
        let compressed = size(take(&mut rest)?)?;
        let block = Block {
            offset,
            compressed,
            len: size(take(&mut rest)?)?,
            entries: take(&mut rest)?,
            first: take_text(&mut rest)?.to_vec(),
        };
        offset += compressed as u64;
        let rises = blocks
            .last()
            .is_none_or(|before| tree_order(&before.first, &block.first).is_lt());
        if !rises || !is_path(&block.first) {
            return Err(CatalogueError::Malformed("its blocks are not in order"));
        }
        counted = counted.saturating_add(block.entries);
        blocks.push(block);
    }
    if offset != offsets.end || counted != entries {
        return Err(CatalogueError::Malformed(
            "its index is not that of its blocks",
        ));
    }
    Ok(blocks)
}

/// Entries of a catalogue, one block in memory at a time. After an error it ends.
pub struct Entries<'a, R> {
    catalogue: &'a mut Catalogue<R>,
    folder: &'a [u8],
    next: usize,
    block: Option<BlockReader>,
    /// Path and offset of the entry before, across blocks.
    last: Option<(Vec<u8>, u64)>,
}

impl<R: Read + Seek> Entries<'_, R> {
    fn advance(&mut self) -> Result<Option<CatalogueEntry>, CatalogueError> {
        loop {
            let Some(block) = &mut self.block else {
                if self.next == self.catalogue.blocks.len() {
                    return Ok(None);
                }
                let mut block = self.catalogue.read_block(self.next)?;
                let first = block.next()?;
                let indexed = &self.catalogue.blocks[self.next].first;
                if first.as_ref().map(|entry| &entry.path) != Some(indexed) {
                    return Err(CatalogueError::Malformed(
                        "its index is not that of its blocks",
                    ));
                }
                self.next += 1;
                self.block = Some(block);
                if let Some(first) = first {
                    return Ok(Some(first));
                }
                continue;
            };
            match block.next()? {
                Some(entry) => return Ok(Some(entry)),
                None => self.block = None,
            }
        }
    }

    fn checked(&mut self) -> Result<Option<CatalogueEntry>, CatalogueError> {
        let Some(entry) = self.advance()? else {
            return Ok(None);
        };
        let rises = self.last.as_ref().is_none_or(|(path, offset)| {
            tree_order(path, &entry.path).is_lt() && *offset < entry.offset
        });
        if !rises {
            return Err(CatalogueError::Malformed("entries are not in order"));
        }
        if entry.offset >= self.catalogue.tar_len {
            return Err(CatalogueError::Malformed("an entry is beyond the archive"));
        }
        match &mut self.last {
            Some((path, offset)) => {
                path.clone_from(&entry.path);
                *offset = entry.offset;
            }
            None => self.last = Some((entry.path.clone(), entry.offset)),
        }
        Ok(Some(entry))
    }
}

impl<R: Read + Seek> Iterator for Entries<'_, R> {
    type Item = Result<CatalogueEntry, CatalogueError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.checked() {
                Ok(Some(entry)) if is_below(&entry.path, self.folder) => return Some(Ok(entry)),
                // What is before the folder shares its first block.
                Ok(Some(entry)) if tree_order(&entry.path, self.folder).is_lt() => {}
                ended => {
                    self.next = self.catalogue.blocks.len();
                    self.block = None;
                    return match ended {
                        Err(error) => Some(Err(error)),
                        Ok(_) => None,
                    };
                }
            }
        }
    }
}
