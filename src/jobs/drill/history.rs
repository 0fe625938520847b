//! What earlier receipts say about the copies of a drill.
//!
//! A receipt can only make a drill stricter: nothing is proved because of one.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use crate::errors::Result;
use crate::jobs::drill::check::Proof;
use crate::jobs::drill::made::{Made, MadeBy, SLACK, parse_utc};
use crate::jobs::drill::receipts;
use crate::jobs::drill::receipts::Line;

/// A copy that was proved before.
#[derive(Clone, Debug)]
pub(crate) struct Past {
    /// The day and time of the receipt.
    pub(crate) date: String,
    sha256: String,
    size: u64,
    made: Option<Made>,
    /// The fingerprint of the key, or else its name.
    key: String,
}

/// The proved copies of the files of a run.
#[derive(Debug, Default)]
pub(crate) struct History {
    /// By absolute path, oldest first.
    past: HashMap<String, Vec<Past>>,
    /// The latest time of a receipt about any file.
    latest: u64,
}

impl History {
    /// Reads what is known about these files.
    pub(crate) fn load(path: &Path, files: &HashSet<String>) -> Result<Self> {
        let mut history = Self::default();
        receipts::read(path, |line| {
            let Line::Receipt(receipt, _) = line else {
                return Ok(());
            };
            let date = parse_utc(&receipt.date).unwrap_or(0);
            history.latest = history.latest.max(date);
            let proved = receipt.is_proved() && files.contains(&receipt.file);
            if let (true, Some(sha256), Some(size)) = (proved, receipt.sha256, receipt.size) {
                let made = receipt.made.as_deref().and_then(parse_utc);
                let made = made
                    .zip(receipt.made_by)
                    .map(|(time, by)| Made { time, by });
                history.past.entry(receipt.file).or_default().push(Past {
                    date: receipt.date,
                    sha256,
                    size,
                    made,
                    key: receipt.fingerprint.unwrap_or(receipt.key),
                });
            }
            Ok(())
        })?;
        Ok(history)
    }

    /// Returns whether the clock is behind one that wrote a receipt.
    pub(crate) fn is_ahead_of(&self, now: u64) -> bool {
        self.latest > now.saturating_add(SLACK)
    }

    fn last(&self, file: &str) -> Option<&Past> {
        self.past.get(file)?.last()
    }

    /// Returns the receipt that shows that a copy was longer: of the same file, by the date in its
    /// header.
    pub(crate) fn longer(&self, file: &str, size: u64, made: Option<Made>) -> Option<&Past> {
        self.last(file)
            .filter(|past| past.size > size && past.made.is_some() && past.made == made)
    }

    /// Returns the receipt that shows that a key, by its fingerprint or else its name, opened a copy of
    /// the same length.
    pub(crate) fn opened(&self, file: &str, size: u64, key: &str) -> Option<&Past> {
        self.last(file)
            .filter(|past| past.size == size && past.key == key)
    }

    /// Returns the receipt that shows that a newer copy was proved under this name.
    pub(crate) fn newer(&self, file: &str, proof: &Proof) -> Option<&Past> {
        let past = self.past.get(file)?;
        let last = past.last().filter(|last| last.sha256 != proof.sha256)?;
        let is_back = past.iter().any(|past| past.sha256 == proof.sha256);
        let stated = |made: Option<Made>| made.filter(|made| made.by == MadeBy::Statement);
        let is_older = stated(proof.made)
            .zip(stated(last.made))
            .is_some_and(|(now, then)| now.time < then.time);
        (is_back || is_older).then_some(last)
    }

    /// Returns the other file of the run as which a digest was proved last, unless it is that of the
    /// file itself.
    pub(crate) fn moved_from(&self, file: &str, sha256: &str) -> Option<&str> {
        if self.last(file).is_some_and(|past| past.sha256 == sha256) {
            return None;
        }
        let mut others = self.past.iter().filter(|(other, past)| {
            *other != file && past.last().is_some_and(|past| past.sha256 == sha256)
        });
        others.next().map(|(other, _)| other.as_str())
    }

