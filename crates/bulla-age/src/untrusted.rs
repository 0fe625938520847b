//! Text from others: file names, stanza types, plugin messages.
//!
//! This module has the one rule that makes such text safe to display. It does not know where the
//! text comes from or where it goes.

mod masked;

use std::borrow::Cow;
use std::ffi::OsStr;
use std::fmt;
use std::path::Path;
use std::str::Utf8Chunk;

/// Masks secret keys in a text that is displayed, as [`Untrusted`] does: `AGE-SECRET-KEY-…`.
pub fn without_secrets(text: &str) -> Cow<'_, str> {
    masked::masked(text).map_or(Cow::Borrowed(text), Cow::Owned)
}

/// Text from outside, which must never control a terminal.
///
/// It is only displayed through [`Display`](fmt::Display), which writes control characters,
/// bidirectional controls, zero-width and other invisible characters as `\u{…}`, bytes that are not
/// UTF-8 as `\x…`, and a backslash as `\\`. So an escape differs from text that imitates one, and
/// texts that differ only in invisible characters look different.
///
/// A secret key in it is masked from the beginning: `AGE-SECRET-KEY-…`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Untrusted {
    text: String,
    /// The original bytes, if they are not UTF-8.
    bytes: Option<Vec<u8>>,
}

impl Untrusted {
    /// Wraps text.
    pub fn new(text: impl Into<String>) -> Self {
        let text = text.into();
        let text = masked::masked(&text).unwrap_or(text);
        Self { text, bytes: None }
    }

    /// Wraps bytes that should be UTF-8; the bytes that are not are displayed as `\x…`.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        match std::str::from_utf8(bytes) {
            Ok(text) => Self::new(text),
            Err(_) => {
                let text = String::from_utf8_lossy(bytes).into_owned();
                if masked::masked(&text).is_some() {
                    return Self::new(text);
                }
                Self {
                    text,
                    bytes: Some(bytes.to_vec()),
                }
            }
        }
    }

    /// Returns true if a secret key in it was masked.
    pub fn hides_a_secret(&self) -> bool {
        masked::is_masked(&self.text)
    }

    /// Returns the original text (with U+FFFD for bytes that are not UTF-8), to compare it or to
    /// write it in an encoding that has its own escapes. Never print it.
    pub fn as_raw(&self) -> &str {
        &self.text
    }

    /// Returns whether it is valid UTF-8, so that [`as_raw`](Self::as_raw) stands for nothing else.
    pub fn is_utf8(&self) -> bool {
        self.bytes.is_none()
    }

    /// Returns the bytes that are displayed as exactly this text, if that has escapes in it.
    pub fn from_displayed(shown: &str) -> Option<Vec<u8>> {
        let bytes = unescaped(shown).filter(|bytes| bytes != shown.as_bytes())?;
        (Self::from_bytes(&bytes).to_string() == shown).then_some(bytes)
    }

    /// Returns the displayed form in quotation marks, which show where the text begins and ends.
    pub fn quoted(&self) -> impl fmt::Display + '_ {
        Quoted(self)
    }

    /// Returns a file name as typed in a command: quoted if a shell requires it, and with `./` in
    /// front if it looks like an option. Unsafe characters are written with the escapes that bash,
    /// zsh and ksh understand.
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
            let (valid, mut shown) = (part.valid(), 0);
            for (at, c) in valid.char_indices() {
                let is_syntax = c == '\\' || Some(c) == mark;
                if !is_syntax && !is_unsafe(c) && (mark.is_none() || !is_like_a_quote(c)) {
                    continue;
                }
                f.write_str(&valid[shown..at])?;
                shown = at + c.len_utf8();
                if is_syntax {
                    write!(f, "\\{c}")?;
                } else {
                    write!(f, "\\u{{{:x}}}", u32::from(c))?;
                }
            }
            f.write_str(&valid[shown..])?;
            for byte in part.invalid() {
                write!(f, "\\x{byte:02x}")?;
            }
        }
        Ok(())
    }
}

