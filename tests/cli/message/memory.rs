//! What `read` remembers about messages and reports when one arrives again or late. Failures of
//! this memory never prevent reading.

use std::path::PathBuf;
use std::time::Duration;

use super::{block, bob, env};
use crate::env::TestEnv;

/// The output that Bob gets for a message. The text is always printed.
#[track_caller]
fn told(env: &TestEnv, block: &str, text: &str) -> Vec<String> {
    let said = bob(env, &["read"]).stdin(block).run();
    assert_eq!(
        (said.code, said.stdout.as_slice()),
        (Some(0), text.as_bytes()),
        "{}",
        said.stderr
    );
    let warnings = said
        .stderr
        .lines()
        .filter(|line| line.starts_with("bulla: "));
    warnings
        .map(|line| {
            line.split(" on ")
                .next()
                .unwrap()
                .split(" (")
                .next()
                .unwrap()
                .to_owned()
        })
        .collect()
}

const AGAIN: &str = "bulla: warning: You already opened this message";
const LATE: &str = "bulla: warning: This message is older than the last one from this sender";

/// The file about Alice in Bob's state folder.
fn file(env: &TestEnv) -> PathBuf {
    let folder = super::state(env)
        .join("bulla")
        .read_dir()
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    let mut files = folder
        .read_dir()
        .unwrap()
        .map(|entry| entry.unwrap().path());
    files.find(|path| !path.ends_with(".lock")).unwrap()
}

#[test]
fn a_message_that_comes_again_or_late_is_told() {
    let env = env(&["--classic"]);
    let one = block(&env, "one\n", &["--to", "bob"]);
    // Times are in whole seconds.
    std::thread::sleep(Duration::from_millis(1100));
    let two = block(&env, "two\n", &["--to", "bob"]);
    assert_eq!(told(&env, &two, "two\n"), [""; 0]);
    assert_eq!(told(&env, &one, "one\n"), [LATE]);
    assert_eq!(told(&env, &one, "one\n"), [AGAIN, LATE]);
    assert_eq!(
        told(&env, &two, "two\n"),
        [AGAIN],
        "the later one was opened first"
    );
    let said = bob(&env, &["read", "--json"]).stdin(one.clone()).run();
    let fields: serde_json::Value = serde_json::from_slice(&said.stdout).unwrap();
    assert!(
        fields["opened_before"].is_string() && fields["older_than"].is_string(),
        "{fields}"
    );
    let kept = std::fs::read_to_string(file(&env)).unwrap();
    assert_eq!(
        kept.lines().filter(|line| !line.starts_with('#')).count(),
        2,
        "{kept}"
    );
    env.write("bob/config.toml", "remember_messages = false\n");
    let three = block(&env, "three\n", &["--to", "bob"]);
    for _ in 0..2 {
        assert_eq!(told(&env, &three, "three\n"), [""; 0]);
    }
    assert_eq!(told(&env, &one, "one\n"), [""; 0]);
    assert_eq!(std::fs::read_to_string(file(&env)).unwrap(), kept);
}

#[test]
fn what_cannot_be_remembered_is_read_all_the_same() {
    let env = env(&["--classic"]);
    let block = block(&env, "hello\n", &["--to", "bob"]);
    told(&env, &block, "hello\n");
    std::fs::write(file(&env), "clay\n").unwrap();
    let name = file(&env)
        .strip_prefix(env.path("..").canonicalize().unwrap())
        .unwrap()
        .display()
        .to_string();
    let unknown = "bulla: warning: Could not check whether you opened this message before: ";
    assert_eq!(
        told(&env, &block, "hello\n"),
        [
            format!("{unknown}[TMP]/{name}, line 1: not an opened message"),
            "bulla: hint: Remove this file; bulla will then forget which messages you opened"
                .to_owned(),
        ]
    );
    assert_eq!(std::fs::read(file(&env)).unwrap(), b"clay\n");
    std::fs::remove_dir_all(super::state(&env)).unwrap();
    env.write("state", "no folder");
    let said = told(&env, &block, "hello\n");
    assert!(said.len() == 1 && said[0].starts_with(unknown), "{said:?}");
}
