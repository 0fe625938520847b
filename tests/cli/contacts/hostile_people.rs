//! Names, comments and keyring files from strangers, by hand or by git: refused or escaped, never
//! printed as they are.

use crate::env::TestEnv;
use crate::escapes::{EVIL, harmless};
use crate::people::{ONE, TWO};

/// Runs every command that could show it.
#[track_caller]
fn look(env: &TestEnv, name: &str) {
    for args in [
        &["contact", "list"][..],
        &["contact", "list", "--json"],
        &["contact", "show", name],
        &["contact", "verify", name, "--check", "0"],
        &["contact", "resolve", name, "--check", "0"],
        &["encrypt", "--to", name, "-fo", "out", "plain"],
    ] {
        harmless(env, args);
    }
}

fn with_alice() -> TestEnv {
    let env = TestEnv::new();
    env.write("plain", "plain");
    env.does(&["contact", "add", "alice", ONE]);
    env
}

/// A text as a TOML string, which is also a JSON string for these texts.
fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

#[test]
fn long_names_of_people_that_would_draw_are_refused() {
    let env = with_alice();
    let long = "x".repeat(65);
    let paths = [
        "",
        ".",
        "..",
        "../x",
        "a/b",
        "/etc/passwd",
        ".hidden",
        "a b",
        "a\u{202e}b",
        "\u{301}a",
        "Age1x",
        &long,
    ];
    let names: Vec<&str> = EVIL.into_iter().chain(paths).collect();
    assert_eq!(names.len(), 20);
    let before = env.does(&["contact", "list", "--json"]);
    for name in names {
        for args in [
            &["contact", "add", name, TWO][..],
            &["contact", "rename", "alice", name],
            &["contact", "remove", name],
            &["contact", "export", name, "-o", "."],
            &["group", "create", name, "alice"],
            &["group", "create", "friends", name],
            &["group", "drop", name, "alice"],
            &["encrypt", "--to", name, "-fo", "out", "plain"],
        ] {
            env.fails(2, args);
            harmless(&env, args);
        }
        harmless(&env, &["contact", "add", "bob", name]);
    }
    assert_eq!(env.does(&["contact", "list", "--json"]), before);
    assert_eq!(
        env.does(&["group", "list", "--json"]),
        "No groups yet\nbulla: hint: Create one: bulla group create NAME MEMBER\n"
    );
    assert_eq!(env.list(), ["plain"]);
}

#[test]
fn long_comments_and_names_of_key_files_are_harmless() {
    for evil in EVIL {
        let env = with_alice();
        let file = format!("from {evil}");
        env.write(&file, format!("# {evil}\n{TWO}\nssh-dss AAAA {evil}\n"));
        harmless(&env, &["contact", "add", "bob", &file]);
        look(&env, "bob");
        harmless(&env, &["contact", "add", "alice", &file]);
        look(&env, "alice");
        env.write("comment", format!("# {evil}\n{TWO} {evil}\n"));
        harmless(&env, &["contact", "add", "carol", "comment"]);
    }
}

#[test]
fn long_files_of_the_keyring_that_came_from_elsewhere_are_harmless() {
    let mut files = 0;
    for evil in EVIL {
        let env = with_alice();
        let text = quoted(evil);
        let fields = |fields: &str| {
            format!("{fields}\nrecipients = [\"{ONE}\"]\nadded = {text}\nsource = {text}\n")
        };
        let changed =
            format!("[changed]\nrecipients = [\"{TWO}\", {text}]\non = {text}\nsource = {text}\n");
        let contacts = [
            fields(&format!("verified = {text}")),
            fields(&format!("removed = {text}")),
            format!("{}{changed}", fields("")),
            format!("recipients = [{text}]\nadded = \"\"\nsource = \"\"\n"),
            // Not escaped: invalid TOML, and unknown keys and values.
            format!("recipients = [\"{evil}\"]\nadded = \"{evil}\"\n{evil}"),
            format!("{}{text} = {text}\n[{text}]\n", fields("verified = 7")),
        ];
        for contact in &contacts {
            env.write_in_keyring("contacts/eve.toml", contact);
            look(&env, "eve");
            harmless(&env, &["contact", "add", "eve", TWO]);
            files += 1;
        }
        for group in [
            format!("members = [{text}, \"alice\"]\n"),
            format!("members = [\"{evil}\n"),
        ] {
            env.write_in_keyring("groups/all.toml", &group);
            for args in [
                &["group", "list"][..],
                &["group", "list", "--json"],
                &["group", "show", "all"],
                &["group", "drop", "all", evil],
                &["encrypt", "--to", "all", "-fo", "out", "plain"],
            ] {
                harmless(&env, args);
            }
            files += 1;
        }
        env.write_in_keyring(
            &format!("contacts/{}.toml", evil.replace('/', "")),
            &contacts[0],
        );
        harmless(&env, &["contact", "list"]);
    }
    assert_eq!(files, 64);
}

