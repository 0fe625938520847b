//! A file as it stands before its header is written again: who can open it, what is known of that, and what is to
//! become of it.

use super::known::{Known, Shown};
use super::open::Keys;
use crate::keyring::{Chosen, Who};
use crate::keys::Recipient;
use crate::protocol::{Class, Inspection, Listing, Opened, Sender};
use crate::untrusted::Untrusted;

/// A file as it stands: who can open it, and what is known of that.
pub(super) struct Standing<'a> {
    pub(super) name: &'a Untrusted,
    pub(super) opened: &'a Opened,
    pub(super) sender: Option<&'a Sender>,
    pub(super) strength: Strength,
    /// Of each recipient's stanza, in order.
    pub(super) classes: Vec<Class>,
    /// What the list says of each; nothing where there is none.
    pub(super) listings: Vec<Listing>,
    pub(super) known: &'a Known,
    pub(super) keys: &'a Keys,
}

/// Whether keys resist quantum computers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Strength {
    PostQuantum,
    Classic,
    /// Some do and some do not: nothing of ours writes such.
    Mixed,
}

/// Why a stanza is taken for somebody's.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Hit {
    Sure,
    /// The list says so, and nothing proves it.
    Listed,
}

/// What is to become of a file's recipients.
#[derive(Default)]
pub(super) struct Planned {
    pub(super) add: Vec<Chosen>,
    /// By place.
    pub(super) drop: Vec<usize>,
    pub(super) told: Told,
}

/// What is said of a file's recipients, by name.
#[derive(Clone, Default, serde::Serialize)]
pub(super) struct Told {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) added: Vec<String>,
    /// Those to be added who were there.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) already: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) dropped: Vec<String>,
    /// Those to be taken out who were not there.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) absent: Vec<String>,
    /// Those of them all of whom only the list says that they are there, and nothing proves it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) as_listed: Vec<String>,
    /// What is taken out, in words, and how many stanzas that is.
    #[serde(skip)]
    pub(super) keys: Vec<String>,
    #[serde(skip)]
    pub(super) stanzas: usize,
    /// Keys that stay and belong to nobody who is listed.
    pub(super) unaccounted: usize,
    /// Keys that stay and of which nothing is told.
    pub(super) unnamed: usize,
}

impl Standing<'_> {
    /// What is said of all that stays, too.
    pub(super) fn told(&self, planned: &Planned) -> Told {
        let stays = || {
            self.classes
                .iter()
                .enumerate()
                .filter(|(place, _)| !planned.drop.contains(place))
        };
        let of = |wanted: fn(&Class) -> bool| stays().filter(|(_, class)| wanted(class)).count();
        Told {
            unaccounted: of(|class| matches!(class, Class::Unaccounted(_))),
            unnamed: of(|class| {
                matches!(
                    class,
                    Class::Hidden | Class::Unaccounted(_) | Class::Unlisted
                )
            }),
            ..planned.told.clone()
        }
    }

    /// Whether a key has a stanza here.
    pub(super) fn hit(&self, recipient: &Recipient) -> Option<Hit> {
        let text = recipient.to_string();
        let rid = crate::protocol::rid(&text);
        let proved = |class: &Class| matches!(class, Class::Proved { known } if self.known.text(*known) == text);
        let listed = |listing: &Listing| matches!(listing, Listing::Named(named) if *named == rid);
        if self.classes.iter().any(proved) {
            return Some(Hit::Sure);
        }
        let place = self.listings.iter().position(listed)?;
        match self.classes[place] {
            Class::Opened { .. } => Some(Hit::Sure),
            _ => Some(Hit::Listed),
        }
    }

    /// How many keys can open it.
    pub(super) fn len(&self) -> usize {
        self.classes.len()
    }
}

/// A type that does not tell counts as classic, as a recipient of a plugin does.
pub(super) fn strength(seen: &Inspection) -> Strength {
    let resists = seen
        .recipients()
        .filter(|stanza| stanza.post_quantum == Some(true))
        .count();
    match seen.recipients().count() {
        _ if resists == 0 => Strength::Classic,
        all if all == resists => Strength::PostQuantum,
        _ => Strength::Mixed,
    }
}

/// Names in a sentence, with a word behind those that are only listed.
pub(super) fn with_doubt(names: &[String], as_listed: &[String]) -> Vec<String> {
    let doubt = |name: &String| {
        if as_listed.contains(name) {
            " (as listed)"
        } else {
            ""
        }
    };
    names
        .iter()
        .map(|name| format!("{name}{}", doubt(name)))
        .collect()
}

/// Names as they are shown, each once.
pub(super) fn named<'a>(people: impl Iterator<Item = &'a Who>) -> Vec<String> {
    let mut names = Vec::new();
    for who in people {
        let name = Shown(who).to_string();
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// Several names in a sentence.
pub(super) fn in_a_row(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
