//! Whose a key is, for those who look at a file: every key that the keyring can name, with how it stands.
//!
//! A file of the keyring that cannot be read is passed over, so that its keys are nobody's: nothing is shown as somebody's
//! that is not surely so. [`Keyring::unreadable`] says which files these are.

use std::collections::HashMap;

use crate::card;
use crate::card::Card;
use crate::keyring::decide::SigningKeyRole;
use crate::keyring::entry::{Contact, StoredIdentity};
use crate::keyring::error::KeyringError;
use crate::keyring::facts::{ContactStatus, as_text};
use crate::keyring::name::Name;
use crate::keyring::resolve::PersonName;
use crate::keyring::store::Keyring;
use crate::keyring::trust::key_of;
use bulla_age::untrusted::Untrusted;
use bulla_age::{AnyRecipient, signing};

/// A key, and whose it is.
pub(crate) struct KnownKey {
    pub(crate) who: PersonName,
    pub(crate) recipient: AnyRecipient,
    pub(crate) standing: KeyStatus,
}

/// How a key stands. Only a current one is its owner's beyond question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum KeyStatus {
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
pub(crate) struct KnownSigner {
    pub(crate) who: PersonName,
    /// Other contacts whose current key it is as well.
    pub(crate) also: Vec<Name>,
    /// What its owner's card calls them.
    pub(crate) calls_themselves: Option<Untrusted>,
    /// The day on which its safety number was typed; of the pinned key only.
    pub(crate) verified: Option<Untrusted>,
    pub(crate) standing: KeyStatus,
    /// Whether the day is past that the card gives.
    pub(crate) expired: bool,
}

