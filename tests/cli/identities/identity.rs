//! Identities of the keyring: created, shown, exported, backed up and restored, as their owner sees
//! it.

use std::path::Path;

use crate::env::{Outcome, TestEnv};
use crate::pty::Terminal;
use crate::someone::{IDENTITY, RECIPIENT};
use crate::tools::{self, need};

/// The words of the seed 00 01 02 … 1f.
const WORDS: &str = "abandon amount liar amount expire adjust cage candy arch gather drum bullet absurd math era live bid \
                     rhythm alien crouch range attend journey unaware";
/// The text of its classic identity.
const DOCUMENT: &str = "# bulla identity v1\n\
    # seed: BULLA-IDENTITY-1QQQSYQCYQ5RQWZQFPG9SCRGWPUGPZYSNZS23V9CCRYDPK8QARC0SUT7FJD\n\
    # kind: classic\n# epochs: 1\n\
    AGE-SECRET-KEY-1DYKLVCWNG2MX93DQKUHX05E9NFNGJ0AXX2T2P2DCJ2MNHKE9T7XQFJM45Y\n";
const SIGNING_KEY: &str = "ed25519 Ola0g2HzFm0FrePqj2VS1fbmeGdKGKfkMqwNizfktzs mldsa65 TYt3M7Nc0K5VHlMz3f501mM+7PdgtIK0mOHLBthktec";
const CLASSIC: &str = "age10w840jqz8nm0cc7wglxwmgg7vpx7n6zuga2jhp3hutr9m06az3pq2qazjj";
const WEAK: &str = "bulla: warning: A work factor of 10 makes the passphrase easier to guess\n";
const OPEN: &str = "bulla: warning: The identity file has no passphrase; anyone who can read it can open all \
     your files\n";

impl TestEnv {
    /// `bulla identity …` with a passphrase for the first question.
    fn identity(&self, args: &[&str], passphrase: &str) -> Outcome {
        let args = [&["identity"], args, &["--passphrase-fd", "3"]].concat();
        self.bulla(args).descriptor(3, passphrase).run()
    }

    /// `bulla identity …`, without a passphrase.
    fn openly(&self, args: &[&str]) -> Outcome {
        self.bulla([&["identity"], args].concat()).run()
    }

    fn kept(&self, name: &str) -> String {
        String::from_utf8_lossy(&self.read(&format!("../bulla/identities/{name}"))).into_owned()
    }

    fn has(&self, name: &str) -> bool {
        self.path(format!("../bulla/identities/{name}")).exists()
    }

    /// Restores the identity of the known words, without a passphrase.
    fn restored(self, args: &[&str]) -> Self {
        let args = [
            &["identity", "restore", "me", "--no-passphrase", "-q"],
            args,
        ]
        .concat();
        self.bulla(args)
            .stdin(WORDS)
            .run()
            .assert(0, self.recipient(), OPEN);
        self
    }

    /// The first recipient of "me" in the keyring.
    fn recipient(&self) -> String {
        let toml = std::fs::read_to_string(self.path("../bulla/identities/me.toml")).unwrap();
        format!(
            "{}\n",
            toml.split('"')
                .find(|text| text.starts_with("age1"))
                .unwrap()
        )
    }
}

#[test]
fn a_new_identity_opens_what_is_encrypted_to_it() {
    let env = TestEnv::new();
    let made = env.identity(&["new", "--work-factor", "10"], "one two three four");
    let recipient = env.recipient();
    assert!(recipient.starts_with("age1pq1"));
    let said = format!(
        "Created identity me: {}…{}\n{WEAK}\
         bulla: hint: If you lose the file or the passphrase, your data is gone. Make a \
         backup: bulla identity backup me\n",
        &recipient[..24],
        recipient[recipient.len() - 9..].trim_end()
    );
    made.assert(0, &recipient, &said);
    assert!(
        env.kept("me.age")
            .starts_with("age-encryption.org/v1\n-> scrypt")
    );
    assert!(
        env.kept("me.toml").contains("kind = \"hybrid\"")
            && !env.kept("me.toml").contains("SECRET")
    );
    env.write("plain", "hello");
    for to in [["-r", recipient.trim_end()], ["--to", "me"]] {
        let closed = env
            .bulla(["encrypt", "-q", "-fo", "closed", to[0], to[1], "plain"])
            .run();
        closed.assert(0, "", "");
        let opened = env
            .bulla(["decrypt", "-q", "--passphrase-fd", "3", "-o", "-", "closed"])
            .descriptor(3, "one two three four");
        opened.run().assert(0, "hello", "");
    }
    let again = env.identity(&["new", "ME", "--work-factor", "10"], "x");
    again.assert(
        7,
        "",
        "bulla: error: There is already an identity called me\n\
         bulla: hint: Choose another name, or rename that one: bulla identity rename me NEW\n",
    );
    assert_eq!(
        env.openly(&["new", "../x", "--no-passphrase"]).code,
        Some(2)
    );
    env.bulla(["contact", "add", "bob", CLASSIC]).run();
    env.bulla(["contact", "remove", "bob"]).run();
    let kept = env.openly(&["new", "Bob", "--no-passphrase"]);
    assert!(
        kept.code == Some(7)
            && kept
                .stderr
                .contains("The name bob is taken by a contact that was removed"),
        "{kept:?}"
    );
    assert_eq!(env.list(), ["closed", "plain"]);
}

