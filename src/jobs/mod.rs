//! Work on files: which files, in which order, and what happens to each.
//!
//! Imports go down: the commands use `jobs`; `jobs` uses `report`, `select` and `identities`; none
//! of these uses a room above it.

pub(crate) mod batch;
pub(crate) mod decrypt_header;
pub(crate) mod encrypt_file;
pub(crate) mod hold_back;
pub(crate) mod paths;
pub(crate) mod pipe;
pub(crate) mod reader_edit;
pub(crate) mod rename;
pub(crate) mod rewrite_header;
pub(crate) mod tree;
pub(crate) mod wrap_ahead;
pub(crate) mod write_message;
