//! Recipients and identities of age plugins (C2SP age-plugin.md): `age1NAME1…`, `AGE-PLUGIN-NAME-1…`.
//!
//! Owns the plugin protocol and the process that speaks it. Which file a plugin's name stands for is the
//! caller's to say ([`Plugins`]); what a plugin wants of a person goes to [`Prompter`]. Everything a plugin says is
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

pub use error::{PluginError, PluginReport};
pub use identities::PluginIdentities;
pub use key::{PluginIdentity, PluginRecipient};
pub use recipients::PluginRecipients;

use crate::prompter::Prompter;

/// Finds the programs of plugins.
pub trait Plugins: Send + Sync {
    /// The absolute path of `age-plugin-NAME`. The name is lower case and of `a-z 0-9 + - . _` only.
    ///
    /// # Errors
    /// [`PluginError::NotFound`], [`PluginError::OnlyRelative`]; [`PluginError::Debugging`] where `AGEDEBUG` is set.
    fn find(&self, name: &str) -> Result<PathBuf, PluginError>;
}

/// There are no plugins.
pub struct NoPlugins;

impl Plugins for NoPlugins {
    fn find(&self, name: &str) -> Result<PathBuf, PluginError> {
        Err(PluginError::NotFound {
            plugin: name.to_owned(),
        })
    }
}

/// What plugins need of the program that uses them.
#[derive(Clone)]
pub struct PluginHost {
    /// Where their programs are.
    pub plugins: Arc<dyn Plugins>,
    /// Who answers their questions.
    pub ask: Arc<dyn Prompter>,
}
