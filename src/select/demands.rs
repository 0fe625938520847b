//! What the input of an encryption has to be like, so that a part of a backup never replaces all of
//! it.

use clap::Args;

/// The longest token that marks the end of an input.
const LONGEST_TOKEN: usize = 1024;

/// The options for an input that has to be complete.
#[derive(Args, Clone, Debug)]
pub(crate) struct DemandOptions {
    /// Fail if the input is smaller than this: 4096, 64K, 10M, 2G (K is 1024)
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub(crate) min_size: Option<u64>,
    /// Fail if the input is smaller than this part of what the replaced file contains: 50%
    #[arg(long, value_name = "PERCENT%", value_parser = percent)]
    pub(crate) at_least: Option<u64>,
    /// Accept a command that writes nothing
    #[arg(long, requires = "program")]
    pub(crate) allow_empty: bool,
    /// Fail unless the input ends with this text or line, and leave it out: for pipes without
    /// pipefail
    #[arg(long, value_name = "TOKEN", value_parser = token)]
    pub(crate) expect_end: Option<String>,
}

/// Reads a size: bytes, or a number with a unit.
pub(crate) fn size(text: &str) -> Result<u64, String> {
    let wrong = || "use a number of bytes, or a number with K, M, G or T, such as 10M".to_owned();
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let unit = match unit {
        "" | "B" => 1,
        "K" | "KiB" => 1 << 10,
        "M" | "MiB" => 1 << 20,
        "G" | "GiB" => 1 << 30,
        "T" | "TiB" => 1 << 40,
        "kB" | "KB" => 1000,
        "MB" => 1_000_000,
        "GB" => 1_000_000_000,
        "TB" => 1_000_000_000_000,
        _ => return Err(wrong()),
    };
    let number: u64 = number.parse().map_err(|_| wrong())?;
    number.checked_mul(unit).ok_or_else(wrong)
}

fn percent(text: &str) -> Result<u64, String> {
    let number = text.strip_suffix('%').and_then(|text| text.parse().ok());
    number
        .filter(|number| (1..=100).contains(number))
        .ok_or_else(|| "use a number from 1% to 100%, such as 50%".to_owned())
}

fn token(text: &str) -> Result<String, String> {
    if text.is_empty() || text.len() > LONGEST_TOKEN || text.contains(['\n', '\r']) {
        return Err(format!("use one line of 1 to {LONGEST_TOKEN} bytes"));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_units_of_1024_unless_they_say_otherwise() {
        for (text, bytes) in [
            ("0", 0),
            ("4096", 4096),
            ("12B", 12),
            ("64K", 65_536),
            ("10MiB", 10 << 20),
            ("2G", 2 << 30),
            ("3T", 3 << 40),
            ("5kB", 5000),
            ("7GB", 7_000_000_000),
        ] {
            assert_eq!(size(text), Ok(bytes), "{text}");
        }
        for text in ["", "K", "-1", "1.5G", "10 M", "1X", "99999999999T", "1k"] {
            assert!(size(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_part_of_a_file_has_a_percent_sign_and_is_no_more_than_all_of_it() {
        assert_eq!(percent("50%"), Ok(50));
        assert_eq!(percent("100%"), Ok(100));
        for text in ["50", "0%", "101%", "%", "5 %", "-1%", "1.5%"] {
            assert!(percent(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_token_is_one_line() {
        assert!(token("done").is_ok() && token("all of it").is_ok());
        for text in ["", "a\nb", "a\r", &"x".repeat(LONGEST_TOKEN + 1)] {
            assert!(token(text).is_err(), "{text:?}");
        }
    }
}
