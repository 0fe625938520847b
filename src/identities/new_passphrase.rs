//! The choice of a passphrase for something new. A weak one is asked about, or warned of.

use zeroize::Zeroizing;

use crate::context::Context;
use crate::errors::{CommandError, ErrorContext as _, Result};
use crate::identities::passphrase_strength::is_weak;
use crate::ui::{NewPassphrase, PromptError, WarningKind, capitalized};
use bulla_age::SecretString;
use bulla_age::kinds::generate_passphrase;

/// Returns a new passphrase, from the flags, from the service manager, or asked for twice.
pub(crate) fn new_passphrase(what: &str, context: &Context) -> Result<SecretString> {
    let given = match context.take_new()? {
        Some(new) => Some(new),
        None => context.given_passphrase()?,
    };
    chosen(given, what, context)
}

/// The same for something that has a passphrase already. The service manager may know that one, so
/// it is not taken as the new one.
pub(crate) fn other_passphrase(what: &str, context: &Context) -> Result<SecretString> {
    let given = match context.take_new()? {
        Some(new) => Some(new),
        None => context.take_first()?,
    };
    chosen(given, what, context)
}

fn chosen(given: Option<Zeroizing<String>>, what: &str, context: &Context) -> Result<SecretString> {
    let given = match given {
        Some(given) => Some(given),
        None => context
            .new_by_askpass(what)
            .map_err(|error| CommandError::from(error).context(capitalized(what)))?,
    };
    if let Some(given) = given {
        if is_weak(&given) {
            context.ui.warn(
                WarningKind::WeakPassphrase,
                &"The passphrase is easy to guess for anyone who has the file. Choose a longer one",
            );
        }
        return Ok(SecretString::from(given.as_str()));
    }
    use bulla_age::ExposeSecret;
    let generated = generate_passphrase().context("The system's random number generator failed")?;
    let made = || Zeroizing::new(generated.expose_secret().to_owned());
    Ok(
        match context
            .ui
            .new_passphrase(what, is_weak, made)
            .map_err(|error| unanswered(error, context).context(capitalized(what)))?
        {
            NewPassphrase::Typed(passphrase) | NewPassphrase::Generated(passphrase) => {
                SecretString::from(passphrase.as_str())
            }
        },
    )
}

/// The hint for a command that may need an old passphrase too names the options for the new one.
fn unanswered(error: PromptError, context: &Context) -> CommandError {
    let is_without_terminal = matches!(error, PromptError::NoTerminal);
    let error = CommandError::from(error);
    if is_without_terminal && context.has_option_for_new() {
        error.hinting("Pass it with --new-passphrase-fd N or --new-passphrase-file PATH")
    } else {
        error
    }
}
