//! A contact: another person and their keys. Every question about one contact is answered here.
//!
//! What happens when keys arrive is in `trust`; whether the keys may be used is in `checks`.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use crate::card::Card;
use crate::keyring::entry::{Entry, EntryKind};
use crate::keyring::error::KeyringError;
use crate::keyring::name::{Name, PersonName};
use crate::keyring::signed::Signed;
use crate::keyring::store::{Keyring, parse_recipients};
use crate::keyring::verification::VerificationCode;
use bulla_age::signing::SigningKey;
use bulla_age::untrusted::Untrusted;
use bulla_age::{AnyRecipient, ParseError};

/// A contact, as it is stored.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Contact {
    /// The pinned recipients. If there is a card, these are the recipients of the card.
    pub(crate) recipients: Vec<String>,
    /// The day the keys (with a card: the signing key) were pinned.
    pub(crate) added: String,
    /// Where they came from.
    pub(crate) source: String,
    /// The day the user typed the check value or safety number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) verified: Option<String>,
    /// The code that was typed. After a merge of two keyrings this shows whether it belongs to the
    /// pinned keys.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    typed: Option<String>,
    /// The day the contact was removed. Such a contact is only a tombstone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) removed: Option<String>,
    /// The current contact card, if the keys came in one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) card: Option<StoredCard>,
    /// Other keys that arrived later and are set aside until the user decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) changed: Option<WaitingKeys>,
    /// Keys that were replaced, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) former: Vec<FormerKeys>,
    #[serde(flatten)]
    rest: toml::Table,
}

/// Keys that arrived for a contact and were set aside.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct WaitingKeys {
    pub(crate) recipients: Vec<String>,
    pub(crate) on: String,
    pub(crate) source: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) card: Option<StoredCard>,
    #[serde(flatten)]
    rest: toml::Table,
}

/// A contact card, kept verbatim.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct StoredCard {
    text: Signed<Card>,
    /// The day it arrived.
    on: String,
    #[serde(flatten)]
    rest: toml::Table,
}

/// Keys that were replaced by others.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct FormerKeys {
    pub(crate) recipients: Vec<String>,
    /// The day they were replaced.
    pub(crate) replaced: String,
    /// The signing key of the card they came in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    signing_key: Option<String>,
    /// Whether the later keys are trusted only because this signing key vouched for them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) vouched: bool,
    #[serde(flatten)]
    rest: toml::Table,
}

/// What a signing key is to a contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SigningKeyRole {
    Pinned,
    /// It arrived later and was set aside.
    Waiting,
    Former,
    /// Former, and the pinned key is trusted only because this one vouched for it.
    Vouching,
}

impl Entry for Contact {
    const KIND: EntryKind = EntryKind::Contact;

    fn check_consistency(&self) -> Result<(), &'static str> {
        // A contact in doubt must not become trusted because nobody reads that table any more.
        if self.rest.contains_key("conflict") {
            return Err(
                "there are two different cards with one serial, as an earlier version noted: ask \
                 the contact which one is right, delete this file, and add that card",
            );
        }
        let waiting = self.changed.as_ref();
        let waiting = waiting.map(|waiting| (&waiting.recipients, waiting.card.as_ref()));
        for (recipients, card) in
            std::iter::once((&self.recipients, self.card.as_ref())).chain(waiting)
        {
            if card.is_some_and(|card| recipient_texts(&card.card().recipients()) != *recipients) {
                return Err("the recipients do not match the card");
            }
        }
        let pinned_code = VerificationCode::of(self.card(), &self.recipients);
        // Earlier versions did not record what was typed.
        let typed_another = |typed: &String| self.verified.is_some() && !pinned_code.matches(typed);
        if self.typed.as_ref().is_some_and(typed_another) {
            return Err(
                "it was verified with other keys than these: remove \"verified\" and \"typed\", \
                 and verify again",
            );
        }
        for former in &self.former {
            if former.signing_key().is_err() {
                return Err("invalid former signing key");
            }
        }
        Ok(())
    }
}

/// The pinned keys.
impl Contact {
    pub(crate) fn new(recipients: Vec<String>, added: String, source: String) -> Self {
        Self {
            recipients,
            added,
            source,
            verified: None,
            typed: None,
            removed: None,
            card: None,
            changed: None,
            former: Vec::new(),
            rest: toml::Table::new(),
        }
    }

    /// The current card.
    pub(crate) fn card(&self) -> Option<&Card> {
        self.card.as_ref().map(StoredCard::card)
    }

    /// The pinned signing key. A contact added without a card has none.
    pub(crate) fn signing_key(&self) -> Option<&SigningKey> {
        self.card().map(Card::signing_key)
    }

