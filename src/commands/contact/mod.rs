//! `bulla contact`: other people's keys.

mod add;
mod export;
mod list;
mod remove;
mod rename;
mod resolve;
mod revoke;
mod show;
mod verify;

use clap::Subcommand;

use crate::command::Command;

/// Manage other people's keys
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum ContactCommand {
    Add(add::AddArgs),
    List(list::ListArgs),
    Show(show::ShowArgs),
    Verify(verify::VerifyArgs),
    Resolve(resolve::ResolveArgs),
    Revoke(revoke::RevokeArgs),
    Rename(rename::RenameArgs),
    Remove(remove::RemoveArgs),
    Export(export::ExportArgs),
}

impl ContactCommand {
    /// Returns the chosen subcommand.
    pub(crate) fn command(&self) -> &dyn Command {
        match self {
            Self::Add(args) => args,
            Self::List(args) => args,
            Self::Show(args) => args,
            Self::Verify(args) => args,
            Self::Resolve(args) => args,
            Self::Revoke(args) => args,
            Self::Rename(args) => args,
            Self::Remove(args) => args,
            Self::Export(args) => args,
        }
    }
}
