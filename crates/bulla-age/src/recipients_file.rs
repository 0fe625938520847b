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
/// The number of the line that is wrong, never its text; [`KeyError::NoKeys`];
/// [`KeyError::NoUsableKeys`].
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
    match skipped.first() {
        _ if !recipients.is_empty() => Ok((recipients, skipped)),
        None => Err(KeyError::NoKeys),
        Some(first) => Err(KeyError::NoUsableKeys {
            line: first.line,
            why: first.why.clone(),
            others: skipped.len() - 1,
        }),
    }
}

/// Returns a file's bytes as text, without a byte order mark.
pub(crate) fn text_of(bytes: &[u8]) -> Result<&str, ParseError> {
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err(ParseError::Utf16);
    }
    let text = std::str::from_utf8(bytes).map_err(|_| ParseError::NotText)?;
    Ok(without_mark(text))
}

/// Returns a text without the byte order mark that some editors write in front of it.
pub fn without_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

/// Returns the lines that are neither empty nor comments, trimmed, with their numbers.
pub(crate) fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let numbered = text
        .lines()
        .enumerate()
        .map(|(index, line)| (index + 1, line.trim_ascii()));
    numbered.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
}
