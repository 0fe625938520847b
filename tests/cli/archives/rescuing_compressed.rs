//! What is left of damaged archives that are compressed.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::os::unix::fs::symlink;
use std::process::Command;
use std::time::{Duration, UNIX_EPOCH};

use crate::env::{Outcome, TestEnv};
use crate::someone::RECIPIENT;
use crate::tools::need;

const CHUNK: usize = 64 << 10;
const SEALED: usize = CHUNK + 16;
const FRAME: usize = 1 << 20;

/// An archive in frames, and what is in it.
struct Archive {
    env: TestEnv,
    /// The tar file up to its catalogue.
    tar: Vec<u8>,
    closed: Vec<u8>,
    payload: usize,
    /// Where the frames end in the contents; the last is the end of the catalogue.
    ends: Vec<usize>,
    entries: BTreeMap<String, Range<usize>>,
}

/// Bytes that cannot be compressed.
fn noise(seed: u64, len: usize) -> Vec<u8> {
    let mut state = seed;
    let next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    };
    std::iter::repeat_with(next).take(len).collect()
}

/// Returns where each entry is in a tar file whose entries have one header each.
fn entries(tar: &[u8]) -> BTreeMap<String, Range<usize>> {
    let mut entries = BTreeMap::new();
    let mut at = 0;
    while tar[at] != 0 {
        let text = |field: Range<usize>| {
            let field = &tar[at + field.start..at + field.end];
            let end = field.iter().position(|byte| *byte == 0);
            String::from_utf8(field[..end.unwrap_or(field.len())].to_vec()).unwrap()
        };
        let size = usize::from_str_radix(text(124..136).trim_end(), 8).unwrap();
        let end = at + 512 + size.next_multiple_of(512);
        entries.insert(text(0..100).trim_end_matches('/').to_owned(), at..end);
        at = end;
    }
    entries
}

/// Folder `t`: in tree order a large file, short ones, a link to each, and an archive.
fn archive() -> Archive {
    let env = TestEnv::new().with_key();
    env.write("t/a/large", noise(1, 2 * FRAME + 300_000));
    for number in 0..8 {
        env.write(&format!("t/b/{number}"), noise(10 + number, 150_000));
    }
    env.write("t/c/text", "the same\n".repeat(200_000));
    env.write("inner/1", "inner\n".repeat(400_000));
    env.bulla(["encrypt", "-q", "-r", RECIPIENT, "--zstd", "inner"])
        .run()
        .assert(0, "", "");
    let unpack = |from: &str, to: &str| {
        env.bulla(["decrypt", "-q", "-i", "key", "--no-unpack", from, "-o", to])
            .run()
            .assert(0, "", "");
    };
    unpack("inner.tar.zst.age", "t/d-inner.tar.zst");
    env.write("t/e/last", noise(99, 100_000));
    std::fs::hard_link(env.path("t/a/large"), env.path("t/f-large")).unwrap();
    std::fs::hard_link(env.path("t/b/3"), env.path("t/f-short")).unwrap();
    symlink("b/3", env.path("t/g-link")).unwrap();
    // With whole seconds each entry has only one header.
    let time = UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    let mut folders = vec![env.path("t")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let entry = entry.unwrap();
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
            } else if entry.file_type().unwrap().is_file() {
                let file = std::fs::File::open(entry.path()).unwrap();
                file.set_modified(time).unwrap();
            }
        }
        let file = std::fs::File::open(&folder).unwrap();
        file.set_modified(time).unwrap();
    }
    let touched = Command::new("touch")
        .args(["-h", "-d", "@1700000000"])
        .arg(env.path("t/g-link"))
        .status();
    assert!(touched.unwrap().success());
    for (zstd, name) in [(None, "t.tar"), (Some("--zstd"), "t.tar.zst")] {
        let pack = ["encrypt", "-q", "-r", RECIPIENT, "--no-pad", "t"];
        env.bulla(pack.into_iter().chain(zstd))
            .run()
            .assert(0, "", "");
        unpack(&format!("{name}.age"), name);
    }
    let tar = env.read("t.tar");
    let entries = entries(&tar);
    let last = entries.values().map(|range| range.end).max().unwrap();
    let frames = env.read("t.tar.zst");
    let footer = &frames[frames.len() - 9..];
    let number = |bytes: &[u8]| u32::from_le_bytes(bytes[..4].try_into().unwrap()) as usize;
    let table = &frames[frames.len() - 9 - 8 * number(footer)..frames.len() - 9];
    let mut end = 0;
    let sizes = table.chunks(8).map(|entry| {
        end += number(entry);
        end
    });
    let ends = sizes.collect();
    let closed = env.read("t.tar.zst.age");
    std::fs::remove_file(env.path("t.tar")).unwrap();
    Archive {
        payload: closed.len() - frames.len() - 16 * frames.len().div_ceil(CHUNK),
        tar: tar[..last + 1024].to_vec(),
        env,
        closed,
        ends,
        entries,
    }
}

