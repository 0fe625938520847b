//! Identities on their way into the keyring and out of it.

use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use base64::{Engine as _, prelude::BASE64_STANDARD_NO_PAD};
use zeroize::Zeroizing;

use crate::card::Card;
use crate::context::Context;
use crate::errors::Failure;
use crate::files::Destination;
use crate::identities::own_card::Next;
use crate::identities::protection::{Lock, Remembering};
use crate::identities::{secret, unlocked};
use crate::jobs::plan;
use crate::keyring;
use crate::keyring::{IdentityKind, Name, Transaction};
use crate::select::signer;
use bulla_age::key_document::{KeyDocument, KeyKind, SeedKeys};
use bulla_age::key_file::KeyFileContext;
use bulla_age::untrusted::Untrusted;
use bulla_age::{KeyError, ParseError, SecretString, key_file};

/// An identity that is to be kept.
pub(crate) struct Draft {
    pub(crate) name: Name,
    document: KeyDocument,
    /// What its keys themselves tell.
    derived: Vec<String>,
    /// And what was told of them.
    told: Vec<String>,
    /// The day on which its words were given, where they were.
    pub(crate) backed_up: Option<String>,
}

impl Draft {
    /// Keys of a seed.
    pub(crate) fn of_seed(name: Name, own: SeedKeys) -> Self {
        let derived = own.recipients().iter().map(ToString::to_string).collect();
        Self {
            name,
            document: KeyDocument::new(own),
            derived,
            told: Vec::new(),
            backed_up: None,
        }
    }

    /// Keys from elsewhere, or a document of another keyring, with its seed; `told`: recipients that the keys themselves do not tell.
    pub(crate) fn imported(
        name: Name,
        text: &str,
        told: Vec<String>,
        context: &Context,
    ) -> Result<Self> {
        let document = KeyDocument::parse(text).map_err(KeyError::from)?;
        let derived = derived(&document, &name, context)?;
        Ok(Self {
            name,
            document,
            derived,
            told,
            backed_up: None,
        })
    }

    /// Its recipients, the first one the one to be given to others.
    pub(crate) fn recipients(&self) -> Vec<String> {
        self.derived.iter().chain(&self.told).cloned().collect()
    }

    /// Whether words can give all its keys again.
    pub(crate) fn has_words(&self) -> bool {
        self.document.own().is_some()
    }

    /// Closes it, opens that again and compares what comes out; then writes it, and reads it back: only then it is in
    /// the keyring. Most of it goes before the lock is taken, so that next to no time is left to be interrupted in.
    pub(crate) fn keep(&self, lock: &Lock, context: &Context) -> Result<()> {
        let bytes = lock.close(self.document.render().as_bytes())?;
        self.check(lock.open(bytes.clone())?, context)
            .context("the new identity is not good")?;
        let keyring = context.keyring()?;
        let mut written = false;
        let kept = keyring.change(|change| {
            change.free(&self.name)?;
            change.write_secret(&self.name, &bytes)?;
            written = true;
            if change
                .keyring()
                .secret(&self.name)?
                .is_none_or(|(_, read)| read != bytes)
            {
                bail!("the new identity was read back, and is not what was written");
            }
            change.put(&self.name, &self.public(lock, context));
            Ok(())
        });
        if kept.is_err() && written {
            // Why it could not be kept is what is said.
            let _ = keyring.change(|change| change.take_back_secret(&self.name));
        }
        kept
    }

    fn check(&self, text: Zeroizing<Vec<u8>>, context: &Context) -> Result<()> {
        let document = KeyDocument::parse(std::str::from_utf8(&text).context("it is not text")?)?;
        let found = derived(&document, &self.name, context)?;
        match found == self.derived {
            true => Ok(()),
            false => bail!("it gives other recipients"),
        }
    }

    fn public(&self, lock: &Lock, context: &Context) -> keyring::StoredIdentity {
        let (kind, signing_key) = match self.document.own() {
            Some(own) => (
                kinds(own.kind),
                Some(BASE64_STANDARD_NO_PAD.encode(own.seed.signing_key())),
            ),
            None => (IdentityKind::Imported, None),
        };
        let mut public =
            keyring::StoredIdentity::new(kind, self.recipients(), signing_key, context.today());
        public.encrypted = lock.is_closed();
        if let Some(on) = &self.backed_up {
            public.back_up(on.clone());
        }
        public
    }
}

fn kinds(kind: KeyKind) -> IdentityKind {
    match kind {
        KeyKind::Hybrid => IdentityKind::Hybrid,
        KeyKind::Classic => IdentityKind::Classic,
    }
}

/// The recipients that a document's keys tell.
fn derived(document: &KeyDocument, name: &Name, context: &Context) -> Result<Vec<String>> {
    let mut recipients: Vec<String> = document.own().map_or_else(Vec::new, |own| {
        own.recipients().iter().map(ToString::to_string).collect()
    });
    let text = document.from_elsewhere();
    if text.trim_ascii().is_empty() {
        return Ok(recipients);
    }
    let what = || Untrusted::new(name.as_str());
    let failed = |error| Failure::Key {
        what: what(),
        error,
    };
    // Nobody is asked for a passphrase to know a recipient, so no cost is too high.
    let origin = secret::origin(name, context, 1);
    let bytes = Zeroizing::new(text.as_bytes().to_vec());
    for identity in key_file::parse(bytes, &origin).map_err(failed)? {
        match identity.recipients() {
            Ok(found) => recipients.extend(found.iter().map(ToString::to_string)),
            Err(KeyError::NoRecipient(_)) => {}
            Err(error) => return Err(failed(error).into()),
        }
    }
    Ok(recipients)
}

