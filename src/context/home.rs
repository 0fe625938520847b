//! The keyring and its config, each located and read when it is first used.

use std::sync::OnceLock;

use crate::config;
use crate::config::Config;
use crate::keyring::Keyring;

/// The keyring and its config.
#[derive(Default)]
pub(super) struct Home {
    keyring: OnceLock<Keyring>,
    config: OnceLock<Config>,
}

impl Home {
    pub(super) fn keyring(&self) -> Result<&Keyring, config::Error> {
        if let Some(keyring) = self.keyring.get() {
            return Ok(keyring);
        }
        let home = config::home(std::env::var_os("BULLA_HOME"))?;
        Ok(self.keyring.get_or_init(|| Keyring::at(home)))
    }

    pub(super) fn config(&self) -> Result<&Config, config::Error> {
        if let Some(config) = self.config.get() {
            return Ok(config);
        }
        let config = Config::load(self.keyring()?.path())?;
        Ok(self.config.get_or_init(|| config))
    }
}
