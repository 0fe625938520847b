//! The child processes: plugins, an editor, a passphrase command.

use std::fs;

use rustix::process::{Pid, Signal};

/// Sends TERM to every child, without waiting for them. Called at the end of the run.
pub(crate) fn end_all() {
    for pid in of_this_process() {
        // This fails if the child has ended meanwhile.
        let _ = rustix::process::kill_process(pid, Signal::TERM);
    }
}

/// Returns the children of all threads; the kernel lists them per thread.
fn of_this_process() -> Vec<Pid> {
    let Ok(threads) = fs::read_dir("/proc/self/task") else {
        return Vec::new();
    };
    let lists = threads
        .flatten()
        .filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
    lists
        .flat_map(|list| {
            list.split_whitespace()
                .filter_map(parse)
                .collect::<Vec<_>>()
        })
        .collect()
}

fn parse(pid: &str) -> Option<Pid> {
    pid.parse().ok().and_then(Pid::from_raw)
}
