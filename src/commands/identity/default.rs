//! `bulla identity default`: the identity to act as.

use clap::Args;

use crate::command::{Command, Sandbox};
use crate::context::Context;
use crate::errors::Result;
use crate::identities::edit;
use crate::keyring::{Name, StoredIdentity};
use crate::report::own_identities::print_name;

/// Show or choose the default identity
#[derive(Args, Clone, Debug)]
pub(crate) struct DefaultArgs {
    /// The new default identity
    name: Option<String>,
}

impl Command for DefaultArgs {
    fn prints(&self) -> bool {
        self.name.is_none()
    }

    fn sandbox(&self) -> Sandbox {
        Sandbox::read_only().keyring().settings()
    }

    fn run(&self, context: &Context) -> Result<()> {
        run(self, context)
    }
}

fn run(args: &DefaultArgs, context: &Context) -> Result<()> {
    let Some(name) = &args.name else {
        let name = edit::chosen(None, context)?;
        print_name(&name, context)?;
        return Ok(context.ui.result(name.as_str())?);
    };
    let name: Name = name.parse()?;
    context.keyring()?.get::<StoredIdentity>(&name)?;
    context.keyring()?.refuse_ambiguous(&name)?;
    context.set("default_identity", &[name.to_string()])?;
    context
        .ui
        .status(&format_args!("Set the default identity to {name}"));
    print_name(&name, context)
}
