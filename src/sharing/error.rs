//! Why a text that somebody handed over is not taken.

use crate::keys::ParseError;

/// What is wrong with a card or a revocation. Lines are counted from 1.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Error {
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
    #[error("it does not say its {0}")]
    Missing(&'static str),
    /// The signature is not that of the key it names, over these bytes.
    #[error("its signature does not verify: it was changed, or is not by the key it names")]
    Signature,
    /// There is no such text in what was given.
    #[error("there is no contact card in it")]
    NoCard,
    /// Two different ones in one input.
    #[error("there are two different cards in it")]
    TwoCards,
}
