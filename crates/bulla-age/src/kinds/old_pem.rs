//! Encrypted RSA keys in the PEM form that OpenSSH wrote before 2014, and that OpenSSL still writes.
//!
//! Lines before the Base64 (RFC 1421, section 4.6) name the cipher. Its key is one round of MD5 over
//! the passphrase, and nothing authenticates the contents. This is read for the sake of old keys, and
//! never written. The public key is inside, so it is unknown until the key is decrypted.

use aes::{Aes128, Aes192, Aes256};
use base64::{Engine, prelude::BASE64_STANDARD};
use cbc::Decryptor;
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockDecryptMut, KeyIvInit};
use des::{Des, TdesEde3};
use md5::{Digest, Md5};
use pkcs8::SecretDocument;
use pkcs8::der::pem::LineEnding;
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use crate::parse_error::ParseError;

const LABEL: &str = "RSA PRIVATE KEY";
/// The length of the salt, which is the beginning of the initialization vector.
const SALT: usize = 8;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cipher {
    Des,
    TripleDes,
    Aes128,
    Aes192,
    Aes256,
}

impl Cipher {
    fn named(name: &str) -> Option<Self> {
        match name {
            "DES-CBC" => Some(Self::Des),
            "DES-EDE3-CBC" => Some(Self::TripleDes),
            "AES-128-CBC" => Some(Self::Aes128),
            "AES-192-CBC" => Some(Self::Aes192),
            "AES-256-CBC" => Some(Self::Aes256),
            _ => None,
        }
    }

    /// Returns the length of a block, and so that of the initialization vector.
    fn block(self) -> usize {
        match self {
            Self::Des | Self::TripleDes => 8,
            Self::Aes128 | Self::Aes192 | Self::Aes256 => 16,
        }
    }
}

/// An encrypted private key.
pub(super) struct OldPem {
    cipher: Cipher,
    vector: Vec<u8>,
    contents: Vec<u8>,
}

impl OldPem {
    /// Parses a private key; `None` for a block that is not of this form.
    ///
    /// # Errors
    /// [`ParseError::SshCipher`] for other ciphers; [`ParseError::SshForm`].
    pub(super) fn parse(text: &str) -> Result<Option<Self>, ParseError> {
        let (begin, end) = (
            format!("-----BEGIN {LABEL}-----"),
            format!("-----END {LABEL}-----"),
        );
        let mut lines = text.lines().map(str::trim_ascii);
        if lines.next() != Some(&*begin) {
            return Ok(None);
        }
        let mut is_encrypted = false;
        let mut info = None;
        // The fields end at an empty line. A block without encryption has none.
        for line in lines.by_ref() {
            match line.split_once(':') {
                Some(("Proc-Type", value)) => is_encrypted = value.ends_with("ENCRYPTED"),
                Some(("DEK-Info", value)) => info = Some(value.trim_ascii()),
                Some(_) => {}
                None if line.is_empty() => break,
                None if is_encrypted => return Err(ParseError::SshForm),
                None => return Ok(None),
            }
        }
        if !is_encrypted {
            return Ok(None);
        }
        let (cipher, vector) = info
            .and_then(|info| info.split_once(','))
            .ok_or(ParseError::SshForm)?;
        let cipher = Cipher::named(cipher).ok_or(ParseError::SshCipher)?;
        let vector = hex(vector).filter(|vector| vector.len() == cipher.block());
        let mut base64 = String::new();
        let mut is_complete = false;
        for line in lines {
            is_complete = line == end;
            if is_complete {
                break;
            }
            base64.push_str(line);
        }
        let contents = BASE64_STANDARD.decode(base64).ok();
        match (vector, contents) {
            (Some(vector), Some(contents)) if is_complete => Ok(Some(Self {
                cipher,
                vector,
                contents,
            })),
            _ => Err(ParseError::SshForm),
        }
    }

    /// Returns the key without encryption, in the form that the age crate reads. `None` for a wrong
    /// passphrase.
    pub(super) fn decrypt(&self, passphrase: &SecretString) -> Option<Zeroizing<String>> {
        let passphrase = passphrase.expose_secret().as_bytes();
        let der = match self.cipher {
            Cipher::Des => self.decrypted::<Decryptor<Des>>(passphrase),
            Cipher::TripleDes => self.decrypted::<Decryptor<TdesEde3>>(passphrase),
            Cipher::Aes128 => self.decrypted::<Decryptor<Aes128>>(passphrase),
            Cipher::Aes192 => self.decrypted::<Decryptor<Aes192>>(passphrase),
            Cipher::Aes256 => self.decrypted::<Decryptor<Aes256>>(passphrase),
        }?;
        // One of 256 wrong passphrases has a valid padding, but not this structure too.
        let document = SecretDocument::try_from(der.as_slice()).ok()?;
        document.to_pem(LABEL, LineEnding::LF).ok()
    }

