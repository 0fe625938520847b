//! Whose name stands under what is closed: the signing key of an identity of the keyring.

use std::collections::HashMap;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Result;

use crate::context::Context;
use crate::errors::Failure;
use crate::identities::{secret, unlocked};
use crate::jobs::plan::usage;
use crate::keyring;
use crate::keyring::{IdentityKind, Name, StoredIdentity};
use bulla_age::format::looks_encrypted;
use bulla_age::key_document::{KeyDocument, SeedKeys};
use bulla_age::sender::Author;
use bulla_age::signing::SigningKey;
use bulla_age::untrusted::Untrusted;
use bulla_age::{KeyError, ParseError, RecipientId, signing};

/// Who makes statements, of one run.
pub(crate) struct Signer {
    key: Option<(Name, SigningKey)>,
    addressees: HashMap<RecipientId, [u8; 32]>,
}

impl Signer {
    /// Nobody, who makes statements without a name.
    pub(crate) fn nobody() -> Self {
        Self {
            key: None,
            addressees: HashMap::new(),
        }
    }

    /// An identity; the default one where none is named. Asks for its passphrase unless it is unlocked.
    pub(crate) fn load(name: Option<&str>, context: &Context, max_work_factor: u8) -> Result<Self> {
        let name = match name {
            Some(name) => name.parse()?,
            None => context.default_identity()?.ok_or_else(|| {
                let hint =
                    "make one with: bulla identity new; or close it without a name: --no-sign";
                usage("there is no identity to sign with", Some(hint))
            })?,
        };
        let key = open(&name, context, max_work_factor)?.seed.signing();
        Ok(Self {
            key: Some((name, key)),
            addressees: HashMap::new(),
        })
    }

    /// Says for whom it is by the signing keys of those who have one.
    pub(crate) fn addressing(self, addressees: HashMap<RecipientId, [u8; 32]>) -> Self {
        Self { addressees, ..self }
    }

    /// The identity whose name stands under it.
    pub(crate) fn name(&self) -> Option<&Name> {
        self.key.as_ref().map(|(name, _)| name)
    }

    /// The author of a statement made now.
    pub(crate) fn author(&self) -> Author<'_> {
        let time = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |time| time.as_secs());
        match &self.key {
            Some((_, key)) => Author {
                addressees: self.addressees.clone(),
                ..Author::signing(key, time)
            },
            None => Author::unsigned(time),
        }
    }
}

/// What comes of the seed of an identity. One that is unlocked for a while answers without asking.
///
/// # Errors
/// Those of opening; a refusal where there is no seed, because it was imported.
pub(crate) fn open(name: &Name, context: &Context, max_work_factor: u8) -> Result<SeedKeys> {
    let keyring = context.keyring()?;
    keyring.settle()?;
    let public = keyring.get::<StoredIdentity>(name)?;
    if public.kind == IdentityKind::Imported {
        return Err(imported(name));
    }
    let (path, bytes) = keyring.secret(name)?.ok_or_else(|| {
        let hint = Some("see what is wrong with: bulla doctor".to_owned());
        Failure::Refused(format!("the secret file of identity {name} is gone"), hint)
    })?;
    let held = match looks_encrypted(&bytes) {
        true => unlocked::text(name, &bytes, context)?,
        false => None,
    };
    let text = match held {
        Some(text) => text,
        None => secret::text(name, (&path, bytes), context, max_work_factor)?,
    };
    let what = Untrusted::from(path.as_path());
    let damaged = |why: &str| keyring::KeyringError::Damaged {
        file: what.clone(),
        line: None,
        why: why.to_owned(),
    };
    let text = std::str::from_utf8(&text).map_err(|_| Failure::Key {
        what: what.clone(),
        error: KeyError::Parse(ParseError::NotText),
    })?;
    let document = KeyDocument::parse(text).map_err(|error| damaged(&error.to_string()))?;
    let own = document.into_own().ok_or_else(|| imported(name))?;
    match public.signing_key.as_deref() == Some(&signing::text(&own.seed.signing_key())) {
        true => Ok(own),
        false => Err(damaged("its signing key is not the one that is public").into()),
    }
}

/// That an identity has no seed, and so no signing key.
pub(crate) fn imported(name: &Name) -> anyhow::Error {
    let hint = "make one that can: bulla identity new NAME".to_owned();
    let text = format!(
        "identity {name} was imported: it has no signing key, and so neither signs nor has a card or number"
    );
    Failure::Refused(text, Some(hint)).into()
}
