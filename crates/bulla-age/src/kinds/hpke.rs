//! HPKE (RFC 9180) in base mode for one message of 16 bytes: the key schedule, over the crates'
//! HKDF and AEAD. The `hpke` crate offers neither X-Wing beside the age crate nor encapsulation
//! with given randomness.

use chacha20poly1305::aead::{Aead, KeyInit};
use chacha20poly1305::{ChaCha20Poly1305, Key, Nonce};
use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroizing;

/// "HPKE", KEM X-Wing (0x647a), KDF HKDF-SHA-256 (1), AEAD ChaCha20-Poly1305 (3).
const SUITE: &[u8] = &[b'H', b'P', b'K', b'E', 0x64, 0x7a, 0x00, 0x01, 0x00, 0x03];
const VERSION: &[u8] = b"HPKE-v1";
const BASE_MODE: u8 = 0;

/// Encrypts the only message with a shared secret.
pub(crate) fn seal(shared: &[u8; 32], info: &[u8], plaintext: &[u8]) -> Vec<u8> {
    let (aead, nonce) = schedule(shared, info);
    aead.encrypt(&nonce, plaintext)
        .expect("hpke: a file key is shorter than the AEAD's limit")
}

/// Decrypts the only message; `None` if it does not authenticate.
pub(crate) fn open(shared: &[u8; 32], info: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (aead, nonce) = schedule(shared, info);
    aead.decrypt(&nonce, sealed).ok().map(Zeroizing::new)
}

/// `KeySchedule(mode_base, shared, info, "", "")` (section 5.1), and the nonce of sequence number
/// 0.
fn schedule(shared: &[u8; 32], info: &[u8]) -> (ChaCha20Poly1305, Nonce) {
    let extract = |salt: &[u8], label: &[u8], ikm: &[u8]| {
        let labelled = Zeroizing::new([VERSION, SUITE, label, ikm].concat());
        Hkdf::<Sha256>::extract(Some(salt), &labelled)
    };
    let mut context = vec![BASE_MODE];
    context.extend_from_slice(&extract(b"", b"psk_id_hash", b"").0);
    context.extend_from_slice(&extract(b"", b"info_hash", info).0);
    let (_, secret) = extract(shared, b"secret", b"");
    let expand = |label: &[u8], out: &mut [u8]| {
        let length = u16::try_from(out.len())
            .expect("hpke: at most 32 bytes are asked for")
            .to_be_bytes();
        secret
            .expand_multi_info(&[&length, VERSION, SUITE, label, &context], out)
            .expect("hpke: 32 bytes are fewer than HKDF can give");
    };
    let mut key = Zeroizing::new([0; 32]);
    let mut nonce = Nonce::default();
    expand(b"key", key.as_mut_slice());
    expand(b"base_nonce", &mut nonce);
    (
        ChaCha20Poly1305::new(Key::from_slice(key.as_slice())),
        nonce,
    )
}
