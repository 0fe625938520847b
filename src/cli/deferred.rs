//! Nested subcommands, built only when their command is called. Building all of them took a sixth
//! of a millisecond of every start.

use std::sync::atomic::{AtomicBool, Ordering};

use clap::{ArgMatches, Command, Error, FromArgMatches, Subcommand};

static ALL: AtomicBool = AtomicBool::new(false);

/// Builds all of them at once from now on, because completions look into each.
pub(super) fn build_all() {
    ALL.store(true, Ordering::Relaxed);
}

/// The subcommands of `T`, built as late as clap allows.
#[derive(Clone, Debug)]
pub(crate) struct Deferred<T>(pub(crate) T);

impl<T: Subcommand> Subcommand for Deferred<T> {
    fn augment_subcommands(command: Command) -> Command {
        match ALL.load(Ordering::Relaxed) {
            true => T::augment_subcommands(command),
            false => command.defer(T::augment_subcommands),
        }
    }

    fn augment_subcommands_for_update(command: Command) -> Command {
        command.defer(T::augment_subcommands_for_update)
    }

    fn has_subcommand(name: &str) -> bool {
        T::has_subcommand(name)
    }
}

impl<T: FromArgMatches> FromArgMatches for Deferred<T> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        T::from_arg_matches(matches).map(Self)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        self.0.update_from_arg_matches(matches)
    }
}
