//! Trees encrypted file by file: what is written, what is left as it is, and what is removed.

/// Killed at every system call.
mod cuts;
/// Files whose paths are in a list.
mod listed;
/// Names that are hidden, and their index.
mod names;
/// Files that are encrypted and decrypted where they are.
mod recursive;
/// A mirror put back into a tree.
mod restore;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::Path;
use std::process::Stdio;

use crate::env::{Outcome, TestEnv};
use crate::people::ONE;
use crate::someone::RECIPIENT;

/// The start of most command lines here.
const EACH: [&str; 7] = ["encrypt", "-r", RECIPIENT, "--each", "src", "-o", "out"];

impl TestEnv {
    /// Mirrors "src" into "out" with more options.
    #[track_caller]
    fn mirrors(&self, more: &[&str]) -> Outcome {
        let said = self.bulla([&EACH[..], more].concat()).run();
        assert_eq!(said.code, Some(0), "{more:?}: {}", said.stderr);
        said
    }

    /// Restores "out" into a new folder, and returns its files.
    #[track_caller]
    fn put_back(&self) -> BTreeMap<String, Vec<u8>> {
        let _ = fs::remove_dir_all(self.path("back"));
        self.bulla(["decrypt", "-q", "-i", "key", "--each", "out", "-o", "back"])
            .run()
            .assert(0, "", "");
        self.files("back")
    }

    /// The regular files below a folder.
    fn files(&self, folder: &str) -> BTreeMap<String, Vec<u8>> {
        fn walk(base: &Path, folder: &Path, files: &mut BTreeMap<String, Vec<u8>>) {
            for entry in folder.read_dir().unwrap() {
                let path = entry.unwrap().path();
                let kind = path.symlink_metadata().unwrap().file_type();
                if kind.is_dir() {
                    walk(base, &path, files);
                } else if kind.is_file() {
                    let name = path.strip_prefix(base).unwrap();
                    files.insert(
                        name.to_string_lossy().into_owned(),
                        fs::read(&path).unwrap(),
                    );
                }
            }
        }
        let mut files = BTreeMap::new();
        walk(&self.path(folder), &self.path(folder), &mut files);
        files
    }
}

/// A key, and a small tree.
fn tree() -> TestEnv {
    let env = TestEnv::new().with_key();
    for (name, bytes) in [
        ("a", "one\n"),
        ("b/c/d", "two\n"),
        ("b/e f", "three\n"),
        ("b/empty", ""),
        ("z.age", "not encrypted\n"),
    ] {
        env.write(&format!("src/{name}"), bytes);
    }
    env
}

#[test]
fn every_file_has_an_output_and_a_restore_gives_the_tree() {
    let env = tree();
    env.write("src/big", vec![7; 300_000]);
    let said = env.mirrors(&[]);
    assert_eq!(said.stderr, format!("Encrypted 6 files for {RECIPIENT}\n"));
    let names: Vec<String> = env.files("out").into_keys().collect();
    assert_eq!(
        names,
        [
            ".bulla-mirror",
            "a.age",
            "b/c/d.age",
            "b/e f.age",
            "b/empty.age",
            "big.age",
            "z.age.age"
        ]
    );
    assert_eq!(
        env.path("out/b/c").metadata().unwrap().mode() & 0o777,
        0o700
    );
    assert_eq!(env.put_back(), env.files("src"));
}

/// The inodes of the outputs: one that is written again has another.
fn inodes(env: &TestEnv) -> BTreeMap<String, u64> {
    let files = env.files("out").into_keys();
    files
        .map(|name| {
            let path = env.path("out").join(&name);
            (name, path.metadata().unwrap().ino())
        })
        .collect()
}

/// The outputs that were written between two looks.
fn written(before: &BTreeMap<String, u64>, after: &BTreeMap<String, u64>) -> Vec<String> {
    let new = after
        .iter()
        .filter(|(name, inode)| before.get(*name) != Some(inode));
    new.map(|(name, _)| name.clone()).collect()
}

