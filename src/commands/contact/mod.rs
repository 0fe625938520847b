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

use crate::context::Context;
use crate::errors::Result;

/// Other people's keys
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
    /// Whether it has something to say on standard output.
    pub(crate) fn prints(&self) -> bool {
        match self {
            Self::List(_) | Self::Show(_) => true,
            Self::Export(args) => args.prints(),
            Self::Add(_)
            | Self::Verify(_)
            | Self::Resolve(_)
            | Self::Revoke(_)
            | Self::Rename(_)
            | Self::Remove(_) => false,
        }
    }

    pub(crate) fn run(&self, context: &Context) -> Result<()> {
        match self {
            Self::Add(args) => add::run(args, context),
            Self::List(args) => list::run(args, context),
            Self::Show(args) => show::run(args, context),
            Self::Verify(args) => verify::run(args, context),
            Self::Resolve(args) => resolve::run(args, context),
            Self::Revoke(args) => revoke::run(args, context),
            Self::Rename(args) => rename::run(args, context),
            Self::Remove(args) => remove::run(args, context),
            Self::Export(args) => export::run(args, context),
        }
    }
}
