//! Unlocked identity files outside the keyring: their text, held by the kernel for a while.
//!
//! What is held is found by the digest of the file as it is stored, encrypted as a whole or an SSH
//! key with a passphrase. A file that was changed never
//! matches, and a copy of the same file does, wherever it is. Which keyring was in use when it was
//! unlocked matters only for listing and locking all: other keyrings are left alone.

use std::ffi::OsStr;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::context::Context;
use crate::keyring::{EntryKind, Name};
use crate::process::kernel_keys;
use bulla_age::key_file;

/// The beginning of the kernel's descriptions. Those of identities of a keyring begin otherwise.
const PREFIX: &str = "bulla-file:";

/// A file that is unlocked.
pub(crate) struct UnlockedFile {
    description: String,
    /// The keyring that was in use.
    keyring: Vec<u8>,
    /// Where it was when it was unlocked.
    pub(crate) path: PathBuf,
}

/// What the kernel holds: the keyring, a zero byte, the path, a zero byte, and the text.
struct Held<'a> {
    keyring: &'a [u8],
    path: &'a [u8],
    text: &'a [u8],
}

impl<'a> Held<'a> {
    fn parse(bytes: &'a [u8]) -> Option<Self> {
        let mut parts = bytes.splitn(3, |byte| *byte == 0);
        Some(Self {
            keyring: parts.next()?,
            path: parts.next()?,
            text: parts.next()?,
        })
    }
}

/// Stores the text of the identity file that has these bytes.
pub(crate) fn hold(
    path: &Path,
    file: &[u8],
    text: &[u8],
    time: Duration,
    context: &Context,
) -> Result<(), kernel_keys::Error> {
    let (keyring, path) = (keyring(context), absolute(path));
    let path = path.as_os_str().as_bytes();
    let len = keyring.len() + path.len() + text.len() + 2;
    let mut held = Zeroizing::new(Vec::with_capacity(len));
    held.extend_from_slice(&keyring);
    held.push(0);
    held.extend_from_slice(path);
    held.push(0);
    held.extend_from_slice(text);
    kernel_keys::hold(&description(file), &held, time)
}

/// Returns the text of an identity file that has a passphrase and is unlocked, and any other file as
/// it is. An error of the kernel counts as locked.
pub(crate) fn text_or(file: Zeroizing<Vec<u8>>) -> Zeroizing<Vec<u8>> {
    if !key_file::is_locked(&file) {
        return file;
    }
    let held = kernel_keys::read(&description(&file)).ok().flatten();
    match held.as_deref().and_then(|held| Held::parse(held)) {
        Some(held) => Zeroizing::new(held.text.to_vec()),
        None => file,
    }
}

/// Returns the files that were unlocked while this keyring was in use, by path.
pub(crate) fn all(context: &Context) -> Result<Vec<UnlockedFile>, kernel_keys::Error> {
    let keyring = keyring(context);
    let mut files = of_all_keyrings()?;
    files.retain(|file| file.keyring == keyring);
    files.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(files)
}

fn of_all_keyrings() -> Result<Vec<UnlockedFile>, kernel_keys::Error> {
    let mut files = Vec::new();
    for description in kernel_keys::described(PREFIX)? {
        let bytes = kernel_keys::read(&description)?;
        if let Some(held) = bytes.as_deref().and_then(|bytes| Held::parse(bytes)) {
            files.push(UnlockedFile {
                description,
                keyring: held.keyring.to_vec(),
                path: PathBuf::from(OsStr::from_bytes(held.path)),
            });
        }
    }
    Ok(files)
}

/// Returns whether the file that was at this path is unlocked. An error of the kernel counts as
/// locked.
pub(crate) fn is_unlocked(path: &Path) -> bool {
    let path = absolute(path);
    of_all_keyrings().is_ok_and(|files| files.iter().any(|file| file.path == path))
}

/// Locks the file at this path, which may have changed or be gone, and those that are the same as
/// `file`. Returns whether one was unlocked.
pub(crate) fn forget(path: &Path, file: Option<&[u8]>) -> Result<bool, kernel_keys::Error> {
    let (path, same) = (absolute(path), file.map(description));
    let mut was_unlocked = false;
    for unlocked in of_all_keyrings()? {
        if unlocked.path == path || same.as_ref() == Some(&unlocked.description) {
            was_unlocked |= unlocked.lock()?;
        }
    }
    Ok(was_unlocked)
}

impl UnlockedFile {
    /// Locks it. Returns whether it was unlocked.
    pub(crate) fn lock(&self) -> Result<bool, kernel_keys::Error> {
        kernel_keys::drop_secret(&self.description)
    }
}

/// Returns whether an argument is the path of a file: it has a slash, or it is no name of an identity
/// and a file is there or could be meant (`key.txt`).
pub(crate) fn is_named(argument: &Path, context: &Context) -> bool {
    let text = argument.to_string_lossy();
    let is_identity = || {
        let names = context.place().ok()?.names(EntryKind::Identity).ok()?;
        text.parse::<Name>().ok().map(|name| names.contains(&name))
    };
    let may_be_file = argument.exists() || argument.extension().is_some();
    text.contains('/') || (may_be_file && is_identity() != Some(true))
}

fn description(file: &[u8]) -> String {
    use std::fmt::Write as _;
    let mut description = PREFIX.to_owned();
    for byte in Sha256::digest(file) {
        // Writing to a String does not fail.
        let _ = write!(description, "{byte:02x}");
    }
    description
}

/// Returns the path of the keyring in use, or nothing if there is no place for one.
fn keyring(context: &Context) -> Vec<u8> {
    let path = context.place().map(|keyring| absolute(keyring.path()));
    path.map_or_else(|_| Vec::new(), |path| path.into_os_string().into_vec())
}

/// Returns the path by which a file is known later, from another folder.
fn absolute(path: &Path) -> PathBuf {
    path.canonicalize()
        .or_else(|_| std::path::absolute(path))
        .unwrap_or_else(|_| path.to_owned())
}
