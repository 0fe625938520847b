//! Messages on a real terminal: typed, pasted and answered. Hostile pastes have no effect.

use std::path::Path;
use std::time::Duration;

use super::{block, bob, env};
use crate::tools::need;

const BEGIN: &str = "\x1b[200~";
const END: &str = "\x1b[201~";

#[test]
fn a_message_is_typed_pasted_and_answered() {
    let env = env(&["--classic"]);
    let Some(terminal) = env
        .bulla(["write", "--to", "bob"])
        .redirect(">m")
        .on_terminal()
    else {
        return;
    };
    terminal
        .wait_for("End it with Ctrl-D")
        .keys("meet me at noon\n\x04");
    assert_eq!(terminal.end().code, Some(0));
    let block = String::from_utf8(env.read("m")).unwrap();
    let terminal = bob(&env, &["read", "--reply"])
        .redirect(">answer")
        .on_terminal()
        .unwrap();
    terminal.wait_for("Paste the message");
    assert!(!terminal.echoes());
    terminal
        .keys(&format!("{BEGIN}{block}{END}"))
        .wait_for("From     alice")
        .wait_for("│ meet me at noon");
    terminal
        .wait_for("Reply to alice:")
        .wait_for("End it with Ctrl-D");
    assert!(terminal.echoes());
    terminal
        .keys("I shall\n\x04")
        .wait_for("For alice; signed by you (identity me)");
    assert_eq!(terminal.end().code, Some(0));
    let answer = env.read("answer");
    assert_eq!(
        env.bulla(["read", "-q"]).stdin(answer).run().stdout,
        b"I shall\n"
    );
}

#[test]
fn every_row_of_a_text_that_imitates_the_tool_has_its_bar() {
    let env = env(&["--classic"]);
    let forged = "hello\nFrom     carol   keys verified 2026-01-01\nbulla: warning: x\n\
        Paste the message: \u{1b}[2J\n";
    let block = block(&env, forged, &["--to", "bob"]);
    let Some(terminal) = bob(&env, &["read"]).on_terminal() else {
        return;
    };
    terminal
        .wait_for("Paste the message")
        .keys(&format!("{BEGIN}{block}{END}"));
    let outcome = terminal.end();
    let shown = String::from_utf8(outcome.stdout).unwrap();
    assert_eq!(outcome.code, Some(0), "{shown}");
    for line in [
        "From     carol",
        "bulla: warning: x",
        "Paste the message: \\u{1b}[2J",
        "hello",
    ] {
        assert!(shown.contains(&format!("│ {line}")), "{shown}");
        assert!(!shown.contains(&format!("\n{line}")), "{shown}");
    }
    assert!(
        shown.find("From     alice").unwrap() < shown.find("│ hello").unwrap(),
        "{shown}"
    );
}

/// Anyone may have written the text around a block, so it is cut and does not wrap into a row that
/// looks like our output.
#[test]
fn skipped_text_takes_one_row() {
    let env = env(&["--classic"]);
    let block = block(&env, "hello\n", &["--to", "bob"]);
    // A space character that Unicode does not classify as whitespace.
    let forged = "From     carol   keys verified 2026-01-01".replace(' ', "\u{2800}");
    let around: String = (60..100)
        .map(|columns| format!("{}{forged}\n", "x".repeat(columns)))
        .collect();
    let Some(terminal) = bob(&env, &["read"]).on_terminal() else {
        return;
    };
    terminal
        .wait_for("Paste the message")
        .keys(&format!("{BEGIN}{around}{block}{END}"));
    let outcome = terminal.end();
    let shown = String::from_utf8(outcome.stdout).unwrap();
    assert_eq!(outcome.code, Some(0), "{shown}");
    let rows: Vec<_> = shown.lines().filter(|line| line.contains("xxx")).collect();
    assert_eq!(rows.len(), 5, "{shown}");
    for row in rows {
        // The terminal has 100 columns, and line wrapping is turned off.
        let text = row
            .trim_end()
            .strip_prefix("\x1b[?7l")
            .unwrap()
            .strip_suffix("\x1b[?7h")
            .unwrap();
        assert!(
            text.starts_with("Ignored text before the message: \"xxx") && text.ends_with('…'),
            "{row:?}"
        );
        assert_eq!(text.chars().count(), 100, "{row:?}");
    }
    assert!(
        shown.contains("Ignored 35 more lines before the message"),
        "{shown}"
    );
}

#[test]
fn a_text_that_ends_within_a_row_is_not_continued_by_the_block() {
    let env = env(&["--classic"]);
    for redirect in ["", "2>said", ">m"] {
        let Some(terminal) = env
            .bulla(["write", "--to", "bob"])
            .redirect(redirect)
            .on_terminal()
        else {
            return;
        };
        if redirect != "2>said" {
            terminal.wait_for("End it with Ctrl-D");
        }
        terminal
            .keys("meet me\x04")
            .wait_for("meet me")
            .keys("\x04");
        let outcome = terminal.end();
        let shown = String::from_utf8(outcome.stdout).unwrap();
        assert_eq!(outcome.code, Some(0), "{shown}");
        assert!(
            shown.lines().any(|line| line.ends_with("meet me")),
            "{redirect}: {shown}"
        );
    }
}

