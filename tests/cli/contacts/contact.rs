//! Contacts, from the first key to the tombstone.

use std::os::unix::fs::PermissionsExt;

use crate::env::TestEnv;
use crate::people::{CHECK_OF_ONE, CHECK_OF_TWO, ONE, TWO};
use crate::someone::RECIPIENT;
use crate::tools::need;

const SSH: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJWhYsO+aZMICl9M212RgvpRBIDk5a0hM9N6VaG5+sog";
const ECDSA: &str = "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBNneBC3M8y1ylVqGSKI3QkUzMuvH/AvnYTsLH6dzL40l1NjhvFuzK98DuafQb6nltFond9a83y0PC3Qnuf9FtH0= x";

const CHANGED: &str = "bulla: error: alice has two different sets of keys. Decide which are right before \
    encrypting\n\
    bulla: hint: Saved on [DAY]: check value 22a000b9c8b579fd2539d939e08cd3fd; other keys \
    arrived on [DAY]\n\
    bulla: hint: Ask alice in person or by phone, then: bulla contact resolve alice\n";

fn with_alice() -> TestEnv {
    let env = TestEnv::new();
    env.does(&["contact", "add", "alice", ONE]);
    env.write("plain", "plain");
    env
}

#[test]
fn a_contact_is_added_and_written_to_by_name() {
    let env = TestEnv::new().with_key();
    assert_eq!(
        env.does(&["contact", "list"]),
        "No contacts yet\nbulla: hint: Add someone, from their card: bulla contact add FILE\n"
    );
    assert_eq!(
        env.does(&["contact", "add", "someone", RECIPIENT]),
        format!(
            "Added contact someone\n1 key from the command line:\n  classic: {RECIPIENT}\n\
             bulla: hint: Check with someone in person or by phone that these keys are right: bulla \
             contact verify someone\n"
        )
    );
    env.write("plain", "plain");
    env.does(&["encrypt", "--to", "someone", "plain"]);
    env.bulla(["decrypt", "-q", "-i", "key", "plain.age", "-o", "-"])
        .run()
        .assert(0, "plain", "");
    let again = env.does(&["contact", "add", "someone", RECIPIENT, RECIPIENT]);
    assert!(
        again.starts_with("Nothing changed: someone has had these keys since [DAY]\n"),
        "{again}"
    );
}

