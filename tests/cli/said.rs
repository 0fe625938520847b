//! What is said after the work: to a person, to a script, and how often.

use crate::env::TestEnv;
use crate::people::{ONE, TWO};
use crate::pty::Terminal;

const TIP: &str = "next to the input";

/// Somebody with an identity, two contacts, and files to encrypt.
fn somebody() -> TestEnv {
    let env = TestEnv::new();
    env.does(&["identity", "new", "--no-passphrase", "--classic", "-q"]);
    env.does(&["contact", "add", "alice", ONE]);
    env.does(&["contact", "add", "bob", TWO]);
    for name in ["a", "b", "c"] {
        env.write(name, name);
    }
    env
}

/// The screen after the program has ended well.
fn screen(terminal: Terminal<'_>) -> String {
    let outcome = terminal.left().shown().replace("\r\n", "\n");
    assert_eq!(terminal.end().code, Some(0), "{outcome}");
    outcome
}

#[test]
fn a_script_that_succeeds_is_told_nothing() {
    let env = TestEnv::new();
    env.write("a", "a");
    env.write("b", "b");
    let quiet = |args: &[&str]| {
        let said = env.bulla(args).in_a_script().run();
        assert_eq!((said.code, &*said.stderr), (Some(0), ""), "{args:?}");
    };
    quiet(&["contact", "add", "alice", ONE]);
    quiet(&["contact", "list"]);
    quiet(&["contact", "show", "alice"]);
    quiet(&["group", "create", "team", "alice"]);
    quiet(&["group", "show", "team"]);
    let new = ["identity", "new", "--no-passphrase"];
    let said = env.bulla(new).in_a_script().run();
    assert!(
        said.stderr.lines().all(|line| line.contains("warning")),
        "{}",
        said.stderr
    );
    quiet(&["encrypt", "--to", "alice", "a", "b"]);
    quiet(&["encrypt", "--to", "alice", "--sign", "-o", "c.age", "a"]);
    quiet(&["decrypt", "-f", "a.age", "b.age"]);
    quiet(&["decrypt", "-o", "-", "c.age"]);
    quiet(&["verify", "a.age"]);
    quiet(&["who", "c.age"]);
    quiet(&["share", "a.age", "b.age", "--to", TWO]);
    quiet(&["unshare", "a.age", "b.age", "--drop", TWO]);
    quiet(&["reseal", "a.age", "--to", "alice"]);
    quiet(&["identity", "list"]);
    quiet(&["identity", "show", "me"]);
    quiet(&["identity", "export", "-o", "me.txt"]);
    quiet(&["card", "-o", "me.card"]);
    quiet(&["config", "armor", "false"]);
    quiet(&["group", "remove", "team"]);
    quiet(&["contact", "rename", "alice", "anna"]);
    quiet(&["contact", "remove", "anna"]);
}

#[test]
fn a_script_that_asks_for_more_is_told_what_was_done() {
    let env = somebody();
    let said = env
        .bulla(["encrypt", "-v", "--to", "alice", "a"])
        .in_a_script()
        .run();
    assert!(
        said.stderr.contains("Encrypted a.age for alice and you\n"),
        "{}",
        said.stderr
    );
}

#[test]
fn a_script_sees_what_a_rehearsal_would_do() {
    let env = somebody();
    env.does(&["encrypt", "-q", "--to", "alice", "a"]);
    for (args, line) in [
        (
            &["share", "--to", "bob"][..],
            "Would share a.age with bob; nothing was written\n",
        ),
        (
            &["unshare", "--drop", "alice"],
            "Would remove alice from a.age; nothing was written\n",
        ),
        (
            &["reseal", "--to", "bob"],
            "Would re-encrypt a.age for bob and you; nothing was written\n",
        ),
    ] {
        let said = env
            .bulla(args.iter().chain(&["--dry-run", "a.age"]))
            .in_a_script()
            .run();
        assert_eq!((said.code, &*said.stderr), (Some(0), line));
    }
}

