//! What is asked, and when: after everything that can be seen without asking, and "For whom?" only
//! if nobody is named.

use std::path::Path;

use crate::env::TestEnv;
use crate::people::{ONE, TWO};
use crate::someone::RECIPIENT;

/// What a question looks like: none of these may be on the screen.
const QUESTIONS: [&str; 7] = [
    "assphrase for",
    "Choose a",
    "[y/N]",
    "Word 1",
    "For whom",
    "reads it to you",
    "Paste",
];

/// An identity with a passphrase, a contact, a group, and files of all kinds.
fn surroundings() -> TestEnv {
    let env = TestEnv::new();
    env.write("pw", "secret\n");
    let new = [
        "identity",
        "new",
        "-q",
        "--work-factor",
        "10",
        "--passphrase-file",
        "pw",
    ];
    assert_eq!(env.bulla(new).run().code, Some(0));
    env.does(&["contact", "add", "bob", TWO]);
    env.does(&["group", "create", "friends", "bob"]);
    let import = env.bulla(["identity", "import", "old", "-", "-q", "--no-passphrase"]);
    assert_eq!(import.stdin(crate::someone::IDENTITY).run().code, Some(0));
    for name in ["plain", "there", "mine", "doc.pdf"] {
        env.write(name, "plain");
    }
    env.write("plain.age", "something");
    env.write("folder/x", "x");
    env.does_as_eve(&["identity", "new", "--no-passphrase", "-q"]);
    env.does_as_eve(&["card", "--name", "eve", "-o", "eve's.card", "-q"]);
    env.does(&["encrypt", "-q", "--to", "me", "mine"]);
    env.write("locked.age", env.locked("plain", "secret", &[]));
    env
}

/// Every file below the test's folder, with its contents.
fn everything(env: &TestEnv) -> Vec<(String, Vec<u8>)> {
    fn walk(folder: &Path, all: &mut Vec<(String, Vec<u8>)>) {
        for entry in folder.read_dir().unwrap() {
            let path = entry.unwrap().path();
            let name = path.to_string_lossy().into_owned();
            if path.is_symlink() {
                continue;
            }
            if path.is_dir() {
                all.push((name, Vec::new()));
                walk(&path, all);
            } else {
                all.push((name, std::fs::read(&path).unwrap()));
            }
        }
    }
    let mut all = Vec::new();
    walk(&env.path("..").canonicalize().unwrap(), &mut all);
    all.sort();
    all
}

/// Requires that nothing was made, changed or removed.
#[track_caller]
fn unchanged(env: &TestEnv, before: &[(String, Vec<u8>)], what: &str) {
    let after = everything(env);
    let names = |one: &[(String, Vec<u8>)], other: &[(String, Vec<u8>)]| -> Vec<String> {
        let different = one.iter().filter(|file| !other.contains(file));
        different.map(|(name, _)| name.clone()).collect()
    };
    let differences = (names(before, &after), names(&after, before));
    assert_eq!(differences, (Vec::new(), Vec::new()), "{what}");
}

