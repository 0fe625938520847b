//! What every command gets: the user interface, and the answers for passphrases.

mod asker;
mod confinement;
mod editing;
mod home;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use zeroize::Zeroizing;

use crate::config::Config;
use crate::context::asker::Asker;
pub(crate) use crate::context::confinement::confine_to;
use crate::context::home::Home;
use crate::errors::Result;
use crate::files::{Program, find_program};
use crate::keyring::{EntryKind, Keyring, Name};
use crate::process::plugin_process;
use crate::ui::{Drawing, Prompting, Settings, Ui, Verbosity};
use crate::{config, keyring};
use bulla_age::Prompter;
use bulla_age::plugin::{PluginConnection, PluginError, PluginHost, Plugins};

/// Returns the settings of the user interface, from flags and environment.
pub(crate) fn settings(verbosity: Verbosity, no_prompt: bool, no_progress: bool) -> Settings {
    let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    Settings {
        verbosity,
        prompt: if no_prompt {
            Prompting::Never
        } else {
            Prompting::Allowed
        },
        progress: if no_progress {
            Drawing::Off
        } else {
            Drawing::Auto
        },
        colour: !is_set("NO_COLOR"),
        dumb: std::env::var_os("TERM").is_some_and(|term| term == "dumb"),
        width: std::env::var("COLUMNS")
            .ok()
            .and_then(|columns| columns.parse().ok()),
    }
}

/// The default name of an identity.
pub(crate) const FIRST: &str = "me";

/// The context of every command.
pub(crate) struct Context {
    pub(crate) ui: Ui,
    asker: Arc<Asker>,
    home: Arc<Home>,
}

/// The preferences that apply if no flag says otherwise.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Preferences {
    pub(crate) armor: bool,
    pub(crate) sign: bool,
    pub(crate) threads: usize,
}

impl Context {
    /// Creates a context. `first` answers the first passphrase question, whatever it is for.
    pub(crate) fn new(ui: Ui, first: Option<Zeroizing<String>>) -> Self {
        let home = Arc::new(Home::default());
        let asker = Arc::new(Asker::new(ui.clone(), first, home.clone()));
        Self { ui, asker, home }
    }

    /// Returns the keyring, which may not exist yet.
    pub(crate) fn keyring(&self) -> Result<&Keyring> {
        Ok(self.home.keyring()?)
    }

    /// Returns the config, which is read on first use.
    pub(crate) fn config(&self) -> Result<&Config> {
        Ok(self.home.config()?)
    }

    /// Returns the preferences of the config, for work that needs no keyring. If its folder is
    /// missing or not trusted, the defaults apply.
    pub(crate) fn preferences(&self) -> Result<Preferences> {
        match self.home.config() {
            Ok(config) => Ok(Preferences {
                armor: config.armor.value,
                sign: config.sign.value,
                threads: config.threads.value,
            }),
            Err(config::Error::Files(error)) => {
                self.ui
                    .warning(&format_args!("Ignoring the config: {error}"));
                Ok(Preferences::default())
            }
            Err(config::Error::NoHome) => Ok(Preferences::default()),
            Err(error) => Err(error.into()),
        }
    }

    /// Returns the identity to act as: that of the config, else `me`, else the only one; `None` if
    /// there is none.
    pub(crate) fn default_identity(&self) -> Result<Option<Name>> {
        if let Some(name) = &self.config()?.default_identity.value {
            self.keyring()?.get::<keyring::StoredIdentity>(name)?;
            return Ok(Some(name.clone()));
        }
        let mut names = self.keyring()?.names(EntryKind::Identity)?;
        if let Some(me) = names.iter().find(|name| name.as_str() == FIRST) {
            return Ok(Some(me.clone()));
        }
        match names.len() {
            0 | 1 => Ok(names.pop()),
            _ => Err(keyring::KeyringError::NoDefault { names }.into()),
        }
    }

    /// Returns today's date in UTC, as 2026-11-23.
    pub(crate) fn today(&self) -> String {
        keyring::today()
    }

    /// Returns today plus `time` in the same form (capped).
    pub(crate) fn date_in(&self, time: Duration) -> String {
        let mut then = humantime::format_rfc3339_seconds(SystemTime::now() + time).to_string();
        then.truncate("2026-11-23".len());
        then
    }

    /// Returns the seconds since 1970.
    pub(crate) fn unix_time(&self) -> u64 {
        SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .map_or(0, |time| time.as_secs())
    }

    /// Returns the program of the configured passphrase command; `None` if no command is
    /// configured.
    ///
    /// # Errors
    /// Describes why it cannot be started.
    pub(crate) fn passphrase_program(&self) -> Result<Option<PathBuf>, String> {
        let config = self.home.config().map_err(|error| error.to_string())?;
        config
            .passphrase_command
            .value
            .first()
            .map(|program| asker::program(program))
            .transpose()
    }

    /// Returns the text of an identity that was unlocked in this run, by the bytes of its file, so
    /// that no question is repeated.
    pub(crate) fn remembered(&self, file: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        self.asker.remembered(file)
    }

    /// Returns the prompter for keys that need the user.
    pub(crate) fn ask(&self) -> Arc<dyn Prompter> {
        self.asker.clone()
    }

    /// Returns the plugin host: programs on the PATH, and the prompter that answers them.
    pub(crate) fn host(&self) -> PluginHost {
        PluginHost {
            plugins: Arc::new(OnPath),
            ask: self.ask(),
        }
    }

    /// Returns the passphrase from `--passphrase-fd` or `--passphrase-file`, once.
    pub(crate) fn take_first(&self) -> Option<Zeroizing<String>> {
        self.asker.take_first()
    }
}

/// Starts the plugins on the PATH.
struct OnPath;

impl Plugins for OnPath {
    fn start(&self, name: &str, state_machine: &str) -> Result<PluginConnection, PluginError> {
        plugin_process::start(name, &find_plugin(name)?, state_machine)
    }
}

/// Returns the path of a plugin's program.
///
/// # Errors
/// [`PluginError::NotFound`], [`PluginError::OnlyRelative`]; [`PluginError::Debugging`] if
/// `AGEDEBUG` is set.
pub(crate) fn find_plugin(name: &str) -> Result<PathBuf, PluginError> {
    let plugin = name.to_owned();
    if std::env::var_os("AGEDEBUG").is_some() {
        return Err(PluginError::Debugging { plugin });
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    match find_program(&format!("age-plugin-{name}"), &path) {
        Program::At(path) => Ok(path),
        Program::OnlyRelative => Err(PluginError::OnlyRelative { plugin }),
        Program::Nowhere => Err(PluginError::NotFound { plugin }),
    }
}
