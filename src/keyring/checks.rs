//! Every reason why a key may not be used: its contact was removed, it was revoked, other keys
//! arrived, its card was superseded, it belongs to someone else.
//!
//! Each check is a method of the keyring that returns the reason as an error.

use std::collections::BTreeSet;

use crate::card::Card;
use crate::keyring::contact::{Contact, SigningKeyRole, as_set, recipient_texts};
use crate::keyring::error::{KeyChange, KeyringError, RevokedKey};
use crate::keyring::identity::StoredIdentity;
use crate::keyring::name::{Name, PersonName};
use crate::keyring::store::Keyring;
use bulla_age::signing::SigningKey;
use bulla_age::untrusted::Untrusted;
use bulla_age::{AnyRecipient, signing};

/// Four independent facts about a contact's keys; none hides another (formats.md, section 5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ContactStatus {
    /// The day on which the keys were verified.
    pub(crate) verified: Option<Untrusted>,
    /// Other keys arrived and were set aside.
    pub(crate) changed: Option<ChangedKeys>,
    pub(crate) revoked: Option<RevokedKey>,
    /// The day on which the card expired.
    pub(crate) expired: Option<Untrusted>,
}

/// Other keys that arrived for a contact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ChangedKeys {
    pub(crate) on: Untrusted,
    /// Whether the pinned signing key vouches for them, through no key that was revoked.
    pub(crate) vouched: bool,
}

/// One contact.
impl Keyring {
    /// The status of a contact's keys.
    ///
    /// # Errors
    /// [`KeyringError::Damaged`] if a relevant revocation cannot be read.
    pub(crate) fn status(&self, contact: &Contact) -> Result<ContactStatus, KeyringError> {
        let changed = match &contact.changed {
            None => None,
            Some(waiting) => {
                let vouched = match (contact.signing_key(), waiting.card()) {
                    (Some(pinned), Some(card)) => self.vouching_chain(pinned, card)?.is_some(),
                    _ => false,
                };
                Some(ChangedKeys {
                    on: Untrusted::new(waiting.on.as_str()),
                    vouched,
                })
            }
        };
        Ok(ContactStatus {
            verified: contact.verified.as_deref().map(Untrusted::new),
            changed,
            revoked: self.revoked_key_of(contact)?,
            expired: contact.expired(),
        })
    }

    /// Refuses a contact whose keys must not be used now.
    ///
    /// # Errors
    /// [`KeyringError::Removed`], [`KeyringError::Revoked`], [`KeyringError::Changed`].
    pub(crate) fn refuse_unusable(
        &self,
        name: &Name,
        contact: &Contact,
    ) -> Result<(), KeyringError> {
        contact.refuse_removed(name)?;
        let status = self.status(contact)?;
        if let Some(revoked) = status.revoked {
            return Err(KeyringError::Revoked {
                name: Some(name.clone()),
                revoked,
                waiting: status.changed.is_some(),
            });
        }
        let Some(ChangedKeys { on, vouched }) = status.changed else {
            return Ok(());
        };
        Err(KeyringError::Changed {
            name: name.clone(),
            change: Box::new(KeyChange {
                vouched,
                code: contact.code_to_show(name)?,
                added: Untrusted::new(contact.added.as_str()),
                on,
            }),
        })
    }

    /// Refuses a contact that cannot be verified now: before the user decided which keys are right,
    /// or if the key was revoked. If only a former, vouching key was revoked, the contact can be
    /// verified: that is the way out.
    ///
    /// # Errors
    /// [`KeyringError::Changed`], [`KeyringError::Revoked`].
    pub(crate) fn refuse_unverifiable(
        &self,
        name: &Name,
        contact: &Contact,
    ) -> Result<(), KeyringError> {
        match self.refuse_unusable(name, contact) {
            Err(KeyringError::Revoked {
                revoked,
                waiting: false,
                ..
            }) if revoked.former => Ok(()),
            other => other,
        }
    }

