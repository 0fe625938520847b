//! `bulla verify` for trees, samples, and without a key.

use std::fs;

use crate::env::TestEnv;

/// Three good copies in a folder, a damaged one, and another file.
fn tree() -> TestEnv {
    let env = TestEnv::new().with_key();
    let closed = env.closed("hello");
    for name in ["tree/a.age", "tree/b/c.age", "tree/b/without-end"] {
        env.write(name, &closed);
    }
    env.write("tree/notes.txt", "hello");
    env
}

#[test]
fn a_tree_is_verified_with_one_line_and_a_damaged_file_is_named() {
    let env = tree();
    let verify = ["verify", "-i", "key", "--recursive", "tree"];
    let all = env.bulla(verify).run();
    all.assert(
        0,
        "3 files are intact (15 B of contents)\n",
        "Skipped 1 other file\n",
    );
    // Without its first line it is still named like an age file.
    let mut bytes = env.read("tree/a.age");
    bytes[0] ^= 1;
    env.write("tree/a.age", bytes);
    let mut bytes = env.read("tree/b/c.age");
    *bytes.last_mut().unwrap() ^= 1;
    env.write("tree/b/c.age", bytes);
    let some = env.bulla(verify).run();
    assert_eq!(some.code, Some(10), "{some:?}");
    let text = some.text();
    for part in [
        "1 file is intact",
        "tree/a.age is not an age file",
        "tree/b/c.age is damaged or incomplete",
        "2 of 3 inputs failed",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let json = env.bulla([&verify[..], &["--json"]].concat()).run().json();
    let intact = json.iter().filter(|object| object["status"] == "ok");
    let intact: Vec<_> = intact.collect();
    assert_eq!(intact.len(), 1, "{json:?}");
    assert_eq!(intact[0]["authenticated"], true);
    let folder = env.bulla(["verify", "-i", "key", "tree"]).run();
    assert_ne!(folder.code, Some(0), "{folder:?}");
}

#[test]
fn a_sample_verifies_as_many_as_it_says_and_the_oldest_is_that_of_the_lowest_time() {
    let env = tree();
    let verify = |sample: &str| {
        let line = [
            "verify",
            "-v",
            "-i",
            "key",
            "--recursive",
            "tree",
            "--sample",
        ];
        let text = env.bulla(line.into_iter().chain([sample])).run();
        assert_eq!(text.code, Some(0), "{text:?}");
        String::from_utf8(text.stdout).unwrap()
    };
    assert_eq!(verify("2").matches(" is intact").count(), 2);
    assert_eq!(verify("1%").matches(" is intact").count(), 1);
    let file = fs::File::options()
        .write(true)
        .open(env.path("tree/b/c.age"))
        .unwrap();
    file.set_modified(std::time::UNIX_EPOCH).unwrap();
    assert!(verify("oldest").starts_with("tree/b/c.age is intact"));
    let wrong = env.bulla(["verify", "x", "--sample", "few"]).run();
    assert_eq!(wrong.code, Some(2), "{wrong:?}");
}

#[test]
fn without_a_key_only_the_structure_is_checked_and_that_is_said() {
    let env = tree();
    let structure = |paths: &[&str]| {
        let line = [&["verify", "--structure"], paths].concat();
        env.bulla(line).run()
    };
    let said = "This is not authentication: without a key nobody knows whether the contents were \
                changed\n";
    let one = "tree/a.age has the structure of a whole file (5 B of contents)\n";
    structure(&["tree/a.age"]).assert(0, one, said);
    structure(&["--recursive", "tree"]).assert(
        0,
        "3 files have the structure of a whole file\n",
        &format!("Skipped 1 other file\n{said}"),
    );
    let json = structure(&["--json", "tree/a.age"]).json();
    assert_eq!(json[0]["authenticated"], false);
    // A changed byte is not seen, and a length that no payload has is.
    let bytes = env.read("tree/a.age");
    let mut changed = bytes.clone();
    *changed.last_mut().unwrap() ^= 1;
    env.write("changed.age", changed);
    assert_eq!(structure(&["changed.age"]).code, Some(0));
    env.write("cut.age", &bytes[..bytes.len() - 6]);
    assert_eq!(structure(&["cut.age"]).code, Some(5));
    env.write("header.age", &bytes[..60]);
    assert_eq!(structure(&["header.age"]).code, Some(4));
    let armored = env
        .bulla(["encrypt", "-q", "--armor", "-i", "key"])
        .stdin("hello")
        .run();
    let armored = String::from_utf8(armored.stdout).unwrap();
    env.write("armored.txt", &armored);
    assert_eq!(structure(&["armored.txt"]).code, Some(0));
    let cut = armored.replace("-----END", "----END");
    env.write("armored.txt", cut);
    assert_ne!(structure(&["armored.txt"]).code, Some(0));
}

#[test]
fn a_file_that_no_key_opens_is_called_incomplete_if_it_cannot_be_whole() {
    let env = tree();
    env.bulla(["identity", "new", "me", "--no-passphrase", "-q"])
        .run();
    let whole = env.bulla(["verify", "tree/a.age"]).run();
    assert_eq!(whole.code, Some(3), "{whole:?}");
    assert!(
        whole.stderr.contains("bulla verify --structure tree/a.age"),
        "{whole:?}"
    );
    let bytes = env.read("tree/a.age");
    env.write("cut.age", &bytes[..bytes.len() - 6]);
    let cut = env.bulla(["verify", "cut.age"]).run();
    assert_eq!(cut.code, Some(5), "{cut:?}");
}
