//! The sender stanza: who closed a file, when, for whom, and who changed that since (formats.md, section 2).
//!
//! Owns the bytes of statements and of the stanza around them. It knows keys only by their bytes: whose they are, and
//! whether they are believed, is for others to say.

mod chain;
mod derive;
mod error;
mod statement;
mod tail;

pub use chain::{Chain, Sender, Verify};
pub use error::SenderError;
pub use statement::{Entry, Listing, Statement};

pub(super) use chain::Drafted;
pub(super) use tail::{PAD, SENDER, is_recipient};

use std::collections::HashMap;

use super::wrap::{Rid, Sign};

/// Who makes a statement, when, and what else there is to say.
pub struct Author<'a> {
    /// Whose name stands under it; none for a statement without a signature.
    pub sign: Option<&'a dyn Sign>,
    /// Unix seconds.
    pub time: u64,
    /// The signing keys of those addressed, by the id of the recipient they are addressed by. What is written to one
    /// person can then not be passed off as written to another.
    pub addressees: HashMap<Rid, [u8; 32]>,
    /// Bytes of the text before it was padded, in messages.
    pub true_length: Option<u64>,
}

impl<'a> Author<'a> {
    /// Nobody who signs.
    pub fn unsigned(time: u64) -> Self {
        Self {
            sign: None,
            time,
            addressees: HashMap::new(),
            true_length: None,
        }
    }

    /// Somebody who signs.
    pub fn signing(sign: &'a dyn Sign, time: u64) -> Self {
        Self {
            sign: Some(sign),
            ..Self::unsigned(time)
        }
    }
}
