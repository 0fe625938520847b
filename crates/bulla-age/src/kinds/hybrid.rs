//! Post-quantum recipients and identities: `age1pq1…`, `AGE-SECRET-KEY-PQ-1…`, stanza
//! `mlkem768x25519` (C2SP age.md, "The mlkem768x25519 recipient type"): HPKE base mode (RFC 9180)
//! with the X-Wing KEM, HKDF-SHA-256 and ChaCha20-Poly1305.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use crate::file_key::FileKey;
use crate::format::Stanza;
use crate::key_error::KeyError;
use crate::stanza_type;
use base64::{Engine, prelude::BASE64_STANDARD_NO_PAD};
use secrecy::SecretString;
use zeroize::Zeroizing;

use crate::bech32;
use crate::file_key::Nonce;
use crate::identity::{Effort, Identity, Mismatch, UnwrapError, Unwrapped};
use crate::kinds::hpke;
use crate::kinds::provable::{count_of, ephemeral, file_key, only_argument};
use crate::kinds::x25519::is_low_order;
use crate::kinds::xwing::{CIPHERTEXT, Decapsulated, LowOrder, PUBLIC, PublicHalves, SecretHalves};
use crate::locked_secret::LockedSecret;
use crate::parse_error::ParseError;
use crate::recipient::{Provable, Recipient, RecipientDigest, Wrapped};

/// The stanza's type.
const TAG: &str = stanza_type::HYBRID;
/// The label that keeps classic recipients out of the same file.
pub const POST_QUANTUM_LABEL: &str = "postquantum";
const RECIPIENT: &str = "age1pq";
const IDENTITY: &str = "age-secret-key-pq-";
const INFO: &[u8] = b"age-encryption.org/mlkem768x25519";

/// A post-quantum public key (ML-KEM-768 with X25519): 1,216 bytes, shown as `age1pq1…`. It cannot
/// share a file with classic recipients. Prefer it unless a reader's program is older than age 1.3.
#[derive(Clone)]
pub struct HybridRecipient {
    // Shared, because clones are made for each of many files.
    key: Arc<PublicHalves>,
    text: Arc<str>,
    digest: RecipientDigest,
}

/// A post-quantum secret key, `AGE-SECRET-KEY-PQ-1…`: a seed of 32 bytes, wiped when dropped.
pub struct HybridIdentity {
    seed: LockedSecret<[u8; 32]>,
    secret: SecretHalves,
    recipient: HybridRecipient,
}

impl HybridRecipient {
    fn new(key: Arc<PublicHalves>) -> Self {
        let text = bech32::encode(RECIPIENT, &key.to_bytes()).to_string();
        Self {
            key,
            digest: RecipientDigest::new(&text),
            text: text.into(),
        }
    }

    /// Returns the randomness of the stanza for this file key.
    fn ephemeral(&self, file_key: &FileKey, nonce: &Nonce) -> Zeroizing<[u8; 64]> {
        ephemeral(file_key, nonce, TAG, &self.text)
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
            Ok(Self::new(Arc::new(key)))
        }
    }
}

impl fmt::Display for HybridRecipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Recipient for HybridRecipient {
    fn wrap(&self, file_key: &FileKey, nonce: &Nonce) -> Result<Wrapped, KeyError> {
        let (ciphertext, shared) = self.key.encapsulate(&self.ephemeral(file_key, nonce));
        let body = hpke::seal(&shared, INFO, file_key.as_bytes());
        let args = [BASE64_STANDARD_NO_PAD.encode(ciphertext)].into();
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
        vec![self.text.to_string()]
    }

    fn digest(&self) -> Option<RecipientDigest> {
        Some(self.digest)
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

    /// Opens a stanza's body with what its ciphertext of the KEM holds; `None` if it is not ours.
    fn open(
        &self,
        ciphertext: &[u8; CIPHERTEXT],
        body: &[u8],
    ) -> Result<Option<(FileKey, Decapsulated)>, UnwrapError> {
        let found = self.secret.decapsulate(ciphertext);
        let found = found.map_err(|LowOrder| UnwrapError::Stanza {
            kind: TAG,
            why: "its share is a low-order point",
        })?;
        let plaintext = hpke::open(&found.shared, INFO, body);
        Ok(plaintext.map(|plaintext| (file_key(&plaintext), found)))
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
            match only_argument::<CIPHERTEXT>(TAG, stanza) {
                Ok(ciphertext) => ciphertexts.push((Box::new(ciphertext), &stanza.body)),
                Err(error) => return Unwrapped::Failed(error),
            }
        }
        for (ciphertext, body) in ciphertexts {
            reason = Mismatch::OtherKey;
            match self.open(&ciphertext, body) {
                Ok(Some((file_key, _))) => return Unwrapped::FileKey(file_key),
                Ok(None) => {}
                Err(error) => return Unwrapped::Failed(error),
            }
        }
        Unwrapped::NoMatch(reason)
    }

    /// The ciphertext of the KEM proves the rest of a stanza that was unwrapped: it is made of the
    /// randomness that our wrapping derives, so the shared secret is the same, the key and nonce of
    /// HPKE, and the body, because these give one ciphertext for each plaintext.
    fn unwrap_and_prove(
        &self,
        stanza: &Stanza,
        nonce: &Nonce,
    ) -> (Unwrapped, Option<RecipientDigest>) {
        if stanza.tag != TAG {
            return (Unwrapped::NoMatch(Mismatch::OtherType), None);
        }
        let ciphertext = match only_argument(TAG, stanza) {
            Ok(ciphertext) => Box::new(ciphertext),
            Err(error) => return (Unwrapped::Failed(error), None),
        };
        let (file_key, found) = match self.open(&ciphertext, &stanza.body) {
            Ok(Some(opened)) => opened,
            Ok(None) => return (Unwrapped::NoMatch(Mismatch::OtherKey), None),
            Err(error) => return (Unwrapped::Failed(error), None),
        };
        let randomness = self.recipient.ephemeral(&file_key, nonce);
        let is_made_by_us = self
            .secret
            .is_encapsulated_with(&randomness, &ciphertext, &found);
        let proved = is_made_by_us.then_some(self.recipient.digest);
        (Unwrapped::FileKey(file_key), proved)
    }

    fn work(&self, stanzas: &[Stanza]) -> usize {
        3 * count_of(TAG, stanzas)
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
