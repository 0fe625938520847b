//! The drill itself.

use std::collections::{HashMap, HashSet};
use std::io;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use sha2::{Digest, Sha256};

use crate::commands::drill::options::DrillArgs;
use crate::context::Context;
use crate::errors;
use crate::errors::{CommandError, Failure, NotProved, Result, name_of, usage};
use crate::jobs::batch;
use crate::jobs::checking::sample;
use crate::jobs::checking::sample::Sample;
use crate::jobs::consumer::Consumer;
use crate::jobs::decrypt_header::DecryptionKeys;
use crate::jobs::drill::against::LiveTree;
use crate::jobs::drill::check::{Checked, Checker, NoProof, Proof, Witness, truncated, witnesses};
use crate::jobs::drill::differences::Names;
use crate::jobs::drill::digest::hex;
use crate::jobs::drill::history::History;
use crate::jobs::drill::made::{Made, MadeBy, utc};
use crate::jobs::drill::pass_on::pass_on;
use crate::jobs::drill::receipt::{PROVED, Receipt};
use crate::jobs::drill::receipts::Receipts;
use crate::jobs::drill::status_file;
use crate::jobs::drill::status_file::StatusFile;
use crate::jobs::paths;
use crate::jobs::paths::Job;
use crate::jobs::tree::{Folders, find_to_read};
use crate::jobs::unpack::folder_name;
use crate::process::signals;
use crate::report::contacts::count_noun;
use crate::report::elapsed::ago;
use crate::report::people::People;
use crate::report::required_signer::{Demand, RequiredSigner};
use crate::select::concurrency::Concurrency;
use crate::select::drill_key::DrillKey;
use crate::ui::human_bytes;
use bulla_age::signing::SecretSigningKey;
use bulla_age::stream::Engine;
use bulla_age::untrusted::Untrusted;

/// A copy of the run.
struct Copy<'a> {
    job: &'a Job,
    /// The absolute path, by which receipts know it.
    file: String,
    /// Whether it decides if the copies are new enough.
    is_newest: bool,
}

/// A proved copy, as JSON.
#[derive(serde::Serialize)]
struct ProvedJson<'a> {
    file: &'a str,
    bytes: u64,
    size: Option<u64>,
    sha256: &'a str,
    made: Option<String>,
    made_by: Option<MadeBy>,
    key: &'a str,
    fingerprint: Option<&'a str>,
    signed_by: Option<&'a str>,
}

/// Everything that a result is made of.
struct Run<'a> {
    /// The command that takes the contents of the only copy.
    consumer: Option<Consumer>,
    /// The files that the contents are compared with.
    live: Option<LiveTree>,
    checker: &'a Checker<'a>,
    args: &'a DrillArgs,
    context: &'a Context,
    key: Untrusted,
    fingerprint: Option<String>,
    signer: Option<SecretSigningKey>,
    receipts: Receipts,
    history: History,
    /// How many copies are tried.
    all: usize,
    tally: Mutex<Tally>,
}

/// What happened so far.
#[derive(Default)]
struct Tally {
    proved: usize,
    failed: usize,
    /// How many copies the key opened, authentic or not.
    opened: usize,
    /// Copies that are judged when all are known, by their place in the run.
    deferred: Vec<(usize, Checked)>,
    /// The digests of authentic copies.
    digests: HashMap<String, String>,
    /// The date of the last receipt, and its SHA-256.
    last_receipt: Option<(String, String)>,
    last_proved: Option<status_file::Proved>,
    newest: Option<(String, Made)>,
    /// The error of the only copy.
    error: Option<CommandError>,
}

/// What is known about all copies when one is judged.
struct Others {
    /// Whether the key opened one of them.
    key_fits: bool,
    /// The files that changed places.
    swapped: HashMap<String, String>,
}

