//! What is known of a contact: four facts kept apart, so that none hides another (formats.md, section 5).
//!
//! Owns what may be sent to whom. How the facts come to be is for `trust`.

use std::fmt;

use crate::card::{Card, Reason};
use crate::keyring::entry::{Contact, EntryKind, StoredRevocation, WaitingKeys};
use crate::keyring::error::{Against, KeyringError};
use crate::keyring::name::Name;
use crate::keyring::store::{Keyring, parse_recipients};
use bulla_age::fingerprint::{check_value, safety_number};
use bulla_age::untrusted::Untrusted;
use bulla_age::{AnyRecipient, signing};

/// The four facts. Continuity has two: others came, and one serial has two cards; both can be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ContactStatus {
    /// The day on which the number was typed.
    pub(crate) checked: Option<Untrusted>,
    /// Other keys came, which are not in force.
    pub(crate) waiting: Option<Waiting>,
    /// The day on which another card of one signing key and serial came.
    pub(crate) conflict: Option<Untrusted>,
    pub(crate) revoked: Option<RevokedKey>,
    /// The day on which the card expired.
    pub(crate) expired: Option<Untrusted>,
}

/// Keys that are not in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Waiting {
    pub(crate) on: Untrusted,
    /// Whether the pinned signing key vouches for theirs, through no key that was revoked.
    pub(crate) succeeds: bool,
}

/// The end of a signing key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RevokedKey {
    pub(crate) reason: Reason,
    pub(crate) on: Untrusted,
    /// It is not that of the pinned key, but of one whose word is all that stands for it.
    pub(crate) former: bool,
}

/// The first fact that keeps keys from being used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Doubt {
    Changed,
    Succeeded,
    Conflict,
}

/// What two people read to each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum VerificationCode {
    /// Of a signing key.
    Number(String),
    /// Of recipients without one.
    Value(String),
}

impl VerificationCode {
    pub(crate) fn noun(&self) -> &'static str {
        match self {
            Self::Number(_) => "safety number",
            Self::Value(_) => "check value",
        }
    }

    /// Whether it is a safety number.
    pub(crate) fn is_number(&self) -> bool {
        matches!(self, Self::Number(_))
    }

    pub(crate) fn text(&self) -> &str {
        match self {
            Self::Number(text) | Self::Value(text) => text,
        }
    }

    /// Spaces and case are a matter of how it was read out.
    pub(super) fn agrees(&self, typed: &str) -> bool {
        bare(typed).eq_ignore_ascii_case(&bare(self.text()))
    }

    pub(super) fn of(card: Option<&Card>, recipients: &[String]) -> Self {
        match card {
            Some(card) => Self::Number(safety_number(card.signing_key())),
            None => Self::Value(check_value(recipients)),
        }
    }
}

fn bare(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

/// How long that is what somebody typed.
pub(super) fn typed_length(typed: &str) -> usize {
    bare(typed).chars().count()
}

impl fmt::Display for VerificationCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.noun(), self.text())
    }
}

impl WaitingKeys {
    /// What is read out for these keys. It is never shown: it is to be typed.
    pub(crate) fn check(&self) -> VerificationCode {
        VerificationCode::of(self.card.as_ref().map(|card| card.says()), &self.recipients)
    }
}

impl Contact {
    /// The card in force.
    pub(crate) fn says(&self) -> Option<&Card> {
        self.card.as_ref().map(|card| card.says())
    }

    /// The pinned signing key; none of a contact that came without a card.
    pub(crate) fn signing_key(&self) -> Option<&[u8; 32]> {
        self.says().map(Card::signing_key)
    }

    /// The pinned keys.
    pub(crate) fn pinned(&self, name: &Name) -> Result<Vec<AnyRecipient>, KeyringError> {
        match self.says() {
            Some(card) => Ok(card.recipients()),
            None => parse_recipients(&self.recipients, EntryKind::Contact, name),
        }
    }

    /// Whether what was typed belongs to the pinned keys; it is not known of earlier versions.
    pub(super) fn is_typed(&self) -> bool {
        self.typed
            .as_ref()
            .is_none_or(|typed| VerificationCode::of(self.says(), &self.recipients).agrees(typed))
    }

