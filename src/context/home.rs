//! The keyring and its config, each located and read when it is first used.

use std::path::PathBuf;
use std::sync::OnceLock;

use crate::config;
use crate::config::Config;
use crate::keyring::Keyring;
use crate::ui::Ui;
use bulla_age::untrusted::Untrusted;

/// The keyring and its config.
pub(super) struct Home {
    ui: Ui,
    /// Whether this run has neither.
    is_nowhere: bool,
    keyring: OnceLock<Keyring>,
    config: OnceLock<Config>,
}

/// Says that this process waits for another one.
pub(super) fn tell_waiting(ui: &Ui, lock: &Untrusted) {
    ui.status(&format_args!(
        "Waiting for {lock}, which another process has locked"
    ));
}

impl Home {
    pub(super) fn new(ui: Ui) -> Self {
        Self {
            ui,
            is_nowhere: false,
            keyring: OnceLock::new(),
            config: OnceLock::new(),
        }
    }

    /// Returns the home of a run that has neither keyring nor config.
    pub(super) fn nowhere(ui: Ui) -> Self {
        Self {
            is_nowhere: true,
            ..Self::new(ui)
        }
    }

    /// Returns whether this run has neither keyring nor config.
    pub(super) fn is_nowhere(&self) -> bool {
        self.is_nowhere
    }

    pub(super) fn keyring(&self) -> Result<&Keyring, config::Error> {
        if self.is_nowhere {
            return Err(config::Error::NoHome);
        }
        if let Some(keyring) = self.keyring.get() {
            return Ok(keyring);
        }
        let home = config::home(std::env::var_os("BULLA_HOME"))?;
        let state = match config::state(&home) {
            Err(config::Error::NoHome) => None,
            state => Some(state?),
        };
        let ui = self.ui.clone();
        let keyring = Keyring::new(home, state).telling(move |lock| tell_waiting(&ui, lock));
        Ok(self.keyring.get_or_init(|| keyring))
    }

    pub(super) fn config(&self) -> Result<&Config, config::Error> {
        if let Some(config) = self.config.get() {
            return Ok(config);
        }
        let keyring = self.keyring()?;
        let machine = settings_of_machine(keyring)?;
        let config = Config::load(keyring, machine.as_deref())?;
        Ok(self.config.get_or_init(|| config))
    }

    /// Returns the readers that this machine requires, even if the keyring cannot be read.
    pub(super) fn required_readers(&self) -> Result<Vec<String>, config::Error> {
        if let Some(config) = self.config.get() {
            return Ok(config.require.value.clone());
        }
        let machine = settings_of_machine(self.keyring()?)?;
        Config::required_readers(machine.as_deref())
    }
}

/// Returns the path of the settings of this machine, if it has a place for them.
fn settings_of_machine(keyring: &Keyring) -> Result<Option<PathBuf>, config::Error> {
    match config::settings_path(keyring.path()) {
        Err(config::Error::NoHome) => Ok(None),
        path => path.map(Some),
    }
}
