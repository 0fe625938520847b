//! `bulla encrypt` for whole folders, file by file: mirrored into another folder (`--each`), or each
//! beside its input (`--recursive`).

use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use clap::Args;
use sha2::{Digest, Sha256};

use crate::context::{Context, Preferences};
use crate::errors;
use crate::errors::{CommandError, ErrorContext as _, Refusal, Result, usage};
use crate::files::{
    FileId, FoundFile, Input, Mode, Options, Output, Patterns, Removal, Replace, Step, TreeWalk,
};
use crate::jobs::batch::Slot;
use crate::jobs::decrypt_header::{Positioned, looks_like_age_file};
use crate::jobs::encrypt_file::{Contents, FileEncryption, SignatureCoverage};
use crate::jobs::mirror::marker::Naming;
use crate::jobs::mirror::note::{Note, READERS, escaped};
use crate::jobs::mirror::notes::{Journal, Known};
use crate::jobs::mirror::ordered;
use crate::jobs::mirror::place::{INDEX, Mirror, MirrorPlace, refuse_nested};
use crate::jobs::mirror::plan::{Item, Plan};
use crate::jobs::reader_edit::for_readers;
use crate::jobs::tree::begin_walk;
use crate::report::contacts::count_noun;
use crate::report::outcomes::{Outcome, Outcomes};
use crate::select::concurrency::ThreadOptions;
use crate::select::recipients::Recipients;
use crate::select::signer::Signer;
use crate::ui::{Progress, Total, Ui};
use bulla_age::sender::{Author, PlaintextDigest};
use bulla_age::stream::{Engine, PayloadError};
use bulla_age::untrusted::Untrusted;
use bulla_age::{NewFile, Recipient};

/// File keys that a plugin wraps at a time.
const AT_A_TIME: usize = 64;

/// The most things that are named when they are left out; `-v` names all.
const NAMED: usize = 5;

/// Options that are about one output.
const NOT_FOR_TREES: [&str; 8] = [
    "min_size",
    "at_least",
    "allow_empty",
    "expect_end",
    "zstd",
    "one_file_system",
    "xattrs",
    "no_pad",
];

/// The options about folders.
#[derive(Args, Clone, Debug)]
pub(crate) struct TreeOptions {
    /// Encrypt every file below the folder into the folder of -o, under the same names
    #[arg(long, requires = "output", conflicts_with_all = ["recursive", "program"])]
    #[arg(conflicts_with_all = NOT_FOR_TREES)]
    each: bool,
    /// Encrypt every file below the folders, each beside its input
    #[arg(long, conflicts_with_all = ["output", "program", "files_from"])]
    #[arg(conflicts_with_all = NOT_FOR_TREES)]
    recursive: bool,
    /// With --each: leave files whose contents, readers and name are as before
    #[arg(long, requires = "each", conflicts_with = "passphrase")]
    if_changed: bool,
    /// With --each: hide the names of files and folders
    #[arg(long, requires = "each", conflicts_with_all = ["passphrase", "plain"])]
    names: bool,
    /// With --each: remove outputs whose files are gone, up to half of all
    #[arg(long, requires = "each")]
    delete: bool,
    /// With --delete: also if more than half of the outputs would be removed
    #[arg(long, requires = "delete")]
    delete_most: bool,
}

/// How the files of a run are encrypted.
pub(super) struct Sealing<'a> {
    pub(super) recipients: &'a Recipients,
    pub(super) wraps: &'a [&'a dyn Recipient],
    pub(super) signer: &'a Signer,
    /// Whether the files contain the list of their readers.
    pub(super) has_statement: bool,
    /// Whether the readers are hidden from each other.
    pub(super) hides_readers: bool,
    pub(super) armor: bool,
    /// Whether to encrypt what is encrypted already.
    pub(super) again: bool,
    pub(super) replace: Replace,
    /// Files of keys, which must not be overwritten.
    pub(super) keys: &'a [(FileId, Untrusted)],
    pub(super) threads: ThreadOptions,
    pub(super) preferred: Preferences,
}

