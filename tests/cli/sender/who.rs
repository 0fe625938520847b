//! Who encrypted a file and who can open it: the whole output of `who` and `decrypt`.

use std::sync::Arc;

use bulla_age::seed::Seed;
use bulla_age::sender::{Author, Coverage};
use bulla_age::stream::{Digests, Engine};
use bulla_age::{NewFile, Recipient};

use crate::env::{Outcome, TestEnv};
use crate::someone::RECIPIENT;

/// The words of the seed 00 01 02 … 1f, which is Alice's.
const WORDS: &str = "abandon amount liar amount expire adjust cage candy arch gather drum bullet absurd math era live bid \
                     rhythm alien crouch range attend journey unaware";
const NUMBER: &str = "42709 20235 75307 05756 51636 28583";

/// The reader's keyring, and Alice's in the folder `alice`. Each has the other's card.
fn env() -> TestEnv {
    let env = TestEnv::new();
    env.does(&["identity", "new", "--no-passphrase", "--classic", "-q"]);
    let made = [
        "identity",
        "restore",
        "me",
        "--no-passphrase",
        "--classic",
        "-q",
    ];
    assert_eq!(alice(&env, &made, WORDS).code, Some(0));
    assert_eq!(
        alice(
            &env,
            &["card", "-q", "--name", "Alice Example", "-o", "alice.card"],
            ""
        )
        .code,
        Some(0)
    );
    env.does(&["card", "-q", "-o", "mine.card"]);
    env.does(&["contact", "add", "alice", "alice.card"]);
    assert_eq!(
        alice(&env, &["contact", "add", "reader", "mine.card"], "").code,
        Some(0)
    );
    env.write("plain", "hello\n");
    env
}

/// Runs the program as Alice.
fn alice(env: &TestEnv, args: &[&str], stdin: &str) -> Outcome {
    env.bulla(args)
        .env("BULLA_HOME", env.path("alice"))
        .stdin(stdin)
        .run()
}

/// A file that Alice encrypted for the reader with these arguments.
#[track_caller]
fn by_alice(env: &TestEnv, name: &str, more: &[&str]) {
    let args = [
        &["encrypt", "-q", "--to", "reader", "-o", name, "plain"],
        more,
    ]
    .concat();
    let closed = alice(env, &args, "");
    assert_eq!(closed.code, Some(0), "{}", closed.stderr);
}

/// Both streams, with `[TIME]` for times.
fn text(outcome: &Outcome) -> String {
    let text = outcome.text();
    let mut parts = text.split("[DAY] ");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.get(5..9) {
            Some(" UTC") => out += &format!("[TIME]{}", &part[9..]),
            _ => out += &format!("[DAY] {part}"),
        }
    }
    out
}

#[track_caller]
fn tells(env: &TestEnv, code: i32, args: &[&str], expected: &str) {
    let said = env.bulla([&["who"], args].concat()).run();
    assert_eq!(
        (said.code, text(&said).as_str()),
        (Some(code), expected),
        "{args:?}"
    );
}

#[test]
fn who_shows_the_signer_and_that_nobody_else_can_open_the_file() {
    let env = env();
    by_alice(&env, "x.age", &["--sign"]);
    let told = |check: &str, proved: &str| {
        format!(
            "x.age\n\
             \x20 From     alice   {check}   (name on card: \"Alice Example\")\n\
             \x20 Signed   [TIME], signature covers the contents\n\
             \x20 For      you, alice\n\
             \x20 Keys     2 of 2 proved; there are no other readers\n\
             \x20          X25519  you    proved\n\
             \x20          X25519  alice  {proved}\n\
             \x20 Contents intact and as signed\n"
        )
    };
    let never = told(
        "keys not verified: bulla contact verify alice",
        "proved, keys not verified",
    );
    tells(&env, 0, &["x.age"], &never);
    env.does(&["contact", "verify", "alice", "--check", NUMBER]);
    let checked = told("keys verified [DAY]", "proved, keys verified");
    tells(&env, 0, &["--strict", "--from", "alice", "x.age"], &checked);
    let piped = env.bulla(["who", "-"]).stdin(env.read("x.age")).run();
    assert_eq!(text(&piped), checked.replacen("x.age", "standard input", 1));
}

