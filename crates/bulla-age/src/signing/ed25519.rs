//! Ed25519 (RFC 8032), by `ed25519-dalek`, verified strictly.

use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};

use crate::parse_error::ParseError;

/// The length of a signature in bytes.
pub(super) const SIGNATURE: usize = 64;

/// The proof that an Ed25519 signature is valid.
#[derive(Clone, Copy, Debug)]
pub(super) struct Valid(());

/// Returns the public key. The library wipes its copy of the secret when it is dropped.
pub(super) fn public_key(secret: &[u8; 32]) -> [u8; 32] {
    SigningKey::from_bytes(secret).verifying_key().to_bytes()
}

pub(super) fn sign(secret: &[u8; 32], message: &[u8]) -> [u8; SIGNATURE] {
    SigningKey::from_bytes(secret).sign(message).to_bytes()
}

/// Verifies a signature. Strict: keys and commitments of low order, and other encodings than the
/// canonical ones, are refused. The library compares the commitment as bytes.
pub(super) fn verify(key: &[u8; 32], message: &[u8], signature: &[u8; SIGNATURE]) -> Option<Valid> {
    let key = VerifyingKey::from_bytes(key)
        .ok()
        .filter(|_| is_canonical(key))?;
    key.verify_strict(message, &Signature::from_bytes(signature))
        .ok()?;
    Some(Valid(()))
}

/// Refuses a public key that is not a point of the curve in its canonical encoding, or is a point
/// of low order.
pub(super) fn check(key: &[u8; 32]) -> Result<(), ParseError> {
    match VerifyingKey::from_bytes(key) {
        Ok(key) if key.is_weak() => Err(ParseError::LowOrder),
        Ok(_) if is_canonical(key) => Ok(()),
        Ok(_) | Err(_) => Err(ParseError::SigningKey),
    }
}

/// Returns whether the encoded coordinate is below the prime 2^255 - 19. The library reduces
/// others, so that one point would have two encodings.
fn is_canonical(key: &[u8; 32]) -> bool {
    let [first, middle @ .., last] = key;
    *first < 0xed || last & 0x7f != 0x7f || middle.iter().any(|byte| *byte != 0xff)
}
