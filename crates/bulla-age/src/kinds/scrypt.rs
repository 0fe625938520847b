//! Passphrases (C2SP age.md, "The scrypt recipient type"), over the age crate.

use std::sync::{Arc, Condvar, Mutex, PoisonError};

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
use crate::kinds::passphrase_forms::forms;
use crate::prompter::{AnswerError, Prompter, Question};
use crate::recipient::{Provable, Recipient, Wrapped};

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
    fn wrap(&self, file_key: &FileKey, _: &Nonce) -> Result<Wrapped, KeyError> {
        let mut recipient = age::scrypt::Recipient::new(self.passphrase.clone());
        recipient.set_work_factor(self.passphrase_work_factor);
        let _memory = Memory::hold(self.passphrase_work_factor)?;
        age_crate::wrap(&recipient, file_key)
    }

    fn names(&self) -> Vec<String> {
        vec!["a passphrase".to_owned()]
    }

    fn provable(&self) -> Provable {
        Provable::Unnamed
    }
}

/// Decrypts passphrase files. Asks for the passphrase at the first file, again if it is wrong and
/// the prompter agrees, and remembers it for the others.
pub struct ScryptIdentity {
    ask: Arc<dyn Prompter>,
    question: Question,
    max_work_factor: u8,
    answer: Mutex<Option<Result<SecretString, AnswerError>>>,
    /// The form of the passphrase that opened the last file, and the file's work factor.
    opened: Mutex<Option<(SecretString, u8)>>,
}

/// What came of the first question.
enum First {
    /// It was asked before: the last answer.
    Before(SecretString),
    /// It was asked now, and this is the file key if the last answer is right.
    Now(Option<FileKey>),
}

impl ScryptIdentity {
    /// Accepts files up to a cost of 2^`max_work_factor`.
    pub fn new(ask: Arc<dyn Prompter>, question: Question, max_work_factor: u8) -> Self {
        Self {
            ask,
            question,
            max_work_factor,
            answer: Mutex::new(None),
            opened: Mutex::new(None),
        }
    }

    /// Returns a recipient with the passphrase and the work factor of the file that was opened
    /// last, to encrypt it again; `None` if none was opened.
    pub fn recipient_of_last(&self) -> Option<ScryptRecipient> {
        let opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        let (passphrase, work_factor) = opened.as_ref()?;
        Some(ScryptRecipient::new(passphrase.clone(), *work_factor))
    }

    /// Returns whether the passphrase was asked for, so that it will not be again.
    pub fn was_asked(&self) -> bool {
        let answer = self.answer.lock().unwrap_or_else(PoisonError::into_inner);
        answer.is_some()
    }

    /// Asks the first time, and while other files wait tries the answer with `opens`. Also remembers
    /// if there was no answer.
    fn first(&self, opens: impl Fn(SecretString) -> Option<FileKey>) -> Result<First, AnswerError> {
        let mut answer = self.answer.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(answer) = &*answer {
            return answer.clone().map(First::Before);
        }
        loop {
            let given = answer.insert(self.ask.passphrase(&self.question)).clone()?;
            let file_key = opens(given);
            if file_key.is_some() || !self.ask.asks_again(&self.question) {
                return Ok(First::Now(file_key));
            }
        }
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
            return Unwrapped::Failed(UnwrapError::Key(KeyError::ExcessiveWork {
                required: passphrase_work_factor,
            }));
        }
        let opens = |passphrase| {
            forms(passphrase).into_iter().find_map(|form| {
                let mut identity = age::scrypt::Identity::new(form.clone());
                identity.set_max_work_factor(self.max_work_factor);
                let file_key = age_crate::unwrap(&identity, stanza)?;
                let opened = Some((form, passphrase_work_factor));
                *self.opened.lock().unwrap_or_else(PoisonError::into_inner) = opened;
                Some(file_key)
            })
        };
        // Before anybody types a passphrase that could not be tried.
        let _memory = match Memory::hold(passphrase_work_factor) {
            Ok(memory) => memory,
            Err(error) => return Unwrapped::Failed(UnwrapError::Key(error)),
        };
        let opened = match self.first(opens) {
            Ok(First::Before(passphrase)) => opens(passphrase),
            Ok(First::Now(file_key)) => file_key,
            Err(error) => return Unwrapped::NoMatch(Mismatch::Unanswered(error)),
        };
        opened.map_or(
            Unwrapped::NoMatch(Mismatch::WrongPassphrase),
            Unwrapped::FileKey,
        )
    }

    /// What a passphrase costs has a limit of its own.
    fn work(&self, _: &[Stanza]) -> usize {
        0
    }

    fn effort(&self) -> Effort {
        Effort::Asks
    }

    fn describe(&self) -> String {
        self.question.to_string()
    }
}