#[test]
fn only_what_changed_is_written_again() {
    let env = tree();
    env.mirrors(&["--if-changed"]);
    let first = inodes(&env);
    let said = env.mirrors(&["--if-changed"]);
    assert_eq!(said.stderr, "Left 5 files unchanged\n");
    assert_eq!(inodes(&env), first);
    // Times say nothing: the contents do.
    env.write("src/b/c/d", "two\n");
    env.write("src/a", "ONE\n");
    env.write("src/new", "new\n");
    let old = env.path("src/a").metadata().unwrap().modified().unwrap();
    env.write("src/b/e f", "THREE\n");
    let touched = fs::File::options().write(true).open(env.path("src/b/e f"));
    touched.unwrap().set_modified(old).unwrap();
    env.mirrors(&["--if-changed"]);
    let second = inodes(&env);
    assert_eq!(written(&first, &second), ["a.age", "b/e f.age", "new.age"]);
    assert_eq!(env.put_back(), env.files("src"));
}

#[test]
fn an_output_that_is_missing_cut_or_replaced_is_written_again() {
    let env = tree();
    env.mirrors(&["--if-changed"]);
    let files = env.files("src");
    type Harm = fn(&TestEnv);
    let harms: [(&str, Harm); 6] = [
        ("missing", |env| {
            fs::remove_file(env.path("out/a.age")).unwrap()
        }),
        ("cut", |env| {
            let file = fs::File::options().write(true).open(env.path("out/a.age"));
            file.unwrap().set_len(300).unwrap();
        }),
        ("written over in place, with its time set back", |env| {
            let path = env.path("out/a.age");
            let time = path.metadata().unwrap().modified().unwrap();
            let len = fs::read(&path).unwrap().len();
            fs::write(&path, vec![0; len]).unwrap();
            let file = fs::File::options().write(true).open(path).unwrap();
            file.set_modified(time).unwrap();
        }),
        ("replaced by another output", |env| {
            fs::rename(env.path("out/b/c/d.age"), env.path("out/a.age")).unwrap();
        }),
        ("replaced by a link to a good one", |env| {
            fs::rename(env.path("out/a.age"), env.path("elsewhere")).unwrap();
            fs::hard_link(env.path("elsewhere"), env.path("out/a.age")).unwrap();
        }),
        ("shared with somebody else", |env| {
            env.bulla(["share", "-q", "-i", "key", "-r", ONE, "out/a.age"])
                .run()
                .assert(0, "", "");
        }),
    ];
    for (what, harm) in harms {
        harm(&env);
        let before = inodes(&env);
        env.mirrors(&["--if-changed"]);
        let again = written(&before, &inodes(&env));
        assert!(again.contains(&"a.age".to_owned()), "{what}: {again:?}");
        assert_eq!(env.put_back(), files, "{what}");
    }
}

#[test]
fn other_readers_mean_that_everything_is_written_again() {
    let env = tree().with_identity("me", None);
    env.mirrors(&["--if-changed"]);
    let mut before = inodes(&env);
    let other: [&[&str]; 5] = [
        &["-r", ONE],
        &["-r", ONE, "--hide-recipients"],
        &["--armor"],
        &["--plain"],
        &["--to", "me"],
    ];
    for more in other {
        let line = [more, &["--if-changed"]].concat();
        env.mirrors(&line);
        let after = inodes(&env);
        assert_eq!(written(&before, &after).len(), 5, "{more:?}");
        env.mirrors(&line);
        assert_eq!(inodes(&env), after, "{more:?}");
        before = after;
    }
    assert_eq!(env.put_back(), env.files("src"));
}

