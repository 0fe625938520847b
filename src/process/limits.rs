//! Protects the memory of this process from core dumps and other programs, and survives file size
//! limits.

use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

#[cfg(any(target_os = "linux", target_os = "freebsd"))]
use rustix::process::DumpableBehavior;
use rustix::process::{Resource, Rlimit};
use signal_hook::consts::SIGXFSZ;

use crate::process::ignored_signals::ignored;
use crate::process::not_done::NotDone;

/// Turns core dumps off, hides the memory from other processes of the same user, and turns the
/// signal of a file size limit into an error of the write. Returns the protections that are not
/// available.
pub(crate) fn harden() -> Vec<NotDone> {
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    let done = [
        (
            "core dumps cannot be turned off",
            rustix::process::setrlimit(Resource::Core, none).map_err(io::Error::from),
        ),
        (
            "other programs of this user can read the memory of this process",
            hide_memory().map_err(io::Error::from),
        ),
        (
            "a file size limit may end the program without a message",
            survive_file_size_limit(),
        ),
    ];
    let failed =
        |(what, result): (_, io::Result<()>)| result.err().map(|source| NotDone { what, source });
    done.into_iter().filter_map(failed).collect()
}

#[cfg(target_os = "linux")]
fn hide_memory() -> rustix::io::Result<()> {
    rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable)
}

#[cfg(target_os = "freebsd")]
fn hide_memory() -> rustix::io::Result<()> {
    rustix::process::set_dumpable_behavior(None, DumpableBehavior::NotDumpable)
}

/// The system has no call for it that safe code can use.
#[cfg(not(any(target_os = "linux", target_os = "freebsd")))]
fn hide_memory() -> rustix::io::Result<()> {
    Err(rustix::io::Errno::NOSYS)
}

/// Installs a handler that does nothing, so that the write fails instead. Child processes do not
/// inherit a handler, unlike an ignored signal.
fn survive_file_size_limit() -> io::Result<()> {
    if ignored().contains(&SIGXFSZ) {
        return Ok(());
    }
    signal_hook::flag::register(SIGXFSZ, Arc::new(AtomicBool::new(false))).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use bulla_age::LockedSecret;

    #[test]
    fn child_that_hardens_itself() {
        if std::env::var_os("BULLA_TEST_HARDEN").is_none() {
            return;
        }
        assert!(harden().is_empty());
        let core = rustix::process::getrlimit(Resource::Core);
        assert_eq!((core.current, core.maximum), (Some(0), Some(0)));
        let dumpable = rustix::process::dumpable_behavior().unwrap();
        assert_eq!(dumpable, DumpableBehavior::NotDumpable);
    }

    #[test]
    fn a_hardened_process_leaves_no_core_and_is_closed_to_others() {
        crate::process::in_child(
            "process::limits::tests::child_that_hardens_itself",
            "BULLA_TEST_HARDEN",
            "1",
        );
    }

    /// The child process of the next test, in which no memory can be locked.
    #[test]
    fn child_that_may_lock_nothing() {
        if std::env::var_os("BULLA_TEST_MEMLOCK").is_none() {
            return;
        }
        let none = rustix::process::Rlimit {
            current: Some(0),
            maximum: Some(0),
        };
        rustix::process::setrlimit(rustix::process::Resource::Memlock, none).unwrap();
        // Root can always lock memory, unless it changes its user.
        let nobody = rustix::thread::set_thread_res_uid(
            rustix::process::Uid::from_raw(65534),
            rustix::process::Uid::from_raw(65534),
            rustix::process::Uid::from_raw(65534),
        );
        let secret = LockedSecret::new([7_u8; 32]);
        assert!(!secret.is_locked() || (rustix::process::getuid().is_root() && nobody.is_err()));
        assert_eq!(*secret, [7; 32]);
    }

    #[test]
    fn a_limit_of_zero_is_not_an_error() {
        let test = "process::limits::tests::child_that_may_lock_nothing";
        crate::process::in_child(test, "BULLA_TEST_MEMLOCK", "1");
        assert!(LockedSecret::new([0_u8; 32]).is_locked());
    }
}
