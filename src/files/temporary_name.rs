//! How temporary files and folders are named, so that they are known when a killed run left them.

use std::ffi::OsStr;
use std::path::Path;

use rustix::fs::CWD;
use tempfile::Builder;

use crate::files::beneath::remove_tree;

/// What temporary names begin with.
const PREFIX: &str = ".bulla-";
/// What temporary names end with.
const SUFFIX: &str = ".tmp";
/// The number of random letters and digits between the two. The name of the output is not part of
/// it: together they could be too long.
const RANDOM: usize = 16;

/// Returns whether a file of this name is one that a killed run left behind.
pub(super) fn is_temporary_name(name: &OsStr) -> bool {
    let random = name
        .to_str()
        .and_then(|name| name.strip_prefix(PREFIX)?.strip_suffix(SUFFIX));
    random.is_some_and(|random| {
        random.len() == RANDOM && random.bytes().all(|byte| byte.is_ascii_alphanumeric())
    })
}

/// A builder of files and folders with a random name.
pub(super) fn random_name() -> Builder<'static, 'static> {
    let mut builder = Builder::new();
    builder.prefix(PREFIX).suffix(SUFFIX).rand_bytes(RANDOM);
    builder
}

/// Removes a folder with everything in it, and tries again if a program wrote there meanwhile.
/// Returns whether it is gone; otherwise it stays, readable by its owner only.
pub(super) fn remove_folder(path: &Path) -> bool {
    (0..5).any(|_| remove_tree(CWD, path.as_os_str()).is_ok() || !path.exists())
}
