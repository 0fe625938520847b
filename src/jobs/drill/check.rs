//! One copy: is it authentic from its first byte to its last, and does the key open it?

use std::io::Write;

use crate::context::Context;
use crate::errors::{CommandError, Failure, NotProved, Result, name_of};
use crate::files;
use crate::files::Input;
use crate::identities::secret;
use crate::jobs::decrypt_header::{
    CheckedHeader, DecryptionKeys, Positioned, is_for_passphrase, read_header, wants_passphrase,
};
use crate::jobs::drill::differences::Differences;
use crate::jobs::drill::digest::{Digesting, FileDigest};
use crate::jobs::drill::made::Made;
use crate::jobs::paths::Job;
use crate::keyring::EntryKind;
use crate::report::people::People;
use crate::report::required_signer::RequiredSigner;
use crate::report::verdict::require_from;
use bulla_age::format::{HeaderError, HeaderLimits, Source};
use bulla_age::key_file::KeyFileIdentity;
use bulla_age::stream::{Engine, PayloadError, ReadAt, SEALED_CHUNK};
use bulla_age::{DecryptError, Effort, Identity, LockedFile};

/// What a drill knows about a copy that it proved.
#[derive(Clone, Debug)]
pub(crate) struct Proof {
    /// SHA-256 of the file, over the same bytes that were authenticated.
    pub(crate) sha256: String,
    /// The length of the contents.
    pub(crate) bytes: u64,
    pub(crate) made: Option<Made>,
    /// The demanded signer.
    pub(crate) signed_by: Option<String>,
}

/// What became of a copy.
#[derive(Debug)]
pub(crate) struct Checked {
    /// The length of the file, if known.
    pub(crate) size: Option<u64>,
    pub(crate) made: Option<Made>,
    pub(crate) result: Result<Proof, NoProof>,
    /// How its contents differ from what they were compared with.
    pub(crate) differences: Option<Differences>,
}

impl Checked {
    /// A copy that could not be tried.
    pub(crate) fn failed(error: CommandError) -> Self {
        Self {
            size: None,
            made: None,
            result: Err(error.into()),
            differences: None,
        }
    }

    /// Adds how the contents differ.
    pub(crate) fn compared(mut self, differences: Differences) -> Self {
        self.differences = Some(differences);
        self
    }
}

/// Why there is no proof.
#[derive(Debug)]
pub(crate) enum NoProof {
    /// The key is not one of those in the header. `others` is what other keys say about that.
    NotOpened {
        others: Witness,
    },
    /// The last chunk is damaged, or cut off.
    EndDamaged(CommandError),
    Failed(CommandError),
}

/// What keys that are at hand, other than the one of the drill, say about a header.
#[derive(Debug)]
pub(crate) enum Witness {
    /// One of them opens the file, so its header is intact, and the key is missing in it.
    Intact,
    /// One of them has a place in the header, which was modified.
    Modified(CommandError),
    /// None of them opens it.
    Nothing,
}

/// What all copies of a run are checked with.
pub(crate) struct Checker<'a> {
    pub(crate) keys: &'a DecryptionKeys,
    /// Keys of the keyring that need no passphrase, to tell damage from a missing reader.
    pub(crate) witnesses: Vec<Box<dyn KeyFileIdentity>>,
    pub(crate) people: People,
    pub(crate) from: Option<RequiredSigner>,
    pub(crate) engine: Engine,
}

