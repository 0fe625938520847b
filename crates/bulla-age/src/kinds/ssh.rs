//! OpenSSH keys as recipients and identities (`ssh-ed25519`, `ssh-rsa`), over the age crate.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::file_key::FileKey;
use crate::format::Stanza;
use crate::key_error::KeyError;
use crate::stanza_type;
use age::ssh::{
    Identity as AgeIdentity, ParseRecipientKeyError, Recipient as AgeRecipient, UnsupportedKey,
};
use base64::{Engine, prelude::BASE64_STANDARD_NO_PAD};
use secrecy::SecretString;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::file_key::Nonce;
use crate::identity::{Effort, Identity, Mismatch, UnwrapError, Unwrapped};
use crate::kinds::old_pem::OldPem;
use crate::kinds::passphrase_forms::forms;
use crate::kinds::pem::{self, PrivateKeyForm};
use crate::kinds::ssh_ciphers::{self, OtherCipher};
use crate::kinds::{age_crate, pkcs8};
use crate::parse_error::ParseError;
use crate::prompter::{Prompter, Question};
use crate::recipient::{Provable, Recipient, Wrapped};
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

impl SshRecipient {
    /// Returns the type of this key's stanzas, and their first argument.
    fn tag(&self) -> (&'static str, String) {
        let kind = match self.0 {
            AgeRecipient::SshRsa(..) => RSA,
            AgeRecipient::SshEd25519(..) => ED25519,
        };
        let digest = Sha256::digest(wire_form(&self.0));
        (kind, BASE64_STANDARD_NO_PAD.encode(&digest[..TAG]))
    }

    /// Returns whether a stanza has the type and the tag of this key.
    pub(crate) fn fits(&self, stanza: &Stanza) -> bool {
        let (kind, tag) = self.tag();
        stanza.tag == kind && stanza.args.get(0) == Some(&*tag)
    }
}

impl fmt::Display for SshRecipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Recipient for SshRecipient {
    fn wrap(&self, file_key: &FileKey, _: &Nonce) -> Result<Wrapped, KeyError> {
        age_crate::wrap(&self.0, file_key)
    }

    fn names(&self) -> Vec<String> {
        vec![self.to_string()]
    }

    fn provable(&self) -> Provable {
        Provable::NamedOnly
    }
}

/// A private key as it was read.
enum SecretKey {
    /// As the age crate knows it.
    Known(AgeIdentity),
    /// Encrypted with a cipher that only another crate knows.
    Other(OtherCipher),
    /// Encrypted in the old form.
    OldPem(OldPem),
}

impl SecretKey {
    /// Parses a private key in PEM, and returns its public key too, if that is not encrypted.
    fn parse(text: &str) -> Result<(Self, Option<SshRecipient>), ParseError> {
        if text.len() > MAX_KEY {
            return Err(ParseError::SshForm);
        }
        let converted = match pem::private_key(text)? {
            PrivateKeyForm::OpenSsh => None,
            PrivateKeyForm::Pkcs8 => Some(pkcs8::to_openssh(text)?),
        };
        if let Some(key) = OldPem::parse(text)? {
            return Ok((Self::OldPem(key), None));
        }
        let text = converted.as_ref().map_or(text, |text| text.as_str());
        let key =
            AgeIdentity::from_buffer(text.as_bytes(), None).map_err(|_| ParseError::SshForm)?;
        let (key, recipient) = match key {
            AgeIdentity::Unsupported(UnsupportedKey::EncryptedSsh(_)) => {
                let key = OtherCipher::parse(text)?;
                let recipient = key
                    .recipient()
                    .map_err(|kind| unsupported(&kind).unwrap_or(ParseError::SshForm))?;
                (Self::Other(key), SshRecipient(recipient))
            }
            AgeIdentity::Unsupported(kind) => return Err(not_supported(&kind)),
            key => {
                let recipient = public_half(&key)?;
                (Self::Known(key), recipient)
            }
        };
        Ok((key, Some(recipient)))
    }
}