#[test]
fn every_obstacle_is_found_before_anything_is_asked_or_made() {
    let env = surroundings();
    let before = everything(&env);
    let exists = "already exists";
    let missing = "missing.age does not exist";
    let no_folder = "no does not exist";
    let mut obstacles: Vec<(&[&str], i32, &str)> = vec![
        (&["encrypt", "plain"], 7, exists),
        (&["encrypt", "-p", "plain"], 7, exists),
        (&["encrypt", "--sign", "--to", "bob", "plain"], 7, exists),
        (&["encrypt", "-p", "plain", "-o", "there"], 7, exists),
        (&["encrypt", "-p", "missing.age"], 6, missing),
        (&["encrypt", "missing.age"], 6, missing),
        (&["encrypt", "-p", "doc.pdf", "-o", "no/x"], 6, no_folder),
        (&["encrypt", "doc.pdf", "-o", "no/"], 6, no_folder),
        (
            &["encrypt", "-p", "doc.pdf", "there", "-o", "no"],
            6,
            no_folder,
        ),
        (
            &["encrypt", "-p", "mine.age"],
            7,
            "mine.age is already encrypted",
        ),
        (
            &["encrypt", "--sign", "--to", "nobody", "doc.pdf"],
            2,
            "\"nobody\"",
        ),
        (
            &["encrypt", "--to", "bob", "-R", "no.txt", "doc.pdf"],
            6,
            "no.txt does not exist",
        ),
        (&["encrypt", "bob", "doc.pdf"], 2, "bob is a contact"),
        (&["decrypt", "mine.age"], 7, exists),
        (&["decrypt", "mine.age", "-o", "no/x"], 6, no_folder),
        (&["decrypt", "missing.age"], 6, missing),
        (
            &["decrypt", "missing.age", "none.age"],
            10,
            "none.age does not exist",
        ),
        (&["decrypt", "folder"], 2, "folder is a folder"),
        (&["decrypt", "doc.pdf"], 4, "doc.pdf is not an age file"),
        (&["decrypt", "-p", "mine.age", "-o", "there"], 7, exists),
        (
            &["share", "--to", "bob", "--sign", "missing.age"],
            6,
            missing,
        ),
        (
            &["share", "--to", "bob", "--sign", "doc.pdf"],
            4,
            "not an age file",
        ),
        (
            &["share", "--to", "nobody", "--sign", "mine.age"],
            2,
            "\"nobody\"",
        ),
        (
            &["share", "--to", "bob", "mine.age", "--header-out", "there"],
            7,
            exists,
        ),
        (
            &["share", "--to", "bob", "mine.age", "--header-out", "no/x"],
            6,
            no_folder,
        ),
        (
            &["unshare", "--drop", "bob", "--sign", "missing.age"],
            6,
            missing,
        ),
        (
            &["unshare", "--drop", "nobody", "--sign", "mine.age"],
            2,
            "\"nobody\"",
        ),
        (&["reseal", "-p", "missing.age"], 6, missing),
        (&["reseal", "missing.age"], 6, missing),
        (&["reseal", "--to", "nobody", "mine.age"], 2, "\"nobody\""),
        (
            &["reseal", "--to", "bob", "mine.age", "-o", "there"],
            7,
            exists,
        ),
        (
            &["reseal", "--to", "bob", "mine.age", "-o", "no/x"],
            6,
            no_folder,
        ),
        (&["verify", "missing.age"], 6, missing),
        (&["verify", "doc.pdf"], 4, "doc.pdf is not an age file"),
        (&["verify", "missing.age", "doc.pdf"], 10, missing),
        (&["who", "missing.age"], 6, missing),
        (&["who", "doc.pdf"], 4, "doc.pdf is not an age file"),
        (&["who", "missing.age", "folder"], 10, "folder is a folder"),
        (&["share", "missing.age"], 6, missing),
        (
            &["share", "locked.age"],
            7,
            "encrypted with a passphrase, so no reader can be added",
        ),
        (&["share", "mine.age", "--header-out", "there"], 7, exists),
        (&["write", "--to", "nobody"], 2, "\"nobody\""),
        (&["write", "--edit", "--to", "bob"], 2, "No editor is set"),
        (&["read", "missing.age"], 6, missing),
        (&["card", "-o", "there"], 7, exists),
        (&["card", "--as", "old"], 7, "was imported"),
        (&["card", "-o", "no/x"], 6, no_folder),
        (&["identity", "new"], 7, "already an identity called me"),
        (
            &["identity", "new", "bob"],
            7,
            "already a contact called bob",
        ),
        (&["identity", "new", "-o", "there"], 7, exists),
        (&["identity", "new", "-o", "no/x"], 6, no_folder),
        (
            &["identity", "import", "me", "there"],
            7,
            "already an identity",
        ),
        (&["identity", "import", "new", "missing.age"], 6, missing),
        (&["identity", "restore", "me"], 7, "already an identity"),
        (
            &["identity", "export", "--secret", "-o", "there"],
            7,
            exists,
        ),
        (
            &["identity", "export", "--secret", "-o", "no/x"],
            6,
            no_folder,
        ),
        (&["identity", "backup", "-o", "there"], 7, exists),
        (&["identity", "backup", "-o", "no/x"], 6, no_folder),
        (&["identity", "backup", "old"], 7, "was imported"),
        (
            &["identity", "revoke", "--reason", "lost", "-o", "there"],
            7,
            exists,
        ),
        (
            &["identity", "revoke", "--reason", "lost", "-o", "no/x"],
            6,
            no_folder,
        ),
        (&["identity", "rotate", "old"], 7, "was imported"),
        (&["identity", "succeed", "old"], 7, "was imported"),
        (&["identity", "passphrase", "nobody"], 2, "\"nobody\""),
        (&["identity", "remove", "nobody"], 2, "\"nobody\""),
        (
            &["identity", "rename", "me", "bob"],
            7,
            "already a contact called bob",
        ),
        (
            &["contact", "add", "me", ONE],
            7,
            "already an identity called me",
        ),
        (&["contact", "add", "eve", "missing.age"], 6, missing),
        (
            &["contact", "rename", "bob", "me"],
            7,
            "already an identity called me",
        ),
        (&["contact", "verify", "nobody"], 2, "\"nobody\""),
        (&["contact", "export", "bob", "-o", "there"], 7, exists),
        (&["contact", "export", "bob", "-o", "no/x"], 6, no_folder),
        (&["contact", "revoke", "missing.age"], 6, missing),
        (
            &["group", "create", "bob", "friends"],
            7,
            "already a contact called bob",
        ),
        (
            &["group", "rename", "friends", "bob"],
            7,
            "already a contact called bob",
        ),
        (&["unlock", "nobody"], 2, "\"nobody\""),
    ];
    if rustix::process::geteuid().is_root() {
        // Nothing is denied to root.
    } else {
        obstacles.push((&["encrypt", "-p", "doc.pdf", "-o", "/proc/x"], 6, "/proc/x"));
    }
    for (args, code, text) in obstacles {
        let run = env.bulla(args).env("NO_COLOR", "1");
        let Some(terminal) = run.on_terminal() else {
            return;
        };
        terminal.wait_for("bulla: error: ");
        let said = terminal.end();
        let screen = String::from_utf8_lossy(&said.stdout).into_owned();
        assert_eq!(said.code, Some(code), "{args:?}: {screen}");
        assert!(screen.contains(text), "{args:?}: {screen}");
        let errors = screen.split("bulla: error: ").next().unwrap();
        for question in QUESTIONS {
            assert!(!errors.contains(question), "{args:?}: {screen}");
        }
        unchanged(&env, &before, &format!("{args:?}: {screen}"));
    }
}

