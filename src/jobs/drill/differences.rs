//! How the contents of a copy differ from the files of a folder.

use std::path::Path;

use crate::report::contacts::count_noun;
use bulla_age::untrusted::Untrusted;

/// How many names are kept of each kind of difference.
const SHOWN: usize = 20;

/// How a copy differs.
#[derive(Debug, Default)]
pub(crate) struct Differences {
    /// Files whose contents differ.
    pub(crate) different: Names,
    /// Files of the folder that are not in the copy.
    pub(crate) missing: Names,
    /// Files of the copy that are not in the folder.
    pub(crate) extra: Names,
    /// Files and folders with other permissions.
    pub(crate) modes: Names,
    /// Symlinks that are only in one of them, or lead elsewhere.
    pub(crate) links: Names,
}

/// Some names, and how many there are.
#[derive(Debug, Default)]
pub(crate) struct Names {
    pub(crate) count: usize,
    pub(crate) shown: Vec<Untrusted>,
}

impl Names {
    pub(super) fn add(&mut self, path: &Path) {
        self.count += 1;
        if self.shown.len() < SHOWN {
            self.shown.push(Untrusted::from(path));
        }
    }
}

impl Differences {
    /// Returns whether nothing differs.
    pub(crate) fn is_none(&self) -> bool {
        let all = [
            &self.different,
            &self.missing,
            &self.extra,
            &self.modes,
            &self.links,
        ];
        all.iter().all(|names| names.count == 0)
    }

    /// Adds a file of the copy.
    pub(super) fn note(&mut self, path: &Path, is_found: bool, is_same: bool) {
        if !is_found {
            self.extra.add(path);
        } else if !is_same {
            self.different.add(path);
        }
    }

    /// Says how many files differ, and in which way.
    pub(crate) fn told(&self, root: &Untrusted) -> String {
        let parts = [
            (&self.different, "file", " with other contents"),
            (&self.missing, "file", " missing in the copy"),
            (&self.extra, "file", " only in the copy"),
            (&self.modes, "other mode", ""),
            (&self.links, "other symlink", ""),
        ];
        let parts: Vec<String> = parts
            .into_iter()
            .filter(|(names, ..)| names.count > 0)
            .map(|(names, noun, what)| format!("{}{what}", count_noun(names.count, noun)))
            .collect();
        format!("it differs from {root}: {}", parts.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_difference_is_counted_and_some_are_named() {
        let mut differences = Differences::default();
        assert!(differences.is_none());
        differences.missing.add(Path::new("a"));
        for number in 0..100 {
            differences.different.add(Path::new(&number.to_string()));
        }
        assert!(!differences.is_none());
        assert_eq!(
            differences.told(&Untrusted::new("/srv")),
            "it differs from /srv: 100 files with other contents, 1 file missing in the copy"
        );
        assert_eq!(differences.different.shown.len(), SHOWN);
    }
}
