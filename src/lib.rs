//! The program `bulla`. It encrypts files and messages for people by name, in the age format.
//!
//! Everything about bytes and keys is in the engine, the crate [`bulla_age`]. This crate knows
//! people, files and terminals. Its only public items are those that `main.rs`, the man pages and
//! the fuzz targets need.
//!
//! Imports go down only, and never form a cycle:
//!
//! ```text
//! commands             what a person asks for
//! jobs                 work on files
//! report  select       what we report about a file; who is meant
//! identities           your own keys
//! context              what a run has at hand
//! config               settings
//! keyring              people on disk
//! card  message        texts that people exchange
//! files  ui  process   the outside world
//! bulla_age            the engine
//! ```
//!
//! `errors` turns every typed error into a message, hints and an exit code. `docs/architecture.md`
//! has the invariants, and follows a file through `encrypt` and `decrypt`, a header through
//! `share`, and a card through `contact add`. `docs/formats.md` describes what is written to disk,
//! and `docs/glossary.md` the words.

mod card;
mod cli;
mod command;
mod commands;
mod config;
mod context;
mod errors;
mod files;
mod identities;
mod jobs;
mod keyring;
mod message;
mod process;
mod report;
mod select;
mod ui;

/// Only for the fuzz targets in `fuzz/`, which set `cfg(fuzzing)`: feeds any bytes to rooms that
/// are not public.
#[cfg(fuzzing)]
pub mod fuzzing {
    use crate::card::{Card, Revocation};
    use crate::message;

    /// A card that is accepted parses back unchanged, plain and armored.
    pub fn card(bytes: &[u8]) {
        if let Ok(card) = Card::find(bytes) {
            let text = card.text();
            assert_eq!(
                Card::parse(text.as_bytes())
                    .map(|again| again.text().to_owned())
                    .ok()
                    .as_deref(),
                Some(text)
            );
            let armored = card.armored();
            assert_eq!(
                Card::find(armored.as_bytes())
                    .map(|again| again.text().to_owned())
                    .ok()
                    .as_deref(),
                Some(text)
            );
        }
        let _ = Card::parse(bytes);
    }

    /// The same for a revocation.
    pub fn revocation(bytes: &[u8]) {
        if let Ok(revocation) = Revocation::parse(bytes) {
            let text = revocation.text();
            let again = Revocation::parse(text.as_bytes()).map(|again| again.text().to_owned());
            assert_eq!(again.ok().as_deref(), Some(text));
        }
    }

    /// A block found in a pasted text is found again when pasted alone.
    pub fn paste(text: &str) {
        let Ok(paste) = message::find_blocks(text, "AGE ENCRYPTED FILE") else {
            return;
        };
        for block in paste.blocks {
            let again = message::find_blocks(&block.armored, "AGE ENCRYPTED FILE")
                .map(|paste| paste.blocks);
            let again: Option<Vec<String>> = again
                .ok()
                .map(|blocks| blocks.into_iter().map(|one| one.armored).collect());
            assert_eq!(again, Some(vec![block.armored]));
        }
    }
}

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind;

use crate::cli::usage_error::UsageError;
use crate::cli::{completing, help};
use crate::errors::Code;
use crate::process::sandbox;
use crate::ui::Ui;

/// Runs the program; its result is the exit code of the process.
pub fn run() -> ExitCode {
    if completing::is_asked() {
        return complete();
    }
    let args = help::as_option(std::env::args_os().collect());
    match cli::Cli::try_parse_from(&args) {
        Ok(cli) => {
            let ui = Ui::new(context::settings(
                cli.verbosity(),
                cli.no_prompt,
                cli.no_progress,
            ));
            errors::exit_code(&ui, command::run(cli.command.command(), &ui))
        }
        Err(error) => explain(&error, &args),
    }
}

/// Prints completions for a shell. Only reads the keyring, and opens nothing else.
fn complete() -> ExitCode {
    sandbox::deny_network();
    sandbox::deny_exec();
    completing::complete().map_or_else(|error| usage(&error), |()| ExitCode::SUCCESS)
}

/// Returns the command line for man pages and completions.
pub fn command() -> clap::Command {
    help::command()
}

/// The name and meaning of every setting of the config file, for the man page.
pub fn settings() -> Vec<(&'static str, &'static str)> {
    config::reference().collect()
}

/// Prints the help that was asked for, or what is wrong with the command line.
fn explain(error: &clap::Error, args: &[OsString]) -> ExitCode {
    let ui = Ui::new(context::settings(ui::Verbosity::Normal, true, true));
    match error.kind() {
        ErrorKind::DisplayVersion => usage(error),
        _ if args.len() <= 1 => {
            ui.usage(help::OVERVIEW);
            ExitCode::from(Code::Usage as u8)
        }
        // The pages are added only now, because parsing does not need them.
        ErrorKind::DisplayHelp | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            let page = help::command().try_get_matches_from(args);
            usage(page.as_ref().err().unwrap_or(error))
        }
        _ => {
            let wrong = UsageError::new(error, args);
            ui.error(&wrong.error);
            for hint in wrong.hints {
                ui.hint(&hint);
            }
            ExitCode::from(Code::Usage as u8)
        }
    }
}

/// Prints help and version on standard output, and errors in the command line on standard error.
fn usage(error: &clap::Error) -> ExitCode {
    let ui = Ui::new(context::settings(ui::Verbosity::Normal, true, true));
    let text = error.render().to_string();
    if error.use_stderr() {
        ui.usage(&text);
        return ExitCode::from(Code::Usage as u8);
    }
    let written = ui.results_raw(text.as_bytes());
    errors::exit_code(&ui, written.map_err(Into::into))
}
