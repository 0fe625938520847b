//! Which identities in a keyring are the user's: a keyring may have come from somebody else.

use std::fs;
use std::path::Path;

use crate::env::{Outcome, TestEnv};
use crate::people::TWO;

/// Runs on one of two machines that have the same keyring, each with a state of its own.
fn on(env: &TestEnv, machine: &str, args: &[&str]) -> Outcome {
    env.bulla(args)
        .env("XDG_STATE_HOME", env.path(machine))
        .descriptor(3, "red clay and reeds")
        .run()
}

#[track_caller]
fn does(env: &TestEnv, machine: &str, args: &[&str]) -> String {
    let outcome = on(env, machine, args);
    assert_eq!(outcome.code, Some(0), "{args:?}: {}", outcome.stderr);
    outcome.text()
}

#[track_caller]
fn fails(env: &TestEnv, machine: &str, code: i32, args: &[&str]) -> String {
    let outcome = on(env, machine, args);
    assert_eq!(outcome.code, Some(code), "{args:?}: {}", outcome.text());
    outcome.text()
}

const NEW: [&str; 3] = ["identity", "new", "-q"];

/// A keyring with an identity, made on the machine "one".
fn env(with: &[&str]) -> TestEnv {
    let env = TestEnv::new();
    env.write("in", "hello");
    does(&env, "one", &[&NEW, with].concat());
    env
}

const PLAIN: [&str; 2] = ["--classic", "--no-passphrase"];
const LOCKED: [&str; 5] = ["--classic", "--work-factor", "10", "--passphrase-fd", "3"];

/// Adds a recipient to the public half of "me".
fn add_ghost(env: &TestEnv) {
    let text = env.read_in_keyring("identities/me.toml");
    let ghost = format!("recipients = [\"{TWO}\", ");
    env.in_keyring("identities/me.toml", text.replace("recipients = [", &ghost));
}

const ENCRYPT: [&str; 7] = ["encrypt", "-qf", "--to", "me", "-o", "out.age", "in"];
const CONFIRM: [&str; 4] = ["identity", "confirm", "--passphrase-fd", "3"];
const FOREIGN: &str = "identities/me.toml does not have the keys that this machine knows for your \
                       identity me";
const UNKNOWN: &str = "This machine does not know your identity ";
const DIFFERS: &str = "identities/me.toml does not match the secret keys of identity me";

#[test]
fn a_recipient_added_to_your_identity_is_damage() {
    for kind in [&PLAIN[..], &LOCKED[..]] {
        let env = env(kind);
        does(&env, "one", &ENCRYPT);
        add_ghost(&env);
        for args in [
            &ENCRYPT[..],
            &["encrypt", "-qf", "--to", "me", "-o", "out.age", "in"],
            &["identity", "show"],
            &["identity", "export"],
            &["card"],
        ] {
            let error = fails(&env, "one", 8, args);
            assert!(error.contains(FOREIGN), "{args:?}: {error}");
        }
        let doctor = fails(&env, "one", 1, &["doctor"]);
        assert!(doctor.contains(FOREIGN), "{doctor}");
        // A machine that sees the keyring for the first time compares it with the secret.
        let error = fails(&env, "two", 8, &CONFIRM);
        assert!(error.contains(DIFFERS), "{error}");
        if kind == PLAIN {
            let doctor = fails(&env, "two", 1, &["doctor"]);
            assert!(doctor.contains(DIFFERS), "{doctor}");
        }
    }
}

#[test]
fn the_ghost_is_never_shown_as_you() {
    let env = env(&PLAIN);
    let own = does(&env, "one", &["identity", "export"]);
    let own = own.lines().next().unwrap();
    does(
        &env,
        "one",
        &[
            "encrypt",
            "-q",
            "--no-self",
            "-r",
            own,
            "-r",
            TWO,
            "-o",
            "a.age",
            "in",
        ],
    );
    add_ghost(&env);
    for machine in ["one", "two"] {
        let outcome = on(&env, machine, &["who", "a.age"]);
        let line = outcome.text();
        assert!(
            line.contains("1 person you do not know") && line.matches("you  proved").count() <= 1,
            "{machine}: {line}"
        );
    }
}

