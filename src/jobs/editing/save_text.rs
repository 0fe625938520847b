//! Saves an edited file in the place of the old one, unless somebody else changed that meanwhile.
//! A text that cannot be saved there is kept, encrypted, somewhere else.

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::config;
use crate::context::Context;
use crate::errors::{CommandError, ErrorContext as _, Refusal, Result};
use crate::files;
use crate::files::{Destination, Input, Mode, Options, Output, PrivateFolder, Replace};
use crate::jobs::decrypt_header::Positioned;
use crate::ui::Ui;
use bulla_age::untrusted::Untrusted;

/// The folder for texts that cannot be kept beside their file, in the state folder.
const FOLDER: &str = "edited";

/// The most files with kept texts beside one file.
const MOST: usize = 1000;

/// The SHA-256 of a file.
pub(crate) type FileDigest = [u8; 32];

/// Returns the digest of an input that can be read at any offset.
pub(crate) fn digest(input: &Input) -> Result<FileDigest> {
    let mut digest = Sha256::new();
    std::io::copy(&mut Positioned::new(input), &mut digest)
        .map_err(|source| files::Error::io("read", input.name(), source))?;
    Ok(digest.finalize().into())
}

/// Where an edited text is to be saved.
pub(crate) struct SavePlace<'a> {
    /// The path that the user gave.
    path: &'a Path,
    /// The same file, after symlinks.
    real: PathBuf,
    /// The digest of the file that was opened; `None` if there was none.
    before: Option<FileDigest>,
}

impl<'a> SavePlace<'a> {
    /// Notes where the file is now.
    pub(crate) fn new(path: &'a Path, before: Option<FileDigest>) -> Result<Self> {
        Ok(Self {
            path,
            real: Destination::of(path)?.path(),
            before,
        })
    }

    /// Replaces the file, or creates it.
    ///
    /// # Errors
    /// [`Refusal::EditedMeanwhile`] if it is not what it was when it was opened.
    pub(crate) fn save(&self, bytes: &[u8], ui: &Ui) -> Result<()> {
        let saved = match self.before {
            Some(before) => self.replace(bytes, &before, ui),
            None => self.create(bytes),
        };
        saved.about(|| Untrusted::from(self.path))
    }

    fn replace(&self, bytes: &[u8], before: &FileDigest, ui: &Ui) -> Result<()> {
        let meanwhile = |error| match error {
            files::Error::NotFound { .. }
            | files::Error::NotRegular { .. }
            | files::Error::ChangedWhileRead { .. } => Refusal::EditedMeanwhile.into(),
            error => CommandError::from(error),
        };
        let mut now = Input::open_to_replace(self.path).map_err(meanwhile)?;
        now.hold(|name| {
            ui.notice(&format_args!(
                "Waiting for {name}, which another process has locked"
            ));
        })?;
        if digest(&now)? != *before {
            return Err(Refusal::EditedMeanwhile.into());
        }
        let mut output = Output::instead_of(&now).map_err(meanwhile)?;
        output.put(bytes)?;
        now.check_unchanged().map_err(meanwhile)?;
        output.commit().map_err(meanwhile)
    }

    fn create(&self, bytes: &[u8]) -> Result<()> {
        let written = write_new(self.path, bytes);
        written.map_err(|error| match error {
            files::Error::Exists { .. } => Refusal::EditedMeanwhile.into(),
            error => error.into(),
        })
    }

    /// Keeps a text that was not saved: beside the file, or else in the state folder. As long as
    /// neither works, and somebody can be asked, it is tried again.
    ///
    /// # Errors
    /// The text is lost.
    pub(crate) fn keep(&self, bytes: &[u8], may_ask: bool, context: &Context) -> Result<PathBuf> {
        loop {
            let error = match self.keep_once(bytes, context) {
                Ok(kept) => return Ok(kept),
                Err(error) => error,
            };
            let question =
                format!("Your text cannot be kept anywhere: {error}. Make room, then try again?");
            let (again, lose) = ("try again", Some("lose the text"));
            if !may_ask || !context.ui.confirm(&question, again, lose).unwrap_or(false) {
                return Err(error.context("Your text is lost"));
            }
        }
    }

    fn keep_once(&self, bytes: &[u8], context: &Context) -> Result<PathBuf> {
        let error = match keep_at(&self.real, bytes) {
            Ok(kept) => return Ok(kept),
            Err(error) => error,
        };
        let in_state = || -> Result<PathBuf> {
            let state = config::state(context.keyring()?.path())?.join(FOLDER);
            PrivateFolder::create(&state)?;
            let name = self.real.file_name().unwrap_or(self.real.as_os_str());
            Ok(keep_at(&state.join(name), bytes)?)
        };
        in_state().map_err(|_| error.into())
    }
}

/// Writes a text to the first name after this one that is not taken.
fn keep_at(path: &Path, bytes: &[u8]) -> Result<PathBuf, files::Error> {
    let mut number = 1;
    loop {
        let mut name = path.as_os_str().to_owned();
        name.push(format!(".conflict-{number}"));
        let kept = PathBuf::from(name);
        match write_new(&kept, bytes) {
            Ok(()) => return Ok(kept),
            Err(files::Error::Exists { .. }) if number < MOST => number += 1,
            Err(error) => return Err(error),
        }
    }
}

fn write_new(path: &Path, bytes: &[u8]) -> Result<(), files::Error> {
    let options = Options {
        replace: Replace::Never,
        mode: Mode::Ciphertext,
        not: &[],
    };
    let mut output = Output::create(path, &options)?;
    output.put(bytes)?;
    output.commit()
}
