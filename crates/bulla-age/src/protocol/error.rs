//! Why a whole file could not be encrypted or decrypted.

use std::collections::BTreeSet;

use super::sender::SenderError;
use super::wrap::{KeyError, Reason, UnwrapError};
use crate::format::HeaderError;
use crate::payload::PayloadError;

/// Why a file could not be encrypted.
#[derive(Debug, thiserror::Error)]
pub enum EncryptError {
    /// There is nobody to encrypt for.
    #[error("there is nobody to encrypt for")]
    NoRecipients,
    /// The recipients' labels differ: they must not stand in one header (C2SP age-plugin, "labels").
    #[error("these recipients cannot be mixed in one file")]
    Mixed(Vec<Labelled>),
    /// A passphrase must be alone in its header (C2SP age.md, "The scrypt recipient type").
    #[error("a passphrase cannot be combined with other recipients")]
    PassphraseNotAlone,
    /// A stanza was given whose words break the grammar.
    #[error("a recipient gave a malformed stanza")]
    MalformedStanza,
    /// A recipient could not wrap the file key.
    #[error(transparent)]
    Wrap(KeyError),
    /// The statement of its author cannot be made.
    #[error(transparent)]
    Sender(#[from] SenderError),
    /// The random number generator failed.
    #[error("the system gives no random bytes")]
    Random,
    /// The payload could not be sealed.
    #[error(transparent)]
    Payload(#[from] PayloadError),
}

/// Recipients, by name, and the labels they insist on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Labelled {
    /// Their canonical recipient strings.
    pub names: Vec<String>,
    /// `postquantum`, or what a plugin said.
    pub labels: BTreeSet<String>,
}

/// Why a file could not be decrypted.
#[derive(Debug, thiserror::Error)]
pub enum DecryptError {
    /// The header is broken.
    #[error(transparent)]
    Header(#[from] HeaderError),
    /// A stanza breaks the rules of its type, or a key ran into an error.
    #[error(transparent)]
    Unwrap(#[from] UnwrapError),
    /// An scrypt stanza stands beside others.
    #[error("a passphrase stanza stands beside others: this header was made to deceive")]
    PassphraseNotAlone,
    /// No identity fits.
    #[error("no identity matched")]
    NoMatch {
        /// What the header asks for: the types of its stanzas, in order.
        wanted: Vec<String>,
        /// What was tried, and why it does not fit.
        tried: Vec<(String, Reason)>,
    },
    /// An identity fits, but the header was changed.
    #[error("the header's MAC is wrong: the header was changed")]
    Mac,
    /// A header that was sent apart has something behind it.
    #[error("something follows the header")]
    MoreThanHeader,
    /// A header that was sent apart is another file's.
    #[error("the header is not one for this file")]
    OtherFile,
    /// What stands in the header about its author is malformed.
    #[error(transparent)]
    Sender(#[from] SenderError),
    /// The payload could not be opened.
    #[error(transparent)]
    Payload(#[from] PayloadError),
}
