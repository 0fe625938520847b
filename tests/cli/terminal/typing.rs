//! What is typed or pasted into `encrypt` and the commands that read encrypted files.

use std::path::Path;

use crate::env::{Run, TestEnv};
use crate::someone::RECIPIENT;
use crate::tools::need;

fn env() -> TestEnv {
    TestEnv::new().with_key()
}

/// An armored file with the text "hello".
fn block(env: &TestEnv) -> String {
    let encrypt = ["encrypt", "-q", "-a", "-r", RECIPIENT];
    let block = env.bulla(encrypt).stdin("hello\n").run();
    String::from_utf8(block.assert_quiet().stdout.clone()).unwrap()
}

/// The shell that reads the terminal before and after bulla.
fn shell<'a>(env: &'a TestEnv, bash: &Path) -> Run<'a> {
    env.install("bulla", Path::new(env!("CARGO_BIN_EXE_bulla")));
    let path = format!("{}:/usr/bin:/bin", env.path("../bin").display());
    env.program(bash, ["--norc", "--noprofile", "-i"])
        .env("PATH", path)
        .env("TERM", "xterm")
}

#[test]
fn binary_output_to_a_terminal_is_refused_before_anything_is_typed() {
    let env = env();
    for path in [&[][..], &["-"], &["/dev/stdin"]] {
        let args = ["encrypt", "-r", RECIPIENT].into_iter();
        let Some(terminal) = env.bulla(args.chain(path.iter().copied())).on_terminal() else {
            return;
        };
        terminal.wait_for("Not writing encrypted data to the terminal");
        assert_eq!(terminal.end().code, Some(7), "{path:?}");
    }
}

#[test]
fn typed_text_is_encrypted_in_one_piece_after_its_end() {
    let env = env();
    for sign in [&[][..], &["--plain"]] {
        let args = ["encrypt", "-a", "-r", RECIPIENT].into_iter();
        let Some(terminal) = env.bulla(args.chain(sign.iter().copied())).on_terminal() else {
            return;
        };
        terminal
            .wait_for("Type the text. End it with Ctrl-D on an empty line")
            .keys("first line\n")
            .wait_for("first line")
            .keys("second line\n\x04");
        let outcome = terminal.end();
        let shown = String::from_utf8(outcome.stdout).unwrap();
        assert_eq!(outcome.code, Some(0), "{shown}");
        assert_eq!(shown.matches("Type the text").count(), 1, "{shown}");
        let begin = shown.find("-----BEGIN").unwrap();
        assert!(shown.find("second line").unwrap() < begin, "{shown}");
        assert!(!shown.contains("encrypting"), "{shown}");
        let end = "-----END AGE ENCRYPTED FILE-----\n";
        let end = shown.find(end).unwrap() + end.len();
        env.bulla(["decrypt", "-q", "-i", "key"])
            .stdin(&shown[begin..end])
            .run()
            .assert(0, "first line\nsecond line\n", "");
    }
}

#[test]
fn text_that_is_typed_for_a_file_is_asked_for_once() {
    let env = env();
    let args = ["encrypt", "-r", RECIPIENT, "-o", "out.age"];
    let Some(terminal) = env.bulla(args).on_terminal() else {
        return;
    };
    terminal.wait_for("Type the text").keys("hello\n\x04");
    let outcome = terminal.end();
    let shown = String::from_utf8(outcome.stdout).unwrap();
    assert_eq!(outcome.code, Some(0), "{shown}");
    assert_eq!(shown.matches("Type the text").count(), 1, "{shown}");
    let decrypt = ["decrypt", "-q", "-i", "key", "-o", "-", "out.age"];
    env.bulla(decrypt).run().assert(0, "hello\n", "");
}

#[test]
fn a_typed_line_that_a_terminal_may_have_cut_is_refused() {
    let env = env();
    let args = ["encrypt", "-r", RECIPIENT, "-o", "out.age"];
    let Some(terminal) = env.bulla(args).on_terminal() else {
        return;
    };
    terminal.wait_for("Type the text");
    for _ in 0..50 {
        terminal.keys(&"x".repeat(100));
    }
    terminal.keys("\n\x04").wait_for("so it may have been cut");
    assert_eq!(terminal.end().code, Some(7));
    assert!(!env.path("out.age").exists());
}

