//! The header's MAC (C2SP age.md, "Header MAC"): HMAC-SHA-256 under a key derived from the file key.

use age_core::format::FileKey;
use age_core::secrecy::ExposeSecret;
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

fn mac(file_key: &FileKey, covered: &[u8]) -> Hmac<Sha256> {
    let mut key = Zeroizing::new([0; 32]);
    Hkdf::<Sha256>::new(None, file_key.expose_secret())
        .expand(b"header", key.as_mut_slice())
        .expect("mac: 32 bytes are fewer than HKDF can give");
    let mut mac =
        Hmac::<Sha256>::new_from_slice(key.as_slice()).expect("mac: HMAC takes keys of any length");
    mac.update(covered);
    mac
}

/// The MAC of a header's covered bytes, 32 bytes.
pub(super) fn compute(file_key: &FileKey, covered: &[u8]) -> [u8; 32] {
    mac(file_key, covered).finalize().into_bytes().into()
}

/// Whether the MAC is right, in constant time.
pub(super) fn verify(file_key: &FileKey, covered: &[u8], claimed: &[u8; 32]) -> bool {
    mac(file_key, covered).verify_slice(claimed).is_ok()
}
