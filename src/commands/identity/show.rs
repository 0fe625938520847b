//! `bulla identity show`: the recipients of an identity file.

use anyhow::Result;
use clap::Args;

use crate::commands::load::Loaded;
use crate::commands::options::{IdentityOptions, PassphraseSource};
use crate::commands::plan::{self, Programs};
use crate::context::Context;
use crate::failure::Failure;
use crate::payload::PayloadError;
use crate::untrusted::Untrusted;

/// Print the recipients of an identity file
#[derive(Args, Clone, Debug)]
pub(crate) struct ShowArgs {
    #[command(flatten)]
    identity: IdentityOptions,
    #[command(flatten)]
    pub(super) source: PassphraseSource,
}

pub(super) fn run(args: &ShowArgs, context: &Context) -> Result<()> {
    if args.identity.identity.is_empty() {
        return Err(plan::usage("no identity file is named", Some("name one with -i PATH")));
    }
    let identities = Loaded::default().identities(&args.identity, context)?;
    plan::confine(&[], Programs::Over, &context.ui);
    for identity in identities {
        let what = Untrusted::new(identity.describe());
        for recipient in identity.recipients().map_err(|error| Failure::Key { what, error })? {
            context.ui.result(&recipient.to_string()).map_err(PayloadError::Write)?;
        }
    }
    Ok(())
}
