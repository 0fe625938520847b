//! The identities of the keyring, ready to open files.

use std::path::Path;

use zeroize::Zeroizing;

use crate::context::Context;
use crate::errors::{CommandError, ErrorContext as _, Failure, Result, warn_error};
use crate::identities::named_identity::NamedIdentity;
use crate::identities::unlock_cache;
use crate::keyring;
use crate::keyring::{EntryKind, IdentityKind, Name, StoredIdentity};
use bulla_age::format::looks_encrypted;
use bulla_age::key_document::{KeyDocument, SeedKeys};
use bulla_age::key_file::{KeyFileContext, KeyFileIdentity, StoredIn};
use bulla_age::untrusted::Untrusted;
use bulla_age::{KeyError, ParseError, key_file, signing};

/// One of them. An encrypted one asks for its passphrase when it is tried.
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

/// The text of one; an encrypted one asks for its passphrase now. A wrong answer, or none, is not the file's fault.
pub(crate) fn text(
    name: &Name,
    secret: (&Path, Zeroizing<Vec<u8>>),
    context: &Context,
    max_work_factor: u8,
) -> Result<Zeroizing<Vec<u8>>> {
    text_from(name, secret, &origin(name, context, max_work_factor))
}

/// The same, with whom to ask.
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

/// What reading the secret of an identity of the keyring needs.
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

/// All of them, that of `--as` alone where it is said; the default one first. One that cannot be read is said and passed
/// over: the others may do.
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

/// What comes of the seed of an identity. One that is unlocked for a while answers without asking.
///
/// # Errors
/// Those of opening; a refusal where there is no seed, because it was imported.
pub(crate) fn own_keys(name: &Name, context: &Context, max_work_factor: u8) -> Result<SeedKeys> {
    let keyring = context.keyring()?;
    keyring.settle()?;
    let public = keyring.get::<StoredIdentity>(name)?;
    if public.kind == IdentityKind::Imported {
        return Err(no_seed(name));
    }
    let (path, bytes) = keyring.secret(name)?.ok_or_else(|| {
        let hint = Some("see what is wrong with: bulla doctor".to_owned());
        Failure::Refused(format!("the secret file of identity {name} is gone"), hint)
    })?;
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
        false => Err(damaged("its signing key is not the one that is public").into()),
    }
}

/// That an identity has no seed, and so no signing key.
pub(crate) fn no_seed(name: &Name) -> CommandError {
    let hint = "make one that can: bulla identity new NAME".to_owned();
    let text = format!(
        "identity {name} was imported: it has no signing key, and so neither signs nor has a card or number"
    );
    Failure::Refused(text, Some(hint)).into()
}
