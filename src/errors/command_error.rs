//! The error of a command: what to print, what to suggest, and the exit code.

use std::fmt;

use crate::errors::code::Code;
use crate::errors::phrase::{Phrase, Subject, is_standard_input};
use crate::files;
use bulla_age::{AnswerError, KeyError};

/// The result of everything a command does.
pub(crate) type Result<T, E = CommandError> = std::result::Result<T, E>;

/// The placeholder in hints for the file that the error is about.
const THE_FILE: &str = "{file}";

/// An error as the user sees it.
///
/// Every typed error becomes one through a `From` impl in this module's siblings, which chooses the
/// exit code and the hints. There is no conversion from an untyped error, so an error type without
/// such an impl does not compile.
#[derive(Debug)]
pub(crate) struct CommandError(Box<Parts>);

#[derive(Debug)]
struct Parts {
    /// The error and its causes.
    cause: anyhow::Error,
    /// How the error reads.
    phrase: Phrase,
    /// What the error is about, if the caller knows its name.
    subject: Option<Subject>,
    /// What failed because of the error, the innermost first.
    contexts: Vec<String>,
    /// The exit code; `None` if the reader of our output went away, which ends the run silently.
    code: Option<Code>,
    hints: Vec<String>,
    is_reported: bool,
}

impl CommandError {
    /// Wraps a typed error.
    pub(super) fn new(
        error: impl std::error::Error + Send + Sync + 'static,
        phrase: Phrase,
        (code, hints): (Option<Code>, Vec<String>),
    ) -> Self {
        Self(Box::new(Parts {
            cause: anyhow::Error::new(error),
            phrase,
            subject: None,
            contexts: Vec::new(),
            code,
            hints,
            is_reported: false,
        }))
    }

    /// An error that has no type of its own because nothing but its text matters.
    pub(crate) fn other(text: impl fmt::Display + fmt::Debug + Send + Sync + 'static) -> Self {
        Self(Box::new(Parts {
            phrase: Phrase::sentence(text.to_string()),
            subject: None,
            contexts: Vec::new(),
            cause: anyhow::Error::msg(text),
            code: Some(Code::Other),
            hints: Vec::new(),
            is_reported: false,
        }))
    }

    /// Puts `context` in front of the message.
    pub(crate) fn context(mut self, context: impl fmt::Display) -> Self {
        self.0.contexts.push(context.to_string());
        self
    }

    /// Says what the error is about, unless that is known already.
    pub(crate) fn about(mut self, subject: impl Into<Subject>) -> Self {
        self.0.subject.get_or_insert_with(|| subject.into());
        self
    }

    /// Marks the error as reported, so that it is not printed again.
    pub(crate) fn reported(mut self) -> Self {
        self.0.is_reported = true;
        self
    }

    pub(super) fn is_reported(&self) -> bool {
        self.0.is_reported
    }

    /// Puts a hint in place of those that the error has by itself.
    pub(crate) fn hinting(mut self, hint: impl Into<String>) -> Self {
        self.0.hints = vec![hint.into()];
        self
    }

    /// Adds a hint.
    pub(crate) fn also_hinting(mut self, hint: impl Into<String>) -> Self {
        self.0.hints.push(hint.into());
        self
    }

    /// Adds a hint before the others.
    pub(crate) fn hinting_first(mut self, hint: impl Into<String>) -> Self {
        self.0.hints.insert(0, hint.into());
        self
    }

    /// Replaces the hints.
    pub(super) fn with_hints(mut self, hints: Vec<String>) -> Self {
        self.0.hints = hints;
        self
    }

    /// The typed error and its causes.
    pub(super) fn cause(&self) -> &anyhow::Error {
        &self.0.cause
    }

    /// The file that the error is about, if its name is known.
    pub(super) fn file(&self) -> Option<&str> {
        match &self.0.subject {
            Some(Subject::Name(name)) => Some(name.as_raw()),
            _ => None,
        }
    }