/// An identity of the keyring, opened.
pub(crate) struct Opened {
    /// Its file as it stands.
    pub(crate) bytes: Zeroizing<Vec<u8>>,
    pub(crate) text: Zeroizing<Vec<u8>>,
    pub(crate) document: KeyDocument,
    passphrase: Option<SecretString>,
}

impl Opened {
    /// The lock that it has.
    pub(crate) fn lock(&self) -> Lock {
        Lock::same(&self.bytes, self.passphrase.clone())
    }

    /// What comes of its seed.
    pub(crate) fn own(&self, name: &Name) -> Result<&SeedKeys> {
        self.document.own().ok_or_else(|| signer::imported(name))
    }
}

/// Opens the secret file of an identity; asks for its passphrase, also where it is unlocked for a while: that is for
/// opening files, and not for handing out the keys.
pub(crate) fn open(name: &Name, context: &Context, max_work_factor: u8) -> Result<Opened> {
    context.keyring()?.settle()?;
    context.keyring()?.get::<keyring::StoredIdentity>(name)?;
    let (path, bytes) = context.keyring()?.secret(name)?.ok_or_else(|| {
        let hint = Some("see what is wrong with: bulla doctor".to_owned());
        Failure::Refused(format!("the secret file of identity {name} is gone"), hint)
    })?;
    let what = Untrusted::from(path.as_path());
    let failed = |error| Failure::Key {
        what: what.clone(),
        error,
    };
    let asked = Remembering::new(context.ask());
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
    Ok(Opened {
        bytes,
        text,
        document,
        passphrase: asked.last(),
    })
}

/// Other keys for an identity that was opened before, and the card that shows them: secret file, public half and card
/// change in one step, under the lock that the file has. What will stand there is known to open before.
pub(crate) fn replace(
    name: &Name,
    opened: &Opened,
    document: &KeyDocument,
    next: &Next<'_>,
    context: &Context,
) -> Result<Card> {
    let lock = opened.lock();
    let bytes = lock.close(document.render().as_bytes())?;
    let recipients = derived(document, name, context)?;
    let again = lock.open(bytes.clone())?;
    let again = KeyDocument::parse(std::str::from_utf8(&again).context("it is not text")?)?;
    if derived(&again, name, context)? != recipients || again.render() != document.render() {
        bail!("what was to be written does not open as it should");
    }
    let before = derived(&opened.document, name, context)?;
    let mut card = None;
    edit(name, opened, context, |change, public| {
        let told = public
            .recipients
            .drain(..)
            .filter(|recipient| !before.contains(recipient));
        public.recipients = recipients.iter().cloned().chain(told).collect();
        let own = document.own().ok_or_else(|| signer::imported(name))?;
        public.sign_by(BASE64_STANDARD_NO_PAD.encode(own.seed.signing_key()));
        change.put_secret(name, &bytes);
        card = Some(next.put(change, name, own, context)?);
        Ok(())
    })?;
    close(name, context);
    let written = context.keyring()?.secret(name)?;
    if written.is_none_or(|(_, written)| written != bytes) {
        bail!("the identity was read back, and is not what was written");
    }
    card.context("there is no card")
}

/// Changes an identity that was opened before, if it still is the same; what is public of it is written only where it
/// changes, so that a secret that was written is not reported as a failure for its sake.
pub(crate) fn edit(
    name: &Name,
    opened: &Opened,
    context: &Context,
    edit: impl FnOnce(&mut Transaction<'_>, &mut keyring::StoredIdentity) -> Result<()>,
) -> Result<()> {
    context.keyring()?.change(|change| {
        let mut public = change.keyring().get::<keyring::StoredIdentity>(name)?;
        let now = change.keyring().secret(name)?;
        if now.is_none_or(|(_, now)| now != opened.bytes) {
            let text = format!("identity {name} was changed by another program meanwhile");
            return Err(Failure::Refused(text, Some("try again".to_owned())).into());
        }
        let before = public.clone();
        edit(change, &mut public)?;
        if before != public {
            change.put(name, &public);
        }
        Ok(())
    })
}

/// Closes an identity that was unlocked for a while. What is held is of no use any more, so that it may fail.
pub(crate) fn close(name: &Name, context: &Context) {
    if let Err(error) = unlocked::forget(name, context) {
        context
            .ui
            .detail(&format_args!("identity {name} cannot be locked: {error:#}"));
    }
}

/// The identity that is named, which need not exist; the default one otherwise.
pub(crate) fn chosen(name: Option<&str>, context: &Context) -> Result<Name> {
    if let Some(name) = name {
        return Ok(name.parse()?);
    }
    let hint = Some("make one with: bulla identity new");
    context
        .default_identity()?
        .ok_or_else(|| plan::usage("there is no identity yet", hint))
}

/// A name for something new. Refused before anything is asked where something is called that already.
pub(crate) fn free_name(name: &str, context: &Context) -> Result<Name> {
    let name: Name = name.parse()?;
    let keyring = context.keyring()?;
    if keyring.taken(&name)?.is_some() {
        keyring.change(|change| change.free(&name))?;
    }
    Ok(name)
}

/// From here on nothing is written but the keyring and this output, and no program started.
pub(crate) fn confine(output: Option<&PathBuf>, context: &Context) -> Result<()> {
    let keyring = context.keyring()?;
    keyring.change(|_| Ok::<_, keyring::KeyringError>(()))?;
    let mut folders = vec![keyring.path().to_owned()];
    if let Some(output) = output {
        folders.push(Destination::of(output)?.directory().to_owned());
    }
    plan::confine_to(&folders, &context.ui);
    Ok(())
}
