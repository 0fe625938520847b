//! The signals that the caller of this process wants to be ignored.

#[cfg(target_os = "linux")]
use std::fs::File;
#[cfg(target_os = "linux")]
use std::io::Read;
use std::sync::OnceLock;

/// Returns the signals that were ignored at the first call. At the start of the program, `nohup` is
/// a reason for that.
pub(super) fn ignored() -> &'static [i32] {
    static IGNORED: OnceLock<Vec<i32>> = OnceLock::new();
    IGNORED.get_or_init(|| {
        let mask = mask().unwrap_or(0);
        (1..=64)
            .filter(|signal| mask & (1 << (signal - 1)) != 0)
            .collect()
    })
}

/// Returns a bit for each ignored signal.
#[cfg(target_os = "linux")]
fn mask() -> Option<u64> {
    // Files in /proc have no length; with enough capacity they are read at once.
    let mut status = String::with_capacity(4 << 10);
    File::open("/proc/self/status")
        .and_then(|mut file| file.read_to_string(&mut status))
        .ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    u64::from_str_radix(line?.trim(), 16).ok()
}

/// Returns a bit for each ignored signal. Only `ps` tells without unsafe code.
#[cfg(not(target_os = "linux"))]
fn mask() -> Option<u64> {
    mask_by_ps("sigignore")
}

#[cfg(any(test, not(target_os = "linux")))]
fn mask_by_ps(column: &str) -> Option<u64> {
    let shown = std::process::Command::new("/bin/ps")
        .args(["-o", &format!("{column}="), "-p"])
        .arg(std::process::id().to_string())
        .stdin(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .output()
        .ok()?;
    u64::from_str_radix(std::str::from_utf8(&shown.stdout).ok()?.trim(), 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_os = "linux")]
    use crate::process::in_child_of_shell;
    #[cfg(target_os = "linux")]
    use signal_hook::consts::SIGUSR2;

    #[cfg(target_os = "linux")]
    #[test]
    fn child_that_was_told_to_ignore_a_signal() {
        if std::env::var_os("BULLA_TEST_IGNORED").is_none() {
            return;
        }
        assert!(ignored().contains(&SIGUSR2));
        assert_eq!(mask_by_ps("ignored"), mask());
    }

    /// The way of systems without /proc gives the same answer.
    #[cfg(target_os = "linux")]
    #[test]
    fn ps_tells_what_is_ignored_as_the_kernel_does() {
        if !std::path::Path::new("/bin/ps").exists() {
            eprintln!("skipped: ps not installed");
            return;
        }
        in_child_of_shell(
            "trap '' USR2; ",
            "process::ignored_signals::tests::child_that_was_told_to_ignore_a_signal",
            "BULLA_TEST_IGNORED",
            "1",
        );
    }
}
