//! The keyring as it was before a change that is not finished, or was interrupted.
//!
//! Reading needs no lock, and it may be impossible to write: on a full disk, on one that is
//! read-only, or because the process is confined. So readers look through what such a change has
//! done so far.

use std::collections::BTreeMap;

use zeroize::Zeroizing;

use crate::files::{Exposure, PrivateFolder};
use crate::keyring::entry_kind::EntryKind;
use crate::keyring::error::KeyringError;
use crate::keyring::pins::Pins;
use crate::keyring::step::{Place, Step};

/// What the steps of a note will lead to.
#[derive(Debug, Default)]
pub(super) struct Unfinished {
    /// The files that they concern, with their folders; `None` for one that will not exist.
    files: BTreeMap<(String, String), Option<Zeroizing<Vec<u8>>>>,
    steps: Vec<Step>,
}

impl Unfinished {
    /// Computes what these steps will lead to.
    pub(super) fn of(steps: Vec<Step>, place: Place<'_>) -> Result<Self, KeyringError> {
        let mut files = BTreeMap::new();
        let key = |folder: &str, file: &str| (folder.to_owned(), file.to_owned());
        for step in &steps {
            match step {
                Step::Write { folder, file, .. } | Step::Restore { folder, file, .. } => {
                    files.insert(key(folder, file), step.contents());
                }
                Step::Secret { file, .. } => {
                    files.insert(key(EntryKind::Identity.folder(), file), step.contents());
                }
                Step::Remove { folder, file } => {
                    files.insert(key(folder, file), None);
                }
                Step::Rename { folder, from, to } => {
                    let moved = match files.get(&key(folder, from)) {
                        Some(known) => known.clone(),
                        None => place.read(folder, from)?,
                    };
                    // Otherwise this step has been carried out.
                    if moved.is_some() {
                        files.insert(key(folder, to), moved);
                        files.insert(key(folder, from), None);
                    }
                }
                Step::Pin { .. } | Step::Unpin { .. } => {}
            }
        }
        Ok(Self { files, steps })
    }

    /// Returns the contents that a file will have: `None` if it is not concerned, and `Some(None)`
    /// if it will not exist.
    pub(super) fn file(&self, folder: &str, file: &str) -> Option<Option<Zeroizing<Vec<u8>>>> {
        self.files
            .get(&(folder.to_owned(), file.to_owned()))
            .cloned()
    }

    /// Adds the names that a folder will have, and removes those that it will not have.
    fn apply_to_names(&self, folder: &str, names: &mut Vec<String>) {
        let concerned = self.files.iter().filter(|((of, _), _)| of == folder);
        for ((_, file), contents) in concerned {
            names.retain(|name| name != file);
            names.extend(contents.is_some().then(|| file.clone()));
        }
        names.sort_unstable();
    }

    /// Changes the pins to those that there will be.
    pub(super) fn apply_to_pins(&self, pins: &mut Pins) {
        for step in &self.steps {
            match step {
                Step::Pin { name, pin, done } => pins.pin(name, pin, *done),
                Step::Unpin { name } => pins.forget(name),
                _ => {}
            }
        }
    }
}

/// A folder of entries, seen through an unfinished change.
#[derive(Debug)]
pub(super) struct EntryFolder {
    folder: PrivateFolder,
    kind: EntryKind,
    unfinished: Option<Unfinished>,
}

impl EntryFolder {
    pub(super) fn new(
        folder: PrivateFolder,
        kind: EntryKind,
        unfinished: Option<Unfinished>,
    ) -> Self {
        Self {
            folder,
            kind,
            unfinished,
        }
    }

    /// The path of the folder, for messages.
    pub(super) fn path(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// Returns the names that do not begin with a dot, sorted.
    pub(super) fn names(&self) -> Result<Vec<String>, KeyringError> {
        let mut names = self.folder.names()?;
        if let Some(unfinished) = &self.unfinished {
            unfinished.apply_to_names(self.kind.folder(), &mut names);
        }
        Ok(names)
    }

    /// Reads a file; `None` if it does not exist.
    pub(super) fn read(&self, file: &str) -> Result<Option<Zeroizing<Vec<u8>>>, KeyringError> {
        let unfinished = self.unfinished.as_ref();
        match unfinished.and_then(|change| change.file(self.kind.folder(), file)) {
            Some(contents) => Ok(contents),
            None => Ok(self.folder.read(file)?),
        }
    }

    /// Returns whether this name exists.
    pub(super) fn has(&self, file: &str) -> Result<bool, KeyringError> {
        let unfinished = self.unfinished.as_ref();
        match unfinished.and_then(|change| change.file(self.kind.folder(), file)) {
            Some(contents) => Ok(contents.is_some()),
            None => Ok(self.folder.has(file)?),
        }
    }

    /// Returns what other users can do with something in it.
    pub(super) fn exposure(&self, file: &str) -> Result<Option<Exposure>, KeyringError> {
        Ok(self.folder.exposure(file)?)
    }
}
