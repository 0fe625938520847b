//! What is written of each thing in the keyring: one TOML file, whose unknown fields (those of newer versions) stay.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::card;
use crate::keyring::error::KeyringError;
use crate::keyring::name::Name;
use crate::keyring::signed::Signed;
use crate::keyring::store::parse_recipients;
use bulla_age::{AnyRecipient, signing};

/// What a name can stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum EntryKind {
    Identity,
    Contact,
    Group,
    /// The end of somebody's signing key; its name is that key.
    Revocation,
}

impl EntryKind {
    /// What has a name that people give.
    pub(crate) const ALL: [Self; 3] = [Self::Contact, Self::Group, Self::Identity];
    /// What has a folder.
    pub(crate) const FOLDERS: [Self; 4] =
        [Self::Contact, Self::Group, Self::Identity, Self::Revocation];

    /// Its folder in the keyring.
    pub(crate) fn folder(self) -> &'static str {
        match self {
            Self::Identity => "identities",
            Self::Contact => "contacts",
            Self::Group => "groups",
            Self::Revocation => "revocations",
        }
    }

    /// What messages call it.
    pub(crate) fn noun(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Contact => "contact",
            Self::Group => "group",
            Self::Revocation => "revocation",
        }
    }
}

/// Something that has a file of its own.
pub(crate) trait Entry: Serialize + DeserializeOwned {
    const KIND: EntryKind;

    /// What TOML cannot say: whether its parts agree with each other.
    ///
    /// # Errors
    /// Which do not.
    fn agrees(&self) -> Result<(), &'static str> {
        Ok(())
    }
}

/// Which keys an identity makes of its seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum IdentityKind {
    /// Post-quantum, and its classic twin.
    Hybrid,
    /// X25519 only.
    Classic,
    /// None: all its keys were imported.
    Imported,
}

/// What is public of an identity of one's own; its secrets are in the file beside, `NAME.age`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct StoredIdentity {
    pub(crate) kind: IdentityKind,
    /// All its recipients, newest epoch first, hybrid before classic, imported ones last.
    pub(crate) recipients: Vec<String>,
    /// The Ed25519 public key in base64; none for imported ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) signing_key: Option<String>,
    pub(crate) created: String,
    /// Whether the file beside is encrypted.
    pub(crate) encrypted: bool,
    /// The day on which its words were written down and three of them given back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    backed_up: Option<String>,
    /// The signing key that those words give, so that no merge of two keyrings takes them for the words of a later seed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    words_of: Option<String>,
    #[serde(flatten)]
    rest: toml::Table,
}

/// Somebody else.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Contact {
    /// Those that are pinned; of a contact with a card, those of the card.
    pub(crate) recipients: Vec<String>,
    /// The day their keys were pinned (with a card, their signing key), and from where they came.
    pub(crate) added: String,
    pub(crate) source: String,
    /// The day on which the check value or the safety number was typed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) verified: Option<String>,
    /// What was typed then, so that no merge of two keyrings leaves the check of one key beside another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) typed: Option<String>,
    /// The day on which the contact was removed: what is left is a tombstone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) removed: Option<String>,
    /// The contact card in force, where it came as one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) card: Option<StoredCard>,
    /// Other keys that came later and were not accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) changed: Option<WaitingKeys>,
    /// Another card of one signing key and serial: one of the two should not be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) conflict: Option<WaitingKeys>,
    /// Keys that others took the place of, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) former: Vec<FormerKeys>,
    #[serde(flatten)]
    rest: toml::Table,
}

/// Keys of a contact that came, and are not in force.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct WaitingKeys {
    pub(crate) recipients: Vec<String>,
    pub(crate) on: String,
    pub(crate) source: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) card: Option<StoredCard>,
    #[serde(flatten)]
    rest: toml::Table,
}

/// A contact card as it came, to the byte.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct StoredCard {
    pub(crate) text: Signed<card::Card>,
    /// The day it came.
    pub(crate) on: String,
    #[serde(flatten)]
    rest: toml::Table,
}

/// Keys that others took the place of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct FormerKeys {
    pub(crate) recipients: Vec<String>,
    /// The day they were replaced.
    pub(crate) replaced: String,
    /// The signing key whose card they came in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) signing_key: Option<String>,
    /// Whether nothing but its word stands for the keys that came after it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) vouched: bool,
    #[serde(flatten)]
    rest: toml::Table,
}

/// That a signing key is not to be believed any more, by its own word. It is kept whether a contact has the key or not, so
/// that it holds for those who come later too.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct StoredRevocation {
    pub(crate) text: Signed<card::Revocation>,
    pub(crate) on: String,
    pub(crate) source: String,
    #[serde(flatten)]
    rest: toml::Table,
}

/// A name for several.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Group {
    /// Names of contacts, identities and other groups.
    pub(crate) members: Vec<String>,
    #[serde(flatten)]
    rest: toml::Table,
}

impl Entry for StoredIdentity {
    const KIND: EntryKind = EntryKind::Identity;
}