#[test]
fn a_keyring_that_cannot_be_written_is_found_before_a_passphrase_is_chosen() {
    let env = TestEnv::new();
    env.write("file", "");
    for args in [
        &["identity", "new"][..],
        &["identity", "restore", "me"],
        &["identity", "import", "me", "file"],
    ] {
        let run = env
            .bulla(args)
            .env("BULLA_HOME", env.path("file/keyring"))
            .env("NO_COLOR", "1");
        let Some(terminal) = run.on_terminal() else {
            return;
        };
        terminal.wait_for("bulla: error: ");
        let said = terminal.end();
        let screen = String::from_utf8_lossy(&said.stdout).into_owned();
        assert_ne!(said.code, Some(0), "{args:?}: {screen}");
        assert!(!screen.contains("Choose a"), "{args:?}: {screen}");
    }
    assert_eq!(env.list(), ["file"]);
}

#[test]
fn of_several_files_those_that_fail_are_reported_before_the_question_and_once() {
    let env = TestEnv::new();
    env.write("a", "a");
    env.write("b", "b");
    env.write("b.age", "old");
    let args = ["encrypt", "-p", "--work-factor", "10", "a", "missing", "b"];
    let Some(terminal) = env.bulla(args).on_terminal() else {
        return;
    };
    terminal
        .wait_for("missing does not exist")
        .wait_for("b.age already exists")
        .wait_for("Choose a passphrase")
        .keys("red clay and reeds\n")
        .wait_for("again")
        .keys("red clay and reeds\n");
    let said = terminal.end();
    let screen = String::from_utf8_lossy(&said.stdout).into_owned();
    assert_eq!(said.code, Some(10), "{screen}");
    assert_eq!(
        screen.matches("missing does not exist").count(),
        1,
        "{screen}"
    );
    assert_eq!(
        screen.matches("b.age already exists").count(),
        1,
        "{screen}"
    );
    assert!(screen.contains("2 of 3 inputs failed"), "{screen}");
    assert_eq!(env.list(), ["a", "a.age", "b", "b.age"]);
    assert_eq!(env.read("b.age"), b"old");
}

