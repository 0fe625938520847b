//! `bulla group remove`.

use anyhow::Result;
use clap::Args;

use crate::context::Context;
use crate::keyring::{EntryKind, Group, Name};
use crate::report::contacts::InConfig;
use crate::report::contacts::taken_out;

/// Remove a group, from other groups too; its members stay
#[derive(Args, Clone, Debug)]
pub(crate) struct RemoveArgs {
    /// Which
    name: String,
}

pub(super) fn run(args: &RemoveArgs, context: &Context) -> Result<()> {
    let name: Name = args.name.parse()?;
    let in_config = InConfig::look(&name, context)?;
    let groups = context.keyring()?.change(|change| {
        change.keyring().get::<Group>(&name)?;
        let groups = change.drop_from_groups(&name)?;
        change.remove(EntryKind::Group, &name);
        Ok::<_, crate::keyring::KeyringError>(groups)
    })?;
    context
        .ui
        .status(&format_args!("{name} is no group any more"));
    taken_out(&groups, context)?;
    in_config.warn(&name, context);
    Ok(())
}
