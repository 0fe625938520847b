//! The sender stanza: who closed a file, when, for whom, and who changed that since (formats.md, section 2).
//!
//! Owns the bytes of statements and of the stanza around them. It knows keys only by their bytes: whose they are, and
//! whether they are believed, is for others to say.

mod chain;
mod derive;
mod error;
mod proof;
mod reader_list;
mod rewrite;
mod statement;
mod tail;

pub use chain::{Sender, StatementChain, VerifySignature};
pub use error::SenderError;
pub use proof::{ReaderEvidence, UnaccountedReason};
pub use reader_list::HiddenRecipient;
pub use rewrite::{ReaderChange, RewriteError, wrap_for_files};
pub use statement::{ListEntry, Listing, Statement};

pub(crate) use chain::Drafted;
pub(crate) use reader_list::listed;

use std::collections::HashMap;

use crate::recipient::RecipientId;
use crate::signing::Signer;

/// What a signature covers.
#[derive(Clone, Copy, Debug)]
pub enum Coverage<'a> {
    /// The file key, the recipients and the time.
    Header,
    /// The contents too, by the root of the payload's digests.
    Contents(&'a [u8; 32]),
}

/// Who makes a statement, when, and what else there is to say.
pub struct Author<'a> {
    /// Whose name stands under it; none for a statement without a signature.
    pub sign: Option<&'a dyn Signer>,
    /// Unix seconds.
    pub time: u64,
    /// The signing keys of those addressed, by the id of the recipient they are addressed by. What is written to one
    /// person can then not be passed off as written to another.
    pub addressees: HashMap<RecipientId, [u8; 32]>,
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
    pub fn signing(sign: &'a dyn Signer, time: u64) -> Self {
        Self {
            sign: Some(sign),
            ..Self::unsigned(time)
        }
    }
}