fn public_half(key: &AgeIdentity) -> Result<SshRecipient, ParseError> {
    match AgeRecipient::try_from(key.clone()) {
        Ok(recipient) => Ok(SshRecipient(recipient)),
        Err(ParseRecipientKeyError::Unsupported(kind)) => {
            Err(unsupported(&kind).unwrap_or(ParseError::SshForm))
        }
        Err(_) => Err(ParseError::SshForm),
    }
}

/// Returns whether a private key in PEM is encrypted with a passphrase, in a form that can be read.
pub(crate) fn has_passphrase(text: &str) -> bool {
    text.len() <= MAX_KEY && (ssh_ciphers::is_encrypted(text) || is_in_old_form(text))
}

/// Returns whether a private key in PEM is encrypted in the form of before 2014.
pub(crate) fn is_in_old_form(text: &str) -> bool {
    text.len() <= MAX_KEY && matches!(OldPem::parse(text), Ok(Some(_)))
}

/// Returns a private key in PEM without its passphrase, which is asked for now; `None` if it has
/// none.
///
/// # Errors
/// Those of [`SshIdentity::parse`], and those of asking.
pub(crate) fn without_passphrase(
    text: &str,
    name: &Untrusted,
    ask: &dyn Prompter,
) -> Result<Option<Zeroizing<String>>, KeyError> {
    let asked = match SecretKey::parse(text)?.0 {
        SecretKey::OldPem(key) => asking(name, ask, |form| key.decrypt(form)),
        SecretKey::Known(AgeIdentity::Encrypted(_)) | SecretKey::Other(_) => {
            let key = OtherCipher::parse(text)?;
            asking(name, ask, |form| key.decrypt(form))
        }
        SecretKey::Known(_) => return Ok(None),
    };
    asked.map(Some).map_err(of_asking)
}

/// Asks for the passphrase of a key until one unlocks it.
fn asking<T>(
    name: &Untrusted,
    ask: &dyn Prompter,
    unlock: impl Fn(&SecretString) -> Option<T>,
) -> Result<T, Mismatch> {
    let question = Question::SshKey(name.clone());
    loop {
        let answer = ask.passphrase(&question).map_err(Mismatch::Unanswered)?;
        match forms(answer).iter().find_map(&unlock) {
            Some(key) => return Ok(key),
            None if ask.asks_again(&question) => {}
            None => return Err(Mismatch::WrongPassphrase),
        }
    }
}

/// Returns why a key stays locked, for a caller that needs it unlocked.
fn of_asking(mismatch: Mismatch) -> KeyError {
    match mismatch {
        Mismatch::Unanswered(error) => KeyError::Ask(error),
        Mismatch::Unusable(why) => KeyError::Locked(why),
        _ => KeyError::WrongPassphrase,
    }
}

/// Parses a key that was decrypted.
fn decrypted(text: &str) -> Option<AgeIdentity> {
    match AgeIdentity::from_buffer(text.as_bytes(), None).ok()? {
        key @ AgeIdentity::Unencrypted(_) => Some(key),
        AgeIdentity::Encrypted(_) | AgeIdentity::Unsupported(_) => None,
    }
}

/// A private SSH key, which may be encrypted with a passphrase.
pub struct SshIdentity {
    name: Untrusted,
    key: SecretKey,
    /// Its public key. That of a key in the old form is known when it is unlocked.
    recipient: OnceLock<SshRecipient>,
    unlocked: Mutex<Option<AgeIdentity>>,
    ask: Arc<dyn Prompter>,
}

impl SshIdentity {
    /// Parses a private key in PEM, as OpenSSH writes it, or wrote it before 2014, or in PKCS#8.
    ///
    /// # Errors
    /// [`ParseError::SshForm`], the other errors whose names begin with `Ssh`, and those of blocks that
    /// are no private keys of SSH.
    pub fn parse(text: &str, name: Untrusted, ask: Arc<dyn Prompter>) -> Result<Self, ParseError> {
        let (key, recipient) = SecretKey::parse(text)?;
        Ok(Self {
            name,
            key,
            recipient: recipient.map_or_else(OnceLock::new, OnceLock::from),
            unlocked: Mutex::new(None),
            ask,
        })
    }

