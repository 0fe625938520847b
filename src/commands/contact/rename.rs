//! `bulla contact rename`.

use clap::Args;

use crate::command::{Command, Sandbox};
use crate::context::Context;
use crate::errors::Result;
use crate::jobs::rename::rename;
use crate::keyring::{Contact, EntryKind, Name};

/// Rename a contact, also in groups
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
        Sandbox::read_only().keyring()
    }

    fn run(&self, context: &Context) -> Result<()> {
        run(self, context)
    }
}

fn run(args: &RenameArgs, context: &Context) -> Result<()> {
    let old: Name = args.old.parse()?;
    let keyring = context.keyring()?;
    // Renaming is the way out if the name stands for something else too.
    keyring.get::<Contact>(&old)?.refuse_removed(&old)?;
    rename(EntryKind::Contact, &old, &args.new.parse()?, context)
}