/// The folders, looked at before anything is asked.
pub(super) struct Looked {
    /// The paths below the only folder that were listed; `None` means everything.
    listed: Option<Vec<PathBuf>>,
    folders: Vec<PathBuf>,
    /// What is left out of the folders.
    exclude: Option<Patterns>,
    place: Option<MirrorPlace>,
}

impl TreeOptions {
    /// Returns whether folders are encrypted.
    pub(super) fn are_for_trees(&self) -> bool {
        self.each || self.recursive
    }

    /// Returns whether notes of this machine are needed.
    pub(super) fn keeps_notes(&self) -> bool {
        self.each
    }

    /// Returns whether files have to contain a statement.
    pub(super) fn needs_keys(&self) -> bool {
        self.names || self.if_changed
    }

    /// Looks at the folders and at the place of the outputs. `listed` are paths below the only folder,
    /// and otherwise `exclude` is left out.
    pub(super) fn look(
        &self,
        folders: &[PathBuf],
        (listed, exclude): (Option<Vec<PathBuf>>, Option<Patterns>),
        output: Option<&Path>,
        replace: Replace,
        context: &Context,
    ) -> Result<Looked> {
        if folders.is_empty() {
            let hint = "Name it: bulla encrypt --each DIR -o PATH";
            return Err(usage("The folder to encrypt is missing", Some(hint)));
        }
        if self.each && folders.len() > 1 {
            return Err(usage(
                "--each takes only one folder",
                Some("Mirror each folder into a folder of its own"),
            ));
        }
        if self.delete && listed.is_some() {
            return Err(usage(
                "--delete needs the whole folder, so it cannot be combined with --files-from",
                None,
            ));
        }
        if listed.is_some() && exclude.is_some() {
            return Err(usage(
                "--exclude is for whole folders, so it cannot be combined with --files-from",
                None,
            ));
        }
        for folder in folders {
            let mut walk = begin_walk(folder)?.leaving_out(exclude.clone());
            if self.delete && !walk.any(|step| matches!(step, Step::File(_))) {
                let text = format!(
                    "{} has no files, so --delete would remove every output",
                    Untrusted::from(folder.as_path())
                );
                let hint = "If it is a disk that is not mounted, mount it. To give the mirror up, \
                    remove its folder"
                    .to_owned();
                return Err(Refusal::Mirror { text, hint }.into());
            }
        }
        let place = match (output, folders) {
            (Some(output), [folder]) if self.each => {
                refuse_nested(folder, output)?;
                let naming = Naming::new(self.names);
                Some(MirrorPlace::look(output, naming, replace, context)?)
            }
            _ => None,
        };
        Ok(Looked {
            listed,
            folders: folders.to_vec(),
            exclude,
            place,
        })
    }

    /// Encrypts the files.
    pub(super) fn encrypt(
        &self,
        mut looked: Looked,
        sealing: &Sealing<'_>,
        context: &Context,
    ) -> Result<()> {
        let mirror = looked
            .place
            .take()
            .map(|place| place.open(context))
            .transpose()?;
        if !sealing.wraps.iter().any(|wrap| wrap.starts_program()) {
            context.start_no_more_programs();
        }
        let (concurrency, threads) = sealing.threads.share(usize::MAX, sealing.preferred);
        let progress = Progress::start(
            &context.ui,
            Total {
                bytes: None,
                files: 1,
                label: "encrypting".to_owned(),
            },
        );
        let run = Run {
            options: self,
            sealing,
            mirror: mirror.as_ref(),
            readers: sealing.digest_of_readers(self.names),
            wrapped: Mutex::default(),
            threads,
            counter: progress.counter(),
            progress: &progress,
            known: AtomicUsize::new(0),
            unreadable: AtomicUsize::new(0),
        };
        let (readers, ui) = (sealing.recipients, &context.ui);
        let mut told = Told::new(mirror.as_ref(), readers, self.delete, ui)?;
        let mut tally = ordered::Tally::default();
        for folder in &looked.folders {
            told.root.clone_from(folder);
            let (steps, left_out) = steps(folder, &looked, &context.ui)?;
            let known = mirror.as_ref().map(|mirror| mirror.notes.known());
            let known = known.transpose()?.into_iter().flatten();
            let items = Plan::new(steps, known, looked.listed.is_some());
            let done = ordered::run(
                items,
                concurrency,
                &context.ui,
                |item, slot| run.item(item, slot),
                |item, done| told.tell(item, done),
            )?;
            tally.all += done.all;
            tally.failed += done.failed;
            let left_out = left_out.load(Ordering::Relaxed);
            told.left_out
                .extend((left_out > 0).then(|| (shown(folder), left_out)));
        }
        let found = Found {
            known: run.known.into_inner(),
            unreadable: run.unreadable.into_inner(),
        };
        progress.finish();
        let mut ended = Ok(());
        if let Some(mirror) = &mirror {
            ended = self.settle(mirror, sealing, &found, &mut told);
        }
        // What is no file is no input.
        tally.all -= told.others + told.gone;
        told.is_empty = tally.all == 0 && told.gone == 0;
        told.finish();
        match ended {
            Err(error) if tally.failed > 0 => {
                errors::report_error(&context.ui, &error);
                tally.result()
            }
            Err(error) => Err(error),
            Ok(()) => tally.result(),
        }
    }

