//! Archives made by hand, right and wrong.

use super::*;
use crate::entry::Timestamp;

/// A header in the making.
#[derive(Clone)]
struct Made(Block);

impl Made {
    fn new(path: &str, kind: u8, size: u64) -> Self {
        let mut made = Self([0; BLOCK]);
        made.put(0, path.as_bytes())
            .put(100, b"0000644\0")
            .put(108, b"0001750\0")
            .put(116, b"0001750\0")
            .put(124, format!("{size:011o}\0").as_bytes())
            .put(136, b"14371573677\0")
            .put(257, b"ustar\x0000");
        made.0[156] = kind;
        made
    }

    fn gnu(path: &str, kind: u8, size: u64) -> Self {
        let mut made = Self::new(path, kind, size);
        made.put(257, b"ustar  \0");
        made
    }

    fn put(&mut self, at: usize, bytes: &[u8]) -> &mut Self {
        self.0[at..at + bytes.len()].copy_from_slice(bytes);
        self
    }

    fn with(mut self, at: usize, bytes: &[u8]) -> Self {
        self.put(at, bytes);
        self
    }

    fn link(self, target: &str) -> Self {
        self.with(157, target.as_bytes())
    }

    /// The header with its checksum.
    fn done(mut self) -> Vec<u8> {
        self.put(148, b"        ");
        let sum: u32 = self.0.iter().map(|byte| u32::from(*byte)).sum();
        self.put(148, format!("{sum:06o}\0 ").as_bytes());
        self.0.to_vec()
    }
}

fn filled(bytes: &[u8]) -> Vec<u8> {
    let mut filled = bytes.to_vec();
    filled.resize(bytes.len().next_multiple_of(BLOCK), 0);
    filled
}

fn file(path: &str, contents: &[u8]) -> Vec<u8> {
    let header = Made::new(path, b'0', contents.len() as u64).done();
    [header, filled(contents)].concat()
}

fn extended(records: &[&str]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for text in records {
        let len = (1..6)
            .map(|digits| text.len() + 2 + digits)
            .find(|len| len.to_string().len() + text.len() + 2 == *len)
            .unwrap();
        bytes.extend_from_slice(format!("{len} {text}\n").as_bytes());
    }
    let header = Made::new("pax", b'x', bytes.len() as u64).done();
    [header, filled(&bytes)].concat()
}

fn long(kind: u8, text: &str) -> Vec<u8> {
    let bytes = [text.as_bytes(), b"\0"].concat();
    let header = Made::gnu("././@LongLink", kind, bytes.len() as u64).done();
    [header, filled(&bytes)].concat()
}

fn archive(parts: &[Vec<u8>]) -> Vec<u8> {
    [parts.concat(), vec![0; 2 * BLOCK]].concat()
}

fn read(archive: &[u8]) -> Result<Vec<(Entry, Vec<u8>)>> {
    let mut reader = Reader::new(archive);
    let mut all = Vec::new();
    while let Some(entry) = reader.next_entry()? {
        let mut contents = Vec::new();
        let mut buffer = [0; 300];
        loop {
            match reader.read_contents(&mut buffer)? {
                0 => break,
                read => contents.extend_from_slice(&buffer[..read]),
            }
        }
        all.push((entry, contents));
    }
    assert!(reader.next_entry()?.is_none(), "the end stays the end");
    Ok(all)
}

fn refusal(archive: &[u8]) -> Refusal {
    match read(archive) {
        Err(ReadError::Refused(refused)) => refused.reason,
        other => panic!("it was not refused: {other:?}"),
    }
}

fn paths(archive: &[u8]) -> Vec<String> {
    let read = read(archive).unwrap();
    let path = |(entry, _): (Entry, Vec<u8>)| String::from_utf8(entry.path).unwrap();
    read.into_iter().map(path).collect()
}