#[test]
fn a_new_machine_asks_for_the_passphrase_once() {
    let env = env(&LOCKED);
    let refused = on(&env, "two", &ENCRYPT);
    assert_ne!(refused.code, Some(0));
    assert!(!env.path("out.age").exists(), "{}", refused.stderr);
    let shown = fails(&env, "two", 7, &["identity", "show"]);
    assert!(
        shown.contains(UNKNOWN) && shown.contains("bulla identity confirm me"),
        "{shown}"
    );
    let wrong = env
        .bulla(CONFIRM)
        .env("XDG_STATE_HOME", env.path("two"))
        .descriptor(3, "mud")
        .run();
    assert_eq!(wrong.code, Some(3), "{}", wrong.stderr);
    assert_eq!(
        does(&env, "two", &CONFIRM),
        "Confirmed identity me on this machine\n"
    );
    does(&env, "two", &ENCRYPT);
    does(&env, "two", &["identity", "show"]);
}

#[test]
fn a_passphrase_entered_for_another_purpose_confirms_the_identity() {
    for args in [
        &[
            "encrypt",
            "-qf",
            "--to",
            "me",
            "--sign",
            "-o",
            "out.age",
            "in",
            "--passphrase-fd",
            "3",
        ][..],
        &["identity", "rotate", "-q", "--passphrase-fd", "3"],
    ] {
        let env = env(&LOCKED);
        does(
            &env,
            "one",
            &["encrypt", "-q", "--to", "me", "-o", "a.age", "in"],
        );
        fs::create_dir_all(env.path("two/bulla")).unwrap();
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(env.path("two/bulla"), PermissionsExt::from_mode(0o700)).unwrap();
        does(&env, "two", args);
        does(
            &env,
            "two",
            &["encrypt", "-qf", "--to", "me", "-o", "b.age", "in"],
        );
    }
}

#[test]
fn a_keyring_without_passphrases_is_trusted_once_as_a_whole() {
    let env = env(&PLAIN);
    does(&env, "one", &[&NEW[..], &["work"], &PLAIN].concat());
    does(&env, "two", &ENCRYPT);
    does(
        &env,
        "two",
        &["encrypt", "-qf", "--to", "work", "-o", "out.age", "in"],
    );
    // What is added later, elsewhere, is not.
    does(&env, "one", &[&NEW[..], &["late"], &PLAIN].concat());
    let late = ["encrypt", "-qf", "--to", "late", "-o", "late.age", "in"];
    let error = fails(&env, "two", 7, &late);
    assert!(error.contains(&format!("{UNKNOWN}late")), "{error}");
    let doctor = fails(&env, "two", 1, &["doctor"]);
    assert!(doctor.contains(&format!("{UNKNOWN}late")), "{doctor}");
    let asked = fails(&env, "two", 2, &["identity", "confirm", "late"]);
    assert!(asked.contains("--yes"), "{asked}");
    does(&env, "two", &["identity", "confirm", "late", "--yes"]);
    does(&env, "two", &late);
}

/// Whoever can push can also add an identity and make it the default.
#[test]
fn an_identity_added_by_someone_else_is_not_yours() {
    for kind in [&PLAIN[..], &LOCKED[..]] {
        let env = env(kind);
        let eve = |args: &[&str]| env.does_as_eve(args);
        eve(&[&NEW[..], &["eve"], &PLAIN].concat());
        eve(&[
            "encrypt",
            "-q",
            "--to",
            "eve",
            "--sign",
            "-o",
            "by-eve.age",
            "in",
        ]);
        for file in ["eve.toml", "eve.age"] {
            let bytes = fs::read(env.path("eve/identities").join(file)).unwrap();
            env.in_keyring(&format!("identities/{file}"), bytes);
        }
        env.in_keyring("config.toml", "default_identity = \"eve\"\n");
        let to_another = ["encrypt", "-qf", "--to", TWO, "-o", "out.age", "in"];
        let error = fails(&env, "one", 7, &to_another);
        assert!(error.contains(&format!("{UNKNOWN}eve")), "{error}");
        fails(
            &env,
            "one",
            7,
            &[&["encrypt", "--sign"], &ENCRYPT[1..]].concat(),
        );
        let opened = on(
            &env,
            "one",
            &["decrypt", "-o", "-", "by-eve.age", "--passphrase-fd", "3"],
        );
        assert_eq!(opened.code, Some(3), "{}", opened.text());
        assert!(
            opened.stderr.contains(&format!("{UNKNOWN}eve")),
            "{}",
            opened.stderr
        );
        assert!(!env.path("out.age").exists());
    }
}

