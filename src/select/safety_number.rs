//! Reads a safety number or check value, which is never displayed before it is typed.

use crate::context::Context;
use crate::errors::{CommandError, Failure, Result};
use crate::keyring::{Name, StoredIdentity, VerificationCode};
use crate::ui::{PromptError, TRIES, capitalized};
use bulla_age::fingerprint::{check_value, safety_number};

/// Says where the other person finds what is compared, before it is asked for on a terminal.
pub(crate) fn say_where(code: &VerificationCode, name: &Name, context: &Context) {
    if !context.ui.can_ask() {
        return;
    }
    let command = match code {
        VerificationCode::SafetyNumber(_) => "bulla identity show --number",
        VerificationCode::CheckValue(_) => "bulla identity show",
    };
    context.ui.hint(&format_args!(
        "Ask {name} to read you their {}, in person or by phone. They find it with: {command}",
        code.noun()
    ));
}

const OWN: &str = "This is your own number, not the one that was read to you";

/// Returns what others compare for the user's own identities. A mistake is found without them too.
fn own_codes(context: &Context) -> Vec<VerificationCode> {
    let own = context
        .keyring()
        .and_then(|keyring| Ok(keyring.all::<StoredIdentity>()?));
    let own = own.unwrap_or_default().into_iter();
    let codes = own.filter_map(|(_, identity)| {
        let identity = identity.ok()?;
        let check = VerificationCode::CheckValue(check_value(&identity.recipients));
        let number = identity.signing_key().map(|key| safety_number(&key));
        Some([Some(check), number.map(VerificationCode::SafetyNumber)])
    });
    codes.flatten().flatten().collect()
}

/// Returns the value that was read out, from the flag or the terminal. A typed one that is not
/// `code` may be a mistake, so it is asked for again; the last one is returned in any case.
pub(crate) fn read_out(
    given: Option<&str>,
    code: &VerificationCode,
    question: &str,
    context: &Context,
) -> Result<String> {
    let own = own_codes(context);
    let is_own = |typed: &str| !code.matches(typed) && own.iter().any(|own| own.matches(typed));
    if let Some(given) = given {
        if is_own(given) {
            context.ui.warning(&OWN);
        }
        return Ok(given.to_owned());
    }
    let (mut tries, length) = (0, code.digits());
    let fits = |typed: &str| {
        tries += 1;
        if typed.trim().is_empty() {
            Err("Nothing was typed")
        } else if code.matches(typed) || tries == TRIES {
            Ok(())
        } else if is_own(typed) {
            Err(OWN)
        } else if code.digits_of(typed) == length {
            Err("That does not match")
        } else if code.is_safety_number() {
            Err("A safety number has 30 digits (spaces do not matter)")
        } else {
            Err("A check value has 32 digits, 0 to 9 and a to f (spaces do not matter)")
        }
    };
    let typed = context.ui.fitting_line(question, fits);
    typed.map_err(|error| match error {
        PromptError::NoTerminal => {
            let hint = "Pass what was read to you with --check VALUE".to_owned();
            Failure::Usage(format!("{}: {error}", capitalized(question)), Some(hint)).into()
        }
        PromptError::Declined => {
            let text = format!("The {} was not given", code.noun());
            Failure::Usage(text, None).into()
        }
        error => CommandError::from(error).context(capitalized(question)),
    })
}
