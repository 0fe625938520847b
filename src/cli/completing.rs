//! Completions that know the people, requested by a shell through the environment variable
//! COMPLETE.
//!
//! Owns which arguments name people. If the keyring cannot be read, no names are offered and
//! nothing is printed, because the user is in the middle of typing a line.

use clap::{Arg, Command, ValueHint};
use clap_complete::engine::{ArgValueCandidates, CompletionCandidate};
use clap_complete::env::{CompleteEnv, Elvish, Fish, Powershell, Shells, Zsh};

use crate::cli::bash::Bash;
use crate::cli::help;
use crate::config::home;
use crate::keyring::{Contact, EntryKind, Keyring};

/// Returns whether COMPLETE requests completions instead of a run.
pub(crate) fn is_asked() -> bool {
    std::env::var_os("COMPLETE").is_some_and(|shell| !shell.is_empty() && shell != "0")
}

/// Prints what the shell requested: its completion script, or the candidates for the word at the
/// cursor.
///
/// # Errors
/// An unknown shell, or a failure of standard output.
pub(crate) fn complete() -> Result<(), clap::Error> {
    let folder = std::env::current_dir().ok();
    let shells = Shells(&[&Bash, &Elvish, &Fish, &Powershell, &Zsh]);
    let environment = CompleteEnv::with_factory(|| knowing(help::command(), ""))
        .bin("bulla")
        .shells(shells);
    environment
        .try_complete(std::env::args_os(), folder.as_deref())
        .map(drop)
}

/// Returns the command, with the names that it can complete.
fn knowing(command: Command, parent: &str) -> Command {
    let name = command.get_name().to_owned();
    let command = command.mut_args(|arg| match offered(parent, &name, &arg) {
        Offer::Nothing => arg,
        Offer::Paths => arg.value_hint(ValueHint::AnyPath),
        Offer::Names(kinds) => arg.add(ArgValueCandidates::new(move || names(kinds))),
    });
    command.mut_subcommands(|sub| knowing(sub, &name))
}

/// The names offered in addition to clap's own candidates.
enum Offer {
    Nothing,
    Paths,
    Names(&'static [EntryKind]),
}

fn offered(parent: &str, command: &str, arg: &Arg) -> Offer {
    match (
        parent,
        command,
        arg.get_long().unwrap_or(arg.get_id().as_str()),
    ) {
        (_, _, "to" | "drop") | ("group", _, "members") => Offer::Names(&EntryKind::ALL),
        (_, _, "as") => Offer::Names(&[EntryKind::Identity]),
        ("contact", "add", "name" | "from") => Offer::Paths,
        ("bulla", "drill", "identity") => Offer::Names(&[EntryKind::Identity]),
        ("bulla", _, "from" | "signed-by") => {
            Offer::Names(&[EntryKind::Contact, EntryKind::Identity])
        }
        ("contact", _, "name" | "old") => Offer::Names(&[EntryKind::Contact]),
        ("group", "create", _) | ("identity", "new" | "import" | "restore", _) => Offer::Nothing,
        ("group", _, "name" | "old") => Offer::Names(&[EntryKind::Group]),
        ("identity", _, "name" | "old") | ("bulla", "unlock" | "lock", "name") => {
            Offer::Names(&[EntryKind::Identity])
        }
        _ => Offer::Nothing,
    }
}

/// Returns all names of these kinds, except those of removed contacts.
fn names(kinds: &[EntryKind]) -> Vec<CompletionCandidate> {
    let Ok(home) = home(std::env::var_os("BULLA_HOME")) else {
        return Vec::new();
    };
    let keyring = Keyring::new(home, None);
    let mut found = Vec::new();
    for &kind in kinds {
        for name in keyring.names(kind).unwrap_or_default() {
            let contact = match kind {
                EntryKind::Contact => keyring.find::<Contact>(&name).ok().flatten(),
                _ => None,
            };
            if contact.is_none_or(|contact| contact.removed.is_none()) {
                found.push(CompletionCandidate::new(name.as_str()).help(Some(kind.noun().into())));
            }
        }
    }
    found
}
