//! The identity that signs.

use std::collections::HashMap;

use crate::context::Context;
use crate::errors::{Result, usage};
use crate::identities::confirmed;
use crate::keyring::Name;
use bulla_age::sender::Author;
use bulla_age::signing::{Algorithm, SecretSigningKey, SigningKey};

/// The author of statements in one run.
pub(crate) struct Signer {
    key: Option<(Name, SecretSigningKey)>,
    signing_keys_of_recipients: HashMap<String, SigningKey>,
    algorithm: Algorithm,
}

impl Signer {
    /// Returns a signer that does not sign.
    pub(crate) fn nobody() -> Self {
        Self {
            key: None,
            signing_keys_of_recipients: HashMap::new(),
            algorithm: Algorithm::Ed25519MlDsa65,
        }
    }

    /// Returns the name of the identity that will sign. Called before anything else is said about
    /// identities, if somebody is to sign.
    pub(crate) fn chosen(name: Option<&str>, context: &Context) -> Result<Name> {
        match name {
            Some(name) => Ok(name.parse()?),
            None => context.default_identity()?.ok_or_else(|| {
                let hint = "Create one: bulla identity new; or send it unsigned: --no-sign";
                usage("You have no identity to sign with", Some(hint))
            }),
        }
    }

    /// Loads the named or default identity. Asks for its passphrase unless it is unlocked.
    pub(crate) fn load(name: Option<&str>, context: &Context, max_work_factor: u8) -> Result<Self> {
        let name = Self::chosen(name, context)?;
        context.keyring()?.refuse_ambiguous(&name)?;
        let key = confirmed::own_keys(&name, context, max_work_factor)?
            .seed
            .signing();
        Ok(Self {
            key: Some((name, key)),
            signing_keys_of_recipients: HashMap::new(),
            algorithm: Algorithm::Ed25519MlDsa65,
        })
    }

    /// Adds the signing keys of the recipients.
    pub(crate) fn addressing(
        self,
        signing_keys_of_recipients: HashMap<String, SigningKey>,
    ) -> Self {
        Self {
            signing_keys_of_recipients,
            ..self
        }
    }

    /// Signs with Ed25519 alone, for messages: with the other half they would not fit a chat.
    pub(crate) fn with_short_signatures(self) -> Self {
        Self {
            algorithm: Algorithm::Ed25519,
            ..self
        }
    }

    /// Returns the identity that signs.
    pub(crate) fn name(&self) -> Option<&Name> {
        self.key.as_ref().map(|(name, _)| name)
    }

    /// Returns the author of a statement made now.
    pub(crate) fn author(&self) -> Author<'_> {
        let time = crate::process::clock::unix_time();
        match &self.key {
            Some((_, key)) => Author {
                algorithm: self.algorithm,
                addressees: self.signing_keys_of_recipients.clone(),
                ..Author::signing(key, time)
            },
            None => Author::unsigned(time),
        }
    }
}
