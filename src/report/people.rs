//! The people in the keyring, by their keys: the user's identities and the contacts.
//!
//! Without a keyring nobody is known, and a report can still be made.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::context::Context;
use crate::errors::warn_error;
use crate::identities::confirmed;
use crate::keyring;
use crate::keyring::{KeyStatus, Keyring, Name, PersonName};
use crate::ui::WarningKind;
use bulla_age::key_file::KeyFileIdentity;
use bulla_age::sender::AddresseeId;
use bulla_age::signing::SigningKey;
use bulla_age::untrusted::Untrusted;
use bulla_age::{AnyRecipient, Recipient, RecipientId, UnlockedFile};

/// The owners of keys.
#[derive(Default)]
pub(crate) struct People {
    keys: Vec<KnownKey>,
    signers: SigningKeys,
    /// The owners of signing keys that were looked up: many files have few authors.
    found: Mutex<HashMap<SigningKey, Option<Person>>>,
}

/// Where to look up signing keys.
#[derive(Default)]
enum SigningKeys {
    #[default]
    Nowhere,
    Keyring(Keyring),
    #[cfg(test)]
    These(Vec<(SigningKey, Person)>),
}

/// A recipient, and its owner.
#[derive(Clone)]
pub(crate) struct KnownKey {
    pub(crate) whose: Person,
    pub(crate) recipient: AnyRecipient,
    /// The signing keys of the user's identity, current and former; empty for contacts.
    pub(crate) signing: Vec<SigningKey>,
}

/// A known recipient, its owner, and its ids in one file, which are computed once because a list
/// may be long.
#[derive(Clone)]
pub(crate) struct PersonKey {
    pub(crate) whose: Person,
    pub(crate) recipient: AnyRecipient,
    rid: RecipientId,
    /// The ids of the signing keys of the user's identity; empty for contacts.
    pub(crate) addressees: Vec<AddresseeId>,
}

/// A person known by a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Person {
    pub(crate) whose: PersonId,
    /// Other names for the owner of this key.
    pub(crate) also: Vec<Name>,
    /// The status of this key.
    pub(crate) standing: KeyStatus,
    /// The name on their card.
    pub(crate) calls_themselves: Option<Untrusted>,
    /// Whether their keys were verified, and the day if known.
    pub(crate) is_checked: bool,
    pub(crate) checked: Option<Untrusted>,
    /// Whether their card expired.
    pub(crate) is_expired: bool,
}

/// The user, or a contact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PersonId {
    /// The user, by an identity of the keyring, or by a key without a name.
    You {
        name: Option<Name>,
        only: bool,
    },
    Contact(Name),
}

impl People {
    /// Loads the people of the keyring. If it cannot be read, warns and returns nobody.
    pub(crate) fn load(context: &Context) -> Self {
        let Ok(keyring) = context.keyring() else {
            return Self::default();
        };
        confirmed::compare_at_hand(context);
        match Self::of(keyring) {
            Ok(people) => people,
            Err(error) => {
                context.ui.warn(
                    WarningKind::UnreadableEntry,
                    &format_args!(
                        "Cannot read your contacts, so no names are shown: \
                        {error}"
                    ),
                );
                Self::default()
            }
        }
    }

    /// Warns about keyring entries that cannot be read.
    pub(crate) fn warn_of_unreadable(&self, context: &Context) {
        if let SigningKeys::Keyring(keyring) = &self.signers {
            let mut missed = std::mem::take(&mut *keyring.missed());
            for error in keyring.noting(keyring.unreadable()).unwrap_or_default() {
                let text = error.with_causes();
                missed.retain(|known| *known != text);
                warn_error(&context.ui, &error.into());
            }
            keyring.missed().extend(missed);
        }
    }

