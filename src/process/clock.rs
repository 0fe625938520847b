//! The clock of the system.

use std::time::{SystemTime, UNIX_EPOCH};

/// Returns the seconds since 1970; zero if the clock is set to an earlier time.
pub(crate) fn unix_time() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |time| time.as_secs())
}