/// Resolves the escapes of the displayed form.
fn unescaped(shown: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(shown.len());
    let mut rest = shown;
    while let Some((before, escape)) = rest.split_once('\\') {
        bytes.extend(before.as_bytes());
        let kind = escape.chars().next()?;
        let after = &escape[kind.len_utf8()..];
        rest = match kind {
            '\\' => {
                bytes.push(b'\\');
                after
            }
            'x' => {
                let (digits, after) = after.split_at_checked(2)?;
                bytes.push(u8::from_str_radix(digits, 16).ok()?);
                after
            }
            'u' => {
                let (digits, after) = after.strip_prefix('{')?.split_once('}')?;
                let c = char::from_u32(u32::from_str_radix(digits, 16).ok()?)?;
                bytes.extend(c.encode_utf8(&mut [0; 4]).as_bytes());
                after
            }
            _ => return None,
        };
    }
    bytes.extend(rest.as_bytes());
    Some(bytes)
}

/// Appends a chunk with the escapes of `$'…'`.
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
        #[cfg(unix)]
        let bytes = std::os::unix::ffi::OsStrExt::as_bytes(name);
        #[cfg(not(unix))]
        let bytes = name.as_encoded_bytes();
        Self::from_bytes(bytes)
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

/// Returns true if a character could move the cursor, hide, or reorder the text around it.
///
/// These are, by Unicode's properties: control characters (Cc), format characters (Cf), line and
/// paragraph separators (Zl, Zp), private use (Co, where a font may draw anything), noncharacters,
/// and all default-ignorable code points, which are drawn as nothing: among them the Hangul
/// fillers, the tags of plane 14 and all variation selectors. Escaping the selectors costs an emoji
/// its colour (`❤` is followed by `\u{fe0f}`), and escaping the joiners costs some scripts a
/// ligature; but each of them can hide text, make two names look alike, and make the terminal
/// disagree with us about the width of a line.
///
/// Combining marks are safe in any number: they are visible, and names in many languages need them.
/// So are spaces of other widths.
pub fn is_unsafe(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_control();
    }
    c.is_control() || is_format(c) || is_ignorable(c) || is_private_or_none(c)
}

/// Returns true for characters that look like a quotation mark, or like a part of one: they could
/// seem to end a quotation. So could a diacritic, which changes the quotation mark before it.
fn is_like_a_quote(c: char) -> bool {
    matches!(c,
        '\u{2ba}' | '\u{2dd}' | '\u{2ee}' | '\u{30b}' | '\u{30e}' | '\u{5f4}' | '\u{201c}'..='\u{201f}'
        | '\u{2033}'..='\u{2034}' | '\u{2036}'..='\u{2037}' | '\u{2057}' | '\u{275d}'..='\u{275e}'
        | '\u{301d}'..='\u{301f}' | '\u{ff02}' | '\u{1f676}'..='\u{1f678}')
}

/// Returns true for Cf, Zl and Zp, except for characters that [`is_ignorable`] covers.
fn is_format(c: char) -> bool {
    matches!(c,
        '\u{600}'..='\u{605}' | '\u{6dd}' | '\u{70f}' | '\u{890}'..='\u{891}' | '\u{8e2}'
        | '\u{2028}'..='\u{2029}' | '\u{fff9}'..='\u{fffb}' | '\u{110bd}' | '\u{110cd}'
        | '\u{13430}'..='\u{1343f}')
}

/// Returns true for `Default_Ignorable_Code_Point`, including unassigned code points.
fn is_ignorable(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
        | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}')
}

/// Returns true for Co and the noncharacters: U+FDD0 to U+FDEF and the last two of every plane.
fn is_private_or_none(c: char) -> bool {
    matches!(c, '\u{e000}'..='\u{f8ff}' | '\u{fdd0}'..='\u{fdef}' | '\u{f0000}'..='\u{10ffff}')
        || u32::from(c) & 0xfffe == 0xfffe
}
