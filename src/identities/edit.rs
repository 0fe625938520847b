//! Unlocks and changes identities of the keyring.

use zeroize::Zeroizing;

use crate::card::Card;
use crate::context::Context;
use crate::errors::{CommandError, ErrorContext as _, Failure, Refusal, Result};
use crate::files::check_folder;
use crate::identities::derived_recipients::derived_recipients;
use crate::identities::own_card::NextCard;
use crate::identities::protection::{RememberingAsk, SecretLock};
use crate::identities::{confirmed, secret, unlock_cache};
use crate::keyring;
use crate::keyring::{Name, Transaction};
use bulla_age::key_document::{KeyDocument, SeedKeys};
use bulla_age::key_file::KeyFileContext;
use bulla_age::untrusted::Untrusted;
use bulla_age::{ParseError, SecretString};

/// An identity of the keyring, unlocked with its passphrase.
pub(crate) struct UnlockedIdentity {
    /// The bytes of its file.
    pub(crate) bytes: Zeroizing<Vec<u8>>,
    pub(crate) text: Zeroizing<Vec<u8>>,
    pub(crate) document: KeyDocument,
    passphrase: Option<SecretString>,
}

impl UnlockedIdentity {
    /// Returns the protection that the file has.
    pub(crate) fn lock(&self) -> SecretLock {
        SecretLock::same(&self.bytes, self.passphrase.clone())
    }

    /// Returns the keys of its seed.
    pub(crate) fn own(&self, name: &Name) -> Result<&SeedKeys> {
        self.document.own().ok_or_else(|| secret::no_seed(name))
    }
}

/// Fails if an identity cannot be changed, before its passphrase is asked for.
pub(crate) fn check_writable(context: &Context) -> Result<()> {
    Ok(check_folder(context.keyring()?.path())?)
}

/// The same for a change that needs the seed, which imported identities do not have.
pub(crate) fn check_own(name: &Name, context: &Context) -> Result<()> {
    let public = context.keyring()?.get::<keyring::StoredIdentity>(name)?;
    if public.kind == keyring::IdentityKind::Imported {
        return Err(secret::no_seed(name));
    }
    check_writable(context)
}

/// Decrypts the secret file of an identity. Asks for its passphrase even if it is unlocked:
/// unlocking is for decrypting files, not for giving out keys.
pub(crate) fn open(
    name: &Name,
    context: &Context,
    max_work_factor: u8,
) -> Result<UnlockedIdentity> {
    context.keyring()?.settle()?;
    let public = context.keyring()?.get::<keyring::StoredIdentity>(name)?;
    let (path, bytes) = context
        .keyring()?
        .secret(name)?
        .ok_or_else(|| Refusal::SecretMissing(name.clone()))?;
    let what = Untrusted::from(path.as_path());
    let failed = |error| Failure::Key {
        what: what.clone(),
        error,
    };
    let asked = RememberingAsk::new(context.ask());
    let origin = KeyFileContext {
        ask: asked.clone(),
        ..secret::origin(name, context, max_work_factor)
    };
    let text = secret::text_from(name, (&path, bytes.clone()), &origin)?;
    let document = std::str::from_utf8(&text).map_err(|_| failed(ParseError::NotText.into()))?;
    let document =
        KeyDocument::parse(document).map_err(|error| keyring::KeyringError::Damaged {
            file: what.clone(),
            line: None,
            why: error.to_string(),
        })?;
    confirmed::settle(name, &public, (&bytes, &document), context)?;
    Ok(UnlockedIdentity {
        bytes,
        text,
        document,
        passphrase: asked.last(),
    })
}

/// Replaces the keys and card of an unlocked identity. Secret file, public half and card change in
/// one step and keep their protection. The new file is decrypted as a check before it is written.
pub(crate) fn replace(
    name: &Name,
    opened: &UnlockedIdentity,
    document: &KeyDocument,
    next: &NextCard<'_>,
    context: &Context,
) -> Result<Card> {
    let lock = opened.lock();
    let bytes = lock.encrypt(document.render().as_bytes())?;
    let recipients = derived_recipients(document, name, context)?;
    let again = lock.decrypt(bytes.clone())?;
    let again = KeyDocument::parse(std::str::from_utf8(&again).context("it is not text")?)?;
    if derived_recipients(&again, name, context)? != recipients
        || again.render() != document.render()
    {
        return Err(CommandError::other(
            "The new identity file could not be decrypted again",
        ));
    }
    let before = derived_recipients(&opened.document, name, context)?;
    let mut card = None;
    edit(name, opened, context, |change, public| {
        let told = public
            .recipients
            .drain(..)
            .filter(|recipient| !before.contains(recipient));
        public.recipients = recipients.iter().cloned().chain(told).collect();
        let own = document.own().ok_or_else(|| secret::no_seed(name))?;
        public.sign_by(own.seed.signing_key().to_string());
        public.sign(&own.seed.signing());
        change.put_secret(name, &bytes);
        card = Some(next.put(change, name, own, context)?);
        Ok(())
    })?;
    close(name, context);
    let written = context.keyring()?.secret(name).with_context(|| {
        format!("The new keys of {name} were saved, but could not be read back")
    })?;
    if written.is_none_or(|(_, written)| written != bytes) {
        return Err(CommandError::other(
            "The identity file does not contain what was just written",
        ));
    }
    card.ok_or_else(|| CommandError::other("There is no card"))
}

/// Changes an unlocked identity if its file is still the same. The public half is written only if
/// it changed, so that a failure there cannot hide that the secret was written.
pub(crate) fn edit(
    name: &Name,
    opened: &UnlockedIdentity,
    context: &Context,
    edit: impl FnOnce(&mut Transaction<'_>, &mut keyring::StoredIdentity) -> Result<()>,
) -> Result<()> {
    context.keyring()?.change(|change| {
        let mut public = change.keyring().get::<keyring::StoredIdentity>(name)?;
        let now = change.keyring().secret(name)?;
        if now.is_none_or(|(_, now)| now != opened.bytes) {
            return Err(Refusal::ChangedMeanwhile(name.clone()).into());
        }
        let before = public.clone();
        edit(change, &mut public)?;
        if let Some(own) = opened.document.own() {
            public.sign(&own.seed.signing());
        }
        if before != public {
            change.put_identity(name, &public);
        }
        Ok(())
    })
}

/// Locks an identity. A failure is harmless, because the cached text is bound to the old file.
pub(crate) fn close(name: &Name, context: &Context) {
    if let Err(error) = unlock_cache::forget(name, context) {
        context
            .ui
            .detail(&format_args!("Cannot lock identity {name}: {error:#}"));
    }
}

/// Returns the named identity, which need not exist, or the default one.
pub(crate) fn chosen(name: Option<&str>, context: &Context) -> Result<Name> {
    if let Some(name) = name {
        return Ok(name.parse()?);
    }
    let hint = Some("Create one: bulla identity new");
    context
        .default_identity()?
        .ok_or_else(|| crate::errors::usage("You have no identity yet", hint))
}
