//! What happens to a contact's keys: when keys arrive, and when the user decides about them
//! (formats.md, section 5).
//!
//! [`decide`] is the table for keys that arrive: whether they are accepted, set aside or refused.
//! The rest carries out its decisions and those of the user.

use crate::card::{Card, Reason, Revocation};
use crate::keyring::checks::CardAge;
use crate::keyring::contact::{Contact, SigningKeyRole, WaitingKeys, is_same_set, recipient_texts};
use crate::keyring::entry::EntryKind;
use crate::keyring::error::KeyringError;
use crate::keyring::identity::StoredIdentity;
use crate::keyring::name::Name;
use crate::keyring::revocation::{StoredRevocation, file_name};
use crate::keyring::store::{Keyring, parse_recipients};
use crate::keyring::transaction::{Transaction, refuse_oneself};
use crate::keyring::verification::VerificationCode;
use bulla_age::AnyRecipient;
use bulla_age::signing::SigningKey;
use bulla_age::untrusted::Untrusted;

/// Keys that someone gave the user, with their origin.
pub(crate) struct ReceivedKeys {
    pub(crate) recipients: Vec<AnyRecipient>,
    /// The card, if they came in one. The recipients are then those of the card.
    pub(crate) card: Option<Card>,
    pub(crate) on: String,
    pub(crate) source: String,
}

/// The result of adding keys.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum AddOutcome {
    /// The contact is new.
    Pinned,
    /// The contact had been removed.
    PinnedAgain(Tombstone),
    /// Nothing changes: these are the pinned keys.
    Same,
    /// A newer card of the same signing key. The verification stays.
    Renewed {
        /// Whether it has other encryption keys.
        keys: bool,
    },
    /// A new signing key that the pinned one vouches for. The pinned one was never verified, so the
    /// new one is pinned.
    Succeeded,
    /// Other keys, which are set aside. The pinned ones are kept.
    SetAside {
        /// The day other keys arrived, if these replace them.
        instead_of: Option<Untrusted>,
        /// Whether the pinned signing key, which was verified, vouches for them.
        vouched: bool,
        /// The day on which their signing key was replaced, if it was once the pinned one.
        replaced: Option<Untrusted>,
    },
}

/// What was known of a contact that had been removed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Tombstone {
    pub(crate) removed: Untrusted,
    /// The code of its keys, unless the user must still type it: for the same keys, never verified.
    pub(crate) code: Option<VerificationCode>,
    /// Whether its keys are those that arrived now.
    pub(crate) same: bool,
}

/// How other keys are accepted.
#[derive(Clone, Copy)]
pub(crate) enum Acceptance<'a> {
    /// By the safety number or check value that the user typed.
    Verified(&'a str),
    Unverified,
}

/// A contact that has a revoked key.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct AffectedContact {
    pub(crate) name: Name,
    pub(crate) role: SigningKeyRole,
}

/// A contact at the time keys arrive for it.
#[derive(Clone, Copy)]
enum State {
    Removed,
    Unverified,
    Verified,
}

/// How the keys that arrived relate to the pinned ones.
enum Relation {
    /// The pinned keys, without a card.
    PinnedKeys,
    /// Other keys, without a card.
    OtherKeys,
    /// A card of the pinned signing key.
    SameSigningKey(CardAge),
    /// A card of another signing key, and the chain of keys by which the pinned one vouches for it.
    Vouched(Vec<SigningKey>),
    /// A card of any other signing key.
    OtherSigningKey,
}

/// What to do with keys that arrived.
enum Decision {
    PinAgain,
    Nothing,
    Renew,
    Succeed(Vec<SigningKey>),
    SetAside { vouched: bool },
    Refuse(CardAge),
}

/// The table: what is pinned, set aside or refused. Keys for a new name are always pinned.
///
/// It applies to keys that passed the checks: they are neither the user's own nor revoked, no other
/// contact has them under another signing key, and no other contact has a newer card.
fn decide(state: State, relation: Relation) -> Decision {
    use CardAge::{Newer, Older, Same, SameSerial};
    use Relation::{OtherKeys, OtherSigningKey, PinnedKeys, SameSigningKey, Vouched};
    use State::{Removed, Unverified, Verified};
    match (state, relation) {
        (_, SameSigningKey(age @ (Older | SameSerial))) => Decision::Refuse(age),
        (Removed, _) => Decision::PinAgain,
        (_, PinnedKeys | SameSigningKey(Same)) => Decision::Nothing,
        (_, SameSigningKey(Newer)) => Decision::Renew,
        (Unverified, Vouched(chain)) => Decision::Succeed(chain),
        (Verified, Vouched(_)) => Decision::SetAside { vouched: true },
        (_, OtherKeys | OtherSigningKey) => Decision::SetAside { vouched: false },
    }
}

