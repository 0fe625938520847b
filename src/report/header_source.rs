//! Where the header of a file was read from.

/// Which header of a file it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HeaderSource {
    /// That at the file's beginning.
    File,
    /// One that was sent apart: the file's own may have other keys.
    Detached,
}
