//! Reads small files completely: recipients, identities, passphrases.
//!
//! Refuses files that are too large, and leaves no copies of a secret behind while reading.

use std::io::Read;

use bulla_age::recipients_file::without_mark;
use zeroize::{Zeroize, Zeroizing};

use crate::files::{Error, Input};

/// The longest first line that is accepted as a passphrase.
const LINE_LIMIT: u64 = 64 * 1024;

/// The size of the first buffer for a stream of unknown length.
const FIRST_GUESS: u64 = 4096;

impl Input {
    /// Reads everything, or returns an error if there are more than `limit` bytes. Never truncates.
    pub(crate) fn read_bounded(mut self, limit: u64) -> Result<Zeroizing<Vec<u8>>, Error> {
        let expected = self.regular_len().unwrap_or(FIRST_GUESS);
        // One byte more than expected, so that the end is noticed without growing the buffer.
        let mut bytes = Zeroizing::new(vec![0; index(expected.min(limit) + 1)]);
        let mut filled = 0;
        loop {
            match self.fill(&mut bytes[filled..])? {
                0 => break,
                n => filled += n,
            }
            if filled as u64 > limit {
                return Err(Error::TooLarge {
                    name: self.name().clone(),
                    limit,
                });
            }
            if filled == bytes.len() {
                // `Vec` would leave a copy of the secret in the old allocation when it grows.
                let mut larger = Zeroizing::new(vec![0; (filled * 2).min(index(limit) + 1)]);
                larger[..filled].copy_from_slice(&bytes);
                bytes = larger;
            }
        }
        bytes[filled..].zeroize();
        bytes.truncate(filled);
        Ok(bytes)
    }

    /// Reads what is typed at a terminal, which comes line by line, up to a last line or the end of
    /// the input. What is typed after that is left for the next reader.
    pub(crate) fn typed_until(
        &self,
        last: &[u8],
        limit: usize,
    ) -> Result<Zeroizing<Vec<u8>>, Error> {
        let (mut typed, mut line) = (Zeroizing::new(Vec::new()), Zeroizing::new(vec![0; 4096]));
        let mut input = self;
        while !typed.ends_with(last) {
            let read = match input.read(&mut line) {
                Ok(0) => break,
                Ok(read) => read,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(source) => return Err(Error::io("read", self.name(), source)),
            };
            typed.extend_from_slice(&line[..read]);
            if typed.len() > limit {
                let (name, limit) = (self.name().clone(), limit as u64);
                return Err(Error::TooLarge { name, limit });
            }
        }
        Ok(typed)
    }

    /// Reads the first line, and returns it without its line end.
    ///
    /// Reads byte by byte, so that the rest of the descriptor is left for the next reader.
    pub(crate) fn first_line(mut self) -> Result<Zeroizing<String>, Error> {
        let mut line = Zeroizing::new(Vec::with_capacity(index(LINE_LIMIT) + 2));
        let mut byte = Zeroizing::new([0]);
        while self.fill(&mut byte[..])? > 0 && byte[0] != b'\n' {
            line.push(byte[0]);
            if line.len() as u64 > LINE_LIMIT {
                return Err(Error::TooLarge {
                    name: self.name().clone(),
                    limit: LINE_LIMIT,
                });
            }
        }
        if byte[0] == b'\n' && line.last() == Some(&b'\r') {
            line.pop();
        }
        match std::str::from_utf8(&line) {
            Ok(text) => Ok(Zeroizing::new(without_mark(text).to_owned())),
            Err(_) => Err(Error::NotText {
                name: self.name().clone(),
            }),
        }
    }

    fn fill(&mut self, buffer: &mut [u8]) -> Result<usize, Error> {
        loop {
            match self.read(buffer) {
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                other => return other.map_err(|source| Error::io("read", self.name(), source)),
            }
        }
    }
}

