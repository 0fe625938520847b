//! What is left within the limits on this process: memory, threads, open files.
//!
//! Where memory is refused, the standard library ends the process, so what needs much of it asks
//! here first.

use std::fs::File;
use std::io::{self, Read};

use rustix::process::Resource;

/// Less than this for all data, and nothing is begun.
const LEAST: u64 = 12 << 20;
/// Less than this, and there is no room for a thread: its stack and what it needs at its start.
const FOR_ONE_THREAD: u64 = 24 << 20;
/// What stays for the data, with scrypt, before threads share the work.
const FOR_DATA: u64 = 384 << 20;
/// What a thread of workers takes of the address space: mostly a heap of its own, which the C
/// library reserves.
const FOR_EACH_THREAD: u64 = 136 << 20;

/// Too little memory is left within a limit on this process.
#[derive(Debug, thiserror::Error)]
#[error("Only {left} MiB of memory are left within the limit for this process")]
pub(crate) struct TooLittleMemory {
    left: u64,
}

/// Returns an error if so little memory is left that nothing can be done.
pub(crate) fn check_memory() -> Result<(), TooLittleMemory> {
    match memory_left() {
        Some(left) if left < LEAST => Err(TooLittleMemory { left: left >> 20 }),
        _ => Ok(()),
    }
}

/// Returns an error if there is no room for another thread. The standard library ends the process
/// if a thread starts and then finds no memory.
pub(crate) fn check_room_for_thread() -> io::Result<()> {
    match memory_left() {
        Some(left) if left < FOR_ONE_THREAD => Err(io::ErrorKind::OutOfMemory.into()),
        _ => Ok(()),
    }
}

/// Returns the most threads that should share work; `None` if no limit applies.
pub(crate) fn most_threads() -> Option<usize> {
    let others = memory_left()?.saturating_sub(FOR_DATA) / FOR_EACH_THREAD;
    Some(
        usize::try_from(others)
            .unwrap_or(usize::MAX)
            .saturating_add(1),
    )
}

/// Returns how much more memory this process may use; `None` if no limit applies.
fn memory_left() -> Option<u64> {
    let limit = |of| rustix::process::getrlimit(of).current;
    let (space, data) = (limit(Resource::As), limit(Resource::Data));
    if space.is_none() && data.is_none() {
        return None;
    }
    let sizes = statm().unwrap_or_default();
    let page = u64::try_from(rustix::param::page_size()).unwrap_or(4096);
    // The whole address space is the first number, and data and stack are the sixth.
    let left = |limit: Option<u64>, number: usize| {
        let used = sizes.get(number).copied().unwrap_or(0) * page;
        limit.map(|limit| limit.saturating_sub(used))
    };
    [left(space, 0), left(data, 5)].into_iter().flatten().min()
}

/// Returns the sizes of this process in pages; `None` without /proc.
fn statm() -> Option<Vec<u64>> {
    let mut text = String::with_capacity(256);
    File::open("/proc/self/statm")
        .and_then(|mut file| file.read_to_string(&mut text))
        .ok()?;
    text.split_whitespace()
        .map(|number| number.parse().ok())
        .collect()
}

/// Returns how many more files this process may open; `None` if no limit applies.
pub(crate) fn files_left() -> Option<usize> {
    let limit = rustix::process::getrlimit(Resource::Nofile).current?;
    let open = std::fs::read_dir("/proc/self/fd").map_or(16, Iterator::count);
    Some(
        usize::try_from(limit)
            .unwrap_or(usize::MAX)
            .saturating_sub(open),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::process::Rlimit;

    /// The child process of the next test.
    #[test]
    fn child_with_little_memory() {
        if std::env::var_os("BULLA_TEST_MEMORY").is_none() {
            return;
        }
        let used = statm().unwrap()[0] * 4096;
        let within = |more: u64| {
            let limit = Rlimit {
                current: Some(used + more),
                maximum: None,
            };
            rustix::process::setrlimit(Resource::As, limit).unwrap();
            let left = memory_left().unwrap();
            assert!(left <= more && left + (8 << 20) > more, "{left} of {more}");
            (
                check_memory().is_ok(),
                check_room_for_thread().is_ok(),
                most_threads(),
            )
        };
        assert_eq!(within(2000 << 20), (true, true, Some(12)));
        assert_eq!(within(100 << 20), (true, true, Some(1)));
        assert_eq!(within(20 << 20), (true, false, Some(1)));
        assert_eq!(within(10 << 20), (false, false, Some(1)));
    }

    #[test]
    fn little_memory_means_fewer_threads_then_one_then_a_refusal() {
        let test = "process::resources::tests::child_with_little_memory";
        crate::process::in_child(test, "BULLA_TEST_MEMORY", "1");
    }
}