    fn of(keyring: &Keyring) -> Result<Self, keyring::KeyringError> {
        let own: Vec<(Name, Vec<SigningKey>)> = keyring
            .own_identities()?
            .into_iter()
            .map(|(name, identity)| {
                let keys = keyring.own_signing_keys(&name, &identity);
                (name, keys)
            })
            .collect();
        let only = own.len() == 1;
        let mut keys: Vec<KnownKey> = Vec::new();
        for known in keyring.known_keys()? {
            let signing = match &known.who {
                PersonName::Identity(name) => own
                    .iter()
                    .find(|(own, _)| own == name)
                    .map(|(_, keys)| keys.clone()),
                _ => None,
            };
            let signing = signing.unwrap_or_default();
            let is_checked = matches!(known.who, PersonName::Contact { verified: true, .. });
            let Some(whose) = whose(known.who, only) else {
                continue;
            };
            let whose = Person {
                standing: known.status,
                is_checked,
                ..Person::new(whose)
            };
            keys.push(KnownKey {
                whose,
                recipient: known.recipient,
                signing,
            });
        }
        keys.sort_by_key(|key| !key.whose.is_own());
        Ok(Self {
            keys,
            signers: SigningKeys::Keyring(keyring.clone()),
            found: Mutex::default(),
        })
    }

    /// Returns all keys, with those of these identities, as they would be listed in this file.
    pub(crate) fn with(
        &self,
        identities: &[&dyn KeyFileIdentity],
        file: &UnlockedFile,
    ) -> Vec<PersonKey> {
        let mut keys: Vec<PersonKey> = self
            .keys
            .iter()
            .take_while(|key| key.whose.is_own())
            .map(|key| key.in_file(file))
            .collect();
        let recipients = identities
            .iter()
            .filter_map(|identity| identity.recipients().ok())
            .flatten();
        for recipient in recipients {
            let text = recipient.to_string();
            if !keys.iter().any(|key| key.recipient.to_string() == text) {
                let whose = Person::new(PersonId::You {
                    name: None,
                    only: true,
                });
                let key = KnownKey {
                    whose,
                    recipient,
                    signing: Vec::new(),
                };
                keys.push(key.in_file(file));
            }
        }
        let others = self.keys.iter().filter(|key| !key.whose.is_own());
        keys.extend(others.map(|key| key.in_file(file)));
        keys
    }

    /// Returns the recipients of all these people, and of these identities.
    pub(crate) fn recipients(&self, identities: &[&dyn KeyFileIdentity]) -> Vec<AnyRecipient> {
        let own = identities
            .iter()
            .filter_map(|identity| identity.recipients().ok());
        let known = self.keys.iter().map(|key| key.recipient.clone());
        known.chain(own.flatten()).collect()
    }

    /// Returns whether a signing key was revoked. An unreadable revocation counts.
    pub(crate) fn is_revoked(&self, key: &SigningKey) -> bool {
        match &self.signers {
            SigningKeys::Keyring(keyring) => {
                !matches!(keyring.noting(keyring.revocation(key)), Some(None))
            }
            _ => false,
        }
    }

    /// Adds the keys of contacts that were removed.
    pub(crate) fn with_removed(mut self, context: &Context) -> Self {
        let Ok(keyring) = context.keyring() else {
            return self;
        };
        for removed in keyring.noting(keyring.removed_keys()).unwrap_or_default() {
            let text = removed.recipient.to_string();
            let is_known = self
                .keys
                .iter()
                .any(|key| key.recipient.to_string() == text);
            if let Some(whose) = whose(removed.who, false).filter(|_| !is_known) {
                self.keys.push(KnownKey {
                    whose: Person {
                        standing: removed.status,
                        ..Person::new(whose)
                    },
                    recipient: removed.recipient,
                    signing: Vec::new(),
                });
            }
        }
        self
    }

    /// Returns the owner of a signing key, if known.
    pub(crate) fn signer(&self, key: &SigningKey) -> Option<Person> {
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        let looked_up = found.entry(*key).or_insert_with(|| self.look_up(key));
        looked_up.clone()
    }

    fn look_up(&self, key: &SigningKey) -> Option<Person> {
        match &self.signers {
            SigningKeys::Nowhere => None,
            #[cfg(test)]
            SigningKeys::These(known) => known
                .iter()
                .find(|(known, _)| known == key)
                .map(|(_, who)| who.clone()),
            SigningKeys::Keyring(keyring) => {
                let known = keyring.noting(keyring.signer(key))??;
                let only = self
                    .keys
                    .iter()
                    .all(|key| !key.whose.is_own() || key.whose.is_only());
                Some(Person {
                    whose: whose(known.who, only)?,
                    also: known.also,
                    standing: known.status,
                    calls_themselves: known.calls_themselves,
                    is_checked: known.verified.is_some(),
                    checked: known.verified,
                    is_expired: known.expired,
                })
            }
        }
    }