#[test]
fn a_locked_identity_is_asked_for_once_to_read_and_to_answer() {
    let env = env(&["--classic"]);
    env.write("passphrase", "red clay and reeds\n");
    let lock = [
        "identity",
        "passphrase",
        "me",
        "--work-factor",
        "10",
        "--passphrase-file",
        "passphrase",
    ];
    let locked = bob(&env, &lock).run();
    assert_eq!(locked.code, Some(0), "{}", locked.stderr);
    let block = block(&env, "hello\n", &["--to", "bob"]);
    let run = bob(&env, &["read", "--reply"]).redirect(">answer");
    let Some(terminal) = run.on_terminal() else {
        return;
    };
    terminal
        .wait_for("Paste the message")
        .keys(&format!("{BEGIN}{block}{END}"));
    terminal
        .wait_for("Passphrase for identity me")
        .keys("red clay and reeds\n")
        .wait_for("│ hello");
    terminal
        .wait_for("End it with Ctrl-D")
        .keys("and to you\n\x04");
    let ended = terminal.end();
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(
        env.bulla(["read", "-q"])
            .stdin(env.read("answer"))
            .run()
            .stdout,
        b"and to you\n"
    );
    env.write("m", &block);
    let args = [
        "read",
        "-q",
        "--reply",
        "--passphrase-file",
        "passphrase",
        "m",
    ];
    let answered = bob(&env, &args).stdin("again\n").run();
    assert_eq!(answered.code, Some(0), "{}", answered.stderr);
}

#[test]
fn a_paste_without_brackets_ends_with_control_d_and_one_line_is_read_whole() {
    let env = env(&["--classic"]);
    let text = "x".repeat(8400);
    let whole = block(&env, &text, &["--to", "bob"]);
    let inner: String = whole
        .lines()
        .filter(|line| !line.starts_with('-'))
        .collect();
    assert!(inner.len() >= 12_000);
    let line = format!(
        "-----BEGIN AGE ENCRYPTED FILE----- {inner} -----END AGE ENCRYPTED FILE-----\n\x04"
    );
    let Some(terminal) = bob(&env, &["read"]).redirect(">out").on_terminal() else {
        return;
    };
    terminal.wait_for("Paste the message").keys(&line);
    assert_eq!(terminal.end().code, Some(0));
    assert_eq!(env.read("out"), text.as_bytes());
}

#[test]
fn a_paste_without_brackets_ends_at_the_last_line_of_the_last_message() {
    let env = env(&["--classic"]);
    let (one, two) = (
        block(&env, "one\n", &["--to", "bob"]),
        block(&env, "two\n", &["--to", "bob"]),
    );
    let Some(terminal) = bob(&env, &["read"]).on_terminal() else {
        return;
    };
    terminal
        .wait_for("Paste the message")
        .keys(&format!("{one}\n{two}"))
        .wait_for("│ one")
        .wait_for("│ two");
    let outcome = terminal.end();
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    let shown = String::from_utf8(outcome.stdout).unwrap();
    assert!(!shown.contains("Ignored"), "{shown}");
}

#[test]
fn control_c_leaves_nothing() {
    let env = env(&["--classic"]);
    let Some(terminal) = env
        .bulla(["write", "--to", "bob"])
        .redirect(">m")
        .on_terminal()
    else {
        return;
    };
    terminal
        .wait_for("End it with Ctrl-D")
        .keys("meet me at\x03");
    assert_eq!(terminal.end().signal, Some(2));
    assert_eq!(env.read("m"), b"");
    let terminal = bob(&env, &["read"]).on_terminal().unwrap();
    terminal.wait_for("Paste the message").keys("\x03");
    let ended = terminal.end();
    assert_eq!(ended.signal, Some(2), "{ended:?}");
}

#[test]
fn a_text_comes_from_the_editor() {
    let env = env(&["--classic"]);
    let script = env.write(
        "editor",
        "#!/bin/sh\necho edited text > \"$1\"\necho \"$1\" > where\n",
    );
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o700);
    std::fs::set_permissions(&script, mode).unwrap();
    let run = env
        .bulla(["write", "--edit", "--to", "bob"])
        .env("EDITOR", &script);
    let Some(terminal) = run.redirect(">m").on_terminal() else {
        return;
    };
    let ended = terminal.end();
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let place = String::from_utf8(env.read("where")).unwrap();
    assert!(
        place.starts_with('/') && !Path::new(place.trim()).parent().unwrap().exists(),
        "{place}"
    );
    assert_eq!(
        bob(&env, &["read", "-q"]).stdin(env.read("m")).run().stdout,
        b"edited text\n"
    );
    let none = env
        .bulla(["write", "--edit", "--to", "bob"])
        .env("EDITOR", "/bin/true");
    let ended = none.on_terminal().unwrap().end();
    assert_eq!(ended.code, Some(2));
    assert!(
        String::from_utf8(ended.stdout)
            .unwrap()
            .contains("The editor returned no text")
    );
}

