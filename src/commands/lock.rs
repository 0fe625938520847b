//! `bulla lock`: locks what `bulla unlock` unlocked.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::command::Command;
use crate::context::Context;
use crate::errors::Result;
use crate::identities::{unlock_cache, unlocked_files};
use crate::keyring::{Name, StoredIdentity};
use crate::select::key_files::KeyFiles;
use bulla_age::untrusted::Untrusted;

/// Lock one unlocked identity, or all
#[derive(Args, Clone, Debug)]
pub(crate) struct LockArgs {
    /// Name of the identity, or path of an identity file (default: all)
    name: Option<PathBuf>,
}

/// The result for one identity as JSON.
#[derive(serde::Serialize)]
struct LockedJson<'a> {
    identity: Option<&'a str>,
    file: Option<&'a str>,
    was_unlocked: bool,
}

impl Command for LockArgs {
    fn prints(&self) -> bool {
        false
    }

    fn run(&self, context: &Context) -> Result<()> {
        match self.name.as_deref() {
            None => lock_all(context),
            Some(path)
                if unlocked_files::is_named(path, context) || unlocked_files::is_unlocked(path) =>
            {
                lock_file(path, context)
            }
            Some(name) => lock_identity(&name.to_string_lossy().parse()?, context),
        }
    }
}

fn lock_all(context: &Context) -> Result<()> {
    let (names, files) = (unlock_cache::names(context)?, unlocked_files::all(context)?);
    if names.is_empty() && files.is_empty() {
        context.ui.status(&"Nothing was unlocked");
    }
    for name in names {
        lock_identity(&name, context)?;
    }
    for file in files {
        let was_unlocked = file.lock()?;
        tell_file(&Untrusted::from(file.path.as_path()), was_unlocked, context)?;
    }
    Ok(())
}

fn lock_identity(name: &Name, context: &Context) -> Result<()> {
    let was_unlocked = unlock_cache::forget(name, context)?;
    if was_unlocked {
        context.ui.status(&format_args!("Locked identity {name}"));
    } else {
        // A misspelled name must not look as if it had been locked.
        context.keyring()?.get::<StoredIdentity>(name)?;
        context
            .ui
            .status(&format_args!("Identity {name} was not unlocked"));
    }
    print_json(Some(name.as_str()), None, was_unlocked, context)
}

/// Locks a file. It may be gone, or be another one by now.
fn lock_file(path: &Path, context: &Context) -> Result<()> {
    let (name, bytes) = match KeyFiles::default().read(path) {
        Ok((name, bytes)) => (name, Some(bytes)),
        Err(error) => {
            let was_unlocked = unlocked_files::forget(path, None)?;
            if !was_unlocked {
                // A misspelled path must not look as if it had been locked.
                return Err(error);
            }
            return tell_file(&Untrusted::from(path), was_unlocked, context);
        }
    };
    let was_unlocked = unlocked_files::forget(path, bytes.as_deref().map(Vec::as_slice))?;
    tell_file(&name, was_unlocked, context)
}

fn tell_file(name: &Untrusted, was_unlocked: bool, context: &Context) -> Result<()> {
    let said = if was_unlocked {
        format!("Locked identity file {name}")
    } else {
        format!("Identity file {name} was not unlocked")
    };
    context.ui.status(&said);
    print_json(None, Some(name.as_raw()), was_unlocked, context)
}

fn print_json(
    identity: Option<&str>,
    file: Option<&str>,
    was_unlocked: bool,
    context: &Context,
) -> Result<()> {
    if context.ui.is_json() {
        context.ui.json(&LockedJson {
            identity,
            file,
            was_unlocked,
        })?;
    }
    Ok(())
}
