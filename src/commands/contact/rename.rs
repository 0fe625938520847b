//! `bulla contact rename`.

use clap::Args;

use crate::command::{Command, Sandbox};
use crate::context::Context;
use crate::errors::Result;
use crate::jobs::rename::rename;
use crate::keyring::{EntryKind, Name};

/// Call a contact otherwise, in groups too
#[derive(Args, Clone, Debug)]
pub(crate) struct RenameArgs {
    /// What they are called
    old: String,
    /// What they will be called
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
    let old: Name = args.old.parse()?;
    let keyring = context.keyring()?;
    keyring.contact(&old)?;
    rename(EntryKind::Contact, &old, &args.new.parse()?, context)
}
