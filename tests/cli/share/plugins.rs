//! Keys that only a plugin can use, on both sides.

use crate::env::TestEnv;
use crate::plugins::{GOOD, identity, recipient};
use crate::someone::RECIPIENT;

/// Three files that a plugin opens.
fn closed_for_a_plugin(words: &str) -> TestEnv {
    let env = TestEnv::new().with_plugins().with_key();
    env.write("seven", identity(GOOD, words));
    for name in ["a.age", "b.age", "c.age"] {
        let closed = env
            .bulla(["encrypt", "-q", "-r", &recipient(GOOD, "7")])
            .stdin("hello\n")
            .run();
        env.write(name, &closed.assert_quiet().stdout);
    }
    env
}

#[test]
fn share_starts_a_plugin_identity_once() {
    let env = closed_for_a_plugin("7");
    let words = format!("7;log={}", env.path("log").display());
    env.write("seven", identity(GOOD, &words));
    env.does(&[
        "share", "-i", "seven", "-r", RECIPIENT, "a.age", "b.age", "c.age",
    ]);
    assert_eq!(
        String::from_utf8(env.read("log")).unwrap().lines().count(),
        1
    );
    env.write("seven", identity(GOOD, "7"));
    for name in ["a.age", "b.age", "c.age"] {
        assert!(env.opens("key", name) && env.opens("seven", name));
    }
}

#[test]
fn a_plugin_recipient_is_added_and_removed() {
    let env = closed_for_a_plugin("7");
    let seven = recipient(GOOD, "7");
    for name in ["a.age", "b.age"] {
        env.write(name, env.closed("hello\n"));
    }
    env.does(&["share", "-i", "key", "-r", &seven, "a.age", "b.age"]);
    for name in ["a.age", "b.age"] {
        assert!(env.opens("key", name) && env.opens("seven", name));
    }
    let said = env.does(&["share", "-i", "key", "-r", &seven, "a.age"]);
    assert!(said.ends_with(" can already open a.age\n"), "{said}");
    let said = env.does(&["unshare", "-i", "key", "--drop", &seven, "a.age"]);
    assert!(
        said.contains("(as listed) from a.age (existing copies can still be opened)"),
        "{said}"
    );
    assert!(env.opens("key", "a.age") && !env.opens("seven", "a.age"));
    // This is the file's only key. Whoever uses it would lose access, so it does not count as
    // another reader.
    env.does(&["share", "-i", "seven", "-r", RECIPIENT, "c.age"]);
    env.fails(7, &["unshare", "-i", "seven", "--drop", &seven, "c.age"]);
    env.does(&["unshare", "-i", "seven", "--drop", RECIPIENT, "c.age"]);
    assert!(!env.opens("key", "c.age") && env.opens("seven", "c.age"));
}

#[test]
fn share_starts_a_plugin_recipient_once_for_many_files() {
    let env = closed_for_a_plugin("7");
    let log = env.path("log");
    let seven = recipient(GOOD, &format!("7;log={}", log.display()));
    let names = ["x.age", "same.age", "y.age", "z.age"];
    for name in names {
        env.write(name, env.closed("hello\n"));
    }
    env.write("same.age", env.read("x.age"));
    // It already has access to one of them, so nothing needs to be wrapped there.
    env.does(&["share", "-i", "key", "-r", &seven, "z.age"]);
    std::fs::remove_file(&log).unwrap();
    env.does(&[&["share", "-i", "key", "-r", &seven][..], &names].concat());
    assert_eq!(
        String::from_utf8(env.read("log")).unwrap().lines().count(),
        1
    );
    for name in names {
        assert!(env.opens("key", name) && env.opens("seven", name), "{name}");
    }
    // A file that cannot be opened does not stop the others.
    let theirs = env
        .bulla(["encrypt", "-q", "-r", &env.somebody("other")])
        .stdin("hello\n")
        .run();
    env.write("a.age", theirs.stdout);
    for name in ["x.age", "y.age"] {
        env.write(name, env.closed("hello\n"));
    }
    env.fails(
        10,
        &[
            "share", "-i", "key", "-r", &seven, "a.age", "x.age", "y.age",
        ],
    );
    assert!(env.opens("seven", "x.age") && env.opens("seven", "y.age"));
    assert_eq!(
        String::from_utf8(env.read("log")).unwrap().lines().count(),
        2
    );
    // A missing plugin is reported once, and nothing is written.
    let missing = recipient("missing", "7");
    let said = env.fails(1, &["share", "-i", "key", "-r", &missing, "x.age", "y.age"]);
    assert_eq!(
        said.matches("age-plugin-missing is not installed").count(),
        1,
        "{said}"
    );
}

#[test]
fn a_plugin_identity_in_the_keyring_is_yours() {
    let env = closed_for_a_plugin("7");
    let seven = recipient(GOOD, "7");
    env.does(&[
        "identity",
        "import",
        "token",
        "seven",
        "-r",
        &seven,
        "--no-passphrase",
    ]);
    for to in [["--to", "token"], ["-r", &seven]] {
        env.does(&[&["reseal", "-q", "a.age"][..], &to].concat());
        assert!(env.opens("seven", "a.age"));
    }
    env.fails(7, &["reseal", "a.age", "-r", RECIPIENT]);
    env.fails(7, &["unshare", "a.age", "--drop", "token"]);
}
