//! Contacts that are added from a card alone, or from a name alone, and names in all scripts.

use crate::env::{Outcome, TestEnv};
use crate::people::{ONE, TWO};

/// A keyring and, in `alice.card`, `alice.asc` and `me.card`, the cards of somebody else.
fn env() -> TestEnv {
    let env = TestEnv::new();
    let new = ["identity", "new", "--no-passphrase", "-q"];
    env.does_as_eve(&[&new[..], &["--card-name", "Alice Example"]].concat());
    env.does_as_eve(&["card", "-q", "-o", "alice.card"]);
    env.does_as_eve(&["card", "-q", "--armor", "-o", "alice.asc"]);
    env.does_as_eve(&[&new[..], &["another", "--card-name", "me"]].concat());
    env.does_as_eve(&["card", "-q", "--as", "another", "-o", "me.card"]);
    env
}

fn add(env: &TestEnv, args: &[&str]) -> Outcome {
    env.bulla([&["contact", "add"], args].concat()).run()
}

fn has(env: &TestEnv, name: &str) -> bool {
    env.keyring_path(&format!("contacts/{name}.toml")).exists()
}

#[test]
fn a_card_alone_asks_whether_its_name_is_right() {
    let env = env();
    for (answer, name) in [
        ("\n", "alice-example"),
        ("y\n", "alice-example"),
        ("a b\nAlice\n", "Alice"),
    ] {
        let run = env.bulla(["contact", "add", "alice.card"]);
        let Some(terminal) = run.on_terminal() else {
            return;
        };
        terminal
            .wait_for("The card is named \"Alice Example\"")
            .wait_for("Add as alice-example? [Y/n or another name]")
            .keys(answer)
            .wait_for(&format!("Added contact {name}"));
        assert_eq!(terminal.end().code, Some(0), "{answer:?}");
        env.does(&["contact", "remove", "-q", name]);
        std::fs::remove_file(env.keyring_path(&format!("contacts/{name}.toml"))).unwrap();
    }
    let terminal = env.bulla(["contact", "add", "alice.card"]).on_terminal();
    let terminal = terminal.unwrap();
    terminal.wait_for("Add as alice-example?").keys("n\n");
    terminal.wait_for("Nothing was added");
    assert_eq!(terminal.end().code, Some(7));
    assert!(!has(&env, "alice-example"));
}

#[test]
fn a_card_alone_without_a_terminal_needs_a_name_or_yes() {
    let env = env();
    assert_eq!(
        env.fails(2, &["contact", "add", "alice.card"]),
        "bulla: error: A name for the contact is needed. The card is named \"Alice Example\"\n\
         bulla: hint: Choose a name: bulla contact add alice-example alice.card; or take the one on \
         the card with --yes\n"
    );
    let added = add(&env, &["--yes", "alice.card"]);
    assert_eq!(added.code, Some(0), "{}", added.stderr);
    assert!(added.stderr.starts_with("Added contact alice-example\n"));
    // The same card again renews the contact it already has, whatever that is called.
    env.does(&["contact", "rename", "-q", "alice-example", "ally"]);
    let again = add(&env, &["alice.card"]);
    assert_eq!(again.code, Some(0), "{}", again.stderr);
    assert!(again.stderr.starts_with("Nothing changed: ally has had"));
}

#[test]
fn a_name_on_a_card_that_tells_nothing_or_is_taken_is_not_suggested() {
    let env = env();
    assert_eq!(
        env.fails(2, &["contact", "add", "--yes", "me.card"]),
        "bulla: error: The card is named \"me\"\n\
         bulla: hint: Choose a name: bulla contact add NAME me.card\n"
    );
    env.does(&["contact", "add", "-q", "ALICE-EXAMPLE", ONE]);
    let taken = env.fails(2, &["contact", "add", "--yes", "alice.card"]);
    assert!(
        taken.contains("but there is already a ALICE-EXAMPLE\n"),
        "{taken}"
    );
    let terminal = env.bulla(["contact", "add", "alice.card"]).on_terminal();
    let Some(terminal) = terminal else { return };
    terminal
        .wait_for(
            "If these are new keys of ALICE-EXAMPLE: bulla contact add ALICE-EXAMPLE alice.card",
        )
        .wait_for("Add under which name? (press Enter to cancel)")
        .keys("alice-example\n")
        .wait_for("There is already a ALICE-EXAMPLE")
        .keys("other\n")
        .wait_for("Added contact other");
    assert_eq!(terminal.end().code, Some(0));
}

