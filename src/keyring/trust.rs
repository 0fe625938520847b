//! What becomes of somebody else's keys when they come: pinned at first, renewed or succeeded by their own word, or kept
//! apart until somebody decides.
//!
//! Owns the rules by which keys that come change a contact's file (formats.md, section 5). It knows neither how they came
//! in nor who is asked; what is decided about them is for `decide`.

use crate::card;
use crate::keyring::change::Transaction;
use crate::keyring::entry::{Contact, EntryKind, FormerKeys, StoredCard, WaitingKeys};
use crate::keyring::error::KeyringError;
use crate::keyring::facts::{VerificationCode, as_text};
use crate::keyring::name::Name;
use bulla_age::AnyRecipient;
use bulla_age::untrusted::Untrusted;

/// Keys as they came: which, when, and from where.
pub(crate) struct ReceivedKeys {
    pub(crate) recipients: Vec<AnyRecipient>,
    /// Where they came as a card; then the recipients are the card's.
    pub(crate) card: Option<card::Card>,
    pub(crate) on: String,
    pub(crate) source: String,
}

/// What adding keys came to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum AddOutcome {
    /// The name is new.
    Pinned,
    /// The name was removed once.
    PinnedAnew(Tombstone),
    /// Nothing changes: these are the pinned keys.
    Same,
    /// A newer card by the same signing key; the check stays.
    Renewed {
        /// Whether it has other encryption keys.
        keys: bool,
    },
    /// A new signing key that the pinned one, never checked, vouches for: it is used.
    Succeeded,
    /// Other keys than the pinned ones, which stay in force.
    Changed {
        /// Where others had come before, those are forgotten.
        instead_of_those_of: Option<Untrusted>,
        /// The pinned signing key, which was checked, vouches for them.
        succeeds: bool,
        /// Their signing key was the pinned one once, until that day.
        replaced: Option<Untrusted>,
    },
    /// Another card than the pinned one, of the same signing key and serial.
    Conflict,
}

/// What a tombstone says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Tombstone {
    pub(crate) removed: Untrusted,
    /// Not told where it is what a check would ask for: the same keys, never checked.
    pub(crate) check: Option<VerificationCode>,
    pub(crate) same: bool,
}

impl ReceivedKeys {
    /// What comes as a card.
    pub(crate) fn of_card(card: card::Card, on: String, source: String) -> Self {
        Self {
            recipients: card.recipients(),
            card: Some(card),
            on,
            source,
        }
    }

    fn texts(&self) -> Vec<String> {
        texts(&self.recipients)
    }

    /// As it is kept apart.
    fn waiting(self) -> WaitingKeys {
        let recipients = self.texts();
        let card = self.card.map(|card| StoredCard::new(card, self.on.clone()));
        WaitingKeys::new(recipients, self.on, self.source).within(card)
    }
}

impl Contact {
    /// Pins these keys instead of the pinned ones, which are remembered.
    pub(super) fn pin(&mut self, came: WaitingKeys, on: String) {
        let key = came.card.as_ref().map(|card| *card.says().signing_key());
        self.replace(came.recipients, key.as_ref(), &on);
        // What was former and is taken back is former no more.
        let taken = key.as_ref().map(as_text);
        let in_force = |recipient: &String| self.recipients.contains(recipient);
        self.former.retain(|former| {
            taken.is_none()
                || former.signing_key != taken
                || !former.recipients.iter().all(in_force)
        });
        if self
            .conflict
            .as_ref()
            .is_some_and(|conflict| key_of(conflict) != key)
        {
            self.conflict = None;
        }
        (self.card, self.added, self.source) = (came.card, on, came.source);
        (self.verified, self.typed, self.removed, self.changed) = (None, None, None, None);
        self.stands_alone();
    }

    /// No former key's word is needed any more.
    pub(super) fn stands_alone(&mut self) {
        self.former
            .iter_mut()
            .for_each(|former| former.vouched = false);
    }

    /// Remembers the keys that are not among the new ones.
    fn replace(&mut self, recipients: Vec<String>, key: Option<&[u8; 32]>, on: &str) {
        let old = std::mem::replace(&mut self.recipients, recipients);
        let gone: Vec<String> = old
            .into_iter()
            .filter(|old| !self.recipients.contains(old))
            .collect();
        let old_key = self.signing_key().copied();
        if !gone.is_empty() || old_key.is_some() && old_key.as_ref() != key {
            self.former
                .push(FormerKeys::new(gone, old_key.as_ref(), on.to_owned()));
        }
    }

