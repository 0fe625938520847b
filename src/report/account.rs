//! What a file that was opened says of who closed it and of who can open it (formats.md, section 2).
//!
//! Owns that judgement and its words, the same for `who`, `decrypt` and `verify`. It trusts no list: what is called
//! proved was made again here. It prints nothing, and opens nothing.

use crate::report::author::{Author, Covers};
use crate::report::changes::{Changed, PassedOn, counted};
use crate::report::header_source::Whence;
use crate::report::people::{People, Somebody};
use crate::report::readers::{Places, Seen};
use crate::ui::Ui;
use bulla_age::keys::Identity;
use bulla_age::protocol::{Opened, Sender};

/// Who closed a file and who can open it, as far as that can be known.
pub(crate) struct Account {
    pub(super) author: Author,
    pub(super) passed_on: Option<PassedOn>,
    pub(super) changes: Vec<Changed>,
    /// Whether the last statement is about the stanzas that are there; none where there is no statement.
    pub(super) recorded: Option<bool>,
    pub(super) for_another_card: bool,
    pub(super) places: Places,
    pub(super) header: Whence,
}

/// A line of an account.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Line {
    /// What is so, under a heading.
    Row(&'static str, String),
    /// What must not be overlooked.
    Loud(String),
}

/// Says it on standard error, after the work.
pub(crate) fn tell(lines: &[Line], ui: &Ui) {
    for line in lines {
        match line {
            Line::Row(heading, text) => ui.status(&row(heading, text)),
            Line::Loud(text) => ui.warning(text),
        }
    }
}

/// A row, as it is shown.
pub(crate) fn row(heading: &str, text: &str) -> String {
    format!("{heading:<9}{text}")
}

impl Account {
    /// Of a file that one of `identities` opened by this header, and whose signatures and contents were found right.
    pub(crate) fn new(
        (opened, header): (&Opened, Whence),
        sender: Option<&Sender>,
        identities: &[&dyn Identity],
        people: &People,
    ) -> Self {
        let open: Vec<&dyn Identity> = identities
            .iter()
            .copied()
            .filter(|identity| crate::report::readers::is_open(*identity))
            .collect();
        let keys = people.with(&open);
        let places = Places::of((opened, sender), &keys, identities);
        Self {
            author: Author::of((sender, header), &places.all, people),
            passed_on: sender.and_then(|sender| PassedOn::of(sender, &places.own, &keys, people)),
            changes: sender
                .map(|sender| crate::report::changes::all(sender, &keys, people))
                .unwrap_or_default(),
            recorded: sender
                .filter(|sender| !sender.is_newer())
                .map(Sender::is_recorded),
            for_another_card: sender.is_some_and(|sender| {
                crate::report::changes::is_for_another_card(sender, &places.own)
            }),
            places,
            header,
        }
    }

    /// What a reader sees.
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
        rows.extend(self.places.opened_by.as_ref().map(|by| {
            (
                "",
                format!("one of them opened by your {by}, which does not say which"),
            )
        }));
        let rows = rows
            .into_iter()
            .map(|(heading, text)| Line::Row(heading, text));
        rows.chain(self.loud().into_iter().map(Line::Loud))
            .collect()
    }

    /// Whether the author signed the contents.
    pub(crate) fn covers_contents(&self) -> bool {
        matches!(
            self.author,
            Author::Signed {
                covers: Covers::Contents,
                ..
            }
        )
    }

    /// Every stanza: its type, whose it is, and how sure that is.
    pub(crate) fn each(&self) -> Vec<[String; 3]> {
        let each = self.places.all.iter().map(|place| {
            let whose = place
                .seen
                .whose()
                .map_or_else(|| "?".to_owned(), Somebody::in_list);
            [
                place.kind.to_string(),
                whose,
                place.seen.explained().to_owned(),
            ]
        });
        each.collect()
    }

    /// Whom it is for: oneself first, its author last, each once; and how many nobody here can name.
    fn names(&self) -> Vec<String> {
        let author = match &self.author {
            Author::Signed { by, .. } => by.known.as_ref().and_then(Somebody::name),
            _ => None,
        };
        let mut people: Vec<&Somebody> = self
            .places
            .all
            .iter()
            .filter_map(|place| place.seen.whose())
            .collect();
        people.sort_by_key(|somebody| {
            (
                !somebody.is_own(),
                author.is_some() && somebody.name() == author,
            )
        });
        let mut names: Vec<String> = Vec::new();
        for name in people.into_iter().map(Somebody::in_list) {
            names.extend((!names.contains(&name)).then_some(name));
        }
        let unknown = self.count(|seen| matches!(seen, Seen::Listed(None)));
        let (one, several) = (
            "key that is not in your keyring",
            "keys that are not in your keyring",
        );
        names.extend(counted(unknown, one, several));
        let hidden = self.count(|seen| matches!(seen, Seen::Hidden));
        names.extend(counted(hidden, "key without a name", "keys without a name"));
        names
    }

    /// How many keys there are, and of how many it is known whose they are.
    fn keys(&self) -> String {
        let all = self.places.all.len();
        let proved = self.count(|seen| matches!(seen, Seen::Proved(_)));
        let mut text = format!("{proved} of {all} proved");
        if proved == all {
            return text
                + match self.header {
                    Whence::File => "; nobody else is in this file's header",
                    Whence::Apart => {
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
            Author::Silent => text + "; this file carries no list",
            Author::Newer => text + "; its list is for a newer version",
            _ => text,
        }
    }

    pub(super) fn count(&self, is: impl Fn(&Seen) -> bool) -> usize {
        self.places
            .all
            .iter()
            .filter(|place| is(&place.seen))
            .count()
    }

    /// What must not be overlooked.
    pub(super) fn loud(&self) -> Vec<String> {
        let all = self.places.all.len();
        let of_all = |count: usize, belongs: &str| {
            let s = if count == 1 { "s" } else { "" };
            (count > 0).then(|| format!("{count} of {all} keys belong{s} to {belongs}"))
        };
        let unaccounted = self.count(|seen| matches!(seen, Seen::Unaccounted(_)));
        let hidden = self.count(|seen| matches!(seen, Seen::Hidden));
        let mut loud: Vec<String> = Vec::new();
        loud.extend(of_all(unaccounted, "nobody who is listed"));
        loud.extend(of_all(hidden, "somebody who is not named"));
        if self.recorded == Some(false) {
            loud.push("who can open it was changed without a record".to_owned());
        }
        if self.for_another_card {
            loud.push("signed to somebody else's card that carries your key".to_owned());
        }
        for somebody in self
            .places
            .all
            .iter()
            .filter_map(|place| place.seen.whose())
        {
            let text = format!(
                "{} opens it: whoever has that key can read it",
                somebody.key()
            );
            loud.extend((somebody.is_doubtful() && !loud.contains(&text)).then_some(text));
        }
        loud
    }
}

#[cfg(test)]
mod tests;
