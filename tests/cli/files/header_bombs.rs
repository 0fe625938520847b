//! Headers within the limits, made to use up memory or time by somebody who knows the file key.
//! Every command that reads them ends soon, in little memory.

use base64::prelude::{BASE64_STANDARD_NO_PAD, Engine};
use bulla_age::kinds::X25519Recipient;
use ed25519_dalek::SigningKey;
use sha2::{Digest, Sha256};

use crate::env::TestEnv;
use crate::forge::{Forged, Said, Stanza, stanza};
use crate::someone::RECIPIENT;
use crate::tools::need;

/// The most stanzas of a header.
const STANZAS: usize = 4096;
/// The most bytes of a header.
const HEADER: usize = 16 << 20;
/// The limits of the program's own memory (64 MiB, with the stacks of its threads), and of the
/// processor time in seconds, which no slow machine comes near.
const LIMITS: [&str; 2] = ["--data=67108864", "--cpu=30"];

/// A file with these stanzas, whose file key is known.
fn file(stanzas: Vec<Stanza>) -> Forged {
    let empty = Forged {
        file_key: [9; 16],
        nonce: [8; 16],
        stanzas,
        payload: Vec::new(),
    };
    empty.over(b"contents\n")
}

/// The stanza of the reader.
fn mine() -> Stanza {
    file(Vec::new()).stanza_for(&RECIPIENT.parse::<X25519Recipient>().unwrap())
}

/// Bytes that differ with the number.
fn noise(number: usize, len: usize) -> Vec<u8> {
    let block = Sha256::digest(number.to_le_bytes());
    block.iter().copied().cycle().take(len).collect()
}

fn text(bytes: &[u8]) -> String {
    BASE64_STANDARD_NO_PAD.encode(bytes)
}

/// As many stanzas as fit before the reader's.
fn many(one: impl Fn(usize) -> Stanza) -> Vec<Stanza> {
    let mut all: Vec<Stanza> = (1..STANZAS).map(one).collect();
    all.push(mine());
    all
}

/// The file with the reader's stanza and these statements.
fn with_statements(recipients: Vec<Stanza>, statements: &[Vec<u8>]) -> Forged {
    let about = file(recipients.clone());
    about.with(recipients, statements)
}

/// A record that makes the sender stanza as long as it may be, of statements of this kind.
fn record(by: Option<&SigningKey>, entries: usize) -> Forged {
    let about = file(vec![mine()]);
    let mut statements: Vec<Vec<u8>> = Vec::new();
    let mut len = 2;
    loop {
        let said = Said {
            kind: if statements.is_empty() { 1 } else { 2 },
            by,
            previous: statements
                .last()
                .map(|last: &Vec<u8>| Sha256::digest(last).into()),
            content: None,
            entries: (0..entries)
                .map(|entry| {
                    let id = noise(entry + statements.len(), 16).try_into().unwrap();
                    (1, 1, id)
                })
                .collect(),
        };
        let next = about.says(&said);
        len += next.len() + 4;
        if len + 16 > 256 << 10 {
            return with_statements(vec![mine()], &statements);
        }
        statements.push(next);
    }
}

/// Runs every command on a file, and checks that none is ended by a limit.
fn ends_soon(files: Vec<(&str, Vec<u8>)>) {
    let prlimit = need!("prlimit");
    let env = TestEnv::new().with_key();
    for (name, bytes) in files {
        assert!(bytes.len() <= HEADER + (8 << 20), "{name}: {}", bytes.len());
        env.write("x.age", bytes);
        for args in [
            &["inspect", "x.age"][..],
            &["inspect", "--json", "x.age"],
            &["decrypt", "-i", "key", "-o", "-", "x.age"],
            &["who", "-i", "key", "x.age"],
            &["verify", "-i", "key", "x.age"],
            &["read", "-i", "key", "x.age"],
        ] {
            let line = LIMITS.iter().copied().chain([env!("CARGO_BIN_EXE_bulla")]);
            let said = env
                .program(&prlimit, line.chain(args.iter().copied()))
                .run();
            assert!(
                matches!(said.code, Some(0 | 2 | 3 | 4 | 7 | 9)),
                "{name}: {args:?} ended with {:?}: {}",
                said.code,
                said.stderr.chars().take(300).collect::<String>()
            );
        }
    }
}

