//! A new identity: how it is made, kept in the keyring and checked.

use zeroize::Zeroizing;

use crate::context::Context;
use crate::errors::{CommandError, ErrorContext as _, Result, shortened};
use crate::files::check_folder;
use crate::identities::derived_recipients::derived_recipients;
use crate::identities::own_card;
use crate::identities::own_card::NextCard;
use crate::identities::protection::SecretLock;
use crate::keyring;
use crate::keyring::{EntryKind, IdentityKind, Name};
use bulla_age::KeyError;
use bulla_age::fingerprint::safety_number;
use bulla_age::key_document::{KeyDocument, KeyKind, SeedKeys};

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
    /// The name on its first card, which is made with it. `None` makes none: an identity that is
    /// restored has a card already.
    pub(crate) card_name: Option<String>,
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
            card_name: None,
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
            card_name: None,
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
        keyring.change(|change| {
            change.free(EntryKind::Identity, &self.name)?;
            change.write_secret(&self.name, &bytes)?;
            if change
                .keyring()
                .secret(&self.name)?
                .is_none_or(|(_, read)| read != bytes)
            {
                return Err(CommandError::other(
                    "The new identity file does not contain what was just written",
                ));
            }
            change.put_identity(&self.name, &self.public(lock, context));
            if let (Some(called), Some(own)) = (&self.card_name, self.document.own()) {
                let first = NextCard {
                    called: Some(called),
                    ..NextCard::default()
                };
                first.put(change, &self.name, own, context)?;
            }
            Ok(())
        })
    }

    fn check(&self, text: Zeroizing<Vec<u8>>, context: &Context) -> Result<()> {
        let document = KeyDocument::parse(std::str::from_utf8(&text).context("it is not text")?)?;
        let found = derived_recipients(&document, &self.name, context)?;
        if found == self.derived {
            Ok(())
        } else {
            Err(CommandError::other("it has different public keys"))
        }
    }

    fn public(&self, lock: &SecretLock, context: &Context) -> keyring::StoredIdentity {
        let (kind, signing_key) = match self.document.own() {
            Some(own) => (kinds(own.kind), Some(own.seed.signing_key().to_string())),
            None => (IdentityKind::Imported, None),
        };
        let mut public =
            keyring::StoredIdentity::new(kind, self.recipients(), signing_key, context.today());
        public.encrypted = lock.is_encrypted();
        if let Some(on) = &self.backed_up {
            public.back_up(on.clone());
        }
        if let Some(own) = self.document.own() {
            public.sign(&own.seed.signing());
        }
        public
    }
}

fn kinds(kind: KeyKind) -> IdentityKind {
    match kind {
        KeyKind::Hybrid => IdentityKind::Hybrid,
        KeyKind::Classic => IdentityKind::Classic,
        KeyKind::Signing => IdentityKind::Signing,
    }
}

/// Parses a name for something new, and fails before any question if it is taken or the keyring
/// cannot be written.
pub(crate) fn free_name(name: &str, context: &Context) -> Result<Name> {
    let name: Name = name.parse()?;
    let keyring = context.keyring()?;
    if keyring.taken(&name)?.is_some() {
        keyring.change(|change| change.free(EntryKind::Identity, &name))?;
    }
    check_folder(keyring.path())?;
    Ok(name)
}

fn hint_at_words(draft: &NewIdentity, context: &Context) {
    if draft.backed_up.is_none() && draft.has_words() && !draft.derived.is_empty() {
        context.ui.tip(&format_args!(
            "If you lose the file or the passphrase, your data is gone. Make a backup: bulla \
             identity backup {}",
            draft.name
        ));
    }
}

/// Keeps a new identity, and prints the next steps.
pub(crate) fn keep(draft: &NewIdentity, lock: &SecretLock, context: &Context) -> Result<()> {
    // Once it exists, only the keyring can be written to.
    context
        .keyring()?
        .change(|_| Ok::<_, keyring::KeyringError>(()))?;
    context.start_no_more_programs();
    draft.keep(lock, context)?;
    let name = &draft.name;
    let recipients = draft.recipients();
    let own = draft.document.own().filter(|_| draft.backed_up.is_some());
    match (own, recipients.first()) {
        (Some(own), _) => {
            context.ui.status(&format_args!("Restored identity {name}"));
            context.ui.status(&format_args!(
                "Compare the safety number with the one on your paper: {}",
                safety_number(&own.seed.signing_key())
            ));
        }
        (None, Some(recipient)) => context.ui.status(&format_args!(
            "Created identity {name}: {}",
            shortened(recipient)
        )),
        (None, None) => {
            context.ui.status(&format_args!(
                "Created identity {name}, which signs and opens nothing"
            ));
        }
    }
    if let Some(recipient) = recipients.first() {
        if context.ui.stdout_is_terminal() {
            if let Some(command) = own_card::sending(name, draft.has_words()) {
                context.ui.tip(&format_args!(
                    "To let others encrypt to you, send them your card: {command}"
                ));
            }
        } else {
            context.ui.result(recipient)?;
        }
    }
    if recipients.is_empty() {
        context.ui.tip(&format_args!(
            "To let others see what it signed, send them its card: bulla card --as {name}"
        ));
    }
    lock.warn(recipients.is_empty(), context);
    hint_at_words(draft, context);
    Ok(())
}
