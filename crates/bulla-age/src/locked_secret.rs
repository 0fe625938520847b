//! Secrets in memory that is wiped on drop and, if the limit allows, never written to swap.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, MutexGuard, PoisonError};

use zeroize::Zeroize;

/// A secret that is locked into memory if possible, and wiped when dropped.
pub struct LockedSecret<T: Zeroize> {
    // Declared before the secret, so that it is unlocked before its memory is freed.
    _lock: Option<PageLock>,
    secret: Box<T>,
}

impl<T: Zeroize> LockedSecret<T> {
    /// Moves a secret in. If the caller has a copy, the caller wipes it.
    pub fn new(secret: T) -> Self {
        let secret = Box::new(secret);
        let lock = PageLock::new((&raw const *secret).addr(), size_of::<T>());
        Self {
            _lock: lock,
            secret,
        }
    }

    /// Returns true if the limit allowed locking it.
    pub fn is_locked(&self) -> bool {
        self._lock.is_some()
    }
}

/// The pages with secrets, by address: how many secrets each of them holds, and its lock.
///
/// The system locks whole pages, of 4 to 64 KiB, and does not count: unlocking one secret would
/// unlock its neighbours.
static PAGES: Mutex<BTreeMap<usize, (usize, region::LockGuard)>> = Mutex::new(BTreeMap::new());

fn pages() -> MutexGuard<'static, BTreeMap<usize, (usize, region::LockGuard)>> {
    PAGES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The pages of one secret stay locked as long as this exists.
struct PageLock(Vec<usize>);

impl PageLock {
    /// Locks the pages of this many bytes from an address on. Returns `None` if the system does not
    /// allow it.
    fn new(start: usize, len: usize) -> Option<Self> {
        let size = region::page::size();
        let mut locked = Self(Vec::with_capacity(1));
        let mut pages = pages();
        for page in (start / size * size..start + len).step_by(size) {
            match pages.get_mut(&page) {
                Some((secrets, _)) => *secrets += 1,
                None => match region::lock(std::ptr::without_provenance::<u8>(page), size) {
                    Ok(guard) => drop(pages.insert(page, (1, guard))),
                    Err(_) => {
                        // What was locked so far is unlocked, which needs them.
                        drop(pages);
                        return None;
                    }
                },
            }
            locked.0.push(page);
        }
        Some(locked)
    }
}

impl Drop for PageLock {
    fn drop(&mut self) {
        let mut pages = pages();
        for page in &self.0 {
            let Some((secrets, _)) = pages.get_mut(page) else {
                continue;
            };
            *secrets -= 1;
            if *secrets == 0 {
                pages.remove(page);
            }
        }
    }
}

impl<T: Zeroize> Deref for LockedSecret<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.secret
    }
}

impl<T: Zeroize> DerefMut for LockedSecret<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.secret
    }
}

impl<T: Zeroize> Drop for LockedSecret<T> {
    fn drop(&mut self) {
        self.secret.zeroize();
    }
}

impl<T: Zeroize> fmt::Debug for LockedSecret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LockedSecret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;
    use std::rc::Rc;

    #[derive(Default)]
    struct Watched(u8, Rc<Cell<bool>>);

    impl Zeroize for Watched {
        fn zeroize(&mut self) {
            self.1.set(true);
        }
    }

    #[test]
    fn a_secret_is_wiped_when_it_is_dropped_and_never_shown() {
        let wiped = Rc::new(Cell::new(false));
        let secret = LockedSecret::new(Watched(7, Rc::clone(&wiped)));
        assert_eq!((secret.0, wiped.get()), (7, false));
        assert_eq!(format!("{secret:?}"), "LockedSecret(…)");
        drop(secret);
        assert!(wiped.get());
    }

    /// Memory with some whole pages, and the address of the first of them.
    fn whole_pages() -> (Vec<u8>, usize) {
        let memory = vec![0; 4 * region::page::size()];
        let first = region::page::ceil(memory.as_ptr()).addr();
        (memory, first)
    }

    #[test]
    fn a_page_is_unlocked_with_its_last_secret() {
        let (_memory, first) = whole_pages();
        let size = region::page::size();
        let counts = || {
            [first, first + size].map(|page| pages().get(&page).map_or(0, |(secrets, _)| *secrets))
        };
        let lock = |start, len| PageLock::new(start, len).expect("ulimit -l");
        let one = lock(first + 8, 32);
        let neighbour = lock(first + size - 32, 32);
        let on_both = lock(first + size - 16, 32);
        assert_eq!(counts(), [3, 1]);
        drop(one);
        assert_eq!(counts(), [2, 1]);
        drop(on_both);
        assert_eq!(counts(), [1, 0]);
        drop(neighbour);
        assert_eq!(counts(), [0, 0]);
        assert_eq!(lock(first, size).0, [first]);
        assert_eq!(lock(first, 0).0, [0; 0]);
    }

    /// What the kernel says, with each size of pages.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_secret_stays_locked_when_its_neighbours_on_the_page_are_dropped() {
        let is_locked = |address: usize| {
            let maps = std::fs::read_to_string("/proc/self/smaps").unwrap();
            let mut is_here = false;
            for line in maps.lines() {
                let first = line.split(' ').next().unwrap_or_default();
                let number = |hex| usize::from_str_radix(hex, 16).ok();
                if let Some((start, end)) = first.split_once('-') {
                    is_here = number(start) <= Some(address) && Some(address) < number(end);
                } else if let Some(flags) = line.strip_prefix("VmFlags:").filter(|_| is_here) {
                    return flags.split(' ').any(|flag| flag == "lo");
                }
            }
            panic!("this memory is not listed");
        };
        let (_memory, first) = whole_pages();
        assert!(!is_locked(first));
        let [one, other] = [0, 64].map(|offset| PageLock::new(first + offset, 32));
        assert!(is_locked(first), "ulimit -l");
        drop(one);
        assert!(is_locked(first));
        drop(other);
        assert!(!is_locked(first));

        let mut secrets: Vec<_> = (0..64)
            .map(|i| LockedSecret::<[u8; 32]>::new([i; 32]))
            .collect();
        secrets.retain(|secret| secret[0] % 2 == 0);
        assert!(
            secrets
                .iter()
                .all(|secret| is_locked(secret.as_ptr().addr()))
        );
    }
}
