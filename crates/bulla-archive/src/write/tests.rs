//! Tar files written from entries in memory, byte by byte.

use std::collections::VecDeque;
use std::io::{Cursor, Read};

use super::*;
use crate::catalogue::Catalogue;
use crate::entry::{Entry, EntryKind, Part, Timestamp};
use crate::padding::padme;

/// Entries, and the byte of which their files consist.
struct Memory(VecDeque<Entry>);

impl Source for Memory {
    fn next_entry(&mut self) -> std::io::Result<Option<Entry>> {
        Ok(self.0.pop_front())
    }

    fn fill(&mut self, buffer: &mut [u8], offset: u64) -> std::io::Result<()> {
        for (at, byte) in buffer.iter_mut().enumerate() {
            *byte = (offset as usize + at) as u8;
        }
        Ok(())
    }
}

fn entry(path: &str, kind: EntryKind) -> Entry {
    Entry {
        path: path.into(),
        kind,
        mode: 0o644,
        modified: Timestamp {
            seconds: 1_795_000_000,
            nanoseconds: 0,
        },
        uid: 1000,
        gid: 1000,
        attributes: Vec::new(),
    }
}

fn file(path: &str, len: u64) -> Entry {
    let parts = vec![Part { offset: 0, len }];
    entry(path, EntryKind::File { len, parts })
}

fn tar(entries: &[Entry], ending: Ending) -> Vec<u8> {
    let mut writer = TarWriter::new(Memory(entries.to_vec().into()), ending);
    let mut bytes = Vec::new();
    writer.read_to_end(&mut bytes).unwrap();
    bytes
}

#[test]
fn the_length_is_padded_or_only_whole_blocks() {
    for len in [0, 1, 511, 512, 513, 1_000_000, 10_000_000] {
        let entries = [file("x", len)];
        let padded = tar(&entries, Ending::Catalogue { pads: true });
        let whole = padded.len() as u64;
        let bare = tar(&entries, Ending::Catalogue { pads: false });
        assert_eq!((whole % 512, bare.len() % 512), (0, 0));
        assert!(padme(bare.len() as u64) <= whole && whole <= padme(bare.len() as u64) + 511);
        // A catalogue of another length changes nothing before the end.
        let end = 1024 + len.next_multiple_of(512) as usize + 512;
        assert!(padded[..end] == bare[..end]);
        for bytes in [padded, bare] {
            let mut catalogue = Catalogue::open(Cursor::new(bytes)).unwrap().unwrap();
            let tar_len = 512 + len.next_multiple_of(512);
            assert_eq!((catalogue.len(), catalogue.tar_len()), (1, tar_len));
            assert!(catalogue.find(b"x").unwrap().is_some());
        }
    }
    assert_eq!(tar(&[], Ending::Bare), [0; 1024]);
}

#[test]
fn only_what_does_not_fit_has_a_pax_header() {
    let long = "n".repeat(100);
    let prefix = format!("{}/{long}", "p".repeat(155));
    let mut owner = file("x", 0);
    owner.uid = 0o7777777;
    let mut far = file("x", 0);
    far.modified.seconds = 0o77777777777;
    for fits in [file(&long, 0), file(&prefix, 0), owner, far] {
        assert_eq!(
            tar(std::slice::from_ref(&fits), Ending::Bare).len(),
            512 + 1024,
            "{fits:?}"
        );
    }
    let mut owner = file("x", 0);
    owner.gid = 0o7777777 + 1;
    let mut far = file("x", 0);
    far.modified.seconds = 0o77777777777 + 1;
    let mut early = file("x", 0);
    early.modified.seconds = -2;
    early.modified.nanoseconds = 500_000_000;
    let target = "t".repeat(101).into_bytes();
    let attributes = vec![(b"user.a".to_vec(), b"value\0\n".to_vec())];
    let records: [(Entry, &str); 6] = [
        (file(&format!("{prefix}n"), 0), "path=ppp"),
        (owner, "15 gid=2097152\n"),
        (far, "20 mtime=8589934592\n"),
        (early, "14 mtime=-1.5\n"),
        (
            entry("x", EntryKind::Symlink { target }),
            "115 linkpath=ttt",
        ),
        (
            Entry {
                attributes,
                ..file("x", 0)
            },
            "31 SCHILY.xattr.user.a=value\0\n\n",
        ),
    ];
    for (entry, record) in records {
        let bytes = tar(&[entry], Ending::Bare);
        assert!(bytes.len() >= 3 * 512 + 1024);
        assert_eq!(bytes[156], b'x');
        let text = String::from_utf8_lossy(&bytes[512..]);
        assert!(text.contains(record), "{record:?}");
    }
}

#[test]
fn a_sparse_file_has_its_parts_and_a_map_of_them() {
    let part = |offset, len| Part { offset, len };
    let parts = vec![part(512, 3), part(4096, 1000)];
    let len = 1 << 40;
    let bytes = tar(
        &[entry("a/s", EntryKind::File { len, parts })],
        Ending::Bare,
    );
    assert!(bytes[1024..].starts_with(b"a/GNUSparseFile.0/s\0"));
    assert!(bytes[1536..].starts_with(b"3\n512\n3\n4096\n1000\n1099511627776\n0\n\0"));
    // The parts follow each other without a gap: bytes 512 to 514, then 4096 to 5095.
    assert_eq!(bytes[2048..2056], [0, 1, 2, 0, 1, 2, 3, 4]);
    assert_eq!(bytes.len(), 2048 + 1024 + 1024);
}

#[test]
fn the_most_that_an_entry_can_have_is_read_again() {
    let longest = |end: &str| "p/".repeat((crate::read::LONGEST_PATH - end.len()) / 2) + end;
    let len = Entry::LARGEST_ATTRIBUTES / Entry::MOST_ATTRIBUTES - Entry::ATTRIBUTE;
    let attribute = |number: usize| {
        let name = format!("user.{number:04}");
        let value = vec![b'v'; len - name.len()];
        (name.into_bytes(), value)
    };
    let mut file = file(&longest("x"), 1);
    let holes = vec![Part { offset: 5, len: 1 }];
    file.kind = EntryKind::File {
        len: u64::try_from(i64::MAX).unwrap(),
        parts: holes,
    };
    (file.uid, file.gid) = (u64::from(u32::MAX), u64::from(u32::MAX));
    file.modified = Timestamp {
        seconds: -Timestamp::MOST_SECONDS,
        nanoseconds: 999_999_999,
    };
    let target = longest("t").into_bytes();
    let mut link = entry(&longest("y"), EntryKind::Symlink { target });
    link.modified.seconds = Timestamp::MOST_SECONDS;
    for entry in [&mut file, &mut link] {
        entry.attributes = (0..Entry::MOST_ATTRIBUTES).map(attribute).collect();
    }
    let entries = [file, link];
    let bytes = tar(&entries, Ending::Catalogue { pads: true });
    let mut reader = crate::read::Reader::new(&bytes[..]);
    for entry in &entries {
        assert!(reader.next_entry().unwrap().as_ref() == Some(entry));
    }
    assert_eq!(reader.next_entry().unwrap(), None);
}
