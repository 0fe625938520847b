//! Revocations of signing keys.

use serde::{Deserialize, Serialize};

use crate::card::Revocation;
use crate::keyring::entry::{Entry, EntryKind};
use crate::keyring::error::{KeyringError, RevokedKey};
use crate::keyring::name::Name;
use crate::keyring::signed::Signed;
use crate::keyring::store::Keyring;
use bulla_age::signing::SigningKey;
use bulla_age::untrusted::Untrusted;

/// A revocation, signed by the key that it revokes. It is kept even if no contact has that key, so
/// that it also holds for contacts added later.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct StoredRevocation {
    text: Signed<Revocation>,
    on: String,
    source: String,
    #[serde(flatten)]
    rest: toml::Table,
}

impl Entry for StoredRevocation {
    const KIND: EntryKind = EntryKind::Revocation;
}

impl StoredRevocation {
    pub(super) fn new(revocation: Revocation, on: String, source: String) -> Self {
        Self {
            text: Signed(revocation),
            on,
            source,
            rest: toml::Table::new(),
        }
    }

    /// The revocation itself.
    pub(super) fn revocation(&self) -> &Revocation {
        &self.text.0
    }

    /// The report that this key is revoked. `former` says that it is a contact's former key.
    pub(super) fn report(&self, former: bool) -> RevokedKey {
        RevokedKey {
            reason: self.revocation().reason(),
            on: Untrusted::new(self.on.as_str()),
            former,
        }
    }
}

impl Keyring {
    /// The revocation of a signing key, if there is one. It applies to every key with the same
    /// Ed25519 half, because that is the half that signed it.
    ///
    /// # Errors
    /// [`KeyringError::Damaged`]: an unreadable revocation is not skipped.
    pub(crate) fn revocation(
        &self,
        key: &SigningKey,
    ) -> Result<Option<StoredRevocation>, KeyringError> {
        self.revocation_of_half(key.ed25519())
    }

    /// The revocation of all signing keys with this Ed25519 half, if there is one.
    ///
    /// # Errors
    /// As [`revocation`](Self::revocation).
    pub(super) fn revocation_of_half(
        &self,
        ed25519: &[u8; 32],
    ) -> Result<Option<StoredRevocation>, KeyringError> {
        let name = file_name(ed25519);
        let Some(found) = self.find::<StoredRevocation>(&name)? else {
            return Ok(None);
        };
        if found.revocation().signing_key().ed25519() == ed25519 {
            return Ok(Some(found));
        }
        Err(KeyringError::Damaged {
            file: Untrusted::new(format!(
                "{}/{}",
                EntryKind::Revocation.folder(),
                name.file("toml")
            )),
            line: None,
            why: "it is the revocation of another key".to_owned(),
        })
    }

    /// The Ed25519 halves that were revoked, by the names of their files. Unreadable ones count.
    pub(super) fn revoked_keys(&self) -> Result<Vec<[u8; 32]>, KeyringError> {
        Ok(self
            .names(EntryKind::Revocation)?
            .iter()
            .filter_map(key_of_file)
            .collect())
    }
}

/// The name of a revocation: the Ed25519 half in 64 hexadecimal digits.
pub(super) fn file_name(ed25519: &[u8; 32]) -> Name {
    let digits: String = ed25519.iter().map(|byte| format!("{byte:02x}")).collect();
    digits
        .parse()
        .expect("keyring: 64 hexadecimal digits are a valid name")
}

/// The Ed25519 half with this revocation file name.
fn key_of_file(name: &Name) -> Option<[u8; 32]> {
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
