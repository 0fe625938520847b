//! The keyring: what is kept on disk of the user's identities, contacts and groups.
//!
//! Owns the layout of the keyring's folder, the formats of its files, its one lock, and the step
//! from one whole state to the next. It neither asks nor prints, and never sees a passphrase. Of
//! secrets it sees only files that are already encrypted (or plain ones, if the user wanted that).
//!
//! The modules from the top down; each imports only those below it:
//!
//! - [`resolve`]: from names to recipients. [`lookup`]: from keys to names. [`health`]: what is
//!   wrong with the folder
//! - [`trust`]: what happens to keys that arrive, and what the user decides about them. [`group`]:
//!   groups
//! - [`transaction`]: every change, made in one step under the lock
//! - [`checks`]: the reasons why a key may not be used
//! - [`contact`], [`identity`], [`revocation`]: the things that are kept, and every question about
//!   one of them
//! - [`store`]: reading the files
//! - [`unfinished`]: looking through a change that was begun. [`undo`]: the way back from it
//! - [`step`]: the steps of a change
//! - [`journal`]: notes about changes that were begun
//! - [`seen_messages`]: which messages were opened before
//! - [`reminders`]: what was said today already
//! - [`pins`]: what this machine knows about the user's own identities
//! - [`error`], [`verification`], [`entry`], [`entry_kind`], [`signed`], [`name`]

mod checks;
mod contact;
mod entry;
mod entry_kind;
mod error;
mod group;
mod health;
mod identity;
mod journal;
mod lookup;
mod name;
mod pins;
mod reminders;
mod resolve;
mod revocation;
mod seen_messages;
mod signed;
mod step;
mod store;
#[cfg(test)]
#[path = "../../tests/unit/keyring/testing.rs"]
mod testing;
mod transaction;
mod trust;
mod undo;
mod unfinished;
mod verification;

pub(crate) use checks::ContactStatus;
pub(crate) use contact::{Contact, SigningKeyRole, today};
pub(crate) use entry::EntryKind;
pub(crate) use error::KeyringError;
pub(crate) use group::{DEEPEST, Group};
pub(crate) use health::MisplacedFile;
pub(crate) use identity::{IdentityKind, StoredIdentity};
pub(crate) use lookup::{KeyStatus, KnownKey};
pub(crate) use name::{InvalidName, Name, PersonName};
pub(crate) use reminders::Reminders;
pub(crate) use resolve::{ChosenKey, KeyChoice, PersonKeys, choose, choose_classic};
pub(crate) use revocation::StoredRevocation;
pub(crate) use seen_messages::{EarlierReading, SeenMessage, SeenMessages};
pub(crate) use store::{Keyring, nearest};
pub(crate) use transaction::{CONFIG, Transaction};
pub(crate) use trust::{Acceptance, AddOutcome, AffectedContact, ReceivedKeys, Tombstone};
pub(crate) use verification::VerificationCode;
