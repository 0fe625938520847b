//! Reading the keyring, which needs no lock: every file is whole at every moment.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use strsim::damerau_levenshtein;
use zeroize::Zeroizing;

use crate::files;
use crate::files::PrivateFolder;
use crate::keyring::entry::{Entry, EntryKind};
use crate::keyring::error::KeyringError;
use crate::keyring::journal::Journal;
use crate::keyring::name::Name;
use crate::keyring::pins::{Compared, Pin, PinFile, Pins};
use crate::keyring::step;
use crate::keyring::step::{CONFIG, Place};
use crate::keyring::unfinished::{EntryFolder, Unfinished};
use bulla_age::untrusted::Untrusted;
use bulla_age::{AnyRecipient, ParseError};

/// A keyring, which may not exist yet.
#[derive(Clone, Debug)]
pub(crate) struct Keyring {
    path: PathBuf,
    /// Where this machine keeps what must not come with a keyring; `None` if it has no such place.
    state: Option<PathBuf>,
    compared: Arc<Compared>,
    /// What could not be read in this run, in words, although it may be there.
    missed: Arc<Mutex<Vec<String>>>,
    waiting: Waiting,
}

/// What is called while a change waits for that of another process.
#[derive(Clone, Default)]
struct Waiting(Option<Arc<WhenWaiting>>);

type WhenWaiting = dyn Fn(&Untrusted) + Send + Sync;

impl std::fmt::Debug for Waiting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Waiting").finish_non_exhaustive()
    }
}

/// The most texts that are sought in a file. Beyond that, parsing it is cheaper.
const MOST_SOUGHT: usize = 10;

/// An entry under its name, or why it cannot be read.
pub(crate) type Found<E> = (Name, Result<E, KeyringError>);

impl Keyring {
    pub(crate) fn new(path: PathBuf, state: Option<PathBuf>) -> Self {
        Self {
            path,
            state,
            compared: Arc::default(),
            missed: Arc::default(),
            waiting: Waiting::default(),
        }
    }

    /// Calls this with the name of the lock while a change waits for that of another process.
    pub(crate) fn telling(self, tell: impl Fn(&Untrusted) + Send + Sync + 'static) -> Self {
        Self {
            waiting: Waiting(Some(Arc::new(tell))),
            ..self
        }
    }

    pub(super) fn tell_waiting(&self, lock: &Untrusted) {
        if let Some(tell) = &self.waiting.0 {
            tell(lock);
        }
    }

    /// A keyring with a state folder beside it.
    #[cfg(test)]
    pub(crate) fn at(path: PathBuf) -> Self {
        let state = path.with_file_name("state");
        Self::new(path, Some(state))
    }

