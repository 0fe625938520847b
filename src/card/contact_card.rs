//! The contact card: an age recipients file that its owner signed (formats.md, section 5).

use std::borrow::Cow;

use crate::card::error::CardError;
use crate::card::letter::{MOST_MARKS, is_letter_or_digit, is_mark};
use crate::card::lines::{Field, Parts, TextFormat};
use crate::card::{armor, date, lines};
use bulla_age::format::text_in_utf8;
use bulla_age::signing::{Signer, SigningKey};
use bulla_age::untrusted::Untrusted;
use bulla_age::{AnyRecipient, signing};

const KIND: TextFormat = TextFormat {
    first: "# bulla card v1",
    label: "bulla/card/v1",
    repeated: Some(("succeeds", MOST_SUCCESSIONS)),
    body: true,
    other: CardError::NoCard,
    surrounded: CardError::Surrounded,
};
/// How the first line of a card of any version begins.
const VERSIONS: &str = "# bulla card v";
/// What a card is for if it has no recipient.
const SIGNING: &str = "signing";
const SUCCESSION: &str = "bulla/succession/v1";
/// The most keys that a card remembers.
pub(crate) const MOST_SUCCESSIONS: usize = 8;
/// How far the serial number of a card may be ahead of the reader's clock, in seconds. Without a
/// limit, nothing could ever replace a card with the highest number, or one made by a wrong clock.
const MOST_AHEAD: u64 = 24 * 60 * 60;
/// The most characters of a name.
const LONGEST_NAME: usize = 64;
const NAME_RULE: &str = "the name in a card may have letters, digits, single spaces and . , ' - & + @ _ \
    (write an accented letter as one character)";

/// A card with a valid grammar and signature. Callers decide whether to trust it.
#[derive(Clone)]
pub(crate) struct Card {
    text: String,
    name: Untrusted,
    signing_key: SigningKey,
    serial: u64,
    created: String,
    expires: String,
    /// `None` if its owner only signs.
    recipient: Option<AnyRecipient>,
    also: Option<AnyRecipient>,
    successions: Vec<Succession>,
}

/// "The new key is mine too", signed by the old key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Succession {
    pub(crate) old: SigningKey,
    pub(crate) new: SigningKey,
    pub(crate) signature: [u8; 64],
}

/// The fields of a card to be signed by the user.
pub(crate) struct Draft {
    pub(crate) name: String,
    pub(crate) serial: u64,
    pub(crate) created: String,
    pub(crate) expires: String,
    /// `None` if the owner only signs.
    pub(crate) recipient: Option<AnyRecipient>,
    pub(crate) also: Option<AnyRecipient>,
    pub(crate) successions: Vec<Succession>,
}

impl Card {
    /// Parses the bytes of a card, and checks its signature. CR LF is read and stored as LF.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, CardError> {
        let text = lines::text(bytes)?;
        let parts = KIND.parse(&text)?;
        let signing_key = parts.signing_key()?;
        let name = parts.must("name", "name")?;
        if name.value.chars().count() > LONGEST_NAME {
            return name.wrong("the name is longer than 64 characters");
        }
        if !is_name(name.value) {
            return name.wrong(NAME_RULE);
        }
        let recipient = recipient(parts.said("use"), parts.body)?;
        let card = Self {
            name: Untrusted::new(name.value),
            serial: serial(parts.must("serial", "serial number")?)?,
            created: date_of(parts.must("created", "date")?)?,
            expires: date_of(parts.must("expires", "date of expiry")?)?,
            also: also(parts.said("also"), recipient.as_ref())?,
            successions: successions(&parts, &signing_key)?,
            text: String::new(),
            signing_key,
            recipient,
        };
        parts.verify(&KIND, &signing_key)?;
        Ok(Self { text, ..card })
    }

    /// Finds the one card in a pasted text: a plain card, or an armored one, which may be quoted,
    /// wrapped or surrounded by other text.
    pub(crate) fn find(bytes: &[u8]) -> Result<Self, CardError> {
        let begin = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
        if begin.starts_with(VERSIONS.as_bytes()) {
            return Self::parse(bytes);
        }
        // Some editors save as UTF-16. The text, which is what is signed, is the same.
        if let Cow::Owned(text) = text_in_utf8(bytes)
            && text.starts_with(VERSIONS)
        {
            return Self::parse(text.as_bytes());
        }
        let (blocks, around) = armor::blocks(bytes)?;
        if contains_card_line(around.as_bytes()) {
            return Err(CardError::Surrounded);
        }
        let mut found: Option<Self> = None;
        for block in blocks {
            let card = Self::parse(&block)?;
            match &found {
                Some(other) if other.text != card.text => return Err(CardError::TwoCards),
                _ => found = Some(card),
            }
        }
        match found {
            None if armor::is_meant(&around) => {
                Err(CardError::Armor("its first line is missing or was changed"))
            }
            found => found.ok_or(CardError::NoCard),
        }
    }

    /// Returns the whole text verbatim, with LF at the end (CR LF as LF).
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Returns the armored text, which survives a chat.
    pub(crate) fn armored(&self) -> String {
        armor::armored(self.text.as_bytes())
    }

    /// Returns the owner's name, as chosen by the owner.
    pub(crate) fn name(&self) -> &Untrusted {
        &self.name
    }

    pub(crate) fn signing_key(&self) -> &SigningKey {
        &self.signing_key
    }

    pub(crate) fn serial(&self) -> u64 {
        self.serial
    }

    /// Returns true if the serial number is too far ahead of this time, in Unix seconds.
    pub(crate) fn is_ahead(&self, now: u64) -> bool {
        self.serial > now.saturating_add(MOST_AHEAD)
    }

    /// Refuses a card that arrives with a serial number too far ahead of this time.
    ///
    /// # Errors
    /// [`CardError::Ahead`].
    pub(crate) fn not_ahead(self, now: u64) -> Result<Self, CardError> {
        if self.is_ahead(now) {
            return Err(CardError::Ahead);
        }
        Ok(self)
    }

    /// Returns a date as written in the card: `2026-11-23`.
    pub(crate) fn created(&self) -> &str {
        &self.created
    }

    pub(crate) fn expires(&self) -> &str {
        &self.expires
    }

    /// Returns the one recipient that every age tool reads, post-quantum or classic; `None` if its
    /// owner only signs.
    pub(crate) fn recipient(&self) -> Option<&AnyRecipient> {
        self.recipient.as_ref()
    }

    /// Returns the recipient and its twin.
    pub(crate) fn recipients(&self) -> Vec<AnyRecipient> {
        self.recipient.iter().chain(&self.also).cloned().collect()
    }

    /// Returns the keys that this one succeeded, oldest first. Their signatures are valid, and each
    /// one begins where the one before ended; the last ends with
    /// [`signing_key`](Self::signing_key).
    pub(crate) fn successions(&self) -> &[Succession] {
        &self.successions
    }
}

