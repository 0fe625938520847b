//! `bulla identity confirm`: an identity that came with the keyring is the user's.

use clap::Args;

use crate::command::{Command, Sandbox};
use crate::context::Context;
use crate::errors::{Refusal, Result};
use crate::identities::{confirmed, edit, exported_recipients};
use crate::keyring::{Name, StoredIdentity, VerificationCode};
use crate::report::own_identities::print_json;
use crate::select::confirmation::{YesOption, confirm};
use crate::select::options::{CostLimit, PassphraseSource};
use bulla_age::fingerprint::{check_value, safety_number};
use bulla_age::format::looks_encrypted;
use bulla_age::signing::SigningKey;

/// Confirm on this machine that an identity is yours
///
/// A keyring can come from somewhere else, for example through git. Bulla therefore encrypts to
/// your own identities only if this machine knows them. It knows those that were made here, and
/// those whose passphrase you typed here. This command opens an identity, compares its public keys
/// with its secret ones and remembers them. Without a passphrase, nothing proves that an identity
/// is yours, so it shows its safety number and asks. If this machine knows other keys of that name,
/// it needs the number with --check.
#[derive(Args, Clone, Debug)]
pub(crate) struct ConfirmArgs {
    /// The identity (default: the default identity)
    name: Option<String>,
    /// Confirm only keys with this safety number or check value. Look it up where they were made
    #[arg(long, value_name = "VALUE")]
    check: Option<String>,
    #[command(flatten)]
    consent: YesOption,
    #[command(flatten)]
    limit: CostLimit,
    #[command(flatten)]
    source: PassphraseSource,
}

impl Command for ConfirmArgs {
    fn passphrase_source(&self) -> Option<&PassphraseSource> {
        Some(&self.source)
    }

    fn prints(&self) -> bool {
        false
    }

    fn sandbox(&self) -> Sandbox {
        Sandbox::with_programs().keyring()
    }

    fn run(&self, context: &Context) -> Result<()> {
        run(self, context)
    }
}

fn run(args: &ConfirmArgs, context: &Context) -> Result<()> {
    let name = edit::chosen(args.name.as_deref(), context)?;
    let keyring = context.keyring()?;
    keyring.settle()?;
    let public = keyring.unconfirmed_identity(&name)?;
    let (file, document) = confirmed::open(&name, context, args.limit.max_work_factor)?;
    confirmed::compare(&name, &public, &document, context)?;
    let is_proved = looks_encrypted(&file);
    drop(file);
    let known = keyring.known_otherwise(&name, &public)?;
    let code = code(&public, &name, known.as_ref())?;
    if let Some(typed) = &args.check
        && !code.matches(typed)
    {
        return Err(Refusal::OtherNumber {
            name,
            noun: code.noun(),
        }
        .into());
    }
    let is_said = is_proved || args.check.is_some();
    if !is_said && let Some(known) = known {
        return Err(Refusal::KnownOtherwise {
            name,
            known: known.map(|key| safety_number(&key)),
            code: code.to_string(),
        }
        .into());
    }
    if !is_said && !args.consent.yes {
        let question = format!(
            "Identity {name} ({code}) has no passphrase, so anyone who can change the keyring \
             could have made it. Is it yours?"
        );
        if !confirm(&question, &format!("identity {name}"), context)? {
            return Err(Refusal::NotConfirmed {
                name,
                done: "confirmed",
            }
            .into());
        }
    }
    keyring.confirm(&[(name.clone(), public)])?;
    context
        .ui
        .status(&format_args!("Confirmed identity {name} on this machine"));
    print_json(&name, context)
}

/// Returns what tells these keys from others: the safety number, or the check value if there is none
/// or if it is the same as that of the keys this machine knows.
fn code(
    public: &StoredIdentity,
    name: &Name,
    known: Option<&Option<SigningKey>>,
) -> Result<VerificationCode> {
    match public.signing_key() {
        Some(key) if known.is_none_or(|known| *known != Some(key)) => {
            Ok(VerificationCode::SafetyNumber(safety_number(&key)))
        }
        _ => {
            let recipients = exported_recipients::usual(public, name)?;
            Ok(VerificationCode::CheckValue(check_value(&recipients)))
        }
    }
}
