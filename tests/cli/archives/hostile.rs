//! Archives made to write elsewhere, to use up memory, or to be two things at once.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::Duration;

use bulla_age::kinds::X25519Recipient;
use bulla_age::stream::Engine;

use crate::archives::tar::{
    BLOCK, Header, archive, extended, extended_by, file, filled, folder, hard_link, long, records,
    symlink,
};
use crate::env::TestEnv;
use crate::someone::RECIPIENT;
use crate::tools::need;

/// A name, the archive, the exit code, and a part of the message.
struct Case {
    name: String,
    archive: Vec<u8>,
    code: i64,
    says: &'static str,
}

fn refused(name: &str, entries: &[Vec<u8>], says: &'static str) -> Case {
    Case {
        name: name.replace(' ', "-"),
        archive: archive(entries),
        code: 7,
        says,
    }
}

/// Paths that lead out of the folder, in every form that a header has.
fn paths(cases: &mut Vec<Case>) {
    for (name, path, says) in [
        ("absolute", "/tmp/bulla-hostile", "its path is absolute"),
        (
            "absolute twice",
            "//tmp/bulla-hostile",
            "its path is absolute",
        ),
        ("parent", "../sentinel/new", "its path has \"..\" in it"),
        (
            "parent below",
            "a/../../sentinel/new",
            "its path has \"..\" in it",
        ),
        ("parent alone", "..", "its path has \"..\" in it"),
        ("parent at the end", "a/..", "its path has \"..\" in it"),
        (
            "dot and parent",
            "./../sentinel/new",
            "its path has \"..\" in it",
        ),
        (
            "empty part",
            "a//b",
            "its path has an empty part or \".\" in it",
        ),
        (
            "dot inside",
            "a/./b",
            "its path has an empty part or \".\" in it",
        ),
    ] {
        let gnu = [long(b'L', path), Header::gnu("x", b'0', 0).done()];
        let pax = [extended(&[&format!("path={path}")]), file("x", b"")];
        let (prefix, last) = path.rsplit_once('/').unwrap_or(("", path));
        let prefixed = Header::new(last, b'0', 0).with(345, prefix.as_bytes());
        cases.push(refused(name, &[file(path, b"x")], says));
        cases.push(refused(&format!("{name} gnu"), &gnu, says));
        cases.push(refused(&format!("{name} pax"), &pax, says));
        if !prefix.is_empty() {
            cases.push(refused(&format!("{name} prefix"), &[prefixed.done()], says));
        }
        cases.push(refused(
            &format!("{name} folder"),
            &[folder(&format!("{path}/"))],
            says,
        ));
        cases.push(refused(
            &format!("{name} link"),
            &[symlink(path, "x")],
            says,
        ));
        let says = match name {
            "absolute" | "absolute twice" => "its link target is absolute",
            "empty part" | "dot inside" => "its link target has an empty part",
            _ => "its link target has \"..\" in it",
        };
        let linked = [file("x", b"x"), hard_link("y", path)];
        cases.push(refused(&format!("{name} hard"), &linked, says));
    }
    let nul = [extended(&["path=a\0b"]), file("x", b"")];
    cases.push(refused("NUL pax", &nul, "its path has a NUL in it"));
    let nul = [long(b'L', "a\0b"), Header::gnu("x", b'0', 0).done()];
    cases.push(refused("NUL gnu", &nul, "its path has a NUL in it"));
    let after = Header::new("a\0b", b'0', 0).done();
    cases.push(refused(
        "after NUL",
        &[after],
        "its path has bytes after its end",
    ));
    let after = Header::new("a", b'2', 0).link("b\0c").done();
    cases.push(refused(
        "target after NUL",
        &[after],
        "its link target has bytes after",
    ));
    cases.push(refused("no path", &[file("", b"")], "its path is empty"));
    cases.push(refused("dot file", &[file(".", b"")], "its path is empty"));
    let longest = format!("path={}", "x/".repeat(3000) + "x");
    let long_path = [extended(&[&longest]), file("x", b"")];
    cases.push(refused(
        "long path",
        &long_path,
        "its path is larger than the limit of 4095",
    ));
}

