//! Accounts of files that were made for it.
