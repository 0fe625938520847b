//! The texts that people send each other, parsed and written: contact cards, successions of keys,
//! and revocations.
//!
//! Owns these texts to the byte (formats.md, section 5). It knows no keyring, no files and no
//! prompts. The rooms above decide whether to trust a text.

mod armor;
mod contact_card;
mod date;
mod error;
mod letter;
mod lines;
mod revocation;

pub(crate) use contact_card::{
    Card, Draft, MOST_SUCCESSIONS, Succession, contains_armor, contains_card_line, is_name,
    is_whole,
};
pub(crate) use date::{date_of, is_real as is_real_date};
pub(crate) use error::CardError;
pub(crate) use letter::{MOST_MARKS, is_diacritic, is_letter_or_digit, is_mark};
pub(crate) use revocation::{Reason, Revocation};
