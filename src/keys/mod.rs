//! Recipients and identities of every kind: they implement the traits of [`protocol`](crate::protocol).
//!
//! Knows nothing of files, environment or terminals: text comes in, [`Ask`] is how a person is reached, and
//! plugins are given path and environment by the caller.

mod ask;

pub use age_core::secrecy::{ExposeSecret, SecretString};
pub use ask::{Ask, AskError, Question};