    /// Notes that what is read out for the pinned keys was typed.
    pub(super) fn checked(&mut self, on: String) {
        self.typed = Some(
            VerificationCode::of(self.says(), &self.recipients)
                .text()
                .to_owned(),
        );
        self.verified = Some(on);
        self.stands_alone();
    }

    /// What is read out for the pinned keys.
    pub(crate) fn check(&self, name: &Name) -> Result<VerificationCode, KeyringError> {
        let pinned: Vec<String> = self.pinned(name)?.iter().map(ToString::to_string).collect();
        Ok(VerificationCode::of(self.says(), &pinned))
    }

    /// The same where it may be shown while it is undecided which keys are right: never where it is what is to be typed,
    /// because two cards of one signing key have one number.
    ///
    /// # Errors
    /// [`KeyringError::Damaged`].
    pub(crate) fn telling(&self, name: &Name) -> Result<Option<VerificationCode>, KeyringError> {
        let check = self.check(name)?;
        let others = self.changed.iter().chain(&self.conflict);
        let is_asked = others.into_iter().any(|other| other.check() == check);
        Ok(if is_asked && self.verified.is_none() {
            None
        } else {
            Some(check)
        })
    }

    /// The day on which the card expires, if that is past.
    pub(crate) fn expired(&self) -> Option<Untrusted> {
        let day = self.says()?.expires();
        (day < today().as_str()).then(|| Untrusted::new(day))
    }

    /// Refuses a tombstone.
    ///
    /// # Errors
    /// [`KeyringError::Removed`].
    pub(crate) fn living(&self, name: &Name) -> Result<(), KeyringError> {
        match &self.removed {
            None => Ok(()),
            Some(on) => Err(KeyringError::Removed {
                name: name.clone(),
                on: Untrusted::new(on.as_str()),
            }),
        }
    }
}

impl Keyring {
    /// The facts about a contact.
    ///
    /// # Errors
    /// [`KeyringError::Damaged`] where a revocation that matters cannot be read.
    pub(crate) fn facts(&self, contact: &Contact) -> Result<ContactStatus, KeyringError> {
        let waiting = match &contact.changed {
            None => None,
            Some(changed) => {
                let card = changed.card.as_ref().map(|card| card.says());
                let succeeds = match (contact.signing_key(), card) {
                    (Some(pinned), Some(card)) => self.vouches(pinned, card)?.is_some(),
                    _ => false,
                };
                Some(Waiting {
                    on: Untrusted::new(changed.on.as_str()),
                    succeeds,
                })
            }
        };
        Ok(ContactStatus {
            checked: contact.verified.as_deref().map(Untrusted::new),
            waiting,
            conflict: contact
                .conflict
                .as_ref()
                .map(|conflict| Untrusted::new(conflict.on.as_str())),
            revoked: self.revoked_of(contact)?,
            expired: contact.expired(),
        })
    }

    /// Refuses a contact whose keys must not be used now.
    ///
    /// # Errors
    /// [`KeyringError::Removed`], [`KeyringError::Revoked`], [`KeyringError::Changed`].
    pub(crate) fn usable(&self, name: &Name, contact: &Contact) -> Result<(), KeyringError> {
        contact.living(name)?;
        let facts = self.facts(contact)?;
        let doubt = facts.doubt();
        if let Some(revoked) = facts.revoked {
            return Err(KeyringError::Revoked {
                name: Some(name.clone()),
                revoked,
                waiting: doubt.is_some(),
            });
        }
        let Some((doubt, on)) = doubt else {
            return Ok(());
        };
        let added = Untrusted::new(contact.added.as_str());
        let against = Box::new(Against {
            doubt,
            check: contact.telling(name)?,
            added,
            on,
        });
        Err(KeyringError::Changed {
            name: name.clone(),
            against,
        })
    }

