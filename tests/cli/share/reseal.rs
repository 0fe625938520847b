//! Encrypted again for others: under a fresh key, in one stream, in place.

use std::sync::Arc;

use bulla_age::NewFile;
use bulla_age::seed::Seed;
use bulla_age::sender::{Author, Coverage};
use bulla_age::stream::{Digests, Engine};

use super::{UNCHECKED, me, three};
use crate::env::TestEnv;
use crate::someone::RECIPIENT;
use crate::tools::need;

#[test]
fn reseal_changes_the_readers_and_keeps_the_contents() {
    let (age, rage) = need!("age", "rage");
    let env = three();
    env.does(&[
        "encrypt", "-q", "-a", "--to", "bob", "-o", "text.age", "plain",
    ]);
    for file in ["plain.age", "text.age"] {
        let before = env.read(file);
        // The reminder comes once a day.
        let reminder = if file == "plain.age" { UNCHECKED } else { "" };
        let said = format!("{reminder}Re-encrypted {file} for carol and you\n");
        env.bulla(["reseal", file, "--to", "carol"])
            .run()
            .assert(0, "", &said);
        assert_eq!(env.openers(file), [true, false, true]);
        let after = env.read(file);
        assert_eq!(
            before.starts_with(b"-----BEGIN"),
            after.starts_with(b"-----BEGIN")
        );
        assert_ne!(before[before.len() - 60..], after[after.len() - 60..]);
        for tool in [&age, &rage] {
            let opened = env.program(tool, ["-d", "-i", "carol.key", file]).run();
            assert_eq!(opened.stdout, b"hello\n", "{}", opened.stderr);
        }
    }
    assert_eq!(env.list().len(), 6, "{:?}", env.list());
}

#[test]
fn reseal_switches_between_people_and_a_passphrase() {
    let age = need!("age");
    let env = three();
    env.write("phrase", "anchor velvet pond marble\n");
    let weak = "bulla: warning: A work factor of 10 makes the passphrase easier to guess\n";
    let to_phrase = [
        "reseal",
        "plain.age",
        "-p",
        "--work-factor",
        "10",
        "--passphrase-file",
        "phrase",
    ];
    let said = format!("{weak}Re-encrypted plain.age with a passphrase\n");
    env.bulla(to_phrase).run().assert(0, "", &said);
    env.fails(
        2,
        &[
            "decrypt",
            "-i",
            "key",
            "plain.age",
            "-o",
            "-",
            "--no-prompt",
        ],
    );
    let to_people = [
        "reseal",
        "-q",
        "plain.age",
        "--to",
        "bob",
        "--passphrase-file",
        "phrase",
    ];
    env.bulla(to_people).run().assert_quiet();
    assert_eq!(env.openers("plain.age"), [true, true, false]);
    let opened = env.program(age, ["-d", "-i", "bob.key", "plain.age"]).run();
    assert_eq!(opened.stdout, b"hello\n");
    env.write("wrong", "battery staple\n");
    env.does(&to_phrase);
    let before = env.read("plain.age");
    env.fails(
        3,
        &[
            "reseal",
            "-q",
            "plain.age",
            "--to",
            "bob",
            "--passphrase-file",
            "wrong",
        ],
    );
    assert_eq!(env.read("plain.age"), before);
}

