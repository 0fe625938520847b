//! One writer at a time.

use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

use bulla_age::untrusted::Untrusted;

use crate::files::Error;

/// How long to wait for another writer. One that takes longer was stopped, or hangs.
const PATIENCE: Duration = Duration::from_secs(60);
const LONGEST_PAUSE: Duration = Duration::from_millis(20);

/// A lock, held until it is dropped. The system releases it when the process ends for any reason.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

impl Lock {
    /// Waits for the lock on this file, which is created if it does not exist.
    ///
    /// # Errors
    /// [`Error::Busy`] if another process does not release it in time.
    pub(crate) fn take(path: &Path) -> Result<Self, Error> {
        Self::take_within(path, PATIENCE)
    }

    fn take_within(path: &Path, patience: Duration) -> Result<Self, Error> {
        let name = Untrusted::from(path);
        let failed = |error| Error::io("lock", &name, error);
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(path);
        let file = file.map_err(failed)?;
        let (begun, mut pause) = (Instant::now(), Duration::from_millis(1));
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Self { _file: file }),
                Err(TryLockError::Error(error)) => return Err(failed(error)),
                Err(TryLockError::WouldBlock) if begun.elapsed() >= patience => {
                    return Err(Error::Busy { name });
                }
                Err(TryLockError::WouldBlock) => std::thread::sleep(pause),
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_one_waits_and_gives_up() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        let held = Lock::take(&path).unwrap();
        let second = Lock::take_within(&path, Duration::from_millis(5));
        assert!(matches!(second, Err(Error::Busy { .. })));
        drop(held);
        Lock::take(&path).unwrap();
    }
}
