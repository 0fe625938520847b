//! The readers of an edited file: the same people, never fewer, and never a key that is unknown.

use super::screen;
use crate::env::TestEnv;
use crate::share::three;
use crate::someone::{IDENTITY, RECIPIENT};

const APPEND: &str = "echo more >>\"$1\"";

#[test]
fn a_file_with_an_unknown_key_is_refused_before_the_editor_starts() {
    let env = three();
    let stranger = env.somebody("stranger");
    for options in [&["-r", &stranger][..], &["--plain", "-r", &stranger]] {
        env.does(&[&["encrypt", "-qf", "plain", "-r", RECIPIENT], options].concat());
        let before = env.read("plain.age");
        let Some(edited) = env.edits(&["plain.age"], "touch started") else {
            return;
        };
        assert_eq!(edited.code, Some(7), "{edited:?}");
        let shown = screen(&edited);
        assert!(
            shown.contains("plain.age can be opened by a key that bulla does not know")
                && shown.contains("bulla edit plain.age --to NAME"),
            "{shown}"
        );
        assert!(!env.path("started").exists() && env.read("plain.age") == before);
        let edited = env.edits(&["plain.age", "--to", "carol"], APPEND).unwrap();
        assert_eq!(edited.code, Some(0), "{edited:?}");
        for (key, opens) in [
            ("key", 0),
            ("carol.key", 0),
            ("stranger.key", 3),
            ("bob.key", 3),
        ] {
            let said = env
                .bulla(["decrypt", "-q", "-i", key, "-o", "-", "plain.age"])
                .run();
            assert_eq!(said.code, Some(opens), "{options:?} {key}");
        }
    }
}

#[test]
fn readers_who_are_not_the_only_ones_keep_their_access() {
    let env = three();
    env.does(&["encrypt", "-qf", "--to", "bob", "--to", "carol", "plain"]);
    let Some(edited) = env.edits(
        &["plain.age"],
        "echo hello >\"$1.x\"; cat \"$1\" >>\"$1.x\"; mv \"$1.x\" \"$1\"",
    ) else {
        return;
    };
    let shown = screen(&edited);
    assert!(
        shown.contains("Encrypted plain.age for bob, carol and you"),
        "{shown}"
    );
    for key in ["key", "bob.key", "carol.key"] {
        assert_eq!(env.text_of("plain.age", key), "hello\nhello\n", "{key}");
    }
}

#[test]
fn a_passphrase_is_asked_for_once_and_opens_the_file_again() {
    let env = TestEnv::new();
    env.write("f.age", env.locked("one\n", "red clay and reeds", &[]));
    let before = env.read("f.age");
    let Some(terminal) = env.edit(&["f.age"], APPEND).on_terminal() else {
        return;
    };
    terminal.wait_for("Passphrase for f.age").keys("wrong\n");
    terminal.wait_for("Passphrase").keys("red clay and reeds\n");
    let edited = terminal.end();
    assert_eq!(edited.code, Some(0), "{edited:?}");
    assert!(
        screen(&edited).contains("Encrypted f.age with a passphrase"),
        "{edited:?}"
    );
    let opened = env
        .bulla(["decrypt", "-q", "-o", "-", "--passphrase-fd", "3", "f.age"])
        .descriptor(3, "red clay and reeds")
        .run();
    opened.assert(0, "one\nmore\n", "");
    let line = |file: &[u8]| {
        String::from_utf8_lossy(file)
            .lines()
            .nth(1)
            .unwrap()
            .to_owned()
    };
    let now = env.read("f.age");
    assert_ne!(line(&before), line(&now), "the salt is new");
    assert!(
        line(&now).ends_with(" 10"),
        "the work factor is that of before"
    );
}

#[test]
fn a_key_file_that_is_not_in_the_keyring_stays_a_reader() {
    let env = TestEnv::new().with_key();
    for options in [&[][..], &["--plain"], &["--hide-recipients"]] {
        let encrypt = [&["encrypt", "-q", "-r", RECIPIENT], options].concat();
        env.write("f.age", env.bulla(encrypt).stdin("one\n").run().stdout);
        let Some(edited) = env.edits(&["-i", "key", "f.age"], APPEND) else {
            return;
        };
        assert_eq!(edited.code, Some(0), "{options:?} {edited:?}");
        assert_eq!(env.text_of("f.age", "key"), "one\nmore\n");
        let who = env.bulla(["who", "--json", "-i", "key", "f.age"]).run();
        let who = String::from_utf8(who.stdout).unwrap();
        let class = match options {
            [] => "\"proved\"",
            _ => "\"opened\"",
        };
        assert!(who.contains(class), "{options:?} {who}");
    }
    assert!(!IDENTITY.is_empty());
}