/// The first passphrase question, which opens the files, is answered by the flags.
#[test]
fn reseal_asks_for_the_new_passphrase_after_opening_the_files() {
    let env = three();
    env.write("phrase", "anchor velvet pond marble\n");
    let given = ["--work-factor", "10", "--passphrase-file", "phrase"];
    env.does(&[&["identity", "new", "locked", "--classic"], &given[..]].concat());
    for name in ["a.age", "b.age"] {
        env.does(&[
            "encrypt",
            "-q",
            "--to",
            "locked",
            "--no-self",
            "-o",
            name,
            "plain",
        ]);
    }
    let before = env.read("a.age");
    for files in [&["a.age"][..], &["a.age", "b.age"]] {
        let line = [&["reseal", "-q", "-p", "--no-prompt"], files, &given].concat();
        let said = env.fails(2, &line);
        assert!(
            said.contains("Passphrase for the file: there is no terminal to ask on"),
            "{said}"
        );
        assert_eq!(env.read("a.age"), before);
    }
    // One of several, and not the first.
    env.does(&[&["encrypt", "-q", "-p", "-o", "p.age", "plain"], &given[..]].concat());
    let line = [
        &["reseal", "-q", "-p", "--no-prompt", "plain.age", "p.age"],
        &given[..],
    ]
    .concat();
    let said = env.fails(2, &line);
    assert!(
        said.contains("Passphrase for the file: there is no terminal to ask on"),
        "{said}"
    );
    assert_eq!(env.openers("plain.age"), [true, true, false]);
}

#[test]
fn reseal_dry_run_asks_for_no_new_passphrase() {
    let env = three();
    env.bulla(["reseal", "--dry-run", "-p", "plain.age", "--no-prompt"])
        .run()
        .assert(
            0,
            "",
            "Would re-encrypt plain.age with a passphrase; nothing was written\n",
        );
    assert_eq!(env.openers("plain.age"), [true, true, false]);
}

#[test]
fn every_length_survives() {
    let env = three();
    for len in [0, 1, 65_535, 65_536, 65_537, 131_072, 1_048_577, 5_000_001] {
        let plain: Vec<u8> = (0..len).map(|i: u32| (i % 251) as u8).collect();
        for armor in [&[][..], &["-a"]] {
            env.write(
                "x.age",
                env.bulla([&["encrypt", "-q", "-r", RECIPIENT], armor].concat())
                    .stdin(plain.clone())
                    .run()
                    .stdout,
            );
            for threads in ["1", "4"] {
                env.bulla([
                    "reseal",
                    "-q",
                    "--no-self",
                    "--to",
                    "bob",
                    "--to",
                    "me",
                    "--threads",
                    threads,
                    "x.age",
                ])
                .run()
                .assert_quiet();
            }
            let opened = env
                .bulla(["decrypt", "-q", "-i", "bob.key", "-o", "-", "x.age"])
                .run();
            assert!(
                opened.code == Some(0) && opened.stdout == plain,
                "{len} {armor:?}: {}",
                opened.stderr
            );
        }
    }
}

#[test]
fn a_damaged_file_is_left_alone() {
    let env = three();
    env.write("plain", vec![7; 200_000]);
    env.does(&["encrypt", "-q", "-f", "--to", "bob", "plain"]);
    let whole = env.read("plain.age");
    let mut flipped = whole.clone();
    let len = flipped.len();
    flipped[len - 100] ^= 1;
    for damaged in [&flipped[..], &whole[..len - 1], &whole[..len - 3392]] {
        env.write("x.age", damaged);
        env.fails(5, &["reseal", "x.age", "--to", "bob"]);
        assert_eq!(env.read("x.age"), damaged);
        env.fails(5, &["reseal", "x.age", "--to", "bob", "-o", "out"]);
        assert!(!env.path("out").exists());
        let piped = env
            .bulla(["reseal", "x.age", "--to", "bob", "-o", "-"])
            .run();
        assert_eq!((piped.code, piped.stdout.len()), (Some(5), 0));
    }
}

#[test]
fn reseal_of_the_only_copy_without_you_needs_no_self() {
    let env = three();
    let (before, carol) = (env.read("plain.age"), env.recipient_of("carol").to_string());
    env.bulla(["reseal", "plain.age", "-r", &carol])
        .run()
        .assert(
            7,
            "",
            "bulla: error: You would no longer be able to open plain.age\n\
         bulla: hint: Add yourself with --to NAME, or use --no-self to give up your own access\n",
        );
    assert_eq!(env.read("plain.age"), before);
    env.does(&["reseal", "plain.age", "-r", &carol, "-o", "elsewhere.age"]);
    assert_eq!(
        (env.read("plain.age"), env.openers("elsewhere.age")),
        (before, [false, false, true])
    );
    env.fails(
        7,
        &["reseal", "plain.age", "-r", &carol, "-o", "elsewhere.age"],
    );
    env.does(&[
        "reseal",
        "plain.age",
        "-r",
        &carol,
        "-o",
        "elsewhere.age",
        "--force",
    ]);
    env.does(&["reseal", "plain.age", "-r", &carol, "--no-self"]);
    assert_eq!(env.openers("plain.age"), [false, false, true]);
}

