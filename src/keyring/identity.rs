//! The user's own identities, as far as they are public, and where their secrets are.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::card::{Card, CardError};
use crate::keyring::entry::{Entry, EntryKind};
use crate::keyring::error::KeyringError;
use crate::keyring::journal::hex;
use crate::keyring::name::Name;
use crate::keyring::pins::{Pin, Pins};
use crate::keyring::store::{Keyring, parse, parse_recipients};
use bulla_age::AnyRecipient;
use bulla_age::signing;
use bulla_age::signing::{Algorithm, Signer, SigningKey};
use bulla_age::untrusted::Untrusted;

/// The label of what is signed.
const LABEL: &str = "bulla/public-half/v1";

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
    /// It only signs: nothing can be encrypted to it, and it opens nothing.
    Signing,
}

/// The public half of an identity. Its secrets are in the file `NAME.age` beside it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct StoredIdentity {
    pub(crate) kind: IdentityKind,
    /// All recipients: newest epoch first, hybrid before classic, imported ones last.
    pub(crate) recipients: Vec<String>,
    /// The public signing key. Imported identities have none.
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
    /// How often the public half was signed. A lower number than before is an old state.
    #[serde(default, skip_serializing_if = "is_zero")]
    serial: u64,
    /// The Ed25519 signature of the public half by the signing key, in base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    signature: Option<String>,
    #[serde(flatten)]
    rest: toml::Table,
}

impl Entry for StoredIdentity {
    const KIND: EntryKind = EntryKind::Identity;

    fn is_pinned_otherwise(&self, name: &Name, pins: &Pins) -> bool {
        pins.of(name).is_some_and(|pin| !self.agrees_with(pin))
    }
}

fn is_zero(number: &u64) -> bool {
    *number == 0
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
            serial: 0,
            signature: None,
            rest: toml::Table::new(),
        }
    }

    /// The public signing key.
    pub(crate) fn signing_key(&self) -> Option<SigningKey> {
        self.signing_key.as_deref()?.parse().ok()
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

    /// Signs the public half, if this is its signing key and the present signature is not valid.
    pub(crate) fn sign(&mut self, signer: &dyn Signer) {
        if self.signing_key() != Some(signer.key()) || self.is_signed() {
            return;
        }
        self.serial = self.serial.saturating_add(1);
        let signature = signer.sign(Algorithm::Ed25519, LABEL, &self.canonical());
        self.signature = Some(signing::text(&signature));
    }

    fn is_signed(&self) -> bool {
        let signature = self.signature.as_deref();
        let signature = signature.and_then(|text| signing::parse::<64>(text).ok());
        let (Some(key), Some(signature)) = (self.signing_key(), signature) else {
            return false;
        };
        signing::verify(
            &key,
            Algorithm::Ed25519,
            LABEL,
            &self.canonical(),
            &signature,
        )
        .is_some()
    }

    /// What is signed: everything that says whom files for this identity are encrypted to, and who
    /// signs as it. Each field has its length in front, so that no two halves give the same bytes.
    fn canonical(&self) -> Vec<u8> {
        let kind = match self.kind {
            IdentityKind::Hybrid => "hybrid",
            IdentityKind::Classic => "classic",
            IdentityKind::Imported => "imported",
            IdentityKind::Signing => "signing",
        };
        let serial = self.serial.to_string();
        let key = self.signing_key.as_deref().unwrap_or_default();
        let fields = [kind, &serial, key].into_iter();
        let mut bytes = Vec::new();
        for field in fields.chain(self.recipients.iter().map(String::as_str)) {
            bytes.extend_from_slice(&(field.len() as u64).to_be_bytes());
            bytes.extend_from_slice(field.as_bytes());
        }
        bytes
    }

    pub(super) fn pin(&self) -> Pin {
        Pin {
            signing_key: self.signing_key.clone(),
            serial: self.serial,
            half: hex(&Sha256::digest(self.canonical())),
            before: None,
        }
    }

    /// Returns whether this is the pinned public half, or a later one signed with the pinned key.
    fn agrees_with(&self, pin: &Pin) -> bool {
        let own = self.pin();
        own.half == pin.half
            || pin.before.as_ref() == Some(&own.half)
            || own.signing_key.is_some()
                && own.signing_key == pin.signing_key
                && own.serial >= pin.serial
                && self.is_signed()
    }

    /// The recipients, parsed.
    pub(crate) fn parsed(&self, name: &Name) -> Result<Vec<AnyRecipient>, KeyringError> {
        parse_recipients(&self.recipients, EntryKind::Identity, name)
    }

    /// The recipients that are in use. Of keys derived from a seed these are the newest ones,
    /// because users start a new epoch or a new seed when an older key may have been stolen.
    pub(crate) fn in_use(&self, name: &Name) -> Result<Vec<AnyRecipient>, KeyringError> {
        let recipients = self.parsed(name)?;
        if self.kind == IdentityKind::Imported {
            return Ok(recipients);
        }
        let newest = |is: fn(&AnyRecipient) -> bool| {
            recipients.iter().find(|recipient| is(recipient)).cloned()
        };
        let hybrid = newest(|recipient| matches!(recipient, AnyRecipient::Hybrid(_)));
        let classic = newest(|recipient| matches!(recipient, AnyRecipient::X25519(_)));
        Ok(hybrid.into_iter().chain(classic).collect())
    }
}

