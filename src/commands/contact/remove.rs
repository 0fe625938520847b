//! `bulla contact remove`.

use anyhow::Result;
use clap::Args;

use crate::context::Context;
use crate::keyring::{Group, Name};
use crate::report::contacts::{InConfig, listed};

/// Remove a contact, from groups too
///
/// Nothing can be sent to them any more. What was known of them stays in the keyring, and is shown when somebody is
/// added under this name again. What they were sent, they keep.
#[derive(Args, Clone, Debug)]
pub(crate) struct RemoveArgs {
    /// Whom
    name: String,
}

pub(super) fn run(args: &RemoveArgs, context: &Context) -> Result<()> {
    let name: Name = args.name.parse()?;
    let in_config = InConfig::look(&name, context)?;
    let groups = context
        .keyring()?
        .change(|change| change.remove_contact(&name, context.today()))?;
    context
        .ui
        .status(&format_args!("{name} is no contact any more"));
    taken_out(&groups, context)?;
    in_config.warn(&name, context);
    Ok(())
}

/// Says out of which groups something was taken, and which of them nobody is left in.
pub(in crate::commands) fn taken_out(groups: &[Name], context: &Context) -> Result<()> {
    if !groups.is_empty() {
        context
            .ui
            .status(&format_args!("taken out of: {}", listed(groups)));
    }
    for name in groups {
        if context
            .keyring()?
            .find::<Group>(name)?
            .is_some_and(|group| group.members.is_empty())
        {
            context
                .ui
                .warning(&format_args!("the group {name} is empty now"));
        }
    }
    Ok(())
}