#[test]
fn notes_that_are_lost_or_wrong_cost_only_time() {
    let env = tree();
    env.mirrors(&["--if-changed"]);
    let state = env.path("../home/.local/state/bulla/mirrors");
    let notes = state
        .read_dir()
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path()
        .join("notes");
    let good = fs::read_to_string(&notes).unwrap();
    let line = |path: &str| good.lines().find(|line| line.ends_with(path)).unwrap();
    // Another file's note, as if it were the one of "a".
    let swapped = line(" b/c/d").replace(" b/c/d", " a") + "\n";
    for (what, text, new) in [
        ("empty", "", 5),
        ("garbage", "\u{1}\u{2}\n", 5),
        ("swapped", &*swapped, 5),
        ("cut in the middle", &good[..good.len() / 2], 3),
        ("as they were", &*good, 0),
    ] {
        env.mirrors(&["--if-changed"]);
        let now = fs::read_to_string(&notes).unwrap();
        if what == "as they were" || what == "cut in the middle" {
            fs::write(&notes, &now[..now.len() * text.len() / good.len()]).unwrap();
        } else {
            fs::write(&notes, text).unwrap();
        }
        let before = inodes(&env);
        env.mirrors(&["--if-changed"]);
        assert_eq!(written(&before, &inodes(&env)).len(), new, "{what}");
    }
    fs::remove_dir_all(&state).unwrap();
    let said = env.mirrors(&["--if-changed"]);
    assert_eq!(
        said.stderr,
        format!(
            "bulla: warning: The notes about out are not on this machine, so every file is \
             encrypted again\nEncrypted 5 files for {RECIPIENT}\n"
        )
    );
    assert_eq!(env.put_back(), env.files("src"));
}

#[test]
fn outputs_without_a_source_are_removed_only_if_asked_and_only_our_own() {
    let env = tree();
    env.mirrors(&[]);
    env.write("out/b/theirs.age", "somebody else's\n");
    env.write("out/notes.txt", "somebody else's\n");
    fs::remove_file(env.path("src/a")).unwrap();
    fs::remove_dir_all(env.path("src/b/c")).unwrap();
    env.mirrors(&["--if-changed"]);
    assert!(env.path("out/a.age").is_file());
    let said = env.mirrors(&["--if-changed", "--delete"]);
    assert_eq!(
        said.stderr,
        "Left 3 files unchanged\nRemoved 2 files, whose source is gone\n"
    );
    let left: Vec<String> = env.files("out").into_keys().collect();
    assert_eq!(
        left,
        [
            ".bulla-mirror",
            "b/e f.age",
            "b/empty.age",
            "b/theirs.age",
            "notes.txt",
            "z.age.age"
        ]
    );
    assert!(
        !env.path("out/b/c").exists(),
        "an empty folder is removed too"
    );
    // One that was changed is not ours any more.
    env.write("out/z.age.age", "written by somebody else\n");
    fs::remove_file(env.path("src/z.age")).unwrap();
    let said = env.mirrors(&["--if-changed", "--delete"]);
    assert_eq!(
        said.stderr,
        "bulla: warning: 1 output was kept, because something else has changed them since they \
         were written\nLeft 2 files unchanged\n"
    );
    assert_eq!(env.read("out/z.age.age"), b"written by somebody else\n");
}

#[test]
fn a_source_that_is_empty_unreadable_or_mostly_gone_removes_nothing() {
    let env = tree();
    env.mirrors(&[]);
    let all = env.files("out");
    fs::rename(env.path("src"), env.path("away")).unwrap();
    let deletes = [&EACH[..], &["--if-changed", "--delete"]].concat();
    env.bulla(&deletes)
        .run()
        .assert(6, "", "bulla: error: src does not exist\n");
    fs::create_dir_all(env.path("src/b")).unwrap();
    env.bulla(&deletes).run().assert(
        7,
        "",
        "bulla: error: src has no files, so --delete would remove every output\n\
         bulla: hint: If it is a disk that is not mounted, mount it. To give the mirror up, remove \
         its folder\n",
    );
    fs::copy(env.path("away/a"), env.path("src/a")).unwrap();
    let said = env.bulla(&deletes).run();
    assert_eq!(said.code, Some(7), "{}", said.stderr);
    assert!(
        said.stderr.ends_with(
            "bulla: error: No output was removed, because 4 of 5 outputs would be\n\
             bulla: hint: If that is right: --delete --delete-most\n"
        ),
        "{}",
        said.stderr
    );
    assert_eq!(env.files("out").len(), all.len());
    env.mirrors(&["--if-changed", "--delete", "--delete-most"]);
    assert_eq!(env.files("out").len(), 2);
}