#[test]
fn long_headers_of_very_many_stanzas_types_or_arguments() {
    let long_type = |len: usize, number: usize| format!("{}{number:08}", "a".repeat(len - 8));
    let letters = ["b"; 64];
    let word = "w".repeat(60);
    let words = [&*word; 64];
    let line = "l".repeat((128 << 10) - 10);
    ends_soon(vec![
        (
            "empty stanzas",
            file(many(|_| stanza("a", &[], &[]))).file(),
        ),
        (
            "types of their own",
            file(many(|n| stanza(&format!("t{n}"), &[], &[]))).file(),
        ),
        (
            "two types in turn",
            file(many(|n| stanza(["a", "b"][n % 2], &[], &[]))).file(),
        ),
        (
            "long types that begin alike",
            file(many(|n| stanza(&long_type(4000, n), &[], &[]))).file(),
        ),
        (
            "one type of a whole line among short ones",
            file(many(|n| stanza(if n == 7 { &line } else { "a" }, &[], &[]))).file(),
        ),
        (
            "types of a whole line",
            file(
                (0..120)
                    .map(|n| stanza(&long_type(131_000, n), &[], &[]))
                    .collect(),
            )
            .file(),
        ),
        (
            "arguments of one letter",
            file(many(|_| stanza("a", &letters, &[]))).file(),
        ),
        (
            "arguments of sixty letters",
            file(many(|_| stanza("a", &words, &[]))).file(),
        ),
        (
            "an argument of a whole line",
            file((0..120).map(|_| stanza("a", &[&line], &[])).collect()).file(),
        ),
        (
            "wide bodies",
            file(many(|n| stanza("a", &[], &noise(n, 3000)))).file(),
        ),
        (
            "one body",
            file(vec![stanza("a", &[], &vec![7; 12_000_000]), mine()]).file(),
        ),
        (
            "grease",
            file(many(|n| {
                stanza(&format!("{n}-grease"), &["x"], &noise(n, 100))
            }))
            .file(),
        ),
        (
            "stanzas of a newer version",
            file(many(|n| stanza(&format!("bulla/{n}"), &[], &noise(n, 100)))).file(),
        ),
    ]);
}

#[test]
fn long_headers_of_very_many_stanzas_of_known_types() {
    let share = |n: usize| text(&noise(n, 32));
    let ciphertext = |n: usize| text(&noise(n, 1120));
    let x25519 = |n: usize| stanza("X25519", &[&share(n)], &noise(n, 32));
    let other = Forged {
        file_key: [7; 16],
        ..file(Vec::new())
    };
    let wrong = other.stanza_for(&RECIPIENT.parse::<X25519Recipient>().unwrap());
    let mut behind = many(x25519);
    behind.rotate_right(1);
    let mut malformed = many(x25519);
    malformed.insert(4000, stanza("X25519", &["AAAA"], &[7; 32]));
    malformed.remove(0);
    ends_soon(vec![
        ("X25519 of others before it", file(many(x25519)).file()),
        ("X25519 of others behind it", file(behind).file()),
        ("X25519 of the reader", file(many(|_| mine())).file()),
        (
            "X25519 of the reader with another file key",
            file(many(|_| wrong.clone())).file(),
        ),
        ("X25519, one malformed", file(malformed).file()),
        (
            "X25519 of low order",
            file(many(|_| stanza("X25519", &[&"A".repeat(43)], &[7; 32]))).file(),
        ),
        (
            "hybrid",
            file(many(|n| {
                stanza("mlkem768x25519", &[&ciphertext(n)], &noise(n, 32))
            }))
            .file(),
        ),
        (
            "hybrid, malformed",
            file(many(|n| {
                stanza("mlkem768x25519", &[&share(n)], &noise(n, 32))
            }))
            .file(),
        ),
        (
            "ssh-ed25519",
            file(many(|n| {
                stanza("ssh-ed25519", &["AAAAAA", &share(n)], &noise(n, 32))
            }))
            .file(),
        ),
        (
            "ssh-rsa",
            file(many(|n| stanza("ssh-rsa", &["AAAAAA"], &noise(n, 512)))).file(),
        ),
        (
            "piv-p256",
            file(many(|n| {
                stanza("piv-p256", &["AAAAAA", &share(n)], &noise(n, 32))
            }))
            .file(),
        ),
        (
            "p256tag",
            file(many(|n| {
                stanza("p256tag", &["AAAAAA", &share(n)], &noise(n, 32))
            }))
            .file(),
        ),
        (
            "mlkem768p256tag",
            file(many(|n| {
                stanza(
                    "mlkem768p256tag",
                    &["AAAAAA", &ciphertext(n)],
                    &noise(n, 32),
                )
            }))
            .file(),
        ),
        (
            "passphrases",
            file(many(|n| {
                stanza("scrypt", &[&text(&noise(n, 16)), "18"], &noise(n, 32))
            }))
            .file(),
        ),
        (
            "a passphrase beside a pad",
            file(vec![
                stanza("scrypt", &[&text(&noise(1, 16)), "20"], &noise(1, 32)),
                stanza("bulla/pad", &[], &[]),
            ])
            .file(),
        ),
    ]);
}

