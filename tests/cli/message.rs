//! Short messages between two keyrings: written, pasted, read and answered.

use std::path::PathBuf;

use crate::env::{Outcome, Run, TestEnv};
use crate::someone::{IDENTITY, RECIPIENT};
use crate::tools::need;

/// What bulla remembers about messages that were read before.
mod memory;
/// Messages on a terminal.
mod terminal;
/// Traces on the disk.
mod traces;

/// Alice owns the keyring of the test, Bob the one in the folder `bob`. Each has the other's card.
pub(crate) fn env(kind: &[&str]) -> TestEnv {
    let env = TestEnv::new();
    env.does(&[&["identity", "new", "--no-passphrase", "-q"], kind].concat());
    env.does(&["card", "-q", "--name", "Alice Example", "-o", "alice.card"]);
    for args in [
        &[&["identity", "new", "--no-passphrase", "-q"], kind].concat()[..],
        &["card", "-q", "--name", "Bob Example", "-o", "bob.card"],
        &["contact", "add", "-q", "alice", "alice.card"],
    ] {
        let said = bob(&env, args).run();
        assert_eq!(said.code, Some(0), "{args:?}: {}", said.stderr);
    }
    env.does(&["contact", "add", "bob", "bob.card"]);
    env
}

/// Runs the program as Bob.
pub(crate) fn bob<'a>(env: &'a TestEnv, args: &[&str]) -> Run<'a> {
    env.bulla(args)
        .env("BULLA_HOME", env.path("bob"))
        .env("XDG_STATE_HOME", state(env))
}

/// The state folder of Bob's program.
pub(crate) fn state(env: &TestEnv) -> PathBuf {
    env.path("state")
}