impl Checker<'_> {
    /// Reads a copy to its end. Its contents go to `contents`, if that is something; only those of
    /// a copy that turns out to be proved may be believed.
    pub(crate) fn check<W: Write + Send>(&self, job: &Job, contents: Option<W>) -> Checked {
        let mut checked = Checked {
            size: None,
            made: None,
            result: Err(NoProof::NotOpened {
                others: Witness::Nothing,
            }),
            differences: None,
        };
        checked.result = self.read(job, contents, &mut checked);
        checked
    }

    fn read<W: Write + Send>(
        &self,
        job: &Job,
        contents: Option<W>,
        known: &mut Checked,
    ) -> Result<Proof, NoProof> {
        let input = job.open()?;
        known.size = input.regular_len();
        let digest = FileDigest::default();
        let reader = Digesting::new(Positioned::new(&input), &digest);
        let mut source = Source::new(reader).map_err(|error| header(error, &input))?;
        let locked = LockedFile::read_within(self.keys.limits(), &mut source)
            .map_err(|error| header(error, &input))?;
        if is_for_passphrase(&locked) {
            let text = "it is encrypted with a passphrase, so no key opens it".to_owned();
            let hint = "Check it with its passphrase: bulla verify {file}".to_owned();
            let (why, hint) = (NotProved::OnlyPassphrase, Some(hint));
            return Err(CommandError::from(Failure::NotProved { why, text, hint }).into());
        }
        let offset = locked.payload_offset();
        let is_armored = source.is_armored();
        let opened = match self.keys.open_checked(locked) {
            Ok(opened) => opened,
            Err(error @ DecryptError::NoMatch { .. }) => {
                return Err(self.not_opened(job, error));
            }
            Err(error) => return Err(error.into()),
        };
        known.made = Made::of(&opened, &input);
        let signed_by = self.signer(&opened)?;
        let key = opened.opened.payload_key();
        let engine = opened.engine(self.engine.clone());
        let read = match contents {
            Some(contents) => engine.open(&key, &mut source, contents),
            None => engine.authenticate(&key, &mut source),
        };
        let bytes = read.map_err(|error| {
            let payload = known.size.filter(|_| !is_armored);
            let last = payload.map(|size| size.saturating_sub(offset + 1) / SEALED_CHUNK as u64);
            match error {
                PayloadError::Damaged { chunk } if Some(chunk) == last => {
                    NoProof::EndDamaged(error.into())
                }
                PayloadError::Truncated { .. } => truncated("it is cut off".to_owned()).into(),
                error => CommandError::from(error).into(),
            }
        })?;
        opened.check_content().map_err(CommandError::from)?;
        input.check_length()?;
        drop(source);
        let (sha256, len) = digest.finish();
        if known.size.is_some_and(|size| size != len) {
            let name = input.name().clone();
            return Err(files::Error::ChangedWhileRead { name }.into());
        }
        known.size = Some(len);
        Ok(Proof {
            sha256,
            bytes,
            made: known.made,
            signed_by,
        })
    }

    /// Checks the demanded signer, and returns the name.
    fn signer(&self, opened: &CheckedHeader) -> Result<Option<String>> {
        let Some(required) = &self.from else {
            return Ok(None);
        };
        let account = self.keys.account(opened, &self.people);
        require_from(account.as_ref(), required)?;
        Ok(Some(required.name.to_string()))
    }

    /// Tells a file that the key cannot open from one whose key could not be tried.
    fn not_opened(&self, job: &Job, error: DecryptError) -> NoProof {
        let error = CommandError::from(error);
        if name_of(&error).as_deref() != Some("no-key") {
            return error.into();
        }
        let others = match header_again(job, self.keys.limits()) {
            Some(locked) => self.witness(locked),
            None => Witness::Nothing,
        };
        NoProof::NotOpened { others }
    }

    fn witness(&self, locked: LockedFile) -> Witness {
        let tried: Vec<&dyn Identity> = self
            .witnesses
            .iter()
            .map(|identity| -> &dyn Identity { &**identity })
            .collect();
        match locked.open(&tried) {
            Ok(_) => Witness::Intact,
            Err(error @ DecryptError::Mac) => Witness::Modified(error.into()),
            Err(_) => Witness::Nothing,
        }
    }

    /// Returns when a copy was made, from its header alone, or from its modification time if the
    /// header cannot be opened. `None` if it cannot even be looked at.
    pub(crate) fn made(&self, job: &Job) -> Option<Made> {
        job.input.as_ref()?;
        let input = job.open().ok()?;
        let opened = read_header(&input, self.keys.limits())
            .ok()
            .filter(|begun| !wants_passphrase(&begun.closed))
            .and_then(|begun| self.keys.open_checked(begun.closed).ok());
        match opened {
            Some(opened) => Made::of(&opened, &input),
            None => Made::by_mtime(&input),
        }
    }
}

fn header_again(job: &Job, limits: &HeaderLimits) -> Option<LockedFile> {
    // Standard input cannot be read again.
    job.input.as_ref()?;
    let input = job.open().ok()?;
    Some(read_header(&input, limits).ok()?.closed)
}

/// Returns the keys of the keyring that need no passphrase now. Without a readable keyring there
/// are none.
pub(crate) fn witnesses(max_work_factor: u8, context: &Context) -> Vec<Box<dyn KeyFileIdentity>> {
    let names = context
        .keyring()
        .and_then(|keyring| Ok(keyring.names(EntryKind::Identity)?));
    let all = names
        .unwrap_or_default()
        .into_iter()
        .filter_map(|name| secret::load(&name, context, max_work_factor).ok());
    all.flatten()
        .filter(|identity| identity.effort() == Effort::None)
        .collect()
}

/// Returns the error for a copy whose end is missing.
pub(crate) fn truncated(text: String) -> CommandError {
    Failure::NotProved {
        why: NotProved::Truncated,
        text,
        hint: None,
    }
    .into()
}

impl From<CommandError> for NoProof {
    fn from(error: CommandError) -> Self {
        Self::Failed(error)
    }
}

impl From<files::Error> for NoProof {
    fn from(error: files::Error) -> Self {
        Self::Failed(error.into())
    }
}

impl From<DecryptError> for NoProof {
    fn from(error: DecryptError) -> Self {
        Self::Failed(error.into())
    }
}

/// Tells a cut header from one that is wrong.
fn header(error: HeaderError, input: &Input) -> NoProof {
    let text = match error {
        HeaderError::Empty => "it is empty",
        HeaderError::Truncated => "it is cut off in its header",
        HeaderError::NotAge | HeaderError::Version(_) if is_cut_in_first_line(input) => {
            "it is cut off in its first line"
        }
        error => return NoProof::Failed(DecryptError::from(error).into()),
    };
    truncated(text.to_owned()).into()
}

/// Returns whether the whole file is the beginning of the first line of an age file.
fn is_cut_in_first_line(input: &Input) -> bool {
    const FIRST: &[u8] = b"age-encryption.org/v1\n";
    let mut start = [0; FIRST.len() + 1];
    let read = input
        .regular_len()
        .and_then(|_| ReadAt::read_at(input.file(), &mut start, input.start_offset()).ok());
    read.is_some_and(|read| FIRST.starts_with(&start[..read]))
}