#[test]
fn nobody_named_is_an_error_that_lists_the_choices_and_makes_nothing() {
    let env = TestEnv::new();
    env.write("plain", "plain");
    let before = everything(&env);
    let without_keys = "bulla: error: No recipients given\n\
         bulla: hint: For someone: bulla encrypt --to NAME plain\n\
         bulla: hint: With a passphrase: bulla encrypt -p plain\n\
         bulla: hint: For yourself, create an identity first: bulla identity new\n";
    env.bulla(["encrypt", "plain"])
        .run()
        .assert(2, "", without_keys);
    let from_stdin = without_keys.replace(" plain", "");
    env.bulla(["encrypt"])
        .stdin("text")
        .run()
        .assert(2, "", &from_stdin);
    env.bulla(["write"])
        .stdin("text")
        .run()
        .assert(2, "", &from_stdin.replace("encrypt", "write"));
    unchanged(&env, &before, "");

    let env = surroundings();
    let before = everything(&env);
    let choices = |command: &str, file: &str| {
        format!(
            "bulla: error: No recipients given\n\
             bulla: hint: For someone (bob, friends): bulla {command} --to NAME{file}\n\
             bulla: hint: With a passphrase: bulla {command} -p{file}\n\
             bulla: hint: For yourself: bulla {command} --to me{file}\n"
        )
    };
    env.bulla(["encrypt", "doc.pdf"])
        .run()
        .assert(2, "", &choices("encrypt", " doc.pdf"));
    // The commands can be pasted.
    env.write("a b", "x");
    let quoted = env.bulla(["encrypt", "a b"]).run();
    quoted.assert(2, "", &choices("encrypt", " 'a b'"));
    std::fs::remove_file(env.path("a b")).unwrap();
    env.bulla(["encrypt", "doc.pdf", "there"])
        .run()
        .assert(2, "", &choices("encrypt", " FILES"));
    // What was typed is kept.
    env.bulla(["encrypt", "--no-prompt", "--as", "me"])
        .run()
        .assert(2, "", &choices("encrypt", " --as me"));
    env.bulla(["reseal", "mine.age"])
        .run()
        .assert(2, "", &choices("reseal", " mine.age"));
    env.bulla(["write"])
        .stdin("text")
        .run()
        .assert(2, "", &choices("write", ""));
    // A passphrase cannot be signed, so it is no choice.
    let signed = env.bulla(["encrypt", "--sign", "doc.pdf"]).run();
    assert!(!signed.stderr.contains("-p"), "{}", signed.stderr);
    unchanged(&env, &before, "");
}

