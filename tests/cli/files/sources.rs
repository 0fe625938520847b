//! Sources of a passphrase without a person, and their order.

use std::os::unix::fs::PermissionsExt;

use crate::env::{Outcome, Run, TestEnv};

/// An identity with the passphrase "red clay and reeds", and a file for it.
fn env() -> TestEnv {
    let env = TestEnv::new().with_identity("me", Some("red clay and reeds"));
    env.write("a.age", env.closed_plainly("plain"));
    env
}

fn decrypt(env: &TestEnv) -> Run<'_> {
    env.bulla(["decrypt", "--no-prompt", "a.age", "-o", "-"])
}

/// A folder like the one systemd gives to a service: one credential in it, and read-only.
fn credential(env: &TestEnv, passphrase: &str) -> std::path::PathBuf {
    let path = env.write("credentials/bulla.passphrase", passphrase);
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o400)).unwrap();
    path.parent().unwrap().to_owned()
}

/// A program on the PATH that prints a passphrase and records that it was started.
fn command(env: &TestEnv, passphrase: &str) {
    let script = format!(
        "#!/bin/sh\n: >>'{}'\n{passphrase}\n",
        env.path("started").display()
    );
    let path = env.write("tell", script);
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).unwrap();
    env.install("tell", &path);
    env.in_settings("passphrase_command = [\"tell\", \"bulla\"]\n");
}

#[test]
fn a_descriptor_and_a_file_answer() {
    let env = env();
    env.write("passphrase", "red clay and reeds\r\nmore\n");
    let open = |args: &[&str]| {
        let line = ["decrypt", "--no-prompt", "a.age", "-o", "-"]
            .into_iter()
            .chain(args.iter().copied());
        env.bulla(line).descriptor(3, "red clay and reeds").run()
    };
    open(&["--passphrase-fd", "3"]).assert(0, "plain", "");
    open(&["--passphrase-file", "passphrase"]).assert(0, "plain", "");
}

#[test]
fn a_credential_answers_for_identities_files_and_identity_files() {
    let env = env();
    let folder = credential(&env, "red clay and reeds\n");
    decrypt(&env)
        .env("CREDENTIALS_DIRECTORY", &folder)
        .run()
        .assert(0, "plain", "");
    let unasked = decrypt(&env).env("CREDENTIALS_DIRECTORY", "").run();
    assert_eq!(unasked.code, Some(2), "{}", unasked.stderr);
    assert!(
        unasked
            .stderr
            .contains("Could not open a.age: the passphrase for identity me is needed"),
        "{}",
        unasked.stderr
    );
    let open = |args: &[&str]| {
        env.bulla(args.iter().chain(&["--no-prompt", "-o", "-"]))
            .env("CREDENTIALS_DIRECTORY", &folder)
            .run()
            .assert(0, "plain", "");
    };
    open(&["decrypt", "-i", "../bulla/identities/me.age", "a.age"]);
    env.write("b", "plain");
    env.bulla(["encrypt", "-q", "-p", "--work-factor", "10", "b"])
        .env("CREDENTIALS_DIRECTORY", &folder)
        .run();
    assert!(env.path("b.age").exists(), "a new passphrase");
    open(&["decrypt", "b.age"]);
    let plain = ["decrypt", "--passphrase-fd", "3", "-o", "-", "b.age"];
    env.bulla(plain)
        .descriptor(3, "red clay and reeds")
        .run()
        .assert(0, "plain", "");
}

