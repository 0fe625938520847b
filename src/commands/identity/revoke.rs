//! `bulla identity revoke`: writes the revocation of an identity, signed by itself.

use clap::{Args, ValueEnum};

use crate::card::{Reason, Revocation};
use crate::command::{Command, Sandbox};
use crate::context::Context;
use crate::errors::{Refusal, Result};
use crate::files::Mode;
use crate::identities::{confirmed, edit};
use crate::select::confirmation::{YesOption, confirm};
use crate::select::options::{CostLimit, OutputOptions, PassphraseSource};
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
    #[command(flatten)]
    consent: YesOption,
    #[command(flatten)]
    output: OutputOptions,
    #[command(flatten)]
    limit: CostLimit,
    #[command(flatten)]
    pub(super) source: PassphraseSource,
}

/// The result as JSON.
#[derive(serde::Serialize)]
struct RevokedJson<'a> {
    identity: &'a str,
    reason: &'a str,
    output: Option<&'a str>,
    /// The revocation, if it was not written to a file.
    text: Option<&'a str>,
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
        Sandbox::with_programs().output(self.output.output.as_ref())
    }

    fn run(&self, context: &Context) -> Result<()> {
        run(self, context)
    }
}

fn run(args: &RevokeArgs, context: &Context) -> Result<()> {
    let name = edit::chosen(args.name.as_deref(), context)?;
    args.output.check()?;
    let own = confirmed::own_keys(&name, context, args.limit.max_work_factor)?;
    let question =
        format!("Create a revocation for {name}? It cannot be undone once others import it.");
    if !args.consent.yes && !confirm(&question, &format!("revoking {name}"), context)? {
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
    if context.ui.is_json() && args.output.path().is_none() {
        return Ok(context.ui.json(&RevokedJson {
            identity: name.as_str(),
            reason: reason.as_str(),
            output: None,
            text: Some(revocation.text()),
        })?);
    }
    let mut output = args.output.create(Mode::Secret)?;
    context.start_no_more_programs();
    output.put(revocation.text().as_bytes())?;
    output.commit()?;
    if let Some(path) = args.output.path().filter(|_| context.ui.is_json()) {
        context.ui.json(&RevokedJson {
            identity: name.as_str(),
            reason: reason.as_str(),
            output: Some(Untrusted::from(path.as_path()).as_raw()),
            text: None,
        })?;
    }
    match args.output.path() {
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
