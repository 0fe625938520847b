//! What an opened file says about its sender and readers (formats.md, section 2).
//!
//! This judgement and its words are shared by `who`, `decrypt` and `verify`. No list is trusted: a
//! reader is called proved only if the stanza was made again here.

use crate::report::authorship::{Authorship, Coverage};
use crate::report::changes::{PassedOn, ReaderChange, counted};
use crate::report::header_source::HeaderSource;
use crate::report::people::{People, Person};
use crate::report::readers::{ReaderList, ReaderStatus};
use crate::ui::{Ui, Warning, WarningKind, capitalized};
use bulla_age::UnlockedFile;
use bulla_age::key_file::KeyFileIdentity;
use bulla_age::sender::Sender;
use bulla_age::untrusted::Untrusted;

/// Who encrypted a file and who can open it, as far as known.
pub(crate) struct FileReport {
    pub(super) author: Authorship,
    pub(super) passed_on: Option<PassedOn>,
    pub(super) changes: Vec<ReaderChange>,
    /// Whether the last statement matches the stanzas; `None` if there is no statement.
    pub(super) recorded: Option<bool>,
    pub(super) for_another_card: bool,
    pub(super) readers: ReaderList,
    pub(super) header: HeaderSource,
}

/// A line of a report.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Line {
    /// A fact under a heading.
    Row(&'static str, String),
    /// Something that must not be overlooked.
    Warning(String),
}

/// Prints the lines on standard error, because they are a part of what was asked for.
pub(crate) fn print(lines: &[Line], ui: &Ui) {
    for line in lines {
        match line {
            Line::Row(heading, text) => ui.notice(&row(heading, text)),
            Line::Warning(text) => ui.warning_for_people(&capitalized(text)),
        }
    }
}

/// Prints only the warnings, for a run whose results are JSON.
pub(crate) fn print_warnings(lines: &[Line], ui: &Ui) {
    for line in lines {
        if let Line::Warning(text) = line {
            ui.warning_for_people(&capitalized(text));
        }
    }
}

/// What is said about the sender and the readers of a file that was decrypted.
pub(crate) struct Note {
    /// The sender in one line, with and without the time.
    brief: [String; 2],
    /// That it came from somebody other than its author.
    passed_on: Option<String>,
    lines: Vec<Line>,
}

impl Note {
    /// Returns what there is to say: nothing about a file without statements that is written to a
    /// file, because it could say nothing but that.
    pub(crate) fn new(account: Option<&FileReport>, is_read_here: bool) -> Option<Self> {
        match account {
            Some(account) if account.recorded.is_some() || account.is_newer() || is_read_here => {
                Some(Self {
                    brief: [true, false].map(|with_time| account.author.in_brief(with_time)),
                    passed_on: account
                        .passed_on
                        .as_ref()
                        .map(|passed_on| passed_on.text().to_owned()),
                    lines: account.lines(),
                })
            }
            None if is_read_here => Some(Self {
                brief: [true, false].map(|_| "from anyone who knows the passphrase".to_owned()),
                passed_on: None,
                lines: lines_for_passphrase(),
            }),
            _ => None,
        }
    }

    /// Returns the words that follow the name of a file that was written.
    pub(crate) fn after_name(&self, is_batch: bool) -> String {
        format!(", {}", self.brief[usize::from(is_batch)])
    }

    /// Prints it beside a text that goes to standard output. Such a text may imitate any line of
    /// ours, so this comes before it if possible, and nothing of ours comes after it.
    pub(crate) fn print_with_text(&self, ui: &Ui) {
        let [brief, _] = &self.brief;
        ui.status(&format_args!("bulla: {}", capitalized(brief)));
        if let Some(passed_on) = &self.passed_on {
            ui.status(&format_args!("bulla: {passed_on}"));
        }
        self.print_lines(None, ui);
    }

    /// Prints the sender in one line.
    pub(crate) fn print_brief(&self, ui: &Ui) {
        ui.status(&capitalized(&self.brief[0]));
    }

    /// Prints the warnings, and with `--verbose` everything. Of several files, each warning names
    /// its file.
    pub(crate) fn print_rest(&self, file: Option<&Untrusted>, ui: &Ui) {
        if let Some(passed_on) = self.passed_on.as_ref().filter(|_| !ui.is_verbose()) {
            match file {
                Some(file) => ui.status(&format_args!("{file}: {passed_on}")),
                None => ui.status(passed_on),
            }
        }
        self.print_lines(file, ui);
    }

    /// Prints only the warnings, for a run whose results are JSON.
    pub(crate) fn print_warnings(&self, ui: &Ui) {
        print_warnings(&self.lines, ui);
    }

