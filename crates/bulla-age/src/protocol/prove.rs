//! For whom each stanza of an opened header is: proved by making it again, or only said (formats.md, sections 1 and 2).

use std::collections::{HashMap, HashSet};

use age_core::secrecy::ExposeSecret;

use super::decrypt::Opened;
use super::listing::{is_provable, rid};
use super::sender::{Listing, Sender, is_recipient};
use super::wrap::{Provable, Rid, Stanza, Unwrap, Unwrapped, Wrap};

/// What is known of whom a stanza is for: the first of these that fits. Nothing of it trusts the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Made again for a known key, the stanza is the same to the byte.
    Proved {
        /// The key's place among those that were given.
        known: usize,
    },
    /// An identity opens it and finds the file's key, but it cannot be made again: no proof that it alone does.
    Opened {
        /// The identity's place among those that were given.
        identity: usize,
    },
    /// The list says whose it is, by a key that is not known here or that cannot be made again.
    Listed(Listing),
    /// The list says that somebody is not named.
    Hidden,
    /// It belongs to nobody who is listed.
    Unaccounted(Doubt),
    /// The file carries no list.
    Unlisted,
}

/// Why a stanza belongs to nobody who is listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// It looks like those that some programs add to keep readers tolerant; anyone can imitate one, and it could be a key.
    Grease,
    /// The list names a key that is known here, and this is not its stanza.
    OtherKey,
    /// The list is not about the stanzas that are there: recipients were changed without a record.
    Unrecorded,
}

impl Opened {
    /// The stanzas that may be somebody's key, in order: all but ours.
    pub fn recipients(&self) -> impl Iterator<Item = &Stanza> {
        self.header()
            .stanzas()
            .iter()
            .filter(|stanza| is_recipient(stanza))
    }

    /// The class of each recipient's stanza, in order.
    ///
    /// `known` are the keys of people the user knows, never one learnt from the file; those the list names are tried first.
    /// `own` are identities that are cheap to try.
    pub fn classify(
        &self,
        sender: Option<&Sender>,
        known: &[&dyn Wrap],
        own: &[&dyn Unwrap],
    ) -> Vec<Class> {
        let stanzas: Vec<&Stanza> = self.recipients().collect();
        let listings = sender.and_then(Sender::listings);
        let mut proving = Proving::new(self, known);
        let named: HashSet<Rid> = listings.iter().flatten().filter_map(provable_rid).collect();
        proving.make(|rid| named.contains(rid));
        if !stanzas.iter().all(|stanza| proving.of(stanza).is_some()) {
            proving.make(|rid| !named.contains(rid));
        }
        let class = |(place, stanza): (usize, &&Stanza)| {
            if let Some(known) = proving.of(stanza) {
                return Class::Proved { known };
            }
            // A stanza can hold something else than the key of this file; then it opens nothing.
            let opens = |identity: &&dyn Unwrap| match identity.unwrap(std::slice::from_ref(stanza))
            {
                Unwrapped::Opened(key) => key.expose_secret() == self.file_key.expose_secret(),
                _ => false,
            };
            if let Some(identity) = own.iter().position(opens) {
                return Class::Opened { identity };
            }
            match (sender, &listings) {
                (None, _) => Class::Unlisted,
                (Some(sender), _) if sender.is_newer() => Class::Unlisted,
                _ if stanza.tag.ends_with("-grease") => Class::Unaccounted(Doubt::Grease),
                (Some(_), None) => Class::Unaccounted(Doubt::Unrecorded),
                (Some(_), Some(listings)) => match listings[place] {
                    Listing::Hidden => Class::Hidden,
                    // A key that could be proved is not believed by a list that says it cannot.
                    Listing::Provable(rid) | Listing::Named(rid) if proving.knows(&rid) => {
                        Class::Unaccounted(Doubt::OtherKey)
                    }
                    listing => Class::Listed(listing),
                },
            }
        };
        stanzas.iter().enumerate().map(class).collect()
    }
}

fn provable_rid(listing: &Listing) -> Option<Rid> {
    match listing {
        Listing::Provable(rid) => Some(*rid),
        Listing::Hidden | Listing::Named(_) => None,
    }
}

/// The stanzas of known keys, made again.
struct Proving<'a> {
    opened: &'a Opened,
    known: Vec<(usize, Rid, &'a dyn Wrap)>,
    made: HashMap<(Vec<String>, Vec<u8>), (String, usize)>,
}

impl<'a> Proving<'a> {
    fn new(opened: &'a Opened, known: &[&'a dyn Wrap]) -> Self {
        let provable = known
            .iter()
            .enumerate()
            .filter(|(_, key)| key.provable() == Provable::Yes);
        let known =
            provable.filter_map(|(place, key)| Some((place, rid(key.names().first()?), *key)));
        Self {
            opened,
            known: known.collect(),
            made: HashMap::new(),
        }
    }

    fn knows(&self, rid: &Rid) -> bool {
        self.known.iter().any(|(_, known, _)| known == rid)
    }

    /// Makes the stanzas of the known keys with these ids. A key that is known twice counts where it stands first.
    fn make(&mut self, wanted: impl Fn(&Rid) -> bool) {
        for (place, _, key) in self.known.iter().filter(|(_, rid, _)| wanted(rid)) {
            let Ok(wrapped) = key.wrap(&self.opened.file_key, &self.opened.closed.nonce) else {
                continue;
            };
            for stanza in wrapped.stanzas.into_iter().filter(is_provable) {
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
