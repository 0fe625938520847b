//! Contents that are compared with the files of a folder, or passed to a command.

use std::fs;
use std::os::unix::fs::symlink;

use crate::env::TestEnv;

/// The path of a shell, for commands.
const SHELL: &str = "/bin/sh";

#[test]
fn single_files_are_compared_with_those_of_their_names() {
    let env = TestEnv::with_copy();
    for (name, text) in [("a/one", "1"), ("a/two", "2"), ("three", "3")] {
        env.write(&format!("live/{name}"), text);
        let copy = env.path(format!("media/{name}.age"));
        fs::create_dir_all(copy.parent().unwrap()).unwrap();
        env.sealed(&format!("live/{name}"), &["-o", copy.to_str().unwrap()]);
    }
    let same = env.drill(&["media", "--against", "live"]);
    assert_eq!(same.code, Some(0), "{same:?}");
    let receipts = env.receipts();
    let receipt: serde_json::Value =
        serde_json::from_str(receipts.lines().last().unwrap()).unwrap();
    assert_eq!(receipt["against"], env.path("live").to_str().unwrap());
    // One file changed, one is gone, and one is new.
    env.write("live/a/one", "1 and more");
    fs::remove_file(env.path("live/a/two")).unwrap();
    env.write("live/new", "4");
    symlink("new", env.path("live/link")).unwrap();
    let differs = env.drill(&["media", "--against", "live"]);
    assert_eq!(differs.code, Some(10), "{differs:?}");
    let text = differs.text();
    for part in [
        "media/a/one.age differs from live: 1 file with other contents\n",
        "other contents: a/one\n",
        "media/a/two.age differs from live: 1 file only in the copy\n",
        "media/three.age: proved with recovery",
        "live has 1 file without a copy\n",
        "without a copy: new\n",
        "Proved 1 of 3 copies",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let results = env.receipts();
    assert_eq!(results.matches("\"result\":\"different\"").count(), 2);
    // A file that is shorter or longer by one byte is another one.
    for text in ["", "33", "4"] {
        env.write("live/three", text);
        let one = env.drill(&["media/three.age", "--against", "live"]);
        assert_eq!(one.code, Some(1), "{text}: {one:?}");
    }
}

#[test]
fn the_files_of_an_archive_are_compared_with_those_of_the_folder() {
    let env = TestEnv::with_copy();
    env.write("photos/a/one", "1".repeat(100_000));
    env.write("photos/two", "");
    env.write("photos/three", "3");
    fs::hard_link(env.path("photos/three"), env.path("photos/four")).unwrap();
    symlink("two", env.path("photos/link")).unwrap();
    env.sealed("photos", &[]);
    env.sealed("photos", &["--zstd", "-o", "packed.tar.zst.age"]);
    let copies = ["photos.tar.age", "packed.tar.zst.age"];
    for copy in copies {
        let same = env.drill(&[copy, "--against", "photos"]);
        assert_eq!(same.code, Some(0), "{copy}: {same:?}");
    }
    env.write("photos/a/one", "1".repeat(99_999));
    fs::remove_file(env.path("photos/two")).unwrap();
    env.write("photos/new", "4");
    fs::remove_file(env.path("photos/four")).unwrap();
    env.write("photos/four", "another");
    for copy in copies {
        let differs = env.drill(&[copy, "--against", "photos"]);
        assert_eq!(differs.code, Some(1), "{copy}: {differs:?}");
        let text = differs.text();
        for part in [
            "differs from photos: 2 files with other contents, 1 file missing in the copy, 1 file \
             only in the copy\n",
            "other contents: a/one\n",
            "other contents: four\n",
            "missing in the copy: new\n",
            "only in the copy: two\n",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert!(!text.contains("proved"), "{text}");
    }
    // A damaged archive is called damaged, whatever could be compared of it.
    let mut bytes = env.read("photos.tar.age");
    let middle = bytes.len() - 20_000;
    bytes[middle] ^= 1;
    env.write("photos.tar.age", bytes);
    let damaged = env.drill(&["photos.tar.age", "--against", "photos"]);
    assert_eq!(damaged.code, Some(5), "{damaged:?}");
}

#[test]
fn modes_and_symlinks_of_an_archive_are_compared_too() {
    let env = TestEnv::with_copy();
    env.write("photos/a/one", "1");
    env.write("photos/two", "2");
    let mode = |name: &str, mode: u32| {
        let permissions = std::os::unix::fs::PermissionsExt::from_mode(mode);
        fs::set_permissions(env.path(name), permissions).unwrap();
    };
    mode("photos/a", 0o750);
    mode("photos/a/one", 0o640);
    mode("photos/two", 0o600);
    symlink("two", env.path("photos/link")).unwrap();
    symlink("nowhere", env.path("photos/a/dangling")).unwrap();
    env.sealed("photos", &[]);
    let drill = || env.drill(&["photos.tar.age", "--against", "photos"]);
    assert_eq!(drill().code, Some(0));
    #[track_caller]
    fn differs(said: &crate::env::Outcome, parts: &[&str]) {
        assert_eq!(said.code, Some(1), "{said:?}");
        let text = said.text();
        for part in parts {
            assert!(text.contains(part), "{part}: {text}");
        }
    }
    mode("photos/a/one", 0o644);
    differs(
        &drill(),
        &["differs from photos: 1 other mode\n", "other mode: a/one\n"],
    );
    mode("photos/a/one", 0o640);
    mode("photos/a", 0o700);
    differs(&drill(), &["1 other mode\n", "other mode: a\n"]);
    mode("photos/a", 0o750);
    assert_eq!(drill().code, Some(0));
    // A link that leads elsewhere, one that is gone, one that is new, and one that became a file.
    let again = |name: &str, target: &str| {
        fs::remove_file(env.path(name)).unwrap();
        symlink(target, env.path(name)).unwrap();
    };
    again("photos/link", "a/one");
    differs(
        &drill(),
        &[
            "differs from photos: 1 other symlink\n",
            "other symlink: link\n",
        ],
    );
    again("photos/link", "two");
    fs::remove_file(env.path("photos/a/dangling")).unwrap();
    differs(
        &drill(),
        &["1 other symlink\n", "other symlink: a/dangling\n"],
    );
    symlink("nowhere", env.path("photos/a/dangling")).unwrap();
    symlink("two", env.path("photos/new")).unwrap();
    differs(&drill(), &["1 other symlink\n", "other symlink: new\n"]);
    fs::remove_file(env.path("photos/new")).unwrap();
    fs::remove_file(env.path("photos/link")).unwrap();
    env.write("photos/link", "2");
    let parts = [
        "1 file missing in the copy, 1 other symlink\n",
        "missing in the copy: link\n",
    ];
    differs(&drill(), &parts);
}

#[test]
fn a_command_gets_the_contents_of_a_proved_copy_and_decides() {
    let env = TestEnv::with_copy();
    env.install("cat", "/bin/cat".as_ref());
    let pass = |copy: &str, script: &str| env.drill(&[copy, "--", SHELL, "-c", script]);
    let good = pass("db.age", "cat > got");
    assert_eq!(good.code, Some(0), "{good:?}");
    assert_eq!(env.read("got"), b"the accounts\n");
    let receipt: serde_json::Value = serde_json::from_str(&env.receipts()).unwrap();
    assert_eq!(receipt["passed_to"], "sh");
    // It may have enough before the end.
    assert_eq!(pass("db.age", "exit 0").code, Some(0));
    let bad = pass("db.age", "cat > /dev/null; echo no such table >&2; exit 3");
    assert_eq!(bad.code, Some(12), "{bad:?}");
    assert!(bad.stderr.contains("no such table"), "{bad:?}");
    let results = env.receipts();
    assert_eq!(results.matches("\"proved\"").count(), 2, "{results}");
    // Nothing of a damaged copy reaches it.
    let mut bytes = env.read("db.age");
    *bytes.last_mut().unwrap() ^= 1;
    env.write("x.age", bytes);
    let damaged = pass("x.age", "cat > never");
    assert_eq!(damaged.code, Some(5), "{damaged:?}");
    assert!(!env.path("never").exists());
    for line in [
        &["db.age", "x.age", "--", SHELL, "-c", "exit 0"][..],
        &["-", "--", SHELL, "-c", "exit 0"],
    ] {
        let refused = env.drill(line);
        assert_eq!(refused.code, Some(2), "{refused:?}");
    }
    let drawn = env.drill(&[
        "db.age", "db.age", "--sample", "1", "--", SHELL, "-c", "exit 0",
    ]);
    assert_eq!(drawn.code, Some(0), "{drawn:?}");
}