/// Links first, then something through them.
fn links(env: &TestEnv, cases: &mut Vec<Case>) {
    let sentinel = env.path("sentinel");
    let out = sentinel.to_str().unwrap();
    let through = "its path leads through something that is not a folder";
    for (name, target) in [
        ("absolute", out),
        ("relative", "../sentinel"),
        ("self", "."),
    ] {
        let link = symlink("d/link", target);
        let entries = [folder("d/"), link.clone(), file("d/link/new", b"x")];
        cases.push(refused(&format!("through {name} link"), &entries, through));
        let deep = [
            link.clone(),
            folder("d/link/sub/"),
            file("d/link/sub/x", b"x"),
        ];
        cases.push(refused(
            &format!("folder through {name} link"),
            &deep,
            through,
        ));
        let twice = [link.clone(), file("d/link", b"x")];
        cases.push(refused(
            &format!("over {name} link"),
            &twice,
            "another entry has the same path",
        ));
        let linked = [link.clone(), hard_link("hard", "d/link")];
        let says = "it is a hard link, but its target is not a file before it";
        cases.push(refused(&format!("hard link to {name} link"), &linked, says));
        let below = [link.clone(), hard_link("hard", "d/link/kept")];
        cases.push(refused(
            &format!("hard link through {name} link"),
            &below,
            says,
        ));
        let chained = [link.clone(), symlink("e", "d/link"), file("e/new", b"x")];
        cases.push(refused(
            &format!("through two {name} links"),
            &chained,
            through,
        ));
        let late = [file("d/link/x", b"x"), link];
        cases.push(refused(
            &format!("{name} link over folder"),
            &late,
            "another entry has the same path",
        ));
    }
    let below = [file("a", b"x"), file("a/b", b"x")];
    cases.push(refused("below a file", &below, through));
    let says = "it is a hard link, but its target is not a file before it";
    cases.push(refused(
        "hard link to nothing",
        &[hard_link("a", "b")],
        says,
    ));
    cases.push(refused("hard link to itself", &[hard_link("a", "a")], says));
    cases.push(refused(
        "hard link to a folder",
        &[folder("d/"), hard_link("a", "d")],
        says,
    ));
    let later = [hard_link("a", "b"), file("b", b"x")];
    cases.push(refused("hard link to later", &later, says));
    cases.push(refused(
        "no target",
        &[symlink("a", "")],
        "its link target is empty",
    ));
}

/// Two entries for one path, or for paths that are the same elsewhere.
fn duplicates(cases: &mut Vec<Case>) {
    let same = "another entry has the same path";
    for (name, one, other) in [
        ("file file", file("a/b", b"1"), file("a/b", b"2")),
        ("file dotted", file("a/b", b"1"), file("./a/b", b"2")),
        ("file folder", file("a/b", b"1"), folder("a/b/")),
        ("folder file", folder("a/b/"), file("a/b", b"1")),
        ("implied file", file("a/b/c", b"1"), file("a/b", b"1")),
        ("file link", file("a/b", b"1"), symlink("a/b", "x")),
        ("link link", symlink("a/b", "x"), symlink("a/b", "y")),
    ] {
        cases.push(refused(&format!("twice {name}"), &[one, other], same));
    }
    let says = "this folder comes twice, or after what is in it";
    cases.push(refused("twice folder", &[folder("a/"), folder("a/")], says));
    cases.push(refused(
        "late folder",
        &[file("a/b", b"x"), folder("a/")],
        says,
    ));
}

