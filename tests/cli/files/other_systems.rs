//! Files, keys and passphrases as other systems and programs write them: what can be read is read,
//! and what cannot is called by its name.

use crate::env::TestEnv;
use crate::someone::{IDENTITY, RECIPIENT};
use crate::tools::need;

/// A recipients line of a kind that age does not support.
const ECDSA: &str = "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAI work";

fn utf16(text: &str, unit: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(unit).collect()
}

/// What PowerShell makes of these bytes when it redirects them: UTF-16 with a mark and CR LF.
fn redirected_by_powershell(bytes: &[u8]) -> Vec<u8> {
    let text: String = bytes.iter().map(|byte| char::from(*byte)).collect();
    utf16(
        &format!("\u{feff}{}", text.replace('\n', "\r\n")),
        u16::to_le_bytes,
    )
}

fn armored(env: &TestEnv) -> String {
    let encrypt = ["encrypt", "-q", "--armor", "-r", RECIPIENT];
    env.bulla(encrypt).stdin("hello\n").run().text()
}

#[test]
fn armor_in_utf16_or_after_a_byte_order_mark_opens() {
    let env = TestEnv::new().with_key();
    let armor = armored(&env);
    let crlf = armor.replace('\n', "\r\n");
    let marked = format!("\u{feff}{crlf}");
    for (what, bytes) in [
        ("UTF-8 with a mark", marked.clone().into_bytes()),
        ("UTF-16LE with a mark", utf16(&marked, u16::to_le_bytes)),
        ("UTF-16BE with a mark", utf16(&marked, u16::to_be_bytes)),
        ("UTF-16LE", utf16(&armor, u16::to_le_bytes)),
        ("UTF-16BE", utf16(&crlf, u16::to_be_bytes)),
    ] {
        env.write("x.age", &bytes);
        for command in ["decrypt", "verify", "who", "inspect"] {
            let output = ["-o", "-"].iter().filter(|_| command == "decrypt");
            let key = ["-i", "key"].iter().filter(|_| command != "inspect");
            let args = [command, "-q", "x.age"];
            let said = env.bulla(args.iter().chain(output).chain(key)).run();
            assert_eq!(said.code, Some(0), "{what}, {command}: {}", said.stderr);
            assert!(command != "decrypt" || said.stdout == b"hello\n", "{what}");
        }
    }
    // A message may come as such a file too.
    env.does(&["read", "-q", "-i", "key", "x.age"]);
    // Its readers can be changed too, and then any program can read it.
    env.write("x.age", utf16(&marked, u16::to_le_bytes));
    env.does(&[
        "reseal",
        "-q",
        "-i",
        "key",
        "-r",
        RECIPIENT,
        "--no-self",
        "x.age",
    ]);
    assert!(env.read("x.age").starts_with(b"-----BEGIN AGE"));
}

#[test]
fn a_binary_file_that_was_saved_as_text_is_called_that() {
    let env = TestEnv::new().with_key();
    let binary = env.closed("hello\n");
    env.write("power.age", redirected_by_powershell(&binary));
    env.write("marked.age", [&b"\xef\xbb\xbf"[..], &binary].concat());
    let crlf = binary.iter().flat_map(|byte| match byte {
        b'\n' => vec![b'\r', b'\n'],
        byte => vec![*byte],
    });
    env.write("crlf.age", crlf.collect::<Vec<_>>());
    for (file, why) in [
        ("power.age", "a program saved as text"),
        ("marked.age", "a program saved as text"),
        ("crlf.age", "line ends were converted to CR LF"),
    ] {
        let said = env.fails(4, &["decrypt", "-i", "key", "-o", "-", file]);
        assert!(said.contains(&format!("{file} is an age file")), "{said}");
        assert!(said.contains(why) && said.contains("--armor"), "{said}");
    }
}

