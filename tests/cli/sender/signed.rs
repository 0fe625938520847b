//! Signed files: what is written, what the signature covers, and what is refused if it does not
//! verify.

#[path = "../../../src/commands/bench/memory.rs"]
mod memory;

use bulla_age::kinds::X25519Identity;
use bulla_age::seed::Seed;
use bulla_age::sender::{Author, Coverage};
use bulla_age::signing::{Algorithm, SecretSigningKey, Signer, SigningKey};
use bulla_age::stream::{At, Digests, Engine};
use bulla_age::{NewFile, signing};

use crate::env::TestEnv;
use crate::someone::{IDENTITY, RECIPIENT};
use crate::tools::need;

/// An environment where the identity `me` can sign, and the identity file `key` decrypts files for
/// [`RECIPIENT`].
fn env() -> TestEnv {
    let env = TestEnv::new().with_key();
    assert_eq!(
        env.bulla(["identity", "new", "--no-passphrase", "--classic"])
            .run()
            .code,
        Some(0)
    );
    env
}

/// A length that does not fit in memory.
const LONG: usize = (16 << 20) + 1;

/// The fields of the output of `encrypt --json`.
fn signed(json: &str) -> String {
    let value: serde_json::Value = serde_json::from_str(json).unwrap();
    value["signed"].as_str().unwrap().to_owned()
}

#[test]
fn long_signature_coverage_depends_on_input_and_output() {
    let env = env();
    let lengths = [0, 1, 65_536, 65_537, LONG - 1, LONG];
    for len in lengths {
        let plain: Vec<u8> = (0..len).map(|i| (i % 251) as u8).collect();
        env.write("plain", &plain);
        for armor in [&[][..], &["-a"]] {
            let run = |args: &[&str]| {
                let line = [&["encrypt", "-q", "--sign", "-r", RECIPIENT], armor, args].concat();
                env.bulla(line)
            };
            let short = if len < LONG { "content" } else { "origin" };
            for (what, outcome, file, expected) in [
                (
                    "file to file",
                    run(&["-f", "-o", "x", "plain"]).run(),
                    None,
                    "content",
                ),
                (
                    "pipe to file",
                    run(&["-f", "-o", "x"]).stdin(plain.clone()).run(),
                    None,
                    "content",
                ),
                (
                    "file to pipe",
                    run(&["-o", "-", "plain"]).run(),
                    Some(()),
                    short,
                ),
                (
                    "pipe to pipe",
                    run(&[]).stdin(plain.clone()).run(),
                    Some(()),
                    short,
                ),
            ] {
                let closed = if file.is_some() {
                    outcome.stdout.clone()
                } else {
                    env.read("x")
                };
                env.write("closed", &closed);
                let who = env.bulla(["who", "--json", "-i", "key", "closed"]).run();
                let told: serde_json::Value = serde_json::from_slice(&who.stdout).unwrap();
                let is_covered = told["sender"]["covers"] == "contents";
                assert_eq!(
                    is_covered,
                    expected == "content",
                    "{what}, {len} bytes, {armor:?}: {told}"
                );
                let opened = env
                    .bulla(["decrypt", "-q", "-i", "key"])
                    .stdin(closed)
                    .run();
                assert!(
                    opened.code == Some(0) && opened.stdout == plain,
                    "{what}, {len} bytes, {armor:?}"
                );
            }
        }
    }
}

