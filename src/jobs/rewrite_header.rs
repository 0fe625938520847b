//! Rewrites headers for other readers; shared by share and unshare.
//!
//! The payload is copied, never decrypted. The new header and the old payload are written to a
//! temporary file, which replaces the original when it is complete.

use std::collections::BTreeSet;
use std::io::{BufRead, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use clap::Args;

use crate::context::Context;
use crate::errors::{CommandError, Refusal, Result, usage};
use crate::files;
use crate::files::{FileId, Input, Mode, Options, Output, Replace, copy_rest};
use crate::jobs::batch::Written;
use crate::jobs::decrypt_header::{
    CheckedHeader, DecryptionKeys, HeaderRead, read_header, wants_passphrase,
};
use crate::jobs::paths::{Job, Plugins, Target};
use crate::jobs::reader_edit::{FileReaders, KeyStrength, ReaderEdit, ReaderSummary, strength};
use crate::jobs::tree::FoundFiles;
use crate::jobs::wrap_ahead::{MaybeWrapped, WrappedAhead};
use crate::jobs::{batch, paths};
use crate::keyring::ChosenKey;
use crate::select::concurrency::ThreadOptions;
use crate::select::key_files;
use crate::select::known_recipients::KnownRecipients;
use crate::select::options::{ActAs, IdentityOptions};
use crate::select::signer::Signer;
use crate::ui::{Stream, Ui};
use bulla_age::format::ArmorWriter;
use bulla_age::plugin::PluginHost;
use bulla_age::sender::{Author, ReaderChange, ReaderEvidence, RewriteError, Sender};
use bulla_age::stream::PayloadError;
use bulla_age::untrusted::Untrusted;
use bulla_age::{Identity, Inspection, LockedFile, Recipient, RecipientSet, UnlockedFile};

/// The nonce between header and first chunk; it stays in the file when the header is written alone.
const NONCE: u64 = size_of::<bulla_age::Nonce>() as u64;

/// Whether to sign the change.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct ChangeSigning {
    /// Sign the change, so that readers see it is from you (default with sign = true in the config)
    #[arg(long, overrides_with = "no_sign")]
    sign: bool,
    /// Do not sign the change, even if the config says sign = true
    #[arg(long, overrides_with = "sign")]
    no_sign: bool,
}

impl ChangeSigning {
    /// Loads the signer. Asked for before the files are decrypted, because the same passphrase may
    /// do both.
    pub(crate) fn signer(
        self,
        acting: &ActAs,
        identity: &IdentityOptions,
        context: &Context,
    ) -> Result<Signer> {
        match (self.sign || context.preferences()?.sign) && !self.no_sign {
            true => Signer::load(
                acting.name.as_deref(),
                context,
                identity.limit.max_work_factor,
            ),
            false => Ok(Signer::nobody()),
        }
    }
}

/// How a command changes the readers of a file.
pub(crate) trait EditReaders: Sync {
    /// Decides which readers are added and removed.
    fn edit(&self, file: &FileReaders<'_>) -> Result<ReaderEdit>;

    /// Prints the result for a file.
    fn print(&self, done: &RewrittenFile, ui: &Ui);
}

/// The result for one file.
#[derive(serde::Serialize)]
pub(crate) struct RewrittenFile {
    #[serde(serialize_with = "raw")]
    pub(crate) file: Untrusted,
    /// The detached header's path, and the part of the file it replaces: everything before the
    /// nonce.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "raw_if_any")]
    pub(crate) header: Option<Untrusted>,
    #[serde(skip_serializing_if = "Option::is_none")]
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
    /// The path of a detached header, and whether it may be overwritten.
    pub(crate) header_out: Option<(&'a Path, Replace)>,
    pub(crate) signer: Signer,
    /// Whether a plugin has to wrap the file key for a new reader.
    pub(crate) wraps_by_plugin: bool,
    pub(crate) dry_run: bool,
    pub(crate) json: bool,
    pub(crate) jobs: usize,
    pub(crate) label: &'static str,
}

/// A [`HeaderRewrite`] in progress, with the loaded keys.
struct Run<'a> {
    how: &'a HeaderRewrite<'a>,
    keys: &'a DecryptionKeys,
    files: &'a [(FileId, Untrusted)],
    programs: Plugins,
    progress: Arc<AtomicU64>,
    host: PluginHost,
    ahead: WrappedAhead,
    ui: &'a Ui,
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
                job.target = if path.as_os_str() == "-" {
                    Target::Stdout
                } else {
                    Target::Path(path.to_owned())
                };
            }
        }
        let jobs = &self.found.jobs;
        let programs = match self.wraps_by_plugin {
            true => {
                keys.prepare(jobs);
                Plugins::MayRun
            }
            false => keys.prepare(jobs),
        };
        paths::confine(jobs, programs, &context.ui);
        let (concurrency, _) = ThreadOptions {
            jobs: self.jobs,
            threads: Some(1),
        }
        .share(jobs.len(), context.preferences()?);
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
            programs,
            progress: progress.counter(),
            host: context.host(),
            ahead: WrappedAhead::default(),
            ui: &context.ui,
        };
        if self.wraps_by_plugin && jobs.len() > 1 && !self.dry_run {
            run.ahead = run.ahead()?;
        }
        let work = |job: &Job| run.file(job);
        let result = batch::files(jobs, concurrency, &context.ui, progress, work, |_, done| {
            self.print(&done, context)
        });
        self.found.print_skipped(&context.ui);
        result
    }

    fn print(&self, done: &RewrittenFile, context: &Context) -> Result<()> {
        let ui = &context.ui;
        if self.json {
            let to_stdout = self
                .header_out
                .is_none_or(|(path, _)| path.as_os_str() != "-");
            let to = if to_stdout {
                Stream::Stdout
            } else {
                Stream::Stderr
            };
            ui.json(done, to)?;
        } else {
            self.edit.print(done, ui);
        }
        let file = &done.file;
        match done.summary.unaccounted {
            0 => {}
            1 => ui.warning(&format_args!(
                "{file}: 1 key is not on the reader list; it was kept"
            )),
            more => ui.warning(&format_args!(
                "{file}: {more} keys are not on the reader list; they were kept"
            )),
        }
        if done.written && done.header.is_none() && done.names > 1 {
            ui.warning(&format_args!(
                "{file} had {} names (hard links). It is a separate file now; the other names \
                 still have the old contents",
                done.names
            ));
        }
        Ok(())
    }
}

