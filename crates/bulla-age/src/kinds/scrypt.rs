//! Passphrases (C2SP age.md, "The scrypt recipient type"), over the age crate.

use std::sync::{Arc, Mutex, PoisonError};

use crate::file_key::FileKey;
use crate::format::Stanza;
use crate::stanza_type;
use base64::{Engine, prelude::BASE64_STANDARD_NO_PAD};
use secrecy::SecretString;

use crate::decrypt::LockedFile;
use crate::file_key::Nonce;
use crate::format::Source;
use crate::identity::{Effort, Identity, Mismatch, UnwrapError, Unwrapped};
use crate::key_error::KeyError;
use crate::kinds::age_crate;
use crate::prompter::{AnswerError, Prompter, Question};
use crate::recipient::{BoxedError, Provable, Recipient, Wrapped};

/// The stanza's type.
const TAG: &str = stanza_type::SCRYPT;
/// The number of words in a generated passphrase, 11 bits each.
const WORDS: usize = 10;

/// A passphrase to encrypt to. Every file gets its own salt, so scrypt runs once per file.
pub struct ScryptRecipient {
    passphrase: SecretString,
    passphrase_work_factor: u8,
}

impl ScryptRecipient {
    /// Creates a recipient with a passphrase and the base-2 logarithm of scrypt's cost (1 to 63; 18
    /// is usual and takes 256 MiB).
    pub fn new(passphrase: SecretString, passphrase_work_factor: u8) -> Self {
        Self {
            passphrase,
            passphrase_work_factor: passphrase_work_factor.clamp(1, 63),
        }
    }
}

impl Recipient for ScryptRecipient {
    fn wrap(&self, file_key: &FileKey, _: &Nonce) -> Result<Wrapped, BoxedError> {
        let mut recipient = age::scrypt::Recipient::new(self.passphrase.clone());
        recipient.set_work_factor(self.passphrase_work_factor);
        age_crate::wrap(&recipient, file_key)
    }

    fn names(&self) -> Vec<String> {
        vec!["a passphrase".to_owned()]
    }

    fn provable(&self) -> Provable {
        Provable::Unnamed
    }
}

/// Decrypts passphrase files. Asks for the passphrase at the first file and remembers it for the
/// others.
pub struct ScryptIdentity {
    ask: Arc<dyn Prompter>,
    question: Question,
    max_work_factor: u8,
    answer: Mutex<Option<Result<SecretString, AnswerError>>>,
}

impl ScryptIdentity {
    /// Accepts files up to a cost of 2^`max_work_factor`.
    pub fn new(ask: Arc<dyn Prompter>, question: Question, max_work_factor: u8) -> Self {
        Self {
            ask,
            question,
            max_work_factor,
            answer: Mutex::new(None),
        }
    }

    /// Asks the first time. Also remembers if there was no answer.
    pub(crate) fn passphrase(&self) -> Result<SecretString, AnswerError> {
        let mut answer = self.answer.lock().unwrap_or_else(PoisonError::into_inner);
        answer
            .get_or_insert_with(|| self.ask.passphrase(&self.question))
            .clone()
    }
}

impl Identity for ScryptIdentity {
    fn unwrap(&self, stanzas: &[Stanza]) -> Unwrapped {
        let Some(stanza) = stanzas.iter().find(|stanza| stanza.tag == TAG) else {
            return Unwrapped::NoMatch(Mismatch::OtherType);
        };
        let wrong = |why| Unwrapped::Failed(UnwrapError::Stanza { kind: TAG, why });
        if stanzas.len() > 1 {
            return wrong("it must be the only stanza");
        }
        let passphrase_work_factor = match check(stanza) {
            Ok(passphrase_work_factor) => passphrase_work_factor,
            Err(why) => return wrong(why),
        };
        if passphrase_work_factor > self.max_work_factor {
            return Unwrapped::Failed(UnwrapError::Key(Box::new(KeyError::ExcessiveWork {
                required: passphrase_work_factor,
            })));
        }
        let passphrase = match self.passphrase() {
            Ok(passphrase) => passphrase,
            Err(error) => return Unwrapped::NoMatch(Mismatch::Unusable(error.to_string())),
        };
        let mut identity = age::scrypt::Identity::new(passphrase);
        identity.set_max_work_factor(self.max_work_factor);
        match age_crate::unwrap(&identity, stanza) {
            Some(file_key) => Unwrapped::FileKey(file_key),
            None => Unwrapped::NoMatch(Mismatch::WrongPassphrase),
        }
    }

    fn effort(&self) -> Effort {
        Effort::Asks
    }

    fn describe(&self) -> String {
        self.question.to_string()
    }
}

/// Returns the work factor of a file that is encrypted with a passphrase.
pub fn passphrase_work_factor(file: &[u8]) -> Option<u8> {
    let closed = LockedFile::read(&mut Source::new(file).ok()?).ok()?;
    let stanza = closed
        .header()
        .stanzas()
        .iter()
        .find(|stanza| stanza.tag == TAG)?;
    check(stanza).ok()
}

