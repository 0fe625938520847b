//! A problem or a piece of advice that `bulla doctor` found.

use crate::errors::CommandError;

/// A finding, and how to fix it.
#[derive(Debug, serde::Serialize)]
pub(super) struct Finding {
    /// The kind, one word for scripts.
    pub(super) kind: &'static str,
    pub(super) severity: Severity,
    #[serde(rename = "message")]
    pub(super) what: String,
    /// The command to type, or what to do.
    pub(super) fix: String,
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Severity {
    /// Something does not work, or is not protected.
    Problem,
    /// Everything works. Only `--strict` fails.
    Advice,
}

/// The kinds that are advice. All others are problems.
const ADVICE: [&str; 11] = [
    "card-expiry",
    "drill-due",
    "expired",
    "interrupted",
    "leftover",
    "never-drilled",
    "no-backup",
    "no-identity",
    "no-post-quantum",
    "unencrypted",
    "unverified",
];

impl Finding {
    pub(super) fn new(kind: &'static str, what: String, fix: String) -> Self {
        let severity = if ADVICE.contains(&kind) {
            Severity::Advice
        } else {
            Severity::Problem
        };
        Self {
            kind,
            severity,
            what,
            fix,
        }
    }

    /// Returns the finding for an error, in the words of a command that fails with it.
    pub(super) fn of(kind: &'static str, error: impl Into<CommandError>) -> Self {
        let error = error.into();
        Self::new(kind, error.message(), error.hints().join("; "))
    }
}
