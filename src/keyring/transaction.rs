//! From one complete state of the keyring to the next, under the lock.
//!
//! A change of one file is one rename. A change of several files first writes a note of what it
//! will do; the next process that takes the lock completes what a power cut interrupted.

use base64::{Engine as _, prelude::BASE64_STANDARD_NO_PAD};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::card::Card;
use crate::files;
use crate::files::{LARGEST, Lock, PrivateFolder, Replace};
use crate::keyring::contact::Contact;
use crate::keyring::entry::{Entry, EntryKind};
use crate::keyring::error::KeyringError;
use crate::keyring::identity::StoredIdentity;
use crate::keyring::name::Name;
use crate::keyring::store::Keyring;
use bulla_age::untrusted::Untrusted;

const LOCK: &str = "keyring.lock";
/// Files that git must not track.
const IGNORED: &str = "keyring.lock\n.previous/\n.pending.toml\n";
const PENDING: &str = ".pending.toml";
const PREVIOUS: &str = ".previous";
/// The most bytes of a note. A change of many groups writes all of them into its note.
const LARGEST_NOTE: u64 = 1 << 30;
/// Beside the folders, and changed in one step with them, because it contains names.
pub(crate) const CONFIG: &str = "config.toml";

/// A step of a change; each step can be repeated safely.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "lowercase")]
enum Step {
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
    /// The secret file of an identity, in base64, changed in one step with its public half.
    Secret {
        file: String,
        base64: String,
    },
}

impl Step {
    /// Returns whether it affects only files of the keyring, because the note may have come through
    /// git.
    fn stays_inside(&self) -> bool {
        let (folder, files) = match self {
            Self::Write { folder, file, .. } if folder.is_empty() => return file == CONFIG,
            Self::Write { folder, file, .. } | Self::Remove { folder, file } => {
                (folder, [file, file])
            }
            Self::Rename { folder, from, to } => (folder, [from, to]),
            Self::Secret { file, base64 } => {
                let name = file.strip_suffix(".age").map(str::parse::<Name>);
                return name.is_some_and(|name| name.is_ok())
                    && BASE64_STANDARD_NO_PAD.decode(base64).is_ok();
            }
        };
        let is_name = |file: &String| {
            file.rsplit_once('.')
                .is_some_and(|(name, _)| name.parse::<Name>().is_ok())
                && !file.contains('/')
        };
        EntryKind::FOLDERS
            .iter()
            .any(|kind| kind.folder() == folder)
            && files.into_iter().all(is_name)
    }
}

#[derive(Serialize, Deserialize)]
struct Pending {
    steps: Vec<Step>,
}

/// Returns the remaining steps of an interrupted change; `None` if no change was interrupted.
///
/// # Errors
/// [`KeyringError::Damaged`] if the note is not one of ours.
fn pending(folder: &PrivateFolder) -> Result<Option<Vec<Step>>, KeyringError> {
    let Some(bytes) = folder.read_within(PENDING, LARGEST_NOTE)? else {
        return Ok(None);
    };
    let note = std::str::from_utf8(&bytes)
        .ok()
        .and_then(|text| toml::from_str::<Pending>(text).ok());
    match note {
        Some(note) if note.steps.iter().all(Step::stays_inside) => Ok(Some(note.steps)),
        _ => Err(KeyringError::Damaged {
            file: Untrusted::from(folder.path().join(PENDING).as_path()),
            line: None,
            why: "the rest of an interrupted change cannot be read".to_owned(),
        }),
    }
}

/// Returns whether a change was interrupted and the next one has to complete it.
fn has_pending(folder: &PrivateFolder) -> Result<bool, KeyringError> {
    Ok(pending(folder)?.is_some())
}

/// The keyring while it is locked for writing.
pub(crate) struct Transaction<'a> {
    keyring: &'a Keyring,
    folder: PrivateFolder,
    steps: Vec<Step>,
}

