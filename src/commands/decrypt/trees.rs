//! `bulla decrypt` for whole folders, file by file: a mirror put back into a tree (`--each`), or each
//! file beside its input (`--recursive`).

use std::collections::HashSet;
use std::hash::BuildHasher as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use clap::Args;

use crate::context::Context;
use crate::errors::{ErrorContext as _, Refusal, Result, of_payload, usage};
use crate::files::{
    FileId, FoundFile, Input, Mode, Options, Output, OutputTree, Replace, Step, TreeWalk,
};
use crate::jobs::batch::Slot;
use crate::jobs::decrypt_header::{
    CheckedHeader, DecryptionKeys, HeaderRead, looks_like_age_file, wants_passphrase,
};
use crate::jobs::decrypt_payload::decrypt_payload;
use crate::jobs::mirror::marker::MARKER;
use crate::jobs::mirror::ordered;
use crate::jobs::mirror::place::{check_new_folder, refuse_nested};
use crate::jobs::mirror::true_path::TruePath;
use crate::jobs::paths::without_age_extension;
use crate::jobs::tree::{begin_walk, no_age_files};
use crate::report::contacts::count_noun;
use crate::report::file_report::{FileReport, Note};
use crate::report::json::FileReportJson;
use crate::report::outcomes::{Outcome, Outcomes};
use crate::report::people::People;
use crate::report::required_signer::RequiredSigner;
use crate::report::verdict;
use crate::select::concurrency::ThreadOptions;
use crate::ui::{Progress, Total};
use bulla_age::sender::Sender;
use bulla_age::stream::Engine;
use bulla_age::untrusted::Untrusted;

/// The options about folders.
#[derive(Args, Clone, Debug)]
pub(crate) struct TreeOptions {
    /// Decrypt every file below the folder into the folder of -o, under the names it had
    #[arg(long, requires = "output", conflicts_with_all = ["recursive", "path", "stream", "program"])]
    each: bool,
    /// Decrypt every file below the folders, each beside its input
    #[arg(long, conflicts_with_all = ["output", "path", "stream", "program"])]
    recursive: bool,
}

/// How the files of a run are decrypted.
pub(super) struct Opening<'a> {
    pub(super) keys: &'a DecryptionKeys,
    pub(super) from: Option<RequiredSigner>,
    pub(super) replace: Replace,
    /// Files of keys, which must not be overwritten.
    pub(super) files: &'a [(FileId, Untrusted)],
    pub(super) threads: ThreadOptions,
}

impl TreeOptions {
    /// Returns whether folders are decrypted.
    pub(super) fn are_for_trees(&self) -> bool {
        self.each || self.recursive
    }

    /// Returns whether the outputs go to a folder of their own.
    pub(super) fn has_output(&self) -> bool {
        self.each
    }

    /// Looks at the folders before anything is asked.
    pub(super) fn look(&self, folders: &[PathBuf], output: Option<&Path>) -> Result<()> {
        if folders.is_empty() {
            let hint = "Name it: bulla decrypt --each DIR -o PATH";
            return Err(usage("The folder to decrypt is missing", Some(hint)));
        }
        if self.each && folders.len() > 1 {
            return Err(usage(
                "--each takes only one folder",
                Some("Restore each mirror into a folder of its own"),
            ));
        }
        for folder in folders {
            begin_walk(folder)?;
        }
        if let (Some(output), [folder]) = (output, folders) {
            refuse_without_files(folder)?;
            refuse_nested(folder, output)?;
            check_new_folder(output)?;
        }
        Ok(())
    }

    /// Decrypts the files.
    pub(super) fn decrypt(
        &self,
        folders: &[PathBuf],
        output: Option<&Path>,
        opening: Opening<'_>,
        context: &Context,
    ) -> Result<()> {
        let output = output.map(OutputTree::create).transpose()?;
        unlock(folders, opening.keys)?;
        opening.keys.confine_before_work(context);
        let preferred = context.preferences()?;
        let (concurrency, threads) = opening.threads.share(usize::MAX, preferred);
        let progress = Progress::start(
            &context.ui,
            Total {
                bytes: None,
                files: 1,
                label: "decrypting".to_owned(),
            },
        );
        let run = Run {
            opening: &opening,
            output: output.as_ref(),
            people: OnceLock::new(),
            context,
            threads,
            counter: progress.counter(),
            progress: &progress,
            restored: Mutex::default(),
        };
        let outcomes = Outcomes::new(usize::MAX, &context.ui);
        let mut tally = ordered::Tally::default();
        let (mut others, mut nothing) = (0, 0);
        for folder in folders {
            let items = TreeWalk::begin(folder)?.map(Some);
            let done = ordered::run(
                items,
                concurrency,
                &context.ui,
                |item, slot| run.step(item, slot),
                |_, done| match done {
                    Done::Wrote(wrote) => tell(*wrote, &outcomes, context),
                    Done::NotEncrypted => {
                        others += 1;
                        Ok(())
                    }
                    Done::Nothing => {
                        nothing += 1;
                        Ok(())
                    }
                },
            )?;
            tally.all += done.all;
            tally.failed += done.failed;
        }
        progress.finish();
        if !context.ui.is_json() {
            outcomes.finish();
        }
        if others > 0 {
            context.ui.status(&format_args!(
                "Skipped {} not encrypted",
                match others {
                    1 => "1 file, which is".to_owned(),
                    others => format!("{}, which are", count_noun(others, "file")),
                }
            ));
        }
        tally.all -= others + nothing;
        if tally.all == 0 {
            context.ui.notice(&"There was nothing to decrypt");
        }
        tally.result()
    }
}

