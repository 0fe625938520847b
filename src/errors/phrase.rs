//! How an error reads: with the name of what it is about in the right place, and without a name.
//!
//! The texts of the errors themselves have no place for a name, because a library cannot know it.
//! An error whose text begins with "it" is about the thing that its caller names, so the name takes
//! the place of "it". The sentences of the errors that people see most often are here.

use crate::card::CardError;
use crate::errors::engine;
use crate::errors::refusal::Refusal;
use crate::keyring::KeyringError;
use crate::process::editor;
use crate::ui::capitalized;
use bulla_age::format::HeaderError;
use bulla_age::sender::{RewriteError, SenderError};
use bulla_age::stream::{CHUNK, PayloadError};
use bulla_age::untrusted::Untrusted;
use bulla_age::{
    AnswerError, DecryptError, EncryptError, KeyError, Mismatch, ParseError, UnwrapError,
    stanza_type,
};

/// The name that inputs without a file name have.
const STANDARD_INPUT: &str = "standard input";

/// Returns whether this names standard input rather than a file.
pub(super) fn is_standard_input(name: &Untrusted) -> bool {
    name.as_raw() == STANDARD_INPUT
}

/// What an error is about.
#[derive(Clone, Debug)]
pub(crate) enum Subject {
    /// The name of a file, shown as it is.
    Name(Untrusted),
    /// Words, with a capital letter at the beginning of a sentence.
    Words(String),
}

impl Subject {
    fn inside(&self) -> String {
        match self {
            Self::Name(name) => name.to_string(),
            Self::Words(words) => words.clone(),
        }
    }

    /// The name at the beginning of a sentence.
    pub(crate) fn at_start(&self) -> String {
        match self {
            Self::Name(name) if !is_standard_input(name) => name.to_string(),
            _ => capitalized(&self.inside()),
        }
    }
}

impl From<&Untrusted> for Subject {
    fn from(name: &Untrusted) -> Self {
        Self::Name(name.clone())
    }
}

impl From<Untrusted> for Subject {
    fn from(name: Untrusted) -> Self {
        Self::Name(name)
    }
}

/// The sentence of an error, with a place for the name of what it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Phrase {
    /// What is said about the thing, after its name: "is already encrypted".
    Predicate(String),
    /// What stands before and after the name: "None of your keys opens", "".
    Around(String, String),
    /// A text without a name, in lower case as usual for Rust errors.
    Detail(String),
    /// A complete sentence, which begins with a capital letter or a name.
    Sentence(String),
    /// A complete sentence that names the thing already.
    Named(String),
}

impl Phrase {
    /// The phrase for the text of an error of a library.
    pub(super) fn detail(text: String) -> Self {
        match text.strip_prefix("it ") {
            Some(rest) => Self::Predicate(rest.to_owned()),
            None => Self::Detail(text),
        }
    }

    /// The phrase for the text of an error of the program.
    pub(super) fn sentence(text: String) -> Self {
        match text.strip_prefix("it ") {
            Some(rest) => Self::Predicate(rest.to_owned()),
            None => Self::Sentence(text),
        }
    }

    /// Returns the sentence about a thing.
    pub(crate) fn about(&self, subject: &Subject) -> String {
        match self {
            Self::Predicate(rest) => format!("{} {rest}", subject.at_start()),
            Self::Around(before, after) => format!("{before}{}{after}", subject.inside()),
            Self::Detail(text) | Self::Sentence(text) => format!("{}: {text}", subject.at_start()),
            Self::Named(text) => text.clone(),
        }
    }

    /// Returns the sentence about a thing that has no name.
    pub(crate) fn alone(&self) -> String {
        match self {
            Self::Predicate(_) | Self::Around(..) => {
                self.about(&Subject::Words("the input".to_owned()))
            }
            // The names of programs keep their case.
            Self::Detail(text) if text.starts_with("age-plugin-") => text.clone(),
            Self::Detail(text) => capitalized(text),
            Self::Sentence(text) | Self::Named(text) => text.clone(),
        }
    }
}

fn around(before: &str, after: impl Into<String>) -> Phrase {
    Phrase::Around(before.to_owned(), after.into())
}

fn predicate(text: impl Into<String>) -> Phrase {
    Phrase::Predicate(text.into())
}