#[test]
fn a_new_identity_confirms_the_passphrase_or_generates_one() {
    let env = TestEnv::new();
    let new = || {
        env.bulla(["identity", "new", "--work-factor", "10"])
            .on_terminal()
    };
    let Some(terminal) = new() else { return };
    let question = "Choose a passphrase for the new identity me (press Enter to generate one): ";
    terminal
        .wait_for(question)
        .keys("a first long passphrase\n")
        .wait_for("Passphrase for the new identity me, again: ")
        .keys("other\n");
    terminal
        .wait_for("The passphrases do not match")
        .keys("\n")
        .wait_for("Generated passphrase:")
        .keys("\n");
    terminal
        .wait_for("Your name on the card that you will send to others (press Enter for \"me\"): ")
        .keys("a\u{301}\u{338}\n")
        .wait_for("A name on a card has up to 64 letters")
        .keys("Alice Example\n");
    terminal
        .wait_for("Created identity me: ")
        .wait_for("bulla card --as me")
        .wait_for("bulla identity backup me");
    assert_eq!(terminal.end().code, Some(0));
    assert!(env.has("me.toml"));
    let Some(terminal) = new() else { return };
    terminal.wait_for("There is already an identity called me");
    assert_eq!(terminal.end().code, Some(7));
    let gone = env.openly(&["new", "other"]);
    gone.assert(
        2,
        "",
        "bulla: error: Passphrase for the new identity other: there is no terminal to ask on\n\
         bulla: hint: Pass it with --passphrase-fd N or --passphrase-file PATH\n",
    );
    assert!(!env.has("other.age"));
}

#[test]
fn a_new_identity_has_a_card_with_a_name_on_it() {
    let env = TestEnv::new();
    env.openly(&["new", "alice", "-q", "--no-passphrase"]);
    assert!(env.kept("alice.card").contains("\n# name: alice\n"));
    // No passphrase is asked for, and the card is that of the file.
    env.bulla(["card", "--as", "alice"])
        .run()
        .assert(0, env.kept("alice.card"), "");
    let called = ["--no-passphrase", "--card-name", "Alice Example"];
    env.openly(&[&["new", "work", "-q"], &called[..]].concat());
    assert!(env.kept("work.card").contains("\n# name: Alice Example\n"));
    let wrong = env.openly(&["new", "other", "--card-name", "a  b"]);
    assert_eq!(wrong.code, Some(2), "{}", wrong.stderr);
    assert!(!env.has("other.toml"));
}

#[test]
fn a_weak_passphrase_is_asked_about_and_warned_of() {
    let env = TestEnv::new();
    let new = ["identity", "new", "alice", "--work-factor", "10"];
    let Some(terminal) = env.bulla(new).on_terminal() else {
        return;
    };
    let choose = "Choose a passphrase for the new identity alice";
    let weak =
        "This passphrase is easy to guess for anyone who has the file. Use it anyway? [y/N] ";
    terminal.wait_for(choose).keys("summer2024\n");
    terminal.wait_for(weak).keys("\n");
    terminal.wait_for(choose).keys("hunter2\n");
    terminal.wait_for(weak).keys("y\n");
    terminal.wait_for("again: ").keys("hunter2\n");
    terminal.wait_for("Created identity alice");
    assert_eq!(terminal.end().code, Some(0));
    let warning = "bulla: warning: The passphrase is easy to guess for anyone who has the file. Choose a \
                   longer one\n";
    env.write("plain", "plain");
    for (command, input) in [
        (&["identity", "new", "bob", "--work-factor", "10"][..], ""),
        (
            &[
                "encrypt",
                "-p",
                "--work-factor",
                "10",
                "-fo",
                "x.age",
                "plain",
            ],
            "",
        ),
        (&["write", "-p", "--work-factor", "10"], "text"),
    ] {
        let run = |passphrase: &str| {
            let args = [command, &["--passphrase-fd", "3"]].concat();
            let run = env.bulla(args).descriptor(3, passphrase).stdin(input);
            run.run()
        };
        let said = run("password1");
        assert_eq!(said.code, Some(0), "{command:?}: {}", said.stderr);
        assert!(
            said.stderr.contains(warning),
            "{command:?}: {}",
            said.stderr
        );
        env.bulla(["identity", "remove", "bob", "--yes", "-q"])
            .run();
        let said = run("four walls and a roof");
        assert_eq!(said.code, Some(0), "{command:?}: {}", said.stderr);
        assert!(
            !said.stderr.contains("easy to guess for anyone"),
            "{}",
            said.stderr
        );
    }
}

#[test]
fn list_shows_key_types_and_the_default() {
    let env = TestEnv::new();
    env.openly(&["list"]).assert(
        0,
        "",
        "You have no identity yet\nbulla: hint: Create one: bulla identity new\n",
    );
    for command in [
        &["show"][..],
        &["default"],
        &["export"],
        &["backup"],
        &["passphrase"],
    ] {
        let said = env.openly(command);
        said.assert(
            2,
            "",
            "bulla: error: You have no identity yet\nbulla: hint: Create one: bulla identity \
             new\n",
        );
    }
    let env = env.restored(&["--classic"]);
    assert_eq!(
        env.openly(&["new", "work", "--no-passphrase", "-q"]).code,
        Some(0)
    );
    let listed = env.openly(&["list"]);
    let listed = String::from_utf8(listed.assert_quiet().stdout.clone()).unwrap();
    let lines: Vec<Vec<&str>> = listed
        .lines()
        .map(|line| line.split_whitespace().collect())
        .collect();
    assert_eq!(lines[0][..3], ["*", "me", "classic"]);
    assert_eq!(
        (&lines[1][..2], lines.len()),
        (&["work", "post-quantum"][..], 2)
    );
    assert!(
        listed.contains("backed up on 20") && listed.contains("not backed up"),
        "{listed}"
    );
    let json = env.openly(&["list", "--json"]).stdout;
    let json: Vec<serde_json::Value> = json
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_slice(line).unwrap())
        .collect();
    assert_eq!(
        (
            &json[0]["identity"],
            &json[0]["default"],
            &json[0]["recipients"][0]
        ),
        (&"me".into(), &true.into(), &CLASSIC.into())
    );
    assert_eq!(
        (&json[1]["kind"], &json[1]["backed_up"]),
        (&"hybrid".into(), &serde_json::Value::Null)
    );
    env.openly(&["default"]).assert(0, "me\n", "");
    env.in_keyring("config.toml", "# mine\narmor = false # no\n");
    env.openly(&["default", "work"])
        .assert(0, "", "Set the default identity to work\n");
    let config = String::from_utf8(env.read("../bulla/config.toml")).unwrap();
    assert_eq!(
        config,
        "# mine\narmor = false # no\ndefault_identity = \"work\"\n"
    );
    env.openly(&["default"]).assert(0, "work\n", "");
    assert_eq!(env.openly(&["default", "nobody"]).code, Some(2));
    env.in_keyring("identities/work.toml", "kind = \"both\"\n");
    let damaged = env.openly(&["list"]);
    assert_eq!(damaged.code, Some(8));
    assert!(
        damaged.stdout.starts_with(b"  me") && damaged.stderr.contains("work.toml, line 1"),
        "{damaged:?}"
    );
}

