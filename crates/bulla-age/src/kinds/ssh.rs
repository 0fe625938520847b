//! OpenSSH keys as recipients and identities (`ssh-ed25519`, `ssh-rsa`), over the age crate.

use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};

use crate::file_key::FileKey;
use crate::format::Stanza;
use crate::stanza_type;
use age::ssh::{
    Identity as AgeIdentity, ParseRecipientKeyError, Recipient as AgeRecipient, UnsupportedKey,
};
use base64::{Engine, prelude::BASE64_STANDARD_NO_PAD};
use sha2::{Digest, Sha256};

use crate::file_key::Nonce;
use crate::identity::{Effort, Identity, Mismatch, UnwrapError, Unwrapped};
use crate::kinds::age_crate;
use crate::parse_error::ParseError;
use crate::prompter::{Prompter, Question};
use crate::recipient::{BoxedError, Provable, Recipient, Wrapped};
use crate::untrusted::Untrusted;

/// The stanza types.
const RSA: &str = stanza_type::SSH_RSA;
const ED25519: &str = stanza_type::SSH_ED25519;
/// The length of the tag that says which key a stanza is for.
const TAG: usize = 4;
/// The longest private key that is parsed. An RSA key of 16,384 bits has about 13,000 bytes.
const MAX_KEY: usize = 64 << 10;

/// Types of SSH keys that age does not support.
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

/// Returns true if a text begins like a public SSH key, of a supported type or not.
pub(crate) fn is_public_key(text: &str) -> bool {
    let kind = text.split_ascii_whitespace().next().unwrap_or_default();
    matches!(kind, "ssh-ed25519" | "ssh-rsa") || unsupported(kind).is_some()
}

fn unsupported(kind: &str) -> Option<ParseError> {
    UNSUPPORTED
        .iter()
        .find(|known| **known == kind)
        .map(|known| ParseError::SshType(known))
}

/// A public SSH key, without its comment.
#[derive(Clone)]
pub struct SshRecipient(AgeRecipient);

impl FromStr for SshRecipient {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let mut words = text.split_ascii_whitespace();
        let (kind, blob) = (
            words.next().unwrap_or_default(),
            words.next().unwrap_or_default(),
        );
        if let Some(error) = unsupported(kind) {
            return Err(error);
        }
        let canonical = format!("{kind} {}", blob.trim_end_matches('='));
        let key: AgeRecipient = canonical.parse().map_err(|error| match error {
            ParseRecipientKeyError::RsaModulusTooSmall => ParseError::WeakRsa,
            _ => ParseError::Ssh,
        })?;
        // The age crate ignores trailing data, which would be lost silently.
        if key.to_string().trim_end_matches('=') != canonical
            || !ends_with_its_last_field(&wire_form(&key))
        {
            return Err(ParseError::Ssh);
        }
        match &key {
            AgeRecipient::SshEd25519(_, point) if point.is_small_order() => {
                Err(ParseError::LowOrder)
            }
            _ => Ok(Self(key)),
        }
    }
}

/// Returns the public key in the encoding of SSH: length-prefixed fields.
fn wire_form(key: &AgeRecipient) -> Vec<u8> {
    match key {
        AgeRecipient::SshRsa(bytes, _) | AgeRecipient::SshEd25519(bytes, _) => bytes.clone(),
    }
}

fn ends_with_its_last_field(mut bytes: &[u8]) -> bool {
    let fields = if bytes.get(4..11) == Some(b"ssh-rsa") {
        3
    } else {
        2
    };
    for _ in 0..fields {
        let Some((len, rest)) = bytes.split_first_chunk() else {
            return false;
        };
        let Some(rest) = rest.get(u32::from_be_bytes(*len) as usize..) else {
            return false;
        };
        bytes = rest;
    }
    bytes.is_empty()
}

impl fmt::Display for SshRecipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Recipient for SshRecipient {
    fn wrap(&self, file_key: &FileKey, _: &Nonce) -> Result<Wrapped, BoxedError> {
        age_crate::wrap(&self.0, file_key)
    }