#[test]
fn reseal_writes_a_stream_to_the_given_output() {
    let env = three();
    let (closed, line) = (
        env.read("plain.age"),
        ["reseal", "-q", "-", "--to", "carol"],
    );
    env.bulla(line).stdin(closed.clone()).run().assert(
        2,
        "",
        "bulla: error: Standard input cannot be rewritten in place\n",
    );
    let piped = env
        .bulla([&line[..], &["-o", "-"]].concat())
        .stdin(closed)
        .run();
    env.write("x.age", &piped.stdout);
    assert_eq!(env.openers("x.age"), [true, false, true]);
}

#[test]
fn reseal_drops_the_old_signature() {
    let env = three();
    let signer = Seed::from_bytes(&[7; 32]).signing();
    let bob = env.recipient_of("bob");
    let file = NewFile::new(&[&me(), &bob]).unwrap();
    let seal = |text: &[u8]| {
        let (mut payload, digests) = (Vec::new(), Arc::new(Digests::new()));
        Engine::new(1)
            .with_digests(digests.clone())
            .seal(&file.payload_key(), text, &mut payload)
            .unwrap();
        (payload, digests.root().unwrap())
    };
    let ((payload, root), (swapped, _)) = (seal(b"hello\n"), seal(b"hullo\n"));
    let header = file
        .header_by(&Author::signing(&signer, 1), Coverage::Contents(&root))
        .unwrap();
    env.write("x.age", [&header[..], &swapped].concat());
    let said = env.fails(9, &["reseal", "x.age", "--to", "carol"]);
    assert!(
        said.contains("The contents of x.age are not the contents that were signed"),
        "{said}"
    );
    assert_eq!(env.read("x.age"), [&header[..], &swapped].concat());
    let piped = env
        .bulla(["reseal", "-q", "x.age", "--to", "carol", "-o", "-"])
        .run();
    assert_eq!(
        (piped.code, piped.stdout.len()),
        (Some(9), 0),
        "{}",
        piped.stderr
    );
    env.write("x.age", [&header[..], &payload].concat());
    let said = env.does(&["reseal", "x.age", "--to", "carol"]);
    assert!(
        said.ends_with(
            "Re-encrypted x.age for carol and you; the author's signature is not kept\n"
        ),
        "{said}"
    );
    assert_eq!(env.openers("x.age"), [true, false, true]);
    let said = env.does(&["reseal", "x.age", "--to", "carol"]);
    assert!(!said.contains("signed"), "{said}");
}

#[test]
fn a_signed_change_does_not_count_as_the_authors_signature() {
    let env = TestEnv::new();
    env.does(&["identity", "new", "--no-passphrase", "--classic"]);
    let carol = env.somebody("carol");
    env.does(&["contact", "add", "carol", &carol]);
    env.write("plain", "hello\n");
    env.does(&["encrypt", "-q", "--to", "me", "plain"]);
    env.does(&["share", "-q", "--sign", "plain.age", "--to", "carol"]);
    let said = format!("{UNCHECKED}Re-encrypted plain.age for carol and you\n");
    env.bulla(["reseal", "plain.age", "--to", "carol"])
        .run()
        .assert(0, "", &said);
}

