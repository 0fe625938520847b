//! Groups: made, nested, shown, renamed, removed, and merged by git.

use std::path::Path;

use crate::env::TestEnv;
use crate::people::{CHECK_OF_ONE, ONE, TWO};
use crate::someone::RECIPIENT;
use crate::tools::need;

fn with_people() -> TestEnv {
    let env = TestEnv::new();
    for (name, recipient) in [("alice", ONE), ("bob", TWO), ("carol", RECIPIENT)] {
        env.does(&["contact", "add", name, recipient]);
    }
    env.write("plain", "plain");
    env
}

#[test]
fn a_group_is_created_filled_and_used() {
    let env = with_people();
    let none = "No groups yet\nbulla: hint: Create one: bulla group create NAME MEMBER\n";
    assert_eq!(env.does(&["group", "list"]), none);
    assert_eq!(
        env.does(&["group", "create", "friends"]),
        "Created empty group friends\nbulla: hint: Add someone: bulla group add friends NAME\n"
    );
    assert!(
        env.fails(2, &["encrypt", "--to", "friends", "plain"])
            .contains("The group friends is empty")
    );
    assert_eq!(
        env.does(&["group", "add", "friends", "alice", "bob"]),
        "Added to friends: alice, bob\n"
    );
    let twice = env.does(&["group", "add", "friends", "alice"]);
    assert_eq!(twice, "Nothing changed: already in friends\n");
    assert_eq!(
        env.does(&["group", "create", "all", "friends", "carol"]),
        "Created group all with: friends, carol\n"
    );
    let said = env.does(&[
        "encrypt",
        "--to",
        "all",
        "--no-self",
        "--expect-recipients",
        "3",
        "plain",
    ]);
    assert!(
        said.contains("alice") && said.contains("bob") && said.contains("carol"),
        "{said}"
    );
    assert_eq!(
        env.does(&["group", "drop", "friends", "bob"]),
        "Removed from friends: bob\n\
         bulla: hint: To find files that bob can still open: \
         bulla who --recursive --can-open bob FOLDER\n"
    );
    assert_eq!(
        env.fails(2, &["group", "drop", "friends", "bob"]),
        "bulla: error: \"bob\" is not in the group friends\n\
         bulla: hint: Show its members: bulla group show friends\n"
    );
    let listed = env.bulla(["group", "list", "--json"]).run().json();
    let listed = listed
        .iter()
        .map(|group| (&group["group"], &group["members"]));
    assert_eq!(
        listed.collect::<Vec<_>>(),
        [
            (&"all".into(), &serde_json::json!(["friends", "carol"])),
            (&"friends".into(), &serde_json::json!(["alice"])),
        ]
    );
    let last = env.does(&["group", "drop", "friends", "alice"]);
    assert!(
        last.ends_with("bulla: warning: The group friends is empty now\n"),
        "{last}"
    );
}

#[test]
fn a_group_needs_known_members_a_free_name_and_no_cycle() {
    let env = with_people();
    env.does(&["group", "create", "a", "alice"]);
    env.does(&["group", "create", "b", "a"]);
    env.does(&["group", "create", "c", "b"]);
    for (member, why) in [
        ("a", "a group cannot contain itself"),
        ("b", "it already contains that group"),
        ("c", "it already contains that group"),
    ] {
        let said = env.fails(7, &["group", "add", "a", member]);
        assert!(
            said.contains(&format!("Cannot add {member} to a: {why}")),
            "{said}"
        );
    }
    assert!(
        env.fails(7, &["group", "create", "d", "d"])
            .contains("a group cannot contain itself")
    );
    assert!(
        env.fails(2, &["group", "add", "a", "alcie"])
            .contains("Did you mean alice?")
    );
    assert!(
        env.fails(2, &["group", "add", "a", ONE])
            .contains("it looks like a recipient")
    );
    assert!(
        env.fails(7, &["group", "create", "ALICE"])
            .contains("There is already a contact called alice")
    );
    assert!(
        env.fails(7, &["group", "create", "A"])
            .contains("There is already a group called a")
    );
    assert!(
        env.fails(2, &["group", "add", "nobody", "alice"])
            .contains("There is no group \"nobody\"")
    );
    assert_eq!(env.does(&["group", "list"]), "a  alice\nb  a\nc  b\n");
}

