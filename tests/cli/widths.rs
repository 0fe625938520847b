//! Every command at 40 to 200 columns: no line is longer than the window, and no word is cut.

use unicode_width::UnicodeWidthStr;

use crate::env::TestEnv;
use crate::people::{ONE, TWO};

const WIDTHS: [u16; 5] = [40, 60, 80, 120, 200];

/// A keyring with everything that makes lines long: long names, names in wide and combining
/// characters, settings with long paths, and damage.
fn crowded() -> TestEnv {
    let env = TestEnv::new();
    let long = "a-contact-with-a-name-that-takes-a-lot-of-room";
    env.does(&["identity", "new", "--no-passphrase", "-q"]);
    env.does(&["contact", "add", "bob", ONE]);
    env.does(&["contact", "add", long, TWO]);
    env.does_as_eve(&["identity", "new", "--no-passphrase", "-q"]);
    env.does_as_eve(&["card", "--name", "世界 の éve", "-o", "eve.card", "-q"]);
    env.does(&["contact", "add", "eve", "eve.card"]);
    env.does(&["group", "create", "team", "bob", long, "eve"]);
    env.does(&["config", "default_to", "bob", long]);
    env.write("plain", "text\n");
    env.write("a name of several words 世界", "text\n");
    env.does(&[
        "encrypt", "-q", "--sign", "--to", "bob", "--to", "eve", "plain",
    ]);
    env.does(&[
        "encrypt",
        "-q",
        "--sign",
        "--to",
        long,
        "a name of several words 世界",
    ]);
    env
}

/// What the program prints on a window, without the sequences that draw nothing.
fn shown(env: &TestEnv, args: &[&str], columns: u16) -> Option<String> {
    let terminal = env
        .bulla(args)
        .env("NO_COLOR", "1")
        .on_terminal_of(9999, columns)?;
    let shown = terminal.left().shown();
    terminal.end();
    Some(without_sequences(&shown).replace("\r\n", "\n"))
}

fn without_sequences(text: &str) -> String {
    let (mut out, mut rest) = (String::new(), text);
    while let Some((before, after)) = rest.split_once("\x1b[") {
        out.push_str(before);
        let end = after.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(0);
        rest = &after[end + 1..];
    }
    out + rest
}

