//! Readers whom a machine requires: nothing is encrypted without them.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::env::TestEnv;
use crate::someone::{IDENTITY, RECIPIENT};

/// The user, and the contacts ann, bob and recovery. "old.age" is for the user and ann, "full.age" for
/// the recovery too, and "locked.age" has a passphrase.
fn env() -> TestEnv {
    let env = TestEnv::new();
    env.does(&["identity", "new", "--no-passphrase", "-q"]);
    for name in ["ann", "bob", "recovery"] {
        env.knows(name, &[]);
    }
    for (name, more) in [("old", &[][..]), ("full", &["--to", "recovery"])] {
        env.write(name, "hello\n");
        env.does(&[&["encrypt", "-q", "--to", "ann", name], more].concat());
    }
    let locked = env.locked("hello\n", "a passphrase", &[]);
    env.write("locked.age", locked);
    env.write("key", format!("{IDENTITY}\n"));
    env.in_settings("require = [\"recovery\"]\n");
    env
}

/// All files of the working folder with their contents.
fn everything(env: &TestEnv) -> Vec<(String, Vec<u8>)> {
    let names = env.list().into_iter();
    names
        .filter(|name| env.path(name).is_file())
        .map(|name| (name.clone(), env.read(&name)))
        .collect()
}

/// Command lines that would write something that the recovery cannot open.
const WITHOUT: [&[&str]; 20] = [
    &["encrypt", "--to", "ann", "old", "-o", "x"],
    &["encrypt", "--to", "me", "old", "-o", "x"],
    &["encrypt", "-r", RECIPIENT, "old", "-o", "x"],
    &["encrypt", "-i", "key", "old", "-o", "x"],
    &["encrypt", "--plain", "--to", "ann", "old", "-o", "x"],
    &[
        "encrypt",
        "--hide-recipients",
        "--to",
        "ann",
        "old",
        "-o",
        "x",
    ],
    &["encrypt", "--to", "ann", "-f", "old"],
    &["encrypt", "-p", "--passphrase-fd", "3", "old", "-o", "x"],
    &["write", "--to", "ann", "-o", "x"],
    &["write", "--classic", "--to", "ann", "-o", "x"],
    &["write", "-p", "--passphrase-fd", "3", "-o", "x"],
    &["reseal", "--to", "ann", "full.age"],
    &["reseal", "--to", "ann", "full.age", "-o", "x"],
    &["reseal", "--dry-run", "--to", "ann", "full.age"],
    &["reseal", "-p", "--new-passphrase-fd", "3", "full.age"],
    &["reseal", "-p", "--dry-run", "full.age"],
    &[
        "reseal",
        "--to",
        "ann",
        "--passphrase-fd",
        "3",
        "locked.age",
    ],
    &["share", "--to", "bob", "old.age"],
    &["share", "--to", "ann", "old.age", "--header-out", "x"],
    &["unshare", "--drop", "recovery", "full.age"],
];

#[test]
fn nothing_is_written_that_a_required_reader_cannot_open() {
    let env = env();
    let before = everything(&env);
    for line in WITHOUT {
        for flags in [&[][..], &["--no-prompt"], &["-q"], &["--json"]] {
            let said = env.bulla([line, flags].concat());
            let said = said.stdin("text").descriptor(3, "a passphrase").run();
            assert_eq!(said.code, Some(7), "{line:?}: {}", said.text());
            assert!(
                said.text()
                    .contains("recovery would not be able to open it, but must"),
                "{line:?}: {}",
                said.text()
            );
            assert_eq!(everything(&env), before, "{line:?}");
        }
    }
    // What is missing from a file is not made worse by leaving it as it is.
    let said = env.bulla(["unshare", "--drop", "ann", "old.age"]).run();
    assert_eq!(said.code, Some(7), "{}", said.text());
    let said = env.does(&["share", "--to", "ann", "old.age"]);
    assert!(said.contains("ann can already open old.age"), "{said}");
    assert_eq!(everything(&env), before);
}

