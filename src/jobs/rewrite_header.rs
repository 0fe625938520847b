//! Rewrites headers for other readers; shared by share and unshare.
//!
//! The payload is copied, never decrypted. The new header and the old payload are written to a
//! temporary file, which replaces the original when it is complete.

use std::collections::BTreeSet;
use std::io::{BufRead, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::context::Context;
use crate::errors::{CommandError, Refusal, Result};
use crate::files;
use crate::files::{FileId, Input, Mode, Options, Output, Replace, copy_rest, is_stdout};
use crate::jobs::batch::Written;
use crate::jobs::decrypt_header::{CheckedHeader, DecryptionKeys, HeaderRead, is_for_passphrase};
use crate::jobs::paths::{Job, Target};
use crate::jobs::reader_edit::{FileReaders, KeyStrength, ReaderEdit, ReaderSummary, strength};
use crate::jobs::tree::FoundFiles;
use crate::jobs::wrap_ahead::{MaybeWrapped, WrappedAhead};
use crate::jobs::{batch, paths, typed};
use crate::keyring::ChosenKey;
use crate::report::outcomes::{Outcome, Outcomes, warn_of_other_names};
use crate::select::concurrency::JobsOption;
use crate::select::key_files;
use crate::select::known_recipients::KnownRecipients;
use crate::select::options::{ActAs, IdentityOptions, InPlaceOptions, Signing};
use crate::select::required_readers::RequiredReaders;
use crate::select::signer::Signer;
use crate::ui::{Ui, WarningKind};
use bulla_age::format::ArmorWriter;
use bulla_age::format::HeaderLimits;
use bulla_age::plugin::PluginHost;
use bulla_age::sender::{Author, ReaderChange, ReaderEvidence, RewriteError, Sender};
use bulla_age::stream::PayloadError;
use bulla_age::untrusted::Untrusted;
use bulla_age::{Identity, Inspection, LockedFile, Recipient, RecipientSet, UnlockedFile};

/// The nonce between header and first chunk; it stays in the file when the header is written alone.
const NONCE: u64 = size_of::<bulla_age::Nonce>() as u64;

/// Loads the signer of a change. Asked for before the files are decrypted, because the same
/// passphrase may do both. A rehearsal signs nothing.
pub(crate) fn signer(
    signing: Signing,
    in_place: &InPlaceOptions,
    (acting, identity): (&ActAs, &IdentityOptions),
    context: &Context,
) -> Result<Signer> {
    if in_place.dry_run || !signing.wanted(context)? {
        return Ok(Signer::nobody());
    }
    Signer::load(
        acting.name.as_deref(),
        context,
        identity.limit.max_work_factor,
    )
}

/// The help of [`Signing`] for a change.
pub(crate) const SIGN_CHANGE: &str =
    "Sign the change, so that readers see it is from you (default with sign = true in the config)";

/// The help of [`Signing`] for a change.
pub(crate) const LEAVE_CHANGE_UNSIGNED: &str =
    "Do not sign the change, even if the config says sign = true";

/// How a command changes the readers of a file.
pub(crate) trait EditReaders: Sync {
    /// Decides which readers are added and removed.
    fn edit(&self, file: &FileReaders<'_>) -> Result<ReaderEdit>;

    /// Says what was done with a file, in words for several files too.
    fn outcomes(&self, done: &RewrittenFile) -> Vec<Outcome>;

    /// Prints what is not an outcome in a few words.
    fn print(&self, done: &RewrittenFile, ui: &Ui);

    /// Returns an error if the change was made, but what it was for may not be reached.
    fn check(&self, _done: &RewrittenFile) -> Result<()> {
        Ok(())
    }
}

/// The result for one file.
#[derive(serde::Serialize)]
pub(crate) struct RewrittenFile {
    #[serde(serialize_with = "raw")]
    pub(crate) file: Untrusted,
    /// The detached header's path, and the part of the file it replaces: everything before the
    /// nonce.
    #[serde(serialize_with = "raw_if_any")]
    pub(crate) header: Option<Untrusted>,
    pub(crate) payload_offset: Option<u64>,
    pub(crate) written: bool,
    #[serde(flatten)]
    pub(crate) summary: ReaderSummary,
    #[serde(skip)]
    names: u64,
}

/// Everything a rewrite needs to know, except the keys.
pub(crate) struct HeaderRewrite<'a> {
    pub(crate) edit: &'a dyn EditReaders,
    pub(crate) found: FoundFiles,
    pub(crate) known: KnownRecipients,
    /// The people who must be able to open the file afterwards.
    pub(crate) required: RequiredReaders,
    /// The path of a detached header, and whether it may be overwritten.
    pub(crate) header_out: Option<(&'a Path, Replace)>,
    pub(crate) signer: Signer,
    /// Whether a plugin has to wrap the file key for a new reader.
    pub(crate) wraps_by_plugin: bool,
    pub(crate) dry_run: bool,
    pub(crate) at_once: JobsOption,
    pub(crate) label: &'static str,
}

/// A [`HeaderRewrite`] in progress, with the loaded keys.
struct Run<'a> {
    how: &'a HeaderRewrite<'a>,
    keys: &'a DecryptionKeys,
    files: &'a [(FileId, Untrusted)],
    progress: Arc<AtomicU64>,
    host: PluginHost,
    ahead: WrappedAhead,
    context: &'a Context,
}

impl HeaderRewrite<'_> {
    /// Rewrites all files with these keys.
    pub(crate) fn run(
        mut self,
        keys: &DecryptionKeys,
        loaded: &key_files::KeyFiles,
        context: &Context,
    ) -> Result<()> {
        if let Some((path, _)) = self.header_out {
            for job in &mut self.found.jobs {
                job.target = if is_stdout(path) {
                    Target::Stdout
                } else {
                    Target::Path(path.to_owned())
                };
            }
        }
        let jobs = &self.found.jobs;
        keys.prepare(jobs);
        if !self.wraps_by_plugin {
            keys.confine_before_work(context);
        }
        let concurrency = self.at_once.share(jobs.len());
        let progress = batch::progress(
            self.label,
            jobs.len(),
            paths::total_bytes(jobs),
            &context.ui,
        );
        let mut run = Run {
            how: &self,
            keys,
            files: &loaded.files,
            progress: progress.counter(),
            host: context.host(),
            ahead: WrappedAhead::default(),
            context,
        };
        if self.wraps_by_plugin && jobs.len() > 1 && !self.dry_run {
            run.ahead = run.ahead()?;
        }
        let work = |job: &Job| run.file(job);
        let outcomes = Outcomes::new(jobs.len(), &context.ui);
        let result = batch::files(jobs, concurrency, &context.ui, progress, work, |_, done| {
            self.print(&done, &outcomes, context)
        });
        outcomes.finish();
        self.found.print_skipped(&context.ui);
        result
    }

    fn print(
        &self,
        done: &RewrittenFile,
        outcomes: &Outcomes<'_>,
        context: &Context,
    ) -> Result<()> {
        let ui = &context.ui;
        if ui.is_json() {
            ui.json(done)?;
        } else {
            for outcome in self.edit.outcomes(done) {
                outcomes.add(&done.file, outcome);
            }
            self.edit.print(done, ui);
        }
        let file = &done.file;
        match done.summary.unaccounted {
            0 => {}
            1 => ui.warn(
                WarningKind::UnlistedKeys,
                &format_args!("{file}: 1 key is not on the reader list; it was kept"),
            ),
            more => ui.warn(
                WarningKind::UnlistedKeys,
                &format_args!("{file}: {more} keys are not on the reader list; they were kept"),
            ),
        }
        if done.written && done.header.is_none() {
            warn_of_other_names(file, done.names, ui);
        }
        self.edit.check(done)
    }
}