    fn names(&self) -> Vec<String> {
        vec![self.to_string()]
    }

    fn provable(&self) -> Provable {
        Provable::NamedOnly
    }
}

/// A private SSH key, which may be encrypted with a passphrase.
pub struct SshIdentity {
    name: Untrusted,
    key: AgeIdentity,
    recipient: SshRecipient,
    unlocked: Mutex<Option<AgeIdentity>>,
    ask: Arc<dyn Prompter>,
}

impl SshIdentity {
    /// Parses an OpenSSH private key (PEM).
    ///
    /// # Errors
    /// [`ParseError::SshForm`] and the other errors whose names begin with `Ssh`.
    pub fn parse(text: &str, name: Untrusted, ask: Arc<dyn Prompter>) -> Result<Self, ParseError> {
        if text.len() > MAX_KEY {
            return Err(ParseError::SshForm);
        }
        let key =
            AgeIdentity::from_buffer(text.as_bytes(), None).map_err(|_| ParseError::SshForm)?;
        if let AgeIdentity::Unsupported(kind) = &key {
            return Err(not_supported(kind));
        }
        let recipient = AgeRecipient::try_from(key.clone()).map_err(|error| match error {
            ParseRecipientKeyError::Unsupported(kind) => {
                unsupported(&kind).unwrap_or(ParseError::SshForm)
            }
            _ => ParseError::SshForm,
        })?;
        Ok(Self {
            name,
            key,
            recipient: SshRecipient(recipient),
            unlocked: Mutex::new(None),
            ask,
        })
    }

    /// Returns its public key. This needs no passphrase.
    ///
    /// # Errors
    /// [`ParseError::WeakRsa`]: such a key can still decrypt files, but nothing is encrypted to it.
    pub fn to_recipient(&self) -> Result<SshRecipient, ParseError> {
        self.recipient.to_string().parse()
    }

    /// Returns the type of this key's stanzas, and their first argument.
    fn tag(&self) -> (&'static str, String) {
        let kind = match self.recipient.0 {
            AgeRecipient::SshRsa(..) => RSA,
            AgeRecipient::SshEd25519(..) => ED25519,
        };
        let digest = Sha256::digest(wire_form(&self.recipient.0));
        (kind, BASE64_STANDARD_NO_PAD.encode(&digest[..TAG]))
    }

    /// Returns true if its passphrase was entered.
    pub(crate) fn is_unlocked(&self) -> bool {
        self.unlocked
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .is_some()
    }

    fn unlocked(&self) -> Result<AgeIdentity, Mismatch> {
        let mut unlocked = self.unlocked.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(key) = &*unlocked {
            return Ok(key.clone());
        }
        let key = match &self.key {
            key @ AgeIdentity::Unencrypted(_) => key.clone(),
            AgeIdentity::Encrypted(locked) => {
                let question = Question::SshKey(self.name.clone());
                let answer = self
                    .ask
                    .passphrase(&question)
                    .map_err(|error| Mismatch::Unusable(error.to_string()))?;
                locked
                    .decrypt(answer)
                    .map_err(|_| Mismatch::WrongPassphrase)?
                    .into()
            }
            AgeIdentity::Unsupported(_) => return Err(Mismatch::OtherType),
        };
        Ok(unlocked.insert(key).clone())
    }
}

