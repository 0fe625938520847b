//! The clock of the system, and spans of time as people write them.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The most bytes of a span, and the most digits of one number in it. humantime panics just above
/// the longest [`Duration`]; within these, even a sum of years is far below.
const LONGEST_SPAN: usize = 100;
const MOST_DIGITS: usize = 9;

/// Returns the seconds since 1970; zero if the clock is set to an earlier time.
pub(crate) fn unix_time() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |time| time.as_secs())
}

/// Parses a span of time, as in `15m` or `1h 30m`; `None` if it is none, or longer than anyone means.
pub(crate) fn parse_span(text: &str) -> Option<Duration> {
    let mut numbers = text.split(|letter: char| !letter.is_ascii_digit());
    if text.len() > LONGEST_SPAN || numbers.any(|number| number.len() > MOST_DIGITS) {
        return None;
    }
    humantime::parse_duration(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_and_none_panics() {
        assert_eq!(parse_span("1h 30m"), Some(Duration::from_secs(5400)));
        assert_eq!(
            parse_span("999999999s"),
            Some(Duration::from_secs(999_999_999))
        );
        let years = "999999999y".repeat(10);
        assert!(parse_span(&years).is_some());
        for wrong in [
            "",
            "soon",
            "15",
            "18446744073709551615s 1000ms",
            "213503982334601d 7h 15s 1000ms",
            "1000000000s",
            &format!("{years}1s"),
        ] {
            assert_eq!(parse_span(wrong), None, "{wrong}");
        }
    }
}
