//! How the loss of the reader of our standard output is told from any other broken pipe.

use std::io;

/// The reader of standard output went away. No other pipe or file gives this error.
#[derive(Debug, thiserror::Error)]
#[error("the reader of standard output went away")]
pub(in crate::files) struct ReaderGone;

/// Returns whether the reader of our standard output went away.
pub(crate) fn is_reader_gone(error: &io::Error) -> bool {
    error
        .get_ref()
        .is_some_and(|inner| inner.is::<ReaderGone>())
}
