//! Known recipients, used to prove whom a stanza was made for.

use std::collections::HashSet;
use std::fmt;

use crate::context::Context;
use crate::errors::shortened;
use crate::keyring::{PersonKeys, PersonName};
use bulla_age::{AnyRecipient, Recipient};

/// Recipients with the person each belongs to.
#[derive(Default)]
pub(crate) struct KnownRecipients {
    /// Without plugin recipients: only their programs could make a stanza again.
    provable: Vec<(PersonName, AnyRecipient)>,
    /// All of the user's recipients, including plugin ones.
    own: HashSet<String>,
}

impl KnownRecipients {
    /// Loads the recipients of the keyring, the user's first. Unreadable entries are left out.
    pub(crate) fn load(context: &Context) -> Self {
        let mut known = Self::default();
        let Ok(keyring) = context.keyring() else {
            return known;
        };
        for key in keyring.noting(keyring.known_keys()).unwrap_or_default() {
            known.add(&key.who, vec![key.recipient]);
        }
        known
    }

    /// Adds the recipients of these people.
    pub(crate) fn with(mut self, people: &[PersonKeys]) -> Self {
        people
            .iter()
            .for_each(|somebody| self.add(&somebody.who, somebody.recipients.clone()));
        self
    }

    fn add(&mut self, who: &PersonName, recipients: Vec<AnyRecipient>) {
        if matches!(who, PersonName::Identity(_)) {
            self.own.extend(recipients.iter().map(ToString::to_string));
        }
        let provable = recipients
            .into_iter()
            .filter(|recipient| recipient.as_recipient().is_some());
        self.provable
            .extend(provable.map(|recipient| (who.clone(), recipient)));
    }

    /// Returns the recipients that can prove a stanza, in order.
    pub(crate) fn as_recipients(&self) -> Vec<&dyn Recipient> {
        self.provable
            .iter()
            .filter_map(|(_, recipient)| recipient.as_recipient())
            .collect()
    }

    /// Returns the recipient string at a place.
    pub(crate) fn text(&self, place: usize) -> String {
        self.provable
            .get(place)
            .map(|(_, recipient)| recipient.to_string())
            .unwrap_or_default()
    }

    /// Returns whether this is a recipient of an identity of the keyring.
    pub(crate) fn is_own(&self, text: &str) -> bool {
        self.own.contains(text)
    }
}

/// A person's name in output.
pub(crate) struct DisplayName<'a>(pub(crate) &'a PersonName);

impl fmt::Display for DisplayName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            PersonName::Identity(name) => write!(f, "{name} (you)"),
            PersonName::Contact { name, .. } => name.fmt(f),
            PersonName::Recipient(text) => f.write_str(&shortened(text)),
        }
    }
}
