//! The mode for screen readers and braille displays.

use crate::env::TestEnv;
use crate::someone::RECIPIENT;

#[test]
fn the_environment_or_the_settings_turn_redrawing_off() {
    let env = TestEnv::new().with_identity("me", Some("clay"));
    env.write("a.age", env.closed_plainly("plain"));
    for (variable, setting, is_accessible) in [
        ("", "", false),
        ("1", "", true),
        ("yes", "accessible = false\n", true),
        ("", "accessible = true\n", true),
        ("0", "accessible = true\n", false),
    ] {
        env.in_settings(setting);
        let run = env.bulla(["decrypt", "a.age"]).env("ACCESSIBLE", variable);
        let run = run.env("TERM", "xterm").env("NO_COLOR", "1");
        let Some(terminal) = run.redirect("</dev/null").on_terminal() else {
            return;
        };
        terminal
            .wait_for("Passphrase for identity me: ")
            .keys("clay\n");
        let outcome = terminal.end();
        let shown = String::from_utf8(outcome.stdout).unwrap();
        assert_eq!(outcome.code, Some(0), "{shown}");
        assert_eq!(
            shown.contains('\u{1b}'),
            !is_accessible,
            "{variable:?}, {setting:?}: {shown:?}"
        );
        std::fs::remove_file(env.path("a")).unwrap();
    }
}

#[test]
fn for_a_screen_reader_the_text_of_others_begins_with_a_plain_character() {
    let env = TestEnv::new().with_key();
    env.write("a.age", env.closed_plainly("> hello\n"));
    let run = env.bulla(["decrypt", "-i", "key", "-o", "-", "a.age"]);
    let Some(terminal) = run.env("ACCESSIBLE", "1").on_terminal() else {
        return;
    };
    terminal.wait_for("> > hello");
    let outcome = terminal.end();
    let shown = String::from_utf8(outcome.stdout).unwrap();
    assert_eq!(outcome.code, Some(0), "{shown}");
    assert!(!shown.contains('│'), "{shown}");
}

/// The input is a pipe that gives its bytes only when told to, so that nothing depends on speed.
#[test]
fn for_a_screen_reader_progress_is_told_in_lines() {
    let env = TestEnv::new();
    let pipe = env.path("pipe");
    let mode = rustix::fs::Mode::from_raw_mode(0o600);
    rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, mode).unwrap();
    let run = env.bulla(["encrypt", "--plain", "-r", RECIPIENT, "-o", "/dev/null"]);
    let run = run.env("ACCESSIBLE", "1").redirect("<pipe");
    let Some(terminal) = run.on_terminal() else {
        return;
    };
    let mut input = std::fs::File::options().write(true).open(&pipe).unwrap();
    // A little more than what is told about, because some of it waits in the pipe and in chunks.
    let piece = vec![0; 1 << 20];
    for _ in 0..80 {
        std::io::Write::write_all(&mut input, &piece).unwrap();
    }
    terminal.wait_for("Encrypting standard input: 64.0 MiB");
    drop(input);
    let outcome = terminal.end();
    let shown = String::from_utf8(outcome.stdout).unwrap();
    assert_eq!(outcome.code, Some(0), "{shown}");
    assert!(!shown.contains('\u{1b}'), "{shown}");
}
