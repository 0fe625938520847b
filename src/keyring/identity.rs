//! The user's own identities, as far as they are public, and where their secrets are.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::card::{Card, CardError};
use crate::keyring::entry::{Entry, EntryKind};
use crate::keyring::error::KeyringError;
use crate::keyring::name::Name;
use crate::keyring::store::{Keyring, parse_recipients};
use bulla_age::untrusted::Untrusted;
use bulla_age::{AnyRecipient, signing};

/// The keys that an identity derives from its seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum IdentityKind {
    /// Post-quantum keys, each with a classic twin.
    Hybrid,
    /// X25519 only.
    Classic,
    /// No seed: all keys were imported.
    Imported,
}

/// The public half of an identity. Its secrets are in the file `NAME.age` beside it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct StoredIdentity {
    pub(crate) kind: IdentityKind,
    /// All recipients: newest epoch first, hybrid before classic, imported ones last.
    pub(crate) recipients: Vec<String>,
    /// The Ed25519 public key in base64. Imported identities have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) signing_key: Option<String>,
    pub(crate) created: String,
    /// Whether the secret file is encrypted.
    pub(crate) encrypted: bool,
    /// The day on which the user wrote down the backup words and typed three of them back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    backed_up: Option<String>,
    /// The signing key that those words produce. After a merge of two keyrings this shows whether
    /// the words are those of the present seed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    words_of: Option<String>,
    #[serde(flatten)]
    rest: toml::Table,
}

impl Entry for StoredIdentity {
    const KIND: EntryKind = EntryKind::Identity;
}

impl StoredIdentity {
    pub(crate) fn new(
        kind: IdentityKind,
        recipients: Vec<String>,
        signing_key: Option<String>,
        created: String,
    ) -> Self {
        Self {
            kind,
            recipients,
            signing_key,
            created,
            encrypted: true,
            backed_up: None,
            words_of: None,
            rest: toml::Table::new(),
        }
    }

    /// The day of the backup, if the words are those of the present signing key.
    pub(crate) fn backed_up(&self) -> Option<&str> {
        let is_of_another = self.words_of.is_some() && self.words_of != self.signing_key;
        self.backed_up.as_deref().filter(|_| !is_of_another)
    }

    /// Records that the words were written down.
    pub(crate) fn back_up(&mut self, on: String) {
        (self.backed_up, self.words_of) = (Some(on), self.signing_key.clone());
    }

    /// Sets the signing key. If it is another one, its words have not been backed up.
    pub(crate) fn sign_by(&mut self, key: String) {
        if self.signing_key.as_ref() != Some(&key) {
            (self.backed_up, self.words_of) = (None, None);
        }
        self.signing_key = Some(key);
    }

    /// The recipients, parsed.
    pub(crate) fn parsed(&self, name: &Name) -> Result<Vec<AnyRecipient>, KeyringError> {
        parse_recipients(&self.recipients, EntryKind::Identity, name)
    }
}

/// The path of a secret file, and its contents.
pub(crate) type SecretFile = (PathBuf, Zeroizing<Vec<u8>>);

impl Keyring {
    /// The secret file of an identity, if there is one.
    pub(crate) fn secret(&self, name: &Name) -> Result<Option<SecretFile>, KeyringError> {
        let Some(folder) = self.folder(EntryKind::Identity)? else {
            return Ok(None);
        };
        let file = format!("{name}.age");
        Ok(folder
            .read(&file)?
            .map(|bytes| (folder.path().join(file), bytes)))
    }

    /// The current card of an identity, if one was made.
    ///
    /// # Errors
    /// [`KeyringError::Damaged`] if the file is not a card.
    pub(crate) fn card(&self, name: &Name) -> Result<Option<Card>, KeyringError> {
        let Some(folder) = self.folder(EntryKind::Identity)? else {
            return Ok(None);
        };
        let file = format!("{name}.card");
        let Some(bytes) = folder.read(&file)? else {
            return Ok(None);
        };
        let damaged = |error: CardError| KeyringError::Damaged {
            file: Untrusted::from(folder.path().join(&file).as_path()),
            line: None,
            why: error.to_string(),
        };
        Card::parse(&bytes).map(Some).map_err(damaged)
    }

    /// The signing keys of an identity: the present one, then those it succeeded according to its
    /// card.
    pub(crate) fn own_signing_keys(&self, name: &Name, identity: &StoredIdentity) -> Vec<[u8; 32]> {
        let key = identity
            .signing_key
            .as_deref()
            .and_then(|key| signing::parse(key).ok());
        let Some(key) = key else { return Vec::new() };
        let card = self
            .card(name)
            .ok()
            .flatten()
            .filter(|card| *card.signing_key() == key);
        let former = card
            .iter()
            .flat_map(|card| card.successions())
            .map(|succession| succession.old);
        std::iter::once(key).chain(former).collect()
    }
}
