//! What is in an archive: from its catalogue, or from the headers of all its entries.

use std::io::{BufRead, Read, Seek};

use bulla_archive::catalogue::{Catalogue, CatalogueEntry};
use bulla_archive::frames::SeekableFrames;

use crate::errors::Result;
use crate::jobs::tar_reader::tar_reader;

/// Is called with each entry, in the order of the archive.
pub(crate) type EachEntry<'a> = &'a mut dyn FnMut(CatalogueEntry) -> Result<()>;

/// Lists an archive by its catalogue, of which one block is in memory at a time. Returns false if it
/// has none.
pub(crate) fn by_catalogue(mut input: impl Read + Seek, each: EachEntry<'_>) -> Result<bool> {
    if let Some(mut frames) = SeekableFrames::open(&mut input)? {
        return match frames.catalogue()? {
            Some(catalogue) => all(catalogue, each),
            None => Ok(false),
        };
    }
    match Catalogue::open(&mut input)? {
        Some(catalogue) => all(catalogue, each),
        None => Ok(false),
    }
}

fn all<R: Read + Seek>(mut catalogue: Catalogue<R>, each: EachEntry<'_>) -> Result<bool> {
    for entry in catalogue.entries() {
        each(entry?)?;
    }
    Ok(true)
}

/// Lists an archive by the headers of its entries, and reads all of it.
pub(crate) fn by_headers(input: impl BufRead, each: EachEntry<'_>) -> Result<()> {
    let mut reader = tar_reader(input, 0)?;
    while let Some(entry) = reader.next_entry()? {
        each(CatalogueEntry::new(&entry, 0))?;
    }
    Ok(())
}
