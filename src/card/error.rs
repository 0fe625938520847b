//! Why a card or revocation is refused.

use bulla_age::ParseError;

/// What is wrong with a card or a revocation. Lines are counted from 1.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CardError {
    /// It is longer than any card.
    #[error("it is larger than 16 KiB")]
    TooLarge,
    /// A line breaks the grammar.
    #[error("line {line}: {why}")]
    Line { line: usize, why: &'static str },
    /// A key in it is invalid.
    #[error("line {line}: {error}")]
    Key { line: usize, error: ParseError },
    /// A required line is missing.
    #[error("it has no {0}")]
    Missing(&'static str),
    /// The signature is not by the key it names, or not over these bytes.
    #[error(
        "it has an invalid signature: the card was modified, or was not signed with the key it \
        names"
    )]
    Signature,
    /// The text contains no card.
    #[error("it contains no contact card")]
    NoCard,
    /// The text is not a revocation.
    #[error("it is not a revocation")]
    NoRevocation,
    /// The input contains two different cards.
    #[error("it contains two different cards")]
    TwoCards,
    /// There is other text around it, which only an armored card survives.
    #[error(
        "it contains a card that is quoted or has other text around it, so its exact text is unknown"
    )]
    Surrounded,
    /// There is other text around the revocation, which has no armored form.
    #[error(
        "it contains a revocation that is quoted or has other text around it, so its exact text is unknown"
    )]
    RevocationSurrounded,
    /// The card is armored, but must be in the form that other tools read.
    #[error("it is an armored card, which other age tools cannot read")]
    Armored,
    /// The armored form is damaged.
    #[error("it contains a damaged card: {0}")]
    Armor(&'static str),
    /// The serial number is too far in the future.
    #[error(
        "it has a serial number more than a day ahead of this computer's clock, so no later card \
         could replace it"
    )]
    Ahead,
    /// A value to be signed cannot be part of a card.
    #[error("{0}")]
    Draft(&'static str),
}
