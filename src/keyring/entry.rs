//! What is written of each thing in the keyring: one TOML file, whose unknown fields (those of newer versions) stay.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// What a name can stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    Identity,
    Contact,
    Group,
}

impl Kind {
    pub(crate) const ALL: [Self; 3] = [Self::Contact, Self::Group, Self::Identity];

    /// Its folder in the keyring.
    pub(crate) fn folder(self) -> &'static str {
        match self {
            Self::Identity => "identities",
            Self::Contact => "contacts",
            Self::Group => "groups",
        }
    }

    /// What messages call it.
    pub(crate) fn noun(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Contact => "contact",
            Self::Group => "group",
        }
    }
}

/// Something that has a file of its own.
pub(crate) trait Entry: Serialize + DeserializeOwned {
    const KIND: Kind;
}

/// Which keys an identity makes of its seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kinds {
    /// Post-quantum, and its classic twin.
    Hybrid,
    /// X25519 only.
    Classic,
    /// None: all its keys were imported.
    Imported,
}

/// What is public of an identity of one's own; its secrets are in the file beside, `NAME.age`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Identity {
    pub(crate) kind: Kinds,
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
    pub(crate) backed_up: Option<String>,
    #[serde(flatten)]
    rest: toml::Table,
}

/// Somebody else.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Contact {
    /// Those that were pinned when the contact was added.
    pub(crate) recipients: Vec<String>,
    /// The day they were pinned, and from where they came.
    pub(crate) added: String,
    pub(crate) source: String,
    /// The day on which the check value was typed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) verified: Option<String>,
    /// The day on which the contact was removed: what is left is a tombstone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) removed: Option<String>,
    /// Other recipients that came later and were not accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) changed: Option<Changed>,
    /// The contact card, where it came as one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) card: Option<Card>,
    #[serde(flatten)]
    rest: toml::Table,
}

/// Recipients of a contact that differ from the pinned ones.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Changed {
    pub(crate) recipients: Vec<String>,
    pub(crate) on: String,
    pub(crate) source: String,
    #[serde(flatten)]
    rest: toml::Table,
}

/// A contact card as it came, to the byte.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Card {
    pub(crate) text: String,
    pub(crate) signing_key: String,
    pub(crate) serial: u64,
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

impl Entry for Identity {
    const KIND: Kind = Kind::Identity;
}

impl Entry for Contact {
    const KIND: Kind = Kind::Contact;
}

impl Entry for Group {
    const KIND: Kind = Kind::Group;
}

impl Identity {
    pub(crate) fn new(
        kind: Kinds,
        recipients: Vec<String>,
        signing_key: Option<String>,
        created: String,
    ) -> Self {
        let (encrypted, backed_up, rest) = (true, None, toml::Table::new());
        Self { kind, recipients, signing_key, created, encrypted, backed_up, rest }
    }
}

impl Group {
    pub(crate) fn new(members: Vec<String>) -> Self {
        Self { members, rest: toml::Table::new() }
    }
}

impl Changed {
    pub(crate) fn new(recipients: Vec<String>, on: String, source: String) -> Self {
        Self { recipients, on, source, rest: toml::Table::new() }
    }
}

impl Contact {
    pub(crate) fn new(recipients: Vec<String>, added: String, source: String) -> Self {
        let rest = toml::Table::new();
        Self { recipients, added, source, verified: None, removed: None, changed: None, card: None, rest }
    }
}