impl Identity for SshIdentity {
    fn unwrap(&self, stanzas: &[Stanza]) -> Unwrapped {
        let (kind, tag) = self.tag();
        let (mut other, mut mine) = (Mismatch::OtherType, Vec::new());
        for stanza in stanzas.iter().filter(|stanza| stanza.tag == kind) {
            if let Err(why) = check(stanza) {
                return Unwrapped::Failed(UnwrapError::Stanza { kind, why });
            }
            other = Mismatch::OtherKey;
            mine.extend((stanza.args[0] == tag).then_some(stanza));
        }
        if mine.is_empty() {
            return Unwrapped::NoMatch(other);
        }
        // Ask for the passphrase only now that the tag matches.
        let key = match self.unlocked() {
            Ok(key) => key,
            Err(reason) => return Unwrapped::NoMatch(reason),
        };
        for stanza in mine {
            // Tags are short, so another key can have the same one. If a stanza does not match, try
            // the next.
            if let Some(file_key) = age_crate::unwrap(&key, stanza) {
                return Unwrapped::FileKey(file_key);
            }
        }
        Unwrapped::NoMatch(Mismatch::OtherKey)
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

/// Checks the shape of a stanza of this type, for any key.
fn check(stanza: &Stanza) -> Result<(), &'static str> {
    let bytes = |arg: &String| {
        BASE64_STANDARD_NO_PAD
            .decode(arg)
            .map_or(0, |bytes| bytes.len())
    };
    let (tag, share) = match (stanza.tag.as_str(), stanza.args.as_slice()) {
        (RSA, [tag]) => (tag, None),
        (ED25519, [tag, share]) => (tag, Some(share)),
        _ => return Err("it has the wrong number of arguments"),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    fn identity(text: &str, ask: &Arc<Person>) -> Result<SshIdentity, ParseError> {
        SshIdentity::parse(text, Untrusted::new("key"), ask.clone())
    }

    fn wrapped(public: &str, byte: u8) -> Stanza {
        let recipient: SshRecipient = public.parse().unwrap();
        recipient
            .wrap(&file_key(byte), &[0; 16])
            .unwrap()
            .stanzas
            .remove(0)
    }

    #[test]
    fn a_comment_is_dropped_and_blanks_do_not_matter() {
        for public in [ED25519_PUB, RSA_PUB, ED25519_LOCKED_PUB] {
            let canonical = public.rsplit_once(' ').unwrap().0;
            let spaced = canonical.replace(' ', " \t");
            for text in [
                public,
                canonical,
                &spaced,
                &format!("{public} with more words"),
            ] {
                assert_eq!(text.parse::<SshRecipient>().unwrap().to_string(), canonical);
            }
        }
    }

    #[test]
    fn what_is_not_whole_is_refused() {
        let canonical = ED25519_PUB.rsplit_once(' ').unwrap().0;
        for text in [
            "ssh-ed25519",
            &format!("{canonical}AAAA"),
            &format!("{canonical}!"),
            &canonical[..50],
        ] {
            assert_eq!(
                text.parse::<SshRecipient>().err(),
                Some(ParseError::Ssh),
                "{text}"
            );
        }
        let rsa = RSA_PUB.rsplit_once(' ').unwrap().0;
        assert_eq!(
            format!("{rsa}AAAA").parse::<SshRecipient>().err(),
            Some(ParseError::Ssh)
        );
        assert_eq!(
            RSA_WEAK_PUB.parse::<SshRecipient>().err(),
            Some(ParseError::WeakRsa)
        );
        assert_eq!(
            ECDSA_PUB.parse::<SshRecipient>().err(),
            Some(ParseError::SshType("ecdsa-sha2-nistp256"))
        );
        let low_order =
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        assert_eq!(
            low_order.parse::<SshRecipient>().err(),
            Some(ParseError::LowOrder)
        );
    }

    #[test]
    fn a_plain_key_opens_what_was_wrapped_for_it_and_asks_nobody() {
        let nobody = Person::who_says(None);
        for (private, public) in [(ED25519_KEY, ED25519_PUB), (RSA_KEY, RSA_PUB)] {
            for text in [private.to_owned(), private.replace('\n', "\r\n")] {
                let identity = identity(&text, &nobody).unwrap();
                let canonical = public.rsplit_once(' ').unwrap().0;
                assert_eq!(identity.to_recipient().unwrap().to_string(), canonical);
                let other = wrapped(ED25519_LOCKED_PUB, 1);
                assert_eq!(
                    outcome(identity.unwrap(&[other, wrapped(public, 7)])),
                    Ok(7)
                );
                assert_eq!(identity.effort(), Effort::None);
            }
        }
        assert_eq!(nobody.heard(), [""; 0]);
    }

    #[test]
    fn a_locked_key_asks_once_and_only_when_its_tag_fits() {
        let person = Person::who_says(Some("passphrase"));
        let identity = identity(ED25519_LOCKED, &person).unwrap();
        assert_eq!(
            identity.to_recipient().unwrap().names(),
            [ED25519_LOCKED_PUB.rsplit_once(' ').unwrap().0]
        );
        assert_eq!(
            outcome(identity.unwrap(&[stanza("X25519 a", b"")])),
            Err("OtherType".to_owned())
        );
        assert_eq!(
            outcome(identity.unwrap(&[wrapped(ED25519_PUB, 7)])),
            Err("OtherKey".to_owned())
        );
        assert_eq!(person.heard(), [""; 0]);
        for byte in [7, 8] {
            let file = [wrapped(ED25519_PUB, 1), wrapped(ED25519_LOCKED_PUB, byte)];
            assert_eq!(outcome(identity.unwrap(&file)), Ok(byte));
        }
        assert_eq!(person.heard(), ["passphrase for SSH key key"]);
    }

    #[test]
    fn a_locked_key_without_its_passphrase_says_why() {
        for (answer, why) in [
            (Some("wrong"), "WrongPassphrase"),
            (None, "unusable: passphrase for SSH key key"),
        ] {
            let person = Person::who_says(answer);
            let identity = identity(ED25519_LOCKED, &person).unwrap();
            let said = outcome(identity.unwrap(&[wrapped(ED25519_LOCKED_PUB, 7)])).unwrap_err();
            assert!(said.starts_with(why), "{said}");
        }
    }

    #[test]
    fn a_malformed_stanza_is_found_whoever_it_is_for() {
        let person = Person::who_says(Some("passphrase"));
        let (ed, rsa) = (
            identity(ED25519_LOCKED, &person).unwrap(),
            identity(RSA_KEY, &person).unwrap(),
        );
        let share = BASE64_STANDARD_NO_PAD.encode([9; 32]);
        let cases = [
            ("ssh-ed25519 AAAAAA", 32),
            ("ssh-ed25519", 32),
            (&*format!("ssh-ed25519 AAAAAA {share}"), 31),
            (&*format!("ssh-ed25519 AAAAAA {share} x"), 32),
            (&*format!("ssh-ed25519 AAAAAB {share}"), 32),
            (&*format!("ssh-ed25519 AAAA {share}"), 32),
            ("ssh-ed25519 AAAAAA AAAA", 32),
            ("ssh-rsa", 256),
            ("ssh-rsa AAAAAA x", 256),
            ("ssh-rsa AAAAA", 256),
        ];
        for (line, body) in cases {
            let identity = if line.starts_with("ssh-rsa") {
                &rsa
            } else {
                &ed
            };
            let file = [
                wrapped(ED25519_LOCKED_PUB, 7),
                wrapped(RSA_PUB, 7),
                stanza(line, &vec![0; body]),
            ];
            let said = outcome(identity.unwrap(&file));
            assert!(
                said.as_ref()
                    .is_err_and(|why| why.starts_with("bad: malformed ssh-")),
                "{line}: {said:?}"
            );
        }
        assert_eq!(person.heard(), [""; 0]);
    }

    #[test]
    fn keys_that_cannot_be_used_say_why() {
        let nobody = Person::who_says(None);
        let cases = [
            (ECDSA.to_owned(), ParseError::SshType("ecdsa-sha2-nistp256")),
            (RSA_OLD_PEM.to_owned(), ParseError::SshOldPem),
            (ED25519_KEY[..200].to_owned(), ParseError::SshForm),
            (RSA_OLD_PEM.replace("RSA", "EC"), ParseError::SshForm),
            (
                "-----BEGIN OPENSSH PRIVATE KEY-----\n".to_owned() + &"A".repeat(MAX_KEY),
                ParseError::SshForm,
            ),
        ];
        for (text, why) in cases {
            assert_eq!(identity(&text, &nobody).err(), Some(why));
        }
        let weak = identity(RSA_WEAK, &nobody).unwrap();
        assert_eq!(weak.to_recipient().err(), Some(ParseError::WeakRsa));
    }
}
