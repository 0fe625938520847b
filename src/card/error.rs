//! Why a text that somebody handed over is not taken.

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
    /// A key in it is none.
    #[error("line {line}: {error}")]
    Key { line: usize, error: ParseError },
    /// A line that must be there.
    #[error("its {0} is missing")]
    Missing(&'static str),
    /// The signature is not that of the key it names, over these bytes.
    #[error("its signature is invalid: it was modified, or was not made with the key it names")]
    Signature,
    /// There is no card in what was given.
    #[error("it contains no contact card")]
    NoCard,
    /// What was given is no revocation.
    #[error("it is not a revocation")]
    NoRevocation,
    /// Two different ones in one input.
    #[error("it contains two different cards")]
    TwoCards,
    /// Only the armored form of a card survives that.
    #[error(
        "there is other text around the card, or it is quoted, so it cannot be read exactly \
        as written"
    )]
    Surrounded,
    /// A revocation has no other form than its lines.
    #[error(
        "there is other text around the revocation, or it is quoted, so it cannot be read exactly \
         as written"
    )]
    RevocationSurrounded,
    /// The armored form, where a card was wanted as other tools take it.
    #[error("it is an armored card, which other age tools cannot read")]
    Armored,
    /// The armored form is damaged.
    #[error("its armored card is damaged: {0}")]
    Armor(&'static str),
    /// What was to be signed cannot stand in a card.
    #[error("{0}")]
    Draft(&'static str),
}