/// A block written by Alice.
#[track_caller]
pub(crate) fn block(env: &TestEnv, text: &str, args: &[&str]) -> String {
    let said = env.bulla([&["write"], args].concat()).stdin(text).run();
    assert_eq!(said.code, Some(0), "{args:?}: {}", said.stderr);
    String::from_utf8(said.stdout).unwrap()
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
fn reads(env: &TestEnv, paste: &str, args: &[&str], code: i32, expected: &str) {
    let said = bob(env, &[&["read"], args].concat()).stdin(paste).run();
    assert_eq!(
        (said.code, text(&said).as_str()),
        (Some(code), expected),
        "{args:?}"
    );
}

const BY_ALICE: &str = "From     alice   keys not verified: bulla contact verify alice   \
                        (name on card: \"Alice Example\")\n\
                        Signed   [TIME], only you and alice could have written this\n\
                        For      you\n\
                        Keys     1 of 1 proved; there are no other readers\n";

#[test]
fn a_message_is_written_and_read_with_its_sender() {
    let env = env(&["--classic"]);
    let written = env
        .bulla(["write", "--to", "bob"])
        .stdin("meet me at noon\n")
        .run();
    let block = String::from_utf8(written.stdout.clone()).unwrap();
    assert!(
        block.starts_with("-----BEGIN AGE ENCRYPTED FILE-----\n"),
        "{block}"
    );
    assert!(
        block.ends_with("\n-----END AGE ENCRYPTED FILE-----\n"),
        "{block}"
    );
    let said = format!(
        "bulla: hint: Keys not verified yet: bob. Verify when you can: bulla contact verify \
         bob\n\
         For bob; signed by you (identity me); {} characters\n",
        block.len()
    );
    assert_eq!((written.code, written.stderr), (Some(0), said));
    reads(
        &env,
        &block,
        &[],
        0,
        &format!("meet me at noon\n{BY_ALICE}"),
    );
    let again = bob(&env, &["read"]).stdin(block.clone()).run();
    let warning = "bulla: warning: You already opened this message on [TIME]\n";
    assert_eq!(
        text(&again),
        format!("meet me at noon\n{BY_ALICE}{warning}")
    );
    // Alice is not among its recipients.
    assert_eq!(env.bulla(["read"]).stdin(block).run().code, Some(3));
}

#[test]
fn blocks_are_as_long_as_the_formats_say() {
    for (kind, characters) in [(&["--classic"][..], 1_700), (&[], 3_700)] {
        let env = env(kind);
        let len = |args: &[&str]| {
            let args = [&["--to", "bob"], args].concat();
            let block = block(&env, "meet me at noon\n", &args);
            println!("message: {kind:?} {args:?}: {} characters", block.len());
            block.len()
        };
        let signed = len(&[]);
        assert!(signed <= characters && signed > characters - 100);
        // The padding hides whether a message is signed with Ed25519, or not at all.
        assert_eq!(len(&["--no-sign"]), signed);
        let longer = len(&["--post-quantum-signature"]) - signed;
        assert!((9_300..9_500).contains(&longer), "{longer}");
    }
}

/// The signature of both halves is in the message, and the reader sees the same sender.
#[test]
fn a_message_can_be_signed_like_a_file() {
    let env = env(&["--classic"]);
    let long = block(
        &env,
        "hello\n",
        &["--to", "bob", "--post-quantum-signature"],
    );
    let said = bob(&env, &["read", "--from", "alice", "--json"])
        .stdin(long)
        .run();
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    let told: serde_json::Value = serde_json::from_slice(&said.stdout).unwrap();
    assert_eq!(
        (&told["message"], &told["sender"]["covers"]),
        (&"hello\n".into(), &"only-both".into())
    );
    for other in ["--no-sign", "--plain", "--passphrase"] {
        let args = ["write", "--to", "bob", "--post-quantum-signature", other];
        assert_eq!(
            env.bulla(args).stdin("hello").run().code,
            Some(2),
            "{other}"
        );
    }
}

#[test]
fn texts_of_up_to_two_hundred_bytes_have_one_length() {
    let env = env(&["--classic"]);
    let lengths: std::collections::BTreeSet<usize> = (1..=200)
        .map(|len| block(&env, &"x".repeat(len), &["--to", "bob"]).len())
        .collect();
    assert_eq!(lengths.len(), 1, "{lengths:?}");
    let of = |len| block(&env, &"x".repeat(len), &["--to", "bob"]).len();
    // Padmé: 1000 -> 1024, and 1025 -> 1088.
    assert_eq!(of(1000), of(1024));
    assert!(of(1024) < of(1025));
    assert_eq!(of(1025), of(1088));
}

/// For one reader the signature does not cover the contents, so the reader cannot prove to others
/// what was written. For several readers it does.
#[test]
fn signature_coverage_depends_on_the_number_of_keys() {
    for kind in [&["--classic"][..], &[]] {
        let env = env(kind);
        for count in [1, 2, 5] {
            let mut args = vec!["--to".to_owned(), "bob".to_owned()];
            for number in 2..=count {
                let (name, file) = (format!("other{number}"), format!("other{number}.card"));
                let made = |args: &[&str]| {
                    let said = env.bulla(args).env("BULLA_HOME", env.path(&name)).run();
                    assert!(said.code == Some(0), "{}", said.stderr);
                };
                if !env.path(&file).exists() {
                    made(&[&["identity", "new", "--no-passphrase", "-q"], kind].concat());
                    made(&["card", "-q", "--name", &name, "-o", &file]);
                    env.does(&["contact", "add", &name, &file]);
                }
                args.extend(["--to".to_owned(), name]);
            }
            let args: Vec<&str> = args.iter().map(String::as_str).collect();
            let block = block(&env, "hello\n", &args);
            println!(
                "message: {kind:?}: {count} recipients, {} characters",
                block.len()
            );
            let covers = if count == 1 { "only-both" } else { "contents" };
            env.write("m.age", &block);
            for args in [
                &["read", "--json", "m.age"][..],
                &["who", "--json", "m.age"],
            ] {
                let said = bob(&env, args).run();
                assert_eq!(said.code, Some(0), "{args:?}: {}", said.stderr);
                let told: serde_json::Value = serde_json::from_slice(&said.stdout).unwrap();
                assert_eq!(told["sender"]["covers"], covers, "{args:?}, {count}");
                assert_eq!(told["keys"].as_array().unwrap().len(), count, "{args:?}");
                assert!(args[0] == "who" || told["message"] == "hello\n");
            }
        }
        let both = block(&env, "hello\n", &["--to", "bob", "--self"]);
        assert_eq!(
            env.bulla(["read", "-q"]).stdin(both).run().stdout,
            b"hello\n"
        );
    }
}

#[test]
fn age_opens_a_message_and_shows_its_padding_as_blanks() {
    let age = need!("age");
    let env = env(&["--classic"]).with_key();
    let block = block(&env, "hello", &["-r", RECIPIENT]);
    let opened = env.program(age, ["-d", "-i", "key"]).stdin(block).run();
    assert_eq!(
        (opened.code, opened.stdout.len()),
        (Some(0), 256),
        "{}",
        opened.stderr
    );
    assert_eq!(
        String::from_utf8(opened.stdout).unwrap().trim_end(),
        "hello"
    );
    assert!(IDENTITY.starts_with("AGE-SECRET-KEY-"));
}

/// A text as chat and mail programs mangle it.
fn mangled(block: &str) -> Vec<(String, String)> {
    let lines = || block.lines();
    let each = |of: &dyn Fn(&str) -> String| lines().map(of).collect::<Vec<_>>().join("\n") + "\n";
    let mut all = vec![
        ("as it is".to_owned(), block.to_owned()),
        ("CRLF".to_owned(), block.replace('\n', "\r\n")),
        (
            "trailing spaces".to_owned(),
            each(&|line| format!("{line}   ")),
        ),
        (
            "trailing no-break spaces".to_owned(),
            each(&|line| format!("{line}\u{a0}")),
        ),
        ("empty lines".to_owned(), each(&|line| format!("{line}\n"))),
        ("byte order mark".to_owned(), format!("\u{feff}{block}")),
        ("long dashes".to_owned(), block.replace("--", "—")),
        (
            "HTML".to_owned(),
            each(&|line| format!("<p>{}</p>", line.replace('+', "&#43;"))),
        ),
        (
            "line breaks of HTML".to_owned(),
            each(&|line| format!("{line}<br>")),
        ),
        (
            "forwarded".to_owned(),
            format!("---------- Forwarded message ----------\nFrom: Alice\n\n{block}\nbye\n"),
        ),
        (
            "said before and after".to_owned(),
            format!("hi, here it is:\n{block}see you\n"),
        ),
        (
            "one line".to_owned(),
            lines().collect::<Vec<_>>().join(" ") + "\n",
        ),
    ];
    for prefix in [
        "> ",
        ">",
        "> > ",
        ">>> ",
        "  ",
        "\t",
        "\u{a0}\u{a0}",
        "| ",
        "[10:04] alice: ",
    ] {
        all.push((
            format!("{prefix:?} before lines"),
            each(&|line| format!("{prefix}{line}")),
        ));
        all.push((
            format!("{prefix:?} and CRLF"),
            each(&|line| format!("{prefix}{line}\r")),
        ));
    }
    let inner: String = lines().filter(|line| !line.starts_with('-')).collect();
    for columns in 40..=120 {
        let wrapped: Vec<&str> = inner
            .as_bytes()
            .chunks(columns)
            .map(|line| std::str::from_utf8(line).unwrap())
            .collect();
        let text = format!(
            "-----BEGIN AGE ENCRYPTED FILE-----\n{}\n-----END AGE ENCRYPTED FILE-----\n",
            wrapped.join("\n")
        );
        all.push((format!("wrapped at {columns}"), text));
    }
    all
}

#[test]
fn long_a_mangled_block_is_read_right_or_refused_and_never_read_wrong() {
    let env = env(&["--classic"]);
    env.in_settings("remember_messages = false\n");
    let block = block(&env, "meet me at noon\n", &["--to", "bob"]);
    let mut count = 0;
    for (what, paste) in mangled(&block) {
        let said = bob(&env, &["read", "-q"]).stdin(paste).run();
        assert_eq!(
            (said.code, said.stdout.as_slice()),
            (Some(0), &b"meet me at noon\n"[..]),
            "{what}: {}",
            said.stderr
        );
        count += 1;
    }
    let lines: Vec<&str> = block.lines().collect();
    let without = |at: usize| [&lines[..at], &lines[at + 1..]].concat().join("\n");
    let changed = |at: usize| {
        let mut bytes = block.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        String::from_utf8(bytes).unwrap()
    };
    let mut refused = vec![
        ("nothing".to_owned(), String::new()),
        ("without BEGIN".to_owned(), without(0)),
        ("without END".to_owned(), without(lines.len() - 1)),
        ("a half".to_owned(), block[..block.len() / 2].to_owned()),
        (
            "a half before another".to_owned(),
            format!("{}\n{block}", &block[..block.len() / 2]),
        ),
    ];
    refused.extend((1..lines.len() - 1).map(|at| (format!("without line {at}"), without(at))));
    refused.extend(
        (40..block.len() - 40)
            .step_by(101)
            .map(|at| (format!("changed at {at}"), changed(at))),
    );
    for (what, paste) in refused {
        let said = bob(&env, &["read", "-q"]).stdin(paste.clone()).run();
        assert!(
            said.code != Some(0) && said.stdout.is_empty(),
            "{what}: {said:?}"
        );
        assert!(
            said.stderr.starts_with("bulla: error: "),
            "{what}: {said:?}"
        );
        let said = bob(&env, &["read"]).stdin(paste).run();
        assert!(
            said.stderr.contains("\nbulla: hint: "),
            "{what}: it does not say what to do: {said:?}"
        );
        count += 1;
    }
    println!("message: {count} manglings");
    assert!(count >= 100);
}

#[test]
fn damaged_messages_and_non_messages_are_reported() {
    let env = env(&["--classic"]);
    let block = block(&env, "hello\n", &["--to", "bob"]);
    let lines: Vec<&str> = block.lines().collect();
    let swapped = |at: usize| {
        let mut lines = lines.clone();
        lines.swap(at, at + 1);
        lines.join("\n")
    };
    let hint =
        "bulla: hint: Copy it again from where it was sent, or ask for the message as a file\n";
    // In the first stanza, in the sender stanza, in the payload.
    for (at, code) in [(1, 4), (5, 4), (lines.len() - 4, 5)] {
        let said = bob(&env, &["read"]).stdin(swapped(at)).run();
        assert_eq!(
            (said.code, said.stdout.len()),
            (Some(code), 0),
            "{at}: {}",
            said.stderr
        );
        let begins = "bulla: error: The message was damaged on the way, or is incomplete: ";
        assert!(
            said.stderr.starts_with(begins) && said.stderr.ends_with(hint),
            "{at}: {}",
            said.stderr
        );
    }
    let file = env
        .bulla(["encrypt", "-q", "--to", "bob"])
        .stdin("hello\n")
        .run()
        .stdout;
    bob(&env, &["read"]).stdin(file).run().assert(
        4,
        "",
        "bulla: error: This is an encrypted file, not a message\n\
         bulla: hint: Decrypt it: bulla decrypt FILE\n",
    );
    bob(&env, &["read"])
        .stdin(env.read("alice.card"))
        .run()
        .assert(
            4,
            "",
            "bulla: error: This is a contact card, not a message\n\
         bulla: hint: Add the contact: bulla contact add FILE\n",
        );
}

#[test]
fn several_blocks_want_a_terminal_or_json() {
    let env = env(&["--classic"]);
    let (one, two) = (
        block(&env, "one\n", &["--to", "bob"]),
        block(&env, "two\n", &["--to", "bob"]),
    );
    let both = format!("{one}and\n{two}bye\n");
    reads(
        &env,
        &both,
        &[],
        2,
        "bulla: error: The input contains 2 messages, but only one can be written to a pipe\n\
         bulla: hint: Read them on a terminal, use --json, or pass one at a time\n",
    );
    let said = bob(&env, &["read", "--json"]).stdin(both).run();
    let told: Vec<serde_json::Value> = String::from_utf8(said.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let fields: Vec<_> = told
        .iter()
        .map(|told| (told["message"].clone(), told["ignored"].clone()))
        .collect();
    let want = |text: &str, ignored: &[&str]| (text.into(), ignored.into());
    assert_eq!(fields, [want("one\n", &[]), want("two\n", &["and", "bye"])]);
}

#[test]
fn skipped_text_is_reported() {
    let env = env(&["--classic"]);
    let block = block(&env, "hello\n", &["--to", "bob"]);
    let said = "Ignored text before the message: \"hi\\u{1b}[2J\"\nIgnored text after the message: \"rm \
            -rf ~\"\n";
    reads(
        &env,
        &format!("hi\u{1b}[2J\n{block}rm -rf ~\n"),
        &[],
        0,
        &format!("hello\n{BY_ALICE}{said}"),
    );
}

#[test]
fn from_fails_before_any_text_is_shown() {
    let env = env(&["--classic"]);
    let unsigned = block(&env, "hello\n", &["--to", "bob", "--no-sign"]);
    reads(
        &env,
        &unsigned,
        &["--from", "alice"],
        9,
        "bulla: error: The message is not from alice: it is not signed\n\
         bulla: hint: Do not treat it as theirs. To see who sent it, read it without --from\n",
    );
    // The hint works too if the message has text around it.
    env.write("chat.txt", format!("hello,\n{unsigned}bye\n"));
    let said = bob(&env, &["read", "--from", "alice", "chat.txt"]).run();
    let hint = "Do not treat it as theirs. To see who sent it: bulla read chat.txt\n";
    assert_eq!((said.code, said.stdout.len()), (Some(9), 0));
    assert!(said.stderr.ends_with(hint), "{}", said.stderr);
    bob(&env, &["read", "-q", "chat.txt"])
        .run()
        .assert(0, "hello\n", "");
    let signed = block(&env, "hello\n", &["--to", "bob"]);
    reads(
        &env,
        &signed,
        &["--from", "alice"],
        0,
        &format!("hello\n{BY_ALICE}"),
    );
}

#[test]
fn a_passphrase_message_has_no_sender_and_no_reader_list() {
    let env = env(&["--classic"]);
    env.write("passphrase", "red clay and reeds\n");
    let args = [
        "write",
        "-p",
        "--work-factor",
        "10",
        "--passphrase-file",
        "passphrase",
    ];
    let written = env.bulla(args).stdin("hello\n\n").run();
    assert_eq!(written.code, Some(0), "{}", written.stderr);
    assert!(
        written
            .stderr
            .ends_with("bulla: hint: With a passphrase, the reader cannot tell who wrote it\n")
    );
    let block = written.stdout;
    let read = env
        .bulla(["read", "--passphrase-file", "passphrase"])
        .stdin(block.clone())
        .run();
    // The length of such a text varies.
    let said =
        "From     anyone who knows the passphrase\nKeys     none (encrypted with a passphrase)\n";
    read.assert(0, "hello\n", said);
    let read = env
        .bulla(["read", "-p", "--passphrase-file", "passphrase"])
        .stdin(block.clone())
        .run();
    read.assert(0, "hello\n", said);
    for flag in ["--self", "--hide-recipients"] {
        assert_eq!(
            env.bulla(["write", "-p", flag]).run().code,
            Some(2),
            "{flag}"
        );
    }
    for flag in [
        &["--from", "bob"][..],
        &["--reply"],
        &["-i", "key"],
        &["--as", "me"],
    ] {
        assert_eq!(
            env.bulla([&["read", "-p"], flag].concat())
                .stdin(block.clone())
                .run()
                .code,
            Some(2),
            "{flag:?}"
        );
    }
    env.bulla(["read", "-p", "--passphrase-file", "passphrase"])
        .stdin(self::block(&env, "hello\n", &["--to", "me"]))
        .run()
        .assert(
            2,
            "",
            "bulla: error: The message is encrypted to keys, not with a passphrase\n\
             bulla: hint: Read it without --passphrase\n",
        );
}

#[test]
fn a_plain_message_has_no_extensions_and_names_nobody() {
    let env = env(&["--classic"]);
    let plain = block(&env, "hello\n", &["--to", "bob", "--plain"]);
    reads(
        &env,
        &plain,
        &[],
        0,
        "hello\nFrom     unknown (not signed)\nFor      you\n\
         Keys     1 of 1 proved; there are no other readers\n",
    );
    let hidden = block(
        &env,
        "hello\n",
        &["--to", "bob", "--self", "--hide-recipients"],
    );
    let said = bob(&env, &["read", "--json"]).stdin(hidden).run();
    let told: serde_json::Value = serde_json::from_slice(&said.stdout).unwrap();
    assert_eq!(
        (&told["proved"], &told["nobody_else"]),
        (&0.into(), &false.into())
    );
}

#[test]
fn read_refuses_anything_but_a_message() {
    let env = env(&["--classic"]);
    let no_text = "bulla: error: The message is empty\n\
                   bulla: hint: Type it, or read it from a file: bulla write --to NAME < FILE\n";
    for text in ["", "\n \n"] {
        env.bulla(["write", "-r", RECIPIENT])
            .stdin(text)
            .run()
            .assert(2, "", no_text);
    }
    env.bulla(["write", "-r", RECIPIENT])
        .stdin(b"a\xff".to_vec())
        .run()
        .assert(
            2,
            "",
            "bulla: error: The input is not UTF-8 text\n\
         bulla: hint: Encrypt it as a file: bulla encrypt --to NAME FILE\n",
        );
    let long = env
        .bulla(["write", "-r", RECIPIENT])
        .stdin("x".repeat(4000))
        .run();
    assert_eq!(long.code, Some(0));
    assert!(long.stderr.ends_with(
        "bulla: warning: The message is too long for some chat programs: Discord takes 2,000, \
             Telegram takes 4,096\n"
    ));
    assert_eq!(
        env.bulla(["write", "-r", RECIPIENT])
            .stdin("x".repeat((1 << 20) + 1))
            .run()
            .code,
        Some(7)
    );
    assert_eq!(env.bulla(["write"]).stdin("x").run().code, Some(2));
}

#[test]
fn a_long_message_says_what_classic_keys_would_save() {
    let env = env(&[]);
    let write = |length: usize, more: &[&str]| {
        let args = [&["write", "-v", "--to", "bob"], more].concat();
        let said = env.bulla(args).stdin("x".repeat(length)).run();
        assert_eq!(said.code, Some(0), "{}", said.stderr);
        (said.stdout.len(), said.stderr)
    };
    let warned = |said: &str| said.contains("too long for some chat programs");
    // The hint gives the very length that the message then has.
    let (length, said) = write(100, &[]);
    assert!(length > 2000 && warned(&said), "{length} {said}");
    let (short, short_said) = write(100, &["--classic"]);
    assert!(short < 2000 && !warned(&short_said), "{short} {short_said}");
    let number = format!("{},{:03}", short / 1000, short % 1000);
    let hint = format!("bulla: hint: With --classic it would have {number} characters");
    assert!(said.contains(&hint), "{said}");
    // It is not offered where it does not help.
    let (length, said) = write(9000, &[]);
    assert!(length > 4096 && warned(&said), "{said}");
    assert!(!said.contains("--classic"), "{said}");
    let only = env
        .bulla(["write", "-r", RECIPIENT])
        .stdin("x".repeat(2000));
    assert!(!only.run().stderr.contains("--classic"));
}

#[test]
fn a_message_is_written_to_a_file_that_is_never_replaced_by_accident() {
    let env = env(&["--classic"]);
    let write = ["write", "--to", "bob", "-o", "message.txt"];
    let said = env.bulla(write).stdin("hello\n").run();
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    assert!(said.stdout.is_empty(), "{said:?}");
    assert!(
        said.stderr.contains("Wrote message.txt\nFor bob; "),
        "{said:?}"
    );
    let block = env.read("message.txt");
    let read = bob(&env, &["read", "message.txt"]).run();
    assert!(
        read.code == Some(0) && read.stdout == b"hello\n",
        "{read:?}"
    );
    let again = env.bulla(write).stdin("other\n").run();
    assert_eq!(again.code, Some(7), "{}", again.stderr);
    assert_eq!(env.read("message.txt"), block);
    let forced = env.bulla([&write[..], &["--force"]].concat());
    assert_eq!(forced.stdin("other\n").run().code, Some(0));
    assert_ne!(env.read("message.txt"), block);
    // Nothing is left of a message that was not written.
    let empty = ["write", "--to", "bob", "-o", "none.txt"];
    assert_eq!(env.bulla(empty).run().code, Some(2));
    assert!(!env.list().iter().any(|name| name.contains("none")));
}

#[test]
fn write_says_that_you_cannot_open_it_yourself() {
    let env = env(&["--classic"]);
    let note =
        "You cannot open this message yourself later. To keep a copy that you can, add --self";
    for (more, is_said) in [(&[][..], true), (&["--self"], false)] {
        let args = [&["write", "--to", "bob"], more].concat();
        let Some(terminal) = env.bulla(args).redirect(">m").on_terminal() else {
            return;
        };
        terminal.wait_for("End it with Ctrl-D").keys("hello\n\x04");
        let ended = terminal.end();
        let shown = ended
            .text()
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        assert!(
            ended.code == Some(0) && shown.contains(note) == is_said,
            "{shown}"
        );
    }
}

#[test]
fn a_short_block_can_be_drawn() {
    let classic = env(&["--classic"]);
    let drawn = classic
        .bulla(["write", "--qr", "--to", "bob"])
        .stdin("hello\n")
        .run();
    assert_eq!(drawn.code, Some(0), "{}", drawn.stderr);
    let drawn = String::from_utf8(drawn.stdout).unwrap();
    assert!(
        drawn
            .lines()
            .all(|line| line.chars().all(|c| "█▀▄ ".contains(c))),
        "{drawn}"
    );
    let hybrid = env(&[])
        .bulla(["write", "--qr", "--to", "bob"])
        .stdin("hello\n")
        .run();
    assert_eq!((hybrid.code, hybrid.stdout.len()), (Some(7), 0));
    assert!(
        hybrid.stderr.contains("is too long for a QR code\n"),
        "{}",
        hybrid.stderr
    );
    assert!(
        hybrid.stderr.ends_with(
            "bulla: hint: Use classic keys, which make shorter messages, with --classic. Or send \
             it as text, without --qr\n"
        ),
        "{}",
        hybrid.stderr
    );
}

/// A text that imitates the tool's own output is only a field in JSON.
#[test]
fn a_text_that_imitates_the_tool_is_a_field() {
    let env = env(&["--classic"]);
    let forged = "hello\n\nFrom     carol   keys verified 2026-01-01\n\
        │ bulla: warning: \u{1b}[2J{\"sender\":1}\n";
    let block = block(&env, forged, &["--to", "bob"]);
    let said = bob(&env, &["read", "--json"]).stdin(block).run();
    let told: serde_json::Value = serde_json::from_slice(&said.stdout).unwrap();
    assert_eq!(
        (told["message"].as_str(), told["sender"]["name"].as_str()),
        (Some(forged), Some("alice"))
    );
}

#[test]
fn an_answer_goes_to_the_contact_and_never_to_a_key_out_of_the_message() {
    let env = env(&["--classic"]);
    env.write("m", block(&env, "hello\n", &["--to", "bob"]));
    let answered = bob(&env, &["read", "--reply", "m"])
        .stdin("and to you\n")
        .run();
    assert_eq!(answered.code, Some(0), "{}", answered.stderr);
    // Standard output holds only the answer. The message goes to standard error, between bars.
    assert!(
        answered.stdout.starts_with(b"-----BEGIN AGE"),
        "{answered:?}"
    );
    assert!(
        answered.stderr.contains("\n│ hello\n") && answered.stderr.contains("\nReply to alice:\n"),
        "{}",
        answered.stderr
    );
    assert_eq!(
        env.bulla(["read", "-q"])
            .stdin(answered.stdout)
            .run()
            .stdout,
        b"and to you\n"
    );
    // If the message comes from a pipe, only the terminal is left for typing the answer.
    let piped = bob(&env, &["read", "-q", "--no-prompt", "--reply"])
        .stdin(env.read("m"))
        .run();
    assert_eq!(
        (piped.code, piped.stdout.len()),
        (Some(2), 0),
        "{}",
        piped.stderr
    );
    assert!(
        piped
            .stderr
            .contains("There is no terminal to type the reply on\n"),
        "{}",
        piped.stderr
    );
    let no = |message: String, why: &str| {
        env.write("m", message);
        let said = bob(&env, &["read", "-q", "--reply", "m"]).stdin("x").run();
        assert_eq!((said.code, said.stdout.len()), (Some(7), 0));
        assert!(
            said.stderr.contains(&format!("Cannot reply: {why}\n")),
            "{}",
            said.stderr
        );
    };
    no(
        block(&env, "hello\n", &["--to", "bob", "--no-sign"]),
        "the message is not signed",
    );
    let signed = block(&env, "hello\n", &["--to", "bob"]);
    // If different keys arrived for her, the output calls them undecided and does not say that they
    // are not hers.
    env.write("m", &signed);
    assert_eq!(
        bob(&env, &["contact", "add", "alice", RECIPIENT])
            .run()
            .code,
        Some(7)
    );
    let undecided = bob(&env, &["read", "-q", "--reply", "m"]).stdin("x").run();
    assert_eq!((undecided.code, undecided.stdout.len()), (Some(7), 0));
    assert!(
        undecided.stderr.contains(
            "alice has two different sets of keys. Decide which are right before encrypting"
        ),
        "{undecided:?}"
    );
    assert_eq!(
        bob(&env, &["contact", "resolve", "alice", "--keep"])
            .run()
            .code,
        Some(0)
    );
    assert_eq!(
        bob(&env, &["contact", "remove", "alice"]).run().code,
        Some(0)
    );
    no(signed, "the signer is not one of your contacts");
    let both = block(&env, "hello\n", &["--to", "bob", "--self"]);
    env.write("m", &both);
    let own = env.bulla(["read", "-q", "--reply", "m"]).run();
    assert!(
        own.code == Some(7) && own.stderr.contains("you signed it yourself\n"),
        "{own:?}"
    );
}

/// A contact that bulla will not encrypt to cannot be answered either, and the output says how to
/// fix that.
#[test]
fn an_answer_goes_by_the_rules_of_trust() {
    let env = env(&["--classic"]);
    env.write("m", block(&env, "hello\n", &["--to", "bob"]));
    env.does(&["card", "-q", "-o", "first.card"]);
    env.does(&["identity", "succeed", "--yes", "-q"]);
    env.does(&["card", "-q", "-o", "second.card"]);
    env.write("newer", block(&env, "hello\n", &["--to", "bob"]));
    let answered = |file: &str| {
        bob(&env, &["read", "-q", "--reply", file])
            .stdin("x\n")
            .run()
    };
    let refused = |file: &str, why: &str| {
        let said = bob(&env, &["read", "--reply", file]).stdin("x\n").run();
        assert_eq!(
            (said.code, said.stdout.len()),
            (Some(7), 0),
            "{}",
            said.stderr
        );
        assert!(said.stderr.contains(why), "{}", said.stderr);
    };
    refused(
        "newer",
        "Cannot reply: the signer is not one of your contacts\n",
    );
    let taken = bob(&env, &["contact", "add", "-q", "alice", "second.card"]).run();
    assert_eq!(taken.code, Some(0), "{}", taken.stderr);
    refused(
        "m",
        "the message was not signed with the current key of alice\n",
    );
    let answer = answered("newer");
    assert_eq!(answer.code, Some(0), "{}", answer.stderr);
    assert_eq!(
        env.bulla(["read", "-q"]).stdin(answer.stdout).run().stdout,
        b"x\n"
    );
    // Different keys under her name.
    let other = TestEnv::new();
    other.does(&["identity", "new", "--classic", "--no-passphrase", "-q"]);
    other.does(&["card", "-q", "-o", "other.card"]);
    env.write("other.card", other.read("other.card"));
    assert_eq!(
        bob(&env, &["contact", "add", "-q", "alice", "other.card"])
            .run()
            .code,
        Some(7)
    );
    refused(
        "newer",
        "bulla: hint: Ask alice in person or by phone, then: bulla contact resolve alice\n",
    );
    let revoked = env
        .bulla(["identity", "revoke", "--reason", "lost", "--yes"])
        .run();
    env.write("revocation", &revoked.stdout);
    assert_eq!(
        bob(&env, &["contact", "resolve", "-q", "--keep", "alice"])
            .run()
            .code,
        Some(0)
    );
    assert_eq!(
        bob(&env, &["contact", "revoke", "-q", "revocation"])
            .run()
            .code,
        Some(0)
    );
    refused("newer", "alice's key was revoked on ");
    refused("newer", " (lost). bulla will not encrypt to alice\n");
}

#[test]
fn the_length_of_messages_is_said_once_a_day_and_what_no_program_takes_always() {
    let env = env(&["--classic"]);
    let told = |text: &str, args: &[&str]| {
        let said = env.bulla([&["write", "--to", "bob"], args].concat());
        let said = said.stdin(text).run();
        assert_eq!(said.code, Some(0), "{said:?}");
        said.stderr
            .matches("too long for some chat programs")
            .count()
    };
    let (middle, long) = ("x".repeat(500), "x".repeat(10_000));
    assert_eq!(told("hello", &[]), 0);
    assert_eq!(told(&middle, &[]), 1);
    assert_eq!(told(&middle, &[]), 0);
    assert_eq!(told(&middle, &["-v"]), 1);
    assert_eq!(told(&long, &[]), 1);
    assert_eq!(told(&long, &[]), 1);
    // A script is not reminded, only warned.
    let script = |text: &str| {
        let run = env.bulla(["write", "--to", "bob"]).in_a_script();
        run.env("XDG_STATE_HOME", env.path("other"))
            .stdin(text)
            .run()
            .stderr
    };
    assert!(!script(&middle).contains("too long"));
    assert!(script(&long).contains("bulla: warning: The message is too long"));
}

#[test]
fn the_hint_for_quoted_armor_opens_it() {
    let env = env(&["--classic"]);
    env.write("plain", "plain\n".repeat(50));
    env.does(&["encrypt", "--armor", "--to", "bob", "-o", "x.age", "plain"]);
    let armored = String::from_utf8(env.read("x.age")).unwrap();
    let quoted: String = armored.lines().map(|line| format!("> {line}\n")).collect();
    let html: String = armored
        .lines()
        .map(|line| format!("{line}<br>\n"))
        .collect();
    env.write("q.age", quoted);
    env.write("h.age", format!("<html><p>\n{html}</p>\n"));
    for file in ["q.age", "h.age"] {
        let error = format!(
            "bulla: error: {file} is not an age file, although it contains an armored one\n\
             bulla: hint: Remove all other text, also in front of each line. To read it as it is: \
             bulla read {file}\n"
        );
        for command in ["decrypt", "verify", "who", "inspect", "list"] {
            let said = bob(&env, &[command, file]).run();
            assert_eq!((said.code, said.stdout.len()), (Some(4), 0), "{command}");
            assert!(said.stderr.ends_with(&error), "{command}: {}", said.stderr);
        }
        let said = bob(&env, &["read", "-q", file]).run();
        assert_eq!((said.code, said.stdout), (Some(0), env.read("plain")));
    }
}
