//! Files of recipients, one per line.

use crate::any_recipient::AnyRecipient;
use crate::key_error::KeyError;
use crate::parse_error::ParseError;

/// A line of a recipients file that was skipped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SkippedLine {
    /// Counted from 1.
    pub line: usize,
    /// Why it was skipped.
    pub why: ParseError,
}

/// Parses a recipients file: one recipient per line, `#` comments, CRLF allowed. SSH keys of
/// unsupported types are skipped.
///
/// # Errors
/// The number of the line that is wrong, never its text; [`KeyError::NoKeys`].
pub fn parse(bytes: &[u8]) -> Result<(Vec<AnyRecipient>, Vec<SkippedLine>), KeyError> {
    let text = text_of(bytes)?;
    let (mut recipients, mut skipped) = (Vec::new(), Vec::new());
    for (line, text) in lines(text) {
        match text.parse() {
            Ok(recipient) => recipients.push(recipient),
            Err(why @ (ParseError::SshType(_) | ParseError::WeakRsa)) => {
                skipped.push(SkippedLine { line, why })
            }
            Err(error) => return Err(KeyError::Line { line, error }),
        }
    }
    if recipients.is_empty() {
        Err(KeyError::NoKeys)
    } else {
        Ok((recipients, skipped))
    }
}

/// Returns a file's bytes as text, without a byte order mark.
pub(crate) fn text_of(bytes: &[u8]) -> Result<&str, ParseError> {
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err(ParseError::Utf16);
    }
    let text = std::str::from_utf8(bytes).map_err(|_| ParseError::NotText)?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

/// Returns the lines that are neither empty nor comments, trimmed, with their numbers.
pub(crate) fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let numbered = text
        .lines()
        .enumerate()
        .map(|(index, line)| (index + 1, line.trim_ascii()));
    numbered.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
}
