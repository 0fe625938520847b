//! What this process gives up permanently: the network, other programs, and writing outside its
//! outputs.
//!
//! Every step reports whether it is active. No failure here stops the program. On systems other
//! than Linux on x86-64 and aarch64, nothing is reported as active.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};

#[cfg(all(
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64")
))]
mod landlocked;
#[cfg(all(
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64")
))]
mod syscalls;

#[cfg(all(
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64")
))]
pub(crate) use crate::process::sandbox::landlocked::only_write_beneath;
#[cfg(not(all(
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64")
)))]
pub(crate) use crate::process::sandbox::nothing::{
    deny_exec, deny_network, deny_spying, only_write_beneath,
};
#[cfg(not(all(
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64")
)))]
use crate::process::sandbox::nothing::{deny_kernel_keys_here, separate_here};
#[cfg(all(
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64")
))]
pub(crate) use crate::process::sandbox::syscalls::{deny_exec, deny_network, deny_spying};
#[cfg(all(
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64")
))]
use crate::process::sandbox::{landlocked::separate_here, syscalls::deny_kernel_keys_here};

/// Whether the programs that are started have no network.
static OFFLINE: AtomicBool = AtomicBool::new(false);

/// Blocks the network for this process and for the programs that it starts.
pub(crate) fn go_offline() -> Status {
    let status = deny_network();
    OFFLINE.store(status == Status::Active, Ordering::SeqCst);
    status
}

/// A kind of program that bulla starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Program {
    /// A plugin or the passphrase command.
    Service,
    /// The editor. It may need to mount, as programs in containers do.
    Editor,
}

/// Takes from this thread, and from the program that it is about to start, what no such program
/// needs: the kernel's keys, and other processes.
pub(super) fn restrict_program_here(program: Program) -> [Status; 2] {
    [
        deny_kernel_keys_here(),
        separate_here(OFFLINE.load(Ordering::SeqCst), program != Program::Editor),
    ]
}

/// Takes from this process, and from the command that it is about to start, the kernel's keys and
/// other processes. A command that the user named keeps all else: its work is not known.
#[cfg_attr(
    not(target_os = "linux"),
    expect(dead_code, reason = "only Linux has commands after --")
)]
pub(super) fn restrict_named_command() {
    // No failure here is a reason to stop; doctor shows what is active.
    let _ = deny_spying();
    let _ = deny_kernel_keys_here();
}

/// Returns whether the restrictions of programs are available, tried in a thread that ends.
pub(crate) fn try_program_restrictions() -> [Status; 2] {
    let tried = std::thread::Builder::new().spawn(|| restrict_program_here(Program::Service));
    let tried = tried.map(std::thread::JoinHandle::join);
    match tried {
        Ok(Ok(statuses)) => statuses,
        _ => ["no thread can be started"; 2].map(|why| Status::Unavailable(why.to_owned())),
    }
}

/// Whether a protection is active.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// It is active.
    Active,
    /// It is active as far as this kernel supports it.
    #[cfg_attr(
        not(target_os = "linux"),
        expect(dead_code, reason = "all or nothing elsewhere")
    )]
    Partial(String),
    /// It is not active.
    Unavailable(String),
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Active => f.write_str("active"),
            Self::Partial(why) => write!(f, "partly active ({why})"),
            Self::Unavailable(why) => write!(f, "not available ({why})"),
        }
    }
}

#[cfg(not(all(
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64")
)))]
mod nothing {
    //! Systems without these protections.

    use crate::process::sandbox::Status;
    use std::path::Path;

    fn unknown() -> Status {
        Status::Unavailable("bulla can do this only on Linux".into())
    }

    pub(crate) fn deny_network() -> Status {
        unknown()
    }

    pub(crate) fn deny_exec() -> Status {
        unknown()
    }

    pub(crate) fn deny_spying() -> Status {
        unknown()
    }

    pub(super) fn deny_kernel_keys_here() -> Status {
        unknown()
    }

    pub(super) fn separate_here(_offline: bool, _mounts: bool) -> Status {
        unknown()
    }

    pub(crate) fn only_write_beneath(_folders: &[&Path], _devices: &[&Path]) -> Status {
        unknown()
    }
}
