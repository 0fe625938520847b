//! Where the header of a file was read from.

/// The header that was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HeaderSource {
    /// The header at the beginning of the file.
    File,
    /// A detached header; the file's own may have other readers.
    Detached,
}
