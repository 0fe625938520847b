//! The secret files of the keyring's identities.

use std::path::Path;

use zeroize::Zeroizing;

use crate::context::Context;
use crate::errors::{CommandError, ErrorContext as _, Failure, Refusal, Result, warn_error};
use crate::identities::named_identity::NamedIdentity;
use crate::identities::unlock_cache;
use crate::keyring;
use crate::keyring::{EntryKind, IdentityKind, Name, StoredIdentity};
use bulla_age::format::looks_encrypted;
use bulla_age::key_document::{KeyDocument, SeedKeys};
use bulla_age::key_file::{KeyFileContext, KeyFileIdentity, StoredIn};
use bulla_age::untrusted::Untrusted;
use bulla_age::{KeyError, ParseError, key_file, signing};

/// Loads one identity. An encrypted one asks for its passphrase when it is tried.
pub(crate) fn load(
    name: &Name,
    context: &Context,
    max_work_factor: u8,
) -> Result<Vec<Box<dyn KeyFileIdentity>>> {
    let keyring = context.keyring()?;
    let Some((path, bytes)) = keyring.secret(name)? else {
        return Err(keyring
            .unknown(name.as_str(), &[EntryKind::Identity])?
            .into());
    };
    let bytes = match looks_encrypted(&bytes) {
        true => unlock_cache::text(name, &bytes, context)?.unwrap_or(bytes),
        false => bytes,
    };
    let what = Untrusted::from(path.as_path());
    let origin = origin(name, context, max_work_factor);
    let keys = key_file::parse(bytes, &origin).map_err(|error| Failure::Key { what, error })?;
    Ok(keys
        .into_iter()
        .map(|key| NamedIdentity::wrap(name, key))
        .collect())
}

/// Returns the text of an identity, asking for its passphrase now. A wrong passphrase is not blamed
/// on the file.
pub(crate) fn text(
    name: &Name,
    secret: (&Path, Zeroizing<Vec<u8>>),
    context: &Context,
    max_work_factor: u8,
) -> Result<Zeroizing<Vec<u8>>> {
    text_from(name, secret, &origin(name, context, max_work_factor))
}

/// Returns the text of an identity, read with this origin.
pub(crate) fn text_from(
    name: &Name,
    (path, bytes): (&Path, Zeroizing<Vec<u8>>),
    origin: &KeyFileContext,
) -> Result<Zeroizing<Vec<u8>>> {
    key_file::text(bytes, origin).map_err(|error| {
        let what = match error {
            KeyError::Ask(_) => return error.into(),
            KeyError::WrongPassphrase => Untrusted::new(format!("identity {name}")),
            _ => Untrusted::from(path),
        };
        Failure::Key { what, error }.into()
    })
}

/// Returns what is needed to read the secret of an identity.
pub(crate) fn origin(name: &Name, context: &Context, max_work_factor: u8) -> KeyFileContext {
    let name = Untrusted::new(name.as_str());
    let (ask, plugins) = (context.ask(), context.host().plugins);
    KeyFileContext {
        name,
        kept: StoredIn::Keyring,
        ask,
        plugins,
        max_work_factor,
    }
}

/// Loads all identities, the default one first, or only that of `--as`. An unreadable one is a
/// warning, because the others may do.
pub(crate) fn load_all(
    only: Option<&str>,
    context: &Context,
    max_work_factor: u8,
) -> Result<Vec<Box<dyn KeyFileIdentity>>> {
    if let Some(name) = only {
        return load(&name.parse()?, context, max_work_factor);
    }
    let mut names = context.keyring()?.names(EntryKind::Identity)?;
    if let Ok(Some(default)) = context.default_identity() {
        names.sort_by_key(|name| *name != default);
    }
    let mut identities = Vec::new();
    for name in names {
        match load(&name, context, max_work_factor).with_context(|| format!("identity {name}")) {
            Ok(found) => identities.extend(found),
            Err(error) => warn_error(&context.ui, &error),
        }
    }
    Ok(identities)
}

/// Returns the keys of an identity's seed, without a prompt if it is unlocked.
///
/// # Errors
/// Fails if the file cannot be decrypted, or if the identity was imported and has no seed.
pub(crate) fn own_keys(name: &Name, context: &Context, max_work_factor: u8) -> Result<SeedKeys> {
    let keyring = context.keyring()?;
    keyring.settle()?;
    let public = keyring.get::<StoredIdentity>(name)?;
    if public.kind == IdentityKind::Imported {
        return Err(no_seed(name));
    }
    let (path, bytes) = keyring
        .secret(name)?
        .ok_or_else(|| Refusal::SecretMissing(name.clone()))?;
    let held = match looks_encrypted(&bytes) {
        true => unlock_cache::text(name, &bytes, context)?,
        false => None,
    };
    let text = match held {
        Some(text) => text,
        None => text(name, (&path, bytes), context, max_work_factor)?,
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
    let own = document.into_own().ok_or_else(|| no_seed(name))?;
    match public.signing_key.as_deref() == Some(&signing::text(&own.seed.signing_key())) {
        true => Ok(own),
        false => Err(damaged("its signing key does not match the public one").into()),
    }
}

/// Returns the error for an identity without a seed, which cannot sign.
pub(crate) fn no_seed(name: &Name) -> CommandError {
    Refusal::NoSeed(name.clone()).into()
}
