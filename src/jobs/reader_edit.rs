//! The readers of a file before its header is rewritten, and how they will change.

use crate::jobs::decrypt_header::DecryptionKeys;
use crate::keyring::{ChosenKey, PersonName};
use crate::select::known_recipients::{DisplayName, KnownRecipients};
use bulla_age::sender::{Listing, ReaderEvidence, Sender};
use bulla_age::untrusted::Untrusted;
use bulla_age::{AnyRecipient, Inspection, UnlockedFile};

/// A file before the change: its readers, and the evidence for each.
pub(crate) struct FileReaders<'a> {
    pub(crate) name: &'a Untrusted,
    pub(crate) opened: &'a UnlockedFile,
    pub(crate) sender: Option<&'a Sender>,
    pub(crate) strength: KeyStrength,
    /// The evidence for each recipient stanza, in order.
    pub(crate) classes: Vec<ReaderEvidence>,
    /// The list's entry for each stanza; empty if there is no list.
    pub(crate) listings: Vec<Listing>,
    pub(crate) known: &'a KnownRecipients,
    pub(crate) keys: &'a DecryptionKeys,
}

/// Whether the keys resist quantum computers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyStrength {
    PostQuantum,
    Classic,
    /// Some do and some do not; bulla never writes such a file.
    Mixed,
}

/// How surely a stanza is for a recipient, the surest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Match {
    Certain,
    /// Only the list says so, and keys of this kind cannot be proved.
    Listed,
    /// The list says so, but wrapping the file key again did not give this stanza.
    Disproved,
}

/// A change of a file's readers.
#[derive(Default)]
pub(crate) struct ReaderEdit {
    pub(crate) add: Vec<ChosenKey>,
    /// The places of the stanzas to remove.
    pub(crate) drop: Vec<usize>,
    pub(crate) summary: ReaderSummary,
}

/// The change, by name, for messages and JSON.
#[derive(Clone, Default, serde::Serialize)]
pub(crate) struct ReaderSummary {
    pub(crate) added: Vec<String>,
    /// Those who could open the file before.
    pub(crate) already: Vec<String>,
    pub(crate) dropped: Vec<String>,
    /// Those who could not open the file.
    pub(crate) absent: Vec<String>,
    /// Those who were to be removed, but may be able to open the file still: a key about which
    /// nothing is known remains.
    pub(crate) possible: Vec<String>,
    /// Readers that only the list claims; no stanza proves them.
    pub(crate) as_listed: Vec<String>,
    /// The removed keys, in words, and the number of their stanzas.
    #[serde(skip)]
    pub(crate) keys: Vec<String>,
    #[serde(skip)]
    pub(crate) stanzas: usize,
    /// Remaining keys that belong to nobody on the list.
    pub(crate) unaccounted: usize,
    /// Remaining keys about which nothing is known.
    pub(crate) unnamed: usize,
}

impl ReaderSummary {
    /// Returns those who were to be removed, but have no key in the file that is known to be theirs.
    pub(crate) fn without_known_key(&self) -> Vec<String> {
        let only_possible = |name: &&String| !self.dropped.contains(name);
        let possible = self.possible.iter().filter(only_possible);
        self.absent.iter().chain(possible).cloned().collect()
    }
}

impl FileReaders<'_> {
    /// Summarizes the change, and counts the remaining unknown keys.
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
        let unnamed = of(|class| {
            matches!(
                class,
                ReaderEvidence::Hidden | ReaderEvidence::Unaccounted(_) | ReaderEvidence::Unlisted
            )
        });
        let mut summary = planned.summary.clone();
        if unnamed > 0 {
            summary.possible.clone_from(&summary.dropped);
            summary.possible.append(&mut summary.absent);
        }
        ReaderSummary {
            unaccounted: of(|class| matches!(class, ReaderEvidence::Unaccounted(_))),
            unnamed,
            ..summary
        }
    }

    /// Returns how surely this file has a stanza for a recipient. A false list does not count.
    pub(crate) fn match_for(&self, recipient: &AnyRecipient) -> Option<Match> {
        (0..self.len())
            .filter_map(|place| self.match_at(place, std::slice::from_ref(recipient)))
            .filter(|found| *found != Match::Disproved)
            .min()
    }

    /// Returns whether this file has a stanza for a recipient besides those that are dropped.
    pub(crate) fn keeps(&self, recipient: &AnyRecipient, dropped: &[usize]) -> bool {
        let recipients = std::slice::from_ref(recipient);
        (0..self.len())
            .filter(|place| !dropped.contains(place))
            .filter_map(|place| self.match_at(place, recipients))
            .any(|found| found != Match::Disproved)
    }

    /// Returns how surely the stanza at this place is for one of these recipients: it was wrapped
    /// again, one of the user's keys opened it, or only the list says so.
    pub(crate) fn match_at(&self, place: usize, recipients: &[AnyRecipient]) -> Option<Match> {
        let texts: Vec<String> = recipients.iter().map(ToString::to_string).collect();
        let certain = match self.classes[place] {
            ReaderEvidence::Proved { known } => texts.contains(&self.known.text(known)),
            ReaderEvidence::Opened { identity } => {
                let opened_by = self.keys.settled().get(identity)?.recipients();
                opened_by
                    .unwrap_or_default()
                    .iter()
                    .any(|own| texts.contains(&own.to_string()))
            }
            _ => return self.listed_at(place, recipients),
        };
        certain.then_some(Match::Certain)
    }

    fn listed_at(&self, place: usize, recipients: &[AnyRecipient]) -> Option<Match> {
        let (listed, provable) = match self.listings.get(place)? {
            Listing::Hidden => return None,
            Listing::Named(rid) => (*rid, false),
            Listing::Provable(rid) => (*rid, true),
        };
        let is_listed = |one: &&AnyRecipient| self.opened.recipient_id(&one.to_string()) == listed;
        let recipient = recipients.iter().find(is_listed)?;
        // A list can name a key for a stanza of another type, or with the tag of another key.
        let fits = self
            .opened
            .recipients()
            .nth(place)
            .is_some_and(|stanza| recipient.fits(stanza));
        Some(if fits && !provable {
            Match::Listed
        } else {
            Match::Disproved
        })
    }

    /// Returns the number of keys that can open the file.
    pub(crate) fn len(&self) -> usize {
        self.classes.len()
    }
}

/// Returns the strength of a file's keys. Unknown types count as classic, as plugin recipients do.
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

/// Marks the names that only the list claims.
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

/// Returns the display names, each once.
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

/// Readers in a sentence: `for bob and you`, or `with a passphrase`.
pub(crate) fn for_readers(names: &[String]) -> String {
    match names {
        [only] if only == "a passphrase" => format!("with {only}"),
        _ => format!("for {}", readers(names)),
    }
}

/// Names in a sentence, your own last; if only one is yours, it is `you`.
pub(crate) fn readers(names: &[String]) -> String {
    let (own, mut others): (Vec<_>, Vec<_>) = names
        .iter()
        .cloned()
        .partition(|name| name.ends_with(" (you)"));
    match own.as_slice() {
        [_] => others.push("you".to_owned()),
        _ => others.extend(own),
    }
    join_with_and(&others)
}

/// Joins names with commas and "and".
pub(crate) fn join_with_and(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
