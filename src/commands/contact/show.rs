//! `bulla contact show`: everything known about a contact.

use clap::Args;

use crate::card::Card;
use crate::command::Command;
use crate::context::Context;
use crate::errors::{Result, shortened};
use crate::keyring::Name;
use crate::report::contacts;
use crate::report::contacts::ContactJson;
use crate::ui::{Align, aligned};
use bulla_age::untrusted::Untrusted;

/// Show everything about a contact
///
/// The safety number (or check value, if there is no card) is shown only for a verified contact:
/// before that, you should type it as it is read to you, not compare it by eye. Long keys are
/// shortened, unless --verbose is given.
#[derive(Args, Clone, Debug)]
pub(crate) struct ShowArgs {
    /// Name of the contact
    name: String,
}

impl Command for ShowArgs {
    fn run(&self, context: &Context) -> Result<()> {
        run(self, context)
    }
}

fn run(args: &ShowArgs, context: &Context) -> Result<()> {
    let name: Name = args.name.parse()?;
    let keyring = context.keyring()?;
    let contact = keyring.contact(&name)?;
    let pinned = contact.pinned(&name)?;
    let status = keyring.status(&contact)?;
    if context.ui.is_json() {
        let json = ContactJson::new(&name, &contact, &pinned, &status);
        return Ok(context.ui.json(&json)?);
    }
    let mut rows = vec![
        row("name", name.as_str()),
        row("added", came(&contact.added, &contact.source)),
        row("state", contacts::describe_status(&status)),
        row("kind", contacts::describe_kinds(&pinned)),
    ];
    if let Some(card) = contact.card() {
        rows.push(row("name on card", card.name().quoted()));
        rows.push(row("card", of_card(card)));
    }
    if status.verified.is_some() {
        let check = contact.verification_code(&name)?;
        rows.push(row(check.noun(), check.text()));
    }
    let shown = |key: &str| {
        if context.ui.is_verbose() {
            Untrusted::new(key).to_string()
        } else {
            shortened(key)
        }
    };
    rows.extend(pinned.iter().map(|key| row("key", shown(&key.to_string()))));
    if let Some(waiting) = &contact.changed {
        rows.push(row("other keys", came(&waiting.on, &waiting.source)));
        if let Some(card) = waiting.card() {
            rows.push(row("other card", of_card(card)));
        }
        let keys = waiting.recipients.iter();
        rows.extend(keys.map(|key| row("other key", shown(key))));
    }
    for former in &contact.former {
        let key = former.signing_key().ok().flatten();
        let is_other = key.is_some() && key.as_ref() != contact.signing_key();
        let signing = if is_other {
            ", with its signing key"
        } else {
            ""
        };
        let until = format!(
            "until {}{signing}",
            Untrusted::new(former.replaced.as_str())
        );
        let keys = former.recipients.iter().map(|text| shown(text));
        rows.extend(keys.map(|key| row("former key", format!("{key}, {until}"))));
    }
    let lines = aligned([Align::Left; 2], &rows);
    lines.iter().try_for_each(|line| context.ui.result(line))?;
    if !context.ui.is_verbose() && lines.iter().any(|line| line.contains('…')) {
        context
            .ui
            .tip(&format_args!("Full keys: bulla contact show {name} -v"));
    }
    if let Some(next) = contacts::next_step(&name, &status) {
        context.ui.tip(&next);
    }
    Ok(())
}

fn row(label: &str, what: impl ToString) -> [String; 2] {
    [label.to_owned(), what.to_string()]
}

fn came(on: &str, source: &str) -> String {
    format!("{}, from {}", Untrusted::new(on), Untrusted::new(source))
}

fn of_card(card: &Card) -> String {
    format!(
        "serial {}, made on {}, expires on {}",
        card.serial(),
        card.created(),
        card.expires()
    )
}