#[test]
fn a_group_that_is_in_it_twice_is_shown_once() {
    let env = with_people();
    env.does(&["group", "create", "in", "bob"]);
    env.does(&["group", "create", "also", "in"]);
    env.does(&["group", "create", "out", "in", "also"]);
    let hint = "bulla: hint: Verify bob's keys: bulla contact verify bob\n";
    let rows = "in     group\n  bob  classic          not verified\nalso   group\n  in   group, as above\n";
    assert_eq!(
        env.does(&["group", "show", "out"])
            .replace(hint, "")
            .replace("        \n", "\n"),
        rows
    );
}

#[test]
fn a_group_is_shown_with_what_its_members_lack() {
    let env = with_people();
    env.does(&["contact", "verify", "alice", "--check", CHECK_OF_ONE]);
    env.fails(7, &["contact", "add", "carol", TWO]);
    let hybrid = env
        .bulla(["identity", "new", "--no-passphrase", "-o", "hybrid"])
        .run()
        .text();
    let recipient = hybrid.lines().next().unwrap();
    env.write_in_keyring(
        "identities/me.toml",
        &format!(
            "kind = \"hybrid\"\nrecipients = [\"{recipient}\"]\ncreated = \"2026-01-01\"\nencrypted = true\n"
        ),
    );
    env.does(&["group", "create", "in", "bob"]);
    env.does(&["group", "create", "out", "alice", "in", "carol", "me"]);
    env.write_in_keyring(
        "groups/in.toml",
        "members = [\"bob\", \"ghost\", \"out\", \"a b\"]\n",
    );
    assert_eq!(
        env.does(&["group", "show", "out"]),
        "alice    classic              verified on [DAY]\n\
         in       group\n  \
         bob    classic              not verified\n  \
         ghost  missing\n  \
         out    contains itself\n  \
         a b    is not a valid name\n\
         carol    classic              not verified, CHANGED on [DAY]\n\
         me       post-quantum         you\n\
         bulla: hint: Verify bob's keys: bulla contact verify bob\n\
         bulla: hint: Remove it: bulla group drop in ghost\n\
         bulla: hint: Break the cycle: bulla group drop in out\n\
         bulla: hint: Decide which of carol's keys are right: bulla contact resolve carol\n"
    );
    for gone in ["ghost", "out", "a b"] {
        env.does(&["group", "drop", "in", gone]);
    }
    env.write_in_keyring("contacts/bob.toml", "recipients = 1\n");
    let damaged = env.bulla(["group", "show", "out"]).run();
    assert_eq!(damaged.code, Some(8));
    let text = damaged.text();
    assert!(
        text.contains("  bob  cannot be read\ncarol  classic"),
        "{text}"
    );
    assert!(text.contains("contacts/bob.toml, line 1: "), "{text}");
}

#[test]
fn groups_are_renamed_and_removed_inside_others() {
    let env = with_people();
    env.does(&["group", "create", "in", "alice"]);
    env.does(&["group", "create", "out", "in"]);
    env.in_settings("default_to = [\"in\"]\n");
    assert_eq!(
        env.does(&["group", "rename", "in", "inner"]),
        "Renamed in to inner\nAlso changed in: out\n\
         bulla: warning: The setting default_to still says in. Change it: bulla config default_to NAME\n"
    );
    assert_eq!(env.does(&["group", "list"]), "inner  alice\nout    inner\n");
    assert_eq!(
        env.does(&["group", "remove", "inner"]),
        "Removed group inner\nRemoved from groups: out\nbulla: warning: The group out is empty \
         now\n"
    );
    assert_eq!(env.does(&["group", "list"]), "out  (empty)\n");
    assert!(
        env.fails(2, &["group", "remove", "inner"])
            .contains("There is no group \"inner\"")
    );
    assert!(
        env.fails(2, &["group", "rename", "alice", "x"])
            .contains("There is no group \"alice\"")
    );
    assert!(env.does(&["contact", "list"]).contains("alice"));
}

