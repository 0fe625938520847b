//! Whose a key is, for those who look at a file: every key that the keyring can name, with how it stands.
//!
//! A file of the keyring that cannot be read is passed over, so that its keys are nobody's: nothing is shown as somebody's
//! that is not surely so. [`Keyring::unreadable`] says which files these are.

use std::collections::HashMap;

use crate::card;
use crate::card::Card;
use crate::keyring::decide::Role;
use crate::keyring::entry::{Contact, Identity};
use crate::keyring::error::Error;
use crate::keyring::facts::{Facts, as_text};
use crate::keyring::name::Name;
use crate::keyring::resolve::Who;
use crate::keyring::store::Keyring;
use crate::keyring::trust::key_of;
use bulla_age::keys::{Recipient, signing};
use bulla_age::untrusted::Untrusted;

/// A key, and whose it is.
pub(crate) struct Known {
    pub(crate) who: Who,
    pub(crate) recipient: Recipient,
    pub(crate) standing: Standing,
}

/// How a key stands. Only a current one is its owner's beyond question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    Current,
    /// Others took its place, on that day where it is known.
    Former {
        replaced: Option<Untrusted>,
    },
    /// It is undecided which keys are right: this one, or others.
    Changed,
    /// Two cards of one serial.
    Conflict,
    Revoked,
}

/// Whose a signing key is.
#[derive(Clone, Debug)]
pub(crate) struct Signer {
    pub(crate) who: Who,
    /// Other contacts whose current key it is as well.
    pub(crate) also: Vec<Name>,
    /// What its owner's card calls them.
    pub(crate) calls_themselves: Option<Untrusted>,
    /// The day on which its safety number was typed; of the pinned key only.
    pub(crate) verified: Option<Untrusted>,
    pub(crate) standing: Standing,
    /// Whether the day is past that the card gives.
    pub(crate) expired: bool,
}

impl Keyring {
    /// Every key of identities and contacts; of a key that several have, the best standing first, then what was checked. Of
    /// one's own, every epoch's is current: it opens files.
    ///
    /// # Errors
    /// A keyring that cannot be opened.
    pub(crate) fn known(&self) -> Result<Vec<Known>, Error> {
        let mut known = Vec::new();
        for (name, identity) in self.readable::<Identity>()? {
            let Ok(recipients) = identity.parsed(&name) else {
                continue;
            };
            let who = Who::Identity(name);
            known.extend(recipients.into_iter().map(|recipient| Known {
                who: who.clone(),
                recipient,
                standing: Standing::Current,
            }));
        }
        for (name, contact) in self.living()? {
            let Ok(facts) = self.facts(&contact) else {
                continue;
            };
            let mut add = |who: &Who, texts: &[String], standing: &Standing| {
                for recipient in texts.iter().filter_map(|text| text.parse().ok()) {
                    known.push(Known {
                        who: who.clone(),
                        recipient,
                        standing: standing.clone(),
                    });
                }
            };
            add(&who(&name, &contact), &contact.recipients, &pinned(&facts));
            // The check was one of the pinned keys, and of no others.
            let who = &Who::Contact {
                name: name.clone(),
                verified: false,
                expired: contact.expired(),
            };
            let others = [
                (&contact.changed, Standing::Changed),
                (&contact.conflict, Standing::Conflict),
            ];
            for (other, standing) in others {
                if let Some(other) = other {
                    add(
                        who,
                        &other.recipients,
                        &self.unless_revoked(key_of(other).as_ref(), standing),
                    );
                }
            }
            for former in &contact.former {
                let key = contact.key_of_former(former);
                let replaced = Some(Untrusted::new(former.replaced.as_str()));
                add(
                    who,
                    &former.recipients,
                    &self.unless_revoked(key.as_ref(), Standing::Former { replaced }),
                );
            }
        }
        let is_checked = |who: &Who| matches!(who, Who::Contact { verified: true, .. });
        known.sort_by_key(|known| (rank(&known.standing), !is_checked(&known.who)));
        Ok(known)
    }

    /// Whose signing key this is; none where it is nobody's. Where several contacts have it, the best standing counts, then
    /// who was checked.
    ///
    /// # Errors
    /// A keyring that cannot be opened.
    pub(crate) fn signer(&self, key: &[u8; 32]) -> Result<Option<Signer>, Error> {
        let text = as_text(key);
        let own = self
            .readable::<Identity>()?
            .into_iter()
            .filter_map(|(name, identity)| {
                let place = self
                    .own_signing_keys(&name, &identity)
                    .iter()
                    .position(|own| own == key)?;
                Some((place, name))
            });
        if let Some((place, name)) = own.min() {
            let standing = if place == 0 {
                Standing::Current
            } else {
                Standing::Former { replaced: None }
            };
            let standing = self.unless_revoked(Some(key), standing);
            let (calls_themselves, verified, expired) = (None, None, false);
            let (who, also) = (Who::Identity(name), Vec::new());
            return Ok(Some(Signer {
                who,
                also,
                calls_themselves,
                verified,
                standing,
                expired,
            }));
        }
        let mut found: Vec<Signer> = Vec::new();
        for (name, contact) in self.all_with::<Contact>(&[&text])? {
            let Ok(contact) = contact else { continue };
            let Some(role) = contact.role(key).filter(|_| contact.removed.is_none()) else {
                continue;
            };
            found.push(self.signer_as(role, key, &name, &contact));
        }
        found.sort_by_key(|signer| (rank(&signer.standing), signer.verified.is_none()));
        let mut found = found.into_iter();
        let Some(best) = found.next() else {
            return Ok(None);
        };
        let others = found.filter(|other| other.standing == Standing::Current);
        let also = others.filter_map(|other| match other.who {
            Who::Contact { name, .. } => Some(name),
            Who::Identity(_) | Who::Recipient(_) => None,
        });
        Ok(Some(Signer {
            also: also.collect(),
            ..best
        }))
    }

