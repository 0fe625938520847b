//! `bulla contact remove`.

use clap::Args;

use crate::command::{Command, Sandbox};
use crate::context::Context;
use crate::errors::Result;
use crate::keyring::Name;
use crate::report::contacts::{ConfigMention, print_removed_from};

/// Remove a contact, from groups too
///
/// Nothing can be sent to them any more. What was known of them stays in the keyring, and is shown when somebody is
/// added under this name again. What they were sent, they keep.
#[derive(Args, Clone, Debug)]
pub(crate) struct RemoveArgs {
    /// Whom
    name: String,
}

impl Command for RemoveArgs {
    fn prints(&self) -> bool {
        false
    }

    fn sandbox(&self) -> Sandbox {
        Sandbox::Keyring
    }

    fn run(&self, context: &Context) -> Result<()> {
        run(self, context)
    }
}

fn run(args: &RemoveArgs, context: &Context) -> Result<()> {
    let name: Name = args.name.parse()?;
    let in_config = ConfigMention::find(&name, context)?;
    let groups = context
        .keyring()?
        .change(|change| change.remove_contact(&name, context.today()))?;
    context
        .ui
        .status(&format_args!("{name} is no contact any more"));
    print_removed_from(&groups, context)?;
    in_config.warn(&name, context);
    Ok(())
}
