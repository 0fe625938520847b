//! Lines of bounded length.

use std::io::{self, BufRead};

/// What reading a line gave.
pub(crate) enum Line {
    /// A whole line, its LF taken off.
    Whole,
    /// The input ended before the line did; the rest is in the buffer.
    Ended,
    /// The line has more than the allowed bytes.
    TooLong,
}

/// Reads up to and including the next LF into `line` (cleared first), at most `limit` bytes without
/// the LF.
pub(crate) fn read_line(
    input: &mut impl BufRead,
    line: &mut Vec<u8>,
    limit: usize,
) -> io::Result<Line> {
    line.clear();
    loop {
        let available = match input.fill_buf() {
            Ok(available) => available,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        if available.is_empty() {
            return Ok(Line::Ended);
        }
        let window = &available[..available.len().min(limit - line.len() + 1)];
        if let Some(end) = window.iter().position(|&byte| byte == b'\n') {
            line.extend_from_slice(&window[..end]);
            input.consume(end + 1);
            return Ok(Line::Whole);
        }
        if line.len() + window.len() > limit {
            return Ok(Line::TooLong);
        }
        line.extend_from_slice(window);
        let taken = window.len();
        input.consume(taken);
    }
}