    /// Tells the public key of a key that hides its own, so that nobody is asked for the passphrase in
    /// vain. If it is that of another key, this one opens nothing.
    #[must_use]
    pub fn with_public_key(self, public: SshRecipient) -> Self {
        // That of any other key is known already, and stays.
        self.recipient.get_or_init(|| public);
        self
    }

    /// Returns its public key. This needs no passphrase, except for an encrypted key in the form of
    /// before 2014.
    ///
    /// # Errors
    /// [`ParseError::WeakRsa`]: such a key can still decrypt files, but nothing is encrypted to it.
    /// Those of asking for the passphrase.
    pub fn to_recipient(&self) -> Result<SshRecipient, KeyError> {
        if self.recipient.get().is_none() {
            self.unlocked().map_err(of_asking)?;
        }
        let recipient = self.recipient.get().ok_or(ParseError::SshForm)?;
        Ok(recipient.to_string().parse::<SshRecipient>()?)
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
            SecretKey::Known(key @ AgeIdentity::Unencrypted(_)) => key.clone(),
            SecretKey::Known(AgeIdentity::Encrypted(locked)) => {
                self.asking(|form| Some(locked.decrypt(form.clone()).ok()?.into()))?
            }
            SecretKey::Known(AgeIdentity::Unsupported(_)) => return Err(Mismatch::OtherType),
            SecretKey::Other(locked) => self.asking(|form| decrypted(&locked.decrypt(form)?))?,
            SecretKey::OldPem(locked) => {
                let (key, recipient) = self.asking(|form| {
                    let key = decrypted(&locked.decrypt(form)?)?;
                    let recipient = public_half(&key).ok()?;
                    Some((key, recipient))
                })?;
                let known = self.recipient.get_or_init(|| recipient.clone());
                if known.to_string() != recipient.to_string() {
                    let why = "mismatched private and public SSH key";
                    return Err(Mismatch::Unusable(why.to_owned()));
                }
                key
            }
        };
        Ok(unlocked.insert(key).clone())
    }

    fn asking<T>(&self, unlock: impl Fn(&SecretString) -> Option<T>) -> Result<T, Mismatch> {
        asking(&self.name, &*self.ask, unlock)
    }

    /// Returns the type of the stanzas that this key opens, and the tag in them, if it is known.
    fn tag(&self) -> (&'static str, Option<String>) {
        match self.recipient.get().map(SshRecipient::tag) {
            Some((kind, tag)) => (kind, Some(tag)),
            None => (RSA, None),
        }
    }

    /// Returns whether a stanza of its type may be for this key.
    fn may_fit(stanza: &Stanza, tag: Option<&str>) -> bool {
        tag.is_none_or(|tag| stanza.args.get(0) == Some(tag))
    }
}

impl Identity for SshIdentity {
    fn unwrap(&self, stanzas: &[Stanza]) -> Unwrapped {
        let (kind, tag) = self.tag();
        let (mut other, mut maybe) = (Mismatch::OtherType, Vec::new());
        for stanza in stanzas.iter().filter(|stanza| stanza.tag == kind) {
            if let Err(why) = check(stanza) {
                return Unwrapped::Failed(UnwrapError::Stanza { kind, why });
            }
            other = Mismatch::OtherKey;
            maybe.extend(Self::may_fit(stanza, tag.as_deref()).then_some(stanza));
        }
        if maybe.is_empty() {
            return Unwrapped::NoMatch(other);
        }
        // Ask for the passphrase only now that the tag matches, or that it must be looked for inside.
        let key = match self.unlocked() {
            Ok(key) => key,
            Err(reason) => return Unwrapped::NoMatch(reason),
        };
        let (_, tag) = self.tag();
        for stanza in maybe {
            if !Self::may_fit(stanza, tag.as_deref()) {
                continue;
            }
            // Tags are short, so another key can have the same one. If a stanza does not match, try
            // the next.
            if let Some(file_key) = age_crate::unwrap(&key, stanza) {
                return Unwrapped::FileKey(file_key);
            }
        }
        Unwrapped::NoMatch(Mismatch::OtherKey)
    }