impl Run<'_> {
    fn file(&self, job: &Job) -> Result<Written<RewrittenFile>> {
        let input = job.open()?;
        if !input.is_regular() {
            return Err(usage("Not a regular file, so it cannot be rewritten", None));
        }
        if !self.how.dry_run && self.how.header_out.is_none() {
            input.hold();
        }
        let HeaderRead {
            closed,
            source,
            payload,
        } = read_header(&input)?;
        let (checked, strength) = self.open(closed)?;
        let opened = &checked.opened;
        let standing = self.standing(input.name(), &checked, strength)?;
        let planned = self.how.edit.edit(&standing)?;
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
        let header = match changes {
            true => self.header(&standing, &planned, &self.how.signer.author())?,
            false => opened.header_bytes(),
        };
        done.written = true;
        let offset = payload.map(|(offset, _)| offset);
        let output = match self.how.header_out {
            None => self.instead(job, &input, &header, (source, offset))?,
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
            let input = job.open()?;
            let (checked, strength) = self.open(read_header(&input)?.closed)?;
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

    fn open(&self, closed: LockedFile) -> Result<(CheckedHeader, KeyStrength)> {
        if wants_passphrase(&closed) {
            return Err(RewriteError::Passphrase.into());
        }
        let strength = strength(&Inspection::new(&closed, None));
        let checked = self.keys.open_checked(closed)?;
        if !self.how.wraps_by_plugin {
            self.keys
                .confine_once_unlocked(&self.how.found.jobs, self.programs, self.ui);
        }
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
        job: &Job,
        input: &Input,
        header: &[u8],
        (source, offset): (impl BufRead, Option<u64>),
    ) -> Result<Output> {
        let mut output = Output::instead_of(input, job.input.as_deref().unwrap_or(Path::new("")))?;
        match offset {
            Some(offset) => {
                output.write_all(header).map_err(PayloadError::Write)?;
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
        let mut output = match path.as_os_str() == "-" {
            true => {
                self.ui.results_follow();
                Output::stdout(&not)?
            }
            false => Output::create(
                path,
                &Options {
                    replace,
                    mode: Mode::Ciphertext,
                    not: &not,
                },
            )
            .map_err(another_name)?,
        };
        let header = &header[..header.len() - NONCE as usize];
        output.write_all(header).map_err(PayloadError::Write)?;
        Ok(output)
    }
}

/// Explains how to avoid a header file that already exists.
fn another_name(error: files::Error) -> CommandError {
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
    let mut armor = ArmorWriter::new(output).map_err(PayloadError::Write)?;
    armor.write_all(header).map_err(PayloadError::Write)?;
    loop {
        let bytes = payload.fill_buf().map_err(PayloadError::Read)?;
        if bytes.is_empty() {
            break;
        }
        armor.write_all(bytes).map_err(PayloadError::Write)?;
        let len = bytes.len();
        payload.consume(len);
        progress.fetch_add(len as u64, Ordering::Relaxed);
    }
    armor.finish().map_err(PayloadError::Write)?;
    Ok(())
}

/// Loads the identities and passphrase prompt that decrypt the files.
pub(crate) fn keys(
    jobs: &[Job],
    identity: &IdentityOptions,
    acting: &ActAs,
    loaded: &mut key_files::KeyFiles,
    context: &Context,
) -> Result<DecryptionKeys> {
    let identities = loaded.opening(identity, acting, context)?;
    let name = match jobs {
        [only] => only.name(),
        _ => Untrusted::new(format!("{} files", jobs.len())),
    };
    Ok(DecryptionKeys::new(
        identities,
        name,
        identity.limit.max_work_factor,
        context,
    ))
}
