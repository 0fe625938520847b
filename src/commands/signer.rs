//! Whose name stands under what is closed: the signing key of an identity of the keyring.

use std::collections::HashMap;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Result;

use super::plan::usage;
use super::{own, unlocked};
use crate::context::Context;
use crate::failure::Failure;
use crate::format::looks_encrypted;
use crate::keyring::{self, Name};
use crate::keys;
use crate::keys::own::Document;
use crate::keys::signing::SigningKey;
use crate::protocol::{Author, Rid};
use crate::untrusted::Untrusted;

/// Who makes statements, of one run.
pub(super) struct Signer {
    key: Option<(Name, SigningKey)>,
    addressees: HashMap<Rid, [u8; 32]>,
}

impl Signer {
    /// Nobody, who makes statements without a name.
    pub(super) fn nobody() -> Self {
        Self { key: None, addressees: HashMap::new() }
    }

    /// An identity; the default one where none is named. Asks for its passphrase unless it is unlocked.
    pub(super) fn load(name: Option<&str>, context: &Context, max_work_factor: u8) -> Result<Self> {
        let name = match name {
            Some(name) => name.parse()?,
            None => context.default_identity()?.ok_or_else(|| {
                let hint = "make one with: bulla identity new; or close it without a name: --no-sign";
                usage("there is no identity to sign with", Some(hint))
            })?,
        };
        let key = key(&name, context, max_work_factor)?;
        Ok(Self { key: Some((name, key)), addressees: HashMap::new() })
    }

    /// Says for whom it is by the signing keys of those who have one.
    pub(super) fn addressing(self, addressees: HashMap<Rid, [u8; 32]>) -> Self {
        Self { addressees, ..self }
    }

    /// The identity whose name stands under it.
    pub(super) fn name(&self) -> Option<&Name> {
        self.key.as_ref().map(|(name, _)| name)
    }

    /// The author of a statement made now.
    pub(super) fn author(&self) -> Author<'_> {
        let time = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
        match &self.key {
            Some((_, key)) => Author { addressees: self.addressees.clone(), ..Author::signing(key, time) },
            None => Author::unsigned(time),
        }
    }
}

/// The signing key of an identity of the keyring.
pub(super) fn key(name: &Name, context: &Context, max_work_factor: u8) -> Result<SigningKey> {
    let keyring = context.keyring()?;
    let public: keyring::Identity = keyring.get(name)?;
    if public.signing_key.is_none() {
        let hint = "sign with another identity (--as NAME), or make one with: bulla identity new";
        let text = format!("identity {name} has only imported keys, which cannot sign");
        return Err(Failure::Refused(text, Some(hint.to_owned())).into());
    }
    let (path, bytes) = keyring.secret(name)?.ok_or_else(|| {
        let hint = Some("see what is wrong with: bulla doctor".to_owned());
        Failure::Refused(format!("the secret file of identity {name} is gone"), hint)
    })?;
    let held = if looks_encrypted(&bytes) { unlocked::text(name, &bytes, context)? } else { None };
    let text = match held {
        Some(text) => text,
        None => {
            let text = own::text(name, (&path, bytes), context, max_work_factor)?;
            context.remember(name, &text);
            text
        }
    };
    let what = Untrusted::from(path.as_path());
    let damaged = |why: String| keyring::Error::Damaged { file: what.clone(), line: None, why };
    let text = std::str::from_utf8(&text)
        .map_err(|_| Failure::Key { what: what.clone(), error: keys::ParseError::NotText.into() })?;
    let document = Document::parse(text).map_err(|error| damaged(error.to_string()))?;
    let own = document.own().ok_or_else(|| damaged("it has no seed".to_owned()))?;
    if public.signing_key != Some(keys::signing::text(&own.seed.signing_key())) {
        return Err(
            damaged("its signing key is not the one that is said to be public of it".to_owned()).into()
        );
    }
    Ok(own.seed.signing())
}
