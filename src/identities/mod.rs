//! Your own identities in the keyring: creating, unlocking, changing and protecting them.

pub(crate) mod edit;
pub(crate) mod own_card;
pub(crate) mod protection;
pub(crate) mod secret;
pub(crate) mod unlocked;
