//! What becomes of one copy: proved, or what it is instead, with its exit code.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::env::{Outcome, TestEnv};
use crate::people::{ONE, TWO};
use crate::someone::{IDENTITY, RECIPIENT};

impl TestEnv {
    /// A daily identity "me", a recovery identity, and a signed copy for both, "db.age".
    pub(super) fn with_copy() -> Self {
        let env = Self::new();
        env.does(&["identity", "new", "me", "--no-passphrase"]);
        env.does(&["identity", "new", "recovery", "--no-passphrase"]);
        env.write("db", "the accounts\n");
        env.sealed("db", &[]);
        env
    }

    /// Encrypts a file to both identities, with a signature.
    pub(super) fn sealed(&self, name: &str, more: &[&str]) {
        let line = ["encrypt", "-f", "--sign", "--to", "me", "--to", "recovery"];
        self.does(&[&line[..], more, &[name]].concat());
    }

    /// Runs a drill with the recovery key.
    pub(super) fn drill(&self, more: &[&str]) -> Outcome {
        let line = ["drill", "--identity", "recovery"];
        self.bulla([&line[..], more].concat()).run()
    }

    /// The text of the receipts.
    pub(super) fn receipts(&self) -> String {
        let path = self.path("../home/.local/state/bulla/receipts.jsonl");
        fs::read_to_string(path).unwrap_or_default()
    }
}

/// The messages of an outcome, without times.
fn said(outcome: &Outcome) -> String {
    outcome.text().replace("just now", "[AGO]")
}

