//! `bulla contact revoke`: imports the revocation of someone's key.

use std::path::PathBuf;

use clap::Args;

use crate::card::{Reason, Revocation};
use crate::command::{Command, Sandbox};
use crate::context::Context;
use crate::errors::{Failure, Result};
use crate::keyring::{AffectedContact, SigningKeyRole};
use crate::select::key_files::{KeyFiles, called};

/// Import someone's revocation of their key
///
/// bulla will no longer encrypt to this key or trust its signatures. The revocation is remembered,
/// so no card with this key is accepted later. It cannot be undone, because the owner of the key
/// issued it.
#[derive(Args, Clone, Debug)]
pub(crate) struct RevokeArgs {
    /// The revocation ("-": standard input)
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

impl Command for RevokeArgs {
    fn prints(&self) -> bool {
        false
    }

    fn sandbox(&self) -> Sandbox {
        Sandbox::read_only().keyring()
    }

    fn run(&self, context: &Context) -> Result<()> {
        run(self, context)
    }
}

fn run(args: &RevokeArgs, context: &Context) -> Result<()> {
    let (what, bytes) = KeyFiles::default().read(&args.file)?;
    let revocation = Revocation::parse(&bytes).map_err(|error| Failure::Card { what, error })?;
    let reason = revocation.reason();
    let source = called(&args.file);
    let covered = context
        .keyring()?
        .change(|change| change.revoke(revocation, context.today(), source))?;
    context
        .ui
        .status(&format_args!("Revoked: {}", in_words(reason)));
    for AffectedContact { name, role } in &covered {
        context.ui.status(&match role {
            SigningKeyRole::Pinned => format!(
                "{name}: bulla will not encrypt to {name} until \
                there is a new key"
            ),
            SigningKeyRole::Waiting => format!(
                "{name}: this is the new key you have not accepted; it can no longer be accepted"
            ),
            SigningKeyRole::Former => format!(
                "{name}: this is a former key; the current key is \
                still used"
            ),
            SigningKeyRole::Vouching => format!(
                "{name}: this is a former key. It alone confirmed the current key, which you \
                    never verified, so bulla will not encrypt to {name} until you do"
            ),
        });
    }
    match covered
        .iter()
        .find(|covered| covered.role == SigningKeyRole::Vouching)
    {
        Some(AffectedContact { name, .. }) => {
            context.ui.hint(&format_args!(
                "Ask {name} in person or by phone: bulla contact verify {name}"
            ));
        }
        None if covered.is_empty() => {
            context.ui.status(
                &"No contact has this key. The revocation is remembered, so no card with this key \
                    will be accepted",
            );
        }
        None => {}
    }
    if context.ui.is_json() {
        let one = |covered: &AffectedContact| AffectedJson {
            contact: covered.name.to_string(),
            role: as_word(covered.role),
        };
        context.ui.json(&RevokedJson {
            reason: reason.as_str(),
            contacts: covered.iter().map(one).collect(),
        })?;
    }
    Ok(())
}

/// The result as JSON.
#[derive(serde::Serialize)]
struct RevokedJson {
    reason: &'static str,
    contacts: Vec<AffectedJson>,
}

/// A contact who has or had the key.
#[derive(serde::Serialize)]
struct AffectedJson {
    contact: String,
    role: &'static str,
}

fn as_word(role: SigningKeyRole) -> &'static str {
    match role {
        SigningKeyRole::Pinned => "current",
        SigningKeyRole::Waiting => "set-aside",
        SigningKeyRole::Former => "former",
        SigningKeyRole::Vouching => "vouching",
    }
}

fn in_words(reason: Reason) -> &'static str {
    match reason {
        Reason::Lost => "the key was lost",
        Reason::Compromised => "the key was stolen",
        Reason::Retired => "the key is no longer used",
        Reason::Unspecified => "no reason given, so treat the key as stolen",
    }
}
