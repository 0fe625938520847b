//! Where the implementations are that are not on the `PATH`.

use std::path::PathBuf;

use crate::tools;

/// Node, and the folder with age-encryption. `None`, with a message, if either is missing.
pub(crate) fn node() -> Option<(PathBuf, PathBuf)> {
    let modules = std::env::var_os("BULLA_NODE_MODULES").map(PathBuf::from);
    let modules = modules.filter(|folder| folder.join("age-encryption").is_dir());
    let both = tools::tool("node").zip(modules);
    if both.is_none() {
        tools::skip("node or age-encryption not installed (BULLA_NODE_MODULES)");
    }
    both
}
