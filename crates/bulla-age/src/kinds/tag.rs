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
pub enum TagRecipient {
    /// P-256.
    Classic(age::tag::Recipient),
    /// ML-KEM-768 and P-256.
    PostQuantum(Box<age::tagpq::Recipient>),
}

impl FromStr for TagRecipient {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        match text.parse() {
            Ok(classic) => Ok(Self::Classic(classic)),
            Err(_) => text
                .parse()
                .map(|key| Self::PostQuantum(Box::new(key)))
                .map_err(|_| ParseError::Encoding),
        }
    }
}

impl fmt::Display for TagRecipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Classic(key) => key.fmt(f),
            Self::PostQuantum(key) => key.fmt(f),
        }
    }
}

impl Recipient for TagRecipient {
    fn wrap(&self, file_key: &FileKey, _: &Nonce) -> Result<Wrapped, BoxedError> {
        match self {
            Self::Classic(key) => age_crate::wrap(key, file_key),
            Self::PostQuantum(key) => age_crate::wrap(&**key, file_key),
        }
    }

    fn names(&self) -> Vec<String> {
        vec![self.to_string()]
    }

    fn provable(&self) -> Provable {
        Provable::NamedOnly
    }
}
