//! Answers for passphrases: from the flags, the service manager, the config, or the user at the
//! terminal.
//!
//! Owns their order. The first source that exists answers. If it exists but fails, that is an
//! error, and no other source is asked. Remembers unlocked identities for this run.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::context::home::Home;
use crate::files;
use crate::files::{Input, Program, find_program};
use crate::process::passphrase_command::first_line;
use crate::ui::{PromptError, Ui};
use bulla_age::untrusted::Untrusted;
use bulla_age::{AnswerError, Prompter, Question, SecretString};

pub(super) struct Asker {
    ui: Ui,
    first: Mutex<Option<Zeroizing<String>>>,
    home: Arc<Home>,
    /// Keyed by the digests of their files, so that a rewritten file no longer matches.
    unlocked: Mutex<HashMap<[u8; 32], Zeroizing<Vec<u8>>>>,
}

impl Asker {
    pub(super) fn new(ui: Ui, first: Option<Zeroizing<String>>, home: Arc<Home>) -> Self {
        Self {
            ui,
            first: Mutex::new(first),
            home,
            unlocked: Mutex::default(),
        }
    }

    /// Returns the answer given for the first question, once.
    pub(super) fn take_first(&self) -> Option<Zeroizing<String>> {
        self.first
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }

    /// Returns the text of an identity that was already unlocked.
    pub(super) fn remembered(&self, file: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let unlocked = self.unlocked.lock().unwrap_or_else(PoisonError::into_inner);
        unlocked.get(&digest(file)).cloned()
    }

    fn answer(&self, question: &Question) -> Result<Zeroizing<String>, AnswerError> {
        if let Some(first) = self.take_first() {
            return Ok(first);
        }
        if let Question::Identity(_) = question {
            if let Some(answer) = credential()? {
                return Ok(answer);
            }
            let config = self
                .home
                .config()
                .map_err(|error| AnswerError::Failed(error.to_string()))?;
            if let [program, arguments @ ..] = config.passphrase_command.value.as_slice() {
                return command(program, arguments).map_err(|why| {
                    AnswerError::Failed(format!(
                        "passphrase_command {}: {why}",
                        Untrusted::new(program.as_str())
                    ))
                });
            }
        }
        self.ui
            .passphrase(&question.to_string())
            .map_err(|error| unanswered(error, question))
    }
}

/// The name of the credential that systemd passes to a service.
const CREDENTIAL: &str = "bulla.passphrase";

/// Returns the passphrase from the service manager, if there is one.
fn credential() -> Result<Option<Zeroizing<String>>, AnswerError> {
    let folder = std::env::var_os("CREDENTIALS_DIRECTORY").filter(|folder| !folder.is_empty());
    let Some(folder) = folder else {
        return Ok(None);
    };
    match Input::open(&Path::new(&folder).join(CREDENTIAL)).and_then(Input::first_line) {
        Ok(answer) => Ok(Some(answer)),
        Err(files::Error::NotFound { .. }) => Ok(None),
        Err(error) => Err(AnswerError::Failed(error.to_string())),
    }
}

/// Returns the first line printed by the configured program.
fn command(name: &str, arguments: &[String]) -> Result<Zeroizing<String>, String> {
    first_line(&program(name)?, arguments).map_err(|error| error.to_string())
}

/// Finds a configured program by its absolute path or on the PATH.
pub(super) fn program(name: &str) -> Result<PathBuf, String> {
    let path = Path::new(name);
    if path.is_absolute() {
        return path
            .is_file()
            .then(|| path.to_owned())
            .ok_or_else(|| "no such program".to_owned());
    }
    if name.contains('/') {
        return Err("its path is not absolute".to_owned());
    }
    match find_program(name, &std::env::var_os("PATH").unwrap_or_default()) {
        Program::At(path) => Ok(path),
        Program::OnlyRelative => Err("it is only in a relative entry of PATH, which bulla does \
            not use"
            .to_owned()),
        Program::Nowhere => Err("no such program on the PATH".to_owned()),
    }
}

impl Prompter for Asker {
    fn passphrase(&self, question: &Question) -> Result<SecretString, AnswerError> {
        Ok(SecretString::from(self.answer(question)?.as_str()))
    }

    fn text(&self, plugin: &str, message: &Untrusted) -> Result<String, AnswerError> {
        let question = Question::Plugin {
            plugin: plugin.to_owned(),
            message: message.clone(),
        };
        self.ui
            .line(&question.to_string())
            .map_err(|error| unanswered_in_person(error, &question))
    }

    fn confirm(
        &self,
        plugin: &str,
        message: &Untrusted,
        yes: &Untrusted,
        no: Option<&Untrusted>,
    ) -> Result<bool, AnswerError> {
        let question = Question::Plugin {
            plugin: plugin.to_owned(),
            message: message.clone(),
        };
        let no = no.map(ToString::to_string);
        self.ui
            .confirm(&question.to_string(), &yes.to_string(), no.as_deref())
            .map_err(|error| unanswered_in_person(error, &question))
    }

    fn tell(&self, plugin: &str, message: &Untrusted) {
        self.ui.status(&format_args!("plugin {plugin}: {message}"));
    }

    fn unlocked(&self, question: &Question, file: &[u8], text: &Zeroizing<Vec<u8>>) {
        if let Question::Identity(_) = question {
            let mut unlocked = self.unlocked.lock().unwrap_or_else(PoisonError::into_inner);
            unlocked.insert(digest(file), text.clone());
        }
    }
}

fn digest(file: &[u8]) -> [u8; 32] {
    Sha256::digest(file).into()
}

/// Returns the error for a question that no flag could have answered.
fn unanswered_in_person(error: PromptError, question: &Question) -> AnswerError {
    match (error, question) {
        (PromptError::NoTerminal, Question::Plugin { message, .. }) => {
            AnswerError::NoPerson(message.to_string())
        }
        (error, question) => unanswered(error, question),
    }
}

fn unanswered(error: PromptError, question: &Question) -> AnswerError {
    match error {
        PromptError::NoTerminal => AnswerError::NoTerminal(format!("The {question}")),
        PromptError::Declined | PromptError::Differ => AnswerError::Declined(question.to_string()),
        error @ (PromptError::NoPaste
        | PromptError::TooLarge
        | PromptError::Signal(_)
        | PromptError::Io(_)) => AnswerError::Failed(error.to_string()),
    }
}
