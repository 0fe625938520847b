//! The plugins in age's own package, which are optional.

use std::path::PathBuf;

use crate::edit::screen;
use crate::env::{Run, TestEnv};

/// The folder of age 1.3 with its plugins, if there is one.
fn programs_of_age() -> Option<PathBuf> {
    let age = std::env::var_os("BULLA_AGE_1_3")?;
    PathBuf::from(age).parent().map(PathBuf::from)
}

/// An environment with some programs of age 1.3 on the `PATH`; `None` where one is missing.
fn with(programs: &[&str]) -> Option<TestEnv> {
    let env = TestEnv::new();
    for name in programs {
        let path = programs_of_age().map(|folder| folder.join(name));
        let Some(path) = path.filter(|path| path.is_file()) else {
            eprintln!("skipped: {name} not installed (BULLA_AGE_1_3)");
            return None;
        };
        env.install(name, &path);
    }
    Some(env)
}

#[test]
fn batchpass_encrypts_and_decrypts_with_bulla_as_with_age() {
    let Some(env) = with(&["age", "age-plugin-batchpass"]) else {
        return;
    };
    let names = ["a", "b"];
    names.iter().for_each(|name| drop(env.write(name, name)));
    let passphrase = |word: &'static str| ("AGE_PASSPHRASE", word);
    let bulla = |words: &[&str], word| {
        let (name, value) = passphrase(word);
        env.bulla(words)
            .env(name, value)
            .env("AGE_PASSPHRASE_WORK_FACTOR", "10")
            .run()
    };
    bulla(&["encrypt", "-q", "-j", "batchpass", "a", "b"], "hello").assert(0, "", "");
    let age = env.path("../bin/age");
    for name in names {
        let file = format!("{name}.age");
        let opened = env
            .program(&age, ["-d", "-j", "batchpass", &file])
            .env("AGE_PASSPHRASE", "hello")
            .run();
        assert_eq!(opened.stdout, name.as_bytes(), "{}", opened.stderr);
    }
    let decrypt = ["decrypt", "-q", "-f", "-j", "batchpass", "a.age", "b.age"];
    bulla(&decrypt, "hello").assert(0, "", "");
    let said = bulla(&["decrypt", "-j", "batchpass", "a.age", "-o", "-"], "wrong");
    assert_eq!(said.code, Some(1), "{}", said.stderr);
    let error = "bulla: error: a.age: age-plugin-batchpass failed: incorrect passphrase\n";
    assert!(said.stderr.ends_with(error), "{}", said.stderr);
}

/// Passes a passphrase to age-plugin-batchpass.
fn with_word<'a>(run: Run<'a>, word: &str) -> Run<'a> {
    run.env("AGE_PASSPHRASE", word)
        .env("AGE_PASSPHRASE_WORK_FACTOR", "10")
}

/// It asks nothing, not even for the new file: the plugin has the passphrase.
#[test]
fn a_file_for_batchpass_is_edited_and_stays_one() {
    let Some(env) = with(&["age", "age-plugin-batchpass"]) else {
        return;
    };
    let age = env.path("../bin/age");
    let closed = env.program(&age, ["-e", "-j", "batchpass", "-o", "note.age"]);
    with_word(closed, "hello")
        .stdin("first\n")
        .run()
        .assert(0, "", "");
    let edit = || env.edit(&["-j", "batchpass", "note.age"], "echo second >>\"$1\"");
    let Some(terminal) = with_word(edit(), "hello").on_terminal() else {
        return;
    };
    let said = terminal.end();
    assert_eq!(said.code, Some(0), "{said:?}");
    let opened = env.program(&age, ["-d", "-j", "batchpass", "note.age"]);
    with_word(opened, "hello")
        .run()
        .assert(0, "first\nsecond\n", "");
    let before = env.read("note.age");
    let said = with_word(edit(), "wrong").on_terminal().unwrap().end();
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(screen(&said).contains("incorrect passphrase"), "{said:?}");
    assert_eq!(env.read("note.age"), before);
}

