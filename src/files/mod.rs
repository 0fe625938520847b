//! The only code that opens, creates, renames or locks files.
//!
//! Inputs notice when they change while they are read. Outputs get their name only when they are
//! complete and on disk, and nothing of them is left after a failure. Every failure of standard
//! output is reported. This module knows nothing about keys, file contents or messages.

mod atomic_file;
mod copy_rest;
mod destination;
mod editing_folder;
mod error;
mod file_id;
mod find_program;
mod input;
mod lock;
mod mode;
mod output;
mod pipe_size;
mod private_folder;
mod read_whole;
mod stdout;
mod sync;
mod temporary;
#[cfg(test)]
#[path = "../../tests/unit/files/mod.rs"]
mod tests;
mod walk;

pub(crate) use atomic_file::{AtomicFile, Options, Replace};
pub(crate) use copy_rest::copy_rest;
pub(crate) use destination::{Destination, conflicts};
pub(crate) use editing_folder::EditingFolder;
pub(crate) use error::Error;
pub(crate) use file_id::FileId;
pub(crate) use find_program::{Program, find_program};
pub(crate) use input::{Input, total_len};
pub(crate) use lock::Lock;
pub(crate) use mode::Mode;
pub(crate) use output::Output;
pub(crate) use private_folder::{Exposure, LARGEST, PrivateFolder, exposure};
pub(crate) use stdout::Stdout;
pub(crate) use temporary::remove_temporaries;
pub(crate) use walk::files_below;