    #[cfg(test)]
    pub(crate) fn these(keys: Vec<KnownKey>, signers: Vec<(SigningKey, Person)>) -> Self {
        Self {
            keys,
            signers: SigningKeys::These(signers),
            found: Mutex::default(),
        }
    }
}

fn whose(who: PersonName, only: bool) -> Option<PersonId> {
    match who {
        PersonName::Identity(name) => Some(PersonId::You {
            name: Some(name),
            only,
        }),
        PersonName::Contact { name, .. } => Some(PersonId::Contact(name)),
        PersonName::Recipient(_) => None,
    }
}

impl KnownKey {
    fn in_file(&self, file: &UnlockedFile) -> PersonKey {
        let addressee = |key: &SigningKey| file.addressee_id(key);
        PersonKey {
            whose: self.whose.clone(),
            recipient: self.recipient.clone(),
            rid: match self.recipient.as_recipient().and_then(Recipient::digest) {
                Some(digest) => file.recipient_id_of(&digest),
                None => file.recipient_id(&self.recipient.to_string()),
            },
            addressees: self.signing.iter().map(addressee).collect(),
        }
    }
}

impl PersonKey {
    /// Returns its id in the reader list.
    pub(crate) fn rid(&self) -> RecipientId {
        self.rid
    }
}

impl Person {
    pub(crate) fn new(whose: PersonId) -> Self {
        let (calls_themselves, checked) = (None, None);
        let standing = KeyStatus::Current;
        let also = Vec::new();
        Self {
            whose,
            also,
            standing,
            calls_themselves,
            is_checked: false,
            checked,
            is_expired: false,
        }
    }

    pub(crate) fn is_own(&self) -> bool {
        matches!(self.whose, PersonId::You { .. })
    }

    fn is_only(&self) -> bool {
        matches!(self.whose, PersonId::You { only: true, .. })
    }

    /// Returns the user's name for them.
    pub(crate) fn name(&self) -> Option<&Name> {
        match &self.whose {
            PersonId::You { name, .. } => name.as_ref(),
            PersonId::Contact(name) => Some(name),
        }
    }

    /// Returns whether this is one of their names.
    pub(crate) fn is_called(&self, name: &Name) -> bool {
        self.name() == Some(name) || self.also.contains(name)
    }

    /// Returns their name: `you`, `you (work)`, `alice`.
    pub(crate) fn called(&self) -> String {
        match &self.whose {
            PersonId::You {
                name: Some(name),
                only: false,
            } => format!("you ({name})"),
            PersonId::You { .. } => "you".to_owned(),
            PersonId::Contact(name) => name.to_string(),
        }
    }

    /// Names their key: `your key`, `alice's former key`.
    pub(crate) fn key(&self) -> String {
        let adjective = match self.standing {
            KeyStatus::Current => "",
            KeyStatus::Former { .. } => "former ",
            KeyStatus::Changed => "unconfirmed ",
            KeyStatus::Revoked => "revoked ",
        };
        match &self.whose {
            PersonId::You {
                name: Some(name),
                only: false,
            } => format!("your {adjective}key ({name})"),
            PersonId::You { .. } => format!("your {adjective}key"),
            PersonId::Contact(name) => format!("{name}'s {adjective}key"),
        }
    }

    /// Returns whether this is a key of the keyring's own identities that is still in use. A key
    /// that was only named for this run may be one that was lost and replaced.
    pub(crate) fn is_own_in_use(&self) -> bool {
        matches!(self.whose, PersonId::You { name: Some(_), .. })
            && self.standing == KeyStatus::Current
    }

    /// Returns whether both are the same person, perhaps under two names.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.is_own() == other.is_own() && other.name().is_some_and(|name| self.is_called(name))
    }

    /// Returns the name for a list: `alice`, or the key if it is not current.
    pub(crate) fn in_list(&self) -> String {
        match self.standing {
            KeyStatus::Current => self.called(),
            _ => self.key(),
        }
    }

    /// Returns whether their key is in question.
    pub(crate) fn is_doubtful(&self) -> bool {
        matches!(self.standing, KeyStatus::Changed | KeyStatus::Revoked)
    }
}
