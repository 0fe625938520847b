//! Recreates some of the entries of an archive.
//!
//! An archive with a catalogue is read at a few places: the catalogue says where an entry is, and
//! the tar header there must say the same. Any other archive is read from its beginning to its end.

use std::collections::{HashMap, HashSet};
use std::io::{self, BufReader, Read, Seek, SeekFrom};

use bulla_archive::catalogue::{Catalogue, CatalogueEntry, CatalogueError};
use bulla_archive::entry::{Entry, EntryKind};
use bulla_archive::frames::SeekableFrames;
use bulla_archive::read::{ReadError, Reader};

use crate::errors::{CommandError, Failure, Result};
use crate::files::NewFolder;
use crate::jobs::tar_reader::tar_reader;
use bulla_age::untrusted::Untrusted;

/// The paths in an archive that a user named.
#[derive(Debug)]
pub(crate) struct Selection {
    paths: Vec<Vec<u8>>,
    /// The same paths, and how each was found.
    found: HashMap<Vec<u8>, Found>,
    /// The paths that `list` shows as one of those, and that one: `a\b` is shown as `a\\b`.
    shown: HashMap<Vec<u8>, Vec<u8>>,
    /// A path that an entry has exactly, after one was found that is only shown so.
    ambiguous: Option<Vec<u8>>,
    /// The files that were created, for hard links to them.
    created: HashSet<Vec<u8>>,
    entries: u64,
}

/// How a path was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Found {
    Not,
    /// An entry has this path, or is below it.
    Exactly,
    /// An entry is shown so, and none had this path until then.
    AsShown,
}

impl Selection {
    /// Paths may end with a slash, and begin with "./".
    pub(crate) fn new(paths: impl IntoIterator<Item = Vec<u8>>) -> Self {
        let clean = |path: Vec<u8>| {
            let path = path.strip_prefix(b"./").unwrap_or(&path);
            let end = path.iter().rposition(|byte| *byte != b'/');
            path[..end.map_or(0, |end| end + 1)].to_vec()
        };
        let paths: Vec<Vec<u8>> = paths.into_iter().map(clean).collect();
        let displayed = |path: &Vec<u8>| {
            let text = std::str::from_utf8(path).ok()?;
            Some((Untrusted::from_displayed(text)?, path.clone()))
        };
        let not_found = |path: &Vec<u8>| (path.clone(), Found::Not);
        Self {
            found: paths.iter().map(not_found).collect(),
            shown: paths.iter().filter_map(displayed).collect(),
            ambiguous: None,
            paths,
            created: HashSet::new(),
            entries: 0,
        }
    }

    /// Returns how many entries were created.
    pub(crate) fn entries(&self) -> u64 {
        self.entries
    }

    /// Returns whether an entry of a stream is to be created. Whether one that follows has exactly a
    /// path as which this one is shown is not known yet.
    fn takes_next(&mut self, path: &[u8]) -> Result<bool> {
        let takes = self.takes(path);
        if takes && let Some(path) = &self.ambiguous {
            return Err(Failure::TwoInArchive(shown(path)).into());
        }
        Ok(self.takes_as_shown(path) || takes)
    }

    /// Returns whether an entry is one of them or below one, and notes that it was found.
    fn takes(&mut self, path: &[u8]) -> bool {
        let mut takes = false;
        for above in with_folders(path) {
            if let Some(found) = self.found.get_mut(above) {
                if *found == Found::AsShown {
                    self.ambiguous = Some(above.to_vec());
                }
                (takes, *found) = (true, Found::Exactly);
            }
        }
        takes
    }

    /// The same for an entry that is shown as one of them, or is below one that is.
    fn takes_as_shown(&mut self, path: &[u8]) -> bool {
        let mut takes = false;
        for above in with_folders(path) {
            if let Some(shown) = self.shown.get(above)
                && let Some(found) = self.found.get_mut(shown)
                && *found != Found::Exactly
            {
                (takes, *found) = (true, Found::AsShown);
            }
        }
        takes
    }

    /// Returns the error for the first path that was not found.
    fn check_found(&self) -> Result<()> {
        let is_missing = |path: &&Vec<u8>| self.found[*path] == Found::Not;
        match self.paths.iter().find(is_missing) {
            Some(path) => Err(Failure::NotInArchive(shown(path)).into()),
            None => Ok(()),
        }
    }

    fn create<R: Read>(
        &mut self,
        entry: &Entry,
        reader: &mut Reader<R>,
        folder: &mut NewFolder,
    ) -> Result<()> {
        if let EntryKind::HardLink { target } = &entry.kind
            && !self.created.contains(target)
        {
            return Err(Failure::LinkedElsewhere {
                path: shown(&entry.path),
                target: shown(target),
            }
            .into());
        }
        folder.add(entry, |buffer| {
            reader.read_contents(buffer).map_err(CommandError::from)
        })?;
        if matches!(
            entry.kind,
            EntryKind::File { .. } | EntryKind::HardLink { .. }
        ) {
            self.created.insert(entry.path.clone());
        }
        self.entries += 1;
        Ok(())
    }

