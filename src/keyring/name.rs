//! Names of contacts, groups and identities, and of people.

use std::fmt;
use std::str::FromStr;

use bulla_age::untrusted::Untrusted;

const LONGEST: usize = 64;

/// The name of a contact, group or identity: 1 to 64 of `A-Z a-z 0-9 . _ -`, starting with a letter
/// or a digit, but not with `age1`. It is safe as a file name and on a terminal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Name(String);

impl Name {
    /// The name as it was written.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns whether two names differ at most in case. Such names cannot both be used.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

/// A text that is not a valid name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{} is no name: {why}", text.quoted())]
pub(crate) struct InvalidName {
    text: Untrusted,
    /// The rule that it breaks.
    why: &'static str,
}

/// What a person is called: someone who reads a file, or to whom one is encrypted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PersonName {
    /// The name of a contact, whether its keys were verified, and the day on which its card
    /// expired, if it has.
    Contact {
        name: Name,
        verified: bool,
        expired: Option<Untrusted>,
    },
    /// The name of one of the user's identities.
    Identity(Name),
    /// A recipient without a name.
    Recipient(String),
}

impl fmt::Display for PersonName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Contact { name, .. } | Self::Identity(name) => name.fmt(f),
            Self::Recipient(text) => Untrusted::new(text.as_str()).fmt(f),
        }
    }
}

impl FromStr for Name {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
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
        Err(InvalidName {
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
            assert!(!error.to_string().contains(['\u{1b}', '\n', '\0']));
        }
    }
}