    /// The revocation of a signing key, whoever has it.
    ///
    /// # Errors
    /// [`KeyringError::Damaged`]: what cannot be read is not passed over here.
    pub(crate) fn revocation(
        &self,
        key: &[u8; 32],
    ) -> Result<Option<StoredRevocation>, KeyringError> {
        let name = of_key(key);
        let Some(found) = self.find::<StoredRevocation>(&name)? else {
            return Ok(None);
        };
        if found.says().signing_key() == key {
            return Ok(Some(found));
        }
        let file = format!("{}/{name}.toml", EntryKind::Revocation.folder());
        let why = "it is the revocation of another key".to_owned();
        Err(KeyringError::Damaged {
            file: Untrusted::new(file),
            line: None,
            why,
        })
    }

    /// Refuses a signing key that was revoked.
    ///
    /// # Errors
    /// [`KeyringError::Revoked`].
    pub(super) fn refuse_revoked(
        &self,
        key: &[u8; 32],
        name: Option<&Name>,
    ) -> Result<(), KeyringError> {
        match self.revocation(key)? {
            None => Ok(()),
            Some(found) => {
                let revoked = RevokedKey::of(&found, false);
                Err(KeyringError::Revoked {
                    name: name.cloned(),
                    revoked,
                    waiting: false,
                })
            }
        }
    }

    /// The keys between a pinned one and a card's, the pinned one first, where each vouches for the next and none was
    /// revoked; none where there is no such chain.
    pub(super) fn vouches(
        &self,
        pinned: &[u8; 32],
        card: &Card,
    ) -> Result<Option<Vec<[u8; 32]>>, KeyringError> {
        let chain = card.successions();
        let Some(start) = chain.iter().position(|step| step.old == *pinned) else {
            return Ok(None);
        };
        let (mut keys, mut at) = (Vec::new(), *pinned);
        for step in &chain[start..] {
            if step.old != at || self.revocation(&step.old)?.is_some() {
                return Ok(None);
            }
            keys.push(step.old);
            at = step.new;
        }
        let whole = at == *card.signing_key() && self.revocation(&at)?.is_none();
        Ok(whole.then_some(keys))
    }

    fn revoked_of(&self, contact: &Contact) -> Result<Option<RevokedKey>, KeyringError> {
        if let Some(key) = contact.signing_key()
            && let Some(found) = self.revocation(key)?
        {
            return Ok(Some(RevokedKey::of(&found, false)));
        }
        for former in contact.former.iter().filter(|former| former.vouched) {
            if let Ok(Some(key)) = former.signing_key()
                && let Some(found) = self.revocation(&key)?
            {
                return Ok(Some(RevokedKey::of(&found, true)));
            }
        }
        Ok(None)
    }
}

impl ContactStatus {
    /// The first reason to ask before these keys are used, and since when.
    fn doubt(&self) -> Option<(Doubt, Untrusted)> {
        let waiting = self.waiting.as_ref().map(|waiting| {
            (
                if waiting.succeeds {
                    Doubt::Succeeded
                } else {
                    Doubt::Changed
                },
                waiting.on.clone(),
            )
        });
        waiting.or_else(|| self.conflict.clone().map(|on| (Doubt::Conflict, on)))
    }
}

impl RevokedKey {
    pub(super) fn of(found: &StoredRevocation, former: bool) -> Self {
        Self {
            reason: found.says().reason(),
            on: Untrusted::new(found.on.as_str()),
            former,
        }
    }
}

/// What the revocation of a key is called: the key in 64 hexadecimal digits.
pub(super) fn of_key(key: &[u8; 32]) -> Name {
    let digits: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
    digits.parse().expect("keyring: 64 digits are a name")
}

/// The key whose revocation is called so; none where nothing is.
pub(super) fn key_in(name: &Name) -> Option<[u8; 32]> {
    let digits = name.as_str();
    if digits.len() != 64 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    let mut key = [0; 32];
    for (byte, pair) in key.iter_mut().zip(digits.as_bytes().chunks_exact(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(key)
}

/// How a signing key stands in files.
pub(super) fn as_text(key: &[u8; 32]) -> String {
    signing::text(key)
}

/// The date in UTC, as 2026-11-23. Nothing is decided by it.
pub(crate) fn today() -> String {
    let mut now = humantime::format_rfc3339_seconds(std::time::SystemTime::now()).to_string();
    now.truncate("2026-11-23".len());
    now
}
