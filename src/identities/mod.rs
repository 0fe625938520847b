//! Your own identities in the keyring: creating, unlocking, changing and protecting them.
//!
//! Below: the context, the keyring and the files. Above: `select`, which names identities by flags,
//! and the commands of `bulla identity`.

pub(crate) mod backup_sheet;
pub(crate) mod confirmed;
pub(crate) mod derived_recipients;
pub(crate) mod edit;
pub(crate) mod exported_recipients;
pub(crate) mod named_identity;
pub(crate) mod new_identity;
pub(crate) mod new_passphrase;
pub(crate) mod own_card;
pub(crate) mod passphrase_strength;
pub(crate) mod plugin_identity;
pub(crate) mod protection;
pub(crate) mod secret;
pub(crate) mod unlock_cache;
pub(crate) mod unlocked_files;
