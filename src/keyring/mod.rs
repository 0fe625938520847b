//! People instead of keys: what is kept on disk of one's own identities, of contacts and of groups.
//!
//! Owns the layout of the keyring's folder, its files' formats, the one lock and the way from one whole state to the
//! next. It asks nobody and prints nothing; it never sees a passphrase, and of secrets only files that are encrypted
//! already (or plain ones, where their owner said so).

mod change;
mod entry;
mod error;
mod health;
mod members;
mod name;
mod resolve;
mod signing;
mod store;
mod trust;

pub(crate) use change::{CONFIG, Change};
pub(crate) use entry::{Contact, Group, Identity, Kind, Kinds};
pub(crate) use error::Error;
pub(crate) use health::Misplaced;
pub(crate) use name::Name;
pub(crate) use resolve::{Addressed, Chosen, Who, choose};
pub(crate) use store::{Keyring, nearest};
pub(crate) use trust::{Acceptance, Added, Arrival, Former, State};
