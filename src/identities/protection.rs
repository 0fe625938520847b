//! How the secret file of an identity is protected: by a passphrase, or not at all.

use std::sync::{Arc, Mutex, PoisonError};

use clap::Args;
use zeroize::Zeroizing;

use crate::context::Context;
use crate::errors::Result;
use crate::identities::new_passphrase::{new_passphrase, other_passphrase};
use crate::ui::WarningKind;
use bulla_age::format::looks_encrypted;
use bulla_age::kinds::{ScryptIdentity, ScryptRecipient, passphrase_work_factor};
use bulla_age::stream::Engine;
use bulla_age::untrusted::Untrusted;
use bulla_age::{AnswerError, Prompter, Question, SecretString, decrypt_all};

/// The cost of a new passphrase.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct WorkFactor {
    /// Work factor of the passphrase: 2^N KiB of memory for each guess (below 18 is easier to
    /// guess)
    #[arg(long, value_name = "N", default_value_t = 18, value_parser = clap::value_parser!(u8).range(10..=20))]
    work_factor: u8,
}

impl WorkFactor {
    /// Returns the base-2 logarithm of the cost.
    pub(crate) fn log2(self) -> u8 {
        self.work_factor
    }
}

impl Default for WorkFactor {
    fn default() -> Self {
        Self { work_factor: 18 }
    }
}

/// The option for a secret file without a passphrase.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct NoPassphraseOption {
    /// Do not encrypt the identity file; anyone who can read it can open all your files (for
    /// servers)
    #[arg(long)]
    no_passphrase: bool,
}

impl NoPassphraseOption {
    /// Returns whether the file gets a passphrase.
    pub(crate) fn choice(self) -> PassphraseUse {
        if self.no_passphrase {
            PassphraseUse::None
        } else {
            PassphraseUse::Required
        }
    }
}

/// Whether a secret file has a passphrase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PassphraseUse {
    Required,
    /// Required, in place of the one it has.
    Replaced,
    None,
}

/// The protection of one secret file.
pub(crate) struct SecretLock {
    passphrase: Option<SecretString>,
    work_factor: u8,
}

/// Returns what anyone can do who can read an identity file without a passphrase.
pub(crate) fn danger_of_reading(only_signs: bool) -> &'static str {
    if only_signs {
        "sign as you"
    } else {
        "open all your files"
    }
}

impl SecretLock {
    /// Asks for a new passphrase, if one is required.
    pub(crate) fn choose(
        closed: PassphraseUse,
        work: WorkFactor,
        what: &str,
        context: &Context,
    ) -> Result<Self> {
        let WorkFactor { work_factor } = work;
        let passphrase = match closed {
            PassphraseUse::None => None,
            PassphraseUse::Required => Some(new_passphrase(what, context)?),
            PassphraseUse::Replaced => Some(other_passphrase(what, context)?),
        };
        Ok(Self {
            passphrase,
            work_factor,
        })
    }

    /// Returns the protection of a file that was just decrypted with this passphrase.
    pub(crate) fn same(file: &[u8], passphrase: Option<SecretString>) -> Self {
        let work_factor = passphrase_work_factor(file).unwrap_or(18);
        Self {
            passphrase: passphrase.filter(|_| looks_encrypted(file)),
            work_factor,
        }
    }

    /// Warns about a missing or weak passphrase of an identity, which perhaps opens no files.
    pub(crate) fn warn(&self, only_signs: bool, context: &Context) {
        let work_factor = self.work_factor;
        if !self.is_encrypted() {
            let danger = danger_of_reading(only_signs);
            context.ui.warn(
                WarningKind::NoPassphrase,
                &format_args!(
                    "The identity file has no passphrase; anyone who can read it can {danger}"
                ),
            );
        } else if work_factor < 18 {
            context.ui.warn(
                WarningKind::WeakWorkFactor,
                &format_args!(
                    "A work factor of {work_factor} makes the passphrase easier to guess"
                ),
            );
        }
    }

    pub(crate) fn is_encrypted(&self) -> bool {
        self.passphrase.is_some()
    }

    /// Encrypts the text of the file.
    pub(crate) fn encrypt(&self, text: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        let Some(passphrase) = &self.passphrase else {
            return Ok(Zeroizing::new(text.to_vec()));
        };
        let recipient = ScryptRecipient::new(passphrase.clone(), self.work_factor);
        let mut bytes = Vec::new();
        bulla_age::encrypt(&[&recipient], text, &mut bytes, &Engine::new(1))?;
        Ok(Zeroizing::new(bytes))
    }

    /// Decrypts a file that was encrypted with this passphrase.
    pub(crate) fn decrypt(&self, bytes: Zeroizing<Vec<u8>>) -> Result<Zeroizing<Vec<u8>>> {
        match &self.passphrase {
            Some(passphrase) if looks_encrypted(&bytes) => {
                let question = Question::IdentityFile(Untrusted::new("the new identity"));
                let known = Arc::new(FixedPassphrase(passphrase.clone()));
                let identity = ScryptIdentity::new(known, question, self.work_factor);
                Ok(decrypt_all(&bytes, &[&identity])?)
            }
            _ => Ok(bytes),
        }
    }
}

/// Remembers the last passphrase, to encrypt a file again with the same one.
pub(crate) struct RememberingAsk {
    asked: Arc<dyn Prompter>,
    last: Mutex<Option<SecretString>>,
}

impl RememberingAsk {
    pub(crate) fn new(asked: Arc<dyn Prompter>) -> Arc<Self> {
        Arc::new(Self {
            asked,
            last: Mutex::default(),
        })
    }

    /// Returns the last answer.
    pub(crate) fn last(&self) -> Option<SecretString> {
        self.last
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl Prompter for RememberingAsk {
    fn passphrase(&self, question: &Question) -> Result<SecretString, AnswerError> {
        let given = self.asked.passphrase(question)?;
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(given.clone());
        Ok(given)
    }

    fn text(&self, plugin: &str, message: &Untrusted) -> Result<String, AnswerError> {
        self.asked.text(plugin, message)
    }

    fn confirm(
        &self,
        plugin: &str,
        message: &Untrusted,
        yes: &Untrusted,
        no: Option<&Untrusted>,
    ) -> Result<bool, AnswerError> {
        self.asked.confirm(plugin, message, yes, no)
    }

    fn tell(&self, plugin: &str, message: &Untrusted) {
        self.asked.tell(plugin, message);
    }

    fn asks_again(&self, question: &Question) -> bool {
        self.asked.asks_again(question)
    }
}

/// Answers with the passphrase that was just chosen.
struct FixedPassphrase(SecretString);

impl Prompter for FixedPassphrase {
    fn passphrase(&self, _: &Question) -> Result<SecretString, AnswerError> {
        Ok(self.0.clone())
    }

    fn text(&self, _: &str, _: &Untrusted) -> Result<String, AnswerError> {
        Err(AnswerError::Declined("a text".to_owned()))
    }

    fn confirm(
        &self,
        _: &str,
        _: &Untrusted,
        _: &Untrusted,
        _: Option<&Untrusted>,
    ) -> Result<bool, AnswerError> {
        Ok(false)
    }

    fn tell(&self, _: &str, _: &Untrusted) {}
}
