//! Changes since a file was encrypted: who was added and removed, and by whom.

use crate::report::authorship::{FileSigner, day, moment};
use crate::report::people::{People, PersonKey};
use bulla_age::RecipientId;
use bulla_age::sender::{ListEntry, Listing, Sender, Statement};

/// A recorded change of the readers.
pub(crate) struct ReaderChange {
    /// Whether the record begins with it, so that earlier readers are unknown.
    is_first: bool,
    pub(crate) by: Option<FileSigner>,
    pub(crate) time: u64,
    /// Names, and the number of readers without one.
    pub(crate) added: Vec<String>,
    pub(crate) dropped: Vec<String>,
}

/// The reader got the file from someone other than its author.
pub(crate) struct PassedOn {
    text: String,
}

/// Returns all recorded changes, in order.
pub(crate) fn all(sender: &Sender, keys: &[PersonKey], people: &People) -> Vec<ReaderChange> {
    let statements = sender.statements();
    let before = std::iter::once(None).chain(statements.iter().map(Some));
    let changed = statements
        .iter()
        .zip(before)
        .filter(|(statement, _)| !statement.is_origin);
    let one = |(statement, before): (&Statement, Option<&Statement>)| {
        let entries = before.map_or(&[][..], |before| &before.entries);
        ReaderChange {
            is_first: before.is_none(),
            by: FileSigner::from_statement(statement, people),
            time: statement.time,
            added: names(&beyond(&statement.entries, entries), keys),
            dropped: names(&beyond(entries, &statement.entries), keys),
        }
    };
    changed.map(one).collect()
}

/// Returns the entries of the first list that are not in the second.
fn beyond(entries: &[ListEntry], others: &[ListEntry]) -> Vec<ListEntry> {
    let hidden = |entries: &[ListEntry]| -> usize {
        let hidden = entries
            .iter()
            .filter(|entry| entry.listing == Listing::Hidden);
        hidden.map(|entry| usize::from(entry.count)).sum()
    };
    let is_named = |entry: &&ListEntry| entry.listing != Listing::Hidden;
    let is_new = |entry: &&ListEntry| !others.iter().any(|other| other.listing == entry.listing);
    let mut beyond: Vec<ListEntry> = entries
        .iter()
        .filter(is_named)
        .filter(is_new)
        .copied()
        .collect();
    let more = hidden(entries).saturating_sub(hidden(others));
    beyond.extend(std::iter::repeat_n(
        ListEntry {
            listing: Listing::Hidden,
            count: 1,
        },
        more,
    ));
    beyond
}

/// Returns the names in a list, each once, and the number of unknown keys.
pub(crate) fn names(entries: &[ListEntry], keys: &[PersonKey]) -> Vec<String> {
    let (mut names, mut unknown, mut hidden) = (Vec::<String>::new(), 0_usize, 0_usize);
    for entry in entries {
        match entry.listing {
            Listing::Hidden => hidden += usize::from(entry.count),
            Listing::Provable(rid) | Listing::Named(rid) => {
                match keys.iter().find(|key| key.rid() == rid) {
                    None => unknown += 1,
                    Some(key) => {
                        let name = key.whose.in_list();
                        names.extend((!names.contains(&name)).then_some(name));
                    }
                }
            }
        }
    }
    names.extend(counted(
        unknown,
        "person you do not know",
        "people you do not know",
    ));
    names.extend(counted(hidden, "hidden recipient", "hidden recipients"));
    names
}

/// Returns a count with its noun; `None` for zero.
pub(crate) fn counted(count: usize, one: &str, several: &str) -> Option<String> {
    match count {
        0 => None,
        1 => Some(format!("1 {one}")),
        _ => Some(format!("{count} {several}")),
    }
}

impl ReaderChange {
    /// Returns its row.
    pub(crate) fn text(&self) -> String {
        let by = self
            .by
            .as_ref()
            .map_or_else(|| "someone (unsigned)".to_owned(), FileSigner::called);
        if self.is_first {
            return format!(
                "{}, recorded by {by}: lists {}",
                moment(self.time),
                self.added.join(", ")
            );
        }
        let let_in = (!self.added.is_empty()).then(|| format!("added {}", self.added.join(", ")));
        let out =
            (!self.dropped.is_empty()).then(|| format!("removed {}", self.dropped.join(", ")));
        let what: Vec<String> = let_in.into_iter().chain(out).collect();
        let what = if what.is_empty() {
            "no readers added or removed".to_owned()
        } else {
            what.join("; ")
        };
        // The signer vouches for the new list. Who made the change before it was signed, a file
        // cannot tell.
        format!("{}, recorded by {by}: {what}", moment(self.time))
    }
}

impl PassedOn {
    /// Returns this if none of the user's keys is in the author's list. `own` are those in the
    /// header.
    pub(crate) fn new(
        sender: &Sender,
        own: &[PersonKey],
        keys: &[PersonKey],
        people: &People,
    ) -> Option<Self> {
        let origin = sender.origin().filter(|_| !own.is_empty())?;
        let mine: Vec<RecipientId> = own.iter().map(PersonKey::rid).collect();
        let all_mine: Vec<RecipientId> = keys
            .iter()
            .filter(|key| key.whose.is_own())
            .map(PersonKey::rid)
            .collect();
        if has(origin, &all_mine) || (sender.statements().len() == 1 && sender.is_recorded()) {
            return None;
        }
        let by = sender
            .statements()
            .iter()
            .find(|statement| has(statement, &mine));
        let has_hidden = origin
            .entries
            .iter()
            .any(|entry| entry.listing == Listing::Hidden);
        if by.is_none() && has_hidden {
            // One of the readers without a name may be the user.
            return None;
        }
        let passed = match by {
            Some(statement) => {
                let on = day(statement.time);
                match FileSigner::from_statement(statement, people) {
                    Some(by) => {
                        let by = by.at_start();
                        format!("{by} listed you on {on}")
                    }
                    None => format!("An unsigned record has listed you since {on}"),
                }
            }
            None => "You were added later, without a record".to_owned(),
        };
        let whom = names(&origin.entries, keys).join(", ");
        // If the contents are not signed, they may come from the person who passed it on.
        let wrote = if origin.content.is_some() {
            "wrote"
        } else {
            "encrypted"
        };
        let text = match FileSigner::from_statement(origin, people) {
            Some(by) => format!("{} {wrote} this for {whom}. {passed}", by.at_start()),
            None => format!("An unsigned record names {whom} as its first readers. {passed}"),
        };
        Some(Self { text })
    }

    /// Returns its line.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }
}

fn has(statement: &Statement, rids: &[RecipientId]) -> bool {
    statement.entries.iter().any(|entry| match entry.listing {
        Listing::Hidden => false,
        Listing::Provable(rid) | Listing::Named(rid) => rids.contains(&rid),
    })
}

/// Returns whether the author's list gives another signing key for one of the user's keys.
pub(crate) fn is_for_another_card(sender: &Sender, own: &[PersonKey]) -> bool {
    let Some(origin) = sender.origin() else {
        return false;
    };
    let other = |key: &PersonKey| {
        let rid = key.rid();
        let mut place = 0;
        for entry in &origin.entries {
            match entry.listing {
                Listing::Provable(of) | Listing::Named(of) if of == rid => {
                    let is_mine = |id| sender.addresses_at(place, id);
                    let mine: Vec<bool> = key.addressees.iter().filter_map(is_mine).collect();
                    return (!mine.is_empty()).then(|| !mine.contains(&true));
                }
                _ => place += usize::from(entry.count),
            }
        }
        None
    };
    own.iter().filter_map(other).any(|is_another| is_another)
}