#[test]
fn keys_come_from_files_of_every_kind_and_standard_input() {
    let env = TestEnv::new();
    env.write("people.txt", format!("# two\n\n{ONE}\r\n{TWO}\n"));
    env.write("github.keys", format!("{ECDSA}\n{SSH}\n"));
    env.write("id.pub", format!("{SSH} somebody@there\n"));
    env.write("only.keys", format!("{ECDSA}\n"));
    let said = env.bulla([
        "contact",
        "add",
        "alice",
        "people.txt",
        "github.keys",
        "id.pub",
        "-",
        ONE,
    ]);
    let said = said.stdin(format!("{RECIPIENT}\n")).run().text();
    let short = format!("{}…{}", &SSH[..24], &SSH[SSH.len() - 8..]);
    let short = if SSH.len() > 100 {
        short
    } else {
        SSH.to_owned()
    };
    assert_eq!(
        said,
        format!(
            "bulla: warning: Skipped github.keys, line 1: an SSH key of an unsupported type \
             (ecdsa-sha2-nistp256)\n\
             Added contact alice\n\
             4 keys from people.txt, github.keys, id.pub, standard input, the command line:\n  \
             classic: {ONE}\n  classic: {TWO}\n  classic (SSH): {short}\n  classic: {RECIPIENT}\n\
             bulla: hint: Check with alice in person or by phone that these keys are right: bulla contact \
             verify alice\n"
        )
    );
    for (code, args, text) in [
        (
            2,
            &["bob", "only.keys"][..],
            "bulla: error: only.keys contains no key that can be used: line 1: an SSH key of an unsupported \
             type (ecdsa-sha2-nistp256)\n",
        ),
        (
            6,
            &["bob", "nofile"],
            "bulla: error: nofile does not exist\n\
             bulla: hint: Pass an age1… recipient, an SSH key in quotes, or an existing file\n",
        ),
        (
            2,
            &["bob", "ssh-ed25519", "AAAA"],
            "bulla: error: An SSH key consists of several words\n\
             bulla: hint: Put the whole key in quotes, or pass the key file instead\n",
        ),
        (
            2,
            &["bob", &ONE[..50]],
            "bulla: error: Recipient 1 is damaged or incomplete: the checksum is wrong\n",
        ),
        (
            2,
            &["bob", "age1pq1abc…xyz"],
            "bulla: error: Recipient 1 is shortened\n\
             bulla: hint: Ask for their card: bulla card\n",
        ),
        (
            2,
            &["age1bob", ONE],
            "bulla: error: Invalid name \"age1bob\": it looks like a recipient\n",
        ),
        (
            2,
            &["bob", "-", "-"],
            "bulla: error: Standard input (-) can be read only once\n",
        ),
    ] {
        let args: Vec<&str> = ["contact", "add"].iter().chain(args).copied().collect();
        let stdin = format!("{ONE}\n");
        let said = env.bulla(&args).stdin(stdin).run();
        assert_eq!(
            (said.code, said.text().as_str()),
            (Some(code), text),
            "{args:?}"
        );
    }
    let secret = "AGE-SECRET-KEY-19HNCHT9KJQKQQJK456JTMN6EHHW9THQT9KJ77M9ACE5DCTMFV7XSRMQLQ3";
    for secret in [secret, &secret[1..]] {
        let said = env.fails(2, &["contact", "add", "bob", secret]);
        assert!(!said.contains("HNCHT"), "{said}");
    }
    assert_eq!(env.read_in_keyring("contacts/bob.toml"), "");
}

#[test]
fn different_keys_are_set_aside_and_block_encryption() {
    let env = with_alice();
    env.does(&["group", "create", "friends", "alice"]);
    let said = env.fails(7, &["contact", "add", "alice", TWO]);
    let before = format!(
        "bulla: warning: These are not the keys you have saved for alice. The saved keys are \
         kept\n\
         1 key from the command line:\n  classic: {TWO}\n"
    );
    assert_eq!(said, format!("{before}{CHANGED}"));
    env.write("one", format!("{RECIPIENT}\n{ONE}\n"));
    let sending: [&[&str]; 8] = [
        &["encrypt", "--to", "alice", "plain"],
        &["encrypt", "--to", ONE, "plain"],
        &["encrypt", "-r", ONE, "plain"],
        &["encrypt", "-r", TWO, "plain"],
        &["encrypt", "-R", "one", "plain"],
        &["encrypt", "--to", "friends", "plain"],
        &["contact", "verify", "alice", "--check", CHECK_OF_ONE],
        &["contact", "export", "alice"],
    ];
    for args in sending {
        assert_eq!(env.fails(7, args), CHANGED, "{args:?}");
    }
    assert_eq!(env.list(), ["one", "plain"]);
    assert_eq!(
        env.does(&["contact", "list"]),
        "alice  classic  not verified, CHANGED on [DAY]  since [DAY]\n"
    );
    let same = env.fails(7, &["contact", "add", "alice", ONE]);
    assert!(
        same.starts_with("Nothing changed: alice has had these keys since [DAY]\n"),
        "{same}"
    );
    let third = env.fails(7, &["contact", "add", "alice", RECIPIENT]);
    assert!(
        third.contains("warning: Dropped the different keys that arrived on [DAY]\n"),
        "{third}"
    );
}

