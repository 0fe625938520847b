//! `bulla contact revoke`: imports the revocation of someone's key.

use std::path::PathBuf;

use clap::Args;

use crate::card::{Reason, Revocation};
use crate::command::{Command, Sandbox};
use crate::context::Context;
use crate::errors::{Failure, Result};
use crate::keyring::{AffectedContact, SigningKeyRole};
use crate::select::key_files::{KeyFiles, called};

/// Take in the revocation of somebody's key
///
/// Nothing is sent any more to whoever has the key, and nothing that it signed is believed. It is kept for those who come
/// later too: no card of that key is taken again. It cannot be taken back, because whoever has the key made it.
#[derive(Args, Clone, Debug)]
pub(crate) struct RevokeArgs {
    /// The revocation; "-" is standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

impl Command for RevokeArgs {
    fn prints(&self) -> bool {
        false
    }

    fn sandbox(&self) -> Sandbox {
        Sandbox::Keyring
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
        .status(&format_args!("revoked: {}", in_words(reason)));
    for AffectedContact { name, role } in &covered {
        context.ui.status(&match role {
            SigningKeyRole::Pinned => format!("{name}: nothing is sent until there is another key"),
            SigningKeyRole::Waiting => format!("{name}: it is the key that came and was not accepted; it cannot be taken"),
            SigningKeyRole::Former => format!("{name}: it is a former key; the present one stays in force"),
            SigningKeyRole::Vouching => format!(
                "{name}: it is a former key, and nothing but its word stands for the present one, which was never checked: \
                 nothing is sent until it is"
            ),
        });
    }
    match covered
        .iter()
        .find(|covered| covered.role == SigningKeyRole::Vouching)
    {
        Some(AffectedContact { name, .. }) => {
            context.ui.hint(&format_args!(
                "ask {name} in person: bulla contact verify {name}"
            ));
        }
        None if covered.is_empty() => {
            context.ui.status(
                &"no contact has this key; the revocation is kept, so that no card of it is taken",
            );
        }
        None => {}
    }
    Ok(())
}

fn in_words(reason: Reason) -> &'static str {
    match reason {
        Reason::Lost => "the key was lost",
        Reason::Compromised => "the key is in other hands",
        Reason::Retired => "the key is not used any more",
        Reason::Unspecified => "no reason is given, so the key counts as being in other hands",
    }
}