/// Refuses a folder that is no mirror and has no age files: what should be mounted there is not, and
/// an empty tree must not look restored.
fn refuse_without_files(folder: &Path) -> Result<()> {
    for step in begin_walk(folder)? {
        let is_reason = match step {
            Step::File(file) => {
                let looks_like_one =
                    || Input::open_found(&file).is_ok_and(|input| may_be_age_file(&input));
                file.below() == Path::new(MARKER) || is_named_like_output(&file) || looks_like_one()
            }
            // Its error is reported in its turn.
            Step::Unreadable { .. } => true,
            Step::Other { .. } => false,
        };
        if is_reason {
            return Ok(());
        }
    }
    Err(no_age_files(&[folder.to_owned()]))
}

/// Returns whether a file may be an age file; an error is reported in its turn.
fn may_be_age_file(input: &Input) -> bool {
    looks_like_age_file(input).unwrap_or(true)
}

/// Returns whether a file is named like an output of encrypt, so that it is one, or what is left of it.
fn is_named_like_output(file: &FoundFile) -> bool {
    let name = file.below().file_name();
    name.and_then(without_age_extension).is_some()
}

/// Unlocks identities before threads start, for the first file that can be read. If an askpass
/// program is needed for a passphrase, looks for the first file that wants one. A failure is reported
/// in its turn.
fn unlock(folders: &[PathBuf], keys: &DecryptionKeys) -> Result<()> {
    let mut is_first = true;
    for folder in folders {
        for step in TreeWalk::begin(folder)? {
            let Step::File(file) = step else { continue };
            let Ok(input) = Input::open_found(&file) else {
                continue;
            };
            let Ok(header) = keys.read_header(&input) else {
                continue;
            };
            if is_first || wants_passphrase(&header.closed) {
                let _ = keys.open(header.closed);
            }
            is_first = false;
            if !keys.may_need_askpass() {
                return Ok(());
            }
        }
    }
    Ok(())
}

struct Run<'a> {
    opening: &'a Opening<'a>,
    /// Where the tree is put; `None` if each file goes beside its input.
    output: Option<&'a OutputTree>,
    people: OnceLock<People>,
    context: &'a Context,
    threads: usize,
    counter: Arc<AtomicU64>,
    progress: &'a Progress,
    restored: Mutex<RestoredPaths>,
}

/// Hashes of the paths in the new tree, so that no two files become one: what a file with a hidden
/// name says can be the name of another one.
#[derive(Default)]
struct RestoredPaths {
    hasher: std::hash::RandomState,
    hashes: HashSet<u64>,
}

enum Done {
    Wrote(Box<Wrote>),
    /// It is no age file.
    NotEncrypted,
    /// It is no file, or one that belongs to the mirror itself.
    Nothing,
}

/// The result for one file.
#[derive(serde::Serialize)]
struct Wrote {
    file: String,
    output: String,
    bytes: u64,
    #[serde(flatten)]
    fields: Option<FileReportJson>,
    #[serde(skip)]
    note: Option<Note>,
}