#[test]
fn decrypt_and_json_report_the_same_as_who() {
    let env = env();
    by_alice(&env, "x.age", &["--sign"]);
    let rows = "From     alice   keys not verified: bulla contact verify alice   \
                (name on card: \"Alice Example\")\n\
                Signed   [TIME], signature covers the contents\n\
                For      you, alice\n\
                Keys     2 of 2 proved; there are no other readers\n";
    let brief = "from alice (keys not verified), signed [TIME]\n";
    let said = env.bulla(["decrypt", "x.age"]).run();
    assert_eq!(
        (said.code, text(&said)),
        (Some(0), format!("Wrote x, {brief}"))
    );
    let said = env.bulla(["decrypt", "-fv", "x.age"]).run();
    assert!(
        said.code == Some(0) && text(&said).ends_with(&format!("Wrote x, {brief}{rows}")),
        "{}",
        said.stderr
    );
    let said = env
        .bulla(["decrypt", "-o", "-", "--from", "alice", "x.age"])
        .run();
    assert_eq!(
        (said.code, text(&said)),
        (Some(0), format!("hello\nbulla: F{}", &brief[1..]))
    );
    env.bulla(["decrypt", "-q", "-o", "-", "x.age"])
        .run()
        .assert(0, "hello\n", "");
    let fields = |args: &[&str]| {
        let said = env.bulla(args).run();
        assert_eq!((said.code, said.stderr.as_str()), (Some(0), ""), "{args:?}");
        serde_json::from_slice::<serde_json::Value>(&said.stdout).unwrap()
    };
    let who = fields(&["who", "--json", "x.age"]);
    for args in [
        &["decrypt", "--json", "-f", "x.age"][..],
        &["verify", "--json", "x.age"],
    ] {
        let told = fields(args);
        for field in [
            "sender",
            "changes",
            "recorded",
            "keys",
            "proved",
            "nobody_else",
            "warnings",
        ] {
            assert!(
                !told[field].is_null() && told[field] == who[field],
                "{args:?} {field}: {told}"
            );
        }
    }
    let sender = &who["sender"];
    assert_eq!(
        (&sender["state"], &sender["covers"]),
        (&"signed".into(), &"contents".into())
    );
    assert_eq!(
        (&sender["name"], &sender["card_name"]),
        (&"alice".into(), &"Alice Example".into())
    );
    assert_eq!(
        (&sender["safety_number"], &sender["verified"]),
        (&NUMBER.into(), &serde_json::Value::Null)
    );
    assert_eq!(
        (&who["opened"], &who["contents_read"]),
        (&true.into(), &true.into())
    );
    assert_eq!(
        (&who["keys"][0]["class"], &who["keys"][0]["own"]),
        (&"proved".into(), &true.into())
    );
}

#[test]
fn without_a_signature_without_a_list_and_without_names() {
    let env = env();
    by_alice(&env, "u.age", &["--no-self"]);
    tells(
        &env,
        0,
        &["--strict", "u.age"],
        "u.age\n\
             \x20 From     unknown (not signed)\n\
             \x20 Date     [TIME] (not verified)\n\
             \x20 For      you\n\
             \x20 Keys     1 of 1 proved; there are no other readers\n\
             \x20          X25519  you  proved\n\
             \x20 Contents not checked (bulla verify does)\n",
    );
    by_alice(&env, "p.age", &["--plain", "--no-self", "-r", RECIPIENT]);
    let plain = "p.age\n\
         \x20 From     unknown (not signed)\n\
         \x20 For      you\n\
         \x20 Keys     1 of 2 proved, 1 not listed; this file has no reader list\n\
         \x20          X25519  you  proved\n\
         \x20          X25519  ?    this file has no reader list\n\
         \x20 Contents not checked (bulla verify does)\n"
        .to_string();
    tells(&env, 0, &["p.age"], &plain);
    let strict = format!("{plain}bulla: error: p.age: only 1 of 2 keys are proved\n");
    tells(&env, 9, &["--strict", "p.age"], &strict);
    // A plain age file gets no report unless the user asks for details.
    env.bulla(["decrypt", "-o", "-", "p.age"])
        .run()
        .assert(0, "hello\n", "");
    let verbose = env.bulla(["decrypt", "-v", "-o", "-", "p.age"]).run();
    assert!(
        verbose
            .stderr
            .contains("This file has no reader list (see bulla who)\n")
    );
    by_alice(&env, "h.age", &["--hide-recipients", "--sign"]);
    let hidden = "h.age\n\
         \x20 From     alice   keys not verified: bulla contact verify alice   \
         (name on card: \"Alice Example\")\n\
         \x20 Signed   [TIME], signature covers the contents\n\
         \x20 For      you\n\
         \x20          as listed: 1 hidden recipient\n\
         \x20 Keys     0 of 2 proved, 1 opened by you, 1 hidden\n\
         \x20          X25519  you  opens with your key, but who else has this key cannot be \
         proved\n\
         \x20          X25519  ?    hidden by the sender\n\
         \x20 Warning  1 of 2 keys belongs to a hidden recipient\n\
         \x20 Contents intact and as signed\n"
        .to_string();
    tells(&env, 0, &["h.age"], &hidden);
    let error = "bulla: error: h.age: 1 of 2 keys belongs to a hidden recipient\n";
    tells(&env, 9, &["--strict", "h.age"], &format!("{hidden}{error}"));
    let said = env.bulla(["decrypt", "-q", "-o", "-", "h.age"]).run();
    said.assert(
        0,
        "hello\n",
        "bulla: warning: 1 of 2 keys belongs to a hidden recipient\n",
    );
}

