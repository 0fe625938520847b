//! Names that stand for more than one thing, because somebody put a file beside another.

use std::fs;

use crate::env::TestEnv;
use crate::people::{ONE, TWO};

/// A keyring with an identity, two contacts and two groups, and a file for the user and Alice.
fn env() -> TestEnv {
    let env = TestEnv::new();
    env.write("in", "hello");
    for args in [
        &["identity", "new", "-q", "--classic", "--no-passphrase"][..],
        &["contact", "add", "alice", ONE],
        &["contact", "add", "mallory", TWO],
        &["group", "create", "friends", "me", "alice"],
        &["group", "create", "team", "alice"],
        &["encrypt", "-q", "--to", "alice", "-o", "a.age", "in"],
    ] {
        env.does(args);
    }
    env
}

fn moved(env: &TestEnv, from: &str, to: &str) {
    fs::rename(env.bulla_home().join(from), env.bulla_home().join(to)).unwrap();
}

/// Runs a command that must be refused as damage of these two files, and must write nothing.
#[track_caller]
fn is_damage(env: &TestEnv, args: &[&str], files: [&str; 2], next: &str) {
    let before = env.read("a.age");
    let outcome = env.bulla(args).run();
    let error = &outcome.stderr;
    assert_eq!(outcome.code, Some(8), "{args:?}: {}", outcome.text());
    let names_both = files.iter().all(|file| error.contains(file));
    assert!(
        names_both && error.contains(next) && error.contains("bulla doctor"),
        "{args:?}: {error}"
    );
    assert!(!env.path("out").exists(), "{args:?}");
    assert_eq!(env.read("a.age"), before, "{args:?}");
}

const BESIDE_ME: [&str; 2] = ["contacts/me.toml", "identities/me.toml"];
const RENAME: &str = "bulla contact rename me NEW";

/// An identity of another name does not make `me` free: scripts encrypt to `me`.
#[test]
fn a_contact_or_group_called_me_is_damage_also_without_such_an_identity() {
    let env = env();
    env.does(&["identity", "rename", "me", "work"]);
    for (from, to, kind) in [
        ("contacts/mallory.toml", "contacts/me.toml", "contact"),
        ("groups/team.toml", "groups/me.toml", "group"),
    ] {
        moved(&env, from, to);
        for args in [
            &["encrypt", "--to", "me", "-o", "out", "in"][..],
            &["encrypt", "--no-self", "--to", "me", "-o", "out", "in"],
            &["share", "a.age", "--to", "me"],
            &[kind, "show", "me"],
        ] {
            is_damage(&env, args, [to; 2], &format!("bulla {kind} rename me NEW"));
        }
        let doctor = env.bulla(["doctor"]).run();
        assert_eq!(doctor.code, Some(1), "{doctor:?}");
        assert!(
            doctor
                .text()
                .contains(&format!("{kind} me has a name that stands for yourself")),
            "{doctor:?}"
        );
        env.does(&[kind, "rename", "me", &format!("other-{kind}")]);
    }
    env.does(&["encrypt", "-q", "--to", "me", "-o", "mine.age", "in"]);
    env.does(&["decrypt", "-q", "-o", "back", "mine.age"]);
}

#[test]
fn nobody_else_can_be_called_as_bulla_calls_you() {
    let env = env();
    env.does(&["identity", "rename", "me", "work"]);
    for (args, why) in [
        (
            &["contact", "add", "you", TWO][..],
            "bulla uses this word itself",
        ),
        (
            &["contact", "rename", "alice", "passphrase"],
            "bulla uses this word itself",
        ),
        (
            &["group", "create", "Yourself", "alice"],
            "bulla uses this word itself",
        ),
        (
            &["identity", "new", "unknown", "--no-passphrase"],
            "bulla uses this word itself",
        ),
        (&["contact", "add", "me", TWO], "stands for yourself"),
        (&["contact", "rename", "alice", "ME"], "stands for yourself"),
        (&["group", "rename", "team", "me"], "stands for yourself"),
        (&["group", "create", "me", "alice"], "stands for yourself"),
    ] {
        let run = env.bulla(args).run();
        assert_eq!(run.code, Some(2), "{args:?}: {run:?}");
        assert!(run.stderr.contains(why), "{args:?}: {run:?}");
    }
    // Such a file that is pushed is no contact.
    moved(&env, "contacts/mallory.toml", "contacts/you.toml");
    let run = env
        .bulla(["encrypt", "--to", "you", "-o", "out", "in"])
        .run();
    assert_eq!(run.code, Some(2), "{run:?}");
    assert!(!env.path("out").exists());
    assert_eq!(env.bulla(["doctor"]).run().code, Some(1));
    env.does(&["identity", "rename", "work", "me"]);
}

