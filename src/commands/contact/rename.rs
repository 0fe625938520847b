//! `bulla contact rename`.

use anyhow::Result;
use clap::Args;

use crate::context::Context;
use crate::keyring::{EntryKind, Name};
use crate::report::contacts::{InConfig, listed};

/// Call a contact otherwise, in groups too
#[derive(Args, Clone, Debug)]
pub(crate) struct RenameArgs {
    /// What they are called
    old: String,
    /// What they will be called
    new: String,
}

pub(super) fn run(args: &RenameArgs, context: &Context) -> Result<()> {
    let old: Name = args.old.parse()?;
    let keyring = context.keyring()?;
    keyring.contact(&old)?;
    rename(EntryKind::Contact, &old, &args.new.parse()?, context)
}

/// Renames a thing of any kind, and says where else its name stood.
pub(in crate::commands) fn rename(
    kind: EntryKind,
    old: &Name,
    new: &Name,
    context: &Context,
) -> Result<()> {
    let in_config = InConfig::look(old, context)?;
    let groups = context
        .keyring()?
        .change(|change| change.rename_everywhere(kind, old, new))?;
    context
        .ui
        .status(&format_args!("{old} is called {new} now"));
    if !groups.is_empty() {
        context
            .ui
            .status(&format_args!("also in: {}", listed(&groups)));
    }
    in_config.warn(old, context);
    Ok(())
}
