//! `bulla identity revoke`: writes the revocation of an identity, signed by itself.

use std::io::Write;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::card::{Reason, Revocation};
use crate::command::{Command, Sandbox};
use crate::context::Context;
use crate::errors::{Refusal, Result};
use crate::files::{Mode, Options, Output, Replace};
use crate::identities::{confinement, edit, secret};
use crate::select::confirmation::confirm;
use crate::select::options::{CostLimit, OutputOptions, PassphraseSource};
use bulla_age::stream::PayloadError;
use bulla_age::untrusted::Untrusted;

/// Create a revocation of an identity
///
/// Send it to everyone who has your card. Once they import it (bulla contact revoke FILE), their
/// bulla will not encrypt to this identity or trust its signatures. It cannot be undone. Nothing
/// changes on your side: the identity still opens the files encrypted to it. A sheet made with
/// "identity backup -o" contains a revocation with the reason "unspecified", for the day you no
/// longer have the identity.
#[derive(Args, Clone, Debug)]
pub(crate) struct RevokeArgs {
    /// Name of the identity (default: your default identity)
    name: Option<String>,
    /// The reason
    #[arg(long, value_enum)]
    reason: Why,
    /// Do not ask for confirmation
    #[arg(short, long)]
    yes: bool,
    #[command(flatten)]
    output: OutputOptions,
    #[command(flatten)]
    limit: CostLimit,
    #[command(flatten)]
    pub(super) source: PassphraseSource,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Why {
    /// The key is lost
    Lost,
    /// Someone else may have the key
    Compromised,
    /// The key is no longer used
    Retired,
    /// No reason given; treated as compromised
    Unspecified,
}

impl Command for RevokeArgs {
    fn passphrase_source(&self) -> Option<&PassphraseSource> {
        Some(&self.source)
    }

    fn sandbox(&self) -> Sandbox {
        Sandbox::ConfinesItself
    }

    fn run(&self, context: &Context) -> Result<()> {
        run(self, context)
    }
}

fn run(args: &RevokeArgs, context: &Context) -> Result<()> {
    let name = edit::chosen(args.name.as_deref(), context)?;
    let own = secret::own_keys(&name, context, args.limit.max_work_factor)?;
    let question =
        format!("Create a revocation for {name}? It cannot be undone once others import it.");
    if !args.yes && !confirm(&question, &format!("revoking {name}"), context)? {
        return Err(Refusal::NotConfirmed {
            name,
            done: "revoked",
        }
        .into());
    }
    let reason = match args.reason {
        Why::Lost => Reason::Lost,
        Why::Compromised => Reason::Compromised,
        Why::Retired => Reason::Retired,
        Why::Unspecified => Reason::Unspecified,
    };
    let revocation = Revocation::new(&own.seed.signing(), reason);
    let path = path(args);
    let replace = if args.output.force {
        Replace::Always
    } else {
        Replace::Never
    };
    let mut output = match path {
        Some(path) => Output::create(
            path,
            &Options {
                replace,
                mode: Mode::Secret,
                not: &[],
            },
        )?,
        None => Output::stdout(&[])?,
    };
    confinement::confine(path, context)?;
    output
        .write_all(revocation.text().as_bytes())
        .map_err(PayloadError::Write)?;
    output.commit()?;
    match path {
        Some(path) => {
            let path = Untrusted::from(path.as_path());
            context.ui.status(&format_args!(
                "Wrote {path}. Send it to everyone who has your card; they run: bulla contact \
                 revoke {}",
                path.as_argument()
            ));
        }
        None => context.ui.status(
            &"Send this text to everyone who has your card; they run: bulla contact revoke FILE",
        ),
    }
    Ok(())
}

/// Returns the output path, unless it is standard output.
fn path(args: &RevokeArgs) -> Option<&PathBuf> {
    args.output
        .output
        .as_ref()
        .filter(|path| path.as_os_str() != "-")
}
