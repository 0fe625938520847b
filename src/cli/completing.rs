//! Completions that know the people: what a shell asks for through the environment variable COMPLETE.
//!
//! Owns which argument stands for whom. A keyring that cannot be read offers nobody, and says nothing: a person is in the
//! middle of a line.

use clap::{Arg, Command, ValueHint};
use clap_complete::engine::{ArgValueCandidates, CompletionCandidate};
use clap_complete::env::{CompleteEnv, Elvish, Fish, Powershell, Shells, Zsh};

use crate::cli::bash::Bash;
use crate::cli::help;
use crate::config::home;
use crate::keyring::{Contact, EntryKind, Keyring};

/// Whether COMPLETE asks for completions instead of a run.
pub(crate) fn is_asked() -> bool {
    std::env::var_os("COMPLETE").is_some_and(|shell| !shell.is_empty() && shell != "0")
}

/// Gives the shell what it asked for: how to ask, or what can stand where the cursor is.
///
/// # Errors
/// An unknown shell, or a standard output that fails.
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

/// The command, with those who can be named in it.
fn knowing(command: Command, parent: &str) -> Command {
    let name = command.get_name().to_owned();
    let command = command.mut_args(|arg| match offered(parent, &name, &arg) {
        Offer::Nothing => arg,
        Offer::Paths => arg.value_hint(ValueHint::AnyPath),
        Offer::Names(kinds) => arg.add(ArgValueCandidates::new(move || names(kinds))),
    });
    command.mut_subcommands(|sub| knowing(sub, &name))
}

/// What is offered beside what clap knows.
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
        ("contact", "add", "from") => Offer::Paths,
        ("bulla", _, "from") => Offer::Names(&[EntryKind::Contact, EntryKind::Identity]),
        ("contact", _, "name" | "old") => Offer::Names(&[EntryKind::Contact]),
        ("group", "create", _) | ("identity", "new" | "import" | "restore", _) => Offer::Nothing,
        ("group", _, "name" | "old") => Offer::Names(&[EntryKind::Group]),
        ("identity", _, "name" | "old") | ("bulla", "unlock" | "lock", "name") => {
            Offer::Names(&[EntryKind::Identity])
        }
        _ => Offer::Nothing,
    }
}

/// All names of these kinds, but those of contacts who were removed.
fn names(kinds: &[EntryKind]) -> Vec<CompletionCandidate> {
    let Ok(home) = home(std::env::var_os("BULLA_HOME")) else {
        return Vec::new();
    };
    let keyring = Keyring::at(home);
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
