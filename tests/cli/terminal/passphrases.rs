//! Passphrases and numbers that are wrong, and passphrases that nobody can be asked for.

use crate::env::{Run, TestEnv};
use crate::people::{CHECK_OF_ONE, ONE};
use crate::someone::RECIPIENT;

/// A file for a passphrase, "s.age", and one for the locked identity "me", "a.age"; both
/// passphrases are "clay".
fn env() -> TestEnv {
    let env = TestEnv::new().with_identity("me", Some("clay")).with_key();
    env.write("a.age", env.closed_plainly("plain"));
    env.write("clay", "clay\n");
    env.write("mud", "mud\n");
    let encrypt = [
        "encrypt",
        "-q",
        "-p",
        "--work-factor",
        "10",
        "--passphrase-file",
        "clay",
    ];
    let closed = env.bulla(encrypt).stdin("plain").run();
    env.write("s.age", &closed.stdout);
    env
}

/// Commands that need the passphrase of the identity, or of the file.
const COMMANDS: [&[&str]; 8] = [
    &["decrypt", "s.age", "-o", "out"],
    &["decrypt", "a.age", "-o", "out"],
    &["verify", "s.age"],
    &["verify", "a.age"],
    &["who", "a.age"],
    &["share", "a.age", "--no-sign", "-r", ONE],
    &["identity", "passphrase", "me", "--no-passphrase"],
    &["reseal", "a.age", "--no-sign", "-r", RECIPIENT, "-o", "out"],
];

#[test]
fn a_wrong_passphrase_is_asked_for_again_on_a_terminal() {
    for command in COMMANDS {
        let env = env();
        let Some(terminal) = env.bulla(command.iter().copied()).on_terminal() else {
            return;
        };
        terminal.wait_for("Passphrase for ").keys("mud\n");
        terminal
            .wait_for("Wrong passphrase, try again")
            .wait_for("Passphrase for ")
            .keys("stone\n")
            .wait_for("Wrong passphrase, try again")
            .wait_for("Passphrase for ")
            .keys("clay\n");
        let outcome = terminal.end();
        assert_eq!(outcome.code, Some(0), "{command:?}: {outcome:?}");
    }
}

#[test]
fn the_third_wrong_passphrase_is_the_last() {
    for command in COMMANDS {
        let env = env();
        let Some(terminal) = env.bulla(command.iter().copied()).on_terminal() else {
            return;
        };
        for _ in 0..3 {
            terminal.wait_for("Passphrase for ").keys("mud\n");
        }
        let outcome = terminal.end();
        let shown = String::from_utf8(outcome.stdout).unwrap();
        assert_eq!(outcome.code, Some(3), "{command:?}: {shown}");
        let error = shown.lines().find(|line| line.contains("bulla: error:"));
        let error = error.unwrap().to_lowercase();
        assert!(error.contains("wrong passphrase for "), "{shown}");
    }
}

#[test]
fn a_wrong_passphrase_that_was_not_typed_is_one_line_and_exit_code_3() {
    for command in COMMANDS {
        let env = env();
        let args = command.iter().copied();
        let wrong = env.bulla(args.chain(["--passphrase-file", "mud"])).run();
        assert_eq!(wrong.code, Some(3), "{command:?}: {}", wrong.stderr);
        let errors = wrong.stderr.matches("bulla: error: ").count();
        let text = wrong.stderr.to_lowercase();
        assert!(
            errors == 1 && text.contains("wrong passphrase for "),
            "{command:?}: {}",
            wrong.stderr
        );
    }
}

#[test]
fn a_passphrase_that_nobody_can_be_asked_for_is_the_headline_and_exit_code_2() {
    for command in COMMANDS {
        let env = env();
        let args = command.iter().copied();
        let said = env.bulla(args.chain(["-q", "--no-prompt"])).run();
        assert_eq!(said.code, Some(2), "{command:?}: {}", said.stderr);
        let error = said.stderr.lines().last().unwrap();
        assert!(
            error.starts_with("bulla: error: ")
                && error.contains("passphrase")
                && error.contains("there is no terminal to ask on"),
            "{command:?}: {}",
            said.stderr
        );
    }
}