pub(super) fn decrypt(error: &DecryptError) -> Phrase {
    match error {
        DecryptError::Header(error) => header(error),
        DecryptError::Unwrap(UnwrapError::Key(error)) => key(error),
        DecryptError::PassphraseNotAlone => around(
            "The header of ",
            " mixes a passphrase with other recipients, which only a forged file does",
        ),
        DecryptError::NoMatch { wanted, tried } => no_match(wanted, tried),
        DecryptError::Mac => around("The header of ", " was modified (its MAC is wrong)"),
        DecryptError::MoreThanHeader => predicate("contains extra data after the header"),
        DecryptError::OtherFile => around("This header does not belong to ", ""),
        DecryptError::Sender(error) => sender(error),
        DecryptError::Payload(error) => payload(error),
        error => Phrase::detail(error.to_string()),
    }
}

fn no_match(wanted: &[String], tried: &[(String, Mismatch)]) -> Phrase {
    let is_passphrase = matches!(wanted, [only] if stanza_type::is_passphrase(only));
    let mistyped = engine::mistyped(tried);
    match (mistyped, engine::unanswered(tried)) {
        (Some(_), _) if is_passphrase => around("Wrong passphrase for ", ""),
        (Some(name), _) => around("Could not open ", format!(": wrong passphrase for {name}")),
        (None, Some(AnswerError::NoTerminal(_))) if is_passphrase => {
            predicate("needs a passphrase, but there is no terminal to ask on")
        }
        (None, Some(AnswerError::Declined(_))) if is_passphrase => {
            predicate("needs a passphrase, but no answer was given")
        }
        (None, Some(error)) => {
            let why = error.to_string();
            // It begins a sentence where it stands alone.
            let why = match (why.strip_prefix("The "), why.strip_prefix("Cannot ")) {
                (Some(rest), _) => format!("the {rest}"),
                (None, Some(rest)) => format!("cannot {rest}"),
                (None, None) => why,
            };
            around("Could not open ", format!(": {why}"))
        }
        (None, None) if is_passphrase => predicate("is encrypted with a passphrase"),
        (None, None) if tried.is_empty() => around("You have no key to open ", " with"),
        (None, None) => around("None of your keys opens ", ""),
    }
}

pub(super) fn encrypt(error: &EncryptError) -> Phrase {
    match error {
        EncryptError::Wrap(error) => key(error),
        EncryptError::Sender(error) => sender(error),
        EncryptError::Payload(error) => payload(error),
        error => Phrase::detail(error.to_string()),
    }
}

pub(super) fn header(error: &HeaderError) -> Phrase {
    match error {
        HeaderError::Empty => predicate("is empty, so it is not an age file"),
        HeaderError::NotAge => predicate("is not an age file"),
        HeaderError::OtherFormat(kind) => predicate(format!("is {kind}, not an age file")),
        error @ (HeaderError::SavedAsText | HeaderError::LineEnds) => {
            predicate(format!("is {error}"))
        }
        HeaderError::ArmorInText => {
            predicate("is not an age file, although it contains an armored one")
        }
        HeaderError::Version(version) => predicate(format!(
            "has version {version} of the age format, which is not supported"
        )),
        HeaderError::Truncated => around("The header of ", " is incomplete"),
        HeaderError::TooLarge(why) => around("The header of ", format!(" was rejected: {why}")),
        HeaderError::TooManyStanzas(most) => predicate(format!("has more than {most} recipients")),
        HeaderError::TooManyArguments(most) => {
            predicate(format!("has a recipient with more than {most} arguments"))
        }
        HeaderError::Io(_) => around("Could not read the header of ", ""),
        error => Phrase::detail(error.to_string()),
    }
}

pub(super) fn payload(error: &PayloadError) -> Phrase {
    let byte = |chunk: &u64| chunk.saturating_mul(CHUNK as u64);
    match error {
        PayloadError::Damaged { chunk } => predicate(format!(
            "is damaged or incomplete (from byte {} of the contents)",
            byte(chunk)
        )),
        PayloadError::Truncated { chunk } => predicate(format!(
            "is incomplete (cut off after byte {} of the contents)",
            byte(chunk)
        )),
        PayloadError::Read(_) => around("Could not read ", ""),
        PayloadError::Write(_) => around("Could not write the output for ", ""),
        PayloadError::Memory => around("There is not enough memory for ", ""),
        PayloadError::Shrunk => predicate("became shorter while it was being read"),
        error => Phrase::detail(error.to_string()),
    }
}

