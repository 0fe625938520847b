//! What the strict reader accepts is written and read again.

use std::io::{self, Read};

use bulla_archive::entry::{Entry, EntryKind};
use bulla_archive::read::Reader;
use bulla_archive::write::{Ending, Source, TarWriter};

/// More contents than this are read, but not kept.
const MOST: usize = 1 << 20;

type All = Vec<(Entry, Vec<u8>)>;

/// Reads all entries with their stored contents; `None` if the archive is refused.
fn read(archive: impl Read) -> Option<All> {
    let mut reader = Reader::new(archive);
    let mut all = Vec::new();
    while let Some(entry) = reader.next_entry().ok()? {
        let mut contents = Vec::new();
        let mut buffer = [0; 4096];
        loop {
            match reader.read_contents(&mut buffer).ok()? {
                0 => break,
                read => contents.extend_from_slice(&buffer[..read]),
            }
        }
        all.push((entry, contents));
    }
    Some(all)
}

/// Entries that were read, to be written again.
struct Again<'a> {
    all: &'a [(Entry, Vec<u8>)],
    next: usize,
}

impl Source for Again<'_> {
    fn next_entry(&mut self) -> io::Result<Option<Entry>> {
        let entry = self.all.get(self.next).map(|(entry, _)| entry.clone());
        self.next += 1;
        Ok(entry)
    }

    fn fill(&mut self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        let (entry, contents) = &self.all[self.next - 1];
        let EntryKind::File { parts, .. } = &entry.kind else {
            return Err(io::ErrorKind::InvalidData.into());
        };
        let mut stored = 0;
        for part in parts {
            if (part.offset..part.offset + part.len).contains(&offset) {
                let start = usize::try_from(stored + offset - part.offset).unwrap();
                buffer.copy_from_slice(&contents[start..start + buffer.len()]);
                return Ok(());
            }
            stored += part.len;
        }
        Err(io::ErrorKind::InvalidData.into())
    }
}

/// What the writer does not write: the root of the archive, and names of attributes that are no
/// text.
fn is_writable(all: &All) -> bool {
    all.iter().all(|(entry, contents)| {
        let is_text = |(name, _): &(Vec<u8>, Vec<u8>)| {
            std::str::from_utf8(name).is_ok_and(|name| !name.contains('='))
        };
        !entry.path.is_empty() && entry.attributes.iter().all(is_text) && contents.len() <= MOST
    })
}

/// Reads an archive. If it is accepted, it must come back the same. Returns whether it was compared.
pub(crate) fn comes_back(archive: &[u8]) -> bool {
    let Some(all) = read(archive) else {
        return false;
    };
    if !is_writable(&all) {
        return false;
    }
    let again = TarWriter::new(Again { all: &all, next: 0 }, Ending::Bare);
    assert_eq!(read(again).as_ref(), Some(&all));
    true
}
