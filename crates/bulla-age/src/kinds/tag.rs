//! Recipients of hardware keys: `age1tag1…` and the post-quantum `age1tagpq1…` (C2SP age.md).
//! Encryption only: the keys are in the hardware, and its plugin decrypts.

use std::fmt;
use std::str::FromStr;

use base64::{Engine, prelude::BASE64_STANDARD_NO_PAD};
use hkdf::Hkdf;
use sha2::{Digest, Sha256};

use crate::bech32;
use crate::file_key::{FileKey, Nonce};
use crate::format::Stanza;
use crate::key_error::KeyError;
use crate::kinds::age_crate;
use crate::parse_error::ParseError;
use crate::recipient::{Provable, Recipient, Wrapped};

/// The length of the tag that says which key a stanza is for.
const TAG: usize = 4;
/// The lengths of a point of P-256 in its two encodings.
const COMPRESSED: usize = 33;
const UNCOMPRESSED: usize = 65;

/// The public key of a hardware token whose stanza begins with a short tag of the key:
/// `age1tag1…` (P-256) or `age1tagpq1…` (post-quantum).
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
    /// Returns whether a stanza has the type and the tag of this key (C2SP age.md, "The p256tag
    /// recipient type").
    pub(crate) fn fits(&self, stanza: &Stanza) -> bool {
        let (kind, point) = match self.0 {
            Key::Classic(_) => ("p256tag", COMPRESSED),
            Key::PostQuantum(_) => ("mlkem768p256tag", UNCOMPRESSED),
        };
        let Some([tag, enc]) = stanza.args.exactly() else {
            return false;
        };
        let (Ok((_, public)), Ok(enc)) = (
            bech32::decode(&self.to_string()),
            BASE64_STANDARD_NO_PAD.decode(enc),
        ) else {
            return false;
        };
        // The point of P-256 is the last part of the public key.
        let Some(point) = public.len().checked_sub(point).map(|at| &public[at..]) else {
            return false;
        };
        let input = [&enc[..], &Sha256::digest(point)[..TAG]].concat();
        let salt = format!("age-encryption.org/{kind}");
        let (derived, _) = Hkdf::<Sha256>::extract(Some(salt.as_bytes()), &input);
        stanza.tag == kind && tag == BASE64_STANDARD_NO_PAD.encode(&derived[..TAG])
    }

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
    fn wrap(&self, file_key: &FileKey, _: &Nonce) -> Result<Wrapped, KeyError> {
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
