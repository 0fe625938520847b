//! What can be wrong with the frames of an archive.

use std::io;

/// Why the frames cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FramesError {
    /// The archive could not be read.
    #[error(transparent)]
    Read(#[from] io::Error),
    /// The table of the frames is not one.
    #[error("the table of zstd frames is malformed: {0}")]
    Malformed(&'static str),
}
