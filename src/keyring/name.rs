//! What a contact, a group or an identity may be called.

use std::fmt;
use std::str::FromStr;

use crate::keyring::error::KeyringError;
use bulla_age::untrusted::Untrusted;

const LONGEST: usize = 64;

/// 1 to 64 of `A-Z a-z 0-9 . _ -`, beginning with a letter or a digit, and never with `age1`. Safe as a file name and
/// on a terminal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Name(String);

impl Name {
    /// As it was written.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether two names differ in case at most: then they cannot stand beside each other.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl FromStr for Name {
    type Err = KeyringError;

    fn from_str(text: &str) -> Result<Self, KeyringError> {
        let is_allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        let why = if text.is_empty() {
            "it is empty"
        } else if text.len() > LONGEST {
            "it is longer than 64 characters"
        } else if !text.chars().all(is_allowed) {
            "only letters, digits, '.', '_' and '-' can be in a name"
        } else if !text.starts_with(|c: char| c.is_ascii_alphanumeric()) {
            "it begins with neither a letter nor a digit"
        } else if text
            .get(..4)
            .is_some_and(|start| start.eq_ignore_ascii_case("age1"))
        {
            "it looks like a recipient"
        } else {
            return Ok(Self(text.to_owned()));
        };
        Err(KeyringError::Name {
            text: Untrusted::new(text),
            why,
        })
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_safe_as_files_and_on_a_terminal() {
        for good in [
            "a",
            "alice",
            "A.b_c-9",
            "0",
            &"x".repeat(64),
            "age",
            "aage1",
            "con.toml",
        ] {
            assert_eq!(good.parse::<Name>().unwrap().as_str(), good);
        }
        let long = "x".repeat(65);
        let wrong = [
            "",
            &long,
            ".a",
            "-a",
            "_a",
            "a/b",
            "..",
            "a b",
            "é",
            "a\u{1b}[0m",
            "age1x",
            "AGE1",
            "a\n",
            "a\0",
        ];
        for wrong in wrong {
            let error = wrong.parse::<Name>().unwrap_err();
            assert!(matches!(error, KeyringError::Name { .. }), "{wrong:?}");
            assert!(!error.to_string().contains(['\u{1b}', '\n', '\0']));
        }
    }
}