#[test]
fn the_hint_of_a_missing_reader_is_a_command_line_that_works() {
    let env = env();
    env.bulla(["encrypt", "--to", "ann", "old", "-o", "x"])
        .in_a_script()
        .run()
        .assert(
            7,
            "",
            "bulla: error: recovery would not be able to open it, but must (setting require)\n\
             bulla: hint: Add them with --to recovery. To change whom this machine requires: bulla \
             config require\n",
        );
    let with = ["--to", "recovery"];
    env.does(
        &[
            &["encrypt", "-q", "--to", "ann", "old", "-o", "x"][..],
            &with,
        ]
        .concat(),
    );
    env.does(&[&["reseal", "-q", "--to", "ann", "x"][..], &with].concat());
    env.does(&[&["share", "-q", "--to", "ann", "old.age"][..], &with].concat());
    env.does(&["unshare", "-q", "--drop", "ann", "full.age"]);
    let write = env.bulla(["write", "-q", "--to", "recovery", "-o", "message"]);
    write.stdin("text").run().assert(0, "", "");
    for file in ["x", "old.age", "full.age"] {
        let said = env.does_on("recovery", &["decrypt", "-q", file, "-o", "-"]);
        assert_eq!(said.stdout, b"hello\n", "{file}");
    }
    env.in_settings("");
    env.does(&["encrypt", "-q", "--to", "ann", "-f", "old"]);
}

#[test]
fn a_reader_who_cannot_be_proved_is_not_taken_on_trust() {
    let env = env();
    let both = ["encrypt", "-q", "--to", "ann", "--to", "recovery", "old"];
    env.does(&[&both[..], &["--hide-recipients", "-o", "hidden.age"]].concat());
    env.does(&[&both[..], &["--plain", "-o", "plain.age"]].concat());
    // Without a list, the keys of the recovery can still be made again.
    env.does(&["share", "-q", "--to", "bob", "plain.age"]);
    let before = env.read("hidden.age");
    env.fails(7, &["share", "--to", "bob", "hidden.age"]);
    assert_eq!(env.read("hidden.age"), before);
    env.does(&[
        "share",
        "-q",
        "--to",
        "bob",
        "--to",
        "recovery",
        "hidden.age",
    ]);
    for file in ["hidden.age", "plain.age"] {
        for machine in ["recovery", "bob"] {
            env.does_on(machine, &["decrypt", "-q", file, "-o", "-"]);
        }
    }
}

#[test]
fn one_key_of_each_member_of_a_required_group_is_enough() {
    let env = env();
    env.knows("vault", &["--classic"]);
    env.does(&["group", "create", "keepers", "recovery", "vault", "-q"]);
    env.in_settings(&format!("require = [\"keepers\", \"{RECIPIENT}\"]\n"));
    let line = ["encrypt", "--to", "recovery", "old", "-o", "x"];
    let said = env.fails(7, &line);
    assert!(said.contains("vault and age153zt"), "{said}");
    assert!(
        said.contains(&format!("--to vault -r {RECIPIENT}")),
        "{said}"
    );
    env.does(&[&line[..], &["-q", "--to", "keepers", "-r", RECIPIENT]].concat());
    env.does_on("vault", &["decrypt", "-q", "x", "-o", "-"]);
}