    /// The pinned recipients, parsed.
    pub(crate) fn pinned(&self, name: &Name) -> Result<Vec<AnyRecipient>, KeyringError> {
        match self.card() {
            Some(card) => Ok(card.recipients()),
            None => parse_recipients(&self.recipients, EntryKind::Contact, name),
        }
    }

    /// Returns whether keys without a card are the pinned ones. If the contact has a card, some of
    /// its keys are enough.
    pub(super) fn has_pinned(&self, name: &Name, keys: &[String]) -> Result<bool, KeyringError> {
        let pinned = recipient_texts(&self.pinned(name)?);
        Ok(match self.card {
            Some(_) => {
                let pinned: HashSet<String> = pinned.into_iter().collect();
                keys.iter().all(|key| pinned.contains(key))
            }
            None => is_same_set(&pinned, keys),
        })
    }

    /// The day on which the card expired, if it has.
    pub(crate) fn expired(&self) -> Option<Untrusted> {
        let day = self.card()?.expires();
        (day < today().as_str()).then(|| Untrusted::new(day))
    }

    /// Returns whether an earlier key was post-quantum, and no present one is.
    pub(crate) fn lost_post_quantum(&self) -> bool {
        let resists = |text: &String| {
            let recipient = text.parse::<AnyRecipient>();
            recipient.is_ok_and(|recipient| recipient.is_post_quantum() == Some(true))
        };
        let mut former = self.former.iter().flat_map(|former| &former.recipients);
        !self.recipients.iter().any(resists) && former.any(resists)
    }

    /// The contact as a reader or recipient is named.
    pub(super) fn person_name(&self, name: &Name) -> PersonName {
        PersonName::Contact {
            name: name.clone(),
            verified: self.verified.is_some(),
            expired: self.expired(),
        }
    }

    /// Refuses a tombstone.
    ///
    /// # Errors
    /// [`KeyringError::Removed`].
    pub(crate) fn refuse_removed(&self, name: &Name) -> Result<(), KeyringError> {
        match &self.removed {
            None => Ok(()),
            Some(on) => Err(KeyringError::Removed {
                name: name.clone(),
                on: Untrusted::new(on.as_str()),
            }),
        }
    }
}

/// Verification of the keys.
impl Contact {
    /// The code that verifies the pinned keys.
    pub(crate) fn verification_code(&self, name: &Name) -> Result<VerificationCode, KeyringError> {
        let pinned: Vec<String> = self.pinned(name)?.iter().map(ToString::to_string).collect();
        Ok(VerificationCode::of(self.card(), &pinned))
    }

    /// The same code, if it may be shown while other keys wait. It is hidden if it is the code that
    /// the user must type for the waiting keys and the pinned keys were never verified.
    ///
    /// # Errors
    /// [`KeyringError::Damaged`].
    pub(crate) fn code_to_show(
        &self,
        name: &Name,
    ) -> Result<Option<VerificationCode>, KeyringError> {
        let code = self.verification_code(name)?;
        let waiting = self.changed.as_ref().map(WaitingKeys::verification_code);
        let hide = waiting.as_ref() == Some(&code) && self.verified.is_none();
        Ok((!hide).then_some(code))
    }

    /// Records that the user typed the code of the pinned keys.
    pub(super) fn set_verified(&mut self, on: String) {
        let code = VerificationCode::of(self.card(), &self.recipients);
        self.typed = Some(code.text().to_owned());
        self.verified = Some(on);
        self.forget_vouching();
    }

    /// Records that no former key needs to vouch for the pinned one any more.
    fn forget_vouching(&mut self) {
        for former in &mut self.former {
            former.vouched = false;
        }
    }
}

/// Whose a key is.
impl Contact {
    /// What a signing key is to this contact.
    pub(super) fn role(&self, key: &SigningKey) -> Option<SigningKeyRole> {
        self.role_where(|known| known == key)
    }

    /// The relation of a signing key with this Ed25519 half to this contact.
    pub(super) fn role_of_half(&self, ed25519: &[u8; 32]) -> Option<SigningKeyRole> {
        self.role_where(|known| known.ed25519() == ed25519)
    }

    fn role_where(&self, is_meant: impl Fn(&SigningKey) -> bool) -> Option<SigningKeyRole> {
        let is_former = |vouching: bool| {
            self.former.iter().any(|former| {
                let key = former.signing_key().ok().flatten();
                key.as_ref().is_some_and(&is_meant) && former.vouched == vouching
            })
        };
        let waiting = self.changed.as_ref().and_then(WaitingKeys::signing_key);
        if self.signing_key().is_some_and(&is_meant) {
            Some(SigningKeyRole::Pinned)
        } else if waiting.is_some_and(&is_meant) {
            Some(SigningKeyRole::Waiting)
        } else if is_former(true) {
            Some(SigningKeyRole::Vouching)
        } else {
            is_former(false).then_some(SigningKeyRole::Former)
        }
    }

