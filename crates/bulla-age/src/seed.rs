//! The seed from which all keys of an identity are derived (`docs/formats.md`, section 4).

use std::str::FromStr;

use hkdf::Hkdf;
use secrecy::SecretString;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::bech32;
use crate::kinds::{HybridIdentity, X25519Identity};
use crate::locked_secret::LockedSecret;
use crate::parse_error::ParseError;
use crate::signing::{SecretSigningKey, Signer, SigningKey};

const PREFIX: &str = "bulla-identity-";
const LABEL: &[u8] = b"bulla/identity/v1/";

/// A seed: 32 secret bytes, wiped when dropped. Written as `BULLA-IDENTITY-1…` or as [24
/// words](super::words).
pub struct Seed(LockedSecret<[u8; 32]>);

impl Seed {
    /// Generates a random seed.
    ///
    /// # Errors
    /// Those of the system's random number generator.
    pub fn generate() -> Result<Self, getrandom::Error> {
        let mut bytes = Zeroizing::new([0; 32]);
        getrandom::fill(bytes.as_mut_slice())?;
        Ok(Self::from_bytes(&bytes))
    }

    /// Creates it from 32 secret bytes.
    pub fn from_bytes(bytes: &[u8; 32]) -> Self {
        Self(LockedSecret::new(*bytes))
    }

    /// Returns the secret bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Returns the secret text: `BULLA-IDENTITY-1…`.
    pub fn to_text(&self) -> SecretString {
        SecretString::from(bech32::encode(PREFIX, self.as_bytes()).to_ascii_uppercase())
    }

    /// Returns the classic identity of an epoch.
    pub fn classic(&self, epoch: u32) -> X25519Identity {
        X25519Identity::from_bytes(&self.derive(&format!("x25519/{epoch}")))
    }

    /// Returns the post-quantum identity of an epoch.
    pub fn hybrid(&self, epoch: u32) -> HybridIdentity {
        HybridIdentity::from_bytes(&self.derive(&format!("mlkem768x25519/{epoch}")))
    }

    /// Returns the signing key, which is the same in every epoch.
    pub fn signing(&self) -> SecretSigningKey {
        SecretSigningKey::new(&self.derive("ed25519"), &self.derive("mldsa65"))
    }

    /// Returns the public signing key.
    pub fn signing_key(&self) -> SigningKey {
        self.signing().key()
    }

    fn derive(&self, what: &str) -> Zeroizing<[u8; 32]> {
        let mut key = Zeroizing::new([0; 32]);
        Hkdf::<Sha256>::new(None, self.as_bytes())
            .expand_multi_info(&[LABEL, what.as_bytes()], key.as_mut_slice())
            .expect("seed: 32 bytes are fewer than HKDF can give");
        key
    }
}

impl FromStr for Seed {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        Ok(Self::from_bytes(&*bech32::decode_array(
            text,
            PREFIX,
            ParseError::Seed,
        )?))
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;
    use sha2::Digest;

    use super::*;

    const TEXT: &str = "BULLA-IDENTITY-1QQQSYQCYQ5RQWZQFPG9SCRGWPUGPZYSNZS23V9CCRYDPK8QARC0SUT7FJD";

    fn counting() -> Seed {
        Seed::from_bytes(&std::array::from_fn(|i| i as u8))
    }

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn the_keys_are_those_of_the_fixed_vectors() {
        let seed = counting();
        assert_eq!(
            hex(seed.signing_key().as_bytes()),
            "3a56b48361f3166d05ade3ea8f6552d5f6e678674a18a7e432ac0d8b37e4b73b\
             4d8b7733b35cd0ae551e5333ddfe74d6633eecf760b482b498e1cb06d864b5e7"
        );
        assert_eq!(
            seed.classic(0).to_recipient().to_string(),
            "age10w840jqz8nm0cc7wglxwmgg7vpx7n6zuga2jhp3hutr9m06az3pq2qazjj"
        );
        assert_eq!(
            seed.classic(0).to_text().expose_secret(),
            "AGE-SECRET-KEY-1DYKLVCWNG2MX93DQKUHX05E9NFNGJ0AXX2T2P2DCJ2MNHKE9T7XQFJM45Y"
        );
        assert_eq!(
            hex(&Sha256::digest(seed.hybrid(0).to_recipient().to_string())),
            "a619a35685914460fc1837b4ed2ac4971454368749d77e751461aefa0eefa228"
        );
        assert_ne!(
            seed.classic(1).to_recipient().to_string(),
            seed.classic(10).to_recipient().to_string()
        );
    }

    #[test]
    fn the_text_is_upper_case_and_read_back() {
        assert_eq!(counting().to_text().expose_secret(), TEXT);
        for text in [TEXT, &TEXT.to_ascii_lowercase()] {
            assert_eq!(
                text.parse::<Seed>().ok().unwrap().as_bytes(),
                counting().as_bytes()
            );
        }
        let seed = Seed::generate().unwrap();
        let again: Seed = seed.to_text().expose_secret().parse().ok().unwrap();
        assert_eq!(again.as_bytes(), seed.as_bytes());
        let cases = [
            (TEXT.replace("QQQS", "qqqs"), ParseError::Encoding),
            (TEXT[..70].to_owned(), ParseError::Encoding),
            (
                counting().classic(0).to_text().expose_secret().to_owned(),
                ParseError::Seed,
            ),
            (
                bech32::encode(PREFIX, &[0; 31]).to_string(),
                ParseError::Seed,
            ),
        ];
        for (text, why) in cases {
            assert_eq!(text.parse::<Seed>().err(), Some(why), "{text}");
        }
    }
}
