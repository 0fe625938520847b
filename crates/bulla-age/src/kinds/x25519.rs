//! X25519 recipients and identities (C2SP age.md, "The X25519 recipient type"): `age1…`,
//! `AGE-SECRET-KEY-1…`.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use crate::file_key::FileKey;
use crate::format::Stanza;
use crate::key_error::KeyError;
use crate::stanza_type;
use base64::{Engine, prelude::BASE64_STANDARD_NO_PAD};
use hkdf::Hkdf;
use secrecy::SecretString;
use sha2::Sha256;
use x25519_dalek::{PublicKey, StaticSecret};
use zeroize::Zeroizing;

use crate::bech32;
use crate::file_key::Nonce;
use crate::identity::{Effort, Identity, Mismatch, UnwrapError, Unwrapped};
use crate::kinds::fixed_base::{FixedBase, public_of, shared_secret};
use crate::kinds::provable::{count_of, ephemeral, only_argument, open_file_key, seal_file_key};
use crate::locked_secret::LockedSecret;
use crate::parse_error::ParseError;
use crate::recipient::{Provable, Recipient, RecipientDigest, Wrapped};

/// The stanza's type.
const TAG: &str = stanza_type::X25519;
const RECIPIENT: &str = "age";
const IDENTITY: &str = "age-secret-key-";
const INFO: &[u8] = b"age-encryption.org/v1/X25519";

/// The public key that all age programs know: 32 bytes, shown as `age1…`. It does not resist
/// quantum computers; [`HybridRecipient`](crate::kinds::HybridRecipient) does.
#[derive(Clone)]
pub struct X25519Recipient {
    // Shared, because clones are made for each of many files.
    base: Arc<FixedBase>,
    text: Arc<str>,
    digest: RecipientDigest,
}

/// The secret key that all age programs know, `AGE-SECRET-KEY-1…`: 32 bytes, wiped when dropped.
pub struct X25519Identity {
    secret: LockedSecret<StaticSecret>,
    recipient: X25519Recipient,
}

impl X25519Recipient {
    fn new(key: PublicKey) -> Self {
        let text = bech32::encode(RECIPIENT, key.as_bytes()).to_string();
        Self {
            base: Arc::new(FixedBase::new(key)),
            digest: RecipientDigest::new(&text),
            text: text.into(),
        }
    }

    /// Returns the secret of the share in the stanza for this file key, 32 bytes.
    fn ephemeral(&self, file_key: &FileKey, nonce: &Nonce) -> Zeroizing<[u8; 32]> {
        let randomness = ephemeral(file_key, nonce, TAG, &self.text);
        let first = randomness
            .first_chunk()
            .expect("x25519: there are 64 bytes");
        Zeroizing::new(*first)
    }
}

impl PartialEq for X25519Recipient {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for X25519Recipient {}

impl FromStr for X25519Recipient {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let key = PublicKey::from(*bech32::decode_array::<32>(
            text,
            RECIPIENT,
            ParseError::X25519Recipient,
        )?);
        if is_low_order(&key) {
            Err(ParseError::LowOrder)
        } else {
            Ok(Self::new(key))
        }
    }
}

impl fmt::Display for X25519Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Recipient for X25519Recipient {
    fn wrap(&self, file_key: &FileKey, nonce: &Nonce) -> Result<Wrapped, KeyError> {
        let secret = self.ephemeral(file_key, nonce);
        let share = public_of(&secret);
        let shared = self.base.shared_with(&secret);
        let body = seal_file_key(&wrapping_key(&shared, &share, self.base.key()), file_key);
        let args = [BASE64_STANDARD_NO_PAD.encode(share.as_bytes())].into();
        Ok(Wrapped {
            stanzas: vec![Stanza {
                tag: TAG.to_owned(),
                args,
                body,
            }],
            labels: BTreeSet::new(),
        })
    }

    fn names(&self) -> Vec<String> {
        vec![self.text.to_string()]
    }

    fn digest(&self) -> Option<RecipientDigest> {
        Some(self.digest)
    }

    fn provable(&self) -> Provable {
        Provable::Yes
    }
}

impl X25519Identity {
    /// Generates a random identity.
    ///
    /// # Errors
    /// Those of the system's random number generator.
    pub fn generate() -> Result<Self, getrandom::Error> {
        let mut bytes = Zeroizing::new([0; 32]);
        getrandom::fill(bytes.as_mut_slice())?;
        Ok(Self::from_bytes(&bytes))
    }

    /// Creates it from 32 secret bytes.
    pub fn from_bytes(bytes: &[u8; 32]) -> Self {
        let secret = LockedSecret::new(StaticSecret::from(*bytes));
        let recipient = X25519Recipient::new(PublicKey::from(&*secret));
        Self { secret, recipient }
    }

    /// Returns the recipient whose files this identity decrypts.
    pub fn to_recipient(&self) -> X25519Recipient {
        self.recipient.clone()
    }

