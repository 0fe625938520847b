//! From one complete state of the keyring to the next, under the lock.
//!
//! A change of one file is one rename. A change of several files first writes a note of the way
//! back, outside the keyring. If the change fails, it is undone before the failure is reported; what
//! cannot be undone then, or was interrupted by a power cut, is undone by the next process that
//! takes the lock. Until then readers see the keyring as it was before.

use std::fmt::Display;

use crate::card::Card;
use crate::files::{PrivateFolder, Replace};
use crate::keyring::contact::Contact;
use crate::keyring::entry::{Entry, EntryKind};
use crate::keyring::error::KeyringError;
use crate::keyring::identity::StoredIdentity;
use crate::keyring::journal::{Journal, Mark};
use crate::keyring::name::Name;
use crate::keyring::step;
pub(crate) use crate::keyring::step::CONFIG;
use crate::keyring::step::{Place, Step};
use crate::keyring::store::Keyring;
use crate::keyring::undo::undo;
use bulla_age::untrusted::Untrusted;

const LOCK: &str = "keyring.lock";
/// Files that git must not track.
const IGNORED: &str = "keyring.lock\n.previous/\n.change\n.pending.toml\n.bulla-*.tmp\n";
/// The line for the files of killed runs, which older keyrings do not have.
const TEMPORARIES: &str = ".bulla-*.tmp";
const PREVIOUS: &str = ".previous";

/// The keyring while it is locked for writing.
pub(crate) struct Transaction<'a> {
    keyring: &'a Keyring,
    folder: PrivateFolder,
    steps: Vec<Step>,
    /// The secret files that it has created already.
    new_secrets: Vec<String>,
}

impl Keyring {
    /// Takes the lock, lets `edit` record changes, and applies them in one step: all of them or
    /// none.
    ///
    /// # Errors
    /// Those of `edit`. Nothing has changed, unless the error is [`KeyringError::is_complete`].
    pub(crate) fn change<T, F: From<KeyringError> + Display>(
        &self,
        edit: impl FnOnce(&mut Transaction<'_>) -> Result<T, F>,
    ) -> Result<T, F> {
        let unchanged = |error: KeyringError| error.incomplete().unchanged();
        let folder = PrivateFolder::create(self.path());
        let folder = folder.map_err(|error| unchanged(error.into()))?;
        let lock = folder.lock(LOCK, |name| self.tell_waiting(name));
        let _lock = lock.map_err(|error| unchanged(error.into()))?;
        let mut transaction = Transaction::begin(self, folder).map_err(unchanged)?;
        let result = match edit(&mut transaction) {
            Ok(result) => match transaction.commit() {
                Ok(()) => return Ok(result),
                Err(error) if error.is_complete() => return Err(error.into()),
                Err(error) => error.unchanged().into(),
            },
            Err(error) => error,
        };
        transaction.take_back_secrets(&result)?;
        Err(result)
    }

    /// Undoes an interrupted change, if there is one, so that the files are in one consistent
    /// state.
    pub(crate) fn settle(&self) -> Result<(), KeyringError> {
        if self.is_interrupted()? {
            self.change(|_| Ok(()))
        } else {
            Ok(())
        }
    }

    /// Returns whether a change was interrupted and the next one has to undo it.
    pub(crate) fn is_interrupted(&self) -> Result<bool, KeyringError> {
        match PrivateFolder::open(self.path())? {
            Some(folder) => Ok(self.journal(&folder).interrupted()?.is_some()),
            None => Ok(false),
        }
    }
}

impl<'a> Transaction<'a> {
    /// Undoes what an earlier change left half done.
    fn begin(keyring: &'a Keyring, folder: PrivateFolder) -> Result<Self, KeyringError> {
        let change = Self {
            keyring,
            folder,
            steps: Vec::new(),
            new_secrets: Vec::new(),
        };
        change.know_a_new_keyring();
        let journal = change.journal();
        if let Some(note) = journal.interrupted()? {
            change.place().carry_out(&step::from_note(&note)?)?;
            match journal.end(&note.mark) {
                Err(error) if !error.is_complete() => return Err(error),
                _ => {}
            }
        }
        change.ignore_temporaries()?;
        Ok(change)
    }