/// Encrypting warns about a stream that is too long for the signature to cover, and about a
/// recipient that does not fit in the list.
#[test]
fn long_contents_too_large_to_sign_are_reported() {
    let env = env();
    let said = env
        .bulla(["encrypt", "--sign", "-r", RECIPIENT])
        .stdin(vec![7; LONG])
        .run();
    let hint = "bulla: hint: The signature covers the recipients and the time, but not the \
                contents, because they are not known when streaming starts. To sign the contents too, write to a file on a local disk with -o FILE\n";
    assert!(
        said.code == Some(0) && said.stderr.ends_with(hint),
        "{}",
        said.stderr
    );
    let recipients: String = (0_u32..3_700)
        .map(|number| {
            let mut bytes = [9; 32];
            bytes[1..5].copy_from_slice(&number.to_le_bytes());
            format!("{}\n", X25519Identity::from_bytes(&bytes).to_recipient())
        })
        .collect();
    env.write("many", recipients);
    let args = ["encrypt", "-R", "many", "-o", "x"];
    env.bulla(args).stdin("x").run().assert(
        7,
        "",
        "bulla: error: The reader list of standard input is too long for a header\n\
         bulla: hint: Leave out the reader list with --plain\n",
    );
    assert!(!env.path("x").exists());
    assert_eq!(
        env.bulla([&args[..], &["--plain"]].concat())
            .stdin("x")
            .run()
            .code,
        Some(0)
    );
}

/// A file of "hello\n" for the person, whose statement has this coverage, signed by the key of the
/// seed 7…7.
fn made(covering: impl FnOnce([u8; 32]) -> Option<[u8; 32]>, sign: &dyn Signer) -> Vec<u8> {
    let recipient = IDENTITY.parse::<X25519Identity>().unwrap().to_recipient();
    let file = NewFile::new(&[&recipient]).unwrap();
    let (mut payload, digests) = (Vec::new(), std::sync::Arc::new(Digests::new()));
    let engine = Engine::new(1).with_digests(digests.clone());
    engine
        .seal(&file.payload_key(), &b"hello\n"[..], &mut payload)
        .unwrap();
    let content = covering(digests.root().unwrap());
    let covering = content
        .as_ref()
        .map_or(Coverage::Header, Coverage::Contents);
    let mut bytes = file
        .header_by(&Author::signing(sign, 1_795_000_000), covering)
        .unwrap();
    bytes.extend_from_slice(&payload);
    bytes
}

/// Names one key and signs with another.
struct Forger;

impl Signer for Forger {
    fn key(&self) -> SigningKey {
        Seed::from_bytes(&[7; 32]).signing_key()
    }

    fn sign(&self, algorithm: Algorithm, label: &str, bytes: &[u8]) -> Vec<u8> {
        SecretSigningKey::new(&[8; 32], &[8; 32]).sign(algorithm, label, bytes)
    }
}

const NOT_BELIEVED: &str = "bulla: hint: Do not trust it. Ask the sender to send it again\n";

/// The reader sees an error and no contents, whichever way the file is opened.
#[test]
fn a_bad_signature_yields_no_plaintext() {
    let env = env();
    env.write("x.age", made(|_| None, &Forger));
    let why = "The signature of statement 1 in x.age is invalid: the file was modified, or was not signed by \
        the author it names";
    for args in [
        &["decrypt", "-i", "key", "x.age"][..],
        &["decrypt", "-i", "key", "-o", "-", "x.age"],
        &["decrypt", "-i", "key", "--stream", "-o", "-", "x.age"],
        &["verify", "-i", "key", "x.age"],
    ] {
        env.bulla(args)
            .run()
            .assert(9, "", &format!("bulla: error: {why}\n{NOT_BELIEVED}"));
        assert_eq!(env.list(), ["key", "x.age"]);
    }
}

/// The signature is valid, but the contents differ: nothing is written and nothing is released.
#[test]
fn altered_contents_yield_no_plaintext() {
    let env = env();
    let sign = Seed::from_bytes(&[7; 32]).signing();
    env.write("x.age", made(|_| Some([1; 32]), &sign));
    for args in [
        &["decrypt", "-i", "key", "x.age"][..],
        &["decrypt", "-i", "key", "-o", "-", "x.age"],
        &["verify", "-i", "key", "x.age"],
    ] {
        let said = format!(
            "bulla: error: The contents of x.age are not the contents that were signed\n{NOT_BELIEVED}"
        );
        env.bulla(args).run().assert(9, "", &said);
        assert_eq!(env.list(), ["key", "x.age"]);
    }
    // With the right root it opens.
    env.write("x.age", made(Some, &sign));
    assert_eq!(
        env.bulla(["decrypt", "-q", "-i", "key", "-o", "-", "x.age"])
            .run()
            .stdout,
        b"hello\n"
    );
}

