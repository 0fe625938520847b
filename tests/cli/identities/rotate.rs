//! `bulla identity rotate`, `succeed` and `revoke`: new keys, and the fate of the old ones.

use crate::env::{Outcome, TestEnv};
use crate::pty::Terminal;
use crate::tools::need;

/// The words of the seed 00 01 02 … 1f.
const WORDS: &str = "abandon amount liar amount expire adjust cage candy arch gather drum bullet absurd math era live bid \
                     rhythm alien crouch range attend journey unaware";
const SIGNING_KEY: &str = "ed25519 Ola0g2HzFm0FrePqj2VS1fbmeGdKGKfkMqwNizfktzs mldsa65 TYt3M7Nc0K5VHlMz3f501mM+7PdgtIK0mOHLBthktec";
const FIRST: &str = "age10w840jqz8nm0cc7wglxwmgg7vpx7n6zuga2jhp3hutr9m06az3pq2qazjj";
const REVOCATION: &str = "# bulla revocation v1\n\
     # sign: ed25519 Ola0g2HzFm0FrePqj2VS1fbmeGdKGKfkMqwNizfktzs mldsa65 TYt3M7Nc0K5VHlMz3f501mM+7PdgtIK0mOHLBthktec\n\
     # reason: unspecified\n\
     # sig: Lxdjgll6ZJBYM2NUsV+kRPmEkRSB6SucKqh77Jtuw5aGIkeWSMfT334USs6ccmqnrZMXYd/DIiJj1LhZfP8lAw\n";
const ASIDE: &str = "This only helps if an exported key was lost. If the identity file, its backup words or \
     this device may have been stolen, create a new identity and revoke this one\n";

/// The classic identity "me" of the known words, without a passphrase.
fn env() -> TestEnv {
    let env = TestEnv::new();
    let args = [
        "identity",
        "restore",
        "me",
        "--classic",
        "--no-passphrase",
        "-q",
    ];
    assert_eq!(env.bulla(args).stdin(WORDS).run().code, Some(0));
    env.write(
        "old.age",
        env.bulla(["encrypt", "--to", "me", "-q"])
            .stdin("of old")
            .run()
            .stdout,
    );
    env
}

fn identity(env: &TestEnv, args: &[&str]) -> Outcome {
    env.bulla([&["identity"], args].concat()).run()
}

fn kept(env: &TestEnv, file: &str) -> String {
    String::from_utf8(env.read(&format!("../bulla/identities/{file}"))).unwrap()
}

/// The public recipients, in order.
fn recipients(env: &TestEnv) -> Vec<String> {
    let toml: toml::Table = kept(env, "me.toml").parse().unwrap();
    toml["recipients"]
        .as_array()
        .unwrap()
        .iter()
        .map(|text| text.as_str().unwrap().to_owned())
        .collect()
}

/// Files for the old keys still open, and so do new files.
#[track_caller]
fn opens_all(env: &TestEnv) {
    env.bulla(["decrypt", "-q", "-o", "-", "old.age"])
        .run()
        .assert(0, "of old", "");
    let new = env
        .bulla(["encrypt", "--to", "me", "-q"])
        .stdin("of new")
        .run()
        .stdout;
    env.bulla(["decrypt", "-q"])
        .stdin(new)
        .run()
        .assert(0, "of new", "");
}

/// The text of the card for a key.
fn said(env: &TestEnv, key: &str) -> Vec<String> {
    let says = |line: &str| {
        Some(
            line.strip_prefix("# ")?
                .strip_prefix(key)?
                .strip_prefix(": ")?
                .to_owned(),
        )
    };
    kept(env, "me.card").lines().filter_map(says).collect()
}

