//! `bulla contact verify`: compares the number that was read out with the saved keys.

use clap::Args;

use crate::command::{Command, Sandbox};
use crate::context::Context;
use crate::errors::Result;
use crate::keyring::Name;
use crate::select::safety_number;

/// Check somebody's keys with them
///
/// Have their safety number read out to you, in person or by voice, never from the chat that brought the card, and type all
/// of it. It is not shown before, because comparing by eye fails. They find it with "bulla identity show --number". Whoever
/// came without a card has a check value instead: "bulla identity show" tells it; without bulla it is the first 32 digits
/// that "age-keygen -y KEYFILE | sha256sum" gives (of several keys: over their recipients, sorted, one a line). Spaces and
/// case do not matter.
#[derive(Args, Clone, Debug)]
pub(crate) struct VerifyArgs {
    /// Whose keys
    name: String,
    /// The number or check value that was read out, instead of typing it (for scripts)
    #[arg(long, value_name = "VALUE")]
    check: Option<String>,
}

impl Command for VerifyArgs {
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

fn run(args: &VerifyArgs, context: &Context) -> Result<()> {
    let name: Name = args.name.parse()?;
    let keyring = context.keyring()?;
    let contact = keyring.contact(&name)?;
    keyring.refuse_unverifiable(&name, &contact)?;
    let question = format!(
        "{}, as {name} reads it out",
        contact.verification_code(&name)?.noun()
    );
    let typed = safety_number::read_out(args.check.as_deref(), &question, context)?;
    keyring.change(|change| change.verify_contact(&name, &typed, context.today()))?;
    context
        .ui
        .status(&format_args!("{name} is checked: these are {name}'s keys"));
    context.ui.hint(&format_args!(
        "close a file for {name} with: bulla encrypt --to {name} FILE"
    ));
    Ok(())
}
