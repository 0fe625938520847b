//! X25519 recipients and identities (C2SP age.md, "The X25519 recipient type"): `age1…`, `AGE-SECRET-KEY-1…`.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use age_core::format::{FileKey, Stanza};
use age_core::secrecy::SecretString;
use base64::{Engine, prelude::BASE64_STANDARD_NO_PAD};
use hkdf::Hkdf;
use sha2::Sha256;
use x25519_dalek::{PublicKey, SharedSecret, StaticSecret};
use zeroize::Zeroizing;

use super::bech32;
use super::error::ParseError;
use super::provable::{ephemeral, only_argument, open_file_key, seal_file_key};
use crate::process::memory::LockedSecret;
use crate::protocol::{
    Effort, KeyError, Nonce, Provable, Reason, Unwrap, UnwrapError, Unwrapped, Wrap, Wrapped,
};

/// The stanza's type.
pub(super) const TAG: &str = "X25519";
const RECIPIENT: &str = "age";
const IDENTITY: &str = "age-secret-key-";
const INFO: &[u8] = b"age-encryption.org/v1/X25519";

/// A public key: 32 bytes, shown as `age1…`.
#[derive(Clone, PartialEq, Eq)]
pub struct Recipient {
    key: PublicKey,
    text: String,
}

/// A secret key: 32 bytes, wiped when dropped.
pub struct Identity {
    secret: LockedSecret<StaticSecret>,
    recipient: Recipient,
}

impl Recipient {
    fn new(key: PublicKey) -> Self {
        Self { key, text: bech32::encode(RECIPIENT, key.as_bytes()).to_string() }
    }
}

impl FromStr for Recipient {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let key = PublicKey::from(*bech32::decode_array::<32>(text, RECIPIENT, ParseError::X25519Recipient)?);
        match is_low_order(&key) {
            true => Err(ParseError::LowOrder),
            false => Ok(Self::new(key)),
        }
    }
}

impl fmt::Display for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Wrap for Recipient {
    fn wrap(&self, file_key: &FileKey, nonce: &Nonce) -> Result<Wrapped, KeyError> {
        let randomness = ephemeral(file_key, nonce, &self.text);
        let secret = StaticSecret::from(*randomness.first_chunk::<32>().expect("x25519: there are 64 bytes"));
        let share = PublicKey::from(&secret);
        let shared = secret.diffie_hellman(&self.key);
        let body = seal_file_key(&wrapping_key(&shared, &share, &self.key), file_key);
        let args = vec![BASE64_STANDARD_NO_PAD.encode(share.as_bytes())];
        Ok(Wrapped { stanzas: vec![Stanza { tag: TAG.to_owned(), args, body }], labels: BTreeSet::new() })
    }

    fn names(&self) -> Vec<String> {
        vec![self.text.clone()]
    }

    fn provable(&self) -> Provable {
        Provable::Yes
    }
}

impl Identity {
    /// Draws a new one.
    ///
    /// # Errors
    /// Those of the system's random number generator.
    pub fn generate() -> Result<Self, getrandom::Error> {
        let mut bytes = Zeroizing::new([0; 32]);
        getrandom::fill(bytes.as_mut_slice())?;
        Ok(Self::from_bytes(&bytes))
    }

    /// Takes 32 secret bytes.
    pub fn from_bytes(bytes: &[u8; 32]) -> Self {
        let secret = LockedSecret::new(StaticSecret::from(*bytes));
        let recipient = Recipient::new(PublicKey::from(&*secret));
        Self { secret, recipient }
    }

    /// The recipient whose files this identity opens.
    pub fn to_recipient(&self) -> Recipient {
        self.recipient.clone()
    }

    /// The text to be kept secret: `AGE-SECRET-KEY-1…`.
    pub fn to_text(&self) -> SecretString {
        SecretString::from(bech32::encode(IDENTITY, self.secret.as_bytes()).to_ascii_uppercase())
    }
}

impl FromStr for Identity {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        Ok(Self::from_bytes(&*bech32::decode_array(text, IDENTITY, ParseError::X25519Identity)?))
    }
}

impl Unwrap for Identity {
    fn unwrap(&self, stanzas: &[Stanza]) -> Unwrapped {
        let mut reason = Reason::OtherType;
        // Shapes first, so that a malformed stanza is found whichever stanza fits.
        let mut shares = Vec::new();
        for stanza in stanzas.iter().filter(|stanza| stanza.tag == TAG) {
            match only_argument::<32>(TAG, &stanza.args, &stanza.body) {
                Ok(share) => shares.push((PublicKey::from(share), &stanza.body)),
                Err(error) => return Unwrapped::Bad(error),
            }
        }
        for (share, body) in shares {
            reason = Reason::OtherKey;
            let shared = self.secret.diffie_hellman(&share);
            if !shared.was_contributory() {
                return Unwrapped::Bad(UnwrapError::Stanza {
                    kind: TAG,
                    why: "its share is a low-order point",
                });
            }
            if let Some(file_key) = open_file_key(&wrapping_key(&shared, &share, &self.recipient.key), body) {
                return Unwrapped::Opened(file_key);
            }
        }
        Unwrapped::NotMine(reason)
    }

    fn effort(&self) -> Effort {
        Effort::None
    }

    fn describe(&self) -> String {
        format!("X25519 identity of {}", self.recipient)
    }
}

/// Whether a public key gives the same shared secret, zero, whatever the other's secret is.
pub(super) fn is_low_order(key: &PublicKey) -> bool {
    !StaticSecret::from([0x55; 32]).diffie_hellman(key).was_contributory()
}

fn wrapping_key(shared: &SharedSecret, share: &PublicKey, recipient: &PublicKey) -> Zeroizing<[u8; 32]> {
    let mut salt = [0; 64];
    salt[..32].copy_from_slice(share.as_bytes());
    salt[32..].copy_from_slice(recipient.as_bytes());
    let mut key = Zeroizing::new([0; 32]);
    Hkdf::<Sha256>::new(Some(&salt), shared.as_bytes())
        .expand(INFO, key.as_mut_slice())
        .expect("x25519: 32 bytes are fewer than HKDF can give");
    key
}