/// A keyring without an identity is known as well.
#[test]
fn the_first_identity_of_a_known_keyring_does_not_come_from_elsewhere() {
    let env = TestEnv::new();
    env.write("in", "hello");
    does(&env, "one", &["contact", "add", "bob", TWO]);
    does(&env, "other", &[&NEW[..], &PLAIN].concat());
    let error = fails(
        &env,
        "one",
        7,
        &["encrypt", "-q", "--to", "bob", "-o", "out.age", "in"],
    );
    assert!(error.contains(&format!("{UNKNOWN}me")), "{error}");
}

fn copied(from: &Path, to: &Path) {
    for file in from.read_dir().unwrap().map(|entry| entry.unwrap().path()) {
        fs::copy(&file, to.join(file.file_name().unwrap())).unwrap();
    }
}

#[test]
fn newer_keys_of_an_identity_are_trusted_and_older_ones_are_not() {
    for kind in [&PLAIN[..], &LOCKED[..]] {
        let env = env(kind);
        let folder = env.bulla_home().join("identities");
        let before = env.path("before");
        fs::create_dir(&before).unwrap();
        does(&env, "two", &CONFIRM_YES);
        copied(&folder, &before);
        does(
            &env,
            "one",
            &["identity", "rotate", "-q", "--passphrase-fd", "3"],
        );
        // Signed with the key that this machine knows: nobody is asked.
        does(&env, "two", &ENCRYPT);
        // The keys that were replaced, perhaps because they were lost, do not come back.
        copied(&before, &folder);
        for machine in ["one", "two"] {
            let error = fails(&env, machine, 8, &ENCRYPT);
            assert!(error.contains(FOREIGN), "{error}");
        }
    }
}

const CONFIRM_YES: [&str; 5] = ["identity", "confirm", "--yes", "--passphrase-fd", "3"];

#[test]
fn another_seed_is_damage_until_its_passphrase_is_entered() {
    let env = env(&LOCKED);
    does(&env, "two", &CONFIRM);
    does(
        &env,
        "one",
        &["identity", "succeed", "-q", "--yes", "--passphrase-fd", "3"],
    );
    let error = fails(&env, "two", 8, &ENCRYPT);
    assert!(error.contains(FOREIGN), "{error}");
    does(&env, "two", &CONFIRM);
    does(&env, "two", &ENCRYPT);
    does(&env, "one", &ENCRYPT);
}

#[test]
fn a_new_name_is_known_and_a_swapped_one_is_not() {
    let env = env(&PLAIN);
    does(&env, "one", &[&NEW[..], &["work"], &PLAIN].concat());
    does(&env, "one", &["identity", "rename", "me", "I"]);
    does(
        &env,
        "one",
        &["encrypt", "-qf", "--to", "I", "-o", "out.age", "in"],
    );
    let at = |name: &str| env.bulla_home().join("identities").join(name);
    for ending in ["toml", "age"] {
        fs::rename(at(&format!("I.{ending}")), at("x")).unwrap();
        fs::rename(at(&format!("work.{ending}")), at(&format!("I.{ending}"))).unwrap();
        fs::rename(at("x"), at(&format!("work.{ending}"))).unwrap();
    }
    fails(
        &env,
        "one",
        8,
        &["encrypt", "-qf", "--to", "I", "-o", "out.age", "in"],
    );
    // A name that was free again is not the old one.
    let env = self::env(&PLAIN);
    does(
        &env,
        "one",
        &["identity", "remove", "me", "--yes", "--force"],
    );
    does(&env, "two", &[&NEW[..], &PLAIN].concat());
    fails(&env, "one", 7, &ENCRYPT);
}

/// Puts both halves of an identity that somebody else made in the place of "me".
fn exchange(env: &TestEnv) {
    let eve = |args: &[&str]| env.does_as_eve(args).text().trim().to_owned();
    eve(&[&NEW[..], &PLAIN].concat());
    for file in ["me.toml", "me.age"] {
        let bytes = fs::read(env.path("eve/identities").join(file)).unwrap();
        env.in_keyring(&format!("identities/{file}"), bytes);
    }
    env.write("number", eve(&["identity", "show", "--number"]));
}

