//! Removing access: who cannot open the file any more, and the output if that is not known.

use bulla_age::kinds::SshRecipient;
use bulla_age::sender::{Author, Coverage, HiddenRecipient};

use super::{made, me, three};
use crate::env::TestEnv;
use crate::tools::need;

#[test]
fn somebody_is_taken_out_by_any_name() {
    let (age, rage) = need!("age", "rage");
    let env = three();
    env.does(&["group", "create", "friends"]);
    env.does(&["group", "add", "friends", "bob"]);
    let (bob, before) = (env.recipient_of("bob").to_string(), env.read("plain.age"));
    for (name, who, copies) in [
        ("bob", "bob", "copies bob already has"),
        ("friends", "bob", "copies bob already has"),
        (&bob, &format!("the key {bob}"), "existing copies"),
    ] {
        env.write("plain.age", &before);
        let said = format!("Removed {who} from plain.age ({copies} still open)\n");
        env.bulla(["unshare", "plain.age", "--drop", name])
            .run()
            .assert(0, "", &said);
        assert_eq!(env.openers("plain.age"), [true, false, false]);
        for tool in [&age, &rage] {
            let opened = env.program(tool, ["-d", "-i", "key", "plain.age"]).run();
            assert_eq!(opened.stdout, b"hello\n", "{}", opened.stderr);
        }
    }
    let now = env.read("plain.age");
    let said = "plain.age has no known key of bob\n";
    env.bulla(["unshare", "plain.age", "--drop", "bob"])
        .run()
        .assert(0, "", said);
    assert_eq!(env.read("plain.age"), now);
}

#[test]
fn several_are_taken_out_at_once_and_a_rehearsal_writes_nothing() {
    let env = three();
    env.does(&["share", "plain.age", "--to", "carol"]);
    let before = env.read("plain.age");
    let line = ["unshare", "plain.age", "--drop", "bob", "--drop", "carol"];
    env.bulla([&line[..], &["--dry-run"]].concat())
        .run()
        .assert(
            0,
            "",
            "Would remove bob and carol from plain.age; nothing was written\n",
        );
    assert_eq!(env.read("plain.age"), before);
    env.bulla(line).run().assert(
        0,
        "",
        "Removed bob and carol from plain.age (existing copies still open)\n",
    );
    assert_eq!(env.openers("plain.age"), [true, false, false]);
}

#[test]
fn nobody_locks_himself_out() {
    let env = three();
    let before = env.read("plain.age");
    env.bulla(["unshare", "plain.age", "--drop", "me"])
        .run()
        .assert(
            7,
            "",
            "bulla: error: plain.age: You would no longer be able to open it\n\
         bulla: hint: To give it away: bulla reseal FILE --to NAME --no-self\n",
        );
    env.bulla(["unshare", "plain.age", "--drop", "me", "--drop", "bob"])
        .run()
        .assert(
            7,
            "",
            "bulla: error: plain.age: that would leave nobody able to open it\n\
         bulla: hint: Say who should be able to open it: bulla reseal FILE --to NAME\n",
        );
    // With a key file that is in no keyring: bob removes himself.
    env.fails(
        7,
        &[
            "unshare",
            "plain.age",
            "-i",
            "bob.key",
            "--drop",
            "bob",
            "--drop",
            "me",
        ],
    );
    assert_eq!(env.read("plain.age"), before);
    // If the user has another key left, one of them can be removed.
    env.does(&["identity", "new", "second", "--no-passphrase", "--classic"]);
    env.does(&["share", "plain.age", "--to", "second"]);
    env.bulla(["unshare", "plain.age", "--drop", "me"])
        .run()
        .assert(
            0,
            "",
            "Removed your identity me from plain.age (existing copies still open)\n",
        );
    assert_eq!(env.openers("plain.age"), [false, true, false]);
    env.fails(2, &["unshare", "plain.age", "--drop", "nobody"]);
    env.fails(2, &["unshare", "plain.age"]);
}

#[test]
fn an_ssh_key_is_taken_out_as_listed() {
    let (keygen, age) = need!("ssh-keygen", "age");
    let env = three();
    env.program(keygen, ["-q", "-t", "ed25519", "-N", "", "-f", "dora"])
        .run();
    let public = String::from_utf8(env.read("dora.pub")).unwrap();
    env.does(&["contact", "add", "dora", &public]);
    env.does(&["share", "plain.age", "--to", "dora"]);
    let said = env.does(&["share", "plain.age", "--to", "dora"]);
    assert!(
        said.ends_with("dora (as listed) can already open plain.age\n"),
        "{said}"
    );
    let opened = env.program(&age, ["-d", "-i", "dora", "plain.age"]).run();
    assert_eq!(opened.stdout, b"hello\n", "{}", opened.stderr);
    env.bulla(["unshare", "plain.age", "--drop", "dora"])
        .run()
        .assert(
            0,
            "",
            "Removed dora (as listed) from plain.age (existing copies still open)\n",
        );
    assert!(!env.opens("dora", "plain.age"));
    assert_eq!(env.openers("plain.age"), [true, true, false]);
    assert!(public.parse::<SshRecipient>().is_ok());
}

