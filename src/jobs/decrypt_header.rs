//! Decrypts the header of an input; shared by all commands that read encrypted files.

use std::io::{self, BufRead, Read};
use std::path::Path;
use std::sync::Arc;

use zeroize::Zeroizing;

use crate::context::Context;
use crate::errors::{CommandError, Result};
use crate::files;
use crate::files::Input;
use crate::jobs::paths::Job;
use crate::message::find_blocks;
use crate::report::file_report::FileReport;
use crate::report::header_source::HeaderSource;
use crate::report::people::People;
use crate::select::key_files::DetachedHeader;
use bulla_age::format::{HeaderError, HeaderLimits, Source, Stanza, looks_encrypted, text_in_utf8};
use bulla_age::key_file::KeyFileIdentity;
use bulla_age::kinds::{ScryptIdentity, ScryptRecipient};
use bulla_age::sender::{Sender, SenderError};
use bulla_age::stream::{Digests, Engine, ReadAt};
use bulla_age::untrusted::Untrusted;
use bulla_age::{
    AnyRecipient, DecryptError, Effort, Identity, LastOpened, LockedFile, Question, Recipient,
    UnlockedFile, Unwrapped, signing,
};

/// The most bytes in which a message is looked for.
const LARGEST_MESSAGE: u64 = 4 << 20;

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
            let mut input = self.input;
            return input.read(buffer);
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

/// Reads the header of an input within these limits.
///
/// If only the lines of an armored file were changed on the way, the hint is the command that puts
/// them in order.
pub(crate) fn read_header<'a>(input: &'a Input, limits: &HeaderLimits) -> Result<HeaderRead<'a>> {
    read_header_strictly(input, limits).map_err(|error| match error {
        DecryptError::Header(HeaderError::Armor(_)) if is_message(input) => {
            let file = match input.name().as_raw() {
                "standard input" => "",
                _ => " {file}",
            };
            CommandError::from(error).also_hinting(format!(
                "If a chat or mail program changed its lines: bulla read{file}"
            ))
        }
        error => error.into(),
    })
}

/// Returns whether a regular file begins as age files do.
pub(crate) fn looks_like_age_file(input: &Input) -> Result<bool, files::Error> {
    let mut start = [0; 64];
    let read = ReadAt::read_at(input.file(), &mut start, 0)
        .map_err(|source| files::Error::io("read", input.name(), source))?;
    Ok(looks_encrypted(&start[..read]))
}

/// Returns whether a message can be found in an input, which is read again from its start.
fn is_message(input: &Input) -> bool {
    if input.regular_len().is_none_or(|len| len > LARGEST_MESSAGE) {
        return false;
    }
    let mut bytes = Zeroizing::new(Vec::new());
    let read = Positioned::new(input)
        .take(LARGEST_MESSAGE)
        .read_to_end(&mut bytes);
    read.is_ok() && find_blocks(&text_in_utf8(&bytes), "AGE ENCRYPTED FILE").is_ok()
}

/// The same, without hints at other commands.
pub(crate) fn read_header_strictly<'a>(
    input: &'a Input,
    limits: &HeaderLimits,
) -> Result<HeaderRead<'a>, DecryptError> {
    let mut source = Source::new(Positioned::new(input))?;
    let closed = LockedFile::read_within(limits, &mut source)?;
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
    /// Whether an askpass program asks for the passphrase.
    by_askpass: bool,
    limits: HeaderLimits,
}

impl DecryptionKeys {
    /// The passphrase is asked for only when a file wants one. The limits are those of what a
    /// passphrase and a header may cost.
    pub(crate) fn new(
        identities: Vec<Box<dyn KeyFileIdentity>>,
        name: Untrusted,
        (max_work_factor, limits): (u8, HeaderLimits),
        context: &Context,
    ) -> Self {
        let passphrase = ScryptIdentity::new(context.ask(), Question::File(name), max_work_factor);
        Self {
            identities,
            passphrase,
            by_askpass: context.asks_by_askpass(),
            limits,
        }
    }

    /// Returns the limits for reading headers.
    pub(crate) fn limits(&self) -> &HeaderLimits {
        &self.limits
    }

