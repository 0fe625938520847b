//! Bulla encrypts files for people, offline, in the age format, on all cores.
//!
//! This page is the map of the house. Four rooms are public, a parallel age engine for other programs:
//! [`format`], [`payload`], [`protocol`] (with a worked example) and [`keys`]. Imports go down only:
//!
//! ```text
//! 6  main -> lib, cli
//! 5  commands            one file a subcommand
//! 4  context  failure    what every command is given; typed errors -> text, hint, exit code
//! 2  keys                recipients and identities of every kind
//! 1  protocol            a whole age file, for anything that can wrap or unwrap a file key
//! 0  format  payload  files  ui  process
//!    untrusted           text from strangers
//! ```
//!
//! Only `files` opens, renames or locks; only `ui` prints or prompts; only `failure` chooses exit codes; only `keys`
//! names the age crate; `format`, `payload`, `protocol` and `keys` never name the file system, the environment or the
//! standard streams; nothing can open a network connection. `tests/tidy.rs` holds all of it.
//!
//! Words: seal and open a chunk or a payload, wrap and unwrap a file key, encrypt and decrypt a whole file.

pub mod format;
pub mod keys;
pub mod payload;
pub mod protocol;
pub mod untrusted;

mod cli;
mod commands;
mod context;
mod failure;
mod files;
mod process;
mod ui;

use std::process::ExitCode;

use clap::{CommandFactory, Parser};

/// Runs the program; its result is the exit code of the process.
pub fn run() -> ExitCode {
    let cli = match cli::Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return ui::show_usage(&error.render(), error.use_stderr()).map_or(ExitCode::from(6), |()| {
            ExitCode::from(if error.use_stderr() { failure::Code::Usage as u8 } else { 0 })
        }),
    };
    let ui = ui::Ui::new(ui::settings(&cli.into_settings()));
    match start(&cli, &ui) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => ended(&ui, &error),
    }
}

/// The command line as clap knows it, for man pages and completions.
pub fn command() -> clap::Command {
    cli::Cli::command()
}