#[test]
fn unknown_keys_are_confirmed_only_by_their_safety_number() {
    for kind in [&PLAIN[..], &LOCKED[..]] {
        let env = env(kind);
        let known = does(&env, "one", &["identity", "show", "--number"]);
        exchange(&env);
        let number = String::from_utf8(env.read("number")).unwrap();
        for args in [
            &["identity", "confirm"][..],
            &["identity", "confirm", "--yes"],
            &["identity", "confirm", "me", "--yes"],
        ] {
            let error = fails(&env, "one", 7, args);
            for part in [known.trim(), &number, "other keys", "--check VALUE"] {
                assert!(error.contains(part), "{args:?}: {error}");
            }
        }
        for wrong in [known.trim(), "0"] {
            let args = ["identity", "confirm", "--yes", "--check", wrong];
            let error = fails(&env, "one", 7, &args);
            assert!(
                error.contains("does not have that safety number"),
                "{error}"
            );
        }
        fails(&env, "one", 8, &ENCRYPT);
        does(&env, "one", &["identity", "confirm", "--check", &number]);
        does(&env, "one", &ENCRYPT);
    }
}

#[test]
fn older_keys_with_the_same_safety_number_are_confirmed_only_by_their_check_value() {
    let env = env(&PLAIN);
    let folder = env.bulla_home().join("identities");
    let before = env.path("before");
    fs::create_dir(&before).unwrap();
    copied(&folder, &before);
    let number = does(&env, "one", &["identity", "show", "--number"]);
    does(&env, "one", &["identity", "rotate", "-q"]);
    copied(&before, &folder);
    let error = fails(&env, "one", 7, &["identity", "confirm", "--yes"]);
    assert!(error.contains("(check value "), "{error}");
    let args = ["identity", "confirm", "--check", number.trim()];
    let error = fails(&env, "one", 7, &args);
    assert!(error.contains("does not have that check value"), "{error}");
}

#[test]
fn the_question_whether_an_identity_is_yours_shows_its_safety_number() {
    let env = env(&PLAIN);
    does(&env, "two", &ENCRYPT);
    does(&env, "one", &[&NEW[..], &["late"], &PLAIN].concat());
    let number = does(&env, "one", &["identity", "show", "late", "--number"]);
    let asking = env
        .bulla(["identity", "confirm", "late"])
        .env("XDG_STATE_HOME", env.path("two"))
        .on_terminal();
    let Some(terminal) = asking else { return };
    terminal.wait_for("(safety");
    for digits in number.split_whitespace() {
        terminal.wait_for(digits);
    }
    terminal.wait_for("Is it yours").keys("n\r");
    assert_eq!(terminal.end().code, Some(7));
    fails(
        &env,
        "two",
        7,
        &["encrypt", "-q", "--to", "late", "-o", "late.age", "in"],
    );
}

/// The work itself needs no passphrase, so a missing one is not what is wrong.
#[test]
fn an_unconfirmed_identity_is_refused_as_such_if_nobody_can_be_asked() {
    let env = env(&LOCKED);
    for args in [
        &ENCRYPT[..],
        &["--no-prompt", "encrypt", "-qf", "--to", "me", "in"],
    ] {
        let error = fails(&env, "two", 7, args);
        assert!(error.contains(UNKNOWN), "{error}");
        assert!(!error.contains("terminal"), "{error}");
    }
    let error = fails(&env, "two", 7, &["encrypt", "--to", "me", "in"]);
    assert!(
        error.contains("In a script: bulla identity confirm me --passphrase-file PATH"),
        "{error}"
    );
    let json = on(&env, "two", &["--json", "encrypt", "--to", "me", "in"]).json();
    assert_eq!(
        json.last().unwrap()["error"]["kind"],
        "unconfirmed",
        "{json:?}"
    );
    env.write("pw", "red clay and reeds\n");
    let confirm = ["identity", "confirm", "me", "-q", "--passphrase-file", "pw"];
    does(&env, "two", &[&confirm[..], &["--yes"]].concat());
    does(&env, "two", &ENCRYPT);
}
