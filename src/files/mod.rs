//! The only code that opens, creates, renames or locks files.
//!
//! Inputs notice when they change while they are read. Outputs get their name only when they are
//! complete and on disk, and nothing of them is left after a failure. Every failure of standard
//! output is reported. This module knows nothing about keys, file contents or messages.

mod atomic_file;
mod beneath;
mod copy_rest;
mod destination;
mod editing_folder;
mod error;
mod file_id;
mod file_system;
mod find_program;
mod input;
mod inside;
mod leftovers;
mod lock;
mod mode;
mod new_folder;
mod output;
mod output_check;
mod own_file;
mod page_cache;
mod private_folder;
mod read_whole;
mod resolve;
mod shortfall;
mod source_folder;
mod streams;
mod sync;
mod system;
mod temporary;
mod temporary_name;
#[cfg(test)]
#[path = "../../tests/unit/files/mod.rs"]
mod tests;
mod trees;
mod walk;

pub(crate) use atomic_file::{AtomicFile, Options, Replace};
pub(crate) use copy_rest::copy_rest;
pub(crate) use destination::{Destination, conflicts};
pub(crate) use editing_folder::EditingFolder;
pub(crate) use error::{Error, are_root, is_out_of_descriptors};
pub(crate) use file_id::FileId;
pub(crate) use find_program::{Program, find_program, is_executable};
pub(crate) use input::{Input, total_len};
pub(crate) use inside::is_inside;
pub(crate) use leftovers::leftovers;
pub(crate) use lock::Lock;
pub(crate) use mode::{Mode, is_open_to_all};
pub(crate) use new_folder::{NewFolder, NotKept, Preserve};
pub(crate) use output::Output;
pub(crate) use output_check::{NamedBy, check_folder, check_output};
pub(crate) use own_file::{read_own, write_own};
pub(crate) use page_cache::keep_cached;
pub(crate) use private_folder::{Exposure, LARGEST, PrivateFolder, exposure, is_without_modes};
pub(crate) use shortfall::take_shortfalls;
pub(crate) use source_folder::{Found, Patterns, Problem, Tree, TreeOptions, real_name};
pub(crate) use streams::append_log::AppendLog;
pub(crate) use streams::descriptor::{is_descriptor, is_stdin, is_stdout, keep_inherited};
pub(crate) use streams::reader_gone::is_reader_gone;
pub(crate) use streams::stdout::Stdout;
pub(crate) use temporary::remove_temporaries;
pub(crate) use trees::{FileMark, OutputTree, Removal, Step, TreeWalk};
pub(crate) use walk::{FilesBelow, FoundFile, files_below};
