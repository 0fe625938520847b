//! Questions at the terminal that a command cannot do without.

use clap::Args;

use crate::context::Context;
use crate::errors::{CommandError, Result, usage};
use crate::ui::PromptError;

/// Consent given in advance.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct YesOption {
    /// Do not ask for confirmation
    #[arg(short, long)]
    pub(crate) yes: bool,
}

/// Asks for consent to something that cannot be undone.
pub(crate) fn confirm(question: &str, doing: &str, context: &Context) -> Result<bool> {
    match context.ui.confirm(question, "yes", Some("no")) {
        Ok(answer) => Ok(answer),
        Err(PromptError::NoTerminal) => Err(usage(
            &format!("Confirmation needed for {doing}"),
            Some("Confirm with --yes"),
        )),
        Err(error) => Err(CommandError::from(error).context(format!("Could not confirm {doing}"))),
    }
}

/// Explains that a question cannot be asked: no option answers it.
pub(crate) fn not_asked(error: PromptError, what: &str) -> CommandError {
    match error {
        PromptError::NoTerminal => {
            let hint = Some("Run the same command on a terminal");
            usage(&format!("{what}: there is no terminal to ask on"), hint)
        }
        error => CommandError::from(error).context(what.to_owned()),
    }
}