pub(super) fn run(args: &DrillArgs, context: &Context) -> Result<()> {
    let from = args
        .signed_by
        .as_deref()
        .map(|name| RequiredSigner::new(name, Demand::Contents, context))
        .transpose()?;
    let consumer = context.take_command().map(Consumer::new);
    let live = args.against.as_deref().map(LiveTree::walk).transpose()?;
    let found = find_to_read(&args.paths, Folders::Walk)?;
    found.print_skipped(&context.ui);
    let jobs = found.jobs;
    let path = args.receipts_path(context)?;
    let receipts = Receipts::open(&path)?;
    let status = args
        .status_file
        .as_deref()
        .map(StatusFile::new)
        .transpose()?;
    let files: Vec<String> = jobs.iter().map(absolute).collect();
    // Everything that comes through standard input has the same name.
    let with_names = jobs
        .iter()
        .zip(&files)
        .filter(|(job, _)| job.input.is_some());
    let known: HashSet<String> = with_names.map(|(_, file)| file.clone()).collect();
    let history = History::load(&path, &known)?;
    if args.not_older.is_some() && history.is_ahead_of(context.unix_time()) {
        let text = "This computer's clock is behind the last receipt, so nothing can be called new";
        return Err(CommandError::other(text).hinting("Set the clock, and look at it: date"));
    }
    let DrillKey {
        name,
        fingerprint,
        identities,
        signer,
    } = args.key.load(context)?;
    let max_work_factor = args.key.limit.max_work_factor;
    let keys = DecryptionKeys::new(
        identities,
        paths::called(&jobs),
        (max_work_factor, args.limits.limits()),
        context,
    );
    let checker = Checker {
        witnesses: witnesses(max_work_factor, context),
        people: from
            .as_ref()
            .map_or_else(People::default, |_| People::load(context)),
        from,
        engine: Engine::new(0),
        keys: &keys,
    };
    keys.prepare(&jobs);
    keys.confine_before_work(context);
    let preferred = context.preferences()?;
    let (concurrency, _) = args.threads.share(jobs.len(), preferred);
    let copies = chosen((&jobs, &files), args, &checker, concurrency, context)?;
    refuse_command_for_several(consumer.as_ref(), &copies)?;
    let (concurrency, threads) = args.threads.share(copies.len(), preferred);
    let tried: Vec<Job> = copies.iter().map(|copy| copy.job.clone()).collect();
    let total = paths::total_bytes(&tried);
    let progress = batch::progress("trying", copies.len(), total, &context.ui);
    let checker = Checker {
        engine: Engine::new(threads).with_progress(progress.counter()),
        ..checker
    };
    let run = Run {
        consumer,
        live,
        checker: &checker,
        args,
        context,
        key: name,
        fingerprint,
        signer,
        receipts,
        history,
        all: copies.len(),
        tally: Mutex::default(),
    };
    let places: Vec<usize> = (0..copies.len()).collect();
    let written = batch::run(
        &places,
        concurrency.working,
        &context.ui,
        |place| {
            let job = copies[*place].job;
            progress.file(&job.name());
            let checked = run.read(job);
            progress.file_done();
            Ok(checked)
        },
        |place, checked| {
            let copy = &copies[*place];
            let taken = run.take(*place, copy, checked);
            taken.or_else(|error| run.fail(error.about(copy.job.name())))
        },
    );
    progress.finish();
    written?;
    run.judge_the_rest(&copies)?;
    run.report_without_copy(&copies)?;
    run.conclude(status.as_ref())
}

/// Returns the copies to try.
fn chosen<'a>(
    (jobs, files): (&'a [Job], &[String]),
    args: &DrillArgs,
    checker: &Checker<'_>,
    concurrency: Concurrency,
    context: &Context,
) -> Result<Vec<Copy<'a>>> {
    let places: Vec<usize> = (0..jobs.len()).collect();
    let wants_oldest = args.sample == Some(Sample::Oldest);
    let mut dates: Vec<Option<Made>> = vec![None; jobs.len()];
    if wants_oldest || args.not_older.is_some() {
        let looked = Mutex::new(&mut dates);
        batch::run(
            &places,
            concurrency.working,
            &context.ui,
            |place| Ok(checker.made(&jobs[*place])),
            |place, made| {
                looked.lock().unwrap_or_else(PoisonError::into_inner)[*place] = made;
                Ok(())
            },
        )?;
    }
    let time = |place: &usize| dates[*place].map(|made| made.time);
    let newest = args
        .not_older
        .and_then(|_| places.iter().copied().max_by_key(|place| time(place)));
    let mut places = sample::keep(args.sample, places, time)?;
    if let Some(newest) = newest
        && let Err(at) = places.binary_search(&newest)
    {
        places.insert(at, newest);
    }
    let copy = |place: usize| Copy {
        job: &jobs[place],
        file: files[place].clone(),
        is_newest: newest == Some(place),
    };
    Ok(places.into_iter().map(copy).collect())
}