    /// Removes what is gone, and writes the notes and the index.
    fn settle(
        &self,
        mirror: &Mirror,
        sealing: &Sealing<'_>,
        found: &Found,
        told: &mut Told<'_>,
    ) -> Result<()> {
        let refused = self.refuse_to_delete(told.gone, found);
        let deletes = self.delete && refused.is_none();
        let mut removal = Removal::below(&mirror.tree);
        let (mut removed, mut kept) = (Vec::new(), 0);
        let is_gone = |note: &Note| -> Result<bool> {
            if !deletes {
                return Ok(true);
            }
            let output = mirror.output_of(&note.path);
            let is_removed = removal.remove(&output, note.mark)?;
            if is_removed {
                removed.push(note.path.clone());
            } else {
                kept += 1;
            }
            Ok(!is_removed)
        };
        told.journal = None;
        mirror.notes.settle(is_gone, |_| Ok(()))?;
        removal.finish()?;
        for path in &removed {
            told.deleted(path, &mirror.tree.path().join(mirror.output_of(path)))?;
        }
        if kept > 0 {
            told.ui.warning(&format_args!(
                "{} kept, because something else has changed them since they were written",
                match kept {
                    1 => "1 output was".to_owned(),
                    kept => format!("{kept} outputs were"),
                }
            ));
        }
        if self.names {
            let is_changed = told.written > 0 || !removed.is_empty();
            if is_changed
                || mirror.notes.were_cut_off
                || mirror.tree.mark(Path::new(INDEX))?.is_none()
            {
                sealing.write_index(mirror)?;
            }
        }
        mirror.notes.end()?;
        refused.map_or(Ok(()), Err)
    }

    /// Returns why outputs without a source are not removed.
    fn refuse_to_delete(&self, gone: usize, found: &Found) -> Option<CommandError> {
        if !self.delete || gone == 0 {
            return None;
        }
        let refusal = |text: String, hint: &str| {
            let hint = hint.to_owned();
            Some(Refusal::Mirror { text, hint }.into())
        };
        if found.unreadable > 0 {
            return refusal(
                "No output was removed, because a folder could not be read".to_owned(),
                "Make it readable, and run the command again",
            );
        }
        if gone * 2 > found.known && !self.delete_most {
            let text = format!(
                "No output was removed, because {gone} of {} would be",
                count_noun(found.known, "output")
            );
            return refusal(text, "If that is right: --delete --delete-most");
        }
        None
    }
}

/// What to go through.
type Steps = Box<dyn Iterator<Item = Step> + Send>;

/// Returns what to go through in a folder: everything, or what was listed; and how many things are
/// left out meanwhile.
fn steps(folder: &Path, looked: &Looked, ui: &Ui) -> Result<(Steps, Arc<AtomicU64>)> {
    let walk = TreeWalk::begin(folder)?.leaving_out(looked.exclude.clone());
    let left_out = walk.left_out();
    let Some(listed) = &looked.listed else {
        return Ok((Box::new(walk), left_out));
    };
    let mut listed: Vec<PathBuf> = listed
        .iter()
        .map(|path| {
            // "./a" is how find prints it. Every other way to write the same path would give the
            // file another hidden name.
            let path = path.strip_prefix(".").unwrap_or(path);
            path.components().collect()
        })
        .collect();
    listed.sort_unstable();
    listed.dedup();
    ui.detail(&format_args!("{} listed", count_noun(listed.len(), "path")));
    let found = listed
        .into_iter()
        .map(move |below| match walk.find(&below) {
            Ok(Some(file)) => Step::File(file),
            Ok(None) => Step::Other {
                below,
                what: "no regular file",
                is_link: false,
            },
            Err(error) => Step::Unreadable { below, error },
        });
    Ok((Box::new(found), left_out))
}

