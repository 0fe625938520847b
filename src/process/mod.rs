//! This process and its children: what they may do, and how they end.
//!
//! Holds limits, signals, the clock, the sandbox, secrets that the kernel keeps for a while, the
//! editor, plugins, commands with a pipe to this process, and programs whose output is read. This
//! module knows nothing about what the program does; the cleanup at the end is passed in as a
//! function.

pub(crate) mod child_processes;
pub(crate) mod clock;
pub(crate) mod editor;
mod ending;
mod ignored_signals;
pub(crate) mod inherited_files;
pub(crate) mod keeper;
pub(crate) mod kernel_keys;
pub(crate) mod launch;
pub(crate) mod limits;
mod not_done;
pub(crate) mod passphrase_command;
pub(crate) mod piped_command;
mod plugin_output;
pub(crate) mod plugin_process;
pub(crate) mod resources;
pub(crate) mod sandbox;
pub(crate) mod signals;
pub(crate) mod stderr_relay;
mod stderr_tail;

/// Runs one test of this binary in a separate process, for changes that cannot be undone. Returns
/// what it printed.
#[cfg(test)]
pub(crate) fn in_child(test: &str, variable: &str, value: impl AsRef<std::ffi::OsStr>) -> String {
    in_child_of_shell("", test, variable, value)
}

/// The same, behind these commands of a shell.
#[cfg(test)]
fn in_child_of_shell(
    before: &str,
    test: &str,
    variable: &str,
    value: impl AsRef<std::ffi::OsStr>,
) -> String {
    let script = format!("{before}exec \"$0\" --exact \"$1\" --nocapture");
    let child = std::process::Command::new("sh")
        .args(["-c", &script])
        .arg(std::env::current_exe().unwrap())
        .arg(test)
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
