//! What a person decides about somebody's keys: checked, kept, taken, removed, revoked.
//!
//! Nothing here happens by itself. How keys come in is for `trust`.

use crate::card;
use crate::keyring::change::Transaction;
use crate::keyring::entry::{Contact, EntryKind, StoredIdentity, StoredRevocation};
use crate::keyring::error::KeyringError;
use crate::keyring::facts::{VerificationCode, as_text, of_key, typed_length};
use crate::keyring::name::Name;
use crate::keyring::store::parse_recipients;
use crate::keyring::trust::key_of;

/// How other keys are taken for the right ones.
#[derive(Clone, Copy)]
pub(crate) enum Acceptance<'a> {
    /// By this number or check value, which somebody read out and somebody typed.
    Checked(&'a str),
    Unchecked,
}

/// Whom a revocation concerns.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct AffectedContact {
    pub(crate) name: Name,
    pub(crate) role: SigningKeyRole,
}

/// What a signing key is to a contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SigningKeyRole {
    Pinned,
    /// It came, and is not in force.
    Waiting,
    Former,
    /// Former, and nothing but its word stands for the pinned one.
    Vouching,
}

impl Contact {
    /// What a signing key is to this contact, the pinned one first.
    pub(super) fn role(&self, key: &[u8; 32]) -> Option<SigningKeyRole> {
        let others = self.changed.iter().chain(&self.conflict);
        let text = as_text(key);
        let former = |vouching: bool| {
            let mut all = self
                .former
                .iter()
                .filter(|former| former.signing_key.as_ref() == Some(&text));
            all.any(|former| former.vouched == vouching)
        };
        if self.signing_key() == Some(key) {
            Some(SigningKeyRole::Pinned)
        } else if others
            .into_iter()
            .any(|other| key_of(other).as_ref() == Some(key))
        {
            Some(SigningKeyRole::Waiting)
        } else if former(true) {
            Some(SigningKeyRole::Vouching)
        } else {
            former(false).then_some(SigningKeyRole::Former)
        }
    }
}

