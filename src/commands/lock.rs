//! `bulla lock`: locks what `bulla unlock` unlocked.

use clap::Args;

use crate::command::Command;
use crate::context::Context;
use crate::errors::Result;
use crate::identities::unlock_cache;
use crate::keyring::StoredIdentity;

/// Close an identity that is kept open, or all of them
#[derive(Args, Clone, Debug)]
pub(crate) struct LockArgs {
    /// The identity; all otherwise
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
        context.ui.status(&"nothing was open");
    }
    for name in names {
        match unlock_cache::forget(&name, context)? {
            true => context
                .ui
                .status(&format_args!("identity {name} is locked")),
            false => {
                // A misspelled name must not look as if it had been locked.
                context.keyring()?.get::<StoredIdentity>(&name)?;
                context
                    .ui
                    .status(&format_args!("identity {name} was not open"));
            }
        }
    }
    Ok(())
}
