//! An age engine: reads and writes age files on all cores.

mod any_recipient;
mod bech32;
mod decrypt;
mod encrypt;
mod file_key;
pub mod fingerprint;
pub mod format;
mod identity;
mod inspect;
pub mod key_document;
mod key_error;
pub mod key_file;
pub mod kinds;
mod locked_secret;
mod mac;
mod parse_error;
pub mod plugin;
mod prompter;
mod recipient;
mod recipient_set;
pub mod recipients_file;
pub mod seed;
pub mod sender;
pub mod signing;
pub mod stanza_type;
pub mod stream;
#[cfg(test)]
mod testing;
pub mod untrusted;
pub mod words;

pub use any_recipient::AnyRecipient;
pub use decrypt::{DecryptError, LockedFile, UnlockedFile, decrypt, decrypt_all};
pub use encrypt::{EncryptError, NewFile, encrypt};
pub use file_key::{FileKey, Nonce};
pub use identity::{Effort, Identity, Mismatch, UnwrapError, Unwrapped};
pub use inspect::{Inspection, StanzaSummary};
pub use key_error::KeyError;
pub use locked_secret::LockedSecret;
pub use parse_error::ParseError;
pub use prompter::{AnswerError, Prompter, Question};
pub use recipient::{
    BoxedError, LabelledRecipients, Provable, Recipient, RecipientId, Wrapped, recipient_id,
};
pub use recipient_set::{RecipientSet, Target};
pub use secrecy::{ExposeSecret, SecretString};
