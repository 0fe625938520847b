//! `bulla identity`: your own keys.

mod new;
mod show;

use anyhow::Result;
use clap::Subcommand;

use super::options::PassphraseSource;
use crate::context::Context;

/// Your own keys
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum IdentityCommand {
    New(new::NewArgs),
    Show(show::ShowArgs),
}

impl IdentityCommand {
    /// Where its first passphrase comes from.
    pub(crate) fn source(&self) -> &PassphraseSource {
        match self {
            Self::New(args) => &args.source,
            Self::Show(args) => &args.source,
        }
    }

    pub(crate) fn run(&self, context: &Context) -> Result<()> {
        match self {
            Self::New(args) => new::run(args, context),
            Self::Show(args) => show::run(args, context),
        }
    }
}
