//! What is said of people and groups in the keyring, in the same words by every command.

use anyhow::Result;

use crate::context::Context;
use crate::failure::complain;
use crate::keyring::{self, Contact, Name, State};
use crate::keys::Recipient;

/// The kinds of keys, each once.
pub(super) fn kinds(recipients: &[Recipient]) -> Vec<&'static str> {
    let mut kinds: Vec<&str> = recipients.iter().map(Recipient::kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    kinds
}

/// Whether one of the keys resists quantum computers; none where only a plugin knows.
pub(super) fn post_quantum(recipients: &[Recipient]) -> Option<bool> {
    let mut known = recipients.iter().map(Recipient::is_post_quantum);
    if known.clone().any(|known| known == Some(true)) {
        return Some(true);
    }
    known.all(|known| known == Some(false)).then_some(false)
}

/// The same as a person reads it.
pub(super) fn post_quantum_in_words(recipients: &[Recipient]) -> &'static str {
    match post_quantum(recipients) {
        Some(true) => "post-quantum",
        Some(false) => "not post-quantum",
        None => "post-quantum unknown",
    }
}

/// What is known of a contact's keys.
pub(super) fn state(contact: &Contact) -> String {
    match contact.state() {
        State::Unverified => "never checked".to_owned(),
        State::Verified { on } => format!("checked on {on}"),
        State::Changed { on } => format!("CHANGED on {on}"),
    }
}

/// `1 key`, `2 keys`.
pub(super) fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// Names in a row.
pub(super) fn listed(names: &[Name]) -> String {
    names.iter().map(Name::as_str).collect::<Vec<_>>().join(", ")
}

/// Says what cannot be read, after all that can; the last is the run's own error.
pub(super) fn after(mut damaged: Vec<keyring::Error>, context: &Context) -> Result<()> {
    let Some(last) = damaged.pop() else { return Ok(()) };
    for error in damaged {
        complain(&context.ui, &error.into());
    }
    Err(last.into())
}

/// The config is its owner's to write: that it has a name which is no more is only said.
pub(super) struct InConfig {
    mentions: bool,
}

impl InConfig {
    /// Looks before anything is changed, because a config that is wrong is an error.
    pub(super) fn look(name: &Name, context: &Context) -> Result<Self> {
        let default_to = &context.config()?.default_to.value;
        Ok(Self { mentions: default_to.iter().any(|text| text == name.as_str()) })
    }

    pub(super) fn warn(&self, name: &Name, context: &Context) {
        if self.mentions {
            let file = crate::config::FILE;
            context.ui.warning(&format_args!("default_to in {file} still says {name}: change it there"));
        }
    }
}