#[test]
fn files_of_other_formats_are_called_by_their_names() {
    let env = TestEnv::new().with_key();
    for (name, bytes, kind) in [
        ("report.pdf", &b"%PDF-1.7\n"[..], "a PDF"),
        (
            "mail.asc",
            b"-----BEGIN PGP MESSAGE-----\n\nhQ\n",
            "an OpenPGP message",
        ),
        (
            "mail.gpg",
            b"\x8c\x0d\x04\x09\x03\x02aaaaaaaaaaaaaa",
            "an OpenPGP file",
        ),
        (
            "me",
            format!("# created: today\n{IDENTITY}\n").as_bytes(),
            "an identity file",
        ),
        (
            "her",
            format!("{RECIPIENT}\n").as_bytes(),
            "a file of recipients",
        ),
    ] {
        env.write(name, bytes);
        let said = env.fails(4, &["decrypt", "-i", "key", "-o", "-", name]);
        assert!(said.contains(&format!("{name} is {kind}")), "{said}");
        assert!(!said.contains(&IDENTITY[20..]), "{said}");
    }
}

/// age reads no such key, and `ssh-keygen` makes one for whoever asks.
#[test]
fn ssh_keys_encrypted_with_any_cipher_of_openssh_decrypt() {
    let keygen = need!("ssh-keygen");
    let env = TestEnv::new();
    env.write("plain", "plain");
    env.write("word", "secret");
    env.write("wrong", "sacred");
    for cipher in [
        "chacha20-poly1305@openssh.com",
        "aes256-gcm@openssh.com",
        "aes128-gcm@openssh.com",
        "aes256-ctr",
        "aes128-cbc",
    ] {
        for kind in ["ed25519", "rsa"] {
            let made = [
                "-q", "-t", kind, "-N", "secret", "-a", "1", "-f", "id", "-Z",
            ];
            let made = env.program(&keygen, [&made[..], &[cipher]].concat()).run();
            assert_eq!(made.code, Some(0), "{}", made.stderr);
            env.does(&["encrypt", "-qf", "-R", "id.pub", "plain"]);
            let decrypt = ["decrypt", "-q", "-i", "id", "plain.age", "-o", "-"];
            let with = |file| env.bulla([&decrypt[..], &["--passphrase-file", file]].concat());
            with("word").run().assert(0, "plain", "");
            assert_eq!(with("wrong").run().code, Some(3), "{cipher} {kind}");
            std::fs::remove_file(env.path("id")).unwrap();
        }
    }
}

#[test]
fn private_ssh_keys_in_pkcs8_decrypt() {
    let env = TestEnv::new();
    for (private, public) in [
        (
            include_str!("other_systems/ed25519-pkcs8.pem"),
            include_str!("other_systems/ed25519.pub"),
        ),
        (
            include_str!("other_systems/rsa-pkcs8.pem"),
            include_str!("other_systems/rsa.pub"),
        ),
    ] {
        env.write("private", private.replace('\n', "\r\n"));
        let closed = env
            .bulla(["encrypt", "-q", "-r", public.trim()])
            .stdin("hello\n")
            .run();
        env.bulla(["decrypt", "-q", "-i", "private"])
            .stdin(closed.stdout)
            .run()
            .assert(0, "hello\n", "");
    }
}

#[test]
fn pem_blocks_are_called_by_their_labels() {
    let env = TestEnv::new().with_key();
    let block = |label: &str| format!("-----BEGIN {label}-----\nMIIB\n-----END {label}-----\n");
    for (label, as_recipient, as_identity) in [
        (
            "RSA PUBLIC KEY",
            "a public key in PEM form",
            "a public key in PEM form",
        ),
        ("CERTIFICATE", "a certificate", "a certificate"),
        ("PGP PUBLIC KEY BLOCK", "an OpenPGP key", "an OpenPGP key"),
        (
            "ENCRYPTED PRIVATE KEY",
            "an identity (a secret key)",
            "an encrypted PKCS#8",
        ),
        (
            "EC PRIVATE KEY",
            "an identity (a secret key)",
            "unsupported type (ecdsa)",
        ),
    ] {
        env.write("block.pem", block(label));
        let encrypt = ["encrypt", "-R", "block.pem", "-o", "-", "key"];
        let said = env.fails(2, &encrypt);
        assert!(said.contains(as_recipient), "{label}: {said}");
        let said = env.fails(2, &["decrypt", "-i", "block.pem", "-o", "-", "key"]);
        assert!(said.contains(as_identity), "{label}: {said}");
    }
}

