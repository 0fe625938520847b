//! Changes of the settings of this machine.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::config;
use crate::config::Config;
use crate::config::{Origin, Place};
use crate::context::Context;
use crate::context::home::{Home, tell_waiting};
use crate::errors::{CommandError, ErrorContext as _, Refusal, Result};
use crate::files::{PrivateFolder, read_own, write_own};
use crate::keyring::Name;
use bulla_age::untrusted::Untrusted;

/// The lock of the settings, in the folder for state.
const LOCK: &str = "settings.lock";

impl Context {
    /// Returns the path of the settings of this machine, which need not exist.
    pub(crate) fn settings_file(&self) -> Result<PathBuf> {
        Ok(config::settings_path(self.keyring()?.path())?)
    }

    /// Replaces the text of the settings of this machine by what `edit` returns, if it returns one.
    /// Returns whether it did.
    pub(crate) fn change_settings(
        &self,
        edit: impl FnOnce(&str, (&Path, Place)) -> Result<Option<String>, config::Error>,
    ) -> Result<bool> {
        let path = self.settings_file()?;
        let state = PrivateFolder::create(&config::state(self.keyring()?.path())?)?;
        let _lock = state.lock(LOCK, |name| tell_waiting(&self.ui, name))?;
        let bytes = read_own(&path)?.unwrap_or_default();
        let text = std::str::from_utf8(&bytes).map_err(|_| config::Error::Wrong {
            file: Untrusted::from(path.as_path()),
            place: Place::Machine,
            line: None,
            why: "it is not UTF-8".to_owned(),
            near: None,
        })?;
        let Some(new) = edit(text, (&path, Place::Machine))? else {
            return Ok(false);
        };
        write_own(&path, new.as_bytes())?;
        Ok(true)
    }

    /// Sets a setting, or removes it if there is no value: in the keyring if that may hold it and
    /// this machine does not have its own value, and on this machine otherwise. Returns the file.
    pub(crate) fn set(&self, setting: &'static str, values: &[String]) -> Result<PathBuf> {
        // Before anything is made.
        config::refuse_value(setting, values)?;
        let edited = |text: &str, at: (&Path, Place)| match values {
            [] => config::without_setting(text, at, setting),
            values => config::with_setting(text, at, setting, values),
        };
        let of_machine = !config::may_be_in_keyring(setting)
            || self.config()?.origin(setting) == Some(Origin::Machine);
        if of_machine {
            self.change_settings(|text, at| edited(text, at).map(Some))?;
            return self.settings_file();
        }
        let keyring = self.keyring()?;
        let path = keyring.path().join(config::FILE);
        keyring.change(|change| {
            let text = edited(&change.config()?, (path.as_path(), Place::Keyring))?;
            change.put_config(text);
            Ok::<_, CommandError>(())
        })?;
        Ok(path)
    }

    /// Returns the settings as they are after a change in this run.
    pub(crate) fn settings_now(&self) -> Result<Config> {
        Ok(Home::new(self.ui.clone()).config()?.clone())
    }

    /// Refuses a key of the keyring whose plugin was not named on this machine: the key may have
    /// come from somebody else, and would start a program.
    pub(crate) fn refuse_plugin(&self, plugin: &str, what: &str) -> Result<()> {
        let named = &self.config()?.plugins.value;
        if named.iter().any(|known| known == plugin) {
            Ok(())
        } else {
            Err(Refusal::PluginNotNamed {
                what: what.to_owned(),
                plugin: plugin.to_owned(),
                named: named.clone(),
            }
            .into())
        }
    }

    /// Notes that the user has named these plugins on this machine, by adding a key of theirs.
    pub(crate) fn name_plugins(&self, plugins: &BTreeSet<String>) -> Result<()> {
        if plugins.is_empty() {
            return Ok(());
        }
        let mut named = self.config()?.plugins.value.clone();
        let before = named.len();
        for plugin in plugins {
            if !named.contains(plugin) {
                named.push(plugin.clone());
            }
        }
        if named.len() > before {
            self.set("plugins", &named)?;
        }
        Ok(())
    }

    /// Replaces or removes a name in the settings of this machine, if there are any. The keyring
    /// has been changed already.
    pub(crate) fn replace_name_in_settings(&self, from: &Name, to: Option<&Name>) -> Result<()> {
        let path = match config::settings_path(self.keyring()?.path()) {
            Err(config::Error::NoHome) => return Ok(()),
            path => path?,
        };
        let replace = || -> Result<()> {
            if read_own(&path)?.is_some() {
                self.change_settings(|text, at| config::with_name_replaced(text, at, from, to))?;
            }
            Ok(())
        };
        replace().with_context(|| match to {
            Some(to) => format!(
                "Renamed {from} to {to}, but the settings of this machine still have the old name"
            ),
            None => {
                format!("Removed {from}, but the settings of this machine still have that name")
            }
        })
    }
}
