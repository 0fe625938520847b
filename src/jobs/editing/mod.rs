//! Editing an encrypted file: who its readers are, how the new text is sealed for them, and where
//! it is saved.

pub(crate) mod same_readers;
pub(crate) mod save_text;
pub(crate) mod seal_text;
