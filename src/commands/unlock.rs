//! `bulla unlock`: unlocks an identity for a while.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use zeroize::Zeroizing;

use crate::command::{Command, Sandbox};
use crate::config::parse_duration;
use crate::context::Context;
use crate::errors::{ErrorContext as _, Failure, Refusal, Result};
use crate::identities::{secret, unlock_cache, unlocked_files};
use crate::keyring;
use crate::keyring::Name;
use crate::process::kernel_keys;
use crate::select::key_files::KeyFiles;
use crate::select::options::{CostLimit, PassphraseSource};
use bulla_age::key_file::StoredIn;
use bulla_age::untrusted::Untrusted;
use bulla_age::{KeyError, key_file};

/// Unlock an identity for a while
///
/// You enter the passphrase once and are not asked again until the time is over or you run "bulla
/// lock". The keys are held by the kernel, in your user keyring, never in a file; other programs
/// that run as you can read them there. A path unlocks an identity file or SSH key outside the
/// keyring, for commands with -i FILE.
#[derive(Args, Clone, Debug)]
pub(crate) struct UnlockArgs {
    /// Name of the identity, or path of an identity file (default: your default identity)
    name: Option<PathBuf>,
    /// How long: 90s, 15m, 8h (default: unlock_for in the config, or 15m)
    #[arg(long = "for", value_name = "TIME", value_parser = parse_duration)]
    time: Option<Duration>,
    /// List what is unlocked, and unlock nothing
    #[arg(long, conflicts_with_all = ["name", "time"])]
    list: bool,
    #[command(flatten)]
    limit: CostLimit,
    #[command(flatten)]
    pub(crate) source: PassphraseSource,
}

/// The result as JSON.
#[derive(serde::Serialize)]
struct UnlockedJson {
    identity: Option<String>,
    file: Option<String>,
    /// Whether it was locked and is not any more.
    unlocked: bool,
    /// How long it stays unlocked, if it was unlocked now.
    seconds: u64,
}

impl Command for UnlockArgs {
    fn passphrase_source(&self) -> Option<&PassphraseSource> {
        Some(&self.source)
    }

    fn prints(&self) -> bool {
        self.list
    }

    fn sandbox(&self) -> Sandbox {
        Sandbox::with_programs()
    }

    fn run(&self, context: &Context) -> Result<()> {
        if self.list {
            return list(context);
        }
        let time = match self.time {
            Some(time) => time,
            None => context.config()?.unlock_for.value,
        };
        match self.name.as_deref() {
            Some(path) if unlocked_files::is_named(path, context) => {
                self.unlock_file(path, time, context)
            }
            name => self.unlock_identity(&identity(name, context)?, time, context),
        }
    }
}

impl UnlockArgs {
    fn unlock_identity(&self, name: &Name, time: Duration, context: &Context) -> Result<()> {
        context.keyring()?.get::<keyring::StoredIdentity>(name)?;
        let (path, bytes) = context
            .keyring()?
            .secret(name)?
            .ok_or_else(|| Refusal::SecretMissing(name.clone()))?;
        let as_json = |seconds: Option<u64>| UnlockedJson {
            identity: Some(name.to_string()),
            file: None,
            unlocked: seconds.is_some(),
            seconds: seconds.unwrap_or(0),
        };
        if !key_file::is_locked(&bytes) {
            return nothing_to_unlock(&name, &as_json(None), context);
        }
        let cannot = || format!("Cannot unlock {name}");
        // Check first, so that no passphrase is typed in vain.
        kernel_keys::probe().with_context(cannot)?;
        let text = secret::unlocked_text(
            name,
            (&path, bytes.clone()),
            context,
            self.limit.max_work_factor,
        )?;
        context.start_no_more_programs();
        unlock_cache::hold(name, &bytes, &text, time, context).with_context(cannot)?;
        done(&name, time, &as_json(Some(time.as_secs())), context)
    }

    fn unlock_file(&self, path: &Path, time: Duration, context: &Context) -> Result<()> {
        let (name, bytes) = KeyFiles::default().read(path)?;
        let as_json = |seconds: Option<u64>| UnlockedJson {
            identity: None,
            file: Some(name.as_raw().to_owned()),
            unlocked: seconds.is_some(),
            seconds: seconds.unwrap_or(0),
        };
        let origin = context.key_file(
            name.clone(),
            StoredIn::NamedFile,
            self.limit.max_work_factor,
        );
        let failed = |error: KeyError| {
            let what = name.clone();
            Failure::Key { what, error }
        };
        if !key_file::is_locked(&bytes) {
            key_file::parse(bytes, &origin).map_err(failed)?;
            return nothing_to_unlock(&name, &as_json(None), context);
        }
        let cannot = || format!("Cannot unlock {name}");
        kernel_keys::probe().with_context(cannot)?;
        let text = key_file::unlocked_text(Zeroizing::clone(&bytes), &origin).map_err(failed)?;
        context.start_no_more_programs();
        unlocked_files::hold(path, &bytes, &text, time, context).with_context(cannot)?;
        done(&name, time, &as_json(Some(time.as_secs())), context)
    }
}

fn nothing_to_unlock(
    what: &dyn std::fmt::Display,
    as_json: &UnlockedJson,
    context: &Context,
) -> Result<()> {
    if context.ui.is_json() {
        context.ui.json(as_json)?;
    }
    context.ui.status(&format_args!(
        "{what} has no passphrase, so there is nothing to unlock"
    ));
    Ok(())
}

fn done(
    what: &dyn std::fmt::Display,
    time: Duration,
    as_json: &UnlockedJson,
    context: &Context,
) -> Result<()> {
    if context.ui.is_json() {
        context.ui.json(as_json)?;
    }
    let time = humantime::format_duration(time);
    context.ui.status(&format_args!(
        "Unlocked {what} for {time}. To lock it sooner: bulla lock"
    ));
    Ok(())
}

/// Prints what is unlocked: names of identities, and absolute paths.
fn list(context: &Context) -> Result<()> {
    let print = |identity: Option<String>, file: Option<Untrusted>| -> Result<()> {
        if context.ui.is_json() {
            return Ok(context.ui.json(&UnlockedJson {
                identity,
                file: file.map(|file| file.as_raw().to_owned()),
                unlocked: true,
                seconds: 0,
            })?);
        }
        let file = file.map(|file| file.to_string());
        Ok(context.ui.result(&identity.or(file).unwrap_or_default())?)
    };
    if context.place().is_ok() {
        for name in unlock_cache::names(context)? {
            print(Some(name.to_string()), None)?;
        }
    }
    for file in unlocked_files::all(context)? {
        print(None, Some(Untrusted::from(file.path.as_path())))?;
    }
    Ok(())
}

fn identity(name: Option<&Path>, context: &Context) -> Result<Name> {
    if let Some(name) = name {
        return Ok(name.to_string_lossy().parse()?);
    }
    let none = || {
        let hint = Some("Create one: bulla identity new".to_owned());
        Failure::Usage("You have no identity to unlock".to_owned(), hint)
    };
    Ok(context.default_identity()?.ok_or_else(none)?)
}