#[test]
fn identity_rename_updates_groups_and_the_config() {
    let env = TestEnv::new().restored(&[]);
    env.write("plain", "hello");
    assert_eq!(
        env.bulla(["encrypt", "-q", "--to", "me", "plain"])
            .run()
            .code,
        Some(0)
    );
    env.bulla(["group", "create", "all", "me"]).run();
    env.openly(&["default", "me"]);
    env.in_keyring("config.toml", "default_identity = \"me\" # I\n");
    env.in_settings("default_to = [\"me\", \"all\"] # us\n");
    env.openly(&["rename", "me", "myself"]).assert(
        0,
        "",
        "Renamed me to myself\nAlso changed in: all\n",
    );
    let config = String::from_utf8(env.read("../bulla/config.toml")).unwrap();
    assert_eq!(config, "default_identity = \"myself\" # I\n");
    let settings = env.read("../home/.config/bulla/config.toml");
    assert_eq!(settings, b"default_to = [\"myself\", \"all\"] # us\n");
    assert!(
        env.has("myself.age")
            && env.has("myself.toml")
            && !env.has("me.age")
            && !env.has("me.toml")
    );
    env.bulla(["decrypt", "-q", "-o", "-", "plain.age"])
        .run()
        .assert(0, "hello", "");
    assert_eq!(env.openly(&["rename", "me", "other"]).code, Some(2));
    assert_eq!(env.openly(&["rename", "myself", "all"]).code, Some(7));
    assert_eq!(env.openly(&["rename", "myself", "age1x"]).code, Some(2));
    assert_eq!(env.openly(&["rename", "myself", "MYSELF"]).code, Some(0));
    env.openly(&["default"]).assert(0, "MYSELF\n", "");
}

#[test]
fn removing_an_identity_needs_confirmation_and_the_last_one_force() {
    let env = TestEnv::new().restored(&[]);
    let last = env.openly(&["remove", "me", "--yes"]);
    last.assert(
        7,
        "",
        "bulla: error: me is your only identity\nbulla: hint: To delete it anyway: --force\n",
    );
    env.openly(&["new", "work", "--no-passphrase", "-q"]);
    env.openly(&["default", "work"]);
    env.bulla(["group", "create", "all", "me", "work"]).run();
    let unasked = env.openly(&["remove", "work"]);
    unasked.assert(
        2,
        "",
        "bulla: error: Confirmation needed for deleting work\nbulla: hint: Confirm with --yes\n",
    );
    let remove = || env.bulla(["identity", "remove", "work"]).on_terminal();
    let Some(terminal) = remove() else { return };
    terminal
        .wait_for("Delete identity work for good? There is no backup, so it cannot be recovered.")
        .keys("n\n");
    assert_eq!(terminal.end().code, Some(7));
    assert!(env.has("work.age") && env.has("work.toml"));
    let Some(terminal) = remove() else { return };
    terminal
        .wait_for("[y/N]")
        .keys("y\n")
        .wait_for("Deleted identity work")
        .wait_for("Removed from groups: all");
    assert_eq!(terminal.end().code, Some(0));
    assert!(!env.has("work.age") && !env.has("work.toml"));
    env.openly(&["default"]).assert(0, "me\n", "");
    let said = env.openly(&["remove", "me", "--yes", "--force"]);
    said.assert(
        0,
        "",
        "Deleted identity me\nRemoved from groups: all\nbulla: warning: The group all is empty \
         now\n",
    );
    assert_eq!(
        env.openly(&["remove", "me", "--yes", "--force"]).code,
        Some(2)
    );
}

#[test]
fn show_prints_public_keys_and_the_safety_number() {
    let env = TestEnv::new().restored(&["--classic"]);
    env.openly(&["show", "--number"])
        .assert(0, "42709 20235 75307 05756 51636 28583\n", "");
    let shown = env.openly(&["show", "me"]);
    let shown = String::from_utf8(shown.assert_quiet().stdout.clone()).unwrap();
    for text in [
        "me (default)\n",
        "classic\n",
        "not encrypted\n",
        CLASSIC,
        "42709 20235",
    ] {
        assert!(shown.contains(text), "{shown}");
    }
    let json = env.openly(&["show", "--json"]).stdout;
    let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
    assert_eq!(json["safety_number"], "42709 20235 75307 05756 51636 28583");
    let unknown = env.openly(&["show", "ma"]);
    unknown.assert(
        2,
        "",
        "bulla: error: There is no identity \"ma\" in [TMP]/bulla\nbulla: hint: Did you mean me?\n",
    );
    let none = "bulla: error: There is no identity \"other\" in [TMP]/bulla\nbulla: hint: List them: bulla identity \
        list\n";
    env.openly(&["show", "other"]).assert(2, "", none);
}