#[test]
fn who_without_a_key_shows_only_what_is_public() {
    let env = env();
    by_alice(&env, "x.age", &["--sign"]);
    by_alice(&env, "p.age", &["--plain"]);
    let other = |args: &[&str]| {
        let line = [&["who"], args].concat();
        text(&env.bulla(&line).env("BULLA_HOME", env.path("other")).run())
    };
    let keys = "  Keys     2 classic keys; their owners cannot be seen from outside\n";
    let hints = "bulla: hint: It was encrypted to 2 classic keys\n\
                 bulla: hint: If your key is in a file: -i PATH\n\
                 bulla: hint: If you have none yet, create an identity, send its card to the \
                 sender, and ask for the file again: bulla identity new\n";
    let x = format!("x.age\n{keys}  Readers  hidden until the file is opened\n");
    let p = format!("p.age\n{keys}  Readers  none listed: this file has no reader list\n");
    let no = |name: &str| format!("bulla: error: You have no key to open {name} with\n{hints}");
    assert_eq!(other(&["x.age"]), format!("{x}{}", no("x.age")));
    let several = format!(
        "{x}{p}{}{}bulla: error: 2 of 2 inputs failed\n",
        no("x.age"),
        no("p.age")
    );
    assert_eq!(other(&["x.age", "p.age"]), several);
    let run = |args: &[&str]| env.bulla(args).env("BULLA_HOME", env.path("other")).run();
    assert_eq!(run(&["who", "x.age"]).code, Some(3));
    assert_eq!(run(&["who", "x.age", "p.age"]).code, Some(10));
    let json = run(&["who", "--json", "p.age"]).json();
    let expected = serde_json::json!({
        "schema": 1,
        "command": "who",
        "status": "ok",
        "file": "p.age",
        "opened": false,
        "passphrase": false,
        "types": ["X25519", "X25519"],
        "has_list": false,
        "contents_read": false,
    });
    assert_eq!(json[0], expected);
    assert_eq!(
        (json.len(), &json[1]["status"], &json[1]["error"]["kind"]),
        (2, &"failed".into(), &"no-key".into())
    );
    // If one of several files can be opened, the others are still reported, and the exit code is
    // the one for several.
    let closed = env
        .bulla(["encrypt", "-q", "-r", RECIPIENT])
        .stdin("x")
        .run()
        .stdout;
    env.write("n.age", closed);
    let said = env.bulla(["who", "n.age", "x.age"]).run();
    assert_eq!(said.code, Some(10));
    let told = String::from_utf8(said.stdout).unwrap();
    assert!(
        told.starts_with("n.age\n  Keys     1 classic key; its owner cannot be seen from outside")
            && told.contains("\nx.age\n  From     alice")
    );
}

#[test]
fn who_does_not_ask_for_a_passphrase() {
    let env = env();
    let args = [
        "encrypt",
        "-q",
        "-p",
        "--work-factor",
        "10",
        "--passphrase-fd",
        "3",
        "-o",
        "p.age",
        "plain",
    ];
    assert_eq!(
        env.bulla(args)
            .descriptor(3, "red clay and reeds")
            .run()
            .code,
        Some(0)
    );
    let told = "p.age\n  Keys     none (encrypted with a passphrase)\n";
    tells(&env, 0, &["p.age"], told);
    let error = "bulla: error: p.age is encrypted with a passphrase, and anyone may know it\n";
    tells(&env, 9, &["--strict", "p.age"], &format!("{told}{error}"));
    let error = "bulla: error: p.age is not from alice: it is encrypted with a passphrase and not \
         signed\n";
    tells(
        &env,
        9,
        &["--from", "alice", "p.age"],
        &format!("{told}{error}"),
    );
    // Also together with files for keys that are locked.
    let locked = TestEnv::new().with_identity("me", Some("red clay and reeds"));
    locked.write("p.age", env.read("p.age"));
    locked.write("x.age", locked.closed("x"));
    let said = locked
        .bulla(["who", "p.age", "x.age", "--passphrase-fd", "3"])
        .descriptor(3, "red clay and reeds")
        .run();
    assert_eq!((said.code, said.stderr.as_str()), (Some(0), ""));
}

