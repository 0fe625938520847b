//! The sender stanza: who encrypted a file, when and for whom, and who has changed its readers
//! since (formats.md, section 2).
//!
//! Defines the bytes of statements and of the stanza around them. Keys are only bytes here: the
//! caller decides whose they are and whether to trust them.

mod chain;
mod derive;
mod error;
mod mirrored;
mod proof;
mod reader_list;
mod rewrite;
mod statement;
mod tail;

pub use chain::{Sender, StatementChain, VerifySignature};
pub use error::SenderError;
pub use mirrored::{MirrorKey, PlaintextDigest};
pub use proof::{ReaderEvidence, UnaccountedReason};
pub(crate) use proof::{Recomputed, prove, recompute};
pub use reader_list::HiddenRecipient;
pub(crate) use rewrite::Rewriting;
pub use rewrite::{ReaderChange, RewriteError};
pub use statement::{AddresseeId, ListEntry, Listing, Statement};

pub(crate) use chain::Drafted;
pub(crate) use derive::addressee;
pub(crate) use reader_list::listed;

use std::collections::HashMap;

use crate::signing::{Algorithm, Signer, SigningKey};

/// What a signature covers.
#[derive(Clone, Copy, Debug)]
pub enum Coverage<'a> {
    /// The file key, the recipients and the time.
    Header,
    /// The contents too, by the root of the payload's digests.
    Contents(&'a [u8; 32]),
}

/// The author of a statement, with its time and its optional fields.
pub struct Author<'a> {
    /// The identity that signs; `None` for an unsigned statement.
    pub sign: Option<&'a dyn Signer>,
    /// The algorithm with which that identity signs.
    pub algorithm: Algorithm,
    /// Unix seconds.
    pub time: u64,
    /// The signing keys of those addressed, by the recipient string they are addressed by. What is
    /// written to one person can then not be passed off as written to another.
    pub addressees: HashMap<String, SigningKey>,
    /// Bytes of the text before it was padded, in messages.
    pub true_length: Option<u64>,
    /// The digest of the plaintext, in mirrors.
    pub plaintext: Option<PlaintextDigest>,
    /// Where the file belongs in its tree, in mirrors that hide names. Empty for the index.
    pub path: Option<&'a [u8]>,
}

impl<'a> Author<'a> {
    /// An author who does not sign.
    pub fn unsigned(time: u64) -> Self {
        Self {
            sign: None,
            algorithm: Algorithm::Ed25519MlDsa65,
            time,
            addressees: HashMap::new(),
            true_length: None,
            plaintext: None,
            path: None,
        }
    }

    /// An author who signs, with both halves of the signing key.
    pub fn signing(sign: &'a dyn Signer, time: u64) -> Self {
        Self {
            sign: Some(sign),
            ..Self::unsigned(time)
        }
    }
}