#[test]
fn nobody_named_on_a_terminal_is_asked_for_whom() {
    let env = surroundings();
    env.write("other", "other");
    let ask = |args: &[&str], answer: &str, then: &[(&str, &str)]| {
        let terminal = env.bulla(args).on_terminal()?;
        terminal
            .wait_for("For whom")
            .wait_for("several names: ")
            .keys(answer);
        for (text, keys) in then {
            terminal.wait_for(text).keys(keys);
        }
        let said = terminal.end();
        Some((
            said.code,
            String::from_utf8_lossy(&said.stdout).into_owned(),
        ))
    };
    let Some((code, screen)) = ask(&["encrypt", "doc.pdf"], "bob\n", &[]) else {
        return;
    };
    assert!(
        code == Some(0) && screen.contains("Encrypted doc.pdf.age for bob and you"),
        "{screen}"
    );
    assert!(
        screen.contains(
            "  me            yourself
"
        ),
        "{screen}"
    );
    let (code, screen) = ask(&["encrypt", "other"], "me\n", &[]).unwrap();
    assert!(code == Some(0) && screen.contains("for you"), "{screen}");
    let unknown = ("Did you mean", "");
    let again = ("several names: ", "friends, me\n");
    let (code, screen) = ask(&["encrypt", "-f", "other"], "bobb\n", &[unknown, again]).unwrap();
    assert!(
        code == Some(0) && screen.contains("for bob and you"),
        "{screen}"
    );
    let typed = [
        ("Choose a passphrase", "red clay and reeds\n"),
        ("again", "red clay and reeds\n"),
    ];
    let by_passphrase = ["encrypt", "-f", "--work-factor", "10", "other"];
    let (code, screen) = ask(&by_passphrase, "passphrase\n", &typed).unwrap();
    assert!(
        code == Some(0) && screen.contains("with a passphrase"),
        "{screen}"
    );
    let (code, screen) = ask(&["encrypt", "-f", "other"], "\x04", &[]).unwrap();
    assert!(
        code == Some(2) && screen.contains("No recipients given"),
        "{screen}"
    );
    let (code, screen) = ask(
        &["reseal", "mine.age"],
        "me\n",
        &[("assphrase for", "secret\n")],
    )
    .unwrap();
    assert!(
        code == Some(0) && screen.contains("Re-encrypted mine.age"),
        "{screen}"
    );
}

#[test]
fn no_identity_is_created_in_passing() {
    let env = TestEnv::new();
    env.write("plain", "plain");
    let before = everything(&env);
    let Some(terminal) = env.bulla(["encrypt", "plain"]).on_terminal() else {
        return;
    };
    terminal
        .wait_for("For whom")
        .wait_for("several names: ")
        .keys("me\n")
        .wait_for("You have no identity yet. To create one: bulla identity new")
        .wait_for("several names: ")
        .keys("\x04");
    let said = terminal.end();
    assert_eq!(said.code, Some(2));
    unchanged(&env, &before, "");
}

#[test]
fn a_default_of_the_config_needs_no_question() {
    let env = surroundings();
    env.does(&["config", "default_to", "bob"]);
    let said = env.does(&["encrypt", "-v", "doc.pdf"]);
    assert!(
        said.contains("Encrypted doc.pdf.age for bob and you"),
        "{said}"
    );
    // But an existing file is not opened to others by default.
    let said = env.fails(2, &["reseal", "mine.age"]);
    assert!(said.contains("No recipients given"), "{said}");
}