/// The paths that were named after a word.
fn named(text: &str, word: &str) -> BTreeSet<String> {
    let start = format!("{word}: ");
    let lines = text.lines().filter_map(|line| line.strip_prefix(&start));
    lines.map(str::to_owned).collect()
}

impl Archive {
    fn chunk_of(&self, offset: usize) -> usize {
        offset / CHUNK
    }

    /// Damages these chunks, cuts the file, and rescues it.
    fn rescued(&self, chunks: &[usize], len: Option<usize>) -> (Outcome, String, Vec<u8>) {
        let mut damaged = self.closed.clone();
        for chunk in chunks {
            damaged[self.payload + chunk * SEALED + 9] ^= 1;
        }
        damaged.truncate(len.unwrap_or(damaged.len()));
        self.env.write("t.tar.zst.age", damaged);
        let run = self
            .env
            .bulla(["rescue", "-v", "-f", "-i", "key", "t.tar.zst.age"])
            .run();
        assert_eq!(run.code, Some(5), "{}", run.stderr);
        assert!(!self.env.path("t.tar.zst.incomplete").exists());
        let output = self.env.read("t.tar.incomplete");
        let said = String::from_utf8(run.stdout.clone()).unwrap();
        (run, said, output)
    }

    /// Checks that every entry is called what it is.
    fn check(&self, chunks: &[usize], len: Option<usize>, are_all: bool) -> BTreeSet<String> {
        let (run, said, output) = self.rescued(chunks, len);
        let whole = named(&run.stderr, "Whole");
        let (damaged, lost) = (named(&said, "Damaged"), named(&said, "Lost"));
        let is_same = |path: &String| {
            let range = self.entries[path].clone();
            output.get(range.clone()) == Some(&self.tar[range])
        };
        for path in &whole {
            assert!(is_same(path), "{path} is not whole: {said}");
        }
        for path in &damaged {
            let is_link = path.starts_with("t/f-");
            assert!(is_link || !is_same(path), "{path} is whole: {said}");
        }
        for path in &lost {
            let range = self.entries[path].clone();
            assert!(
                output[range].iter().all(|byte| *byte == 0),
                "{path}: {said}"
            );
        }
        if are_all {
            let all: BTreeSet<_> = [&whole, &damaged, &lost].into_iter().flatten().collect();
            assert!(all.into_iter().eq(self.entries.keys()), "{said}");
            assert_eq!(output.len(), self.tar.len(), "{said}");
        }
        assert_eq!(!said.contains("Unknown: the other"), are_all, "{said}");
        // Links to files that are not whole are not whole either.
        for (link, file) in [("t/f-large", "t/a/large"), ("t/f-short", "t/b/3")] {
            assert!(!whole.contains(link) || whole.contains(file), "{said}");
        }
        whole
    }
}

