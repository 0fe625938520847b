//! Work on files: which files, in which order, and what happens to each.
//!
//! Imports go down: the commands use `jobs`; `jobs` uses `report`, `select` and `identities`; none
//! of these imports the commands or `jobs`.

pub(crate) mod batch;
pub(crate) mod channel;
pub(crate) mod checking;
pub(crate) mod complete_input;
pub(crate) mod consumer;
pub(crate) mod decrypt_header;
pub(crate) mod decrypt_payload;
pub(crate) mod drill;
pub(crate) mod editing;
pub(crate) mod encrypt_file;
pub(crate) mod extract;
pub(crate) mod hold_back;
pub(crate) mod listing;
pub(crate) mod look_first;
pub(crate) mod mirror;
pub(crate) mod one_file;
pub(crate) mod pack;
pub(crate) mod paths;
pub(crate) mod pipe;
pub(crate) mod reader_edit;
pub(crate) mod rename;
pub(crate) mod rewrite_header;
pub(crate) mod survey;
pub(crate) mod tar_reader;
pub(crate) mod tree;
pub(crate) mod typed;
pub(crate) mod unpack;
pub(crate) mod wrap_ahead;
pub(crate) mod write_message;