#[test]
fn a_file_pasted_without_brackets_ends_at_its_last_line() {
    let env = env();
    let block = block(&env);
    for (command, shown) in [
        (&["decrypt", "-i", "key"][..], "│ hello"),
        (&["verify", "-i", "key", "-"], "standard input"),
        (&["who", "-i", "key", "-"], "standard input"),
        (&["inspect", "-"], "standard input"),
        (
            &["reseal", "-i", "key", "-r", RECIPIENT, "-o", "out", "-"],
            "",
        ),
    ] {
        let Some(terminal) = env.bulla(command.iter().copied()).on_terminal() else {
            return;
        };
        terminal.wait_for("Paste the encrypted text");
        assert!(!terminal.echoes());
        terminal.keys(&block);
        let outcome = terminal.end();
        let text = String::from_utf8(outcome.stdout).unwrap();
        assert_eq!(outcome.code, Some(0), "{command:?}: {text}");
        assert!(text.contains(shown), "{command:?}: {text}");
    }
}

#[test]
fn what_follows_a_pasted_file_does_not_reach_the_shell() {
    let bash = need!("bash");
    let env = env();
    let block = block(&env);
    let Some(terminal) = shell(&env, &bash).on_terminal() else {
        return;
    };
    terminal
        .keys("bulla decrypt -i key; echo en''ded\n")
        .wait_for("Paste the encrypted text")
        .keys(&format!("{block}touch pwned\n"))
        .wait_for("Ignored the text after the encrypted text")
        .wait_for("│ hello")
        .wait_for("ended")
        .keys("echo af''ter\n")
        .wait_for("after")
        .keys("exit\n");
    terminal.end();
    assert!(!env.path("pwned").exists(), "a command ran");
}

#[test]
fn what_was_pasted_for_a_command_that_failed_does_not_reach_the_shell() {
    let bash = need!("bash");
    for (command, error) in [
        (
            format!("bulla encrypt -r {RECIPIENT}"),
            "Not writing encrypted data",
        ),
        ("bulla encrypt -a -r age1wrong".to_owned(), "error"),
        ("bulla decrypt -i missing".to_owned(), "error"),
        ("bulla write --to nobody".to_owned(), "error"),
    ] {
        let env = env();
        let Some(terminal) = shell(&env, &bash).on_terminal() else {
            return;
        };
        terminal
            .keys(&format!(
                "{command}; echo en''ded\ndear diary\ntouch pwned\n"
            ))
            .wait_for(error)
            .wait_for("ended")
            .keys("echo af''ter\n")
            .wait_for("after")
            .keys("exit\n");
        terminal.end();
        assert!(!env.path("pwned").exists(), "{command}");
    }
}

#[test]
fn an_end_before_anything_came_is_called_that_and_makes_nothing() {
    let env = env();
    env.does(&["identity", "new", "--no-passphrase", "-q"]);
    for (args, wait, keys, said) in [
        (
            &["encrypt", "-r", RECIPIENT, "-o", "out"][..],
            "Type the text",
            "\x04",
            "Nothing was typed",
        ),
        (
            &["encrypt", "-r", RECIPIENT, "-o", "out"],
            "Type the text",
            " \n\n\x04",
            "Nothing was typed",
        ),
        (
            &["write", "-r", RECIPIENT, "-o", "out"],
            "End it with Ctrl-D",
            "\x04",
            "Nothing was typed",
        ),
        (
            &["decrypt", "-i", "key", "-o", "out"],
            "Paste the encrypted text",
            "\x04",
            "Nothing was pasted",
        ),
        (
            &["verify", "-i", "key", "-"],
            "Paste the encrypted text",
            "\x04",
            "Nothing was pasted",
        ),
        (&["read"], "Paste the message", "\x04", "Nothing was pasted"),
        (
            &["contact", "add", "ann"],
            "Paste ann's card or keys",
            "\x04",
            "No card or keys were given",
        ),
    ] {
        let Some(terminal) = env.bulla(args).on_terminal() else {
            return;
        };
        terminal.wait_for(wait).keys(keys).wait_for(said);
        let ended = terminal.end();
        assert_eq!(ended.code, Some(2), "{args:?}: {ended:?}");
        assert!(!env.path("out").exists(), "{args:?}");
    }
}
