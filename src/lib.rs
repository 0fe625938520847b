//! The program `bulla`. It encrypts files and messages for people by name, in the age format.
//!
//! Everything about bytes and keys is in the engine, the crate [`bulla_age`]. This crate knows
//! people, files and terminals. Its only public items are those that `main.rs`, the man pages and
//! the fuzz targets need.
//!
//! Imports go down only, and never form a cycle:
//!
//! ```text
//! commands  age_mode   what a person asks for; the same under the names of other programs
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

mod age_mode;
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
use std::sync::OnceLock;

use clap::error::ErrorKind;

use crate::cli::usage_error::{UsageError, asks_for_json, command_in};
use crate::cli::{called_as, completing, help};
use crate::commands::age_plugin::AgePlugin;
use crate::errors::Code;
use crate::process::{keeper, sandbox};
use crate::ui::Ui;

/// Runs the program; its result is the exit code of the process.
///
/// A panic is a fault of this program, or of the standard library where the system failed in a way
/// that it does not expect. It is reported like any other error, with an exit code that is
/// documented; temporary files are removed on the way.
pub fn run() -> ExitCode {
    static WHY: OnceLock<String> = OnceLock::new();
    std::panic::set_hook(Box::new(|panic| {
        // The first one; others follow from it.
        let _ = WHY.set(panic.to_string().replace('\n', " "));
    }));
    std::panic::catch_unwind(run_or_panic).unwrap_or_else(|_| {
        let ui = Ui::new(context::settings(ui::Verbosity::Normal, true, true));
        let why = WHY.get().map_or("no reason was given", String::as_str);
        ui.error(&format_args!("Internal error: {why}"));
        ui.hint(&"Output that has no name yet was discarded. Please report this as a bug");
        ExitCode::from(Code::Other as u8)
    })
}

fn run_or_panic() -> ExitCode {
    if keeper::is_asked() {
        return ExitCode::from(keeper::run());
    }
    if completing::is_asked() {
        return complete();
    }
    let args: Vec<OsString> = std::env::args_os().collect();
    if let Some(plugin) = called_as::plugin(&args) {
        return serve_age(plugin);
    }
    if let Some(call) = age_mode::Call::of(&args) {
        return as_another_program(&call);
    }
    let args = help::as_option(args);
    match cli::Cli::parse_with_path(&args) {
        Ok((cli, path)) => {
            let settings = context::settings(
                cli.verbosity(),
                cli.global.no_prompt,
                cli.global.no_progress,
            );
            if cli.global.keep_cached {
                files::keep_cached();
            }
            let ui = if cli.global.json {
                Ui::for_json(settings, Some(path))
            } else {
                Ui::new(settings)
            };
            errors::exit_code(&ui, command::run(cli.command.command(), &ui))
        }
        Err(error) => explain(&error, &args),
    }
}

/// Works as the plugin of another age program, whose terminal it does not use.
fn serve_age(plugin: Result<AgePlugin, &str>) -> ExitCode {
    let verbosity = match plugin {
        Ok(_) => ui::Verbosity::Quiet,
        // A person is at the terminal.
        Err(_) => ui::Verbosity::Normal,
    };
    let ui = Ui::new(context::settings(verbosity, false, true));
    let hint = "For a text that names one of them: bulla identity export --plugin";
    let served = plugin.map_err(|why| errors::usage(why, Some(hint)));
    errors::exit_code(&ui, served.and_then(|plugin| command::run(&plugin, &ui)))
}

/// Does what age or rage would do with this command line.
fn as_another_program(call: &age_mode::Call) -> ExitCode {
    let settings = context::settings(ui::Verbosity::Normal, false, true);
    let ui = Ui::called(call.program.name(), settings);
    match call.command(&ui) {
        Ok(command) => errors::only_exit_code(command::run(&*command, &ui), |error| {
            call.tell(error, &ui);
        }),
        Err(trouble) => {
            trouble.tell(call.program, &ui);
            let code = trouble.code();
            code.map_or(ExitCode::SUCCESS, |code| ExitCode::from(code as u8))
        }
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
    if asks_for_json(args) {
        return explain_in_json(error, args);
    }
    let ui = Ui::new(context::settings(ui::Verbosity::Normal, true, true));
    if let Some(overview) = help::overview(args) {
        ui.usage(overview);
        return ExitCode::from(Code::Usage as u8);
    }
    match error.kind() {
        ErrorKind::DisplayVersion => usage(error),
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

/// The same as an object.
fn explain_in_json(error: &clap::Error, args: &[OsString]) -> ExitCode {
    let settings = context::settings(ui::Verbosity::Normal, true, true);
    let ui = Ui::for_json(settings, command_in(args));
    let text = |error: &clap::Error| error.render().to_string();
    let written = match error.kind() {
        ErrorKind::DisplayVersion => ui.json(&report::json::Text { text: text(error) }),
        ErrorKind::DisplayHelp => {
            let page = help::command().try_get_matches_from(args);
            let page = page.as_ref().err().unwrap_or(error);
            ui.json(&report::json::Text { text: text(page) })
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            let missing =
                errors::usage("A command is missing", Some("See all commands: bulla help"));
            return errors::exit_code(&ui, Err(missing));
        }
        _ => {
            let wrong = UsageError::new(error, args);
            return errors::exit_code(&ui, Err(errors::usage_with(&wrong.error, wrong.hints)));
        }
    };
    errors::exit_code(&ui, written.map_err(Into::into))
}

/// Prints help and version on standard output, and errors in the command line on standard error.
fn usage(error: &clap::Error) -> ExitCode {
    let ui = Ui::new(context::settings(ui::Verbosity::Normal, true, true));
    let text = error.render().to_string();
    if error.use_stderr() {
        ui.usage(&text);
        return ExitCode::from(Code::Usage as u8);
    }
    if let Err(closed) = files::Stdout::check_writable() {
        return errors::exit_code(&ui, Err(closed.into()));
    }
    let written = ui.help(&text);
    if ui
        .rows_of_stdout()
        .is_some_and(|rows| text.lines().count() >= rows)
    {
        ui.tip(&format_args!(
            "If the manual is installed, read it page by page: man {}",
            help::manual_page(&text)
        ));
    }
    errors::exit_code(&ui, written.map_err(Into::into))
}