#[test]
fn a_word_in_the_wrong_place_comes_with_the_option_for_it() {
    let env = surroundings();
    env.write("keys.txt", format!("{RECIPIENT}\n"));
    let before = everything(&env);
    let misplaced: &[(&[&str], i32, &str, &str)] = &[
        (
            &["encrypt", "-r", "bob", "doc.pdf"],
            2,
            "bob is a contact, not a recipient",
            "Use: --to bob",
        ),
        (
            &["encrypt", "-r", "friends", "doc.pdf"],
            2,
            "friends is a group, not a recipient",
            "Use: --to friends",
        ),
        (
            &["encrypt", "-r", "keys.txt", "doc.pdf"],
            2,
            "keys.txt is a file, not a recipient",
            "Use: -R keys.txt",
        ),
        (
            &["encrypt", "-R", RECIPIENT, "doc.pdf"],
            2,
            "is a recipient, not a file",
            "Use: -r age153zt682esnft5d6vyg5rmlh89yyfg43yy0y47vf8k528679rnprqsqdthz",
        ),
        (
            &["encrypt", "-R", "bob", "doc.pdf"],
            2,
            "bob is a contact, not a file",
            "Use: --to bob",
        ),
        (
            &["encrypt", "--to", "keys.txt", "doc.pdf"],
            2,
            "keys.txt is a file, not a name",
            "-R keys.txt",
        ),
        (
            &["share", "-r", "bob", "mine.age"],
            2,
            "bob is a contact, not a recipient",
            "Use: --to bob",
        ),
        (
            &["reseal", "-r", "bob", "mine.age"],
            2,
            "bob is a contact, not a recipient",
            "Use: --to bob",
        ),
        (
            &["write", "-r", "bob"],
            2,
            "bob is a contact, not a recipient",
            "Use: --to bob",
        ),
        (
            &["encrypt", "bob", "doc.pdf"],
            2,
            "bob is a contact, not a file",
            "Use: bulla encrypt --to bob doc.pdf",
        ),
        (
            &["encrypt", "doc.pdf", "bob", "friends"],
            2,
            "bob is a contact, not a file",
            "Use: bulla encrypt --to bob --to friends doc.pdf",
        ),
        (
            &["decrypt", "bob", "mine.age"],
            2,
            "bob is a contact, not a file",
            "Use: bulla decrypt --from bob mine.age",
        ),
        (
            &["share", "mine.age", "bob", "--to", "friends"],
            2,
            "bob is a contact, not a file",
            "Use: bulla share --to bob mine.age",
        ),
        (
            &["unshare", "mine.age", "bob", "--drop", "friends"],
            2,
            "bob is a contact, not a file",
            "Use: bulla unshare --drop bob mine.age",
        ),
        (
            &["reseal", "mine.age", "bob"],
            2,
            "bob is a contact, not a file",
            "Use: bulla reseal --to bob mine.age",
        ),
        (
            &["write", "bob"],
            2,
            "Unexpected argument \"bob\"",
            "Use: bulla write --to bob",
        ),
        (
            &["write", "doc.pdf"],
            2,
            "Unexpected argument \"doc.pdf\"",
            "Use: bulla write --to NAME < doc.pdf",
        ),
        (
            &["contact", "show", "me"],
            2,
            "There is no contact \"me\" in [TMP]/bulla",
            "me is one of your identities: bulla identity show me",
        ),
        (
            &["identity", "show", "bob"],
            2,
            "There is no identity \"bob\" in [TMP]/bulla",
            "bob is a contact: bulla contact show bob",
        ),
        (
            &["encrypt", "--to", "bobb", "doc.pdf"],
            2,
            "There is no contact, group or identity \"bobb\" in [TMP]/bulla",
            "Did you mean bob?",
        ),
        (
            &["unshare", "--drop", "bobb", "mine.age"],
            2,
            "There is no contact, group or identity \"bobb\" in [TMP]/bulla",
            "Did you mean bob?",
        ),
        (
            &["encrypt", "-p", "doc.pdf", "-o", "no/way/x"],
            6,
            "no does not exist",
            "Create it first: mkdir -p no",
        ),
        (
            &["decrypt", "folder/"],
            2,
            "folder/ is a folder",
            "Decrypt the files in it: bulla decrypt --recursive folder",
        ),
        (
            &["encrypt", "--to", "bob", "mine.age"],
            7,
            "mine.age is already encrypted",
            "To give others access: bulla share mine.age --to NAME. To encrypt it twice: --again",
        ),
        (
            &["share", "-", "--to", "bob"],
            2,
            "Standard input cannot be rewritten in place",
            "Save it as a file first",
        ),
        (
            &["reseal", "-", "--to", "bob"],
            2,
            "Standard input cannot be rewritten in place",
            "Save it as a file first, or write the result elsewhere: bulla reseal --to NAME -o PATH -",
        ),
        (
            &["contact", "add", "eve", "nofile"],
            6,
            "nofile does not exist",
            "Pass an age1… recipient, an SSH key in quotes, or an existing file",
        ),
        (
            &["config", "sign", "maybe"],
            2,
            "sign cannot be \"maybe\": it is true or false",
            "Use: bulla config sign true",
        ),
        (
            &["config", "threads", "x"],
            2,
            "threads cannot be \"x\": it is a number (0: all cores)",
            "Show it: bulla config threads",
        ),
        (
            &["config", "unlock_for", "5"],
            2,
            "unlock_for cannot be \"5\": it is a time such as 90s, 15m or 8h",
            "Show it: bulla config unlock_for",
        ),
        (
            &["config", "set", "sign", "true"],
            2,
            "There is no setting \"set\"",
            "Use: bulla config sign true",
        ),
        (
            &["config", "get", "sign"],
            2,
            "There is no setting \"get\"",
            "Use: bulla config sign",
        ),
        (
            &["doc.pdf"],
            2,
            "There is no command \"doc.pdf\"",
            "Use: bulla encrypt --to NAME doc.pdf",
        ),
        (
            &["mine.age"],
            2,
            "There is no command \"mine.age\"",
            "Use: bulla decrypt mine.age",
        ),
        (
            &["-p", "doc.pdf"],
            2,
            "There is no option \"-p\"",
            "Use: bulla encrypt -p doc.pdf",
        ),
        (
            &["-d", "mine.age"],
            2,
            "There is no option \"-d\"",
            "Use: bulla decrypt mine.age",
        ),
        (
            &["group", "remove", "friends", "bob"],
            2,
            "Unexpected argument \"bob\"",
            "Use: bulla group drop friends bob",
        ),
        (
            &["share", "mine.age"],
            2,
            "No recipients given",
            "For someone (bob, friends): bulla share --to NAME mine.age",
        ),
        (
            &["unshare", "mine.age"],
            2,
            "An argument is missing: --drop <NAME>",
            "Use: bulla unshare mine.age --drop NAME",
        ),
        (
            &["read", "mine.age"],
            4,
            "This is an encrypted file, not a message",
            "Decrypt it: bulla decrypt mine.age",
        ),
        (
            &["read", "eve's.card"],
            4,
            "This is a contact card, not a message",
            "Add the contact: bulla contact add 'eve'\\''s.card'",
        ),
        (
            &["encrypt", "--threads", "x", "doc.pdf"],
            2,
            "--threads <N> cannot be \"x\": not a number",
            "For help: bulla help encrypt",
        ),
    ];
    for (args, code, error, hint) in misplaced {
        let said = env.bulla(*args).stdin("text").run();
        let mut lines = said.stderr.lines();
        assert_eq!(said.code, Some(*code), "{args:?}: {}", said.stderr);
        let first = lines.next().unwrap_or_default();
        assert!(
            first.starts_with("bulla: error: ") && first.contains(error),
            "{args:?}: {}",
            said.stderr
        );
        assert!(
            lines.any(|line| line.starts_with("bulla: hint: ") && line.ends_with(hint)),
            "{args:?}: {}",
            said.stderr
        );
        unchanged(&env, &before, &format!("{args:?}"));
    }
}