    /// The day on which a signing key was replaced, if it is a former one.
    pub(super) fn replaced(&self, key: &SigningKey) -> Option<Untrusted> {
        if self.signing_key() == Some(key) {
            return None;
        }
        let text = Some(key.to_string());
        let former = self
            .former
            .iter()
            .rev()
            .find(|former| former.signing_key == text)?;
        Some(Untrusted::new(former.replaced.as_str()))
    }

    /// The signing key of former keys. Earlier versions did not record it if it was the pinned one.
    pub(super) fn signing_key_of(&self, former: &FormerKeys) -> Option<SigningKey> {
        former
            .signing_key()
            .ok()
            .flatten()
            .or_else(|| self.signing_key().copied())
    }

    /// The former signing keys that vouch for the pinned one.
    pub(super) fn vouching_keys(&self) -> impl Iterator<Item = SigningKey> {
        let vouching = self.former.iter().filter(|former| former.vouched);
        vouching.filter_map(|former| former.signing_key().ok().flatten())
    }

    /// Returns whether one of these keys is pinned or waiting.
    pub(super) fn has_pinned_or_waiting(&self, keys: &HashSet<&str>) -> bool {
        let waiting = self.changed.iter();
        let waiting = waiting.flat_map(|waiting| &waiting.recipients);
        self.recipients
            .iter()
            .chain(waiting)
            .any(|known| keys.contains(known.as_str()))
    }

    /// Returns whether one of these keys belongs to a signing key with this Ed25519 half: pinned,
    /// waiting or former.
    pub(super) fn has_under(&self, ed25519: &[u8; 32], keys: &HashSet<&str>) -> bool {
        let has = |recipients: &[String]| has_one(recipients, keys);
        let is_of = |key: Option<&SigningKey>| key.is_some_and(|key| key.ed25519() == ed25519);
        let former = |former: &FormerKeys| {
            is_of(self.signing_key_of(former).as_ref()) && has(&former.recipients)
        };
        let waiting =
            |waiting: &WaitingKeys| is_of(waiting.signing_key()) && has(&waiting.recipients);
        is_of(self.signing_key()) && has(&self.recipients)
            || self.changed.as_ref().is_some_and(waiting)
            || self.former.iter().any(former)
    }

    /// The signing keys under which one of these keys is or was current.
    pub(super) fn signing_keys_over(&self, keys: &HashSet<&str>) -> Vec<SigningKey> {
        let has = |recipients: &[String]| has_one(recipients, keys);
        let former = self.former.iter().filter(|former| has(&former.recipients));
        let former = former.filter_map(|former| self.signing_key_of(former));
        let pinned = self
            .signing_key()
            .filter(|_| has(&self.recipients))
            .copied();
        pinned.into_iter().chain(former).collect()
    }
}

/// Replacing the keys.
impl Contact {
    /// Pins other keys. The present ones become former keys, the verification is void, and nothing
    /// waits any more.
    pub(super) fn pin(&mut self, keys: WaitingKeys, on: String) {
        let signing_key = keys.signing_key().copied();
        self.replace(keys.recipients, signing_key.as_ref(), &on);
        // Former keys that are pinned again are no longer former.
        let pinned_again = signing_key.as_ref().map(ToString::to_string);
        let recipients: HashSet<&String> = self.recipients.iter().collect();
        let in_force = |recipient: &String| recipients.contains(recipient);
        self.former.retain(|former| {
            pinned_again.is_none()
                || former.signing_key != pinned_again
                || !former.recipients.iter().all(in_force)
        });
        (self.card, self.added, self.source) = (keys.card, on, keys.source);
        (self.verified, self.typed, self.removed, self.changed) = (None, None, None, None);
        self.forget_vouching();
    }

    /// Pins keys for which a chain of signing keys vouches, from the pinned one to the last before
    /// theirs. Other keys that wait go on waiting.
    pub(super) fn succeed(&mut self, keys: WaitingKeys, on: String, chain: &[SigningKey]) {
        let mut vouching: Vec<String> = chain.iter().map(ToString::to_string).collect();
        let before = self.former.iter().filter(|former| former.vouched);
        vouching.extend(before.filter_map(|former| former.signing_key.clone()));
        let signing_key = keys.signing_key().copied();
        let waiting = self.changed.take();
        self.pin(keys, on.clone());
        // A key in the middle of the chain was never pinned, but it can be revoked later too.
        for key in chain.iter().skip(1) {
            if self.replaced(key).is_none() {
                self.former
                    .push(FormerKeys::new(Vec::new(), Some(key), on.clone()));
            }
        }
        for former in &mut self.former {
            let key = former.signing_key.as_ref();
            former.vouched = key.is_some_and(|key| vouching.contains(key));
        }
        self.changed = waiting.filter(|waiting| waiting.signing_key() != signing_key.as_ref());
    }

