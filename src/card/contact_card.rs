//! The contact card: an age recipients file that its owner signed (formats.md, section 5).

use crate::card::error::CardError;
use crate::card::lines::{Field, Parts, TextFormat};
use crate::card::{armor, date, lines};
use bulla_age::signing::Signer;
use bulla_age::untrusted::Untrusted;
use bulla_age::{AnyRecipient, signing};

const KIND: TextFormat = TextFormat {
    first: "# bulla card v1",
    label: b"bulla/card/v1",
    repeated: Some(("succeeds", MOST_SUCCESSIONS)),
    body: true,
    other: CardError::NoCard,
    surrounded: CardError::Surrounded,
};
/// How the first line of a card of any version begins.
const VERSIONS: &str = "# bulla card v";
const SUCCESSION: &[u8] = b"bulla/succession/v1\0";
/// The most keys that a card remembers.
pub(crate) const MOST_SUCCESSIONS: usize = 8;
/// The most characters of a name.
const LONGEST_NAME: usize = 64;

/// A card with a valid grammar and signature. Callers decide whether to trust it.
#[derive(Clone)]
pub(crate) struct Card {
    text: String,
    name: Untrusted,
    signing_key: [u8; 32],
    serial: u64,
    created: String,
    expires: String,
    recipient: AnyRecipient,
    also: Option<AnyRecipient>,
    successions: Vec<Succession>,
}

/// "The new key is mine too", signed by the old key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Succession {
    pub(crate) old: [u8; 32],
    pub(crate) new: [u8; 32],
    pub(crate) signature: [u8; 64],
}

/// The fields of a card to be signed by the user.
pub(crate) struct Draft {
    pub(crate) name: String,
    pub(crate) serial: u64,
    pub(crate) created: String,
    pub(crate) expires: String,
    pub(crate) recipient: AnyRecipient,
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
        if !is_name(name.value) {
            return name.wrong("the name is longer than 64 characters");
        }
        let recipient = recipient(parts.body)?;
        let card = Self {
            name: Untrusted::new(name.value),
            serial: serial(parts.must("serial", "serial number")?)?,
            created: date_of(parts.must("created", "date")?)?,
            expires: date_of(parts.must("expires", "date of expiry")?)?,
            also: also(parts.said("also"), &recipient)?,
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

    pub(crate) fn signing_key(&self) -> &[u8; 32] {
        &self.signing_key
    }

    pub(crate) fn serial(&self) -> u64 {
        self.serial
    }

    /// Returns a date as written in the card: `2026-11-23`.
    pub(crate) fn created(&self) -> &str {
        &self.created
    }

    pub(crate) fn expires(&self) -> &str {
        &self.expires
    }

    /// Returns the one recipient that every age tool reads, post-quantum or classic.
    pub(crate) fn recipient(&self) -> &AnyRecipient {
        &self.recipient
    }

    /// Returns the recipient and its twin.
    pub(crate) fn recipients(&self) -> Vec<AnyRecipient> {
        std::iter::once(&self.recipient)
            .chain(&self.also)
            .cloned()
            .collect()
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
        if !lines::is_value(&self.name) || !is_name(&self.name) {
            return Err(CardError::Draft(
                "the name in a card must have 1 to 64 characters, without control characters or \
                 surrounding spaces",
            ));
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
            "{}\n# name: {}\n# sign: ed25519 {}\n# serial: {}\n# created: {}\n# expires: {}\n",
            KIND.first,
            self.name,
            signing::text(&by.key()),
            self.serial,
            self.created,
            self.expires,
        );
        self.also
            .iter()
            .for_each(|also| text.push_str(&format!("# also: {also}\n")));
        for Succession {
            old,
            new,
            signature,
        } in &self.successions
        {
            let [old, new, signature] = [
                signing::text(old),
                signing::text(new),
                signing::text(signature),
            ];
            text.push_str(&format!("# succeeds: {old} {new} {signature}\n"));
        }
        text.push_str(&format!("{}\n", self.recipient));
        Card::parse(KIND.sign(text, by).as_bytes())
    }
}

impl Succession {
    /// Signs the new key with the old one.
    pub(crate) fn new(old: &dyn Signer, new: [u8; 32]) -> Self {
        let signature = old.sign(&Self::signed(&old.key(), &new));
        Self {
            old: old.key(),
            new,
            signature,
        }
    }

    fn signed(old: &[u8; 32], new: &[u8; 32]) -> Vec<u8> {
        [SUCCESSION, old, new].concat()
    }
}

/// Returns whether a line of this text is the first line of a card, whatever surrounds it, quoted
/// or not. Such a text is meant as a card, and must be one.
pub(crate) fn contains_card_line(bytes: &[u8]) -> bool {
    KIND.is_meant(bytes)
}

/// Returns whether a text contains an armored card, perhaps a damaged one.
pub(crate) fn contains_armor(bytes: &[u8]) -> bool {
    armor::is_meant(&String::from_utf8_lossy(bytes))
}

fn is_name(name: &str) -> bool {
    (1..=LONGEST_NAME).contains(&name.chars().count())
}

/// Parses the one recipient. It must be native and in our own form, so that age reads the same one.
fn recipient(body: Option<(usize, &str)>) -> Result<AnyRecipient, CardError> {
    let (line, text) = body.ok_or(CardError::Missing("recipient"))?;
    let recipient = text
        .parse()
        .map_err(|error| CardError::Key { line, error })?;
    let is_native = matches!(recipient, AnyRecipient::X25519(_) | AnyRecipient::Hybrid(_));
    match is_native && recipient.to_string() == text {
        true => Ok(recipient),
        false => Err(CardError::Line {
            line,
            why: "the recipient must be age1… or age1pq1…, in lower case",
        }),
    }
}

/// Parses the classic twin of a post-quantum recipient.
fn also(
    field: Option<Field<'_>>,
    recipient: &AnyRecipient,
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
        AnyRecipient::Hybrid(_) => Ok(Some(twin)),
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
    match date::is_real(field.value) {
        true => Ok(field.value.to_owned()),
        false => field.wrong("not a date like 2028-11-23"),
    }
}

/// Parses the chain that ends with this key.
fn successions(parts: &Parts<'_>, signing_key: &[u8; 32]) -> Result<Vec<Succession>, CardError> {
    let mut chain: Vec<Succession> = Vec::new();
    for field in parts.all("succeeds") {
        let words: Vec<&str> = field.value.split(' ').collect();
        let [old, new, signature] = words[..] else {
            return field.wrong("a succession must be `<old> <new> <signature>`");
        };
        let (old, new) = (field.key(old)?, field.key(new)?);
        let signature: [u8; 64] = field.bytes(signature)?;
        if chain.last().is_some_and(|before| before.new != old) {
            return field.wrong("this succession does not start where the previous one ended");
        }
        if !signing::verify(&old, &Succession::signed(&old, &new), &signature) {
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
mod tests;
