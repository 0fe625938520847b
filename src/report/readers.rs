//! The reader of each stanza of a header, and how certain that is.

use std::collections::{HashMap, HashSet};

use crate::keyring::KeyStatus;
use crate::report::people::{Person, PersonId, PersonKey};
use bulla_age::format::Stanza;
use bulla_age::key_file::KeyFileIdentity;
use bulla_age::sender::{Listing, ReaderEvidence, Sender, UnaccountedReason};
use bulla_age::untrusted::Untrusted;
use bulla_age::{AnyRecipient, Effort, Identity, Recipient, RecipientId, UnlockedFile};

/// A recipient stanza, and what is known about its reader.
pub(crate) struct Reader {
    pub(crate) kind: Untrusted,
    pub(crate) status: ReaderStatus,
}

/// What is known about a reader.
#[derive(Clone)]
pub(crate) enum ReaderStatus {
    Proved(Person),
    Opened(Person),
    /// By a known key that cannot be proved, or by an unknown key.
    Listed(Option<Person>),
    Hidden,
    Unaccounted(UnaccountedReason),
    Unlisted,
}

/// The readers of a header.
pub(crate) struct ReaderList {
    pub(crate) all: Vec<Reader>,
    /// The user's keys that are known to be in the header.
    pub(crate) own: Vec<PersonKey>,
    /// What opened the file, if the stanza is unknown.
    pub(crate) opened_by: Option<String>,
}

impl ReaderList {
    /// Classifies every stanza. `identities` are those that were tried to open the file.
    pub(crate) fn new(
        (opened, sender): (&UnlockedFile, Option<&Sender>),
        keys: &[PersonKey],
        identities: &[&dyn KeyFileIdentity],
    ) -> Self {
        let known: Vec<(&PersonKey, &dyn Recipient)> = keys
            .iter()
            .filter_map(|key| Some((key, key.recipient.as_recipient()?)))
            .collect();
        let wraps: Vec<&dyn Recipient> = known.iter().map(|(_, wrap)| *wrap).collect();
        let own: Vec<&dyn KeyFileIdentity> = identities
            .iter()
            .copied()
            .filter(|one| one.is_settled())
            .collect();
        let unwraps: Vec<&dyn Identity> = own
            .iter()
            .copied()
            .map(|identity| -> &dyn Identity { identity })
            .collect();
        let classes = opened.prove_readers(sender, &wraps, &unwraps);
        let claims = Claims::new(sender, keys, &own);
        let mut mine: Vec<PersonKey> = Vec::new();
        let status = |(class, stanza): (&ReaderEvidence, &Stanza)| match *class {
            ReaderEvidence::Proved { known: at } => {
                let key = known[at].0;
                if key.whose.is_own() {
                    mine.push(key.clone());
                }
                ReaderStatus::Proved(key.whose.clone())
            }
            ReaderEvidence::Opened { identity } => {
                let of = own[identity].recipients().unwrap_or_default();
                let texts: Vec<String> = of.iter().map(ToString::to_string).collect();
                let is_its = |key: &&PersonKey| {
                    key.whose.is_own() && texts.contains(&key.recipient.to_string())
                };
                let its: Vec<&PersonKey> = keys.iter().filter(is_its).collect();
                mine.extend(its.iter().map(|key| (*key).clone()));
                ReaderStatus::Opened(its.first().map_or_else(oneself, |key| key.whose.clone()))
            }
            ReaderEvidence::Listed(Listing::Named(rid)) => claims.status(rid, stanza),
            ReaderEvidence::Listed(_) => ReaderStatus::Listed(None),
            ReaderEvidence::Hidden => ReaderStatus::Hidden,
            ReaderEvidence::Unaccounted(doubt) => ReaderStatus::Unaccounted(doubt),
            ReaderEvidence::Unlisted => ReaderStatus::Unlisted,
        };
        let places = classes.iter().zip(opened.recipients());
        let status: Vec<ReaderStatus> = places.map(status).collect();
        let kinds = opened.recipients().map(Stanza::shown_type);
        let all = kinds
            .zip(status)
            .map(|(kind, status)| Reader { kind, status })
            .collect();
        let mut readers = Self {
            all,
            own: mine,
            opened_by: None,
        };
        readers.by_program(identities.get(opened.identity()).copied());
        readers
    }

