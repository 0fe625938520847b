//! Looks at the headers of all age files in folders: in parallel, one line after the other, and in
//! memory that does not grow with their number. The contents are not read.

mod policies;

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;

use crate::context::Context;
use crate::errors::{Result, usage};
use crate::files::{FilesBelow, FoundFile, Input, is_stdin};
use crate::jobs::batch::Slot;
use crate::jobs::decrypt_header::{DecryptionKeys, is_for_passphrase, looks_like_age_file};
use crate::jobs::mirror::ordered;
use crate::jobs::mirror::ordered::Tally;
use crate::jobs::survey::policies::{BadPolicy, Policies};
use crate::jobs::tree::{is_named_as_age_file, no_age_files};
use crate::report::changes::counted;
use crate::report::file_report::FileReport;
use crate::report::people::People;
use crate::report::policy::Policy;
use crate::report::sought::Sought;
use crate::report::survey::{Filters, Meets, SeenHeader, SurveyForm, SurveyedFile, Totals};
use crate::select::concurrency::{Concurrency, JobsOption};
use crate::select::key_files::KeyFiles;
use crate::select::options::{ActAs, HeaderOptions, IdentityOptions};
use bulla_age::untrusted::Untrusted;
use bulla_age::{AnyRecipient, DecryptError, Inspection, LastOpened, LockedFile};

/// The options for the files of folders.
#[derive(Args, Clone, Debug)]
pub(crate) struct SurveyOptions {
    /// Look at all age files in folders, one line each: only the headers, not the contents
    #[arg(short, long, conflicts_with_all = ["from", "threads"])]
    pub(crate) recursive: bool,
    /// Show only files that this contact, identity or member of a group may be able to open
    #[arg(long, value_name = "NAME", requires = "recursive")]
    can_open: Vec<String>,
    /// Show only files that are not known to be open to this contact, group or identity
    #[arg(long, value_name = "NAME", requires = "recursive")]
    not_for: Vec<String>,
    /// Show only files with a reader who is not proved, or with a warning
    #[arg(long, requires = "recursive")]
    unproved: bool,
    /// Print a table (CSV) instead of text
    #[arg(long, requires = "recursive", conflicts_with = "json")]
    csv: bool,
}

impl SurveyOptions {
    /// Returns which files are asked for, whose names must be known.
    pub(crate) fn filters(&self, context: &Context) -> Result<Filters> {
        let all = |names: &[String]| {
            let found = names.iter().map(|name| Sought::known(name, context));
            found.collect::<Result<Vec<_>>>()
        };
        Ok(Filters {
            can_open: all(&self.can_open)?,
            not_for: all(&self.not_for)?,
            unproved: self.unproved,
        })
    }

    /// Returns the form of the lines.
    pub(crate) fn form(&self, context: &Context) -> SurveyForm {
        match (self.csv, context.ui.is_json()) {
            (_, true) => SurveyForm::Json,
            (true, false) => SurveyForm::Csv,
            (false, false) => SurveyForm::Text,
        }
    }
}

/// The folders, and the keys and people that headers are looked at with.
pub(crate) struct Survey<'a> {
    paths: &'a [PathBuf],
    keys: DecryptionKeys,
    people: People,
    /// The recipients of the people and of the identities that can be tried.
    known: Vec<AnyRecipient>,
    last: LastOpened,
    at_once: JobsOption,
    context: &'a Context,
}

/// A file below a folder, and the policies that apply to it.
struct Found {
    file: FoundFile,
    policies: Vec<Arc<Policy>>,
}

impl<'a> Survey<'a> {
    /// Loads the keys and the people, asks for what has to be unlocked, and confines the process.
    pub(crate) fn new(
        paths: &'a [PathBuf],
        (identity, acting): (&IdentityOptions, &ActAs),
        limits: &HeaderOptions,
        at_once: JobsOption,
        context: &'a Context,
    ) -> Result<Self> {
        let keys = DecryptionKeys::new(
            KeyFiles::default().opening(identity, acting, context)?,
            Untrusted::new("these files"),
            (identity.limit.max_work_factor, limits.limits()),
            context,
        );
        let people = People::load(context).with_removed(context);
        people.warn_of_unreadable(context);
        let mut survey = Self {
            paths,
            keys,
            people,
            known: Vec::new(),
            last: LastOpened::default(),
            at_once,
            context,
        };
        let found = found_below(paths)?;
        if !survey.keys.are_settled() {
            let headers = found.filter_map(|file| survey.header(&file).ok().flatten());
            survey.keys.unlock_for_first(headers);
        }
        survey.known = survey.people.recipients(&survey.keys.settled());
        survey.keys.confine_before_work(context);
        Ok(survey)
    }