impl Entry for Contact {
    const KIND: EntryKind = EntryKind::Contact;

    fn agrees(&self) -> Result<(), &'static str> {
        let others = self.changed.iter().chain(&self.conflict);
        let others = others.map(|other| (&other.recipients, other.card.as_ref()));
        for (recipients, card) in
            std::iter::once((&self.recipients, self.card.as_ref())).chain(others)
        {
            if card.is_some_and(|card| card.recipients() != *recipients) {
                return Err("the recipients are not those of the card");
            }
        }
        if self
            .conflict
            .as_ref()
            .is_some_and(|conflict| conflict.card.is_none())
        {
            return Err("what stands against the card is none");
        }
        if self.verified.is_some() && !self.is_typed() {
            return Err(
                "it was checked with other keys than these: take verified and typed out of it, and check anew",
            );
        }
        for former in &self.former {
            if former.signing_key().is_err() {
                return Err("a former signing key is none");
            }
        }
        Ok(())
    }
}

impl Entry for StoredRevocation {
    const KIND: EntryKind = EntryKind::Revocation;
}

impl Entry for Group {
    const KIND: EntryKind = EntryKind::Group;
}

impl StoredIdentity {
    pub(crate) fn new(
        kind: IdentityKind,
        recipients: Vec<String>,
        signing_key: Option<String>,
        created: String,
    ) -> Self {
        let (encrypted, backed_up, words_of, rest) = (true, None, None, toml::Table::new());
        Self {
            kind,
            recipients,
            signing_key,
            created,
            encrypted,
            backed_up,
            words_of,
            rest,
        }
    }
}

impl StoredIdentity {
    /// The day on which its words were written down and three of them given back.
    pub(crate) fn backed_up(&self) -> Option<&str> {
        let is_of_another = self.words_of.is_some() && self.words_of != self.signing_key;
        self.backed_up.as_deref().filter(|_| !is_of_another)
    }

    /// Notes that its words were written down.
    pub(crate) fn back_up(&mut self, on: String) {
        (self.backed_up, self.words_of) = (Some(on), self.signing_key.clone());
    }

    /// Gives it another signing key, whose words nobody has written down.
    pub(crate) fn sign_by(&mut self, key: String) {
        if self.signing_key.as_ref() != Some(&key) {
            (self.backed_up, self.words_of) = (None, None);
        }
        self.signing_key = Some(key);
    }

    /// Its recipients.
    pub(crate) fn parsed(&self, name: &Name) -> Result<Vec<AnyRecipient>, KeyringError> {
        parse_recipients(&self.recipients, EntryKind::Identity, name)
    }
}

impl Group {
    pub(crate) fn new(members: Vec<String>) -> Self {
        Self {
            members,
            rest: toml::Table::new(),
        }
    }
}

impl WaitingKeys {
    pub(crate) fn new(recipients: Vec<String>, on: String, source: String) -> Self {
        Self {
            recipients,
            on,
            source,
            card: None,
            rest: toml::Table::new(),
        }
    }

    /// The same in a card, or without one.
    pub(super) fn within(self, card: Option<StoredCard>) -> Self {
        Self { card, ..self }
    }
}

impl StoredCard {
    pub(crate) fn new(card: card::Card, on: String) -> Self {
        Self {
            text: Signed(card),
            on,
            rest: toml::Table::new(),
        }
    }

    /// What it says.
    pub(crate) fn says(&self) -> &card::Card {
        &self.text.0
    }

    /// Its recipients as they are kept.
    pub(crate) fn recipients(&self) -> Vec<String> {
        self.says()
            .recipients()
            .iter()
            .map(AnyRecipient::to_string)
            .collect()
    }
}

impl FormerKeys {
    pub(crate) fn new(
        recipients: Vec<String>,
        signing_key: Option<&[u8; 32]>,
        replaced: String,
    ) -> Self {
        let signing_key = signing_key.map(|key| signing::text(key));
        Self {
            recipients,
            replaced,
            signing_key,
            vouched: false,
            rest: toml::Table::new(),
        }
    }

    /// The signing key whose card they came in.
    pub(crate) fn signing_key(&self) -> Result<Option<[u8; 32]>, bulla_age::ParseError> {
        self.signing_key.as_deref().map(signing::parse).transpose()
    }
}

impl StoredRevocation {
    pub(crate) fn new(revocation: card::Revocation, on: String, source: String) -> Self {
        Self {
            text: Signed(revocation),
            on,
            source,
            rest: toml::Table::new(),
        }
    }

    /// What it says.
    pub(crate) fn says(&self) -> &card::Revocation {
        &self.text.0
    }
}

impl Contact {
    pub(crate) fn new(recipients: Vec<String>, added: String, source: String) -> Self {
        let (verified, typed, removed) = (None, None, None);
        let (card, changed, conflict) = (None, None, None);
        let (former, rest) = (Vec::new(), toml::Table::new());
        Self {
            recipients,
            added,
            source,
            verified,
            typed,
            removed,
            card,
            changed,
            conflict,
            former,
            rest,
        }
    }
}