#[test]
fn a_folder_that_cannot_be_read_fails_and_removes_nothing() {
    let env = tree();
    env.mirrors(&[]);
    fs::remove_file(env.path("src/a")).unwrap();
    // Not even root can open a folder whose path is too long for the system.
    let (name, mode) = ("n".repeat(250), rustix::fs::Mode::from_raw_mode(0o700));
    let mut folder = std::os::fd::OwnedFd::from(fs::File::open(env.path("src/b")).unwrap());
    for _ in 0..17 {
        rustix::fs::mkdirat(&folder, &*name, mode).unwrap();
        let flags = rustix::fs::OFlags::RDONLY;
        folder = rustix::fs::openat(&folder, &*name, flags, mode).unwrap();
    }
    let deletes = [&EACH[..], &["--if-changed", "--delete"]].concat();
    let said = env.bulla(&deletes).run();
    assert_eq!(said.code, Some(10), "{}", said.stderr);
    let expected = "bulla: error: No output was removed, because a folder could not be read\n\
        bulla: hint: Make it readable, and run the command again\n\
        bulla: error: 1 of 5 inputs failed\n";
    assert!(said.stderr.ends_with(expected), "{}", said.stderr);
    assert!(env.path("out/a.age").is_file());
    env.program("/bin/rm", ["-r", "src/b"])
        .run()
        .assert(0, "", "");
    env.write("src/b/e f", "three\n");
    env.mirrors(&["--if-changed", "--delete", "--delete-most"]);
    assert!(!env.path("out/a.age").exists());
}

#[test]
fn links_and_special_files_are_named_and_left_out() {
    let env = tree();
    symlink("../../key", env.path("src/b/link")).unwrap();
    symlink("..", env.path("src/round")).unwrap();
    let mode = rustix::fs::Mode::from_raw_mode(0o600);
    rustix::fs::mkfifoat(rustix::fs::CWD, env.path("src/pipe"), mode).unwrap();
    let said = env.mirrors(&[]);
    assert_eq!(
        said.stderr,
        format!(
            "Encrypted 5 files for {RECIPIENT}\n\
             Skipped 3 symlinks and special files: src/b/link, src/pipe, src/round\n"
        )
    );
    assert_eq!(env.put_back(), env.files("src"));
}

#[test]
fn a_folder_becomes_a_mirror_only_if_it_is_empty_or_with_force() {
    let env = tree();
    env.write("out/a.age", "precious\n");
    env.bulla(EACH).run().assert(
        7,
        "",
        "bulla: error: out is not empty, and not a mirror\n\
         bulla: hint: Choose a new folder. To mirror into this one, which can overwrite files in \
         it: --force\n",
    );
    assert_eq!(env.read("out/a.age"), b"precious\n");
    env.mirrors(&["--force"]);
    assert_eq!(env.put_back(), env.files("src"));
    for (source, output) in [("src", "src/out"), ("src", "src"), ("src/b", "src")] {
        let line = [
            "encrypt", "-r", RECIPIENT, "--each", source, "-o", output, "-f",
        ];
        let said = env.bulla(line).run();
        assert_eq!(said.code, Some(7), "{}", said.stderr);
        assert!(said.stderr.contains("the run would read what it writes"));
    }
}

/// The second run has seen the place before the first one made the mirror, because it waits for its
/// recipients.
#[test]
fn first_runs_of_one_mirror_do_not_get_in_each_other_s_way() {
    let env = tree();
    let pipe = env.path("../recipients");
    let mode = rustix::fs::Mode::from_raw_mode(0o600);
    rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, mode).unwrap();
    let state = env.path("../home/.local/state/bulla/mirrors");
    for make in [false, true] {
        if make {
            fs::create_dir(env.path("out")).unwrap();
        }
        let later = env.bulla([
            "encrypt",
            "-R",
            "../recipients",
            "--each",
            "src",
            "-o",
            "out",
        ]);
        let child = later.command().stderr(Stdio::piped()).spawn().unwrap();
        // This waits until somebody reads it.
        let mut recipients = File::options().write(true).open(&pipe).unwrap();
        env.mirrors(&["--if-changed"]);
        let marker = env.read("out/.bulla-mirror");
        recipients.write_all(RECIPIENT.as_bytes()).unwrap();
        drop(recipients);
        let said = later.outcome(child.wait_with_output().unwrap());
        assert_eq!(said.code, Some(0), "{}", said.stderr);
        assert_eq!(env.read("out/.bulla-mirror"), marker);
        // The notes that were begun for another mirror are gone.
        assert_eq!(state.read_dir().unwrap().count(), 1);
        fs::remove_dir_all(&state).unwrap();
        fs::remove_dir_all(env.path("out")).unwrap();
    }
}