#[test]
fn scripts_are_told_names_and_what_is_only_listed() {
    let keygen = need!("ssh-keygen");
    let env = three();
    env.program(keygen, ["-q", "-t", "ed25519", "-N", "", "-f", "dora"])
        .run();
    env.does(&[
        "contact",
        "add",
        "dora",
        &String::from_utf8(env.read("dora.pub")).unwrap(),
    ]);
    env.does(&["share", "-q", "plain.age", "--to", "dora"]);
    let to = |who: &str| {
        format!(r#"{{"file":"plain.age","written":{who},"unaccounted":0,"unnamed":0}}"#)
    };
    let said = env.does(&["share", "-q", "--json", "plain.age", "--to", "dora"]);
    assert_eq!(
        said,
        to(r#"false,"already":["dora"],"as_listed":["dora"]"#) + "\n"
    );
    let line = [
        "unshare",
        "--json",
        "plain.age",
        "--drop",
        "dora",
        "--drop",
        "bob",
        "--drop",
        "carol",
    ];
    let expected = r#"true,"dropped":["dora","bob"],"absent":["carol"],"as_listed":["dora"]"#;
    assert_eq!(env.does(&line), to(expected) + "\n");
}

#[test]
fn one_key_opens_and_two_keys_open_whatever_they_are_called() {
    let env = three();
    let recipient = env.somebody("keys");
    env.does(&["contact", "add", "keys", &recipient]);
    env.does(&["share", "-q", "plain.age", "--to", "keys"]);
    let said = env.does(&["unshare", "plain.age", "--drop", "keys"]);
    assert_eq!(
        said,
        "Removed keys from plain.age (copies keys already has still open)\n"
    );
}

#[test]
fn who_is_not_named_cannot_be_taken_out_by_name_unless_it_is_proved() {
    let env = three();
    let bob = env.recipient_of("bob");
    env.write(
        "x.age",
        made(
            &[&me(), &HiddenRecipient(&bob)],
            &Author::unsigned(1),
            Coverage::Header,
        ),
    );
    let before = env.read("x.age");
    env.bulla(["unshare", "x.age", "--drop", "bob"])
        .run()
        .assert(
            0,
            "",
            "x.age has no known key of bob\n\
         bulla: hint: It has 1 key with an unknown owner. To be sure: bulla reseal x.age --to \
         NAME\n",
        );
    assert_eq!(env.read("x.age"), before);
}

/// Bob was added twice, once without a name: the output does not claim that his key lost access,
/// because it still opens the file.
#[test]
fn who_may_have_a_second_key_without_a_name_is_not_said_to_be_out() {
    let env = three();
    let bob = env.recipient_of("bob");
    env.write(
        "x.age",
        made(
            &[&me(), &HiddenRecipient(&bob)],
            &Author::unsigned(1),
            Coverage::Header,
        ),
    );
    env.does(&["share", "-q", "x.age", "--to", "bob"]);
    let hint = "bulla: hint: It has 1 key with an unknown owner. To be sure: bulla reseal x.age --to \
        NAME\n";
    env.bulla(["unshare", "x.age", "--drop", "bob", "--dry-run"])
        .run()
        .assert(
            0,
            "",
            &format!("Would remove bob from x.age; nothing was written\n{hint}"),
        );
    env.bulla(["unshare", "x.age", "--drop", "bob"])
        .run()
        .assert(
            0,
            "",
            &format!("Removed bob from x.age (copies bob already has still open)\n{hint}"),
        );
    assert!(env.opens("bob.key", "x.age"));
    env.does(&["reseal", "-q", "x.age", "--to", "me"]);
    assert!(!env.opens("bob.key", "x.age"));
}

#[test]
fn a_file_of_plain_age_tells_of_nobody() {
    let age = need!("age");
    let env = TestEnv::new().with_identity("me", None).with_key();
    let bob = env.somebody("bob");
    env.does(&["contact", "add", "bob", &bob]);
    let closed = env
        .program(&age, ["-r", crate::someone::RECIPIENT, "-r", &bob])
        .stdin("hello\n")
        .run();
    env.write("theirs.age", closed.stdout);
    let said = env.does(&["unshare", "theirs.age", "--drop", "bob"]);
    assert!(
        said.contains("theirs.age has no known key of bob\n"),
        "{said}"
    );
    assert!(
        said.contains("To be sure: bulla reseal theirs.age --to NAME\n"),
        "{said}"
    );
    env.does(&["reseal", "theirs.age", "--to", "me"]);
    assert!(!env.opens("bob.key", "theirs.age") && env.opens("key", "theirs.age"));
}
