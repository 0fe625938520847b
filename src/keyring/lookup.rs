//! From keys to names: every key that the keyring can name, and its status.
//!
//! Unreadable files are skipped, so that no key is attributed to someone without certainty.
//! [`Keyring::unreadable`] lists them.

use std::collections::HashMap;

use crate::card::Card;
use crate::keyring::checks::ContactStatus;
use crate::keyring::contact::{Contact, SigningKeyRole};
use crate::keyring::entry::Entry;
use crate::keyring::error::KeyringError;
use crate::keyring::identity::StoredIdentity;
use crate::keyring::name::{Name, PersonName};
use crate::keyring::store::Keyring;
use bulla_age::untrusted::Untrusted;
use bulla_age::{AnyRecipient, signing};

/// A key and its owner.
pub(crate) struct KnownKey {
    pub(crate) who: PersonName,
    pub(crate) recipient: AnyRecipient,
    pub(crate) status: KeyStatus,
}

/// The status of a key. Only a current one is certain to be its owner's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum KeyStatus {
    Current,
    /// It was replaced, on this day if that is known.
    Former {
        replaced: Option<Untrusted>,
    },
    /// Two sets of keys are known, and the user has not decided which is right.
    Changed,
    Revoked,
}

/// The owner of a signing key.
#[derive(Clone, Debug)]
pub(crate) struct KnownSigner {
    pub(crate) who: PersonName,
    /// Other contacts that have it as their current key.
    pub(crate) also: Vec<Name>,
    /// The name that the owner's card gives.
    pub(crate) calls_themselves: Option<Untrusted>,
    /// The day it was verified, if it is the pinned key.
    pub(crate) verified: Option<Untrusted>,
    pub(crate) status: KeyStatus,
    /// Whether the card has expired.
    pub(crate) expired: bool,
}

impl Keyring {
    /// Every key of identities and contacts. If several have the same key, the one with the best
    /// status comes first, then verified ones. All keys of the user's identities are current,
    /// whatever their epoch, because they decrypt files.
    ///
    /// # Errors
    /// A keyring that cannot be opened.
    pub(crate) fn known_keys(&self) -> Result<Vec<KnownKey>, KeyringError> {
        let mut known = Vec::new();
        for (name, identity) in self.readable::<StoredIdentity>()? {
            let Ok(recipients) = identity.parsed(&name) else {
                continue;
            };
            let who = PersonName::Identity(name);
            known.extend(recipients.into_iter().map(|recipient| KnownKey {
                who: who.clone(),
                recipient,
                status: KeyStatus::Current,
            }));
        }
        for (name, contact) in self.readable_contacts()? {
            let Ok(contact_status) = self.status(&contact) else {
                continue;
            };
            let mut add = |who: &PersonName, texts: &[String], status: &KeyStatus| {
                for recipient in texts.iter().filter_map(|text| text.parse().ok()) {
                    known.push(KnownKey {
                        who: who.clone(),
                        recipient,
                        status: status.clone(),
                    });
                }
            };
            add(
                &contact.person_name(&name),
                &contact.recipients,
                &KeyStatus::of_pinned(&contact_status),
            );
            // Only the pinned keys were verified.
            let who = &PersonName::Contact {
                name: name.clone(),
                verified: false,
                expired: contact.expired(),
            };
            if let Some(waiting) = &contact.changed {
                let status = self.unless_revoked(waiting.signing_key(), KeyStatus::Changed);
                add(who, &waiting.recipients, &status);
            }
            for former in &contact.former {
                let key = contact.signing_key_of(former);
                let replaced = Some(Untrusted::new(former.replaced.as_str()));
                let status = self.unless_revoked(key.as_ref(), KeyStatus::Former { replaced });
                add(who, &former.recipients, &status);
            }
        }
        let is_verified =
            |who: &PersonName| matches!(who, PersonName::Contact { verified: true, .. });
        known.sort_by_key(|known| (known.status.rank(), !is_verified(&known.who)));
        Ok(known)
    }

    /// The owner of a signing key, if it is known. If several contacts have it, the one with the
    /// best status counts, then a verified one.
    ///
    /// # Errors
    /// A keyring that cannot be opened.
    pub(crate) fn signer(&self, key: &[u8; 32]) -> Result<Option<KnownSigner>, KeyringError> {
        if let Some(own) = self.own_signer(key)? {
            return Ok(Some(own));
        }
        let mut found: Vec<KnownSigner> = Vec::new();
        for (name, contact) in self.all_containing::<Contact>(&[&signing::text(key)])? {
            let Ok(contact) = contact else { continue };
            if let Some(role) = contact.role(key).filter(|_| contact.removed.is_none()) {
                found.push(self.contact_as_signer(role, key, &name, &contact));
            }
        }
        found.sort_by_key(|signer| (signer.status.rank(), signer.verified.is_none()));
        let mut found = found.into_iter();
        let Some(best) = found.next() else {
            return Ok(None);
        };
        let others = found.filter(|other| other.status == KeyStatus::Current);
        let also = others.filter_map(|other| match other.who {
            PersonName::Contact { name, .. } => Some(name),
            PersonName::Identity(_) | PersonName::Recipient(_) => None,
        });
        Ok(Some(KnownSigner {
            also: also.collect(),
            ..best
        }))
    }