#[test]
fn an_encrypted_identity_file_may_begin_with_comments() {
    let env = TestEnv::new().with_key();
    let locked = env.locked(format!("{IDENTITY}\n"), "secret\n", &["--armor"]);
    env.write("key", [b"# my key\n\n", &*locked].concat());
    env.write("x.age", env.closed("hello\n"));
    env.bulla([
        "decrypt",
        "-q",
        "-i",
        "key",
        "--passphrase-fd",
        "3",
        "-o",
        "-",
        "x.age",
    ])
    .descriptor(3, "secret\n")
    .run()
    .assert(0, "hello\n", "");
}

#[test]
fn text_after_a_key_is_called_that() {
    let env = TestEnv::new().with_key();
    env.write("x.age", env.closed("hello\n"));
    env.write("team", format!("{RECIPIENT}  # alice, laptop\n"));
    env.write("mine", format!("{IDENTITY} mine\n"));
    let with_comment = format!("{RECIPIENT} alice");
    for args in [
        ["encrypt", "-R", "team", "-o", "-", "key"],
        ["encrypt", "-r", &with_comment, "-o", "-", "key"],
        ["decrypt", "-i", "mine", "-o", "-", "x.age"],
    ] {
        let said = env.fails(2, &args);
        assert!(said.contains("text after the key"), "{args:?}: {said}");
        assert!(
            !said.contains("laptop") && !said.contains(&IDENTITY[20..]),
            "{said}"
        );
    }
}

#[test]
fn a_file_of_unusable_keys_says_why() {
    let env = TestEnv::new().with_key();
    env.write("work.pub", format!("{ECDSA}\n"));
    let said = env.fails(2, &["encrypt", "-R", "work.pub", "-o", "-", "key"]);
    assert!(
        said.contains("work.pub contains no key that can be used"),
        "{said}"
    );
    assert!(
        said.contains("line 1") && said.contains("ecdsa-sha2-nistp256"),
        "{said}"
    );
}

#[test]
fn an_unusable_identity_does_not_stop_the_others() {
    let env = TestEnv::new().with_key();
    env.write("x.age", env.closed("hello\n"));
    env.write(
        "unusable",
        "-----BEGIN EC PRIVATE KEY-----\nMIIB\n-----END EC PRIVATE KEY-----\n",
    );
    let open = ["decrypt", "-o", "-", "x.age", "-i", "unusable"];
    let said = env.bulla(open.iter().chain(&["-i", "key"])).run();
    assert_eq!(
        (said.code, said.stdout.as_slice()),
        (Some(0), &b"hello\n"[..])
    );
    assert!(
        said.stderr.contains("Skipped an identity"),
        "{}",
        said.stderr
    );
    assert!(said.stderr.contains("ecdsa"), "{}", said.stderr);
    // Alone it is an error, and nobody encrypts to fewer identities than were named.
    env.fails(2, &open);
    env.fails(
        2,
        &[
            "encrypt", "-i", "unusable", "-i", "key", "-o", "-", "x.age", "--again",
        ],
    );
}