#[test]
fn who_reads_the_contents_only_if_they_are_signed() {
    let env = env();
    by_alice(&env, "x.age", &["--sign"]);
    by_alice(&env, "u.age", &[]);
    for name in ["x.age", "u.age"] {
        let mut bytes = env.read(name);
        *bytes.last_mut().unwrap() ^= 1;
        env.write(name, bytes);
    }
    let said = env.bulla(["who", "x.age"]).run();
    assert_eq!(
        (said.code, said.stdout.len()),
        (Some(5), 0),
        "{}",
        said.stderr
    );
    assert_eq!(env.bulla(["who", "u.age"]).run().code, Some(0));
    assert_eq!(env.bulla(["verify", "u.age"]).run().code, Some(5));
}

/// A file for the reader that Alice signed with certain contents, and that another reader filled
/// with different ones.
fn swapped(env: &TestEnv, covered: bool) -> Vec<u8> {
    let mine = String::from_utf8(env.read("mine.card")).unwrap();
    let mine = mine.lines().find(|line| line.starts_with("age1")).unwrap();
    let mine: bulla_age::kinds::X25519Recipient = mine.parse().unwrap();
    let file = NewFile::new(&[&mine as &dyn Recipient]).unwrap();
    let (digests, mut payload) = (Arc::new(Digests::new()), Vec::new());
    let engine = Engine::new(1).with_digests(digests.clone());
    engine
        .seal(&file.payload_key(), &b"pay alice 1\n"[..], Vec::new())
        .unwrap();
    let root = digests.root().unwrap();
    engine
        .seal(&file.payload_key(), &b"pay bob 100\n"[..], &mut payload)
        .unwrap();
    let signing = Seed::from_bytes(&std::array::from_fn(|i| i as u8)).signing();
    let covering = if covered {
        Coverage::Contents(&root)
    } else {
        Coverage::Header
    };
    let mut bytes = file
        .header_by(&Author::signing(&signing, 1_795_428_240), covering)
        .unwrap();
    bytes.extend_from_slice(&payload);
    bytes
}

/// Contents swapped under the same key are refused if the author's signature covers them. If not,
/// the reader sees that anyone who can open the file may have written them.
#[test]
fn altered_contents_are_refused() {
    let env = env();
    env.write("x.age", swapped(&env, true));
    let said = env.bulla(["who", "x.age"]).run();
    let error = "bulla: error: The contents of x.age are not the contents that were signed\n\
                 bulla: hint: Do not trust it. Ask the sender to send it again\n";
    said.assert(9, "", error);
    env.write("x.age", swapped(&env, false));
    let said = env.bulla(["who", "x.age"]).run();
    assert!(
        text(&said).contains("  Signed   [TIME], only you and alice could have written this\n")
    );
}

#[test]
fn from_fails_unless_the_named_person_signed() {
    let env = env();
    by_alice(&env, "x.age", &["--sign"]);
    by_alice(&env, "u.age", &[]);
    env.does(&["contact", "add", "bob", RECIPIENT]);
    let hint = "bulla: hint: Do not treat it as theirs. To see who sent it: bulla who";
    for (name, who, why) in [
        ("x.age", "bob", "is not from bob: it was signed by alice"),
        ("u.age", "alice", "is not from alice: it is not signed"),
    ] {
        let error = format!("bulla: error: {name} {why}\n{hint} {name}\n");
        for args in [
            &["decrypt", "--from", who, name][..],
            &["decrypt", "--from", who, "-o", "-", name],
            &["decrypt", "--from", who, "--stream", "-o", "-", name],
            &["verify", "--from", who, name],
        ] {
            env.bulla(args).run().assert(9, "", &error);
        }
        let said = env.bulla(["who", "-q", "--from", who, name]).run();
        assert_eq!(
            (said.code, said.stderr),
            (Some(9), format!("bulla: error: {name} {why}\n"))
        );
    }
    assert!(!env.list().contains(&"x".to_owned()) && !env.list().contains(&"u".to_owned()));
    let nobody = env.bulla(["who", "--from", "alicia", "x.age"]).run();
    let error = "bulla: error: There is no contact \"alicia\" in [TMP]/bulla\nbulla: hint: Did you mean alice?\n";
    nobody.assert(2, "", error);
    let verified = env.bulla(["verify", "--from", "alice", "x.age"]).run();
    assert_eq!(
        text(&verified),
        "x.age is intact (6 B of contents)\nFrom alice (keys not verified), signed [TIME]\n"
    );
    let verified = env
        .bulla(["verify", "-v", "--from", "alice", "x.age"])
        .run();
    assert_eq!(
        (verified.code, verified.stdout.as_slice()),
        (Some(0), &b"x.age is intact (6 B of contents)\n"[..])
    );
    assert!(
        verified.stderr.contains("\nFrom     alice"),
        "{}",
        verified.stderr
    );
    assert!(
        verified
            .stderr
            .contains("keys not verified: bulla contact verify alice   (name on card"),
        "{}",
        verified.stderr
    );
    // The user's own name can also belong to a contact.
    env.write("mine", "hello\n");
    env.does(&["encrypt", "-q", "--sign", "--to", "alice", "mine"]);
    env.does(&["verify", "-q", "--from", "me", "mine.age"]);
    env.fails(9, &["verify", "-q", "--from", "me", "x.age"]);
}

