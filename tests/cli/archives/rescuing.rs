//! What is left of damaged files.

use crate::env::TestEnv;
use crate::someone::RECIPIENT;

const CHUNK: usize = 64 << 10;
const SEALED: usize = CHUNK + 16;

/// Four full chunks and a part of one, and the file "a.age" with them. Also returns the offset of
/// the first chunk.
fn env() -> (TestEnv, Vec<u8>, Vec<u8>, usize) {
    let env = TestEnv::new().with_key();
    let plain: Vec<u8> = (0..4 * CHUNK + 100).map(|at| (at % 251) as u8).collect();
    let closed = env.closed(plain.clone());
    env.write("a.age", &closed);
    let payload = closed.len() - (4 * SEALED + 116);
    (env, plain, closed, payload)
}

#[test]
fn what_is_intact_is_written_at_its_place_with_a_map_of_the_holes() {
    let (env, plain, closed, payload) = env();
    for (chunk, hole) in [(1, CHUNK..2 * CHUNK), (4, 4 * CHUNK..4 * CHUNK + 100)] {
        let mut damaged = closed.clone();
        damaged[payload + chunk * SEALED + 50] ^= 1;
        env.write("a.age", damaged);
        let run = env.bulla(["rescue", "-i", "key", "a.age", "-f"]).run();
        assert_eq!(run.code, Some(5), "{}", run.stderr);
        let said = String::from_utf8(run.stdout.clone()).unwrap();
        let missing = format!("Missing: bytes {} to {}", hole.start, hole.end - 1);
        assert!(said.contains(&missing), "{said}");
        let error = "a.age is damaged, so a.incomplete is not what was encrypted";
        assert!(run.stderr.contains(error), "{}", run.stderr);
        let mut expected = plain.clone();
        expected[hole].fill(0);
        assert_eq!(env.read("a.incomplete"), expected);
        assert!(!env.path("a").exists());
    }
}

#[test]
fn a_file_that_was_cut_off_gives_what_came_before() {
    let (env, plain, closed, payload) = env();
    for (len, kept, hole) in [
        (2 * SEALED, 2 * CHUNK, 0),
        (2 * SEALED + 1000, 2 * CHUNK, 984),
    ] {
        env.write("a.age", &closed[..payload + len]);
        let run = env
            .bulla(["rescue", "--json", "-i", "key", "a.age", "-f"])
            .run();
        assert_eq!(run.code, Some(5), "{}", run.stderr);
        let line = &run.json()[0];
        assert_eq!(line["bytes"], kept);
        assert_eq!(line["length"], kept + hole);
        assert_eq!(
            (&line["complete"], &line["end_missing"]),
            (&false.into(), &true.into())
        );
        let mut expected = plain[..kept].to_vec();
        expected.resize(kept + hole, 0);
        assert_eq!(env.read("a.incomplete"), expected);
    }
}

#[test]
fn an_intact_file_is_not_rescued() {
    let (env, ..) = env();
    let run = env.bulla(["rescue", "-i", "key", "a.age"]).run();
    run.assert(
        0,
        "a.age is intact, so nothing was written. Decrypt it: bulla decrypt a.age\n",
        "",
    );
    assert_eq!(env.list(), ["a.age", "key"]);
}

#[test]
fn nothing_is_rescued_without_a_header_or_a_place_to_write() {
    let (env, _, closed, payload) = env();
    let mut damaged = closed.clone();
    damaged[payload + 5] ^= 1;
    env.write("a.age", &damaged);
    let run = env.bulla(["rescue", "-i", "key", "a.age", "-o", "-"]).run();
    assert_eq!((run.code, run.stdout.len()), (Some(2), 0), "{}", run.stderr);
    let help = env.bulla(["rescue", "--help"]).run().stdout;
    let help = String::from_utf8(help).unwrap();
    assert!(!help.contains("(\"-\": standard output)"), "{help}");
    env.write("a.incomplete", "mine");
    let run = env.bulla(["rescue", "-i", "key", "a.age"]).run();
    assert_eq!(run.code, Some(7), "{}", run.stderr);
    assert_eq!(env.read("a.incomplete"), b"mine");
    // The last line of the header.
    damaged[payload - 40] ^= 1;
    env.write("b.age", &damaged);
    let run = env.bulla(["rescue", "-i", "key", "b.age"]).run();
    assert_eq!(run.code, Some(4), "{}", run.stderr);
    assert_eq!(env.list(), ["a.age", "a.incomplete", "b.age", "key"]);
}