struct Run<'a> {
    options: &'a TreeOptions,
    sealing: &'a Sealing<'a>,
    mirror: Option<&'a Mirror>,
    readers: Option<[u8; READERS]>,
    /// File keys that a plugin wrapped in advance.
    wrapped: Mutex<Vec<NewFile>>,
    threads: usize,
    counter: Arc<AtomicU64>,
    progress: &'a Progress,
    /// The files about which something was noted.
    known: AtomicUsize,
    /// Folders and files that could not be looked at.
    unreadable: AtomicUsize,
}

/// What a run found.
struct Found {
    known: usize,
    unreadable: usize,
}

/// What became of an item.
enum Done {
    Encrypted(Sealed),
    Unchanged(String),
    /// It was encrypted already, so it was left as it is.
    AlreadyEncrypted,
    /// There was nothing to do yet.
    Nothing,
}

struct Sealed {
    output: String,
    bytes: u64,
    size: u64,
    signed: SignatureCoverage,
    note: Option<Note>,
}

impl Run<'_> {
    fn item(&self, item: &mut Item, slot: Slot<'_>) -> Result<Done> {
        if matches!(item, Item::Gone(_) | Item::File(_, Some(_))) {
            self.known.fetch_add(1, Ordering::Relaxed);
        }
        match item {
            Item::Unreadable(error) => {
                self.unreadable.fetch_add(1, Ordering::Relaxed);
                error
                    .take()
                    .map_or(Ok(Done::Nothing), |error| Err(error.into()))
            }
            Item::File(file, note) => {
                let path = file.path();
                let name = Untrusted::from(path.as_path());
                self.progress.file(&name);
                let done = self.file(file, note.as_ref(), slot);
                let done = done.map_err(|error| self.with_mirror_kept(error));
                let done = done.about(|| name)?;
                self.progress.file_done();
                Ok(done)
            }
            Item::Gone(_) | Item::Other(_) => Ok(Done::Nothing),
        }
    }

    /// Says what is true of a mirror that does not fit: what it has already is kept.
    fn with_mirror_kept(&self, error: CommandError) -> CommandError {
        if self.mirror.is_none() || !error.is_out_of_space() {
            return error;
        }
        error.hinting(
            "What the mirror has already is kept. Free some disk space, and run the command again",
        )
    }

    fn file(&self, file: &FoundFile, note: Option<&Note>, slot: Slot<'_>) -> Result<Done> {
        let Some(mirror) = self.mirror else {
            return self.beside(file, &Input::open_found_or_newer(file)?, slot);
        };
        let input = Input::open_found(file)?;
        let below = mirror.output_of(file.below());
        let digest = if self.options.if_changed {
            let read = mirror.notes.key.digest(Positioned::new(&input));
            Some(read.map_err(PayloadError::Read)?)
        } else {
            None
        };
        if let Some(note) = note
            && self.is_unchanged(note, digest.as_ref())
            && mirror.tree.mark(&below)? == Some(note.mark)
        {
            let output = mirror.tree.path().join(&below);
            return Ok(Done::Unchanged(shown(&output)));
        }
        let mut author = self.sealing.author();
        if let Some(author) = &mut author {
            use std::os::unix::ffi::OsStrExt;
            author.plaintext = digest;
            author.path = match mirror.naming {
                Naming::Visible => None,
                Naming::Hidden => Some(file.below().as_os_str().as_bytes()),
            };
        }
        let not = self.not(&input);
        let options = Options {
            replace: Replace::Always,
            mode: Mode::Ciphertext,
            not: &not,
        };
        let mut output = mirror.tree.create_file(&below, &options)?;
        let sealed = self.seal(author, &input, &mut output)?;
        let (inode, name) = (output.inode(), output.name().as_raw().to_owned());
        drop(slot);
        output.commit()?;
        // If it is another file by now, nothing is noted, and the next run encrypts it again.
        let mark = mirror.tree.mark(&below)?;
        let mark = mark.filter(|mark| inode == Some(mark.inode));
        Ok(Done::Encrypted(Sealed {
            output: name,
            note: mark.map(|mark| Note {
                path: file.below().to_owned(),
                digest: digest.map(|digest| digest.digest),
                readers: self.readers,
                mark,
            }),
            ..sealed
        }))
    }

    /// Encrypts a file beside itself.
    fn beside(&self, file: &FoundFile, input: &Input, slot: Slot<'_>) -> Result<Done> {
        if !self.sealing.again && looks_like_age_file(input)? {
            return Ok(Done::AlreadyEncrypted);
        }
        let mut name = file.path().into_os_string();
        name.push(".age");
        let not = self.not(input);
        let options = Options {
            replace: self.sealing.replace,
            mode: Mode::Ciphertext,
            not: &not,
        };
        let mut output = Output::create_beside(input, Path::new(&name), &options)?;
        let sealed = self.seal(self.sealing.author(), input, &mut output)?;
        let name = output.name().as_raw().to_owned();
        drop(slot);
        output.commit()?;
        Ok(Done::Encrypted(Sealed {
            output: name,
            ..sealed
        }))
    }

    fn is_unchanged(&self, note: &Note, digest: Option<&PlaintextDigest>) -> bool {
        let digest = digest.map(|digest| digest.digest);
        digest.is_some()
            && note.digest == digest
            && self.readers.is_some()
            && note.readers == self.readers
    }

    fn not(&self, input: &Input) -> Vec<(FileId, Untrusted)> {
        let mut not = self.sealing.keys.to_vec();
        not.push((input.id(), input.name().clone()));
        not
    }

    fn seal(
        &self,
        author: Option<Author<'_>>,
        input: &Input,
        output: &mut Output,
    ) -> Result<Sealed> {
        let file = self.new_file()?;
        let seal = FileEncryption {
            file: &file,
            author,
            armor: self.sealing.armor,
            engine: Engine::new(self.threads).with_progress(self.counter.clone()),
        };
        let sealed = seal.write(input, Vec::new(), output)?;
        Ok(Sealed {
            output: String::new(),
            bytes: sealed.bytes,
            size: sealed.size,
            signed: sealed.signed,
            note: None,
        })
    }

    fn new_file(&self) -> Result<NewFile> {
        let wraps = self.sealing.wraps;
        if !wraps.iter().any(|wrap| wrap.starts_program()) {
            return Ok(NewFile::new(wraps)?);
        }
        // A plugin is started once for many files.
        let mut wrapped = self.wrapped.lock().unwrap_or_else(PoisonError::into_inner);
        if wrapped.is_empty() {
            *wrapped = NewFile::batch(wraps, AT_A_TIME)?;
        }
        match wrapped.pop() {
            Some(file) => Ok(file),
            None => Ok(NewFile::new(wraps)?),
        }
    }
}

