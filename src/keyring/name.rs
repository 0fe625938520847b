//! Names of contacts, groups and identities, and of people.

use std::fmt;
use std::str::FromStr;

use unicode_normalization::UnicodeNormalization;
use unicode_security::skeleton;

use crate::card::{MOST_MARKS, is_diacritic, is_letter_or_digit, is_mark};
use bulla_age::untrusted::Untrusted;

/// The most characters of a name.
const LONGEST: usize = 64;
/// The most bytes of the file name without its ending: 255 are allowed nearly everywhere.
const LONGEST_STEM: usize = 240;

/// Words by which bulla names somebody, or asks. As the name of a contact they would show somebody
/// else as the reader of a file, or take an answer.
const WORDS_OF_BULLA: [&str; 5] = ["anyone", "passphrase", "unknown", "you", "yourself"];
/// What stands for the user where readers are named.
const ONESELF: &str = "me";

/// The name of a contact, group or identity: 1 to 64 letters and digits of any script and `. _ - @
/// +`, starting with a letter or a digit, but not with `age1`. It is in Unicode's normal form NFC,
/// so that a name has one spelling, and it is safe on a terminal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Name(String);

impl Name {
    /// The name as it was written.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns whether this is what people call their own identity, so that it tells nobody else
    /// whose it is.
    pub(crate) fn is_generic(&self) -> bool {
        const GENERIC: [&str; 14] = [
            "default", "home", "i", "id", "identity", "key", "laptop", "main", "me", "mykey",
            "myself", "own", "private", "work",
        ];
        GENERIC.contains(&self.0.to_lowercase().as_str())
    }

    /// Returns whether this name, or one that looks like it, stands for the user. An identity may
    /// have it, but a contact or a group may not.
    pub(crate) fn means_oneself(&self) -> bool {
        are_alike(&self.0, ONESELF)
    }

    /// Returns the [likeness](Self::likeness) of the names that stand for the user.
    pub(crate) fn likeness_of_oneself() -> String {
        likeness(ONESELF)
    }

    /// Returns the name of the file with this ending: the same in ASCII, everything else as the
    /// `%XX` of its UTF-8 bytes. File systems and programs that copy between them treat other
    /// letters in too many ways: some change their normal form, some their case, some refuse them.
    pub(crate) fn file(&self, ending: &str) -> String {
        format!("{}.{ending}", stem(&self.0))
    }

    /// Returns the name that belongs to a file, and the ending of the file.
    pub(crate) fn of_file(file: &str) -> Option<(Self, &str)> {
        let (stem, ending) = file.rsplit_once('.')?;
        Some((Self::of_stem(stem)?, ending))
    }

    /// Only the form that [`file`](Self::file) writes counts, so that one name has one file.
    fn of_stem(written: &str) -> Option<Self> {
        let mut bytes = Vec::with_capacity(written.len());
        let mut rest = written.bytes();
        while let Some(byte) = rest.next() {
            let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
            bytes.push(match byte {
                b'%' => u8::try_from(digit(rest.next())? * 16 + digit(rest.next())?).ok()?,
                byte => byte,
            });
        }
        let name: Self = String::from_utf8(bytes).ok()?.parse().ok()?;
        (stem(&name.0) == written).then_some(name)
    }

    /// Returns whether two names cannot both be used: they differ at most in case, or a letter of
    /// another script makes one look like the other.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        are_alike(&self.0, &other.0)
    }

    /// Returns whether people could take one name for the other, also in ASCII: `b0b` and `bob`. A
    /// new name must not look like one in use; those in use are left alone.
    pub(crate) fn looks_like(&self, other: &Self) -> bool {
        let drawn = |text: &str| skeleton(text).collect::<String>();
        let (mine, theirs) = (drawn(&self.0), drawn(&other.0));
        self.is_like(other)
            || self.likeness() == other.likeness()
            || mine.to_lowercase() == theirs.to_lowercase()
            // `ALlCE`, with the letter l, looks like `alice` in capitals.
            || mine == drawn(&other.0.to_uppercase())
            || theirs == drawn(&self.0.to_uppercase())
    }

    /// Returns whether two names are the same, or differ only in case.
    pub(crate) fn differs_in_case(&self, other: &Self) -> bool {
        self.0.to_lowercase() == other.0.to_lowercase()
    }

    /// Returns what all names have in common that [are like](Self::is_like) this one: how it looks
    /// in lower case, with look-alikes replaced by one of them (UTS 39, "skeleton").
    pub(crate) fn likeness(&self) -> String {
        likeness(&self.0)
    }
}

