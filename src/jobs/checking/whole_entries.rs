//! Which entries of an archive are whole, although parts of the archive are missing.

use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::ops::Range;

use bulla_age::untrusted::Untrusted;
use bulla_archive::catalogue::{Catalogue, CatalogueEntry, CatalogueKind, tree_order};
use bulla_archive::entry::{Entry, EntryKind};
use bulla_archive::read::{ReadError, Reader, Refusal};

/// The most damaged entries that are named, and the most lost ones.
const MOST_NAMED: usize = 100_000;

/// The most parts of the tree that are remembered, for hard links to what is in them.
const MOST_PARTS: usize = 50_000;

/// The entries of an archive with holes.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Entries {
    /// How many have all their bytes.
    pub(crate) whole: u64,
    /// Those that lack some.
    pub(crate) damaged: Named,
    /// Those of which nothing is left.
    pub(crate) lost: Named,
    /// Whether these are all entries of the archive.
    pub(crate) are_all: bool,
}

/// Some entries, of which the first are named by their paths in the archive.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) count: u64,
    pub(crate) first: Vec<Untrusted>,
}

impl Named {
    fn add(&mut self, path: Untrusted) {
        self.count += 1;
        if self.first.len() < MOST_NAMED {
            self.first.push(path);
        }
    }
}

/// Parts of the tree that are not whole, in order: the first and the last path of each.
#[derive(Default)]
struct Parts {
    parts: Vec<(Vec<u8>, Vec<u8>)>,
    /// Whether the entry before is in the last part.
    goes_on: bool,
    /// Whether there were too many parts.
    is_full: bool,
}

impl Parts {
    fn add(&mut self, path: Vec<u8>) {
        let count = self.parts.len();
        match self.parts.last_mut() {
            Some(last) if self.goes_on => last.1 = path,
            _ if count == MOST_PARTS => self.is_full = true,
            _ => self.parts.push((path.clone(), path)),
        }
        self.goes_on = true;
    }

    fn contains(&self, path: &[u8]) -> bool {
        let next = self
            .parts
            .partition_point(|(_, last)| tree_order(last, path).is_lt());
        let first = self.parts.get(next).map(|(first, _)| first);
        self.is_full || first.is_some_and(|first| tree_order(first, path).is_le())
    }
}

/// Compares the catalogue of a tar file with the holes in it, which are in order. `each` is called
/// with the path of each whole entry: its header is where the catalogue says, and it and what
/// follows up to the next entry are there. A hard link is whole if the file is.
///
/// # Errors
/// The tar file cannot be read. What is wrong with the catalogue only ends it.
pub(crate) fn by_catalogue<R: Read + Seek>(
    mut catalogue: Catalogue<R>,
    mut tar: impl Read + Seek,
    holes: &[Range<u64>],
    mut each: impl FnMut(&Untrusted),
) -> io::Result<Entries> {
    let end = catalogue.tar_len();
    let mut found = Entries::default();
    let mut parts = Parts::default();
    let mut add = |entry: CatalogueEntry, end: u64| -> io::Result<()> {
        let path = Untrusted::from_bytes(&entry.path);
        let range = entry.offset..end;
        let is_linked = match &entry.kind {
            CatalogueKind::HardLink { target } => !parts.contains(target),
            _ => true,
        };
        if is_linked && missing(holes, &range) == 0 && is_at_its_place(&mut tar, &entry)? {
            parts.goes_on = false;
            found.whole += 1;
            each(&path);
            return Ok(());
        }
        parts.add(entry.path);
        if missing(holes, &range) == range.end - range.start {
            found.lost.add(path);
        } else {
            found.damaged.add(path);
        }
        Ok(())
    };
    // An entry ends where the next one begins.
    let mut before: Option<CatalogueEntry> = None;
    for entry in catalogue.entries() {
        // The rest of the catalogue is missing.
        let Ok(entry) = entry else { return Ok(found) };
        let offset = entry.offset;
        if let Some(before) = before.replace(entry) {
            add(before, offset)?;
        }
    }
    if let Some(last) = before {
        add(last, end)?;
    }
    found.are_all = true;
    Ok(found)
}

/// Returns how many bytes of a part are in holes.
fn missing(holes: &[Range<u64>], part: &Range<u64>) -> u64 {
    let next = holes.partition_point(|hole| hole.end <= part.start);
    let inside = holes[next..]
        .iter()
        .take_while(|hole| hole.start < part.end);
    inside
        .map(|hole| hole.end.min(part.end) - hole.start.max(part.start))
        .sum()
}

