//! Removing access: who cannot open the file any more, and the output if that is not known.

use bulla_age::kinds::SshRecipient;
use bulla_age::sender::{Author, Coverage, HiddenRecipient};

use super::{made, me, three};
use crate::env::TestEnv;
use crate::tools::need;

const PERHAPS_STILL_BOB: &str = "bulla: error: bob may still be able to open x.age, which has a key with an unknown owner\n\
    bulla: hint: To remove all old keys: bulla reseal x.age --to NAME\n";

#[test]
fn unshare_removes_a_person_by_any_name() {
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
        let said = format!("Removed {who} from plain.age ({copies} can still be opened)\n");
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
    let said = "None of the known keys in plain.age belongs to bob\n";
    env.bulla(["unshare", "plain.age", "--drop", "bob"])
        .run()
        .assert(0, "", said);
    assert_eq!(env.read("plain.age"), now);
}

#[test]
fn unshare_removes_several_people_and_dry_run_writes_nothing() {
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
        "Removed bob and carol from plain.age (existing copies can still be opened)\n",
    );
    assert_eq!(env.openers("plain.age"), [true, false, false]);
}

#[test]
fn unshare_does_not_lock_you_out() {
    let env = three();
    let before = env.read("plain.age");
    env.bulla(["unshare", "plain.age", "--drop", "me"])
        .run()
        .assert(
            7,
            "",
            "bulla: error: You would no longer be able to open plain.age\n\
         bulla: hint: To give up your own access: bulla reseal plain.age --to NAME --no-self\n",
        );
    env.bulla(["unshare", "plain.age", "--drop", "me", "--drop", "bob"])
        .run()
        .assert(
            7,
            "",
            "bulla: error: That would leave nobody able to open plain.age\n\
         bulla: hint: Say who should be able to open it: bulla reseal plain.age --to NAME\n",
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
            "Removed your identity me from plain.age (existing copies can still be opened)\n",
        );
    assert_eq!(env.openers("plain.age"), [false, true, false]);
    env.fails(2, &["unshare", "plain.age", "--drop", "nobody"]);
    env.fails(2, &["unshare", "plain.age"]);
}

#[test]
fn unshare_removes_a_listed_ssh_key() {
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
            "Removed dora (as listed) from plain.age (existing copies can still be opened)\n",
        );
    assert!(!env.opens("dora", "plain.age"));
    assert_eq!(env.openers("plain.age"), [true, true, false]);
    assert!(public.parse::<SshRecipient>().is_ok());
}

#[test]
fn json_gives_names_and_marks_readers_that_are_only_listed() {
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
    let told = |args: &[&str]| {
        let told = env.bulla(args).run().json().swap_remove(0);
        [
            "written",
            "added",
            "already",
            "dropped",
            "absent",
            "as_listed",
        ]
        .map(|field| told[field].clone())
    };
    let nobody = || serde_json::json!([]);
    let dora = || serde_json::json!(["dora"]);
    assert_eq!(
        told(&["share", "-q", "--json", "plain.age", "--to", "dora"]),
        [false.into(), nobody(), dora(), nobody(), nobody(), dora()]
    );
    let mut line = vec!["unshare", "--json", "plain.age"];
    line.extend(["--drop", "dora", "--drop", "bob", "--drop", "carol"]);
    let both = serde_json::json!(["dora", "bob"]);
    let carol = serde_json::json!(["carol"]);
    assert_eq!(
        told(&line),
        [true.into(), nobody(), nobody(), both, carol, dora()]
    );
}

#[test]
fn a_contact_named_keys_keeps_messages_singular() {
    let env = three();
    let recipient = env.somebody("keys");
    env.does(&["contact", "add", "keys", &recipient]);
    env.does(&["share", "-q", "plain.age", "--to", "keys"]);
    let said = env.does(&["unshare", "plain.age", "--drop", "keys"]);
    assert_eq!(
        said,
        "Removed keys from plain.age (copies keys already has can still be opened)\n"
    );
}

#[test]
fn an_unlisted_reader_is_removed_by_name_only_if_proved() {
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
            1,
            "",
            &format!("None of the known keys in x.age belongs to bob\n{PERHAPS_STILL_BOB}"),
        );
    assert_eq!(env.read("x.age"), before);
}

/// Bob was added twice, once without a name: the output does not claim that his key lost access,
/// because it still opens the file.
#[test]
fn unshare_does_not_claim_success_when_the_person_may_have_an_unnamed_key() {
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
    let hint = PERHAPS_STILL_BOB;
    env.bulla(["unshare", "x.age", "--drop", "bob", "--dry-run"])
        .run()
        .assert(
            1,
            "",
            &format!("Would remove bob from x.age; nothing was written\n{hint}"),
        );
    env.bulla(["unshare", "x.age", "--drop", "bob"])
        .run()
        .assert(
            1,
            "",
            &format!("Removed bob from x.age (copies bob already has can still be opened)\n{hint}"),
        );
    assert!(env.opens("bob.key", "x.age"));
    env.does(&["reseal", "-q", "x.age", "--to", "me"]);
    assert!(!env.opens("bob.key", "x.age"));
}

#[test]
fn a_plain_age_file_names_no_readers() {
    let age = need!("age");
    let env = TestEnv::new().with_identity("me", None).with_key();
    let bob = env.somebody("bob");
    env.does(&["contact", "add", "bob", &bob]);
    let closed = env
        .program(&age, ["-r", crate::someone::RECIPIENT, "-r", &bob])
        .stdin("hello\n")
        .run();
    env.write("theirs.age", closed.stdout);
    let told = env.bulla(["unshare", "theirs.age", "--drop", "bob"]).run();
    let said = told.stderr;
    assert_eq!(told.code, Some(1), "{said}");
    assert!(
        said.contains("None of the known keys in theirs.age belongs to bob\n"),
        "{said}"
    );
    assert!(
        said.contains("To remove all old keys: bulla reseal theirs.age --to NAME\n"),
        "{said}"
    );
    let told = env.bulla(["unshare", "theirs.age", "--drop", "bob", "--json"]);
    let told = told.run();
    let lines = told.json();
    assert_eq!(told.code, Some(1), "{lines:?}");
    assert_eq!(lines[0]["absent"], serde_json::json!([]), "{lines:?}");
    assert_eq!(
        lines[0]["possible"],
        serde_json::json!(["bob"]),
        "{lines:?}"
    );
    assert_eq!(lines[1]["status"], "failed", "{lines:?}");
    env.does(&["reseal", "theirs.age", "--to", "me"]);
    assert!(!env.opens("bob.key", "theirs.age") && env.opens("key", "theirs.age"));
}