#[test]
fn rotated_keys_open_the_old_and_the_new() {
    let env = env();
    env.bulla(["card", "-q", "--name", "Alice"]).run();
    let serial = said(&env, "serial");
    for epochs in [2, 3] {
        let rotated = identity(&env, &["rotate"]);
        let recipients = recipients(&env);
        assert_eq!(
            (recipients.len(), recipients.last().map(String::as_str)),
            (epochs, Some(FIRST))
        );
        rotated.assert(
            0,
            "",
            &format!(
                "Identity me has new keys: {}. The old keys still open old files\n{ASIDE}\
                 bulla: hint: Send your contacts your new card: bulla card --as me\n\
                 bulla: hint: Write this command down next to your backup words: bulla identity \
                 restore me \
                 --epochs {epochs}\n",
                recipients[0]
            ),
        );
        assert!(kept(&env, "me.card").contains(&format!("\n{}\n", recipients[0])));
        assert!(kept(&env, "me.age").contains(&format!("# epochs: {epochs}\n")));
        opens_all(&env);
    }
    assert_eq!(
        (said(&env, "name"), said(&env, "sign")),
        (vec!["Alice".to_owned()], vec![SIGNING_KEY.to_owned()])
    );
    assert!(said(&env, "serial") > serial && said(&env, "succeeds").is_empty());
    // The words restore the same keys.
    let args = [
        "identity",
        "restore",
        "again",
        "--classic",
        "--epochs",
        "3",
        "--no-passphrase",
        "-q",
    ];
    env.bulla(args).stdin(WORDS).run();
    assert_eq!(kept(&env, "again.age"), kept(&env, "me.age"));
    assert!(!env.path("../bulla/.change").exists());
}

#[test]
fn other_tools_open_with_a_rotated_and_a_succeeded_identity() {
    let age = need!("age");
    let env = env();
    identity(&env, &["rotate"]);
    for step in [["rotate", "-q"].as_slice(), &["succeed", "--yes", "-q"]] {
        assert_eq!(identity(&env, step).code, Some(0));
        let new = env.bulla(["card", "-q"]).run().stdout;
        env.write("card", new);
        let closed = env.program(&age, ["-R", "card"]).stdin("of new").run();
        env.write("new.age", &closed.assert_quiet().stdout);
        for (file, plain) in [("old.age", "of old"), ("new.age", "of new")] {
            let file = env.program(&age, ["-d", "-i", "../bulla/identities/me.age", file]);
            file.run().assert(0, plain, "");
        }
    }
}

#[test]
fn a_passphrase_stays_what_it_was() {
    let env = TestEnv::new();
    let with = |args: &[&str], passphrase: &str| {
        env.bulla([&["identity"], args, &["--passphrase-fd", "3"]].concat())
            .descriptor(3, passphrase)
            .run()
    };
    with(&["new", "--work-factor", "10", "-q"], "red clay and reeds");
    env.write(
        "old.age",
        env.bulla(["encrypt", "--to", "me", "-q"])
            .stdin("of old")
            .run()
            .stdout,
    );
    let before = env.read("../bulla/identities/me.age");
    with(&["rotate"], "mud").assert(
        3,
        "",
        "bulla: error: Wrong passphrase for identity me\nbulla: hint: Try again; nothing was \
         changed\n",
    );
    assert_eq!(env.read("../bulla/identities/me.age"), before);
    for step in [["rotate", "-q"].as_slice(), &["succeed", "--yes", "-q"]] {
        with(step, "red clay and reeds").assert(0, "", "");
        let header = env.read("../bulla/identities/me.age");
        let header = String::from_utf8_lossy(&header[..80]).into_owned();
        assert!(
            header
                .lines()
                .nth(1)
                .is_some_and(|line| line.starts_with("-> scrypt ") && line.ends_with(" 10")),
            "{header}"
        );
        let open = [
            "decrypt",
            "-q",
            "-o",
            "-",
            "old.age",
            "--passphrase-fd",
            "3",
        ];
        env.bulla(open)
            .descriptor(3, "red clay and reeds")
            .run()
            .assert(0, "of old", "");
    }
    assert_eq!(recipients(&env).len(), 6);
    assert!(recipients(&env)[0].starts_with("age1pq1"));
}