    /// Reads the header of an input that these keys may open.
    pub(crate) fn read_header<'a>(&self, input: &'a Input) -> Result<HeaderRead<'a>> {
        read_header(input, &self.limits)
    }

    /// Reads the header of a file that can be read again, unlike a FIFO.
    pub(crate) fn header_of(&self, job: &Job) -> Option<LockedFile> {
        let path = job.input.as_deref().filter(|path| path.is_file())?;
        let input = Input::open(path).ok().filter(Input::is_regular)?;
        Some(self.read_header(&input).ok()?.closed)
    }

    /// Gives plugins all headers that only they can open, so that each is started once for the
    /// batch. Files that cannot be read are reported in their turn.
    pub(crate) fn prepare(&self, jobs: &[Job]) {
        let (plugins, others): (Vec<_>, Vec<_>) = self
            .identities
            .iter()
            .partition(|identity| identity.effort() == Effort::StartsProgram);
        if !plugins.is_empty() && jobs.len() > 1 {
            let closed: Vec<LockedFile> =
                jobs.iter().filter_map(|job| self.header_of(job)).collect();
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
                .filter_map(|job| self.header_of(job))
                .find(|closed| !wants_passphrase(closed))
        {
            // Unlock identities before threads start. A failure is reported in its turn.
            let _ = self.open(closed);
        }
    }

    /// Asks now for what decrypts the files, before asking for anything new. A failure is reported
    /// later.
    pub(crate) fn ask_for(&self, jobs: &[Job]) {
        if let Some(closed) = jobs
            .iter()
            .filter_map(|job| self.header_of(job))
            .find(wants_passphrase)
        {
            let _ = self.open(closed);
        }
        // The first of several files was already opened by `prepare`. Plugins prompt when their
        // file's turn comes.
        if let [only] = jobs
            && !self.are_settled()
            && let Some(closed) = self
                .header_of(only)
                .filter(|closed| !wants_passphrase(closed))
        {
            self.unlock_for(closed);
        }
    }

    /// Unlocks what opens the first of these headers, before a walk over files starts threads.
    /// Plugins prompt when their file's turn comes, and a failure is reported then.
    pub(crate) fn unlock_for_first(&self, headers: impl IntoIterator<Item = LockedFile>) {
        let mut headers = headers.into_iter();
        if let Some(closed) = headers.find(|closed| !wants_passphrase(closed)) {
            self.unlock_for(closed);
        }
    }

    fn unlock_for(&self, closed: LockedFile) {
        // What is behind a plugin is asked for only if the plugin fails to open the file.
        let mut before_plugins = true;
        let asking = self.identities.iter().filter(|identity| {
            before_plugins &= identity.effort() != Effort::StartsProgram;
            before_plugins || identity.effort() == Effort::None
        });
        let asking: Vec<&dyn Identity> = asking
            .map(|identity| -> &dyn Identity { &**identity })
            .collect();
        let _ = closed.open(&asking);
    }

    /// Returns the identities that can be tried without a prompt or a program.
    pub(crate) fn settled(&self) -> Vec<&dyn KeyFileIdentity> {
        self.identities
            .iter()
            .map(|identity| &**identity)
            .filter(|identity| identity.is_settled())
            .collect()
    }

    /// Returns the identity that opened a file; `None` if a passphrase from the user did.
    pub(crate) fn opener(&self, opened: &UnlockedFile) -> Option<&dyn KeyFileIdentity> {
        let by_passphrase = opened
            .header()
            .stanzas()
            .iter()
            .any(|stanza| bulla_age::stanza_type::is_passphrase(&stanza.tag));
        self.tried(by_passphrase).nth(opened.identity())
    }

    /// Returns the identities that are tried on a file, in order. A passphrase stanza is always
    /// alone, so no key could fit and none needs to be unlocked; but a plugin that was named may
    /// know the passphrase.
    fn tried(&self, by_passphrase: bool) -> impl Iterator<Item = &dyn KeyFileIdentity> {
        self.identities
            .iter()
            .map(|identity| &**identity)
            .filter(move |identity| !by_passphrase || identity.opens_passphrases())
    }

    /// Returns the passphrase that opened the last file, to encrypt with it again.
    pub(crate) fn same_passphrase(&self) -> Option<ScryptRecipient> {
        self.passphrase.recipient_of_last()
    }

    /// Returns whether an askpass program may still be needed for the passphrase of a file.
    pub(crate) fn may_need_askpass(&self) -> bool {
        self.by_askpass && !self.passphrase.was_asked()
    }

    /// Returns whether the identities will start no more programs.
    pub(crate) fn are_settled(&self) -> bool {
        self.identities.iter().all(|identity| identity.is_settled())
    }

    /// Opens a header and checks the signatures in it.
    pub(crate) fn open_checked(&self, closed: LockedFile) -> Result<CheckedHeader, DecryptError> {
        CheckedHeader::new(self.open(closed)?)
    }

    /// Does the same for a file of a series, for which these people will be looked up.
    pub(crate) fn open_in_series(
        &self,
        closed: LockedFile,
        known: &[AnyRecipient],
        last: &LastOpened,
    ) -> Result<CheckedHeader, DecryptError> {
        if wants_passphrase(&closed) {
            return self.open_checked(closed);
        }
        let known: Vec<&dyn Recipient> = known
            .iter()
            .filter_map(AnyRecipient::as_recipient)
            .collect();
        let tried = self.tried(false);
        let identities: Vec<&dyn Identity> = tried
            .map(|identity| -> &dyn Identity { identity })
            .collect();
        let (opened, sender) = closed.open_in_series(&identities, &known, signing::verify, last)?;
        Ok(CheckedHeader::with_sender(opened, sender))
    }

    /// The same with a detached header, which must belong to this file.
    pub(crate) fn open_by(
        &self,
        apart: Option<&DetachedHeader>,
        closed: LockedFile,
    ) -> Result<CheckedHeader> {
        let Some(apart) = apart else {
            return Ok(self.open_checked(closed)?);
        };
        let checked = self
            .open_checked(closed.with_header(apart.parse(&self.limits)?))
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

    /// Confines this process before these files are opened, unless a program may be needed for a
    /// header.
    ///
    /// If an askpass program asks for the passphrase of a file, it does so now for several files,
    /// because the threads that work on them are confined by then. For a single file it does so
    /// later, and [`confine_after_header`](Self::confine_after_header) follows.
    pub(crate) fn confine_before_opening(&self, jobs: &[Job], context: &Context) {
        let waits = self.are_settled()
            && self.may_need_askpass()
            && (jobs.len() == 1 || !self.ask_for_passphrase(jobs));
        if waits {
            context.ui.detail(
                &"The askpass program may be needed, so bulla leaves other programs free to start \
                  and to write anywhere",
            );
        } else {
            self.confine_before_work(context);
        }
    }

    /// Asks for the passphrase of the first of these files that wants one. A failure is reported in
    /// its turn. Returns whether nobody will be asked later.
    fn ask_for_passphrase(&self, jobs: &[Job]) -> bool {
        let headers = jobs.iter().filter_map(|job| self.header_of(job));
        for closed in headers.filter(wants_passphrase) {
            let _ = self.open(closed);
            if !self.may_need_askpass() {
                return true;
            }
        }
        // What is in a stream is seen only when its turn comes.
        let is_stream = |path: &Path| path.exists() && !path.is_file();
        !jobs
            .iter()
            .any(|job| job.input.as_deref().is_none_or(is_stream))
    }

    /// Confines this process before the work begins, unless a program may be needed for an
    /// identity. For work that never asks for the passphrase of a file.
    pub(crate) fn confine_before_work(&self, context: &Context) {
        if self.are_settled() {
            context.start_no_more_programs();
        } else {
            context.ui.detail(
                &"A plugin may be needed, so bulla leaves other programs free to start and to \
                  write anywhere",
            );
        }
    }

    /// Confines this process now that the only header of the run is open, unless a program may
    /// still be needed.
    pub(crate) fn confine_after_header(&self, jobs: &[Job], context: &Context) {
        if jobs.len() == 1 && self.are_settled() {
            context.start_no_more_programs();
        }
    }

    pub(crate) fn open(&self, closed: LockedFile) -> Result<UnlockedFile, DecryptError> {
        let by_passphrase = wants_passphrase(&closed);
        let mut tried: Vec<&dyn Identity> = self
            .tried(by_passphrase)
            .map(|identity| -> &dyn Identity { identity })
            .collect();
        if by_passphrase {
            tried.push(&self.passphrase);
        }
        closed.open(&tried)
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
    pub(crate) fn new(opened: UnlockedFile) -> Result<Self, DecryptError> {
        let sender = opened.sender(signing::verify)?;
        Ok(Self::with_sender(opened, sender))
    }

    fn with_sender(opened: UnlockedFile, sender: Option<Sender>) -> Self {
        let covers = sender.as_ref().is_some_and(Sender::covers_content);
        Self {
            opened,
            sender,
            header: HeaderSource::File,
            digests: covers.then(Arc::default),
        }
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
fn of_another(error: DecryptError) -> DecryptError {
    match error {
        DecryptError::Sender(SenderError::Malformed(_)) => DecryptError::OtherFile,
        error => error,
    }
}

pub(crate) fn wants_passphrase(closed: &LockedFile) -> bool {
    closed
        .header()
        .stanzas()
        .iter()
        .any(|stanza| bulla_age::stanza_type::is_passphrase(&stanza.tag))
}

/// Returns whether only a passphrase opens a file. A passphrase beside keys is forged, and is refused
/// when the file is opened.
pub(crate) fn is_for_passphrase(closed: &LockedFile) -> bool {
    wants_passphrase(closed) && closed.header().stanzas().len() == 1
}

/// Reads a stream to its end and returns its length.
pub(crate) fn count(source: &mut impl BufRead) -> io::Result<u64> {
    io::copy(source, &mut io::sink())
}