impl Transaction<'_> {
    /// Notes that the number was read out and typed, if it is the right one.
    ///
    /// # Errors
    /// [`KeyringError::WrongCheck`]; [`KeyringError::Changed`] before it is decided which keys are meant, [`KeyringError::Revoked`].
    pub(crate) fn verify_contact(
        &mut self,
        name: &Name,
        typed: &str,
        on: String,
    ) -> Result<(), KeyringError> {
        let mut contact = self.keyring().contact(name)?;
        self.keyring().verifiable(name, &contact)?;
        let check = contact.check(name)?;
        if !check.agrees(typed) {
            let (number, typed) = (check.is_number(), typed_length(typed));
            return Err(KeyringError::WrongCheck {
                name: name.clone(),
                pinned: false,
                number,
                typed,
            });
        }
        contact.checked(on);
        self.put(name, &contact);
        Ok(())
    }

    /// Keeps the pinned keys, and forgets those that came later.
    ///
    /// # Errors
    /// [`KeyringError::NotChanged`].
    pub(crate) fn keep_pinned(&mut self, name: &Name) -> Result<(), KeyringError> {
        let mut contact = self.keyring().contact(name)?;
        match (contact.changed.take(), contact.conflict.take()) {
            (None, None) => Err(KeyringError::NotChanged { name: name.clone() }),
            _ => {
                self.put(name, &contact);
                Ok(())
            }
        }
    }

    /// Puts the keys that came later in the place of the pinned ones; of two cards of one serial, the other.
    ///
    /// # Errors
    /// [`KeyringError::NotChanged`], [`KeyringError::WrongCheck`], [`KeyringError::Own`], [`KeyringError::Revoked`], [`KeyringError::Shared`]; and
    /// [`KeyringError::Older`] where a newer card came after the two, or for another name.
    pub(crate) fn take_changed(
        &mut self,
        name: &Name,
        acceptance: Acceptance<'_>,
        on: String,
    ) -> Result<(), KeyringError> {
        let mut contact = self.keyring().contact(name)?;
        let check = contact.check(name)?;
        let changed = contact.changed.take();
        let is_conflict = changed.is_none();
        let Some(mut other) = changed.or_else(|| contact.conflict.take()) else {
            return Err(KeyringError::NotChanged { name: name.clone() });
        };
        let card = other.card.as_ref().map(|card| card.says().clone());
        let recipients = match &card {
            Some(card) => card.recipients(),
            None => parse_recipients(&other.recipients, EntryKind::Contact, name)?,
        };
        self.keyring().refuse_own(&recipients, card.as_ref())?;
        if let Some(card) = &card {
            self.keyring()
                .refuse_revoked(card.signing_key(), Some(name))?;
            self.keyring().refuse_shared(card, Some(name))?;
            self.keyring().refuse_older(card, name)?;
        }
        other.recipients = super::trust::texts(&recipients);
        let theirs = VerificationCode::of(card.as_ref(), &other.recipients);
        if let Acceptance::Checked(typed) = acceptance
            && !theirs.agrees(typed)
        {
            let (pinned, number, typed) =
                (check.agrees(typed), theirs.is_number(), typed_length(typed));
            return Err(KeyringError::WrongCheck {
                name: name.clone(),
                pinned,
                number,
                typed,
            });
        }
        match (is_conflict, contact.says(), &card) {
            (true, Some(pinned), Some(card)) => {
                if card.serial() < pinned.serial() {
                    let on = bulla_age::untrusted::Untrusted::new(pinned.created());
                    return Err(KeyringError::Older {
                        name: Some(name.clone()),
                        on,
                    });
                }
                contact.take_other(other, &on);
            }
            _ => contact.pin(other, on.clone()),
        }
        if matches!(acceptance, Acceptance::Checked(_)) {
            contact.checked(on);
        }
        self.put(name, &contact);
        Ok(())
    }

    /// Leaves a tombstone, and takes the name out of the groups that have it; gives these.
    pub(crate) fn remove_contact(
        &mut self,
        name: &Name,
        on: String,
    ) -> Result<Vec<Name>, KeyringError> {
        let mut contact = self.keyring().contact(name)?;
        let groups = self.drop_from_groups(name)?;
        contact.removed = Some(on);
        self.put(name, &contact);
        Ok(groups)
    }

    /// Keeps the word of a signing key that it is not to be believed any more, for all who have it and all who will; gives
    /// those who have it now.
    ///
    /// # Errors
    /// [`KeyringError::OwnRevocation`] where it is one's own key.
    pub(crate) fn revoke(
        &mut self,
        revocation: card::Revocation,
        on: String,
        source: String,
    ) -> Result<Vec<AffectedContact>, KeyringError> {
        let key = *revocation.signing_key();
        let text = as_text(&key);
        for (identity, own) in self.keyring().all::<StoredIdentity>()? {
            if own?.signing_key.as_ref() == Some(&text) {
                return Err(KeyringError::OwnRevocation { identity });
            }
        }
        let worse = |known: &StoredRevocation| {
            severity(revocation.reason()) > severity(known.says().reason())
        };
        if self.keyring().revocation(&key)?.as_ref().is_none_or(worse) {
            self.put(
                &of_key(&key),
                &StoredRevocation::new(revocation, on, source),
            );
        }
        let mut covered = Vec::new();
        for (name, contact) in self.keyring().all_with::<Contact>(&[&text])? {
            let Ok(contact) = contact else { continue };
            if let Some(role) = contact.role(&key).filter(|_| contact.removed.is_none()) {
                covered.push(AffectedContact { name, role });
            }
        }
        Ok(covered)
    }
}

/// Which of two reasons is told: all end the key.
fn severity(reason: card::Reason) -> u8 {
    match reason {
        card::Reason::Retired => 0,
        card::Reason::Lost => 1,
        // It counts as compromised.
        card::Reason::Unspecified => 2,
        card::Reason::Compromised => 3,
    }
}
