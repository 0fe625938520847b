//! `bulla identity revoke`: writes the revocation of an identity, signed by itself.

use std::io::Write;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::card::{Reason, Revocation};
use crate::command::{Command, Sandbox};
use crate::context::Context;
use crate::errors::{Failure, Result};
use crate::files::{Mode, Options, Output, Replace};
use crate::identities::{confinement, edit, secret};
use crate::select::confirmation::confirm;
use crate::select::options::{OutputOptions, PassphraseSource};
use bulla_age::stream::PayloadError;
use bulla_age::untrusted::Untrusted;

/// Write the text that revokes an identity
///
/// Whoever takes it in (contact revoke FILE) will not encrypt to this identity any more, and does not believe what it
/// signs. It cannot be taken back. Nothing changes here: the identity still opens what was encrypted to it. The text of reason
/// "unspecified" stands on the sheet that "identity backup -o" writes too, for the day on which the identity is gone.
#[derive(Args, Clone, Debug)]
pub(crate) struct RevokeArgs {
    /// Which one; the default one otherwise
    name: Option<String>,
    /// Why
    #[arg(long, value_enum)]
    reason: Why,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
    #[command(flatten)]
    output: OutputOptions,
    /// Accept a passphrase up to this cost (2^N KiB of memory)
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u8).range(1..=30))]
    max_work_factor: u8,
    #[command(flatten)]
    pub(super) source: PassphraseSource,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Why {
    /// Nobody has the key any more
    Lost,
    /// Somebody else may have it
    Compromised,
    /// It is not used any more
    Retired,
    /// Not said; counts as compromised
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
    let own = secret::own_keys(&name, context, args.max_work_factor)?;
    let question = format!(
        "write the text that revokes identity {name}? whoever takes it in will not take it back"
    );
    if !args.yes && !confirm(&question, &format!("revoking {name}"), context)? {
        return Err(Failure::Refused(format!("identity {name} was not revoked"), None).into());
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
    let what = path.map_or_else(
        || "this text".to_owned(),
        |path| Untrusted::from(path.as_path()).to_string(),
    );
    context.ui.status(&format_args!(
        "{what} revokes identity {name}: hand it to all who have your card; they take it in with: bulla contact revoke FILE"
    ));
    Ok(())
}

/// Returns the output path, unless it is standard output.
fn path(args: &RevokeArgs) -> Option<&PathBuf> {
    args.output
        .output
        .as_ref()
        .filter(|path| path.as_os_str() != "-")
}
