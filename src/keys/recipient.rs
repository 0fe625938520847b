//! Text to the right kind of recipient, one or a file of them.

use std::fmt;
use std::str::FromStr;

use super::error::{Error, ParseError};
use super::{hybrid, ssh, tag, x25519};
use crate::protocol::Wrap;
use crate::untrusted::Untrusted;

/// A recipient of any kind.
#[derive(Clone)]
pub enum Recipient {
    /// `age1…`
    X25519(x25519::Recipient),
    /// `age1pq1…`
    Hybrid(hybrid::Recipient),
    /// `age1tag1…`, `age1tagpq1…`
    Tag(tag::Recipient),
    /// `ssh-ed25519 …`, `ssh-rsa …`
    Ssh(ssh::Recipient),
}

impl FromStr for Recipient {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let lower = text.to_ascii_lowercase();
        if lower.starts_with("age-secret-key-")
            || lower.starts_with("age-plugin-")
            || text.starts_with("-----BEGIN ")
        {
            return Err(ParseError::IdentityAsRecipient);
        }
        if text.starts_with("ssh-") || text.starts_with("ecdsa-") || text.starts_with("sk-") {
            return text.parse().map(Self::Ssh);
        }
        let Some((prefix, _)) = lower.rsplit_once('1').filter(|_| lower.starts_with("age1")) else {
            return Err(ParseError::NotARecipient);
        };
        match prefix {
            "age" => text.parse().map(Self::X25519),
            "age1pq" => text.parse().map(Self::Hybrid),
            "age1tag" | "age1tagpq" => text.parse().map(Self::Tag),
            other => Err(ParseError::Plugin(Untrusted::new(&other["age1".len().min(other.len())..]))),
        }
    }
}

impl Recipient {
    /// Through the seam.
    pub fn as_wrap(&self) -> &dyn Wrap {
        match self {
            Self::X25519(key) => key,
            Self::Hybrid(key) => key,
            Self::Tag(key) => key,
            Self::Ssh(key) => key,
        }
    }

    /// Whether what is encrypted to it resists quantum computers.
    pub fn is_post_quantum(&self) -> bool {
        matches!(self, Self::Hybrid(_) | Self::Tag(tag::Recipient::PostQuantum(_)))
    }
}

impl fmt::Display for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::X25519(key) => key.fmt(f),
            Self::Hybrid(key) => key.fmt(f),
            Self::Tag(key) => key.fmt(f),
            Self::Ssh(key) => key.fmt(f),
        }
    }
}

/// A line of a recipients file that was passed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// Counted from 1.
    pub line: usize,
    /// Why.
    pub why: ParseError,
}

/// Parses a recipients file: one a line, `#` comments, CRLF. Unsupported SSH key types are passed over.
///
/// # Errors
/// The number of the line that is wrong, never its text; [`Error::NoKeys`].
pub fn parse_file(bytes: &[u8]) -> Result<(Vec<Recipient>, Vec<Skipped>), Error> {
    let text = std::str::from_utf8(bytes).map_err(|_| ParseError::NotText)?;
    let (mut recipients, mut skipped) = (Vec::new(), Vec::new());
    for (line, text) in lines(text) {
        match text.parse() {
            Ok(recipient) => recipients.push(recipient),
            Err(why @ (ParseError::SshType(_) | ParseError::WeakRsa)) => skipped.push(Skipped { line, why }),
            Err(error) => return Err(Error::Line { line, error }),
        }
    }
    match recipients.is_empty() {
        true => Err(Error::NoKeys),
        false => Ok((recipients, skipped)),
    }
}

/// The lines that say something, with their numbers.
pub(super) fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let numbered =
        text.lines().enumerate().map(|(index, line)| (index + 1, line.strip_suffix('\r').unwrap_or(line)));
    numbered.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "age10w840jqz8nm0cc7wglxwmgg7vpx7n6zuga2jhp3hutr9m06az3pq2qazjj";

    #[test]
    fn a_file_may_have_comments_blank_lines_and_crlf() {
        let text = format!("# me\r\n\r\n{ONE}\r\necdsa-sha2-nistp256 AAAA me@host\n{ONE}\n");
        let (recipients, skipped) = parse_file(text.as_bytes()).unwrap();
        assert_eq!(recipients.iter().map(ToString::to_string).collect::<Vec<_>>(), [ONE, ONE]);
        assert_eq!(skipped.len(), 1);
        assert_eq!(skipped[0].line, 4);
    }

    #[test]
    fn an_error_names_the_line_and_never_its_text() {
        for wrong in ["AGE-SECRET-KEY-1QQ", "age1qq", "hello", &ONE.to_uppercase()[..50], "age1yubikey1qq"] {
            let error = parse_file(format!("{ONE}\n{wrong}\n").as_bytes()).err().unwrap();
            assert!(matches!(error, Error::Line { line: 2, .. }), "{error}");
            assert!(!error.to_string().contains(wrong));
        }
        assert_eq!(parse_file(b"# nobody\n").err(), Some(Error::NoKeys));
    }
}
