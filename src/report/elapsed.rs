//! How long ago something was, in words.

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// Returns how long before `now` a time was: `41 days ago`, `just now`, `2 hours in the future`.
/// Rounded down to the largest unit that fits.
pub(crate) fn ago(time: u64, now: u64) -> String {
    let span = now.abs_diff(time);
    let (count, unit) = match span {
        0..MINUTE => return "just now".to_owned(),
        MINUTE..HOUR => (span / MINUTE, "minute"),
        HOUR..DAY => (span / HOUR, "hour"),
        _ => (span / DAY, "day"),
    };
    let plural = if count == 1 { "" } else { "s" };
    let side = if time <= now { "ago" } else { "in the future" };
    format!("{count} {unit}{plural} {side}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_have_one_unit_and_a_side() {
        let now = 100 * DAY;
        for (before, want) in [
            (0, "just now"),
            (59, "just now"),
            (60, "1 minute ago"),
            (HOUR - 1, "59 minutes ago"),
            (DAY - 1, "23 hours ago"),
            (41 * DAY + HOUR, "41 days ago"),
        ] {
            assert_eq!(ago(now - before, now), want);
        }
        assert_eq!(ago(now + 2 * HOUR, now), "2 hours in the future");
        assert_eq!(ago(now + 1, now), "just now");
    }
}
