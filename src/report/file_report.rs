//! What an opened file says about its sender and readers (formats.md, section 2).
//!
//! This judgement and its words are shared by `who`, `decrypt` and `verify`. No list is trusted: a
//! reader is called proved only if the stanza was made again here.

use crate::report::authorship::{Authorship, Coverage};
use crate::report::changes::{PassedOn, ReaderChange, counted};
use crate::report::header_source::HeaderSource;
use crate::report::people::{People, Person};
use crate::report::readers::{ReaderList, ReaderStatus};
use crate::ui::Ui;
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
            Line::Warning(text) => ui.warning(text),
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
                format!("one of them opened by your {by}, which does not say which"),
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
        let (one, several) = (
            "key that is not in your keyring",
            "keys that are not in your keyring",
        );
        names.extend(counted(unknown, one, several));
        let hidden = self.count(|seen| matches!(seen, ReaderStatus::Hidden));
        names.extend(counted(hidden, "key without a name", "keys without a name"));
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
                    HeaderSource::File => "; nobody else is in this file's header",
                    HeaderSource::Detached => {
                        "; nobody else is in the header that was sent apart, but the file's own may have more keys"
                    }
                };
        }
        for (class, words) in [
            ("opened", "opened by you"),
            ("listed", "listed"),
            ("hidden", "not named"),
            ("unaccounted", "unaccounted for"),
            ("unlisted", "not listed"),
        ] {
            match self.count(|seen| seen.class() == class) {
                0 => {}
                count => text += &format!(", {count} {words}"),
            }
        }
        match self.author {
            Authorship::Silent => text + "; this file carries no list",
            Authorship::Newer => text + "; its list is for a newer version",
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
        let of_all = |count: usize, belongs: &str| {
            let s = if count == 1 { "s" } else { "" };
            (count > 0).then(|| format!("{count} of {all} keys belong{s} to {belongs}"))
        };
        let unaccounted = self.count(|seen| matches!(seen, ReaderStatus::Unaccounted(_)));
        let hidden = self.count(|seen| matches!(seen, ReaderStatus::Hidden));
        let mut warnings: Vec<String> = Vec::new();
        warnings.extend(of_all(unaccounted, "nobody who is listed"));
        warnings.extend(of_all(hidden, "somebody who is not named"));
        if self.recorded == Some(false) {
            warnings.push("who can open it was changed without a record".to_owned());
        }
        if self.for_another_card {
            warnings.push("signed to somebody else's card that carries your key".to_owned());
        }
        for somebody in self
            .readers
            .all
            .iter()
            .filter_map(|place| place.status.whose())
        {
            let text = format!(
                "{} opens it: whoever has that key can read it",
                somebody.key()
            );
            warnings.extend((somebody.is_doubtful() && !warnings.contains(&text)).then_some(text));
        }
        warnings
    }
}

#[cfg(test)]
#[path = "../../tests/unit/report.rs"]
mod tests;
