//! A signed text in a file of the keyring: kept verbatim, and checked whenever it is read.

use crate::keyring::error::said_of;
use std::fmt;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::card::{Card, CardError, Revocation};

/// A text whose grammar and signature were checked when it was parsed.
pub(crate) trait SignedText: Sized {
    /// The word for it in messages.
    const NOUN: &str;

    fn parsed(bytes: &[u8]) -> Result<Self, CardError>;

    fn verbatim(&self) -> &str;
}

/// A signed text as a value in a TOML file.
#[derive(Clone)]
pub(crate) struct Signed<T>(pub(crate) T);

impl SignedText for Card {
    const NOUN: &str = "contact card";

    fn parsed(bytes: &[u8]) -> Result<Self, CardError> {
        Self::parse(bytes)
    }

    fn verbatim(&self) -> &str {
        self.text()
    }
}

impl SignedText for Revocation {
    const NOUN: &str = "revocation";

    fn parsed(bytes: &[u8]) -> Result<Self, CardError> {
        Self::parse(bytes)
    }

    fn verbatim(&self) -> &str {
        self.text()
    }
}

impl<T: SignedText> PartialEq for Signed<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0.verbatim() == other.0.verbatim()
    }
}

impl<T: SignedText> fmt::Debug for Signed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.0.verbatim(), f)
    }
}

impl<T: SignedText> Serialize for Signed<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.verbatim())
    }
}

impl<'de, T: SignedText> Deserialize<'de> for Signed<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        match T::parsed(text.as_bytes()) {
            Ok(parsed) if parsed.verbatim() == text => Ok(Self(parsed)),
            Ok(_) => Err(D::Error::custom(format_args!(
                "the {} in it was not saved as it arrived",
                T::NOUN
            ))),
            Err(error) => Err(D::Error::custom(said_of(
                &format!("the {} in it", T::NOUN),
                &error.to_string(),
            ))),
        }
    }
}