    /// Keeps git from tracking what belongs to this machine alone, and what killed runs leave.
    fn ignore_temporaries(&self) -> Result<(), KeyringError> {
        let text = if self.folder.has(".gitignore")? {
            // One that cannot be read is the user's.
            let known = self.folder.read(".gitignore").ok().flatten();
            let known = known.and_then(|bytes| String::from_utf8(bytes.to_vec()).ok());
            match known {
                Some(text) if !text.lines().any(|line| line == TEMPORARIES) => {
                    let end = if text.is_empty() || text.ends_with('\n') {
                        ""
                    } else {
                        "\n"
                    };
                    format!("{text}{end}{TEMPORARIES}\n")
                }
                _ => return Ok(()),
            }
        } else {
            IGNORED.to_owned()
        };
        self.folder
            .write(".gitignore", text.as_bytes(), Replace::Always)?;
        Ok(())
    }

    /// Notes that this machine knows a keyring that has no identity yet: one that is there later
    /// without having been made here has come from somewhere else.
    fn know_a_new_keyring(&self) {
        let is_new = || -> Result<bool, KeyringError> {
            Ok(!self.keyring.is_known()? && self.keyring.names(EntryKind::Identity)?.is_empty())
        };
        if is_new().is_ok_and(|new| new) {
            // A user who cannot write here has no pins, and is asked again.
            let _ = self.keyring.pin_file().change(|_| ());
        }
    }

    /// The state before this change.
    pub(crate) fn keyring(&self) -> &Keyring {
        self.keyring
    }

    /// Refuses a name for a new entry that is already used, whatever its case, or that looks like
    /// one.
    ///
    /// # Errors
    /// [`KeyringError::Taken`], [`KeyringError::LooksLike`], [`KeyringError::ForOneself`];
    /// [`KeyringError::Kept`] if a contact of this name was removed.
    pub(crate) fn free(&self, kind: EntryKind, name: &Name) -> Result<(), KeyringError> {
        self.free_for(kind, name, None)
    }

    /// Refuses the same, except for the entry that is about to be renamed.
    pub(super) fn free_for(
        &self,
        kind: EntryKind,
        wanted: &Name,
        renamed: Option<(EntryKind, &Name)>,
    ) -> Result<(), KeyringError> {
        let Some((kind, name)) = self.keyring.taken_besides(wanted, renamed)? else {
            return refuse_oneself(kind, wanted);
        };
        if !wanted.differs_in_case(&name) {
            return Err(KeyringError::LooksLike {
                name: wanted.clone(),
                other: name,
                kind,
            });
        }
        if kind == EntryKind::Contact
            && let Ok(Some(Contact {
                removed: Some(on), ..
            })) = self.keyring.find(&name)
        {
            return Err(KeyringError::Kept {
                name,
                on: Untrusted::new(on),
            });
        }
        Err(KeyringError::Taken { name, kind })
    }

    /// Writes an entry, new or changed.
    pub(crate) fn put<E: Entry>(&mut self, name: &Name, entry: &E) {
        let text = toml::to_string(entry).expect("keyring: entries have only what TOML can say");
        self.steps.push(Step::Write {
            folder: E::KIND.folder().to_owned(),
            file: name.file("toml"),
            text,
        });
    }

    /// Writes the public half of an identity whose secret is at hand, and pins it on this machine.
    pub(crate) fn put_identity(&mut self, name: &Name, identity: &StoredIdentity) {
        let pin = |done| Step::Pin {
            name: name.to_string(),
            pin: identity.pin(),
            done,
        };
        self.steps.push(pin(false));
        self.put(name, identity);
        self.steps.push(pin(true));
    }