#[test]
fn a_new_seed_is_announced_by_the_old_one() {
    let env = env();
    env.bulla(["card", "-q", "--name", "Alice"]).run();
    let refused = identity(&env, &["succeed"]);
    refused.assert(
        2,
        "",
        "bulla: error: Confirmation needed for switching me to new keys\n\
         bulla: hint: Confirm with --yes\n",
    );
    assert_eq!(recipients(&env), [FIRST]);
    let toml = kept(&env, "me.toml");
    let noted = |line: &&str| line.starts_with("backed_up = ") || line.starts_with("words_of = ");
    let backup: Vec<&str> = toml.lines().filter(noted).collect();
    assert_eq!(backup.len(), 2, "{toml}");
    let backup = backup.join("\n") + "\n";
    let mut key = SIGNING_KEY.to_owned();
    for count in 1..=9 {
        let done = identity(&env, &["succeed", "--yes"]);
        let number = identity(&env, &["show", "--number"]).stdout;
        let number = String::from_utf8(number).unwrap();
        done.assert(
            0,
            "",
            &format!(
                "Identity me has new keys. The old keys still open old files\n\
                 The new safety number is {}. Read it to your contacts\n\
                 bulla: hint: Send your contacts your new card: bulla card --as me\n\
                 bulla: hint: The old words restore only the old keys. Write down the new \
                 ones: bulla identity backup me\n",
                number.trim_end()
            ),
        );
        let chain = said(&env, "succeeds");
        let last: Vec<&str> = chain.last().unwrap().split(' ').collect();
        let halves = |at: usize| format!("ed25519 {} mldsa65 {}", last[at], last[at + 1]);
        assert_eq!((chain.len(), halves(0)), (count.min(8), key));
        key = halves(2);
        assert_eq!(said(&env, "sign"), [&*key]);
        assert!(kept(&env, "me.toml").contains(&format!("signing_key = \"{key}\"")));
    }
    assert_eq!(
        (said(&env, "name"), recipients(&env).len()),
        (vec!["Alice".to_owned()], 10)
    );
    opens_all(&env);
    // The chain stays in every later card, and rotating keeps the old keys.
    let chain = said(&env, "succeeds");
    env.bulla(["card", "--renew", "-q"]).run();
    identity(&env, &["rotate", "-q"]);
    assert_eq!(
        (said(&env, "succeeds"), recipients(&env).len()),
        (chain, 11)
    );
    opens_all(&env);
    // The old backup no longer counts.
    let toml = kept(&env, "me.toml");
    assert!(!toml.contains("backed_up"), "{toml}");
    // Nor if git merges the old backup note with the new seed.
    env.in_keyring("identities/me.toml", format!("{toml}{backup}"));
    let shown = String::from_utf8(identity(&env, &["show"]).stdout).unwrap();
    assert!(
        shown.contains("  backup         not backed up\n"),
        "{shown}"
    );
}

