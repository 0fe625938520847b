//! Private OpenSSH keys that are encrypted with a cipher that the age crate does not know
//! (chacha20-poly1305, mostly), or whose text is wanted without encryption. Only the encryption ends
//! here: the age crate reads the keys themselves.

use age::ssh::Recipient as AgeRecipient;
use secrecy::{ExposeSecret, SecretString};
use ssh_key::private::KeypairData;
use ssh_key::{Algorithm, LineEnding, PrivateKey};
use zeroize::Zeroizing;

use crate::parse_error::ParseError;

/// A private key that is encrypted with a passphrase.
pub(super) struct OtherCipher(PrivateKey);

/// The length of the tag that authenticates a key, for the ciphers that have one.
const TAG: usize = 16;

impl OtherCipher {
    /// Parses a private key in the format of OpenSSH.
    ///
    /// # Errors
    /// [`ParseError::SshCipher`] for other ciphers; [`ParseError::SshForm`].
    pub(super) fn parse(text: &str) -> Result<Self, ParseError> {
        match PrivateKey::from_openssh(text.trim()) {
            Ok(key) if key.is_encrypted() => Ok(Self(key)),
            Ok(_) => Err(ParseError::SshForm),
            Err(_) => Err(ParseError::SshCipher),
        }
    }

    /// Returns its public key, which is not encrypted; the type of a key that age does not support.
    pub(super) fn recipient(&self) -> Result<AgeRecipient, String> {
        let key = self.0.public_key();
        let kind = key.algorithm().to_string();
        let text = key.to_openssh().map_err(|_| kind.clone())?;
        text.parse().map_err(|_| kind)
    }

    /// Returns the key without encryption and without its comment; `None` for a wrong passphrase.
    ///
    /// [`PrivateKey::decrypt`] would fail if the comment is not UTF-8.
    pub(super) fn decrypt(&self, passphrase: &SecretString) -> Option<Zeroizing<String>> {
        let (key, cipher) = (&self.0, self.0.cipher());
        let derived = key
            .kdf()
            .derive_key_and_iv(cipher, passphrase.expose_secret());
        let (secret, iv) = derived.ok()?;
        let mut plain = Zeroizing::new(key.key_data().encrypted()?.to_vec());
        let tag = if cipher.has_tag() {
            // It is at the end of the file.
            Some(*key.to_bytes().ok()?.last_chunk::<TAG>()?)
        } else {
            None
        };
        cipher.decrypt(&secret, &iv, &mut plain, tag).ok()?;
        let pair = key_pair(&plain, key.algorithm())?;
        let open = PrivateKey::new(pair, "").ok()?;
        if open.public_key().key_data() == key.public_key().key_data() {
            open.to_openssh(LineEnding::LF).ok()
        } else {
            None
        }
    }
}

/// Reads the pair of keys at the beginning of what was decrypted (PROTOCOL.key of OpenSSH). It follows
/// two equal numbers and its type. The comment and the padding behind it are ignored.
fn key_pair(plain: &[u8], algorithm: Algorithm) -> Option<KeypairData> {
    let (number, rest) = plain.split_first_chunk::<4>()?;
    let rest = rest.strip_prefix(number)?;
    let len = u32::try_from(algorithm.as_str().len()).ok()?;
    let rest = rest.strip_prefix(&len.to_be_bytes())?;
    let mut pair = rest.strip_prefix(algorithm.as_str().as_bytes())?;
    KeypairData::decode_as(&mut pair, algorithm).ok()
}

/// Returns whether a private key in the format of OpenSSH is encrypted, whatever its cipher.
pub(super) fn is_encrypted(text: &str) -> bool {
    PrivateKey::from_openssh(text.trim()).is_ok_and(|key| key.is_encrypted())
}
