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

/// The heap that the C library reserves for a thread, where it finds a place that begins at a
/// multiple of this. Below twice as much it finds one only by chance.
const HEAP: u64 = 64 << 20;
/// What is set aside is at least this much: the C library changes how it takes memory from the system
/// when something shorter is given back.
const LEAST_ASIDE: u64 = 33 << 20;

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

/// Sets memory aside while a thread starts, if a heap of its own would leave too little for the work.
/// Without room for one, the thread shares the heap of the first thread. It is not used, so it costs
/// only address space.
pub(crate) fn leave_no_room_for_heap() -> Vec<u8> {
    let mut aside = Vec::new();
    let len = memory_left().and_then(to_set_aside).unwrap_or(0);
    // Otherwise the heap may be reserved, which is no error.
    let _ = aside.try_reserve_exact(len);
    aside
}

/// Returns how much of the memory that is left has to be set aside so that no heap has room; `None`
/// if none has room anyway, or if enough stays beside one.
fn to_set_aside(left: u64) -> Option<usize> {
    if !(HEAP..3 * HEAP).contains(&left) {
        return None;
    }
    let aside = (left - HEAP + (4 << 20)).max(LEAST_ASIDE);
    usize::try_from(aside).ok()
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

    /// A heap that some runs have and others do not would make them fail at random.
    #[test]
    fn a_thread_gets_a_heap_of_its_own_only_if_enough_stays_beside_it() {
        for left in (0..512).map(|mib| mib << 20) {
            let aside = to_set_aside(left).unwrap_or(0) as u64;
            let rest = left - aside;
            assert!(!(HEAP..3 * HEAP).contains(&rest), "{left}");
            assert!(aside == 0 || rest > FOR_ONE_THREAD, "{left}");
            assert!(aside == 0 || aside > 32 << 20, "{left}");
        }
    }

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
