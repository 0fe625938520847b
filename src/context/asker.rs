//! Answers for passphrases: from the flags, the service manager, the config, or the user at the
//! terminal or in the window of an askpass program.
//!
//! Owns their order. The first source that exists answers. If it exists but fails, that is an
//! error, and no other source is asked. Only the user is asked again after a wrong answer.
//! Remembers unlocked identities for this run.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::context::askpass::Askpass;
use crate::context::configured_program;
use crate::context::home::Home;
use crate::files;
use crate::files::Input;
use crate::process::passphrase_command;
use crate::ui::{PromptError, TRIES, Ui};
use bulla_age::untrusted::Untrusted;
use bulla_age::{AnswerError, Prompter, Question, SecretString, SourceError};

/// A passphrase that nobody had to type.
pub(crate) struct GivenPassphrase {
    pub(crate) text: Zeroizing<String>,
    /// Where it was read.
    pub(crate) from: Untrusted,
}

impl GivenPassphrase {
    /// Reads the first line.
    pub(crate) fn read(input: Input) -> Result<Self, files::Error> {
        let from = input.name().clone();
        let text = input.first_line()?;
        Ok(Self { text, from })
    }

    /// Returns the passphrase. An empty one opens nothing, and is a mistake.
    pub(super) fn checked(self) -> Result<Zeroizing<String>, AnswerError> {
        if self.text.is_empty() {
            let name = self.from;
            return Err(source(files::Error::EmptyPassphrase { name }));
        }
        Ok(self.text)
    }
}

/// Why a configured passphrase command gave no passphrase.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CommandFailed {
    /// The program cannot be used.
    #[error("The passphrase_command {0} failed: {1}")]
    Unusable(Untrusted, String),
    /// It gave no passphrase.
    #[error("The passphrase_command {0} failed: {1}")]
    Answered(Untrusted, passphrase_command::Error),
}

fn source(error: impl std::error::Error + Send + Sync + 'static) -> AnswerError {
    AnswerError::Source(SourceError::new(error))
}

/// Who answers in place of a person at the terminal: a program that relays the questions.
pub(crate) trait Relayed: Send + Sync {
    /// Asks for an existing passphrase or PIN, perhaps after a wrong answer.
    fn passphrase(&self, question: &str, again: bool) -> Result<Zeroizing<String>, PromptError>;

    /// Asks for a text that may be seen.
    fn line(&self, question: &str) -> Result<String, PromptError>;

    /// Offers a choice: true for `yes`.
    fn confirm(&self, question: &str, yes: &str, no: Option<&str>) -> Result<bool, PromptError>;

    /// Shows a message.
    fn tell(&self, message: &str);
}

pub(super) struct Asker {
    ui: Ui,
    relayed: OnceLock<Arc<dyn Relayed>>,
    askpass: Option<Askpass>,
    first: Mutex<Option<GivenPassphrase>>,
    home: Arc<Home>,
    /// Keyed by the digests of their files, so that a rewritten file no longer matches.
    unlocked: Mutex<HashMap<[u8; 32], Zeroizing<Vec<u8>>>>,
    /// Keyed by the questions that the user has answered at the terminal.
    typed: Mutex<HashMap<String, Tries>>,
}

/// The answers that were typed to one question.
#[derive(Default)]
struct Tries {
    number: usize,
    /// Whether the last one was wrong.
    wrong: bool,
}

impl Asker {
    pub(super) fn new(
        ui: Ui,
        first: Option<GivenPassphrase>,
        home: Arc<Home>,
        askpass: Option<Askpass>,
    ) -> Self {
        Self {
            ui,
            relayed: OnceLock::new(),
            askpass,
            first: Mutex::new(first),
            home,
            unlocked: Mutex::default(),
            typed: Mutex::default(),
        }
    }

    /// Lets another program relay the questions from now on.
    pub(super) fn relay_to(&self, relayed: Arc<dyn Relayed>) {
        // Only the first one counts.
        let _ = self.relayed.set(relayed);
    }

    /// Returns the answer given for the first question, once.
    pub(super) fn take_first(&self) -> Result<Option<Zeroizing<String>>, AnswerError> {
        let first = self
            .first
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        first.map(GivenPassphrase::checked).transpose()
    }

    /// Returns a passphrase that nobody has to type: the one given for the first question, or that
    /// of the service manager.
    pub(super) fn given(&self) -> Result<Option<Zeroizing<String>>, AnswerError> {
        match self.take_first()? {
            Some(first) => Ok(Some(first)),
            None => credential(),
        }
    }

    /// Returns the text of an identity that was already unlocked.
    pub(super) fn remembered(&self, file: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let unlocked = self.unlocked.lock().unwrap_or_else(PoisonError::into_inner);
        unlocked.get(&digest(file)).cloned()
    }