#[test]
fn a_downgrade_from_post_quantum_keys_is_reported() {
    let env = three();
    env.does(&["identity", "new", "both", "--no-passphrase"]);
    env.does(&[
        "encrypt",
        "-q",
        "--to",
        "both",
        "--no-self",
        "-o",
        "strong.age",
        "plain",
    ]);
    let line = [
        "reseal",
        "-q",
        "strong.age",
        "--to",
        "carol",
        "--as",
        "both",
    ];
    let said = env.does(&[&line[..], &["--dry-run"]].concat());
    assert_eq!(
        said,
        "bulla: warning: strong.age used post-quantum keys and would use classic keys\n"
    );
    let said = env.does(&line);
    assert_eq!(
        said,
        "bulla: warning: strong.age used post-quantum keys and now uses classic keys\n"
    );
    let said = env.does(&[
        "reseal",
        "--dry-run",
        "strong.age",
        "--to",
        "both",
        "--no-self",
    ]);
    assert_eq!(
        said,
        "Would re-encrypt strong.age for you; nothing was written\n"
    );
}

#[test]
fn reseal_of_a_tree_writes_no_plaintext_to_disk() {
    let env = three();
    for name in ["tree/a.age", "tree/b/c.age"] {
        env.write(name, env.read("plain.age"));
    }
    env.write("tree/text", "text");
    let said = env.does(&["reseal", "--recursive", "tree", "--to", "carol"]);
    assert!(said.ends_with("Skipped 1 other file\n"), "{said}");
    assert_eq!(env.openers("tree/b/c.age"), [true, false, true]);
    env.fails(
        2,
        &[
            "reseal",
            "--recursive",
            "tree",
            "--to",
            "carol",
            "-o",
            "out",
        ],
    );
    let strace = need!("strace");
    let (run, log) = (
        env.bulla(["reseal", "-q", "plain.age", "--to", "bob"]),
        env.path("log"),
    );
    let prefix = [
        strace.as_os_str(),
        "-fqq".as_ref(),
        "-s".as_ref(),
        "100000".as_ref(),
        "-o".as_ref(),
    ];
    let prefix: Vec<_> = prefix
        .into_iter()
        .chain([log.as_os_str(), "--".as_ref()])
        .collect();
    let output = run
        .command_after(&prefix)
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(!std::fs::read_to_string(&log).unwrap().contains("hello"));
}

/// No reader loses access because no one was named.
#[test]
fn reseal_needs_a_recipient() {
    let env = TestEnv::new();
    env.write("a.age", env.closed("anything"));
    env.bulla(["reseal", "a.age"]).run().assert(
        2,
        "",
        "bulla: error: No recipients given\n\
         bulla: hint: For someone: bulla reseal --to NAME a.age\n\
         bulla: hint: With a passphrase: bulla reseal -p a.age\n\
         bulla: hint: For yourself, create an identity first: bulla identity new\n",
    );
}

/// Input longer than memory is written before its contents are known. The new signature does not
/// cover them, and the output says so.
#[test]
fn reseal_reports_what_the_new_signature_covers() {
    let env = three();
    env.write("long", vec![7; (16 << 20) + 1]);
    env.does(&["encrypt", "-q", "--to", "bob", "long"]);
    let hint = "bulla: hint: The signature covers the recipients and the time, but not the \
                contents, because they are not known when streaming starts. To sign the contents too, write to a file on a local disk with -o FILE\n";
    env.does(&[
        "identity",
        "new",
        "signer",
        "--no-passphrase",
        "--classic",
        "-q",
    ]);
    env.does(&["identity", "default", "signer"]);
    let line = ["reseal", "--sign", "--to", "carol", "long.age"];
    let piped = env.bulla([&line[..], &["-o", "-"]].concat()).run();
    assert_eq!(piped.code, Some(0), "{}", piped.stderr);
    let said = "for carol and you, signed\n";
    assert!(
        piped
            .stderr
            .ends_with(&format!("Re-encrypted standard output {said}{hint}")),
        "{}",
        piped.stderr
    );
    let told = env.does(&[&line[..], &["-o", "new.age"]].concat());
    assert!(
        told.ends_with(&format!("Re-encrypted new.age {said}")),
        "{told}"
    );
}
