//! Recipients and identities of every kind: they implement the traits of [`protocol`](crate::protocol).
//!
//! Knows nothing of files, environment or terminals: text comes in, [`Ask`] is how a person is reached, and
//! plugins are given path and environment by the caller.

mod adapter;
mod ask;
mod bech32;
mod error;
pub mod fingerprint;
mod hpke;
pub mod hybrid;
pub mod identity_file;
pub mod own;
pub mod passphrase;
pub mod plugin;
mod provable;
mod readers;
pub mod recipient;
pub mod seed;
pub mod signing;
pub mod ssh;
pub mod tag;
#[cfg(test)]
mod testing;
pub mod words;
pub mod x25519;
mod xwing;

pub use crate::protocol::rid;
pub use age_core::secrecy::{ExposeSecret, SecretString};
pub use ask::{Ask, AskError, Question};
pub use error::{Error, ParseError};
pub use identity_file::Identity;
pub use readers::{Readers, Target};
pub use recipient::Recipient;
pub use seed::Seed;
pub use words::WordsError;