    /// Puts a newer card of the same signing key in force.
    fn renew(&mut self, card: card::Card, on: String) {
        let key = *card.signing_key();
        self.replace(texts(&card.recipients()), Some(&key), &on);
        self.card = Some(StoredCard::new(card, on));
    }

    /// Puts the other of two cards of one signing key in force.
    pub(super) fn take_other(&mut self, other: WaitingKeys, on: &str) {
        let key = key_of(&other);
        self.replace(other.recipients, key.as_ref(), on);
        self.card = other.card;
    }

    /// When a signing key stopped being the pinned one.
    pub(super) fn replaced(&self, key: &[u8; 32]) -> Option<Untrusted> {
        if self.signing_key() == Some(key) {
            return None;
        }
        let text = Some(as_text(key));
        let former = self
            .former
            .iter()
            .rev()
            .find(|former| former.signing_key == text)?;
        Some(Untrusted::new(former.replaced.as_str()))
    }
}

impl Transaction<'_> {
    /// Takes in what came for a name.
    ///
    /// # Errors
    /// [`KeyringError::Own`], [`KeyringError::Taken`], [`KeyringError::Damaged`], [`KeyringError::Revoked`]; of a card [`KeyringError::Shared`] and
    /// [`KeyringError::Older`] too.
    pub(crate) fn add_contact(
        &mut self,
        name: &Name,
        came: ReceivedKeys,
    ) -> Result<AddOutcome, KeyringError> {
        let keyring = self.keyring();
        keyring.refuse_own(&came.recipients, came.card.as_ref())?;
        if let Some(card) = &came.card {
            keyring.refuse_revoked(card.signing_key(), None)?;
            keyring.refuse_shared(card, Some(name))?;
        }
        let Some((known, mut contact)) = self.contact_like(name)? else {
            keyring.refuse_without_card(&came)?;
            let mut contact = Contact::new(came.texts(), came.on.clone(), came.source.clone());
            contact.card = came.card.map(|card| StoredCard::new(card, came.on));
            self.set_against_others(name, &mut contact)?;
            self.put(name, &contact);
            return Ok(AddOutcome::Pinned);
        };
        if contact.removed.is_some() {
            return self.add_anew(name, &known, contact, came);
        }
        let added = match &came.card {
            None if is_pinned(&contact, &known, &came.texts())? => return Ok(AddOutcome::Same),
            None => {
                keyring.refuse_without_card(&came)?;
                wait(&mut contact, came, false)?
            }
            Some(card) => match contact.signing_key() {
                Some(pinned) if pinned == card.signing_key() => {
                    self.same_key(name, &mut contact, came)?
                }
                Some(pinned) => match keyring.vouches(pinned, card)? {
                    Some(chain) if contact.verified.is_none() => {
                        succeed(&mut contact, came, &chain);
                        self.set_against_others(name, &mut contact)?;
                        AddOutcome::Succeeded
                    }
                    chain => {
                        keyring.refuse_older(card, name)?;
                        wait(&mut contact, came, chain.is_some())?
                    }
                },
                None => {
                    keyring.refuse_older(card, name)?;
                    wait(&mut contact, came, false)?
                }
            },
        };
        if added != AddOutcome::Same {
            self.put(name, &contact);
        }
        Ok(added)
    }

    /// A card by the pinned signing key.
    fn same_key(
        &mut self,
        name: &Name,
        contact: &mut Contact,
        came: ReceivedKeys,
    ) -> Result<AddOutcome, KeyringError> {
        let (Some(card), Some(pinned)) = (&came.card, contact.says()) else {
            return Ok(AddOutcome::Same);
        };
        match compare(name, pinned, card)? {
            Order::Same => Ok(AddOutcome::Same),
            Order::Beside => {
                if contact.conflict.is_none() {
                    contact.conflict = Some(came.waiting());
                }
                Ok(AddOutcome::Conflict)
            }
            Order::After => {
                let keys = !is_same(&contact.recipients, &came.texts());
                if let Some(card) = came.card {
                    contact.renew(card, came.on);
                }
                self.set_against_others(name, contact)?;
                Ok(AddOutcome::Renewed { keys })
            }
        }
    }

    /// A name that is in use again: what it stood for is told, and its serial counts.
    fn add_anew(
        &mut self,
        name: &Name,
        known: &Name,
        mut contact: Contact,
        came: ReceivedKeys,
    ) -> Result<AddOutcome, KeyringError> {
        self.keyring().refuse_without_card(&came)?;
        let removed = contact
            .removed
            .as_deref()
            .map(Untrusted::new)
            .unwrap_or_else(|| Untrusted::new(""));
        let key = came.card.as_ref().map(|card| *card.signing_key());
        let same_key = key.is_some() && contact.signing_key() == key.as_ref();
        let same = match key {
            None => contact.says().is_none() && is_pinned(&contact, known, &came.texts())?,
            Some(_) => same_key,
        };
        let check = contact.check(known)?;
        let tells = !same || contact.verified.is_some();
        let mut conflict = None;
        if let (true, Some(pinned), Some(card)) = (same_key, contact.says(), &came.card)
            && compare(name, pinned, card)? == Order::Beside
        {
            let old = WaitingKeys::new(
                contact.recipients.clone(),
                came.on.clone(),
                contact.source.clone(),
            );
            conflict = Some(old.within(contact.card.clone()));
        }
        if known != name {
            self.remove(EntryKind::Contact, known);
        }
        let on = came.on.clone();
        contact.pin(came.waiting(), on);
        contact.conflict = conflict.or(contact.conflict);
        self.set_against_others(name, &mut contact)?;
        self.put(name, &contact);
        Ok(AddOutcome::PinnedAnew(Tombstone {
            removed,
            check: tells.then_some(check),
            same,
        }))
    }

    /// Compares a card with those of the same signing key that other contacts have: one serial has one card, and nobody
    /// is written to by an older one under another name.
    fn set_against_others(
        &mut self,
        name: &Name,
        contact: &mut Contact,
    ) -> Result<(), KeyringError> {
        let Some(card) = contact.says().cloned() else {
            return Ok(());
        };
        for (other, found) in self
            .keyring()
            .all_with::<Contact>(&[&as_text(card.signing_key())])?
        {
            let Ok(mut found) = found else { continue };
            let is_other = other != *name && found.removed.is_none();
            let Some(theirs) = found
                .says()
                .filter(|theirs| theirs.signing_key() == card.signing_key())
            else {
                continue;
            };
            if !is_other || theirs.serial() < card.serial() {
                continue;
            }
            if compare(&other, theirs, &card)? == Order::Beside {
                let as_other = |of: &Contact, on: &str| {
                    let kept =
                        WaitingKeys::new(of.recipients.clone(), on.to_owned(), of.source.clone());
                    kept.within(of.card.clone())
                };
                let on = contact
                    .card
                    .as_ref()
                    .map_or_else(String::new, |card| card.on.clone());
                let (here, there) = (as_other(&found, &on), as_other(contact, &on));
                contact.conflict.get_or_insert(here);
                found.conflict.get_or_insert(there);
                self.put(&other, &found);
            }
        }
        Ok(())
    }

    /// The contact of this name, or a tombstone that differs from it in case only.
    fn contact_like(&self, name: &Name) -> Result<Option<(Name, Contact)>, KeyringError> {
        if let Some(contact) = self.keyring().find::<Contact>(name)? {
            return Ok(Some((name.clone(), contact)));
        }
        match self.keyring().taken(name)? {
            None => Ok(None),
            Some((kind, found)) => {
                let contact = match kind {
                    EntryKind::Contact => self.keyring().find::<Contact>(&found)?,
                    EntryKind::Group | EntryKind::Identity | EntryKind::Revocation => None,
                };
                match contact.filter(|contact| contact.removed.is_some()) {
                    Some(tombstone) => Ok(Some((found, tombstone))),
                    None => Err(KeyringError::Taken { name: found, kind }),
                }
            }
        }
    }
}