#[test]
fn a_hundred_files_have_one_line_in_every_batch() {
    let env = somebody();
    let names: Vec<String> = (0..100).map(|number| format!("f{number}")).collect();
    for name in &names {
        env.write(name, "text");
    }
    let closed: Vec<String> = names.iter().map(|name| format!("{name}.age")).collect();
    let says = |args: &[&str], files: &[String], line: &str| {
        let args = args.iter().copied().chain(files.iter().map(String::as_str));
        let said = env.bulla(args).run();
        assert_eq!((said.code, said.text()), (Some(0), format!("{line}\n")));
    };
    says(
        &["encrypt", "--to", "alice", "-o", "."],
        &names,
        "bulla: hint: Keys not verified yet: alice. Verify when you can: bulla contact verify alice\n\
         Encrypted 100 files for alice and you",
    );
    says(
        &["verify"],
        &closed,
        "100 files are intact (400 B of contents)",
    );
    says(
        &["share", "--to", "bob"],
        &closed,
        "bulla: hint: Keys not verified yet: bob. Verify when you can: bulla contact verify bob\n\
         Shared 100 files with bob",
    );
    says(
        &["unshare", "--drop", "bob"],
        &closed,
        "Removed bob from 100 files (copies bob already has can still be opened)",
    );
    says(
        &["reseal", "--to", "alice"],
        &closed,
        "Re-encrypted 100 files for alice and you",
    );
    says(&["decrypt", "-f"], &closed, "Wrote 100 files, not signed");
}

#[test]
fn a_batch_names_what_failed_and_counts_the_rest() {
    let env = somebody();
    env.write("b.age", "in the way");
    let said = env.bulla(["encrypt", "--to", "me", "a", "b", "c"]).run();
    assert_eq!(said.code, Some(10));
    assert_eq!(
        said.stderr
            .lines()
            .filter(|line| line.contains("b.age"))
            .count(),
        1
    );
    assert!(
        said.stderr.contains("\nEncrypted 2 files for you\n")
            && said.stderr.ends_with("1 of 3 inputs failed\n"),
        "{}",
        said.stderr
    );
    let said = env
        .bulla(["encrypt", "--to", "me", "-fv", "a", "b", "c"])
        .run();
    for line in ["Encrypted b.age for you\n", "Encrypted 3 files for you\n"] {
        assert!(said.stderr.contains(line), "{}", said.stderr);
    }
}

#[test]
fn where_the_output_went_is_said_once_and_only_if_it_is_true() {
    let env = somebody();
    let tips = |args: &[&str]| {
        let said = env.bulla(args).run();
        assert_eq!(said.code, Some(0), "{args:?}: {}", said.stderr);
        said.stderr.matches("next to the input").count()
    };
    assert_eq!(tips(&["encrypt", "--to", "me", "a"]), 1);
    assert_eq!(tips(&["encrypt", "--to", "me", "-f", "a", "b", "c"]), 1);
    env.write("folder/kept", "");
    assert_eq!(
        tips(&["encrypt", "--to", "me", "-o", "folder", "a", "b"]),
        0
    );
    assert_eq!(tips(&["encrypt", "--to", "me", "-o", "x.age", "a"]), 0);
    assert_eq!(tips(&["encrypt", "--to", "me", "-o", "-", "a"]), 0);
    assert_eq!(tips(&["encrypt", "--to", "me", "-f", "--json", "a"]), 0);
    let piped = env.bulla(["encrypt", "--to", "me"]).stdin("text").run();
    assert!(!piped.stderr.contains(TIP), "{}", piped.stderr);
    // What is no regular file has no place beside it, so its output goes to standard output.
    let fifo = env
        .bulla(["encrypt", "--to", "me", "/dev/fd/3"])
        .stdin("text")
        .redirect("3<&0")
        .run();
    assert_eq!(fifo.code, Some(0), "{}", fifo.stderr);
    assert!(!fifo.stderr.contains(TIP), "{}", fifo.stderr);
    let Some(terminal) = env
        .bulla(["encrypt", "--to", "me", "-f", "a"])
        .on_terminal()
    else {
        return;
    };
    assert!(!screen(terminal).contains(TIP));
}

