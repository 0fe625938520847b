//! Catalogues written, read, damaged and out of order.

use std::io::Cursor;

use super::*;
use crate::entry::Timestamp;

fn file(path: &str, offset: u64) -> CatalogueEntry {
    CatalogueEntry {
        path: path.into(),
        kind: CatalogueKind::File { len: offset * 3 },
        mode: 0o640,
        modified: Timestamp {
            seconds: 1_795_000_000 - offset as i64,
            nanoseconds: 123_456_789,
        },
        uid: 1000,
        gid: 1 << 40,
        offset,
    }
}

fn written(entries: &[CatalogueEntry]) -> Vec<u8> {
    let mut writer = CatalogueWriter::default();
    for entry in entries {
        writer.push(entry).unwrap();
    }
    writer.finish(1 << 40).unwrap()
}

fn opened(bytes: &[u8]) -> Catalogue<Cursor<&[u8]>> {
    Catalogue::open(Cursor::new(bytes)).unwrap().unwrap()
}

fn read(bytes: &[u8]) -> Result<Vec<CatalogueEntry>, CatalogueError> {
    let mut catalogue =
        Catalogue::open(Cursor::new(bytes))?.ok_or(CatalogueError::Malformed(""))?;
    catalogue.entries().collect()
}

/// Enough for several blocks, in the order of archives.
fn many() -> Vec<CatalogueEntry> {
    let mut entries = Vec::new();
    for folder in 0..40 {
        let name = format!("tree/folder {folder:03}");
        let mut entry = file(&name, entries.len() as u64 * 512);
        entry.kind = CatalogueKind::Folder;
        entries.push(entry);
        for number in 0..500 {
            let name = format!("{name}/file {number:04}.txt");
            entries.push(file(&name, entries.len() as u64 * 512));
        }
    }
    entries
}

#[test]
fn entries_of_every_kind_are_read_as_they_were_written() {
    let mut folder = file("a", 0);
    folder.kind = CatalogueKind::Folder;
    let mut link = file("a/link", 1024);
    link.kind = CatalogueKind::Symlink {
        target: b"../\xff out".to_vec(),
    };
    link.modified = Timestamp {
        seconds: -5,
        nanoseconds: 0,
    };
    let mut hard = file("a.txt", u64::MAX >> 30);
    hard.kind = CatalogueKind::HardLink {
        target: b"a/link".to_vec(),
    };
    hard.mode = 0o7777;
    let mut old = file("b", (u64::MAX >> 30) + 1);
    old.path = b"b\xff\n".to_vec();
    old.modified.seconds = i64::MIN;
    let entries = [folder, link, hard, old];
    assert_eq!(read(&written(&entries)).unwrap(), entries);
}

#[test]
fn an_archive_without_entries_has_a_catalogue_too() {
    let bytes = written(&[]);
    assert_eq!(bytes.len(), TRAILER);
    assert!(opened(&bytes).is_empty());
    assert_eq!(read(&bytes).unwrap(), []);
}

#[test]
fn what_has_no_trailer_has_no_catalogue() {
    for bytes in [&b""[..], &[0; 63], &[0; 64], &[0; 10240]] {
        assert!(Catalogue::open(Cursor::new(bytes)).unwrap().is_none());
    }
}

#[test]
fn a_path_or_a_folder_is_found_without_reading_the_other_blocks() {
    let entries = many();
    let bytes = written(&entries);
    let mut catalogue = opened(&bytes);
    assert_eq!(catalogue.len(), entries.len() as u64);
    for entry in entries.iter().step_by(97).chain(&entries[..3]) {
        assert_eq!(catalogue.find(&entry.path).unwrap().as_ref(), Some(entry));
    }
    for missing in [
        &b"tree"[..],
        b"a",
        b"z",
        b"tree/folder 001/file",
        b"tree/folder 0",
    ] {
        assert_eq!(catalogue.find(missing).unwrap(), None);
    }
    let below: Vec<_> = catalogue
        .below(b"tree/folder 017")
        .collect::<Result<_, _>>()
        .unwrap();
    assert_eq!(below, entries[17 * 501..18 * 501]);
    assert_eq!(catalogue.below(b"tree").count(), entries.len());
    assert_eq!(catalogue.below(b"other").count(), 0);
    // All other blocks may be damaged.
    let place = bytes.len() - bytes.len() / 3;
    let mut damaged = bytes.clone();
    damaged[place] ^= 1;
    let mut catalogue = opened(&damaged);
    assert!(catalogue.find(&entries[5].path).unwrap().is_some());
    assert!(catalogue.entries().any(|entry| entry.is_err()));
}

#[test]
fn a_changed_byte_is_an_error_or_changes_an_entry_and_nothing_worse() {
    let entries = many();
    let bytes = written(&entries[..200]);
    for place in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[place] ^= 0x41;
        if let Ok(read) = read(&changed) {
            assert_eq!(read.len(), 200);
        }
    }
    for len in (0..bytes.len()).step_by(7) {
        let cut = [&bytes[..len], &bytes[bytes.len() - TRAILER..]].concat();
        assert!(read(&cut).is_err(), "{len}");
    }
}

#[test]
fn a_catalogue_that_is_not_in_order_is_refused() {
    let (one, two) = (file("a/b", 512), file("a.txt", 1024));
    assert!(read(&written(&[one.clone(), two.clone()])).is_ok());
    let mut early = two.clone();
    early.offset = 512;
    let mut beyond = two.clone();
    beyond.offset = 1 << 40;
    for wrong in [
        [two.clone(), one.clone()],
        [one.clone(), one.clone()],
        [one.clone(), early],
        [one.clone(), beyond],
        [file("..", 0), two.clone()],
        [file("a//b", 0), two.clone()],
        [file("/a", 0), two],
    ] {
        assert!(read(&written(&wrong)).is_err(), "{wrong:?}");
    }
}

/// The example of docs/formats.md, section 7.
#[test]
fn the_catalogue_of_the_formats_document_is_read() {
    let text = include_str!("../../../../docs/formats.md");
    let hex = text
        .split("The catalogue, in hexadecimal digits:")
        .nth(1)
        .unwrap()
        .trim_start();
    let digits: Vec<u8> = hex
        .lines()
        .take_while(|line| !line.is_empty())
        .flat_map(|line| line.trim().bytes())
        .collect();
    let byte = |pair: &[u8]| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap();
    let bytes: Vec<u8> = digits.chunks(2).map(byte).collect();
    let entry = |path: &str, kind, mode, nanoseconds, offset| CatalogueEntry {
        path: path.into(),
        kind,
        mode,
        modified: Timestamp {
            seconds: 1_795_000_000,
            nanoseconds,
        },
        uid: 1000,
        gid: 1000,
        offset,
    };
    let target = b"plan.txt".to_vec();
    let entries = [
        entry("docs", CatalogueKind::Folder, 0o755, 0, 0),
        entry(
            "docs/latest",
            CatalogueKind::Symlink { target },
            0o777,
            0,
            512,
        ),
        entry(
            "docs/plan.txt",
            CatalogueKind::File { len: 6 },
            0o644,
            5,
            1024,
        ),
    ];
    let mut writer = CatalogueWriter::default();
    for entry in &entries {
        writer.push(entry).unwrap();
    }
    let written = writer.finish(3072).unwrap();
    assert!(written == bytes, "{}", hex_of(&written));
    assert_eq!(read(&bytes).unwrap(), entries);
}

fn hex_of(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    let mut text = String::new();
    for byte in bytes {
        write!(text, "{byte:02x}").unwrap();
    }
    text
}
