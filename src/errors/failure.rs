//! Errors of the program itself, rather than of a module below.

use std::io;

use crate::card::CardError;
use crate::errors::code::{Code, Verdict, hinted, some};
use crate::errors::{engine, message, program};
use bulla_age::KeyError;
use bulla_age::untrusted::Untrusted;

/// An error of the program itself rather than of a floor below.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The command line cannot be carried out.
    #[error("{0}")]
    Usage(String, Option<String>),
    /// The file opens, but its sender or its readers are not the expected ones.
    #[error("{0}")]
    Sender(String, Option<String>),
    /// Signals cannot be handled.
    #[error("Cannot handle signals")]
    Signals(#[source] io::Error),
    /// Some of several inputs failed. Their errors were already printed.
    #[error("{failed} of {all} inputs failed")]
    Some {
        /// The number of failed inputs.
        failed: usize,
        /// The number of all inputs.
        all: usize,
    },
    /// A pasted message that was changed in transit.
    #[error("{0}")]
    DamagedMessage(String, Code),
    /// The pasted text is not a message, with advice on what to do with it.
    #[error("{0}")]
    NotAMessage(&'static str, &'static str),
    /// An invalid recipient or identity.
    #[error("{what}: {error}")]
    Key {
        /// What was given; never its text if that may be secret.
        what: Untrusted,
        /// What is wrong with it.
        error: KeyError,
    },
    /// An invalid card or revocation.
    #[error("{what}: {error}")]
    Card {
        /// Where it was found.
        what: Untrusted,
        /// Why it was refused.
        error: CardError,
    },
}

pub(super) fn failure(error: &Failure) -> Verdict {
    match error {
        Failure::Usage(_, hint) => (Some(Code::Usage), hint.iter().cloned().collect()),
        Failure::Sender(_, hint) => (Some(Code::Sender), hint.iter().cloned().collect()),
        Failure::Some { .. } => some(Code::Some),
        Failure::Signals(_) => some(Code::Io),
        Failure::DamagedMessage(_, code) => hinted(*code, message::COPY_AGAIN),
        Failure::NotAMessage(_, hint) => hinted(Code::Header, hint),
        Failure::Key { error, .. } => engine::key(error),
        Failure::Card { error, .. } => program::card(error),
    }
}
