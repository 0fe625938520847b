//! The identity that signs.

use std::collections::HashMap;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::context::Context;
use crate::errors::{Result, usage};
use crate::identities::secret;
use crate::keyring::Name;
use bulla_age::RecipientId;
use bulla_age::sender::Author;
use bulla_age::signing::SigningKey;

/// The author of statements in one run.
pub(crate) struct Signer {
    key: Option<(Name, SigningKey)>,
    signing_keys_of_recipients: HashMap<RecipientId, [u8; 32]>,
}

impl Signer {
    /// Returns a signer that does not sign.
    pub(crate) fn nobody() -> Self {
        Self {
            key: None,
            signing_keys_of_recipients: HashMap::new(),
        }
    }

    /// Loads the named or default identity. Asks for its passphrase unless it is unlocked.
    pub(crate) fn load(name: Option<&str>, context: &Context, max_work_factor: u8) -> Result<Self> {
        let name = match name {
            Some(name) => name.parse()?,
            None => context.default_identity()?.ok_or_else(|| {
                let hint = "Create one: bulla identity new; or send it unsigned: --no-sign";
                usage("You have no identity to sign with", Some(hint))
            })?,
        };
        let key = secret::own_keys(&name, context, max_work_factor)?
            .seed
            .signing();
        Ok(Self {
            key: Some((name, key)),
            signing_keys_of_recipients: HashMap::new(),
        })
    }

    /// Adds the signing keys of the recipients.
    pub(crate) fn addressing(
        self,
        signing_keys_of_recipients: HashMap<RecipientId, [u8; 32]>,
    ) -> Self {
        Self {
            signing_keys_of_recipients,
            ..self
        }
    }

    /// Returns the identity that signs.
    pub(crate) fn name(&self) -> Option<&Name> {
        self.key.as_ref().map(|(name, _)| name)
    }

    /// Returns the author of a statement made now.
    pub(crate) fn author(&self) -> Author<'_> {
        let time = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |time| time.as_secs());
        match &self.key {
            Some((_, key)) => Author {
                addressees: self.signing_keys_of_recipients.clone(),
                ..Author::signing(key, time)
            },
            None => Author::unsigned(time),
        }
    }
}
