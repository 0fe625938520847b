//! What is said about each of very many files: a line, as text, CSV or JSON, and the sums.

use std::collections::BTreeMap;

use crate::errors::{CommandError, Result};
use crate::report::authorship::Authorship;
use crate::report::changes::counted;
use crate::report::file_report::FileReport;
use crate::report::readers::ReaderStatus;
use crate::report::seen_json::SeenJson;
use crate::report::sought::Sought;
use crate::ui::{Align, Ui, aligned};
use bulla_age::Inspection;
use bulla_age::untrusted::Untrusted;

/// A file, seen by its header alone.
pub(crate) struct SurveyedFile {
    pub(crate) name: Untrusted,
    pub(crate) seen: SeenHeader,
}

/// What a header shows.
pub(crate) enum SeenHeader {
    /// It is no age file.
    Other,
    /// A passphrase is the only way to open it.
    Passphrase,
    /// None of the tried keys opens it.
    Closed(Box<Inspection>, CommandError),
    Opened(Box<FileReport>, Box<Inspection>),
    /// It cannot be read.
    Failed(CommandError),
}

/// Which files are shown: those that meet all conditions.
#[derive(Default)]
pub(crate) struct Filters {
    /// One of them may be able to open the file.
    pub(crate) can_open: Vec<Sought>,
    /// One of them is not known to be able to open it.
    pub(crate) not_for: Vec<Sought>,
    /// Not every reader is proved.
    pub(crate) unproved: bool,
}

/// Whether a file meets a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Meets {
    No,
    /// It may, because somebody unknown can open it.
    Perhaps,
    Yes,
}

impl Filters {
    /// Returns whether a file meets all conditions.
    pub(crate) fn meets(&self, account: Option<&FileReport>) -> Meets {
        let is_for = |sought: &Sought| {
            let mut members = sought.members().iter();
            match account {
                None => Meets::Perhaps,
                Some(account) if members.any(|member| account.may_be_open_to(member)) => Meets::Yes,
                Some(account) if account.unknown_keys() > 0 => Meets::Perhaps,
                Some(_) => Meets::No,
            }
        };
        let is_not_for = |sought: &Sought| {
            let mut members = sought.members().iter();
            let has_all =
                account.is_some_and(|account| members.all(|member| account.is_open_to(member)));
            if has_all { Meets::No } else { Meets::Yes }
        };
        let is_unproved = if self.unproved && account.is_some_and(FileReport::is_proved) {
            Meets::No
        } else {
            Meets::Yes
        };
        self.can_open
            .iter()
            .map(is_for)
            .chain(self.not_for.iter().map(is_not_for))
            .chain([is_unproved])
            .min()
            .unwrap_or(Meets::Yes)
    }
}

/// The form of the lines.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum SurveyForm {
    Text,
    Csv,
    Json,
}

/// The first line of a table.
const CSV_HEADING: &str = "file,state,from,proved,listed,unknown,post_quantum";

/// The sums over the files that were shown.
#[derive(Default)]
pub(crate) struct Totals {
    /// All age files.
    pub(crate) all: usize,
    pub(crate) shown: usize,
    /// Those that may meet the conditions.
    pub(crate) perhaps: usize,
    /// Files that are no age files.
    pub(crate) others: usize,
    with_passphrase: usize,
    with_unknown: usize,
    /// How many files each person can open: proved, and as listed.
    readers: BTreeMap<String, [usize; 2]>,
}

impl SurveyForm {
    /// Prints what stands before the lines.
    pub(crate) fn begin(self, ui: &Ui) -> Result<()> {
        if self == Self::Csv {
            ui.result(CSV_HEADING)?;
        }
        Ok(())
    }

    /// Prints the line of an age file.
    pub(crate) fn print(self, file: &SurveyedFile, ui: &Ui) -> Result<()> {
        match self {
            Self::Text => ui.result(&text(file))?,
            Self::Csv => ui.result(&csv(file))?,
            Self::Json => json(file).map_or(Ok(()), |line| ui.json(&line))?,
        }
        Ok(())
    }
}

fn text(file: &SurveyedFile) -> String {
    let what = match &file.seen {
        SeenHeader::Passphrase => "for anyone who knows the passphrase".to_owned(),
        SeenHeader::Opened(account, _) => account.in_a_line(),
        // These are errors, or not shown.
        SeenHeader::Other | SeenHeader::Closed(..) | SeenHeader::Failed(_) => String::new(),
    };
    format!("{}: {what}", file.name)
}