#[test]
fn no_line_is_longer_than_the_window_and_no_word_is_cut() {
    let env = crowded();
    let commands: &[&[&str]] = &[
        &[],
        &["--help"],
        &["-h"],
        &["identity"],
        &["contact"],
        &["group"],
        &["help", "encrypt"],
        &["help", "identity", "new"],
        &["encrypt", "--no-such-option"],
        &["encrypt", "-f", "--to", "bob", "plain"],
        &["encrypt", "--to", "nobody-of-this-name", "plain"],
        &["encrypt", "plain"],
        &["decrypt", "-f", "plain.age"],
        &["decrypt", "-fv", "plain.age"],
        &["decrypt", "no such file of any name.age"],
        &["who", "plain.age", "a name of several words 世界.age"],
        &["inspect", "plain.age"],
        &["verify", "plain.age", "a name of several words 世界.age"],
        &["verify", "-v", "plain.age", "plain.age"],
        &["share", "--to", "team", "--dry-run", "plain.age"],
        &["unshare", "--drop", "bob", "--dry-run", "plain.age"],
        &["reseal", "--to", "team", "--dry-run", "plain.age"],
        &["contact", "list"],
        &["contact", "show", "eve"],
        &["contact", "show", "nobody"],
        &["contact", "add", "bob", TWO],
        &["contact", "resolve", "bob", "--check", "1"],
        &["group", "list"],
        &["group", "show", "team"],
        &["identity", "list"],
        &["identity", "show", "me"],
        &["identity", "export", "--classic"],
        &["config"],
        &["config", "default_to"],
        &["doctor"],
        &["lock"],
        &["card", "-o", "me.card", "-f"],
    ];
    // A command longer than the window is continued with a backslash.
    let words = |text: &str| -> Vec<String> {
        let words = text.split_whitespace().filter(|word| *word != "\\");
        words.map(str::to_owned).collect()
    };
    let mut wrong = Vec::new();
    for args in commands {
        // What is said only once must not be a difference.
        let first = shown(&env, args, u16::MAX);
        let Some(whole) = first.and_then(|_| shown(&env, args, u16::MAX)) else {
            return;
        };
        for columns in WIDTHS {
            let text = shown(&env, args, columns).unwrap_or_default();
            if words(&text) != words(&whole) {
                wrong.push(format!(
                    "{args:?} at {columns}: other words:\n{text}\n{whole}"
                ));
            }
            for line in text.lines() {
                let is_one_word = !line.trim_end_matches('\\').trim().contains(' ');
                if line.width() > usize::from(columns) && !is_one_word && !is_command(line) {
                    wrong.push(format!("{args:?} at {columns}: {line:?}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn questions_are_wrapped_between_words() {
    let env = crowded();
    let questions: &[(&[&str], &str, &str)] = &[
        (
            &["contact", "add", "ana"],
            "happens:",
            "if nothing happens:",
        ),
        (
            &["decrypt"],
            "happens:",
            "then press Ctrl-D if nothing happens:",
        ),
        (
            &["read"],
            "happens:",
            "Paste the message, then press Ctrl-D",
        ),
        (
            &["encrypt", "-ap"],
            "one):",
            "Choose a passphrase for the text (press Enter",
        ),
        (
            &["contact", "verify", "bob"],
            "to you:",
            "Check value, as bob reads it to you:",
        ),
    ];
    for (args, until, whole) in questions {
        for columns in [40, 60] {
            let run = env.bulla(*args).env("NO_COLOR", "1");
            let Some(terminal) = run.on_terminal_of(24, columns) else {
                return;
            };
            terminal.wait_for(until).keys("\x03");
            let shown = without_sequences(&terminal.end().text()).replace("\r\n", "\n");
            let said = shown.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(said.contains(whole), "{args:?} at {columns}: {shown}");
            for line in shown.lines() {
                let fits = line.width() <= usize::from(columns);
                assert!(fits || is_command(line), "{args:?} at {columns}: {line:?}");
            }
        }
    }
}

#[test]
fn a_generated_passphrase_is_cut_only_behind_a_hyphen() {
    let env = TestEnv::new();
    let run = env.bulla(["identity", "new"]);
    let Some(terminal) = run.on_terminal_of(24, 40) else {
        return;
    };
    terminal.wait_for("generate").wait_for(": ").keys("\n");
    terminal.wait_for("then press Enter").keys("\x03");
    let shown = without_sequences(&terminal.end().text()).replace("\r\n", "\n");
    let (_, after) = shown.split_once("(one line, with its hyphens):\n").unwrap();
    let (passphrase, _) = after.split_once("\nIt will not").unwrap();
    let lines: Vec<&str> = passphrase.lines().collect();
    assert!(lines.len() > 1, "{shown}");
    for (index, line) in lines.iter().enumerate() {
        assert_eq!(line.ends_with('-'), index + 1 < lines.len(), "{line:?}");
        assert!(line.width() <= 40 && line.trim() == *line, "{line:?}");
    }
}

/// A command on a line of its own is never broken, so that it can be copied.
fn is_command(line: &str) -> bool {
    line.trim_start().starts_with("bulla ")
}

#[test]
fn a_date_is_not_alone_on_a_line_of_a_narrow_list() {
    let env = TestEnv::new();
    env.does(&["contact", "add", "bob", ONE]);
    let Some(text) = shown(&env, &["contact", "list"], 40) else {
        return;
    };
    let dated = text.lines().find(|line| line.contains("since "));
    assert!(
        dated.is_some_and(|line| line.contains("not verified")),
        "{text}"
    );
}

#[test]
fn a_command_that_doctor_advises_has_a_line_of_its_own() {
    let env = crowded();
    for (columns, command) in [
        (
            80,
            "bulla contact add a-contact-with-a-name-that-takes-a-lot-of-room FILE",
        ),
        (26, "bulla identity backup me"),
    ] {
        let Some(text) = shown(&env, &["doctor"], columns) else {
            return;
        };
        let whole = text.lines().any(|line| line.trim() == command);
        assert!(whole, "{columns}: {text}");
    }
}