#[test]
fn a_required_reader_who_is_unknown_or_revoked_is_an_error() {
    let env = env();
    let before = everything(&env);
    let lines = [
        &["encrypt", "--to", "recovery", "old", "-o", "x"][..],
        &["share", "--to", "recovery", "old.age"],
        &["unshare", "--drop", "ann", "full.age"],
        &["reseal", "--to", "recovery", "full.age"],
        &["write", "--to", "recovery", "-o", "x"],
    ];
    let every = |code: i32, text: &str| {
        for line in lines {
            let said = env.bulla(line).stdin("text").run();
            assert_eq!(said.code, Some(code), "{line:?}: {}", said.text());
            assert!(said.text().contains(text), "{line:?}: {}", said.text());
            assert_eq!(everything(&env), before, "{line:?}");
        }
    };
    env.in_settings("require = [\"recovery\", \"recovry\"]\n");
    every(
        2,
        "The setting require: There is no contact, group or identity \"recovry\"",
    );
    let doctor = env.bulla(["doctor"]).run();
    assert!(
        doctor.text().contains("require: There is no contact"),
        "{}",
        doctor.text()
    );
    env.in_settings("require = [\"recovery\"]\n");
    env.does_on(
        "recovery",
        &[
            "identity",
            "revoke",
            "recovery",
            "--reason",
            "lost",
            "--yes",
            "-q",
            "-o",
            "../rev.txt",
        ],
    );
    env.does(&["contact", "revoke", "../rev.txt", "-q"]);
    every(7, "recovery's key was revoked");
}

#[test]
fn settings_that_cannot_be_read_may_require_somebody() {
    let env = env();
    let config = env.path("../home/.config/bulla/config.toml");
    fs::set_permissions(&config, PermissionsExt::from_mode(0o666)).unwrap();
    for line in [
        &["encrypt", "-r", RECIPIENT, "old", "-o", "x"][..],
        &["encrypt", "-p", "--passphrase-fd", "3", "old", "-o", "x"],
    ] {
        let said = env.bulla(line).descriptor(3, "a passphrase").run();
        assert_ne!(said.code, Some(0), "{line:?}");
        assert!(said.text().contains("config.toml"), "{}", said.text());
        assert!(!env.path("x").exists(), "{line:?}");
    }
    // A keyring that cannot be read is no way around the settings of this machine.
    fs::set_permissions(&config, PermissionsExt::from_mode(0o600)).unwrap();
    fs::set_permissions(env.bulla_home(), PermissionsExt::from_mode(0o777)).unwrap();
    let said = env
        .bulla(["encrypt", "-r", RECIPIENT, "old", "-o", "x"])
        .run();
    assert_ne!(said.code, Some(0), "{}", said.text());
    assert!(!env.path("x").exists());
}

#[test]
fn a_required_reader_stays_required_under_a_new_name_and_after_removal() {
    let env = env();
    let said = env.does(&["contact", "rename", "recovery", "vault"]);
    assert!(
        said.contains("The setting require still says recovery"),
        "{said}"
    );
    env.fails(2, &["encrypt", "--to", "vault", "old", "-o", "x"]);
    env.does(&["config", "require", "vault"]);
    env.does(&["encrypt", "-q", "--to", "vault", "old", "-o", "x"]);
    let said = env.does(&["contact", "remove", "vault"]);
    assert!(
        said.contains("The setting require still says vault"),
        "{said}"
    );
    env.fails(2, &["encrypt", "--to", "ann", "old", "-o", "y"]);
    assert!(env.does(&["config", "require"]).contains("[\"vault\"]"));
    // Your own identity is renamed in the settings too.
    env.in_settings("require = [\"me\"]\n");
    env.does(&["identity", "rename", "me", "work", "-q"]);
    env.does(&["encrypt", "-q", "--to", "ann", "old", "-o", "z"]);
    env.fails(
        7,
        &["encrypt", "--no-self", "--to", "ann", "old", "-o", "y"],
    );
}

#[test]
fn an_answer_is_no_way_around_a_required_reader() {
    let env = env();
    env.does(&["card", "-q", "-o", "../me.card"]);
    env.does_on("ann", &["contact", "add", "server", "../me.card", "-q"]);
    let message = env
        .on("ann", &["write", "-q", "--to", "server"])
        .stdin("hi")
        .run();
    env.write("message", message.stdout);
    env.write("answer", "yes");
    let said = env.bulla(["read", "message", "--reply"]).stdin("yes").run();
    assert_eq!(said.code, Some(7), "{}", said.text());
    assert!(
        said.text().contains("bulla write --to ann --to NAME"),
        "{}",
        said.text()
    );
}
