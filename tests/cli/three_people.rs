//! Three people, each with a keyring, from their first cards to the end of a key: every message
//! they see.

use crate::env::TestEnv;
use crate::transcript::Transcript;

/// Gives a person a fixed identity and a card.
fn begins(env: &TestEnv, whose: &str, name: &str, seed: [u8; 32]) {
    let words = bip39::Mnemonic::from_entropy(&seed).unwrap().to_string();
    let run = |args: &[&str], stdin: &str| {
        let said = env
            .bulla(args)
            .env("BULLA_HOME", env.path(whose))
            .stdin(stdin)
            .run();
        assert_eq!(said.code, Some(0), "{}", said.stderr);
    };
    run(
        &[
            "identity",
            "restore",
            "me",
            "--no-passphrase",
            "--classic",
            "-q",
        ],
        &words,
    );
    run(
        &["card", "-q", "--name", name, "-o", &format!("{whose}.card")],
        "",
    );
}

fn number(env: &TestEnv, whose: &str) -> String {
    let said = env
        .bulla(["identity", "show", "--number"])
        .env("BULLA_HOME", env.path(whose))
        .run();
    String::from_utf8(said.stdout).unwrap().trim().to_owned()
}

/// The recipient in a card.
fn recipient(env: &TestEnv, card: &str) -> String {
    let card = String::from_utf8(env.read(card)).unwrap();
    card.lines()
        .find(|line| line.starts_with("age1"))
        .unwrap()
        .to_owned()
}

#[test]
fn three_people_from_first_to_last() {
    let env = TestEnv::new();
    let mut all = Transcript::default();
    for (whose, name, seed) in [
        ("alice", "Alice Example", [1; 32]),
        ("bob", "Bob", [2; 32]),
        ("carol", "Carol", [3; 32]),
    ] {
        begins(&env, whose, name, seed);
    }
    env.write("letter", "Dear both\n");

    all.note("cards are exchanged, and numbers are checked");
    for (whose, other) in [
        ("alice", "bob"),
        ("bob", "alice"),
        ("bob", "carol"),
        ("carol", "bob"),
        ("carol", "alice"),
    ] {
        all.run(
            &env,
            whose,
            &["contact", "add", other, &format!("{other}.card")],
        );
    }
    let alices = number(&env, "alice");
    all.run(
        &env,
        "bob",
        &[
            "contact",
            "verify",
            "alice",
            "--check",
            &number(&env, "carol"),
        ],
    );
    all.run(
        &env,
        "bob",
        &["contact", "verify", "alice", "--check", &alices],
    );
    all.run(
        &env,
        "carol",
        &["contact", "verify", "bob", "--check", &number(&env, "bob")],
    );
    let typed = env
        .bulla(["contact", "verify", "carol"])
        .env("BULLA_HOME", env.path("bob"))
        .on_terminal();
    if let Some(terminal) = typed {
        terminal
            .wait_for("as carol reads it to you")
            .keys(&format!("{}\n", number(&env, "carol")));
        assert_eq!(terminal.end().code, Some(0));
    } else {
        return;
    }
    all.run(&env, "bob", &["contact", "list"]);

    all.note("alice closes a letter for bob and herself; bob lets carol in");
    all.run(
        &env,
        "alice",
        &["encrypt", "--sign", "--to", "bob", "letter"],
    );
    for whose in ["alice", "bob", "carol"] {
        all.run(&env, whose, &["who", "letter.age"]);
    }
    all.run(
        &env,
        "bob",
        &["share", "--sign", "letter.age", "--to", "carol"],
    );
    for whose in ["alice", "bob", "carol"] {
        all.run(&env, whose, &["who", "letter.age"]);
    }
    all.run(
        &env,
        "carol",
        &["decrypt", "--from", "alice", "-o", "-", "letter.age"],
    );
    all.run(&env, "carol", &["who", "-q", "--strict", "letter.age"]);

    all.note("carol is taken out again; then bob closes it anew for her");
    all.run(
        &env,
        "bob",
        &["unshare", "--sign", "letter.age", "--drop", "carol"],
    );
    for whose in ["alice", "bob", "carol"] {
        all.run(&env, whose, &["who", "letter.age"]);
    }
    std::fs::copy(env.path("letter.age"), env.path("kept.age")).unwrap();
    all.run(
        &env,
        "bob",
        &["reseal", "--sign", "letter.age", "--to", "carol"],
    );
    for whose in ["alice", "bob", "carol"] {
        all.run(&env, whose, &["who", "letter.age"]);
    }

    all.note("alice makes new keys: the old file opens, bob takes the new card and is told once");
    let old = recipient(&env, "alice.card");
    all.run(&env, "alice", &["identity", "rotate"]);
    all.run(&env, "alice", &["card", "-q", "-o", "alice-2.card"]);
    assert_ne!(recipient(&env, "alice-2.card"), old);
    all.run(&env, "alice", &["decrypt", "-q", "-o", "-", "kept.age"]);
    for _ in 0..2 {
        all.run(&env, "bob", &["contact", "add", "alice", "alice-2.card"]);
    }
    all.run(
        &env,
        "bob",
        &[
            "encrypt", "--sign", "--to", "alice", "-o", "new.age", "letter",
        ],
    );
    all.run(&env, "alice", &["who", "new.age"]);
    all.run(&env, "bob", &["who", "kept.age"]);

    all.note("carol has a new seed: bob checked the old one, and decides");
    all.run(
        &env,
        "carol",
        &[
            "encrypt",
            "--sign",
            "--to",
            "bob",
            "-o",
            "carols.age",
            "letter",
        ],
    );
    all.run(&env, "carol", &["identity", "succeed", "--yes"]);
    all.run(&env, "carol", &["card", "-q", "-o", "carol-2.card"]);
    all.run(&env, "bob", &["contact", "add", "carol", "carol-2.card"]);
    all.run(
        &env,
        "bob",
        &[
            "encrypt",
            "-q",
            "--to",
            "carol",
            "-o",
            "refused.age",
            "letter",
        ],
    );
    assert!(!env.path("refused.age").exists());
    let carols = number(&env, "carol");
    all.run(
        &env,
        "bob",
        &["contact", "resolve", "carol", "--check", &carols],
    );
    all.run(&env, "bob", &["who", "carols.age"]);
    all.run(&env, "bob", &["who", "-q", "--from", "carol", "carols.age"]);
    all.run(
        &env,
        "bob",
        &[
            "encrypt",
            "--sign",
            "--to",
            "carol",
            "-o",
            "after.age",
            "letter",
        ],
    );
    all.run(&env, "carol", &["who", "after.age"]);

    all.note("alice revokes hers");
    all.run(
        &env,
        "alice",
        &[
            "identity",
            "revoke",
            "--reason",
            "lost",
            "--yes",
            "-o",
            "revocation",
        ],
    );
    all.run(&env, "bob", &["contact", "revoke", "revocation"]);
    all.run(
        &env,
        "bob",
        &["encrypt", "--to", "alice", "-o", "refused.age", "letter"],
    );
    all.run(&env, "bob", &["who", "kept.age"]);
    all.run(
        &env,
        "bob",
        &["decrypt", "--from", "alice", "-o", "-", "kept.age"],
    );
    all.run(&env, "bob", &["contact", "list"]);

    all.name(&carols, "[CAROL'S NEW NUMBER]");
    all.name(&recipient(&env, "carol-2.card"), "[CAROL'S NEW KEY]");
    all.compare("three_people");
}
