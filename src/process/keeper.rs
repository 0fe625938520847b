//! The keeper: a second process of this program, which runs a command that the user named on the
//! command line.
//!
//! It is started before this program gives up its rights, and starts the command when it is told
//! to. If this program dies, in whatever way, the keeper kills the command and all that it started.
//! It also holds the writing end of the command's input meanwhile: otherwise the death of this
//! program would look like the end of the data to the command, which might then keep a half of it.
//!
//! The command itself is started through a third process, which asks the kernel for its death with
//! the keeper's, and then becomes the command.
//!
//! All this needs the kernel of Linux. Elsewhere, no command is started.

#[cfg(target_os = "linux")]
mod keeping;
#[cfg(target_os = "linux")]
mod processes_below;
pub(super) mod protocol;

#[cfg(target_os = "linux")]
pub(crate) use crate::process::keeper::keeping::run;
use crate::process::keeper::protocol::{KEEPER, STARTER};

/// Returns whether this process was started as a keeper or to become a command.
pub(crate) fn is_asked() -> bool {
    std::env::args_os()
        .next()
        .is_some_and(|name| name == KEEPER || name == STARTER)
}

/// Nothing starts this program as a keeper.
#[cfg(not(target_os = "linux"))]
pub(crate) fn run() -> u8 {
    127
}
