//! What people hand each other, text in and text out: contact cards, the succession of keys, revocations, messages as
//! they are padded and pasted.
//!
//! Owns those texts to the byte (formats.md, sections 5 and 6). It knows no keyring, no file and nobody who is asked: what a
//! text says is believed by the rooms above, or not.

mod armor;
mod contact_card;
mod date;
mod error;
mod lines;
mod revocation;

pub(crate) use contact_card::{
    Card, Draft, MOST_SUCCESSIONS, Succession, contains_armor, contains_card_line,
};
pub(crate) use date::is_real as is_real_date;
pub(crate) use error::CardError;
pub(crate) use revocation::{Reason, Revocation};
