//! The key that a drill tries the copies with, and who signs that it opened them.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::context::Context;
use crate::errors::{Failure, Refusal, Result, usage};
use crate::files::is_stdin;
use crate::identities::{confirmed, secret};
use crate::keyring::{IdentityKind, Name, PersonName, StoredIdentity};
use crate::select::backup_words;
use crate::select::key_files::KeyFiles;
use crate::select::options::CostLimit;
use bulla_age::fingerprint::{check_value, safety_number};
use bulla_age::key_document::{KeyDocument, KeyKind, MOST_EPOCHS};
use bulla_age::key_file;
use bulla_age::key_file::{KeyFileContext, KeyFileIdentity, StoredIn};
use bulla_age::signing::{SecretSigningKey, Signer};
use bulla_age::untrusted::Untrusted;

/// The options that choose the key.
#[derive(Args, Clone, Debug)]
pub(crate) struct DrillKeyOptions {
    /// The key that must open the copies: an identity of yours, or an identity file
    #[arg(short, long, value_name = "NAME|PATH")]
    identity: Option<String>,
    /// Ask for the 24 backup words and try the key that they stand for, without storing it
    /// (=PATH: read them, or the sheet, from a file)
    #[arg(long, value_name = "PATH", num_args = 0..=1, require_equals = true, default_missing_value = "-", conflicts_with = "identity")]
    words: Option<PathBuf>,
    /// The words are of an identity that was created with --classic (the backup sheet says so)
    #[arg(long, requires = "words", help_heading = "Your keys")]
    classic: bool,
    /// Number of key epochs of the words (1 if the keys were never rotated; the backup sheet says
    /// how many)
    #[arg(long, value_name = "N", requires = "words", help_heading = "Your keys", value_parser = clap::value_parser!(u32).range(1..=i64::from(MOST_EPOCHS)))]
    epochs: Option<u32>,
    /// Accept the identity that you use every day (without --identity: take it)
    #[arg(long, conflicts_with = "words")]
    daily: bool,
    #[command(flatten)]
    pub(crate) limit: CostLimit,
}

/// A key that opens copies.
pub(crate) struct DrillKey {
    /// The name of the identity or contact whose key it is; otherwise the name of its file.
    pub(crate) name: Untrusted,
    /// The safety number of its owner, or the check value of its recipients.
    pub(crate) fingerprint: Option<String>,
    pub(crate) identities: Vec<Box<dyn KeyFileIdentity>>,
    /// Who signs the receipts: the key's own seed, or else the daily identity if that needs no
    /// passphrase.
    pub(crate) signer: Option<SecretSigningKey>,
}

impl DrillKeyOptions {
    /// Returns whether the words come from standard input.
    pub(crate) fn reads_stdin(&self) -> bool {
        self.words.as_deref().is_some_and(is_stdin)
    }

    /// Loads the key. Whatever has to be asked is asked now.
    pub(crate) fn load(&self, context: &Context) -> Result<DrillKey> {
        let key = match (&self.words, &self.identity) {
            (Some(path), _) => self.key_of_words(path, context)?,
            (None, Some(named)) => self.key_of_named(named, context)?,
            (None, None) if self.daily => match context.default_identity()? {
                Some(name) => self.key_in_keyring(&name, context)?,
                None => return Err(usage("You have no identity", None)),
            },
            (None, None) => {
                let text = "Say which key must open the copies";
                let hint = "The one that is kept somewhere else: --identity NAME, --identity PATH, \
                            or --words";
                return Err(usage(text, Some(hint)));
            }
        };
        Ok(DrillKey {
            signer: key.signer.or_else(|| daily_signer(context)),
            ..key
        })
    }

    fn key_of_words(&self, path: &Path, context: &Context) -> Result<DrillKey> {
        let kind = self.classic.then_some(KeyKind::Classic);
        let own = backup_words::read(Some(path), context)?.keys(kind, self.epochs)?;
        let signer = own.seed.signing();
        let name = owner_of(&signer, context);
        let text = KeyDocument::new(own).render();
        let called = name.unwrap_or_else(|| Untrusted::new("the backup words"));
        let origin = self.origin(called.clone(), context);
        let bytes = zeroize::Zeroizing::new(text.as_bytes().to_vec());
        let identities = key_file::parse(bytes, &origin).map_err(|error| Failure::Key {
            what: called.clone(),
            error,
        })?;
        Ok(DrillKey {
            fingerprint: Some(safety_number(&signer.key())),
            name: called,
            identities,
            signer: Some(signer),
        })
    }

