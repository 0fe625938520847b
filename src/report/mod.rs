//! What bulla says about a file: who encrypted it, who can open it, and what changed since.

pub(crate) mod authorship;
pub(crate) mod changes;
pub(crate) mod contacts;
pub(crate) mod elapsed;
pub(crate) mod file_report;
pub(crate) mod header_source;
pub(crate) mod json;
pub(crate) mod outcomes;
pub(crate) mod own_identities;
pub(crate) mod people;
pub(crate) mod policy;
pub(crate) mod readers;
pub(crate) mod required_signer;
pub(crate) mod seen_json;
pub(crate) mod settings;
pub(crate) mod sought;
pub(crate) mod survey;
pub(crate) mod verdict;
