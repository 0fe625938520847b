//! Resolves flags, names and config to recipients, identities, the signer and key files.
//!
//! Used by `jobs` and the commands; uses `identities` and the rooms below it.

pub(crate) mod backup_words;
pub(crate) mod concurrency;
pub(crate) mod confirmation;
pub(crate) mod demands;
pub(crate) mod drill_key;
pub(crate) mod files_from;
mod for_whom;
pub(crate) mod given_identities;
pub(crate) mod key_files;
pub(crate) mod known_recipients;
pub(crate) mod misplaced;
pub(crate) mod options;
pub(crate) mod recipients;
pub(crate) mod required_readers;
pub(crate) mod safety_number;
pub(crate) mod signer;
