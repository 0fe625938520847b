//! Comparing the public half of an identity with its secret, and remembering the result on this
//! machine.
//!
//! What proves that an identity is the user's: its passphrase, which somebody who can change the
//! keyring does not have. An identity without a passphrase proves only that its two halves belong
//! together. That is enough when this machine uses the keyring for the first time, since everything
//! else in it is believed then too. Later, the user has to say so.

use zeroize::Zeroizing;

use crate::context::Context;
use crate::errors::{CommandError, Failure, Refusal, Result, warn_error};
use crate::identities::derived_recipients::derived;
use crate::identities::{secret, unlock_cache};
use crate::keyring::{
    EntryKind, IdentityKind, KeyringError, Name, PersonKeys, PersonName, StoredIdentity,
};
use bulla_age::format::looks_encrypted;
use bulla_age::key_document::{KeyDocument, KeyKind, SeedKeys};
use bulla_age::untrusted::Untrusted;
use bulla_age::{AnyRecipient, KeyError, ParseError};

/// The largest cost that is accepted for the passphrase of an identity.
const MOST_WORK: u8 = 20;

/// Returns the error that the secret of an identity has other keys than its public half.
fn differs(name: &Name, context: &Context) -> Result<KeyringError> {
    let file = context
        .keyring()?
        .path()
        .join("identities")
        .join(name.file("toml"));
    Ok(KeyringError::Differs {
        file: Untrusted::from(file.as_path()),
        name: name.clone(),
    })
}

/// Compares a public half with the secret that belongs to it.
///
/// # Errors
/// [`KeyringError::Differs`].
pub(crate) fn compare(
    name: &Name,
    public: &StoredIdentity,
    document: &KeyDocument,
    context: &Context,
) -> Result<()> {
    let kind = document
        .own()
        .map_or(IdentityKind::Imported, |own| match own.kind {
            KeyKind::Hybrid => IdentityKind::Hybrid,
            KeyKind::Classic => IdentityKind::Classic,
            KeyKind::Signing => IdentityKind::Signing,
        });
    let key = document.own().map(|own| own.seed.signing_key());
    let derived = derived(document, name, context)?;
    let recipients = public.recipients.as_slice();
    // Keys of plugins may show no recipient: the user gave theirs.
    let same = if derived.is_complete {
        recipients == derived.recipients
    } else {
        recipients.starts_with(&derived.recipients)
    };
    if same && key == public.signing_key() && (kind == public.kind || key.is_none()) {
        Ok(())
    } else {
        Err(differs(name, context)?.into())
    }
}

/// Compares an identity whose secret was just read, and remembers that it is the user's.
///
/// # Errors
/// [`KeyringError::Differs`]; [`KeyringError::Unconfirmed`] if nothing proves that it is.
pub(crate) fn settle(
    name: &Name,
    public: &StoredIdentity,
    (file, document): (&[u8], &KeyDocument),
    context: &Context,
) -> Result<()> {
    let keyring = context.keyring()?;
    compare(name, public, document, context)?;
    if keyring.is_confirmed(name, public)? {
        return Ok(());
    }
    if !looks_encrypted(file) && keyring.is_known()? {
        return Err(KeyringError::Unconfirmed { name: name.clone() }.into());
    }
    // All others too, as long as nothing is known about this keyring.
    compare_at_hand(context);
    remember(&[(name.clone(), public.clone())], context)
}

/// Remembers identities in this run, and on this machine if there is a place for it. A process that
/// may not write cannot do the latter, which is not an error.
fn remember(identities: &[(Name, StoredIdentity)], context: &Context) -> Result<()> {
    if let Err(error) = context.keyring()?.remember_confirmed(identities) {
        context.ui.detail(&format_args!(
            "Identities are confirmed for this run only: {error}"
        ));
    }
    Ok(())
}

