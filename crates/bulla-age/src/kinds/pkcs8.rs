//! Private SSH keys in PKCS#8 (RFC 5958), as OpenSSL and some key generators write them. Only their
//! wrapping changes here: the age crate reads the keys themselves.

use ed25519_dalek::SigningKey;
use pkcs8::der::pem::LineEnding;
use pkcs8::{ObjectIdentifier, PrivateKeyInfo, SecretDocument};
use ssh_key::PrivateKey;
use ssh_key::private::{Ed25519Keypair, Ed25519PrivateKey};
use ssh_key::public::Ed25519PublicKey;
use zeroize::Zeroizing;

use crate::parse_error::ParseError;

/// rsaEncryption (RFC 8017, appendix A.1).
const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
/// id-Ed25519 (RFC 8410, section 3).
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
/// id-ecPublicKey (RFC 5480, section 2.1.1).
const ELLIPTIC_CURVE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
/// The octet string of 32 bytes around an Ed25519 seed (RFC 8410, section 7).
const SEED: [u8; 2] = [0x04, 0x20];

/// Returns a private key in the PEM form that OpenSSH writes.
///
/// # Errors
/// [`ParseError::SshType`] for keys that age does not support; [`ParseError::SshForm`].
pub(super) fn to_openssh(pem: &str) -> Result<Zeroizing<String>, ParseError> {
    let damaged = |_| ParseError::SshForm;
    let (_, document) = SecretDocument::from_pem(pem.trim()).map_err(damaged)?;
    let key: PrivateKeyInfo<'_> = document.decode_msg().map_err(damaged)?;
    match key.algorithm.oid {
        RSA => {
            let inner = SecretDocument::try_from(key.private_key).map_err(damaged)?;
            inner
                .to_pem("RSA PRIVATE KEY", LineEnding::LF)
                .map_err(damaged)
        }
        ED25519 => {
            let seed = key.private_key.strip_prefix(&SEED);
            let seed: &[u8; 32] = seed
                .and_then(|seed| seed.try_into().ok())
                .ok_or(ParseError::SshForm)?;
            let public = SigningKey::from_bytes(seed).verifying_key().to_bytes();
            let pair = Ed25519Keypair {
                public: Ed25519PublicKey(public),
                private: Ed25519PrivateKey::from_bytes(seed),
            };
            PrivateKey::from(pair)
                .to_openssh(ssh_key::LineEnding::LF)
                .map_err(|_| ParseError::SshForm)
        }
        ELLIPTIC_CURVE => Err(ParseError::SshType("ecdsa")),
        _ => Err(ParseError::SshForm),
    }
}
