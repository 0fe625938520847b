//! `bulla contact verify`: compares the number that was read out with the saved keys.

use clap::Args;

use crate::command::{Command, Sandbox};
use crate::context::Context;
use crate::errors::Result;
use crate::files::check_folder;
use crate::keyring::Name;
use crate::report::contacts::{ContactJson, NothingMore};
use crate::select::safety_number;

/// Verify someone's keys with them
///
/// Ask them to read their safety number to you, in person or by phone, not in the chat that brought
/// the card, and type all of it. It is not shown first, so that you really compare it. Spaces and
/// case do not matter.
///
/// A safety number is 30 digits that stand for a person's signing key; they find theirs with "bulla
/// identity show --number". Keys without a card have a check value instead, 32 hex digits that
/// stand for all of the keys: "bulla identity show" shows it; without bulla, it is the first 32
/// digits of "age-keygen -y KEYFILE | sha256sum" (for several keys: of their recipients, sorted,
/// one per line).
#[derive(Args, Clone, Debug)]
pub(crate) struct VerifyArgs {
    /// Name of the contact
    name: String,
    /// Use this safety number or check value instead of asking for it (for scripts)
    #[arg(long, value_name = "VALUE")]
    check: Option<String>,
}

impl Command for VerifyArgs {
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

fn run(args: &VerifyArgs, context: &Context) -> Result<()> {
    let name: Name = args.name.parse()?;
    let keyring = context.keyring()?;
    let contact = keyring.contact(&name)?;
    keyring.refuse_unverifiable(&name, &contact)?;
    check_folder(keyring.path())?;
    let code = contact.verification_code(&name)?;
    if args.check.is_none() {
        safety_number::say_where(&code, &name, context);
    }
    let question = format!("{}, as {name} reads it to you", code.noun());
    let typed = safety_number::read_out(args.check.as_deref(), &code, &question, context)?;
    keyring.change(|change| change.verify_contact(&name, &typed, context.today()))?;
    context
        .ui
        .status(&format_args!("Verified: these are {name}'s keys"));
    if !contact.recipients.is_empty() {
        context.ui.tip(&format_args!(
            "Encrypt a file for {name}: bulla encrypt --to {name} FILE"
        ));
    }
    ContactJson::print(&name, &NothingMore {}, context)
}