#[test]
fn decrypted_text_on_a_terminal_is_not_mixed_with_a_progress_bar() {
    let env = TestEnv::new();
    env.identity(&["new", "--work-factor", "17"], "one two three four");
    env.write("note", "hello\n");
    assert_eq!(
        env.bulla(["encrypt", "-q", "--to", "me", "note"])
            .run()
            .code,
        Some(0)
    );
    let decrypt = env
        .bulla(["decrypt", "-o", "-", "note.age"])
        .env("TERM", "xterm");
    let Some(terminal) = decrypt.on_terminal() else {
        return;
    };
    terminal.wait_for("Passphrase for identity me");
    // A progress bar appears after a while.
    std::thread::sleep(std::time::Duration::from_millis(400));
    terminal.keys("one two three four\n").wait_for("hello\r\n");
    let shown = terminal.shown();
    assert_eq!(terminal.end().code, Some(0));
    let before = shown.split("hello").next().unwrap_or_default();
    let bar = before.rfind("B/s").map_or("\x1b[2K", |at| &before[at..]);
    assert!(
        bar.contains("\x1b[2K"),
        "a bar stands in the way: {shown:?}"
    );
    let after = shown.split("hello\r\n").nth(1).unwrap_or_default();
    assert!(!after.contains("B/s"), "a bar comes after it: {shown:?}");
}

#[test]
fn an_exported_key_is_verified_by_its_check_value() {
    let env = TestEnv::new().restored(&["--classic"]);
    let check = "22a000b9c8b579fd2539d939e08cd3fd";
    let read_out = format!(
        "Read this to the person who adds you, in person or by phone: check value {check}\n"
    );
    let handed = "Wrote your public key to me.pub, for people without bulla\n\
                  bulla: hint: To people who use bulla, send your card instead: bulla card --as me\n";
    env.openly(&["export", "-o", "me.pub"])
        .assert(0, "", &format!("{handed}{read_out}"));
    env.openly(&["export"])
        .assert(0, env.read("me.pub"), &read_out);
    let shown = String::from_utf8(env.openly(&["show"]).stdout).unwrap();
    assert!(
        shown.contains(&format!("  check value    {check}\n")),
        "{shown}"
    );
    let json: serde_json::Value =
        serde_json::from_slice(&env.openly(&["show", "--json"]).stdout).unwrap();
    assert_eq!(json["check_value"], check);
    let elsewhere = |args: &[&str]| {
        env.bulla(args)
            .env("BULLA_HOME", env.path("elsewhere"))
            .run()
    };
    assert_eq!(
        elsewhere(&["contact", "add", "-q", "alice", "me.pub"]).code,
        Some(0)
    );
    assert_eq!(
        elsewhere(&["contact", "verify", "alice", "--check", check]).code,
        Some(0)
    );
}

#[test]
fn the_check_value_matches_the_exported_key_type() {
    let env = TestEnv::new().restored(&["--epochs", "2"]);
    let exported = |args: &[&str]| {
        let said = env.openly(&[&["export"], args].concat());
        let (_, check) = said
            .stderr
            .trim_end()
            .rsplit_once(' ')
            .expect("a check value at the end");
        env.write("exported", &said.stdout);
        let added = env
            .bulla(["contact", "add", "alice", "exported"])
            .env("BULLA_HOME", env.path(check))
            .run();
        assert_eq!(added.code, Some(0), "{}", added.stderr);
        let verify = ["contact", "verify", "alice", "--check", check];
        assert_eq!(
            env.bulla(verify)
                .env("BULLA_HOME", env.path(check))
                .run()
                .code,
            Some(0)
        );
        check.to_owned()
    };
    let (hybrid, classic) = (exported(&[]), exported(&["--classic"]));
    assert_ne!(hybrid, classic);
    let shown = String::from_utf8(env.openly(&["show"]).stdout).unwrap();
    assert!(
        shown.contains(&hybrid) && !shown.contains(&classic),
        "{shown}"
    );
}

#[test]
fn export_writes_one_key_type_at_a_time() {
    let env = TestEnv::new().restored(&["--epochs", "2"]);
    let hybrid = env.openly(&["export", "-q"]).assert_quiet().stdout.clone();
    assert_eq!(hybrid, env.recipient().into_bytes());
    let secret = env.openly(&["export", "--secret", "--classic", "-o", "classic"]);
    secret.assert(
        0,
        "",
        "bulla: warning: These are secret keys; anyone who has them can open all your files\n",
    );
    let classic = String::from_utf8(env.read("classic")).unwrap();
    assert_eq!(classic.lines().count(), 2);
    assert!(
        classic.ends_with(
            "AGE-SECRET-KEY-1DYKLVCWNG2MX93DQKUHX05E9NFNGJ0AXX2T2P2DCJ2MNHKE9T7XQFJM45Y\n"
        )
    );
    let newest = env
        .openly(&["export", "--classic", "-q"])
        .assert_quiet()
        .stdout
        .clone();
    let shown = env
        .openly(&["show", "-i", "classic"])
        .assert_quiet()
        .stdout
        .clone();
    assert_eq!(shown, [&newest[..], CLASSIC.as_bytes(), b"\n"].concat());
    let secret = env.openly(&["export", "me", "--secret", "-q"]).stdout;
    assert!(
        secret.starts_with(b"AGE-SECRET-KEY-PQ-1")
            && !secret.windows(17).any(|w| w == b"AGE-SECRET-KEY-1D")
    );
    assert_eq!(
        env.openly(&["export", "--secret", "-o", "classic"]).code,
        Some(7)
    );
    assert_eq!(
        env.openly(&["export", "--hybrid", "--classic"]).code,
        Some(2)
    );
}