    /// The notes of changes of this keyring, whose folder is open.
    pub(super) fn journal<'a>(&'a self, folder: &'a PrivateFolder) -> Journal<'a> {
        Journal::new(self.state.as_deref(), folder)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the names of all entries of a kind, in order. Files with invalid names are ignored.
    pub(crate) fn names(&self, kind: EntryKind) -> Result<Vec<Name>, KeyringError> {
        match self.folder(kind)? {
            Some(folder) => names_in(&folder),
            None => Ok(Vec::new()),
        }
    }

    /// Returns the entry with this name, if there is one.
    ///
    /// # Errors
    /// [`KeyringError::Damaged`] names the file and the line.
    pub(crate) fn find<E: Entry>(&self, name: &Name) -> Result<Option<E>, KeyringError> {
        let Some(folder) = self.folder(E::KIND)? else {
            return Ok(None);
        };
        let file = name.file("toml");
        let Some(bytes) = folder.read(&file)? else {
            return Ok(None);
        };
        let entry = parse(&bytes, &folder.path().join(file))?;
        self.refuse_pinned_otherwise(name, &entry, &self.pins_for::<E>()?)?;
        Ok(Some(entry))
    }

    /// Returns the pins, if entries of this kind have any.
    fn pins_for<E: Entry>(&self) -> Result<Pins, KeyringError> {
        match E::KIND {
            EntryKind::Identity => self.pins(),
            EntryKind::Contact | EntryKind::Group | EntryKind::Revocation => Ok(Pins::default()),
        }
    }

    fn refuse_pinned_otherwise<E: Entry>(
        &self,
        name: &Name,
        entry: &E,
        pins: &Pins,
    ) -> Result<(), KeyringError> {
        if entry.is_pinned_otherwise(name, pins) {
            Err(KeyringError::Foreign {
                file: Untrusted::from(
                    self.path
                        .join(E::KIND.folder())
                        .join(name.file("toml"))
                        .as_path(),
                ),
                name: name.clone(),
            })
        } else {
            Ok(())
        }
    }

    /// What this machine knows of the identities in this keyring.
    pub(super) fn pins(&self) -> Result<Pins, KeyringError> {
        let mut pins = self.pin_file().read()?;
        if let Some(keyring) = PrivateFolder::open(&self.path)?
            && let Some(unfinished) = self.unfinished(&keyring)?
        {
            unfinished.apply_to_pins(&mut pins);
        }
        Ok(pins)
    }

    /// Where the steps of a change are carried out.
    pub(super) fn place<'a>(&'a self, folder: &'a PrivateFolder) -> Place<'a> {
        Place {
            folder,
            pins: self.pin_file(),
        }
    }

    /// What a change that is not finished will lead to.
    fn unfinished(&self, keyring: &PrivateFolder) -> Result<Option<Unfinished>, KeyringError> {
        let Some(note) = self.journal(keyring).interrupted()? else {
            return Ok(None);
        };
        Unfinished::of(step::from_note(&note)?, self.place(keyring)).map(Some)
    }

    /// Returns the text of the config; empty if there is none.
    pub(crate) fn config(&self) -> Result<Zeroizing<Vec<u8>>, KeyringError> {
        let Some(keyring) = PrivateFolder::open(&self.path)? else {
            return Ok(Zeroizing::default());
        };
        let unfinished = self.unfinished(&keyring)?;
        let text = match unfinished.and_then(|change| change.file("", CONFIG)) {
            Some(contents) => contents,
            None => keyring.read(CONFIG)?,
        };
        Ok(text.unwrap_or_default())
    }

    pub(super) fn pin_file(&self) -> PinFile<'_> {
        PinFile::new(self.state.as_deref(), &self.path, &self.compared)
    }

