//! What a run over files did. One file has a line of its own; several have one line for each
//! outcome, because nobody reads 300 lines that say the same.

use std::fmt::Display;
use std::sync::{Mutex, PoisonError};

use crate::report::contacts::count_noun;
use crate::ui::{Ui, WarningKind};
use bulla_age::untrusted::Untrusted;

/// The most outcomes of one kind that have a line each.
const LISTED: usize = 3;

/// What was done with a file: the words before and after its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    before: String,
    after: String,
    audience: Audience,
}

/// Who is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Audience {
    /// A person: the work was done as requested.
    People,
    /// Scripts too: this is what was asked for, or not quite what was expected.
    Everybody,
}

impl Outcome {
    /// Work that was done: `Shared`, then the file, then ` with bob`.
    pub(crate) fn done(before: impl Into<String>, after: impl Into<String>) -> Self {
        Self {
            before: before.into(),
            after: after.into(),
            audience: Audience::People,
        }
    }

    /// An answer that a script has to see too: what a rehearsal would do, what could not be done.
    pub(crate) fn answer(before: impl Into<String>, after: impl Into<String>) -> Self {
        Self {
            audience: Audience::Everybody,
            ..Self::done(before, after)
        }
    }

    fn about(&self, what: &dyn Display) -> String {
        format!("{} {what}{}", self.before, self.after)
    }

    fn print(&self, text: &dyn Display, ui: &Ui) {
        match self.audience {
            Audience::People => ui.status(text),
            Audience::Everybody => ui.notice(text),
        }
    }
}

/// Says that a file which was replaced had other names, which still lead to the old one.
pub(crate) fn warn_of_other_names(name: &Untrusted, names: u64, ui: &Ui) {
    if names > 1 {
        ui.warn(
            WarningKind::HardLinks,
            &format_args!(
                "{name} had {names} names (hard links). It is a separate file now; the other names \
                 still have the old contents"
            ),
        );
    }
}

/// The outcomes of a run.
pub(crate) struct Outcomes<'a> {
    ui: &'a Ui,
    is_batch: bool,
    counted: Mutex<Vec<(Outcome, usize)>>,
}

impl<'a> Outcomes<'a> {
    /// Begins a run over this number of files.
    pub(crate) fn new(files: usize, ui: &'a Ui) -> Self {
        Self {
            ui,
            is_batch: files > 1,
            counted: Mutex::default(),
        }
    }

    /// Returns whether the run is over several files.
    pub(crate) fn is_batch(&self) -> bool {
        self.is_batch
    }

    /// Adds what was done with a file. Prints it if the file is the only one, or with `--verbose`.
    pub(crate) fn add(&self, file: &dyn Display, outcome: Outcome) {
        if !self.is_batch {
            return outcome.print(&outcome.about(file), self.ui);
        }
        self.ui.detail(&outcome.about(file));
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        match counted.iter_mut().find(|(known, _)| *known == outcome) {
            Some((_, count)) => *count += 1,
            None => counted.push((outcome, 1)),
        }
    }

    /// Prints the sum of several files. What failed was reported in its turn.
    pub(crate) fn finish(self) {
        let counted = self
            .counted
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        for line in summary(counted) {
            line.0.print(&line.1, self.ui);
        }
    }
}

/// Returns a line for each outcome; where one kind of work had many, one line for all of them.
fn summary(counted: Vec<(Outcome, usize)>) -> Vec<(Outcome, String)> {
    let of_kind = |outcome: &Outcome| {
        let same = counted
            .iter()
            .filter(|(one, _)| one.before == outcome.before);
        (same.clone().count(), same.map(|(_, count)| count).sum())
    };
    let mut lines: Vec<(Outcome, String)> = Vec::new();
    for (outcome, count) in &counted {
        let (outcomes, all): (usize, usize) = of_kind(outcome);
        if outcomes <= LISTED {
            lines.push((outcome.clone(), outcome.about(&count_noun(*count, "file"))));
        } else if !lines
            .iter()
            .any(|(known, _)| known.before == outcome.before)
        {
            let text = format!(
                "{} {}, not all alike: -v lists them",
                outcome.before,
                count_noun(all, "file")
            );
            lines.push((outcome.clone(), text));
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(counted: &[(&str, &str, usize)]) -> Vec<String> {
        let counted = counted
            .iter()
            .map(|(before, after, count)| (Outcome::done(*before, *after), *count));
        let lines = summary(counted.collect());
        lines.into_iter().map(|(_, text)| text).collect()
    }

    #[test]
    fn files_with_the_same_outcome_have_one_line() {
        assert_eq!(lines(&[]), Vec::<String>::new());
        assert_eq!(
            lines(&[("Encrypted", " for bob and you", 300)]),
            ["Encrypted 300 files for bob and you"]
        );
        assert_eq!(
            lines(&[("Wrote", ", from alice", 1), ("Wrote", ", not signed", 2)]),
            ["Wrote 1 file, from alice", "Wrote 2 files, not signed"]
        );
    }

    #[test]
    fn many_outcomes_have_one_line_too() {
        let many = [
            ("Wrote", ", from alice", 1),
            ("Wrote", ", from bob", 2),
            ("Would share", "", 1),
            ("Wrote", ", from carol", 3),
            ("Wrote", ", from dora", 4),
        ];
        assert_eq!(
            lines(&many),
            [
                "Wrote 10 files, not all alike: -v lists them",
                "Would share 1 file"
            ]
        );
    }
}