#[test]
fn files_folders_and_links_are_read_with_their_contents() {
    let all = read(&archive(&[
        Made::new("dir/", b'5', 0).done(),
        file("dir/file", b"contents"),
        Made::new("dir/sym", b'2', 0).link("/etc/passwd").done(),
        Made::new("dir/hard", b'1', 0).link("./dir/file").done(),
    ]))
    .unwrap();
    let entry = |path: &str, kind| Entry {
        path: path.into(),
        kind,
        mode: 0o644,
        modified: Timestamp {
            seconds: 0o14371573677,
            nanoseconds: 0,
        },
        uid: 1000,
        gid: 1000,
        attributes: Vec::new(),
    };
    let parts = vec![Part { offset: 0, len: 8 }];
    let expected = [
        (entry("dir", EntryKind::Folder), vec![]),
        (
            entry("dir/file", EntryKind::File { len: 8, parts }),
            b"contents".to_vec(),
        ),
        (
            entry(
                "dir/sym",
                EntryKind::Symlink {
                    target: b"/etc/passwd".to_vec(),
                },
            ),
            vec![],
        ),
        (
            entry(
                "dir/hard",
                EntryKind::HardLink {
                    target: b"dir/file".to_vec(),
                },
            ),
            vec![],
        ),
    ];
    assert_eq!(all, expected);
}

#[test]
fn long_paths_of_all_three_formats_are_read() {
    let name = "n".repeat(90);
    let path = format!("{name}/{name}/{name}");
    let prefix = Made::new(&name, b'0', 0).with(345, format!("{name}/sub").as_bytes());
    assert_eq!(
        paths(&archive(&[prefix.done()])),
        [format!("{name}/sub/{name}")]
    );
    let gnu = [long(b'L', &path), Made::gnu("cut", b'0', 0).done()];
    assert_eq!(paths(&archive(&gnu)), std::slice::from_ref(&path));
    let pax = [
        extended(&[&format!("path={path}")]),
        Made::new("cut", b'0', 0).done(),
    ];
    assert_eq!(paths(&archive(&pax)), [path]);
}

#[test]
fn files_with_holes_are_read_in_both_formats() {
    let expected = |entry: &Entry| {
        let parts = vec![
            Part {
                offset: 1024,
                len: 512,
            },
            Part {
                offset: 4096,
                len: 512,
            },
        ];
        assert_eq!(entry.kind, EntryKind::File { len: 8192, parts });
        assert_eq!(entry.path, b"holes");
    };
    let stored = [vec![1; 512], vec![2; 512]].concat();
    let octal = |number: u64| format!("{number:011o}\0").into_bytes();
    let list = [1024, 512, 4096, 512, 8192, 0].map(octal).concat();
    let old = Made::gnu("holes", b'S', 1024)
        .with(386, &list)
        .with(483, &octal(8192));
    let all = read(&archive(&[old.done(), stored.clone()])).unwrap();
    expected(&all[0].0);
    assert_eq!(all[0].1, stored);
    // The same in a block after the header, and in more parts.
    let quarters = [1024, 128, 1152, 128, 1280, 128, 1408, 128];
    let more = Made::gnu("holes", b'S', 1024)
        .with(386, &quarters.map(octal).concat())
        .with(482, &[1])
        .with(483, &octal(8192));
    let block = filled(&[4096, 512, 8192, 0].map(octal).concat());
    let all = read(&archive(&[more.done(), block, stored.clone()])).unwrap();
    expected(&all[0].0);
    assert_eq!(all[0].1, stored);
    // GNU tar takes an empty part for the end of the file.
    for list in [
        &[1024, 512, 4096, 512, 8000, 0][..],
        &[1024, 512, 4096, 512],
    ] {
        let list: Vec<u8> = list.iter().flat_map(|number| octal(*number)).collect();
        let header = Made::gnu("holes", b'S', 1024)
            .with(386, &list)
            .with(483, &octal(8192));
        let archive = archive(&[header.done(), stored.clone()]);
        assert_eq!(refusal(&archive), Refusal::Holes);
    }
    let records = extended(&[
        "GNU.sparse.major=1",
        "GNU.sparse.minor=0",
        "GNU.sparse.name=holes",
        "GNU.sparse.realsize=8192",
    ]);
    let lines = filled(b"3\n1024\n512\n4096\n512\n8192\n0\n");
    let header = Made::new("GNUSparseFile.1/holes", b'0', 512 + 1024).done();
    let all = read(&archive(&[records.clone(), header, lines, stored.clone()])).unwrap();
    expected(&all[0].0);
    assert_eq!(all[0].1, stored);
    for (lines, reason) in [
        ("2\n1024\n512\n4096\n511\n", Refusal::TwoSizes),
        ("2\n4096\n512\n1024\n512\n", Refusal::Holes),
        ("2\n1024\n512\n1100\n512\n", Refusal::Holes),
        ("2\n1024\n512\n8000\n512\n", Refusal::Holes),
        ("2\n1024\n512\n4096\n", Refusal::Holes),
        ("2\n1024\n512\n4096\n512\nx", Refusal::Holes),
        ("999999999\n", Refusal::Limit(Field::Holes, 1 << 18)),
    ] {
        let header = Made::new("GNUSparseFile.1/holes", b'0', 512 + 1024).done();
        let lines = filled(lines.as_bytes());
        let archive = archive(&[records.clone(), header, lines, stored.clone()]);
        assert_eq!(refusal(&archive), reason);
    }
}

