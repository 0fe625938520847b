//! A problem that `bulla doctor` found.

use crate::errors::CommandError;

/// A problem, and how to fix it.
#[derive(Debug, serde::Serialize)]
pub(super) struct Finding {
    /// The kind, one word for scripts.
    pub(super) kind: &'static str,
    pub(super) what: String,
    /// The command to type, or what to do.
    pub(super) mend: String,
}

impl Finding {
    pub(super) fn new(kind: &'static str, what: String, mend: String) -> Self {
        Self { kind, what, mend }
    }

    /// Returns the finding for an error, in the words of a command that fails with it.
    pub(super) fn of(kind: &'static str, error: impl Into<CommandError>) -> Self {
        let error = error.into();
        Self::new(kind, error.message(), error.hints().join("; "))
    }
}