#[test]
fn resolve_decides_between_keys() {
    let env = with_alice();
    env.does(&["contact", "verify", "alice", "--check", CHECK_OF_ONE]);
    let nothing = "bulla: error: alice's keys have not changed, so there is nothing to decide\n";
    assert_eq!(
        env.fails(2, &["contact", "resolve", "alice", "--keep"]),
        nothing
    );
    env.fails(7, &["contact", "add", "alice", TWO]);
    let against = format!(
        "Saved on [DAY], from the command line: 1 key, check value {CHECK_OF_ONE}\n\
         New keys arrived on [DAY], from the command line: 1 key\n"
    );
    assert_eq!(
        env.fails(7, &["contact", "resolve", "alice", "--check", CHECK_OF_ONE]),
        format!(
            "{against}bulla: error: The check value does not match the new keys; nothing changed\n\
             bulla: hint: That is the number of the keys you already have. To keep them: bulla \
             contact resolve alice --keep\n"
        )
    );
    let wrong = env.fails(7, &["contact", "resolve", "alice", "--check", "1234"]);
    assert!(
        wrong.contains("The check value does not match alice's keys; nothing changed"),
        "{wrong}"
    );
    assert!(!wrong.contains(CHECK_OF_TWO), "{wrong}");
    assert_eq!(
        env.does(&["contact", "resolve", "alice", "--keep"]),
        format!("{against}Kept alice's saved keys and dropped the new ones\n")
    );
    let list = env.does(&["contact", "list"]);
    assert_eq!(list, "alice  classic  verified on [DAY]  since [DAY]\n");

    env.fails(7, &["contact", "add", "alice", TWO]);
    assert_eq!(
        env.does(&["contact", "resolve", "alice", "--unverified"]),
        format!(
            "{against}Saved alice's new keys\n\
             bulla: hint: Verify them with alice in person or by phone: bulla contact verify alice\n"
        )
    );
    assert!(env.does(&["contact", "list"]).contains("not verified"));
    env.fails(7, &["contact", "add", "alice", ONE]);
    env.does(&[
        "contact",
        "resolve",
        "alice",
        "--check",
        "22A000b9 C8B579fd 2539d939 e08cd3fd",
    ]);
    assert!(env.does(&["contact", "list"]).contains("verified on"));
    assert_eq!(
        env.does(&["contact", "export", "alice"]),
        format!("# alice\n{ONE}\n")
    );
}

#[test]
fn verify_asks_for_the_check_value_without_showing_it() {
    let env = with_alice();
    let before = env.read_in_keyring("contacts/alice.toml");
    for args in [
        &["contact", "show", "alice"][..],
        &["contact", "list", "--json"],
    ] {
        assert!(!env.does(args).contains(CHECK_OF_ONE), "{args:?}");
    }
    let verify = |typed: &[&str]| {
        let terminal = env.bulla(["contact", "verify", "alice"]).on_terminal()?;
        terminal.wait_for("Check value, as alice reads it to you: ");
        for typed in typed {
            terminal.keys(typed);
        }
        Some(terminal.end())
    };
    let Some(wrong) = verify(&["22a0 00b9 c8b5 79fd 2539 d939 e08c d3fe\n"; 3]) else {
        return;
    };
    let text = wrong.text();
    assert_eq!(wrong.code, Some(7), "{text}");
    assert!(
        text.contains("The check value does not match alice's keys; nothing changed"),
        "{text}"
    );
    assert!(!text.contains("d3fd"), "{text}");
    assert_eq!(env.read_in_keyring("contacts/alice.toml"), before);
    let right = verify(&["22A0 00b9 c8b5 79fd 2539 D939 e08c d3fd\n"]).unwrap();
    assert_eq!(right.code, Some(0), "{}", right.text());
    assert!(
        right.text().contains("Verified: these are alice's keys"),
        "{}",
        right.text()
    );
    let shown = env.does(&["contact", "show", "alice"]);
    assert!(
        shown.contains(&format!("\ncheck value  {CHECK_OF_ONE}\n")),
        "{shown}"
    );

    env.fails(7, &["contact", "add", "alice", TWO]);
    let terminal = env
        .bulla(["contact", "resolve", "alice"])
        .on_terminal()
        .unwrap();
    terminal
        .wait_for("Check value of the new keys, as alice reads it to you: ")
        .keys(CHECK_OF_TWO)
        .keys("\n");
    let text = terminal.end().text();
    assert!(
        text.ends_with("Verified and saved alice's new keys\n"),
        "{text}"
    );
    let nobody = "bulla: error: Check value, as alice reads it to you: there is no terminal to \
                  ask on\n\
                  bulla: hint: Pass what was read to you with --check VALUE\n";
    for args in [
        &["contact", "verify", "alice"][..],
        &["--no-prompt", "contact", "verify", "alice"],
    ] {
        assert_eq!(env.fails(2, args), nobody);
    }
}

