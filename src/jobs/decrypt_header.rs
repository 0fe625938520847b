//! Decrypts the header of an input; shared by all commands that read encrypted files.

use std::io::{self, BufRead, Read};
use std::sync::Arc;

use crate::context::Context;
use crate::errors::{CommandError, Result};
use crate::files::Input;
use crate::jobs::paths;
use crate::jobs::paths::{Job, Plugins};
use crate::report::file_report::FileReport;
use crate::report::header_source::HeaderSource;
use crate::report::people::People;
use crate::select::key_files::DetachedHeader;
use crate::ui::Ui;
use bulla_age::format::{Source, Stanza};
use bulla_age::key_file::KeyFileIdentity;
use bulla_age::kinds::ScryptIdentity;
use bulla_age::sender::{Sender, SenderError};
use bulla_age::stream::{Digests, Engine, ReadAt};
use bulla_age::untrusted::Untrusted;
use bulla_age::{
    DecryptError, Effort, Identity, LockedFile, Question, UnlockedFile, Unwrapped, signing,
};

/// A reader from the start of an input that does not move the descriptor of a regular file.
pub(crate) struct Positioned<'a> {
    input: &'a Input,
    offset: u64,
}

impl<'a> Positioned<'a> {
    pub(crate) fn new(input: &'a Input) -> Self {
        Self {
            input,
            offset: input.start_offset(),
        }
    }
}

impl Read for Positioned<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.input.regular_len().is_none() {
            return self.input.file().read(buffer);
        }
        let read = ReadAt::read_at(self.input.file(), buffer, self.offset)?;
        self.offset += read as u64;
        Ok(read)
    }
}

/// A header, and the input that follows it.
pub(crate) struct HeaderRead<'a> {
    pub(crate) closed: LockedFile,
    pub(crate) source: Source<Positioned<'a>>,
    /// Offset and length of the payload, for a binary file that can be read at any offset.
    pub(crate) payload: Option<(u64, u64)>,
}

/// Reads the header of an input.
pub(crate) fn read_header(input: &Input) -> Result<HeaderRead<'_>> {
    let mut source = Source::new(Positioned::new(input)).map_err(bulla_age::DecryptError::from)?;
    let closed = LockedFile::read(&mut source).map_err(bulla_age::DecryptError::from)?;
    let payload = match input.regular_len() {
        Some(len) if !source.is_armored() => {
            let offset = closed.payload_offset();
            Some((input.start_offset() + offset, len.saturating_sub(offset)))
        }
        _ => None,
    };
    Ok(HeaderRead {
        closed,
        source,
        payload,
    })
}

/// The keys that may decrypt the files of a run: identities, and one passphrase for all files.
pub(crate) struct DecryptionKeys {
    identities: Vec<Box<dyn KeyFileIdentity>>,
    passphrase: ScryptIdentity,
}

impl DecryptionKeys {
    /// The passphrase is asked for only when a file wants one.
    pub(crate) fn new(
        identities: Vec<Box<dyn KeyFileIdentity>>,
        name: Untrusted,
        max_work_factor: u8,
        context: &Context,
    ) -> Self {
        let passphrase = ScryptIdentity::new(context.ask(), Question::File(name), max_work_factor);
        Self {
            identities,
            passphrase,
        }
    }

    /// Gives plugins all headers that only they can open, so that each is started once for the
    /// batch. Files that cannot be read are reported in their turn.
    pub(crate) fn prepare(&self, jobs: &[Job]) -> Plugins {
        let (plugins, others): (Vec<_>, Vec<_>) = self
            .identities
            .iter()
            .partition(|identity| identity.effort() == Effort::StartsProgram);
        if !plugins.is_empty() && jobs.len() > 1 {
            let closed: Vec<LockedFile> = jobs.iter().filter_map(header_of).collect();
            let stanzas = closed.iter().map(|closed| closed.header().stanzas());
            let opens = |stanzas: &[Stanza]| {
                let mut cheap = others
                    .iter()
                    .filter(|identity| identity.effort() == Effort::None);
                cheap.any(|identity| matches!(identity.unwrap(stanzas), Unwrapped::FileKey(_)))
            };
            let theirs: Vec<&[Stanza]> = stanzas.filter(|stanzas| !opens(stanzas)).collect();
            plugins.iter().for_each(|plugin| plugin.prepare(&theirs));
        }
        if jobs.len() > 1
            && !self.are_settled()
            && let Some(closed) = jobs
                .iter()
                .filter_map(header_of)
                .find(|closed| !wants_passphrase(closed))
        {
            // Unlock identities before threads start. A failure is reported in its turn.
            let _ = self.open(closed);
        }
        match self.are_settled() {
            true => Plugins::Finished,
            false => Plugins::MayRun,
        }
    }

    /// Asks now for what decrypts the files, before asking for anything new. A failure is reported
    /// later.
    pub(crate) fn ask_for(&self, jobs: &[Job]) {
        if let Some(closed) = jobs.iter().filter_map(header_of).find(wants_passphrase) {
            let _ = self.open(closed);
        }
        // The first of several files was already opened by `prepare`. Plugins prompt when their
        // file's turn comes.
        if let [only] = jobs
            && let Some(closed) = header_of(only).filter(|closed| !wants_passphrase(closed))
        {
            let asking = self
                .identities
                .iter()
                .filter(|identity| identity.effort() != Effort::StartsProgram);
            let asking: Vec<&dyn Identity> = asking
                .map(|identity| -> &dyn Identity { &**identity })
                .collect();
            let _ = closed.open(&asking);
        }
    }

