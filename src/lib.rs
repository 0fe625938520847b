//! Bulla encrypts files for people, offline, in the age format, on all cores.

pub mod format;
pub mod keys;
pub mod payload;
pub mod protocol;
pub mod untrusted;

mod commands;
mod files;
mod process;
mod ui;

/// Runs the program and ends the process with its exit code.
pub fn run() -> ! {
    std::process::exit(0)
}
