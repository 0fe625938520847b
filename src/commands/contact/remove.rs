//! `bulla contact remove`.

use clap::Args;

use crate::command::{Command, Sandbox};
use crate::context::Context;
use crate::errors::Result;
use crate::keyring::{EntryKind, Name};
use crate::report::contacts::{ConfigMention, print_removed_from, tip_at_open_files};
use crate::report::json::print_removed;

/// Remove a contact (from groups too)
///
/// You can no longer encrypt to this name. The keyring remembers the keys, and shows them if you
/// add a contact of this name again. Files you already sent can still be opened.
#[derive(Args, Clone, Debug)]
pub(crate) struct RemoveArgs {
    /// Name of the contact
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
    let groups = context
        .keyring()?
        .change(|change| change.remove_contact(&name, context.today()))?;
    context.ui.status(&format_args!("Removed contact {name}"));
    print_removed_from(&groups, context)?;
    tip_at_open_files(name.as_str(), context);
    in_config.warn(&name, context);
    print_removed(EntryKind::Contact, &name, &groups, context)
}
