//! The kinds of keys that the engine knows by itself. Each has a recipient, and an identity if it
//! can decrypt.

mod age_crate;
mod hpke;
mod hybrid;
mod provable;
mod scrypt;
mod ssh;
mod tag;
mod x25519;
mod xwing;

pub use hybrid::{HybridIdentity, HybridRecipient, POST_QUANTUM_LABEL};
pub use scrypt::{ScryptIdentity, ScryptRecipient, generate_passphrase, passphrase_work_factor};
pub(crate) use ssh::is_public_key;
pub use ssh::{SshIdentity, SshRecipient};
pub use tag::TagRecipient;
pub use x25519::{X25519Identity, X25519Recipient};