#[test]
fn a_copy_is_proved_as_it_is_and_nothing_is_written_beside_it() {
    let env = TestEnv::with_copy();
    fs::create_dir(env.path("media")).unwrap();
    fs::rename(env.path("db.age"), env.path("media/db.age")).unwrap();
    for (path, mode) in [("media/db.age", 0o444), ("media", 0o555)] {
        fs::set_permissions(env.path(path), fs::Permissions::from_mode(mode)).unwrap();
    }
    let before = env.list();
    let proved = env.drill(&["media", "--signed-by", "me"]);
    let wanted = "media/db.age: proved with recovery (13 B of contents, made [AGO], by its \
                  statement, signed by me)\n";
    assert_eq!((proved.code, said(&proved)), (Some(0), wanted.to_owned()));
    assert_eq!(env.list(), before);
    let receipt: serde_json::Value = serde_json::from_str(&env.receipts()).unwrap();
    assert_eq!(receipt["result"], "proved");
    assert_eq!(receipt["key"], "recovery");
    assert_eq!(receipt["bytes"], 13);
    assert_eq!(receipt["signed_by"], "me");
    assert_eq!(receipt["file"], env.path("media/db.age").to_str().unwrap());
    fs::set_permissions(env.path("media"), fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn the_key_of_every_day_is_refused_as_a_name_and_as_a_file_unless_it_is_accepted() {
    let env = TestEnv::with_copy();
    env.does(&["identity", "export", "me", "--secret", "-o", "me.key"]);
    for key in ["me", "me.key", "./me.key"] {
        let refused = env.bulla(["drill", "db.age", "-i", key]).run();
        assert_eq!(refused.code, Some(7), "{key}: {refused:?}");
        assert!(refused.stderr.contains("--daily"), "{refused:?}");
    }
    assert_eq!(env.receipts(), "");
    for line in [&["--daily"][..], &["--daily", "-i", "me.key"]] {
        let line = [&["drill", "db.age"], line].concat();
        assert!(env.does(&line).contains("proved with me"), "{line:?}");
    }
    let nobody = env.bulla(["drill", "db.age"]).run();
    assert_eq!(nobody.code, Some(2), "{nobody:?}");
}

#[test]
fn a_key_file_of_age_is_called_by_the_contact_who_has_its_recipient() {
    let env = TestEnv::with_copy().with_key();
    env.does(&["contact", "add", "vault", RECIPIENT]);
    env.sealed("db", &["--to", "vault"]);
    let proved = env.does(&["drill", "db.age", "--identity", "key"]);
    assert!(proved.contains("db.age: proved with vault"), "{proved}");
    let receipt: serde_json::Value = serde_json::from_str(&env.receipts()).unwrap();
    // It cannot sign, so the daily identity does.
    let own = env.bulla(["identity", "show", "me", "--json"]).run().json();
    assert_eq!(receipt["signer"], own[0]["signing_key"], "{receipt}");
    // With an empty home there is nobody to sign.
    let elsewhere = env
        .bulla([
            "drill",
            "db.age",
            "--identity",
            "key",
            "--receipts",
            "there",
        ])
        .env("BULLA_HOME", env.path("nothing"))
        .run();
    assert_eq!(elsewhere.code, Some(0), "{elsewhere:?}");
    let there: serde_json::Value = serde_json::from_slice(&env.read("there")).unwrap();
    assert_eq!(there["key"], "key");
    assert_eq!(there["signer"], serde_json::Value::Null);
}

#[test]
fn the_backup_words_open_a_copy_and_are_not_stored() {
    let env = TestEnv::new();
    let words = "abandon ".repeat(23) + "art";
    let restore = ["identity", "restore", "old", "--no-passphrase"];
    let restored = env.bulla(restore).stdin(words.as_str()).run();
    assert_eq!(restored.code, Some(0), "{restored:?}");
    env.write("db", "the accounts\n");
    env.does(&["encrypt", "--to", "old", "db"]);
    let drill = |home: &str, words: &str| {
        env.bulla(["drill", "db.age", "--words"])
            .env("BULLA_HOME", env.path(home))
            .stdin(words)
            .run()
    };
    let proved = drill("../bulla", &words);
    assert!(said(&proved).contains("proved with old"), "{proved:?}");
    let proved = drill("empty", &words);
    let text = said(&proved);
    assert!(text.contains("proved with the backup words"), "{proved:?}");
    assert!(!env.path("empty").exists());
    let wrong = drill("empty", &words.replace("art", "able"));
    assert_eq!(wrong.code, Some(2), "{wrong:?}");
    let other = "zoo ".repeat(23) + "vote";
    let other = drill("empty", &other);
    assert_eq!(other.code, Some(3), "{other:?}");
    env.write("words", words);
    let from_file = env.does(&["drill", "db.age", "--words=words"]);
    assert!(from_file.contains("proved with old"), "{from_file}");
}

#[test]
fn a_copy_for_others_is_not_opened_and_one_that_lacks_the_key_among_others_is_named() {
    let env = TestEnv::with_copy();
    env.does(&["encrypt", "--no-self", "-r", ONE, "-o", "other.age", "db"]);
    let wrong = env.drill(&["other.age"]);
    wrong.assert(
        3,
        "",
        "bulla: error: other.age does not open with recovery\n\
         bulla: hint: Choose the key that it was encrypted to: --identity NAME\n",
    );
    let missing = env.drill(&["other.age", "db.age"]);
    assert_eq!(missing.code, Some(10), "{missing:?}");
    assert_eq!(
        missing.stderr,
        "bulla: error: other.age is not encrypted to recovery, although other copies open with it\n\
         bulla: hint: Give it access: bulla share other.age --to recovery\n\
         bulla: error: 1 of 2 inputs failed\n"
    );
    // The daily key says so even about a single copy.
    env.does(&["encrypt", "--to", "me", "-o", "mine.age", "db"]);
    let mine = env.drill(&["mine.age"]);
    assert_eq!(mine.code, Some(3), "{mine:?}");
    assert!(
        mine.stderr
            .contains("mine.age is not encrypted to recovery, although another of your keys"),
        "{mine:?}"
    );
    let passphrase = env.locked("db", "correct horse", &[]);
    env.write("locked.age", passphrase);
    let locked = env.drill(&["locked.age"]);
    assert_eq!(locked.code, Some(3), "{locked:?}");
    assert!(!locked.stderr.contains("proved"), "{locked:?}");
    let says = "locked.age is encrypted with a passphrase, so no key opens it";
    assert!(
        locked.stderr.contains(says) && locked.stderr.contains("bulla verify locked.age"),
        "{locked:?}"
    );
    let results = env.receipts();
    let count = |result: &str| results.matches(&format!("\"result\":\"{result}\"")).count();
    assert_eq!(count("only-passphrase"), 1, "{results}");
}

#[test]
fn another_signer_fails_with_9() {
    let env = TestEnv::with_copy();
    env.does(&["contact", "add", "host", TWO]);
    let other = env.drill(&["db.age", "--signed-by", "host"]);
    assert_eq!(other.code, Some(9), "{other:?}");
    assert!(
        other.stderr.contains("db.age is not from host"),
        "{other:?}"
    );
    env.does(&["encrypt", "--to", "recovery", "-o", "plain.age", "db"]);
    let unsigned = env.drill(&["plain.age", "--signed-by", "me"]);
    assert_eq!(unsigned.code, Some(9), "{unsigned:?}");
    let results = env.receipts();
    assert_eq!(
        results.matches("\"result\":\"sender\"").count(),
        2,
        "{results}"
    );
    assert!(!results.contains("\"proved\""), "{results}");
}

#[test]
fn a_damaged_copy_in_a_folder_is_not_overlooked_and_other_files_are_counted() {
    let env = TestEnv::with_copy();
    fs::create_dir(env.path("media")).unwrap();
    env.write("media/notes.txt", "not a copy");
    let empty = env.drill(&["media"]);
    assert_eq!(empty.code, Some(2), "{empty:?}");
    let mut bytes = env.read("db.age");
    env.write("media/without-end", &bytes);
    bytes[0] ^= 1;
    env.write("media/db.age", &bytes);
    let drilled = env.drill(&["media"]);
    assert_eq!(drilled.code, Some(10), "{drilled:?}");
    let text = said(&drilled);
    for part in [
        "media/db.age is not an age file",
        "media/without-end: proved",
        "Proved 1 of 2 copies with recovery",
        "Skipped 1 other file",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn the_newest_copy_must_be_new_enough_by_its_statement_or_else_by_its_modification_time() {
    let env = TestEnv::with_copy();
    let plain = [
        "encrypt",
        "--plain",
        "--to",
        "recovery",
        "-o",
        "plain.age",
        "db",
    ];
    env.does(&plain);
    let set = |name: &str, seconds: u64| {
        let file = fs::File::options()
            .write(true)
            .open(env.path(name))
            .unwrap();
        let time = std::time::SystemTime::now() - std::time::Duration::from_secs(seconds);
        file.set_modified(time).unwrap();
    };
    set("plain.age", 3 * 86400);
    set("db.age", 9 * 86400);
    // The statement of db.age counts, and not its modification time.
    let fresh = env.drill(&["db.age", "plain.age", "--not-older", "2d"]);
    assert_eq!(fresh.code, Some(0), "{fresh:?}");
    let stale = env.drill(&["plain.age", "--not-older", "2d"]);
    stale.assert(
        1,
        "",
        "bulla: error: plain.age is the newest copy, but was made 3 days ago, by its modification \
         time, which is longer than 2days\n",
    );
    assert_eq!(env.drill(&["plain.age", "--not-older", "4d"]).code, Some(0));
    // The newest is tried whatever the sample is.
    let oldest = env.drill(&["db.age", "plain.age", "--sample", "oldest"]);
    assert!(said(&oldest).starts_with("plain.age: proved"), "{oldest:?}");
    let both = env.drill(&[
        "db.age",
        "plain.age",
        "--sample",
        "oldest",
        "--not-older",
        "1h",
    ]);
    assert!(said(&both).contains("Proved 2 of 2"), "{both:?}");
    // An old copy must not look new because a clock is wrong.
    let file = fs::File::options()
        .write(true)
        .open(env.path("plain.age"))
        .unwrap();
    let ahead = std::time::SystemTime::now() + std::time::Duration::from_secs(2 * 86400 + 60);
    file.set_modified(ahead).unwrap();
    let ahead = env.drill(&["plain.age", "--not-older", "2d"]);
    assert_eq!(ahead.code, Some(1), "{ahead:?}");
    assert!(ahead.stderr.contains("2 days in the future"), "{ahead:?}");
}

#[test]
fn a_clock_behind_the_last_receipt_calls_nothing_new() {
    let env = TestEnv::with_copy();
    env.drill(&["db.age"]).assert_quiet();
    let receipts = env.receipts();
    let year = &receipts[receipts.find("\"date\":\"").unwrap() + 8..][..4];
    // Nobody signed it, but it can only make a drill stricter.
    let mut receipt: serde_json::Value = serde_json::from_str(&receipts).unwrap();
    let object = receipt.as_object_mut().unwrap();
    object.remove("signature");
    object.insert("signer".into(), serde_json::Value::Null);
    let later = format!("{}-01-01T00:00:00Z", year.parse::<u32>().unwrap() + 2);
    object.insert("date".into(), later.into());
    env.write(
        "../home/.local/state/bulla/receipts.jsonl",
        format!("{receipts}{receipt}\n"),
    );
    let behind = env.drill(&["db.age", "--not-older", "2d"]);
    assert_eq!(behind.code, Some(1), "{behind:?}");
    assert!(behind.stderr.contains("clock is behind"), "{behind:?}");
    assert_eq!(env.drill(&["db.age"]).code, Some(0));
}

#[test]
fn a_copy_comes_through_a_pipe_and_armored() {
    let env = TestEnv::with_copy();
    let piped = env
        .bulla(["drill", "-", "--identity", "recovery"])
        .stdin(env.read("db.age"))
        .run();
    assert!(
        said(&piped).starts_with("standard input: proved"),
        "{piped:?}"
    );
    env.sealed("db", &["--armor", "-o", "db.txt"]);
    let mut text = env.read("db.txt");
    text.extend_from_slice(b"\n \n");
    env.write("db.txt", text);
    let armored = env.drill(&["db.txt"]);
    assert!(said(&armored).starts_with("db.txt: proved"), "{armored:?}");
    let cut = env.read("db.txt");
    env.write("cut.txt", &cut[..cut.len() / 2]);
    assert_ne!(env.drill(&["cut.txt"]).code, Some(0));
}

#[test]
fn an_old_copy_under_the_name_of_a_newer_one_is_noticed() {
    let env = TestEnv::with_copy();
    env.drill(&["db.age"]).assert_quiet();
    let old = env.read("db.age");
    env.write("db", "the accounts of today\n");
    env.sealed("db", &[]);
    assert_eq!(env.drill(&["db.age"]).code, Some(0));
    env.write("db.age", old);
    let back = env.drill(&["db.age"]);
    assert_eq!(back.code, Some(1), "{back:?}");
    assert!(
        back.stderr
            .contains("db.age is older than the copy that was proved under this name on"),
        "{back:?}"
    );
}

#[test]
fn the_name_of_an_identity_comes_before_a_file_of_that_name() {
    let env = TestEnv::with_copy();
    env.write("recovery", format!("{IDENTITY}\n"));
    assert_eq!(env.drill(&["db.age"]).code, Some(0));
    let file = env.bulla(["drill", "db.age", "-i", "./recovery"]).run();
    assert_eq!(file.code, Some(3), "{file:?}");
}