    /// The exit code, or `None` if the reader of our output went away.
    pub(super) fn code(&self) -> Option<Code> {
        self.0.code
    }

    /// Returns whether nobody could be asked for a passphrase.
    pub(crate) fn is_without_terminal(&self) -> bool {
        let asked = match self.0.cause.downcast_ref() {
            Some(KeyError::Ask(asked)) => Some(asked),
            _ => self.0.cause.downcast_ref(),
        };
        matches!(asked, Some(AnswerError::NoTerminal(_)))
    }

    /// Returns whether the system failed.
    pub(crate) fn is_io(&self) -> bool {
        self.0.code == Some(Code::Io)
    }

    /// Returns whether space, quota or the permitted file size was exhausted.
    pub(crate) fn is_out_of_space(&self) -> bool {
        let file: Option<&files::Error> = self.0.cause.downcast_ref();
        file.is_some_and(files::Error::is_out_of_space)
    }

    /// Returns whether a command that the user named failed, or an input was incomplete.
    pub(crate) fn is_of_command(&self) -> bool {
        self.0.code == Some(Code::Command)
    }

    /// The hints, each a command or option to try next. [`THE_FILE`] stands for the file that the
    /// error is about, if it has a name.
    pub(crate) fn hints(&self) -> Vec<String> {
        let file = match &self.0.subject {
            Some(Subject::Name(name)) if !is_standard_input(name) => name.as_argument(),
            _ => "FILE".to_owned(),
        };
        let hints = self.0.hints.iter();
        hints.map(|hint| hint.replace(THE_FILE, &file)).collect()
    }

    /// The message: one sentence, and its causes after colons, without repetitions.
    pub(crate) fn message(&self) -> String {
        let sentence = match &self.0.subject {
            Some(subject) => self.0.phrase.about(subject),
            None => self.0.phrase.alone(),
        };
        let mut texts: Vec<String> = self.0.contexts.iter().rev().cloned().collect();
        texts.push(if texts.is_empty() {
            sentence
        } else {
            self.detail()
        });
        self.with_causes(texts)
    }

    /// The error without the name of what it is about, for the middle of a sentence.
    pub(super) fn detail(&self) -> String {
        match &self.0.phrase {
            Phrase::Named(text) | Phrase::Sentence(text) | Phrase::Detail(text) => text.clone(),
            Phrase::Predicate(_) | Phrase::Around(..) => self.0.cause.to_string(),
        }
    }

    /// Adds the causes of the error.
    pub(super) fn with_causes(&self, mut texts: Vec<String>) -> String {
        for cause in self.0.cause.chain().skip(1) {
            let text = cause.to_string();
            if texts.last().is_none_or(|last| !last.ends_with(&text)) {
                texts.push(text);
            }
        }
        texts.join(": ")
    }
}

impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message())
    }
}

/// Adds context to a failed result.
pub(crate) trait ErrorContext<T> {
    /// Puts `context` in front of the message of the error.
    fn context(self, context: impl fmt::Display) -> Result<T>;

    /// The same, for a context that is only made if it is needed.
    fn with_context<C: fmt::Display>(self, context: impl FnOnce() -> C) -> Result<T>;

    /// Says what the error is about.
    fn about<S: Into<Subject>>(self, subject: impl FnOnce() -> S) -> Result<T>;
}

impl<T, E: Into<CommandError>> ErrorContext<T> for Result<T, E> {
    fn context(self, context: impl fmt::Display) -> Result<T> {
        self.map_err(|error| error.into().context(context))
    }

    fn with_context<C: fmt::Display>(self, context: impl FnOnce() -> C) -> Result<T> {
        self.map_err(|error| error.into().context(context()))
    }

    fn about<S: Into<Subject>>(self, subject: impl FnOnce() -> S) -> Result<T> {
        self.map_err(|error| error.into().about(subject()))
    }
}
