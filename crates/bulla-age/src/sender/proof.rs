//! Who each stanza of a header is for: proved by wrapping the file key again, or only claimed by
//! the list (formats.md, sections 1 and 2).

use std::collections::{HashMap, HashSet};

use crate::file_key::{FileKey, Nonce};
use crate::format::Stanza;
use crate::identity::{Identity, Unwrapped};
use crate::recipient::{Provable, Recipient, RecipientId, recipient_id};
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
    /// An own identity unwraps the file key from it, but the stanza cannot be recomputed, so others
    /// may have its key too.
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
    /// The file carries no list.
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
    keys: (&FileKey, &Nonce),
    stanzas: &[&Stanza],
    sender: Option<&Sender>,
    known: &[&dyn Recipient],
    own: &[&dyn Identity],
) -> Vec<ReaderEvidence> {
    let listings = sender.and_then(Sender::listings);
    let mut proving = Proving::new(keys, known);
    let named: HashSet<RecipientId> = listings.iter().flatten().filter_map(provable_rid).collect();
    proving.make(|recipient_id| named.contains(recipient_id));
    if !stanzas.iter().all(|stanza| proving.of(stanza).is_some()) {
        proving.make(|recipient_id| !named.contains(recipient_id));
    }
    let class = |(place, stanza): (usize, &&Stanza)| {
        if let Some(known) = proving.of(stanza) {
            return ReaderEvidence::Proved { known };
        }
        // A stanza can hold something other than the key of this file, and then it is useless.
        let opens = |identity: &&dyn Identity| match identity.unwrap(std::slice::from_ref(stanza)) {
            Unwrapped::FileKey(key) => key.as_bytes() == keys.0.as_bytes(),
            _ => false,
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
    stanzas.iter().enumerate().map(class).collect()
}

fn provable_rid(listing: &Listing) -> Option<RecipientId> {
    match listing {
        Listing::Provable(recipient_id) => Some(*recipient_id),
        Listing::Hidden | Listing::Named(_) => None,
    }
}

/// The recomputed stanzas of known keys.
struct Proving<'a> {
    keys: (&'a FileKey, &'a Nonce),
    known: Vec<(usize, RecipientId, &'a dyn Recipient)>,
    made: HashMap<(Vec<String>, Vec<u8>), (String, usize)>,
}

impl<'a> Proving<'a> {
    fn new(keys: (&'a FileKey, &'a Nonce), known: &[&'a dyn Recipient]) -> Self {
        let provable = known
            .iter()
            .enumerate()
            .filter(|(_, key)| key.provable() == Provable::Yes);
        let known = provable
            .filter_map(|(place, key)| Some((place, recipient_id(key.names().first()?), *key)));
        Self {
            keys,
            known: known.collect(),
            made: HashMap::new(),
        }
    }

    fn knows(&self, recipient_id: &RecipientId) -> bool {
        self.known.iter().any(|(_, known, _)| known == recipient_id)
    }

    /// Recomputes the stanzas of the known keys with these ids. If a key is known twice, its first
    /// index counts.
    fn make(&mut self, wanted: impl Fn(&RecipientId) -> bool) {
        for (place, _, key) in self
            .known
            .iter()
            .filter(|(_, recipient_id, _)| wanted(recipient_id))
        {
            let Ok(wrapped) = key.wrap(self.keys.0, self.keys.1) else {
                continue;
            };
            for stanza in wrapped
                .stanzas
                .into_iter()
                .filter(|stanza| stanza_type::is_provable(&stanza.tag))
            {
                self.made
                    .entry((stanza.args, stanza.body))
                    .or_insert((stanza.tag, *place));
            }
        }
    }

    fn of(&self, stanza: &Stanza) -> Option<usize> {
        let (tag, place) = self.made.get(&(stanza.args.clone(), stanza.body.clone()))?;
        (*tag == stanza.tag).then_some(*place)
    }
}