fn csv(file: &SurveyedFile) -> String {
    let (state, account, outside) = match &file.seen {
        SeenHeader::Opened(account, outside) => ("opened", Some(account), Some(outside)),
        SeenHeader::Closed(outside, _) => ("closed", None, Some(outside)),
        SeenHeader::Passphrase => ("passphrase", None, None),
        SeenHeader::Other | SeenHeader::Failed(_) => ("", None, None),
    };
    let names = |is: fn(&ReaderStatus) -> bool| {
        account.map_or_else(String::new, |account| account.names_where(is).join("; "))
    };
    let unknown = match (account, outside) {
        (Some(account), _) => account.unknown_keys().to_string(),
        (None, Some(outside)) => outside.recipients().count().to_string(),
        (None, None) => String::new(),
    };
    let post_quantum = outside.and_then(|outside| outside.post_quantum());
    let fields = [
        file.name.to_string(),
        state.to_owned(),
        account.map_or_else(String::new, |account| account.signer_name()),
        names(is_proved),
        names(is_listed),
        unknown,
        post_quantum.map_or_else(String::new, |is| is.to_string()),
    ];
    fields.map(|field| quoted(&field)).join(",")
}

/// Returns a field of a table. A spreadsheet takes some beginnings for formulas, so those are
/// marked as text.
fn quoted(field: &str) -> String {
    let formula = field.starts_with(['=', '+', '-', '@']);
    let mark = if formula { "'" } else { "" };
    if formula || field.contains([',', '"', ' ', ';']) {
        format!("\"{mark}{}\"", field.replace('"', "\"\""))
    } else {
        field.to_owned()
    }
}

fn json(file: &SurveyedFile) -> Option<SeenJson<'_>> {
    let name = file.name.as_raw();
    match &file.seen {
        SeenHeader::Passphrase => Some(SeenJson::passphrase(name)),
        SeenHeader::Closed(outside, _) => Some(SeenJson::closed(name, outside)),
        SeenHeader::Opened(account, _) => Some(SeenJson::opened(name, account, false)),
        SeenHeader::Other | SeenHeader::Failed(_) => None,
    }
}

fn is_proved(seen: &ReaderStatus) -> bool {
    matches!(seen, ReaderStatus::Proved(_) | ReaderStatus::Opened(_))
}

fn is_listed(seen: &ReaderStatus) -> bool {
    matches!(seen, ReaderStatus::Listed(Some(_)))
}

impl FileReport {
    /// Returns the readers, the author and what is strange, in one line.
    fn in_a_line(&self) -> String {
        let mut parts = Vec::new();
        let proved = self.names_where(is_proved);
        if !proved.is_empty() {
            parts.push(format!("for {}", proved.join(", ")));
        }
        let listed = self.names_where(is_listed);
        if !listed.is_empty() {
            parts.push(format!("as listed: {}", listed.join(", ")));
        }
        parts.extend(counted(self.unknown_keys(), "unknown key", "unknown keys"));
        parts.push(match &self.author {
            Authorship::Signed { by, .. } => format!("from {}", by.called()),
            Authorship::Silent | Authorship::Nobody { .. } => "not signed".to_owned(),
            Authorship::Unknown => "author unknown".to_owned(),
            Authorship::Newer => "made by a newer version of bulla".to_owned(),
        });
        parts.extend(self.warnings().into_iter().map(|warning| warning.message));
        parts.join("; ")
    }

    /// Returns the names of these readers, each once.
    fn names_where(&self, is: fn(&ReaderStatus) -> bool) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for reader in self.readers.all.iter().filter(|one| is(&one.status)) {
            if let Some(name) = reader.status.whose().map(|somebody| somebody.in_list())
                && !names.contains(&name)
            {
                names.push(name);
            }
        }
        names
    }

    fn signer_name(&self) -> String {
        match &self.author {
            Authorship::Signed { by, .. } => by.called(),
            _ => String::new(),
        }
    }
}

impl Totals {
    /// Counts a file that is shown.
    pub(crate) fn add(&mut self, file: &SurveyedFile) {
        self.shown += 1;
        match &file.seen {
            SeenHeader::Passphrase => self.with_passphrase += 1,
            SeenHeader::Opened(account, _) => {
                self.with_unknown += usize::from(account.unknown_keys() > 0);
                for (index, is) in [is_proved, is_listed].into_iter().enumerate() {
                    for name in account.names_where(is) {
                        self.readers.entry(name).or_default()[index] += 1;
                    }
                }
            }
            SeenHeader::Other | SeenHeader::Closed(..) | SeenHeader::Failed(_) => {}
        }
    }

    /// Returns the lines that sum everything up.
    pub(crate) fn lines(&self) -> Vec<String> {
        let files = |count: usize| counted(count, "file", "files");
        let mut lines = vec![match self.shown == self.all {
            true => counted(self.all, "age file", "age files").unwrap_or_default(),
            false => format!("{} of {} age files", self.shown, self.all),
        }];
        let mut rows: Vec<[String; 3]> = Vec::new();
        for (name, [proved, listed]) in &self.readers {
            let listed =
                files(*listed).map_or_else(String::new, |some| format!("as listed: {some}"));
            rows.push([
                format!("  {name}"),
                files(*proved).unwrap_or_default(),
                listed,
            ]);
        }
        for (what, count) in [
            ("  unknown keys", self.with_unknown),
            ("  a passphrase", self.with_passphrase),
        ] {
            let some = files(count).map(|count| [what.to_owned(), count, String::new()]);
            rows.extend(some);
        }
        lines.extend(aligned([Align::Left; 3], &rows));
        lines
    }
}
