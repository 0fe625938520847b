//! The steps of a change. Each can be repeated, and leads to the same state.

use base64::{Engine as _, prelude::BASE64_STANDARD_NO_PAD};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::files;
use crate::files::{LARGEST, PrivateFolder, Replace};
use crate::keyring::entry_kind::EntryKind;
use crate::keyring::error::KeyringError;
use crate::keyring::journal::Note;
use crate::keyring::name::Name;
use crate::keyring::pins::{Pin, PinFile};
use bulla_age::untrusted::Untrusted;

/// Beside the folders, and changed in one step with them, because it contains names.
pub(crate) const CONFIG: &str = "config.toml";

/// A step of a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "lowercase")]
pub(super) enum Step {
    Write {
        folder: String,
        file: String,
        text: String,
    },
    Rename {
        folder: String,
        from: String,
        to: String,
    },
    Remove {
        folder: String,
        file: String,
    },
    /// Pins the public half of an identity on this machine: before it is written, together with
    /// the present one, and again afterwards, alone.
    Pin {
        name: String,
        pin: Pin,
        done: bool,
    },
    /// Forgets the pin of an identity.
    Unpin {
        name: String,
    },
    /// The secret file of an identity, in base64, changed in one step with its public half.
    Secret {
        file: String,
        base64: String,
    },
    /// Brings back a file as it was, in base64.
    Restore {
        folder: String,
        file: String,
        base64: String,
    },
}

/// What the note about a change contains.
#[derive(Serialize, Deserialize)]
struct Steps {
    steps: Vec<Step>,
}

/// Returns steps as the text of a note.
pub(super) fn to_text(steps: &[Step]) -> Zeroizing<String> {
    let steps = steps.to_vec();
    let text = toml::to_string(&Steps { steps });
    Zeroizing::new(text.expect("keyring: steps have only what TOML can say"))
}

/// Returns the steps of a note.
///
/// # Errors
/// [`KeyringError::Damaged`] if the note is not one of ours.
pub(super) fn from_note(note: &Note) -> Result<Vec<Step>, KeyringError> {
    let text = std::str::from_utf8(&note.text).ok();
    match text.and_then(|text| toml::from_str::<Steps>(text).ok()) {
        Some(note) if note.steps.iter().all(Step::stays_inside) => Ok(note.steps),
        _ => Err(note.damaged()),
    }
}

/// Where steps are carried out.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'a> {
    pub(super) folder: &'a PrivateFolder,
    pub(super) pins: PinFile<'a>,
}

impl Place<'_> {
    /// Carries out these steps, in order.
    pub(super) fn carry_out(self, steps: &[Step]) -> Result<(), KeyringError> {
        steps.iter().try_for_each(|step| step.carry_out(self))
    }

    /// Returns the folder of a step; the keyring itself has no name.
    fn create_folder(self, folder: &str) -> Result<PrivateFolder, KeyringError> {
        match folder {
            "" => Ok(self.folder.clone()),
            folder => Ok(self.folder.create_folder(folder)?),
        }
    }

    /// Reads a file of the keyring; `None` if it does not exist.
    pub(super) fn read(
        self,
        folder: &str,
        file: &str,
    ) -> Result<Option<Zeroizing<Vec<u8>>>, KeyringError> {
        let found = match folder {
            "" => Some(self.folder.clone()),
            folder => self.folder.folder(folder)?,
        };
        match found {
            Some(folder) => Ok(folder.read(file)?),
            None => Ok(None),
        }
    }
}

impl Step {
    /// The step that brings back a file with these contents.
    pub(super) fn restore(folder: &str, file: &str, bytes: &[u8]) -> Self {
        Self::Restore {
            folder: folder.to_owned(),
            file: file.to_owned(),
            base64: BASE64_STANDARD_NO_PAD.encode(bytes),
        }
    }

    /// The step that writes the secret file of an identity.
    pub(super) fn secret(name: &Name, bytes: &[u8]) -> Self {
        Self::Secret {
            file: name.file("age"),
            base64: BASE64_STANDARD_NO_PAD.encode(bytes),
        }
    }

    /// Returns whether it affects only files of the keyring.
    pub(super) fn stays_inside(&self) -> bool {
        let is_base64 = |text: &String| BASE64_STANDARD_NO_PAD.decode(text).is_ok();
        let (folder, files) = match self {
            Self::Restore { base64, .. } if !is_base64(base64) => return false,
            Self::Write { folder, file, .. } | Self::Restore { folder, file, .. }
                if folder.is_empty() =>
            {
                return file == CONFIG;
            }
            Self::Remove { folder, file } if folder.is_empty() => return file == CONFIG,
            Self::Write { folder, file, .. }
            | Self::Restore { folder, file, .. }
            | Self::Remove { folder, file } => (folder, [file, file]),
            Self::Rename { folder, from, to } => (folder, [from, to]),
            Self::Pin { name, .. } | Self::Unpin { name } => return name.parse::<Name>().is_ok(),
            Self::Secret { file, base64 } => {
                return Name::of_file(file).is_some_and(|(_, ending)| ending == "age")
                    && is_base64(base64);
            }
        };
        let is_name =
            |file: &String| Name::of_file(file).is_some_and(|(_, ending)| !ending.contains('/'));
        EntryKind::FOLDERS
            .iter()
            .any(|kind| kind.folder() == folder)
            && files.into_iter().all(is_name)
    }