impl Run<'_> {
    fn file(&self, job: &Job) -> Result<Written<RewrittenFile>> {
        let input = if self.how.dry_run || self.how.header_out.is_some() {
            job.open_for_rehearsal()?
        } else {
            job.open_to_replace(&self.context.ui)?
        };
        let HeaderRead {
            closed,
            source,
            payload,
        } = self.keys.read_header(&input)?;
        let (checked, strength) = self.open(closed)?;
        let jobs = &self.how.found.jobs;
        if !self.how.wraps_by_plugin {
            self.keys.confine_after_header(jobs, self.context);
        }
        let opened = &checked.opened;
        let standing = self.standing(input.name(), &checked, strength)?;
        let planned = self.how.edit.edit(&standing)?;
        self.refuse_without_required(&standing, &planned)?;
        let changes = !planned.add.is_empty() || !planned.drop.is_empty();
        let mut done = RewrittenFile {
            file: input.name().clone(),
            header: None,
            payload_offset: None,
            written: false,
            names: input.names(),
            summary: standing.summary(&planned),
        };
        if self.how.dry_run || !changes && self.how.header_out.is_none() {
            self.progress
                .fetch_add(input.regular_len().unwrap_or(0), Ordering::Relaxed);
            return Ok(Written { output: None, done });
        }
        let header = if changes {
            self.header(&standing, &planned, &self.how.signer.author())?
        } else {
            opened.header_bytes()
        };
        // By now a plugin has wrapped the file key for the new reader.
        self.keys.confine_after_header(jobs, self.context);
        done.written = true;
        let offset = payload.map(|(offset, _)| offset);
        let output = match self.how.header_out {
            None => self.instead(&input, &header, (source, offset))?,
            Some((path, replace)) => {
                let offset = offset.ok_or_else(armored_has_none)?;
                let output = self.alone(&header, &input, path, replace)?;
                done.header = Some(output.name().clone());
                done.payload_offset = Some(offset - NONCE);
                output
            }
        };
        input.check_unchanged()?;
        Ok(Written {
            output: Some(output),
            done,
        })
    }

    /// Has plugins wrap the file keys of all files at once. Files that fail here are reported in
    /// their turn.
    fn ahead(&self) -> Result<WrappedAhead> {
        let look = |job: &Job| -> Result<(UnlockedFile, Vec<ChosenKey>)> {
            let input = job.open_for_rehearsal()?;
            let (checked, strength) = self.open(self.keys.read_header(&input)?.closed)?;
            let planned =
                self.how
                    .edit
                    .edit(&self.standing(input.name(), &checked, strength)?)?;
            Ok((checked.opened, planned.add))
        };
        let files: Vec<_> = self
            .how
            .found
            .jobs
            .iter()
            .filter_map(|job| look(job).ok())
            .collect();
        Ok(WrappedAhead::new(&files, &self.host)?)
    }

    /// Refuses a header that a required reader could not open. Nobody asks for what is already
    /// there and stays as it is.
    fn refuse_without_required(&self, file: &FileReaders<'_>, edit: &ReaderEdit) -> Result<()> {
        let is_written = !edit.add.is_empty() || !edit.drop.is_empty();
        if !is_written && self.how.header_out.is_none() {
            return Ok(());
        }
        self.how.required.refuse_without(|key| {
            let is_added = || {
                edit.add
                    .iter()
                    .any(|one| one.recipient.to_string() == key.to_string())
            };
            file.keeps(key, &edit.drop) || is_added()
        })
    }

    fn open(&self, closed: LockedFile) -> Result<(CheckedHeader, KeyStrength)> {
        if is_for_passphrase(&closed) {
            return Err(RewriteError::Passphrase.into());
        }
        let strength = strength(&Inspection::new(&closed, None));
        let checked = self.keys.open_checked(closed)?;
        Ok((checked, strength))
    }

    fn standing<'a>(
        &'a self,
        name: &'a Untrusted,
        checked: &'a CheckedHeader,
        strength: KeyStrength,
    ) -> Result<FileReaders<'a>> {
        let CheckedHeader { opened, sender, .. } = checked;
        let sender = sender.as_ref();
        if sender.is_some_and(Sender::is_newer) {
            return Err(RewriteError::Newer.into());
        }
        let settled = self.keys.settled();
        let own: Vec<&dyn Identity> = settled
            .into_iter()
            .map(|identity| -> &dyn Identity { identity })
            .collect();
        let classes = opened.prove_readers(sender, &self.how.known.as_recipients(), &own);
        let listings = sender.and_then(Sender::listings).unwrap_or_default();
        let (known, keys) = (&self.how.known, self.keys);
        Ok(FileReaders {
            name,
            opened,
            sender,
            strength,
            classes,
            listings,
            known,
            keys,
        })
    }

    fn header(
        &self,
        file: &FileReaders<'_>,
        planned: &ReaderEdit,
        author: &Author<'_>,
    ) -> Result<Vec<u8>> {
        let targets = planned
            .add
            .iter()
            .map(|one| bulla_age::Target::Recipient(one.recipient.clone()));
        let readers = RecipientSet::new(targets, &self.host);
        let labels = match file.strength {
            KeyStrength::PostQuantum => BTreeSet::from(["postquantum".to_owned()]),
            KeyStrength::Classic | KeyStrength::Mixed => BTreeSet::new(),
        };
        let proved = file
            .classes
            .iter()
            .enumerate()
            .filter_map(|(place, class)| match class {
                ReaderEvidence::Proved { known } => Some((place, file.known.text(*known))),
                _ => None,
            });
        let proved: Vec<(usize, String)> = proved.collect();
        let wraps = readers.as_recipients();
        let given: Vec<MaybeWrapped<'_>> = wraps
            .into_iter()
            .map(|wrap| self.ahead.recipient(file.opened, wrap))
            .collect();
        let add: Vec<&dyn Recipient> = given
            .iter()
            .map(|given| -> &dyn Recipient { given })
            .collect();
        let change = ReaderChange {
            add: &add,
            labels: &labels,
            drop: &planned.drop,
            proved: &proved,
        };
        Ok(file.opened.rewrite_header(file.sender, &change, author)?)
    }

    /// Replaces the file by the new header and the old payload.
    fn instead(
        &self,
        input: &Input,
        header: &[u8],
        (source, offset): (impl BufRead, Option<u64>),
    ) -> Result<Output> {
        let mut output = Output::instead_of(input)?;
        match offset {
            Some(offset) => {
                output.put(header)?;
                copy_rest(
                    (input, offset),
                    (&output, header.len() as u64),
                    &self.progress,
                )?;
            }
            None => armored(header, source, &mut output, &self.progress)?,
        }
        Ok(output)
    }

    /// Writes the header alone, without the nonce, which stays with the payload.
    fn alone(&self, header: &[u8], input: &Input, path: &Path, replace: Replace) -> Result<Output> {
        let mut not = self.files.to_vec();
        not.push((input.id(), input.name().clone()));
        let mut output = if is_stdout(path) {
            self.context.ui.results_follow();
            Output::stdout(&not)?
        } else {
            Output::create(
                path,
                &Options {
                    replace,
                    mode: Mode::Ciphertext,
                    not: &not,
                },
            )
            .map_err(header_not_created)?
        };
        let header = &header[..header.len() - NONCE as usize];
        output.put(header)?;
        Ok(output)
    }
}

