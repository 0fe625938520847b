//! The header's MAC (C2SP age.md, "Header MAC"): HMAC-SHA-256 under a key derived from the file
//! key.

use crate::file_key::{FileKey, Nonce};
use crate::format::{Header, Stanza};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

fn mac(file_key: &FileKey, covered: &[u8]) -> Hmac<Sha256> {
    let mut key = Zeroizing::new([0; 32]);
    Hkdf::<Sha256>::new(None, file_key.as_bytes())
        .expand(b"header", key.as_mut_slice())
        .expect("mac: 32 bytes are fewer than HKDF can give");
    let mut mac =
        Hmac::<Sha256>::new_from_slice(key.as_slice()).expect("mac: HMAC takes keys of any length");
    mac.update(covered);
    mac
}

/// The MAC of a header's covered bytes, 32 bytes.
pub(crate) fn compute(file_key: &FileKey, covered: &[u8]) -> [u8; 32] {
    mac(file_key, covered).finalize().into_bytes().into()
}

/// Returns true if the MAC is valid. Takes constant time.
pub(crate) fn verify(file_key: &FileKey, covered: &[u8], claimed: &[u8; 32]) -> bool {
    mac(file_key, covered).verify_slice(claimed).is_ok()
}

/// Header, MAC and nonce.
pub(crate) fn before_payload<'a>(
    file_key: &FileKey,
    nonce: &Nonce,
    stanzas: impl IntoIterator<Item = &'a Stanza>,
) -> Vec<u8> {
    let covered = Header::bytes_to_cover(stanzas);
    let mac = compute(file_key, &covered);
    let mut bytes = Header::finish(covered, &mac);
    bytes.extend_from_slice(nonce);
    bytes
}