#[test]
fn entries_that_are_whole_damaged_and_lost_are_told_apart() {
    let archive = archive();
    assert!(archive.ends.len() >= 6, "{:?}", archive.ends);
    let all = archive.entries.len();
    // A hole at the beginning of the first frame, and in the middle of it.
    for chunk in [0, archive.chunk_of(archive.ends[0] / 2)] {
        let whole = archive.check(&[chunk], None, true);
        assert!(!whole.contains("t/a/large") && !whole.contains("t/f-large"));
        assert!(whole.contains("t/b/0") && whole.contains("t/e/last"));
        assert_eq!(whole.contains("t/a"), chunk > 0);
    }
    // The frame in which the large file ends, after and before its end.
    let in_third = archive.entries["t/a/large"].end - 2 * FRAME;
    let (begin, end) = (archive.ends[1], archive.ends[2]);
    let whole = archive.check(&[archive.chunk_of(end - CHUNK)], None, true);
    assert!(whole.contains("t/a/large") && whole.contains("t/f-large"));
    assert!(whole.len() < all);
    let whole = archive.check(&[archive.chunk_of(begin + in_third / 2)], None, true);
    assert!(!whole.contains("t/a/large") && !whole.contains("t/f-large"));
    assert!(whole.contains("t/e/last") && whole.contains("t/g-link"));
    // Two frames.
    let chunks = [1, archive.chunk_of(archive.ends[2] + CHUNK)];
    let whole = archive.check(&chunks, None, true);
    assert!(whole.contains("t/e/last"));
    // The last frame, and with it the catalogue.
    let last = archive.closed[archive.payload..].len().div_ceil(SEALED) - 1;
    let whole = archive.check(&[last], None, false);
    assert!(whole.contains("t/a/large") && whole.contains("t/b/0"));
}

#[test]
fn what_was_cut_off_is_unknown_and_what_is_before_it_is_named() {
    let archive = archive();
    let cut = archive.payload + archive.chunk_of(archive.ends[3]) * SEALED;
    let whole = archive.check(&[], Some(cut), false);
    assert!(whole.contains("t/a/large") && whole.contains("t/b/0"));
    assert!(!whole.contains("t/e/last"));
    // With a hole in front, the rest is written, and nothing is called whole.
    let chunk = archive.chunk_of(archive.ends[0] + CHUNK);
    let (run, said, output) = archive.rescued(&[chunk], Some(cut));
    assert!(said.contains("Perhaps further back: bytes"), "{said}");
    assert_eq!(
        named(&said, "Damaged"),
        BTreeSet::from(["t/a/large".to_owned()])
    );
    assert!(!named(&run.stderr, "Whole").contains("t/b/0"));
    let range = archive.entries["t/b/1"].clone();
    let contents = &archive.tar[range];
    assert!(
        output
            .windows(contents.len())
            .step_by(512)
            .any(|part| part == contents)
    );
}

#[test]
fn json_says_which_entries_are_damaged_and_lost() {
    let archive = archive();
    let (.., expected) = archive.rescued(&[archive.chunk_of(archive.ends[3])], None);
    let run = archive
        .env
        .bulla(["rescue", "--json", "-i", "key", "t.tar.zst.age", "-o", "x"])
        .run();
    assert_eq!(run.code, Some(5), "{}", run.stderr);
    assert_eq!(archive.env.read("x"), expected);
    let line = &run.json()[0];
    assert_eq!(line["length"], archive.tar.len());
    assert_eq!(line["output"], "x");
    assert_eq!(line["entries_complete"], true);
    assert_eq!(line["unplaced"], serde_json::json!([]));
    let count = |field: &str| line[field].as_array().unwrap().len();
    let (damaged, lost) = (count("entries_damaged"), count("entries_lost"));
    let whole = usize::try_from(line["entries_whole"].as_u64().unwrap()).unwrap();
    assert!(damaged > 0 && lost > 0, "{line}");
    assert_eq!(whole + damaged + lost, archive.entries.len());
}

