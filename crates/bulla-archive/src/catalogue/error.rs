//! What can be wrong with a catalogue.

use std::io;

/// Why a catalogue cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CatalogueError {
    /// The archive could not be read.
    #[error(transparent)]
    Read(#[from] io::Error),
    /// It has the mark of a catalogue, but is not one.
    #[error("the archive's catalogue is malformed: {0}")]
    Malformed(&'static str),
}
