//! A file as it stands before its header is written again: who can open it, what is known of that, and what is to
//! become of it.

use crate::jobs::decrypt_header::DecryptionKeys;
use crate::keyring::{ChosenKey, PersonName};
use crate::select::known_recipients::{DisplayName, KnownRecipients};
use bulla_age::sender::{Listing, ReaderEvidence, Sender};
use bulla_age::untrusted::Untrusted;
use bulla_age::{AnyRecipient, Inspection, UnlockedFile};

/// A file as it stands: who can open it, and what is known of that.
pub(crate) struct FileReaders<'a> {
    pub(crate) name: &'a Untrusted,
    pub(crate) opened: &'a UnlockedFile,
    pub(crate) sender: Option<&'a Sender>,
    pub(crate) strength: KeyStrength,
    /// Of each recipient's stanza, in order.
    pub(crate) classes: Vec<ReaderEvidence>,
    /// What the list says of each; nothing where there is none.
    pub(crate) listings: Vec<Listing>,
    pub(crate) known: &'a KnownRecipients,
    pub(crate) keys: &'a DecryptionKeys,
}

/// Whether keys resist quantum computers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyStrength {
    PostQuantum,
    Classic,
    /// Some do and some do not: nothing of ours writes such.
    Mixed,
}

/// Why a stanza is taken for somebody's.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Match {
    Certain,
    /// The list says so, and nothing proves it.
    Listed,
}

/// What is to become of a file's recipients.
#[derive(Default)]
pub(crate) struct ReaderEdit {
    pub(crate) add: Vec<ChosenKey>,
    /// By place.
    pub(crate) drop: Vec<usize>,
    pub(crate) summary: ReaderSummary,
}

/// What is said of a file's recipients, by name.
#[derive(Clone, Default, serde::Serialize)]
pub(crate) struct ReaderSummary {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) added: Vec<String>,
    /// Those to be added who were there.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) already: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) dropped: Vec<String>,
    /// Those to be taken out who were not there.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) absent: Vec<String>,
    /// Those of them all of whom only the list says that they are there, and nothing proves it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) as_listed: Vec<String>,
    /// What is taken out, in words, and how many stanzas that is.
    #[serde(skip)]
    pub(crate) keys: Vec<String>,
    #[serde(skip)]
    pub(crate) stanzas: usize,
    /// Keys that stay and belong to nobody who is listed.
    pub(crate) unaccounted: usize,
    /// Keys that stay and of which nothing is told.
    pub(crate) unnamed: usize,
}

impl FileReaders<'_> {
    /// What is said of all that stays, too.
    pub(crate) fn summary(&self, planned: &ReaderEdit) -> ReaderSummary {
        let stays = || {
            self.classes
                .iter()
                .enumerate()
                .filter(|(place, _)| !planned.drop.contains(place))
        };
        let of = |wanted: fn(&ReaderEvidence) -> bool| {
            stays().filter(|(_, class)| wanted(class)).count()
        };
        ReaderSummary {
            unaccounted: of(|class| matches!(class, ReaderEvidence::Unaccounted(_))),
            unnamed: of(|class| {
                matches!(
                    class,
                    ReaderEvidence::Hidden
                        | ReaderEvidence::Unaccounted(_)
                        | ReaderEvidence::Unlisted
                )
            }),
            ..planned.summary.clone()
        }
    }

    /// Whether a key has a stanza here.
    pub(crate) fn hit(&self, recipient: &AnyRecipient) -> Option<Match> {
        let text = recipient.to_string();
        let rid = bulla_age::recipient_id(&text);
        let proved = |class: &ReaderEvidence| matches!(class, ReaderEvidence::Proved { known } if self.known.text(*known) == text);
        let listed = |listing: &Listing| matches!(listing, Listing::Named(named) if *named == rid);
        if self.classes.iter().any(proved) {
            return Some(Match::Certain);
        }
        let place = self.listings.iter().position(listed)?;
        match self.classes[place] {
            ReaderEvidence::Opened { .. } => Some(Match::Certain),
            _ => Some(Match::Listed),
        }
    }

    /// How many keys can open it.
    pub(crate) fn len(&self) -> usize {
        self.classes.len()
    }
}

/// A type that does not tell counts as classic, as a recipient of a plugin does.
pub(crate) fn strength(seen: &Inspection) -> KeyStrength {
    let resists = seen
        .recipients()
        .filter(|stanza| stanza.post_quantum == Some(true))
        .count();
    match seen.recipients().count() {
        _ if resists == 0 => KeyStrength::Classic,
        all if all == resists => KeyStrength::PostQuantum,
        _ => KeyStrength::Mixed,
    }
}

/// Names in a sentence, with a word behind those that are only listed.
pub(crate) fn mark_listed(names: &[String], as_listed: &[String]) -> Vec<String> {
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
pub(crate) fn named<'a>(people: impl Iterator<Item = &'a PersonName>) -> Vec<String> {
    let mut names = Vec::new();
    for who in people {
        let name = DisplayName(who).to_string();
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// Several names in a sentence.
pub(crate) fn join_with_and(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