#[test]
fn a_secret_key_in_place_of_a_path_is_not_shown() {
    let env = TestEnv::new().with_key();
    env.write("x.age", env.closed("hello\n"));
    let seed = "BULLA-IDENTITY-1QQQSYQCYQ5RQWZQFPG9SCRGWPUGPZYSNZS23V9CCRYDPK8QARC0SUT7FJD";
    for secret in [IDENTITY, seed, &IDENTITY.to_lowercase()] {
        for args in [
            &["decrypt", "-o", "-", "x.age", "-i", secret][..],
            &["encrypt", "-o", "-", "key", "-R", secret],
            &["encrypt", "-o", "-", "key", "--to", secret],
            &["encrypt", "-o", "-", "key", "-r", secret],
            &["decrypt", secret],
            &["encrypt", "-r", RECIPIENT, secret],
            &["identity", "import", "me", secret],
            &["identity", "show", secret],
            &["who", "--json", secret],
            &["config", "threads", secret],
            &[secret],
            &["read", "--threads", secret],
            &["contact", "add", "bob", secret],
        ] {
            let said = env.bulla(args).run();
            assert_ne!(said.code, Some(0), "{args:?}");
            let shown = format!("{}{}", said.text(), said.stderr);
            assert!(!shown.contains(&secret[30..]), "{args:?}: {shown}");
            assert!(!shown.contains("AGE-SECRET-KEY-1"), "{args:?}: {shown}");
        }
    }
}

/// Decrypts "hello" with a passphrase.
#[track_caller]
fn opens(env: &TestEnv, closed: Vec<u8>, passphrase: &str) {
    let decrypt = env.bulla(["decrypt", "-q", "--passphrase-fd", "3"]);
    let run = decrypt.stdin(closed).descriptor(3, passphrase);
    run.run().assert(0, "hello\n", "");
}

#[test]
fn a_byte_order_mark_is_not_part_of_a_passphrase() {
    let env = TestEnv::new();
    let closed = env.locked("hello\n", "secret\n", &[]);
    opens(&env, closed, "\u{feff}secret\r\n");
}

#[test]
fn a_passphrase_opens_in_composed_and_decomposed_form() {
    let env = TestEnv::new();
    let forms = ["gar\u{e7}on\n", "garc\u{327}on\n"];
    for (made, typed) in [(forms[0], forms[1]), (forms[1], forms[0])] {
        opens(&env, env.locked("hello\n", made, &[]), typed);
    }
}

#[test]
fn a_file_that_can_have_no_card_keys_or_message_is_called_by_its_name() {
    let env = TestEnv::new().with_key();
    env.does(&["identity", "new", "--no-passphrase", "-q"]);
    env.does_as_eve(&["identity", "new", "--no-passphrase", "-q"]);
    env.does_as_eve(&["card", "--name", "eve", "-o", "eve.card", "-q"]);
    env.write("report.pdf", "%PDF-1.7\n");
    let text = format!("\u{feff}{RECIPIENT}\r\n");
    env.write("list.txt", utf16(&text, u16::to_le_bytes));
    let closed = ["encrypt", "-q", "-r", RECIPIENT];
    let closed = |more: &[&str]| {
        env.bulla([&closed[..], more].concat())
            .stdin("x")
            .run()
            .stdout
    };
    env.write("file.age", closed(&[]));
    env.write("file.asc", closed(&["-a"]));
    for (file, what) in [
        ("report.pdf", "report.pdf is a PDF"),
        ("list.txt", "list.txt is UTF-16 text; save it as UTF-8"),
        ("file.age", "file.age is an encrypted file"),
        ("file.asc", "file.asc is an encrypted file"),
    ] {
        for line in [
            &["contact", "add", "ann", file][..],
            &["contact", "add", file],
            &["encrypt", "-R", file, "key"],
        ] {
            let said = env.fails(2, line);
            assert!(said.contains(what), "{line:?}: {said}");
        }
    }
    let said = env.fails(4, &["read", "report.pdf"]);
    assert!(said.contains("This is a PDF, not a message"), "{said}");
    // A card and a message that PowerShell redirected are opened.
    let card = String::from_utf8(env.read("eve.card")).unwrap();
    env.write("eve16.card", utf16(&card, u16::to_le_bytes));
    env.does(&["contact", "add", "--yes", "eve16.card"]);
    let armor = String::from_utf8(env.read("file.asc")).unwrap();
    env.write("file16.asc", utf16(&armor, u16::to_le_bytes));
    let read = env.bulla(["read", "-q", "-i", "key", "file16.asc"]).run();
    assert_eq!(
        (read.code, &*read.stdout),
        (Some(0), &b"x\n"[..]),
        "{read:?}"
    );
}
