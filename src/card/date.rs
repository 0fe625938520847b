//! Dates as written in a card: `2026-11-23`.

use std::time::{Duration, UNIX_EPOCH};

/// The last second of the year 9999, after which a date has no form.
const LAST: u64 = 253_402_300_799;

/// Returns the date in UTC of a time in seconds since 1970; after the year 9999, its last day.
pub(crate) fn date_of(time: u64) -> String {
    let time = UNIX_EPOCH + Duration::from_secs(time.min(LAST));
    let mut text = humantime::format_rfc3339_seconds(time).to_string();
    text.truncate("2026-11-23".len());
    text
}

/// Returns whether this is a date of the calendar, written in full.
pub(crate) fn is_real(text: &str) -> bool {
    let digits = |from: usize, to: usize| {
        let part = text.get(from..to)?;
        part.bytes()
            .all(|byte| byte.is_ascii_digit())
            .then(|| part.parse::<u32>().ok())?
    };
    let (Some(year), Some(month), Some(day)) = (digits(0, 4), digits(5, 7), digits(8, 10)) else {
        return false;
    };
    let in_place = text.len() == 10 && text.get(4..5) == Some("-") && text.get(7..8) == Some("-");
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 => 28 + u32::from(is_leap),
        _ => 0,
    };
    in_place && (1..=days).contains(&day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_after_the_year_9999_gives_its_last_day() {
        assert_eq!(date_of(0), "1970-01-01");
        assert_eq!(date_of(1_700_000_000), "2023-11-14");
        assert_eq!(date_of(LAST + 1), "9999-12-31");
        assert_eq!(date_of(u64::MAX), "9999-12-31");
    }

    #[test]
    fn only_days_of_the_calendar_written_in_full() {
        for real in [
            "2026-11-23",
            "2028-02-29",
            "2000-02-29",
            "0001-01-01",
            "9999-12-31",
        ] {
            assert!(is_real(real), "{real}");
        }
        for none in [
            "2026-11-31",
            "2026-02-29",
            "1900-02-29",
            "2026-13-01",
            "2026-00-01",
            "2026-01-00",
            "2026-1-01",
            "26-01-01",
            "2026/01/01",
            "2026-01-01 ",
            "+026-01-01",
            "2026-01-0١",
            "12026-01-01",
            "",
        ] {
            assert!(!is_real(none), "{none}");
        }
    }
}