#[test]
fn re_adding_a_name_shows_its_former_keys() {
    let env = with_alice();
    env.does(&["contact", "add", "bob", TWO]);
    env.does(&["group", "create", "friends", "alice", "bob"]);
    env.does(&["group", "create", "two", "alice"]);
    assert_eq!(
        env.does(&["contact", "remove", "alice"]),
        "Removed contact alice\nRemoved from groups: friends, two\n\
         bulla: warning: The group two is empty now\n\
         bulla: hint: To find files that alice can still open: \
         bulla who --recursive --can-open alice FOLDER\n"
    );
    let gone = "bulla: error: alice was removed on [DAY]\n\
                bulla: hint: Ask for their card, and add it: bulla contact add alice FILE\n";
    for args in [
        &["encrypt", "--to", "alice", "plain"][..],
        &["contact", "show", "alice"],
        &["contact", "verify", "alice"],
        &["contact", "remove", "alice"],
        &["contact", "rename", "alice", "al"],
        &["group", "add", "two", "alice"],
    ] {
        assert_eq!(env.fails(2, args), gone, "{args:?}");
    }
    assert!(!env.does(&["contact", "list"]).contains("alice"));
    assert_eq!(
        env.fails(7, &["group", "create", "Alice"]),
        "bulla: error: The name alice is taken by a contact that was removed on [DAY]\n\
         bulla: hint: Choose another name\n"
    );
    let same = env.does(&["contact", "add", "alice", ONE]);
    assert!(
        same.starts_with(
            "bulla: warning: alice was removed on [DAY]. You are adding the same \
            keys\n"
        ),
        "an unchecked value is not told: {same}"
    );
    env.does(&["contact", "remove", "alice"]);
    let other = env.does(&["contact", "add", "alice", RECIPIENT]);
    let want = format!(
        "bulla: warning: alice was removed on [DAY], with the check value {CHECK_OF_ONE}. You are \
            adding different keys\n\
         Added contact alice again\n"
    );
    assert!(other.starts_with(&want), "{other}");
    env.does(&["encrypt", "--to", "alice", "--no-self", "plain"]);
}

#[test]
fn your_own_keys_are_refused_and_known_keys_are_reported() {
    let env = TestEnv::new();
    env.write_in_keyring(
        "identities/me.toml",
        &format!(
            "kind = \"classic\"\nrecipients = [\"{ONE}\"]\ncreated = \"2026-01-01\"\nencrypted = true\n"
        ),
    );
    assert_eq!(
        env.fails(7, &["contact", "add", "mallory", TWO, ONE]),
        "bulla: error: One of these keys belongs to your own identity me\n\
         bulla: hint: Ask them for their own keys\n"
    );
    assert_eq!(
        env.fails(7, &["contact", "add", "Me", TWO]),
        "bulla: error: There is already an identity called me\n\
         bulla: hint: Choose another name, or rename that one: bulla identity rename me NEW\n"
    );
    env.does(&["contact", "add", "bob", TWO]);
    let known = env.does(&["contact", "add", "robert", TWO]);
    assert!(
        known
            .starts_with("bulla: warning: bob has one of these keys too: bulla contact show bob\n"),
        "{known}"
    );
}