    /// The signing keys between a pinned one and a card's, starting with the pinned one, if each
    /// vouches for the next and none was revoked.
    pub(super) fn vouching_chain(
        &self,
        pinned: &SigningKey,
        card: &Card,
    ) -> Result<Option<Vec<SigningKey>>, KeyringError> {
        let successions = card.successions();
        let Some(start) = successions.iter().position(|step| step.old == *pinned) else {
            return Ok(None);
        };
        let (mut chain, mut last) = (Vec::new(), *pinned);
        for step in &successions[start..] {
            if step.old != last || self.revocation(&step.old)?.is_some() {
                return Ok(None);
            }
            chain.push(step.old);
            last = step.new;
        }
        let is_complete = last == *card.signing_key() && self.revocation(&last)?.is_none();
        Ok(is_complete.then_some(chain))
    }

    fn revoked_key_of(&self, contact: &Contact) -> Result<Option<RevokedKey>, KeyringError> {
        if let Some(key) = contact.signing_key()
            && let Some(found) = self.revocation(key)?
        {
            return Ok(Some(found.report(false)));
        }
        for key in contact.vouching_keys() {
            if let Some(found) = self.revocation(&key)? {
                return Ok(Some(found.report(true)));
            }
        }
        Ok(None)
    }
}

/// Keys, by whatever name or none.
impl Keyring {
    /// Refuses a revoked signing key.
    ///
    /// # Errors
    /// [`KeyringError::Revoked`].
    pub(super) fn refuse_revoked(
        &self,
        key: &SigningKey,
        name: Option<&Name>,
    ) -> Result<(), KeyringError> {
        self.refuse_revoked_half(key.ed25519(), name)
    }

    fn refuse_revoked_half(
        &self,
        ed25519: &[u8; 32],
        name: Option<&Name>,
    ) -> Result<(), KeyringError> {
        match self.revocation_of_half(ed25519)? {
            None => Ok(()),
            Some(found) => Err(KeyringError::Revoked {
                name: name.cloned(),
                revoked: found.report(false),
                waiting: false,
            }),
        }
    }

    /// Refuses keys in doubt: those of a contact for whom other keys arrived, those other keys, and
    /// keys of revoked signing keys. Unreadable files of other contacts are skipped.
    ///
    /// # Errors
    /// [`KeyringError::Changed`], [`KeyringError::Revoked`].
    pub(crate) fn refuse_in_doubt(&self, recipients: &[AnyRecipient]) -> Result<(), KeyringError> {
        if recipients.is_empty() {
            return Ok(());
        }
        let keys = recipient_texts(recipients);
        let keys = as_set(&keys);
        let revoked: Vec<String> = self
            .revoked_keys()?
            .iter()
            .map(|key| signing::text(key))
            .collect();
        let mut texts = vec!["[changed"];
        texts.extend(revoked.iter().map(String::as_str));
        for (name, contact) in self.all_containing::<Contact>(&texts)? {
            let Ok(contact) = contact else { continue };
            if contact.removed.is_none() && contact.has_pinned_or_waiting(&keys) {
                self.refuse_unusable(&name, &contact)?;
            }
        }
        self.refuse_under_revoked(recipients)
    }

    /// Refuses keys of revoked signing keys, even if the contact was removed.
    ///
    /// # Errors
    /// [`KeyringError::Revoked`].
    pub(super) fn refuse_under_revoked(
        &self,
        recipients: &[AnyRecipient],
    ) -> Result<(), KeyringError> {
        let revoked = self.revoked_keys()?;
        if revoked.is_empty() || recipients.is_empty() {
            return Ok(());
        }
        let keys = recipient_texts(recipients);
        let keys = as_set(&keys);
        let texts: Vec<String> = revoked.iter().map(|key| signing::text(key)).collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        for (name, contact) in self.all_containing::<Contact>(&texts)? {
            let Ok(contact) = contact else { continue };
            if let Some(key) = revoked.iter().find(|key| contact.has_under(key, &keys)) {
                self.refuse_revoked_half(key, Some(&name))?;
            }
        }
        Ok(())
    }

