//! The user's own cards: making the next one, and checking the present one.

use std::time::Duration;

use unicode_normalization::UnicodeNormalization;

use crate::card;
use crate::card::{Card, Draft, MOST_SUCCESSIONS, Succession};
use crate::context::Context;
use crate::errors::{CommandError, Result, usage, warn_error};
use crate::keyring::{KeyringError, Name, StoredIdentity, Transaction};
use crate::ui::WarningKind;
use bulla_age::AnyRecipient;
use bulla_age::key_document::SeedKeys;

/// How long before a card expires its owner is warned.
const NOTICE: Duration = Duration::from_secs(60 * 24 * 60 * 60);
/// How often a name is asked for.
const TRIES: usize = 3;
/// The name on the card of an identity whose own name cannot be on one.
const FALLBACK: &str = "me";
/// What a name on a card may be.
const NAME_RULE: &str =
    "A name on a card has up to 64 letters, digits, single spaces and . , ' - & + @ _";
/// The default lifetime of a card in years.
const YEARS: u32 = 2;

/// The changes in the next card.
#[derive(Default)]
pub(crate) struct NextCard<'a> {
    /// The name on the card; by default that of the present card, or the identity's.
    pub(crate) called: Option<&'a str>,
    /// The last day; by default in two years.
    pub(crate) expires: Option<&'a str>,
    /// A new signing key, signed by the old one.
    pub(crate) succession: Option<&'a Succession>,
}

impl NextCard<'_> {
    /// Makes the next card of an identity within a change of the keyring: under its lock, so that
    /// no two cards have one serial number.
    pub(crate) fn put(
        &self,
        change: &mut Transaction<'_>,
        name: &Name,
        own: &SeedKeys,
        context: &Context,
    ) -> Result<Card> {
        let before = match change.keyring().card(name) {
            Err(error @ KeyringError::Damaged { .. }) => {
                warn_error(&context.ui, &error.into());
                context.ui.warn(WarningKind::CardStartsOver, &"The new card does not list your former keys, and its serial number starts over",
                );
                None
            }
            before => before?,
        };
        let key = own.seed.signing_key();
        let mut serial = context.unix_time();
        let (mut called, mut successions) = (name.to_string(), Vec::new());
        if let Some(before) = before {
            // A card that is ahead was made by a wrong clock, and nobody accepts it.
            if !before.is_ahead(serial) {
                serial = serial.max(before.serial() + 1);
            }
            called = before.name().as_raw().to_owned();
            let old = self.succession.map_or(key, |succession| succession.old);
            if *before.signing_key() == old {
                successions = before.successions().to_vec();
            }
        }
        successions.extend(self.succession.cloned());
        let too_many = successions.len().saturating_sub(MOST_SUCCESSIONS);
        let (recipient, also) = own.newest().unzip();
        let draft = Draft {
            name: self.called.map_or(called, str::to_owned),
            serial,
            created: context.today(),
            expires: self
                .expires
                .map_or_else(|| years_after(&context.today()), str::to_owned),
            recipient,
            also: also.flatten(),
            successions: successions.split_off(too_many),
        };
        let card = draft.sign(&own.seed.signing())?;
        change.put_card(name, &card);
        Ok(card)
    }
}

/// Returns the warning about a card that expired or soon will.
pub(crate) fn expiry(card: &Card, name: &Name, context: &Context) -> Option<String> {
    let (last, today) = (card.expires(), context.today());
    match () {
        () if last < today.as_str() => {
            Some(format!("The card of identity {name} expired on {last}"))
        }
        () if last <= context.date_in(NOTICE).as_str() => {
            Some(format!("The card of identity {name} expires on {last}"))
        }
        () => None,
    }
}

/// Returns whether a card matches the public keys of an identity.
pub(crate) fn is_of(card: &Card, public: &StoredIdentity) -> bool {
    let known = |recipient: &AnyRecipient| public.recipients.contains(&recipient.to_string());
    let same_key = public.signing_key.as_deref() == Some(&card.signing_key().to_string());
    same_key && card.recipients().iter().all(known)
}

/// Returns the command that prints the card of an identity; `None` if it cannot have one.
pub(crate) fn sending(name: &Name, has_seed: bool) -> Option<String> {
    has_seed.then(|| format!("bulla card --as {name}"))
}

/// Refuses a name that cannot be on a card.
pub(crate) fn check_name(called: &str) -> Result<()> {
    if card::is_name(called) {
        return Ok(());
    }
    Err(usage(NAME_RULE, None))
}

/// Returns the name for the first card of an identity. If `may_ask`, asks for it on a terminal where
/// the name of the identity tells nobody whose it is, or cannot be on a card.
///
/// # Errors
/// There is no answer, or only answers that cannot be on a card.
pub(crate) fn first_name(name: &Name, may_ask: bool, context: &Context) -> Result<String> {
    let is_good = card::is_name(name.as_str());
    if is_good && !name.is_generic() {
        return Ok(name.to_string());
    }
    if !may_ask || !context.ui.can_ask() {
        return Ok(if is_good { name.as_str() } else { FALLBACK }.to_owned());
    }
    let question = format!(
        "Your name on the card that you will send to others (press Enter for \"{}\")",
        if is_good { name.as_str() } else { FALLBACK }
    );
    for _ in 0..TRIES {
        let answer = context
            .ui
            .line(&question)
            .map_err(|error| CommandError::from(error).context("Could not ask for your name"))?;
        let answer: String = answer.trim().nfc().collect();
        if answer.is_empty() {
            return Ok(if is_good { name.as_str() } else { FALLBACK }.to_owned());
        }
        if card::is_name(&answer) {
            return Ok(answer);
        }
        context.ui.warn(WarningKind::WrongAnswer, &NAME_RULE);
    }
    Err(usage(
        "No name for the card was given",
        Some("Choose one: bulla identity new --card-name TEXT"),
    ))
}

/// Returns the command that renews a card.
pub(crate) fn renewal(name: &Name) -> String {
    format!("bulla card --renew --as {name}")
}

/// Returns the same day some years later; February 29 becomes 28 if needed.
fn years_after(today: &str) -> String {
    let year = today
        .get(..4)
        .and_then(|year| year.parse::<u32>().ok())
        .unwrap_or(9999);
    let day = today.get(4..).unwrap_or_default();
    let year = (year + YEARS).min(9999);
    let date = format!("{year:04}{day}");
    if crate::card::is_real_date(&date) {
        date
    } else {
        format!("{year:04}-02-28")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_is_good_for_two_years() {
        assert_eq!(years_after("2026-11-23"), "2028-11-23");
        assert_eq!(years_after("2028-02-29"), "2030-02-28");
        assert_eq!(years_after("9998-01-01"), "9999-01-01");
    }
}