#[test]
fn a_contact_named_like_your_identity_is_damage() {
    let env = env();
    moved(&env, "contacts/mallory.toml", "contacts/me.toml");
    for args in [
        &["encrypt", "--to", "me", "-o", "out", "in"][..],
        &["encrypt", "--no-self", "--to", "me", "-o", "out", "in"],
        &["encrypt", "--no-self", "--to", "friends", "-o", "out", "in"],
        &["encrypt", "--to", "alice", "-o", "out", "in"],
        &["encrypt", "--to", ONE, "-o", "out", "in"],
        &[
            "encrypt",
            "--no-self",
            "--sign",
            "--as",
            "me",
            "--to",
            "alice",
            "-o",
            "out",
            "in",
        ],
        &["share", "a.age", "--to", "me"],
        &["unshare", "a.age", "--drop", "me"],
        &["reseal", "a.age", "--to", "me"],
        &["decrypt", "--from", "me", "-o", "out", "a.age"],
        &["who", "--from-origin", "me", "a.age"],
        &["contact", "show", "me"],
        &["contact", "verify", "me", "--check", "0"],
        &["contact", "export", "me"],
        &["contact", "add", "me", ONE],
        &["contact", "remove", "me"],
        &["group", "add", "team", "me"],
        &["group", "show", "friends"],
        &["identity", "default", "me"],
    ] {
        is_damage(&env, args, BESIDE_ME, RENAME);
    }
    env.does(&["config", "default_to", "me"]);
    let to_nobody_else = ["encrypt", "--no-self", "-o", "out", "in"];
    is_damage(&env, &to_nobody_else, BESIDE_ME, RENAME);
    // One's own files still open.
    env.does(&["decrypt", "-q", "-o", "out", "a.age"]);
}

#[test]
fn a_name_that_differs_from_yours_only_in_case_is_damage() {
    let env = env();
    moved(&env, "contacts/mallory.toml", "contacts/Me.toml");
    let args = ["encrypt", "--no-self", "--to", "Me", "-o", "out", "in"];
    let files = ["contacts/Me.toml", "identities/me.toml"];
    is_damage(&env, &args, files, "bulla contact rename Me NEW");
}

#[test]
fn a_group_named_like_your_identity_is_damage() {
    let env = env();
    env.in_keyring("groups/me.toml", "members = [\"mallory\"]\n");
    for args in [
        &["encrypt", "--no-self", "--to", "me", "-o", "out", "in"][..],
        &["encrypt", "--to", ONE, "-o", "out", "in"],
        &["reseal", "a.age", "--to", "me"],
        &["group", "show", "me"],
    ] {
        let files = ["groups/me.toml", "identities/me.toml"];
        is_damage(&env, args, files, "bulla group rename me NEW");
    }
    env.does(&["group", "rename", "me", "them"]);
    env.does(&["encrypt", "-q", "--to", "me", "-o", "out", "in"]);
}

#[test]
fn a_contact_named_like_a_group_is_damage() {
    let env = env();
    moved(&env, "contacts/mallory.toml", "contacts/team.toml");
    for args in [
        &["encrypt", "--to", "team", "-o", "out", "in"][..],
        &["unshare", "a.age", "--drop", "team"],
        &["contact", "show", "team"],
        &["group", "show", "team"],
    ] {
        let files = ["contacts/team.toml", "groups/team.toml"];
        is_damage(&env, args, files, "bulla contact rename team NEW");
    }
    env.does(&["contact", "rename", "team", "mallory"]);
    env.does(&["encrypt", "-q", "--to", "team", "-o", "out", "in"]);
}

#[test]
fn the_rename_that_doctor_suggests_restores_your_name_and_groups() {
    let env = env();
    moved(&env, "contacts/mallory.toml", "contacts/me.toml");
    let doctor = env.bulla(["doctor"]).run();
    assert!(doctor.text().contains(RENAME), "{}", doctor.text());
    env.does(&["contact", "rename", "me", "mallory"]);
    let group = env.read_in_keyring("groups/friends.toml");
    assert!(
        group.contains("\"me\"") && !group.contains("mallory"),
        "{group}"
    );
    let encrypt = ["encrypt", "--no-self", "--to", "friends", "-o", "out", "in"];
    let outcome = env.bulla(encrypt).run();
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    assert!(
        outcome.stderr.contains("for alice and you"),
        "{}",
        outcome.stderr
    );
}

#[test]
fn a_signer_is_never_shown_by_the_name_of_your_identity() {
    let env = env();
    let eve = |args: &[&str]| env.does_as_eve(args);
    let own = String::from_utf8(env.bulla(["identity", "export"]).run().stdout).unwrap();
    eve(&["identity", "new", "-q", "--no-passphrase", "--classic"]);
    eve(&["card", "-q", "--name", "Eve", "-o", "eve.card"]);
    eve(&[
        "encrypt",
        "-q",
        "--sign",
        "--to",
        own.trim(),
        "-o",
        "by-eve.age",
        "in",
    ]);
    env.does(&["contact", "add", "eve", "eve.card"]);
    let known = env.bulla(["who", "by-eve.age"]).run().text();
    assert!(known.contains("eve"), "{known}");
    for name in ["me", "Me"] {
        moved(&env, "contacts/eve.toml", &format!("contacts/{name}.toml"));
        let shown = env.bulla(["who", "by-eve.age"]).run();
        let said = String::from_utf8_lossy(&shown.stdout).into_owned();
        assert!(!said.contains(&format!("From {name}")), "{said}");
        assert!(!said.contains(&format!("by {name}")), "{said}");
        let file = format!("contacts/{name}.toml");
        assert!(shown.stderr.contains(&file), "{}", shown.stderr);
        moved(&env, &file, "contacts/eve.toml");
    }
}
