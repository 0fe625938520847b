//! `bulla contact list`: everybody who is known.

use anyhow::Result;
use clap::Args;

use crate::commands::people;
use crate::commands::plan::{self, Programs};
use crate::context::Context;
use crate::keyring::{Contact, Name};
use crate::keys::Recipient;
use crate::payload::PayloadError;
use crate::ui::{Align, Stream, aligned};
use crate::untrusted::Untrusted;

/// List all contacts
///
/// By name: the kinds of their keys, whether one is post-quantum, whether they were checked, and since when they are
/// known. Those that were removed are not listed.
#[derive(Args, Clone, Debug)]
pub(crate) struct ListArgs {
    /// One JSON object for each contact
    #[arg(long)]
    json: bool,
}

#[derive(serde::Serialize)]
struct Listed<'a> {
    name: &'a str,
    kinds: Vec<&'static str>,
    post_quantum: Option<bool>,
    recipients: &'a [String],
    added: &'a str,
    source: &'a str,
    verified: Option<&'a str>,
    changed: Option<&'a str>,
}

pub(super) fn run(args: &ListArgs, context: &Context) -> Result<()> {
    plan::confine(&[], Programs::Over, &context.ui);
    let (mut known, mut damaged) = (Vec::new(), Vec::new());
    for (name, contact) in context.keyring()?.all::<Contact>()? {
        let read = contact.and_then(|contact| Ok((contact.pinned(&name)?, contact)));
        match read {
            Ok((_, contact)) if contact.removed.is_some() => {}
            Ok((recipients, contact)) => known.push((name, contact, recipients)),
            Err(error) => damaged.push(error),
        }
    }
    let written = match args.json {
        true => known.iter().try_for_each(|(name, contact, recipients)| {
            context.ui.json(&as_json(name, contact, recipients), Stream::Stdout)
        }),
        false => as_text(&known).iter().try_for_each(|line| context.ui.result(line)),
    };
    written.map_err(PayloadError::Write)?;
    if known.is_empty() && damaged.is_empty() {
        context.ui.status(&"there are no contacts yet");
        context.ui.hint(&"take somebody's keys in with: bulla contact add NAME FILE");
    }
    people::after(damaged, context)
}

fn as_json<'a>(name: &'a Name, contact: &'a Contact, recipients: &[Recipient]) -> Listed<'a> {
    Listed {
        name: name.as_str(),
        kinds: people::kinds(recipients),
        post_quantum: people::post_quantum(recipients),
        recipients: &contact.recipients,
        added: &contact.added,
        source: &contact.source,
        verified: contact.verified.as_deref(),
        changed: contact.changed.as_ref().map(|changed| changed.on.as_str()),
    }
}

fn as_text(known: &[(Name, Contact, Vec<Recipient>)]) -> Vec<String> {
    let rows: Vec<[String; 5]> = known
        .iter()
        .map(|(name, contact, recipients)| {
            [
                name.to_string(),
                people::kinds(recipients).join(", "),
                people::post_quantum_in_words(recipients).to_owned(),
                people::state(contact),
                format!("since {}", Untrusted::new(contact.added.as_str())),
            ]
        })
        .collect();
    aligned([Align::Left; 5], &rows)
}
