//! The end of a command, and of all that it started.

use std::fs;
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use rustix::io::Errno;
use rustix::process::{
    Pid, PidfdFlags, Signal, WaitOptions, kill_process, pidfd_open, pidfd_send_signal, waitpid,
};

/// How often all processes are looked at while they are being stopped.
const ROUNDS: usize = 100;
/// How long to wait for the end of killed processes. One that waits for a disk may take longer.
const PATIENCE: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(1);

/// Kills all processes below this one, and waits for their end.
///
/// All of them are stopped before the first is killed: otherwise the death of one would be the end
/// of the input of another, which may take that for the end of the data.
pub(super) fn kill_all_below() {
    let mut found: Vec<Found> = Vec::new();
    for _ in 0..ROUNDS {
        let below = below();
        let known = found.len();
        let mut all_still = true;
        for process in found
            .iter_mut()
            .filter(|process| below.contains(&process.pid))
        {
            all_still &= process.stop();
        }
        let new = below
            .iter()
            .filter(|pid| !found.iter().any(|process| process.pid == **pid));
        let new: Vec<Found> = new.map(|pid| Found::new(*pid)).collect();
        found.extend(new);
        if all_still && found.len() == known {
            break;
        }
        std::thread::sleep(PAUSE);
    }
    for process in found {
        if process.is_told {
            process.send(Signal::KILL);
        }
    }
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        match waitpid(None, WaitOptions::NOHANG) {
            Ok(Some(_)) | Err(Errno::INTR) => {}
            Ok(None) => {
                // Those that were started while they were being stopped.
                for pid in children("self") {
                    let _ = kill_process(pid, Signal::KILL);
                }
                std::thread::sleep(PAUSE);
            }
            Err(_) => return,
        }
    }
}

/// A process below this one.
struct Found {
    pid: Pid,
    /// Stands for the process, even when its ID belongs to another one. `None` if the kernel has no
    /// such descriptors.
    descriptor: Option<OwnedFd>,
    is_told: bool,
}

impl Found {
    fn new(pid: Pid) -> Self {
        Self {
            pid,
            descriptor: pidfd_open(pid, PidfdFlags::empty()).ok(),
            is_told: false,
        }
    }

    /// Stops it. Called when it was found below this process once more, so that its descriptor is
    /// known to be the right one. Returns whether it has stopped or ended.
    fn stop(&mut self) -> bool {
        if !self.is_told {
            self.send(Signal::STOP);
            self.is_told = true;
        }
        is_still(self.pid)
    }

    /// Sends a signal to it. This fails if it has ended.
    fn send(&self, signal: Signal) {
        let _ = match &self.descriptor {
            Some(descriptor) => pidfd_send_signal(descriptor, signal),
            None => kill_process(self.pid, signal),
        };
    }
}

/// Returns all processes below this one.
fn below() -> Vec<Pid> {
    let mut found = children("self");
    let mut next = 0;
    while let Some(pid) = found.get(next) {
        let more = children(&pid.as_raw_nonzero().to_string());
        let more: Vec<Pid> = more
            .into_iter()
            .filter(|pid| !found.contains(pid))
            .collect();
        found.extend(more);
        next += 1;
    }
    found
}

/// Returns whether a process has stopped or ended.
fn is_still(pid: Pid) -> bool {
    let stat = fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero()));
    // Its name, in parentheses before the state, can contain anything.
    let state = stat.as_deref().ok().and_then(|stat| {
        let (_, after_name) = stat.rsplit_once(") ")?;
        after_name.chars().next()
    });
    state.is_none_or(|state| "TtZX".contains(state))
}

/// Returns the children of all threads of a process; the kernel lists them per thread.
fn children(process: &str) -> Vec<Pid> {
    let Ok(threads) = fs::read_dir(format!("/proc/{process}/task")) else {
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
