//! The child processes: plugins, an editor, a passphrase command, and all that a command started.

use std::process::Child;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid};

/// The children that this process has started.
struct Started {
    pids: Vec<Pid>,
    /// Whether they were asked to end.
    told_to_end: bool,
}

/// The kernel's own list is not used for this: while one thread ends, a child that it started can be
/// missing from the lists of all threads.
static STARTED: Mutex<Started> = Mutex::new(Started {
    pids: Vec::new(),
    told_to_end: false,
});

fn started() -> MutexGuard<'static, Started> {
    STARTED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Notes a child, so that it is ended with this process.
pub(super) fn add(child: &Child) {
    let mut started = started();
    started.pids.retain(|pid| is_ours(*pid));
    started.pids.push(Pid::from_child(child));
}

/// Whether the children were asked to end.
pub(super) fn are_told_to_end() -> bool {
    started().told_to_end
}

/// Sends TERM to every child, without waiting for them. Called at the end of the run.
pub(crate) fn end_all() {
    signal_all(Signal::TERM);
}

/// Ends every child at once, also one that does not heed TERM.
pub(super) fn kill_all() {
    signal_all(Signal::KILL);
}

fn signal_all(signal: Signal) {
    let mut started = started();
    started.told_to_end = true;
    for pid in started.pids.iter().filter(|pid| is_ours(**pid)) {
        // This fails if the child has ended meanwhile.
        let _ = kill_process(*pid, signal);
    }
}

/// Returns whether this is still the ID of a child, and not of a process that got it later.
fn is_ours(pid: Pid) -> bool {
    let looking = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT | WaitIdOptions::NOHANG;
    waitid(WaitId::Pid(pid), looking).is_ok()
}