/// Writes a file of `len` bytes, all 7, whose signed root belongs to other contents.
fn write_others(env: &TestEnv, name: &str, len: usize) {
    let recipient = IDENTITY.parse::<X25519Identity>().unwrap().to_recipient();
    let sign = Seed::from_bytes(&[7; 32]).signing();
    let file = NewFile::new(&[&recipient]).unwrap();
    let header = file
        .header_by(&Author::signing(&sign, 1), Coverage::Contents(&[1; 32]))
        .unwrap();
    env.write(name, &header);
    let output = std::fs::OpenOptions::new()
        .write(true)
        .open(env.path(name))
        .unwrap();
    let from = memory::Memory::filled(7, len);
    let to = At {
        place: &output,
        offset: header.len() as u64,
    };
    Engine::new(2)
        .seal_at(
            &file.payload_key(),
            At {
                place: &from,
                offset: 0,
            },
            len as u64,
            to,
        )
        .unwrap();
}

/// Up to exactly 16 MiB, nothing is released: not on standard output, and not to a pipe or device,
/// which are written in place.
#[test]
fn short_altered_contents_are_never_released() {
    let env = env();
    for len in [6, 65_537, LONG - 1] {
        write_others(&env, "x.age", len);
        let said = "bulla: error: The contents of x.age are not the contents that were signed\n";
        let said = format!("{said}{NOT_BELIEVED}");
        env.bulla(["decrypt", "-i", "key", "-o", "-", "x.age"])
            .run()
            .assert(9, "", &said);
        // A path that refers to the pipe on standard output.
        env.bulla(["decrypt", "-i", "key", "-o", "/dev/stdout", "x.age"])
            .run()
            .assert(9, "", &said);
    }
    let right = env.closed(vec![7; LONG - 1]);
    let whole = env
        .bulla(["decrypt", "-q", "-i", "key", "-o", "/dev/stdout"])
        .stdin(right)
        .run();
    assert!(whole.code == Some(0) && whole.stdout == vec![7; LONG - 1]);
}

/// After 16 MiB, standard output has already been written: the exit code is the verdict.
#[test]
fn long_altered_contents_are_reported_at_the_end() {
    let env = env();
    let plain = vec![7; LONG];
    write_others(&env, "x.age", LONG);
    for output in ["-", "/dev/stdout"] {
        let outcome = env
            .bulla(["decrypt", "-i", "key", "-o", output, "x.age"])
            .run();
        assert_eq!(outcome.code, Some(9), "{}", outcome.stderr);
        assert!(outcome.stdout == plain);
    }
    // The output file never gets its name.
    assert_eq!(
        env.bulla(["decrypt", "-i", "key", "x.age"]).run().code,
        Some(9)
    );
    assert_eq!(env.list(), ["key", "x.age"]);
}

#[test]
fn the_signer_is_settled_before_encrypting() {
    let env = TestEnv::new();
    env.write("a", "x");
    let said = "bulla: error: You have no identity to sign with\n\
        bulla: hint: Create one: bulla identity new; or send it unsigned: --no-sign\n";
    env.bulla(["encrypt", "--sign", "-r", RECIPIENT, "a"])
        .run()
        .assert(2, "", said);
    // Imported keys have no signing key.
    let env = TestEnv::new().with_identity("me", None);
    env.write("a", "x");
    let said = "bulla: error: me was imported from age, so it cannot sign and has no card\n\
        bulla: hint: Create one that can: bulla identity new NAME\n";
    env.bulla(["encrypt", "--sign", "-r", RECIPIENT, "a"])
        .run()
        .assert(7, "", said);
    assert_eq!(env.list(), ["a"]);
    // A locked identity asks for its passphrase, and the error says which option answers.
    let env = TestEnv::new();
    env.write("a", "x");
    let new = [
        "identity",
        "new",
        "me",
        "--work-factor",
        "10",
        "--passphrase-fd",
        "3",
    ];
    assert_eq!(env.bulla(new).descriptor(3, "secret").run().code, Some(0));
    let locked = env.bulla(["encrypt", "--sign", "--to", "me", "a"]).run();
    assert_eq!(
        (locked.code, env.list()),
        (Some(2), vec!["a".to_owned()]),
        "{}",
        locked.stderr
    );
    let sign = env
        .bulla([
            "encrypt",
            "--sign",
            "--to",
            "me",
            "--passphrase-fd",
            "3",
            "a",
        ])
        .descriptor(3, "secret")
        .run();
    sign.assert(
        0,
        "",
        "Encrypted a.age for you, signed\n\
         bulla: hint: The output is next to the input; use -o - for standard output\n",
    );
}

