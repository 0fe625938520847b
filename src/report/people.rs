//! The people in the keyring, by their keys: the user's identities and the contacts.
//!
//! Without a keyring nobody is known, and a report can still be made.

use crate::context::Context;
use crate::errors::warn_error;
use crate::keyring;
use crate::keyring::{KeyStatus, Keyring, Name, PersonName, StoredIdentity};
use bulla_age::key_file::KeyFileIdentity;
use bulla_age::untrusted::Untrusted;
use bulla_age::{AnyRecipient, RecipientId, recipient_id};

/// The owners of keys.
#[derive(Default)]
pub(crate) struct People {
    pub(crate) keys: Vec<PersonKey>,
    signers: SigningKeys,
}

/// Where to look up signing keys.
#[derive(Default)]
enum SigningKeys {
    #[default]
    Nowhere,
    Keyring(Keyring),
    #[cfg(test)]
    These(Vec<([u8; 32], Person)>),
}

/// A recipient, and its owner.
#[derive(Clone)]
pub(crate) struct PersonKey {
    pub(crate) whose: Person,
    pub(crate) recipient: AnyRecipient,
    /// The signing keys of the user's identity, current and former; empty for contacts.
    pub(crate) signing: Vec<[u8; 32]>,
    /// Its id in reader lists, computed once because there may be many keys.
    rid: RecipientId,
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
        match Self::of(keyring) {
            Ok(people) => people,
            Err(error) => {
                context.ui.warning(&format_args!(
                    "Your contacts cannot be read, so no names are shown: \
                        {error}"
                ));
                Self::default()
            }
        }
    }

    /// Warns about keyring entries that cannot be read.
    pub(crate) fn warn_of_unreadable(&self, context: &Context) {
        if let SigningKeys::Keyring(keyring) = &self.signers {
            for error in keyring.unreadable().unwrap_or_default() {
                warn_error(&context.ui, &error.into());
            }
        }
    }

    fn of(keyring: &Keyring) -> Result<Self, keyring::KeyringError> {
        let own: Vec<(Name, Vec<[u8; 32]>)> = keyring
            .all::<StoredIdentity>()?
            .into_iter()
            .filter_map(|(name, kept)| {
                let keys = keyring.own_signing_keys(&name, &kept.ok()?);
                Some((name, keys))
            })
            .collect();
        let only = own.len() == 1;
        let mut keys: Vec<PersonKey> = Vec::new();
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
            keys.push(PersonKey::new(whose, known.recipient, signing));
        }
        keys.sort_by_key(|key| !key.whose.is_own());
        Ok(Self {
            keys,
            signers: SigningKeys::Keyring(keyring.clone()),
        })
    }

    /// Returns all keys, with those of these identities.
    pub(crate) fn with(&self, identities: &[&dyn KeyFileIdentity]) -> Vec<PersonKey> {
        let mut keys: Vec<PersonKey> = self
            .keys
            .iter()
            .take_while(|key| key.whose.is_own())
            .cloned()
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
                keys.push(PersonKey::new(whose, recipient, Vec::new()));
            }
        }
        keys.extend(self.keys.iter().filter(|key| !key.whose.is_own()).cloned());
        keys
    }

    /// Returns whether a signing key was revoked. An unreadable revocation counts.
    pub(crate) fn is_revoked(&self, key: &[u8; 32]) -> bool {
        match &self.signers {
            SigningKeys::Keyring(keyring) => !matches!(keyring.revocation(key), Ok(None)),
            _ => false,
        }
    }

    /// Returns the owner of a signing key, if known.
    pub(crate) fn signer(&self, key: &[u8; 32]) -> Option<Person> {
        match &self.signers {
            SigningKeys::Nowhere => None,
            #[cfg(test)]
            SigningKeys::These(known) => known
                .iter()
                .find(|(known, _)| known == key)
                .map(|(_, who)| who.clone()),
            SigningKeys::Keyring(keyring) => {
                let known = keyring.signer(key).ok()??;
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
    pub(crate) fn these(keys: Vec<PersonKey>, signers: Vec<([u8; 32], Person)>) -> Self {
        Self {
            keys,
            signers: SigningKeys::These(signers),
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

impl PersonKey {
    pub(crate) fn new(whose: Person, recipient: AnyRecipient, signing: Vec<[u8; 32]>) -> Self {
        let rid = recipient_id(&recipient.to_string());
        Self {
            whose,
            recipient,
            signing,
            rid,
        }
    }

    /// Returns its id in reader lists.
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