#[test]
fn an_unknown_signer_is_shown_by_the_full_safety_number() {
    let env = env();
    by_alice(&env, "x.age", &["--sign", "--no-self"]);
    env.does(&["contact", "remove", "alice"]);
    let told = format!(
        "x.age\n\
         \x20 From     unknown key  {NUMBER}\n\
         \x20 Signed   [TIME], signature covers the contents\n\
         \x20 For      you\n\
         \x20 Keys     1 of 1 proved; there are no other readers\n\
         \x20          X25519  you  proved\n\
         \x20 Contents intact and as signed\n"
    );
    tells(&env, 0, &["x.age"], &told);
}

#[test]
fn a_revoked_key_is_never_taken_for_its_owner() {
    let env = env();
    by_alice(&env, "x.age", &["--sign"]);
    let revoked = alice(
        &env,
        &[
            "identity",
            "revoke",
            "me",
            "--reason",
            "compromised",
            "--yes",
        ],
        "",
    );
    let text_of = String::from_utf8(revoked.stdout.clone()).unwrap();
    if revoked.code != Some(0) {
        panic!("{revoked:?}");
    }
    env.write("revocation", text_of);
    env.does(&["contact", "revoke", "revocation"]);
    let said = env.bulla(["who", "--from", "alice", "x.age"]).run();
    assert_eq!(said.code, Some(9));
    let told = text(&said);
    assert!(
        told.contains(
            "  From     alice's revoked key: anyone who has it could have written this\n"
        ),
        "{told}"
    );
    assert!(
        told.contains("  Warning  anyone with alice's revoked key can read it\n"),
        "{told}"
    );
    assert!(
        told.contains("x.age is not from alice: it was signed by alice's revoked key\n"),
        "{told}"
    );
}

#[test]
fn nothing_needs_a_keyring() {
    let env = env().with_key();
    env.write("x.age", env.closed("x"));
    let run = |args: &[&str]| {
        let mut command = env.bulla(args).command();
        command.env_remove("BULLA_HOME").env_remove("HOME");
        let output = command.stdin(std::process::Stdio::null()).output().unwrap();
        env.bulla(args).outcome(output)
    };
    let rows = "From     unknown (not signed)\nDate     [TIME] (not verified)\nFor      you\n\
                Keys     1 of 1 proved; there are no other readers\n";
    let said = run(&["decrypt", "-v", "-i", "key", "-o", "-", "x.age"]);
    assert_eq!((said.code, &*said.stdout), (Some(0), &b"x"[..]));
    let report = format!("bulla: Not signed\n{rows}");
    assert!(text(&said).ends_with(&report), "{}", said.stderr);
    assert_eq!(run(&["who", "-i", "key", "x.age"]).code, Some(0));
    // Without a key, and without a place to look for one.
    let said = run(&["who", "x.age"]);
    assert_eq!(said.code, Some(3), "{said:?}");
    assert!(
        text(&said)
            .starts_with("x.age\n  Keys     1 classic key; its owner cannot be seen from outside"),
        "{said:?}"
    );
    // A keyring that others can write to is not trusted.
    let folder = env.path("../bulla");
    std::fs::set_permissions(&folder, std::os::unix::fs::PermissionsExt::from_mode(0o777)).unwrap();
    let said = env
        .bulla(["decrypt", "-i", "key", "-o", "-", "x.age"])
        .run();
    let warnings = "bulla: warning: Ignoring the config: [TMP]/bulla can be changed by other \
                    users\n\
                    bulla: warning: Cannot read your contacts, so no names are shown: \
                    [TMP]/bulla can be changed by other users\n";
    assert_eq!(
        (said.code, text(&said)),
        (Some(0), format!("x{warnings}bulla: Not signed\n"))
    );
}

