//! Signatures: Ed25519 (RFC 8032), alone or together with ML-DSA-65 (FIPS 204).
//!
//! A signing key always has both halves, so that people who compared it once never have to compare
//! a new one when Ed25519 falls to quantum computers. What is signed begins with a label that says
//! what it is, and a signature with both halves has a label of its own.

mod ed25519;
mod ml_dsa;

use std::fmt;
use std::str::FromStr;

use base64::{Engine, prelude::BASE64_STANDARD_NO_PAD};
use zeroize::Zeroize;

use crate::locked_secret::LockedSecret;
use crate::parse_error::ParseError;

/// How something is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Algorithm {
    /// Ed25519 alone: 64 bytes. A quantum computer can forge it.
    Ed25519,
    /// Ed25519 and ML-DSA-65 over the same bytes: the Ed25519 signature, the ML-DSA-65 public key
    /// and the ML-DSA-65 signature. Both must be valid.
    Ed25519MlDsa65,
}

/// The end of the label of a signature with both halves.
const BOTH: &str = "/ed25519+mldsa65";

impl Algorithm {
    /// Returns the length of a signature in bytes.
    pub const fn signature_len(self) -> usize {
        match self {
            Self::Ed25519 => ed25519::SIGNATURE,
            Self::Ed25519MlDsa65 => ed25519::SIGNATURE + ml_dsa::PUBLIC_KEY + ml_dsa::SIGNATURE,
        }
    }

    /// Returns true if a quantum computer cannot forge its signatures.
    pub const fn is_post_quantum(self) -> bool {
        matches!(self, Self::Ed25519MlDsa65)
    }

    fn label(self, label: &str) -> String {
        match self {
            Self::Ed25519 => label.to_owned(),
            Self::Ed25519MlDsa65 => [label, BOTH].concat(),
        }
    }
}

/// A public signing key, which stands for a person: the Ed25519 public key, and the SHA-256 of the
/// ML-DSA-65 public key, which is too long for a card. Written as `ed25519 … mldsa65 …`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SigningKey([u8; Self::LEN]);

impl SigningKey {
    /// The length in bytes.
    pub const LEN: usize = 64;

    /// Creates it from its bytes, which are not checked; see [`check`](Self::check).
    pub const fn from_bytes(bytes: [u8; Self::LEN]) -> Self {
        Self(bytes)
    }

    /// Returns the bytes of both halves.
    pub const fn as_bytes(&self) -> &[u8; Self::LEN] {
        &self.0
    }

    /// Returns the Ed25519 public key. A revocation applies to everybody who has it.
    pub fn ed25519(&self) -> &[u8; 32] {
        let (half, _) = self.0.split_first_chunk().expect("key: it has 64 bytes");
        half
    }

    /// Returns SHA-256 of the ML-DSA-65 public key.
    pub fn ml_dsa_digest(&self) -> &[u8; 32] {
        let (_, half) = self.0.split_last_chunk().expect("key: it has 64 bytes");
        half
    }

    /// Returns the Ed25519 half as text: canonical unpadded base64.
    pub fn ed25519_text(&self) -> String {
        text(self.ed25519())
    }

    /// Refuses a key whose Ed25519 half is not a point of the curve, or a point of low order.
    ///
    /// # Errors
    /// [`ParseError::SigningKey`], [`ParseError::LowOrder`].
    pub fn check(&self) -> Result<(), ParseError> {
        ed25519::check(self.ed25519())
    }
}

impl From<([u8; 32], [u8; 32])> for SigningKey {
    fn from((ed25519, ml_dsa_digest): ([u8; 32], [u8; 32])) -> Self {
        let mut bytes = [0; Self::LEN];
        bytes[..32].copy_from_slice(&ed25519);
        bytes[32..].copy_from_slice(&ml_dsa_digest);
        Self(bytes)
    }
}

impl fmt::Display for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (ed25519, digest) = (self.ed25519_text(), text(self.ml_dsa_digest()));
        write!(f, "ed25519 {ed25519} mldsa65 {digest}")
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({self})")
    }
}

impl FromStr for SigningKey {
    type Err = ParseError;

    /// Parses the text, without checking that the key can sign.
    fn from_str(text: &str) -> Result<Self, ParseError> {
        let words: Vec<&str> = text.split(' ').collect();
        let ["ed25519", ed25519, "mldsa65", digest] = words[..] else {
            return Err(ParseError::SigningKey);
        };
        Ok(Self::from((parse(ed25519)?, parse(digest)?)))
    }
}

/// A signer: has a signing key and signs with it.
pub trait Signer: Send + Sync {
    /// Returns the public key.
    fn key(&self) -> SigningKey;

