//! What every thing in the keyring has in common: one TOML file, whose unknown fields (of newer
//! versions) are preserved.

use serde::Serialize;
use serde::de::DeserializeOwned;

pub(crate) use crate::keyring::entry_kind::EntryKind;
use crate::keyring::name::Name;
use crate::keyring::pins::Pins;

/// Something with its own file in the keyring.
pub(crate) trait Entry: Serialize + DeserializeOwned {
    const KIND: EntryKind;

    /// Checks what TOML cannot express: whether the fields agree with each other.
    ///
    /// # Errors
    /// Which fields do not agree.
    fn check_consistency(&self) -> Result<(), &'static str> {
        Ok(())
    }

    /// Returns whether this is not what this machine knows of this name. Only the user's own
    /// identities are pinned.
    fn is_pinned_otherwise(&self, _name: &Name, _pins: &Pins) -> bool {
        false
    }
}
