//! `bulla group remove`.

use clap::Args;

use crate::command::{Command, Sandbox};
use crate::context::Context;
use crate::errors::Result;
use crate::keyring::{EntryKind, Group, Name};
use crate::report::contacts::ConfigMention;
use crate::report::contacts::print_removed_from;
use crate::report::json::print_removed;

/// Remove a group, also from other groups; its members stay
#[derive(Args, Clone, Debug)]
pub(crate) struct RemoveArgs {
    /// Name of the group
    name: String,
}

impl Command for RemoveArgs {
    fn prints(&self) -> bool {
        false
    }

    fn sandbox(&self) -> Sandbox {
        Sandbox::read_only().keyring()
    }

    fn run(&self, context: &Context) -> Result<()> {
        run(self, context)
    }
}

fn run(args: &RemoveArgs, context: &Context) -> Result<()> {
    let name: Name = args.name.parse()?;
    let in_config = ConfigMention::find(&name, context)?;
    let groups = context.keyring()?.change(|change| {
        change.keyring().get::<Group>(&name)?;
        let groups = change.drop_from_groups(&name)?;
        change.remove(EntryKind::Group, &name);
        Ok::<_, crate::keyring::KeyringError>(groups)
    })?;
    context.ui.status(&format_args!("Removed group {name}"));
    print_removed_from(&groups, context)?;
    in_config.warn(&name, context);
    print_removed(EntryKind::Group, &name, &groups, context)
}
