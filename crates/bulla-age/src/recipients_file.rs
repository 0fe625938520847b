//! Files of recipients, one a line.

use crate::any_recipient::AnyRecipient;
use crate::key_error::KeyError;
use crate::parse_error::ParseError;

/// A line of a recipients file that was passed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SkippedLine {
    /// Counted from 1.
    pub line: usize,
    /// Why.
    pub why: ParseError,
}

/// Parses a recipients file: one a line, `#` comments, CRLF. Unsupported SSH key types are passed
/// over.
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
    match recipients.is_empty() {
        true => Err(KeyError::NoKeys),
        false => Ok((recipients, skipped)),
    }
}

/// A file's bytes as text, without a byte order mark.
pub(crate) fn text_of(bytes: &[u8]) -> Result<&str, ParseError> {
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err(ParseError::Utf16);
    }
    let text = std::str::from_utf8(bytes).map_err(|_| ParseError::NotText)?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

/// The lines that say something, with their numbers, without the blanks around them.
pub(crate) fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let numbered = text
        .lines()
        .enumerate()
        .map(|(index, line)| (index + 1, line.trim_ascii()));
    numbered.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
}
