//! What an opened file says about its sender and readers (formats.md, section 2).
//!
//! This judgement and its words are shared by `who`, `decrypt` and `verify`. No list is trusted: a
//! reader is called proved only if the stanza was made again here.

use crate::report::authorship::{Authorship, Coverage};
use crate::report::changes::{PassedOn, ReaderChange, counted};
use crate::report::header_source::HeaderSource;
use crate::report::people::{People, Person};
use crate::report::readers::{ReaderList, ReaderStatus};
use crate::ui::{Ui, capitalized};
use bulla_age::UnlockedFile;
use bulla_age::key_file::KeyFileIdentity;
use bulla_age::sender::Sender;

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

/// Prints the lines on standard error, after the work.
pub(crate) fn print(lines: &[Line], ui: &Ui) {
    for line in lines {
        match line {
            Line::Row(heading, text) => ui.status(&row(heading, text)),
            Line::Warning(text) => ui.warning(&capitalized(text)),
        }
    }
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
        let keys = people.with(&open);
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
        let names = self.names();
        rows.extend((!names.is_empty()).then(|| ("For", names.join(", "))));
        rows.push(("Keys", self.keys()));
        rows.extend(self.readers.opened_by.as_ref().map(|by| {
            (
                "",
                format!("one of them was opened by your {by}; it does not say which one"),
            )
        }));
        let rows = rows
            .into_iter()
            .map(|(heading, text)| Line::Row(heading, text));
        rows.chain(self.warnings().into_iter().map(Line::Warning))
            .collect()
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

    /// Returns the readers' names, the user first and the author last, and the number of unknown
    /// ones.
    fn names(&self) -> Vec<String> {
        let author = match &self.author {
            Authorship::Signed { by, .. } => by.known.as_ref().and_then(Person::name),
            _ => None,
        };
        let mut people: Vec<&Person> = self
            .readers
            .all
            .iter()
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
        let unknown = self.count(|seen| matches!(seen, ReaderStatus::Listed(None)));
        let (one, several) = ("person you do not know", "people you do not know");
        names.extend(counted(unknown, one, several));
        let hidden = self.count(|seen| matches!(seen, ReaderStatus::Hidden));
        names.extend(counted(hidden, "hidden recipient", "hidden recipients"));
        names
    }

    /// Returns the number of keys and how many are proved.
    fn keys(&self) -> String {
        let all = self.readers.all.len();
        let proved = self.count(|seen| matches!(seen, ReaderStatus::Proved(_)));
        let mut text = format!("{proved} of {all} proved");
        if proved == all {
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

    /// Something that must not be overlooked.
    pub(super) fn warnings(&self) -> Vec<String> {
        let all = self.readers.all.len();
        let of_all = |count: usize, one: &str, several: &str| {
            let are = if count == 1 { one } else { several };
            (count > 0).then(|| format!("{count} of {all} keys {are}"))
        };
        let unaccounted = self.count(|seen| matches!(seen, ReaderStatus::Unaccounted(_)));
        let hidden = self.count(|seen| matches!(seen, ReaderStatus::Hidden));
        let mut warnings: Vec<String> = Vec::new();
        warnings.extend(of_all(
            unaccounted,
            "is not on the reader list",
            "are not on the reader list",
        ));
        warnings.extend(of_all(
            hidden,
            "belongs to a hidden recipient",
            "belong to hidden recipients",
        ));
        if self.recorded == Some(false) {
            warnings.push("the readers were changed without a record".to_owned());
        }
        if self.for_another_card {
            warnings
                .push("it was signed for someone else's card that contains your key".to_owned());
        }
        for somebody in self
            .readers
            .all
            .iter()
            .filter_map(|place| place.status.whose())
        {
            let text = format!("anyone with {} can read it", somebody.key());
            warnings.extend((somebody.is_doubtful() && !warnings.contains(&text)).then_some(text));
        }
        warnings
    }
}

#[cfg(test)]
#[path = "../../tests/unit/report.rs"]
mod tests;
