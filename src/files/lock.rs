//! One writer at a time.

use std::fs::{File, TryLockError};
use std::io;
use std::time::{Duration, Instant};

use bulla_age::untrusted::Untrusted;

use crate::files::{Error, shortfall};

/// How long to wait before saying so.
const SILENCE: Duration = Duration::from_secs(1);
/// How long to wait for another writer. One that takes longer was stopped, or hangs.
const PATIENCE: Duration = Duration::from_secs(60);
const LONGEST_PAUSE: Duration = Duration::from_millis(20);

/// A lock, held until it is dropped. The system releases it when the process ends for any reason.
#[derive(Debug)]
pub(crate) struct Lock {
    file: File,
}

impl Lock {
    /// Waits for the lock on an open file, and calls `tell` if that takes longer than a moment.
    ///
    /// # Errors
    /// [`Error::Busy`] if another process does not release it in time.
    pub(super) fn on(
        file: File,
        name: &Untrusted,
        tell: impl FnOnce(&Untrusted),
    ) -> Result<Self, Error> {
        Self::on_within(file, name, (SILENCE, PATIENCE), tell)
    }

    /// The open file.
    pub(super) fn file(&self) -> &File {
        &self.file
    }

    fn on_within(
        file: File,
        name: &Untrusted,
        (silence, patience): (Duration, Duration),
        tell: impl FnOnce(&Untrusted),
    ) -> Result<Self, Error> {
        let (begun, mut pause) = (Instant::now(), Duration::from_millis(1));
        let mut tell = Some(tell);
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Self { file }),
                Err(TryLockError::Error(error)) if is_unsupported(&error) => {
                    shortfall::note_unlocked(name);
                    return Ok(Self { file });
                }
                Err(TryLockError::Error(error)) => return Err(Error::io("lock", name, error)),
                Err(TryLockError::WouldBlock) if begun.elapsed() >= patience => {
                    return Err(Error::Busy { name: name.clone() });
                }
                Err(TryLockError::WouldBlock) => std::thread::sleep(pause),
            }
            if begun.elapsed() >= silence
                && let Some(tell) = tell.take()
            {
                tell(name);
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }
}

/// Returns whether the file system has no locks. Some network file systems have none.
fn is_unsupported(error: &io::Error) -> bool {
    use rustix::io::Errno;
    let errno = Errno::from_io_error(error);
    matches!(
        errno,
        Some(Errno::NOLCK | Errno::NOSYS | Errno::OPNOTSUPP | Errno::INVAL)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_one_waits_says_so_and_gives_up() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        let open = || File::create(&path).unwrap();
        let name = Untrusted::new("lock");
        let at_once = |_: &Untrusted| panic!("nobody holds it");
        let held = Lock::on(open(), &name, at_once).unwrap();
        let mut told = 0;
        let times = (Duration::ZERO, Duration::from_millis(50));
        let second = Lock::on_within(open(), &name, times, |_| told += 1);
        assert!(matches!(second, Err(Error::Busy { .. })));
        assert_eq!(told, 1);
        drop(held);
        Lock::on(open(), &name, at_once).unwrap();
    }
}
