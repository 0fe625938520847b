//! `bulla group rename`.

use clap::Args;

use crate::command::{Command, Sandbox};
use crate::context::Context;
use crate::errors::Result;
use crate::jobs::rename::rename;
use crate::keyring::EntryKind;

/// Call a group otherwise, in other groups too
#[derive(Args, Clone, Debug)]
pub(crate) struct RenameArgs {
    /// What it is called
    old: String,
    /// What it will be called
    new: String,
}

impl Command for RenameArgs {
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

fn run(args: &RenameArgs, context: &Context) -> Result<()> {
    rename(
        EntryKind::Group,
        &args.old.parse()?,
        &args.new.parse()?,
        context,
    )
}
