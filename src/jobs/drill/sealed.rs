//! What `encrypt --status-file` says: when the last file was encrypted, and how long it is.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use clap::Args;

use crate::config;
use crate::context::{Context, Sandbox};
use crate::errors::{Result, usage};
use crate::files::{PrivateFolder, Replace};
use crate::jobs::drill::made::utc;
use crate::jobs::drill::status_file::{Sealed, StatusFile};
use crate::jobs::paths::Job;
use bulla_age::untrusted::Untrusted;

/// The file in the state folder of this machine that shows that backups are made here.
const NAME: &str = "sealed.json";

/// The status file of a command that encrypts.
#[derive(Args, Clone, Debug)]
pub(crate) struct StatusFileOption {
    /// Write to this file, for monitoring, when the last file was encrypted (NAME.prom or
    /// NAME.json)
    #[arg(long, value_name = "PATH")]
    status_file: Option<PathBuf>,
}

/// The status file, and the file that was encrypted last.
pub(crate) struct SealedStatus {
    file: StatusFile,
    last: Mutex<Option<Sealed>>,
}

impl StatusFileOption {
    /// Adds what is written because of the option.
    pub(crate) fn sandbox(&self, sandbox: Sandbox) -> Sandbox {
        match &self.status_file {
            Some(path) => sandbox.output(Some(path)).state(),
            None => sandbox,
        }
    }

    /// Looks at the status file, before any work is done.
    pub(crate) fn begin(&self, jobs: &[Job]) -> Result<Option<SealedStatus>> {
        let Some(path) = &self.status_file else {
            return Ok(None);
        };
        if jobs.iter().any(Job::is_for_stdout) {
            let text = "Nobody knows what becomes of standard output, so it has no status file";
            return Err(usage(text, Some("Choose an output with -o PATH")));
        }
        Ok(Some(SealedStatus {
            file: StatusFile::new(path)?,
            last: Mutex::default(),
        }))
    }
}

impl SealedStatus {
    /// Notes a file that has its name, or a folder of files, whose length is not known.
    pub(crate) fn note(&self, output: &Path, size: Option<u64>, now: u64) {
        let path = std::path::absolute(output).unwrap_or_else(|_| output.to_owned());
        let sealed = Sealed {
            date: utc(now),
            file: path.to_string_lossy().into_owned(),
            size,
        };
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(sealed);
    }

    /// Writes the status file, if a file was encrypted.
    pub(crate) fn finish(self, context: &Context) -> Result<()> {
        let last = self.last.into_inner();
        let Some(sealed) = last.unwrap_or_else(PoisonError::into_inner) else {
            return Ok(());
        };
        self.file
            .update(|status| status.sealed = Some(sealed.clone()), &context.ui)
            .map_err(|error| {
                error
                    .hinting("What was encrypted is complete; only the status file was not written")
            })?;
        // Only for the advice of doctor.
        if let Err(error) = remember(&sealed, context) {
            context
                .ui
                .detail(&format_args!("The note for doctor was not kept: {error}"));
        }
        Ok(())
    }
}

fn remember(sealed: &Sealed, context: &Context) -> Result<()> {
    let state = config::state(context.keyring()?.path())?;
    let text = serde_json::to_vec(sealed)
        .map_err(|error| crate::errors::CommandError::other(error.to_string()))?;
    Ok(PrivateFolder::create(&state)?.write(NAME, &text, Replace::Always)?)
}

/// Returns the file that was encrypted last on this machine with a status file; `None` if that is
/// not known.
pub(crate) fn last(context: &Context) -> Option<Sealed> {
    let state = config::state(context.keyring().ok()?.path()).ok()?;
    let text = PrivateFolder::open(&state).ok()??.read(NAME).ok()??;
    serde_json::from_slice(&text).ok()
}

/// Returns the name of the file, for messages. Anything may be written there.
pub(crate) fn name(sealed: &Sealed) -> Untrusted {
    Untrusted::new(sealed.file.as_str())
}