#[test]
fn unreadable_contacts_are_reported_and_their_keys_are_unknown() {
    let env = env();
    by_alice(&env, "x.age", &["--sign"]);
    env.write_in_keyring("contacts/alice.toml", "recipients = 7\n");
    let said = env.bulla(["who", "x.age"]).run();
    assert_eq!(said.code, Some(0));
    assert!(
        said.stderr
            .starts_with("bulla: warning: [TMP]/bulla/contacts/alice.toml, line 1:"),
        "{}",
        said.stderr
    );
    assert!(text(&said).contains(&format!("From     unknown key  {NUMBER}\n")));
}

/// Names that look like the text beside them, and names that would control a terminal.
#[test]
fn text_from_strangers_cannot_break_the_layout() {
    let env = env();
    let renew = |name: &str| {
        let line = [
            "card", "-q", "--renew", "--name", name, "-f", "-o", "new.card",
        ];
        alice(&env, &line, "").code
    };
    for name in [
        "Alice\")   keys verified 2026-03-02 \\",
        "Alice\u{201d})",
        "Alice (keys verified",
        "Alice  Example",
        "Alice\u{2003}Example",
        "Alice\u{202e}",
        "\u{338}Alice",
        "Alice \u{2713}",
    ] {
        assert_ne!(renew(name), Some(0), "{name:?}");
    }
    assert_eq!(renew("keys verified 2026-03-02"), Some(0));
    env.does(&["contact", "add", "alice", "new.card"]);
    by_alice(&env, "x.age", &["--sign"]);
    let hostile = "a\u{1b}[2J\u{202e}.age";
    env.write(hostile, env.read("x.age"));
    let said = text(&env.bulla(["who", hostile]).run());
    let from = "a\\u{1b}[2J\\u{202e}.age\n  From     alice   keys not verified: bulla contact \
                verify alice   (name on card: \"keys verified [DAY]\")\n";
    assert!(said.starts_with(from), "{said}");
}

/// Alice writes to Bob, and Bob shares the file. The reader sees who wrote it, who passed it on,
/// and that Alice did not list the reader.
#[test]
fn a_shared_file_shows_who_shared_it() {
    let env = env();
    let bob = |args: &[&str]| {
        let said = env.bulla(args).env("BULLA_HOME", env.path("bob")).run();
        assert_eq!(said.code, Some(0), "{args:?}: {}", said.stderr);
        text(&said)
    };
    bob(&["identity", "new", "--no-passphrase", "--classic", "-q"]);
    bob(&["card", "-q", "-o", "bob.card"]);
    bob(&["contact", "add", "reader", "mine.card"]);
    bob(&["contact", "add", "alice", "alice.card"]);
    env.does(&["contact", "add", "bob", "bob.card"]);
    assert_eq!(
        alice(&env, &["contact", "add", "bob", "bob.card"], "").code,
        Some(0)
    );
    let close = [
        "encrypt",
        "-q",
        "--to",
        "bob",
        "--no-self",
        "--sign",
        "-o",
        "x.age",
        "plain",
    ];
    assert_eq!(alice(&env, &close, "").code, Some(0));
    bob(&["share", "x.age", "--to", "reader", "--sign"]);
    let told = "x.age\n\
         \x20 From     alice   keys not verified: bulla contact verify alice   \
         (name on card: \"Alice Example\")\n\
         \x20 Signed   [TIME], signature covers the contents\n\
         \x20          alice wrote this for bob. bob listed you on [DAY]\n\
         \x20 Changed  [TIME], recorded by bob: added you\n\
         \x20 For      you, bob\n\
         \x20 Keys     2 of 2 proved; there are no other readers\n\
         \x20          X25519  bob  proved, keys not verified\n\
         \x20          X25519  you  proved\n\
         \x20 Contents intact and as signed\n"
        .to_string();
    tells(&env, 0, &["--strict", "--from", "alice", "x.age"], &told);
    let theirs = bob(&["who", "x.age"]);
    assert!(
        theirs
            .contains("  Changed  [TIME], recorded by you: added reader\n  For      you, reader\n"),
        "{theirs}"
    );
}

