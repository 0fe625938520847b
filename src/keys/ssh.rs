//! OpenSSH keys as recipients and identities (`ssh-ed25519`, `ssh-rsa`), over the age crate.

use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};

use age::ssh::{Identity as AgeIdentity, ParseRecipientKeyError, Recipient as AgeRecipient, UnsupportedKey};
use age_core::format::{FileKey, Stanza};
use base64::{Engine, prelude::BASE64_STANDARD_NO_PAD};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::adapter;
use super::ask::{Ask, Question};
use super::error::ParseError;
use crate::protocol::{
    Effort, KeyError, Nonce, Provable, Reason, Unwrap, UnwrapError, Unwrapped, Wrap, Wrapped,
};
use crate::untrusted::Untrusted;

/// The stanzas' types.
const RSA: &str = "ssh-rsa";
const ED25519: &str = "ssh-ed25519";
/// Bytes of the tag by which a stanza says whose it is.
const TAG: usize = 4;
/// The longest private key that is looked at: an RSA key of 16,384 bits has some 13,000.
const MAX_KEY: usize = 64 << 10;

/// Types of SSH keys that exist and that age does not encrypt to.
const UNSUPPORTED: [&str; 12] = [
    "ssh-dss",
    "ssh-ed448",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "sk-ecdsa-sha2-nistp256@openssh.com",
    "sk-ssh-ed25519@openssh.com",
    "ssh-rsa-cert-v01@openssh.com",
    "ssh-ed25519-cert-v01@openssh.com",
    "ecdsa-sha2-nistp256-cert-v01@openssh.com",
    "sk-ecdsa-sha2-nistp256-cert-v01@openssh.com",
    "sk-ssh-ed25519-cert-v01@openssh.com",
];

/// Whether a text begins like a public SSH key, of a type that is supported or not.
pub(super) fn is_public_key(text: &str) -> bool {
    let kind = text.split_ascii_whitespace().next().unwrap_or_default();
    matches!(kind, "ssh-ed25519" | "ssh-rsa") || unsupported(kind).is_some()
}

fn unsupported(kind: &str) -> Option<ParseError> {
    UNSUPPORTED.iter().find(|known| **known == kind).map(|known| ParseError::SshType(known))
}

/// A public SSH key; its comment is not kept.
#[derive(Clone)]
pub struct Recipient(AgeRecipient);

impl FromStr for Recipient {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let mut words = text.split_ascii_whitespace();
        let (kind, blob) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        if let Some(error) = unsupported(kind) {
            return Err(error);
        }
        let canonical = format!("{kind} {}", blob.trim_end_matches('='));
        let key: AgeRecipient = canonical.parse().map_err(|error| match error {
            ParseRecipientKeyError::RsaModulusTooSmall => ParseError::WeakRsa,
            _ => ParseError::Ssh,
        })?;
        // The age crate reads as far as it understands; what it did not read would be lost.
        if key.to_string().trim_end_matches('=') != canonical || !ends_with_its_last_field(&wire_form(&key)) {
            return Err(ParseError::Ssh);
        }
        match &key {
            AgeRecipient::SshEd25519(_, point) if point.is_small_order() => Err(ParseError::LowOrder),
            _ => Ok(Self(key)),
        }
    }
}

/// The bytes that SSH calls the public key: length-prefixed fields.
fn wire_form(key: &AgeRecipient) -> Vec<u8> {
    match key {
        AgeRecipient::SshRsa(bytes, _) | AgeRecipient::SshEd25519(bytes, _) => bytes.clone(),
    }
}

fn ends_with_its_last_field(mut bytes: &[u8]) -> bool {
    let fields = if bytes.get(4..11) == Some(b"ssh-rsa") { 3 } else { 2 };
    for _ in 0..fields {
        let Some((len, rest)) = bytes.split_first_chunk() else { return false };
        let Some(rest) = rest.get(u32::from_be_bytes(*len) as usize..) else { return false };
        bytes = rest;
    }
    bytes.is_empty()
}

impl fmt::Display for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Wrap for Recipient {
    fn wrap(&self, file_key: &FileKey, _: &Nonce) -> Result<Wrapped, KeyError> {
        adapter::wrap(&self.0, file_key)
    }

    fn names(&self) -> Vec<String> {
        vec![self.to_string()]
    }

    fn provable(&self) -> Provable {
        Provable::NamedOnly
    }
}

/// A private SSH key, perhaps still encrypted.
pub struct Identity {
    name: Untrusted,
    key: AgeIdentity,
    recipient: Recipient,
    unlocked: Mutex<Option<AgeIdentity>>,
    ask: Arc<dyn Ask>,
}

