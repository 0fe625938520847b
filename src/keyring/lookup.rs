//! From keys to names: every key that the keyring can name, and its status.
//!
//! Unreadable files are skipped, and so are contacts that share their name with an identity or a
//! group, so that no key is attributed to someone without certainty. [`Keyring::unreadable`] lists
//! them.

use std::collections::{HashMap, HashSet};

use crate::card::Card;
use crate::keyring::checks::ContactStatus;
use crate::keyring::contact::{Contact, SigningKeyRole};
use crate::keyring::entry::{Entry, EntryKind};
use crate::keyring::error::KeyringError;
use crate::keyring::identity::StoredIdentity;
use crate::keyring::name::{Name, PersonName};
use crate::keyring::store::{Found, Keyring};
use bulla_age::AnyRecipient;
use bulla_age::signing::SigningKey;
use bulla_age::untrusted::Untrusted;

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
    /// Every key of identities and contacts, the user's first. If several contacts have the same
    /// key, the one with the best status comes first, then verified ones. If several identities
    /// have it, its worst status counts for all of them: a key that was rotated away because it
    /// was lost stays lost, even if it was also imported.
    ///
    /// # Errors
    /// A keyring that cannot be opened.
    pub(crate) fn known_keys(&self) -> Result<Vec<KnownKey>, KeyringError> {
        let mut known = Vec::new();
        for (name, identity) in self.own_identities()? {
            let Ok(keys) = self.own_keys(&name, &identity) else {
                continue;
            };
            let who = PersonName::Identity(name);
            known.extend(keys.into_iter().map(|(recipient, status)| KnownKey {
                who: who.clone(),
                recipient,
                status,
            }));
        }
        take_worst_status(&mut known);
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
        let is_own = |who: &PersonName| matches!(who, PersonName::Identity(_));
        known.sort_by_key(|known| {
            let rank = known.status.rank();
            (!is_own(&known.who), rank, !is_verified(&known.who))
        });
        Ok(known)
    }

    /// The recipients of an identity. Those that are no longer in use open files, but prove nothing
    /// about who else does.
    fn own_keys(
        &self,
        name: &Name,
        identity: &StoredIdentity,
    ) -> Result<Vec<(AnyRecipient, KeyStatus)>, KeyringError> {
        let in_use: Vec<String> = identity
            .in_use(name)?
            .iter()
            .map(ToString::to_string)
            .collect();
        let signing_key = identity.signing_key();
        let status = |recipient: &AnyRecipient| {
            let status = if in_use.contains(&recipient.to_string()) {
                KeyStatus::Current
            } else {
                KeyStatus::Former { replaced: None }
            };
            self.unless_revoked(signing_key.as_ref(), status)
        };
        let recipients = identity.parsed(name)?.into_iter();
        Ok(recipients
            .map(|recipient| {
                let status = status(&recipient);
                (recipient, status)
            })
            .collect())
    }

    /// The owner of a signing key, if it is known. If several contacts have it, the one with the
    /// best status counts, then a verified one.
    ///
    /// # Errors
    /// A keyring that cannot be opened.
    pub(crate) fn signer(&self, key: &SigningKey) -> Result<Option<KnownSigner>, KeyringError> {
        if let Some(own) = self.own_signer(key)? {
            return Ok(Some(own));
        }
        let mut found: Vec<KnownSigner> = Vec::new();
        for (name, contact) in self.all_containing::<Contact>(&[&key.to_string()])? {
            let Ok(contact) = contact else { continue };
            if self.refuse_ambiguous(&name).is_err() {
                continue;
            }
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

    /// The keys of contacts that were removed, who can still open what they could open before.
    pub(crate) fn removed_keys(&self) -> Result<Vec<KnownKey>, KeyringError> {
        let mut keys = Vec::new();
        for (name, contact) in self.readable::<Contact>()? {
            let Some(removed) = &contact.removed else {
                continue;
            };
            let former = contact.former.iter().flat_map(|former| &former.recipients);
            let texts = contact.recipients.iter().chain(former);
            keys.extend(
                texts
                    .filter_map(|text| text.parse().ok())
                    .map(|recipient| KnownKey {
                        who: PersonName::Contact {
                            name: name.clone(),
                            verified: false,
                            expired: None,
                        },
                        recipient,
                        status: KeyStatus::Former {
                            replaced: Some(Untrusted::new(removed.as_str())),
                        },
                    }),
            );
        }
        Ok(keys)
    }

    /// The signing key of each current recipient: those of usable contacts and of the user's
    /// identities.
    ///
    /// # Errors
    /// A keyring that cannot be opened.
    pub(crate) fn signing_keys(&self) -> Result<HashMap<String, SigningKey>, KeyringError> {
        let mut keys = HashMap::new();
        for (name, contact) in self.readable_contacts()? {
            if let Some(key) = contact.signing_key()
                && self.refuse_unusable(&name, &contact).is_ok()
            {
                let recipients = contact.recipients.iter();
                keys.extend(recipients.map(|recipient| (recipient.clone(), *key)));
            }
        }
        for (name, identity) in self.own_identities()? {
            if let (Some(key), Ok(recipients)) = (identity.signing_key(), identity.parsed(&name)) {
                let recipients = recipients.iter();
                keys.extend(recipients.map(|recipient| (recipient.to_string(), key)));
            }
        }
        Ok(keys)
    }

    /// The errors of identities and contacts that cannot be read, or whose name is shared.
    ///
    /// # Errors
    /// A keyring that cannot be opened.
    pub(crate) fn unreadable(&self) -> Result<Vec<KeyringError>, KeyringError> {
        let identities = self.all::<StoredIdentity>()?.into_iter();
        let identities = identities.filter_map(|(_, found)| found.err());
        let contacts = self.all_contacts()?.into_iter();
        let contacts = contacts.filter_map(|(_, found)| found.err());
        Ok(identities.chain(contacts).collect())
    }

    /// Returns all contacts, in order of their names. One that shares its name with an identity or a
    /// group is an error, like one that cannot be read.
    ///
    /// # Errors
    /// A keyring that cannot be opened.
    pub(crate) fn all_contacts(&self) -> Result<Vec<Found<Contact>>, KeyringError> {
        let shared = self.names_besides_contacts()?;
        let mut contacts = self.all::<Contact>()?;
        for (name, found) in &mut contacts {
            if found.is_ok()
                && shared.contains(&name.likeness())
                && let Err(error) = self.refuse_ambiguous(name)
            {
                *found = Err(error);
            }
        }
        Ok(contacts)
    }

    fn readable<E: Entry>(&self) -> Result<Vec<(Name, E)>, KeyringError> {
        Ok(self
            .all::<E>()?
            .into_iter()
            .filter_map(|(name, found)| Some((name, self.noting(found)?)))
            .collect())
    }

    /// The readable contacts that were not removed and share their name with nothing.
    fn readable_contacts(&self) -> Result<Vec<(Name, Contact)>, KeyringError> {
        let shared = self.names_besides_contacts()?;
        let mut contacts = self.readable::<Contact>()?;
        contacts.retain(|(_, contact)| contact.removed.is_none());
        let mut found = Vec::new();
        for (name, contact) in contacts {
            if !shared.contains(&name.likeness()) || !self.is_ambiguous(&name)? {
                found.push((name, contact));
            }
        }
        Ok(found)
    }

    /// What the names of identities and groups look like, and that of oneself. Most contacts are
    /// ruled out with them, without a look into folders for each.
    fn names_besides_contacts(&self) -> Result<HashSet<String>, KeyringError> {
        let identities = self.names(EntryKind::Identity)?;
        let groups = self.names(EntryKind::Group)?;
        Ok(identities
            .iter()
            .chain(&groups)
            .map(Name::likeness)
            .chain([Name::likeness_of_oneself()])
            .collect())
    }

    fn own_signer(&self, key: &SigningKey) -> Result<Option<KnownSigner>, KeyringError> {
        let identities = self.own_identities()?.into_iter();
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
        key: &SigningKey,
        name: &Name,
        contact: &Contact,
    ) -> KnownSigner {
        let (card, status): (Option<&Card>, KeyStatus) = match role {
            SigningKeyRole::Pinned => {
                let status = self.noting(self.status(contact));
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
    fn unless_revoked(&self, key: Option<&SigningKey>, status: KeyStatus) -> KeyStatus {
        match key.map(|key| self.noting(self.revocation(key))) {
            None | Some(Some(None)) => status,
            Some(Some(Some(_)) | None) => KeyStatus::Revoked,
        }
    }
}

/// Gives each key that occurs more than once its worst status.
fn take_worst_status(known: &mut [KnownKey]) {
    let mut worst: HashMap<String, KeyStatus> = HashMap::new();
    for key in known.iter() {
        let worst = worst
            .entry(key.recipient.to_string())
            .or_insert_with(|| key.status.clone());
        if key.status.rank() > worst.rank() {
            *worst = key.status.clone();
        }
    }
    for key in known {
        if let Some(worst) = worst.get(&key.recipient.to_string()) {
            key.status = worst.clone();
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