#[test]
fn an_identity_that_stays_locked_does_not_matter_if_another_opens() {
    let env = env();
    let locked = "../bulla/identities/me.age";
    let args = ["decrypt", "-q", "--no-prompt", "-i", locked, "-i", "key"];
    env.bulla(args.into_iter().chain(["-o", "-", "a.age"]))
        .run()
        .assert(0, "plain", "");
}

#[test]
fn a_passphrase_that_a_terminal_may_have_cut_is_not_taken() {
    let env = env();
    let Some(terminal) = env.bulla(["decrypt", "s.age", "-o", "out"]).on_terminal() else {
        return;
    };
    terminal.wait_for("Passphrase for s.age");
    for _ in 0..50 {
        terminal.keys(&"c".repeat(100));
    }
    terminal
        .keys("\n")
        .wait_for("That is too long, try again")
        .wait_for("Passphrase for s.age")
        .keys("clay\n");
    assert_eq!(terminal.end().code, Some(0));
}

#[test]
fn an_empty_answer_is_no_wrong_passphrase() {
    for command in &COMMANDS[..2] {
        let env = env();
        let Some(terminal) = env.bulla(command.iter().copied()).on_terminal() else {
            return;
        };
        terminal.wait_for("Passphrase for ").keys("\n");
        terminal.wait_for("no answer was given");
        assert_eq!(terminal.end().code, Some(2), "{command:?}");
    }
}

/// A contact, and the command that verifies it.
fn verifying(env: &TestEnv) -> Run<'_> {
    env.bulla(["contact", "add", "alice", ONE, "-q"]).run();
    env.bulla(["contact", "verify", "alice"])
}

#[test]
fn a_wrong_number_is_asked_for_again_and_enter_alone_is_none() {
    let env = TestEnv::new();
    let Some(terminal) = verifying(&env).on_terminal() else {
        return;
    };
    let question = "as alice reads it to you";
    terminal.wait_for(question).keys("1234\n");
    terminal
        .wait_for(
            "A check value has 32 digits, 0 to 9 and a to f (spaces do not matter), try again",
        )
        .wait_for(question)
        .keys(&format!("{CHECK_OF_ONE}\n"))
        .wait_for("Verified");
    assert_eq!(terminal.end().code, Some(0));
    let env = TestEnv::new();
    let terminal = verifying(&env).on_terminal().unwrap();
    for _ in 0..3 {
        terminal.wait_for(question).keys("\n");
    }
    let outcome = terminal.end();
    let shown = String::from_utf8(outcome.stdout).unwrap();
    assert_eq!(outcome.code, Some(2), "{shown}");
    assert!(shown.contains("Nothing was typed, try again"), "{shown}");
    assert!(shown.contains("The check value was not given"), "{shown}");
}

#[test]
fn a_terminal_that_controls_no_session_is_asked_too() {
    let env = env();
    let decrypt = || env.bulla(["decrypt", "s.age", "-o", "out", "--force"]);
    let Some(terminal) = decrypt().on_foreign_terminal() else {
        return;
    };
    terminal.wait_for("Passphrase for s.age");
    assert!(!terminal.echoes());
    terminal
        .keys("mud\n")
        .wait_for("Wrong passphrase, try again")
        .wait_for("Passphrase for s.age")
        .keys("clay\n")
        .left();
    assert!(terminal.echoes());
    assert_eq!(terminal.end().code, Some(0));
    assert_eq!(env.read("out"), b"plain");
    // No key sends a signal there, so Ctrl-C ends the question, and a signal restores the echo.
    let terminal = decrypt().on_foreign_terminal().unwrap();
    terminal.wait_for("Passphrase for s.age").keys("\x03");
    assert_eq!(terminal.end().code, Some(2));
    let terminal = decrypt().on_foreign_terminal().unwrap();
    terminal
        .wait_for("Passphrase for s.age")
        .signal(rustix::process::Signal::TERM)
        .left();
    assert!(terminal.echoes());
    assert_eq!(terminal.end().signal, Some(15));
}

#[test]
fn nobody_is_asked_where_standard_input_or_error_is_no_terminal() {
    let env = env();
    for redirect in ["</dev/null", "2>said"] {
        let run = env.bulla(["decrypt", "s.age", "-o", "out"]);
        let Some(terminal) = run.redirect(redirect).on_foreign_terminal() else {
            return;
        };
        assert_eq!(terminal.end().code, Some(2), "{redirect}");
    }
}
