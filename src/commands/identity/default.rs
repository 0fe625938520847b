//! `bulla identity default`: the identity to act as.

use clap::Args;

use crate::command::{Command, Sandbox};
use crate::config;
use crate::context::Context;
use crate::errors::{CommandError, Result};
use crate::identities::edit;
use crate::keyring::{Name, StoredIdentity};

/// Show or choose the default identity
#[derive(Args, Clone, Debug)]
pub(crate) struct DefaultArgs {
    /// The new default identity
    name: Option<String>,
}

impl Command for DefaultArgs {
    fn sandbox(&self) -> Sandbox {
        Sandbox::Keyring
    }

    fn run(&self, context: &Context) -> Result<()> {
        run(self, context)
    }
}

fn run(args: &DefaultArgs, context: &Context) -> Result<()> {
    let Some(name) = &args.name else {
        let name = edit::chosen(None, context)?;
        return Ok(context.ui.result(name.as_str())?);
    };
    let name: Name = name.parse()?;
    context.keyring()?.change(|change| {
        change.keyring().get::<StoredIdentity>(&name)?;
        let text = change.config()?;
        let path = context.keyring()?.path().join(config::FILE);
        change.put_config(config::with_default_identity(&text, &path, &name)?);
        Ok::<_, CommandError>(())
    })?;
    context
        .ui
        .status(&format_args!("{name} is the default identity now"));
    Ok(())
}