#[test]
fn a_file_wins_over_a_person_of_the_same_name() {
    let env = surroundings();
    env.write("bob", "about bob");
    let said = env.does(&["encrypt", "-v", "--to", "me", "bob"]);
    assert!(said.contains("Encrypted bob.age"), "{said}");
}

#[test]
fn decrypt_accepts_the_option_for_passphrases() {
    let env = surroundings();
    let encrypt = [
        "encrypt",
        "-p",
        "-q",
        "--work-factor",
        "10",
        "--passphrase-file",
        "pw",
        "doc.pdf",
    ];
    assert_eq!(env.bulla(encrypt).run().code, Some(0));
    let decrypt = [
        "decrypt",
        "-q",
        "-p",
        "--passphrase-file",
        "pw",
        "doc.pdf.age",
        "-o",
        "-",
    ];
    env.bulla(decrypt).run().assert(0, "plain", "");
    env.bulla(["decrypt", "-p", "mine.age", "-o", "-"])
        .run()
        .assert(
            2,
            "",
            "bulla: error: mine.age is encrypted to keys, not with a passphrase\n\
         bulla: hint: Decrypt it without --passphrase\n",
        );
}

#[test]
fn a_reader_given_twice_is_called_by_name() {
    let env = surroundings();
    let said = env.does(&["encrypt", "--to", "bob", "-r", TWO, "doc.pdf"]);
    assert!(said.contains("bob was given more than once"), "{said}");
}