/// A new signing key by the word of the old one, for somebody who was never checked.
fn succeed(contact: &mut Contact, came: ReceivedKeys, chain: &[[u8; 32]]) {
    let (changed, conflict) = (contact.changed.take(), contact.conflict.take());
    let mut vouched: Vec<String> = chain.iter().map(as_text).collect();
    let stood = contact.former.iter().filter(|former| former.vouched);
    vouched.extend(stood.filter_map(|former| former.signing_key.clone()));
    let on = came.on.clone();
    let came = came.waiting();
    let key = key_of(&came);
    contact.pin(came, on.clone());
    // A key on the way that was never pinned can be revoked later all the same.
    for passed in chain.iter().skip(1) {
        if contact.replaced(passed).is_none() {
            contact
                .former
                .push(FormerKeys::new(Vec::new(), Some(passed), on.clone()));
        }
    }
    for former in &mut contact.former {
        former.vouched = former
            .signing_key
            .as_ref()
            .is_some_and(|key| vouched.contains(key));
    }
    // A question about still other keys stays open.
    contact.changed = changed.filter(|changed| key_of(changed) != key);
    contact.conflict = conflict.filter(|conflict| key_of(conflict) == key);
}

/// Keeps what came apart.
fn wait(
    contact: &mut Contact,
    came: ReceivedKeys,
    succeeds: bool,
) -> Result<AddOutcome, KeyringError> {
    let replaced = came
        .card
        .as_ref()
        .and_then(|card| contact.replaced(card.signing_key()));
    let changed = |instead_of_those_of| AddOutcome::Changed {
        instead_of_those_of,
        succeeds,
        replaced,
    };
    if let Some(before) = &contact.changed {
        match (before.card.as_ref().map(|card| card.says()), &came.card) {
            (Some(waits), Some(card)) if waits.signing_key() == card.signing_key() => {
                let former = KeyringError::Older {
                    name: None,
                    on: Untrusted::new(before.on.as_str()),
                };
                match compare_or(former, waits, card)? {
                    Order::Same => return Ok(changed(None)),
                    Order::After => {}
                    Order::Beside => {
                        contact.conflict.get_or_insert(came.waiting());
                        return Ok(AddOutcome::Conflict);
                    }
                }
                contact.changed = Some(came.waiting());
                return Ok(changed(None));
            }
            (None, None) if is_same(&before.recipients, &came.texts()) => return Ok(changed(None)),
            _ => {}
        }
    }
    let before = contact.changed.replace(came.waiting());
    Ok(changed(before.map(|before| Untrusted::new(before.on))))
}

