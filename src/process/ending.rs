//! How a program ended, in words.

use std::process::ExitStatus;

/// Returns "exit code 1" or "signal 9 (SIGKILL)".
pub(super) fn ending(status: ExitStatus) -> String {
    status.code().map_or_else(
        || status.to_string().replacen("signal: ", "signal ", 1),
        |code| format!("exit code {code}"),
    )
}
