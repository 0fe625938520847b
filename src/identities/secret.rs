//! The secret files of the keyring's identities.

use std::path::Path;

use zeroize::Zeroizing;

use crate::context::Context;
use crate::errors::{
    CommandError, ErrorContext as _, Failure, Refusal, Result, Subject, warn_error,
};
use crate::identities::named_identity::NamedIdentity;
use crate::identities::unlock_cache;
use crate::keyring;
use crate::keyring::{EntryKind, Name, StoredIdentity};
use bulla_age::format::looks_encrypted;
use bulla_age::key_file::{KeyFileContext, KeyFileIdentity, StoredIn};
use bulla_age::untrusted::Untrusted;
use bulla_age::{Effort, KeyError, Target, key_file};

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
    refuse_unknown(name, &bytes, context)?;
    if context.signs_only(name) {
        return Ok(Vec::new());
    }
    let is_encrypted = looks_encrypted(&bytes);
    let bytes = if key_file::is_locked(&bytes) {
        unlock_cache::text(name, &bytes, context)?.unwrap_or(bytes)
    } else {
        bytes
    };
    let what = Untrusted::from(path.as_path());
    let origin = origin(name, context, max_work_factor);
    let keys = key_file::parse(bytes, &origin).map_err(|error| Failure::Key { what, error })?;
    // What is encrypted with the user's passphrase is theirs.
    if !is_encrypted {
        let targets = keys.iter().filter_map(|key| key.targets().ok()).flatten();
        for target in targets {
            if let Target::PluginIdentity(plugin) = target {
                context.refuse_plugin(plugin.plugin(), &format!("Identity {name}"))?;
            }
        }
    }
    Ok(keys
        .into_iter()
        .map(|key| NamedIdentity::wrap(name, key))
        .collect())
}

/// Refuses an identity without a passphrase that was added to the keyring elsewhere: its author
/// knows its keys.
fn refuse_unknown(name: &Name, bytes: &[u8], context: &Context) -> Result<()> {
    let keyring = context.keyring()?;
    // Without its pins, a keyring still opens files: nobody but the user can have damaged them.
    if looks_encrypted(bytes) || !keyring.is_known().unwrap_or(false) {
        return Ok(());
    }
    match keyring.find::<StoredIdentity>(name) {
        Ok(Some(public)) if !keyring.is_confirmed(name, &public)? => {
            Err(keyring::KeyringError::Unconfirmed { name: name.clone() }.into())
        }
        _ => Ok(()),
    }
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

/// Returns the text of an identity for unlocking it. An SSH key that has a passphrase, and is not
/// inside an encrypted identity, is decrypted. One inside keeps its passphrase, because the text
/// that is unlocked may be written back.
pub(crate) fn unlocked_text(
    name: &Name,
    secret: (&Path, Zeroizing<Vec<u8>>),
    context: &Context,
    max_work_factor: u8,
) -> Result<Zeroizing<Vec<u8>>> {
    let origin = origin(name, context, max_work_factor);
    if looks_encrypted(&secret.1) {
        text_from(name, secret, &origin)
    } else {
        read(name, secret, |bytes| {
            key_file::unlocked_text(bytes, &origin)
        })
    }
}

/// Returns the text of an identity, read with this origin.
pub(crate) fn text_from(
    name: &Name,
    secret: (&Path, Zeroizing<Vec<u8>>),
    origin: &KeyFileContext,
) -> Result<Zeroizing<Vec<u8>>> {
    read(name, secret, |bytes| key_file::text(bytes, origin))
}

fn read(
    name: &Name,
    (path, bytes): (&Path, Zeroizing<Vec<u8>>),
    read: impl FnOnce(Zeroizing<Vec<u8>>) -> std::result::Result<Zeroizing<Vec<u8>>, KeyError>,
) -> Result<Zeroizing<Vec<u8>>> {
    read(bytes).map_err(|error| {
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
    context.key_file(name, StoredIn::Keyring, max_work_factor)
}

/// Loads all identities, the default one first, or only that of `--as`. An unreadable one is a
/// warning, because the others may do.
pub(crate) fn load_all(
    only: Option<&str>,
    context: &Context,
    max_work_factor: u8,
) -> Result<Vec<Box<dyn KeyFileIdentity>>> {
    if let Some(name) = only {
        let name = name.parse()?;
        if context.signs_only(&name) {
            return Err(Refusal::OpensNothing(name).into());
        }
        return load(&name, context, max_work_factor);
    }
    let mut names = context.keyring()?.names(EntryKind::Identity)?;
    if let Ok(Some(default)) = context.default_identity() {
        names.sort_by_key(|name| *name != default);
    }
    let mut identities = Vec::new();
    for name in names {
        match load(&name, context, max_work_factor)
            .about(|| Subject::Words(format!("identity {name}")))
        {
            Ok(found) => identities.extend(found),
            Err(error) => warn_error(&context.ui, &error),
        }
    }
    // The keyring has an order of its own: plugins come last, because the other keys may do.
    identities.sort_by_key(|identity| identity.effort() == Effort::StartsProgram);
    Ok(identities)
}

/// Returns the error for an identity without a seed, which cannot sign.
pub(crate) fn no_seed(name: &Name) -> CommandError {
    Refusal::NoSeed(name.clone()).into()
}
