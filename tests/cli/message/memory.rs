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
    let folders = super::state(env).join("bulla").read_dir().unwrap();
    let is_of_messages = |path: &PathBuf| !path.ends_with("pins") && !path.ends_with("changes");
    let folder = folders
        .map(|entry| entry.unwrap().path())
        .find(is_of_messages)
        .unwrap();
    let mut files = folder
        .read_dir()
        .unwrap()
        .map(|entry| entry.unwrap().path());
    files.find(|path| !path.ends_with(".lock")).unwrap()
}

#[test]
fn a_repeated_or_late_message_is_reported() {
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
    let sent = fields["sender"]["time"].as_str().unwrap();
    for time in ["opened_before", "older_than"] {
        let time = fields[time].as_str().unwrap();
        assert_eq!((time.len(), &time[10..11]), (sent.len(), "T"), "{fields}");
        assert!(time.ends_with('Z'), "{fields}");
    }
    let kept = std::fs::read_to_string(file(&env)).unwrap();
    assert_eq!(
        kept.lines().filter(|line| !line.starts_with('#')).count(),
        2,
        "{kept}"
    );
    env.in_settings("remember_messages = false\n");
    let three = block(&env, "three\n", &["--to", "bob"]);
    for _ in 0..2 {
        assert_eq!(told(&env, &three, "three\n"), [""; 0]);
    }
    assert_eq!(told(&env, &one, "one\n"), [""; 0]);
    assert_eq!(std::fs::read_to_string(file(&env)).unwrap(), kept);
}

#[test]
fn a_message_that_cannot_be_recorded_is_still_read() {
    let env = env(&["--classic"]);
    let block = block(&env, "hello\n", &["--to", "bob"]);
    told(&env, &block, "hello\n");
    std::fs::write(file(&env), "red clay and reeds\n").unwrap();
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
    assert_eq!(std::fs::read(file(&env)).unwrap(), b"red clay and reeds\n");
    std::fs::remove_dir_all(super::state(&env)).unwrap();
    env.write("state", "no folder");
    let said = told(&env, &block, "hello\n");
    assert!(said.len() == 1 && said[0].starts_with(unknown), "{said:?}");
}
