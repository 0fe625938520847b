//! Reading the keyring, which needs no lock: every file is whole at every moment.

use std::path::{Path, PathBuf};

use strsim::damerau_levenshtein;

use crate::files::PrivateFolder;
use crate::keyring::entry::{Entry, EntryKind};
use crate::keyring::error::KeyringError;
use crate::keyring::name::Name;
use bulla_age::untrusted::Untrusted;
use bulla_age::{AnyRecipient, ParseError};

/// A keyring, which may not exist yet.
#[derive(Clone, Debug)]
pub(crate) struct Keyring {
    path: PathBuf,
}

/// An entry under its name, or why it cannot be read.
pub(crate) type Found<E> = (Name, Result<E, KeyringError>);

impl Keyring {
    pub(crate) fn at(path: PathBuf) -> Self {
        Self { path }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the names of all entries of a kind, in order. Files with invalid names are ignored.
    pub(crate) fn names(&self, kind: EntryKind) -> Result<Vec<Name>, KeyringError> {
        let Some(folder) = self.folder(kind)? else {
            return Ok(Vec::new());
        };
        let files = folder.names()?;
        Ok(files
            .iter()
            .filter_map(|file| file.strip_suffix(".toml")?.parse().ok())
            .collect())
    }

    /// Returns the entry with this name, if there is one.
    ///
    /// # Errors
    /// [`KeyringError::Damaged`] names the file and the line.
    pub(crate) fn find<E: Entry>(&self, name: &Name) -> Result<Option<E>, KeyringError> {
        let Some(folder) = self.folder(E::KIND)? else {
            return Ok(None);
        };
        let file = format!("{name}.toml");
        let Some(bytes) = folder.read(&file)? else {
            return Ok(None);
        };
        parse(&bytes, &folder.path().join(file)).map(Some)
    }

    /// Returns all entries of a kind, in order of their names. An entry that cannot be read is an
    /// error of its own.
    pub(crate) fn all<E: Entry>(&self) -> Result<Vec<Found<E>>, KeyringError> {
        self.all_containing(&[""])
    }

    /// Returns all entries of a kind whose file contains one of these texts. Searching costs a
    /// tenth of parsing.
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
        let has = |bytes: &[u8]| texts.iter().any(|text| stands(text, bytes));
        let read = |name: &Name| match folder.read(&format!("{name}.toml")) {
            Ok(Some(bytes)) if has(&bytes) => {
                Some(parse(&bytes, &folder.path().join(format!("{name}.toml"))))
            }
            // An entry that another process removes meanwhile is skipped too.
            Ok(_) => None,
            Err(error) => Some(Err(error.into())),
        };
        let names = self.names(E::KIND)?;
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

    /// Returns the entry with this name, or one that differs from it only in case.
    pub(crate) fn taken(&self, name: &Name) -> Result<Option<(EntryKind, Name)>, KeyringError> {
        for kind in EntryKind::ALL {
            if let Some(found) = self
                .names(kind)?
                .into_iter()
                .find(|known| known.is_like(name))
            {
                return Ok(Some((kind, found)));
            }
        }
        Ok(None)
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
        Ok(KeyringError::Unknown {
            name: Untrusted::new(name),
            wanted: wanted.to_vec(),
            near,
        })
    }

    pub(super) fn folder(&self, kind: EntryKind) -> Result<Option<PrivateFolder>, KeyringError> {
        match PrivateFolder::open(&self.path)? {
            Some(keyring) => Ok(keyring.folder(kind.folder())?),
            None => Ok(None),
        }
    }
}

/// Returns up to three of these that are similar to the name.
pub(crate) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Vec<String> {
    let wanted = name.to_ascii_lowercase();
    let distance = |known: &str| damerau_levenshtein(&wanted, &known.to_ascii_lowercase());
    let mut near: Vec<(usize, &str)> = known
        .map(|known| (distance(known), known))
        .filter(|(distance, _)| *distance <= 1 + wanted.len() / 4)
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
        file: Untrusted::new(format!("{}/{name}.toml", kind.folder())),
        line: None,
        why: format!("one of the recipients is none: {error}"),
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
