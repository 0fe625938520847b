//! What is left out: patterns in the syntax of .gitignore, given by the user or found in files.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use bulla_age::untrusted::Untrusted;
use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

/// The name of a file with patterns for the folder that it is in.
pub(super) const IGNORE_FILE: &str = ".bullaignore";

/// The most bytes of such a file that are read.
const MOST: u64 = 1 << 20;

/// Patterns for one folder and everything below it.
#[derive(Clone, Debug)]
pub(crate) struct Patterns(Gitignore);

/// A text that is not a pattern.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct PatternError(String);

impl Patterns {
    /// Parses patterns, one in each text. Lines that are empty or start with `#` are none.
    ///
    /// # Errors
    /// [`PatternError`] for the first text that is no pattern.
    pub(crate) fn new<'a>(lines: impl IntoIterator<Item = &'a str>) -> Result<Self, PatternError> {
        let wrong = |error: ignore::Error| PatternError(error.to_string());
        let mut builder = builder();
        for line in lines {
            builder.add_line(None, line).map_err(wrong)?;
        }
        builder.build().map(Self).map_err(wrong)
    }

    /// Reads the patterns of a file, and says what in it is none.
    pub(super) fn read(file: File) -> std::io::Result<(Self, Option<PatternError>)> {
        let mut bytes = Vec::new();
        file.take(MOST + 1).read_to_end(&mut bytes)?;
        let mut wrong = None;
        if bytes.len() as u64 > MOST {
            wrong = Some(PatternError("the file is longer than 1 MiB".to_owned()));
        }
        let mut builder = builder();
        // Some editors begin every file with the mark of UTF-8.
        let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&bytes);
        for line in bytes.split(|byte| *byte == b'\n') {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            let added = match std::str::from_utf8(line) {
                Ok(line) => builder
                    .add_line(None, line)
                    .map_err(|error| error.to_string()),
                Err(_) => {
                    let line = Untrusted::from_bytes(line);
                    Err(format!("{line} is not in UTF-8, use ? for such a letter"))
                }
            };
            if let Err(error) = added {
                wrong.get_or_insert(PatternError(error));
            }
        }
        let built = builder.build().unwrap_or_else(|error| {
            wrong.get_or_insert(PatternError(error.to_string()));
            Gitignore::empty()
        });
        Ok((Self(built), wrong))
    }

    /// Returns whether these patterns leave out a path below their folder; `None` if they do not
    /// mention it.
    pub(in crate::files) fn leave_out(&self, path: &Path, is_folder: bool) -> Option<bool> {
        match self.0.matched(path, is_folder) {
            Match::None => None,
            Match::Ignore(_) => Some(true),
            Match::Whitelist(_) => Some(false),
        }
    }
}

/// A bracket that is not closed is no pattern. Git takes it for one that matches nothing.
fn builder() -> GitignoreBuilder {
    let mut builder = GitignoreBuilder::new("");
    builder.allow_unclosed_class(false);
    builder
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Seek as _, Write as _};

    fn read(bytes: &[u8]) -> (Patterns, Option<String>) {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        file.rewind().unwrap();
        let (patterns, wrong) = Patterns::read(file).unwrap();
        (patterns, wrong.map(|error| error.to_string()))
    }

    #[test]
    fn files_of_editors_on_other_systems_mean_what_they_say() {
        let (patterns, wrong) = read(b"\xef\xbb\xbf*.tmp\r\n!keep.tmp\r\n\r\nsp\\ \n\\#x\n#y");
        assert_eq!(wrong, None);
        for (name, expected) in [
            ("a.tmp", Some(true)),
            ("keep.tmp", Some(false)),
            ("sp ", Some(true)),
            ("sp", None),
            ("#x", Some(true)),
            ("#y", None),
            ("", None),
        ] {
            assert_eq!(
                patterns.leave_out(Path::new(name), false),
                expected,
                "{name:?}"
            );
        }
    }

    #[test]
    fn a_pattern_that_cannot_match_is_reported_and_the_others_count() {
        let (patterns, wrong) = read(b"a\nn\xff\nb\n");
        let text = wrong.unwrap();
        assert!(
            text.ends_with(" is not in UTF-8, use ? for such a letter"),
            "{text}"
        );
        for name in ["a", "b"] {
            assert_eq!(patterns.leave_out(Path::new(name), false), Some(true));
        }
        assert!(read(b"{a,b").1.is_some());
    }
}