    /// Returns the identities that can be tried without a prompt or a program.
    pub(crate) fn settled(&self) -> Vec<&dyn KeyFileIdentity> {
        self.identities
            .iter()
            .map(|identity| &**identity)
            .filter(|identity| identity.is_settled())
            .collect()
    }

    /// Returns the identity that opened a file; `None` if a passphrase did.
    pub(crate) fn opener(&self, opened: &UnlockedFile) -> Option<&dyn KeyFileIdentity> {
        let by_passphrase = opened
            .header()
            .stanzas()
            .iter()
            .any(|stanza| bulla_age::stanza_type::is_passphrase(&stanza.tag));
        self.identities
            .get(opened.identity())
            .filter(|_| !by_passphrase)
            .map(|identity| &**identity)
    }

    /// Returns whether these keys will start no more programs.
    fn are_settled(&self) -> bool {
        self.identities.iter().all(|identity| identity.is_settled())
    }

    /// Opens a header and checks the signatures in it.
    pub(crate) fn open_checked(&self, closed: LockedFile) -> Result<CheckedHeader> {
        CheckedHeader::new(self.open(closed)?)
    }

    /// The same with a detached header, which must belong to this file.
    pub(crate) fn open_by(
        &self,
        apart: Option<&DetachedHeader>,
        closed: LockedFile,
    ) -> Result<CheckedHeader> {
        let Some(apart) = apart else {
            return self.open_checked(closed);
        };
        let checked = self
            .open_checked(closed.with_header(apart.parse()?))
            .map_err(of_another)?;
        if checked.opened.opens_payload_of(&closed) {
            Ok(CheckedHeader {
                header: HeaderSource::Detached,
                ..checked
            })
        } else {
            Err(DecryptError::OtherFile.into())
        }
    }

    /// Confines this process now that the only file of the run is unlocked, unless it was confined
    /// before or a plugin may still be needed.
    pub(crate) fn confine_once_unlocked(&self, jobs: &[Job], before: Plugins, ui: &Ui) {
        if before == Plugins::MayRun && jobs.len() == 1 && self.are_settled() {
            paths::confine(jobs, Plugins::Finished, ui);
        }
    }

    pub(crate) fn open(&self, closed: LockedFile) -> Result<UnlockedFile> {
        // A passphrase stanza is always alone, so no identity could fit and none needs to be
        // unlocked.
        let tried: Vec<&dyn Identity> = match wants_passphrase(&closed) {
            true => vec![&self.passphrase],
            false => self
                .identities
                .iter()
                .map(|identity| -> &dyn Identity { &**identity })
                .collect(),
        };
        Ok(closed.open(&tried)?)
    }

    /// Reports who encrypted a file and who can open it; `None` if that is a passphrase.
    pub(crate) fn account(&self, checked: &CheckedHeader, people: &People) -> Option<FileReport> {
        if checked
            .opened
            .recipients()
            .any(|stanza| bulla_age::stanza_type::is_passphrase(&stanza.tag))
        {
            return None;
        }
        let identities: Vec<&dyn KeyFileIdentity> =
            self.identities.iter().map(|identity| &**identity).collect();
        Some(FileReport::new(
            (&checked.opened, checked.header),
            checked.sender.as_ref(),
            &identities,
            people,
        ))
    }
}

/// An opened header and its sender. All signatures are verified; the contents are compared with the
/// signature after they were read.
pub(crate) struct CheckedHeader {
    pub(crate) opened: UnlockedFile,
    pub(crate) sender: Option<Sender>,
    header: HeaderSource,
    digests: Option<Arc<Digests>>,
}

impl CheckedHeader {
    pub(crate) fn new(opened: UnlockedFile) -> Result<Self> {
        let sender = opened.sender(signing::verify)?;
        let covers = sender.as_ref().is_some_and(Sender::covers_content);
        Ok(Self {
            opened,
            sender,
            header: HeaderSource::File,
            digests: covers.then(Arc::default),
        })
    }

    /// Returns an engine that collects what [`check_content`](Self::check_content) needs.
    pub(crate) fn engine(&self, engine: Engine) -> Engine {
        match &self.digests {
            Some(digests) => engine.with_digests(digests.clone()),
            None => engine,
        }
    }

    /// Returns whether the signature covers the contents.
    pub(crate) fn covers_content(&self) -> bool {
        self.digests.is_some()
    }

    /// Checks the contents against the signature. Call it before trusting them.
    pub(crate) fn check_content(&self) -> Result<(), SenderError> {
        let (Some(sender), Some(digests)) = (&self.sender, &self.digests) else {
            return Ok(());
        };
        sender.check_content(&digests.root().ok_or(SenderError::Content)?)
    }
}

/// With the nonce of another file the author's stanza cannot be opened.
fn of_another(error: CommandError) -> CommandError {
    match error.downcast_ref() {
        Some(DecryptError::Sender(SenderError::Malformed(_))) => DecryptError::OtherFile.into(),
        _ => error,
    }
}

pub(crate) fn wants_passphrase(closed: &LockedFile) -> bool {
    closed
        .header()
        .stanzas()
        .iter()
        .any(|stanza| bulla_age::stanza_type::is_passphrase(&stanza.tag))
}

/// Reads the header of a file that can be read again, unlike a FIFO.
pub(crate) fn header_of(job: &Job) -> Option<LockedFile> {
    let path = job.input.as_deref().filter(|path| path.is_file())?;
    let input = Input::open(path).ok().filter(Input::is_regular)?;
    Some(read_header(&input).ok()?.closed)
}

/// Reads a stream to its end and returns its length.
pub(crate) fn count(source: &mut impl BufRead) -> io::Result<u64> {
    io::copy(source, &mut io::sink())
}
