//! Questions that a key may have for the user. The caller implements [`Prompter`].

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use secrecy::SecretString;
use zeroize::Zeroizing;

use crate::untrusted::Untrusted;

/// What a passphrase is needed for.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Question {
    /// A file that was encrypted to a passphrase.
    File(Untrusted),
    /// An identity file that is itself encrypted to a passphrase.
    IdentityFile(Untrusted),
    /// An identity of the keyring.
    Identity(Untrusted),
    /// An encrypted OpenSSH private key.
    SshKey(Untrusted),
    /// A plugin wants a secret (a PIN, say).
    Plugin {
        /// The plugin's name, as in `age-plugin-NAME`.
        plugin: String,
        /// The plugin's message.
        message: Untrusted,
    },
}

impl fmt::Display for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(name) => write!(f, "passphrase for {name}"),
            Self::IdentityFile(name) => write!(f, "passphrase for identity file {name}"),
            Self::Identity(name) => write!(f, "passphrase for identity {name}"),
            Self::SshKey(name) => write!(f, "passphrase for SSH key {name}"),
            Self::Plugin { plugin, message } => write!(f, "plugin {plugin} asks: {message}"),
        }
    }
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AnswerError {
    /// The user cannot be asked: no terminal, or `--no-prompt`. The text names what was needed.
    #[error("{0} is needed, but there is no terminal to ask on")]
    NoTerminal(String),
    /// The user cannot be asked, and no option could answer: a plugin wants a text or a choice.
    /// With its message.
    #[error("there is no terminal to ask on: {0}")]
    NoPerson(String),
    /// The terminal or the passphrase source failed.
    #[error("could not read the answer: {0}")]
    Failed(String),
    /// What should have answered failed with an error that the caller knows.
    #[error(transparent)]
    Source(SourceError),
    /// The person declined (empty answer, end of input).
    #[error("{0}: no answer was given")]
    Declined(String),
}

/// An error of the caller, with its causes.
#[derive(Clone, Debug)]
pub struct SourceError(Arc<dyn Error + Send + Sync>);

impl SourceError {
    /// Wraps an error of the caller.
    pub fn new(error: impl Error + Send + Sync + 'static) -> Self {
        Self(Arc::new(error))
    }

    /// Returns the error of the caller.
    #[must_use]
    pub fn get_ref(&self) -> &(dyn Error + Send + Sync + 'static) {
        &*self.0
    }
}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

impl Error for SourceError {}

/// Only copies of one error are equal.
impl PartialEq for SourceError {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for SourceError {}

/// Asks the user. Calls may come from several threads and are served in turn.
pub trait Prompter: Send + Sync {
    /// Asks for a passphrase or PIN, unseen.
    ///
    /// # Errors
    /// [`AnswerError`] if there is no answer.
    fn passphrase(&self, question: &Question) -> Result<SecretString, AnswerError>;

    /// Asks for a text that may be seen, for a plugin.
    ///
    /// # Errors
    /// [`AnswerError`] if there is no answer.
    fn text(&self, plugin: &str, message: &Untrusted) -> Result<String, AnswerError>;

    /// Offers a choice, for a plugin: true for `yes`, false for `no` (or if the user declines and
    /// there is no `no`).
    ///
    /// # Errors
    /// [`AnswerError`] if there is no answer.
    fn confirm(
        &self,
        plugin: &str,
        message: &Untrusted,
        yes: &Untrusted,
        no: Option<&Untrusted>,
    ) -> Result<bool, AnswerError>;

    /// Shows a plugin's message; needs no answer.
    fn tell(&self, plugin: &str, message: &Untrusted);

    /// Called when the answer to a question was a wrong passphrase. Returns whether to ask again,
    /// which makes sense only if a person answered.
    fn asks_again(&self, _question: &Question) -> bool {
        false
    }

    /// Called with a file that an answer has unlocked, and with its text, so that the caller need
    /// not ask again.
    fn unlocked(&self, _question: &Question, _file: &[u8], _text: &Zeroizing<Vec<u8>>) {}
}
