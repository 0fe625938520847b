//! Recipients and identities of every kind: they implement the traits of [`protocol`](crate::protocol).
//!
//! Knows nothing of files, environment or terminals: text comes in, [`Ask`] is how a person is reached, and
//! plugins are given path and environment by the caller.

mod ask;
mod bech32;
mod error;
mod hpke;
pub mod hybrid;
mod provable;
pub mod x25519;
mod xwing;

pub use age_core::secrecy::{ExposeSecret, SecretString};
pub use ask::{Ask, AskError, Question};
pub use error::ParseError;
pub use provable::rid;