/// The path of a secret file, and its contents.
pub(crate) type SecretFile = (PathBuf, Zeroizing<Vec<u8>>);

impl Keyring {
    /// Returns whether this machine knows that this is the public half of an identity of the user:
    /// it is pinned, or was compared with its secret in this run.
    pub(crate) fn is_confirmed(
        &self,
        name: &Name,
        identity: &StoredIdentity,
    ) -> Result<bool, KeyringError> {
        Ok(self.agrees(name, identity, &self.pins()?))
    }

    fn agrees(&self, name: &Name, identity: &StoredIdentity, pins: &Pins) -> bool {
        self.compared().get(name) == Some(&identity.pin())
            || pins.of(name).is_some_and(|pin| identity.agrees_with(pin))
    }

    /// Returns the pinned signing key, if this machine knows an identity of this name with other
    /// keys than these. Imported identities have none.
    pub(crate) fn known_otherwise(
        &self,
        name: &Name,
        identity: &StoredIdentity,
    ) -> Result<Option<Option<SigningKey>>, KeyringError> {
        let pins = self.pins()?;
        let other = pins.of(name).filter(|pin| !identity.agrees_with(pin));
        Ok(other.map(|pin| pin.signing_key.as_deref()?.parse().ok()))
    }

    /// Returns whether this machine has used the keyring before. An identity that it does not know
    /// has then been added elsewhere.
    pub(crate) fn is_known(&self) -> Result<bool, KeyringError> {
        Ok(self.pins()?.is_known)
    }

    /// Remembers in this run, and on this machine if there is a place for it, that these are the
    /// public halves of their secrets.
    pub(crate) fn remember_confirmed(
        &self,
        identities: &[(Name, StoredIdentity)],
    ) -> Result<(), KeyringError> {
        for (name, identity) in identities {
            self.compared().insert(name.clone(), identity.pin());
        }
        if self.pin_file().has_place() {
            self.confirm(identities)
        } else {
            Ok(())
        }
    }

    /// Pins these identities on this machine.
    pub(crate) fn confirm(
        &self,
        identities: &[(Name, StoredIdentity)],
    ) -> Result<(), KeyringError> {
        self.pin_file().change(|pins| {
            for (name, identity) in identities {
                pins.pin(name.as_str(), &identity.pin(), true);
            }
        })
    }

    /// The identity of this name, which this machine knows to be the user's.
    ///
    /// # Errors
    /// [`KeyringError::Unconfirmed`], [`KeyringError::Foreign`].
    pub(crate) fn confirmed_identity(&self, name: &Name) -> Result<StoredIdentity, KeyringError> {
        let identity: StoredIdentity = self.get(name)?;
        if self.is_confirmed(name, &identity)? {
            Ok(identity)
        } else {
            Err(KeyringError::Unconfirmed { name: name.clone() })
        }
    }

    /// Pins the present public halves of the identities that are pinned already. They agree with
    /// their pins, and may be later.
    pub(crate) fn advance_pins(&self) -> Result<(), KeyringError> {
        let pins = self.pins()?;
        let own = self.own_identities()?.into_iter();
        let is_later = |name: &Name, own: &StoredIdentity| {
            pins.of(name)
                .is_some_and(|pin| pin.before.is_none() && *pin != own.pin())
        };
        let later: Vec<_> = own.filter(|(name, own)| is_later(name, own)).collect();
        if later.is_empty() {
            Ok(())
        } else {
            self.confirm(&later)
        }
    }

    /// The identities that this machine knows to be the user's.
    pub(crate) fn own_identities(&self) -> Result<Vec<(Name, StoredIdentity)>, KeyringError> {
        let pins = self.pins()?;
        let all = self.all::<StoredIdentity>()?.into_iter();
        let readable = all.filter_map(|(name, found)| Some((name, self.noting(found)?)));
        Ok(readable
            .filter(|(name, identity)| self.agrees(name, identity, &pins))
            .collect())
    }

    /// The identity of this name, even if this machine knows another one.
    pub(crate) fn unconfirmed_identity(&self, name: &Name) -> Result<StoredIdentity, KeyringError> {
        let file = name.file("toml");
        let folder = self.folder(EntryKind::Identity)?;
        let found = match &folder {
            Some(folder) => folder.read(&file)?,
            None => None,
        };
        match (folder, found) {
            (Some(folder), Some(bytes)) => parse(&bytes, &folder.path().join(file)),
            _ => Err(self.unknown(name.as_str(), &[EntryKind::Identity])?),
        }
    }

    /// The secret file of an identity, if there is one.
    pub(crate) fn secret(&self, name: &Name) -> Result<Option<SecretFile>, KeyringError> {
        let Some(folder) = self.folder(EntryKind::Identity)? else {
            return Ok(None);
        };
        let file = name.file("age");
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
        let file = name.file("card");
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
    pub(crate) fn own_signing_keys(
        &self,
        name: &Name,
        identity: &StoredIdentity,
    ) -> Vec<SigningKey> {
        let Some(key) = identity.signing_key() else {
            return Vec::new();
        };
        let card = self
            .noting(self.card(name))
            .flatten()
            .filter(|card| *card.signing_key() == key);
        let former = card
            .iter()
            .flat_map(|card| card.successions())
            .map(|succession| succession.old);
        std::iter::once(key).chain(former).collect()
    }
}
