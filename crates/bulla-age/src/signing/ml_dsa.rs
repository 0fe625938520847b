//! ML-DSA-65 (FIPS 204), by `ml-dsa`: keys from a seed, and the deterministic variant.

use std::sync::{Arc, Mutex, PoisonError};

use ml_dsa::signature::Keypair as _;
use ml_dsa::{EncodedSignature, EncodedVerifyingKey, MlDsa65, Seed, Signature};
use ml_dsa::{SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};

/// The length of a public key in bytes.
pub(super) const PUBLIC_KEY: usize = 1952;
/// The length of a signature in bytes.
pub(super) const SIGNATURE: usize = 3309;

/// How many expanded public keys are kept. One has about 50 KiB.
const KEPT: usize = 4;

/// The public keys of the last signatures, the latest first. To expand a key takes longer than to
/// verify a signature with it, and many files have few signers.
static LAST: Mutex<Vec<Kept>> = Mutex::new(Vec::new());

struct Kept {
    bytes: Box<[u8; PUBLIC_KEY]>,
    key: Arc<VerifyingKey<MlDsa65>>,
}

/// The proof that an ML-DSA-65 signature is valid.
#[derive(Clone, Copy, Debug)]
pub(super) struct Valid(());

/// Returns the public key of a seed.
pub(super) fn public_key(seed: &[u8; 32]) -> [u8; PUBLIC_KEY] {
    encoded(&expanded(seed))
}

/// Returns the digest of a public key that a signing key contains.
pub(super) fn digest(public_key: &[u8; PUBLIC_KEY]) -> [u8; 32] {
    Sha256::digest(public_key).into()
}

/// Returns the public key of a seed, and its signature of this message with this context string.
pub(super) fn sign(
    seed: &[u8; 32],
    message: &[u8],
    context: &[u8],
) -> ([u8; PUBLIC_KEY], [u8; SIGNATURE]) {
    let key = expanded(seed);
    let signature = key
        .expanded_key()
        .sign_deterministic(message, context)
        .expect("ML-DSA: the context is short, and 2^-128 of all messages cannot be signed");
    (encoded(&key), signature.encode().into())
}

/// Verifies a signature of this message with this context string.
pub(super) fn verify(
    key: &[u8; PUBLIC_KEY],
    message: &[u8],
    context: &[u8],
    signature: &[u8; SIGNATURE],
) -> Option<Valid> {
    let signature = Signature::decode(&EncodedSignature::<MlDsa65>::from(*signature))?;
    expanded_public(key)
        .verify_with_context(message, context, &signature)
        .then_some(Valid(()))
}

/// Returns a public key as the type of the library, expanded.
fn expanded_public(bytes: &[u8; PUBLIC_KEY]) -> Arc<VerifyingKey<MlDsa65>> {
    let last = || LAST.lock().unwrap_or_else(PoisonError::into_inner);
    let mut kept = last();
    if let Some(place) = kept.iter().position(|one| *one.bytes == *bytes) {
        kept[..=place].rotate_right(1);
        return Arc::clone(&kept[0].key);
    }
    drop(kept);
    let key = VerifyingKey::<MlDsa65>::decode(&EncodedVerifyingKey::<MlDsa65>::from(*bytes));
    let (bytes, key) = (Box::new(*bytes), Arc::new(key));
    let new = Kept {
        bytes,
        key: Arc::clone(&key),
    };
    let mut kept = last();
    kept.truncate(KEPT - 1);
    kept.insert(0, new);
    key
}

/// Returns the key as the type of the library, which wipes it when dropped.
fn expanded(seed: &[u8; 32]) -> SigningKey<MlDsa65> {
    SigningKey::from_seed(<&Seed>::from(seed))
}

fn encoded(key: &SigningKey<MlDsa65>) -> [u8; PUBLIC_KEY] {
    key.verifying_key().encode().into()
}
