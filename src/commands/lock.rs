//! `bulla lock`: locks what `bulla unlock` unlocked.

use clap::Args;

use crate::command::Command;
use crate::context::Context;
use crate::errors::Result;
use crate::identities::unlock_cache;
use crate::keyring::StoredIdentity;

/// Lock one unlocked identity, or all
#[derive(Args, Clone, Debug)]
pub(crate) struct LockArgs {
    /// Name of the identity (default: all)
    name: Option<String>,
}

impl Command for LockArgs {
    fn prints(&self) -> bool {
        false
    }

    fn run(&self, context: &Context) -> Result<()> {
        run(self, context)
    }
}

fn run(args: &LockArgs, context: &Context) -> Result<()> {
    let names = match &args.name {
        Some(name) => vec![name.parse()?],
        None => unlock_cache::names(context)?,
    };
    if names.is_empty() {
        context.ui.status(&"Nothing was unlocked");
    }
    for name in names {
        match unlock_cache::forget(&name, context)? {
            true => context.ui.status(&format_args!("Locked identity {name}")),
            false => {
                // A misspelled name must not look as if it had been locked.
                context.keyring()?.get::<StoredIdentity>(&name)?;
                context
                    .ui
                    .status(&format_args!("Identity {name} was not unlocked"));
            }
        }
    }
    Ok(())
}
