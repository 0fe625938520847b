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

pub(crate) use change::{CONFIG, Change};
pub(crate) use decide::{Acceptance, Covered, Role};
pub(crate) use entry::{Changed, Contact, Group, Identity, Kind, Kinds, Revocation};
pub(crate) use error::Error;
pub(crate) use facts::{Check, Doubt, Facts, today};
pub(crate) use health::Misplaced;
pub(crate) use known::Standing;
pub(crate) use name::Name;
pub(crate) use resolve::{Addressed, Chosen, Who, choose};
pub(crate) use seen::{Earlier, Memory, Message};
pub(crate) use store::{Keyring, nearest};
pub(crate) use trust::{Added, Arrival, Former};
