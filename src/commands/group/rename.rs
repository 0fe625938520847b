//! `bulla group rename`.

use clap::Args;

use crate::command::{Command, Sandbox};
use crate::context::Context;
use crate::errors::Result;
use crate::jobs::rename::rename;
use crate::keyring::EntryKind;

/// Rename a group, also in other groups
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
    rename(
        EntryKind::Group,
        &args.old.parse()?,
        &args.new.parse()?,
        context,
    )
}
