//! The program that started this plugin: it relays questions to the user.

use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};

use zeroize::Zeroizing;

use crate::context::Relayed;
use crate::errors::Result;
use crate::files::{Input, Stdout};
use crate::ui::PromptError;
use bulla_age::plugin::{AgeCaller, CallerError};
use bulla_age::{ExposeSecret, SecretString};

/// The program at the other end of standard input and output. Threads speak in turn.
pub(super) struct Caller {
    wire: Mutex<AgeCaller>,
}

impl Caller {
    pub(super) fn open() -> Result<Self> {
        let (input, output) = (Input::stdin()?, Stdout::open(&[])?);
        let wire = AgeCaller::new(Box::new(input), Box::new(output));
        Ok(Self {
            wire: Mutex::new(wire),
        })
    }

    pub(super) fn speak(&self) -> MutexGuard<'_, AgeCaller> {
        self.wire.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn answer<T>(answer: Result<Option<T>, CallerError>) -> Result<T, PromptError> {
    match answer {
        Ok(answer) => answer.ok_or(PromptError::Declined),
        Err(error) => Err(PromptError::Io(io::Error::other(error))),
    }
}

impl Relayed for Caller {
    fn passphrase(&self, question: &str, again: bool) -> Result<Zeroizing<String>, PromptError> {
        let again = if again {
            "Wrong passphrase, try again. "
        } else {
            ""
        };
        let question = format!("{again}{}", crate::ui::capitalized(question));
        let secret: SecretString = answer(self.speak().secret(&question))?;
        match secret.expose_secret() {
            "" => Err(PromptError::Declined),
            secret => Ok(Zeroizing::new(secret.to_owned())),
        }
    }

    fn line(&self, question: &str) -> Result<String, PromptError> {
        let text = answer(self.speak().public(question))?;
        Ok(text.expose_secret().to_owned())
    }

    fn confirm(&self, question: &str, yes: &str, no: Option<&str>) -> Result<bool, PromptError> {
        answer(self.speak().confirm(question, yes, no))
    }

    fn tell(&self, message: &str) {
        // If the other program is gone, the next command to it says so.
        let _ = self.speak().message(message);
    }
}