    /// The pins of identities whose secret was compared in this run.
    pub(super) fn compared(&self) -> MutexGuard<'_, HashMap<Name, Pin>> {
        self.compared.lock()
    }

    /// Returns what was read, if it was, and notes what could not be read: without it, what is said
    /// about other things may be wrong.
    pub(crate) fn noting<T>(&self, read: Result<T, KeyringError>) -> Option<T> {
        read.inspect_err(|error| {
            if let KeyringError::Files(files::Error::Io { .. }) = error {
                self.missed().push(error.with_causes());
            }
        })
        .ok()
    }

    /// What could not be read in this run, in words.
    pub(crate) fn missed(&self) -> MutexGuard<'_, Vec<String>> {
        self.missed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns all entries of a kind, in order of their names. An entry that cannot be read is an
    /// error of its own.
    pub(crate) fn all<E: Entry>(&self) -> Result<Vec<Found<E>>, KeyringError> {
        self.all_containing(&[""])
    }

    /// Returns all entries of a kind whose file contains one of these texts, and perhaps others.
    /// Searching for one text costs a tenth of parsing.
    pub(super) fn all_containing<E: Entry>(
        &self,
        texts: &[&str],
    ) -> Result<Vec<Found<E>>, KeyringError> {
        let Some(folder) = self.folder(E::KIND)? else {
            return Ok(Vec::new());
        };
        let stands = |text: &str, bytes: &[u8]| {
            text.is_empty() || bytes.windows(text.len()).any(|at| at == text.as_bytes())
        };
        let is_worth_it = texts.len() <= MOST_SOUGHT;
        let has = |bytes: &[u8]| !is_worth_it || texts.iter().any(|text| stands(text, bytes));
        let pins = self.pins_for::<E>()?;
        let checked = |name: &Name, entry: E| {
            self.refuse_pinned_otherwise(name, &entry, &pins)?;
            Ok(entry)
        };
        let read = |name: &Name| match folder.read(&name.file("toml")) {
            Ok(Some(bytes)) if has(&bytes) => {
                let entry = parse(&bytes, &folder.path().join(name.file("toml")));
                Some(entry.and_then(|entry| checked(name, entry)))
            }
            // An entry that another process removes meanwhile is skipped too.
            Ok(_) => None,
            Err(error) => Some(Err(error)),
        };
        let names = names_in(&folder)?;
        Ok(names
            .into_iter()
            .filter_map(|name| read(&name).map(|entry| (name, entry)))
            .collect())
    }

    /// Returns the entry with this name.
    ///
    /// # Errors
    /// [`KeyringError::Unknown`], with similar names.
    pub(crate) fn get<E: Entry>(&self, name: &Name) -> Result<E, KeyringError> {
        match self.find(name)? {
            Some(entry) => Ok(entry),
            None => Err(self.unknown(name.as_str(), &[E::KIND])?),
        }
    }

    /// Returns an entry with this name, or with one that people could take for it.
    pub(crate) fn taken(&self, name: &Name) -> Result<Option<(EntryKind, Name)>, KeyringError> {
        self.taken_besides(name, None)
    }

    /// Returns the same, except for the entry that is about to be renamed.
    pub(super) fn taken_besides(
        &self,
        name: &Name,
        renamed: Option<(EntryKind, &Name)>,
    ) -> Result<Option<(EntryKind, Name)>, KeyringError> {
        for kind in EntryKind::ALL {
            let is_other = |known: &Name| renamed != Some((kind, known));
            if let Some(found) = self
                .names(kind)?
                .into_iter()
                .find(|known| is_other(known) && known.looks_like(name))
            {
                return Ok(Some((kind, found)));
            }
        }
        Ok(None)
    }

    /// Refuses a name that stands for more than one thing. Nothing tells which of them the user
    /// means: whoever can change the keyring can put a contact or a group beside an identity. The
    /// name of a contact or group must differ from those of identities, and from `me`, in more than
    /// case or look-alike letters.
    ///
    /// # Errors
    /// [`KeyringError::Ambiguous`], [`KeyringError::Oneself`].
    pub(crate) fn refuse_ambiguous(&self, name: &Name) -> Result<(), KeyringError> {
        let mut found: Vec<(EntryKind, Name)> = Vec::new();
        for kind in [EntryKind::Contact, EntryKind::Group] {
            if let Some(folder) = self.folder(kind)?
                && folder.has(&name.file("toml"))?
            {
                found.push((kind, name.clone()));
            }
        }
        if !found.is_empty() {
            let identities = self.names(EntryKind::Identity)?.into_iter();
            let like = identities.filter(|identity| identity.is_like(name));
            found.extend(like.map(|identity| (EntryKind::Identity, identity)));
        }
        let file = |kind: EntryKind, name: &Name| {
            let path = self.path.join(kind.folder()).join(name.file("toml"));
            Untrusted::from(path.as_path())
        };
        let [(kind, name), (other_kind, other), ..] = found.as_slice() else {
            return match found.first() {
                Some((kind, name)) if name.means_oneself() => Err(KeyringError::Oneself {
                    file: file(*kind, name),
                    kind: *kind,
                    name: name.clone(),
                }),
                _ => Ok(()),
            };
        };
        Err(KeyringError::Ambiguous {
            files: [file(*kind, name), file(*other_kind, other)],
            kind: *kind,
            name: name.clone(),
        })
    }

    /// Returns whether a name stands for more than one thing.
    pub(super) fn is_ambiguous(&self, name: &Name) -> Result<bool, KeyringError> {
        match self.refuse_ambiguous(name) {
            Ok(()) => Ok(false),
            Err(KeyringError::Ambiguous { .. } | KeyringError::Oneself { .. }) => Ok(true),
            Err(error) => Err(error),
        }
    }

    /// Returns the error that no entry of these kinds has this name, with similar names.
    pub(crate) fn unknown(
        &self,
        name: &str,
        wanted: &[EntryKind],
    ) -> Result<KeyringError, KeyringError> {
        let mut known = Vec::new();
        for kind in wanted {
            known.extend(
                self.names(*kind)?
                    .into_iter()
                    .map(|name| name.as_str().to_owned()),
            );
        }
        let near = nearest(name, known.iter().map(String::as_str));
        let mut others = EntryKind::ALL.into_iter();
        let other = others.find(|kind| {
            !wanted.contains(kind)
                && self
                    .names(*kind)
                    .is_ok_and(|names| names.iter().any(|known| known.as_str() == name))
        });
        Ok(KeyringError::Unknown {
            name: Untrusted::new(name),
            wanted: wanted.to_vec(),
            near,
            other,
            keyring: Box::new(Untrusted::from(self.path.as_path())),
        })
    }

    pub(super) fn folder(&self, kind: EntryKind) -> Result<Option<EntryFolder>, KeyringError> {
        let Some(keyring) = PrivateFolder::open(&self.path)? else {
            return Ok(None);
        };
        let Some(folder) = keyring.folder(kind.folder())? else {
            return Ok(None);
        };
        let unfinished = self.unfinished(&keyring)?;
        Ok(Some(EntryFolder::new(folder, kind, unfinished)))
    }
}

