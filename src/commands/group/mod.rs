//! `bulla group`: names for sets of contacts.

mod edit;
mod list;
mod remove;
mod rename;
mod show;

use clap::Subcommand;

use crate::command::Command;

/// Manage groups of contacts
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
    /// Returns the chosen subcommand.
    pub(crate) fn command(&self) -> &dyn Command {
        match self {
            Self::Create(args) => args,
            Self::Add(args) => args,
            Self::Drop(args) => args,
            Self::List(args) => args,
            Self::Show(args) => args,
            Self::Rename(args) => args,
            Self::Remove(args) => args,
        }
    }
}