/// Explains how to avoid a header file that already exists.
pub(crate) fn header_not_created(error: files::Error) -> CommandError {
    match error {
        files::Error::Exists { .. } => Refusal::HeaderFileExists(error.to_string()).into(),
        error => error.into(),
    }
}

fn raw<S: serde::Serializer>(name: &Untrusted, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(name.as_raw())
}

fn raw_if_any<S: serde::Serializer>(name: &Option<Untrusted>, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_some(&name.as_ref().map(Untrusted::as_raw))
}

fn armored_has_none() -> CommandError {
    Refusal::DetachedArmor.into()
}

/// Writes the new header and the old payload as armor.
fn armored(
    header: &[u8],
    mut payload: impl BufRead,
    output: &mut Output,
    progress: &AtomicU64,
) -> Result<()> {
    let name = output.name().clone();
    let not_written = |source| files::Error::io("write", &name, source);
    let mut armor = ArmorWriter::new(output).map_err(not_written)?;
    armor.write_all(header).map_err(not_written)?;
    loop {
        let bytes = payload.fill_buf().map_err(PayloadError::Read)?;
        if bytes.is_empty() {
            break;
        }
        armor.write_all(bytes).map_err(not_written)?;
        let len = bytes.len();
        payload.consume(len);
        progress.fetch_add(len as u64, Ordering::Relaxed);
    }
    armor.finish().map_err(not_written)?;
    Ok(())
}

/// Loads the identities and passphrase prompt that decrypt the files.
pub(crate) fn keys(
    jobs: &[Job],
    (identity, limits): (&IdentityOptions, HeaderLimits),
    acting: &ActAs,
    loaded: &mut key_files::KeyFiles,
    context: &Context,
) -> Result<DecryptionKeys> {
    let identities = loaded.opening(identity, acting, context)?;
    Ok(DecryptionKeys::new(
        identities,
        typed::name_of_all(jobs),
        (identity.limit.max_work_factor, limits),
        context,
    ))
}