/// Checks a stanza's shape before the user is asked. Returns its work factor.
fn check(stanza: &Stanza) -> Result<u8, &'static str> {
    let [salt, passphrase_work_factor] = stanza.args.as_slice() else {
        return Err("it must have two arguments");
    };
    if BASE64_STANDARD_NO_PAD
        .decode(salt)
        .map_or(0, |salt| salt.len())
        != 16
    {
        return Err("its salt is not 16 bytes of canonical base64");
    }
    if stanza.body.len() != 32 {
        return Err("its body is not 32 bytes");
    }
    let decimal = !passphrase_work_factor.starts_with('0')
        && passphrase_work_factor
            .bytes()
            .all(|byte| byte.is_ascii_digit());
    passphrase_work_factor
        .parse()
        .ok()
        .filter(|&n| decimal && n < 64)
        .ok_or("its work factor is not a decimal number from 1 to 63")
}

/// Generates a passphrase: ten words of the BIP39 English list, 110 uniform bits.
///
/// # Errors
/// Those of the system's random number generator.
pub fn generate_passphrase() -> Result<SecretString, getrandom::Error> {
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
    use secrecy::ExposeSecret;

    use super::*;
    use crate::testing::*;

    fn identity(person: &Arc<Person>) -> ScryptIdentity {
        ScryptIdentity::new(
            person.clone(),
            Question::File(crate::untrusted::Untrusted::new("x.age")),
            12,
        )
    }

    fn wrapped(passphrase: &str, byte: u8) -> Stanza {
        let recipient = ScryptRecipient::new(SecretString::from(passphrase), 10);
        recipient
            .wrap(&file_key(byte), &[0; 16])
            .unwrap()
            .stanzas
            .remove(0)
    }

    #[test]
    fn a_passphrase_is_asked_for_once_for_all_files() {
        let person = Person::who_says(Some("secret"));
        let identity = identity(&person);
        assert_eq!(outcome(identity.unwrap(&[wrapped("secret", 7)])), Ok(7));
        assert_eq!(outcome(identity.unwrap(&[wrapped("secret", 8)])), Ok(8));
        assert_eq!(
            outcome(identity.unwrap(&[wrapped("another", 8)])),
            Err("WrongPassphrase".to_owned())
        );
        assert_eq!(person.heard(), ["passphrase for x.age"]);
    }

    #[test]
    fn every_wrapping_has_a_salt_and_a_label_of_its_own() {
        let recipient = ScryptRecipient::new(SecretString::from("secret"), 10);
        let both = recipient
            .wrap_many(&[(file_key(1), [0; 16]), (file_key(1), [0; 16])])
            .unwrap();
        assert_ne!(both[0].stanzas[0].args[0], both[1].stanzas[0].args[0]);
        assert_ne!(both[0].labels, both[1].labels);
        assert_eq!(
            (both[0].labels.len(), both[0].stanzas[0].args[1].as_str()),
            (1, "10")
        );
    }

    #[test]
    fn nobody_is_asked_for_a_header_that_is_wrong_or_costs_too_much() {
        let person = Person::who_says(Some("secret"));
        let identity = identity(&person);
        let salt = "AAAAAAAAAAAAAAAAAAAAAA";
        assert_eq!(
            outcome(identity.unwrap(&[stanza("X25519 a", b"")])),
            Err("OtherType".to_owned())
        );
        let cases = [
            ("scrypt".to_owned(), 32),
            (format!("scrypt {salt}"), 32),
            (format!("scrypt {salt} 10 10"), 32),
            (format!("scrypt {salt} 10"), 31),
            (format!("scrypt {salt} 10"), 33),
            (format!("scrypt {} 10", &salt[1..]), 32),
            (format!("scrypt {}B 10", &salt[1..]), 32),
            (format!("scrypt {salt} 010"), 32),
            (format!("scrypt {salt} +10"), 32),
            (format!("scrypt {salt} 0"), 32),
            (format!("scrypt {salt} 64"), 32),
            (format!("scrypt {salt} 0x0a"), 32),
            (format!("scrypt {salt} 99999999999999999999"), 32),
        ];
        for (line, body) in cases {
            let said = outcome(identity.unwrap(&[stanza(&line, &vec![0; body])]));
            assert!(
                said.as_ref()
                    .is_err_and(|why| why.starts_with("bad: malformed scrypt")),
                "{line}: {said:?}"
            );
        }
        let beside = identity.unwrap(&[wrapped("secret", 7), stanza("X25519 a", b"")]);
        assert!(
            outcome(beside)
                .unwrap_err()
                .starts_with("bad: malformed scrypt")
        );
        let dear = outcome(identity.unwrap(&[stanza(&format!("scrypt {salt} 22"), &[0; 32])]))
            .unwrap_err();
        assert!(dear.contains("4096 MiB") && dear.contains("16 s"), "{dear}");
        assert_eq!(person.heard(), [""; 0]);
    }

    #[test]
    fn a_generated_passphrase_has_ten_words_of_2048() {
        let list = bip39::Language::English.word_list();
        assert_eq!(list.len(), 2048, "so that 65,536 is a multiple of it");
        let passphrase = generate_passphrase().unwrap();
        let words: Vec<_> = passphrase.expose_secret().split('-').collect();
        assert_eq!(words.len(), WORDS);
        assert!(words.iter().all(|word| list.contains(word)));
        assert_ne!(
            passphrase.expose_secret(),
            generate_passphrase().unwrap().expose_secret()
        );
    }
}
