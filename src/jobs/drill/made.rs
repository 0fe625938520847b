//! When a copy was made, and how that is known.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::files::Input;
use crate::jobs::decrypt_header::CheckedHeader;
use crate::report::elapsed::ago;
use bulla_age::sender::Sender;

/// How far the clocks of two machines may be apart.
pub(crate) const SLACK: u64 = 5 * 60;

/// When a copy was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Made {
    /// Unix seconds.
    pub(crate) time: u64,
    pub(crate) by: MadeBy,
}

/// How it is known when a copy was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum MadeBy {
    /// By the sealed statement of its author.
    Statement,
    /// By the time at which the file was last modified, which programs that copy files may set.
    Mtime,
}

impl Made {
    /// Returns when an opened file was made: its statement says so, or else its modification time.
    pub(crate) fn of(checked: &CheckedHeader, input: &Input) -> Option<Self> {
        let sender = checked
            .sender
            .as_ref()
            .filter(|sender| !sender.is_newer())
            .and_then(Sender::origin);
        match sender {
            Some(origin) => Some(Self {
                time: origin.time,
                by: MadeBy::Statement,
            }),
            None => Self::by_mtime(input),
        }
    }

    /// Returns when a file that was not opened was last modified.
    pub(crate) fn by_mtime(input: &Input) -> Option<Self> {
        let time = input.modified()?;
        let by = MadeBy::Mtime;
        Some(Self { time, by })
    }

    /// Returns whether it is later than a clock can be wrong.
    pub(crate) fn is_ahead(&self, now: u64) -> bool {
        self.time > now.saturating_add(SLACK)
    }

    /// Returns the words for it: `made 13 hours ago, by its statement`.
    pub(crate) fn told(&self, now: u64) -> String {
        let by = match self.by {
            MadeBy::Statement => "by its statement",
            MadeBy::Mtime => "by its modification time",
        };
        format!("made {}, {by}", ago(self.time, now))
    }
}

/// Formats a time in UTC, in seconds: `2026-11-28T14:20:00Z`.
pub(crate) fn utc(time: u64) -> String {
    // The last second of the year 9999.
    let time = time.min(253_402_300_799);
    humantime::format_rfc3339_seconds(UNIX_EPOCH + Duration::from_secs(time)).to_string()
}

/// Parses such a time.
pub(crate) fn parse_utc(text: &str) -> Option<u64> {
    let time: SystemTime = humantime::parse_rfc3339(text).ok()?;
    let since = time.duration_since(UNIX_EPOCH).ok()?;
    Some(since.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_survives_its_text() {
        for time in [0, 1_795_876_000, 253_402_300_799] {
            assert_eq!(parse_utc(&utc(time)), Some(time));
        }
        assert_eq!(utc(1_795_876_000), "2026-11-28T14:26:40Z");
        assert_eq!(parse_utc("yesterday"), None);
    }

    #[test]
    fn a_date_is_ahead_only_beyond_what_clocks_may_differ() {
        let made = |time| Made {
            time,
            by: MadeBy::Mtime,
        };
        assert!(!made(1000 + SLACK).is_ahead(1000));
        assert!(made(1001 + SLACK).is_ahead(1000));
    }
}
