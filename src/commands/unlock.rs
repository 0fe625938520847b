//! `bulla unlock`: unlocks an identity for a while.

use std::time::Duration;

use clap::Args;

use crate::command::{Command, Sandbox};
use crate::config::parse_duration;
use crate::context::{Context, confine_to};
use crate::errors::{ErrorContext as _, Failure, Refusal, Result};
use crate::identities::{secret, unlock_cache};
use crate::keyring;
use crate::keyring::Name;
use crate::process::kernel_keys;
use crate::select::options::{CostLimit, PassphraseSource};
use bulla_age::format::looks_encrypted;

/// Unlock an identity for a while
///
/// You enter the passphrase once and are not asked again until the time is over or you run "bulla
/// lock". The keys are held by the kernel, in your user keyring, never in a file; other programs
/// that run as you can read them there.
#[derive(Args, Clone, Debug)]
pub(crate) struct UnlockArgs {
    /// Name of the identity (default: your default identity)
    name: Option<String>,
    /// How long: 90s, 15m, 8h (default: unlock_for in the config, or 15m)
    #[arg(long = "for", value_name = "TIME", value_parser = parse_duration)]
    time: Option<Duration>,
    #[command(flatten)]
    limit: CostLimit,
    #[command(flatten)]
    pub(crate) source: PassphraseSource,
}

impl Command for UnlockArgs {
    fn passphrase_source(&self) -> Option<&PassphraseSource> {
        Some(&self.source)
    }

    fn prints(&self) -> bool {
        false
    }

    fn sandbox(&self) -> Sandbox {
        Sandbox::ConfinesItself
    }

    fn run(&self, context: &Context) -> Result<()> {
        run(self, context)
    }
}

fn run(args: &UnlockArgs, context: &Context) -> Result<()> {
    let time = match args.time {
        Some(time) => time,
        None => context.config()?.unlock_for.value,
    };
    let name = identity(args.name.as_deref(), context)?;
    context.keyring()?.get::<keyring::StoredIdentity>(&name)?;
    let (path, bytes) = context
        .keyring()?
        .secret(&name)?
        .ok_or_else(|| Refusal::SecretMissing(name.clone()))?;
    if !looks_encrypted(&bytes) {
        context.ui.status(&format_args!(
            "{name} has no passphrase, so there is nothing to unlock"
        ));
        return Ok(());
    }
    let cannot = || format!("Cannot unlock {name}");
    // Check first, so that no passphrase is typed in vain.
    kernel_keys::probe().with_context(cannot)?;
    let text = secret::text(
        &name,
        (&path, bytes.clone()),
        context,
        args.limit.max_work_factor,
    )?;
    confine_to(&[], &context.ui);
    unlock_cache::hold(&name, &bytes, &text, time, context).with_context(cannot)?;
    let time = humantime::format_duration(time);
    context.ui.status(&format_args!(
        "Unlocked {name} for {time}. To lock it sooner: bulla lock"
    ));
    Ok(())
}

fn identity(name: Option<&str>, context: &Context) -> Result<Name> {
    if let Some(name) = name {
        return Ok(name.parse()?);
    }
    let none = || {
        let hint = Some("Create one: bulla identity new".to_owned());
        Failure::Usage("You have no identity to unlock".to_owned(), hint)
    };
    Ok(context.default_identity()?.ok_or_else(none)?)
}