    /// Prints a line for each age file that is asked for, and the sums. `judge` gives the verdict
    /// on a file that was opened, or that a passphrase opens.
    pub(crate) fn print(
        &self,
        filters: &Filters,
        form: SurveyForm,
        judge: impl Fn(Option<&FileReport>) -> Result<()> + Sync,
    ) -> Result<()> {
        let ui = &self.context.ui;
        let mut totals = Totals::default();
        form.begin(ui)?;
        let found = found_below(self.paths)?.map(|file| Found {
            file,
            policies: Vec::new(),
        });
        let tally = self.each(found, |file, _| {
            if matches!(file.seen, SeenHeader::Other) {
                totals.others += 1;
                return Ok(());
            }
            totals.all += 1;
            if matches!(file.seen, SeenHeader::Closed(..)) && form != SurveyForm::Text {
                form.print(&file, ui)?;
            }
            let (account, verdict) = match file.seen {
                SeenHeader::Failed(error) | SeenHeader::Closed(_, error) => {
                    return Err(error.about(file.name));
                }
                SeenHeader::Opened(ref account, _) => (Some(&**account), judge(Some(account))),
                SeenHeader::Passphrase | SeenHeader::Other => (None, judge(None)),
            };
            match filters.meets(account) {
                Meets::Yes => {
                    totals.add(&file);
                    form.print(&file, ui)?;
                }
                Meets::Perhaps => totals.perhaps += 1,
                Meets::No => {}
            }
            verdict.map_err(|error| error.about(file.name))
        })?;
        self.sum_up(&totals, form)?;
        let all = totals.all;
        Tally { all, ..tally }.result()
    }

    fn sum_up(&self, totals: &Totals, form: SurveyForm) -> Result<()> {
        let ui = &self.context.ui;
        if totals.all == 0 {
            return Err(no_age_files(self.paths));
        }
        if form == SurveyForm::Text {
            totals.lines().iter().try_for_each(|line| ui.result(line))?;
        }
        if let Some(others) = counted(totals.others, "other file", "other files") {
            ui.status(&format_args!("Skipped {others}"));
        }
        if let Some(files) = counted(totals.perhaps, "other file", "other files") {
            ui.warning(&format_args!(
                "{files} may be open to them too: a key in it has an unknown owner, or it has a \
                 passphrase (see --unproved)"
            ));
        }
        Ok(())
    }

    /// Looks at files, and calls `with` for each in order. Errors are printed and counted.
    fn each(
        &self,
        found: impl Iterator<Item = Found> + Send,
        mut with: impl FnMut(SurveyedFile, Vec<Arc<Policy>>) -> Result<()> + Send,
    ) -> Result<Tally> {
        // Nothing waits for the disk, so there is no more begun than worked on.
        let working = self.at_once.share(usize::MAX).working;
        let concurrency = Concurrency {
            working,
            begun: working,
        };
        let work = |found: &mut Found, _slot: Slot<'_>| {
            Ok(self.look(&found.file).unwrap_or_else(SeenHeader::Failed))
        };
        ordered::run(found, concurrency, &self.context.ui, work, |found, seen| {
            let name = Untrusted::from(found.file.path().as_path());
            with(SurveyedFile { name, seen }, found.policies)
        })
    }

    /// Reads the header of a file; `None` if it is no age file. One whose name says that it is an
    /// age file must not be overlooked if it is damaged.
    fn header(&self, file: &FoundFile) -> Result<Option<LockedFile>> {
        let input = Input::open_found(file)?;
        if !is_named_as_age_file(file.below()) && !looks_like_age_file(&input)? {
            return Ok(None);
        }
        Ok(Some(self.keys.read_header(&input)?.closed))
    }

    fn look(&self, file: &FoundFile) -> Result<SeenHeader> {
        let Some(closed) = self.header(file)? else {
            return Ok(SeenHeader::Other);
        };
        if is_for_passphrase(&closed) {
            return Ok(SeenHeader::Passphrase);
        }
        let outside = Box::new(Inspection::new(&closed, None));
        let checked = match self.keys.open_in_series(closed, &self.known, &self.last) {
            Err(error @ DecryptError::NoMatch { .. }) => {
                return Ok(SeenHeader::Closed(outside, error.into()));
            }
            checked => checked?,
        };
        Ok(match self.keys.account(&checked, &self.people) {
            Some(account) => SeenHeader::Opened(Box::new(account), outside),
            None => SeenHeader::Passphrase,
        })
    }

    /// Looks at all files of folders. `with` gets each file and the policies that apply to it. A
    /// policy that cannot be read ends the run.
    pub(crate) fn judge(
        &self,
        with: impl FnMut(SurveyedFile, Vec<Arc<Policy>>) -> Result<()> + Send,
    ) -> Result<Tally> {
        let (mut policies, bad) = (Policies::new(self.context), BadPolicy::default());
        let found = found_below(self.paths)?.map_while(|file| match policies.of(&file) {
            Ok(policies) => Some(Found { file, policies }),
            Err(error) => {
                bad.note(error);
                None
            }
        });
        let tally = self.each(found, with)?;
        bad.into_result()?;
        Ok(tally)
    }
}

/// Returns the files below these folders, which must be folders.
fn found_below(paths: &[PathBuf]) -> Result<impl Iterator<Item = FoundFile> + Send> {
    let mut walks = Vec::new();
    for path in paths {
        if is_stdin(path) || !path.is_dir() {
            let name = Untrusted::from(path.as_path());
            let missing = path.symlink_metadata().is_err();
            if missing && !is_stdin(path) {
                return Err(crate::files::Error::NotFound { name }.into());
            }
            return Err(usage(&format!("{name} is not a folder"), None));
        }
        walks.push(FilesBelow::new(path)?);
    }
    Ok(walks.into_iter().flatten())
}