    /// Returns the files that have changed places, each with the one in whose place it is. Files
    /// that only moved on, as in a rotation of names, leave a name behind and are not among them.
    pub(crate) fn swapped<'a>(
        &self,
        now: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> HashMap<String, String> {
        let from: HashMap<&str, &str> = now
            .into_iter()
            .filter_map(|(file, sha256)| Some((file, self.moved_from(file, sha256)?)))
            .collect();
        let is_in_circle = |start: &str| {
            let mut at = start;
            (0..from.len()).any(|_| {
                at = from.get(at).copied().unwrap_or_default();
                at == start
            })
        };
        from.iter()
            .filter(|(file, _)| is_in_circle(file))
            .map(|(file, other)| ((*file).to_owned(), (*other).to_owned()))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn history(known: &[(&str, &str, u64)]) -> History {
        let mut history = History::default();
        for (file, sha256, made) in known {
            history
                .past
                .entry((*file).to_owned())
                .or_default()
                .push(Past {
                    date: String::new(),
                    sha256: (*sha256).to_owned(),
                    size: 100,
                    made: Some(Made {
                        time: *made,
                        by: MadeBy::Statement,
                    }),
                    key: "recovery".to_owned(),
                });
        }
        history
    }

    fn proof(sha256: &str, time: u64, by: MadeBy) -> Proof {
        Proof {
            sha256: sha256.to_owned(),
            bytes: 1,
            made: Some(Made { time, by }),
            signed_by: None,
        }
    }

    #[test]
    fn a_copy_that_is_older_than_the_last_one_is_noticed() {
        let history = history(&[("db", "a", 10), ("db", "b", 20)]);
        let newer = |sha256, time, by| history.newer("db", &proof(sha256, time, by)).is_some();
        assert!(newer("a", 10, MadeBy::Statement));
        assert!(newer("z", 15, MadeBy::Statement));
        assert!(!newer("b", 20, MadeBy::Statement));
        assert!(!newer("c", 30, MadeBy::Statement));
        // A modification time proves nothing, but bytes that were there before do.
        assert!(!newer("c", 5, MadeBy::Mtime));
        assert!(newer("a", 50, MadeBy::Mtime));
        assert!(
            history
                .newer("home", &proof("a", 1, MadeBy::Statement))
                .is_none()
        );
    }

    #[test]
    fn files_in_each_others_places_are_swapped_and_rotated_ones_are_not() {
        let history = history(&[("0", "a", 30), ("1", "b", 20), ("2", "c", 10)]);
        let swapped = |now: &[(&str, &str)]| {
            let mut files: Vec<_> = history.swapped(now.iter().copied()).into_keys().collect();
            files.sort();
            files
        };
        assert!(swapped(&[("0", "a"), ("1", "b"), ("2", "c")]).is_empty());
        assert!(swapped(&[("0", "new"), ("1", "a"), ("2", "b")]).is_empty());
        assert_eq!(swapped(&[("0", "b"), ("1", "a"), ("2", "c")]), ["0", "1"]);
        assert_eq!(
            swapped(&[("0", "b"), ("1", "c"), ("2", "a")]),
            ["0", "1", "2"]
        );
        // One of them twice is not a swap: the first may just have been copied.
        assert!(swapped(&[("0", "a"), ("1", "a"), ("2", "c")]).is_empty());
    }

    #[test]
    fn a_cut_is_known_by_the_length_of_the_same_file() {
        let history = history(&[("db", "a", 10)]);
        let made = |time| {
            let by = MadeBy::Statement;
            Some(Made { time, by })
        };
        assert!(history.longer("db", 99, made(10)).is_some());
        assert!(history.longer("db", 99, made(11)).is_none());
        assert!(history.longer("db", 99, None).is_none());
        assert!(history.longer("db", 100, made(10)).is_none());
        assert!(history.opened("db", 100, "recovery").is_some());
        assert!(history.opened("db", 100, "other").is_none());
        assert!(history.opened("db", 101, "recovery").is_none());
    }
}