    fn print_lines(&self, file: Option<&Untrusted>, ui: &Ui) {
        for line in &self.lines {
            match (line, file) {
                (Line::Row(heading, text), _) => ui.detail(&row(heading, text)),
                (Line::Warning(text), Some(file)) => {
                    ui.warning_for_people(&format_args!("{file}: {text}"));
                }
                (Line::Warning(text), None) => ui.warning_for_people(&capitalized(text)),
            }
        }
    }
}

/// Returns the lines for a file that is encrypted with a passphrase.
pub(crate) fn lines_for_passphrase() -> Vec<Line> {
    vec![
        Line::Row("From", "anyone who knows the passphrase".to_owned()),
        Line::Row("Keys", "none (encrypted with a passphrase)".to_owned()),
    ]
}

/// Formats a row.
pub(crate) fn row(heading: &str, text: &str) -> String {
    format!("{heading:<9}{text}")
}

impl FileReport {
    /// Reports on a header that one of `identities` opened and whose signatures are valid.
    pub(crate) fn new(
        (opened, header): (&UnlockedFile, HeaderSource),
        sender: Option<&Sender>,
        identities: &[&dyn KeyFileIdentity],
        people: &People,
    ) -> Self {
        let open: Vec<&dyn KeyFileIdentity> = identities
            .iter()
            .copied()
            .filter(|identity| crate::report::readers::is_open(*identity))
            .collect();
        let keys = people.with(&open, opened);
        let readers = ReaderList::new((opened, sender), &keys, identities);
        Self {
            author: Authorship::new((sender, header), &readers.all, people),
            passed_on: sender.and_then(|sender| PassedOn::new(sender, &readers.own, &keys, people)),
            changes: sender
                .map(|sender| crate::report::changes::all(sender, &keys, people))
                .unwrap_or_default(),
            recorded: sender
                .filter(|sender| !sender.is_newer())
                .map(Sender::is_recorded),
            for_another_card: sender.is_some_and(|sender| {
                crate::report::changes::is_for_another_card(sender, &readers.own)
            }),
            readers,
            header,
        }
    }

    /// Returns the lines to print.
    pub(crate) fn lines(&self) -> Vec<Line> {
        let mut rows = self.author.rows();
        rows.extend(
            self.passed_on
                .as_ref()
                .map(|passed_on| ("", passed_on.text().to_owned())),
        );
        rows.extend(
            self.changes
                .iter()
                .map(|changed| ("Changed", changed.text())),
        );
        rows.extend(self.for_whom());
        rows.push(("Keys", self.keys()));
        rows.extend(self.readers.opened_by.as_ref().map(|by| {
            (
                "",
                format!("your {by} opened one of them, but does not say which"),
            )
        }));
        let rows = rows
            .into_iter()
            .map(|(heading, text)| Line::Row(heading, text));
        let warnings = self.warnings().into_iter();
        rows.chain(warnings.map(|warning| Line::Warning(warning.message)))
            .collect()
    }

    fn is_newer(&self) -> bool {
        matches!(self.author, Authorship::Newer)
    }

    /// Returns whether the author signed the contents.
    pub(crate) fn covers_contents(&self) -> bool {
        matches!(
            self.author,
            Authorship::Signed {
                covers: Coverage::Contents,
                ..
            }
        )
    }

    /// Returns type, owner and certainty of every stanza.
    pub(crate) fn each(&self) -> Vec<[String; 3]> {
        let each = self.readers.all.iter().map(|place| {
            let whose = place
                .status
                .whose()
                .map_or_else(|| "?".to_owned(), Person::in_list);
            [
                place.kind.to_string(),
                whose,
                place.status.explained().to_owned(),
            ]
        });
        each.collect()
    }

    /// Returns the rows about the readers: those whose keys are known to be in the file, and then
    /// those that are only claimed.
    fn for_whom(&self) -> Vec<(&'static str, String)> {
        let known =
            self.names(|seen| matches!(seen, ReaderStatus::Proved(_) | ReaderStatus::Opened(_)));
        let mut listed = self.names(|seen| matches!(seen, ReaderStatus::Listed(_)));
        let unknown = self.count(|seen| matches!(seen, ReaderStatus::Listed(None)));
        let (one, several) = ("person you do not know", "people you do not know");
        listed.extend(counted(unknown, one, several));
        let hidden = self.count(|seen| matches!(seen, ReaderStatus::Hidden));
        listed.extend(counted(hidden, "hidden recipient", "hidden recipients"));
        let mut rows = Vec::new();
        if !known.is_empty() {
            rows.push(("For", known.join(", ")));
        }
        if !listed.is_empty() {
            let heading = if known.is_empty() { "For" } else { "" };
            rows.push((heading, format!("as listed: {}", listed.join(", "))));
        }
        rows
    }

