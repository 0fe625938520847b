//! `bulla identity rename`.

use clap::Args;

use crate::command::{Command, Sandbox};
use crate::config;
use crate::context::Context;
use crate::errors::{CommandError, Result};
use crate::identities::edit;
use crate::keyring::{EntryKind, Name};
use crate::report::contacts::join_names;
use crate::report::json::print_renamed;

/// Rename an identity (also in groups and the config)
#[derive(Args, Clone, Debug)]
pub(crate) struct RenameArgs {
    /// Current name
    old: String,
    /// New name
    new: String,
}

impl Command for RenameArgs {
    fn prints(&self) -> bool {
        false
    }

    fn sandbox(&self) -> Sandbox {
        Sandbox::read_only().keyring().settings()
    }

    fn run(&self, context: &Context) -> Result<()> {
        run(self, context)
    }
}

fn run(args: &RenameArgs, context: &Context) -> Result<()> {
    let (old, new): (Name, Name) = (args.old.parse()?, args.new.parse()?);
    let path = context.keyring()?.path().join(config::FILE);
    let at = (path.as_path(), config::Place::Keyring);
    let groups = context.keyring()?.change(|change| {
        let groups = change.rename_everywhere(EntryKind::Identity, &old, &new)?;
        if let Some(text) = config::with_name_replaced(&change.config()?, at, &old, Some(&new))? {
            change.put_config(text);
        }
        Ok::<_, CommandError>(groups)
    })?;
    context.replace_name_in_settings(&old, Some(&new))?;
    edit::close(&old, context);
    context.ui.status(&format_args!("Renamed {old} to {new}"));
    if !groups.is_empty() {
        context
            .ui
            .status(&format_args!("Also changed in: {}", join_names(&groups)));
    }
    print_renamed(EntryKind::Identity, (&old, &new), &groups, context)
}