/// Types that are neither files nor folders nor links.
fn types(cases: &mut Vec<Case>) {
    for kind in *b"346" {
        let device = Header::new("a", kind, 0).with(329, b"0000001\0").done();
        let name = format!("device {}", char::from(kind));
        cases.push(refused(&name, &[device], "it is a device or named pipe"));
    }
    for kind in *b"789ADMNSVXZaz~" {
        let name = format!("type {kind}");
        let says = "is unknown";
        cases.push(refused(&name, &[Header::new("a", kind, 0).done()], says));
    }
    let v7 = Header::new("a/", 0, 0).with(257, &[0; 8]).done();
    let old = "its header has an unknown or very old format";
    cases.push(refused("v7 folder", &[file("x", b""), v7], old));
    let magic = Header::new("a", b'0', 0).with(257, b"ustar\x0011").done();
    cases.push(refused("other magic", &[file("x", b""), magic], old));
    for kind in [b'0', 0] {
        let slash = Header::new("a/", kind, 0).done();
        let name = format!("slash {kind}");
        cases.push(refused(
            &name,
            &[slash],
            "it is not a folder, but its path ends with a slash",
        ));
    }
    let hidden = [extended(&["path=a"]), Header::new("a/", 0, 0).done()];
    cases.push(refused(
        "slash under pax",
        &hidden,
        "it is not a folder, but its path ends",
    ));
    for (kind, name) in [(b'5', "folder"), (b'2', "link"), (b'1', "hard link")] {
        let header = Header::new("a", kind, 4).link(if kind == b'5' { "" } else { "x" });
        let entries = [file("x", b"x"), header.done(), filled(b"data")];
        cases.push(refused(
            &format!("{name} with contents"),
            &entries,
            "it is not a file, but has contents",
        ));
    }
    let target = Header::new("a", b'0', 0).link("b").done();
    cases.push(refused(
        "file with target",
        &[target],
        "it is not a link, but has a target",
    ));
    let mode = Header::new("a", b'0', 0).with(100, b"0100644\0").done();
    cases.push(refused(
        "mode with type",
        &[mode],
        "its mode is out of range",
    ));
}

/// Sizes, numbers, checksums.
fn numbers(cases: &mut Vec<Case>) {
    let number = "its size is not a number";
    let range = "its size is out of range";
    for (name, size, says) in [
        ("minus", &b"-0000000001\0"[..], number),
        ("spaces", b"            ", number),
        ("leading space", b" 0000000001\0", number),
        ("decimal", b"00000000009\0", number),
        ("hexadecimal", b"0x000000001\0", number),
        ("after NUL", b"00000000\x00001\0", number),
        ("negative", &[0xff; 12], range),
        ("2^63", b"\x80\0\0\0\x80\0\0\0\0\0\0\0", range),
        ("2^64", b"\x80\0\0\x01\0\0\0\0\0\0\0\0", range),
        ("other base", b"\xc0\0\0\0\0\0\0\0\0\0\0\x01", number),
    ] {
        let header = Header::new("a", b'0', 0).with(124, size).done();
        cases.push(refused(
            &format!("size {name}"),
            &[header, filled(b"x")],
            says,
        ));
    }
    let blank = Header::new("a", b'0', 0).with(124, &[0; 12]).done();
    cases.push(refused("size blank", &[blank], "its size is empty"));
    for (name, value) in [
        ("2^63", "9223372036854775808"),
        ("2^64", "18446744073709551616"),
    ] {
        let entries = [extended(&[&format!("size={value}")]), file("a", b"x")];
        cases.push(refused(&format!("pax size {name}"), &entries, range));
    }
    for (name, value) in [
        ("minus", "-1"),
        ("plus", "+1"),
        ("point", "1.0"),
        ("zero in front", "01"),
        ("space in front", " 1"),
        ("space behind", "1 "),
        ("hexadecimal", "0x1"),
    ] {
        let entries = [extended(&[&format!("size={value}")]), file("a", b"x")];
        cases.push(refused(&format!("pax size {name}"), &entries, number));
    }
    for (pax, header) in [("0", 1), ("2", 1), ("513", 1), ("9000000000", 1), ("1", 0)] {
        let size = format!("size={pax}");
        let entries = [
            extended(&[&size]),
            Header::new("a", b'0', header).done(),
            filled(b"x"),
        ];
        let name = format!("sizes {pax} and {header}");
        cases.push(refused(&name, &entries, "it has two different sizes"));
    }
    for (name, at, byte) in [("name", 0, b'b'), ("mode", 106, b'7'), ("type", 156, b'5')] {
        let mut entry = file("a", b"x");
        entry[at] = byte;
        let entries = [file("x", b""), entry];
        cases.push(refused(
            &format!("sum {name}"),
            &entries,
            "the checksum of its header is wrong",
        ));
    }
    for (name, at) in [("mode", 100), ("owner", 108), ("owner", 116), ("time", 136)] {
        let wrong = Header::new("a", b'0', 0).with(at, b"abc\0\0\0\0\0").done();
        let says = match name {
            "mode" => "its mode is not a number",
            "owner" => "its owner is not a number",
            _ => "its time is not a number",
        };
        cases.push(refused(&format!("{name} at {at}"), &[wrong], says));
    }
    let unused = "unused bytes of its header are not zeros";
    let star = Header::new("a", b'0', 0).with(508, b"tar\0").done();
    cases.push(refused("star", &[star], unused));
    let prefix = Header::gnu("a", b'0', 0).with(345, b"../sentinel").done();
    cases.push(refused("gnu prefix", &[prefix], unused));
}

