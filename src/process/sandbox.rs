//! What this process gives up permanently: the network, other programs, and writing outside its
//! outputs.
//!
//! Every step reports whether it is active. No failure here stops the program. On systems other
//! than Linux on x86-64 and aarch64, nothing is reported as active.

use std::fmt;

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
pub(crate) use crate::process::sandbox::nothing::{deny_exec, deny_network, only_write_beneath};
pub(crate) use crate::process::sandbox::syscalls::{deny_exec, deny_network};

/// Whether a protection is active.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// It is active.
    Active,
    /// It is active as far as this kernel supports it.
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

    use crate::process::Status;
    use std::path::Path;

    fn unknown() -> Status {
        Status::Unavailable("not known on this system".into())
    }

    pub(crate) fn deny_network() -> Status {
        unknown()
    }

    pub(crate) fn deny_exec() -> Status {
        unknown()
    }

    pub(crate) fn only_write_beneath(_folders: &[&Path], _devices: &[&Path]) -> Status {
        unknown()
    }
}