#[test]
fn two_clones_of_a_keyring_merge_without_conflict() {
    let git = need!("git");
    let env = with_people();
    env.does(&["group", "create", "both", "alice"]);
    let run = |folder: &Path, args: &[&str]| {
        let identity = [
            "-c",
            "user.name=a",
            "-c",
            "user.email=a@b",
            "-c",
            "init.defaultBranch=main",
        ];
        let line = ["-C", folder.to_str().unwrap()]
            .into_iter()
            .chain(identity)
            .chain(args.iter().copied());
        let done = env
            .program(&git, line)
            .env("PATH", std::env::var_os("PATH").unwrap())
            .run();
        assert_eq!(
            done.code,
            Some(0),
            "{args:?}: {} {}",
            done.text(),
            done.stderr
        );
        done.text()
    };
    let keyring = env.keyring_path("");
    run(&keyring, &["init", "-q"]);
    // The remains of an interrupted change, and the backup of the last one.
    env.does(&["group", "add", "both", "bob"]);
    std::fs::write(keyring.join(".change"), "0".repeat(32)).unwrap();
    let commit = |folder: &Path| {
        run(folder, &["add", "-A"]);
        run(folder, &["commit", "-qm", "x"]);
    };
    commit(&keyring);
    let tracked = ".gitignore\ncontacts/alice.toml\ncontacts/bob.toml\ncontacts/carol.toml\ngroups/both.toml\n";
    assert_eq!(run(&keyring, &["ls-files"]), tracked);
    let clones: Vec<_> = ["one", "two"].iter().map(|name| env.path(name)).collect();
    for (clone, (new, recipient)) in clones.iter().zip([("dave", ONE), ("erin", TWO)]) {
        run(
            &env.path(""),
            &[
                "clone",
                "-q",
                keyring.to_str().unwrap(),
                clone.to_str().unwrap(),
            ],
        );
        let group = format!("{new}s");
        let lines: [&[&str]; 3] = [
            &["contact", "add", new, recipient],
            &["group", "create", &group, new, "carol"],
            &["group", "add", &group, "alice"],
        ];
        for args in lines {
            let done = env.bulla(args).env("BULLA_HOME", clone).run();
            assert_eq!(done.code, Some(0), "{args:?}: {}", done.stderr);
        }
        commit(clone);
    }
    run(
        &clones[0],
        &[
            "pull",
            "-q",
            "--no-rebase",
            clones[1].to_str().unwrap(),
            "main",
        ],
    );
    let tracked = run(&clones[0], &["ls-files"]);
    let mut expected: Vec<String> = ["alice", "bob", "carol", "dave", "erin"]
        .iter()
        .map(|name| format!("contacts/{name}.toml"))
        .chain(
            ["both", "daves", "erins"]
                .iter()
                .map(|name| format!("groups/{name}.toml")),
        )
        .collect();
    expected.insert(0, ".gitignore".to_owned());
    assert_eq!(tracked.lines().collect::<Vec<_>>(), expected);
    let groups = env
        .bulla(["group", "list"])
        .env("BULLA_HOME", &clones[0])
        .run();
    let text = "both   alice, bob\ndaves  dave, carol, alice\nerins  erin, carol, alice\n";
    groups.assert(0, text, "");
    for left in ["keyring.lock", ".previous"] {
        assert!(
            keyring.join(left).exists() && clones[0].join(left).exists(),
            "{left}"
        );
    }
}