#[test]
fn a_credential_or_a_file_is_the_passphrase_of_a_new_identity() {
    let env = TestEnv::new();
    let folder = credential(&env, "red clay and reeds\n");
    let cheap = ["--work-factor", "10", "-q", "--no-prompt"];
    let by_credential = |line: &[&str], stdin: &str| {
        env.bulla(line.iter().chain(&cheap))
            .stdin(stdin)
            .env("CREDENTIALS_DIRECTORY", &folder)
            .run()
    };
    let by_file = |line: &[&str], stdin: &str| {
        env.bulla(line.iter().chain(&cheap).chain(&FILE))
            .stdin(stdin)
            .run()
    };
    const FILE: [&str; 2] = ["--passphrase-file", "credentials/bulla.passphrase"];
    let words = "abandon ".repeat(23) + "art";
    env.write(
        "key",
        "AGE-SECRET-KEY-19HNCHT9KJQKQQJK456JTMN6EHHW9THQT9KJ77M9ACE5DCTMFV7XSRMQLQ3\n",
    );
    for (number, source) in [
        &by_credential as &dyn Fn(&[&str], &str) -> Outcome,
        &by_file,
    ]
    .into_iter()
    .enumerate()
    {
        let name = |kind: &str| format!("{kind}{number}");
        let made = [
            source(&["identity", "new", &name("new")], ""),
            source(&["identity", "restore", &name("restored")], &words),
            source(&["identity", "import", &name("imported"), "key"], ""),
            source(&["identity", "new", "-o", &name("file")], ""),
        ];
        for made in made {
            assert_eq!(made.code, Some(0), "{number}: {}", made.stderr);
        }
        for kind in ["new", "restored", "imported"] {
            let secret = format!("../bulla/identities/{}.age", name(kind));
            env.bulla(["decrypt", "--passphrase-fd", "3", "-o", "-", &secret])
                .descriptor(3, "red clay and reeds")
                .run()
                .assert_quiet();
        }
        env.bulla(["decrypt", "--passphrase-fd", "3", "-o", "-", &name("file")])
            .descriptor(3, "red clay and reeds")
            .run()
            .assert_quiet();
    }
}

/// Otherwise the passphrase would seem to be changed and be the same.
#[test]
fn the_credential_that_unlocks_an_identity_is_not_its_new_passphrase() {
    let env = env();
    let folder = credential(&env, "red clay and reeds\n");
    let change = env
        .bulla(["identity", "passphrase", "--no-prompt"])
        .env("CREDENTIALS_DIRECTORY", &folder)
        .run();
    assert_eq!(change.code, Some(2), "{}", change.stderr);
    decrypt(&env)
        .env("CREDENTIALS_DIRECTORY", &folder)
        .run()
        .assert(0, "plain", "");
}

#[test]
fn a_command_of_the_config_answers() {
    let env = env();
    command(&env, "echo red clay and reeds; echo more");
    decrypt(&env).run().assert(0, "plain", "");
    env.in_settings("passphrase_command = [\"/bin/echo\", \"red clay and reeds\"]\n");
    decrypt(&env).run().assert(0, "plain", "");
}

#[test]
fn a_source_that_exists_and_fails_is_an_error_that_names_it() {
    let env = env();
    let fails = |outcome: Outcome, code: i32, text: &str| {
        assert_eq!(outcome.code, Some(code), "{}", outcome.stderr);
        assert!(
            !outcome.stderr.contains("could not read the answer"),
            "{}",
            outcome.stderr
        );
        assert!(
            outcome
                .stderr
                .starts_with("bulla: error: Could not open a.age: ")
        );
        assert!(outcome.stderr.contains(text), "{text}: {}", outcome.stderr);
    };
    let says = |outcome, text| fails(outcome, 1, text);
    command(&env, "exit 7");
    says(
        decrypt(&env).run(),
        "the passphrase_command tell failed: it ended with exit code 7",
    );
    command_is(&env, "[\"nowhere\"]");
    says(
        decrypt(&env).run(),
        "the passphrase_command nowhere failed: no such program on the PATH",
    );
    command_is(&env, "[\"./tell\"]");
    says(
        decrypt(&env).run(),
        "the passphrase_command ./tell failed: its path is not absolute",
    );
    let folder = env.path("credentials");
    let secret = folder.join("bulla.passphrase");
    std::fs::create_dir_all(&secret).unwrap();
    let by_credential = || decrypt(&env).env("CREDENTIALS_DIRECTORY", &folder).run();
    fails(by_credential(), 2, "bulla.passphrase is a folder");
    std::fs::remove_dir(&secret).unwrap();
    std::fs::write(&secret, vec![b'x'; 1 << 20]).unwrap();
    fails(by_credential(), 7, "bulla.passphrase is larger than");
    std::fs::write(&secret, "\n").unwrap();
    fails(by_credential(), 2, "bulla.passphrase is empty");
    std::fs::set_permissions(&secret, PermissionsExt::from_mode(0o000)).unwrap();
    if std::fs::read(&secret).is_err() {
        fails(by_credential(), 6, "bulla.passphrase: Permission denied");
    }
}