    /// The signing keys of an identity: the one in force, then those that it succeeded, as its card says.
    pub(crate) fn own_signing_keys(&self, name: &Name, identity: &Identity) -> Vec<[u8; 32]> {
        let key = identity
            .signing_key
            .as_deref()
            .and_then(|key| signing::parse(key).ok());
        let Some(key) = key else { return Vec::new() };
        let card = self
            .card(name)
            .ok()
            .flatten()
            .filter(|card| *card.signing_key() == key);
        let former = card
            .iter()
            .flat_map(|card| card.successions())
            .map(|succession| succession.old);
        std::iter::once(key).chain(former).collect()
    }

    /// The signing key of each recipient that is in force: of contacts who may be written to, and one's own.
    ///
    /// # Errors
    /// A keyring that cannot be opened.
    pub(crate) fn signing_keys(&self) -> Result<HashMap<String, [u8; 32]>, Error> {
        let mut keys = HashMap::new();
        for (name, contact) in self.living()? {
            if let Some(key) = contact.signing_key()
                && self.usable(&name, &contact).is_ok()
            {
                keys.extend(
                    contact
                        .recipients
                        .iter()
                        .map(|recipient| (recipient.clone(), *key)),
                );
            }
        }
        for (name, identity) in self.readable::<Identity>()? {
            let key = identity
                .signing_key
                .as_deref()
                .and_then(|key| signing::parse(key).ok());
            if let (Some(key), Ok(recipients)) = (key, identity.parsed(&name)) {
                keys.extend(
                    recipients
                        .iter()
                        .map(|recipient| (recipient.to_string(), key)),
                );
            }
        }
        Ok(keys)
    }

    /// What is wrong with files of identities and contacts that cannot be read.
    ///
    /// # Errors
    /// A keyring that cannot be opened.
    pub(crate) fn unreadable(&self) -> Result<Vec<Error>, Error> {
        let identities = self
            .all::<Identity>()?
            .into_iter()
            .filter_map(|(_, found)| found.err());
        let contacts = self
            .all::<Contact>()?
            .into_iter()
            .filter_map(|(_, found)| found.err());
        Ok(identities.chain(contacts).collect())
    }

    fn readable<E: super::entry::Entry>(&self) -> Result<Vec<(Name, E)>, Error> {
        Ok(self
            .all::<E>()?
            .into_iter()
            .filter_map(|(name, found)| Some((name, found.ok()?)))
            .collect())
    }

    fn living(&self) -> Result<Vec<(Name, Contact)>, Error> {
        let mut contacts = self.readable::<Contact>()?;
        contacts.retain(|(_, contact)| contact.removed.is_none());
        Ok(contacts)
    }

    /// A revocation beats everything; one that cannot be read might be one.
    fn unless_revoked(&self, key: Option<&[u8; 32]>, standing: Standing) -> Standing {
        match key.map(|key| self.revocation(key)) {
            None | Some(Ok(None)) => standing,
            Some(Ok(Some(_)) | Err(_)) => Standing::Revoked,
        }
    }

    fn signer_as(&self, role: Role, key: &[u8; 32], name: &Name, contact: &Contact) -> Signer {
        let others = contact.changed.iter().chain(&contact.conflict);
        let waiting = others.filter(|other| key_of(other).as_ref() == Some(key));
        let waiting = waiting
            .filter_map(|other| other.card.as_ref())
            .next()
            .map(|card| card.says());
        let (card, standing): (Option<&card::Card>, Standing) = match role {
            Role::Pinned => {
                let standing = self
                    .facts(contact)
                    .map_or(Standing::Revoked, |facts| pinned(&facts));
                (contact.says(), standing)
            }
            Role::Waiting => (waiting, self.unless_revoked(Some(key), Standing::Changed)),
            Role::Former | Role::Vouching => {
                let replaced = contact.replaced(key);
                (
                    None,
                    self.unless_revoked(Some(key), Standing::Former { replaced }),
                )
            }
        };
        Signer {
            who: who(name, contact),
            also: Vec::new(),
            calls_themselves: card.map(Card::name).cloned(),
            verified: contact
                .verified
                .as_deref()
                .filter(|_| role == Role::Pinned)
                .map(Untrusted::new),
            standing,
            expired: role == Role::Pinned && contact.expired().is_some(),
        }
    }
}

/// A contact as somebody who reads or is written to.
pub(super) fn who(name: &Name, contact: &Contact) -> Who {
    Who::Contact {
        name: name.clone(),
        verified: contact.verified.is_some(),
        expired: contact.expired(),
    }
}

/// How the keys in force stand.
fn pinned(facts: &Facts) -> Standing {
    if facts.revoked.is_some() {
        Standing::Revoked
    } else if facts.conflict.is_some() {
        Standing::Conflict
    } else if facts.waiting.is_some() {
        Standing::Changed
    } else {
        Standing::Current
    }
}

fn rank(standing: &Standing) -> u8 {
    match standing {
        Standing::Current => 0,
        Standing::Former { .. } => 1,
        Standing::Changed => 2,
        Standing::Conflict => 3,
        Standing::Revoked => 4,
    }
}
