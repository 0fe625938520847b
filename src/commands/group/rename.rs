//! `bulla group rename`.

use clap::Args;

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

pub(super) fn run(args: &RenameArgs, context: &Context) -> Result<()> {
    rename(
        EntryKind::Group,
        &args.old.parse()?,
        &args.new.parse()?,
        context,
    )
}