fn likeness(text: &str) -> String {
    skeleton(&text.to_lowercase()).collect()
}

/// Look-alikes cost much more than case, and in ASCII only case counts.
fn are_alike(one: &str, other: &str) -> bool {
    if one.is_ascii() && other.is_ascii() {
        return one.eq_ignore_ascii_case(other);
    }
    likeness(one) == likeness(other)
}

/// Returns a name as part of a file name.
fn stem(name: &str) -> String {
    let mut stem = String::with_capacity(name.len());
    for byte in name.bytes() {
        if byte.is_ascii() {
            stem.push(char::from(byte));
        } else {
            stem.push_str(&format!("%{byte:02X}"));
        }
    }
    stem
}

fn is_word_of_bulla(text: &str) -> bool {
    WORDS_OF_BULLA.iter().any(|word| are_alike(text, word))
}

/// Returns the rule that a text in normal form breaks, if it is not a valid name.
fn flaw(text: &str) -> Option<&'static str> {
    let mut marks = None;
    let is_allowed = |c: char| {
        marks = match (c, marks) {
            ('.' | '_' | '-' | '@' | '+', _) => None,
            (c, _) if is_letter_or_digit(c) => Some(0),
            (c, Some(count)) if count < MOST_MARKS && (is_mark(c) || is_diacritic(c)) => {
                Some(count + 1)
            }
            _ => return false,
        };
        true
    };
    let begins = |prefix: &str| {
        let start = text.get(..prefix.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(prefix))
    };
    if text.is_empty() {
        Some("it is empty")
    } else if Untrusted::new(text).hides_a_secret() {
        Some("it is a secret key, and now it is in your shell's history")
    } else if text.chars().count() > LONGEST {
        Some("it is longer than 64 characters")
    } else if !text.chars().all(is_allowed) {
        Some("use letters, digits, \".\", \"_\", \"-\", \"@\" and \"+\", without spaces")
    } else if !text.starts_with(is_letter_or_digit) {
        Some("it must begin with a letter or a digit")
    } else if begins("age1") {
        Some("it looks like a recipient")
    } else if is_word_of_bulla(text) {
        Some("bulla uses this word itself")
    } else if stem(text).len() > LONGEST_STEM {
        Some("it is too long for the name of a file")
    } else {
        None
    }
}

/// A text that is not a valid name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Invalid name {}: {why}", text.quoted())]
pub(crate) struct InvalidName {
    text: Untrusted,
    /// The rule that it breaks.
    why: &'static str,
}

/// What a person is called: someone who reads a file, or to whom one is encrypted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PersonName {
    /// The name of a contact, whether its keys were verified, and the day on which its card
    /// expired, if it has.
    Contact {
        name: Name,
        verified: bool,
        expired: Option<Untrusted>,
    },
    /// The name of one of the user's identities.
    Identity(Name),
    /// A recipient without a name.
    Recipient(String),
}

impl fmt::Display for PersonName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Contact { name, .. } | Self::Identity(name) => name.fmt(f),
            Self::Recipient(text) => Untrusted::new(text.as_str()).fmt(f),
        }
    }
}

