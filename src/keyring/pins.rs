//! What this machine knows about the user's own identities.
//!
//! The public half of an identity says whom files "for you" are encrypted to, and it is kept in the
//! keyring, which may have come from somebody else. So this machine remembers, outside the keyring,
//! which public half was found to belong to the secret. This is called a pin.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

use crate::files::{Error, PrivateFolder, Replace};
use crate::keyring::error::KeyringError;
use crate::keyring::journal::digest_of_path;
use crate::keyring::name::Name;
use bulla_age::untrusted::Untrusted;

/// The folder of the pins in the state folder.
const FOLDER: &str = "pins";
const LOCK: &str = ".lock";

/// What is known about one identity.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Pin {
    /// Its signing key, with which newer public halves are signed. Imported identities have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) signing_key: Option<String>,
    /// How often its public half was signed.
    #[serde(default)]
    pub(super) serial: u64,
    /// SHA-256 of the public half.
    pub(super) half: String,
    /// The digest of the previous public half, while a change is in progress.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) before: Option<String>,
}

/// The pins of one keyring.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Pins {
    #[serde(default)]
    identities: BTreeMap<String, Pin>,
    /// Whether this machine has used the keyring before, so that an identity without a pin is new.
    #[serde(skip)]
    pub(super) is_known: bool,
}

impl Pins {
    /// The pin of an identity.
    pub(super) fn of(&self, name: &Name) -> Option<&Pin> {
        self.named(name.as_str())
    }

    /// The pin of an identity.
    pub(super) fn named(&self, name: &str) -> Option<&Pin> {
        self.identities.get(name)
    }

    /// Pins an identity. Until the change is `done`, the present public half is believed too.
    pub(super) fn pin(&mut self, name: &str, pin: &Pin, done: bool) {
        let mut new = pin.clone();
        if let Some(old) = self.identities.get(name).filter(|_| !done) {
            // A step can be repeated.
            let is_new = old.half != new.half;
            new.before = if is_new {
                Some(old.half.clone())
            } else {
                old.before.clone()
            };
        }
        self.identities.insert(name.to_owned(), new);
    }

    /// Forgets the pin of an identity.
    pub(super) fn forget(&mut self, name: &str) {
        self.identities.remove(name);
    }
}

/// The pins of identities whose secret was compared in this run.
#[derive(Debug, Default)]
pub(super) struct Compared(Mutex<HashMap<Name, Pin>>);

impl Compared {
    pub(super) fn lock(&self) -> MutexGuard<'_, HashMap<Name, Pin>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where the pins of a keyring are kept.
#[derive(Clone, Copy, Debug)]
pub(super) struct PinFile<'a> {
    state: Option<&'a Path>,
    keyring: &'a Path,
    compared: &'a Compared,
}

impl<'a> PinFile<'a> {
    pub(super) fn new(state: Option<&'a Path>, keyring: &'a Path, compared: &'a Compared) -> Self {
        Self {
            state,
            keyring,
            compared,
        }
    }

    /// Reads the pins. There are none if this machine has not used the keyring yet.
    ///
    /// # Errors
    /// [`KeyringError::Damaged`]: without its pins, a changed keyring would look like an unchanged
    /// one. So would one whose pins cannot be read.
    pub(super) fn read(self) -> Result<Pins, KeyringError> {
        let Some(state) = self.state else {
            return Ok(Pins::default());
        };
        let folder = match PrivateFolder::open(state) {
            Ok(Some(state)) => state.folder(FOLDER)?,
            Ok(None) => None,
            // Only a folder can hold pins.
            Err(Error::Io { source, .. }) if source.kind() == std::io::ErrorKind::NotADirectory => {
                None
            }
            Err(error) => return Err(error.into()),
        };
        match folder {
            Some(folder) => self.parse(&folder),
            None => Ok(Pins::default()),
        }
    }

    fn parse(self, folder: &PrivateFolder) -> Result<Pins, KeyringError> {
        let Some(bytes) = folder.read(&self.name())? else {
            return Ok(Pins::default());
        };
        let text = std::str::from_utf8(&bytes).ok();
        let pins = text.and_then(|text| toml::from_str::<Pins>(text).ok());
        let pins = pins.ok_or_else(|| KeyringError::Damaged {
            file: Untrusted::from(folder.path().join(self.name()).as_path()),
            line: None,
            why: "what this machine knows of your identities cannot be read".to_owned(),
        })?;
        Ok(Pins {
            is_known: true,
            ..pins
        })
    }

    /// Changes the pins in one step. The keyring is known from then on.
    ///
    /// Adds what was compared in this run: together with the first pin, all of it belongs to the
    /// first use of a keyring.
    pub(super) fn change(self, edit: impl FnOnce(&mut Pins)) -> Result<(), KeyringError> {
        let compared = self.compared.lock().clone();
        let state = self.state.ok_or(KeyringError::NoState)?;
        let folder = PrivateFolder::create(state)?.create_folder(FOLDER)?;
        // It is held for moments.
        let _lock = folder.lock(LOCK, |_| ())?;
        let before = self.parse(&folder)?;
        let mut pins = before.clone();
        for (name, pin) in compared {
            pins.identities.entry(name.to_string()).or_insert(pin);
        }
        edit(&mut pins);
        if before.is_known && before.identities == pins.identities {
            return Ok(());
        }
        let text = toml::to_string(&pins).expect("pins: they have only what TOML can say");
        Ok(folder.write(&self.name(), text.as_bytes(), Replace::Always)?)
    }

    /// Returns whether pins can be written without creating a folder first.
    pub(super) fn has_place(self) -> bool {
        self.state.is_some_and(Path::is_dir)
    }

    fn name(self) -> String {
        format!("{}.toml", digest_of_path(self.keyring))
    }
}
