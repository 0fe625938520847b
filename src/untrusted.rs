//! Text that came from strangers: file names, stanza types, plugin messages.
//!
//! Owns the one rule by which such text is made safe to look at. It knows nothing of where the text came
//! from or where it goes; every floor may use it.

use std::fmt;

/// Text from outside that must never drive a terminal.
///
/// Its [`Display`](fmt::Display) form is the only way it is shown: control characters, bidirectional
/// controls, zero-width and other invisible characters are written as `\u{…}`, a backslash as `\\`, so that
/// the reader can tell an escape from the text that imitates one.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Untrusted(String);

impl Untrusted {
    /// Takes text as it came.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Takes bytes that should be text; what is not UTF-8 becomes U+FFFD.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        Self(String::from_utf8_lossy(bytes).into_owned())
    }

    /// The text as it came, for comparing and for encodings that escape by themselves (JSON). Never print it.
    pub fn as_raw(&self) -> &str {
        &self.0
    }
}

impl From<&std::path::Path> for Untrusted {
    fn from(path: &std::path::Path) -> Self {
        Self(path.to_string_lossy().into_owned())
    }
}

impl fmt::Display for Untrusted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            if c == '\\' {
                f.write_str("\\\\")?;
            } else if is_unsafe(c) {
                write!(f, "\\u{{{:x}}}", u32::from(c))?;
            } else {
                fmt::Write::write_char(f, c)?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Untrusted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{self}\"")
    }
}

/// Whether a character could move the cursor, hide, or turn the text around it.
fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e000}'..='\u{f8ff}' | '\u{e0000}'..='\u{e0fff}' | '\u{f0000}'..='\u{10ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_text_is_shown_as_it_is() {
        assert_eq!(Untrusted::new("Grüße, 世界 🙂 a/b c").to_string(), "Grüße, 世界 🙂 a/b c");
    }

    #[test]
    fn what_could_drive_a_terminal_is_escaped() {
        let text = Untrusted::new("a\u{1b}[31m\u{202e}b\u{200b}\u{9b}\n\u{feff}\\");
        assert_eq!(text.to_string(), "a\\u{1b}[31m\\u{202e}b\\u{200b}\\u{9b}\\u{a}\\u{feff}\\\\");
    }
}
