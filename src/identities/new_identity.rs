//! A new identity: how it is made, kept in the keyring and checked.

use base64::{Engine as _, prelude::BASE64_STANDARD_NO_PAD};
use zeroize::Zeroizing;

use crate::context::{Context, FIRST};
use crate::errors::{CommandError, ErrorContext as _, Result, shortened};
use crate::identities::confinement;
use crate::identities::derived_recipients::derived_recipients;
use crate::identities::protection::{PassphraseUse, SecretLock, WorkFactor};
use crate::keyring;
use crate::keyring::{IdentityKind, Name};
use bulla_age::KeyError;
use bulla_age::key_document::{KeyDocument, KeyKind, SeedKeys};
use bulla_age::seed::Seed;
use bulla_age::untrusted::Untrusted;

/// An identity that is to be kept.
pub(crate) struct NewIdentity {
    pub(crate) name: Name,
    document: KeyDocument,
    /// What its keys themselves tell.
    derived: Vec<String>,
    /// And what was told of them.
    told: Vec<String>,
    /// The day on which its words were given, where they were.
    pub(crate) backed_up: Option<String>,
}

impl NewIdentity {
    /// Keys of a seed.
    pub(crate) fn from_seed(name: Name, own: SeedKeys) -> Self {
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
        let derived = derived_recipients(&document, &name, context)?;
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
    pub(crate) fn keep(&self, lock: &SecretLock, context: &Context) -> Result<()> {
        let bytes = lock.encrypt(self.document.render().as_bytes())?;
        self.check(lock.decrypt(bytes.clone())?, context)
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
                return Err(CommandError::other(
                    "the new identity was read back, and is not what was written",
                ));
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
        let found = derived_recipients(&document, &self.name, context)?;
        match found == self.derived {
            true => Ok(()),
            false => return Err(CommandError::other("it gives other recipients")),
        }
    }

    fn public(&self, lock: &SecretLock, context: &Context) -> keyring::StoredIdentity {
        let (kind, signing_key) = match self.document.own() {
            Some(own) => (
                kinds(own.kind),
                Some(BASE64_STANDARD_NO_PAD.encode(own.seed.signing_key())),
            ),
            None => (IdentityKind::Imported, None),
        };
        let mut public =
            keyring::StoredIdentity::new(kind, self.recipients(), signing_key, context.today());
        public.encrypted = lock.is_encrypted();
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

/// A name for something new. Refused before anything is asked where something is called that already.
pub(crate) fn free_name(name: &str, context: &Context) -> Result<Name> {
    let name: Name = name.parse()?;
    let keyring = context.keyring()?;
    if keyring.taken(&name)?.is_some() {
        keyring.change(|change| change.free(&name))?;
    }
    Ok(name)
}

/// Makes the first identity, because something is to be encrypted and there is nobody yet to encrypt it for. Standard
/// output is not touched: it may carry the data.
pub(crate) fn first(work: WorkFactor, context: &Context) -> Result<Name> {
    let name = free_name(FIRST, context)?;
    context.ui.status(&format_args!(
        "you have no identity yet: {name} is made now, to encrypt for yourself; choose a passphrase for it"
    ));
    let lock = SecretLock::choose(
        PassphraseUse::Required,
        work,
        &format!("passphrase for the new identity {name}"),
        context,
    )?;
    let seed = Seed::generate().context("the system gives no random bytes")?;
    let draft = NewIdentity::from_seed(
        name,
        SeedKeys {
            seed,
            kind: KeyKind::Hybrid,
            epochs: 1,
        },
    );
    draft.keep(&lock, context)?;
    context.ui.status(&format_args!(
        "identity {} is kept in {}",
        draft.name,
        Untrusted::from(context.keyring()?.path())
    ));
    lock.warn(context);
    hint_at_words(&draft, context);
    Ok(draft.name)
}

fn hint_at_words(draft: &NewIdentity, context: &Context) {
    if draft.backed_up.is_none() && draft.has_words() {
        context.ui.hint(&format_args!(
            "a lost file or passphrase is a lost key; write its words down: bulla identity backup {}",
            draft.name
        ));
    }
}

/// Keeps a new identity, and says what comes next.
pub(crate) fn keep(draft: &NewIdentity, lock: &SecretLock, context: &Context) -> Result<()> {
    confinement::confine(None, context)?;
    draft.keep(lock, context)?;
    let name = &draft.name;
    if let Some(recipient) = draft.recipients().first() {
        context.ui.status(&format_args!(
            "identity {name} is in the keyring: {}",
            shortened(recipient)
        ));
        if context.ui.stdout_is_terminal() {
            context.ui.hint(&format_args!(
                "what others need to encrypt for you: bulla identity export {name}"
            ));
        } else {
            context.ui.result(recipient)?;
        }
    }
    lock.warn(context);
    hint_at_words(draft, context);
    Ok(())
}