/// Converts a length to `usize`. A length that this machine cannot address becomes the largest
/// possible one.
fn index(length: u64) -> usize {
    usize::try_from(length).unwrap_or(usize::MAX - 2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::io::Write;
    use std::os::fd::AsRawFd;

    fn input(bytes: &[u8]) -> (tempfile::TempDir, Input) {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("x"), bytes).unwrap();
        let input = Input::open(&dir.path().join("x")).unwrap();
        (dir, input)
    }

    /// The same bytes through a pipe, whose length is unknown.
    fn piped(bytes: &[u8]) -> Input {
        let (reader, mut writer) = std::io::pipe().unwrap();
        let bytes = bytes.to_vec();
        std::thread::spawn(move || drop(writer.write_all(&bytes)));
        Input::descriptor(reader.as_raw_fd().cast_unsigned()).unwrap()
    }

    #[test]
    fn up_to_the_limit_is_read_and_one_byte_more_is_refused() {
        for len in [0, 1, 4095, 4096, 4097, 8192, 10_000] {
            let bytes: Vec<u8> = (0..len).map(|i| (i % 251) as u8).collect();
            for limit in [len as u64, len as u64 + 1, 1 << 20] {
                assert_eq!(
                    *input(&bytes).1.read_bounded(limit).unwrap(),
                    bytes,
                    "{len} {limit}"
                );
                assert_eq!(
                    *piped(&bytes).read_bounded(limit).unwrap(),
                    bytes,
                    "{len} {limit} piped"
                );
            }
            if len > 0 {
                let limit = len as u64 - 1;
                for input in [input(&bytes).1, piped(&bytes)] {
                    let error = input.read_bounded(limit).unwrap_err();
                    assert!(
                        matches!(error, Error::TooLarge { limit: l, .. } if l == limit),
                        "{len}"
                    );
                }
            }
        }
    }

    #[test]
    fn the_first_line_comes_without_its_end() {
        for (bytes, line) in [
            ("", ""),
            ("\n", ""),
            ("one", "one"),
            ("one\n", "one"),
            ("one\r\n", "one"),
            ("one\r", "one\r"),
            ("one\r\r\ntwo", "one\r"),
            (" one \ntwo\n", " one "),
            ("pässword\n", "pässword"),
            ("\u{feff}one\n", "one"),
            ("one\u{feff}", "one\u{feff}"),
        ] {
            assert_eq!(
                input(bytes.as_bytes()).1.first_line().unwrap().as_str(),
                line,
                "{bytes:?}"
            );
        }
    }

    #[test]
    fn a_line_that_is_too_long_or_no_text_is_refused() {
        let longest = "x".repeat(64 * 1024);
        assert_eq!(*input(longest.as_bytes()).1.first_line().unwrap(), longest);
        let too_long = input(format!("{longest}x").as_bytes()).1.first_line();
        assert!(matches!(too_long, Err(Error::TooLarge { .. })));
        assert!(matches!(
            input(b"a\xff\n").1.first_line(),
            Err(Error::NotText { .. })
        ));
    }

    #[test]
    fn input_after_the_first_line_stays_unread() {
        let (mut reader, mut writer) = std::io::pipe().unwrap();
        writer.write_all(b"secret\nthe rest").unwrap();
        drop(writer);
        let input = Input::descriptor(reader.as_raw_fd().cast_unsigned()).unwrap();
        assert_eq!(input.first_line().unwrap().as_str(), "secret");
        let mut rest = String::new();
        reader.read_to_string(&mut rest).unwrap();
        assert_eq!(rest, "the rest");
    }

    #[test]
    fn a_file_that_grows_while_it_is_read_is_read_to_its_end() {
        let (dir, input) = input(b"12345");
        let mut file = fs::OpenOptions::new()
            .append(true)
            .open(dir.path().join("x"))
            .unwrap();
        file.write_all(&[b'x'; 9000]).unwrap();

        assert_eq!(input.read_bounded(1 << 20).unwrap().len(), 9005);
    }
}