#[test]
fn the_config_signs_and_flags_win() {
    let env = env();
    env.in_settings("sign = true\n");
    env.write("a", "x");
    let json = |args: &[&str]| {
        let line = [
            &["encrypt", "-f", "--json", "-r", RECIPIENT],
            args,
            &["-o", "x", "a"],
        ]
        .concat();
        let outcome = env.bulla(line).run();
        assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
        signed(&String::from_utf8(outcome.stdout).unwrap())
    };
    assert_eq!(json(&[]), "content");
    assert_eq!(json(&["--no-sign"]), "no");
    assert_eq!(json(&["--plain"]), "no");
    // A signature cannot be combined with a passphrase.
    let pass = [
        "encrypt",
        "-q",
        "-f",
        "-p",
        "--work-factor",
        "10",
        "--passphrase-fd",
        "3",
        "-o",
        "x",
        "a",
    ];
    assert_eq!(env.bulla(pass).descriptor(3, "secret").run().code, Some(0));
    assert!(!String::from_utf8_lossy(&env.read("x")).contains("bulla"));
}

/// Hidden recipients are not in the list, and their stanzas cannot be recomputed.
#[test]
fn hidden_recipients_open_the_file_and_are_not_named() {
    use bulla_age::LockedFile;
    use bulla_age::sender::ReaderEvidence;
    let env = env();
    let closed = env
        .bulla(["encrypt", "-q", "--hide-recipients", "-r", RECIPIENT])
        .stdin("x")
        .run()
        .stdout;
    let identity: X25519Identity = IDENTITY.parse().unwrap();
    let opened = LockedFile::read(&mut closed.as_slice())
        .unwrap()
        .open(&[&identity])
        .unwrap_or_else(|e| panic!("{e}"));
    let sender = opened.sender(signing::verify).unwrap();
    let known = identity.to_recipient();
    assert_eq!(
        opened.prove_readers(sender.as_ref(), &[&known], &[&identity]),
        [ReaderEvidence::Opened { identity: 0 }]
    );
    assert_eq!(
        opened.prove_readers(sender.as_ref(), &[&known], &[]),
        [ReaderEvidence::Hidden]
    );
    assert_eq!(
        env.bulla(["decrypt", "-q", "-i", "key"])
            .stdin(closed)
            .run()
            .stdout,
        b"x"
    );
}

#[test]
fn other_tools_open_signed_files() {
    let (age, rage) = need!("age", "rage");
    let env = env();
    for (form, armor) in [("binary", &[][..]), ("armored", &["-a"])] {
        for strength in [&["-o", "x"][..], &["-o", "-"]] {
            env.write("plain", vec![9; 200_000]);
            let line = [
                &["encrypt", "-q", "-f", "--sign", "-r", RECIPIENT],
                armor,
                strength,
                &["plain"],
            ]
            .concat();
            let closed = env.bulla(line).run().stdout;
            if !closed.is_empty() {
                env.write("x", closed);
            }
            for program in [&age, &rage] {
                let opened = env.program(program, ["-d", "-i", "key", "x"]).run();
                assert!(
                    opened.code == Some(0) && opened.stdout == env.read("plain"),
                    "{form} {program:?}: {}",
                    opened.stderr
                );
            }
        }
    }
}
