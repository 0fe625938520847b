//! Work on files: which files, in which order, and what happens to each.

pub(crate) mod batch;
pub(crate) mod encrypt_file;
pub(crate) mod hold_back;
pub(crate) mod open_file;
pub(crate) mod pipe;
pub(crate) mod plan;
pub(crate) mod planned_readers;
pub(crate) mod rename;
pub(crate) mod rewrite_header;
pub(crate) mod tree;
pub(crate) mod wrap_ahead;
pub(crate) mod write_message;
