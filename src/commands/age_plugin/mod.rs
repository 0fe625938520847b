//! `age-plugin-bulla`: the program as a plugin of other age programs.
//!
//! It decrypts for them with the identities of the keyring, and encrypts for those identities. All
//! questions go through the program that started it, and so do all errors.

mod caller;
mod unwrap;
mod wrap;

use std::sync::Arc;

use crate::command::{Command, Sandbox};
use crate::commands::age_plugin::caller::Caller;
use crate::context::Context;
use crate::errors::Result;

/// What the program that started this one wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AgePlugin {
    /// To decrypt (`identity-v1`).
    Unwrap,
    /// To encrypt (`recipient-v1`).
    Wrap,
}

impl AgePlugin {
    /// Returns the state machine of this name.
    pub(crate) fn of_machine(name: &str) -> Option<Self> {
        match name {
            "identity-v1" => Some(Self::Unwrap),
            "recipient-v1" => Some(Self::Wrap),
            _ => None,
        }
    }
}

impl Command for AgePlugin {
    fn sandbox(&self) -> Sandbox {
        Sandbox::with_programs()
    }

    fn run(&self, context: &Context) -> Result<()> {
        let caller = Arc::new(Caller::open()?);
        context.relay_questions(caller.clone());
        let done = match self {
            Self::Unwrap => unwrap::run(&caller, context),
            Self::Wrap => wrap::run(&caller, context),
        };
        Ok(done.and_then(|()| caller.speak().done())?)
    }
}