    /// Stores the current card of an identity.
    pub(crate) fn put_card(&mut self, name: &Name, card: &Card) {
        self.steps.push(Step::Write {
            folder: EntryKind::Identity.folder().to_owned(),
            file: name.file("card"),
            text: card.text().to_owned(),
        });
    }

    /// Replaces the secret file of an identity, in one step with the other changes.
    pub(crate) fn put_secret(&mut self, name: &Name, bytes: &[u8]) {
        self.steps.push(Step::secret(name, bytes));
    }

    /// Returns the text of the config; empty if there is none.
    ///
    /// # Errors
    /// [`KeyringError::Damaged`] if it is not UTF-8.
    pub(crate) fn config(&self) -> Result<String, KeyringError> {
        let bytes = self.folder.read(CONFIG)?.unwrap_or_default();
        String::from_utf8(bytes.to_vec()).map_err(|_| KeyringError::Damaged {
            file: Untrusted::from(self.folder.path().join(CONFIG).as_path()),
            line: None,
            why: "it is not UTF-8".to_owned(),
        })
    }

    /// Writes the config.
    pub(crate) fn put_config(&mut self, text: String) {
        self.steps.push(Step::Write {
            folder: String::new(),
            file: CONFIG.to_owned(),
            text,
        });
    }

    /// Removes an entry.
    pub(crate) fn remove(&mut self, kind: EntryKind, name: &Name) {
        let (folder, file) = (kind.folder().to_owned(), name.file("toml"));
        self.steps.push(Step::Remove { folder, file });
        if kind == EntryKind::Identity {
            for ending in ["age", "card"] {
                let (folder, file) = (kind.folder().to_owned(), name.file(ending));
                self.steps.push(Step::Remove { folder, file });
            }
        }
    }

    /// Renames an entry.
    pub(crate) fn rename(&mut self, kind: EntryKind, from: &Name, to: &Name) {
        let endings: &[&str] = if kind == EntryKind::Identity {
            &["age", "card", "toml"]
        } else {
            &["toml"]
        };
        for ending in endings {
            let (from, to) = (from.file(ending), to.file(ending));
            self.steps.push(Step::Rename {
                folder: kind.folder().to_owned(),
                from,
                to,
            });
        }
    }

    /// Writes the secret file of an identity immediately; the identity exists once its public half
    /// is put. An existing secret is replaced only if it has a public half. If the change fails, a
    /// new secret is removed.
    ///
    /// # Errors
    /// [`KeyringError::Orphan`].
    pub(crate) fn write_secret(&mut self, name: &Name, bytes: &[u8]) -> Result<(), KeyringError> {
        let folder = self.folder.create_folder(EntryKind::Identity.folder())?;
        let file = name.file("age");
        if self.keyring.find::<StoredIdentity>(name)?.is_some() {
            return Ok(folder.write(&file, bytes, Replace::Always)?);
        }
        if folder.has(&file)? {
            return Err(KeyringError::Orphan {
                file: Untrusted::from(folder.path().join(file).as_path()),
            });
        }
        self.new_secrets.push(file.clone());
        Ok(folder.write(&file, bytes, Replace::Never)?)
    }

    /// Refuses a name that already has a secret file: it may be the only copy of a key.
    ///
    /// # Errors
    /// [`KeyringError::Orphan`].
    pub(super) fn refuse_orphan(&self, name: &Name) -> Result<(), KeyringError> {
        let Some(folder) = self.keyring.folder(EntryKind::Identity)? else {
            return Ok(());
        };
        let file = name.file("age");
        // Compares the name as stored, because a name may change its case on a file system that
        // ignores case.
        if folder.names()?.contains(&file) {
            Err(KeyringError::Orphan {
                file: Untrusted::from(folder.path().join(file).as_path()),
            })
        } else {
            Ok(())
        }
    }

