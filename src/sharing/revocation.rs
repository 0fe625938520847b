//! The revocation: a key's own word that it is not to be believed any more (formats.md, section 5).

use super::error::Error;
use crate::protocol::Sign;

/// Why a key is revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    Lost,
    Compromised,
    Retired,
    Unspecified,
}

/// A revocation whose grammar and signature are right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Revocation {
    text: String,
    signing_key: [u8; 32],
    reason: Reason,
}

impl Revocation {
    /// The revocation of a key, by itself.
    pub(crate) fn new(key: &dyn Sign, reason: Reason) -> Self {
        Self { text: String::new(), signing_key: key.key(), reason }
    }

    /// Parses the bytes of one, and checks its signature.
    pub(crate) fn parse(_bytes: &[u8]) -> Result<Self, Error> {
        Err(Error::NoCard)
    }

    /// The whole text, verbatim.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn signing_key(&self) -> &[u8; 32] {
        &self.signing_key
    }

    pub(crate) fn reason(&self) -> Reason {
        self.reason
    }
}