#[test]
fn first_runs_at_the_same_time_all_succeed() {
    let env = tree();
    for round in 0..8 {
        let runs: Vec<_> = (0..3)
            .map(|_| env.bulla([&EACH[..], &["--if-changed"]].concat()))
            .collect();
        let children: Vec<_> = runs
            .iter()
            .map(|run| run.command().stderr(Stdio::piped()).spawn().unwrap())
            .collect();
        for (run, child) in runs.iter().zip(children) {
            let said = run.outcome(child.wait_with_output().unwrap());
            assert_eq!(said.code, Some(0), "{round}: {}", said.stderr);
        }
        assert_eq!(env.put_back(), env.files("src"));
        fs::remove_dir_all(env.path("out")).unwrap();
    }
}

#[test]
fn one_that_fails_stops_no_other() {
    let env = tree();
    // A name that leaves no room for ".age".
    env.write(&format!("src/{}", "n".repeat(252)), "long\n");
    let said = env.bulla(EACH).run();
    assert_eq!(said.code, Some(10), "{}", said.stderr);
    assert!(
        said.stderr
            .ends_with("bulla: error: 1 of 6 inputs failed\n"),
        "{}",
        said.stderr
    );
    assert_eq!(env.put_back().len(), 5);
}

#[test]
fn each_file_is_signed_and_a_restore_can_demand_that() {
    let env = tree();
    env.bulla(["identity", "new", "me", "--no-passphrase", "-q"])
        .run();
    let line = [
        "encrypt", "--to", "me", "--sign", "--each", "src", "-o", "out", "-q",
    ];
    env.does(&line);
    let restore = [
        "decrypt", "-q", "--each", "out", "-o", "back", "--from", "me",
    ];
    env.does(&restore);
    assert_eq!(env.files("back"), env.files("src"));
    env.does(&[
        "encrypt",
        "-q",
        "-f",
        "--to",
        "me",
        "src/a",
        "-o",
        "out/a.age",
    ]);
    fs::remove_dir_all(env.path("back")).unwrap();
    let said = env.bulla(restore).run();
    assert_eq!(said.code, Some(10), "{}", said.stderr);
    assert_eq!(env.files("back").len(), 4);
}

#[test]
fn json_says_what_became_of_each_file() {
    let env = tree();
    symlink("a", env.path("src/link")).unwrap();
    let results = |more: &[&str]| -> Vec<(String, String)> {
        let lines = env.bulla([&EACH[..], more].concat()).run().json();
        let text = |value: &serde_json::Value| value.as_str().unwrap_or("").to_owned();
        lines
            .iter()
            .map(|line| (text(&line["file"]), text(&line["result"])))
            .collect()
    };
    let pairs = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
        let owned = |(file, result): &(&str, &str)| (file.to_string(), result.to_string());
        pairs.iter().map(owned).collect()
    };
    fs::remove_file(env.path("src/z.age")).unwrap();
    let first = [
        ("src/a", "encrypted"),
        ("src/b/c/d", "encrypted"),
        ("src/b/e f", "encrypted"),
        ("src/b/empty", "encrypted"),
        ("src/link", "skipped"),
    ];
    assert_eq!(results(&["--json", "--if-changed"]), pairs(&first));
    fs::remove_file(env.path("src/a")).unwrap();
    let second = [
        ("src/b/c/d", "unchanged"),
        ("src/b/e f", "unchanged"),
        ("src/b/empty", "unchanged"),
        ("src/link", "skipped"),
        ("src/a", "deleted"),
    ];
    assert_eq!(
        results(&["--json", "--if-changed", "--delete"]),
        pairs(&second)
    );
}

