//! Some files of an archive.

use std::fs;
use std::path::Path;

use crate::env::TestEnv;
use crate::someone::RECIPIENT;
use crate::tools::need;

/// A folder "d" and four archives of it: ours, ours with zstd, and two of `tar`.
fn env() -> Option<TestEnv> {
    let (tar, zstd) = (crate::tools::tool("tar"), crate::tools::tool("zstd"));
    let (Some(tar), Some(zstd)) = (tar, zstd) else {
        crate::tools::skip("tar and zstd not installed");
        return None;
    };
    let env = TestEnv::new().with_key();
    fs::create_dir_all(env.path("d/sub/deep")).unwrap();
    for number in 0..40 {
        env.write(&format!("d/sub/{number}"), format!("number {number}"));
    }
    env.write("d/sub/deep/x", "deep");
    env.write("d/big", vec![7; 3 << 20]);
    fs::hard_link(env.path("d/sub/1"), env.path("d/sub/hard")).unwrap();
    std::os::unix::fs::symlink("1", env.path("d/sub/link")).unwrap();
    let encrypt = |more: &[&str]| {
        let args = [&["encrypt", "-q", "-r", RECIPIENT], more].concat();
        env.bulla(args).run().assert_quiet();
    };
    encrypt(&["d", "-o", "ours.tar.age"]);
    encrypt(&["--zstd", "d", "-o", "ours.tar.zst.age"]);
    let bytes = |program: &Path, args: &[&str]| {
        let mut command = std::process::Command::new(program);
        command
            .args(args)
            .current_dir(env.path(""))
            .output()
            .unwrap()
            .stdout
    };
    env.write("tar.tar", bytes(&tar, &["-c", "d"]));
    encrypt(&["tar.tar"]);
    env.write("tar.tar.zst", bytes(&zstd, &["-q", "-c", "tar.tar"]));
    encrypt(&["tar.tar.zst"]);
    Some(env)
}

const ARCHIVES: [&str; 4] = [
    "ours.tar.age",
    "ours.tar.zst.age",
    "tar.tar.age",
    "tar.tar.zst.age",
];

#[test]
fn a_path_below_another_one_is_recreated_once() {
    let Some(env) = env() else { return };
    for archive in ARCHIVES {
        let paths = ["d/sub/deep/x", "d/sub", "d/sub/deep/", "./d/sub/7", "d/sub"];
        let args = ["extract", "-q", "-i", "key", "-o", "out", archive];
        env.bulla([&args[..], &paths].concat()).run().assert_quiet();
        assert_eq!(fs::read(env.path("out/sub/deep/x")).unwrap(), b"deep");
        assert_eq!(fs::read(env.path("out/sub/7")).unwrap(), b"number 7");
        assert!(!env.path("out/big").exists());
        fs::remove_dir_all(env.path("out")).unwrap();
    }
}

#[test]
fn only_the_named_paths_and_what_is_below_them_are_recreated() {
    let Some(env) = env() else { return };
    for archive in ARCHIVES {
        let extract = |paths: &[&str]| {
            let args = ["extract", "-q", "-i", "key", "-o", "out", archive];
            env.bulla([&args, paths].concat()).run().assert_quiet();
            let names = env.list().into_iter();
            let names = names.filter_map(|name| name.strip_prefix("out/").map(str::to_owned));
            let names: Vec<String> = names.collect();
            let text = |name: &String| fs::read_to_string(env.path("out").join(name));
            let texts = names
                .iter()
                .filter_map(|name| Some((name.clone(), text(name).ok()?)));
            let texts: Vec<(String, String)> = texts.collect();
            fs::remove_dir_all(env.path("out")).unwrap();
            (names, texts)
        };
        let (names, texts) = extract(&["d/sub/7"]);
        assert_eq!(names, ["sub", "sub/7"], "{archive}");
        assert_eq!(texts, [("sub/7".to_owned(), "number 7".to_owned())]);
        let (names, _) = extract(&["d/sub/deep/", "./d/sub/1", "d/sub/hard", "d/sub/link"]);
        let all = [
            "sub",
            "sub/1",
            "sub/deep",
            "sub/deep/x",
            "sub/hard",
            "sub/link",
        ];
        assert_eq!(names, all, "{archive}");
    }
}

