//! The programs this process started: plugins, an editor, a passphrase command.

use std::fs;

use rustix::process::{Pid, Signal};

/// Asks every child to end. For the end of the run: nobody waits for them.
pub(crate) fn end_all() {
    for pid in of_this_process() {
        // One that ended by itself meanwhile needs no asking.
        let _ = rustix::process::kill_process(pid, Signal::TERM);
    }
}

/// The kernel keeps the children of each thread apart.
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