/// Returns whether the headers of an entry are where the catalogue says, and say the same.
fn is_at_its_place(mut tar: impl Read + Seek, expected: &CatalogueEntry) -> io::Result<bool> {
    match tar.seek(SeekFrom::Start(expected.offset)) {
        Ok(_) => {}
        // No file is that long.
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => return Ok(false),
        Err(error) => return Err(error),
    }
    let mut reader = Reader::at_entry(BufReader::with_capacity(2048, tar));
    let entry = reader.next_entry().ok().flatten();
    Ok(entry.is_some_and(|entry| CatalogueEntry::new(&entry, expected.offset) == *expected))
}

/// Reads the headers of a tar file without a catalogue up to the first hole in it, which `tar` ends
/// with. What comes after it is not known: a file in an archive can have headers in it too.
///
/// Returns `None` if it does not begin with an entry.
pub(crate) fn by_headers(tar: impl Read, mut each: impl FnMut(&Untrusted)) -> Option<Entries> {
    let mut reader = Reader::new(BufReader::new(tar));
    let mut found = Entries::default();
    loop {
        let entry = match reader.next_entry() {
            Ok(Some(entry)) => entry,
            Ok(None) => break found.are_all = true,
            // The catalogue that follows the end is damaged.
            Err(ReadError::Refused(refused)) if refused.reason == Refusal::AfterEnd => {
                break found.are_all = true;
            }
            Err(_) => break,
        };
        let path = Untrusted::from_bytes(&entry.path);
        if !has_contents(&mut reader, &entry) {
            found.damaged.add(path);
            break;
        }
        found.whole += 1;
        each(&path);
    }
    Some(found).filter(|found| found.whole + found.damaged.count > 0)
}

/// Reads the contents of an entry. Returns whether they are there to their end.
fn has_contents<R: Read>(reader: &mut Reader<R>, entry: &Entry) -> bool {
    let mut left: u64 = match &entry.kind {
        EntryKind::File { parts, .. } => parts.iter().map(|part| part.len).sum(),
        _ => 0,
    };
    let mut buffer = [0; 16 << 10];
    while left > 0 {
        match reader.read_contents(&mut buffer) {
            Ok(read) if read > 0 => left = left.saturating_sub(read as u64),
            _ => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use bulla_archive::catalogue::CatalogueWriter;
    use bulla_archive::entry::Timestamp;
    use std::io::Cursor;

    #[test]
    fn what_is_no_archive_has_no_entries() {
        for bytes in [&b""[..], b"text", &[0; 4096]] {
            assert_eq!(by_headers(bytes, |_| {}), None);
        }
    }

    #[test]
    fn the_missing_bytes_of_a_part_are_counted() {
        let holes = [2..4, 10..20, 30..31];
        for (part, count) in [(0..2, 0), (0..3, 1), (3..11, 2), (12..14, 2), (0..40, 13)] {
            assert_eq!(missing(&holes, &part), count, "{part:?}");
        }
    }

    /// The author of a catalogue can write any offset into it.
    #[test]
    fn entries_further_than_any_file_is_long_are_damaged() {
        let far = [1 << 40, 1 << 62, 1 << 63, u64::MAX - 1];
        let mut writer = CatalogueWriter::default();
        for (number, offset) in far.iter().enumerate() {
            let entry = CatalogueEntry {
                path: vec![b'a' + number as u8],
                kind: CatalogueKind::Folder,
                mode: 0o755,
                modified: Timestamp::default(),
                uid: 0,
                gid: 0,
                offset: *offset,
            };
            writer.push(&entry).unwrap();
        }
        let catalogue = writer.finish(u64::MAX).unwrap();
        let catalogue = Catalogue::open(Cursor::new(catalogue)).unwrap().unwrap();
        let tar = tempfile::tempfile().unwrap();
        let found = by_catalogue(catalogue, &tar, &[], |_| {}).unwrap();
        assert_eq!((found.whole, found.damaged.count), (0, 4));
        assert!(found.are_all);
    }

    #[test]
    fn links_to_what_is_in_a_damaged_part_of_the_tree_are_damaged() {
        let mut parts = Parts::default();
        for path in ["a/b", "a/c", "", "d", "", "d/x"] {
            if path.is_empty() {
                parts.goes_on = false;
            } else {
                parts.add(path.into());
            }
        }
        for (path, is_in) in [
            ("a", false),
            ("a/b", true),
            ("a/bb", true),
            ("a/c/d", false),
            ("a.x", false),
            ("d", true),
            ("d/w", false),
            ("d/x", true),
        ] {
            assert_eq!(parts.contains(path.as_bytes()), is_in, "{path}");
        }
    }
}