    fn answer(&self, question: &Question) -> Result<Zeroizing<String>, AnswerError> {
        if let Question::Plugin { .. } = question {
            // A passphrase that was given for a file or an identity is not for a plugin.
            let typed = self.asked(&question.to_string(), false);
            return typed.map_err(|error| unanswered_in_person(error, question));
        }
        if let Some(given) = self.given()? {
            return Ok(given);
        }
        if let Question::Identity(_) = question {
            let config = self.home.config().map_err(source)?;
            if let [program, arguments @ ..] = config.passphrase_command.value.as_slice() {
                return command(program, arguments, &self.ui).map_err(source);
            }
        }
        self.typed(question)
            .map_err(|error| unanswered(error, question))
    }

    /// Asks the user, perhaps after a wrong answer.
    fn asked(&self, question: &str, again: bool) -> Result<Zeroizing<String>, PromptError> {
        let note = if again {
            "Wrong passphrase, try again\n"
        } else {
            ""
        };
        if let Some(relayed) = self.relayed.get() {
            let answer = relayed.passphrase(question, again);
            // The other program may have no terminal either.
            return match (answer, &self.askpass) {
                (Err(PromptError::Declined), Some(askpass)) if !self.ui.can_ask() => {
                    askpass.ask(note, question, &self.ui)
                }
                (answer, _) => answer,
            };
        }
        match self.askpass() {
            Some(askpass) => askpass.ask(note, question, &self.ui),
            None if again => self.ui.passphrase_again(question),
            None => self.ui.passphrase(question),
        }
    }

    /// Returns the askpass program, if it asks in place of the terminal now.
    fn askpass(&self) -> Option<&Askpass> {
        let askpass = self.askpass.as_ref();
        askpass
            .filter(|_| self.ui.may_ask())
            .filter(|askpass| askpass.is_instead_of_terminal() || !self.ui.can_ask())
    }

    /// Returns whether an askpass program asks in place of the terminal now.
    pub(super) fn asks_by_askpass(&self) -> bool {
        self.askpass().is_some()
    }

    /// Asks for a new passphrase twice, if an askpass program asks in place of the terminal.
    pub(super) fn new_by_askpass(
        &self,
        what: &str,
    ) -> Result<Option<Zeroizing<String>>, PromptError> {
        let Some(askpass) = self.askpass() else {
            return Ok(None);
        };
        let mut note = "";
        for _ in 0..TRIES {
            let first = askpass.ask(note, &format!("choose a {what}"), &self.ui)?;
            if askpass.ask("", &format!("{what}, again"), &self.ui)? == first {
                return Ok(Some(first));
            }
            note = "The passphrases do not match, try again\n";
        }
        Err(PromptError::Differ)
    }

    /// Asks the user, and notes that somebody answered.
    fn typed(&self, question: &Question) -> Result<Zeroizing<String>, PromptError> {
        let text = question.to_string();
        let typed = || self.typed.lock().unwrap_or_else(PoisonError::into_inner);
        let is_wrong = typed().get(&text).is_some_and(|tries| tries.wrong);
        let answer = self.asked(&text, is_wrong)?;
        let mut typed = typed();
        let tries = typed.entry(text).or_default();
        tries.number += 1;
        tries.wrong = false;
        Ok(answer)
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
    match Input::open(&Path::new(&folder).join(CREDENTIAL)).and_then(GivenPassphrase::read) {
        Ok(given) => given.checked().map(Some),
        Err(files::Error::NotFound { .. }) => Ok(None),
        Err(error) => Err(source(error)),
    }
}

/// Returns the first line printed by the configured program.
fn command(name: &str, arguments: &[String], ui: &Ui) -> Result<Zeroizing<String>, CommandFailed> {
    let shown = || Untrusted::new(name);
    let program =
        configured_program::path(name).map_err(|why| CommandFailed::Unusable(shown(), why))?;
    let mut relay = ui.relay(&shown());
    let show = Box::new(move |piece: &[u8]| relay.show(piece));
    passphrase_command::first_line(&program, arguments, show)
        .map_err(|error| CommandFailed::Answered(shown(), error))
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
        let text = question.to_string();
        self.relayed
            .get()
            .map_or_else(|| self.ui.line(&text), |relayed| relayed.line(&text))
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
        let (text, yes, no) = (
            question.to_string(),
            yes.to_string(),
            no.map(ToString::to_string),
        );
        match self.relayed.get() {
            Some(relayed) => relayed.confirm(&text, &yes, no.as_deref()),
            None => self.ui.confirm(&text, &yes, no.as_deref()),
        }
        .map_err(|error| unanswered_in_person(error, &question))
    }

    fn tell(&self, plugin: &str, message: &Untrusted) {
        let text = format!("plugin {plugin}: {message}");
        match self.relayed.get() {
            Some(relayed) => relayed.tell(&text),
            None => self.ui.notice(&text),
        }
    }

    fn asks_again(&self, question: &Question) -> bool {
        let mut typed = self.typed.lock().unwrap_or_else(PoisonError::into_inner);
        typed.get_mut(&question.to_string()).is_some_and(|tries| {
            tries.wrong = true;
            tries.number < TRIES
        })
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
        | PromptError::SmallWindow { .. }
        | PromptError::Signal(_)
        | PromptError::Askpass(_)
        | PromptError::Io(_)) => AnswerError::Failed(error.to_string()),
    }
}