/// Compares the identities that are not confirmed yet and need no passphrase now, and remembers
/// those that belong together. A difference is a warning here: the work may not need that identity.
pub(crate) fn compare_at_hand(context: &Context) {
    let work = || -> Result<()> {
        let keyring = context.keyring()?;
        let known = keyring.is_known()?;
        let mut confirmed = Vec::new();
        for name in keyring.names(EntryKind::Identity)? {
            let Ok(Some(public)) = keyring.find::<StoredIdentity>(&name) else {
                continue;
            };
            if keyring.is_confirmed(&name, &public)? {
                continue;
            }
            let Some((file, document)) = at_hand(&name, context)? else {
                continue;
            };
            if known && !looks_encrypted(&file) {
                continue;
            }
            match compare(&name, &public, &document, context) {
                Ok(()) => confirmed.push((name, public)),
                Err(error) => warn_error(&context.ui, &error),
            }
        }
        if confirmed.is_empty() {
            Ok(())
        } else {
            remember(&confirmed, context)
        }
    };
    if let Err(error) = work() {
        context
            .ui
            .detail(&format_args!("Identities were not compared: {error:#}"));
    }
}

/// Pins later public halves that are signed with the pinned key, so that an older one is damage
/// from now on.
fn advance(context: &Context) {
    let work = || {
        context
            .keyring()?
            .advance_pins()
            .map_err(CommandError::from)
    };
    if let Err(error) = work() {
        context.ui.detail(&format_args!(
            "The pins of identities stay as they were: {error:#}"
        ));
    }
}

/// Returns the bytes of a secret file and its document, if that needs no passphrase now.
pub(crate) fn at_hand(
    name: &Name,
    context: &Context,
) -> Result<Option<(Zeroizing<Vec<u8>>, KeyDocument)>> {
    let Some((_, bytes)) = context.keyring()?.secret(name)? else {
        return Ok(None);
    };
    let text = if looks_encrypted(&bytes) {
        unlock_cache::text(name, &bytes, context)?
    } else {
        Some(bytes.clone())
    };
    let document = text.and_then(|text| KeyDocument::parse(std::str::from_utf8(&text).ok()?).ok());
    Ok(document.map(|document| (bytes, document)))
}

/// Runs something that needs the user's own identities. If one of them is not confirmed on this
/// machine, asks for its passphrase, compares it, and runs it again.
///
/// # Errors
/// Those of `work`; [`KeyringError::Unconfirmed`], [`KeyringError::Differs`].
fn confirming<T>(context: &Context, work: impl Fn() -> Result<T, KeyringError>) -> Result<T> {
    let mut confirmed: Vec<Name> = Vec::new();
    loop {
        match work() {
            Err(KeyringError::Unconfirmed { name }) if !confirmed.contains(&name) => {
                compare_at_hand(context);
                let keyring = context.keyring()?;
                let public = keyring.get::<StoredIdentity>(&name)?;
                if !keyring.is_confirmed(&name, &public)? {
                    let (file, document) = open(&name, context, MOST_WORK)
                        .map_err(|error| instead_of_unasked(&name, error))?;
                    settle(&name, &public, (&file, &document), context)?;
                }
                if let Err(error) = keyring.confirm(&[(name.clone(), public)]) {
                    warn_error(&context.ui, &error.into());
                }
                confirmed.push(name);
            }
            done => {
                let done = done?;
                advance(context);
                return Ok(done);
            }
        }
    }
}

/// Returns the error for an identity that could be confirmed now if somebody could be asked. The
/// work itself needs no passphrase, so the missing one is not what is wrong.
fn instead_of_unasked(name: &Name, error: CommandError) -> CommandError {
    if !error.is_without_terminal() {
        return error;
    }
    let unconfirmed = KeyringError::Unconfirmed { name: name.clone() };
    CommandError::from(unconfirmed).also_hinting(format!(
        "In a script: bulla identity confirm {name} --passphrase-file PATH"
    ))
}

/// Returns the public half of an identity that this machine knows to be the user's. Asks nothing.
///
/// # Errors
/// [`KeyringError::Unconfirmed`], [`KeyringError::Foreign`].
pub(crate) fn own(name: &Name, context: &Context) -> Result<StoredIdentity> {
    compare_at_hand(context);
    Ok(context.keyring()?.confirmed_identity(name)?)
}

