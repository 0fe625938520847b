//! What two people compare in person to verify keys.

use std::fmt;

use crate::card::Card;
use bulla_age::fingerprint::{check_value, safety_number};

/// The text that one person reads out and the other types.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum VerificationCode {
    /// For a signing key.
    SafetyNumber(String),
    /// For recipients without a signing key.
    CheckValue(String),
}

impl VerificationCode {
    /// The safety number of the card, or the check value of the recipients if there is no card.
    pub(super) fn of(card: Option<&Card>, recipients: &[String]) -> Self {
        match card {
            Some(card) => Self::SafetyNumber(safety_number(card.signing_key())),
            None => Self::CheckValue(check_value(recipients)),
        }
    }

    pub(crate) fn noun(&self) -> &'static str {
        match self {
            Self::SafetyNumber(_) => "safety number",
            Self::CheckValue(_) => "check value",
        }
    }

    pub(crate) fn is_safety_number(&self) -> bool {
        matches!(self, Self::SafetyNumber(_))
    }

    pub(crate) fn text(&self) -> &str {
        match self {
            Self::SafetyNumber(text) | Self::CheckValue(text) => text,
        }
    }

    /// The number of digits.
    pub(crate) fn digits(&self) -> usize {
        self.digits_of(self.text())
    }

    /// The number of digits in what was typed. Those of a check value are hexadecimal.
    pub(crate) fn digits_of(&self, typed: &str) -> usize {
        let radix = if self.is_safety_number() { 10 } else { 16 };
        typed.chars().filter(|c| c.is_digit(radix)).count()
    }

    /// Returns whether the typed text is this code. Spaces and case do not matter.
    pub(crate) fn matches(&self, typed: &str) -> bool {
        without_spaces(typed).eq_ignore_ascii_case(&without_spaces(self.text()))
    }
}

impl fmt::Display for VerificationCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.noun(), self.text())
    }
}

fn without_spaces(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}
