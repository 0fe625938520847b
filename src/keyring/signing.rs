//! Whose signing key goes with which recipient.

use std::collections::HashMap;

use super::entry::Identity;
use super::error::Error;
use super::store::Keyring;
use crate::keys::signing;

impl Keyring {
    /// The signing keys of those who have one, by their recipients.
    pub(crate) fn signing_keys(&self) -> Result<HashMap<String, [u8; 32]>, Error> {
        let mut keys = HashMap::new();
        for (_, identity) in self.all::<Identity>()? {
            let Ok(identity) = identity else { continue };
            let Some(key) = identity.signing_key.as_deref().and_then(|key| signing::parse(key).ok()) else {
                continue;
            };
            keys.extend(identity.recipients.into_iter().map(|recipient| (recipient, key)));
        }
        Ok(keys)
    }
}
