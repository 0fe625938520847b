//! Confinement of commands that change the keyring.

use std::path::PathBuf;

use crate::context::{Context, confine_to};
use crate::errors::Result;
use crate::files::Destination;
use crate::keyring;

/// Allows this process to write only to the keyring and this output from now on, and to start no
/// program.
pub(crate) fn confine(output: Option<&PathBuf>, context: &Context) -> Result<()> {
    let keyring = context.keyring()?;
    keyring.change(|_| Ok::<_, keyring::KeyringError>(()))?;
    let mut folders = vec![keyring.path().to_owned()];
    if let Some(output) = output {
        folders.push(Destination::of(output)?.directory().to_owned());
    }
    confine_to(&folders, &context.ui);
    Ok(())
}
