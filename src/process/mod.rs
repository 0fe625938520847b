//! This process and its children: what they may do, and how they end.
//!
//! Holds limits, signals, the sandbox, secrets that the kernel keeps for a while, the editor,
//! plugins, and programs whose output is read. This module knows nothing about what the program
//! does; the cleanup at the end is passed in as a function.

pub(crate) mod child_processes;
pub(crate) mod editor;
pub(crate) mod kernel_keys;
pub(crate) mod limits;
pub(crate) mod passphrase_command;
pub(crate) mod plugin_process;
pub(crate) mod sandbox;
pub(crate) mod signals;

/// Runs one test of this binary in a separate process, for changes that cannot be undone. Returns
/// what it printed.
#[cfg(test)]
pub(crate) fn in_child(test: &str, variable: &str, value: impl AsRef<std::ffi::OsStr>) -> String {
    let child = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env(variable, value)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&child.stdout).into_owned();
    assert!(
        child.status.success() && said.contains("1 passed"),
        "{test}: {child:?}"
    );
    said
}
