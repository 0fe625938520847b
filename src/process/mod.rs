//! This process and its children: what it may do, how it ends.
//!
//! Owns limits, signals, the sandbox, locked memory, what the kernel holds for a while, programs whose answer is
//! read, and the editor. It knows nothing of what the program does; what has to be cleaned up at the end is handed to it as a function.

pub(crate) mod children;
pub(crate) mod editor;
pub(crate) mod kernel_keys;
pub(crate) mod limits;
pub(crate) mod sandbox;
pub(crate) mod signals;
pub(crate) mod spawn;

/// Runs one test of this binary again in a process of its own, for what cannot be undone. Gives what it printed.
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
