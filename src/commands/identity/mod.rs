//! `bulla identity`: your own keys.

mod backup;
mod confirm;
mod default;
mod export;
mod import;
mod list;
mod new;
mod passphrase;
mod remove;
mod rename;
mod restore;
mod revoke;
mod rotate;
mod show;
mod succeed;

use clap::Subcommand;

use crate::command::Command;

/// Manage your own keys
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum IdentityCommand {
    New(new::NewArgs),
    List(list::ListArgs),
    Show(show::ShowArgs),
    Default(default::DefaultArgs),
    Rename(rename::RenameArgs),
    Export(export::ExportArgs),
    Import(import::ImportArgs),
    Passphrase(passphrase::PassphraseArgs),
    Remove(remove::RemoveArgs),
    Backup(backup::BackupArgs),
    Restore(restore::RestoreArgs),
    Rotate(rotate::RotateArgs),
    Succeed(succeed::SucceedArgs),
    Revoke(revoke::RevokeArgs),
    Confirm(confirm::ConfirmArgs),
}

impl IdentityCommand {
    /// Returns the chosen subcommand.
    pub(crate) fn command(&self) -> &dyn Command {
        match self {
            Self::New(args) => args,
            Self::List(args) => args,
            Self::Show(args) => args,
            Self::Default(args) => args,
            Self::Rename(args) => args,
            Self::Export(args) => args,
            Self::Import(args) => args,
            Self::Passphrase(args) => args,
            Self::Remove(args) => args,
            Self::Backup(args) => args,
            Self::Restore(args) => args,
            Self::Rotate(args) => args,
            Self::Succeed(args) => args,
            Self::Revoke(args) => args,
            Self::Confirm(args) => args,
        }
    }
}