/// What `list` shows can be pasted into a command line.
#[test]
fn paths_are_taken_as_list_shows_them() {
    use std::os::unix::ffi::OsStrExt;
    let env = TestEnv::new().with_key();
    let name = |bytes: &[u8]| env.path("e").join(std::ffi::OsStr::from_bytes(bytes));
    fs::create_dir_all(name(b"sub\xff")).unwrap();
    let odd: [(&[u8], &str); 6] = [
        (b"a\\b", "e/a\\\\b"),
        (b"\xe9t\xe9.txt", "e/\\xe9t\\xe9.txt"),
        (b"two\nlines", "e/two\\u{a}lines"),
        (b"\x1b[31m", "e/\\u{1b}[31m"),
        ("\u{202e}txt".as_bytes(), "e/\\u{202e}txt"),
        (b"sub\xff/x", "e/sub\\xff/x"),
    ];
    for (bytes, shown) in odd {
        fs::write(name(bytes), shown).unwrap();
    }
    for zstd in [None, Some("--zstd")] {
        let pack = ["encrypt", "-q", "-f", "-r", RECIPIENT, "-o", "e.age", "e"];
        env.bulla(pack.into_iter().chain(zstd)).run().assert_quiet();
        let listed = env.bulla(["list", "-i", "key", "e.age"]).run().stdout;
        let listed = String::from_utf8(listed).unwrap();
        // A pipe has no catalogue that could be looked at.
        for archive in ["e.age", "/dev/stdin"] {
            for (bytes, shown) in odd {
                assert!(listed.lines().any(|line| line == shown), "{listed}");
                let args = ["extract", "-q", "-i", "key", "-o", "out", archive, shown];
                let run = env.bulla(args).stdin(env.read("e.age")).run();
                assert_eq!(run.code, Some(0), "{archive} {shown}: {}", run.stderr);
                let path = env.path("out").join(std::ffi::OsStr::from_bytes(bytes));
                assert_eq!(fs::read_to_string(path).unwrap(), shown);
                fs::remove_dir_all(env.path("out")).unwrap();
            }
            // A folder brings what is in it.
            let args = [
                "extract",
                "-q",
                "-i",
                "key",
                "-o",
                "out",
                archive,
                "e/sub\\xff/",
            ];
            env.bulla(args)
                .stdin(env.read("e.age"))
                .run()
                .assert_quiet();
            fs::remove_dir_all(env.path("out")).unwrap();
            // Only exactly as it is shown.
            for other in [
                "e/\\xE9t\\xE9.txt",
                "e/two\\u{0a}lines",
                "e/two\\nlines",
                "e/\\x61\\\\b",
            ] {
                let args = ["extract", "-i", "key", "-o", "out", archive, other];
                let run = env.bulla(args).stdin(env.read("e.age")).run();
                assert_eq!(run.code, Some(6), "{archive} {other}: {}", run.stderr);
            }
        }
    }
}

#[test]
fn an_entry_that_has_exactly_the_name_comes_before_one_that_is_shown_so() {
    let env = TestEnv::new().with_key();
    env.write("e/a\\b", "one backslash");
    env.write("e/a\\\\b", "two");
    let pack = ["encrypt", "-q", "-r", RECIPIENT, "-o", "e.age", "e"];
    env.bulla(pack).run().assert_quiet();
    for archive in ["e.age", "/dev/stdin"] {
        for (path, contents) in [
            ("e/a\\b", "one backslash"),
            ("e/a\\\\b", "two"),
            ("e/a\\\\\\\\b", "two"),
        ] {
            let args = ["extract", "-q", "-i", "key", "-o", "out", archive, path];
            let run = env.bulla(args).stdin(env.read("e.age")).run();
            assert_eq!(run.code, Some(0), "{archive} {path}: {}", run.stderr);
            let files: Vec<_> = fs::read_dir(env.path("out")).unwrap().collect();
            assert_eq!(files.len(), 1, "{path}");
            let file = files[0].as_ref().unwrap().path();
            assert_eq!(fs::read_to_string(file).unwrap(), contents, "{path}");
            fs::remove_dir_all(env.path("out")).unwrap();
        }
    }
}