/// Extended headers.
fn pax(cases: &mut Vec<Case>) {
    for (name, bytes) in [
        ("short", &b"5 a=b\n"[..]),
        ("long", b"99 path=x\n"),
        ("zero in front", b"010 path=x\n"),
        ("no end of line", b"9 path=x "),
        ("no equals", b"8 pathx\n"),
        ("no keyword", b"4 =\n"),
        ("no length", b" path=x\n"),
        ("NUL after", b"9 path=x\n\0\0"),
        ("huge length", b"99999999999999999999 path=x\n"),
        ("negative length", b"-9 path=x\n"),
    ] {
        let entries = [extended_by(b'x', bytes), file("a", b"")];
        cases.push(refused(
            &format!("pax {name}"),
            &entries,
            "its extended header is malformed",
        ));
    }
    for (name, texts, says) in [
        (
            "path twice",
            &["path=a", "path=b"][..],
            "its path is given twice",
        ),
        (
            "size twice",
            &["size=1", "size=1"],
            "its size is given twice",
        ),
        ("empty path", &["path="], "its path is empty"),
        (
            "unknown",
            &["VENDOR.path=../x"],
            "its extended header has an unknown keyword",
        ),
        (
            "star size",
            &["SCHILY.realsize=1"],
            "its extended header has an unknown keyword",
        ),
        (
            "old holes",
            &["GNU.sparse.size=1", "GNU.sparse.map=0,1"],
            "unknown keyword",
        ),
        (
            "some holes",
            &["GNU.sparse.major=1"],
            "its list of holes is malformed",
        ),
        (
            "other set",
            &["hdrcharset=ISO-IR 8859 1 1998"],
            "its character set is unknown",
        ),
        ("time", &["mtime=1e9"], "its time is not a number"),
    ] {
        let entries = [extended(texts), file("a", b"x")];
        cases.push(refused(&format!("pax {name}"), &entries, says));
    }
    let target = [extended(&["linkpath=x"]), file("a", b"")];
    cases.push(refused(
        "pax target of a file",
        &target,
        "it is not a link, but has a target",
    ));
    let twice = [extended(&["path=a"]), extended(&["path=b"]), file("c", b"")];
    cases.push(refused(
        "two pax",
        &twice,
        "its extended header is given twice",
    ));
    let twice = [
        long(b'L', "a"),
        long(b'L', "b"),
        Header::gnu("c", b'0', 0).done(),
    ];
    cases.push(refused("two long names", &twice, "its path is given twice"));
    let mixed = [
        long(b'L', "a"),
        extended(&["path=b"]),
        Header::gnu("c", b'0', 0).done(),
    ];
    cases.push(refused(
        "pax and gnu",
        &mixed,
        "its headers mix the GNU and the POSIX format",
    ));
    let mixed = [long(b'L', "a"), file("c", b"")];
    cases.push(refused(
        "gnu and posix",
        &mixed,
        "its headers mix the GNU and the POSIX format",
    ));
    for text in ["path=../x", "size=0", "mtime=1"] {
        let entries = [extended_by(b'g', &records(&[text])), file("a", b"x")];
        cases.push(refused(
            &format!("global {text}"),
            &entries,
            "a header for all entries after it",
        ));
    }
    let large = Header::new("pax", b'x', 1 << 40).done();
    cases.push(refused(
        "large pax",
        &[file("x", b""), large],
        "its extended header is larger than the limit",
    ));
    let last = [file("a", b""), extended(&["path=b"])];
    cases.push(refused(
        "pax at the end",
        &last,
        "it is described, but missing",
    ));
    let holes = [
        "GNU.sparse.major=1",
        "GNU.sparse.minor=0",
        "GNU.sparse.name=a",
        "GNU.sparse.realsize=1000",
    ];
    for (name, lines, says) in [
        (
            "overlap",
            "2\n0\n10\n5\n10\n",
            "its list of holes is malformed",
        ),
        (
            "backwards",
            "2\n100\n10\n0\n10\n",
            "its list of holes is malformed",
        ),
        ("beyond", "1\n995\n10\n", "its list of holes is malformed"),
        (
            "too many",
            "9999999\n",
            "its list of holes is larger than the limit",
        ),
        ("other length", "1\n0\n10\n", "it has two different sizes"),
    ] {
        let entries = [
            extended(&holes),
            Header::new("x", b'0', 532).done(),
            filled(lines.as_bytes()),
            filled(&[1; 20]),
        ];
        cases.push(refused(&format!("holes {name}"), &entries, says));
    }
}