    /// Signs these bytes behind a label that says what they are. The signature has
    /// [`signature_len`](Algorithm::signature_len) bytes.
    fn sign(&self, algorithm: Algorithm, label: &str, bytes: &[u8]) -> Vec<u8>;
}

/// A secret signing key: both halves, wiped when dropped.
pub struct SecretSigningKey {
    secret: LockedSecret<SecretHalves>,
    key: SigningKey,
}

#[derive(Zeroize)]
struct SecretHalves {
    ed25519: [u8; 32],
    /// The seed that FIPS 204 calls ξ. The expanded key is derived from it for each signature.
    ml_dsa: [u8; 32],
}

impl SecretSigningKey {
    /// Creates a signing key from the 32 secret bytes that RFC 8032 calls the private key, and the
    /// 32 that FIPS 204 calls ξ.
    pub fn new(ed25519: &[u8; 32], ml_dsa: &[u8; 32]) -> Self {
        let secret = LockedSecret::new(SecretHalves {
            ed25519: *ed25519,
            ml_dsa: *ml_dsa,
        });
        let digest = ml_dsa::digest(&ml_dsa::public_key(&secret.ml_dsa));
        let key = SigningKey::from((ed25519::public_key(&secret.ed25519), digest));
        Self { secret, key }
    }
}

impl Signer for SecretSigningKey {
    fn key(&self) -> SigningKey {
        self.key
    }

    fn sign(&self, algorithm: Algorithm, label: &str, bytes: &[u8]) -> Vec<u8> {
        let label = algorithm.label(label);
        let message = message(&label, bytes);
        let mut signature = Vec::with_capacity(algorithm.signature_len());
        signature.extend_from_slice(&ed25519::sign(&self.secret.ed25519, &message));
        if algorithm == Algorithm::Ed25519MlDsa65 {
            let (public, ml_dsa) = ml_dsa::sign(&self.secret.ml_dsa, &message, label.as_bytes());
            signature.extend_from_slice(&public);
            signature.extend_from_slice(&ml_dsa);
        }
        signature
    }
}

/// The proof that a whole signature is valid. Only [`verify`] creates one, from the proofs of all
/// halves that the algorithm has, so nothing counts as signed if only one half was checked.
#[derive(Clone, Copy, Debug)]
pub struct Verified {
    _halves: Halves,
}

#[derive(Clone, Copy, Debug)]
enum Halves {
    Ed25519(ed25519::Valid),
    Both(ed25519::Valid, ml_dsa::Valid),
}

/// Verifies the signature of these bytes behind this label. Strict: Ed25519 keys and commitments of
/// low order are refused, and the ML-DSA public key must be the one that the signing key commits
/// to.
pub fn verify(
    key: &SigningKey,
    algorithm: Algorithm,
    label: &str,
    bytes: &[u8],
    signature: &[u8],
) -> Option<Verified> {
    let label = algorithm.label(label);
    let message = message(&label, bytes);
    let (first, rest) = signature.split_first_chunk()?;
    let ed25519 = ed25519::verify(key.ed25519(), &message, first)?;
    let _halves = match algorithm {
        Algorithm::Ed25519 if rest.is_empty() => Halves::Ed25519(ed25519),
        Algorithm::Ed25519 => return None,
        Algorithm::Ed25519MlDsa65 => {
            let (public, ml_dsa) = rest.split_first_chunk()?;
            let of_key = (ml_dsa::digest(public) == *key.ml_dsa_digest()).then_some(public)?;
            let signature = ml_dsa.try_into().ok()?;
            let ml_dsa = ml_dsa::verify(of_key, &message, label.as_bytes(), signature)?;
            Halves::Both(ed25519, ml_dsa)
        }
    };
    Some(Verified { _halves })
}

/// What is signed: the label, a zero byte, and the bytes.
fn message(label: &str, bytes: &[u8]) -> Vec<u8> {
    [label.as_bytes(), b"\0", bytes].concat()
}

/// Parses one half of a signing key, or a signature, as text: canonical unpadded base64 of `N`
/// bytes.
///
/// # Errors
/// [`ParseError::SigningKey`].
pub fn parse<const N: usize>(text: &str) -> Result<[u8; N], ParseError> {
    let bytes = BASE64_STANDARD_NO_PAD
        .decode(text)
        .map_err(|_| ParseError::SigningKey)?;
    bytes.try_into().map_err(|_| ParseError::SigningKey)
}

/// Formats half a signing key or a signature as text.
pub fn text(bytes: &[u8]) -> String {
    BASE64_STANDARD_NO_PAD.encode(bytes)
}

#[cfg(test)]
mod tests;