#[test]
fn files_of_the_keyring_that_are_too_large_are_damaged() {
    let env = with_alice();
    env.does(&["group", "create", "team", "alice"]);
    let large = "a".repeat(1_100_000);
    let why = |file: &str| format!("{file} is larger than 1048576 bytes, the limit for such files");
    let hint = "bulla: hint: Fix it by hand, or restore it from .previous/ or a backup";
    env.in_keyring("contacts/big.toml", &large);
    env.in_keyring("groups/big.toml", &large);
    for (args, file) in [
        (&["contact", "list"][..], "contacts/big.toml"),
        (&["contact", "show", "big"], "contacts/big.toml"),
        (&["contact", "remove", "big"], "contacts/big.toml"),
        (&["group", "list"], "groups/big.toml"),
        (&["config"], "config.toml"),
    ] {
        if file == "config.toml" {
            env.in_keyring(file, &large);
        }
        let said = env.bulla(args).run();
        assert_eq!(said.code, Some(8), "{args:?}: {}", said.text());
        assert!(
            said.stderr.contains(&why(file)),
            "{args:?}: {}",
            said.stderr
        );
        assert!(said.stderr.contains(hint), "{args:?}: {}", said.stderr);
        let json = env.bulla([&["--json"], args].concat()).run().json();
        let kind = &json.last().unwrap()["error"]["kind"];
        assert_eq!(kind, "keyring-damaged", "{args:?}: {json:?}");
    }
    let listed = env.bulla(["contact", "list"]).run().stdout;
    assert!(listed.starts_with(b"alice "), "{listed:?}");
    env.in_keyring("revocations/big.toml", &large);
    let json = env.bulla(["doctor", "--json"]).run().json();
    let findings = json[0]["findings"].as_array().unwrap();
    for file in ["contacts/big", "groups/big", "revocations/big", "config"] {
        let why = why(&format!("{file}.toml"));
        let found = findings.iter().find(|finding| {
            let message = finding["message"].as_str().unwrap();
            message.ends_with(&why)
        });
        let fix = found.unwrap_or_else(|| panic!("{file}: {findings:?}"))["fix"].as_str();
        assert!(
            fix.unwrap().starts_with("Fix it by hand"),
            "{file}: {fix:?}"
        );
    }
}

#[test]
fn a_contact_with_the_name_of_an_identity_is_listed_as_unreadable() {
    let env = with_alice();
    env.does(&["identity", "new", "work", "--no-passphrase", "-q"]);
    env.does(&["contact", "add", "bob", TWO]);
    let bob = env.read("../bulla/contacts/bob.toml");
    env.in_keyring("contacts/work.toml", bob);
    let said = env.bulla(["contact", "list"]).run();
    let listed = String::from_utf8(said.stdout.clone()).unwrap();
    assert_eq!(said.code, Some(8), "{}", said.text());
    assert!(
        listed.starts_with("alice ") && !listed.contains("work"),
        "{listed}"
    );
    let why = "identities/work.toml share a name, which must stand for one thing only";
    assert!(said.stderr.contains(why), "{}", said.stderr);
    assert!(
        said.stderr.contains("bulla contact rename work NEW"),
        "{}",
        said.stderr
    );
    let json = env.bulla(["contact", "list", "--json"]).run().json();
    let names: Vec<_> = json.iter().map(|one| &one["name"]).collect();
    assert!(!names.iter().any(|name| *name == "work"), "{names:?}");
    env.does(&["contact", "rename", "work", "theirs"]);
    let listed = env.does(&["contact", "list"]);
    assert!(listed.contains("theirs "), "{listed}");
}
