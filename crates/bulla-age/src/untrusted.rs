//! Text that came from strangers: file names, stanza types, plugin messages.
//!
//! Owns the one rule by which such text is made safe to look at. It knows nothing of where the text
//! came from or where it goes; every floor may use it.

use std::ffi::OsStr;
use std::fmt;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::str::Utf8Chunk;

/// Text from outside that must never drive a terminal.
///
/// Its [`Display`](fmt::Display) form is the only way it is shown: control characters,
/// bidirectional controls, zero-width and other invisible characters are written as `\u{…}`, bytes
/// that are not UTF-8 as `\x…`, a backslash as `\\`, so that the reader can tell an escape from the
/// text that imitates one, and two texts that differ in what cannot be seen do not look alike.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Untrusted {
    text: String,
    /// The bytes, where they are not the text's: only what was not UTF-8 has them.
    bytes: Option<Vec<u8>>,
}

impl Untrusted {
    /// Takes text as it came.
    pub fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            bytes: None,
        }
    }

    /// Takes bytes that should be text; what is not UTF-8 is shown as `\x…`.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        match std::str::from_utf8(bytes) {
            Ok(text) => Self::new(text),
            Err(_) => Self {
                text: String::from_utf8_lossy(bytes).into_owned(),
                bytes: Some(bytes.to_vec()),
            },
        }
    }

    /// The text as it came (U+FFFD for what was not UTF-8), for comparing and for encodings that
    /// escape by themselves. Never print it.
    pub fn as_raw(&self) -> &str {
        &self.text
    }

    /// The displayed form between quotation marks, where it must be seen where the text begins and
    /// ends.
    pub fn quoted(&self) -> impl fmt::Display + '_ {
        Quoted(self)
    }

    /// The name of a file as it is typed in a command: what a shell would not take as it stands is
    /// quoted, and what an option begins with stands behind `./`. What must not be shown is written
    /// as bash, zsh and ksh read it.
    pub fn as_argument(&self) -> String {
        let bytes = self.bytes.as_deref().unwrap_or(self.text.as_bytes());
        let mut text = String::from(if bytes.starts_with(b"-") { "./" } else { "" });
        let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"/._-".contains(byte);
        if !bytes.is_empty() && bytes.iter().all(is_plain) {
            text.push_str(&self.text);
        } else if self.bytes.is_none() && !self.text.contains(is_unsafe) {
            text = format!("'{text}{}'", self.text.replace('\'', "'\\''"));
        } else {
            text.insert_str(0, "$'");
            bytes
                .utf8_chunks()
                .for_each(|chunk| escape(chunk, &mut text));
            text.push('\'');
        }
        text
    }

    fn write(&self, f: &mut fmt::Formatter<'_>, mark: Option<char>) -> fmt::Result {
        for part in self
            .bytes
            .as_deref()
            .unwrap_or(self.text.as_bytes())
            .utf8_chunks()
        {
            for c in part.valid().chars() {
                match c {
                    '\\' => f.write_str("\\\\")?,
                    c if Some(c) == mark => write!(f, "\\{c}")?,
                    c if is_unsafe(c) => write!(f, "\\u{{{:x}}}", u32::from(c))?,
                    c => fmt::Write::write_char(f, c)?,
                }
            }
            for byte in part.invalid() {
                write!(f, "\\x{byte:02x}")?;
            }
        }
        Ok(())
    }
}

/// Between `$'` and `'`.
fn escape(chunk: Utf8Chunk<'_>, text: &mut String) {
    for c in chunk.valid().chars() {
        match c {
            '\\' | '\'' => text.extend(['\\', c]),
            c if is_unsafe(c) => text.push_str(&format!("\\U{:08x}", u32::from(c))),
            c => text.push(c),
        }
    }
    for byte in chunk.invalid() {
        text.push_str(&format!("\\x{byte:02x}"));
    }
}

impl From<&OsStr> for Untrusted {
    fn from(name: &OsStr) -> Self {
        Self::from_bytes(name.as_bytes())
    }
}

impl From<&Path> for Untrusted {
    fn from(path: &Path) -> Self {
        Self::from(path.as_os_str())
    }
}

impl fmt::Display for Untrusted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, None)
    }
}

impl fmt::Debug for Untrusted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&Quoted(self), f)
    }
}

struct Quoted<'a>(&'a Untrusted);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\"")?;
        self.0.write(f, Some('"'))?;
        f.write_str("\"")
    }
}

/// Whether a character could move the cursor, hide, or turn the text around it.
///
/// The rule, by Unicode's properties: control characters (Cc), format characters (Cf), line and
/// paragraph separators (Zl, Zp), private use (Co: any font may draw anything there),
/// noncharacters, and everything default-ignorable, which is to say drawn as nothing: among them
/// the Hangul fillers, the tags of plane 14 and all variation selectors. The selectors cost an
/// emoji its colour (`❤` is followed by `\u{fe0f}`), and the joiners cost some scripts a ligature;
/// but each of them can carry text unseen, make two names look alike, and have the terminal and us
/// disagree on how wide a line is.
///
/// Combining marks are left alone whatever their number: they can be seen, and no name in many
/// languages can do without them. So are spaces of other widths.
pub fn is_unsafe(c: char) -> bool {
    c.is_control() || is_format(c) || is_ignorable(c) || is_private_or_none(c)
}

/// Cf, Zl and Zp, but for those that [`is_ignorable`] names.
fn is_format(c: char) -> bool {
    matches!(c,
        '\u{600}'..='\u{605}' | '\u{6dd}' | '\u{70f}' | '\u{890}'..='\u{891}' | '\u{8e2}'
        | '\u{2028}'..='\u{2029}' | '\u{fff9}'..='\u{fffb}' | '\u{110bd}' | '\u{110cd}'
        | '\u{13430}'..='\u{1343f}')
}

/// `Default_Ignorable_Code_Point`, unassigned ones included.
fn is_ignorable(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
        | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}')
}

/// Co, and the noncharacters: U+FDD0 to U+FDEF and the last two of every plane.
fn is_private_or_none(c: char) -> bool {
    matches!(c, '\u{e000}'..='\u{f8ff}' | '\u{fdd0}'..='\u{fdef}' | '\u{f0000}'..='\u{10ffff}')
        || u32::from(c) & 0xfffe == 0xfffe
}

#[cfg(test)]
mod tests;
