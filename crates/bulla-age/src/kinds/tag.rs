//! Recipients of hardware keys: `age1tag1…` and the post-quantum `age1tagpq1…` (C2SP age.md).
//! Encryption only: the keys are in the hardware, and its plugin decrypts.

use std::fmt;
use std::str::FromStr;

use crate::file_key::{FileKey, Nonce};
use crate::kinds::age_crate;
use crate::parse_error::ParseError;
use crate::recipient::{BoxedError, Provable, Recipient, Wrapped};

/// A tag recipient of either kind.
#[derive(Clone)]
pub struct TagRecipient(Key);

#[derive(Clone)]
enum Key {
    /// P-256.
    Classic(age::tag::Recipient),
    /// ML-KEM-768 and P-256.
    PostQuantum(Box<age::tagpq::Recipient>),
}

impl TagRecipient {
    /// Returns true if encryption to this recipient resists quantum computers.
    pub fn is_post_quantum(&self) -> bool {
        matches!(self.0, Key::PostQuantum(_))
    }
}

impl FromStr for TagRecipient {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let key = match text.parse() {
            Ok(classic) => Key::Classic(classic),
            Err(_) => match text.parse() {
                Ok(post_quantum) => Key::PostQuantum(Box::new(post_quantum)),
                Err(_) => return Err(ParseError::Encoding),
            },
        };
        Ok(Self(key))
    }
}

impl fmt::Display for TagRecipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Key::Classic(key) => key.fmt(f),
            Key::PostQuantum(key) => key.fmt(f),
        }
    }
}

impl Recipient for TagRecipient {
    fn wrap(&self, file_key: &FileKey, _: &Nonce) -> Result<Wrapped, BoxedError> {
        match &self.0 {
            Key::Classic(key) => age_crate::wrap(key, file_key),
            Key::PostQuantum(key) => age_crate::wrap(&**key, file_key),
        }
    }

    fn names(&self) -> Vec<String> {
        vec![self.to_string()]
    }

    fn provable(&self) -> Provable {
        Provable::NamedOnly
    }
}