    /// A plugin does not say which stanza it opened. If only one is left, it must be that one.
    fn by_program(&mut self, opener: Option<&dyn KeyFileIdentity>) {
        let Some(opener) = opener.filter(|opener| !opener.is_settled()) else {
            return;
        };
        let is_mine = |place: &Reader| match &place.status {
            ReaderStatus::Proved(somebody) => somebody.is_own(),
            ReaderStatus::Opened(_) => true,
            _ => false,
        };
        if self.all.iter().any(is_mine) {
            return;
        }
        let mut left = self
            .all
            .iter_mut()
            .filter(|place| !matches!(place.status, ReaderStatus::Proved(_)));
        match (left.next(), left.next()) {
            (Some(only), None) => only.status = ReaderStatus::Opened(oneself()),
            _ => self.opened_by = Some(opener.describe()),
        }
    }
}

/// What a list claims about keys that cannot be proved.
struct Claims<'a> {
    keys: &'a [PersonKey],
    /// The number of stanzas that each key is listed for.
    stanzas: HashMap<RecipientId, usize>,
    /// The user's keys that were tried on every stanza.
    tried: HashSet<String>,
}

impl<'a> Claims<'a> {
    fn new(
        sender: Option<&Sender>,
        keys: &'a [PersonKey],
        settled: &[&dyn KeyFileIdentity],
    ) -> Self {
        let recipients = settled.iter().filter_map(|one| one.recipients().ok());
        let mut stanzas = HashMap::new();
        for listing in sender.and_then(Sender::listings).unwrap_or_default() {
            if let Listing::Named(rid) = listing {
                *stanzas.entry(rid).or_default() += 1;
            }
        }
        Self {
            keys,
            stanzas,
            tried: recipients.flatten().map(|one| one.to_string()).collect(),
        }
    }

    /// Returns whether the stanza may be that of the listed key: it has the key's type and tag,
    /// the key is listed for no other stanza, and it is not a key that was tried in vain.
    fn status(&self, rid: RecipientId, stanza: &Stanza) -> ReaderStatus {
        let Some(key) = self.keys.iter().find(|key| key.rid() == rid) else {
            return ReaderStatus::Listed(None);
        };
        // Only a plugin's recipient can have several stanzas.
        let is_repeated = !matches!(key.recipient, AnyRecipient::Plugin(_))
            && self.stanzas.get(&rid).is_some_and(|count| *count > 1);
        let was_tried = self.tried.contains(&key.recipient.to_string());
        if key.recipient.fits(stanza) && !is_repeated && !was_tried {
            ReaderStatus::Listed(Some(key.whose.clone()))
        } else {
            ReaderStatus::Unaccounted(UnaccountedReason::OtherKey)
        }
    }
}

fn oneself() -> Person {
    Person::new(PersonId::You {
        name: None,
        only: true,
    })
}

/// Returns whether an identity can give its recipients without a prompt.
pub(crate) fn is_open(identity: &dyn KeyFileIdentity) -> bool {
    identity.effort() == Effort::None || identity.is_settled()
}

impl ReaderStatus {
    /// Returns one word for it.
    pub(crate) fn class(&self) -> &'static str {
        match self {
            Self::Proved(_) => "proved",
            Self::Opened(_) => "opened",
            Self::Listed(_) => "listed",
            Self::Hidden => "hidden",
            Self::Unaccounted(_) => "unaccounted",
            Self::Unlisted => "unlisted",
        }
    }

    /// Returns the person, if known.
    pub(crate) fn whose(&self) -> Option<&Person> {
        match self {
            Self::Proved(somebody) | Self::Opened(somebody) => Some(somebody),
            Self::Listed(somebody) => somebody.as_ref(),
            _ => None,
        }
    }

    /// Explains the status.
    pub(crate) fn explained(&self) -> &'static str {
        match self {
            Self::Proved(somebody) if somebody.is_own() => "proved",
            Self::Proved(somebody) if somebody.is_checked => "proved, keys verified",
            Self::Proved(somebody) if somebody.standing == KeyStatus::Current => {
                "proved, keys not verified"
            }
            // The key is not current, and another key may have been verified.
            Self::Proved(_) => "proved",
            Self::Opened(_) => "opens with your key, but who else has this key cannot be proved",
            Self::Listed(Some(_)) => "listed, but keys of this type cannot be proved",
            Self::Listed(None) => "listed with a key that is not in your keyring; not proved",
            Self::Hidden => "hidden by the sender",
            Self::Unaccounted(UnaccountedReason::Grease) => {
                "probably filler, which some programs add; but it could also be a key that looks \
                    like filler"
            }
            Self::Unaccounted(UnaccountedReason::OtherKey) => {
                "listed under the name of someone you know, but the key is not theirs"
            }
            Self::Unaccounted(UnaccountedReason::Unrecorded) => "nothing says whose key this is",
            Self::Unlisted => "this file has no reader list",
        }
    }
}