#[test]
fn what_a_passphrase_command_writes_is_shown_with_its_name_and_escaped() {
    let env = env();
    let writes = r"printf 'no \033[2Jkey\nbulla: hint: rm' >&2";
    command(&env, &format!("{writes}; exit 7"));
    decrypt(&env).run().assert(
        1,
        "",
        "tell: no \\u{1b}[2Jkey\ntell: bulla: hint: rm\nbulla: error: Could not open a.age: the \
         passphrase_command tell failed: it ended with exit code 7\n",
    );
    let tells = format!("#!/bin/sh\n{writes}; echo red clay and reeds\n");
    env.write("tell", tells);
    decrypt(&env).run().assert(
        0,
        "plain",
        "tell: no \\u{1b}[2Jkey\ntell: bulla: hint: rm\n",
    );
}

#[test]
fn a_passphrase_command_can_ask_on_the_terminal() {
    let env = env();
    command(
        &env,
        "printf 'Master password: ' >&2; read answer </dev/tty; echo \"$answer\"",
    );
    let Some(terminal) = decrypt(&env).redirect(">out").on_terminal() else {
        return;
    };
    terminal
        .wait_for("tell: Master password: ")
        .keys("red clay and reeds\n");
    let said = terminal.end();
    assert_eq!(said.code, Some(0), "{said:?}");
    assert_eq!(env.read("out"), b"plain");
}

/// The same words for something that exists and something new.
#[test]
fn an_empty_passphrase_is_called_empty_and_not_wrong() {
    let env = env();
    env.write("empty", "\nmore\n");
    env.write("plain", "plain");
    for line in [
        &["decrypt", "-o", "-", "a.age"][..],
        &["unlock"],
        &["encrypt", "-p", "plain"],
        &["identity", "new", "other"],
    ] {
        let said = env
            .bulla(
                line.iter()
                    .chain(&["--no-prompt", "--passphrase-file", "empty"]),
            )
            .run();
        assert_eq!(said.code, Some(2), "{line:?}: {}", said.stderr);
        assert!(
            said.stderr.contains("he passphrase in empty is empty"),
            "{line:?}: {}",
            said.stderr
        );
    }
}

fn command_is(env: &TestEnv, line: &str) {
    env.in_settings(&format!("passphrase_command = {line}\n"));
}

#[test]
fn the_first_that_exists_answers() {
    let env = env();
    command(&env, "echo mud");
    let folder = credential(&env, "mud\n");
    let started = || env.list().contains(&"started".to_owned());
    let flag = [
        "decrypt",
        "--no-prompt",
        "a.age",
        "-o",
        "-",
        "--passphrase-fd",
        "3",
    ];
    env.bulla(flag)
        .descriptor(3, "red clay and reeds\n")
        .env("CREDENTIALS_DIRECTORY", &folder)
        .run()
        .assert(0, "plain", "");
    assert!(!started());
    std::fs::remove_dir_all(&folder).unwrap();
    let folder = credential(&env, "red clay and reeds\n");
    decrypt(&env)
        .env("CREDENTIALS_DIRECTORY", &folder)
        .run()
        .assert(0, "plain", "");
    assert!(!started());
    let wrong = decrypt(&env).run();
    assert_eq!((wrong.code, started()), (Some(3), true), "{}", wrong.stderr);
    assert!(
        wrong
            .stderr
            .contains("Could not open a.age: wrong passphrase for identity me"),
        "{}",
        wrong.stderr
    );
    // An unlocked identity needs none of them.
    std::fs::remove_file(env.path("started")).unwrap();
    let unlock = env
        .bulla(["unlock", "--passphrase-fd", "3"])
        .descriptor(3, "red clay and reeds\n")
        .run();
    if unlock.code == Some(0) {
        decrypt(&env).run().assert(0, "plain", "");
        assert!(!started());
        env.bulla(["lock"]).run();
    } else {
        crate::kernel::cannot(&format!("no kernel keyring: {}", unlock.stderr));
    }
}

#[test]
fn unlock_is_answered_by_the_same_sources() {
    let env = env();
    let folder = credential(&env, "mud\n");
    let outcome = env
        .bulla(["unlock", "--no-prompt"])
        .env("CREDENTIALS_DIRECTORY", folder)
        .run();
    outcome.assert(
        3,
        "",
        "bulla: error: Wrong passphrase for identity me\nbulla: hint: Try again; nothing was \
         changed\n",
    );
}

