//! Passphrases (C2SP age.md, "The scrypt recipient type"), over the age crate.

use std::sync::{Arc, Mutex, PoisonError};

use age_core::format::{FileKey, Stanza};
use age_core::secrecy::SecretString;
use base64::{Engine, prelude::BASE64_STANDARD_NO_PAD};

use super::adapter;
use super::ask::{Ask, Question};
use super::error::Error;
use crate::protocol::{
    Effort, KeyError, Nonce, Provable, Reason, Unwrap, UnwrapError, Unwrapped, Wrap, Wrapped,
};

/// The stanza's type.
const TAG: &str = "scrypt";
/// Words of a generated passphrase, 11 bits each.
const WORDS: usize = 10;

/// Encrypts to a passphrase: every file gets a salt of its own, so scrypt runs once a file.
pub struct Recipient {
    passphrase: SecretString,
    work_factor: u8,
}

impl Recipient {
    /// Takes a passphrase and the logarithm of scrypt's cost (1 to 63; 18 is usual and takes 256 MiB).
    pub fn new(passphrase: SecretString, work_factor: u8) -> Self {
        Self { passphrase, work_factor: work_factor.clamp(1, 63) }
    }
}

impl Wrap for Recipient {
    fn wrap(&self, file_key: &FileKey, _: &Nonce) -> Result<Wrapped, KeyError> {
        let mut recipient = age::scrypt::Recipient::new(self.passphrase.clone());
        recipient.set_work_factor(self.work_factor);
        adapter::wrap(&recipient, file_key)
    }

    fn names(&self) -> Vec<String> {
        vec!["a passphrase".to_owned()]
    }

    fn provable(&self) -> Provable {
        Provable::Unnamed
    }
}

/// Opens passphrase files; asks when the first comes along, and remembers the answer for the others.
pub struct Identity {
    ask: Arc<dyn Ask>,
    question: Question,
    max_work_factor: u8,
    answer: Mutex<Option<SecretString>>,
}

impl Identity {
    /// Accepts files up to a cost of 2^`max_work_factor`.
    pub fn new(ask: Arc<dyn Ask>, question: Question, max_work_factor: u8) -> Self {
        Self { ask, question, max_work_factor, answer: Mutex::new(None) }
    }

    fn passphrase(&self) -> Result<SecretString, super::AskError> {
        let mut answer = self.answer.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = &*answer {
            return Ok(known.clone());
        }
        let new = self.ask.passphrase(&self.question)?;
        Ok(answer.insert(new).clone())
    }
}

impl Unwrap for Identity {
    fn unwrap(&self, stanzas: &[Stanza]) -> Unwrapped {
        let Some(stanza) = stanzas.iter().find(|stanza| stanza.tag == TAG) else {
            return Unwrapped::NotMine(Reason::OtherType);
        };
        let wrong = |why| Unwrapped::Bad(UnwrapError::Stanza { kind: TAG, why });
        if stanzas.len() > 1 {
            return wrong("it must be alone in its header");
        }
        let work_factor = match check(stanza) {
            Ok(work_factor) => work_factor,
            Err(why) => return wrong(why),
        };
        if work_factor > self.max_work_factor {
            return Unwrapped::Bad(UnwrapError::Key(Box::new(Error::ExcessiveWork {
                required: work_factor,
            })));
        }
        let passphrase = match self.passphrase() {
            Ok(passphrase) => passphrase,
            Err(error) => return Unwrapped::NotMine(Reason::Unusable(error.to_string())),
        };
        let mut identity = age::scrypt::Identity::new(passphrase);
        identity.set_max_work_factor(self.max_work_factor);
        match age::Identity::unwrap_stanza(&identity, stanza) {
            Some(Ok(file_key)) => Unwrapped::Opened(file_key),
            _ => Unwrapped::NotMine(Reason::WrongPassphrase),
        }
    }

    fn effort(&self) -> Effort {
        Effort::Asks
    }

    fn describe(&self) -> String {
        self.question.to_string()
    }
}

/// Checks a stanza's shape before anybody is asked; gives its work factor.
fn check(stanza: &Stanza) -> Result<u8, &'static str> {
    let [salt, work_factor] = stanza.args.as_slice() else { return Err("it must have two arguments") };
    if BASE64_STANDARD_NO_PAD.decode(salt).map_or(0, |salt| salt.len()) != 16 {
        return Err("its salt is not 16 bytes of canonical base64");
    }
    if stanza.body.len() != 32 {
        return Err("its body is not 32 bytes");
    }
    let decimal = !work_factor.starts_with('0') && work_factor.bytes().all(|byte| byte.is_ascii_digit());
    work_factor
        .parse()
        .ok()
        .filter(|&n| decimal && n < 64)
        .ok_or("its work factor is not a decimal number from 1 to 63")
}

/// A new passphrase: ten words of the BIP39 English list, 110 uniform bits.
///
/// # Errors
/// Those of the system's random number generator.
pub fn generate() -> Result<SecretString, getrandom::Error> {
    let list = bip39::Language::English.word_list();
    let mut words = Vec::with_capacity(WORDS);
    for _ in 0..WORDS {
        let mut index = [0; 2];
        getrandom::fill(&mut index)?;
        words.push(list[usize::from(u16::from_le_bytes(index)) % list.len()]);
    }
    Ok(SecretString::from(words.join("-")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_generated_passphrase_has_ten_words_of_2048() {
        use age_core::secrecy::ExposeSecret;
        let list = bip39::Language::English.word_list();
        assert_eq!(list.len(), 2048, "so that 65,536 is a multiple of it");
        let passphrase = generate().unwrap();
        let words: Vec<_> = passphrase.expose_secret().split('-').collect();
        assert_eq!(words.len(), WORDS);
        assert!(words.iter().all(|word| list.contains(word)));
    }
}