/// The end of the archive, and archives that are cut off.
fn ends(cases: &mut Vec<Case>) {
    let mut push = |name: String, archive: Vec<u8>, code, says| {
        cases.push(Case {
            name,
            archive,
            code,
            says,
        });
    };
    let one = file("a", b"x");
    let lone = [&one[..], &[0; BLOCK], &file("b", b"y"), &[0; 2 * BLOCK]].concat();
    push(
        "lone-zeros".into(),
        lone,
        7,
        "one block of zeros stands alone",
    );
    push(
        "one-block-at-the-end".into(),
        [&one[..], &[0; BLOCK]].concat(),
        7,
        "one block of zeros stands alone",
    );
    let more = [
        archive(std::slice::from_ref(&one)),
        archive(&[file("b", b"y")]),
    ]
    .concat();
    push(
        "two-archives".into(),
        more,
        7,
        "something follows the end of the archive",
    );
    let junk = [archive(std::slice::from_ref(&one)), b"\0\0junk".to_vec()].concat();
    push(
        "junk".into(),
        junk,
        7,
        "something follows the end of the archive",
    );
    let whole = archive(&[
        folder("d/"),
        extended(&["path=d/a"]),
        file("x", &[1; 3000]),
        file("d/b", &[2; 2000]),
        symlink("d/c", "a"),
        hard_link("d/e", "d/a"),
        file("d/f", &[3; 4000]),
    ]);
    for cut in (BLOCK..whole.len() - BLOCK).step_by(BLOCK) {
        let is_lone = cut == whole.len() - BLOCK;
        assert!(!is_lone);
        push(format!("cut-{cut:05}"), whole[..cut].to_vec(), 0, "");
    }
}

