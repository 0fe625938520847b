//! Numbers in headers.

use crate::entry::Timestamp;
use crate::read::error::{Fault, Field, Refusal};

/// Returns a time in seconds, unless nobody could mean it.
pub(super) fn seconds(seconds: i64) -> Result<i64, Refusal> {
    let most = Timestamp::MOST_SECONDS;
    if (-most..=most).contains(&seconds) {
        Ok(seconds)
    } else {
        Err(Refusal::Field(Field::Time, Fault::Range))
    }
}

/// Reads a number that is not negative: octal digits, or base 256 if the first byte says so.
pub(super) fn unsigned(bytes: &[u8], field: Field) -> Result<u64, Refusal> {
    u64::try_from(signed(bytes, field)?).map_err(|_| Refusal::Field(field, Fault::Range))
}

/// The same, or `None` if nothing is there.
pub(super) fn optional(bytes: &[u8], field: Field) -> Result<Option<u64>, Refusal> {
    if bytes.iter().all(|byte| *byte == 0) {
        return Ok(None);
    }
    unsigned(bytes, field).map(Some)
}

/// Reads a number that may be negative, which only base 256 can write.
pub(super) fn signed(bytes: &[u8], field: Field) -> Result<i64, Refusal> {
    match bytes {
        [0x80, digits @ ..] => base_256(digits, 0),
        [0xff, digits @ ..] => base_256(digits, 0xff),
        _ => return octal(bytes, field),
    }
    .ok_or(Refusal::Field(field, Fault::Range))
}

/// Reads a number in base 256, whose leading bytes must all be `sign`.
fn base_256(digits: &[u8], sign: u8) -> Option<i64> {
    let (leading, last) = digits.split_at(digits.len().saturating_sub(8));
    if leading.iter().any(|byte| *byte != sign) {
        return None;
    }
    let mut bytes = [sign; 8];
    bytes[8 - last.len()..].copy_from_slice(last);
    let value = i64::from_be_bytes(bytes);
    ((value < 0) == (sign == 0xff)).then_some(value)
}

/// Reads octal digits. Only spaces and then NULs may follow them.
pub(super) fn octal(bytes: &[u8], field: Field) -> Result<i64, Refusal> {
    let digits = bytes
        .iter()
        .take_while(|byte| matches!(byte, b'0'..=b'7'))
        .count();
    let (digits, rest) = bytes.split_at(digits);
    // The checksum has its space after the NUL.
    let is_end = match field {
        Field::Checksum => rest.iter().all(|byte| matches!(byte, 0 | b' ')),
        _ => {
            let spaces = rest.iter().take_while(|byte| **byte == b' ').count();
            rest[spaces..].iter().all(|byte| *byte == 0)
        }
    };
    if digits.is_empty() || !is_end {
        return Err(Refusal::Field(field, Fault::Number));
    }
    let value = digits.iter().try_fold(0_i64, |value, digit| {
        value.checked_mul(8)?.checked_add(i64::from(digit - b'0'))
    });
    value.ok_or(Refusal::Field(field, Fault::Range))
}

/// Reads decimal digits and nothing else, without zeros in front.
pub(super) fn decimal(bytes: &[u8], field: Field) -> Result<u64, Refusal> {
    let is_number =
        matches!(bytes, [b'0'] | [b'1'..=b'9', ..]) && bytes.iter().all(u8::is_ascii_digit);
    if !is_number {
        return Err(Refusal::Field(field, Fault::Number));
    }
    let value = bytes.iter().try_fold(0_u64, |value, digit| {
        value.checked_mul(10)?.checked_add(u64::from(digit - b'0'))
    });
    value
        .filter(|value| i64::try_from(*value).is_ok())
        .ok_or(Refusal::Field(field, Fault::Range))
}

/// Reads seconds with an optional fraction. What is finer than a nanosecond is cut off.
pub(super) fn time(bytes: &[u8]) -> Result<Timestamp, Refusal> {
    let out_of_range = Refusal::Field(Field::Time, Fault::Range);
    let (is_negative, digits) = match bytes {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    let (whole, fraction) = match digits.iter().position(|byte| *byte == b'.') {
        Some(point) => (&digits[..point], &digits[point + 1..]),
        None => (digits, &b"0"[..]),
    };
    if fraction.is_empty() || !fraction.iter().all(u8::is_ascii_digit) {
        return Err(Refusal::Field(Field::Time, Fault::Number));
    }
    let whole = i64::try_from(decimal(whole, Field::Time)?).map_err(|_| out_of_range)?;
    let mut seconds = seconds(whole)?;
    let mut nanoseconds = (0..9).fold(0, |value, place| {
        value * 10
            + fraction
                .get(place)
                .map_or(0, |digit| u32::from(digit - b'0'))
    });
    if is_negative {
        seconds = -seconds;
        if nanoseconds > 0 {
            seconds -= 1;
            nanoseconds = 1_000_000_000 - nanoseconds;
        }
    }
    Ok(Timestamp {
        seconds,
        nanoseconds,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_what_all_readers_take_it_for() {
        let read = |bytes: &[u8]| unsigned(bytes, Field::Size).ok();
        assert_eq!(read(b"00000000017\0"), Some(15));
        assert_eq!(read(b"0000017 \0\0\0\0"), Some(15));
        assert_eq!(read(b"777777777777"), Some((1 << 36) - 1));
        assert_eq!(read(b"\x80\0\0\0\0\0\0\x02\0\0\0\x01"), Some((2 << 32) + 1));
        assert_eq!(
            read(b"\x80\0\0\0\x7f\xff\xff\xff\xff\xff\xff\xff"),
            Some((1 << 63) - 1)
        );
        for wrong in [
            &b"\0\0\0\0\0\0\0\0\0\0\0\0"[..],
            b"            ",
            b" 0000000017\0",
            b"00000000018\0",
            b"-0000000017\0",
            b"0000017\0junk",
            b"0000017\x00 \0\0\0",
            b"0x000000017\0",
            b"\x80\0\0\0\x80\0\0\0\0\0\0\0",
            b"\x80\0\0\x01\0\0\0\0\0\0\0\0",
            b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
            b"\xc0\0\0\0\0\0\0\0\0\0\0\x01",
            b"\x81\0\0\0\0\0\0\0\0\0\0\x01",
        ] {
            assert_eq!(read(wrong), None, "{}", wrong.escape_ascii());
        }
        let before = signed(
            b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xfe",
            Field::Time,
        );
        assert_eq!(before, Ok(-2));
        assert_eq!(octal(b"012345\0 ", Field::Checksum), Ok(0o12345));
    }

    #[test]
    fn times_have_nanoseconds_and_may_be_before_1970() {
        let read = |text: &str| {
            let time = time(text.as_bytes()).ok()?;
            Some((time.seconds, time.nanoseconds))
        };
        assert_eq!(read("17"), Some((17, 0)));
        assert_eq!(read("17.5"), Some((17, 500_000_000)));
        assert_eq!(read("17.1234567891"), Some((17, 123_456_789)));
        assert_eq!(read("-1"), Some((-1, 0)));
        assert_eq!(read("-1.25"), Some((-2, 750_000_000)));
        for wrong in [
            "",
            "-",
            "1.",
            ".5",
            "1e9",
            "+1",
            "1.5.5",
            "01",
            "1152921504606846977",
        ] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