#[test]
fn an_interrupted_succession_is_completed_before_signing() {
    let env = env();
    env.bulla(["card", "-q"]).run();
    let before = ["me.age", "me.toml", "me.card"].map(|file| kept(&env, file));
    identity(&env, &["succeed", "--yes", "-q"]);
    let after = ["me.age", "me.toml", "me.card"].map(|file| kept(&env, file));
    let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
    let secret = base64(after[0].as_bytes());
    let note = format!(
        "[[steps]]\ndo = \"secret\"\nfile = \"me.age\"\nbase64 = \"{secret}\"\n\
         [[steps]]\ndo = \"write\"\nfolder = \"identities\"\nfile = \"me.card\"\ntext = {}\n\
         [[steps]]\ndo = \"write\"\nfolder = \"identities\"\nfile = \"me.toml\"\ntext = {}\n",
        quoted(&after[2]),
        quoted(&after[1])
    );
    // The number of the three files written before the interruption.
    for done in 0..=3 {
        for (index, file) in ["me.age", "me.card", "me.toml"].into_iter().enumerate() {
            let from = if index < done { &after } else { &before };
            let text = from[["me.age", "me.toml", "me.card"]
                .iter()
                .position(|name| *name == file)
                .unwrap()]
            .clone();
            env.in_keyring(&format!("identities/{file}"), text);
        }
        env.interrupted(&note);
        env.bulla(["decrypt", "-q", "-o", "-", "old.age"])
            .run()
            .assert(0, "of old", "");
        env.bulla(["card"]).run().assert(0, &after[2], "");
        assert_eq!(
            ["me.age", "me.toml", "me.card"].map(|file| kept(&env, file)),
            after,
            "{done}"
        );
        assert!(!env.path("../bulla/.change").exists());
    }
    opens_all(&env);
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine;
    base64::prelude::BASE64_STANDARD_NO_PAD.encode(bytes)
}

#[test]
fn a_question_can_be_answered_no() {
    let env = env();
    for (args, question) in [
        (
            ["identity", "succeed", "me", "-v"].as_slice(),
            "Switch identity me to new keys?",
        ),
        (
            &["identity", "revoke", "--reason", "lost"],
            "Create a revocation for me?",
        ),
    ] {
        let Some(terminal) = env.bulla(args).on_terminal() else {
            return;
        };
        terminal.wait_for(question).keys("n\n");
        assert_eq!(Terminal::end(terminal).code, Some(7));
    }
    assert!(recipients(&env) == [FIRST] && !env.path("../bulla/identities/me.card").exists());
}

#[test]
fn a_revocation_is_exported_and_changes_nothing_locally() {
    let env = env();
    let printed =
        "Send this text to everyone who has your card; they run: bulla contact revoke FILE\n";
    let written = "Wrote text. Send it to everyone who has your card; they run: bulla contact \
                   revoke text\n";
    let revoke = |args: &[&str]| identity(&env, &[&["revoke", "--reason"], args].concat());
    revoke(&["unspecified", "--yes"]).assert(0, REVOCATION, printed);
    revoke(&["unspecified", "--yes", "-o", "text"]).assert(0, "", written);
    assert_eq!(env.read("text"), REVOCATION.as_bytes());
    let lost = revoke(&["lost", "--yes", "-q"]);
    assert!(
        lost.code == Some(0)
            && String::from_utf8_lossy(&lost.stdout).contains("\n# reason: lost\n")
    );
    revoke(&["lost", "--yes", "-o", "text"]).assert(
        7,
        "",
        "bulla: error: text already exists\n\
         bulla: hint: Overwrite it with --force, or choose another name with -o PATH\n",
    );
    revoke(&["lost"]).assert(
        2,
        "",
        "bulla: error: Confirmation needed for revoking me\nbulla: hint: Confirm with --yes\n",
    );
    assert_eq!(revoke(&["bored", "--yes"]).code, Some(2));
    env.bulla(["contact", "revoke", "text"]).run().assert(
        7,
        "",
        "bulla: error: This revokes your own identity me; nothing changed here\n\
         bulla: hint: Send it to those who have your card. To continue with a new key: bulla \
         identity new NAME\n",
    );
    opens_all(&env);
}

#[test]
fn imported_keys_are_neither_rotated_nor_succeeded_nor_revoked() {
    let env = TestEnv::new().with_key();
    env.bulla(["identity", "import", "me", "key", "--no-passphrase", "-q"])
        .run();
    for args in [
        ["rotate"].as_slice(),
        &["succeed", "--yes"],
        &["revoke", "--yes", "--reason", "lost"],
    ] {
        identity(&env, args).assert(
            7,
            "",
            "bulla: error: me was imported from age, so it cannot sign and has no card\n\
             bulla: hint: Create one that can: bulla identity new NAME\n",
        );
    }
}