impl Run<'_> {
    fn step(&self, step: &mut Option<Step>, slot: Slot<'_>) -> Result<Done> {
        match step.take() {
            Some(Step::File(file)) => {
                let path = file.path();
                let name = Untrusted::from(path.as_path());
                self.progress.file(&name);
                let done = self.file(&file, slot).about(|| name)?;
                self.progress.file_done();
                Ok(done)
            }
            Some(Step::Unreadable { error, .. }) => Err(error.into()),
            Some(Step::Other { .. }) | None => Ok(Done::Nothing),
        }
    }

    fn file(&self, file: &FoundFile, slot: Slot<'_>) -> Result<Done> {
        if file.below() == Path::new(MARKER) {
            return Ok(Done::Nothing);
        }
        let input = match self.output {
            Some(_) => Input::open_found(file)?,
            None => Input::open_found_or_newer(file)?,
        };
        if !is_named_like_output(file) && !looks_like_age_file(&input)? {
            return Ok(Done::NotEncrypted);
        }
        let begun = self.opening.keys.read_header(&input)?;
        let HeaderRead {
            closed,
            source,
            payload,
        } = begun;
        let checked = self.opening.keys.open_by(None, closed)?;
        let account = self.account(&checked)?;
        let Some(mut output) = self.create(file, &input, &checked)? else {
            return Ok(Done::Nothing);
        };
        let note = Note::new(account.as_ref(), false);
        let key = checked.opened.payload_key();
        let engine = Engine::new(self.threads).with_progress(self.counter.clone());
        let engine = checked.engine(engine);
        let bytes = decrypt_payload(&engine, &key, &input, (source, payload), &mut output)
            .map_err(|error| of_payload(error, |source| output.not_written(source)))?;
        checked.check_content()?;
        input.check_length()?;
        let name = output.name().as_raw().to_owned();
        drop(slot);
        output.commit()?;
        Ok(Done::Wrote(Box::new(Wrote {
            file: input.name().as_raw().to_owned(),
            output: name,
            bytes,
            fields: account
                .as_ref()
                .filter(|_| self.context.ui.is_json())
                .map(FileReport::fields),
            note,
        })))
    }

    /// Creates the output under the name that the file had. Returns `None` for the index of a mirror.
    fn create(
        &self,
        file: &FoundFile,
        input: &Input,
        checked: &CheckedHeader,
    ) -> Result<Option<Output>> {
        let mut not = self.opening.files.to_vec();
        not.push((input.id(), input.name().clone()));
        let options = Options {
            replace: self.opening.replace,
            mode: Mode::Secret,
            not: &not,
        };
        let Some(tree) = self.output else {
            let path = without_extension(&file.path())?;
            return Ok(Some(Output::create_beside(input, &path, &options)?));
        };
        let origin = checked.sender.as_ref().and_then(Sender::origin);
        let said = origin.and_then(|origin| origin.path.as_deref());
        let below = match said.map(TruePath::parse) {
            None => without_extension(file.below())?,
            Some(TruePath::Index) => return Ok(None),
            Some(TruePath::At(path)) => path,
            Some(TruePath::Outside) => {
                return Err(Refusal::Mirror {
                    text: "the name it had is not a path inside a folder".to_owned(),
                    hint: "Whoever encrypted it may want to overwrite another file. Decrypt it \
                           alone: bulla decrypt {file} -o PATH"
                        .to_owned(),
                }
                .into());
            }
        };
        self.claim(&below)?;
        Ok(Some(tree.create_file(&below, &options)?))
    }

    /// Takes a path for one file of this run.
    fn claim(&self, path: &Path) -> Result<()> {
        let mut restored = self.restored.lock().unwrap_or_else(PoisonError::into_inner);
        let hash = restored.hasher.hash_one(path);
        if restored.hashes.insert(hash) {
            return Ok(());
        }
        Err(Refusal::Mirror {
            text: format!("another file of this run was {} too", Untrusted::from(path)),
            hint: "See who encrypted each of them: bulla who {file}".to_owned(),
        }
        .into())
    }

    /// Reports who encrypted the file, and checks the required signer before anything is written.
    fn account(&self, checked: &CheckedHeader) -> Result<Option<FileReport>> {
        let (ui, from) = (&self.context.ui, &self.opening.from);
        if checked.sender.is_none() && !ui.is_json() && from.is_none() {
            return Ok(None);
        }
        let people = self.people.get_or_init(|| People::load(self.context));
        let account = self.opening.keys.account(checked, people);
        if let Some(required) = from {
            verdict::require_from(account.as_ref(), required)?;
        }
        Ok(account)
    }
}

fn without_extension(path: &Path) -> Result<PathBuf> {
    let name = path.file_name().and_then(without_age_extension);
    let name = name.ok_or_else(|| {
        let hint = "Decrypt it alone: bulla decrypt {file} -o PATH";
        usage("its name does not end in .age", Some(hint))
    })?;
    Ok(path.with_file_name(name))
}

fn tell(wrote: Wrote, outcomes: &Outcomes<'_>, context: &Context) -> Result<()> {
    if context.ui.is_json() {
        if let Some(note) = &wrote.note {
            note.print_warnings(&context.ui);
        }
        return Ok(context.ui.json(&wrote)?);
    }
    let name = Untrusted::new(wrote.output);
    let after = wrote.note.as_ref().map(|note| note.after_name(true));
    outcomes.add(&name, Outcome::done("Wrote", after.unwrap_or_default()));
    if let Some(note) = &wrote.note {
        note.print_rest(Some(&name), &context.ui);
    }
    Ok(())
}