/// The memory that running scrypt computations use. Without enough memory, scrypt aborts the process.
static HELD: Mutex<u64> = Mutex::new(0);
static RELEASED: Condvar = Condvar::new();

/// What a run needs besides its table.
const BESIDES: u64 = 2 << 20;

/// The memory of one run.
#[derive(Debug)]
struct Memory(u64);

impl Memory {
    /// Waits until there is memory for a run at this cost beside the others.
    ///
    /// # Errors
    /// [`KeyError::Memory`] if there is not enough even without them.
    fn hold(work_factor: u8) -> Result<Self, KeyError> {
        // 128 * r bytes for each of 2^n steps, and r is 8.
        let shift = u32::from(work_factor) + 10;
        let needed = 1_u64.checked_shl(shift).filter(|needed| *needed > 0);
        let needed = needed.ok_or(KeyError::Memory { mib: u64::MAX })?;
        let mut held = HELD.lock().unwrap_or_else(PoisonError::into_inner);
        // Those under way may not have theirs yet.
        while !is_free(held.saturating_add(needed)) {
            if *held == 0 {
                let mib = needed.div_ceil(1 << 20);
                return Err(KeyError::Memory { mib });
            }
            held = RELEASED.wait(held).unwrap_or_else(PoisonError::into_inner);
        }
        *held += needed;
        Ok(Self(needed))
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        *HELD.lock().unwrap_or_else(PoisonError::into_inner) -= self.0;
        RELEASED.notify_all();
    }
}

/// Returns whether the system would give this much memory.
fn is_free(bytes: u64) -> bool {
    let Ok(bytes) = usize::try_from(bytes.saturating_add(BESIDES)) else {
        return false;
    };
    let mut tried: Vec<u8> = Vec::new();
    let is_free = tried.try_reserve_exact(bytes).is_ok();
    // Otherwise the compiler could leave the attempt out.
    std::hint::black_box(&mut tried);
    is_free
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
    let Some([salt, passphrase_work_factor]) = stanza.args.exactly() else {
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
    fn a_passphrase_opens_in_whichever_form_another_system_wrote_it() {
        let (composed, decomposed) = ("gar\u{e7}on", "garc\u{327}on");
        for (made, typed) in [(composed, decomposed), (decomposed, composed)] {
            let identity = identity(&Person::who_says(Some(typed)));
            assert_eq!(outcome(identity.unwrap(&[wrapped(made, 7)])), Ok(7));
            assert_eq!(
                outcome(identity.unwrap(&[wrapped("garcon", 8)])),
                Err("WrongPassphrase".to_owned())
            );
        }
    }

    #[test]
    fn a_wrong_passphrase_is_asked_for_again_as_often_as_the_prompter_agrees() {
        for (answers, want, asked) in [
            (&["secret"][..], Ok(7), 1),
            (&["one", "two", "secret"], Ok(7), 3),
            (
                &["one", "two", "three"],
                Err("WrongPassphrase".to_owned()),
                3,
            ),
        ] {
            let person = Person::who_tries(answers);
            let identity = identity(&person);
            assert_eq!(outcome(identity.unwrap(&[wrapped("secret", 7)])), want);
            assert_eq!(person.heard().len(), asked);
            // For other files, the last answer counts, right or wrong.
            let last = wrapped(answers.last().unwrap(), 8);
            assert_eq!(outcome(identity.unwrap(&[last])), Ok(8));
            assert_eq!(person.heard().len(), asked);
        }
    }

    #[test]
    fn every_stanza_has_its_own_salt_and_label() {
        let recipient = ScryptRecipient::new(SecretString::from("secret"), 10);
        let both = recipient
            .wrap_many(&[(file_key(1), [0; 16]), (file_key(1), [0; 16])])
            .unwrap();
        assert_ne!(both[0].stanzas[0].args[0], both[1].stanzas[0].args[0]);
        assert_ne!(both[0].labels, both[1].labels);
        assert_eq!(
            (both[0].labels.len(), &both[0].stanzas[0].args[1]),
            (1, "10")
        );
    }

    #[test]
    fn a_bad_or_expensive_header_causes_no_prompt() {
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
    fn a_cost_that_no_machine_has_memory_for_is_an_error() {
        for work_factor in [50, 54, 63] {
            assert!(
                matches!(Memory::hold(work_factor), Err(KeyError::Memory { .. })),
                "{work_factor}"
            );
        }
        let memory = Memory::hold(10).unwrap();
        assert!(*HELD.lock().unwrap() >= memory.0);
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