impl Keyring {
    /// Takes the lock, lets `edit` record changes, and applies them in one step: all of them or
    /// none.
    ///
    /// # Errors
    /// Those of `edit`; nothing has changed then.
    pub(crate) fn change<T, F: From<KeyringError>>(
        &self,
        edit: impl FnOnce(&mut Transaction<'_>) -> Result<T, F>,
    ) -> Result<T, F> {
        let folder = PrivateFolder::create(self.path()).map_err(KeyringError::from)?;
        let _lock = Lock::take(&folder.path().join(LOCK)).map_err(KeyringError::from)?;
        let mut transaction = Transaction::begin(self, folder)?;
        if !transaction.folder.has(".gitignore") {
            transaction
                .folder
                .write(".gitignore", IGNORED.as_bytes(), Replace::Always)
                .map_err(KeyringError::from)?;
        }
        let result = edit(&mut transaction)?;
        transaction.commit()?;
        Ok(result)
    }

    /// Completes an interrupted change, if there is one, so that the files are in one consistent
    /// state.
    pub(crate) fn settle(&self) -> Result<(), KeyringError> {
        if self.is_interrupted()? {
            self.change(|_| Ok(()))
        } else {
            Ok(())
        }
    }

    /// Returns whether a change was interrupted and the next one has to complete it.
    pub(crate) fn is_interrupted(&self) -> Result<bool, KeyringError> {
        match PrivateFolder::open(self.path())? {
            Some(folder) => has_pending(&folder),
            None => Ok(false),
        }
    }
}

impl<'a> Transaction<'a> {
    /// Completes what an earlier change left undone.
    fn begin(keyring: &'a Keyring, folder: PrivateFolder) -> Result<Self, KeyringError> {
        let change = Self {
            keyring,
            folder,
            steps: Vec::new(),
        };
        if let Some(steps) = pending(&change.folder)? {
            change.perform(&steps)?;
            change.folder.remove(PENDING)?;
        }
        Ok(change)
    }

    /// The state before this change.
    pub(crate) fn keyring(&self) -> &Keyring {
        self.keyring
    }