impl FromStr for Name {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        let composed: String = text.nfc().collect();
        match flaw(&composed) {
            None => Ok(Self(composed)),
            Some(why) => Err(InvalidName {
                text: Untrusted::new(text),
                why,
            }),
        }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Name {
        text.parse()
            .unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn names_are_safe_on_a_terminal() {
        for good in [
            "a",
            "alice",
            "A.b_c-9",
            "0",
            &"x".repeat(64),
            "age",
            "aage1",
            "con.toml",
            "alice@example.org",
            "alice+work@example.org",
            "José",
            "Łukasz.Żółw",
            "Ольга",
            "李雷",
            "محمد",
            "श्रीनिवास",
            "สมชาย",
            // Yoruba: no letter of Unicode has both the dot and the accent.
            "ọ\u{301}lá",
            &"ж".repeat(40),
        ] {
            assert_eq!(name(good).as_str(), good);
        }
        let long = "x".repeat(65);
        let wrong = [
            "",
            &long,
            &"ж".repeat(41),
            ".a",
            "-a",
            "_a",
            "@a",
            "+a",
            "a/b",
            "..",
            "a b",
            "a\u{a0}b",
            "a%41",
            "a\u{1b}[0m",
            "age1x",
            "AGE1",
            "a\n",
            "a\0",
            "a\u{202e}b",
            "a\u{200b}b",
            "a\u{ad}b",
            "a\u{feff}",
            "a\u{338}",
            "a\u{20dd}",
            "\u{301}a",
            "a.\u{301}",
            "ṻ\u{301}\u{301}\u{301}\u{301}",
            "bob’s",
            "a\u{2044}b",
            "🔑",
            "a\u{e000}",
        ];
        for wrong in wrong {
            let error = wrong.parse::<Name>().unwrap_err().to_string();
            let unsafe_one = |c: char| bulla_age::untrusted::is_unsafe(c);
            assert!(!error.contains(unsafe_one), "{wrong:?}: {error}");
        }
    }

    #[test]
    fn a_name_has_one_spelling() {
        for (one, other) in [("José", "Jose\u{301}"), ("각", "\u{1100}\u{1161}\u{11a8}")] {
            assert_eq!(name(one), name(other));
        }
    }

    #[test]
    fn every_name_has_a_file_of_its_own_in_ascii() {
        for (text, file) in [
            ("alice", "alice.toml"),
            ("A.b_c-9", "A.b_c-9.toml"),
            ("alice+x@example.org", "alice+x@example.org.toml"),
            ("José", "Jos%C3%A9.toml"),
            ("李", "%E6%9D%8E.toml"),
        ] {
            assert_eq!(name(text).file("toml"), file);
            assert_eq!(Name::of_file(file), Some((name(text), "toml")));
        }
        assert!(name(&"ж".repeat(40)).file("toml").len() < 255);
        for strange in [
            "José.toml",
            "Jos%c3%a9.toml",
            "Jose%CC%81.toml",
            "%61lice.toml",
            "%.toml",
            "%C3.toml",
            "%2e%2e.toml",
            "a%2Fb.toml",
            "a%0A.toml",
            "alice",
            ".toml",
        ] {
            assert_eq!(Name::of_file(strange), None, "{strange}");
        }
    }

    #[test]
    fn names_of_ones_own_identity_are_generic() {
        assert!(name("me").is_generic() && name("Work").is_generic());
        assert!(!name("alice").is_generic() && !name("meg").is_generic());
    }

    #[test]
    fn words_of_bulla_are_no_names_and_me_is_for_oneself() {
        for word in [
            "you",
            "You",
            "yоu",
            "passphrase",
            "PASSPHRASE",
            "yourself",
            "unknown",
        ] {
            assert!(word.parse::<Name>().is_err(), "{word}");
            assert_eq!(Name::of_file(&format!("{word}.toml")), None, "{word}");
        }
        for fine in ["young", "you.two", "passphrases", "me.too", "ann"] {
            assert!(!name(fine).means_oneself(), "{fine}");
        }
        assert!(name("me").means_oneself() && name("ME").means_oneself());
        assert!(name("mе").means_oneself());
    }

    #[test]
    fn names_that_look_alike_are_alike() {
        for (one, other) in [
            ("alice", "ALICE"),
            ("José", "JOSÉ"),
            // Cyrillic and Greek letters, and a fullwidth one.
            ("alice", "аlice"),
            ("alice", "Аlice"),
            ("bob", "bοb"),
            ("bob", "ｂob"),
        ] {
            assert!(name(one).is_like(&name(other)), "{one} {other}");
            assert!(name(one).looks_like(&name(other)), "{one} {other}");
        }
        for (one, other) in [
            ("bob", "b0b"),
            ("paul", "pau1"),
            ("Il", "ll"),
            ("tom", "torn"),
        ] {
            assert!(!name(one).is_like(&name(other)), "{one} {other}");
            assert!(name(one).looks_like(&name(other)), "{one} {other}");
        }
        for (one, other) in [("alice", "alicia"), ("jose", "josé"), ("Ольга", "Олег")] {
            assert!(!name(one).looks_like(&name(other)), "{one} {other}");
        }
    }
}
