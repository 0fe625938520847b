//! Sources of an identity's passphrase without a person, and their order.

use std::os::unix::fs::PermissionsExt;

use crate::env::{Outcome, Run, TestEnv};

/// An identity with the passphrase "clay", and a file for it.
fn env() -> TestEnv {
    let env = TestEnv::new().with_identity("me", Some("clay"));
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
    env.in_keyring(
        "config.toml",
        "passphrase_command = [\"tell\", \"bulla\"]\n",
    );
}

#[test]
fn a_descriptor_and_a_file_answer() {
    let env = env();
    env.write("passphrase", "clay\r\nmore\n");
    let open = |args: &[&str]| {
        let line = ["decrypt", "--no-prompt", "a.age", "-o", "-"]
            .into_iter()
            .chain(args.iter().copied());
        env.bulla(line).descriptor(3, "clay").run()
    };
    open(&["--passphrase-fd", "3"]).assert(0, "plain", "");
    open(&["--passphrase-file", "passphrase"]).assert(0, "plain", "");
}

#[test]
fn a_credential_answers_for_identities_of_the_keyring_only() {
    let env = env();
    let folder = credential(&env, "clay\n");
    decrypt(&env)
        .env("CREDENTIALS_DIRECTORY", &folder)
        .run()
        .assert(0, "plain", "");
    let unasked = decrypt(&env).env("CREDENTIALS_DIRECTORY", "").run();
    assert_eq!(unasked.code, Some(3), "{}", unasked.stderr);
    assert!(
        unasked
            .stderr
            .contains("identity me: The passphrase for identity me is needed"),
        "{}",
        unasked.stderr
    );
    let other = [
        "decrypt",
        "--no-prompt",
        "-i",
        "../bulla/identities/me.age",
        "a.age",
        "-o",
        "-",
    ];
    let other = env.bulla(other).env("CREDENTIALS_DIRECTORY", &folder).run();
    assert_eq!(
        other.code,
        Some(3),
        "a file that is named is no identity of the keyring: {}",
        other.stderr
    );
}

#[test]
fn a_command_of_the_config_answers() {
    let env = env();
    command(&env, "echo clay; echo more");
    decrypt(&env).run().assert(0, "plain", "");
    env.in_keyring(
        "config.toml",
        "passphrase_command = [\"/bin/echo\", \"clay\"]\n",
    );
    decrypt(&env).run().assert(0, "plain", "");
}

#[test]
fn a_source_that_exists_and_fails_is_an_error_that_names_it() {
    let env = env();
    let says = |outcome: Outcome, text: &str| {
        assert_eq!(outcome.code, Some(3), "{}", outcome.stderr);
        assert!(outcome.stderr.contains(text), "{text}: {}", outcome.stderr);
    };
    command(&env, "exit 7");
    says(
        decrypt(&env).run(),
        "passphrase_command tell: it ended with exit status: 7",
    );
    command_is(&env, "[\"nowhere\"]");
    says(
        decrypt(&env).run(),
        "passphrase_command nowhere: no such program on the PATH",
    );
    command_is(&env, "[\"./tell\"]");
    says(
        decrypt(&env).run(),
        "passphrase_command ./tell: its path is not absolute",
    );
    let folder = env.path("credentials");
    std::fs::create_dir_all(folder.join("bulla.passphrase")).unwrap();
    says(
        decrypt(&env).env("CREDENTIALS_DIRECTORY", &folder).run(),
        "bulla.passphrase",
    );
}

fn command_is(env: &TestEnv, line: &str) {
    env.in_keyring("config.toml", format!("passphrase_command = {line}\n"));
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
        .descriptor(3, "clay\n")
        .env("CREDENTIALS_DIRECTORY", &folder)
        .run()
        .assert(0, "plain", "");
    assert!(!started());
    std::fs::remove_dir_all(&folder).unwrap();
    let folder = credential(&env, "clay\n");
    decrypt(&env)
        .env("CREDENTIALS_DIRECTORY", &folder)
        .run()
        .assert(0, "plain", "");
    assert!(!started());
    let wrong = decrypt(&env).run();
    assert_eq!((wrong.code, started()), (Some(3), true), "{}", wrong.stderr);
    assert!(
        wrong.stderr.contains("identity me: wrong passphrase"),
        "{}",
        wrong.stderr
    );
    // An unlocked identity needs none of them.
    std::fs::remove_file(env.path("started")).unwrap();
    let unlock = env
        .bulla(["unlock", "--passphrase-fd", "3"])
        .descriptor(3, "clay\n")
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
        "bulla: error: identity me: wrong passphrase\nbulla: hint: Try again; nothing was \
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
        .keys("clay\n");
    let outcome = terminal.end();
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    assert_eq!(env.read("a"), b"plain");
}
