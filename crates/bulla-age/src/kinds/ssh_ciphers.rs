//! Private OpenSSH keys that are encrypted with a cipher that the age crate does not know
//! (chacha20-poly1305, mostly), or whose text is wanted without encryption. Only the encryption ends
//! here: the age crate reads the keys themselves.

use age::ssh::Recipient as AgeRecipient;
use secrecy::{ExposeSecret, SecretString};
use ssh_key::{LineEnding, PrivateKey};
use zeroize::Zeroizing;

use crate::parse_error::ParseError;

/// A private key that is encrypted with a passphrase.
pub(super) struct OtherCipher(PrivateKey);

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

    /// Returns the key without encryption; `None` for a wrong passphrase.
    pub(super) fn decrypt(&self, passphrase: &SecretString) -> Option<Zeroizing<String>> {
        let key = self.0.decrypt(passphrase.expose_secret()).ok()?;
        key.to_openssh(LineEnding::LF).ok()
    }
}

/// Returns whether a private key in the format of OpenSSH is encrypted, whatever its cipher.
pub(super) fn is_encrypted(text: &str) -> bool {
    PrivateKey::from_openssh(text.trim()).is_ok_and(|key| key.is_encrypted())
}