    /// The files that it writes, renames or removes, each with its folder.
    pub(super) fn files(&self) -> Vec<(&str, &str)> {
        match self {
            Self::Write { folder, file, .. }
            | Self::Restore { folder, file, .. }
            | Self::Remove { folder, file } => vec![(folder, file)],
            Self::Rename { folder, from, to } => vec![(folder, from), (folder, to)],
            Self::Secret { file, .. } => vec![(EntryKind::Identity.folder(), file)],
            Self::Pin { .. } | Self::Unpin { .. } => Vec::new(),
        }
    }

    /// The names of the identities whose pins it changes.
    pub(super) fn pinned_names(&self) -> Vec<String> {
        let named =
            |folder: &str, file: &str| public_half(folder, file).map(|name| name.to_string());
        match self {
            Self::Pin { name, .. } | Self::Unpin { name } => vec![name.clone()],
            Self::Rename { folder, from, to } => [from, to]
                .into_iter()
                .filter_map(|file| named(folder, file))
                .collect(),
            Self::Remove { folder, file } => named(folder, file).into_iter().collect(),
            Self::Write { .. } | Self::Restore { .. } | Self::Secret { .. } => Vec::new(),
        }
    }

    /// Returns an error if it would write a file that is too large to be read again.
    pub(super) fn refuse_large(&self, keyring: &PrivateFolder) -> Result<(), KeyringError> {
        let len = match self {
            Self::Write { text, .. } => text.len(),
            Self::Secret { base64, .. } => base64.len() / 4 * 3,
            _ => return Ok(()),
        };
        let Some((folder, file)) = self.files().pop().filter(|_| len as u64 > LARGEST) else {
            return Ok(());
        };
        // Not damage: it is not written.
        Err(KeyringError::Files(files::Error::TooLarge {
            name: Untrusted::from(keyring.path().join(folder).join(file).as_path()),
            limit: LARGEST,
        }))
    }

    /// Returns the new contents of the file that it writes.
    pub(super) fn contents(&self) -> Option<Zeroizing<Vec<u8>>> {
        match self {
            Self::Write { text, .. } => Some(Zeroizing::new(text.clone().into_bytes())),
            Self::Secret { base64, .. } | Self::Restore { base64, .. } => {
                let bytes = BASE64_STANDARD_NO_PAD.decode(base64);
                Some(Zeroizing::new(
                    bytes.expect("keyring: it was encoded, or looked at, before"),
                ))
            }
            _ => None,
        }
    }

    fn carry_out(&self, place: Place<'_>) -> Result<(), KeyringError> {
        match self {
            Self::Write { .. } | Self::Secret { .. } => self.write(place),
            Self::Restore { folder, file, .. } => {
                // What is there already needs no room on a full disk.
                if place.read(folder, file)? == self.contents() {
                    Ok(())
                } else {
                    self.write(place)
                }
            }
            Self::Rename { folder, from, to } => rename(place, folder, (from, to)),
            Self::Remove { folder, file } => {
                place.create_folder(folder)?.remove(file)?;
                match public_half(folder, file) {
                    Some(name) => place.pins.change(|pins| pins.forget(name.as_str())),
                    None => Ok(()),
                }
            }
            Self::Pin { name, pin, done } => place.pins.change(|pins| pins.pin(name, pin, *done)),
            Self::Unpin { name } => place.pins.change(|pins| pins.forget(name)),
        }
    }

    fn write(&self, place: Place<'_>) -> Result<(), KeyringError> {
        if let (Some((folder, file)), Some(bytes)) = (self.files().pop(), self.contents()) {
            place
                .create_folder(folder)?
                .write(file, &bytes, Replace::Always)?;
        }
        Ok(())
    }
}

/// Renames a file, and the pin of an identity with its public half.
fn rename(place: Place<'_>, folder: &str, (from, to): (&str, &str)) -> Result<(), KeyringError> {
    let names = public_half(folder, from).zip(public_half(folder, to));
    // Known by both names until the file has the new one.
    if let Some((from, to)) = &names {
        place.pins.change(|pins| {
            if let Some(pin) = pins.of(from).cloned() {
                pins.pin(to.as_str(), &pin, true);
            }
        })?;
    }
    let folder = place.create_folder(folder)?;
    if folder.has(from)? {
        folder.rename(from, to)?;
    }
    match names {
        Some((from, to)) if from != to => place.pins.change(|pins| pins.forget(from.as_str())),
        _ => Ok(()),
    }
}

/// Returns the name of the identity whose public half a file is.
fn public_half(folder: &str, file: &str) -> Option<Name> {
    let (name, ending) = Name::of_file(file)?;
    (folder == EntryKind::Identity.folder() && ending == "toml").then_some(name)
}