/// Returns the keys of an identity's seed, without a prompt if it is unlocked.
///
/// # Errors
/// Fails if the file cannot be decrypted, or if the identity was imported and has no seed;
/// [`KeyringError::Differs`], [`KeyringError::Unconfirmed`].
pub(crate) fn own_keys(name: &Name, context: &Context, max_work_factor: u8) -> Result<SeedKeys> {
    let keyring = context.keyring()?;
    keyring.settle()?;
    let public = keyring.get::<StoredIdentity>(name)?;
    if public.kind == IdentityKind::Imported {
        return Err(secret::no_seed(name));
    }
    let (file, document) = open(name, context, max_work_factor)?;
    settle(name, &public, (&file, &document), context)?;
    document.into_own().ok_or_else(|| secret::no_seed(name))
}

/// The people behind these names, as [`Keyring::resolve`](crate::keyring::Keyring::resolve) gives
/// them, once the user's own identities among them are confirmed. No key of the keyring starts a
/// program that was not named on this machine.
pub(crate) fn resolve(names: &[String], context: &Context) -> Result<Vec<PersonKeys>> {
    let keyring = context.keyring()?;
    let names = with_oneself(names, context)?;
    let found = confirming(context, || keyring.resolve(&names))?;
    found
        .iter()
        .try_for_each(|somebody| refuse_plugins(somebody, context))?;
    Ok(found)
}

/// The same names, with that of the default identity in place of `me`, unless something in the
/// keyring is called `me`, or nearly so.
pub(crate) fn with_oneself(names: &[String], context: &Context) -> Result<Vec<String>> {
    let mut names = names.to_vec();
    for name in names
        .iter_mut()
        .filter(|name| name.as_str() == crate::context::FIRST)
    {
        let parsed: Name = name.parse()?;
        if context.keyring()?.taken(&parsed)?.is_none()
            && let Some(own) = context.default_identity()?
        {
            *name = own.to_string();
        }
    }
    Ok(names)
}

/// The keys of one of the user's identities, once it is confirmed.
pub(crate) fn oneself(name: &Name, context: &Context) -> Result<PersonKeys> {
    let keyring = context.keyring()?;
    let found = confirming(context, || keyring.oneself(name))?;
    refuse_plugins(&found, context)?;
    Ok(found)
}

fn refuse_plugins(somebody: &PersonKeys, context: &Context) -> Result<()> {
    // A recipient that was typed is not of the keyring.
    if matches!(somebody.who, PersonName::Recipient(_)) {
        return Ok(());
    }
    somebody.recipients.iter().try_for_each(|key| match key {
        AnyRecipient::Plugin(key) => {
            context.refuse_plugin(key.plugin(), &format!("A key of {}", somebody.who))
        }
        _ => Ok(()),
    })
}

/// Opens the secret of an identity, asking for its passphrase unless it is unlocked.
pub(crate) fn open(
    name: &Name,
    context: &Context,
    max_work_factor: u8,
) -> Result<(Zeroizing<Vec<u8>>, KeyDocument)> {
    let keyring = context.keyring()?;
    let (path, bytes) = keyring
        .secret(name)?
        .ok_or_else(|| Refusal::SecretMissing(name.clone()))?;
    let held = if looks_encrypted(&bytes) {
        unlock_cache::text(name, &bytes, context)?
    } else {
        None
    };
    let text = match held {
        Some(text) => text,
        None => secret::text(name, (&path, bytes.clone()), context, max_work_factor)?,
    };
    let what = Untrusted::from(path.as_path());
    let text = std::str::from_utf8(&text).map_err(|_| Failure::Key {
        what: what.clone(),
        error: KeyError::Parse(ParseError::NotText),
    })?;
    let document = KeyDocument::parse(text).map_err(|error| KeyringError::Damaged {
        file: what,
        line: None,
        why: error.to_string(),
    })?;
    Ok((bytes, document))
}