#[test]
fn a_terminal_is_asked_last() {
    let env = env();
    let Some(terminal) = env.bulla(["decrypt", "a.age"]).on_terminal() else {
        return;
    };
    terminal
        .wait_for("Passphrase for identity me")
        .keys("red clay and reeds\n");
    let outcome = terminal.end();
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    assert_eq!(env.read("a"), b"plain");
}

/// Runs a change that reads the old passphrase from descriptor 3 and this new one from 4, if its
/// options say so.
fn with_two(env: &TestEnv, line: &[&str], new: &str) -> Outcome {
    let line = [line, &["--no-prompt", "--work-factor", "10"]].concat();
    let run = env.bulla(line).descriptor(3, "red clay and reeds\n");
    run.descriptor(4, new).run()
}

/// Whether this passphrase opens a.age.
fn opens(env: &TestEnv, passphrase: &str) -> bool {
    let decrypt = ["decrypt", "--no-prompt", "a.age", "-o", "-"];
    let line = [&decrypt[..], &["--passphrase-fd", "3"]].concat();
    env.bulla(line).descriptor(3, passphrase).run().code == Some(0)
}

#[test]
fn a_new_passphrase_comes_from_its_own_descriptor_or_file() {
    let env = env();
    env.write("old", "red clay and reeds\n");
    env.write("new", "seven wet bricks\r\nmore\n");
    let change = |options: &[&str]| {
        let change = ["identity", "passphrase", "me"];
        with_two(&env, &[&change[..], options].concat(), "seven wet bricks\n")
    };
    let opens = |passphrase: &str| opens(&env, passphrase);
    // Without an option for the new one, the old one is not taken for it.
    let half = change(&["--passphrase-fd", "3"]);
    assert_eq!(half.code, Some(2), "{half:?}");
    assert!(
        half.stderr
            .contains("Pass it with --new-passphrase-fd N or --new-passphrase-file PATH"),
        "{}",
        half.stderr
    );
    assert!(opens("red clay and reeds"));
    let by_fd = change(&["--passphrase-fd", "3", "--new-passphrase-fd", "4"]);
    assert_eq!(by_fd.code, Some(0), "{by_fd:?}");
    assert!(opens("seven wet bricks") && !opens("red clay and reeds"));
    let back = ["--passphrase-file", "new", "--new-passphrase-file", "old"];
    assert_eq!(change(&back).code, Some(0));
    assert!(opens("red clay and reeds") && !opens("seven wet bricks"));
    let both = change(&["--new-passphrase-fd", "4", "--new-passphrase-file", "new"]);
    assert_eq!(both.code, Some(2), "{both:?}");
    let empty = env.write("empty", "\n");
    let empty = change(&[
        "--passphrase-file",
        "old",
        "--new-passphrase-file",
        empty.to_str().unwrap(),
    ]);
    assert_eq!(empty.code, Some(2), "{empty:?}");
    assert!(empty.stderr.contains("empty is empty"), "{}", empty.stderr);
    assert!(opens("red clay and reeds"));
}

#[test]
fn reseal_opens_with_one_passphrase_and_encrypts_with_another() {
    let env = TestEnv::new();
    env.write("a.age", env.locked("plain", "red clay and reeds", &[]));
    env.write("new", "seven wet bricks\n");
    let reseal = |options: &[&str]| {
        let reseal = ["reseal", "-p", "a.age"];
        with_two(
            &env,
            &[&reseal[..], options].concat(),
            "clay tablets again\n",
        )
    };
    let opens = |passphrase: &str| opens(&env, passphrase);
    let half = reseal(&["--passphrase-fd", "3"]);
    assert_eq!(half.code, Some(2), "{half:?}");
    assert!(half.stderr.contains("--new-passphrase-fd N"), "{half:?}");
    assert!(opens("red clay and reeds"));
    let done = reseal(&["--passphrase-fd", "3", "--new-passphrase-file", "new"]);
    assert_eq!(done.code, Some(0), "{done:?}");
    assert!(opens("seven wet bricks") && !opens("red clay and reeds"));
    let done = reseal(&["--passphrase-file", "new", "--new-passphrase-fd", "4"]);
    assert_eq!(done.code, Some(0), "{done:?}");
    assert!(opens("clay tablets again") && !opens("seven wet bricks"));
}
