//! `bulla contact list`: all contacts.

use clap::Args;

use crate::command::Command;
use crate::context::Context;
use crate::errors::Result;
use crate::keyring::{Contact, ContactStatus, Name};
use crate::report::contacts;
use crate::report::contacts::ContactJson;
use crate::ui::{Align, aligned};
use bulla_age::AnyRecipient;
use bulla_age::untrusted::Untrusted;

/// List all contacts
///
/// For each contact: the kinds of keys (post-quantum or classic), whether the keys are verified, any
/// problems (changed, revoked, expired), and the date they were saved. Removed contacts are not
/// listed.
#[derive(Args, Clone, Debug)]
pub(crate) struct ListArgs {}

struct Listed {
    name: Name,
    contact: Contact,
    recipients: Vec<AnyRecipient>,
    facts: ContactStatus,
}

impl Command for ListArgs {
    fn run(&self, context: &Context) -> Result<()> {
        run(context)
    }
}

fn run(context: &Context) -> Result<()> {
    let (mut known, mut damaged) = (Vec::new(), Vec::new());
    let keyring = context.keyring()?;
    for (name, contact) in keyring.all_contacts()? {
        let read = contact
            .and_then(|contact| Ok((contact.pinned(&name)?, keyring.status(&contact)?, contact)));
        match read {
            Ok((.., contact)) if contact.removed.is_some() => {}
            Ok((recipients, facts, contact)) => known.push(Listed {
                name,
                contact,
                recipients,
                facts,
            }),
            Err(error) => damaged.push(error),
        }
    }
    let written = if context.ui.is_json() {
        known.iter().try_for_each(|one| {
            let json = ContactJson::new(&one.name, &one.contact, &one.recipients, &one.facts);
            context.ui.json(&json)
        })
    } else {
        as_text(&known)
            .iter()
            .try_for_each(|line| context.ui.result(line))
    };
    written?;
    if known.is_empty() && damaged.is_empty() {
        context.ui.status(&"No contacts yet");
        context
            .ui
            .tip(&"Add someone, from their card: bulla contact add FILE");
    }
    contacts::report_damaged(damaged, context)
}

fn as_text(known: &[Listed]) -> Vec<String> {
    let rows: Vec<[String; 4]> = known
        .iter()
        .map(|one| {
            [
                one.name.to_string(),
                contacts::describe_kinds(&one.recipients),
                contacts::describe_status(&one.facts),
                format!("since {}", Untrusted::new(one.contact.added.as_str())),
            ]
        })
        .collect();
    aligned([Align::Left; 4], &rows)
}
