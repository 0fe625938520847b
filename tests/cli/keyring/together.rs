//! Several people, each with a keyring.

use crate::env::{Outcome, TestEnv};
use crate::tools::{skip, tool};

const TEXT: &[u8] = b"meet me at noon\n";

/// A folder with the keyrings of several people.
struct Together {
    env: TestEnv,
}

impl Together {
    /// Gives each person an identity; `classic` ones for older versions of age.
    fn new(people: &[(&str, bool)]) -> Self {
        let together = Self {
            env: TestEnv::new(),
        };
        for (person, classic) in people {
            let kind: &[&str] = if *classic { &["--classic"] } else { &[] };
            together.does(
                person,
                &[&["identity", "new", "--no-passphrase"], kind].concat(),
            );
            together.env.write("note", TEXT);
            let file = format!("{person}.keys");
            together.does(person, &["identity", "export", "-o", &file]);
            if !classic {
                let both = together
                    .does(person, &["identity", "export", "--classic"])
                    .stdout;
                let hybrid = together.env.read(&file);
                together.env.write(&file, [hybrid, both].concat());
            }
        }
        together
    }

    fn run(&self, person: &str, line: &[&str]) -> Outcome {
        self.env
            .bulla(line)
            .env("BULLA_HOME", self.env.path(format!("{person}.bulla")))
            .run()
    }

    #[track_caller]
    fn does(&self, person: &str, line: &[&str]) -> Outcome {
        let done = self.run(person, line);
        assert_eq!(done.code, Some(0), "{person}: {line:?}: {}", done.stderr);
        done
    }

    /// The secret line of one kind.
    fn secret(&self, person: &str, kind: &str) -> String {
        let file = format!("{person}{kind}.secret");
        self.does(
            person,
            &["identity", "export", "--secret", kind, "-f", "-o", &file],
        );
        file
    }
}

#[test]
fn only_recipients_open_a_file() {
    let together = Together::new(&[
        ("me", false),
        ("alice", false),
        ("bob", false),
        ("carol", true),
        ("eve", false),
    ]);
    for friend in ["alice", "bob", "carol"] {
        together.does("me", &["contact", "add", friend, &format!("{friend}.keys")]);
    }
    together.does("me", &["group", "create", "friends", "bob", "carol"]);
    together.does("me", &["group", "create", "close", "bob"]);

    let quantum = together.does(
        "me",
        &[
            "encrypt",
            "--to",
            "alice",
            "--to",
            "close",
            "-o",
            "quantum.age",
            "note",
        ],
    );
    assert!(
        quantum
            .stderr
            .contains("Encrypted quantum.age for alice, bob and you\n"),
        "{}",
        quantum.stderr
    );
    assert!(!quantum.stderr.contains("classic"), "{}", quantum.stderr);
    let classic = together.does(
        "me",
        &[
            "encrypt",
            "--to",
            "alice",
            "--to",
            "friends",
            "-o",
            "classic.age",
            "note",
        ],
    );
    assert!(
        classic
            .stderr
            .contains("Encrypted classic.age for alice, bob, carol and you\n"),
        "{}",
        classic.stderr
    );
    assert!(
        classic
            .stderr
            .contains("Using classic keys for everyone, because carol has no post-quantum key"),
        "{}",
        classic.stderr
    );

    for (file, readers) in [
        ("quantum.age", &["me", "alice", "bob"][..]),
        ("classic.age", &["me", "alice", "bob", "carol"]),
    ] {
        for person in ["me", "alice", "bob", "carol", "eve"] {
            let opened = together.run(person, &["decrypt", file, "-o", "-"]);
            match readers.contains(&person) {
                true => assert_eq!(
                    (opened.code, opened.stdout.as_slice()),
                    (Some(0), TEXT),
                    "{person}: {}",
                    opened.stderr
                ),
                false => assert_eq!(
                    (opened.code, opened.stdout.as_slice()),
                    (Some(3), &b""[..]),
                    "{person}: {}",
                    opened.stderr
                ),
            }
        }
    }
    let own = String::from_utf8(together.env.read("me.keys")).unwrap();
    let own = own.lines().find(|line| line.starts_with("age1")).unwrap();
    let twice = together.does("me", &["encrypt", "--to", own, "-o", "own.age", "note"]);
    assert_eq!(twice.stderr, "Encrypted own.age for you\n");
    let wrong = together.run(
        "me",
        &[
            "encrypt",
            "--to",
            "alice",
            "--expect-recipients",
            "1",
            "-o",
            "x.age",
            "note",
        ],
    );
    assert_eq!(wrong.code, Some(7), "{}", wrong.stderr);
    let alone = [
        "encrypt",
        "--to",
        "alice",
        "--no-self",
        "--expect-recipients",
        "1",
        "-o",
        "alone.age",
        "note",
    ];
    together.does("me", &alone);
    assert_eq!(
        together
            .run("me", &["decrypt", "alone.age", "-o", "-"])
            .code,
        Some(3)
    );
}

#[test]
fn other_tools_open_files_encrypted_to_contacts() {
    let together = Together::new(&[("me", false), ("alice", false), ("carol", true)]);
    for friend in ["alice", "carol"] {
        together.does("me", &["contact", "add", friend, &format!("{friend}.keys")]);
    }
    together.does(
        "me",
        &["encrypt", "--to", "alice", "-o", "quantum.age", "note"],
    );
    together.does(
        "me",
        &[
            "encrypt",
            "--to",
            "alice",
            "--to",
            "carol",
            "-o",
            "classic.age",
            "note",
        ],
    );
    let (alice, carol) = (
        together.secret("alice", "--classic"),
        together.secret("carol", "--classic"),
    );
    for name in ["age", "rage"] {
        let Some(program) = tool(name) else {
            skip(&format!("{name} not installed"));
            continue;
        };
        for identity in [&alice, &carol] {
            let opened = together
                .env
                .program(&program, ["-d", "-i", identity, "classic.age"])
                .run();
            assert_eq!(
                (opened.code, opened.stdout.as_slice()),
                (Some(0), TEXT),
                "{name}: {}",
                opened.stderr
            );
        }
    }
    let hybrid = together.secret("alice", "--hybrid");
    let Some((node, modules)) = crate::found::node() else {
        return;
    };
    let text = String::from_utf8(together.env.read(&hybrid)).unwrap();
    let line = text
        .lines()
        .find(|line| line.starts_with("AGE-SECRET-KEY-PQ-1"))
        .unwrap();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/interop/typescript.mjs");
    let opening = [
        script,
        "decrypt",
        "identity",
        line,
        "binary",
        "quantum.age",
        "opened",
    ];
    let opened = together
        .env
        .program(&node, opening)
        .env("BULLA_NODE_MODULES", modules)
        .run();
    assert_eq!(opened.code, Some(0), "{}", opened.stderr);
    assert_eq!(together.env.read("opened"), TEXT);
}