#[test]
fn a_path_that_is_not_there_and_half_of_a_hard_link_are_refused() {
    let Some(env) = env() else { return };
    for archive in ARCHIVES {
        let run = |path: &str| {
            env.bulla(["extract", "-i", "key", "-o", "out", archive, path])
                .run()
        };
        let missing = run("d/sub/none");
        let text = format!("bulla: error: {archive} has no entry d/sub/none\n");
        assert!(
            missing.code == Some(6) && missing.stderr.contains(&text),
            "{}",
            missing.stderr
        );
        // tar takes the names of a folder in any order, so there it may be the first one.
        if !archive.starts_with("ours") {
            continue;
        }
        let half = run("d/sub/hard");
        assert!(!env.path("out").exists());
        assert_eq!(half.code, Some(2), "{}", half.stderr);
        let text = "d/sub/hard is another name of d/sub/1, which was not named";
        assert!(half.stderr.contains(text), "{}", half.stderr);
    }
}

#[test]
fn one_small_file_is_read_without_the_rest() {
    let strace = need!("strace");
    let Some(env) = env() else { return };
    for archive in &ARCHIVES[..2] {
        let size = env.path(archive).metadata().unwrap().len();
        let bulla = env!("CARGO_BIN_EXE_bulla");
        let args = ["-f", "-y", "-e", "trace=pread64,read", "-o", "log", bulla];
        let extract = [
            "extract", "-q", "-i", "key", "-o", "out", archive, "d/sub/7",
        ];
        let run = env.program(&strace, args.iter().chain(&extract)).run();
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        let log = String::from_utf8(env.read("log")).unwrap();
        let calls = log
            .lines()
            .filter(|line| line.contains(&format!("/{archive}>")));
        let read: u64 = calls
            .filter_map(|line| line.rsplit_once("= ")?.1.trim().parse::<u64>().ok())
            .sum();
        // The header, the catalogue and the file, in chunks of 64 KiB.
        assert!(
            read > 0 && (size < 1 << 20 || read < size / 4),
            "{archive}: {read} of {size}"
        );
        fs::remove_dir_all(env.path("out")).unwrap();
    }
}

#[test]
fn damage_in_what_is_read_is_found_and_leaves_nothing() {
    let Some(env) = env() else { return };
    for archive in ARCHIVES {
        let whole = env.read(archive);
        let mut damaged = whole.clone();
        let last = damaged.len() - 1;
        damaged[last] ^= 1;
        env.write("damaged.tar.age", &damaged);
        let run = env
            .bulla(["extract", "-i", "key", "damaged.tar.age", "d/sub/7"])
            .run();
        assert_eq!(run.code, Some(5), "{}", run.stderr);
        assert!(!env.path("damaged").exists());
    }
    // It is named by its place in the contents.
    let mut damaged = env.read("ours.tar.age");
    let middle = damaged.len() / 2;
    damaged[middle] ^= 1;
    env.write("damaged.tar.age", &damaged);
    let run = env
        .bulla(["extract", "-i", "key", "damaged.tar.age", "d/big"])
        .run();
    assert_eq!(run.code, Some(5), "{}", run.stderr);
    assert!(
        run.stderr.contains("(from byte ") && !run.stderr.contains("chunk"),
        "{}",
        run.stderr
    );
}

#[test]
fn nothing_is_extracted_into_a_folder_that_exists() {
    let Some(env) = env() else { return };
    fs::create_dir(env.path("ours")).unwrap();
    let run = env
        .bulla(["extract", "-i", "key", "ours.tar.age", "d/sub/7"])
        .run();
    assert_eq!(run.code, Some(7), "{}", run.stderr);
    assert_eq!(fs::read_dir(env.path("ours")).unwrap().count(), 0);
}
