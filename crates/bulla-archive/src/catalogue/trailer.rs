//! The last bytes of a catalogue, at a place that can be found without reading anything else.

use sha2::{Digest, Sha256};

use crate::catalogue::MOST_INDEX;
use crate::catalogue::error::CatalogueError;

/// The length of the trailer in bytes.
pub const TRAILER: usize = 64;

const MAGIC: &[u8; 24] = b"bulla/catalogue/v1\0\0\0\0\0\0";

/// What the trailer says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Trailer {
    /// The length of all entries in the tar file: where its two zero blocks begin.
    pub(super) tar_len: u64,
    /// The length of the compressed blocks.
    pub(super) blocks_len: u64,
    /// The length of the index after them.
    pub(super) index_len: u64,
    /// The number of entries.
    pub(super) entries: u64,
}

impl Trailer {
    pub(super) fn to_bytes(self, index: &[u8]) -> [u8; TRAILER] {
        let mut bytes = [0; TRAILER];
        bytes[..24].copy_from_slice(MAGIC);
        let numbers = [self.tar_len, self.blocks_len, self.index_len, self.entries];
        for (place, number) in bytes[24..].chunks_mut(8).zip(numbers) {
            place.copy_from_slice(&number.to_be_bytes());
        }
        let checksum = checksum(index, &bytes);
        bytes[56..].copy_from_slice(&checksum);
        bytes
    }

    /// Reads a trailer; `None` if these bytes are not one. Its checksum is not looked at.
    pub(super) fn read(bytes: &[u8; TRAILER]) -> Result<Option<Self>, CatalogueError> {
        if bytes[..24] != *MAGIC {
            return Ok(None);
        }
        let number = |at: usize| {
            let bytes = bytes[at..at + 8].try_into();
            u64::from_be_bytes(bytes.expect("trailer: eight bytes"))
        };
        let trailer = Self {
            tar_len: number(24),
            blocks_len: number(32),
            index_len: number(40),
            entries: number(48),
        };
        if trailer.index_len > MOST_INDEX {
            return Err(CatalogueError::Malformed("its index is too long"));
        }
        Ok(Some(trailer))
    }
}

/// Returns the length of all entries and that of the whole catalogue, if these bytes are a trailer.
pub(crate) fn lengths_in_trailer(bytes: &[u8; TRAILER]) -> Option<(u64, u64)> {
    let trailer = Trailer::read(bytes).ok()??;
    let parts = trailer.blocks_len.checked_add(trailer.index_len)?;
    Some((trailer.tar_len, parts.checked_add(TRAILER as u64)?))
}

/// The first bytes of SHA-256 over the index and the trailer before its checksum.
pub(super) fn checksum(index: &[u8], trailer: &[u8; TRAILER]) -> [u8; 8] {
    let digest = Sha256::new()
        .chain_update(index)
        .chain_update(&trailer[..56])
        .finalize();
    digest[..8].try_into().expect("trailer: 32 bytes")
}