#[test]
fn a_contact_is_renamed_in_groups_too() {
    let env = with_alice();
    env.does(&["contact", "add", "bob", TWO]);
    env.does(&["group", "create", "friends", "bob", "alice"]);
    env.in_settings("default_to = [\"alice\"]\n");
    assert_eq!(
        env.does(&["contact", "rename", "alice", "Alice"]),
        "Renamed alice to Alice\nAlso changed in: friends\n\
         bulla: warning: The setting default_to still says alice. Change it: bulla config default_to NAME\n"
    );
    assert_eq!(env.does(&["group", "list"]), "friends  bob, Alice\n");
    assert!(
        env.fails(7, &["contact", "rename", "Alice", "BOB"])
            .contains("There is already a contact called bob")
    );
    assert!(
        env.fails(7, &["contact", "rename", "Alice", "friends"])
            .contains("There is already a group called friends")
    );
    assert!(
        env.fails(2, &["contact", "rename", "Alice", "a/b"])
            .contains("Invalid name \"a/b\": ")
    );
    assert!(
        env.fails(2, &["contact", "rename", "alise", "x"])
            .contains("Did you mean Alice?")
    );
    env.in_settings("default_to = 1\n");
    env.fails(2, &["contact", "rename", "Alice", "alice"]);
    assert_eq!(env.does(&["group", "list"]), "friends  bob, Alice\n");
}

#[test]
fn exported_contacts_can_be_read_by_age() {
    let env = TestEnv::new().with_key();
    env.does(&["contact", "add", "someone", RECIPIENT]);
    env.does(&["contact", "export", "someone", "-o", "someone.txt"]);
    env.bulla(["contact", "export", "someone"])
        .run()
        .assert(0, env.read("someone.txt"), "");
    env.fails(7, &["contact", "export", "someone", "-o", "someone.txt"]);
    env.does(&["contact", "export", "someone", "-fo", "."]);
    let age = need!("age");
    env.program(&age, ["-R", "someone.txt", "-o", "x.age"])
        .stdin("plain")
        .run()
        .assert_quiet();
    env.program(&age, ["-d", "-i", "key", "x.age"])
        .run()
        .assert(0, "plain", "");
}

#[test]
fn a_post_quantum_key_is_told_from_others() {
    let env = TestEnv::new();
    let new = env
        .bulla(["identity", "new", "--no-passphrase", "-o", "hybrid"])
        .run();
    let hybrid = String::from_utf8(new.stdout).unwrap();
    env.write("both", format!("{hybrid}{ONE}\n"));
    let said = env.does(&["contact", "add", "both", "both"]);
    assert!(said.lines().all(|line| line.len() < 120), "{said}");
    env.does(&["contact", "add", "alice", TWO]);
    assert_eq!(
        env.does(&["contact", "list"]),
        "alice  classic                not verified  since [DAY]\n\
         both   classic, post-quantum  not verified  since [DAY]\n"
    );
    let json = env.does(&["contact", "list", "--json"]);
    let both: serde_json::Value = serde_json::from_str(json.lines().nth(1).unwrap()).unwrap();
    assert_eq!(
        (&both["contact"], &both["post_quantum"]),
        (&"both".into(), &true.into()),
        "{json}"
    );
    assert_eq!(
        (&both["source"], &both["verified"]),
        (&"both".into(), &serde_json::Value::Null)
    );
    let shown = env.does(&["contact", "show", "both", "-v"]);
    assert!(
        shown.contains(hybrid.trim_end()) && shown.contains(ONE),
        "{shown}"
    );
    let exported = env.does(&["contact", "export", "both", "-o", "out"]);
    assert!(exported.contains("cannot be combined"), "{exported}");
}