    /// Refuses the user's own keys as someone else's.
    ///
    /// # Errors
    /// [`KeyringError::Own`].
    pub(crate) fn refuse_own(
        &self,
        recipients: &[AnyRecipient],
        card: Option<&Card>,
    ) -> Result<(), KeyringError> {
        let keys = recipient_texts(recipients);
        let keys = as_set(&keys);
        for (identity, own) in self.all::<StoredIdentity>()? {
            let own = own?;
            let has_signing_key = own
                .signing_key()
                .zip(card)
                .is_some_and(|(own, card)| own.ed25519() == card.signing_key().ed25519());
            let own_keys = recipient_texts(&own.parsed(&identity)?);
            if has_signing_key || own_keys.iter().any(|own| keys.contains(own.as_str())) {
                return Err(KeyringError::Own { identity });
            }
        }
        Ok(())
    }

    /// The other contacts that have one of these keys, pinned or waiting. Unreadable files are
    /// skipped.
    pub(crate) fn also_known_as(
        &self,
        recipients: &[AnyRecipient],
        name: &Name,
    ) -> Result<Vec<Name>, KeyringError> {
        let keys = recipient_texts(recipients);
        let known = as_set(&keys);
        let has =
            |contact: &Contact| contact.removed.is_none() && contact.has_pinned_or_waiting(&known);
        let texts: Vec<&str> = keys.iter().map(String::as_str).collect();
        let mut others = BTreeSet::new();
        for (other, contact) in self.all_containing::<Contact>(&texts)? {
            if other != *name && contact.is_ok_and(|contact| has(&contact)) {
                others.insert(other);
            }
        }
        Ok(others.into_iter().collect())
    }
}

/// Cards.
impl Keyring {
    /// Refuses a card with an encryption key that another contact has under another signing key.
    /// Unreadable files are skipped.
    ///
    /// # Errors
    /// [`KeyringError::Shared`].
    pub(super) fn refuse_shared(
        &self,
        card: &Card,
        name: Option<&Name>,
    ) -> Result<(), KeyringError> {
        let keys = recipient_texts(&card.recipients());
        let texts: Vec<&str> = keys.iter().map(String::as_str).collect();
        for (other, contact) in self.all_containing::<Contact>(&texts)? {
            let Ok(contact) = contact else { continue };
            if Some(&other) == name || contact.removed.is_some() {
                continue;
            }
            let signing_keys = contact.signing_keys_over(&as_set(&keys));
            if signing_keys.iter().any(|key| key != card.signing_key()) {
                return Err(KeyringError::Shared { name: other });
            }
        }
        Ok(())
    }

    /// Refuses a card if another contact has a newer one of the same signing key, or a different
    /// one with the same serial. Unreadable files are skipped.
    ///
    /// # Errors
    /// [`KeyringError::Older`], [`KeyringError::SameSerial`].
    pub(super) fn refuse_superseded(&self, card: &Card, name: &Name) -> Result<(), KeyringError> {
        let key = card.signing_key();
        for (other, contact) in self.all_containing::<Contact>(&[&key.to_string()])? {
            let Ok(contact) = contact else { continue };
            if other == *name || contact.removed.is_some() {
                continue;
            }
            if let Some(theirs) = contact.card().filter(|theirs| theirs.signing_key() == key) {
                CardAge::of(card, theirs).refuse_superseded(&other, theirs)?;
            }
        }
        Ok(())
    }

    /// The contact whose card this one renews: its signing key is the contact's, or succeeds it.
    /// `None` if that is nobody, or if it is not certain who.
    ///
    /// # Errors
    /// A keyring that cannot be opened.
    pub(crate) fn renewed_by(&self, card: &Card) -> Result<Option<Name>, KeyringError> {
        let successions = card.successions().iter();
        let keys: Vec<_> = successions
            .map(|succession| succession.old)
            .chain([*card.signing_key()])
            .collect();
        let texts: Vec<String> = keys.iter().map(ToString::to_string).collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let contacts = self.all_containing::<Contact>(&texts)?.into_iter();
        let mut found = contacts
            .filter_map(|(name, contact)| Some((name, contact.ok()?)))
            .filter(|(_, contact)| {
                let key = contact.signing_key();
                contact.removed.is_none() && key.is_some_and(|key| keys.contains(key))
            })
            .map(|(name, _)| name)
            .filter(|name| self.refuse_ambiguous(name).is_ok());
        Ok(found.next().filter(|_| found.next().is_none()))
    }

