//! `bulla identity`: your own keys.

mod backup;
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

use crate::context::Context;
use crate::errors::Result;
use crate::select::options::PassphraseSource;

/// Your own keys
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
}

impl IdentityCommand {
    /// Where its first passphrase comes from.
    pub(crate) fn source(&self) -> Option<&PassphraseSource> {
        match self {
            Self::New(args) => Some(&args.source),
            Self::Show(args) => Some(&args.source),
            Self::Export(args) => Some(&args.source),
            Self::Import(args) => Some(&args.source),
            Self::Passphrase(args) => Some(&args.source),
            Self::Backup(args) => Some(&args.source),
            Self::Restore(args) => Some(&args.source),
            Self::Rotate(args) => Some(&args.source),
            Self::Succeed(args) => Some(&args.source),
            Self::Revoke(args) => Some(&args.source),
            Self::List(_) | Self::Default(_) | Self::Rename(_) | Self::Remove(_) => None,
        }
    }

    pub(crate) fn run(&self, context: &Context) -> Result<()> {
        match self {
            Self::New(args) => new::run(args, context),
            Self::List(args) => list::run(args, context),
            Self::Show(args) => show::run(args, context),
            Self::Default(args) => default::run(args, context),
            Self::Rename(args) => rename::run(args, context),
            Self::Export(args) => export::run(args, context),
            Self::Import(args) => import::run(args, context),
            Self::Passphrase(args) => passphrase::run(args, context),
            Self::Remove(args) => remove::run(args, context),
            Self::Backup(args) => backup::run(args, context),
            Self::Restore(args) => restore::run(args, context),
            Self::Rotate(args) => rotate::run(args, context),
            Self::Succeed(args) => succeed::run(args, context),
            Self::Revoke(args) => revoke::run(args, context),
        }
    }
}
