//! The protections of this process, tested on itself.

use std::path::Path;

use crate::process::sandbox::Status;
use crate::process::{kernel_keys, limits, sandbox};
use bulla_age::LockedSecret;

use crate::commands::doctor::finding::Finding;

/// A protection, and whether it is active.
#[derive(Debug, serde::Serialize)]
pub(super) struct Protection {
    name: &'static str,
    active: bool,
    state: String,
    /// Whether every supported system has it, so that its absence is a problem.
    #[serde(skip)]
    expected: bool,
}

/// Activates the protections and returns their state, with writing limited to this keyring.
pub(super) fn examine(keyring: &Path) -> Vec<Protection> {
    let folders = if keyring.is_dir() {
        vec![keyring]
    } else {
        vec![]
    };
    let expected = cfg!(all(
        target_os = "linux",
        any(target_arch = "x86_64", target_arch = "aarch64")
    ));
    let of = |name, status: &Status, expected| Protection {
        name,
        active: *status == Status::Active,
        state: status.to_string(),
        expected,
    };
    let not_done: Vec<String> = limits::harden().iter().map(ToString::to_string).collect();
    let hardened = if not_done.is_empty() {
        Status::Active
    } else {
        Status::Unavailable(not_done.join(", "))
    };
    let locked = match LockedSecret::new([0_u8; 32]).is_locked() {
        true => Status::Active,
        false => {
            Status::Unavailable("the limit for locked memory is too low (ulimit -l)".to_owned())
        }
    };
    let held = match kernel_keys::probe() {
        Ok(()) => Status::Active,
        Err(error) => Status::Unavailable(error.to_string()),
    };
    let [keys, memory] = sandbox::try_program_restrictions();
    vec![
        of("no network connections", &sandbox::deny_network(), expected),
        of(
            "bulla cannot look into other processes",
            &sandbox::deny_spying(),
            expected,
        ),
        of("plugins cannot read unlocked identities", &keys, expected),
        of("plugins cannot look into bulla", &memory, false),
        of(
            "no other programs can be started",
            &sandbox::deny_exec(),
            expected,
        ),
        of(
            "writing is limited to output folders",
            &sandbox::only_write_beneath(&folders, &[]),
            false,
        ),
        of(
            "memory protected from dumps and other programs",
            &hardened,
            expected,
        ),
        of("keys never in swap", &locked, false),
        of("unlocked identities kept in the kernel", &held, false),
    ]
}

impl Protection {
    pub(super) fn row(&self) -> [String; 2] {
        [format!("  {}", self.name), self.state.clone()]
    }

    pub(super) fn finding(&self) -> Option<Finding> {
        let wrong = self.expected && !self.active;
        wrong.then(|| {
            let mend =
                "Run bulla where seccomp and prctl are allowed (some containers forbid them)"
                    .to_owned();
            Finding::new("protection", format!("{}: {}", self.name, self.state), mend)
        })
    }
}