    /// Refuses a name that is already used, whatever its case.
    ///
    /// # Errors
    /// [`KeyringError::Taken`]; [`KeyringError::Kept`] if a contact of this name was removed.
    pub(crate) fn free(&self, name: &Name) -> Result<(), KeyringError> {
        let Some((kind, name)) = self.keyring.taken(name)? else {
            return Ok(());
        };
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
            file: format!("{name}.toml"),
            text,
        });
    }

    /// Stores the current card of an identity.
    pub(crate) fn put_card(&mut self, name: &Name, card: &Card) {
        self.steps.push(Step::Write {
            folder: EntryKind::Identity.folder().to_owned(),
            file: format!("{name}.card"),
            text: card.text().to_owned(),
        });
    }

    /// Replaces the secret file of an identity, in one step with the other changes.
    pub(crate) fn put_secret(&mut self, name: &Name, bytes: &[u8]) {
        let base64 = BASE64_STANDARD_NO_PAD.encode(bytes);
        self.steps.push(Step::Secret {
            file: format!("{name}.age"),
            base64,
        });
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
        let (folder, file) = (kind.folder().to_owned(), format!("{name}.toml"));
        self.steps.push(Step::Remove { folder, file });
        if kind == EntryKind::Identity {
            for ending in ["age", "card"] {
                let (folder, file) = (kind.folder().to_owned(), format!("{name}.{ending}"));
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
            let (from, to) = (format!("{from}.{ending}"), format!("{to}.{ending}"));
            self.steps.push(Step::Rename {
                folder: kind.folder().to_owned(),
                from,
                to,
            });
        }
    }

    /// Writes the secret file of an identity immediately; the identity exists once its public half
    /// is put. An existing secret is replaced only if it has a public half.
    ///
    /// # Errors
    /// [`KeyringError::Orphan`].
    pub(crate) fn write_secret(&mut self, name: &Name, bytes: &[u8]) -> Result<(), KeyringError> {
        let folder = self.folder.create_folder(EntryKind::Identity.folder())?;
        let file = format!("{name}.age");
        let known = self.keyring.find::<StoredIdentity>(name)?.is_some();
        if folder.has(&file) && !known {
            return Err(KeyringError::Orphan {
                file: Untrusted::from(folder.path().join(file).as_path()),
            });
        }
        Ok(folder.write(
            &file,
            bytes,
            if known {
                Replace::Always
            } else {
                Replace::Never
            },
        )?)
    }

    /// Refuses a name that already has a secret file: it may be the only copy of a key.
    ///
    /// # Errors
    /// [`KeyringError::Orphan`].
    pub(super) fn refuse_orphan(&self, name: &Name) -> Result<(), KeyringError> {
        let Some(folder) = self.keyring.folder(EntryKind::Identity)? else {
            return Ok(());
        };
        let file = format!("{name}.age");
        // Compares the name as stored, because a name may change its case on a file system that
        // ignores case.
        match folder.names()?.contains(&file) {
            true => Err(KeyringError::Orphan {
                file: Untrusted::from(folder.path().join(file).as_path()),
            }),
            false => Ok(()),
        }
    }

    /// Removes the secret file of an identity that was never completed, because it did not pass its
    /// check.
    pub(crate) fn take_back_secret(&self, name: &Name) -> Result<(), KeyringError> {
        if self.keyring.find::<StoredIdentity>(name)?.is_some() {
            return Ok(());
        }
        Ok(self
            .folder
            .create_folder(EntryKind::Identity.folder())?
            .remove(&format!("{name}.age"))?)
    }

    /// Applies all steps as one.
    fn commit(self) -> Result<(), KeyringError> {
        if self.steps.is_empty() {
            return Ok(());
        }
        self.refuse_large()?;
        self.keep_previous()?;
        if self.steps.len() > 1 {
            let pending = Pending {
                steps: self.steps.clone(),
            };
            let text =
                toml::to_string(&pending).expect("keyring: steps have only what TOML can say");
            self.folder
                .write(PENDING, text.as_bytes(), Replace::Always)?;
        }
        self.perform(&self.steps)?;
        if self.steps.len() > 1 {
            self.folder.remove(PENDING)?;
        }
        Ok(())
    }

    /// Refuses a file that would be too large to be read again.
    fn refuse_large(&self) -> Result<(), KeyringError> {
        for step in &self.steps {
            let (folder, file, len) = match step {
                Step::Write { folder, file, text } => (folder.as_str(), file, text.len()),
                Step::Secret { file, base64 } => {
                    (EntryKind::Identity.folder(), file, base64.len() / 4 * 3)
                }
                Step::Rename { .. } | Step::Remove { .. } => continue,
            };
            if len as u64 > LARGEST {
                let name = Untrusted::from(self.folder.path().join(folder).join(file).as_path());
                return Err(files::Error::TooLarge {
                    name,
                    limit: LARGEST,
                }
                .into());
            }
        }
        Ok(())
    }

    fn perform(&self, steps: &[Step]) -> Result<(), KeyringError> {
        for step in steps {
            match step {
                Step::Write { folder, file, text } => {
                    self.folder.create_folder(folder)?.write(
                        file,
                        text.as_bytes(),
                        Replace::Always,
                    )?;
                }
                Step::Rename { folder, from, to } => {
                    let folder = self.folder.create_folder(folder)?;
                    if folder.has(from) {
                        folder.rename(from, to)?;
                    }
                }
                Step::Remove { folder, file } => self.folder.create_folder(folder)?.remove(file)?,
                Step::Secret { file, base64 } => {
                    let bytes = BASE64_STANDARD_NO_PAD.decode(base64);
                    let bytes = Zeroizing::new(
                        bytes.expect("keyring: it was encoded, or looked at, before"),
                    );
                    let folder = self.folder.create_folder(EntryKind::Identity.folder())?;
                    folder.write(file, &bytes, Replace::Always)?;
                }
            }
        }
        Ok(())
    }

    /// Keeps the contacts and groups that this change replaces or removes, and nothing older.
    fn keep_previous(&self) -> Result<(), KeyringError> {
        let mut kept: Vec<(&str, &str)> = Vec::new();
        for step in &self.steps {
            match step {
                Step::Write { folder, file, .. } | Step::Remove { folder, file } => {
                    kept.push((folder, file))
                }
                Step::Rename { folder, from, .. } => kept.push((folder, from)),
                Step::Secret { .. } => {}
            }
        }
        kept.retain(|(folder, _)| !folder.is_empty() && *folder != EntryKind::Identity.folder());
        let mut old = Vec::new();
        for (folder, file) in kept {
            let Some(from) = self.folder.folder(folder)? else {
                continue;
            };
            if let Some(bytes) = from.read(file)? {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keyring::group::Group;

    fn keyring() -> (tempfile::TempDir, Keyring) {
        let dir = tempfile::tempdir().unwrap();
        let keyring = Keyring::at(dir.path().join("bulla"));
        (dir, keyring)
    }

    fn name(text: &str) -> Name {
        text.parse().unwrap()
    }

    fn contact(recipient: &str) -> Contact {
        Contact::new(
            vec![recipient.to_owned()],
            "2026-11-23".to_owned(),
            "a test".to_owned(),
        )
    }

    fn put(keyring: &Keyring, of: &str, recipient: &str) {
        keyring
            .change(|change| {
                change.put(&name(of), &contact(recipient));
                Ok::<_, KeyringError>(())
            })
            .unwrap();
    }

    #[test]
    fn what_is_put_is_found_and_what_it_replaced_is_kept_once() {
        let (_dir, keyring) = keyring();
        assert!(keyring.find::<Contact>(&name("alice")).unwrap().is_none());
        put(&keyring, "alice", "one");
        put(&keyring, "alice", "two");
        put(&keyring, "bob", "three");
        put(&keyring, "bob", "four");
        assert_eq!(
            keyring.get::<Contact>(&name("alice")).unwrap().recipients,
            ["two"]
        );
        assert_eq!(
            keyring.names(EntryKind::Contact).unwrap(),
            [name("alice"), name("bob")]
        );
        let previous = keyring.path().join(".previous/contacts");
        let kept: Vec<_> = std::fs::read_dir(&previous)
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        assert_eq!(kept, ["bob.toml"]);
        assert!(
            std::fs::read_to_string(previous.join("bob.toml"))
                .unwrap()
                .contains("three")
        );
        assert!(
            std::fs::read_to_string(keyring.path().join(".gitignore"))
                .unwrap()
                .contains(".previous/")
        );
    }

    #[test]
    fn a_name_is_taken_whatever_its_case_and_kind() {
        let (_dir, keyring) = keyring();
        put(&keyring, "Alice", "one");
        keyring
            .change(|change| {
                assert!(matches!(
                    change.free(&name("aLICE")),
                    Err(KeyringError::Taken {
                        kind: EntryKind::Contact,
                        ..
                    })
                ));
                change.free(&name("alic"))
            })
            .unwrap();
    }

    #[test]
    fn what_could_not_be_read_again_is_not_written() {
        let (_dir, keyring) = keyring();
        put(&keyring, "alice", "one");
        let long = "x".repeat(1 << 20);
        let put_long = |change: &mut Transaction<'_>| {
            change.put(&name("alice"), &contact(&long));
            Ok::<_, KeyringError>(())
        };
        let error = keyring.change(put_long).unwrap_err();
        assert!(
            matches!(error, KeyringError::Files(files::Error::TooLarge { .. })),
            "{error}"
        );
        assert_eq!(
            keyring.get::<Contact>(&name("alice")).unwrap().recipients,
            ["one"]
        );
        // But all steps of a change together may be larger than one file may be.
        let text = "x".repeat(1 << 19);
        let step = |of: &str| Step::Write {
            folder: "contacts".to_owned(),
            file: format!("{of}.toml"),
            text: toml::to_string(&contact(&text)).unwrap(),
        };
        let note = Pending {
            steps: ["a", "b", "c"].map(step).to_vec(),
        };
        let folder = PrivateFolder::create(keyring.path()).unwrap();
        folder
            .write(
                PENDING,
                toml::to_string(&note).unwrap().as_bytes(),
                Replace::Always,
            )
            .unwrap();
        put(&keyring, "bob", "two");
        assert_eq!(keyring.names(EntryKind::Contact).unwrap().len(), 5);
    }

    #[test]
    fn fields_of_a_newer_version_stay_at_every_depth() {
        let (_dir, keyring) = keyring();
        put(&keyring, "alice", "age1one");
        let file = keyring.path().join("contacts/alice.toml");
        let (card, recipient) = crate::keyring::testing::card();
        let text = format!(
            "recipients = [\"{recipient}\"]\nadded = \"d\"\nsource = \"s\"\nolder = {{a = 1}}\nflat = 1\n\
             [changed]\nrecipients = [\"age1two\"]\non = \"d\"\nsource = \"s\"\ninner = 2\n\
             [card]\ntext = {card:?}\non = \"d\"\nissuer = \"i\"\n\
             [[former]]\nrecipients = []\nreplaced = \"d\"\nwhy = \"w\"\n"
        );
        let text = text.as_str();
        std::fs::write(&file, text).unwrap();
        let known: Contact = keyring.get(&name("alice")).unwrap();
        keyring
            .change(|change| {
                change.put(&name("alice"), &known);
                Ok::<_, KeyringError>(())
            })
            .unwrap();
        let table = |text: &str| text.parse::<toml::Table>().unwrap();
        assert_eq!(table(&std::fs::read_to_string(&file).unwrap()), table(text));
    }

    #[test]
    fn fields_of_a_newer_version_stay_and_damage_names_its_line() {
        let (_dir, keyring) = keyring();
        put(&keyring, "alice", "one");
        let path = keyring.path().join("contacts/alice.toml");
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, format!("{text}mood = \"fair\"\n[shoes]\nsize = 9\n")).unwrap();
        let mut alice = keyring.get::<Contact>(&name("alice")).unwrap();
        alice.verified = Some("2026-11-24".to_owned());
        keyring
            .change(|change| {
                change.put(&name("alice"), &alice);
                Ok::<_, KeyringError>(())
            })
            .unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(
            text.contains("mood = \"fair\"") && text.contains("size = 9"),
            "{text}"
        );
        std::fs::write(
            &path,
            "added = \"x\"\nsource = \"\u{1b}[0m\"\nrecipients = [\n",
        )
        .unwrap();
        let error = keyring.get::<Contact>(&name("alice")).unwrap_err();
        assert!(
            matches!(
                error,
                KeyringError::Damaged {
                    line: Some(2..),
                    ..
                }
            ),
            "{error}"
        );
        assert!(!error.to_string().contains('\u{1b}'));
        put(&keyring, "bob", "two");
    }

    #[test]
    fn what_was_interrupted_is_completed_by_the_next_change() {
        let (_dir, keyring) = keyring();
        put(&keyring, "alice", "one");
        let text = toml::to_string(&Group::new(vec!["carol".to_owned()])).unwrap();
        let steps = vec![
            Step::Rename {
                folder: "contacts".into(),
                from: "alice.toml".into(),
                to: "carol.toml".into(),
            },
            Step::Write {
                folder: "groups".into(),
                file: "all.toml".into(),
                text,
            },
            Step::Write {
                folder: "".into(),
                file: CONFIG.into(),
                text: "armor = true\n".into(),
            },
        ];
        let pending = toml::to_string(&Pending { steps }).unwrap();
        std::fs::write(keyring.path().join(PENDING), pending).unwrap();
        put(&keyring, "bob", "two");
        assert_eq!(
            keyring.names(EntryKind::Contact).unwrap(),
            [name("bob"), name("carol")]
        );
        assert_eq!(
            keyring.get::<Group>(&name("all")).unwrap().members,
            ["carol"]
        );
        assert!(!keyring.path().join(PENDING).exists());
        let read = keyring.change(|change| change.config()).unwrap();
        assert_eq!(read, "armor = true\n");
        for outside in ["x.toml", "../x.toml", ".gitignore"] {
            let step = Step::Write {
                folder: "".into(),
                file: outside.into(),
                text: String::new(),
            };
            assert!(!step.stays_inside(), "{outside}");
        }
        for outside in ["../me.age", "me.toml", ".age", "me"] {
            assert!(
                !Step::Secret {
                    file: outside.into(),
                    base64: String::new()
                }
                .stays_inside(),
                "{outside}"
            );
        }
        assert!(
            !Step::Secret {
                file: "me.age".into(),
                base64: "*".into()
            }
            .stays_inside()
        );
    }

    #[test]
    fn a_secret_without_its_public_half_is_not_replaced() {
        let (_dir, keyring) = keyring();
        let write = |bytes: &[u8]| keyring.change(|change| change.write_secret(&name("me"), bytes));
        write(b"secret").unwrap();
        assert!(matches!(write(b"other"), Err(KeyringError::Orphan { .. })));
        let (_, kept) = keyring.secret(&name("me")).unwrap().unwrap();
        assert_eq!(kept.as_slice(), b"secret");
    }

    #[test]
    fn a_secret_changes_in_one_step_with_what_is_public_of_it() {
        let (_dir, keyring) = keyring();
        keyring
            .change(|change| change.write_secret(&name("me"), b"secret"))
            .unwrap();
        let both = |change: &mut Transaction<'_>| {
            change.put_secret(&name("me"), b"another");
            change.put(&name("bob"), &contact("age1bob"));
            Ok::<_, KeyringError>(())
        };
        keyring.change(both).unwrap();
        assert_eq!(
            keyring.secret(&name("me")).unwrap().unwrap().1.as_slice(),
            b"another"
        );
        // Interrupted after the note was written.
        let steps = vec![Step::Secret {
            file: "me.age".into(),
            base64: "dGhpcmQ".into(),
        }];
        let note = toml::to_string(&Pending { steps }).unwrap();
        PrivateFolder::create(keyring.path())
            .unwrap()
            .write(PENDING, note.as_bytes(), Replace::Always)
            .unwrap();
        put(&keyring, "carol", "age1carol");
        assert_eq!(
            keyring.secret(&name("me")).unwrap().unwrap().1.as_slice(),
            b"third"
        );
    }

    #[test]
    fn unknown_names_come_with_those_that_look_like_them() {
        let (_dir, keyring) = keyring();
        for known in ["alice", "alicia", "bob"] {
            put(&keyring, known, "one");
        }
        let error = keyring.get::<Contact>(&name("alcie")).unwrap_err();
        let KeyringError::Unknown { near, .. } = &error else {
            panic!("{error}")
        };
        assert_eq!(near, &["alice", "alicia"]);
        assert_eq!(error.to_string(), "There is no contact \"alcie\"");
    }
}