    /// Returns the names of these readers, the user first and the author last.
    fn names(&self, wanted: impl Fn(&ReaderStatus) -> bool) -> Vec<String> {
        let author = match &self.author {
            Authorship::Signed { by, .. } => by.known.as_ref().and_then(Person::name),
            _ => None,
        };
        let mut people: Vec<&Person> = self
            .readers
            .all
            .iter()
            .filter(|place| wanted(&place.status))
            .filter_map(|place| place.status.whose())
            .collect();
        people.sort_by_key(|somebody| {
            (
                !somebody.is_own(),
                author.is_some() && somebody.name() == author,
            )
        });
        let mut names: Vec<String> = Vec::new();
        for name in people.into_iter().map(Person::in_list) {
            names.extend((!names.contains(&name)).then_some(name));
        }
        names
    }

    /// Returns the number of keys and how many are proved.
    fn keys(&self) -> String {
        let all = self.readers.all.len();
        let proved = self.count(|seen| matches!(seen, ReaderStatus::Proved(_)));
        let mut text = format!("{proved} of {all} proved");
        if proved == all && !matches!(self.author, Authorship::Newer) {
            return text
                + match self.header {
                    HeaderSource::File => "; there are no other readers",
                    HeaderSource::Detached => {
                        "; the detached header has no other readers, but the file's own header \
                         may have"
                    }
                };
        }
        for (class, words) in [
            ("opened", "opened by you"),
            ("listed", "listed"),
            ("hidden", "hidden"),
            ("unaccounted", "unaccounted for"),
            ("unlisted", "not listed"),
        ] {
            match self.count(|seen| seen.class() == class) {
                0 => {}
                count => text += &format!(", {count} {words}"),
            }
        }
        match self.author {
            Authorship::Silent => text + "; this file has no reader list",
            Authorship::Newer => text + "; its reader list needs a newer version of bulla",
            _ => text,
        }
    }

    pub(super) fn count(&self, is: impl Fn(&ReaderStatus) -> bool) -> usize {
        self.readers
            .all
            .iter()
            .filter(|place| is(&place.status))
            .count()
    }

    /// Returns the signs that the readers were changed without a record.
    pub(super) fn unaccounted(&self) -> Vec<String> {
        let kinds = [WarningKind::UnlistedKeys, WarningKind::UnrecordedChange];
        let warnings = self.warnings().into_iter();
        warnings
            .filter(|warning| kinds.contains(&warning.kind))
            .map(|warning| warning.message)
            .collect()
    }

    /// Something that must not be overlooked.
    pub(super) fn warnings(&self) -> Vec<Warning> {
        let all = self.readers.all.len();
        let mut warnings: Vec<Warning> = Vec::new();
        let mut add = |kind, message: String| warnings.push(Warning { kind, message });
        let of_all = |count: usize, one: &str, several: &str| {
            let are = if count == 1 { one } else { several };
            (count > 0).then(|| format!("{count} of {all} keys {are}"))
        };
        let unaccounted = self.count(|seen| matches!(seen, ReaderStatus::Unaccounted(_)));
        let hidden = self.count(|seen| matches!(seen, ReaderStatus::Hidden));
        if let Some(text) = of_all(
            unaccounted,
            "is not on the reader list",
            "are not on the reader list",
        ) {
            add(WarningKind::UnlistedKeys, text);
        }
        if let Some(text) = of_all(
            hidden,
            "belongs to a hidden recipient",
            "belong to hidden recipients",
        ) {
            add(WarningKind::HiddenRecipients, text);
        }
        if self.recorded == Some(false) {
            let text = "the readers were changed without a record";
            add(WarningKind::UnrecordedChange, text.to_owned());
        }
        if self.for_another_card {
            let text = "it was signed for someone else's card that contains your key";
            add(WarningKind::OtherCard, text.to_owned());
        }
        let readers = self.readers.all.iter();
        let mut doubtful: Vec<String> = Vec::new();
        for somebody in readers.filter_map(|place| place.status.whose()) {
            let text = format!("anyone with {} can read it", somebody.key());
            if somebody.is_doubtful() && !doubtful.contains(&text) {
                doubtful.push(text);
            }
        }
        for text in doubtful {
            add(WarningKind::DoubtfulKey, text);
        }
        warnings
    }
}

#[cfg(test)]
#[path = "../../tests/unit/report.rs"]
mod tests;
