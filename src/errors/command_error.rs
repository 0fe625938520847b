//! The error of a command: what to print, what to suggest, and the exit code.

use std::fmt;

use crate::errors::code::Code;

/// The result of everything a command does.
pub(crate) type Result<T, E = CommandError> = std::result::Result<T, E>;

/// An error as the user sees it.
///
/// Every typed error becomes one through a `From` impl in this module's siblings, which chooses the
/// exit code and the hints. There is no conversion from an untyped error, so an error type without
/// such an impl does not compile.
#[derive(Debug)]
pub(crate) struct CommandError {
    /// The error and its causes, with the context added on the way up.
    cause: anyhow::Error,
    /// The exit code; `None` if the reader of our output went away, which ends the run silently.
    code: Option<Code>,
    hints: Vec<String>,
}

impl CommandError {
    /// Wraps a typed error.
    pub(super) fn new(
        error: impl std::error::Error + Send + Sync + 'static,
        (code, hints): (Option<Code>, Vec<String>),
    ) -> Self {
        Self {
            cause: anyhow::Error::new(error),
            code,
            hints,
        }
    }

    /// An error that has no type of its own because nothing but its text matters.
    pub(crate) fn other(text: impl fmt::Display + fmt::Debug + Send + Sync + 'static) -> Self {
        Self {
            cause: anyhow::Error::msg(text),
            code: Some(Code::Other),
            hints: Vec::new(),
        }
    }

    /// Puts `context` in front of the message.
    pub(crate) fn context(self, context: impl fmt::Display + Send + Sync + 'static) -> Self {
        Self {
            cause: self.cause.context(context),
            ..self
        }
    }

    /// Returns the error of type `E` in the chain of causes, if there is one.
    pub(crate) fn downcast_ref<E>(&self) -> Option<&E>
    where
        E: fmt::Display + fmt::Debug + Send + Sync + 'static,
    {
        self.cause.downcast_ref()
    }

    /// The exit code, or `None` if the reader of our output went away.
    pub(super) fn code(&self) -> Option<Code> {
        self.code
    }

    /// The hints, each a command or option to try next.
    pub(crate) fn hints(&self) -> &[String] {
        &self.hints
    }

    /// The message: the error and its causes in one line, without repetitions.
    pub(crate) fn message(&self) -> String {
        let mut texts: Vec<String> = Vec::new();
        for cause in self.cause.chain() {
            let text = cause.to_string();
            // These name their file themselves.
            if cause.is::<crate::files::Error>() {
                texts.clear();
            }
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
    fn context(self, context: impl fmt::Display + Send + Sync + 'static) -> Result<T>;

    /// The same, for a context that is only made if it is needed.
    fn with_context<C>(self, context: impl FnOnce() -> C) -> Result<T>
    where
        C: fmt::Display + Send + Sync + 'static;
}

impl<T, E: Into<CommandError>> ErrorContext<T> for Result<T, E> {
    fn context(self, context: impl fmt::Display + Send + Sync + 'static) -> Result<T> {
        self.map_err(|error| error.into().context(context))
    }

    fn with_context<C>(self, context: impl FnOnce() -> C) -> Result<T>
    where
        C: fmt::Display + Send + Sync + 'static,
    {
        self.map_err(|error| error.into().context(context()))
    }
}