#[test]
fn what_you_signed_you_sign_again_and_the_signature_of_others_is_not_kept() {
    let env = TestEnv::new();
    for home in ["bulla", "theirs"] {
        let new = env
            .bulla(["identity", "new", "-q", "--no-passphrase", "me"])
            .env("BULLA_HOME", env.path("..").join(home))
            .run();
        assert_eq!(new.code, Some(0), "{new:?}");
    }
    let theirs = |args: &[&str]| {
        let said = env
            .bulla(args)
            .env("BULLA_HOME", env.path("../theirs"))
            .env("HOME", env.path("../bin"))
            .run();
        assert_eq!(said.code, Some(0), "{said:?}");
    };
    theirs(&["card", "-q", "-o", "their.card"]);
    env.does(&["card", "-q", "-o", "my.card"]);
    env.does(&["contact", "add", "-q", "ann", "their.card"]);
    theirs(&["contact", "add", "-q", "eve", "my.card"]);
    env.write("f", "one\n");
    env.does(&["encrypt", "-q", "--sign", "--to", "ann", "f"]);
    let signer = || {
        let who = env.bulla(["verify", "--json", "f.age"]).run();
        who.json()[0].clone().to_string()
    };
    let Some(edited) = env.edits(&["f.age"], APPEND) else {
        return;
    };
    assert!(
        screen(&edited).contains("for ann and you, signed"),
        "{edited:?}"
    );
    assert!(signer().contains("\"signed\""), "{}", signer());
    assert_eq!(
        env.bulla(["verify", "-q", "--from", "me", "f.age"])
            .run()
            .code,
        Some(0)
    );
    let edited = env.edits(&["--no-sign", "f.age"], APPEND).unwrap();
    assert!(!screen(&edited).contains("signed"), "{edited:?}");
    assert_eq!(
        env.bulla(["verify", "-q", "--from", "me", "f.age"])
            .run()
            .code,
        Some(9)
    );
    // Somebody else's.
    theirs(&["encrypt", "-qf", "--sign", "--to", "eve", "f"]);
    assert_eq!(
        env.bulla(["verify", "-q", "--from", "ann", "f.age"])
            .run()
            .code,
        Some(0)
    );
    let edited = env.edits(&["f.age"], APPEND).unwrap();
    let shown = screen(&edited);
    assert_eq!(edited.code, Some(0), "{shown}");
    assert!(shown.contains("Somebody else signed f.age"), "{shown}");
    assert!(
        shown.contains("the author's signature is not kept"),
        "{shown}"
    );
    assert_eq!(
        env.bulla(["verify", "-q", "--from", "ann", "f.age"])
            .run()
            .code,
        Some(9)
    );
}

#[test]
fn a_key_that_was_rotated_away_is_replaced_by_the_present_one() {
    let env = TestEnv::new();
    env.does(&["identity", "new", "-q", "--no-passphrase", "me"]);
    env.write("f", "one\n");
    env.does(&["encrypt", "-q", "--to", "me", "f"]);
    env.does(&["identity", "rotate", "-q", "me"]);
    let Some(edited) = env.edits(&["f.age"], APPEND) else {
        return;
    };
    assert_eq!(edited.code, Some(0), "{edited:?}");
    let who = env.bulla(["who", "f.age"]).run();
    let shown = String::from_utf8_lossy(&who.stdout).into_owned();
    assert!(
        !shown.contains("replaced") && !shown.contains("old"),
        "{shown}"
    );
    let opened = env.bulla(["decrypt", "-q", "-o", "-", "f.age"]).run();
    opened.assert(0, "one\nmore\n", "");
}

#[test]
fn a_file_without_a_required_reader_is_not_edited_without_one() {
    let env = three();
    env.write("p.age", env.locked("one\n", "red clay and reeds", &[]));
    env.in_settings("require = [\"carol\"]\n");
    let before = env.read("plain.age");
    let Some(edited) = env.edits(&["plain.age"], "touch started") else {
        return;
    };
    assert_eq!(edited.code, Some(7), "{edited:?}");
    assert!(screen(&edited).contains("carol"), "{edited:?}");
    env.write("passphrase", "red clay and reeds\n");
    let edited = env
        .edits(
            &["p.age", "--passphrase-file", "passphrase"],
            "touch started",
        )
        .unwrap();
    assert_eq!(edited.code, Some(7), "{edited:?}");
    assert!(!env.path("started").exists() && env.read("plain.age") == before);
    let edited = env
        .edits(&["plain.age", "--to", "bob", "--to", "carol"], APPEND)
        .unwrap();
    assert_eq!(edited.code, Some(0), "{edited:?}");
    for key in ["key", "bob.key", "carol.key"] {
        assert_eq!(env.text_of("plain.age", key), "hello\nmore\n", "{key}");
    }
}
