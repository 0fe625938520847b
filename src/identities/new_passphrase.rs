//! The choice of a passphrase for something new.

use crate::context::Context;
use crate::errors::{ErrorContext as _, Result, usage};
use crate::ui::{NewPassphrase, capitalized};
use bulla_age::SecretString;
use bulla_age::kinds::generate_passphrase;

/// Returns a new passphrase, from the flags or asked for twice.
pub(crate) fn new_passphrase(what: &str, context: &Context) -> Result<SecretString> {
    if let Some(given) = context.take_first() {
        if given.is_empty() {
            return Err(usage("The passphrase is empty", None));
        }
        return Ok(SecretString::from(given.as_str()));
    }
    use bulla_age::ExposeSecret;
    let generated = generate_passphrase().context("The system's random number generator failed")?;
    let made = || zeroize::Zeroizing::new(generated.expose_secret().to_owned());
    Ok(
        match context
            .ui
            .new_passphrase(what, made)
            .with_context(|| capitalized(what))?
        {
            NewPassphrase::Typed(passphrase) | NewPassphrase::Generated(passphrase) => {
                SecretString::from(passphrase.as_str())
            }
        },
    )
}