#[test]
fn a_file_for_the_post_quantum_plugin_is_edited_and_stays_one() {
    let Some(env) = with(&["age-plugin-pq"]) else {
        return;
    };
    env.does(&["identity", "new", "-q", "--no-passphrase", "-o", "key"]);
    let identity = env.program(env.path("../bin/age-plugin-pq"), ["-identity", "key"]);
    env.write("plugin", &identity.run().stdout);
    env.write("note", "first\n");
    env.does(&["encrypt", "-q", "-i", "key", "note"]);
    let Some(said) = env.edits(&["-i", "plugin", "note.age"], "echo second >>\"$1\"") else {
        return;
    };
    assert_eq!(said.code, Some(0), "{said:?}");
    assert_eq!(env.text_of("note.age", "key"), "first\nsecond\n");
    assert_eq!(env.text_of("note.age", "plugin"), "first\nsecond\n");
}

/// It wraps nothing for its identity, so the text could not be encrypted again.
#[test]
fn a_file_whose_plugin_cannot_wrap_is_refused_before_the_editor_starts() {
    let Some(env) = with(&["age-plugin-tagtest"]) else {
        return;
    };
    let program = std::fs::read(env.path("../bin/age-plugin-tagtest")).unwrap();
    let recipient = recipient_in(&program, "age1tag1", (33 * 8usize).div_ceil(5) + 6);
    env.write("note", "first\n");
    env.does(&["encrypt", "-q", "-r", &recipient.unwrap(), "note"]);
    let before = env.read("note.age");
    let Some(said) = env.edits(&["-j", "tagtest", "note.age"], "touch ../started") else {
        return;
    };
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(
        screen(&said).contains("recipient-v1 not supported"),
        "{said:?}"
    );
    assert!(env.read("note.age") == before && !env.path("../started").exists());
}

#[test]
fn the_post_quantum_plugin_opens_what_bulla_encrypts_to_such_a_key() {
    let Some(env) = with(&["age-plugin-pq"]) else {
        return;
    };
    let plugin = env.path("../bin/age-plugin-pq");
    env.does(&["identity", "new", "-q", "--no-passphrase", "-o", "key"]);
    let identity = env.program(&plugin, ["-identity", "key"]).run();
    env.write("plugin", &identity.stdout);
    let said = String::from_utf8_lossy(&identity.stdout).into_owned();
    assert!(
        said.contains("AGE-PLUGIN-PQ-1"),
        "{said}{}",
        identity.stderr
    );
    env.write("plain", "plain");
    env.does(&["encrypt", "-q", "-i", "key", "plain"]);
    env.bulla(["decrypt", "-q", "-i", "plugin", "plain.age", "-o", "-"])
        .run()
        .assert(0, "plain", "");
    env.does(&["encrypt", "-q", "-i", "plugin", "plain", "-o", "by-plugin"]);
    env.bulla(["decrypt", "-q", "-i", "key", "by-plugin", "-o", "-"])
        .run()
        .assert(0, "plain", "");
}

/// Finds a recipient in the bytes of a program: its Bech32 prefix, followed by that many characters.
fn recipient_in(program: &[u8], prefix: &str, len: usize) -> Option<String> {
    let is_bech32 = |byte: &u8| b"023456789acdefghjklmnpqrstuvwxyz".contains(byte);
    let mut texts = program.windows(prefix.len() + len);
    let found = texts.find(|text| {
        text.starts_with(prefix.as_bytes()) && text[prefix.len()..].iter().all(is_bech32)
    })?;
    Some(String::from_utf8_lossy(found).into_owned())
}

/// age-plugin-tagtest has the secret keys of two fixed recipients, which are in its program.
#[test]
fn the_test_plugin_opens_what_bulla_encrypts_to_hardware_keys() {
    let Some(env) = with(&["age-plugin-tagtest"]) else {
        return;
    };
    let program = std::fs::read(env.path("../bin/age-plugin-tagtest")).unwrap();
    env.write("plain", "plain");
    // A compressed point; an ML-KEM-768 key with a point. Five bits a character, and a checksum.
    let chars = |bytes: usize| (bytes * 8).div_ceil(5) + 6;
    for (prefix, bytes) in [("age1tag1", 33), ("age1tagpq1", 1184 + 65)] {
        let recipient = recipient_in(&program, prefix, chars(bytes));
        let recipient = recipient.expect("the plugin has a recipient of each kind");
        env.does(&["encrypt", "-qf", "-r", &recipient, "plain"]);
        env.bulla(["decrypt", "-q", "-j", "tagtest", "plain.age", "-o", "-"])
            .run()
            .assert(0, "plain", "");
    }
}
