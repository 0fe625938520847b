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

/// An identity that is not in the keyring yet.
pub(crate) struct NewIdentity {
    pub(crate) name: Name,
    document: KeyDocument,
    /// The recipients derived from its keys.
    derived: Vec<String>,
    /// The recipients given by the user.
    told: Vec<String>,
    /// The day on which its words were backed up, if any.
    pub(crate) backed_up: Option<String>,
}

impl NewIdentity {
    /// Returns an identity made from a seed.
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

    /// Returns an identity imported from elsewhere. `told` are recipients that its keys do not
    /// give.
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

    /// Returns its recipients; the first one is given to others.
    pub(crate) fn recipients(&self) -> Vec<String> {
        self.derived.iter().chain(&self.told).cloned().collect()
    }

    /// Returns whether backup words can restore all its keys.
    pub(crate) fn has_words(&self) -> bool {
        self.document.own().is_some()
    }

    /// Encrypts the document, decrypts it again to check, writes it and reads it back. Most of this
    /// happens before the lock is taken, to keep the critical section short.
    pub(crate) fn keep(&self, lock: &SecretLock, context: &Context) -> Result<()> {
        let bytes = lock.encrypt(self.document.render().as_bytes())?;
        self.check(lock.decrypt(bytes.clone())?, context)
            .context("The new identity is not correct")?;
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
                    "The new identity file does not contain what was just written",
                ));
            }
            change.put(&self.name, &self.public(lock, context));
            Ok(())
        });
        if kept.is_err() && written {
            // The first error is the one to report.
            let _ = keyring.change(|change| change.take_back_secret(&self.name));
        }
        kept
    }

    fn check(&self, text: Zeroizing<Vec<u8>>, context: &Context) -> Result<()> {
        let document = KeyDocument::parse(std::str::from_utf8(&text).context("it is not text")?)?;
        let found = derived_recipients(&document, &self.name, context)?;
        match found == self.derived {
            true => Ok(()),
            false => Err(CommandError::other("it has different public keys")),
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

/// Parses a name for something new, and fails if it is taken, before any question.
pub(crate) fn free_name(name: &str, context: &Context) -> Result<Name> {
    let name: Name = name.parse()?;
    let keyring = context.keyring()?;
    if keyring.taken(&name)?.is_some() {
        keyring.change(|change| change.free(&name))?;
    }
    Ok(name)
}

/// Creates the first identity, because there is no recipient yet. Standard output is not used: it
/// may carry the data.
pub(crate) fn first(work: WorkFactor, context: &Context) -> Result<Name> {
    let name = free_name(FIRST, context)?;
    context.ui.status(&format_args!(
        "You have no keys yet. Creating an identity called \"{name}\"; choose a passphrase to \
         protect it"
    ));
    let lock = SecretLock::choose(
        PassphraseUse::Required,
        work,
        &format!("passphrase for the new identity {name}"),
        context,
    )?;
    let seed = Seed::generate().context("The system's random number generator failed")?;
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
        "Saved identity {} in {}",
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
            "If you lose the file or the passphrase, your data is gone. Make a backup: bulla \
             identity backup {}",
            draft.name
        ));
    }
}

/// Keeps a new identity, and prints the next steps.
pub(crate) fn keep(draft: &NewIdentity, lock: &SecretLock, context: &Context) -> Result<()> {
    confinement::confine(None, context)?;
    draft.keep(lock, context)?;
    let name = &draft.name;
    if let Some(recipient) = draft.recipients().first() {
        context.ui.status(&format_args!(
            "Created identity {name}: {}",
            shortened(recipient)
        ));
        if context.ui.stdout_is_terminal() {
            context.ui.hint(&format_args!(
                "To let others encrypt to you, send them your card: bulla card --as {name}"
            ));
        } else {
            context.ui.result(recipient)?;
        }
    }
    lock.warn(context);
    hint_at_words(draft, context);
    Ok(())
}