#[test]
fn a_name_alone_waits_for_a_paste_that_ends_with_the_card() {
    let env = env();
    // No terminal program marks these pastes, and nobody presses Ctrl-D.
    for (name, file) in [("alice", "alice.asc"), ("plain", "alice.card")] {
        let text = String::from_utf8(env.read(file)).unwrap();
        let Some(terminal) = env.bulla(["contact", "add", name]).on_terminal() else {
            return;
        };
        terminal.wait_for(&format!("Paste {name}'s card or keys"));
        terminal
            .keys(&text)
            .wait_for("from a paste, in a card named");
        let ended = terminal.end();
        assert_eq!(ended.code, Some(0), "{}", ended.text());
        env.does(&["contact", "remove", "-q", name]);
    }
    let terminal = env.bulla(["contact", "add"]).on_terminal().unwrap();
    terminal.wait_for("Paste the card or keys");
    terminal.keys(&String::from_utf8(env.read("alice.asc")).unwrap());
    terminal.wait_for("Add as alice-example?").keys("\n");
    terminal.wait_for("Added contact alice-example");
    assert_eq!(terminal.end().code, Some(0));
}

#[test]
fn a_name_alone_reads_standard_input() {
    let env = env();
    let card = env.read("alice.asc");
    let added = env.bulla(["contact", "add", "alice"]).stdin(card).run();
    assert_eq!(added.code, Some(0), "{}", added.stderr);
    assert!(
        added
            .stderr
            .contains("from standard input, in a card named")
    );
    // A file that only happens to have the name is not in the way.
    env.write("bob", "notes");
    let added = env.bulla(["contact", "add", "bob"]).stdin(TWO).run();
    assert_eq!(added.code, Some(0), "{}", added.stderr);
    assert!(has(&env, "bob"));
    let none = "bulla: error: No card or keys were given\n\
                bulla: hint: Pass a file, or their key: bulla contact add NAME FILE\n";
    assert_eq!(env.fails(2, &["contact", "add", "carol"]), none);
    let key = env.fails(2, &["contact", "add", ONE]);
    assert!(key.contains("bulla contact add NAME RECIPIENT"), "{key}");
    let keys = env.write("keys.txt", ONE);
    let keys = env.fails(2, &["contact", "add", keys.to_str().unwrap()]);
    assert!(keys.contains("because this is not a card"), "{keys}");
    let missing = env.fails(6, &["contact", "add", "dora.card"]);
    assert!(missing.contains("dora.card"), "{missing}");
}

#[test]
fn verify_says_where_the_other_person_finds_the_number() {
    let env = env();
    env.does(&["contact", "add", "-q", "alice", "alice.card"]);
    env.does(&["contact", "add", "-q", "bob", ONE]);
    for (name, hint) in [
        (
            "alice",
            "Ask alice to read you their safety number, in person or by phone. They find it with: bulla \
             identity show --number",
        ),
        (
            "bob",
            "Ask bob to read you their check value, in person or by phone. They find it with: bulla \
             identity show",
        ),
    ] {
        let verify = ["contact", "verify", name];
        let Some(terminal) = env.bulla(verify).on_terminal() else {
            return;
        };
        terminal.wait_for("as ").keys("\x04");
        let shown = terminal.end().text();
        let shown = shown.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(shown.contains(hint), "{shown}");
    }
}