impl Draft {
    /// Signs the card, and parses it again before returning it.
    pub(crate) fn sign(&self, by: &dyn Signer) -> Result<Card, CardError> {
        // A line end in one of these would begin another line of the card.
        if !lines::is_value(&self.name) || self.name.chars().count() > LONGEST_NAME {
            return Err(CardError::Draft(
                "the name in a card must have 1 to 64 characters, without control characters or \
                 surrounding spaces",
            ));
        }
        if !is_name(&self.name) {
            return Err(CardError::Draft(NAME_RULE));
        }
        if [&self.created, &self.expires]
            .iter()
            .any(|date| !date::is_real(date))
        {
            return Err(CardError::Draft(
                "a date in a card must exist and look like 2028-11-23",
            ));
        }
        let mut text = format!(
            "{}\n# name: {}\n# sign: {}\n# serial: {}\n# created: {}\n# expires: {}\n",
            KIND.first,
            self.name,
            by.key(),
            self.serial,
            self.created,
            self.expires,
        );
        if self.recipient.is_none() {
            text.push_str(&format!("# use: {SIGNING}\n"));
        }
        self.also
            .iter()
            .for_each(|also| text.push_str(&format!("# also: {also}\n")));
        for Succession {
            old,
            new,
            signature,
        } in &self.successions
        {
            let halves = [old, new]
                .into_iter()
                .flat_map(|key| [key.ed25519(), key.ml_dsa_digest()])
                .map(|half| signing::text(half));
            let words: Vec<String> = halves.chain([signing::text(signature)]).collect();
            text.push_str(&format!("# succeeds: {}\n", words.join(" ")));
        }
        if let Some(recipient) = &self.recipient {
            text.push_str(&format!("{recipient}\n"));
        }
        Card::parse(KIND.sign(text, by).as_bytes())
    }
}

impl Succession {
    /// Signs the new key with the old one.
    pub(crate) fn new(old: &dyn Signer, new: SigningKey) -> Self {
        let signature = lines::sign(old, SUCCESSION, &Self::signed(&old.key(), &new));
        Self {
            old: old.key(),
            new,
            signature,
        }
    }

    fn signed(old: &SigningKey, new: &SigningKey) -> Vec<u8> {
        [old.as_bytes().as_slice(), new.as_bytes()].concat()
    }
}

/// Returns whether a line of this text is the first line of a card, whatever surrounds it, quoted
/// or not. Such a text is meant as a card, and must be one.
pub(crate) fn contains_card_line(bytes: &[u8]) -> bool {
    KIND.is_meant(bytes)
}

/// Returns whether lines end where a card that is not armored ends: with its signature.
pub(crate) fn is_whole(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let last = text.trim_end_matches('\n').rsplit('\n').next();
    text.trim_start().starts_with(VERSIONS) && last.is_some_and(lines::is_signature)
}

/// Returns whether a text contains an armored card, perhaps a damaged one.
pub(crate) fn contains_armor(bytes: &[u8]) -> bool {
    armor::is_meant(&text_in_utf8(bytes))
}

