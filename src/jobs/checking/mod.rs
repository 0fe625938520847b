//! Checking files of which nothing is written: which of many, and what can be said without a key.

pub(crate) mod salvaged;
pub(crate) mod sample;
pub(crate) mod structure;
pub(crate) mod whole_entries;
