//! Reads a safety number or check value, which is never displayed before it is typed.

use crate::context::Context;
use crate::errors::{CommandError, Failure, Result};
use crate::ui::{PromptError, capitalized};

/// Returns the value that was read out, from the flag or the terminal.
pub(crate) fn read_out(given: Option<&str>, question: &str, context: &Context) -> Result<String> {
    if let Some(given) = given {
        return Ok(given.to_owned());
    }
    context.ui.line(question).map_err(|error| match error {
        PromptError::NoTerminal => {
            let hint = "Pass what was read to you with --check VALUE".to_owned();
            Failure::Usage(format!("{}: {error}", capitalized(question)), Some(hint)).into()
        }
        error => CommandError::from(error).context(capitalized(question)),
    })
}