    fn work(&self, stanzas: &[Stanza]) -> usize {
        let (kind, tag) = self.tag();
        let is_mine =
            |stanza: &&Stanza| stanza.tag == kind && Self::may_fit(stanza, tag.as_deref());
        let mine = stanzas.iter().filter(is_mine);
        let tried = match tag {
            Some(_) => mine.count(),
            // It has one tag, which shows when the key is unlocked.
            None => most_of_one(mine.map(|stanza| stanza.args.get(0))),
        };
        let each = if kind == RSA { 256 } else { 2 };
        each * tried
    }

    fn effort(&self) -> Effort {
        match self.key {
            SecretKey::Known(AgeIdentity::Encrypted(_))
            | SecretKey::Other(_)
            | SecretKey::OldPem(_) => Effort::Asks,
            SecretKey::Known(_) => Effort::None,
        }
    }

    fn describe(&self) -> String {
        format!("SSH key {}", self.name)
    }
}

/// Returns how often the most frequent of the tags comes.
fn most_of_one<'t>(tags: impl Iterator<Item = Option<&'t str>>) -> usize {
    let mut counts = HashMap::new();
    for tag in tags {
        *counts.entry(tag).or_insert(0) += 1;
    }
    counts.into_values().max().unwrap_or(0)
}

/// Checks the shape of a stanza of this type, for any key.
fn check(stanza: &Stanza) -> Result<(), &'static str> {
    let bytes = |arg: &str| {
        BASE64_STANDARD_NO_PAD
            .decode(arg)
            .map_or(0, |bytes| bytes.len())
    };
    let tag_and_share = match (stanza.tag.as_str(), stanza.args.len()) {
        (RSA, 1) | (ED25519, 2) => stanza.args.get(0).map(|tag| (tag, stanza.args.get(1))),
        _ => None,
    };
    let Some((tag, share)) = tag_and_share else {
        return Err("it has the wrong number of arguments");
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
        UnsupportedKey::EncryptedPem | UnsupportedKey::EncryptedSsh(_) => ParseError::SshCipher,
        UnsupportedKey::Hardware(_) => ParseError::SshHardware,
        UnsupportedKey::Type(kind) => unsupported(kind).unwrap_or(ParseError::SshForm),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prompter::AnswerError;
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
    fn an_incomplete_key_is_refused() {
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
    fn an_unencrypted_key_unwraps_without_a_prompt() {
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
    fn a_wrong_passphrase_of_an_ssh_key_is_asked_for_again() {
        let person = Person::who_tries(&["wrong", "passphrase"]);
        let identity = identity(ED25519_LOCKED, &person).unwrap();
        let file = [wrapped(ED25519_LOCKED_PUB, 7)];
        assert_eq!(outcome(identity.unwrap(&file)), Ok(7));
        assert_eq!(person.heard().len(), 2);
    }

    #[test]
    fn a_locked_key_without_its_passphrase_says_why() {
        for (answer, why) in [
            (Some("wrong"), "WrongPassphrase"),
            (None, "unanswered: passphrase for SSH key key"),
        ] {
            let person = Person::who_says(answer);
            let identity = identity(ED25519_LOCKED, &person).unwrap();
            let said = outcome(identity.unwrap(&[wrapped(ED25519_LOCKED_PUB, 7)])).unwrap_err();
            assert!(said.starts_with(why), "{said}");
        }
    }

    /// Its public key, and so its tag, is inside.
    #[test]
    fn a_locked_key_in_the_old_form_asks_once_and_only_for_its_type() {
        let person = Person::who_tries(&["wrong", "passphrase"]);
        let identity = identity(RSA_OLD_PEM, &person).unwrap();
        assert_eq!(identity.effort(), Effort::Asks);
        assert_eq!(
            outcome(identity.unwrap(&[wrapped(ED25519_PUB, 7)])),
            Err("OtherType".to_owned())
        );
        let others = || stanza("ssh-rsa AAAAAA", &[0; 256]);
        assert_eq!(identity.work(&[others()]), 256);
        let different = stanza("ssh-rsa BBBBBA", &[0; 256]);
        assert_eq!(identity.work(&[others(), different, others()]), 2 * 256);
        assert!(person.heard().is_empty() && !identity.is_unlocked());
        assert_eq!(
            outcome(identity.unwrap(&[others()])),
            Err("OtherKey".to_owned())
        );
        assert_eq!(person.heard(), ["passphrase for SSH key key"; 2]);
        assert_eq!(identity.work(&[others()]), 0);
        let own = identity.to_recipient().unwrap().to_string();
        assert_eq!(own, RSA_PUB.rsplit_once(' ').unwrap().0);
        for byte in [7, 8] {
            let file = [others(), wrapped(&own, byte)];
            assert_eq!(outcome(identity.unwrap(&file)), Ok(byte));
        }
        assert_eq!(person.heard().len(), 2);
    }

    #[test]
    fn a_public_key_that_is_told_spares_questions_and_must_be_the_right_one() {
        let person = Person::who_says(Some("passphrase"));
        let key = |public: &str| {
            let key = identity(RSA_OLD_PEM, &person).unwrap();
            key.with_public_key(public.parse().unwrap())
        };
        let right = key(RSA_PUB);
        assert_eq!(
            outcome(right.unwrap(&[stanza("ssh-rsa AAAAAA", &[0; 256])])),
            Err("OtherKey".to_owned())
        );
        assert!(right.to_recipient().is_ok() && person.heard().is_empty());
        assert_eq!(outcome(right.unwrap(&[wrapped(RSA_PUB, 7)])), Ok(7));
        assert_eq!(person.heard().len(), 1);
        let wrong = key(ED25519_PUB);
        assert_eq!(
            outcome(wrong.unwrap(&[wrapped(RSA_PUB, 7)])),
            Err("OtherType".to_owned())
        );
        assert_eq!(
            outcome(wrong.unwrap(&[wrapped(ED25519_PUB, 7)])),
            Err("unusable: mismatched private and public SSH key".to_owned())
        );
    }

    #[test]
    fn the_public_key_of_the_old_form_takes_its_passphrase() {
        for (answer, why) in [
            (Some("wrong"), KeyError::WrongPassphrase),
            (
                None,
                KeyError::Ask(AnswerError::NoTerminal(
                    "passphrase for SSH key key".to_owned(),
                )),
            ),
        ] {
            let person = Person::who_says(answer);
            let identity = identity(RSA_OLD_PEM, &person).unwrap();
            assert_eq!(identity.to_recipient().err(), Some(why));
        }
    }

    #[test]
    fn a_key_without_its_passphrase_is_the_same_key() {
        let person = Person::who_says(Some("passphrase"));
        let nobody = Person::who_says(None);
        for locked in [ED25519_LOCKED, RSA_OLD_PEM] {
            assert!(has_passphrase(locked));
            let open = without_passphrase(locked, &Untrusted::new("key"), &*person);
            let open = open.unwrap().unwrap();
            assert!(!has_passphrase(&open));
            let same = identity(&open, &nobody).unwrap().to_recipient().unwrap();
            let own = identity(locked, &person).unwrap().to_recipient().unwrap();
            assert_eq!(same.to_string(), own.to_string());
            let refused = without_passphrase(locked, &Untrusted::new("key"), &*nobody);
            assert!(matches!(refused, Err(KeyError::Ask(_))));
        }
        for open in [ED25519_KEY, RSA_KEY, ECDSA] {
            assert!(!has_passphrase(open));
        }
        let none = without_passphrase(ED25519_KEY, &Untrusted::new("key"), &*nobody);
        assert!(none.unwrap().is_none());
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
            (
                RSA_OLD_PEM.replace("AES", "CAMELLIA"),
                ParseError::SshCipher,
            ),
            (ED25519_KEY[..200].to_owned(), ParseError::SshForm),
            (
                RSA_OLD_PEM.replace("RSA", "EC"),
                ParseError::SshType("ecdsa"),
            ),
            (
                "-----BEGIN OPENSSH PRIVATE KEY-----\n".to_owned() + &"A".repeat(MAX_KEY),
                ParseError::SshForm,
            ),
        ];
        for (text, why) in cases {
            assert_eq!(identity(&text, &nobody).err(), Some(why));
        }
        let weak = identity(RSA_WEAK, &nobody).unwrap();
        assert_eq!(
            weak.to_recipient().err(),
            Some(KeyError::Parse(ParseError::WeakRsa))
        );
    }
}