#[test]
fn names_have_any_letters_and_files_only_ascii() {
    let env = TestEnv::new();
    for (name, file) in [
        ("José", "Jos%C3%A9"),
        ("李雷", "%E6%9D%8E%E9%9B%B7"),
        ("alice@example.org", "alice@example.org"),
    ] {
        env.does(&["contact", "add", "-q", name, ONE]);
        assert!(has(&env, file), "{name}");
        let listed = env.does(&["contact", "list"]);
        assert!(listed.contains(name), "{listed}");
        env.write("plain", "plain");
        let said = env.does(&["encrypt", "-f", "--no-self", "--to", name, "plain"]);
        assert!(
            said.contains(&format!("Encrypted plain.age for {name}\n")),
            "{said}"
        );
        env.does(&["group", "create", "-q", "équipe", name]);
        env.does(&["contact", "rename", "-q", name, "Ольга"]);
        assert!(env.does(&["group", "show", "équipe"]).contains("Ольга"));
        env.does(&["group", "remove", "-q", "équipe"]);
        env.does(&["contact", "rename", "-q", "Ольга", name]);
        std::fs::remove_file(env.keyring_path(&format!("contacts/{file}.toml"))).unwrap();
    }
    env.does(&["identity", "new", "-q", "--no-passphrase", "Žofie"]);
    env.does(&["identity", "rename", "-q", "Žofie", "zoé@example.org"]);
    let to_oneself = ["encrypt", "-q", "--to", "zoé@example.org"];
    env.does(&[&to_oneself[..], &["plain", "-fo", "own.age"]].concat());
    env.does(&["decrypt", "-q", "-fo", "plain", "own.age"]);
    let found = env.bulla(["doctor"]).run();
    let found = String::from_utf8(found.stdout).unwrap();
    assert!(!found.contains("invalid name"), "{found}");
}

#[test]
fn an_accent_typed_as_two_characters_is_the_same_name() {
    let env = TestEnv::new();
    env.does(&["contact", "add", "-q", "José", ONE]);
    assert!(
        env.does(&["contact", "show", "Jose\u{301}"])
            .contains("José")
    );
}

#[test]
fn a_name_that_looks_like_one_in_use_is_refused() {
    let env = TestEnv::new();
    env.does(&["contact", "add", "-q", "alice", ONE]);
    // The first letter is Cyrillic.
    for name in ["аlice", "a1ice"] {
        for args in [
            &["contact", "add", name, TWO][..],
            &["identity", "new", "--no-passphrase", name],
            &["group", "create", name, "alice"],
        ] {
            assert_eq!(
                env.fails(7, args),
                format!(
                    "bulla: error: The name {name} can be mistaken for alice, which is a contact\n\
                     bulla: hint: Choose a name that nobody can confuse with it\n"
                )
            );
        }
    }
    env.does(&["contact", "add", "-q", "bob", TWO]);
    assert!(
        env.fails(7, &["contact", "rename", "bob", "ALlCE"])
            .contains("alice")
    );
    env.does(&["contact", "rename", "-q", "bob", "b0b"]);
    for bad in ["a\u{202e}b", "a\u{200d}b", "a b", "a\tb", "\u{301}a"] {
        assert!(
            env.fails(2, &["contact", "add", bad, TWO])
                .contains("Invalid name"),
            "{bad:?}"
        );
    }
}

#[test]
fn look_alikes_of_an_older_keyring_still_work_in_ascii() {
    let env = TestEnv::new();
    let contact = |name: &str, key: &str| {
        let text =
            format!("recipients = [\"{key}\"]\nadded = \"2026-11-23\"\nsource = \"a test\"\n");
        env.in_keyring(&format!("contacts/{name}.toml"), text);
    };
    contact("bob", ONE);
    contact("b0b", TWO);
    env.does(&["contact", "show", "b0b"]);
    env.does(&["contact", "rename", "-q", "b0b", "robert"]);
}

#[test]
fn a_look_alike_beside_an_identity_is_ambiguous() {
    let env = TestEnv::new();
    env.does(&["identity", "new", "-q", "--no-passphrase", "alice"]);
    let text = format!("recipients = [\"{ONE}\"]\nadded = \"2026-11-23\"\nsource = \"a push\"\n");
    // Cyrillic, as it would come from a hostile push.
    env.in_keyring("contacts/%D0%B0lice.toml", text);
    env.write("plain", "plain");
    let said = env.fails(8, &["encrypt", "--to", "аlice", "plain"]);
    assert!(said.contains("share a name"), "{said}");
}
