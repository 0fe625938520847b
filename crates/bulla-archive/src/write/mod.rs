//! Writes tar files, as streams that are read.

mod header;
mod stream;

pub use stream::{Ending, Source, TarWriter};

#[cfg(test)]
mod tests;