/// Returns the path of a copy for receipts, which outlive the current folder.
fn absolute(job: &Job) -> String {
    let path = job.input.as_deref().map(absolute_path);
    path.unwrap_or_else(|| job.name()).as_raw().to_owned()
}

fn absolute_path(path: &Path) -> Untrusted {
    let absolute = std::path::absolute(path);
    Untrusted::from(absolute.as_deref().unwrap_or(path))
}

/// Refuses a command if it would get the contents of several copies, or of one that cannot be read
/// twice.
fn refuse_command_for_several(consumer: Option<&Consumer>, copies: &[Copy<'_>]) -> Result<()> {
    match (consumer, copies) {
        (None, _) => Ok(()),
        (Some(_), [only]) if only.job.input.is_some() => Ok(()),
        (Some(_), [_]) => {
            let text = "Standard input cannot be read twice, so it cannot be passed to a command";
            Err(usage(text, Some("Save the copy in a file first")))
        }
        (Some(_), _) => {
            let text = "A command takes the contents of one copy";
            let hint = "Name one, or let chance choose: --sample 1";
            Err(usage(text, Some(hint)))
        }
    }
}

impl Run<'_> {
    fn tally(&self) -> std::sync::MutexGuard<'_, Tally> {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads a copy to its end.
    fn read(&self, job: &Job) -> Checked {
        let Some(live) = &self.live else {
            return self.checker.check(job, None::<io::Sink>);
        };
        let below = match (&job.found, &job.input) {
            (Some(found), _) => found.below(),
            (None, Some(path)) => Path::new(path.file_name().unwrap_or_default()),
            (None, None) => Path::new("-"),
        };
        let compared = live.compare(self.checker, (job, below));
        compared.unwrap_or_else(Checked::failed)
    }

    /// Passes the contents of a proved copy to the command.
    fn pass_on(&self, copy: &Copy<'_>, proof: Proof) -> Result<Proof> {
        if let Some(consumer) = &self.consumer {
            pass_on(self.checker, (copy.job, &proof), consumer, &self.context.ui)?;
        }
        Ok(proof)
    }

    /// Reports files of which there is no copy, if all copies of a folder were compared with them.
    fn report_without_copy(&self, copies: &[Copy<'_>]) -> Result<()> {
        let Some(live) = &self.live else {
            return Ok(());
        };
        let is_folder = |copy: &Copy<'_>| {
            let path = copy.job.input.as_deref();
            path.and_then(Path::file_name)
                .is_some_and(|name| folder_name(name).is_some())
        };
        let is_all = self.args.sample.is_none() && self.args.paths.iter().any(|path| path.is_dir());
        if !is_all || copies.iter().any(is_folder) {
            return Ok(());
        }
        let missing = live.without_copy();
        if missing.count == 0 {
            return Ok(());
        }
        let text = format!(
            "{} has {} without a copy",
            live.name(),
            count_noun(missing.count, "file")
        );
        self.list("without a copy", &missing);
        let error = not_proved(NotProved::Different, text, None);
        let mut tally = self.tally();
        if tally.failed == 0 {
            tally.error = Some(error);
            return Ok(());
        }
        drop(tally);
        errors::report_error(&self.context.ui, &error);
        Ok(())
    }

    /// Names files that differ.
    fn list(&self, what: &str, names: &Names) {
        for name in &names.shown {
            self.context.ui.notice(&format_args!("{what}: {name}"));
        }
        if names.count > names.shown.len() {
            let more = names.count - names.shown.len();
            self.context.ui.notice(&format_args!("{what}: {more} more"));
        }
    }

    /// Takes the result of a copy, and judges it unless that depends on others.
    fn take(&self, place: usize, copy: &Copy<'_>, checked: Checked) -> Result<()> {
        let others = Others {
            key_fits: false,
            swapped: HashMap::new(),
        };
        let is_open = {
            let mut tally = self.tally();
            match &checked.result {
                Err(NoProof::NotOpened {
                    others: Witness::Nothing,
                }) => true,
                Ok(proof) => {
                    tally.opened += 1;
                    tally
                        .digests
                        .insert(copy.file.clone(), proof.sha256.clone());
                    self.history.moved_from(&copy.file, &proof.sha256).is_some()
                }
                Err(NoProof::EndDamaged(_)) => {
                    tally.opened += 1;
                    false
                }
                Err(_) => {
                    tally.opened += usize::from(checked.made.is_some());
                    false
                }
            }
        };
        if is_open {
            self.tally().deferred.push((place, checked));
            return Ok(());
        }
        self.report(copy, checked, &others)
    }

    /// Judges the copies that could not be judged alone.
    fn judge_the_rest(&self, copies: &[Copy<'_>]) -> Result<()> {
        let (deferred, others) = {
            let mut tally = self.tally();
            let digests = tally.digests.iter();
            let digests = digests.map(|(file, sha256)| (file.as_str(), sha256.as_str()));
            let others = Others {
                key_fits: tally.opened > 0,
                swapped: self.history.swapped(digests),
            };
            (std::mem::take(&mut tally.deferred), others)
        };
        for (place, checked) in deferred {
            let copy = &copies[place];
            if let Err(error) = self.report(copy, checked, &others) {
                self.fail(error.about(copy.job.name()))?;
            }
        }
        Ok(())
    }

    /// Keeps the receipt of a result, and prints the result.
    fn report(&self, copy: &Copy<'_>, checked: Checked, others: &Others) -> Result<()> {
        let now = self.context.unix_time();
        let proof = checked.result.as_ref().ok().cloned();
        let (size, made) = (checked.size, checked.made);
        let judged = self.judge(copy, checked, others, now);
        let judged = judged.and_then(|proof| self.pass_on(copy, proof));
        let result = match &judged {
            Ok(_) => PROVED.to_owned(),
            Err(error) => match name_of(error) {
                Some(name) => name,
                None => return judged.map(drop),
            },
        };
        let key = self.key.as_raw().to_owned();
        let mut receipt =
            Receipt::new(utc(now), copy.file.clone(), (key, self.fingerprint.clone()));
        receipt.result = result;
        receipt.sha256 = proof.as_ref().map(|proof| proof.sha256.clone());
        receipt.size = size;
        receipt.bytes = proof.as_ref().map(|proof| proof.bytes);
        receipt.made = made.map(|made| utc(made.time));
        receipt.made_by = made.map(|made| made.by);
        receipt.signed_by = proof.and_then(|proof| proof.signed_by);
        if judged.is_ok() {
            let consumer = self.consumer.as_ref();
            receipt.passed_to = consumer.map(|consumer| consumer.name().as_raw().to_owned());
            let against = self.args.against.as_deref();
            receipt.against = against.map(|path| absolute_path(path).as_raw().to_owned());
        }
        let line = receipt.clone().line(self.signer.as_ref())?;
        // What a command or plugin does that a signal has ended is no result.
        signals::give_way();
        self.receipts.append(&line)?;
        let digest = hex(&Sha256::digest(line.as_bytes()));
        self.tally().last_receipt = Some((receipt.date.clone(), digest.clone()));
        match judged {
            Ok(proof) => {
                self.note(copy, &proof, receipt, digest);
                self.tell(copy, &proof, size, now)
            }
            Err(error) => self.fail(error.about(copy.job.name())),
        }
    }

    /// Notes a proved copy.
    fn note(&self, copy: &Copy<'_>, proof: &Proof, receipt: Receipt, digest: String) {
        let mut tally = self.tally();
        tally.proved += 1;
        if let Some(made) = proof.made
            && tally
                .newest
                .as_ref()
                .is_none_or(|(_, newest)| newest.time < made.time)
        {
            tally.newest = Some((copy.job.name().to_string(), made));
        }
        tally.last_proved = Some(status_file::Proved {
            date: receipt.date,
            key: receipt.key,
            file: receipt.file,
            made: receipt.made,
            receipt: digest,
        });
    }

    /// Prints a proved copy.
    fn tell(&self, copy: &Copy<'_>, proof: &Proof, size: Option<u64>, now: u64) -> Result<()> {
        let key = &self.key;
        if self.context.ui.is_json() {
            return Ok(self.context.ui.json(&ProvedJson {
                file: copy.job.name().as_raw(),
                bytes: proof.bytes,
                size,
                sha256: &proof.sha256,
                made: proof.made.map(|made| utc(made.time)),
                made_by: proof.made.map(|made| made.by),
                key: key.as_raw(),
                fingerprint: self.fingerprint.as_deref(),
                signed_by: proof.signed_by.as_deref(),
            })?);
        }
        let made = match proof.made {
            Some(made) => format!(", {}", made.told(now)),
            None => String::new(),
        };
        let signed = match &proof.signed_by {
            Some(name) => format!(", signed by {name}"),
            None => String::new(),
        };
        Ok(self.context.ui.result(&format!(
            "{}: proved with {key} ({} of contents{made}{signed})",
            copy.job.name(),
            human_bytes(proof.bytes)
        ))?)
    }

    /// Counts a copy that is not proved, and prints why, unless that is the result of the run.
    fn fail(&self, error: CommandError) -> Result<()> {
        let mut tally = self.tally();
        tally.failed += 1;
        if self.all == 1 {
            tally.error = Some(error);
            return Ok(());
        }
        drop(tally);
        match errors::report_error(&self.context.ui, &error) {
            Some(_) => Ok(()),
            // The reader of our output went away.
            None => Err(error),
        }
    }

    /// Says whether a copy is proved.
    fn judge(&self, copy: &Copy<'_>, checked: Checked, others: &Others, now: u64) -> Result<Proof> {
        let (file, key) = (copy.file.as_str(), &self.key);
        let size = checked.size.unwrap_or(u64::MAX);
        let differences = checked.differences;
        let proof = match checked.result {
            Ok(proof) => proof,
            Err(NoProof::Failed(error)) => return Err(error),
            Err(NoProof::EndDamaged(error)) => {
                return Err(match self.history.longer(file, size, checked.made) {
                    Some(past) => truncated(format!(
                        "it is cut off: it was longer when it was proved on {}",
                        day(&past.date)
                    )),
                    None => error,
                });
            }
            Err(NoProof::NotOpened { others: seen }) => {
                let tried = self.fingerprint.as_deref().unwrap_or(key.as_raw());
                return Err(match (seen, self.history.opened(file, size, tried)) {
                    (Witness::Modified(error), _) => error,
                    (Witness::Intact, _) => missing(key, "another of your keys opens it"),
                    (Witness::Nothing, Some(past)) => not_proved(
                        NotProved::DamagedHeader,
                        format!(
                            "it has a damaged header, because {key} opened it on {}",
                            day(&past.date)
                        ),
                        None,
                    ),
                    (Witness::Nothing, None) if others.key_fits => {
                        missing(key, "other copies open with it")
                    }
                    (Witness::Nothing, None) => not_proved(
                        NotProved::WrongKey,
                        format!("it does not open with {key}"),
                        Some("Choose the key that it was encrypted to: --identity NAME"),
                    ),
                });
            }
        };
        if let Some(other) = others.swapped.get(file) {
            let other = Untrusted::new(other.as_str());
            let text = format!("it has the contents that were proved as {other} before");
            return Err(not_proved(NotProved::Swapped, text, None));
        }
        if let Some(past) = self.history.newer(file, &proof) {
            let text = format!(
                "it is older than the copy that was proved under this name on {}",
                day(&past.date)
            );
            let hint = "Somebody or something put an old copy in its place";
            return Err(not_proved(NotProved::Stale, text, Some(hint)));
        }
        if let Some(limit) = self.args.not_older.filter(|_| copy.is_newest)
            && let Some(error) = too_old(proof.made, limit, now)
        {
            return Err(error);
        }
        match (differences.filter(|found| !found.is_none()), &self.live) {
            (Some(found), Some(live)) => {
                self.list("other contents", &found.different);
                self.list("missing in the copy", &found.missing);
                self.list("only in the copy", &found.extra);
                self.list("other mode", &found.modes);
                self.list("other symlink", &found.links);
                let text = found.told(&live.name());
                Err(not_proved(NotProved::Different, text, None))
            }
            _ => Ok(proof),
        }
    }

    /// Says how it ended, in the status file too.
    fn conclude(self, status: Option<&StatusFile>) -> Result<()> {
        let tally = self
            .tally
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        let ui = &self.context.ui;
        let key = self.key;
        if let Some(status) = status
            && let Some((date, receipt)) = tally.last_receipt
        {
            let drill = status_file::Drill {
                date,
                key: key.as_raw().to_owned(),
                fingerprint: self.fingerprint,
                proved: tally.proved,
                failed: tally.failed,
                receipt,
            };
            status
                .update(
                    |status| {
                        status.drill = Some(drill.clone());
                        if let Some(proved) = &tally.last_proved {
                            status.proved = Some(proved.clone());
                        }
                    },
                    ui,
                )
                .map_err(|error| {
                    error.hinting("The receipts are complete; only the status file was not written")
                })?;
        }
        if self.all > 1 && !ui.is_json() {
            ui.result(&format!(
                "Proved {} of {} copies with {key}",
                tally.proved, self.all
            ))?;
        }
        if self.args.not_older.is_some()
            && tally.failed > 0
            && let Some((name, made)) = tally.newest
        {
            let now = self.context.unix_time();
            ui.notice(&format_args!(
                "The newest copy that was proved is {name}, {}",
                made.told(now)
            ));
        }
        match (tally.failed, tally.error) {
            (_, Some(error)) => Err(error),
            (0, None) => Ok(()),
            (failed, None) => {
                let all = self.all;
                Err(Failure::Some { failed, all }.into())
            }
        }
    }
}

/// Returns the day of a time as written in receipts. Anything may be written there.
fn day(date: &str) -> Untrusted {
    Untrusted::new(date.get(..10).unwrap_or(date))
}

fn not_proved(why: NotProved, text: String, hint: Option<&str>) -> CommandError {
    let hint = hint.map(str::to_owned);
    Failure::NotProved { why, text, hint }.into()
}

fn missing(key: &Untrusted, because: &str) -> CommandError {
    let name = key.as_argument();
    let hint = format!("Give it access: bulla share {{file}} --to {name}");
    let text = format!("it is not encrypted to {key}, although {because}");
    not_proved(NotProved::MissingReader, text, Some(&hint))
}

/// Returns why the newest copy is not new enough, if it is not.
fn too_old(made: Option<Made>, limit: Duration, now: u64) -> Option<CommandError> {
    let limit_told = humantime::format_duration(limit);
    let text = match made {
        None => "it does not say when it was made".to_owned(),
        Some(made) if made.is_ahead(now) => format!(
            "it was made {}, so this computer's clock or the one that it was made by is wrong",
            ago(made.time, now)
        ),
        Some(made) if now.saturating_sub(made.time) > limit.as_secs() => format!(
            "it is the newest copy, but was {}, which is longer than {limit_told}",
            made.told(now)
        ),
        Some(_) => return None,
    };
    Some(not_proved(NotProved::Stale, text, None))
}
