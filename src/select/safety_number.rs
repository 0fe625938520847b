//! Reads a safety number or check value, which is never displayed before it is typed.

use crate::context::Context;
use crate::errors::{CommandError, Failure, Result};
use crate::ui::PromptError;

/// Returns the value that was read out, from the flag or the terminal.
pub(crate) fn read_out(given: Option<&str>, question: &str, context: &Context) -> Result<String> {
    if let Some(given) = given {
        return Ok(given.to_owned());
    }
    context.ui.line(question).map_err(|error| match error {
        PromptError::NoTerminal => {
            let hint = "give what was read out with --check VALUE".to_owned();
            Failure::Usage(format!("{question}: {error}"), Some(hint)).into()
        }
        error => CommandError::from(error).context(question.to_owned()),
    })
}
