//! A whole age file, for anything that can wrap or unwrap a file key.
//!
//! Owns the header's MAC, the payload key and the order in which identities are tried. It knows no kind of
//! key, no file and no person.
//!
//! ```
//! use bulla_age::keys::x25519;
//! use bulla_age::payload::Engine;
//! use bulla_age::protocol;
//!
//! let identity = x25519::Identity::generate()?;
//! let recipient = identity.to_recipient();
//! let engine = Engine::new(4);
//!
//! let mut encrypted = Vec::new();
//! protocol::encrypt(&[&recipient], &b"attack at dawn"[..], &mut encrypted, &engine)?;
//!
//! let mut plaintext = Vec::new();
//! protocol::decrypt(&[&identity], &encrypted[..], &mut plaintext, &engine)?;
//! assert_eq!(plaintext, b"attack at dawn");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod decrypt;
mod encrypt;
mod error;
mod inspect;
mod listing;
mod mac;
mod prove;
mod readdress;
mod sender;
mod wrap;

pub use decrypt::{Closed, Opened, decrypt, decrypt_all};
pub use encrypt::{Covering, NewFile, encrypt};
pub use error::{DecryptError, EncryptError, Labelled};
pub use inspect::{Inspection, StanzaKind};
pub use listing::{Hidden, rid};
pub use prove::{Class, Doubt};
pub use readdress::{Change, ReaddressError, wrap_for_all};
pub use sender::{Author, Chain, Entry, Listing, Sender, SenderError, Statement, Verify};
pub use wrap::{
    Effort, FileKey, KeyError, Nonce, Provable, Reason, Rid, Sign, Stanza, Unwrap, UnwrapError,
    Unwrapped, Wrap, Wrapped,
};