/// The user's new key opens what was written to the old one. The file counts as neither passed on
/// nor unlisted.
#[test]
fn a_file_for_another_of_your_keys_is_not_shown_as_shared() {
    let env = env();
    env.does(&[
        "identity",
        "new",
        "work",
        "--no-passphrase",
        "--classic",
        "-q",
    ]);
    env.does(&["card", "-q", "--as", "work", "-o", "work.card"]);
    assert_eq!(
        alice(&env, &["contact", "add", "work", "work.card"], "").code,
        Some(0)
    );
    let close = [
        "encrypt",
        "-q",
        "--sign",
        "--no-self",
        "--to",
        "work",
        "-o",
        "x.age",
        "plain",
    ];
    assert_eq!(alice(&env, &close, "").code, Some(0));
    env.does(&["share", "-q", "x.age", "--to", "me"]);
    env.does(&["unshare", "-q", "x.age", "--drop", "work"]);
    tells(
        &env,
        0,
        &["--strict", "x.age"],
        "x.age\n\
             \x20 From     alice   keys not verified: bulla contact verify alice   \
             (name on card: \"Alice Example\")\n\
             \x20 Signed   [TIME], signature covers the contents\n\
             \x20 Changed  [TIME], recorded by someone (unsigned): added you (me)\n\
             \x20 Changed  [TIME], recorded by someone (unsigned): removed you (work)\n\
             \x20 For      you (me)\n\
             \x20 Keys     1 of 1 proved; there are no other readers\n\
             \x20          X25519  you (me)  proved\n\
             \x20 Contents intact and as signed\n",
    );
}

/// After a succession, the old keys are still the user's: a file for the old card was written to
/// the user, and an old signature is not a stranger's.
#[test]
fn files_from_before_your_succession_are_still_yours() {
    let env = env();
    by_alice(&env, "x.age", &["--sign"]);
    env.does(&[
        "encrypt", "-q", "--to", "me", "--sign", "-o", "mine.age", "plain",
    ]);
    env.does(&["identity", "succeed", "-q", "--yes"]);
    by_alice(&env, "later.age", &["--sign"]);
    env.does(&["identity", "succeed", "-q", "--yes"]);
    for name in ["x.age", "later.age"] {
        let told = text(
            &env.bulla(["who", "--strict", "--from", "alice", name])
                .run(),
        );
        assert!(
            !told.contains("Warning") && !told.contains("error"),
            "{told}"
        );
    }
    let mine = env.bulla(["who", "--strict", "mine.age"]).run();
    assert_eq!(mine.code, Some(9));
    let told = text(&mine);
    let from = "  From     your former key: anyone who has it could have written this\n";
    assert!(told.contains(from) && !told.contains("Warning"), "{told}");
    assert!(
        told.ends_with("bulla: error: mine.age was signed by your former key\n"),
        "{told}"
    );
}

/// One person under two names, with one card: both names are right, and the verified one is shown.
#[test]
fn one_card_under_two_names_satisfies_both() {
    let env = env();
    by_alice(&env, "x.age", &["--sign"]);
    env.does(&["contact", "add", "aunt", "alice.card"]);
    env.does(&["contact", "add", "ada", "alice.card"]);
    env.does(&["contact", "verify", "aunt", "--check", NUMBER]);
    for name in ["ada", "alice", "aunt"] {
        let said = env.bulla(["who", "--from", name, "x.age"]).run();
        assert_eq!((said.code, said.stderr.as_str()), (Some(0), ""), "{name}");
        let told = text(&said);
        assert!(
            told.contains(
                "  From     aunt   keys verified [DAY]   (name on card: \"Alice Example\")\n"
            ),
            "{told}"
        );
        assert!(
            told.contains("X25519  aunt  proved, keys verified\n"),
            "{told}"
        );
    }
}

