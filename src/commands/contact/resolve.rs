//! `bulla contact resolve`: decides which of a contact's keys are right.

use clap::Args;

use crate::command::{Command, Sandbox};
use crate::context::Context;
use crate::errors::Result;
use crate::files::check_folder;
use crate::keyring::{Acceptance, Contact, ContactStatus, KeyringError, Name, VerificationCode};
use crate::report::contacts::{ContactJson, count_noun};
use crate::select::safety_number;
use bulla_age::untrusted::Untrusted;

/// Decide which keys are right, after different ones arrived
///
/// Ask the contact in person or by phone; do not use the channel that brought the new keys. To
/// accept the new keys, type their safety number (or check value, if there is no card) as it is
/// read to you; it is not shown first. See "contact verify".
#[derive(Args, Clone, Debug)]
pub(crate) struct ResolveArgs {
    /// Name of the contact
    name: String,
    /// Keep the saved keys and drop the new ones
    #[arg(long, conflicts_with_all = ["check", "unverified"])]
    keep: bool,
    /// Use this safety number or check value instead of asking for it (for scripts)
    #[arg(long, value_name = "VALUE", conflicts_with = "unverified")]
    check: Option<String>,
    /// Accept the new keys without verifying them; they could be anyone's
    #[arg(long)]
    unverified: bool,
}

impl Command for ResolveArgs {
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

fn run(args: &ResolveArgs, context: &Context) -> Result<()> {
    let name: Name = args.name.parse()?;
    let keyring = context.keyring()?;
    let contact = keyring.contact(&name)?;
    let code = show(&name, &contact, &keyring.status(&contact)?, context)?;
    if args.keep {
        keyring.change(|change| change.keep_pinned(&name))?;
        context.ui.status(&format_args!(
            "Kept {name}'s saved keys and dropped the new ones"
        ));
        return print_json("kept", &name, context);
    }
    if args.unverified {
        keyring.change(|change| {
            change.accept_changed(&name, Acceptance::Unverified, context.today())
        })?;
        context.ui.status(&format_args!("Saved {name}'s new keys"));
        context.ui.tip(&format_args!(
            "Verify them with {name} in person or by phone: bulla contact verify {name}"
        ));
        return print_json("accepted", &name, context);
    }
    if args.check.is_none() {
        context.ui.tip(&format_args!(
            "To keep the saved keys: bulla contact resolve {name} --keep"
        ));
    }
    check_folder(keyring.path())?;
    if args.check.is_none() {
        safety_number::say_where(&code, &name, context);
    }
    let question = format!("{} of the new keys, as {name} reads it to you", code.noun());
    let typed = safety_number::read_out(args.check.as_deref(), &code, &question, context)?;
    keyring.change(|change| {
        change.accept_changed(&name, Acceptance::Verified(&typed), context.today())
    })?;
    context
        .ui
        .status(&format_args!("Verified and saved {name}'s new keys"));
    print_json("accepted", &name, context)
}

/// Prints the contact and what was decided, if results are JSON.
fn print_json(decision: &'static str, name: &Name, context: &Context) -> Result<()> {
    #[derive(serde::Serialize)]
    struct Decided {
        decision: &'static str,
    }
    ContactJson::print(name, &Decided { decision }, context)
}

/// Shows the saved keys and the others, but never the code of the others, which the user will have
/// to type. Returns that code.
fn show(
    name: &Name,
    contact: &Contact,
    status: &ContactStatus,
    context: &Context,
) -> Result<VerificationCode> {
    let Some(waiting) = &contact.changed else {
        return Err(KeyringError::NotChanged { name: name.clone() }.into());
    };
    let say = |what: &str, on: &str, source: &str, count: usize, more: &str| {
        let (on, source) = (Untrusted::new(on), Untrusted::new(source));
        context.ui.status(&format_args!(
            "{what} on {on}, from {source}: {}{more}",
            count_noun(count, "key")
        ));
    };
    let code = contact
        .code_to_show(name)?
        .map_or_else(String::new, |code| format!(", {code}"));
    say(
        "Saved",
        &contact.added,
        &contact.source,
        contact.recipients.len(),
        &code,
    );
    let card = waiting.card().map_or_else(String::new, |card| {
        format!(", in a card named {}", card.name().quoted())
    });
    say(
        "New keys arrived",
        &waiting.on,
        &waiting.source,
        waiting.recipients.len(),
        &card,
    );
    if status
        .changed
        .as_ref()
        .is_some_and(|changed| changed.vouched)
    {
        context
            .ui
            .status(&"The saved signing key confirms the new one");
    }
    Ok(waiting.verification_code())
}