    fn decrypted<C: KeyIvInit + BlockDecryptMut>(
        &self,
        passphrase: &[u8],
    ) -> Option<Zeroizing<Vec<u8>>> {
        let key = derive(passphrase, &self.vector[..SALT], C::key_size());
        let cipher = C::new_from_slices(&key, &self.vector).ok()?;
        let mut bytes = Zeroizing::new(self.contents.clone());
        let len = cipher.decrypt_padded_mut::<Pkcs7>(&mut bytes).ok()?.len();
        bytes.truncate(len);
        Some(bytes)
    }
}

/// Derives a key as OpenSSL does (`EVP_BytesToKey` with MD5 and one iteration).
fn derive(passphrase: &[u8], salt: &[u8], len: usize) -> Zeroizing<Vec<u8>> {
    let digest = Md5::output_size();
    let mut key = Zeroizing::new(Vec::with_capacity(len + digest));
    while key.len() < len {
        let last = key.len().saturating_sub(digest);
        let next = Md5::new()
            .chain_update(&key[last..])
            .chain_update(passphrase)
            .chain_update(salt);
        let next = Zeroizing::new(<[u8; 16]>::from(next.finalize()));
        key.extend_from_slice(next.as_slice());
    }
    key.truncate(len);
    key
}

fn hex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = text
        .chars()
        .map(|digit| {
            digit
                .to_digit(16)
                .and_then(|value| u8::try_from(value).ok())
        })
        .collect();
    let (pairs, rest) = digits.as_ref()?.as_chunks::<2>();
    let bytes = pairs.iter().map(|[high, low]| high << 4 | low).collect();
    rest.is_empty().then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    /// `RSA_OLD_PEM` with another line of its header.
    fn with(line: &str, other: &str) -> String {
        RSA_OLD_PEM.replace(line, other)
    }

    const INFO: &str = "DEK-Info: AES-128-CBC,6301B32F8BE25513B5FF793C7C61AC31";

    fn error(text: &str) -> Option<ParseError> {
        OldPem::parse(text).err()
    }

    #[test]
    fn a_key_is_derived_as_openssl_does() {
        // openssl enc -aes-256-cbc -md md5 -P -pass pass:secret -S 0001020304050607
        let key = derive(b"secret", &[0, 1, 2, 3, 4, 5, 6, 7], 32);
        let text: String = key.iter().map(|byte| format!("{byte:02X}")).collect();
        assert_eq!(
            text,
            "035FB8145B73CF111570DC936112BE9C375A5D3D8B915BC213BDBEF9DBFB7851"
        );
        assert_eq!(
            derive(b"secret", &[0, 1, 2, 3, 4, 5, 6, 7], 24)[..],
            key[..24]
        );
    }

    #[test]
    fn other_blocks_are_not_of_this_form() {
        for text in [
            ED25519_KEY,
            "",
            "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\n",
            &with("Proc-Type: 4,ENCRYPTED", "Proc-Type: 4,MIC-CLEAR"),
        ] {
            assert!(OldPem::parse(text).unwrap().is_none(), "{text}");
        }
    }

    #[test]
    fn damage_and_other_ciphers_are_told_apart() {
        for (text, expected) in [
            (
                with("AES-128-CBC", "CAMELLIA-128-CBC"),
                ParseError::SshCipher,
            ),
            (with(INFO, "X: y"), ParseError::SshForm),
            (with(INFO, "DEK-Info: AES-128-CBC"), ParseError::SshForm),
            (with(INFO, "DEK-Info: AES-128-CBC,00"), ParseError::SshForm),
            (
                with(
                    INFO,
                    "DEK-Info: AES-128-CBC,6301B32F8BE25513B5FF793C7C61AC3",
                ),
                ParseError::SshForm,
            ),
            (
                with(
                    INFO,
                    "DEK-Info: AES-128-CBC,6301B32F8BE25513B5FF793C7C61ACxy",
                ),
                ParseError::SshForm,
            ),
            (
                with("DEK-Info: AES-128", "DEK-Info: DES"),
                ParseError::SshForm,
            ),
            (with("\n\nK3WJ", "\nK3WJ"), ParseError::SshForm),
            (with("K3WJ", "K3W-"), ParseError::SshForm),
            (with("-----END", "----END"), ParseError::SshForm),
        ] {
            assert_eq!(error(&text), Some(expected), "{text}");
        }
    }

    #[test]
    fn contents_that_are_no_key_are_as_good_as_a_wrong_passphrase() {
        let right = SecretString::from("passphrase");
        let key = OldPem::parse(RSA_OLD_PEM).unwrap().unwrap();
        assert!(key.decrypt(&right).is_some());
        assert!(key.decrypt(&SecretString::from("Passphrase")).is_none());
        assert!(key.decrypt(&SecretString::from("")).is_none());
        for contents in [Vec::new(), vec![0; 15], vec![0; 32]] {
            let key = OldPem {
                contents,
                vector: key.vector.clone(),
                cipher: key.cipher,
            };
            assert!(key.decrypt(&right).is_none());
        }
    }
}