impl Identity {
    /// Parses an OpenSSH private key (PEM).
    ///
    /// # Errors
    /// [`ParseError::SshForm`] and what else begins with `Ssh`, for kinds that cannot be used.
    pub fn parse(text: &str, name: Untrusted, ask: Arc<dyn Ask>) -> Result<Self, ParseError> {
        if text.len() > MAX_KEY {
            return Err(ParseError::SshForm);
        }
        let text = Zeroizing::new(text.replace("\r\n", "\n"));
        let key = AgeIdentity::from_buffer(text.as_bytes(), None).map_err(|_| ParseError::SshForm)?;
        if let AgeIdentity::Unsupported(kind) = &key {
            return Err(not_supported(kind));
        }
        let recipient = AgeRecipient::try_from(key.clone()).map_err(|error| match error {
            ParseRecipientKeyError::Unsupported(kind) => unsupported(&kind).unwrap_or(ParseError::SshForm),
            _ => ParseError::SshForm,
        })?;
        Ok(Self { name, key, recipient: Recipient(recipient), unlocked: Mutex::new(None), ask })
    }

    /// Its public key; needs no passphrase.
    ///
    /// # Errors
    /// [`ParseError::WeakRsa`]: such a key may still open files, but nothing is encrypted to it.
    pub fn to_recipient(&self) -> Result<Recipient, ParseError> {
        self.recipient.to_string().parse()
    }

    /// The type of its stanzas, and the first argument that those for this key have.
    fn tag(&self) -> (&'static str, String) {
        let kind = match self.recipient.0 {
            AgeRecipient::SshRsa(..) => RSA,
            AgeRecipient::SshEd25519(..) => ED25519,
        };
        let digest = Sha256::digest(wire_form(&self.recipient.0));
        (kind, BASE64_STANDARD_NO_PAD.encode(&digest[..TAG]))
    }

    fn unlocked(&self) -> Result<AgeIdentity, Reason> {
        let mut unlocked = self.unlocked.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(key) = &*unlocked {
            return Ok(key.clone());
        }
        let key = match &self.key {
            key @ AgeIdentity::Unencrypted(_) => key.clone(),
            AgeIdentity::Encrypted(locked) => {
                let question = Question::SshKey(self.name.clone());
                let answer =
                    self.ask.passphrase(&question).map_err(|error| Reason::Unusable(error.to_string()))?;
                locked.decrypt(answer).map_err(|_| Reason::WrongPassphrase)?.into()
            }
            AgeIdentity::Unsupported(_) => return Err(Reason::OtherType),
        };
        Ok(unlocked.insert(key).clone())
    }
}

impl Unwrap for Identity {
    fn unwrap(&self, stanzas: &[Stanza]) -> Unwrapped {
        let (kind, tag) = self.tag();
        let (mut other, mut mine) = (Reason::OtherType, Vec::new());
        for stanza in stanzas.iter().filter(|stanza| stanza.tag == kind) {
            if let Err(why) = check(stanza) {
                return Unwrapped::Bad(UnwrapError::Stanza { kind, why });
            }
            other = Reason::OtherKey;
            mine.extend((stanza.args[0] == tag).then_some(stanza));
        }
        if mine.is_empty() {
            return Unwrapped::NotMine(other);
        }
        // Its tag fits: now, and not before, a passphrase is asked for.
        let key = match self.unlocked() {
            Ok(key) => key,
            Err(reason) => return Unwrapped::NotMine(reason),
        };
        for stanza in mine {
            // Two keys in 2^32 share a tag: where a stanza does not fit after all, the next may.
            if let Some(Ok(file_key)) = age::Identity::unwrap_stanza(&key, stanza) {
                return Unwrapped::Opened(file_key);
            }
        }
        Unwrapped::NotMine(Reason::OtherKey)
    }

    fn effort(&self) -> Effort {
        match self.key {
            AgeIdentity::Encrypted(_) => Effort::Asks,
            _ => Effort::None,
        }
    }

    fn describe(&self) -> String {
        format!("SSH key {}", self.name)
    }
}

/// Checks the shape that a stanza of its type has, whoever it is for.
fn check(stanza: &Stanza) -> Result<(), &'static str> {
    let bytes = |arg: &String| BASE64_STANDARD_NO_PAD.decode(arg).map_or(0, |bytes| bytes.len());
    let (tag, share) = match (stanza.tag.as_str(), stanza.args.as_slice()) {
        (RSA, [tag]) => (tag, None),
        (ED25519, [tag, share]) => (tag, Some(share)),
        _ => return Err("it has a wrong number of arguments"),
    };
    if bytes(tag) != TAG {
        return Err("its tag is not 4 bytes of canonical base64");
    }
    match share {
        Some(share) if bytes(share) != 32 => Err("its share is not 32 bytes of canonical base64"),
        Some(_) if stanza.body.len() != 32 => Err("its body is not 32 bytes"),
        _ => Ok(()),
    }
}

fn not_supported(kind: &UnsupportedKey) -> ParseError {
    match kind {
        UnsupportedKey::EncryptedPem => ParseError::SshOldPem,
        UnsupportedKey::EncryptedSsh(_) => ParseError::SshCipher,
        UnsupportedKey::Hardware(_) => ParseError::SshHardware,
        UnsupportedKey::Type(kind) => unsupported(kind).unwrap_or(ParseError::SshForm),
    }
}