impl ReceivedKeys {
    /// The keys of a card.
    pub(crate) fn of_card(card: Card, on: String, source: String) -> Self {
        Self {
            recipients: card.recipients(),
            card: Some(card),
            on,
            source,
        }
    }

    fn texts(&self) -> Vec<String> {
        recipient_texts(&self.recipients)
    }

    fn into_waiting(self) -> WaitingKeys {
        WaitingKeys::new(self.texts(), self.card, self.on, self.source)
    }

    /// How these keys relate to those of a contact.
    fn relation(
        &self,
        keyring: &Keyring,
        name: &Name,
        contact: &Contact,
    ) -> Result<Relation, KeyringError> {
        Ok(match (&self.card, contact.card()) {
            (None, _) if contact.has_pinned(name, &self.texts())? => Relation::PinnedKeys,
            (None, _) => Relation::OtherKeys,
            (Some(_), None) => Relation::OtherSigningKey,
            (Some(card), Some(pinned)) if card.signing_key() == pinned.signing_key() => {
                Relation::SameSigningKey(CardAge::of(card, pinned))
            }
            (Some(_), Some(_)) if contact.removed.is_some() => Relation::OtherSigningKey,
            (Some(card), Some(pinned)) => {
                match keyring.vouching_chain(pinned.signing_key(), card)? {
                    Some(chain) => Relation::Vouched(chain),
                    None => Relation::OtherSigningKey,
                }
            }
        })
    }
}

/// Keys arrive.
impl Transaction<'_> {
    /// Adds keys for a name.
    ///
    /// # Errors
    /// [`KeyringError::Own`], [`KeyringError::Taken`], [`KeyringError::Damaged`],
    /// [`KeyringError::Revoked`], [`KeyringError::OtherSuccessor`]; for a card also
    /// [`KeyringError::Shared`], [`KeyringError::Older`] and [`KeyringError::SameSerial`].
    pub(crate) fn add_contact(
        &mut self,
        name: &Name,
        keys: ReceivedKeys,
    ) -> Result<AddOutcome, KeyringError> {
        let keyring = self.keyring();
        keyring.refuse_own(&keys.recipients, keys.card.as_ref())?;
        if let Some(card) = &keys.card {
            keyring.refuse_revoked(card.signing_key(), None)?;
            keyring.refuse_shared(card, Some(name))?;
        }
        let Some((known, mut contact)) = self.contact_like(name)? else {
            self.refuse_because_of_others(name, &keys)?;
            let mut contact = Contact::new(keys.texts(), keys.on.clone(), keys.source.clone());
            if let Some(card) = keys.card {
                contact.renew(card, keys.on);
            }
            self.put(name, &contact);
            return Ok(AddOutcome::Pinned);
        };
        let state = match (&contact.removed, &contact.verified) {
            (Some(_), _) => State::Removed,
            (None, None) => State::Unverified,
            (None, Some(_)) => State::Verified,
        };
        let relation = keys.relation(keyring, &known, &contact)?;
        let is_same = match relation {
            Relation::PinnedKeys => contact.card().is_none(),
            Relation::SameSigningKey(_) => true,
            _ => false,
        };
        let decision = decide(state, relation);
        if let (Decision::Refuse(age), Some(pinned)) = (&decision, contact.card()) {
            age.refuse_superseded(name, pinned)?;
        }
        if matches!(decision, Decision::Nothing) {
            return Ok(AddOutcome::Same);
        }
        self.refuse_because_of_others(name, &keys)?;
        let on = keys.on.clone();
        let outcome = match decision {
            Decision::Nothing | Decision::Refuse(_) => AddOutcome::Same,
            Decision::PinAgain => {
                let code = contact.verification_code(&known)?;
                let tombstone = Tombstone {
                    removed: Untrusted::new(contact.removed.as_deref().unwrap_or_default()),
                    code: (!is_same || contact.verified.is_some()).then_some(code),
                    same: is_same,
                };
                if known != *name {
                    self.remove(EntryKind::Contact, &known);
                }
                contact.pin(keys.into_waiting(), on);
                AddOutcome::PinnedAgain(tombstone)
            }
            Decision::Renew => {
                let has_other_keys = !is_same_set(&contact.recipients, &keys.texts());
                if let Some(card) = keys.card {
                    contact.renew(card, on);
                }
                AddOutcome::Renewed {
                    keys: has_other_keys,
                }
            }
            Decision::Succeed(chain) => {
                contact.succeed(keys.into_waiting(), on, &chain);
                AddOutcome::Succeeded
            }
            Decision::SetAside { vouched } => {
                self.refuse_other_successor(name, &contact, &keys)?;
                set_aside(name, &mut contact, keys, vouched)?
            }
        };
        self.put(name, &contact);
        Ok(outcome)
    }

    /// Refuses a card that another contact has a newer one of, and bare keys that belong to a
    /// revoked signing key.
    fn refuse_because_of_others(
        &self,
        name: &Name,
        keys: &ReceivedKeys,
    ) -> Result<(), KeyringError> {
        match &keys.card {
            Some(card) => self.keyring().refuse_superseded(card, name),
            None => self.keyring().refuse_under_revoked(&keys.recipients),
        }
    }

    /// Refuses keys that would take the place of a successor that waits and that the pinned key
    /// vouches for. The first one that arrives counts: whoever steals the key later can sign
    /// another succession, but not take the first one back.
    fn refuse_other_successor(
        &self,
        name: &Name,
        contact: &Contact,
        keys: &ReceivedKeys,
    ) -> Result<(), KeyringError> {
        let Some((pinned, waiting)) = contact.signing_key().zip(contact.changed.as_ref()) else {
            return Ok(());
        };
        let Some(first) = waiting.card() else {
            return Ok(());
        };
        if self.keyring().vouching_chain(pinned, first)?.is_none() {
            return Ok(());
        }
        let continues = match &keys.card {
            None => false,
            Some(card) if card.signing_key() == first.signing_key() => true,
            Some(card) => {
                let chain = self.keyring().vouching_chain(first.signing_key(), card)?;
                chain.is_some()
            }
        };
        if continues {
            return Ok(());
        }
        Err(KeyringError::OtherSuccessor {
            name: name.clone(),
            on: Untrusted::new(waiting.on.as_str()),
        })
    }

    /// The contact of this name, or a tombstone whose name differs only in case.
    fn contact_like(&self, name: &Name) -> Result<Option<(Name, Contact)>, KeyringError> {
        self.keyring().refuse_ambiguous(name)?;
        if let Some(contact) = self.keyring().find::<Contact>(name)? {
            return Ok(Some((name.clone(), contact)));
        }
        let Some((kind, found)) = self.keyring().taken(name)? else {
            refuse_oneself(EntryKind::Contact, name)?;
            return Ok(None);
        };
        let contact = match kind {
            EntryKind::Contact if name.differs_in_case(&found) => {
                self.keyring().find::<Contact>(&found)?
            }
            EntryKind::Contact => None,
            EntryKind::Group | EntryKind::Identity | EntryKind::Revocation => None,
        };
        match contact.filter(|contact| contact.removed.is_some()) {
            Some(tombstone) => Ok(Some((found, tombstone))),
            None if name.differs_in_case(&found) => Err(KeyringError::Taken { name: found, kind }),
            None => Err(KeyringError::LooksLike {
                name: name.clone(),
                other: found,
                kind,
            }),
        }
    }
}

