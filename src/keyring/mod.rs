//! People instead of keys: what is kept on disk of one's own identities, of contacts and of groups.
//!
//! Owns the layout of the keyring's folder, its files' formats, the one lock and the way from one whole state to the
//! next. It asks nobody and prints nothing; it never sees a passphrase, and of secrets only files that are encrypted
//! already (or plain ones, where their owner said so).

mod change;
mod decide;
mod entry;
mod error;
mod facts;
mod guard;
mod health;
mod known;
mod members;
mod name;
mod resolve;
mod seen;
mod signed;
mod store;
mod trust;

pub(crate) use change::{CONFIG, Transaction};
pub(crate) use decide::{Acceptance, AffectedContact, SigningKeyRole};
pub(crate) use entry::{
    Contact, EntryKind, Group, IdentityKind, StoredIdentity, StoredRevocation, WaitingKeys,
};
pub(crate) use error::KeyringError;
pub(crate) use facts::{ContactStatus, Doubt, VerificationCode, today};
pub(crate) use health::MisplacedFile;
pub(crate) use known::KeyStatus;
pub(crate) use name::Name;
pub(crate) use resolve::{ChosenKey, PersonKeys, PersonName, choose};
pub(crate) use seen::{EarlierReading, SeenMessage, SeenMessages};
pub(crate) use store::{Keyring, nearest};
pub(crate) use trust::{AddOutcome, ReceivedKeys, Tombstone};
