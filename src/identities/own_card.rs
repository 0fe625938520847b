//! The user's own cards: making the next one, and checking the present one.

use std::time::Duration;

use crate::card::{Card, Draft, MOST_SUCCESSIONS, Succession};
use crate::context::Context;
use crate::errors::{CommandError, Result, warn_error};
use crate::keyring::{KeyringError, Name, StoredIdentity, Transaction};
use bulla_age::key_document::SeedKeys;
use bulla_age::{AnyRecipient, signing};

/// How long before a card expires its owner is warned.
const NOTICE: Duration = Duration::from_secs(60 * 24 * 60 * 60);
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
                context.ui.warning(
                    &"The new card does not list your former keys, and its serial number starts over",
                );
                None
            }
            before => before?,
        };
        let key = own.seed.signing_key();
        let mut serial = context.unix_time();
        let (mut called, mut successions) = (name.to_string(), Vec::new());
        if let Some(before) = before {
            let next = before.serial().checked_add(1).ok_or_else(|| {
                CommandError::other(
                    "this card has the highest possible serial number, so it cannot be renewed",
                )
            })?;
            serial = serial.max(next);
            called = before.name().as_raw().to_owned();
            let old = self.succession.map_or(key, |succession| succession.old);
            if *before.signing_key() == old {
                successions = before.successions().to_vec();
            }
        }
        successions.extend(self.succession.cloned());
        let too_many = successions.len().saturating_sub(MOST_SUCCESSIONS);
        let (recipient, also) = own.newest();
        let draft = Draft {
            name: self.called.map_or(called, str::to_owned),
            serial,
            created: context.today(),
            expires: self
                .expires
                .map_or_else(|| years_after(&context.today()), str::to_owned),
            recipient,
            also,
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
    let same_key = public.signing_key.as_deref() == Some(&signing::text(card.signing_key()));
    same_key && card.recipients().iter().all(known)
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