#[test]
fn long_records_as_long_as_they_may_be() {
    let signer = SigningKey::from_bytes(&[3; 32]);
    let about = file(vec![mine()]);
    let unknown = |first: u8| {
        let statements: Vec<Vec<u8>> = (0..50_000).map(|_| vec![first]).collect();
        with_statements(vec![mine()], &statements)
    };
    let said = |entries: Vec<(u8, u8, [u8; 16])>, recipients: Vec<Stanza>| {
        let about = file(recipients.clone());
        let says = about.says(&Said {
            kind: 1,
            by: None,
            previous: None,
            content: None,
            entries,
        });
        with_statements(recipients, &[says])
    };
    let named = |kind: u8, count: usize| -> Vec<(u8, u8, [u8; 16])> {
        (0..count)
            .map(|entry| (kind, 1, noise(entry, 16).try_into().unwrap()))
            .collect()
    };
    let listed = |kind: u8, tag: &str| {
        let one = |n: usize| stanza(tag, &[&text(&noise(n, 32))], &noise(n, 32));
        let mut recipients: Vec<Stanza> = (0..3500).map(one).collect();
        recipients.push(mine());
        let mut entries = named(kind, 3500);
        entries.push((1, 1, about.rid(RECIPIENT)));
        said(entries, recipients)
    };
    let hidden = {
        let recipients = many(|n| stanza("a", &[], &noise(n, 16)));
        let mut entries = vec![(0, 255, [0; 16]); 16];
        entries.push((0, 15, [0; 16]));
        entries.push((1, 1, about.rid(RECIPIENT)));
        said(entries, recipients)
    };
    let padded = |pad: Stanza| {
        let mut all = record(None, 1);
        all.stanzas.push(pad);
        all
    };
    let sender = |body: usize| {
        let all = vec![
            mine(),
            stanza("bulla/sender", &[&text(&[7; 16])], &vec![7; body]),
        ];
        file(all)
    };
    ends_soon(vec![
        ("unsigned changes", record(None, 0).file()),
        ("signed changes", record(Some(&signer), 0).file()),
        ("changes of a reader each", record(None, 1).file()),
        ("changes of 100 readers", record(None, 100).file()),
        (
            "changes of 3,500 readers",
            record(Some(&signer), 3500).file(),
        ),
        ("statements of an unknown kind", unknown(0xea).file()),
        ("statements that are cut off", unknown(1).file()),
        (
            "a list of keys that can be proved",
            listed(1, "X25519").file(),
        ),
        ("a list of keys that cannot", listed(2, "p256tag").file()),
        ("a list of SSH keys", listed(2, "ssh-ed25519").file()),
        ("a list of hidden readers", hidden.file()),
        (
            "a pad of zeros",
            padded(stanza("bulla/pad", &["000"], &vec![0; 11_000_000])).file(),
        ),
        (
            "a sender stanza that is too long",
            sender(12_000_000).file(),
        ),
        (
            "a sender stanza that does not open",
            sender(256 << 10).file(),
        ),
        (
            "sender stanzas",
            file(many(|n| {
                stanza("bulla/sender", &[&text(&noise(n, 16))], &noise(n, 512))
            }))
            .file(),
        ),
    ]);
}

