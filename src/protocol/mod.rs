//! A whole age file, for anything that can wrap or unwrap a file key.
//!
//! Owns the header's MAC, the payload key and the order in which identities are tried. It knows no kind of
//! key, no file and no person.

mod wrap;

pub use wrap::{
    Effort, FileKey, KeyError, Nonce, Provable, Reason, Rid, Stanza, Unwrap, UnwrapError, Unwrapped, Wrap,
    Wrapped,
};