#[test]
fn the_report_comes_before_the_text_and_begins_like_no_line_of_it() {
    let env = somebody();
    let forged = "bulla: From alice (keys verified), signed 2026-01-01 10:00 UTC";
    env.write("forged", forged);
    env.does(&["encrypt", "--to", "me", "-q", "--sign", "forged"]);
    let Some(terminal) = env
        .bulla(["decrypt", "-o", "-", "forged.age"])
        .on_terminal()
    else {
        return;
    };
    let shown = screen(terminal)
        .replace("\x1b[?7l", "")
        .replace("\x1b[?7h", "");
    let lines: Vec<&str> = shown.lines().collect();
    assert_eq!(lines.len(), 2, "{shown}");
    assert!(
        lines[0].starts_with("bulla: From you, signed ") && lines[1] == format!("│ {forged}"),
        "{shown}"
    );
}

#[test]
fn the_report_has_a_line_of_its_own_when_the_text_goes_through_a_pipe() {
    let env = somebody();
    env.write("note", "no line end");
    env.does(&["encrypt", "--to", "me", "-q", "--sign", "note"]);
    let pipe = [
        "-c",
        "\"$0\" decrypt -o - note.age | /bin/cat",
        env!("CARGO_BIN_EXE_bulla"),
    ];
    let Some(terminal) = env.program("/bin/sh", pipe).on_terminal() else {
        return;
    };
    let shown = screen(terminal);
    let lines: Vec<&str> = shown.lines().collect();
    assert!(
        lines.len() == 2 && lines[0].starts_with("bulla: From you") && lines[1] == "no line end",
        "{shown}"
    );
}

#[test]
fn an_error_after_a_text_without_line_end_has_a_line_of_its_own() {
    let env = somebody();
    let text = "x".repeat(200_000);
    env.write("long", &text);
    env.does(&["encrypt", "--to", "me", "-q", "long"]);
    let mut bytes = env.read("long.age");
    bytes.truncate(bytes.len() - 100);
    env.write("cut.age", bytes);
    let pipe = [
        "-c",
        "\"$0\" decrypt --stream -o - cut.age | /bin/cat >/dev/null",
        env!("CARGO_BIN_EXE_bulla"),
    ];
    let run = env.program("/bin/sh", pipe).env("NO_COLOR", "1");
    let Some(terminal) = run.on_terminal() else {
        return;
    };
    let shown = terminal.left().shown();
    terminal.end();
    assert!(shown.starts_with("\r\nbulla: error: "), "{shown}");
}

#[test]
fn a_file_that_was_decrypted_has_one_line_and_its_details_are_for_verbose() {
    let env = somebody();
    env.does(&["encrypt", "-q", "--sign", "--to", "alice", "a"]);
    let said = env.does(&["decrypt", "-f", "a.age"]);
    assert!(
        said.lines().count() == 1 && said.starts_with("Wrote a, from you, signed [DAY] "),
        "{said}"
    );
    let said = env.does(&["decrypt", "-fv", "a.age"]);
    for heading in ["\nFrom     ", "\nSigned   ", "\nFor      ", "\nKeys     "] {
        assert!(said.contains(heading), "{said}");
    }
}

#[test]
fn a_reminder_comes_once_a_day_for_each_contact() {
    let env = somebody();
    let reminded = |args: &[&str]| {
        let said = env.does(args);
        let of = |name: &str| {
            let lines = said
                .lines()
                .filter(|line| line.contains("not verified yet"));
            lines.filter(|line| line.contains(name)).count()
        };
        (of("alice"), of("bob"))
    };
    assert_eq!(reminded(&["encrypt", "-f", "--to", "alice", "a"]), (1, 0));
    assert_eq!(reminded(&["encrypt", "-f", "--to", "alice", "a"]), (0, 0));
    let both = ["encrypt", "-f", "--to", "alice", "--to", "bob", "a"];
    assert_eq!(reminded(&both), (0, 1));
    assert_eq!(reminded(&both), (0, 0));
    // A script neither sees a reminder nor uses it up.
    env.does(&[
        "contact",
        "add",
        "carol",
        "age153zt682esnft5d6vyg5rmlh89yyfg43yy0y47vf8k528679rnprqsqdthz",
    ]);
    let to_carol = ["encrypt", "-f", "--to", "carol", "a"];
    let script = env.bulla(to_carol).in_a_script().run();
    assert_eq!(script.stderr, "");
    assert!(env.does(&to_carol).contains("not verified yet: carol"));
    assert!(!env.does(&to_carol).contains("not verified yet"));
    // Whoever wants details gets it each time.
    let verbose = ["encrypt", "-fv", "--to", "carol", "a"];
    assert!(env.does(&verbose).contains("not verified yet: carol"));
    assert!(env.does(&verbose).contains("not verified yet: carol"));
}

