//! `bulla contact show`: all that is known of somebody.

use anyhow::Result;
use clap::Args;

use crate::commands::people;
use crate::commands::plan::{self, Programs};
use crate::context::Context;
use crate::keyring::{Name, State};
use crate::keys::Recipient;
use crate::payload::PayloadError;
use crate::ui::{Align, aligned};
use crate::untrusted::Untrusted;

/// Show all that is known of a contact
///
/// The check value is shown only of a contact who was checked: before, it is to be typed as it is read out, not
/// compared by eye.
#[derive(Args, Clone, Debug)]
pub(crate) struct ShowArgs {
    /// Whom
    name: String,
}

pub(super) fn run(args: &ShowArgs, context: &Context) -> Result<()> {
    let name: Name = args.name.parse()?;
    plan::confine(&[], Programs::Over, &context.ui);
    let contact = context.keyring()?.contact(&name)?;
    let pinned = contact.pinned(&name)?;
    let state = contact.state();
    let came = |on: &str, source: &str| format!("{}, from {}", Untrusted::new(on), Untrusted::new(source));
    let mut rows = vec![
        ["name", name.as_str()].map(str::to_owned),
        ["added".to_owned(), came(&contact.added, &contact.source)],
        ["state".to_owned(), people::state(&contact)],
        ["post-quantum".to_owned(), people::post_quantum_in_words(&pinned).to_owned()],
    ];
    if matches!(state, State::Verified { .. }) {
        rows.push(["check value".to_owned(), contact.check(&name)?]);
    }
    rows.extend(keys("key", pinned.iter().map(Recipient::to_string)));
    if let Some(changed) = &contact.changed {
        rows.push(["other keys".to_owned(), came(&changed.on, &changed.source)]);
        let others = changed.recipients.iter().map(|text| Untrusted::new(text.as_str()).to_string());
        rows.extend(keys("other key", others));
    }
    let lines = aligned([Align::Left; 2], &rows);
    lines.iter().try_for_each(|line| context.ui.result(line)).map_err(PayloadError::Write)?;
    match state {
        State::Verified { .. } => {}
        State::Unverified => {
            context.ui.hint(&format_args!("check the keys with: bulla contact verify {name}"))
        }
        State::Changed { .. } => {
            context.ui.hint(&format_args!(
                "ask {name} in person which are right, then: bulla contact resolve {name}"
            ));
        }
    }
    Ok(())
}

fn keys(label: &'static str, texts: impl Iterator<Item = String>) -> impl Iterator<Item = [String; 2]> {
    texts.map(move |text| [label.to_owned(), text])
}
