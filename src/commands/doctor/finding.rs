//! A problem that `bulla doctor` found.

use crate::errors::CommandError;

/// Something that is wrong, and what mends it.
#[derive(Debug, serde::Serialize)]
pub(super) struct Finding {
    /// One word for scripts.
    pub(super) kind: &'static str,
    pub(super) what: String,
    /// What to type, or to do.
    pub(super) mend: String,
}

impl Finding {
    pub(super) fn new(kind: &'static str, what: String, mend: String) -> Self {
        Self { kind, what, mend }
    }

    /// What a command that ran into it would say.
    pub(super) fn of(kind: &'static str, error: impl Into<CommandError>) -> Self {
        let error = error.into();
        Self::new(kind, error.message(), error.hints().join("; "))
    }
}