    /// Removes the secret files of identities that were not completed, because of this error.
    fn take_back_secrets(&self, error: &dyn Display) -> Result<(), KeyringError> {
        for file in &self.new_secrets {
            let folder = self.folder.create_folder(EntryKind::Identity.folder())?;
            match folder.remove(file) {
                Err(left) if !left.is_complete() => {
                    return Err(KeyringError::SecretLeft {
                        file: Untrusted::from(folder.path().join(file).as_path()),
                        because: error.to_string(),
                    });
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Applies all steps as one.
    ///
    /// # Errors
    /// Nothing has changed, unless the error is [`KeyringError::is_complete`].
    fn commit(&self) -> Result<(), KeyringError> {
        self.steps
            .iter()
            .try_for_each(|step| step.refuse_large(&self.folder))?;
        match self.steps.as_slice() {
            [] => Ok(()),
            [_] => {
                self.keep_previous().map_err(KeyringError::incomplete)?;
                self.place().carry_out(&self.steps)
            }
            steps => {
                let undo = undo(steps, self.place())?;
                self.keep_previous().map_err(KeyringError::incomplete)?;
                let mark = self.journal().begin(step::to_text(&undo).as_bytes());
                self.carry_out(&undo, &mark.map_err(KeyringError::incomplete)?)
            }
        }
    }

    /// Carries out the steps of a change that was begun, or else those that undo it.
    fn carry_out(&self, undo: &[Step], mark: &Mark) -> Result<(), KeyringError> {
        let done = self.place().carry_out(&self.steps);
        let error = match done.map_err(KeyringError::incomplete) {
            Ok(()) => match self.journal().end(mark) {
                Err(error) if !error.is_complete() => error,
                ended => return ended,
            },
            Err(error) => error,
        };
        let undone = self.place().carry_out(undo);
        let undone = undone.map_err(KeyringError::incomplete);
        match undone.and_then(|()| self.journal().end(mark)) {
            Err(why) if !why.is_complete() => Err(KeyringError::HalfDone {
                error: Box::new(error),
                why: Box::new(why),
            }),
            _ => Err(error),
        }
    }

    fn journal(&self) -> Journal<'_> {
        self.keyring.journal(&self.folder)
    }

    fn place(&self) -> Place<'_> {
        self.keyring.place(&self.folder)
    }

    /// Keeps the contacts and groups that this change replaces or removes, and nothing older.
    fn keep_previous(&self) -> Result<(), KeyringError> {
        let mut kept: Vec<(&str, &str)> = Vec::new();
        for step in &self.steps {
            // What a rename replaces does not exist.
            kept.extend(step.files().into_iter().take(1));
        }
        kept.retain(|(folder, _)| !folder.is_empty() && *folder != EntryKind::Identity.folder());
        let mut old = Vec::new();
        for (folder, file) in kept {
            if let Some(bytes) = self.place().read(folder, file)? {
                old.push((folder, file, bytes));
            }
        }
        if old.is_empty() {
            return Ok(());
        }
        let previous = self.folder.create_folder(PREVIOUS)?;
        for kind in [EntryKind::Contact, EntryKind::Group, EntryKind::Revocation] {
            let Some(folder) = previous.folder(kind.folder())? else {
                continue;
            };
            for stale in folder.names()? {
                folder.remove(&stale)?;
            }
        }
        for (folder, file, bytes) in old {
            previous
                .create_folder(folder)?
                .write(file, &bytes, Replace::Always)?;
        }
        Ok(())
    }
}

/// Refuses the name that stands for the user to anything but an identity.
///
/// # Errors
/// [`KeyringError::ForOneself`].
pub(super) fn refuse_oneself(kind: EntryKind, name: &Name) -> Result<(), KeyringError> {
    if kind != EntryKind::Identity && name.means_oneself() {
        return Err(KeyringError::ForOneself { name: name.clone() });
    }
    Ok(())
}

#[cfg(test)]
#[path = "../../tests/unit/keyring/transaction.rs"]
mod tests;
