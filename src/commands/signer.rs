//! The key that one signs with: that of an identity's seed.

use anyhow::Result;

use super::{own, unlocked};
use crate::context::Context;
use crate::failure::Failure;
use crate::format::looks_encrypted;
use crate::keyring::{self, Identity, Kinds, Name};
use crate::keys::own::{Document, Own};
use crate::keys::signing::{self, SigningKey};
use crate::keys::{self, ParseError};
use crate::untrusted::Untrusted;

/// The signing key of an identity of the keyring.
///
/// # Errors
/// As [`open`].
pub(crate) fn key(name: &Name, context: &Context, max_work_factor: u8) -> Result<SigningKey> {
    Ok(open(name, context, max_work_factor)?.seed.signing())
}

/// What comes of the seed of an identity. One that is unlocked for a while answers without asking.
///
/// # Errors
/// Those of opening; a refusal where there is no seed, because it was imported.
pub(super) fn open(name: &Name, context: &Context, max_work_factor: u8) -> Result<Own> {
    let keyring = context.keyring()?;
    keyring.settle()?;
    let public = keyring.get::<Identity>(name)?;
    if public.kind == Kinds::Imported {
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
        None => own::text(name, (&path, bytes), context, max_work_factor)?,
    };
    let what = Untrusted::from(path.as_path());
    let damaged = |why: &str| keyring::Error::Damaged { file: what.clone(), line: None, why: why.to_owned() };
    let text = std::str::from_utf8(&text)
        .map_err(|_| Failure::Key { what: what.clone(), error: keys::Error::Parse(ParseError::NotText) })?;
    let document = Document::parse(text).map_err(|error| damaged(&error.to_string()))?;
    let own = document.into_own().ok_or_else(|| imported(name))?;
    match public.signing_key.as_deref() == Some(&signing::text(&own.seed.signing_key())) {
        true => Ok(own),
        false => Err(damaged("its signing key is not the one that is public").into()),
    }
}

/// That an identity has no seed, and so no signing key.
pub(super) fn imported(name: &Name) -> anyhow::Error {
    let hint = "make one that can: bulla identity new NAME".to_owned();
    let text = format!("identity {name} was imported: it has no signing key, and so neither card nor number");
    Failure::Refused(text, Some(hint)).into()
}