/// Sets keys aside until the user decides. They replace others that wait, unless those are of a
/// newer card.
fn set_aside(
    name: &Name,
    contact: &mut Contact,
    keys: ReceivedKeys,
    vouched: bool,
) -> Result<AddOutcome, KeyringError> {
    let replaced = keys
        .card
        .as_ref()
        .and_then(|card| contact.replaced(card.signing_key()));
    let outcome = |instead_of| AddOutcome::SetAside {
        instead_of,
        vouched,
        replaced,
    };
    let Some(waiting) = &contact.changed else {
        contact.changed = Some(keys.into_waiting());
        return Ok(outcome(None));
    };
    match (waiting.card(), &keys.card) {
        (Some(known), Some(card)) if known.signing_key() == card.signing_key() => {
            match CardAge::of(card, known) {
                CardAge::Same => {}
                CardAge::Newer => contact.changed = Some(keys.into_waiting()),
                CardAge::Older => {
                    return Err(KeyringError::Older {
                        name: None,
                        on: Untrusted::new(waiting.on.as_str()),
                    });
                }
                CardAge::SameSerial => {
                    return Err(KeyringError::SameSerial { name: name.clone() });
                }
            }
            Ok(outcome(None))
        }
        (None, None) if is_same_set(&waiting.recipients, &keys.texts()) => Ok(outcome(None)),
        _ => {
            let instead_of = Untrusted::new(waiting.on.as_str());
            contact.changed = Some(keys.into_waiting());
            Ok(outcome(Some(instead_of)))
        }
    }
}

