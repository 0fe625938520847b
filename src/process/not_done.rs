//! What could not be done to protect this process.

use std::io;

/// A protection that is not available. Never a reason to stop.
#[derive(Debug, thiserror::Error)]
#[error("{what}")]
pub(crate) struct NotDone {
    /// The consequence.
    pub(super) what: &'static str,
    /// The error of the system.
    pub(super) source: io::Error,
}