#[test]
fn sizes_too_large_for_a_posix_header_are_read_from_the_record() {
    let blank = Made::new("f", b'0', 0).with(124, &[0; 12]);
    for header in [Made::new("f", b'0', 0), blank] {
        let bytes = [extended(&["size=9000000000"]), header.done()].concat();
        let mut reader = Reader::new(&bytes[..]);
        let entry = reader.next_entry().unwrap().unwrap();
        assert!(matches!(
            entry.kind,
            EntryKind::File {
                len: 9_000_000_000,
                ..
            }
        ));
    }
    let same = [extended(&["size=3"]), file("f", b"abc")];
    assert_eq!(paths(&archive(&same)), ["f"]);
    for (size, header) in [("4", 3), ("0", 3), ("3", 0), ("9000000000", 3)] {
        let archive = archive(&[
            extended(&[&format!("size={size}")]),
            Made::new("f", b'0', header).done(),
            vec![b'x'; 512],
        ]);
        assert_eq!(refusal(&archive), Refusal::TwoSizes, "{size} {header}");
    }
}

#[test]
fn the_end_is_two_blocks_of_zeros_and_nothing_after_them() {
    let one = file("a", b"x");
    assert_eq!(refusal(b""), Refusal::NoEnd);
    assert_eq!(refusal(&one), Refusal::NoEnd);
    assert_eq!(
        refusal(&[&one[..], &[0; 512]].concat()),
        Refusal::LoneZeroBlock
    );
    let twice = [&one[..], &[0; 512], &file("b", b"")].concat();
    assert_eq!(refusal(&archive(&[twice])), Refusal::LoneZeroBlock);
    let full = archive(std::slice::from_ref(&one));
    for len in 0..full.len() {
        assert!(read(&full[..len]).is_err(), "cut at {len}");
    }
    assert_eq!(paths(&[&full[..], &[0; 10_000]].concat()), ["a"]);
    assert_eq!(refusal(&[&full[..], &[0, 1]].concat()), Refusal::AfterEnd);
    assert_eq!(refusal(&[&full[..], &full[..]].concat()), Refusal::AfterEnd);
    assert_eq!(
        refusal(&archive(&[extended(&["path=x"])])),
        Refusal::Missing
    );
    let global = Made::new("g", b'g', 0).done();
    assert_eq!(paths(&archive(&[global.clone(), one.clone()])), ["a"]);
    assert_eq!(refusal(&archive(&[one, global])), Refusal::Missing);
}