/// The user decides.
impl Transaction<'_> {
    /// Marks a contact as verified, if the user typed the right code.
    ///
    /// # Errors
    /// [`KeyringError::WrongCode`]; [`KeyringError::Changed`] before the user decided which keys
    /// are right; [`KeyringError::Revoked`].
    pub(crate) fn verify_contact(
        &mut self,
        name: &Name,
        typed: &str,
        on: String,
    ) -> Result<(), KeyringError> {
        let mut contact = self.keyring().contact(name)?;
        self.keyring().refuse_unverifiable(name, &contact)?;
        let code = contact.verification_code(name)?;
        if !code.matches(typed) {
            return Err(KeyringError::WrongCode {
                name: name.clone(),
                safety_number: code.is_safety_number(),
                pinned: false,
                typed: code.digits_of(typed),
            });
        }
        contact.set_verified(on);
        self.put(name, &contact);
        Ok(())
    }

    /// Keeps the pinned keys and drops those that wait.
    ///
    /// # Errors
    /// [`KeyringError::NotChanged`].
    pub(crate) fn keep_pinned(&mut self, name: &Name) -> Result<(), KeyringError> {
        let mut contact = self.keyring().contact(name)?;
        if contact.changed.take().is_none() {
            return Err(KeyringError::NotChanged { name: name.clone() });
        }
        self.put(name, &contact);
        Ok(())
    }

    /// Pins the keys that wait, instead of the pinned ones.
    ///
    /// # Errors
    /// [`KeyringError::NotChanged`], [`KeyringError::WrongCode`], [`KeyringError::Own`],
    /// [`KeyringError::Revoked`], [`KeyringError::Shared`]; [`KeyringError::Older`] and
    /// [`KeyringError::SameSerial`] because of the card of another contact.
    pub(crate) fn accept_changed(
        &mut self,
        name: &Name,
        acceptance: Acceptance<'_>,
        on: String,
    ) -> Result<(), KeyringError> {
        let mut contact = self.keyring().contact(name)?;
        let pinned_code = contact.verification_code(name)?;
        let Some(mut waiting) = contact.changed.take() else {
            return Err(KeyringError::NotChanged { name: name.clone() });
        };
        let recipients = match waiting.card() {
            Some(card) => card.recipients(),
            None => parse_recipients(&waiting.recipients, EntryKind::Contact, name)?,
        };
        self.keyring().refuse_own(&recipients, waiting.card())?;
        if let Some(card) = waiting.card() {
            self.keyring()
                .refuse_revoked(card.signing_key(), Some(name))?;
            self.keyring().refuse_shared(card, Some(name))?;
            self.keyring().refuse_superseded(card, name)?;
        }
        waiting.recipients = recipient_texts(&recipients);
        let code = waiting.verification_code();
        if let Acceptance::Verified(typed) = acceptance
            && !code.matches(typed)
        {
            return Err(KeyringError::WrongCode {
                name: name.clone(),
                safety_number: code.is_safety_number(),
                pinned: pinned_code.matches(typed),
                typed: code.digits_of(typed),
            });
        }
        contact.pin(waiting, on.clone());
        if matches!(acceptance, Acceptance::Verified(_)) {
            contact.set_verified(on);
        }
        self.put(name, &contact);
        Ok(())
    }

    /// Removes a contact, but keeps a tombstone. Also removes the name from all groups; returns
    /// these groups.
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

    /// Stores the revocation of a signing key, which applies to all contacts that have or will have
    /// it. Returns those that have it now.
    ///
    /// # Errors
    /// [`KeyringError::OwnRevocation`] if it is the user's own key.
    pub(crate) fn revoke(
        &mut self,
        revocation: Revocation,
        on: String,
        source: String,
    ) -> Result<Vec<AffectedContact>, KeyringError> {
        let key = *revocation.signing_key();
        let half = key.ed25519();
        for (identity, own) in self.keyring().all::<StoredIdentity>()? {
            if own?.signing_key().is_some_and(|own| own.ed25519() == half) {
                return Err(KeyringError::OwnRevocation { identity });
            }
        }
        let is_worse = |known: &StoredRevocation| {
            severity(revocation.reason()) > severity(known.revocation().reason())
        };
        let known = self.keyring().revocation(&key)?;
        if known.as_ref().is_none_or(is_worse) {
            let stored = StoredRevocation::new(revocation, on, source);
            self.put(&file_name(half), &stored);
        }
        let mut affected = Vec::new();
        for (name, contact) in self
            .keyring()
            .all_containing::<Contact>(&[&key.ed25519_text()])?
        {
            let Ok(contact) = contact else { continue };
            if let Some(role) = contact
                .role_of_half(half)
                .filter(|_| contact.removed.is_none())
            {
                affected.push(AffectedContact { name, role });
            }
        }
        Ok(affected)
    }
}

/// Orders the reasons for a revocation: the worst one is kept. All of them end the key.
fn severity(reason: Reason) -> u8 {
    match reason {
        Reason::Retired => 0,
        Reason::Lost => 1,
        // No reason counts as compromised.
        Reason::Unspecified => 2,
        Reason::Compromised => 3,
    }
}

#[cfg(test)]
#[path = "../../tests/unit/keyring/trust.rs"]
mod tests;
