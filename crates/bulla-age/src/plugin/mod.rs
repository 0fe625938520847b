//! Recipients and identities of age plugins (C2SP age-plugin.md): `age1NAME1…`,
//! `AGE-PLUGIN-NAME-1…`.
//!
//! This module speaks the plugin protocol, on both sides. The caller finds and starts the programs ([`Plugins`])
//! and answers their questions ([`Prompter`]). Everything a plugin says is untrusted text.

mod dialogue;
mod identities;
mod key;
mod recipients;
mod served;
mod session;
mod wire;

use std::io::{Read, Write};
use std::sync::Arc;

pub use crate::plugin_error::{PluginError, PluginReport};
pub use identities::PluginIdentities;
pub use key::{PluginIdentity, PluginRecipient};
pub use recipients::PluginRecipients;
pub use served::{AgeCaller, CallerError, ErrorSubject, UnwrapRequest, WrapRequest};

use crate::prompter::Prompter;

/// Finds and starts the programs of plugins.
pub trait Plugins: Send + Sync {
    /// Starts `age-plugin-NAME --age-plugin=STATE_MACHINE`. The name consists of `a-z 0-9 + - . _`
    /// only.
    ///
    /// Find the program by an absolute path, and discard its standard error.
    ///
    /// # Errors
    /// [`PluginError::NotFound`], [`PluginError::OnlyRelative`] and [`PluginError::Start`];
    /// [`PluginError::Debugging`] if `AGEDEBUG` is set.
    fn start(&self, name: &str, state_machine: &str) -> Result<PluginConnection, PluginError>;
}

/// A plugin that was started.
pub struct PluginConnection {
    /// The plugin's standard input.
    pub input: Box<dyn Write + Send>,
    /// The plugin's standard output.
    pub output: Box<dyn Read + Send>,
    /// The plugin's process.
    pub process: Box<dyn PluginProcess>,
}

/// The process of a plugin. If it is dropped without [`finish`](Self::finish), the session failed:
/// kill the plugin and wait for it in `Drop`.
pub trait PluginProcess: Send {
    /// Releases the plugin after a session that ended well. Its pipes are closed, so it is about to
    /// exit.
    fn finish(self: Box<Self>);

    /// Called before it is dropped if the plugin itself said why it fails: that it ends then is no
    /// news.
    fn has_reported(&mut self) {}
}

/// A host without plugins: none is ever found.
pub struct NoPlugins;

impl Plugins for NoPlugins {
    fn start(&self, name: &str, _: &str) -> Result<PluginConnection, PluginError> {
        Err(PluginError::NotFound {
            plugin: name.to_owned(),
        })
    }
}

/// What plugins need from the program that uses them.
#[derive(Clone)]
pub struct PluginHost {
    /// Finds and starts plugins.
    pub plugins: Arc<dyn Plugins>,
    /// Answers their questions.
    pub ask: Arc<dyn Prompter>,
}