    /// Makes a newer card of the same signing key the current one. The verification is kept.
    pub(super) fn renew(&mut self, card: Card, on: String) {
        let key = *card.signing_key();
        self.replace(recipient_texts(&card.recipients()), Some(&key), &on);
        self.card = Some(StoredCard::new(card, on));
    }

    /// Replaces the recipients, and keeps those that are gone as former keys.
    fn replace(&mut self, recipients: Vec<String>, signing_key: Option<&SigningKey>, on: &str) {
        let old = std::mem::replace(&mut self.recipients, recipients);
        let kept: HashSet<&String> = self.recipients.iter().collect();
        let gone: Vec<String> = old.into_iter().filter(|old| !kept.contains(old)).collect();
        let old_key = self.signing_key().copied();
        if !gone.is_empty() || old_key.is_some() && old_key.as_ref() != signing_key {
            self.former
                .push(FormerKeys::new(gone, old_key.as_ref(), on.to_owned()));
        }
    }
}

impl WaitingKeys {
    pub(super) fn new(
        recipients: Vec<String>,
        card: Option<Card>,
        on: String,
        source: String,
    ) -> Self {
        Self {
            recipients,
            card: card.map(|card| StoredCard::new(card, on.clone())),
            on,
            source,
            rest: toml::Table::new(),
        }
    }

    /// The card, if the keys came in one.
    pub(crate) fn card(&self) -> Option<&Card> {
        self.card.as_ref().map(StoredCard::card)
    }

    pub(super) fn signing_key(&self) -> Option<&SigningKey> {
        self.card().map(Card::signing_key)
    }

    /// The code that verifies these keys. Never displayed: the user must type what the other person
    /// reads out.
    pub(crate) fn verification_code(&self) -> VerificationCode {
        VerificationCode::of(self.card(), &self.recipients)
    }
}

impl StoredCard {
    fn new(card: Card, on: String) -> Self {
        Self {
            text: Signed(card),
            on,
            rest: toml::Table::new(),
        }
    }

    fn card(&self) -> &Card {
        &self.text.0
    }
}

impl FormerKeys {
    fn new(recipients: Vec<String>, signing_key: Option<&SigningKey>, replaced: String) -> Self {
        Self {
            recipients,
            replaced,
            signing_key: signing_key.map(ToString::to_string),
            vouched: false,
            rest: toml::Table::new(),
        }
    }

    /// The signing key of the card they came in.
    pub(crate) fn signing_key(&self) -> Result<Option<SigningKey>, ParseError> {
        self.signing_key.as_deref().map(str::parse).transpose()
    }
}

impl Keyring {
    /// A contact that was not removed, and whose name stands for nothing else.
    ///
    /// # Errors
    /// [`KeyringError::Unknown`], [`KeyringError::Removed`], [`KeyringError::Ambiguous`].
    pub(crate) fn contact(&self, name: &Name) -> Result<Contact, KeyringError> {
        let contact: Contact = self.get(name)?;
        self.refuse_ambiguous(name)?;
        contact.refuse_removed(name)?;
        Ok(contact)
    }
}

/// The recipients as they are stored, each once.
pub(super) fn recipient_texts(recipients: &[AnyRecipient]) -> Vec<String> {
    let mut seen = HashSet::new();
    let texts = recipients.iter().map(ToString::to_string);
    texts.filter(|text| seen.insert(text.clone())).collect()
}

/// The same texts, to be looked up.
pub(super) fn as_set(texts: &[String]) -> HashSet<&str> {
    texts.iter().map(String::as_str).collect()
}

fn has_one(recipients: &[String], keys: &HashSet<&str>) -> bool {
    recipients.iter().any(|known| keys.contains(known.as_str()))
}

/// Returns whether both lists, each without duplicates, have the same members.
pub(super) fn is_same_set(one: &[String], other: &[String]) -> bool {
    let other: HashSet<&String> = other.iter().collect();
    one.len() == other.len() && one.iter().all(|key| other.contains(key))
}

/// Today's date in UTC, such as 2026-11-23. It decides nothing; it is only displayed and recorded.
pub(crate) fn today() -> String {
    crate::card::date_of(crate::process::clock::unix_time())
}