#[test]
fn a_damaged_contact_is_named_and_the_others_work() {
    let env = with_alice();
    for (name, text) in [
        ("bad1", "recipients = [\"x\"]\nadded = 7\nsource = \"\"\n"),
        ("bad2", "recipients = [\nadded"),
        (
            "bad3",
            "recipients = [\"age1qq\"]\nadded = \"\"\nsource = \"\"\n",
        ),
        ("bad4", "\u{0}"),
    ] {
        env.write_in_keyring(&format!("contacts/{name}.toml"), text);
    }
    env.write_in_keyring("contacts/no name.toml", "");
    env.write_in_keyring("groups/bad.toml", "members = \"alice\"\n");
    env.does(&["group", "create", "good", "alice"]);
    let said = env.bulla(["contact", "list"]).run();
    assert_eq!(said.code, Some(8));
    let text = said.text();
    assert!(
        text.starts_with("alice  classic  not verified  since [DAY]\n"),
        "{text}"
    );
    for bad in [
        "bad1.toml, line 2: ",
        "bad2.toml, line 2: ",
        "bad3.toml: ",
        "bad4.toml, line 1: ",
    ] {
        assert!(text.contains(bad), "{bad}: {text}");
    }
    assert!(
        text.contains("Fix it by hand, or restore it from .previous/ or a backup"),
        "{text}"
    );
    let groups = env.bulla(["group", "list"]).run();
    assert_eq!(groups.code, Some(8));
    assert!(
        groups.text().starts_with("good  alice\nbulla: error: "),
        "{}",
        groups.text()
    );
    assert!(
        env.fails(8, &["contact", "show", "bad1"])
            .contains("contacts/bad1.toml, line 2: ")
    );
    env.does(&["contact", "add", "bob", TWO]);
    env.does(&["encrypt", "--to", "good", "plain"]);
}

#[test]
fn files_writable_by_others_are_not_trusted() {
    let env = with_alice();
    let open = |name: &str, mode: u32| {
        std::fs::set_permissions(
            env.keyring_path(name),
            std::fs::Permissions::from_mode(mode),
        )
        .unwrap();
    };
    for (name, mode, kept) in [
        ("contacts/alice.toml", 0o666, 0o600),
        ("contacts", 0o777, 0o700),
        ("", 0o770, 0o700),
    ] {
        open(name, mode);
        for args in [
            &["contact", "show", "alice"][..],
            &["contact", "add", "alice", TWO],
            &["contact", "verify", "alice", "--check", CHECK_OF_ONE],
            &["encrypt", "--to", "alice", "plain"],
        ] {
            let said = env.fails(7, args);
            assert!(
                said.contains("can be changed by other users\nbulla: hint: "),
                "{name} {args:?}: {said}"
            );
        }
        open(name, kept);
    }
    assert!(env.does(&["contact", "list"]).contains("not verified"));
}

/// Two people who each read the number on their own screen would always agree.
#[test]
fn your_own_number_is_not_taken_for_the_one_that_was_read_to_you() {
    let env = with_alice();
    env.does(&["identity", "new", "--no-passphrase", "-q"]);
    env.does_as_eve(&["identity", "new", "--no-passphrase", "-q"]);
    env.does_as_eve(&["card", "--name", "eve", "-o", "eve.card", "-q"]);
    env.does(&["contact", "add", "eve", "eve.card"]);
    let number = |said: String| said.trim().to_owned();
    let own = number(env.does(&["identity", "show", "--number"]));
    let show = ["identity", "show", "--number"];
    let eves = number(env.does_as_eve(&show).text());
    let warning = "This is your own number, not the one that was read to you";
    let before = env.read_in_keyring("contacts/eve.toml");
    let given = env
        .bulla(["contact", "verify", "eve", "--check", &own])
        .run();
    assert_eq!(given.code, Some(7), "{given:?}");
    assert!(given.stderr.contains(warning), "{given:?}");
    let other = "000000000000000000000000000000";
    let other = env
        .bulla(["contact", "verify", "eve", "--check", other])
        .run();
    assert!(!other.stderr.contains(warning), "{other:?}");
    let Some(terminal) = env.bulla(["contact", "verify", "eve"]).on_terminal() else {
        return;
    };
    terminal
        .wait_for("as eve reads it to you: ")
        .keys(&format!("{own}\n"))
        .wait_for(warning);
    assert_eq!(env.read_in_keyring("contacts/eve.toml"), before);
    terminal.keys(&format!("{eves}\n"));
    let ended = terminal.end();
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.text().contains("Verified: these are eve's keys"));
}
