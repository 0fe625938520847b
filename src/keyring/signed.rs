//! A text that its author signed, in a file of the keyring: to the byte, and checked whenever it is read.

use std::fmt;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::card::{Card, CardError, Revocation};

/// A text whose grammar and signature are right.
pub(crate) trait Text: Sized {
    /// What messages call it.
    const NOUN: &str;

    fn parsed(bytes: &[u8]) -> Result<Self, CardError>;

    fn verbatim(&self) -> &str;
}

/// Such a text where it is kept. There is none that was not checked.
#[derive(Clone)]
pub(crate) struct Signed<T>(pub(crate) T);

impl Text for Card {
    const NOUN: &str = "contact card";

    fn parsed(bytes: &[u8]) -> Result<Self, CardError> {
        Self::parse(bytes)
    }

    fn verbatim(&self) -> &str {
        self.text()
    }
}

impl Text for Revocation {
    const NOUN: &str = "revocation";

    fn parsed(bytes: &[u8]) -> Result<Self, CardError> {
        Self::parse(bytes)
    }

    fn verbatim(&self) -> &str {
        self.text()
    }
}

impl<T: Text> PartialEq for Signed<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0.verbatim() == other.0.verbatim()
    }
}

impl<T: Text> fmt::Debug for Signed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.0.verbatim(), f)
    }
}

impl<T: Text> Serialize for Signed<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.verbatim())
    }
}

impl<'de, T: Text> Deserialize<'de> for Signed<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        match T::parsed(text.as_bytes()) {
            Ok(parsed) if parsed.verbatim() == text => Ok(Self(parsed)),
            Ok(_) => Err(D::Error::custom(format_args!(
                "the {} in it is not kept as it came",
                T::NOUN
            ))),
            Err(error) => Err(D::Error::custom(format_args!(
                "the {} in it: {error}",
                T::NOUN
            ))),
        }
    }
}
