//! The notes about changes of several files of a keyring, so that an interrupted one is undone.
//!
//! A note says how to get back to the state before the change. It is kept in the state folder of
//! this machine, and never in the keyring: what is in a keyring may have come from somebody else,
//! and a note is carried out without a question. The keyring has only a mark, a random number that
//! is also part of the note's name. A mark without a note means nothing, and a note without a mark
//! belongs to a change that is complete, or was never begun.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::files::{PrivateFolder, Replace};
use crate::keyring::error::KeyringError;
use bulla_age::untrusted::Untrusted;

/// The mark in the keyring.
pub(super) const MARK: &str = ".change";
/// The note of versions that kept it in the keyring.
pub(super) const OLD_JOURNAL: &str = ".pending.toml";
/// The folder of the notes in the state folder.
const FOLDER: &str = "changes";
/// The most bytes of a note. A change of many groups writes all of them into its note.
const LARGEST_NOTE: u64 = 1 << 30;
/// The length of a mark: 128 bits in hexadecimal digits.
const MARK_LEN: usize = 32;

/// The notes of one keyring.
#[derive(Debug)]
pub(super) struct Journal<'a> {
    state: Option<&'a Path>,
    keyring: &'a PrivateFolder,
}

/// The mark of a change, a part of the name of its note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mark(String);

impl Mark {
    /// The end of the note's name. The keyring may have been moved since the note was written, so
    /// the path that its name begins with may differ.
    fn ending(&self) -> String {
        format!("-{}.toml", self.0)
    }
}

/// A note of a change that was begun.
pub(super) struct Note {
    pub(super) mark: Mark,
    pub(super) path: PathBuf,
    pub(super) text: Zeroizing<Vec<u8>>,
}

impl<'a> Journal<'a> {
    pub(super) fn new(state: Option<&'a Path>, keyring: &'a PrivateFolder) -> Self {
        Self { state, keyring }
    }

    /// Returns the note of an interrupted change; `None` if no change was interrupted.
    pub(super) fn interrupted(&self) -> Result<Option<Note>, KeyringError> {
        let Some(mark) = self.mark()? else {
            return Ok(None);
        };
        let Some(folder) = self.notes()? else {
            return Ok(None);
        };
        let ending = mark.ending();
        let mut names = folder.names()?.into_iter();
        let Some(name) = names.find(|name| name.ends_with(&ending)) else {
            return Ok(None);
        };
        let text = folder.read_within(&name, LARGEST_NOTE)?;
        Ok(text.map(|text| Note {
            mark,
            path: folder.path().join(&name),
            text,
        }))
    }

    /// Writes the note. From here on, readers see the keyring as it was before the change, and the
    /// next process undoes the change if this one cannot. Returns the mark.
    pub(super) fn begin(&self, text: &[u8]) -> Result<Mark, KeyringError> {
        let state = self.state.ok_or(KeyringError::NoState)?;
        let folder = PrivateFolder::create(state)?.create_folder(FOLDER)?;
        let ours = self.prefix();
        // Those of this keyring that have no mark any more. The lock of the keyring is held.
        for stale in folder
            .names()?
            .iter()
            .filter(|name| name.starts_with(&ours))
        {
            folder.remove(stale)?;
        }
        let mut random = [0; MARK_LEN / 2];
        getrandom::fill(&mut random).map_err(|_| KeyringError::NoRandomness)?;
        let mark = Mark(hex(&random));
        let name = format!("{ours}{}.toml", mark.0);
        let written = folder
            .write(&name, text, Replace::Never)
            .and_then(|()| self.keyring.write(MARK, mark.0.as_bytes(), Replace::Always));
        written.inspect_err(|_| {
            // Nothing was done yet, so a note that cannot be removed leads to the present state.
            // The first error is the one to report.
            let _ = self.end(&mark);
        })?;
        Ok(mark)
    }

    /// Ends a change: without its mark, or without its note, it is over.
    ///
    /// # Errors
    /// If [`KeyringError::is_complete`], it is over, but perhaps not after a power cut.
    pub(super) fn end(&self, mark: &Mark) -> Result<(), KeyringError> {
        let unmarked = self.keyring.remove(MARK).map_err(KeyringError::from);
        let removed = self.remove_note(mark);
        match (unmarked, removed) {
            // A note that is left is removed by the next change.
            (Ok(()), _) | (_, Ok(())) => Ok(()),
            (Err(error), _) if error.is_complete() => Err(error),
            (_, Err(error)) if error.is_complete() => Err(error),
            (Err(error), _) => Err(error),
        }
    }

    fn remove_note(&self, mark: &Mark) -> Result<(), KeyringError> {
        let Some(folder) = self.notes()? else {
            return Ok(());
        };
        let ending = mark.ending();
        let names = folder.names()?;
        names
            .iter()
            .filter(|name| name.ends_with(&ending))
            .try_for_each(|done| Ok(folder.remove(done)?))
    }

    fn notes(&self) -> Result<Option<PrivateFolder>, KeyringError> {
        let Some(state) = self.state else {
            return Ok(None);
        };
        match PrivateFolder::open(state)? {
            Some(state) => Ok(state.folder(FOLDER)?),
            None => Ok(None),
        }
    }

    /// Returns the mark in the keyring. Anything else under its name is ignored.
    fn mark(&self) -> Result<Option<Mark>, KeyringError> {
        let bytes = self.keyring.read(MARK)?;
        let text = bytes.and_then(|bytes| String::from_utf8(bytes.to_vec()).ok());
        let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        let text = text.filter(|text| text.len() == MARK_LEN && text.bytes().all(is_digit));
        Ok(text.map(Mark))
    }

    /// The beginning of the names of this keyring's notes.
    fn prefix(&self) -> String {
        format!("{}-", digest_of_path(self.keyring.path()))
    }
}

/// Returns what stands for the path of a keyring in the names of files outside it.
pub(super) fn digest_of_path(path: &Path) -> String {
    use std::os::unix::ffi::OsStrExt;
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    hex(&Sha256::digest(path.as_os_str().as_bytes())[..8])
}

impl Note {
    /// Returns the error that the note cannot be carried out.
    pub(super) fn damaged(&self) -> KeyringError {
        KeyringError::Damaged {
            file: Untrusted::from(self.path.as_path()),
            line: None,
            why: "the rest of an interrupted change cannot be read".to_owned(),
        }
    }
}

/// Returns what stands for these bytes in the name of a file.
pub(super) fn file_name_for(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes)[..16])
}

/// Returns bytes as hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").expect("hex: a String takes every character");
        hex
    })
}