impl<'a> Sealing<'a> {
    fn author(&self) -> Option<Author<'a>> {
        self.has_statement.then(|| self.signer.author())
    }

    /// Returns a digest of everything that decides how a file is written, apart from its contents;
    /// `None` if a recipient has no text that could be compared.
    fn digest_of_readers(&self, hides_names: bool) -> Option<[u8; READERS]> {
        let recipients = self.recipients.as_recipients();
        if recipients
            .iter()
            .any(|recipient| recipient.names().is_empty())
        {
            return None;
        }
        let mut names = self.recipients.recipients();
        names.sort_unstable();
        names.dedup();
        let signer = self
            .author()
            .and_then(|author| author.sign.map(|it| it.key()));
        let mut digest = Sha256::new();
        digest.update([
            u8::from(self.has_statement),
            u8::from(self.hides_readers),
            u8::from(self.armor),
            u8::from(hides_names),
        ]);
        digest.update(signer.map_or_else(Vec::new, |key| key.as_bytes().to_vec()));
        for name in names {
            digest.update((name.len() as u64).to_be_bytes());
            digest.update(name);
        }
        let digest: [u8; 32] = digest.finalize().into();
        digest.first_chunk().copied()
    }

    /// Writes the index: for each file a line with its hidden name and its path.
    fn write_index(&self, mirror: &Mirror) -> Result<()> {
        let options = Options {
            replace: Replace::Always,
            mode: Mode::Ciphertext,
            not: self.keys,
        };
        let mut output = mirror.tree.create_file(Path::new(INDEX), &options)?;
        let mut author = self.author();
        if let Some(author) = &mut author {
            author.path = Some(b"");
        }
        let lines = BufReader::new(IndexLines {
            mirror,
            known: mirror.notes.known()?,
            line: Vec::new(),
            at: 0,
        });
        let file = NewFile::new(self.wraps)?;
        let seal = FileEncryption {
            file: &file,
            author,
            armor: self.armor,
            engine: Engine::new(1),
        };
        seal.write_from(Contents::Stream(Box::new(lines)), &mut output)?;
        Ok(output.commit()?)
    }
}