    /// A name stands for an identity of the keyring; anything else is a path.
    fn key_of_named(&self, named: &str, context: &Context) -> Result<DrillKey> {
        if let Ok(name) = named.parse::<Name>()
            && let Ok(keyring) = context.keyring()
            && keyring.secret(&name).is_ok_and(|secret| secret.is_some())
        {
            if !self.daily && context.default_if_any()?.as_ref() == Some(&name) {
                return Err(Refusal::DailyKey(name).into());
            }
            return self.key_in_keyring(&name, context);
        }
        self.key_in_file(Path::new(named), context)
    }

    fn key_in_keyring(&self, name: &Name, context: &Context) -> Result<DrillKey> {
        let limit = self.limit.max_work_factor;
        let public: StoredIdentity = context.keyring()?.get(name)?;
        let signer = match public.kind {
            IdentityKind::Imported => {
                confirmed::open(name, context, limit)?;
                None
            }
            _ => Some(confirmed::own_keys(name, context, limit)?.seed.signing()),
        };
        Ok(DrillKey {
            name: Untrusted::new(name.as_str()),
            fingerprint: fingerprint(signer.as_ref(), &public.recipients),
            identities: secret::load(name, context, limit)?,
            signer,
        })
    }

    fn key_in_file(&self, path: &Path, context: &Context) -> Result<DrillKey> {
        let (name, bytes) = KeyFiles::default().read(path)?;
        let origin = self.origin(name.clone(), context);
        let failed = |error| Failure::Key {
            what: name.clone(),
            error,
        };
        let text = key_file::text(bytes, &origin).map_err(failed)?;
        let document = std::str::from_utf8(&text).ok();
        let document = document.and_then(|text| KeyDocument::parse(text).ok());
        let signer = document
            .and_then(KeyDocument::into_own)
            .map(|own| own.seed.signing());
        let identities = key_file::parse(text, &origin).map_err(failed)?;
        let recipients: Vec<String> = identities
            .iter()
            .filter_map(|identity| identity.recipients().ok())
            .flatten()
            .map(|recipient| recipient.to_string())
            .collect();
        self.refuse_daily(&recipients, context)?;
        let known = signer
            .as_ref()
            .and_then(|signer| owner_of(signer, context))
            .or_else(|| owner_of_recipients(&recipients, context));
        Ok(DrillKey {
            fingerprint: fingerprint(signer.as_ref(), &recipients),
            name: known.unwrap_or(name),
            identities,
            signer,
        })
    }

    /// Refuses the key of the daily identity under the name of a file.
    fn refuse_daily(&self, recipients: &[String], context: &Context) -> Result<()> {
        if self.daily {
            return Ok(());
        }
        let Some(daily) = context.default_if_any()? else {
            return Ok(());
        };
        let own: StoredIdentity = context.keyring()?.get(&daily)?;
        if recipients.iter().any(|key| own.recipients.contains(key)) {
            return Err(Refusal::DailyKey(daily).into());
        }
        Ok(())
    }

    fn origin(&self, name: Untrusted, context: &Context) -> KeyFileContext {
        context.key_file(name, StoredIn::NamedFile, self.limit.max_work_factor)
    }
}

fn fingerprint(signer: Option<&SecretSigningKey>, recipients: &[String]) -> Option<String> {
    match signer {
        Some(signer) => Some(safety_number(&signer.key())),
        // A key of a plugin may show no recipient.
        None => (!recipients.is_empty()).then(|| check_value(recipients)),
    }
}

/// Returns the name of the person of this signing key, if the keyring knows one.
fn owner_of(signer: &SecretSigningKey, context: &Context) -> Option<Untrusted> {
    let known = context.keyring().ok()?.signer(&signer.key()).ok()??;
    named(known.who)
}

/// Returns the name of the person who has one of these recipients.
fn owner_of_recipients(recipients: &[String], context: &Context) -> Option<Untrusted> {
    let known = context.keyring().ok()?.known_keys().ok()?;
    let found = known
        .into_iter()
        .find(|key| recipients.contains(&key.recipient.to_string()))?;
    named(found.who)
}

fn named(who: PersonName) -> Option<Untrusted> {
    match who {
        PersonName::Identity(name) | PersonName::Contact { name, .. } => {
            Some(Untrusted::new(name.as_str()))
        }
        PersonName::Recipient(_) => None,
    }
}

/// Returns the signing key of the default identity, if no passphrase has to be asked for it.
fn daily_signer(context: &Context) -> Option<SecretSigningKey> {
    let name = context.default_if_any().ok().flatten()?;
    let (_, document) = confirmed::at_hand(&name, context).ok().flatten()?;
    Some(document.into_own()?.seed.signing())
}