#[test]
fn a_passphrase_can_be_changed_removed_and_added() {
    let env = TestEnv::new();
    env.put_secret("me", DOCUMENT, Some("old"));
    env.in_keyring("identities/me.toml", public(true));
    let change = [
        "identity",
        "passphrase",
        "--work-factor",
        "10",
        "--passphrase-fd",
        "3",
    ];
    let Some(terminal) = env.bulla(change).descriptor(3, "old").on_terminal() else {
        return;
    };
    terminal
        .wait_for("Choose a new passphrase for identity me (")
        .keys("the new long phrase\n")
        .wait_for("New passphrase for identity me, again: ")
        .keys("the new long phrase\n");
    terminal.wait_for("Changed the passphrase of identity me");
    assert_eq!(terminal.end().code, Some(0));
    let before = env.kept("me.age");
    let wrong = env.identity(&["passphrase", "--no-passphrase"], "old");
    wrong.assert(
        3,
        "",
        "bulla: error: Wrong passphrase for identity me\nbulla: hint: Try again; nothing was \
         changed\n",
    );
    assert_eq!(env.kept("me.age"), before);
    let taken = env.identity(&["passphrase", "--no-passphrase"], "the new long phrase");
    taken.assert(
        0,
        "",
        &format!("Removed the passphrase of identity me\n{OPEN}"),
    );
    assert_eq!(env.kept("me.age"), DOCUMENT);
    assert!(env.kept("me.toml").contains("encrypted = false"));
    let given = env.identity(
        &["passphrase", "--work-factor", "10"],
        "the newest long phrase",
    );
    given.assert(
        0,
        "",
        &format!("Changed the passphrase of identity me\n{WEAK}"),
    );
    assert!(
        env.kept("me.toml").contains("encrypted = true")
            && env.kept("me.toml").contains("mood = \"fair\"")
    );
    let secret = env.identity(&["export", "--secret", "-q"], "the newest long phrase");
    assert_eq!(
        secret.stdout,
        DOCUMENT
            .lines()
            .last()
            .map(|line| format!("{line}\n"))
            .unwrap()
            .into_bytes()
    );
    let left = std::fs::read_dir(env.path("../bulla"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name());
    assert!(left.into_iter().all(|name| name != ".previous"));
}

/// The public file of the known classic identity, with a field of a newer version.
fn public(encrypted: bool) -> String {
    format!(
        "kind = \"classic\"\nrecipients = [\"{CLASSIC}\"]\nsigning_key = \"{SIGNING_KEY}\"\n\
         created = \"2026-11-23\"\nencrypted = {encrypted}\nmood = \"fair\"\n"
    )
}

/// Answers with the requested words, or with a wrong one if `wrong`.
fn answer(terminal: &Terminal<'_>, wrong: bool) {
    terminal.wait_for(" of 24: ");
    let shown = terminal.shown();
    let number: usize = shown
        .rsplit_once(" of 24: ")
        .unwrap()
        .0
        .rsplit_once("Word ")
        .unwrap()
        .1
        .parse()
        .unwrap();
    let word = WORDS.split_whitespace().nth(number - 1).unwrap();
    terminal.keys(&format!("{}\n", if wrong { "zoo" } else { word }));
}

#[test]
fn a_backup_counts_after_three_words_are_confirmed() {
    let env = TestEnv::new();
    env.put_secret("me", DOCUMENT, None);
    env.in_keyring("identities/me.toml", public(false));
    let backup = || env.bulla(["identity", "backup"]).on_terminal();
    let Some(terminal) = backup() else { return };
    terminal
        .wait_for("abandon")
        .wait_for("unaware")
        .wait_for("bulla identity restore me --classic");
    terminal.wait_for("press Enter").keys("\n");
    for _ in 0..3 {
        answer(&terminal, true);
    }
    terminal
        .wait_for(" was wrong, so the identity is not marked as backed up")
        .wait_for("bulla identity backup me");
    assert_eq!(terminal.end().code, Some(7));
    assert!(!env.kept("me.toml").contains("backed_up"));
    let Some(terminal) = backup() else { return };
    terminal.wait_for("press Enter").keys("\n");
    answer(&terminal, true);
    (0..3).for_each(|_| answer(&terminal, false));
    terminal.wait_for("Backed up identity me");
    assert_eq!(terminal.end().code, Some(0));
    assert!(env.kept("me.toml").contains("backed_up = \"20"));
}

#[test]
fn backup_words_are_erased_from_the_screen_on_a_signal() {
    let env = TestEnv::new();
    env.put_secret("me", DOCUMENT, None);
    env.in_keyring("identities/me.toml", public(false));
    let backup = env.bulla(["identity", "backup"]).env("TERM", "xterm");
    let Some(terminal) = backup.on_terminal() else {
        return;
    };
    terminal
        .wait_for("abandon")
        .wait_for("press Enter. You will be asked for three of them ")
        .keys("\x03");
    let ended = terminal.end();
    assert_eq!(ended.signal, Some(2));
    // They were on a screen of their own, which is erased and left.
    assert!(
        ended.text().starts_with("\u{1b}[?1049h")
            && ended
                .text()
                .ends_with("asked for three of them \u{1b}[H\u{1b}[J\u{1b}[?1049l"),
        "{}",
        ended.text()
    );
}

#[test]
fn a_backup_sheet_does_not_count_until_confirmed() {
    let env = TestEnv::new();
    env.put_secret("me", DOCUMENT, None);
    env.in_keyring("identities/me.toml", public(false));
    let unasked = "bulla: error: Cannot check your written copy without a terminal: there is no \
        terminal to \
                   ask on\n\
                   bulla: hint: Run the same command on a terminal\n";
    env.openly(&["backup"]).assert(2, "", unasked);
    env.openly(&["backup", "-o", "sheet"])
        .assert(2, "", unasked);
    assert!(
        !env.path("sheet").exists(),
        "words that were not asked back lie about"
    );
    let Some(terminal) = env
        .bulla(["identity", "backup", "-o", "sheet"])
        .on_terminal()
    else {
        return;
    };
    terminal.wait_for("Wrote the words to sheet").keys("\x03");
    assert_eq!(terminal.end().signal, Some(2));
    assert!(!env.kept("me.toml").contains("backed_up"));
    let sheet = String::from_utf8(env.read("sheet")).unwrap();
    for (index, word) in WORDS.split_whitespace().enumerate() {
        assert!(
            sheet.contains(&format!("{:4}  {word}", index + 1)),
            "{sheet}"
        );
    }
    assert!(sheet.contains("bulla identity restore me --classic\n") && sheet.contains(CLASSIC));
    // Its revocation, made by a second program.
    let revocation = "# bulla revocation v1\n\
        # sign: ed25519 Ola0g2HzFm0FrePqj2VS1fbmeGdKGKfkMqwNizfktzs mldsa65 TYt3M7Nc0K5VHlMz3f501mM+7PdgtIK0mOHLBthktec\n\
        # reason: unspecified\n\
        # sig: Lxdjgll6ZJBYM2NUsV+kRPmEkRSB6SucKqh77Jtuw5aGIkeWSMfT334USs6ccmqnrZMXYd/DIiJj1LhZfP8lAw\n";
    assert!(sheet.ends_with(revocation), "{sheet}");
    let Some(terminal) = env
        .bulla(["identity", "backup", "-fo", "sheet"])
        .on_terminal()
    else {
        return;
    };
    terminal.wait_for("Wrote the words to sheet");
    (0..3).for_each(|_| answer(&terminal, false));
    assert_eq!(terminal.end().code, Some(0));
    assert!(env.kept("me.toml").contains("backed_up"));
}

#[test]
fn restored_keys_are_the_same_and_open_old_files() {
    let env = TestEnv::new().restored(&["--epochs", "3"]);
    let (secret, public) = (env.kept("me.age"), env.kept("me.toml"));
    env.write("plain", "old");
    assert_eq!(
        env.bulla(["encrypt", "-q", "--to", "me", "plain"])
            .run()
            .code,
        Some(0)
    );
    std::fs::remove_dir_all(env.path("../bulla")).unwrap();
    let env = env.restored(&["--epochs", "3"]);
    assert_eq!((env.kept("me.age"), env.kept("me.toml")), (secret, public));
    env.bulla(["decrypt", "-q", "-o", "-", "plain.age"])
        .run()
        .assert(0, "old", "");
}

#[test]
fn the_sheet_of_a_backup_is_taken_as_it_is() {
    let env = TestEnv::new().restored(&["--epochs", "3"]);
    let kept = env.kept("me.age");
    let backup = ["identity", "backup", "-o", "sheet"];
    let Some(terminal) = env.bulla(backup).on_terminal() else {
        return;
    };
    terminal.wait_for("Wrote the words to sheet").keys("\x03");
    terminal.end();
    let sheet = String::from_utf8(env.read("sheet")).unwrap();
    let restore = ["identity", "restore", "again", "--no-passphrase"];
    let gone = || {
        let removed = env
            .bulla(["identity", "remove", "again", "--yes", "-q"])
            .run();
        assert_eq!(removed.code, Some(0), "{}", removed.stderr);
    };
    let done = env.bulla([&restore[..], &["sheet"]].concat()).run();
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    assert_eq!(env.kept("again.age"), kept);
    gone();
    let done = env.bulla(restore).stdin(sheet.as_str()).run();
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    assert_eq!(env.kept("again.age"), kept);
    gone();
    // Pasted whole: nothing of it is left for another question or for the shell.
    let terminal = env.bulla(restore).on_terminal().unwrap();
    terminal
        .wait_for("Word 1 of 24: ")
        .keys(&sheet)
        .wait_for("Restored identity again");
    let ended = terminal.end();
    assert_eq!(ended.code, Some(0), "{}", ended.text());
    assert_eq!(env.kept("again.age"), kept);
    // The words were on the alternate screen only, of which nothing stays in the scrollback, and
    // the safety number is the one on the sheet.
    let text = ended.text();
    let (before, own) = text.split_once("\x1b[?1049h").unwrap();
    let (_, after) = own.rsplit_once("\x1b[?1049l").unwrap();
    for outside in [before, after] {
        assert!(!outside.contains("abandon"), "{outside}");
    }
    let (_, number) = after.split_once("the one on your paper: ").unwrap();
    assert!(sheet.contains(number.lines().next().unwrap().trim()));
    let (for_people, _) = sheet.split_once("# bulla revocation").unwrap();
    assert!(
        for_people.lines().all(|line| line.chars().count() <= 72),
        "{sheet}"
    );
    gone();
    // A flag that contradicts the sheet is noticed.
    let wrong = env.bulla([&restore[..], &["sheet", "--epochs", "2"]].concat());
    let wrong = wrong.run();
    assert_eq!(wrong.code, Some(2), "{}", wrong.stderr);
    assert!(
        wrong
            .stderr
            .contains("do not give the recipient on the sheet")
    );
    env.write("short", sheet.replace("19  ", "    "));
    let short = env.bulla([&restore[..], &["short"]].concat()).run();
    assert_eq!(short.code, Some(2), "{}", short.stderr);
    assert!(!env.has("again.toml"));
}

#[test]
fn a_file_without_backup_words_is_named_in_one_line() {
    let env = TestEnv::new();
    env.write(
        "bob.card",
        "this is a card of bob and not a sheet with words\n",
    );
    let error =
        "bulla: error: bob.card is not a backup sheet, and does not contain 24 backup words\n";
    let restored = env.bulla(["identity", "restore", "me", "bob.card"]).run();
    restored.assert(2, "", error);
    env.write("x.age", "");
    let drilled = env.bulla(["drill", "--words=bob.card", "x.age"]).run();
    drilled.assert(2, "", error);
}

#[test]
fn wrong_words_are_named_with_the_nearest_right_ones() {
    let env = TestEnv::new();
    let restore = |words: &str| {
        env.bulla(["identity", "restore", "me", "--no-passphrase"])
            .stdin(words)
            .run()
    };
    restore(&WORDS.replace("liar", "lier").replace("unaware", "unawares")).assert(
        2,
        "",
        "bulla: error: Words 3, 24 are not in the word list\n\
         bulla: hint: Word 3: did you mean liar, later, layer?\n\
         bulla: hint: Word 24: did you mean unaware?\n",
    );
    let hint = "bulla: hint: Type all of them on a terminal, or name a file that has them, such as \
                the backup sheet\n";
    let one = format!("bulla: error: 1 word was given; 24 are needed\n{hint}");
    restore("abandon").assert(2, "", &one);
    let no_words = format!("bulla: error: Standard input contains no words\n{hint}");
    restore(" \n").assert(2, "", &no_words);
    assert!(!restore("\u{1b}[2J").stderr.contains('\u{1b}'));
    let swapped = restore(&WORDS.replacen("abandon amount", "amount abandon", 1));
    assert!(
        swapped.code == Some(2)
            && swapped
                .stderr
                .contains("words are in the list, but the checksum is wrong"),
        "{swapped:?}"
    );
    assert!(!env.has("me.age"));
}

#[test]
fn words_are_typed_on_a_terminal() {
    let env = TestEnv::new();
    let Some(terminal) = env
        .bulla(["identity", "restore", "me", "--no-passphrase", "--classic"])
        .on_terminal()
    else {
        return;
    };
    let words: Vec<&str> = WORDS.split_whitespace().collect();
    terminal
        .wait_for("Word 1 of 24: ")
        .keys("Abandon amount lier amount\n");
    terminal
        .wait_for("Word 3 is not in the list. Did you mean liar")
        .wait_for("Word 3 of 24: ");
    terminal
        .keys(&format!("{}\n", words[2..23].join(" ")))
        .wait_for("Word 24 of 24: ")
        .keys("unaware\n");
    terminal
        .wait_for("Restored identity me")
        .wait_for("Compare the safety number with the one on your paper: ");
    assert_eq!(terminal.end().code, Some(0));
    assert_eq!(env.kept("me.age"), DOCUMENT);
}

#[test]
fn imported_keys_are_stored_unchanged() {
    let env = TestEnv::new().with_key();
    let import = |args: &[&str]| env.openly(&[&["import"], args, &["--no-passphrase"]].concat());
    let said = import(&["old", "key"]);
    said.assert(
        0,
        format!("{RECIPIENT}\n"),
        &format!("Created identity old: {RECIPIENT}\n{OPEN}"),
    );
    assert_eq!(
        env.kept("old.age"),
        format!("# bulla identity v1\n# imported\n{IDENTITY}\n")
    );
    env.write("closed", env.closed("hello"));
    env.bulla(["decrypt", "-q", "-o", "-", "closed"])
        .run()
        .assert(0, "hello", "");
    env.openly(&["export", "old", "--secret", "-q", "-o", "back"]);
    assert_eq!(env.read("back"), env.read("key"));
    assert_eq!(env.openly(&["export", "old", "--hybrid"]).code, Some(2));
    assert_eq!(env.openly(&["show", "old", "--number"]).code, Some(2));
    let no_words = env.openly(&["backup", "old"]);
    assert!(
        no_words.code == Some(7) && no_words.stderr.contains("imported"),
        "{no_words:?}"
    );
    assert_eq!(import(&["old", "key"]).code, Some(7));
    env.write("document", DOCUMENT);
    import(&["mine", "document", "-q"]).assert(0, format!("{CLASSIC}\n"), OPEN);
    env.openly(&["show", "mine", "--number"]).assert(
        0,
        "42709 20235 75307 05756 51636 28583\n",
        "",
    );
    env.write("document", DOCUMENT.replace("epochs: 1", "epochs: 2"));
    let damaged = import(&["damaged", "document"]);
    assert!(
        damaged.code == Some(2) && damaged.stderr.contains("document: its keys do not come"),
        "{damaged:?}"
    );
    assert_eq!(import(&["new", "closed"]).code, Some(3));
    assert_eq!(import(&["new", "missing"]).code, Some(6));
    env.write("none", "# nothing\n");
    assert_eq!(import(&["new", "none"]).code, Some(2));
    let locked = ["new", "-o", "locked", "--classic", "--work-factor", "10"];
    let recipient = env.identity(&locked, "secret").stdout;
    let said = env.identity(
        &["import", "locked", "locked", "--no-passphrase", "-q"],
        "secret",
    );
    said.assert(0, recipient, OPEN);
    assert!(!env.has("new.age") && !env.has("none.age"));
}

#[test]
fn a_damaged_identity_file_is_named_and_left_unchanged() {
    let env = TestEnv::new();
    env.in_keyring("identities/me.toml", public(false));
    for (text, why) in [
        (
            DOCUMENT.replace("epochs: 1", "epochs: 2"),
            "its keys do not come from its seed",
        ),
        (
            DOCUMENT.replace("QQQS", "QQQT"),
            "line 2: it is damaged or incomplete",
        ),
    ] {
        env.put_secret("me", &text, None);
        for command in [
            &["export", "--secret"][..],
            &["backup"],
            &["passphrase", "--no-passphrase"],
        ] {
            let said = env.openly(command);
            assert!(
                said.code == Some(8) && said.stderr.contains(why),
                "{command:?}: {said:?}"
            );
            assert!(
                said.stdout.is_empty() && !said.stderr.contains("QQ"),
                "{said:?}"
            );
        }
        assert_eq!(env.kept("me.age"), text);
    }
    std::fs::remove_file(env.path("../bulla/identities/me.age")).unwrap();
    let gone = env.openly(&["backup"]);
    assert!(
        gone.code == Some(7)
            && gone
                .stderr
                .contains("The secret file of identity me is missing"),
        "{gone:?}"
    );
}

#[test]
fn ssh_keys_and_plugins_are_imported() {
    let env = TestEnv::new();
    let Some(keygen) = tools::tool("ssh-keygen") else {
        return tools::skip("ssh-keygen not installed");
    };
    env.program(
        keygen,
        ["-q", "-t", "ed25519", "-N", "", "-C", "x", "-f", "ssh"],
    )
    .run()
    .assert(0, "", "");
    let public = String::from_utf8(env.read("ssh.pub")).unwrap();
    let public = public.trim_end().strip_suffix(" x").unwrap();
    let said = env.openly(&["import", "ssh", "ssh", "--no-passphrase", "-q"]);
    said.assert(0, format!("{public}\n"), OPEN);
    env.write("plain", "hello");
    assert_eq!(
        env.bulla(["encrypt", "-q", "--to", "ssh", "plain"])
            .run()
            .code,
        Some(0)
    );
    env.bulla(["decrypt", "-q", "-o", "-", "plain.age"])
        .run()
        .assert(0, "hello", "");
    let identity = "AGE-PLUGIN-FOOBAR-1QVHULF\n";
    env.write("plugin", identity);
    let silent = env.openly(&["import", "card", "plugin", "--no-passphrase"]);
    silent.assert(
        2,
        "",
        "bulla: error: plugin does not contain the public key\n\
         bulla: hint: Ask the plugin for it, and pass it with -r RECIPIENT\n",
    );
    let foreign = env.openly(&["import", "card", "plugin", "--no-passphrase", "-r", CLASSIC]);
    foreign.assert(
        2,
        "",
        "bulla: error: The recipient (-r) does not belong to a plugin identity\n\
         bulla: hint: Leave -r out: the file contains the public key\n",
    );
    let other = env.write("plugin", format!("# Recipient: {CLASSIC}\n{identity}"));
    assert!(other.is_file());
    assert_eq!(
        env.openly(&["import", "card", "plugin", "--no-passphrase"])
            .code,
        Some(2)
    );
}

#[test]
fn age_opens_the_file_and_one_kind_opens_everywhere() {
    let env = TestEnv::new();
    let (age, setsid) = need!("age", "setsid");
    assert!(setsid.is_file());
    env.identity(&["new", "--work-factor", "10"], "one");
    let Some(terminal) = env
        .program(&age, ["-d", "../bulla/identities/me.age"])
        .on_terminal()
    else {
        return;
    };
    terminal
        .wait_for("passphrase")
        .keys("one\n")
        .wait_for("# bulla identity v1")
        .wait_for("AGE-SECRET-KEY-PQ-1");
    assert_eq!(terminal.end().code, Some(0));
    opens_with(&env, &age, "classic-by-age");
    if let Some(rage) = tools::tool("rage") {
        opens_with(&env, &rage, "classic-by-rage");
    }
}

/// Other programs use a classic identity as it is, and also the classic half of a hybrid one.
fn opens_with(env: &TestEnv, program: &Path, name: &str) {
    env.openly(&["new", name, "--classic", "--no-passphrase", "-q"]);
    env.write("plain", "hello");
    let to = |recipient: &str, identity: &str| {
        let closed = env
            .bulla(["encrypt", "-q", "-fo", "closed", "-r", recipient, "plain"])
            .run();
        closed.assert(0, "", "");
        env.program(program, ["-d", "-i", identity, "closed"])
            .run()
            .assert(0, "hello", "");
    };
    let recipient = |name: &str| {
        let exported = env.openly(&["export", name, "--classic"]).stdout;
        String::from_utf8(exported).unwrap().trim_end().to_owned()
    };
    to(&recipient(name), &format!("../bulla/identities/{name}.age"));
    env.identity(
        &["export", "me", "--classic", "--secret", "-q", "-fo", "half"],
        "one",
    );
    to(&recipient("me"), "half");
}

#[test]
fn the_typescript_tool_opens_with_the_exported_line() {
    let Some(modules) = std::env::var_os("BULLA_NODE_MODULES") else {
        return tools::skip("BULLA_NODE_MODULES not set");
    };
    let node = need!("node");
    let env = TestEnv::new().restored(&[]);
    env.write("plain", "hello");
    env.bulla(["encrypt", "-q", "--to", "me", "-o", "closed", "plain"])
        .run()
        .assert(0, "", "");
    let key = env.openly(&["export", "--secret", "-q"]).stdout;
    let key = String::from_utf8(key).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interop/typescript.mjs");
    let script = script.to_str().unwrap();
    let args = [
        script,
        "decrypt",
        "identity",
        key.trim_end(),
        "binary",
        "closed",
        "opened",
    ];
    env.program(node, args)
        .env("BULLA_NODE_MODULES", modules)
        .run()
        .assert(0, "", "");
    assert_eq!(env.read("opened"), b"hello");
}

#[test]
fn a_window_too_small_for_backup_words_is_noticed_before_the_passphrase_is_asked_for() {
    let env = TestEnv::new();
    env.put_secret("me", DOCUMENT, Some("red clay and reeds"));
    env.in_keyring("identities/me.toml", public(true));
    for (rows, columns) in [(10, 80), (24, 20)] {
        let backup = env.bulla(["identity", "backup"]).env("TERM", "xterm");
        let Some(terminal) = backup.on_terminal_of(rows, columns) else {
            return;
        };
        let said = terminal.end();
        let text = said.text().split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(said.code, Some(2), "{text}");
        assert!(text.contains("Could not show the words"), "{text}");
        assert!(text.contains("Make the window larger"), "{text}");
        assert!(!text.contains("assphrase"), "{text}");
    }
}