/// What is done with one input never depends on the others being good.
#[test]
fn a_missing_file_does_not_stop_the_other_inputs() {
    let env = TestEnv::new();
    env.write("good", "plain");
    for bad in ["missing", "missing/too"] {
        let line = ["encrypt", "-q", "-f", "-r", RECIPIENT, bad, "good"];
        let said = env.bulla(line).run();
        assert_eq!(said.code, Some(10), "{bad}");
        assert_eq!(said.stderr.matches(&format!("error: {bad} ")).count(), 1);
        assert!(env.path("good.age").is_file(), "{bad}");
    }
}

#[test]
fn verify_who_and_inspect_report_bad_inputs_before_they_ask_for_a_passphrase() {
    let env = surroundings();
    for command in ["verify", "who"] {
        let run = env.bulla([command, "mine.age", "missing.age", "doc.pdf"]);
        let Some(terminal) = run.on_terminal() else {
            return;
        };
        terminal
            .wait_for("missing.age does not exist")
            .wait_for("doc.pdf is not an age file")
            .wait_for("assphrase for")
            .keys("secret\n");
        let said = terminal.end();
        let screen = String::from_utf8_lossy(&said.stdout).into_owned();
        assert_eq!(said.code, Some(10), "{command}: {screen}");
        for once in ["missing.age does not exist", "doc.pdf is not an age file"] {
            assert_eq!(screen.matches(once).count(), 1, "{command}: {screen}");
        }
        assert!(screen.contains("2 of 3 inputs failed"), "{screen}");
    }
    let said = env.bulla(["inspect", "missing.age", "mine.age"]).run();
    assert_eq!(said.code, Some(10), "{}", said.stderr);
    assert_eq!(said.stderr.matches("does not exist").count(), 1);
    assert!(said.stdout.starts_with(b"mine.age: "), "{said:?}");
}

#[test]
fn sharing_with_nobody_named_asks_with_whom_and_lists_the_others() {
    let env = surroundings();
    env.write("theirs", "theirs");
    env.does(&["encrypt", "-q", "-r", RECIPIENT, "theirs"]);
    let share = |answer: &str| {
        let terminal = env.bulla(["share", "theirs.age"]).on_terminal()?;
        terminal.wait_for("For whom is theirs.age?");
        terminal.wait_for("several names: ").keys(answer);
        Some(terminal)
    };
    let Some(terminal) = share("passphrase\n") else {
        return;
    };
    terminal
        .wait_for("A passphrase is not possible here")
        .wait_for("several names: ")
        .keys("bob\n");
    let said = terminal.end();
    let screen = String::from_utf8_lossy(&said.stdout).into_owned();
    assert_eq!(said.code, Some(0), "{screen}");
    assert!(
        screen.contains("  bob, friends  contacts and groups\r\n")
            || screen.contains("  bob, friends  contacts and groups\n"),
        "{screen}"
    );
    assert!(!screen.contains("yourself"), "{screen}");
    assert!(screen.contains("Shared theirs.age with bob"), "{screen}");
    let before = everything(&env);
    let said = share("\x04").unwrap().end();
    assert_eq!(said.code, Some(2), "{said:?}");
    env.bulla(["share", "--dry-run", "theirs.age"])
        .run()
        .assert(
            2,
            "",
            "bulla: error: No recipients given\n\
         bulla: hint: For someone (bob, friends): bulla share --to NAME --dry-run theirs.age\n",
        );
    unchanged(&env, &before, "");
}

#[test]
fn the_choices_of_for_whom_are_aligned_by_what_is_seen() {
    let env = surroundings();
    env.does(&["contact", "add", "世界", ONE]);
    let Some(terminal) = env.bulla(["encrypt", "doc.pdf"]).on_terminal() else {
        return;
    };
    terminal.wait_for("several names: ").keys("\x04");
    let screen = terminal.end().text();
    for row in [
        "  passphrase          anyone who knows it\n",
        "  me                  yourself\n",
        "  bob, 世界, friends  contacts and groups\n",
    ] {
        assert!(screen.contains(row), "{screen}");
    }
}