pub(super) fn sender(error: &SenderError) -> Phrase {
    match error {
        SenderError::Signature(number) => around(
            &format!("The signature of statement {number} in "),
            " is invalid: the file was modified, or was not signed by the author it names",
        ),
        SenderError::Content => {
            around("The contents of ", " are not the contents that were signed")
        }
        SenderError::TooLong => around("The reader list of ", " is too long for a header"),
        SenderError::ChainTooLong => around(
            "The record of added and removed readers in ",
            " is too long for a header",
        ),
        error => Phrase::detail(error.to_string()),
    }
}

pub(super) fn rewrite_header(error: &RewriteError) -> Phrase {
    match error {
        RewriteError::NobodyLeft => around("That would leave nobody able to open ", ""),
        RewriteError::Mixed(_) => around("These recipients cannot be combined with those of ", ""),
        RewriteError::Wrap(error) => key(error),
        RewriteError::Sender(error) => sender(error),
        error => Phrase::detail(error.to_string()),
    }
}

pub(super) fn key(error: &KeyError) -> Phrase {
    match error {
        KeyError::WrongPassphrase => around("Wrong passphrase for ", ""),
        KeyError::ExcessiveWork { .. } => {
            let text = error.to_string();
            match text.strip_prefix("checking its passphrase ") {
                Some(rest) => around("Checking the passphrase of ", format!(" {rest}")),
                None => Phrase::detail(text),
            }
        }
        KeyError::Memory { .. } => {
            let text = error.to_string();
            match text.strip_prefix("its passphrase ") {
                Some(rest) => around("The passphrase of ", format!(" {rest}")),
                None => Phrase::detail(text),
            }
        }
        KeyError::Parse(error) => parse(error),
        error => Phrase::detail(error.to_string()),
    }
}

/// Most of these texts are nouns: "not a recipient".
pub(super) fn parse(error: &ParseError) -> Phrase {
    match Phrase::detail(error.to_string()) {
        Phrase::Detail(noun) => predicate(format!("is {noun}")),
        sentence => sentence,
    }
}

pub(super) fn card(error: &CardError) -> Phrase {
    Phrase::detail(error.to_string())
}

pub(super) fn editor(error: &editor::Error) -> Phrase {
    match error {
        editor::Error::Nowhere(_) => Phrase::Named(error.to_string()),
        error => Phrase::detail(error.to_string()),
    }
}

pub(super) fn keyring(error: &KeyringError) -> Phrase {
    match error {
        KeyringError::Files(_) | KeyringError::NoRoom(_) => Phrase::Named(error.to_string()),
        error => Phrase::sentence(error.to_string()),
    }
}

pub(super) fn refusal(error: &Refusal) -> Phrase {
    match error {
        Refusal::LocksYouOut(_) => around("You would no longer be able to open ", ""),
        Refusal::DetachedArmor => around(
            "A detached header works only with a binary file, but ",
            " is armored",
        ),
        Refusal::UncoveredContents { .. } => around(
            "The author's signature on ",
            " does not cover the contents, so a new reader could change the contents in the \
             author's name",
        ),
        error => Phrase::sentence(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file() -> Subject {
        Untrusted::new("notes.age").into()
    }

    #[test]
    fn a_name_takes_the_place_of_it_or_its_own_place_or_stands_before_a_colon() {
        let said = |phrase: Phrase| [phrase.about(&file()), phrase.alone()];
        assert_eq!(
            said(Phrase::sentence("it is already encrypted".to_owned())),
            [
                "notes.age is already encrypted",
                "The input is already encrypted"
            ]
        );
        assert_eq!(
            said(around("None of your keys opens ", "")),
            [
                "None of your keys opens notes.age",
                "None of your keys opens the input"
            ]
        );
        assert_eq!(
            said(Phrase::detail("malformed statement".to_owned())),
            ["notes.age: malformed statement", "Malformed statement"]
        );
        assert_eq!(
            said(Phrase::detail("age-plugin-x failed".to_owned()))[1],
            "age-plugin-x failed"
        );
        assert_eq!(
            said(Phrase::Named("key does not exist".to_owned())),
            ["key does not exist", "key does not exist"]
        );
    }

    #[test]
    fn a_sentence_begins_with_a_capital_letter_unless_a_file_name_begins_it() {
        let begins = |subject: Subject| predicate("is empty").about(&subject);
        assert_eq!(begins(file()), "notes.age is empty");
        assert_eq!(
            begins(Untrusted::new(STANDARD_INPUT).into()),
            "Standard input is empty"
        );
        assert_eq!(
            begins(Subject::Words("the message".to_owned())),
            "The message is empty"
        );
        assert_eq!(
            around("Could not read ", "").about(&Untrusted::new(STANDARD_INPUT).into()),
            "Could not read standard input"
        );
    }
}