/// The catalogue at the end is there, but not even the first block of the only frame.
#[test]
fn an_archive_of_which_nothing_can_be_decompressed_is_called_that() {
    let env = TestEnv::new().with_key();
    for number in 0..5 {
        env.write(&format!("t/{number}"), noise(number, 180_000));
    }
    env.does(&["encrypt", "-q", "-r", RECIPIENT, "--zstd", "t"]);
    let whole = env.read("t.tar.zst.age");
    let damaged = |places: &[usize]| {
        let mut damaged = whole.clone();
        for place in places {
            damaged[*place] ^= 1;
        }
        damaged
    };
    let last = whole.len() - 1;
    for (name, places, entries) in [
        ("t.tar.zst.age", &[100_000][..], Some(6)),
        ("x.age", &[100_000], Some(6)),
        ("t.tar.zst.age", &[100_000, last], None),
    ] {
        env.write(name, damaged(places));
        let stays = format!("{}.incomplete", name.strip_suffix(".age").unwrap());
        let run = env
            .bulla(["rescue", "-f", "--json", "-i", "key", name])
            .run();
        assert_eq!(run.code, Some(5), "{}", run.stderr);
        let lines = run.json();
        assert_eq!(lines[0]["warning"]["kind"], "not-decompressed", "{lines:?}");
        let text = format!(
            "Nothing of the archive in {name} can be decompressed. It stays compressed: {stays}"
        );
        assert_eq!(lines[0]["warning"]["message"], text);
        let line = &lines[1];
        assert_eq!(line["output"], stays);
        assert_eq!(line["length"], env.read(&stays).len());
        assert!(line["bytes"].as_u64() > Some(700_000), "{line}");
        let lost = entries.map(|_| "t t/0 t/1 t/2 t/3 t/4").unwrap_or_default();
        let lost: Vec<&str> = lost.split_whitespace().collect();
        assert_eq!(line["entries_lost"], serde_json::json!(lost));
        assert_eq!(
            line["entries_whole"],
            entries.map_or_else(|| serde_json::Value::Null, |_| 0.into())
        );
        let run = env.bulla(["rescue", "-f", "-i", "key", name]).run();
        assert_eq!(run.code, Some(5), "{}", run.stderr);
        let said = String::from_utf8(run.stdout).unwrap();
        assert_eq!(
            said.contains("Whole: 0 of 6 entries"),
            entries.is_some(),
            "{said}"
        );
        let folded = run.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(folded.contains(&text), "{}", run.stderr);
    }
}

/// The archive of another program, which is one frame without a table.
#[test]
fn of_an_archive_in_one_frame_everything_before_the_hole_is_found() {
    let (zstd, tar) = need!("zstd", "tar");
    let env = TestEnv::new().with_key();
    for number in 0..6 {
        env.write(&format!("t/{number}"), noise(number, 200_000));
    }
    let names = (0..6).map(|number| format!("t/{number}"));
    let packed = Command::new(tar)
        .args(["-C".as_ref(), env.path("").as_os_str(), "-cf".as_ref()])
        .arg(env.path("t.tar"))
        .args(names)
        .status();
    assert!(packed.unwrap().success());
    let compressed = Command::new(zstd).arg("-q").arg(env.path("t.tar")).status();
    assert!(compressed.unwrap().success());
    let tar = env.read("t.tar");
    let mut closed = env.closed(env.read("t.tar.zst"));
    let at = closed.len() / 2;
    closed[at] ^= 1;
    // The name says nothing.
    env.write("x.age", closed);
    let run = env.bulla(["rescue", "-v", "-i", "key", "x.age"]).run();
    assert_eq!(run.code, Some(5), "{}", run.stderr);
    let said = String::from_utf8(run.stdout.clone()).unwrap();
    let whole = named(&run.stderr, "Whole");
    assert_eq!(whole, BTreeSet::from(["t/0", "t/1"].map(str::to_owned)));
    assert_eq!(named(&said, "Damaged"), BTreeSet::from(["t/2".to_owned()]));
    assert!(
        said.contains("Missing: the end, of unknown length"),
        "{said}"
    );
    let output = env.read("x.incomplete");
    // The frame says how long it is.
    assert!(output.len() == tar.len() && output[..400_000] == tar[..400_000]);
}