/// The text of the index, made while it is read.
struct IndexLines<'a> {
    mirror: &'a Mirror,
    known: Known,
    line: Vec<u8>,
    at: usize,
}

impl Read for IndexLines<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        use std::os::unix::ffi::OsStrExt;
        if self.at == self.line.len() {
            let Some(note) = self.known.next() else {
                return Ok(0);
            };
            let output = self.mirror.output_of(&note.path);
            self.line = output.as_os_str().as_bytes().to_vec();
            self.line.push(b' ');
            self.line.extend(escaped(&note.path));
            self.line.push(b'\n');
            self.at = 0;
        }
        let read = buffer.len().min(self.line.len() - self.at);
        buffer[..read].copy_from_slice(&self.line[self.at..self.at + read]);
        self.at += read;
        Ok(read)
    }
}

/// The result for one file.
#[derive(serde::Serialize)]
struct Line<'a> {
    file: String,
    /// Null if it has no output.
    output: Option<String>,
    result: &'static str,
    /// What follows is null if it was not encrypted now.
    #[serde(flatten)]
    encrypted: Encrypted<'a>,
}

/// What is said about a file that was encrypted.
#[derive(Default, serde::Serialize)]
struct Encrypted<'a> {
    /// The display names.
    readers: Option<&'a [String]>,
    recipients: Option<&'a [String]>,
    signed: Option<SignatureCoverage>,
    /// The length of the contents.
    bytes: Option<u64>,
    /// The length of the encrypted file.
    size: Option<u64>,
}

/// What is said and noted, in the order of the paths.
struct Told<'a> {
    ui: &'a Ui,
    outcomes: Outcomes<'a>,
    /// Where the files that are encrypted, and those that are gone, are noted.
    journal: Option<Journal>,
    notes_gone: bool,
    /// The folder that is being encrypted.
    root: PathBuf,
    /// The display names of the readers, and their recipients.
    readers: Vec<String>,
    recipients: Vec<String>,
    written: usize,
    gone: usize,
    /// The names of what was left out because it is no file, as far as they are said.
    named: Vec<String>,
    others: usize,
    /// How many things patterns left out of each folder.
    left_out: Vec<(String, u64)>,
    /// Whether nothing was found.
    is_empty: bool,
    is_partly_signed: bool,
}

impl<'a> Told<'a> {
    fn new(
        mirror: Option<&Mirror>,
        recipients: &Recipients,
        notes_gone: bool,
        ui: &'a Ui,
    ) -> Result<Self> {
        let journal = mirror.map(|mirror| mirror.notes.journal()).transpose()?;
        Ok(Self {
            ui,
            outcomes: Outcomes::new(usize::MAX, ui),
            journal,
            notes_gone,
            root: PathBuf::new(),
            readers: recipients.shown(),
            recipients: recipients.recipients(),
            written: 0,
            gone: 0,
            named: Vec::new(),
            others: 0,
            left_out: Vec::new(),
            is_empty: false,
            is_partly_signed: false,
        })
    }