/// Returns up to three of these that are similar to the name.
pub(crate) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Vec<String> {
    let wanted = name.to_lowercase();
    let distance = |known: &str| damerau_levenshtein(&wanted, &known.to_lowercase());
    let mut near: Vec<(usize, &str)> = known
        .map(|known| (distance(known), known))
        .filter(|(distance, _)| *distance <= 1 + wanted.chars().count() / 4)
        .collect();
    near.sort_unstable();
    near.into_iter()
        .take(3)
        .map(|(_, known)| known.to_owned())
        .collect()
}

/// Returns the recipients of an entry.
///
/// # Errors
/// [`KeyringError::Damaged`], naming the entry.
pub(crate) fn parse_recipients(
    texts: &[String],
    kind: EntryKind,
    name: &Name,
) -> Result<Vec<AnyRecipient>, KeyringError> {
    let damaged = |error: ParseError| KeyringError::Damaged {
        file: Untrusted::new(format!("{}/{}", kind.folder(), name.file("toml"))),
        line: None,
        why: format!("invalid recipient: {error}"),
    };
    texts
        .iter()
        .map(|text| text.parse().map_err(damaged))
        .collect()
}

/// Parses the TOML of a file. An error names the line.
pub(super) fn parse<E: Entry>(bytes: &[u8], path: &Path) -> Result<E, KeyringError> {
    let damaged = |line, why: &str| KeyringError::Damaged {
        file: Untrusted::from(path),
        line,
        why: Untrusted::new(why.trim()).to_string(),
    };
    let text = std::str::from_utf8(bytes).map_err(|_| damaged(None, "it is not UTF-8"))?;
    let entry: E = toml::from_str(text).map_err(|error| {
        let line = error
            .span()
            .map(|span| 1 + text[..span.start.min(text.len())].matches('\n').count());
        damaged(line, error.message())
    })?;
    entry
        .check_consistency()
        .map_err(|why| damaged(None, why))?;
    Ok(entry)
}

/// Returns the names of the entries in a folder, in order. Files with invalid names are ignored.
fn names_in(folder: &EntryFolder) -> Result<Vec<Name>, KeyringError> {
    let files = folder.names()?;
    let mut names: Vec<Name> = files
        .iter()
        .filter_map(|file| Name::of_file(file).filter(|(_, ending)| *ending == "toml"))
        .map(|(name, _)| name)
        .collect();
    names.sort_unstable();
    Ok(names)
}