    /// Reads a whole archive, perhaps compressed, and creates what was named.
    pub(crate) fn stream(&mut self, input: impl io::BufRead, folder: &mut NewFolder) -> Result<()> {
        let mut reader = tar_reader(input, 0)?;
        while let Some(entry) = reader.next_entry()? {
            if self.takes_next(&entry.path)? {
                self.create(&entry, &mut reader, folder)?;
            }
        }
        self.check_found()
    }

    /// Creates what was named from an archive with a catalogue. Returns false, and has done
    /// nothing, if it has none.
    pub(crate) fn seek(
        &mut self,
        mut input: impl Read + Seek,
        folder: &mut NewFolder,
    ) -> Result<bool> {
        if let Some(mut frames) = SeekableFrames::open(&mut input)? {
            let Some(catalogue) = frames.catalogue()? else {
                return Ok(false);
            };
            let named = self.named(catalogue)?;
            self.at(&named, frames, folder)?;
            return Ok(true);
        }
        let Some(catalogue) = Catalogue::open(&mut input)? else {
            return Ok(false);
        };
        let named = self.named(catalogue)?;
        self.at(&named, input, folder)?;
        Ok(true)
    }

    /// Returns the named entries in the order of the archive, each once.
    fn named<R: Read + Seek>(
        &mut self,
        mut catalogue: Catalogue<R>,
    ) -> Result<Vec<CatalogueEntry>> {
        let mut named: Vec<CatalogueEntry> = Vec::new();
        for path in self.paths.clone() {
            // What is below another path comes with that.
            let is_covered = |folder: &[u8]| self.found.contains_key(folder);
            if with_folders(&path).skip(1).any(is_covered) {
                continue;
            }
            for entry in catalogue.below(&path) {
                let entry = entry?;
                self.takes(&entry.path);
                named.push(entry);
            }
        }
        for (path, name) in self.shown.clone() {
            if self.found[&name] == Found::Exactly {
                continue;
            }
            for entry in catalogue.below(&path) {
                let entry = entry?;
                self.takes_as_shown(&entry.path);
                named.push(entry);
            }
        }
        self.check_found()?;
        named.sort_by_key(|entry| entry.offset);
        named.dedup_by_key(|entry| entry.offset);
        Ok(named)
    }

    fn at(
        &mut self,
        named: &[CatalogueEntry],
        mut input: impl Read + Seek,
        folder: &mut NewFolder,
    ) -> Result<()> {
        for expected in named {
            input
                .seek(SeekFrom::Start(expected.offset))
                .map_err(ReadError::Input)?;
            let mut reader = Reader::at_entry(BufReader::new(&mut input));
            let entry = reader.next_entry()?;
            let entry =
                entry.filter(|entry| CatalogueEntry::new(entry, expected.offset) == *expected);
            let entry =
                entry.ok_or(CatalogueError::Malformed("it does not fit the tar headers"))?;
            self.create(&entry, &mut reader, folder)?;
        }
        Ok(())
    }
}

/// Returns a path and the folders that it leads through, the empty one at the end.
fn with_folders(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::successors(Some(path), |path| {
        let slash = path.iter().rposition(|byte| *byte == b'/');
        (!path.is_empty()).then(|| &path[..slash.unwrap_or(0)])
    })
}

fn shown(path: &[u8]) -> Untrusted {
    use std::os::unix::ffi::OsStrExt;
    Untrusted::from(std::path::Path::new(std::ffi::OsStr::from_bytes(path)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_selects_itself_and_what_is_below_it() {
        let paths = ["./photos/sub/", "notes"].map(|path| path.as_bytes().to_vec());
        let mut selection = Selection::new(paths);
        for (path, is_taken) in [
            ("photos", false),
            ("photos/sub", true),
            ("photos/sub/deep/x", true),
            ("photos/subtle", false),
        ] {
            assert_eq!(selection.takes(path.as_bytes()), is_taken, "{path}");
        }
        assert!(selection.check_found().is_err());
        assert!(selection.takes(b"notes") && selection.check_found().is_ok());
        let mut odd = Selection::new([br"d/a\\b".to_vec(), br"d/\u{1b}".to_vec()]);
        assert!(odd.takes_next(br"d/a\b").unwrap() && odd.check_found().is_err());
        assert!(odd.takes_next(b"d/\x1b/below").unwrap() && odd.check_found().is_ok());
        assert!(!odd.takes_next(br"d/a\bc").unwrap());
        // What was created is not what was named.
        assert!(odd.takes_next(br"d/a\\b").is_err());
        let mut odd = Selection::new([br"d/a\\b".to_vec()]);
        assert!(odd.takes_next(br"d/a\\b").unwrap());
        assert!(!odd.takes_next(br"d/a\b").unwrap());
        let mut all = Selection::new([b"./".to_vec()]);
        assert!(all.takes(b"photos/sub") && all.check_found().is_ok());
    }
}