#[test]
fn what_readers_understand_differently_is_refused() {
    let header = |path: &str, kind: u8| Made::new(path, kind, 0);
    let path = |fault| Refusal::Field(Field::Path, fault);
    let cases: Vec<(&str, Vec<Vec<u8>>, Refusal)> = vec![
        (
            "sum",
            vec![header("a", b'0').done().tap(0, b'b')],
            Refusal::Checksum,
        ),
        (
            "v7",
            vec![header("a", b'0').with(257, &[0; 8]).done()],
            Refusal::Format,
        ),
        ("device", vec![header("a", b'3').done()], Refusal::Device),
        ("pipe", vec![header("a", b'6').done()], Refusal::Device),
        (
            "contiguous",
            vec![header("a", b'7').done()],
            Refusal::Type(b'7'),
        ),
        (
            "vendor",
            vec![header("a", b'D').done()],
            Refusal::Type(b'D'),
        ),
        ("absolute", vec![file("/a", b"")], path(Fault::Absolute)),
        ("parent", vec![file("a/../../b", b"")], path(Fault::Parent)),
        ("empty", vec![file("", b"")], path(Fault::Empty)),
        ("dot", vec![file(".", b"")], path(Fault::Empty)),
        (
            "after NUL",
            vec![header("a\0b", b'0').done()],
            path(Fault::AfterNul),
        ),
        ("slash", vec![file("a/", b"")], Refusal::TrailingSlash),
        (
            "slash under a record",
            vec![extended(&["path=a"]), header("a/", 0).done()],
            Refusal::TrailingSlash,
        ),
        (
            "folder with contents",
            vec![Made::new("a", b'5', 1).done()],
            Refusal::Contents,
        ),
        (
            "link with contents",
            vec![Made::new("a", b'2', 1).link("b").done()],
            Refusal::Contents,
        ),
        (
            "target",
            vec![header("a", b'0').link("b").done()],
            Refusal::Target,
        ),
        (
            "no target",
            vec![header("a", b'2').done()],
            Refusal::Field(Field::Link, Fault::Empty),
        ),
        (
            "negative",
            vec![header("a", b'0').with(124, &[0xff; 12]).done()],
            Refusal::Field(Field::Size, Fault::Range),
        ),
        (
            "mode",
            vec![header("a", b'0').with(100, b"0100644\0").done()],
            Refusal::Field(Field::Mode, Fault::Range),
        ),
        (
            "prefix",
            vec![Made::gnu("a", b'0', 0).with(345, b"p").done()],
            Refusal::Unused,
        ),
        (
            "star",
            vec![header("a", b'0').with(508, b"tar\0").done()],
            Refusal::Unused,
        ),
        (
            "two records",
            vec![extended(&["path=a"]), extended(&["path=b"]), file("c", b"")],
            Refusal::Twice(Field::Extended),
        ),
        (
            "two long names",
            vec![
                long(b'L', "a"),
                long(b'L', "b"),
                Made::gnu("c", b'0', 0).done(),
            ],
            Refusal::Twice(Field::Path),
        ),
        (
            "two formats",
            vec![
                long(b'L', "a"),
                extended(&["path=b"]),
                Made::gnu("c", b'0', 0).done(),
            ],
            Refusal::MixedFormats,
        ),
        (
            "long name for POSIX",
            vec![long(b'L', "a"), file("c", b"")],
            Refusal::MixedFormats,
        ),
        (
            "twice",
            vec![file("a", b""), file("./a", b"")],
            Refusal::Duplicate,
        ),
        (
            "through a link",
            vec![header("a", b'2').link("..").done(), file("a/b", b"")],
            Refusal::BelowFile,
        ),
        (
            "hard link to a link",
            vec![
                header("a", b'2').link("x").done(),
                header("b", b'1').link("a").done(),
            ],
            Refusal::LinkTarget,
        ),
        (
            "hard link out",
            vec![header("b", b'1').link("../x").done()],
            Refusal::Field(Field::Link, Fault::Parent),
        ),
    ];
    for (name, parts, reason) in cases {
        assert_eq!(refusal(&archive(&parts)), reason, "{name}");
    }
}

trait Tap {
    /// Changes one byte without a new checksum.
    fn tap(self, at: usize, byte: u8) -> Self;
}

impl Tap for Vec<u8> {
    fn tap(mut self, at: usize, byte: u8) -> Self {
        self[at] = byte;
        self
    }
}

#[test]
fn an_error_names_the_entry_without_control_characters() {
    let error = read(&archive(&[file("a", b""), file("x\x1b/../y", b"")])).unwrap_err();
    assert_eq!(
        error.to_string(),
        r#"entry 2 (x\x1b/../y): its path has ".." in it"#
    );
}

#[test]
fn single_entries_are_read_from_the_middle() {
    let all = archive(&[file("a", b"x"), file("b/c", b"yz")]);
    let mut reader = Reader::at_entry(&all[1024..]);
    assert_eq!(reader.next_entry().unwrap().unwrap().path, b"b/c");
    let mut contents = [0; 10];
    assert_eq!(reader.read_contents(&mut contents).unwrap(), 2);
    assert_eq!(&contents[..2], b"yz");
}
