//! The kinds of keys that the engine knows by itself. Each has a recipient, and an identity if it
//! can decrypt.

mod age_crate;
mod fixed_base;
mod hpke;
mod hybrid;
mod old_pem;
mod passphrase_forms;
pub(crate) mod pem;
mod pkcs8;
mod provable;
mod scrypt;
mod ssh;
mod ssh_ciphers;
mod tag;
mod x25519;
mod xwing;

pub use hybrid::{HybridIdentity, HybridRecipient, POST_QUANTUM_LABEL};
pub use scrypt::{ScryptIdentity, ScryptRecipient, generate_passphrase, passphrase_work_factor};
pub use ssh::{SshIdentity, SshRecipient};
pub(crate) use ssh::{has_passphrase, is_in_old_form, is_public_key, without_passphrase};
pub use tag::TagRecipient;
pub use x25519::{X25519Identity, X25519Recipient};