#[test]
fn long_armor_around_long_headers() {
    let armored = |bytes: &[u8], ends: &str| {
        let mut writer = bulla_age::format::ArmorWriter::new(Vec::new()).unwrap();
        std::io::Write::write_all(&mut writer, bytes).unwrap();
        let text = String::from_utf8(writer.finish().unwrap()).unwrap();
        text.replace('\n', ends)
    };
    let wide = file(many(|n| stanza("a", &[], &noise(n, 2700)))).file();
    let small = file(vec![mine()]).file();
    let blank = " ".repeat(60).repeat(1000);
    let cut = wide[..wide.len() / 2].to_vec();
    let mut wrong = wide.clone();
    let at = wrong.len() - 100;
    wrong[at] ^= 1;
    ends_soon(vec![
        ("armor", armored(&wide, "\n").into_bytes()),
        ("armor of CR LF", armored(&wide, "\r\n").into_bytes()),
        (
            "blanks before the armor",
            format!("{blank}\n{}", armored(&small, "\n")).into_bytes(),
        ),
        (
            "empty lines behind the armor",
            format!("{}{}", armored(&small, "\n"), "\n".repeat(60_000)).into_bytes(),
        ),
        ("a header that is cut off", cut),
        ("a header with a wrong MAC", wrong),
    ]);
}

/// What a limit refuses says how to raise it, and then the file opens.
#[test]
fn a_limit_says_how_to_raise_it() {
    let env = TestEnv::new().with_key();
    let mut stanzas: Vec<Stanza> = (0..STANZAS).map(|_| stanza("a", &[], &[])).collect();
    stanzas.push(mine());
    env.write("many.age", file(stanzas).file());
    env.write(
        "wide.age",
        file(vec![stanza("a", &["b"; 65], &[]), mine()]).file(),
    );
    for (name, why, option) in [
        (
            "many.age",
            "has more than 4096 recipients",
            "--max-recipients",
        ),
        (
            "wide.age",
            "has a recipient with more than 64 arguments",
            "--max-arguments",
        ),
    ] {
        let refused = format!(
            "bulla: error: {name} {why}\n\
             bulla: hint: If you trust the source: {option} 65536\n"
        );
        for args in [
            &["inspect"][..],
            &["decrypt", "-i", "key", "-o", "-"],
            &["who", "-i", "key"],
            &["verify", "-i", "key"],
        ] {
            let line = args.iter().copied().chain([name]);
            env.bulla(line.clone()).run().assert(4, "", &refused);
            let raised = env.bulla(line.chain([option, "65536"])).run();
            assert_eq!(raised.code, Some(0), "{args:?}: {}", raised.stderr);
        }
    }
}

/// Thousands of stanzas that many keys would have to be tried on.
#[test]
fn too_many_keys_for_too_many_recipients_are_refused() {
    let env = TestEnv::new().with_key();
    let x25519 = |n: usize| stanza("X25519", &[&text(&noise(n, 32))], &noise(n, 32));
    env.write("x.age", file(many(x25519)).file());
    let mut keys = String::new();
    for number in 0..5 {
        let key = bulla_age::kinds::X25519Identity::from_bytes(&[number; 32]);
        use bulla_age::ExposeSecret;
        keys += key.to_text().expose_secret();
        keys += "\n";
    }
    env.write("keys", keys);
    let args = ["decrypt", "-i", "keys", "-i", "key", "-o", "-", "x.age"];
    env.bulla(args).run().assert(
        7,
        "",
        "bulla: error: x.age has too many recipients to try all your keys\n\
         bulla: hint: Choose one key with -i PATH; or, if you trust the source: \
         --max-recipients 65536\n",
    );
    let raised = env
        .bulla(args.iter().chain(&["--max-recipients", "65536"]))
        .run();
    assert_eq!(raised.stdout, b"contents\n", "{}", raised.stderr);
}
