//! `bulla contact resolve`: decides which keys of somebody are right.

use clap::Args;

use crate::context::Context;
use crate::errors::Result;
use crate::keyring::{
    Acceptance, Contact, ContactStatus, KeyringError, Name, VerificationCode, WaitingKeys,
};
use crate::report::contacts::count_noun;
use crate::select::safety_number;
use bulla_age::untrusted::Untrusted;

/// Decide which keys are right, after others came for a contact
///
/// Ask them in person or by voice, never by the way that brought the other keys. To take these, type their safety number
/// (or check value, where they came without a card) as it is read out; it is not shown before. See "contact verify" for
/// what these are. Of two cards with one serial, --keep keeps the pinned one, and the others take the other: they have one
/// number, so ask which keys are right.
#[derive(Args, Clone, Debug)]
pub(crate) struct ResolveArgs {
    /// Whose keys
    name: String,
    /// Keep the pinned keys, and forget the others
    #[arg(long, conflicts_with_all = ["check", "unverified"])]
    keep: bool,
    /// The number or check value of the other keys that was read out, instead of typing it (for scripts)
    #[arg(long, value_name = "VALUE", conflicts_with = "unverified")]
    check: Option<String>,
    /// Take the other keys without a check: whoever sent them could have made them
    #[arg(long)]
    unverified: bool,
}

pub(super) fn run(args: &ResolveArgs, context: &Context) -> Result<()> {
    let name: Name = args.name.parse()?;
    let keyring = context.keyring()?;
    let contact = keyring.contact(&name)?;
    let asked = show(&name, &contact, &keyring.facts(&contact)?, context)?;
    if args.keep {
        keyring.change(|change| change.keep_pinned(&name))?;
        context.ui.status(&format_args!(
            "{name}'s pinned keys are kept, the others forgotten"
        ));
        return Ok(());
    }
    if args.unverified {
        keyring
            .change(|change| change.take_changed(&name, Acceptance::Unchecked, context.today()))?;
        context
            .ui
            .status(&format_args!("{name}'s other keys are pinned now"));
        context.ui.hint(&format_args!(
            "check them with {name} in person: bulla contact verify {name}"
        ));
        return Ok(());
    }
    if args.check.is_none() {
        context.ui.hint(&format_args!(
            "to keep the pinned ones: bulla contact resolve {name} --keep"
        ));
    }
    let whose = if contact.changed.is_some() {
        "of the other keys"
    } else {
        "of both, to take the other"
    };
    let question = format!("{} {whose}, as {name} reads it out", asked.noun());
    let typed = safety_number::read_out(args.check.as_deref(), &question, context)?;
    keyring.change(|change| {
        change.take_changed(&name, Acceptance::Checked(&typed), context.today())
    })?;
    context.ui.status(&format_args!(
        "{name}'s other keys are pinned now, and checked"
    ));
    Ok(())
}

/// What stands against what: never the number of the other keys. Gives what will be asked for.
fn show(
    name: &Name,
    contact: &Contact,
    facts: &ContactStatus,
    context: &Context,
) -> Result<VerificationCode> {
    let other = contact.changed.as_ref().or(contact.conflict.as_ref());
    let Some(other) = other else {
        return Err(KeyringError::NotChanged { name: name.clone() }.into());
    };
    let say = |what: &str, on: &str, source: &str, count: usize, more: &str| {
        let (on, source) = (Untrusted::new(on), Untrusted::new(source));
        context.ui.status(&format_args!(
            "{what} on {on}, from {source}: {}{more}",
            count_noun(count, "key")
        ));
    };
    let check = contact
        .telling(name)?
        .map_or_else(String::new, |check| format!(", {check}"));
    say(
        "pinned",
        &contact.added,
        &contact.source,
        contact.recipients.len(),
        &check,
    );
    let of = |other: &WaitingKeys| {
        let card = other
            .card
            .as_ref()
            .map(|card| card.says().name().quoted().to_string());
        card.map_or_else(String::new, |says| format!(", in a card that says {says}"))
    };
    if let Some(changed) = &contact.changed {
        say(
            "others came",
            &changed.on,
            &changed.source,
            changed.recipients.len(),
            &of(changed),
        );
    }
    if let Some(conflict) = &contact.conflict {
        let what = "another card of one serial came";
        say(
            what,
            &conflict.on,
            &conflict.source,
            conflict.recipients.len(),
            &of(conflict),
        );
    }
    if facts
        .waiting
        .as_ref()
        .is_some_and(|waiting| waiting.succeeds)
    {
        context
            .ui
            .status(&"the pinned signing key vouches for the other");
    }
    if contact.changed.is_none() {
        context.ui.warning(&format_args!(
            "both cards have one signing key, and so one number: it does not tell which is right; ask {name} which keys are \
             theirs, and see both with: bulla contact show {name}"
        ));
    }
    Ok(other.check())
}
