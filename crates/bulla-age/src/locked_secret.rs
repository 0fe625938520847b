//! Secrets in memory that is wiped on drop and, if the limit allows, never written to swap.

use std::fmt;
use std::ops::{Deref, DerefMut};

use zeroize::Zeroize;

/// A page for one secret. Locks apply to whole pages and do not nest: unlocking one secret would
/// unlock its neighbour.
#[repr(align(4096))]
struct Page<T>(T);

/// A secret that is locked into memory if possible, and wiped when dropped.
pub struct LockedSecret<T: Zeroize> {
    // Declared before the page, so that it is unlocked before the page is freed.
    _lock: Option<region::LockGuard>,
    page: Box<Page<T>>,
}

impl<T: Zeroize> LockedSecret<T> {
    /// Moves a secret in. If the caller has a copy, the caller wipes it.
    pub fn new(secret: T) -> Self {
        let page = Box::new(Page(secret));
        let lock = region::lock(&raw const *page, size_of::<Page<T>>()).ok();
        Self { _lock: lock, page }
    }

    /// Returns true if the limit allowed locking it.
    pub fn is_locked(&self) -> bool {
        self._lock.is_some()
    }
}

impl<T: Zeroize> Deref for LockedSecret<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.page.0
    }
}

impl<T: Zeroize> DerefMut for LockedSecret<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.page.0
    }
}

impl<T: Zeroize> Drop for LockedSecret<T> {
    fn drop(&mut self) {
        self.page.0.zeroize();
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

    #[test]
    fn locks_do_not_share_pages() {
        let secrets: Vec<_> = (0..4_u8)
            .map(|i| LockedSecret::<[u8; 32]>::new([i; 32]))
            .collect();
        for (i, secret) in secrets.iter().enumerate() {
            assert_eq!(secret.as_ptr().addr() % 4096, 0);
            assert!(secret.iter().all(|&byte| usize::from(byte) == i));
        }
    }
}