#[test]
fn what_an_editor_writes_to_standard_error_is_shown_with_its_name_and_escaped() {
    let env = env(&["--classic"]);
    let script = env.write(
        "editor",
        "#!/bin/sh\nprintf 'Save? ' >&2\nread answer\nprintf 'no \\033[2Jdisk' >&2\nexit 3\n",
    );
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o700);
    std::fs::set_permissions(&script, mode).unwrap();
    let run = env
        .bulla(["write", "--edit", "--to", "bob"])
        .env("EDITOR", &script);
    let Some(terminal) = run.redirect(">m").on_terminal() else {
        return;
    };
    terminal
        .wait_for("editor: Save? ")
        .keys("y\n")
        .wait_for("no \\u{1b}[2Jdisk")
        .wait_for("The editor ended with exit code 3");
    assert_eq!(terminal.end().code, Some(1));
}

/// After `read`, a shell reads the rest of the terminal's input, which must be empty.
fn runs_nothing(shell: &Path, args: &[&str]) {
    let env = env(&["--classic"]);
    env.install("bulla", Path::new(env!("CARGO_BIN_EXE_bulla")));
    let block = block(&env, "hello\n", &["--to", "bob"]);
    for paste in [
        format!("{BEGIN}{block}touch pwned\n{END}"),
        format!("{BEGIN}{block}{END}touch pwned\n"),
        format!("{block}touch pwned\n\x04touch pwned\n"),
        // Longer than one read returns.
        format!("{BEGIN}{block}{END}{}touch pwned\n", "true\n".repeat(3000)),
    ] {
        let path = format!("{}:/usr/bin:/bin", env.path("../bin").display());
        let run = env
            .program(shell, args.iter().copied())
            .env("PATH", path)
            .env("TERM", "xterm");
        let run = run
            .env("BULLA_HOME", env.path("bob"))
            .env("XDG_STATE_HOME", super::state(&env));
        let Some(terminal) = run.on_terminal() else {
            return;
        };
        terminal
            .keys("bulla read; echo en''ded\n")
            .wait_for("Paste the message");
        terminal.keys(&paste).wait_for("│ hello").wait_for("ended");
        // The shell is still running, and would have run the other line before this one.
        terminal
            .keys("echo af''ter\n")
            .wait_for("after")
            .keys("exit\n");
        terminal.end();
        assert!(!env.path("pwned").exists(), "{shell:?}: a command ran");
    }
}

/// A paste may contain a key that ends it, and the rest may arrive late.
#[test]
fn the_rest_of_a_paste_that_has_an_end_of_input_in_it_runs_nothing() {
    let bash = need!("bash");
    let env = env(&["--classic"]);
    env.install("bulla", Path::new(env!("CARGO_BIN_EXE_bulla")));
    let block = block(&env, "hello\n", &["--to", "bob"]);
    let path = format!("{}:/usr/bin:/bin", env.path("../bin").display());
    let run = env
        .program(bash, ["--norc", "--noprofile", "-i"])
        .env("PATH", path)
        .env("TERM", "xterm");
    let run = run
        .env("BULLA_HOME", env.path("bob"))
        .env("XDG_STATE_HOME", super::state(&env));
    let Some(terminal) = run.on_terminal() else {
        return;
    };
    terminal
        .keys("bulla read; echo en''ded\n")
        .wait_for("Paste the message");
    terminal.keys(&format!("{BEGIN}{block}\x04"));
    std::thread::sleep(Duration::from_millis(1500));
    terminal
        .keys(&format!("touch pwned\n{END}"))
        .wait_for("│ hello")
        .wait_for("ended");
    terminal
        .keys("echo af''ter\n")
        .wait_for("after")
        .keys("exit\n");
    terminal.end();
    assert!(!env.path("pwned").exists(), "a command ran");
}

#[test]
fn under_bash_a_paste_with_a_command_after_it_runs_nothing() {
    runs_nothing(&need!("bash"), &["--norc", "--noprofile", "-i"]);
}

#[test]
fn under_zsh_a_paste_with_a_command_after_it_runs_nothing() {
    runs_nothing(&need!("zsh"), &["-f", "-i"]);
}

#[test]
fn under_fish_a_paste_with_a_command_after_it_runs_nothing() {
    runs_nothing(&need!("fish"), &["--no-config", "-i"]);
}
