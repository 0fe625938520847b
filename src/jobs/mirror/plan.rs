//! Puts what a walk finds beside what was noted about it earlier. Both come in the order of the
//! paths, so nothing has to be searched or held.

use std::cmp::Ordering;
use std::iter::Peekable;

use crate::files::{Error, FoundFile, Step};
use crate::jobs::mirror::note::Note;

/// One thing to do, or to say.
#[derive(Debug)]
pub(crate) enum Item {
    /// A file, and what was noted about it.
    File(FoundFile, Option<Note>),
    /// A file was noted, but is not in the tree any more.
    Gone(Note),
    /// Something that is no file and no folder.
    Other(Step),
    /// A folder that cannot be read.
    Unreadable(Option<Error>),
}

/// The items of a run.
pub(crate) struct Plan<S: Iterator, N: Iterator> {
    steps: Peekable<S>,
    notes: Peekable<N>,
    /// Whether the steps are only a part of the tree, so that nothing is known to be gone.
    is_part: bool,
}

impl<S: Iterator<Item = Step>, N: Iterator<Item = Note>> Plan<S, N> {
    pub(crate) fn new(steps: S, notes: N, is_part: bool) -> Self {
        Self {
            steps: steps.peekable(),
            notes: notes.peekable(),
            is_part,
        }
    }
}

impl<S: Iterator<Item = Step>, N: Iterator<Item = Note>> Iterator for Plan<S, N> {
    type Item = Item;

    fn next(&mut self) -> Option<Item> {
        loop {
            let order = match (self.steps.peek(), self.notes.peek()) {
                (None, None) => return None,
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some(step), Some(note)) => step.below().cmp(&note.path),
            };
            if order.is_gt() {
                let note = self.notes.next()?;
                if self.is_part {
                    continue;
                }
                return Some(Item::Gone(note));
            }
            return Some(match self.steps.next()? {
                Step::File(file) => {
                    let note = if order.is_eq() {
                        self.notes.next()
                    } else {
                        None
                    };
                    Item::File(file, note)
                }
                Step::Unreadable { error, .. } => Item::Unreadable(Some(error)),
                other @ Step::Other { .. } => Item::Other(other),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::{FileMark, TreeWalk};
    use std::fs;
    use std::path::Path;

    fn note(path: &str) -> Note {
        Note {
            path: path.into(),
            digest: None,
            readers: None,
            mark: FileMark {
                inode: 1,
                len: 1,
                changed: (0, 0),
            },
        }
    }

    fn told(root: &Path, notes: &[&str], is_part: bool) -> Vec<String> {
        let notes = notes.iter().map(|path| note(path));
        let plan = Plan::new(TreeWalk::begin(root).unwrap(), notes, is_part);
        plan.map(|item| match item {
            Item::File(file, Some(note)) => {
                assert_eq!(file.below(), note.path);
                format!("noted {}", note.path.display())
            }
            Item::File(file, None) => format!("new {}", file.below().display()),
            Item::Gone(note) => format!("gone {}", note.path.display()),
            Item::Other(step) => format!("other {}", step.below().display()),
            Item::Unreadable(_) => "unreadable".to_owned(),
        })
        .collect()
    }

    #[test]
    fn files_meet_their_notes_and_what_has_no_file_is_gone() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::create_dir_all(at("a/b")).unwrap();
        for name in ["a/b/x", "a.txt", "c"] {
            fs::write(at(name), b"").unwrap();
        }
        std::os::unix::fs::symlink("c", at("b")).unwrap();
        let notes = ["a/a", "a/b/x", "a/b/y", "b", "c", "d"];
        let expected = [
            "gone a/a",
            "noted a/b/x",
            "gone a/b/y",
            "new a.txt",
            "other b",
            "gone b",
            "noted c",
            "gone d",
        ];
        assert_eq!(told(dir.path(), &notes, false), expected);
        let part: Vec<&str> = expected
            .into_iter()
            .filter(|item| !item.starts_with("gone"))
            .collect();
        assert_eq!(told(dir.path(), &notes, true), part);
    }
}
