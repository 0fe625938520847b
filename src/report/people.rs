//! The people one knows, by their keys: one's own identities and the contacts of the keyring.
//!
//! Where there is no keyring nobody is known, and everything can still be said.

use crate::context::Context;
use crate::errors::warn_error;
use crate::keyring;
use crate::keyring::{KeyStatus, Keyring, Name, PersonName, StoredIdentity};
use bulla_age::key_file::KeyFileIdentity;
use bulla_age::untrusted::Untrusted;
use bulla_age::{AnyRecipient, RecipientId, recipient_id};

/// Whose keys are which.
#[derive(Default)]
pub(crate) struct People {
    pub(crate) keys: Vec<PersonKey>,
    signers: SigningKeys,
}

/// Where signing keys are looked for.
#[derive(Default)]
enum SigningKeys {
    #[default]
    Nowhere,
    Keyring(Keyring),
    #[cfg(test)]
    These(Vec<([u8; 32], Person)>),
}

/// A key that files are closed for.
#[derive(Clone)]
pub(crate) struct PersonKey {
    pub(crate) whose: Person,
    pub(crate) recipient: AnyRecipient,
    /// The signing keys of the same identity, where it is one's own: that in force, and those it succeeded.
    pub(crate) signing: Vec<[u8; 32]>,
    /// What stands for it in a list; known beforehand, because lists are long and there may be many keys.
    rid: RecipientId,
}

/// Somebody who is known by a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Person {
    pub(crate) whose: PersonId,
    /// Other names that one has for whoever has it.
    pub(crate) also: Vec<Name>,
    /// How this key of theirs stands.
    pub(crate) standing: KeyStatus,
    /// What they call themselves.
    pub(crate) calls_themselves: Option<Untrusted>,
    /// Whether their keys were checked with them, and the day where it is known.
    pub(crate) is_checked: bool,
    pub(crate) checked: Option<Untrusted>,
    /// Whether the day is past that their card gives.
    pub(crate) is_expired: bool,
}

/// A person of the keyring.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PersonId {
    /// Oneself, by an identity of the keyring; by a key from elsewhere without a name.
    You {
        name: Option<Name>,
        only: bool,
    },
    Contact(Name),
}

impl People {
    /// Those of the keyring. One that cannot be read is a warning, and nobody is known.
    pub(crate) fn load(context: &Context) -> Self {
        let Ok(keyring) = context.keyring() else {
            return Self::default();
        };
        match Self::of(keyring) {
            Ok(people) => people,
            Err(error) => {
                context
                    .ui
                    .warning(&format_args!("nobody is known by their keys: {error}"));
                Self::default()
            }
        }
    }

    /// Says which files of the keyring cannot be read: their keys are nobody's here.
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

    /// Also knows these identities, which were named or opened the file.
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

    /// Whether a signing key was revoked; one whose revocation cannot be read counts as such.
    pub(crate) fn is_revoked(&self, key: &[u8; 32]) -> bool {
        match &self.signers {
            SigningKeys::Keyring(keyring) => !matches!(keyring.revocation(key), Ok(None)),
            _ => false,
        }
    }

    /// Whose signing key this is; none where it is nobody's.
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

    /// What stands for it in a list.
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

    /// The user's own name for them.
    pub(crate) fn name(&self) -> Option<&Name> {
        match &self.whose {
            PersonId::You { name, .. } => name.as_ref(),
            PersonId::Contact(name) => Some(name),
        }
    }

    /// Whether this is a name of theirs.
    pub(crate) fn is_called(&self, name: &Name) -> bool {
        self.name() == Some(name) || self.also.contains(name)
    }

    /// What they are called where their key says nothing more: `you`, `you (work)`, `alice`.
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

    /// What a key of theirs is called: `your key`, `alice's former key`.
    pub(crate) fn key(&self) -> String {
        let adjective = match self.standing {
            KeyStatus::Current => "",
            KeyStatus::Former { .. } => "former ",
            KeyStatus::Changed => "undecided ",
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

    /// The same among others, as short as can be: `alice`, or that it is no key of theirs now.
    pub(crate) fn in_list(&self) -> String {
        match self.standing {
            KeyStatus::Current => self.called(),
            _ => self.key(),
        }
    }

    /// Whether their keys could be somebody else's.
    pub(crate) fn is_doubtful(&self) -> bool {
        matches!(self.standing, KeyStatus::Changed | KeyStatus::Revoked)
    }
}