    fn wrapping_key(&self, shared: &[u8; 32], share: &PublicKey) -> Zeroizing<[u8; 32]> {
        wrapping_key(shared, share, self.recipient.base.key())
    }

    /// Returns the secret text: `AGE-SECRET-KEY-1…`.
    pub fn to_text(&self) -> SecretString {
        SecretString::from(bech32::encode(IDENTITY, self.secret.as_bytes()).to_ascii_uppercase())
    }
}

impl FromStr for X25519Identity {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        Ok(Self::from_bytes(&*bech32::decode_array(
            text,
            IDENTITY,
            ParseError::X25519Identity,
        )?))
    }
}

impl Identity for X25519Identity {
    fn unwrap(&self, stanzas: &[Stanza]) -> Unwrapped {
        let mut reason = Mismatch::OtherType;
        // Check all shapes first, so that a malformed stanza is an error even if another one
        // matches.
        let mut shares = Vec::new();
        for stanza in stanzas.iter().filter(|stanza| stanza.tag == TAG) {
            match only_argument::<32>(TAG, stanza) {
                Ok(share) => shares.push((PublicKey::from(share), &stanza.body)),
                Err(error) => return Unwrapped::Failed(error),
            }
        }
        for (share, body) in shares {
            reason = Mismatch::OtherKey;
            let Some(shared) = shared_secret(&self.secret, &share) else {
                return Unwrapped::Failed(UnwrapError::Stanza {
                    kind: TAG,
                    why: "its share is a low-order point",
                });
            };
            if let Some(file_key) = open_file_key(&self.wrapping_key(&shared, &share), body) {
                return Unwrapped::FileKey(file_key);
            }
        }
        Unwrapped::NoMatch(reason)
    }

    /// The share proves the rest of a stanza that was unwrapped. If it is the share of our wrapping
    /// then so are the shared secret, because both sides of X25519 have the same one, the wrapping
    /// key, and the body, because this key and nonce give one ciphertext for each plaintext.
    fn unwrap_and_prove(
        &self,
        stanza: &Stanza,
        nonce: &Nonce,
    ) -> (Unwrapped, Option<RecipientDigest>) {
        let unwrapped = self.unwrap(std::slice::from_ref(stanza));
        let is_made_by_us = |file_key: &FileKey| {
            let share = public_of(&self.recipient.ephemeral(file_key, nonce));
            only_argument(TAG, stanza).is_ok_and(|found| found == *share.as_bytes())
        };
        let proved = match &unwrapped {
            Unwrapped::FileKey(key) if is_made_by_us(key) => Some(self.recipient.digest),
            _ => None,
        };
        (unwrapped, proved)
    }

    fn work(&self, stanzas: &[Stanza]) -> usize {
        count_of(TAG, stanzas)
    }

    fn effort(&self) -> Effort {
        Effort::None
    }

    fn describe(&self) -> String {
        format!("X25519 identity of {}", self.recipient)
    }
}

/// Returns true if the shared secret with this public key is always zero (RFC 7748, section 6.1).
///
/// Keys are compared as field elements, so the other encodings of these five count too. To look a
/// key up costs a thousandth of trying it, which counts when there are thousands of recipients.
pub(crate) fn is_low_order(key: &PublicKey) -> bool {
    LOW_ORDER
        .iter()
        .any(|point| PublicKey::from(*point) == *key)
}

/// The u-coordinates of the points of order 1, 2, 4 and 8, on the curve and on its twist.
const LOW_ORDER: [[u8; 32]; 5] = {
    let (mut one, mut minus_one) = ([0; 32], [0xff; 32]);
    one[0] = 1;
    (minus_one[0], minus_one[31]) = (0xec, 0x7f);
    [
        [0; 32],
        one,
        minus_one,
        [
            0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f,
            0xc4, 0x6a, 0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16,
            0x5f, 0x49, 0xb8, 0x00,
        ],
        [
            0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24, 0xb1, 0xd0, 0xb1, 0x55, 0x9c, 0x83,
            0xef, 0x5b, 0x04, 0x44, 0x5c, 0xc4, 0x58, 0x1c, 0x8e, 0x86, 0xd8, 0x22, 0x4e, 0xdd,
            0xd0, 0x9f, 0x11, 0x57,
        ],
    ]
};

fn wrapping_key(
    shared: &[u8; 32],
    share: &PublicKey,
    recipient: &PublicKey,
) -> Zeroizing<[u8; 32]> {
    let mut salt = [0; 64];
    salt[..32].copy_from_slice(share.as_bytes());
    salt[32..].copy_from_slice(recipient.as_bytes());
    let mut key = Zeroizing::new([0; 32]);
    Hkdf::<Sha256>::new(Some(&salt), shared)
        .expand(INFO, key.as_mut_slice())
        .expect("x25519: 32 bytes are fewer than HKDF can give");
    key
}