fn cases(env: &TestEnv) -> Vec<Case> {
    let mut cases = Vec::new();
    paths(&mut cases);
    links(env, &mut cases);
    duplicates(&mut cases);
    types(&mut cases);
    numbers(&mut cases);
    pax(&mut cases);
    ends(&mut cases);
    cases
}

/// What there is below a folder, with modes, sizes, times and contents.
fn snapshot(folder: &Path) -> Vec<(PathBuf, u32, u64, i64, i64, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let data = path.symlink_metadata().unwrap();
            let contents = if data.is_file() {
                fs::read(&path).unwrap()
            } else {
                Vec::new()
            };
            if data.is_dir() {
                folders.push(path.clone());
            }
            found.push((
                path,
                data.mode(),
                data.size(),
                data.mtime(),
                data.mtime_nsec(),
                contents,
            ));
        }
    }
    found.sort();
    found
}

fn closed(archive: &[u8]) -> Vec<u8> {
    let recipient: X25519Recipient = RECIPIENT.parse().unwrap();
    let mut bytes = Vec::new();
    bulla_age::encrypt(&[&recipient], archive, &mut bytes, &Engine::new(1)).unwrap();
    bytes
}

#[test]
fn two_hundred_hostile_archives_change_nothing_and_are_refused_by_name_and_reason() {
    let env = TestEnv::new().with_key();
    env.write("sentinel/kept", "kept");
    env.write("sentinel/sub/kept", "kept too");
    env.write("bulla-hostile", "kept");
    let cases = cases(&env);
    assert!(cases.len() >= 200, "{} cases", cases.len());
    let mut names: Vec<String> = Vec::new();
    for case in &cases {
        let name = format!("inbox/{}.tar.age", case.name.replace('/', "_"));
        assert!(!names.contains(&name), "{name} twice");
        env.write(&name, closed(&case.archive));
        names.push(name);
    }
    let before = (snapshot(&env.path("sentinel")), env.list());
    let outside = Path::new("/tmp/bulla-hostile").exists();
    let args = ["decrypt", "--json", "-i", "key"]
        .into_iter()
        .map(String::from);
    let run = env.bulla(args.chain(names.iter().cloned())).run();
    assert_eq!(run.code, Some(10), "{}", run.stderr);
    let lines = run.json();
    for (case, name) in cases.iter().zip(&names) {
        let line = lines.iter().find(|line| line["file"] == name.as_str());
        let line = line.unwrap_or_else(|| panic!("nothing is said about {name}"));
        assert_eq!(line["status"], "failed", "{name} was unpacked");
        let message = line["error"]["message"].as_str().unwrap();
        assert!(message.contains(&name[6..]), "{message}");
        if case.name.starts_with("cut-") {
            let code = line["error"]["exit_code"].as_i64();
            assert!(matches!(code, Some(5 | 7)), "{message}");
            continue;
        }
        assert_eq!(line["error"]["exit_code"], case.code, "{name}: {message}");
        assert!(message.contains(case.says), "{name}: {message}");
    }
    assert_eq!((snapshot(&env.path("sentinel")), env.list()), before);
    assert_eq!(Path::new("/tmp/bulla-hostile").exists(), outside);
}

#[test]
fn names_from_an_archive_cannot_control_the_terminal() {
    let env = TestEnv::new().with_key();
    env.write("a.tar.age", closed(&archive(&[file("x\x1b[2J/../y", b"")])));
    let run = env.bulla(["decrypt", "-i", "key", "a.tar.age"]).run();
    assert_eq!(run.code, Some(7));
    assert!(!run.stderr.contains('\x1b'), "{:?}", run.stderr);
}

/// What is between the headers is written to a pipe: there would be no room for a file of it.
fn fed(env: &TestEnv, entries: impl Iterator<Item = Vec<u8>>) {
    let path = env.path("big.tar.age");
    let recipient: X25519Recipient = RECIPIENT.parse().unwrap();
    let (reader, mut writer) = std::io::pipe().unwrap();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            let out = fs::File::create(&path).unwrap();
            bulla_age::encrypt(&[&recipient], reader, out, &Engine::new(1)).unwrap();
        });
        let mut block = Vec::new();
        for entry in entries {
            block.extend(entry);
            if block.len() > 1 << 16 {
                std::io::Write::write_all(&mut writer, &block).unwrap();
                block.clear();
            }
        }
        std::io::Write::write_all(&mut writer, &block).unwrap();
        drop(writer);
    });
}

