//! Post-quantum recipients and identities: `age1pq1…`, `AGE-SECRET-KEY-PQ-1…`, stanza
//! `mlkem768x25519` (C2SP age.md, "The mlkem768x25519 recipient type"): HPKE base mode (RFC 9180)
//! with the X-Wing KEM, HKDF-SHA-256 and ChaCha20-Poly1305.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use crate::file_key::FileKey;
use crate::format::Stanza;
use crate::stanza_type;
use base64::{Engine, prelude::BASE64_STANDARD_NO_PAD};
use secrecy::SecretString;
use zeroize::Zeroizing;

use crate::bech32;
use crate::file_key::Nonce;
use crate::identity::{Effort, Identity, Mismatch, UnwrapError, Unwrapped};
use crate::kinds::hpke;
use crate::kinds::provable::{ephemeral, file_key, only_argument};
use crate::kinds::x25519::is_low_order;
use crate::kinds::xwing::{CIPHERTEXT, PUBLIC, PublicHalves, SecretHalves};
use crate::locked_secret::LockedSecret;
use crate::parse_error::ParseError;
use crate::recipient::{BoxedError, Provable, Recipient, Wrapped};

/// The stanza's type.
const TAG: &str = stanza_type::HYBRID;
/// The label that keeps classic recipients out of the same file.
pub const POST_QUANTUM_LABEL: &str = "postquantum";
const RECIPIENT: &str = "age1pq";
const IDENTITY: &str = "age-secret-key-pq-";
const INFO: &[u8] = b"age-encryption.org/mlkem768x25519";

/// A public key: 1,216 bytes, shown as `age1pq1…`.
#[derive(Clone)]
pub struct HybridRecipient {
    key: Box<PublicHalves>,
    text: String,
}

/// A secret key: a seed of 32 bytes, wiped when dropped.
pub struct HybridIdentity {
    seed: LockedSecret<[u8; 32]>,
    secret: SecretHalves,
    recipient: HybridRecipient,
}

impl HybridRecipient {
    fn new(key: PublicHalves) -> Self {
        let text = bech32::encode(RECIPIENT, &key.to_bytes()).to_string();
        Self {
            key: Box::new(key),
            text,
        }
    }
}

impl FromStr for HybridRecipient {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let bytes = bech32::decode_array::<PUBLIC>(text, RECIPIENT, ParseError::HybridRecipient)?;
        let key = PublicHalves::from_bytes(&bytes).ok_or(ParseError::HybridRecipient)?;
        // The KEM would encapsulate to a low-order X25519 half; no honest key has one.
        if is_low_order(key.x()) {
            Err(ParseError::LowOrder)
        } else {
            Ok(Self::new(key))
        }
    }
}

impl fmt::Display for HybridRecipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Recipient for HybridRecipient {
    fn wrap(&self, file_key: &FileKey, nonce: &Nonce) -> Result<Wrapped, BoxedError> {
        let (ciphertext, shared) = self
            .key
            .encapsulate(&ephemeral(file_key, nonce, &self.text));
        let body = hpke::seal(&shared, INFO, file_key.as_bytes());
        let args = vec![BASE64_STANDARD_NO_PAD.encode(ciphertext)];
        let labels = BTreeSet::from([POST_QUANTUM_LABEL.to_owned()]);
        Ok(Wrapped {
            stanzas: vec![Stanza {
                tag: TAG.to_owned(),
                args,
                body,
            }],
            labels,
        })
    }

    fn names(&self) -> Vec<String> {
        vec![self.text.clone()]
    }

    fn provable(&self) -> Provable {
        Provable::Yes
    }
}

impl HybridIdentity {
    /// Generates a random identity.
    ///
    /// # Errors
    /// Those of the system's random number generator.
    pub fn generate() -> Result<Self, getrandom::Error> {
        let mut seed = Zeroizing::new([0; 32]);
        getrandom::fill(seed.as_mut_slice())?;
        Ok(Self::from_bytes(&seed))
    }

    /// Creates the identity with this seed of 32 secret bytes.
    pub fn from_bytes(seed: &[u8; 32]) -> Self {
        let secret = SecretHalves::from_seed(seed);
        let recipient = HybridRecipient::new(secret.public().clone());
        Self {
            seed: LockedSecret::new(*seed),
            secret,
            recipient,
        }
    }

    /// Returns the recipient whose files this identity decrypts.
    pub fn to_recipient(&self) -> HybridRecipient {
        self.recipient.clone()
    }

    /// Returns the secret text: `AGE-SECRET-KEY-PQ-1…`.
    pub fn to_text(&self) -> SecretString {
        SecretString::from(bech32::encode(IDENTITY, self.seed.as_slice()).to_ascii_uppercase())
    }
}

impl FromStr for HybridIdentity {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        Ok(Self::from_bytes(&*bech32::decode_array(
            text,
            IDENTITY,
            ParseError::HybridIdentity,
        )?))
    }
}

impl Identity for HybridIdentity {
    fn unwrap(&self, stanzas: &[Stanza]) -> Unwrapped {
        let mut reason = Mismatch::OtherType;
        // Check all shapes first, so that a malformed stanza is an error even if another one
        // matches.
        let mut ciphertexts = Vec::new();
        for stanza in stanzas.iter().filter(|stanza| stanza.tag == TAG) {
            match only_argument::<CIPHERTEXT>(TAG, &stanza.args, &stanza.body) {
                Ok(ciphertext) => ciphertexts.push((Box::new(ciphertext), &stanza.body)),
                Err(error) => return Unwrapped::Failed(error),
            }
        }
        for (ciphertext, body) in ciphertexts {
            reason = Mismatch::OtherKey;
            let Ok(shared) = self.secret.decapsulate(&ciphertext) else {
                return Unwrapped::Failed(UnwrapError::Stanza {
                    kind: TAG,
                    why: "its share is a low-order point",
                });
            };
            if let Some(plaintext) = hpke::open(&shared, INFO, body) {
                return Unwrapped::FileKey(file_key(&plaintext));
            }
        }
        Unwrapped::NoMatch(reason)
    }

    fn effort(&self) -> Effort {
        Effort::None
    }

    fn describe(&self) -> String {
        let text = self.recipient.to_string();
        format!(
            "post-quantum identity of {}…{}",
            &text[..20],
            &text[text.len() - 6..]
        )
    }
}