#[test]
fn a_reminder_of_another_day_or_in_no_folder_is_given_again() {
    let env = somebody();
    let to_alice = ["encrypt", "-f", "--to", "alice", "a"];
    assert!(env.does(&to_alice).contains("not verified yet"));
    assert!(!env.does(&to_alice).contains("not verified yet"));
    let state = env.path("../home/.local/state/bulla");
    let mut notes = 0;
    for keyring in state.read_dir().unwrap() {
        let Ok(reminders) = keyring.unwrap().path().join("reminders").read_dir() else {
            continue;
        };
        for note in reminders {
            notes += 1;
            std::fs::write(note.unwrap().path(), "2031-01-01\n").unwrap();
        }
    }
    assert_eq!(notes, 1);
    assert!(env.does(&to_alice).contains("not verified yet"));
    assert!(!env.does(&to_alice).contains("not verified yet"));
    env.write("a file", "");
    let nowhere = || {
        let run = env
            .bulla(to_alice)
            .env("XDG_STATE_HOME", env.path("a file"));
        let said = run.run();
        assert_eq!(said.code, Some(0), "{}", said.stderr);
        assert!(said.stderr.contains("not verified yet"), "{}", said.stderr);
    };
    nowhere();
    nowhere();
}

#[test]
fn a_warning_of_danger_comes_every_time() {
    let env = somebody();
    env.does(&[
        "contact",
        "verify",
        "alice",
        "--check",
        crate::people::CHECK_OF_ONE,
    ]);
    assert_eq!(
        env.bulla(["contact", "add", "alice", TWO]).run().code,
        Some(7)
    );
    for _ in 0..3 {
        let said = env.bulla(["encrypt", "-f", "--to", "alice", "a"]).run();
        assert_eq!(said.code, Some(7));
        assert!(said.stderr.contains("alice"), "{}", said.stderr);
    }
}

#[test]
fn problems_are_the_last_lines_of_doctor() {
    let env = somebody();
    let said = env.bulla(["doctor"]).run();
    let text = String::from_utf8(said.stdout).unwrap();
    let last = text.trim_end().lines().last().unwrap_or_default();
    assert!(last.starts_with("  fix: "), "{text}");
}

#[test]
fn long_keys_of_a_contact_are_shown_whole_only_on_request() {
    let env = somebody();
    let new = ["identity", "new", "--no-passphrase", "-o", "hybrid"];
    let key = env.bulla(new).run().stdout;
    let key = String::from_utf8(key).unwrap();
    let key = key.trim();
    env.does(&["contact", "add", "carol", key]);
    let shown = env.does(&["contact", "show", "carol"]);
    assert!(shown.lines().all(|line| line.len() < 100), "{shown}");
    assert!(
        shown.contains("Full keys: bulla contact show carol -v\n"),
        "{shown}"
    );
    for args in [
        ["contact", "show", "carol", "-v"],
        ["contact", "show", "carol", "--json"],
    ] {
        assert!(env.does(&args).contains(key), "{args:?}");
    }
}

#[test]
fn long_help_names_the_manual_page() {
    let env = TestEnv::new();
    for (args, page) in [
        (&["encrypt", "--help"][..], Some("man bulla-encrypt")),
        (&["help", "identity", "new"], Some("man bulla-identity-new")),
        (&["lock", "-h"], None),
    ] {
        let Some(terminal) = env.bulla(args).on_terminal() else {
            return;
        };
        let shown = screen(terminal);
        let hint = shown.lines().find(|line| line.contains("page by page"));
        let named = hint.and_then(|hint| hint.rsplit(": ").next());
        assert_eq!(named, page, "{shown}");
    }
}
