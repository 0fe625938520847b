//! Who each stanza of a header is for: proved by wrapping the file key again, or only claimed by
//! the list (formats.md, sections 1 and 2).

use std::collections::{HashMap, HashSet};

use crate::file_key::{FileKey, Nonce};
use crate::format::Stanza;
use crate::identity::{Identity, Unwrapped};
use crate::recipient::{Provable, Recipient, RecipientDigest, RecipientId};
use crate::sender::chain::Sender;
use crate::sender::statement::Listing;
use crate::stanza_type;

/// The evidence for the reader behind a stanza: the first variant that applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReaderEvidence {
    /// Wrapping the file key again for a known key gives exactly this stanza.
    Proved {
        /// The index in the list of known keys.
        known: usize,
    },
    /// An own identity unwraps the file key from it, but no known recipient gives this stanza. To
    /// prove your own stanzas, put your own recipients among the known ones.
    Opened {
        /// The index in the list of own identities.
        identity: usize,
    },
    /// The list names its key, but the key is not known here or the stanza cannot be recomputed.
    Listed(Listing),
    /// The list says that this reader is not named.
    Hidden,
    /// It belongs to no listed reader.
    Unaccounted(UnaccountedReason),
    /// Nothing is known about this reader: nothing above applies, and the file carries no list.
    Unlisted,
}

/// Why a stanza belongs to no listed reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnaccountedReason {
    /// It looks like a random stanza that some programs add ("grease"). Anyone can imitate one, so
    /// it can still hold a key.
    Grease,
    /// The list names a key that is known here, and this is not its stanza.
    OtherKey,
    /// The list does not match the stanzas: recipients were changed without a record.
    Unrecorded,
}

/// Returns the evidence for each recipient's stanza, in order; see
/// [`UnlockedFile::prove_readers`](crate::UnlockedFile::prove_readers).
pub(crate) fn prove(
    (keys, before): ((&FileKey, &Nonce), &Recomputed),
    stanzas: &[&Stanza],
    sender: Option<&Sender>,
    known: &[&dyn Recipient],
    (own, mut work_left): (&[&dyn Identity], usize),
) -> Vec<ReaderEvidence> {
    let listings = sender.and_then(Sender::listings);
    let mut proving = Proving::new(keys, before, known);
    let named = named(&listings);
    proving.make(|recipient_id| named.contains(recipient_id));
    if !stanzas.iter().all(|stanza| proving.of(stanza).is_some()) {
        proving.make(|recipient_id| !named.contains(recipient_id));
    }
    let mut class = |(place, stanza): (usize, &&Stanza)| {
        if let Some(known) = proving.of(stanza) {
            return ReaderEvidence::Proved { known };
        }
        // A stanza can hold something other than the key of this file, and then it is useless.
        let opens = |identity: &&dyn Identity| {
            let stanza = std::slice::from_ref(*stanza);
            let Some(less) = work_left.checked_sub(identity.work(stanza)) else {
                return false;
            };
            work_left = less;
            match identity.unwrap(stanza) {
                Unwrapped::FileKey(key) => key.as_bytes() == keys.0.as_bytes(),
                _ => false,
            }
        };
        if let Some(identity) = own.iter().position(opens) {
            return ReaderEvidence::Opened { identity };
        }
        match (sender, &listings) {
            (None, _) => ReaderEvidence::Unlisted,
            (Some(sender), _) if sender.is_newer() => ReaderEvidence::Unlisted,
            _ if stanza_type::is_grease(&stanza.tag) => {
                ReaderEvidence::Unaccounted(UnaccountedReason::Grease)
            }
            (Some(_), None) => ReaderEvidence::Unaccounted(UnaccountedReason::Unrecorded),
            (Some(_), Some(listings)) => match listings[place] {
                Listing::Hidden => ReaderEvidence::Hidden,
                // If a key is provable, a list that calls it unprovable is not believed.
                Listing::Provable(recipient_id) | Listing::Named(recipient_id)
                    if proving.knows(&recipient_id) =>
                {
                    ReaderEvidence::Unaccounted(UnaccountedReason::OtherKey)
                }
                listing => ReaderEvidence::Listed(listing),
            },
        }
    };
    stanzas.iter().enumerate().map(&mut class).collect()
}

/// What was computed for the recipients of one file, so that it is not computed again.
#[derive(Default)]
pub(crate) struct Recomputed {
    /// Stanzas that were made again, or proved otherwise.
    made: Vec<(RecipientId, Vec<Stanza>)>,
    ids: HashMap<RecipientDigest, RecipientId>,
}

impl Recomputed {
    /// Returns whether this is the stanza of a known recipient, and so holds this file key.
    pub(crate) fn has(&self, stanza: &Stanza) -> bool {
        self.made.iter().any(|(_, made)| made.contains(stanza))
    }