/// Returns whether this can be the name on a card. It is shown beside what we say about its owner,
/// so it has nothing that looks like the end of a quotation, an empty space, or a mark of ours.
pub(crate) fn is_name(name: &str) -> bool {
    /// The last character.
    #[derive(PartialEq)]
    enum Last {
        Letter,
        Mark(usize),
        Other(char),
    }
    let mut last = Last::Other(' ');
    for c in name.chars() {
        last = match (c, &last) {
            (' ' | '\'', Last::Other(before)) if *before == c => return false,
            (' ' | '.' | ',' | '\'' | '-' | '&' | '+' | '@' | '_' | '·' | '・', _) => {
                Last::Other(c)
            }
            _ if is_mark(c) => match last {
                Last::Letter => Last::Mark(1),
                Last::Mark(count) if count < MOST_MARKS => Last::Mark(count + 1),
                _ => return false,
            },
            _ if is_letter_or_digit(c) => Last::Letter,
            _ => return false,
        };
    }
    last != Last::Other(' ') && (1..=LONGEST_NAME).contains(&name.chars().count())
}

/// Parses the one recipient. It must be native and in our own form, so that age reads the same one.
/// Only a card that says so has none.
fn recipient(
    purpose: Option<Field<'_>>,
    body: Option<(usize, &str)>,
) -> Result<Option<AnyRecipient>, CardError> {
    let (line, text) = match (purpose, body) {
        (Some(field), None) if field.value == SIGNING => return Ok(None),
        (Some(field), Some(_)) if field.value == SIGNING => {
            return field.wrong("a card that is only for signing has no recipient");
        }
        (Some(field), _) => return field.wrong("the use must be \"signing\""),
        (None, body) => body.ok_or(CardError::Missing("recipient"))?,
    };
    let recipient = text
        .parse()
        .map_err(|error| CardError::Key { line, error })?;
    let is_native = matches!(recipient, AnyRecipient::X25519(_) | AnyRecipient::Hybrid(_));
    if is_native && recipient.to_string() == text {
        Ok(Some(recipient))
    } else {
        Err(CardError::Line {
            line,
            why: "the recipient must be age1… or age1pq1…, in lower case",
        })
    }
}

/// Parses the classic twin of a post-quantum recipient.
fn also(
    field: Option<Field<'_>>,
    recipient: Option<&AnyRecipient>,
) -> Result<Option<AnyRecipient>, CardError> {
    let Some(field) = field else { return Ok(None) };
    let twin = field.value.parse().map_err(|error| CardError::Key {
        line: field.line,
        error,
    })?;
    if !matches!(twin, AnyRecipient::X25519(_)) || twin.to_string() != field.value {
        return field.wrong("the classic key must be age1…, in lower case");
    }
    match recipient {
        Some(AnyRecipient::Hybrid(_)) => Ok(Some(twin)),
        _ => field.wrong("a classic key is allowed only next to a post-quantum recipient"),
    }
}

/// Parses digits as a program writes them: without a sign or leading zeros.
fn serial(field: Field<'_>) -> Result<u64, CardError> {
    match field.value.parse::<u64>() {
        Ok(serial) if serial.to_string() == field.value => Ok(serial),
        _ => field.wrong("the serial number must be a whole number below 2^64"),
    }
}

fn date_of(field: Field<'_>) -> Result<String, CardError> {
    if date::is_real(field.value) {
        Ok(field.value.to_owned())
    } else {
        field.wrong("not a valid date (example: 2028-11-23)")
    }
}

/// Parses the chain that ends with this key.
fn successions(parts: &Parts<'_>, signing_key: &SigningKey) -> Result<Vec<Succession>, CardError> {
    let mut chain: Vec<Succession> = Vec::new();
    for field in parts.all("succeeds") {
        let words: Vec<&str> = field.value.split(' ').collect();
        let [old, old_digest, new, new_digest, signature] = words[..] else {
            return field
                .wrong("a succession must be two keys, each in two parts, and a signature");
        };
        let (old, new) = (field.key(old, old_digest)?, field.key(new, new_digest)?);
        let signature: [u8; 64] = field.bytes(signature)?;
        if chain.last().is_some_and(|before| before.new != old) {
            return field.wrong("this succession does not start where the previous one ended");
        }
        if !lines::is_signed(
            &old,
            SUCCESSION,
            &Succession::signed(&old, &new),
            &signature,
        ) {
            return field.wrong("the old key did not sign this succession");
        }
        chain.push(Succession {
            old,
            new,
            signature,
        });
    }
    match parts.all("succeeds").last() {
        Some(last) if chain.last().is_some_and(|link| link.new != *signing_key) => {
            last.wrong("the last succession does not end with the signing key of the card")
        }
        _ => Ok(chain),
    }
}

#[cfg(test)]
#[path = "../../tests/unit/card/contact_card.rs"]
mod tests;