    /// Checks a card that is used without being kept, against what is known of its signing key.
    /// Returns whose it is, if that is known and their name stands for nobody else.
    ///
    /// # Errors
    /// [`KeyringError::Revoked`], [`KeyringError::Changed`], [`KeyringError::Older`],
    /// [`KeyringError::SameSerial`], [`KeyringError::Replaced`], [`KeyringError::Shared`],
    /// [`KeyringError::Own`].
    pub(crate) fn check_card(&self, card: &Card) -> Result<Option<PersonName>, KeyringError> {
        let key = card.signing_key();
        let text = key.to_string();
        let contacts = self.all_containing::<Contact>(&[&text])?.into_iter();
        let known: Vec<(Name, Contact)> = contacts
            .filter_map(|(name, contact)| Some((name, contact.ok()?)))
            .filter(|(_, contact)| contact.removed.is_none() && contact.role(key).is_some())
            .collect();
        self.refuse_revoked(key, known.first().map(|(name, _)| name))?;
        let is_own =
            |own: &StoredIdentity| own.signing_key.as_ref().is_some_and(|own| *own == text);
        let identities = self.all::<StoredIdentity>()?.into_iter();
        let mut own = identities.filter(|(_, identity)| identity.as_ref().is_ok_and(is_own));
        if let Some((name, _)) = own.next() {
            return Ok(Some(PersonName::Identity(name)));
        }
        self.refuse_own(&card.recipients(), None)?;
        self.refuse_shared(card, None)?;
        for (name, contact) in &known {
            if let Some(SigningKeyRole::Former | SigningKeyRole::Vouching) = contact.role(key) {
                let on = contact.replaced(key);
                return Err(KeyringError::Replaced {
                    name: name.clone(),
                    on: on.unwrap_or_else(|| Untrusted::new("")),
                });
            }
            self.refuse_unusable(name, contact)?;
            if let Some(pinned) = contact.card() {
                CardAge::of(card, pinned).refuse_superseded(name, pinned)?;
            }
        }
        for (name, contact) in &known {
            if !self.is_ambiguous(name)? {
                return Ok(Some(contact.person_name(name)));
            }
        }
        Ok(None)
    }
}

/// How a card relates to a known one of the same signing key. The newest serial wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CardAge {
    Older,
    /// The very same card.
    Same,
    Newer,
    /// Another card with the same serial, which an honest owner never makes.
    SameSerial,
}

impl CardAge {
    /// A known card whose serial is ahead of the clock counts for nothing, so that it can always be
    /// replaced.
    pub(super) fn of(card: &Card, known: &Card) -> Self {
        if known.is_ahead(crate::process::clock::unix_time()) && card.text() != known.text() {
            return Self::Newer;
        }
        match card.serial().cmp(&known.serial()) {
            std::cmp::Ordering::Less => Self::Older,
            std::cmp::Ordering::Greater => Self::Newer,
            std::cmp::Ordering::Equal if card.text() == known.text() => Self::Same,
            std::cmp::Ordering::Equal => Self::SameSerial,
        }
    }

    /// Refuses a card that is neither newer than the known one of this contact nor the same.
    pub(super) fn refuse_superseded(self, name: &Name, known: &Card) -> Result<(), KeyringError> {
        match self {
            Self::Same | Self::Newer => Ok(()),
            Self::Older => Err(KeyringError::Older {
                name: Some(name.clone()),
                on: Untrusted::new(known.created()),
            }),
            Self::SameSerial => Err(KeyringError::SameSerial { name: name.clone() }),
        }
    }
}