/// Who can open a file, and whether it is signed, is known only of what was encrypted now.
#[test]
fn json_claims_nothing_about_files_that_were_not_encrypted() {
    let env = tree();
    symlink("a", env.path("src/link")).unwrap();
    env.does(&["identity", "new", "me", "--no-passphrase", "-q"]);
    let line = [
        "encrypt",
        "--to",
        "me",
        "--sign",
        "--each",
        "src",
        "-o",
        "out",
        "--if-changed",
        "--json",
    ];
    let both = [env.bulla(line).run().json(), env.bulla(line).run().json()];
    let mut results = Vec::new();
    for object in both.iter().flatten() {
        let result = object["result"].as_str().unwrap();
        results.push(result);
        for field in ["readers", "recipients", "signed", "bytes", "size"] {
            let is_known = result == "encrypted";
            assert_eq!(!object[field].is_null(), is_known, "{field}: {object}");
        }
        if result == "encrypted" {
            assert_eq!(object["signed"], "content", "{object}");
            let len = |path: &serde_json::Value| {
                let path = env.path(path.as_str().unwrap());
                path.metadata().unwrap().len()
            };
            assert_eq!(object["bytes"], len(&object["file"]), "{object}");
            assert_eq!(object["size"], len(&object["output"]), "{object}");
        }
    }
    for result in ["encrypted", "unchanged", "skipped"] {
        assert!(results.contains(&result), "{results:?}");
    }
}

#[test]
fn what_patterns_exclude_is_in_no_mirror_and_its_output_is_removed_only_with_delete() {
    let env = tree();
    env.write("src/b/c/x.o", "object\n");
    env.write("src/x.o/kept", "in a folder\n");
    env.mirrors(&["--if-changed"]);
    let all = env.files("out");
    assert!(all.contains_key("b/c/x.o.age") && all.contains_key("x.o/kept.age"));
    let exclude = ["--if-changed", "--exclude", "*.o", "--exclude", "/b/e f"];
    let said = env.mirrors(&exclude);
    assert_eq!(env.files("out"), all, "nothing is removed unasked");
    let count = "Left out of src by patterns: 3\n";
    assert!(said.stderr.contains(count), "{}", said.stderr);
    let said = env.mirrors(&["--if-changed"]);
    assert!(!said.stderr.contains("Left out"), "{}", said.stderr);
    env.mirrors(&[&exclude[..], &["--delete"]].concat());
    let left: Vec<String> = env.files("out").into_keys().collect();
    let expected = [
        ".bulla-mirror",
        "a.age",
        "b/c/d.age",
        "b/empty.age",
        "z.age.age",
    ];
    assert_eq!(left, expected);
    // Whatever patterns leave, an empty source removes nothing.
    let everything = [&EACH[..], &["--exclude", "*", "--delete"]].concat();
    assert_eq!(env.bulla(everything).run().code, Some(7));
    assert_eq!(env.files("out").len(), expected.len());
    env.write("list", "a\n");
    let listed = [&EACH[..], &["--exclude", "a", "--files-from", "list"]].concat();
    let said = env.bulla(listed).run();
    assert_eq!(said.code, Some(2), "{}", said.stderr);
    let wrong = [&EACH[..], &["--exclude", "a{"]].concat();
    assert_eq!(env.bulla(wrong).run().code, Some(2));
    let beside = [
        "encrypt",
        "-q",
        "-r",
        RECIPIENT,
        "--recursive",
        "src",
        "--exclude",
        "b",
    ];
    env.bulla(beside).run().assert(0, "", "");
    let beside: Vec<String> = env.files("src").into_keys().collect();
    assert!(beside.contains(&"a.age".to_owned()), "{beside:?}");
    assert!(
        !beside
            .iter()
            .any(|name| name.starts_with("b/") && name.ends_with(".age"))
    );
}