/// The address space of the program itself is some 40 MiB, and every path needs 20 bytes.
#[test]
fn slow_a_million_entries_need_little_memory() {
    if std::env::var_os("BULLA_TEST_SLOW").is_none() {
        return;
    }
    let prlimit = need!("prlimit");
    for (is_refused, end) in [
        (false, archive(&[])),
        (true, archive(&[file("d/0/0", b"")])),
    ] {
        let env = TestEnv::new().with_key();
        let entries = (0..1_000_000).map(|number| {
            let path = format!("d/{}/{number}", number / 1000);
            if number % 2 == 1 {
                symlink(&path, "../../x")
            } else {
                file(&path, b"")
            }
        });
        fed(&env, entries.chain([end]));
        let line = [
            "--as=167772160",
            env!("CARGO_BIN_EXE_bulla"),
            "decrypt",
            "-i",
            "key",
            "big.tar.age",
        ];
        let run = env.program(&prlimit, line).run();
        if is_refused {
            assert_eq!(run.code, Some(7), "{}", run.stderr);
            assert_eq!(env.list(), ["big.tar.age", "key"]);
            continue;
        }
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        for (path, is_link) in [("big/999/999998", false), ("big/999/999999", true)] {
            let found = env.path(path).symlink_metadata().unwrap();
            assert_eq!(found.is_symlink(), is_link);
        }
    }
}

/// An archive of 20,000 files, and a run that has begun to unpack it.
fn begun(env: &TestEnv) -> Child {
    if !env.path("big.tar.age").exists() {
        let entries = (0..20_000).map(|number| file(&format!("d/{number}"), b"contents"));
        fed(env, entries.chain([archive(&[])]));
    }
    let before = temporaries(env);
    let run = env.bulla(["decrypt", "-i", "key", "big.tar.age"]);
    let mut child = run.command().stderr(Stdio::null()).spawn().unwrap();
    while child.try_wait().unwrap().is_none() {
        if temporaries(env).iter().any(|name| !before.contains(name)) {
            return child;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    panic!("it ended before it began");
}

fn temporaries(env: &TestEnv) -> Vec<OsString> {
    let names = fs::read_dir(env.path("")).unwrap();
    let names = names.map(|entry| entry.unwrap().file_name());
    names
        .filter(|name| name.to_string_lossy().starts_with(".bulla-"))
        .collect()
}

/// Its folder is known by its name, and the next run removes it.
#[test]
fn a_killed_run_leaves_no_folder_under_the_name_and_the_next_one_clears_up() {
    let env = TestEnv::new().with_key();
    for wait in 0..10 {
        let mut child = begun(&env);
        std::thread::sleep(Duration::from_millis(3 * wait));
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(!env.path("big").exists());
        assert_eq!(temporaries(&env).len(), 1, "earlier ones were not cleared");
    }
    let decrypt = env.bulla(["decrypt", "-q", "-i", "key", "big.tar.age"]);
    decrypt.run().assert_quiet();
    assert_eq!(fs::read_dir(env.path("big")).unwrap().count(), 20_000);
    assert!(temporaries(&env).is_empty());
}

#[test]
fn a_signal_while_unpacking_leaves_nothing() {
    let env = TestEnv::new().with_key();
    for wait in 0..5 {
        let mut child = begun(&env);
        std::thread::sleep(Duration::from_millis(3 * wait));
        let pid = rustix::process::Pid::from_child(&child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        child.wait().unwrap();
        assert_eq!(env.list(), ["big.tar.age", "key"]);
    }
}
