//! Hides the length of a message by padding it with spaces, to the Padmé length (formats.md,
//! section 6).
//!
//! Owns how much padding is added and how it is removed. Other age tools show it as spaces at the
//! end.

use bulla_archive::padding::padme;
use zeroize::{Zeroize, Zeroizing};

/// The shortest padded message.
const LEAST: u64 = 256;

/// Invalid padding.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PaddingError {
    /// The length given by the sender exceeds the message.
    #[error("the message should have {said} bytes, but has {there}")]
    Longer { said: u64, there: u64 },
    /// The text after the given length is not padding.
    #[error("the message should have {said} bytes, but there is text after them")]
    Text { said: u64 },
}

/// Returns the padded length for a text of this length.
pub(crate) fn padded_length(length: u64) -> u64 {
    padme(length).max(LEAST)
}

/// Pads a text with a line of spaces, so that on a terminal the following output begins on a line
/// of its own.
pub(crate) fn pad(text: &[u8]) -> Zeroizing<Vec<u8>> {
    let target = usize::try_from(padded_length(text.len() as u64)).unwrap_or(usize::MAX);
    let mut padded = Zeroizing::new(Vec::with_capacity(target));
    padded.extend_from_slice(text);
    if target > padded.len() {
        padded.push(b'\n');
        padded.resize(target, b' ');
        padded[target - 1] = b'\n';
    }
    padded
}

/// Removes the padding: cuts the text to the length that its sender gave. If none is given, removes
/// trailing spaces and line ends, and adds one line end.
///
/// # Errors
/// [`PaddingError`] if the length cannot be that of the text.
pub(crate) fn unpad(
    mut text: Zeroizing<Vec<u8>>,
    true_length: Option<u64>,
) -> Result<Zeroizing<Vec<u8>>, PaddingError> {
    let is_blank = |byte: &u8| matches!(byte, b'\n' | b' ');
    if let Some(said) = true_length {
        let there = text.len() as u64;
        let Some(length) = usize::try_from(said)
            .ok()
            .filter(|length| *length <= text.len())
        else {
            return Err(PaddingError::Longer { said, there });
        };
        if !text[length..].iter().all(is_blank) {
            return Err(PaddingError::Text { said });
        }
        text[length..].zeroize();
        text.truncate(length);
        return Ok(text);
    }
    let length = text
        .iter()
        .rposition(|byte| !is_blank(byte))
        .map_or(0, |last| last + 1);
    text.truncate(length);
    if length == text.capacity() {
        // Growing would leave a copy behind that is never wiped.
        let mut roomy = Zeroizing::new(Vec::with_capacity(length + 1));
        roomy.extend_from_slice(&text);
        text = roomy;
    }
    text.push(b'\n');
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owned(text: &[u8]) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(text.to_vec())
    }

    #[test]
    fn padme_is_the_one_of_the_paper() {
        for (length, want) in [
            (0, 0),
            (1, 1),
            (2, 2),
            (3, 3),
            (4, 4),
            (8, 8),
            (9, 10),
            (200, 208),
            (256, 256),
            (257, 272),
            (1000, 1024),
            (1024, 1024),
            (1025, 1088),
            (1_000_001, 1_015_808),
            (u64::MAX, u64::MAX),
        ] {
            assert_eq!(padme(length), want, "{length}");
        }
        for length in 1..100_000 {
            let padded = padme(length);
            assert!(padded >= length && padme(padded) == padded, "{length}");
            assert!((padded - length) * 100 <= length * 12, "{length}: {padded}");
        }
    }

    #[test]
    fn short_texts_have_one_length_and_all_come_back() {
        for length in (0..=300).chain([1000, 4096, 5000, 1_000_001]) {
            let text = vec![b'x'; length];
            let padded = pad(&text);
            assert_eq!(padded.len() as u64, padded_length(length as u64));
            assert!(length > 256 || padded.len() == 256);
            assert!(padded[length..].iter().all(|byte| b" \n".contains(byte)));
            assert!(padded.len() == length || padded.ends_with(b"\n"));
            assert_eq!(
                *unpad(padded, Some(length as u64)).unwrap(),
                text,
                "{length}"
            );
        }
    }

    #[test]
    fn trailing_blanks_are_kept_if_the_length_is_given() {
        for text in [
            &b""[..],
            b"a",
            b"a\n",
            b"a \n \n",
            b"\n\n",
            b" ",
            b"a\0",
            b"a\t",
            "ü ".as_bytes(),
        ] {
            assert_eq!(*unpad(pad(text), Some(text.len() as u64)).unwrap(), text);
            let stripped = unpad(pad(text), None).unwrap();
            let kept = text.trim_ascii_end().len().max(
                text.iter()
                    .rposition(|b| !b" \n".contains(b))
                    .map_or(0, |at| at + 1),
            );
            assert_eq!(*stripped, [&text[..kept], b"\n"].concat(), "{text:?}");
        }
    }

    #[test]
    fn an_impossible_length_is_refused() {
        assert_eq!(
            unpad(owned(b"abc"), Some(4)),
            Err(PaddingError::Longer { said: 4, there: 3 })
        );
        assert_eq!(
            unpad(owned(b""), Some(u64::MAX)),
            Err(PaddingError::Longer {
                said: u64::MAX,
                there: 0
            })
        );
        for tail in ["b", " b", "\n\n b ", "\t", "\r\n", "\0", "\u{a0}"] {
            let text = ["a", tail].concat();
            assert_eq!(
                unpad(owned(text.as_bytes()), Some(1)),
                Err(PaddingError::Text { said: 1 }),
                "{tail:?}"
            );
        }
        assert_eq!(*unpad(owned(b"abc"), Some(3)).unwrap(), b"abc");
        assert_eq!(*unpad(owned(b"abc"), None).unwrap(), b"abc\n");
        assert_eq!(*unpad(owned(b""), None).unwrap(), b"\n");
    }
}