/// Everything that is damaged at random is left out, and nothing else.
#[test]
fn files_damaged_at_random_are_rescued_exactly() {
    let (env, plain, closed, payload) = env();
    let mut state = 7_usize;
    let mut random = |most: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 33) % most
    };
    for _ in 0..30 {
        let mut damaged = closed.clone();
        let mut expected = plain.clone();
        for _ in 0..=random(3) {
            let at = random(closed.len() - payload);
            damaged[payload + at] ^= 1 << random(8);
            let start = at / SEALED * CHUNK;
            let end = plain.len().min(start + CHUNK);
            expected[start..end].fill(0);
        }
        env.write("a.age", &damaged);
        let run = env.bulla(["rescue", "-i", "key", "a.age", "-f"]).run();
        if damaged == closed {
            assert_eq!(run.code, Some(0));
            continue;
        }
        assert_eq!(run.code, Some(5), "{}", run.stderr);
        assert_eq!(env.read("a.incomplete"), expected);
    }
}

#[test]
fn the_entries_of_an_archive_that_are_whole_are_told_from_those_that_are_damaged() {
    let env = TestEnv::new().with_key();
    let names: Vec<String> = (0..12).map(|number| format!("{number:02}")).collect();
    for (number, name) in names.iter().enumerate() {
        let bytes: Vec<u8> = (0..90_000).map(|at| ((at + number) % 251) as u8).collect();
        env.write(&format!("t/{name}"), bytes);
    }
    // With whole seconds each entry has only one header.
    let time = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_700_000_000);
    for path in names
        .iter()
        .map(|name| format!("t/{name}"))
        .chain(["t".to_owned()])
    {
        let file = std::fs::File::open(env.path(path)).unwrap();
        file.set_modified(time).unwrap();
    }
    let pack = ["encrypt", "-q", "-r", RECIPIENT, "t", "--no-pad"];
    env.bulla(pack).run().assert(0, "", "");
    let closed = env.read("t.tar.age");
    env.bulla(["decrypt", "-q", "-i", "key", "--no-unpack", "t.tar.age"])
        .run()
        .assert(0, "", "");
    let tar = env.read("t.tar");
    let payload = closed.len() - tar.len() - 16 * tar.len().div_ceil(CHUNK);
    // The folder, and then 12 files, each with one header.
    let entry = |number: usize| 512 + number * (512 + 90_112)..512 + (number + 1) * (512 + 90_112);
    let chunks = tar.len().div_ceil(CHUNK);
    for chunk in 0..chunks {
        let mut damaged = closed.clone();
        damaged[payload + chunk * SEALED + 1] ^= 1;
        env.write("t.tar.age", damaged);
        let hole = chunk * CHUNK..((chunk + 1) * CHUNK).min(tar.len());
        let overlaps =
            |range: std::ops::Range<usize>| range.start < hole.end && hole.start < range.end;
        // Of the folder nothing is left if its one header is not.
        let lost: Vec<&str> = overlaps(0..512).then_some("t").into_iter().collect();
        let files = (0..12).filter(|number| overlaps(entry(*number)));
        let mut damaged: Vec<String> = files.map(|number| format!("t/{}", names[number])).collect();
        let run = env
            .bulla(["rescue", "--json", "-i", "key", "t.tar.age", "-f"])
            .run();
        assert_eq!(run.code, Some(5), "{}", run.stderr);
        let line = &run.json()[0];
        let is_last = chunk == chunks - 1;
        if is_last {
            // The catalogue is lost, and the headers say what is in front of it.
            assert_eq!(line["entries_complete"], false);
            damaged.truncate(1);
        }
        assert_eq!(line["entries_lost"], serde_json::json!(lost));
        assert_eq!(
            line["entries_damaged"],
            serde_json::json!(damaged),
            "chunk {chunk}"
        );
        let whole = 13 - lost.len() - damaged.len();
        assert_eq!(line["entries_whole"], whole, "chunk {chunk}");
        let run = env
            .bulla(["rescue", "-v", "-i", "key", "t.tar.age", "-f"])
            .run();
        let said = String::from_utf8(run.stdout.clone()).unwrap();
        let count = format!("Whole: {whole} of 13 entries of the archive\n");
        assert!(said.contains(&count), "{said}");
        for name in &names {
            let path = format!("t/{name}");
            let is_damaged = damaged.contains(&path);
            assert_eq!(
                said.contains(&format!("Damaged: {path}\n")),
                is_damaged,
                "{said}"
            );
            assert_eq!(
                run.stderr.contains(&format!("Whole: {path}\n")),
                !is_damaged
            );
        }
    }
    // A cut file has lost its catalogue too.
    env.write("t.tar.age", &closed[..payload + SEALED * 3]);
    let run = env
        .bulla(["rescue", "--json", "-i", "key", "t.tar.age", "-f"])
        .run();
    let line = &run.json()[0];
    assert_eq!(line["entries_whole"], 3);
    assert_eq!(line["entries_damaged"], serde_json::json!(["t/02"]));
    assert_eq!(line["entries_complete"], false);
}
