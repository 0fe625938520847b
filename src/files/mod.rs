//! The only place that opens, creates, renames or locks files.
//!
//! Owns what it takes for "exit 0 means complete and durable" and "nothing is left behind by a failure": inputs that
//! notice when they change, outputs that take their name only when they are whole, standard output whose
//! failures are seen. It knows nothing of what the bytes mean, of keys, or of what a message looks like.

mod atomic;
mod bounded;
mod copy;
mod desk;
mod destination;
mod durable;
mod error;
mod identity;
mod input;
mod lock;
mod mode;
mod output;
mod pipe;
mod private;
mod program;
mod stdout;
mod temporary;
#[cfg(test)]
mod tests;
mod tree;

pub(crate) use atomic::{AtomicFile, Options, Replace};
pub(crate) use copy::copy_rest;
pub(crate) use desk::Desk;
pub(crate) use destination::{Destination, conflicts};
pub(crate) use error::Error;
pub(crate) use identity::FileId;
pub(crate) use input::{Input, total_len};
pub(crate) use lock::Lock;
pub(crate) use mode::Mode;
pub(crate) use output::Output;
pub(crate) use private::{Exposure, LARGEST, PrivateFolder, exposure};
pub(crate) use program::{Program, find_program};
pub(crate) use stdout::Stdout;
pub(crate) use temporary::remove_temporaries;
pub(crate) use tree::files_below;
