//! Signatures: Ed25519 (RFC 8032), by `ed25519-dalek`, verified strictly.

use base64::{Engine, prelude::BASE64_STANDARD_NO_PAD};
use ed25519_dalek::{Signature, Signer as _, VerifyingKey};

use crate::locked_secret::LockedSecret;
use crate::parse_error::ParseError;

/// A signer: signs with an Ed25519 key (RFC 8032).
pub trait Signer: Send + Sync {
    /// Returns the public key, 32 bytes.
    fn key(&self) -> [u8; 32];

    /// Signs these bytes. The caller puts a label in front that says what is signed.
    fn sign(&self, bytes: &[u8]) -> [u8; 64];
}

/// A secret signing key: 32 bytes, wiped when dropped.
pub struct SigningKey(LockedSecret<[u8; 32]>);

impl SigningKey {
    /// Creates a signing key from the 32 secret bytes that RFC 8032 calls the private key.
    pub fn from_bytes(bytes: &[u8; 32]) -> Self {
        Self(LockedSecret::new(*bytes))
    }

    /// Returns the key as the type of the library, which wipes it when dropped.
    fn expanded(&self) -> ed25519_dalek::SigningKey {
        ed25519_dalek::SigningKey::from_bytes(&self.0)
    }
}

impl Signer for SigningKey {
    fn key(&self) -> [u8; 32] {
        self.expanded().verifying_key().to_bytes()
    }

    fn sign(&self, bytes: &[u8]) -> [u8; 64] {
        self.expanded().sign(bytes).to_bytes()
    }
}

/// Returns true if this is the signature of this key over these bytes. Strict: keys and commitments
/// of low order are refused.
pub fn verify(key: &[u8; 32], bytes: &[u8], signature: &[u8; 64]) -> bool {
    VerifyingKey::from_bytes(key).is_ok_and(|key| {
        key.verify_strict(bytes, &Signature::from_bytes(signature))
            .is_ok()
    })
}

/// Parses a public signing key, or a signature, as text: canonical unpadded base64 of `N` bytes.
///
/// # Errors
/// [`ParseError::SigningKey`].
pub fn parse<const N: usize>(text: &str) -> Result<[u8; N], ParseError> {
    let bytes = BASE64_STANDARD_NO_PAD
        .decode(text)
        .map_err(|_| ParseError::SigningKey)?;
    bytes.try_into().map_err(|_| ParseError::SigningKey)
}

/// Formats a public signing key or a signature as text.
pub fn text(bytes: &[u8]) -> String {
    BASE64_STANDARD_NO_PAD.encode(bytes)
}

/// Refuses a public key that is not a point of the curve, or is a point of low order.
///
/// # Errors
/// [`ParseError::SigningKey`], [`ParseError::LowOrder`].
pub fn check(key: &[u8; 32]) -> Result<(), ParseError> {
    match VerifyingKey::from_bytes(key) {
        Ok(key) if key.is_weak() => Err(ParseError::LowOrder),
        Ok(_) => Ok(()),
        Err(_) => Err(ParseError::SigningKey),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_holds_for_its_key_and_its_bytes_only() {
        let (one, other) = (
            SigningKey::from_bytes(&[1; 32]),
            SigningKey::from_bytes(&[2; 32]),
        );
        let signature = one.sign(b"a label and words");
        assert!(verify(&one.key(), b"a label and words", &signature));
        assert!(!verify(&one.key(), b"a label and word", &signature));
        assert!(!verify(&other.key(), b"a label and words", &signature));
        for bit in 0..512 {
            let mut forged = signature;
            forged[bit / 8] ^= 1 << (bit % 8);
            assert!(
                !verify(&one.key(), b"a label and words", &forged),
                "bit {bit}"
            );
        }
    }

    #[test]
    fn keys_of_low_order_sign_nothing() {
        let mut identity = [0; 32];
        identity[0] = 1;
        for key in [[0; 32], identity] {
            assert_eq!(check(&key), Err(ParseError::LowOrder));
            // Without strict verification, the identity point with itself and zero is a signature
            // of everything.
            let mut signature = [0; 64];
            signature[..32].copy_from_slice(&identity);
            assert!(!verify(&key, b"anything", &signature));
        }
        assert_eq!(check(&SigningKey::from_bytes(&[1; 32]).key()), Ok(()));
    }
}
