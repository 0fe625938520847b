//! Unlocked identities: their text, held by the kernel for a while, or in memory for this run.
//!
//! The text is bound to the bytes of the identity's file. A new passphrase, a new epoch or another
//! identity of the same name makes it worthless.

use std::time::Duration;

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::context::Context;
use crate::errors::Result;
use crate::keyring::Name;
use crate::process::kernel_keys;

/// Stores the text of an identity whose file has these bytes.
pub(crate) fn hold(
    name: &Name,
    file: &[u8],
    text: &[u8],
    time: Duration,
    context: &Context,
) -> Result<()> {
    let bound = Sha256::digest(file);
    let mut held = Zeroizing::new(Vec::with_capacity(bound.len() + text.len()));
    held.extend_from_slice(&bound);
    held.extend_from_slice(text);
    Ok(kernel_keys::hold(
        &format!("{}{name}", prefix(context)?),
        &held,
        time,
    )?)
}

/// Returns the text of an identity if it is unlocked. An error of the kernel counts as locked.
pub(crate) fn text(
    name: &Name,
    file: &[u8],
    context: &Context,
) -> Result<Option<Zeroizing<Vec<u8>>>> {
    if let Some(text) = context.remembered(file) {
        return Ok(Some(text));
    }
    let held = match kernel_keys::read(&format!("{}{name}", prefix(context)?)) {
        Ok(held) => held,
        Err(error) => {
            context
                .ui
                .detail(&format_args!("identity {name} is locked: {error}"));
            return Ok(None);
        }
    };
    let bound = Sha256::digest(file);
    Ok(held.and_then(|held| {
        held.strip_prefix(bound.as_slice())
            .map(|text| Zeroizing::new(text.to_vec()))
    }))
}

/// Locks an identity. Returns whether it was unlocked.
pub(crate) fn forget(name: &Name, context: &Context) -> Result<bool> {
    Ok(kernel_keys::drop_secret(&format!(
        "{}{name}",
        prefix(context)?
    ))?)
}

/// Returns the unlocked identities of this keyring.
pub(crate) fn names(context: &Context) -> Result<Vec<Name>> {
    let prefix = prefix(context)?;
    let held = kernel_keys::described(&prefix)?;
    let mut names: Vec<Name> = held
        .iter()
        .filter_map(|text| text.strip_prefix(&prefix)?.parse().ok())
        .collect();
    names.sort();
    names.dedup();
    Ok(names)
}

/// Returns the prefix of the kernel's descriptions, which differs for each keyring.
fn prefix(context: &Context) -> Result<String> {
    use std::fmt::Write as _;
    use std::os::unix::ffi::OsStrExt;
    let path = context.keyring()?.path();
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let digest = Sha256::digest(path.as_os_str().as_bytes());
    let mut prefix = "bulla:".to_owned();
    for byte in &digest[..8] {
        // Writing to a String does not fail.
        let _ = write!(prefix, "{byte:02x}");
    }
    Ok(prefix + ":")
}