    /// Returns the id of a recipient in the file with these keys.
    pub(crate) fn id_of(&self, digest: &RecipientDigest, keys: (&FileKey, &Nonce)) -> RecipientId {
        let before = self.ids.get(digest).copied();
        before.unwrap_or_else(|| digest.id(keys.0, keys.1))
    }

    fn of(&self, recipient_id: &RecipientId) -> Option<Vec<Stanza>> {
        let made = self.made.iter().find(|(id, _)| id == recipient_id);
        made.map(|(_, stanzas)| stanzas.clone())
    }
}

/// Wraps the file key again for those of the known recipients that the list names. `own` is a stanza
/// that is proved already to be what this recipient gives.
pub(crate) fn recompute(
    keys: (&FileKey, &Nonce),
    sender: Option<&Sender>,
    known: &[&dyn Recipient],
    own: Option<(RecipientDigest, &Stanza)>,
) -> Recomputed {
    let mut ids: HashMap<RecipientDigest, RecipientId> = HashMap::new();
    let can_be_proved = known.iter().filter(|key| key.provable() == Provable::Yes);
    let digests = can_be_proved.filter_map(|key| key.digest());
    for digest in digests.chain(own.map(|(digest, _)| digest)) {
        ids.entry(digest)
            .or_insert_with(|| digest.id(keys.0, keys.1));
    }
    let own = own.map(|(digest, stanza)| (ids[&digest], vec![stanza.clone()]));
    let mut recomputed = Recomputed {
        made: own.into_iter().collect(),
        ids,
    };
    let named = named(&sender.and_then(Sender::listings));
    if named.is_empty() {
        return recomputed;
    }
    for (_, id, key) in provable(keys, &recomputed, known) {
        if named.contains(&id) && !recomputed.made.iter().any(|(known, _)| *known == id) {
            let stanzas = provable_stanzas(key, keys);
            recomputed.made.extend(stanzas.map(|stanzas| (id, stanzas)));
        }
    }
    recomputed
}

/// Returns the stanzas of a recipient that can be proved.
fn provable_stanzas(key: &dyn Recipient, keys: (&FileKey, &Nonce)) -> Option<Vec<Stanza>> {
    let wrapped = key.wrap(keys.0, keys.1).ok()?;
    let stanzas = wrapped.stanzas.into_iter();
    let provable = stanzas.filter(|stanza| stanza_type::is_provable(&stanza.tag));
    Some(provable.collect())
}

fn named(listings: &Option<Vec<Listing>>) -> HashSet<RecipientId> {
    listings.iter().flatten().filter_map(provable_rid).collect()
}

fn provable_rid(listing: &Listing) -> Option<RecipientId> {
    match listing {
        Listing::Provable(recipient_id) => Some(*recipient_id),
        Listing::Hidden | Listing::Named(_) => None,
    }
}

/// Returns those of the known keys whose stanzas can be proved, with their places and ids.
fn provable<'a>(
    keys: (&FileKey, &Nonce),
    before: &Recomputed,
    known: &[&'a dyn Recipient],
) -> Vec<(usize, RecipientId, &'a dyn Recipient)> {
    let places = known.iter().enumerate();
    let provable = places.filter(|(_, key)| key.provable() == Provable::Yes);
    let with_ids = provable.filter_map(|(place, key)| {
        let id = before.id_of(&key.digest()?, keys);
        Some((place, id, *key))
    });
    with_ids.collect()
}

/// The recomputed stanzas of known keys.
struct Proving<'a> {
    keys: (&'a FileKey, &'a Nonce),
    before: &'a Recomputed,
    known: Vec<(usize, RecipientId, &'a dyn Recipient)>,
    ids: HashSet<RecipientId>,
    made: HashMap<Stanza, usize>,
}

impl<'a> Proving<'a> {
    fn new(
        keys: (&'a FileKey, &'a Nonce),
        before: &'a Recomputed,
        known: &[&'a dyn Recipient],
    ) -> Self {
        let known = provable(keys, before, known);
        Self {
            keys,
            before,
            ids: known.iter().map(|(_, id, _)| *id).collect(),
            known,
            made: HashMap::new(),
        }
    }

    fn knows(&self, recipient_id: &RecipientId) -> bool {
        self.ids.contains(recipient_id)
    }

    /// Recomputes the stanzas of the known keys with these ids. If a key is known twice, its first
    /// index counts.
    fn make(&mut self, wanted: impl Fn(&RecipientId) -> bool) {
        for (place, id, key) in self.known.iter().filter(|(_, id, _)| wanted(id)) {
            let before = self.before.of(id);
            let Some(stanzas) = before.or_else(|| provable_stanzas(*key, self.keys)) else {
                continue;
            };
            for stanza in stanzas {
                self.made.entry(stanza).or_insert(*place);
            }
        }
    }

    fn of(&self, stanza: &Stanza) -> Option<usize> {
        self.made.get(stanza).copied()
    }
}
