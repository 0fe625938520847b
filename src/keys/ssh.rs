//! OpenSSH keys as recipients and identities (`ssh-ed25519`, `ssh-rsa`), over the age crate.

use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};

use age::ssh::{Identity as AgeIdentity, ParseRecipientKeyError, Recipient as AgeRecipient};
use age_core::format::{FileKey, Stanza};
use base64::{Engine, prelude::BASE64_STANDARD, prelude::BASE64_STANDARD_NO_PAD};
use sha2::{Digest, Sha256};

use super::adapter;
use super::ask::{Ask, Question};
use super::error::ParseError;
use crate::protocol::{
    Effort, KeyError, Nonce, Provable, Reason, Unwrap, UnwrapError, Unwrapped, Wrap, Wrapped,
};
use crate::untrusted::Untrusted;

/// A public SSH key; its comment is not kept.
#[derive(Clone)]
pub struct Recipient(AgeRecipient);

impl FromStr for Recipient {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let kind = text.split(' ').next().unwrap_or_default();
        if !matches!(kind, "ssh-ed25519" | "ssh-rsa") {
            return Err(ParseError::SshType(Untrusted::new(kind)));
        }
        text.parse().map(Self).map_err(|error| match error {
            ParseRecipientKeyError::RsaModulusTooSmall => ParseError::WeakRsa,
            ParseRecipientKeyError::Unsupported(kind) => ParseError::SshType(Untrusted::new(kind)),
            _ => ParseError::Ssh,
        })
    }
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
    /// [`ParseError::SshForm`] for kinds that cannot be used.
    pub fn parse(text: &str, name: Untrusted, ask: Arc<dyn Ask>) -> Result<Self, ParseError> {
        let key = AgeIdentity::from_buffer(text.as_bytes(), None).map_err(|_| ParseError::SshForm)?;
        if let AgeIdentity::Unsupported(_) = key {
            return Err(ParseError::SshForm);
        }
        let recipient = AgeRecipient::try_from(key.clone()).map_err(|_| ParseError::SshForm)?;
        Ok(Self { name, key, recipient: Recipient(recipient), unlocked: Mutex::new(None), ask })
    }

    /// Its public key; needs no passphrase.
    pub fn to_recipient(&self) -> Recipient {
        self.recipient.clone()
    }

    /// The type of its stanzas, and the first argument that those for this key have.
    fn tag(&self) -> (String, String) {
        let text = self.recipient.to_string();
        let (kind, blob) = text.split_once(' ').unwrap_or((&text, ""));
        let digest = Sha256::digest(BASE64_STANDARD.decode(blob).unwrap_or_default());
        (kind.to_owned(), BASE64_STANDARD_NO_PAD.encode(&digest[..4]))
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
        let mut of_kind = stanzas.iter().filter(|stanza| stanza.tag == kind).peekable();
        let other = if of_kind.peek().is_some() { Reason::OtherKey } else { Reason::OtherType };
        let Some(stanza) = of_kind.find(|stanza| stanza.args.first() == Some(&tag)) else {
            return Unwrapped::NotMine(other);
        };
        // Its tag fits: now, and not before, a passphrase is asked for.
        let key = match self.unlocked() {
            Ok(key) => key,
            Err(reason) => return Unwrapped::NotMine(reason),
        };
        match age::Identity::unwrap_stanza(&key, stanza) {
            Some(Ok(file_key)) => Unwrapped::Opened(file_key),
            Some(Err(age::DecryptError::InvalidHeader)) | None => Unwrapped::Bad(UnwrapError::Stanza {
                kind: "ssh",
                why: "its arguments or its body have a wrong form",
            }),
            Some(Err(_)) => Unwrapped::NotMine(Reason::OtherKey),
        }
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
