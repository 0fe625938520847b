//! Recipients and identities of age plugins (C2SP age-plugin.md): `age1NAME1…`, `AGE-PLUGIN-NAME-1…`.
//!
//! Owns the plugin protocol and the process that speaks it. Which file a plugin's name stands for is the
//! caller's to say ([`Plugins`]); what a plugin wants of a person goes to [`Ask`]. Everything a plugin says is
//! text from a stranger.

mod dialogue;
mod error;
mod identities;
mod key;
mod process;
mod recipients;
mod session;
mod wire;

use std::path::PathBuf;
use std::sync::Arc;

pub use error::{Error, Report};
pub use identities::Identities;
pub(in crate::keys) use identities::copy;
pub use key::{Identity, Recipient};
pub use recipients::Recipients;

use super::ask::Ask;

/// Finds the programs of plugins.
pub trait Plugins: Send + Sync {
    /// The absolute path of `age-plugin-NAME`. The name is lower case and of `a-z 0-9 + - . _` only.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::OnlyRelative`]; [`Error::Debugging`] where `AGEDEBUG` is set.
    fn find(&self, name: &str) -> Result<PathBuf, Error>;
}

/// There are no plugins.
pub struct NoPlugins;

impl Plugins for NoPlugins {
    fn find(&self, name: &str) -> Result<PathBuf, Error> {
        Err(Error::NotFound {
            plugin: name.to_owned(),
        })
    }
}

/// What plugins need of the program that uses them.
#[derive(Clone)]
pub struct Host {
    /// Where their programs are.
    pub plugins: Arc<dyn Plugins>,
    /// Who answers their questions.
    pub ask: Arc<dyn Ask>,
}
