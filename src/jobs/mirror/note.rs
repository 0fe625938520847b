//! What is noted about one file of a mirror, and how that is written as a line.

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::files::FileMark;

/// The length of the digest of the readers.
pub(crate) const READERS: usize = 16;

/// What is known about a file that was encrypted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Note {
    /// The path below the root of the source.
    pub(crate) path: PathBuf,
    /// The keyed digest of the plaintext; `None` if it was not computed.
    pub(crate) digest: Option<[u8; 32]>,
    /// A digest of the readers and of how the file was written; `None` if they have no names.
    pub(crate) readers: Option<[u8; READERS]>,
    /// The output when it was finished.
    pub(crate) mark: FileMark,
}

impl Note {
    /// Returns the line, without its end.
    pub(crate) fn line(&self) -> Vec<u8> {
        let FileMark {
            inode,
            len,
            changed: (seconds, nanoseconds),
        } = self.mark;
        let digest = self.digest.map_or_else(|| "-".to_owned(), |it| hex(&it));
        let readers = self.readers.map_or_else(|| "-".to_owned(), |it| hex(&it));
        let mut line =
            format!("{digest} {readers} {inode} {len} {seconds} {nanoseconds} ").into_bytes();
        line.extend(escaped(&self.path));
        line
    }

    /// Parses a line.
    pub(crate) fn parse(line: &[u8]) -> Option<Self> {
        let mut parts = line.splitn(7, |byte| *byte == b' ');
        let mut text = || std::str::from_utf8(parts.next()?).ok();
        let (digest, readers) = (optional(text()?)?, optional(text()?)?);
        let mark = FileMark {
            inode: number(text()?)?,
            len: number(text()?)?,
            changed: (number(text()?)?, number(text()?)?),
        };
        Some(Self {
            path: unescaped(parts.next()?)?,
            digest,
            readers,
            mark,
        })
    }
}

/// Returns a path as bytes without line ends.
pub(crate) fn escaped(path: &Path) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(path.as_os_str().len());
    for byte in path.as_os_str().as_bytes() {
        match byte {
            b'\\' => bytes.extend(b"\\\\"),
            b'\n' => bytes.extend(b"\\n"),
            byte => bytes.push(*byte),
        }
    }
    bytes
}

/// Parses such bytes.
pub(crate) fn unescaped(bytes: &[u8]) -> Option<PathBuf> {
    let (mut path, mut rest) = (Vec::with_capacity(bytes.len()), bytes.iter());
    while let Some(byte) = rest.next() {
        path.push(match byte {
            b'\\' => match rest.next()? {
                b'\\' => b'\\',
                b'n' => b'\n',
                _ => return None,
            },
            byte => *byte,
        });
    }
    (!path.is_empty()).then(|| OsString::from_vec(path).into())
}

/// Returns bytes in hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Parses hexadecimal digits in lower case.
pub(crate) fn unhex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let (mut bytes, digits) = ([0; N], text.as_bytes());
    let (pairs, []) = digits.as_chunks::<2>() else {
        return None;
    };
    if pairs.len() != N {
        return None;
    }
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
        *byte = digit(*high)? << 4 | digit(*low)?;
    }
    Some(bytes)
}

fn optional<const N: usize>(text: &str) -> Option<Option<[u8; N]>> {
    match text {
        "-" => Some(None),
        digits => unhex(digits).map(Some),
    }
}

fn number<N: FromStr>(text: &str) -> Option<N> {
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_one_line_whatever_the_path() {
        let note = Note {
            path: "a b/c\nd\\n\u{1b}".into(),
            digest: Some([0xa5; 32]),
            readers: None,
            mark: FileMark {
                inode: 7,
                len: 8,
                changed: (-9, 10),
            },
        };
        let line = note.line();
        assert!(!line.contains(&b'\n'));
        assert_eq!(Note::parse(&line), Some(note.clone()));
        let other = Note {
            path: OsString::from_vec(vec![0xff, b' ']).into(),
            digest: None,
            readers: Some([3; READERS]),
            ..note
        };
        assert_eq!(Note::parse(&other.line()), Some(other));
    }

    #[test]
    fn no_other_line_is_a_note() {
        for line in [
            "",
            "- - 1 2 3 4",
            "- - 1 2 3 4 ",
            "- - 1 2 3 x a",
            "0 - 1 2 3 4 a",
            "- - 1 2 3 4 a\\",
        ] {
            assert_eq!(Note::parse(line.as_bytes()), None, "{line}");
        }
    }
}