/// How one card of a signing key stands to another.
#[derive(Debug, PartialEq, Eq)]
enum Order {
    Same,
    After,
    /// Another of one serial.
    Beside,
}

fn compare(name: &Name, known: &card::Card, came: &card::Card) -> Result<Order, KeyringError> {
    let older = KeyringError::Older {
        name: Some(name.clone()),
        on: Untrusted::new(known.created()),
    };
    compare_or(older, known, came)
}

fn compare_or(
    older: KeyringError,
    known: &card::Card,
    came: &card::Card,
) -> Result<Order, KeyringError> {
    match came.serial().cmp(&known.serial()) {
        std::cmp::Ordering::Less => Err(older),
        std::cmp::Ordering::Greater => Ok(Order::After),
        std::cmp::Ordering::Equal if came.text() == known.text() => Ok(Order::Same),
        std::cmp::Ordering::Equal => Ok(Order::Beside),
    }
}

/// Whether keys without a card are the pinned ones; of a card, some of its own are enough.
fn is_pinned(contact: &Contact, name: &Name, came: &[String]) -> Result<bool, KeyringError> {
    let pinned = texts(&contact.pinned(name)?);
    Ok(match contact.card {
        Some(_) => came.iter().all(|recipient| pinned.contains(recipient)),
        None => is_same(&pinned, came),
    })
}

pub(super) fn key_of(kept: &WaitingKeys) -> Option<[u8; 32]> {
    kept.card.as_ref().map(|card| *card.says().signing_key())
}

/// As they are kept, each once.
pub(super) fn texts(recipients: &[AnyRecipient]) -> Vec<String> {
    let mut texts: Vec<String> = Vec::new();
    for text in recipients.iter().map(ToString::to_string) {
        if !texts.contains(&text) {
            texts.push(text);
        }
    }
    texts
}

fn is_same(one: &[String], other: &[String]) -> bool {
    one.len() == other.len() && one.iter().all(|recipient| other.contains(recipient))
}

#[cfg(test)]
pub(super) mod testing;
#[cfg(test)]
mod tests;