impl Keyring {
    /// Every key of identities and contacts; of a key that several have, the best standing first, then what was checked. Of
    /// one's own, every epoch's is current: it opens files.
    ///
    /// # Errors
    /// A keyring that cannot be opened.
    pub(crate) fn known(&self) -> Result<Vec<KnownKey>, KeyringError> {
        let mut known = Vec::new();
        for (name, identity) in self.readable::<StoredIdentity>()? {
            let Ok(recipients) = identity.parsed(&name) else {
                continue;
            };
            let who = PersonName::Identity(name);
            known.extend(recipients.into_iter().map(|recipient| KnownKey {
                who: who.clone(),
                recipient,
                standing: KeyStatus::Current,
            }));
        }
        for (name, contact) in self.living()? {
            let Ok(facts) = self.facts(&contact) else {
                continue;
            };
            let mut add = |who: &PersonName, texts: &[String], standing: &KeyStatus| {
                for recipient in texts.iter().filter_map(|text| text.parse().ok()) {
                    known.push(KnownKey {
                        who: who.clone(),
                        recipient,
                        standing: standing.clone(),
                    });
                }
            };
            add(&who(&name, &contact), &contact.recipients, &pinned(&facts));
            // The check was one of the pinned keys, and of no others.
            let who = &PersonName::Contact {
                name: name.clone(),
                verified: false,
                expired: contact.expired(),
            };
            let others = [
                (&contact.changed, KeyStatus::Changed),
                (&contact.conflict, KeyStatus::Conflict),
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
                    &self.unless_revoked(key.as_ref(), KeyStatus::Former { replaced }),
                );
            }
        }
        let is_checked =
            |who: &PersonName| matches!(who, PersonName::Contact { verified: true, .. });
        known.sort_by_key(|known| (rank(&known.standing), !is_checked(&known.who)));
        Ok(known)
    }

    /// Whose signing key this is; none where it is nobody's. Where several contacts have it, the best standing counts, then
    /// who was checked.
    ///
    /// # Errors
    /// A keyring that cannot be opened.
    pub(crate) fn signer(&self, key: &[u8; 32]) -> Result<Option<KnownSigner>, KeyringError> {
        let text = as_text(key);
        let own = self
            .readable::<StoredIdentity>()?
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
                KeyStatus::Current
            } else {
                KeyStatus::Former { replaced: None }
            };
            let standing = self.unless_revoked(Some(key), standing);
            let (calls_themselves, verified, expired) = (None, None, false);
            let (who, also) = (PersonName::Identity(name), Vec::new());
            return Ok(Some(KnownSigner {
                who,
                also,
                calls_themselves,
                verified,
                standing,
                expired,
            }));
        }
        let mut found: Vec<KnownSigner> = Vec::new();
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
        let others = found.filter(|other| other.standing == KeyStatus::Current);
        let also = others.filter_map(|other| match other.who {
            PersonName::Contact { name, .. } => Some(name),
            PersonName::Identity(_) | PersonName::Recipient(_) => None,
        });
        Ok(Some(KnownSigner {
            also: also.collect(),
            ..best
        }))
    }

    /// The signing keys of an identity: the one in force, then those that it succeeded, as its card says.
    pub(crate) fn own_signing_keys(&self, name: &Name, identity: &StoredIdentity) -> Vec<[u8; 32]> {
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
    pub(crate) fn signing_keys(&self) -> Result<HashMap<String, [u8; 32]>, KeyringError> {
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
        for (name, identity) in self.readable::<StoredIdentity>()? {
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
    pub(crate) fn unreadable(&self) -> Result<Vec<KeyringError>, KeyringError> {
        let identities = self
            .all::<StoredIdentity>()?
            .into_iter()
            .filter_map(|(_, found)| found.err());
        let contacts = self
            .all::<Contact>()?
            .into_iter()
            .filter_map(|(_, found)| found.err());
        Ok(identities.chain(contacts).collect())
    }

    fn readable<E: super::entry::Entry>(&self) -> Result<Vec<(Name, E)>, KeyringError> {
        Ok(self
            .all::<E>()?
            .into_iter()
            .filter_map(|(name, found)| Some((name, found.ok()?)))
            .collect())
    }

    fn living(&self) -> Result<Vec<(Name, Contact)>, KeyringError> {
        let mut contacts = self.readable::<Contact>()?;
        contacts.retain(|(_, contact)| contact.removed.is_none());
        Ok(contacts)
    }

    /// A revocation beats everything; one that cannot be read might be one.
    fn unless_revoked(&self, key: Option<&[u8; 32]>, standing: KeyStatus) -> KeyStatus {
        match key.map(|key| self.revocation(key)) {
            None | Some(Ok(None)) => standing,
            Some(Ok(Some(_)) | Err(_)) => KeyStatus::Revoked,
        }
    }

    fn signer_as(
        &self,
        role: SigningKeyRole,
        key: &[u8; 32],
        name: &Name,
        contact: &Contact,
    ) -> KnownSigner {
        let others = contact.changed.iter().chain(&contact.conflict);
        let waiting = others.filter(|other| key_of(other).as_ref() == Some(key));
        let waiting = waiting
            .filter_map(|other| other.card.as_ref())
            .next()
            .map(|card| card.says());
        let (card, standing): (Option<&card::Card>, KeyStatus) = match role {
            SigningKeyRole::Pinned => {
                let standing = self
                    .facts(contact)
                    .map_or(KeyStatus::Revoked, |facts| pinned(&facts));
                (contact.says(), standing)
            }
            SigningKeyRole::Waiting => {
                (waiting, self.unless_revoked(Some(key), KeyStatus::Changed))
            }
            SigningKeyRole::Former | SigningKeyRole::Vouching => {
                let replaced = contact.replaced(key);
                (
                    None,
                    self.unless_revoked(Some(key), KeyStatus::Former { replaced }),
                )
            }
        };
        KnownSigner {
            who: who(name, contact),
            also: Vec::new(),
            calls_themselves: card.map(Card::name).cloned(),
            verified: contact
                .verified
                .as_deref()
                .filter(|_| role == SigningKeyRole::Pinned)
                .map(Untrusted::new),
            standing,
            expired: role == SigningKeyRole::Pinned && contact.expired().is_some(),
        }
    }
}

/// A contact as somebody who reads or is written to.
pub(super) fn who(name: &Name, contact: &Contact) -> PersonName {
    PersonName::Contact {
        name: name.clone(),
        verified: contact.verified.is_some(),
        expired: contact.expired(),
    }
}

/// How the keys in force stand.
fn pinned(facts: &ContactStatus) -> KeyStatus {
    if facts.revoked.is_some() {
        KeyStatus::Revoked
    } else if facts.conflict.is_some() {
        KeyStatus::Conflict
    } else if facts.waiting.is_some() {
        KeyStatus::Changed
    } else {
        KeyStatus::Current
    }
}

fn rank(standing: &KeyStatus) -> u8 {
    match standing {
        KeyStatus::Current => 0,
        KeyStatus::Former { .. } => 1,
        KeyStatus::Changed => 2,
        KeyStatus::Conflict => 3,
        KeyStatus::Revoked => 4,
    }
}