    fn tell(&mut self, item: Item, done: Done) -> Result<()> {
        match item {
            Item::File(file, _) => self.tell_file(&file.path(), done),
            Item::Gone(note) => {
                self.gone += 1;
                match &mut self.journal {
                    Some(journal) if self.notes_gone => journal.gone(&note.path),
                    _ => Ok(()),
                }
            }
            Item::Other(step) => self.skip(&step),
            Item::Unreadable(_) => Ok(()),
        }
    }

    fn tell_file(&mut self, path: &Path, done: Done) -> Result<()> {
        let (result, output) = match done {
            Done::Encrypted(sealed) => return self.encrypted(path, sealed),
            Done::Unchanged(output) => {
                let outcome = Outcome::done("Left", " unchanged");
                self.outcomes.add(&Untrusted::from(path), outcome);
                ("unchanged", Some(output))
            }
            Done::AlreadyEncrypted => {
                let outcome = Outcome::done("Skipped", ", encrypted already");
                self.outcomes.add(&Untrusted::from(path), outcome);
                ("already-encrypted", None)
            }
            Done::Nothing => return Ok(()),
        };
        self.print(path, output, result)
    }

    fn encrypted(&mut self, path: &Path, sealed: Sealed) -> Result<()> {
        self.written += 1;
        self.is_partly_signed |= sealed.signed.leaves_contents_out();
        if let (Some(journal), Some(note)) = (&mut self.journal, &sealed.note) {
            journal.written(note)?;
        }
        if self.ui.is_json() {
            return Ok(self.ui.json(&Line {
                file: shown(path),
                output: Some(sealed.output),
                result: "encrypted",
                encrypted: Encrypted {
                    readers: Some(&self.readers),
                    recipients: Some(&self.recipients),
                    signed: Some(sealed.signed),
                    bytes: Some(sealed.bytes),
                    size: Some(sealed.size),
                },
            })?);
        }
        let after = format!(" {}{}", for_readers(&self.readers), sealed.signed.told());
        let name = Untrusted::new(sealed.output);
        self.outcomes.add(&name, Outcome::done("Encrypted", after));
        Ok(())
    }

    fn skip(&mut self, step: &Step) -> Result<()> {
        self.others += 1;
        let below = step.below();
        let what = match step {
            Step::Other { what, .. } => what,
            _ => "no regular file",
        };
        let path = self.root.join(below);
        let name = Untrusted::from(path.as_path());
        self.ui
            .detail(&format_args!("Skipped {name}, which is {what}"));
        if self.named.len() < NAMED {
            self.named.push(name.to_string());
        }
        self.print(&path, None, "skipped")
    }

    fn deleted(&mut self, path: &Path, output: &Path) -> Result<()> {
        let outcome = Outcome::done("Removed", ", whose source is gone");
        self.outcomes.add(&Untrusted::from(output), outcome);
        self.print(&self.root.join(path), Some(shown(output)), "deleted")
    }

    /// Prints the object of a file that was not encrypted.
    fn print(&self, path: &Path, output: Option<String>, result: &'static str) -> Result<()> {
        if self.ui.is_json() {
            self.ui.json(&Line {
                file: shown(path),
                output,
                result,
                encrypted: Encrypted::default(),
            })?;
        }
        Ok(())
    }

    fn finish(self) {
        if !self.ui.is_json() {
            self.outcomes.finish();
        }
        if self.others > 0 {
            let more = match self.others - self.named.len() {
                0 => String::new(),
                more => format!(" and {more} more (-v names all)"),
            };
            self.ui.notice(&format_args!(
                "Skipped {}: {}{more}",
                match self.others {
                    1 => "1 symlink or special file".to_owned(),
                    others => format!("{others} symlinks and special files"),
                },
                self.named.join(", ")
            ));
        }
        for (folder, left_out) in &self.left_out {
            let text = format!("Left out of {folder} by patterns: {left_out}");
            self.ui.status(&text);
        }
        if self.is_empty {
            self.ui.notice(&"There was nothing to encrypt");
        }
        if self.is_partly_signed {
            SignatureCoverage::tell_what_is_left(self.ui);
        }
    }
}

fn shown(path: &Path) -> String {
    Untrusted::from(path).as_raw().to_owned()
}
