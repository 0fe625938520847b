//! `bulla group`: names for sets of contacts.

mod edit;
mod list;
mod remove;
mod rename;
mod show;

use clap::Subcommand;

use crate::context::Context;
use crate::errors::Result;

/// Names for sets of contacts
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum GroupCommand {
    Create(edit::CreateArgs),
    Add(edit::AddArgs),
    Drop(edit::DropArgs),
    List(list::ListArgs),
    Show(show::ShowArgs),
    Rename(rename::RenameArgs),
    Remove(remove::RemoveArgs),
}

impl GroupCommand {
    /// Whether it has something to say on standard output.
    pub(crate) fn prints(&self) -> bool {
        matches!(self, Self::List(_) | Self::Show(_))
    }

    pub(crate) fn run(&self, context: &Context) -> Result<()> {
        match self {
            Self::Create(args) => edit::create(args, context),
            Self::Add(args) => edit::add(args, context),
            Self::Drop(args) => edit::drop(args, context),
            Self::List(args) => list::run(args, context),
            Self::Show(args) => show::run(args, context),
            Self::Rename(args) => rename::run(args, context),
            Self::Remove(args) => remove::run(args, context),
        }
    }
}
