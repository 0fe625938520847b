//! An age engine: reads and writes age files on all cores.

pub mod format;
pub mod keys;
mod locked_secret;
pub mod payload;
pub mod protocol;
pub mod untrusted;

pub use locked_secret::LockedSecret;