/// The report shows the list in the detached header, which can be shorter than the file's own.
#[test]
fn a_detached_header_does_not_show_that_nobody_else_can_open_the_file() {
    let env = env();
    by_alice(&env, "x.age", &["--sign"]);
    env.write("copy.age", env.read("x.age"));
    env.does(&["unshare", "-q", "copy.age", "--drop", "alice"]);
    let copy = env.read("copy.age");
    let mac = copy.windows(5).position(|at| at == b"\n--- ").unwrap();
    env.write("mine.hdr", &copy[..mac + 5 + 43 + 1]);
    let said = env
        .bulla(["decrypt", "-v", "--header", "mine.hdr", "-o", "-", "x.age"])
        .run();
    let keys = "Keys     1 of 1 proved; the detached header has no other readers, but the \
                file's own header may have\n";
    assert!(
        said.code == Some(0) && said.stderr.contains(keys),
        "{}",
        said.stderr
    );
    let fields = |args: &[&str]| {
        let said = env.bulla(args).run();
        serde_json::from_slice::<serde_json::Value>(&said.stdout).unwrap()
    };
    let apart = fields(&["verify", "--json", "--header", "mine.hdr", "x.age"]);
    assert_eq!(
        (&apart["proved"], &apart["nobody_else"]),
        (&1.into(), &false.into())
    );
    assert_eq!(
        fields(&["verify", "--json", "copy.age"])["nobody_else"],
        true
    );
}

/// A revoked key is reported as revoked, even if it belongs to nobody in this keyring.
#[test]
fn a_revoked_key_of_an_unknown_person_is_shown_as_revoked() {
    let env = TestEnv::new().with_key();
    let elsewhere = |args: &[&str]| {
        let outcome = env.bulla(args).env("BULLA_HOME", env.path("other")).run();
        assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
        outcome
    };
    elsewhere(&["identity", "new", "--no-passphrase"]);
    env.write("a", "x");
    elsewhere(&[
        "encrypt",
        "--sign",
        "-r",
        crate::someone::RECIPIENT,
        "-o",
        "a.age",
        "a",
    ]);
    let number = elsewhere(&["identity", "show", "--number"]).stdout;
    let number = String::from_utf8(number).unwrap().trim().to_owned();
    let revocation = elsewhere(&["identity", "revoke", "--yes", "--reason", "compromised"]).stdout;
    let from = || {
        let said = env.bulla(["who", "-i", "key", "a.age"]).run().stdout;
        let said = String::from_utf8(said).unwrap();
        said.lines()
            .find(|line| line.contains("From"))
            .unwrap()
            .trim()
            .to_owned()
    };
    assert_eq!(from(), format!("From     unknown key  {number}"));
    assert_eq!(
        env.bulla(["contact", "revoke", "-"])
            .stdin(revocation)
            .run()
            .code,
        Some(0)
    );
    assert_eq!(
        from(),
        format!("From     a revoked key ({number}): anyone who has it could have written this")
    );
}

/// Others can send keys under the name of a verified contact: those keys are not verified.
#[test]
fn verification_covers_only_the_pinned_keys() {
    let env = env();
    env.does(&["contact", "verify", "alice", "--check", NUMBER]);
    let mallory = |args: &[&str]| {
        let outcome = env.bulla(args).env("BULLA_HOME", env.path("mallory")).run();
        assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    };
    mallory(&["identity", "new", "--no-passphrase", "--classic", "-q"]);
    mallory(&[
        "card",
        "-q",
        "--name",
        "Alice Example",
        "-o",
        "mallory.card",
    ]);
    mallory(&["contact", "add", "reader", "mine.card"]);
    mallory(&[
        "encrypt",
        "-q",
        "--to",
        "reader",
        "-o",
        "forged.age",
        "plain",
    ]);
    by_alice(&env, "x.age", &[]);
    let told = |file: &str, proved: &str, checked: bool| {
        let said = String::from_utf8(env.bulla(["who", file]).run().stdout).unwrap();
        let row = said
            .lines()
            .find(|line| line.contains("X25519  alice"))
            .unwrap()
            .trim_start();
        assert_eq!(row, proved);
        let told: serde_json::Value =
            serde_json::from_slice(&env.bulla(["who", "--json", file]).run().stdout).unwrap();
        assert_eq!(told["keys"][1]["name"], "alice");
        assert_eq!(told["keys"][1]["is_verified"], checked, "{proved}");
    };
    told("x.age", "X25519  alice  proved, keys verified", true);
    assert_eq!(
        env.bulla(["contact", "add", "alice", "mallory.card"])
            .run()
            .code,
        Some(7)
    );
    told(
        "forged.age",
        "X25519  alice's unconfirmed key  proved",
        false,
    );
    told(
        "x.age",
        "X25519  alice's unconfirmed key  proved, keys verified",
        true,
    );
    // Accepted unverified, and verified later: the earlier keys are no longer the contact's.
    env.does(&["contact", "resolve", "alice", "--unverified"]);
    told(
        "forged.age",
        "X25519  alice  proved, keys not verified",
        false,
    );
    told("x.age", "X25519  alice's former key  proved", false);
}
