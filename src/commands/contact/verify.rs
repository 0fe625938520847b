//! `bulla contact verify`: compares the number that was read out with the saved keys.

use clap::Args;

use crate::command::{Command, Sandbox};
use crate::context::Context;
use crate::errors::Result;
use crate::keyring::Name;
use crate::select::safety_number;

/// Verify someone's keys with them
///
/// Ask them to read their safety number to you, in person or by phone, not in the chat that brought
/// the card. Type all of it. It is not shown first, so that you really compare it. They find it
/// with "bulla identity show --number". A contact without a card has a check value instead: "bulla
/// identity show" shows it; without bulla, it is the first 32 digits of "age-keygen -y KEYFILE |
/// sha256sum" (for several keys: of their recipients, sorted, one per line). Spaces and case do not
/// matter.
#[derive(Args, Clone, Debug)]
pub(crate) struct VerifyArgs {
    /// Name of the contact
    name: String,
    /// The safety number or check value that was read to you, instead of typing it (for scripts)
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
        "{}, as {name} reads it to you",
        contact.verification_code(&name)?.noun()
    );
    let typed = safety_number::read_out(args.check.as_deref(), &question, context)?;
    keyring.change(|change| change.verify_contact(&name, &typed, context.today()))?;
    context
        .ui
        .status(&format_args!("Verified: these are {name}'s keys"));
    context.ui.hint(&format_args!(
        "Encrypt a file for {name}: bulla encrypt --to {name} FILE"
    ));
    Ok(())
}
