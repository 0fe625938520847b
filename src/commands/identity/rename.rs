//! `bulla identity rename`.

use clap::Args;

use crate::command::{Command, Sandbox};
use crate::config;
use crate::context::Context;
use crate::errors::{CommandError, Result};
use crate::identities::edit;
use crate::keyring::{EntryKind, Name};
use crate::report::contacts::join_names;

/// Call an identity otherwise, in groups and in the config too
#[derive(Args, Clone, Debug)]
pub(crate) struct RenameArgs {
    /// What it is called
    old: String,
    /// What it will be called
    new: String,
}

impl Command for RenameArgs {
    fn sandbox(&self) -> Sandbox {
        Sandbox::Keyring
    }

    fn run(&self, context: &Context) -> Result<()> {
        run(self, context)
    }
}

fn run(args: &RenameArgs, context: &Context) -> Result<()> {
    let (old, new): (Name, Name) = (args.old.parse()?, args.new.parse()?);
    let path = context.keyring()?.path().join(config::FILE);
    let groups = context.keyring()?.change(|change| {
        let groups = change.rename_everywhere(EntryKind::Identity, &old, &new)?;
        if let Some(text) = config::with_name_replaced(&change.config()?, &path, &old, Some(&new))?
        {
            change.put_config(text);
        }
        Ok::<_, CommandError>(groups)
    })?;
    edit::close(&old, context);
    context
        .ui
        .status(&format_args!("{old} is called {new} now"));
    if !groups.is_empty() {
        context
            .ui
            .status(&format_args!("also in: {}", join_names(&groups)));
    }
    Ok(())
}