    /// The signing key of each current recipient: those of usable contacts and of the user's
    /// identities.
    ///
    /// # Errors
    /// A keyring that cannot be opened.
    pub(crate) fn signing_keys(&self) -> Result<HashMap<String, [u8; 32]>, KeyringError> {
        let mut keys = HashMap::new();
        for (name, contact) in self.readable_contacts()? {
            if let Some(key) = contact.signing_key()
                && self.refuse_unusable(&name, &contact).is_ok()
            {
                let recipients = contact.recipients.iter();
                keys.extend(recipients.map(|recipient| (recipient.clone(), *key)));
            }
        }
        for (name, identity) in self.readable::<StoredIdentity>()? {
            let key = identity.signing_key.as_deref();
            let key = key.and_then(|key| signing::parse(key).ok());
            if let (Some(key), Ok(recipients)) = (key, identity.parsed(&name)) {
                let recipients = recipients.iter();
                keys.extend(recipients.map(|recipient| (recipient.to_string(), key)));
            }
        }
        Ok(keys)
    }

    /// The errors of identities and contacts that cannot be read.
    ///
    /// # Errors
    /// A keyring that cannot be opened.
    pub(crate) fn unreadable(&self) -> Result<Vec<KeyringError>, KeyringError> {
        let identities = self.all::<StoredIdentity>()?.into_iter();
        let identities = identities.filter_map(|(_, found)| found.err());
        let contacts = self.all::<Contact>()?.into_iter();
        let contacts = contacts.filter_map(|(_, found)| found.err());
        Ok(identities.chain(contacts).collect())
    }

    fn readable<E: Entry>(&self) -> Result<Vec<(Name, E)>, KeyringError> {
        Ok(self
            .all::<E>()?
            .into_iter()
            .filter_map(|(name, found)| Some((name, found.ok()?)))
            .collect())
    }

    /// The readable contacts that were not removed.
    fn readable_contacts(&self) -> Result<Vec<(Name, Contact)>, KeyringError> {
        let mut contacts = self.readable::<Contact>()?;
        contacts.retain(|(_, contact)| contact.removed.is_none());
        Ok(contacts)
    }

    fn own_signer(&self, key: &[u8; 32]) -> Result<Option<KnownSigner>, KeyringError> {
        let identities = self.readable::<StoredIdentity>()?.into_iter();
        let own = identities.filter_map(|(name, identity)| {
            let keys = self.own_signing_keys(&name, &identity);
            let age = keys.iter().position(|own| own == key)?;
            Some((age, name))
        });
        let Some((age, name)) = own.min() else {
            return Ok(None);
        };
        let status = if age == 0 {
            KeyStatus::Current
        } else {
            KeyStatus::Former { replaced: None }
        };
        Ok(Some(KnownSigner {
            who: PersonName::Identity(name),
            also: Vec::new(),
            calls_themselves: None,
            verified: None,
            status: self.unless_revoked(Some(key), status),
            expired: false,
        }))
    }

    fn contact_as_signer(
        &self,
        role: SigningKeyRole,
        key: &[u8; 32],
        name: &Name,
        contact: &Contact,
    ) -> KnownSigner {
        let (card, status): (Option<&Card>, KeyStatus) = match role {
            SigningKeyRole::Pinned => {
                let status = self.status(contact);
                let status =
                    status.map_or(KeyStatus::Revoked, |status| KeyStatus::of_pinned(&status));
                (contact.card(), status)
            }
            SigningKeyRole::Waiting => {
                let waiting = contact.changed.as_ref();
                let card = waiting.and_then(|waiting| waiting.card());
                (card, self.unless_revoked(Some(key), KeyStatus::Changed))
            }
            SigningKeyRole::Former | SigningKeyRole::Vouching => {
                let replaced = contact.replaced(key);
                let status = KeyStatus::Former { replaced };
                (None, self.unless_revoked(Some(key), status))
            }
        };
        let is_pinned = role == SigningKeyRole::Pinned;
        let verified = contact.verified.as_deref().filter(|_| is_pinned);
        KnownSigner {
            who: contact.person_name(name),
            also: Vec::new(),
            calls_themselves: card.map(Card::name).cloned(),
            verified: verified.map(Untrusted::new),
            status,
            expired: is_pinned && contact.expired().is_some(),
        }
    }

    /// The status, or `Revoked` if the key was revoked. An unreadable revocation counts.
    fn unless_revoked(&self, key: Option<&[u8; 32]>, status: KeyStatus) -> KeyStatus {
        match key.map(|key| self.revocation(key)) {
            None | Some(Ok(None)) => status,
            Some(Ok(Some(_)) | Err(_)) => KeyStatus::Revoked,
        }
    }
}

impl KeyStatus {
    /// The status of a contact's pinned keys.
    fn of_pinned(status: &ContactStatus) -> Self {
        if status.revoked.is_some() {
            Self::Revoked
        } else if status.changed.is_some() {
            Self::Changed
        } else {
            Self::Current
        }
    }

    /// The order of preference, best first.
    fn rank(&self) -> u8 {
        match self {
            Self::Current => 0,
            Self::Former { .. } => 1,
            Self::Changed => 2,
            Self::Revoked => 3,
        }
    }
}
