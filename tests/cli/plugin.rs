//! age plugins as a user sees them: what they encrypt and decrypt, how they ask, and how they fail.

use std::fs;
use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process};

use crate::env::{Outcome, TestEnv};
use crate::plugins::{BAD, GOOD, identity, recipient};
use crate::someone::RECIPIENT;

mod as_age_drives_them;
mod of_age;

const FILES: [&str; 3] = ["a", "b", "c"];

/// An environment with a file "closed" for key 7 of the good plugin.
fn with_closed() -> TestEnv {
    let env = TestEnv::new().with_plugins().with_key();
    let closed = env
        .bulla(["encrypt", "-q", "-r", &recipient(GOOD, "7")])
        .stdin("plain")
        .run();
    env.write("closed", &closed.assert_quiet().stdout);
    env
}

/// Words that make the good plugin record its starts in "log".
fn logged(env: &TestEnv, words: &str) -> String {
    format!("{words};log={}", env.path("log").display())
}

/// Decrypts "closed" with one plugin identity, to a file that must not exist afterwards.
#[track_caller]
fn refused(env: &TestEnv, identity: &str) -> Outcome {
    env.write("identity", identity);
    let before = env.list();
    let said = env
        .bulla(["decrypt", "-i", "identity", "closed", "-o", "out"])
        .run();
    assert_eq!(env.list(), before, "{}", said.stderr);
    said
}

/// Encrypts for one recipient, to a file that must not exist afterwards.
#[track_caller]
fn not_closed(env: &TestEnv, recipient: &str) -> Outcome {
    let before = env.list();
    let said = env
        .bulla(["encrypt", "-r", recipient, "-o", "out"])
        .stdin("plain")
        .run();
    assert_eq!(env.list(), before, "{}", said.stderr);
    said
}

#[test]
fn a_plugin_identity_opens_what_its_recipient_encrypted() {
    let env = TestEnv::new().with_plugins();
    env.write("recipients", recipient(GOOD, "7"));
    env.write("7", identity(GOOD, "7"));
    env.write("8", format!("# another\n{}\n", identity(GOOD, "8")));
    for whom in [
        ["-r", &recipient(GOOD, "7")],
        ["-R", "recipients"],
        ["-i", "7"],
    ] {
        let closed = env
            .bulla(["encrypt", "-q"].iter().chain(&whom))
            .stdin("plain")
            .run();
        let closed = closed.assert_quiet().stdout.clone();
        env.bulla(["decrypt", "-q", "-i", "8", "-i", "7"])
            .stdin(closed.clone())
            .run()
            .assert(0, "plain", "");
        let other = env.bulla(["decrypt", "-i", "8"]).stdin(closed).run();
        assert_eq!(
            (other.code, other.stdout.len()),
            (Some(3), 0),
            "{}",
            other.stderr
        );
    }
}

#[test]
fn without_data_the_plugin_is_named_alone() {
    let env = TestEnv::new().with_plugins();
    for whom in [["-j", GOOD], ["-r", &recipient(GOOD, "default")]] {
        let closed = env
            .bulla(["encrypt", "-q"].iter().chain(&whom))
            .stdin("plain")
            .run();
        let closed = closed.assert_quiet().stdout.clone();
        env.bulla(["decrypt", "-q", "-j", GOOD])
            .stdin(closed)
            .run()
            .assert(0, "plain", "");
    }
    let bad = env.bulla(["decrypt", "-j", "../sh"]).stdin("").run();
    assert_eq!(
        (bad.code, bad.stderr.contains("../sh")),
        (Some(2), true),
        "{}",
        bad.stderr
    );
}

#[test]
fn several_files_start_it_once() {
    let env = TestEnv::new().with_plugins();
    FILES.iter().for_each(|name| drop(env.write(name, name)));
    env.write(
        "identities",
        [7, 8]
            .map(|key| identity(GOOD, &logged(&env, &key.to_string())) + "\n")
            .concat(),
    );
    let whom = ["-r", &recipient(GOOD, &logged(&env, "7"))];
    let closed = env
        .bulla(["encrypt", "-q"].iter().chain(&whom).chain(&FILES))
        .run();
    closed.assert(0, "", "");
    assert_eq!(env.read("log"), b"wrap 7 files 3\n");
    fs::remove_file(env.path("log")).unwrap();
    FILES
        .iter()
        .for_each(|name| fs::remove_file(env.path(name)).unwrap());
    let opened = env
        .bulla([
            "decrypt",
            "-q",
            "-i",
            "identities",
            "a.age",
            "b.age",
            "c.age",
        ])
        .run();
    opened.assert(0, "", "");
    FILES
        .iter()
        .for_each(|name| assert_eq!(env.read(name), name.as_bytes()));
    assert_eq!(
        env.read("log"),
        b"unwrap 7 files 3\nunwrap 8 files 3\n",
        "one session of both identities"
    );
}

#[test]
fn a_plugin_that_cannot_be_started_is_named() {
    let env = with_closed();
    let env = env
        .with_plugin_that_is_no_program("noprogram")
        .with_plugin_that_may_not_run("notallowed");
    let missing = |name: &str| {
        (
            format!("age-plugin-{name} is not installed, or not on the PATH\n"),
            format!("bulla: hint: Install age-plugin-{name} in a folder of your PATH\n"),
        )
    };
    let broken = "Cannot start age-plugin-noprogram: Exec format error (os error 8)\n".to_owned();
    for (name, (error, hint)) in [
        ("noprogram", (broken, String::new())),
        ("notallowed", missing("notallowed")),
        ("nowhere", missing("nowhere")),
    ] {
        let said = not_closed(&env, &recipient(name, "x"));
        said.assert(1, "", &format!("bulla: error: {error}{hint}"));
        let said = refused(&env, &identity(name, "x"));
        let error = error.replace("Cannot", "cannot");
        said.assert(1, "", &format!("bulla: error: closed: {error}{hint}"));
    }
}

/// The outcome without the warning that says how the plugin ended, which depends on whether it had
/// to be killed.
fn without_its_end(said: Outcome) -> Outcome {
    let warning = "bulla: warning: age-plugin-bullabad ended with ";
    let lines = said.stderr.split_inclusive('\n');
    let stderr = lines.filter(|line| !line.starts_with(warning)).collect();
    Outcome { stderr, ..said }
}

#[test]
fn a_plugin_that_fails_is_named() {
    let env = with_closed();
    let died = "ended before it was done";
    let nonsense = "broke the age plugin protocol:";
    for (mode, wraps, error) in [
        ("early", true, died.to_owned()),
        ("die", true, died.to_owned()),
        (
            "nonsense",
            true,
            format!("{nonsense} it sent something that is not a stanza"),
        ),
        (
            "binary",
            true,
            format!("{nonsense} it sent something that is not a stanza"),
        ),
        (
            "endless",
            true,
            format!("{nonsense} it sent an oversized line"),
        ),
        (
            "index",
            true,
            format!("{nonsense} it named a file that it was not given"),
        ),
        (
            "key",
            false,
            format!("{nonsense} it sent a file key that is not 16 bytes long"),
        ),
        ("what", true, "failed: no such mode: what".to_owned()),
    ] {
        if wraps {
            let said = without_its_end(not_closed(&env, &recipient(BAD, mode)));
            said.assert(
                1,
                "",
                &format!("bulla: error: age-plugin-bullabad {error}\n"),
            );
        }
        let said = without_its_end(refused(&env, &identity(BAD, mode)));
        said.assert(
            1,
            "",
            &format!("bulla: error: closed: age-plugin-bullabad {error}\n"),
        );
    }
    let none = "it finished without wrapping every file key";
    let said = without_its_end(not_closed(&env, &recipient(BAD, "short")));
    said.assert(
        1,
        "",
        &format!("bulla: error: age-plugin-bullabad {nonsense} {none}\n"),
    );
}

#[test]
fn a_plugin_failure_fails_and_names_every_file() {
    let env = with_closed();
    fs::copy(env.path("closed"), env.path("a.age")).unwrap();
    fs::copy(env.path("closed"), env.path("b.age")).unwrap();
    env.write("identity", identity(BAD, "die"));
    let before = env.list();
    let said = env
        .bulla(["decrypt", "-i", "identity", "a.age", "b.age"])
        .run();
    assert_eq!(
        (said.code, env.list()),
        (Some(10), before),
        "{}",
        said.stderr
    );
    for name in ["a.age", "b.age"] {
        let error = format!("{name}: age-plugin-bullabad ended before it was done\n");
        assert!(said.stderr.contains(&error), "{}", said.stderr);
    }
    assert!(
        !said.stderr.contains("None of your keys"),
        "{}",
        said.stderr
    );
}

#[test]
fn plugin_messages_reach_the_terminal_as_plain_text() {
    let env = with_closed();
    let shown = r"\u{1b}[31mred\u{1b}[2J\u{7}\u{202e}desrever\u{200b}\u{9b}1m";
    let error = format!("age-plugin-bullabad failed: broken {shown}\n");
    let said = not_closed(&env, &recipient(BAD, "escape"));
    said.assert(
        1,
        "",
        &format!("plugin bullabad: {shown}\nbulla: error: {error}"),
    );
    let said = refused(&env, &identity(BAD, "escape"));
    said.assert(
        1,
        "",
        &format!("plugin bullabad: {shown}\nbulla: error: closed: {error}"),
    );
    // On a terminal the program adds its own colors, and no other escape sequence gets through.
    let Some(terminal) = env
        .bulla(["decrypt", "-i", "identity", "closed", "-o", "out"])
        .on_terminal()
    else {
        return;
    };
    let said = terminal.end();
    let screen = String::from_utf8_lossy(&said.stdout);
    assert!(screen.contains(shown), "{screen}");
    for raw in [
        "\u{1b}[31mred",
        "\u{1b}[2J",
        "\u{7}",
        "\u{202e}",
        "\u{200b}",
        "\u{9b}",
    ] {
        assert!(!screen.contains(raw), "{}", screen.escape_debug());
    }
}

#[test]
fn no_plugin_is_started_from_a_relative_path_entry() {
    let env = with_closed();
    let bin = env.path("../bin");
    env.write("7", identity(GOOD, "7"));
    let error = "age-plugin-bullatest was found only in a relative folder on the PATH, which bulla does \
            not use";
    for path in ["../bin", ".:../bin", "/nowhere:../bin/"] {
        let wrapped = recipient(GOOD, &logged(&env, "7"));
        let said = env
            .bulla(["encrypt", "-r", &wrapped, "-o", "out"])
            .env("PATH", path)
            .stdin("x")
            .run();
        said.assert(1, "", &format!("bulla: error: {error}\n"));
        let said = env
            .bulla(["decrypt", "-i", "7", "closed", "-o", "out"])
            .env("PATH", path)
            .run();
        said.assert(1, "", &format!("bulla: error: closed: {error}\n"));
        assert_eq!(env.list(), ["7", "closed", "key"]);
    }
    let both = format!(".:{}", bin.display());
    env.bulla(["decrypt", "-q", "-i", "7", "closed", "-o", "-"])
        .env("PATH", both)
        .run()
        .assert(0, "plain", "");
}

#[test]
fn no_plugin_is_started_if_its_library_would_print_the_file_key() {
    let env = with_closed();
    env.write("7", identity(GOOD, &logged(&env, "7")));
    let error = "ot starting age-plugin-bullatest while AGEDEBUG is set, because it could print the \
         file key";
    for value in ["plugin", ""] {
        let wrapped = recipient(GOOD, &logged(&env, "7"));
        let run = env
            .bulla(["encrypt", "-r", &wrapped, "-o", "out"])
            .env("AGEDEBUG", value);
        run.stdin("x")
            .run()
            .assert(1, "", &format!("bulla: error: N{error}\n"));
        let said = env
            .bulla(["decrypt", "-i", "7", "closed", "-o", "out"])
            .env("AGEDEBUG", value)
            .run();
        said.assert(1, "", &format!("bulla: error: closed: n{error}\n"));
        assert_eq!(env.list(), ["7", "closed", "key"]);
    }
}

#[test]
fn a_key_at_hand_is_used_before_any_plugin_is_started() {
    let env = TestEnv::new().with_plugins().with_key();
    let both = [
        "encrypt",
        "-q",
        "-r",
        &recipient(GOOD, "7"),
        "-r",
        RECIPIENT,
    ];
    let closed = env
        .bulla(both)
        .stdin("plain")
        .run()
        .assert_quiet()
        .stdout
        .clone();
    FILES
        .iter()
        .for_each(|name| drop(env.write(&format!("{name}.age"), &closed)));
    let failing = logged(&env, "7") + ";fail=broken";
    env.write("failing", identity(GOOD, &failing));
    let before = env.list();
    for identities in [
        ["-i", "failing", "-i", "key"],
        ["-i", "key", "-i", "failing"],
        ["-j", "nowhere", "-i", "key"],
    ] {
        let one = env
            .bulla(["decrypt", "-q"].iter().chain(&identities))
            .stdin(closed.clone())
            .run();
        one.assert(0, "plain", "");
        let many = ["decrypt", "-q", "a.age", "b.age", "c.age"];
        env.bulla(many.iter().chain(&identities))
            .run()
            .assert(0, "", "");
        FILES
            .iter()
            .for_each(|name| assert_eq!(env.read(name), b"plain"));
        FILES
            .iter()
            .for_each(|name| fs::remove_file(env.path(name)).unwrap());
        assert_eq!(env.list(), before, "a plugin was started");
    }
    let alone = env.bulla(["decrypt", "-i", "failing"]).stdin(closed).run();
    alone.assert(
        1,
        "",
        "bulla: error: Standard input: age-plugin-bullatest failed: broken\n",
    );
    assert_eq!(env.read("log"), b"unwrap 7 files 1\n");
}

/// The child processes of this one, and theirs, by number.
fn children_of(parent: u32) -> Vec<u32> {
    let tasks = fs::read_dir(format!("/proc/{parent}/task"))
        .into_iter()
        .flatten()
        .flatten();
    let lists = tasks.filter_map(|task| fs::read_to_string(task.path().join("children")).ok());
    lists
        .flat_map(|list| {
            list.split_whitespace()
                .map(|pid| pid.parse().unwrap())
                .collect::<Vec<_>>()
        })
        .collect()
}

/// Returns true if a process runs and is not a zombie.
fn runs(pid: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(") ")
        .is_some_and(|(_, rest)| !rest.starts_with(['Z', 'X']))
}

#[test]
fn a_signal_ends_it_with_the_program() {
    let env = with_closed();
    env.write("deaf", identity(BAD, "deaf"));
    for name in ["some.age", "other.age"] {
        fs::copy(env.path("closed"), env.path(name)).unwrap();
    }
    env.write("old", "old");
    let before = env.list();
    let deaf = recipient(BAD, "deaf");
    let runs_of: [&[&str]; 4] = [
        &["encrypt", "-r", &deaf, "key", "-fo", "old"],
        &["decrypt", "-i", "deaf", "closed", "-fo", "old"],
        &["decrypt", "-i", "deaf", "some.age", "other.age"],
        &["verify", "-i", "deaf", "closed"],
    ];
    for args in runs_of {
        let run = env.bulla(args);
        let mut child = run
            .command()
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let plugin = loop {
            assert_eq!(child.try_wait().unwrap(), None, "{args:?} ended by itself");
            if let [plugin] = children_of(child.id())[..] {
                break plugin;
            }
            std::thread::yield_now();
        };
        kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
        let said = run.outcome(child.wait_with_output().unwrap());
        assert_eq!(
            (said.code, said.signal, said.stderr.as_str()),
            (None, Some(15), ""),
            "{args:?}"
        );
        let patience = std::time::Instant::now();
        while runs(plugin) {
            assert!(
                patience.elapsed().as_secs() < 60,
                "{args:?}: the plugin goes on"
            );
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        assert_eq!(
            (env.list(), env.read("old")),
            (before.clone(), b"old".to_vec()),
            "{args:?}"
        );
    }
}

#[test]
fn it_asks_for_a_pin_on_the_terminal() {
    let env = TestEnv::new().with_plugins();
    env.write("plain", "plain");
    env.write("pin", identity(GOOD, "7;pin"));
    let question = "Plugin bullatest asks: PIN of the test key: ";
    let answered = |args: &[&str], pin: &str| {
        let terminal = env.bulla(args).on_terminal()?;
        terminal.wait_for(question);
        while terminal.echoes() {
            std::thread::yield_now(); // the question is shown just before the echo goes
        }
        terminal.keys(pin).keys("\n");
        let said = terminal.end();
        assert!(
            !String::from_utf8_lossy(&said.stdout).contains(pin),
            "{said:?}"
        );
        Some(said)
    };
    let Some(said) = answered(
        &["encrypt", "-r", &recipient(GOOD, "7;pin"), "plain"],
        "314159",
    ) else {
        return;
    };
    assert_eq!(said.code, Some(0), "{said:?}");
    let decrypt = ["decrypt", "-i", "pin", "plain.age", "-o", "opened"];
    assert_eq!(answered(&decrypt, "271828").unwrap().code, Some(3));
    assert_eq!(env.list(), ["pin", "plain", "plain.age"]);
    assert_eq!(answered(&decrypt, "314159").unwrap().code, Some(0));
    assert_eq!(env.read("opened"), b"plain");
    // Without a terminal the error names the plugin that asked. A passphrase that was given for a
    // file or an identity is not told to a plugin.
    let error = "bulla: error: plain.age: age-plugin-bullatest needs an answer: there is no \
        terminal to ask on: PIN of the test key\n";
    let decrypt = ["decrypt", "-i", "pin", "plain.age", "-o", "-"];
    env.bulla(decrypt).run().assert(2, "", error);
    env.bulla([&decrypt[..], &["--passphrase-fd", "3"]].concat())
        .descriptor(3, "314159\n")
        .run()
        .assert(2, "", error);
}

#[test]
fn it_asks_for_a_text_and_a_choice_on_the_terminal() {
    let env = with_closed();
    env.write("asks", identity(GOOD, "7;msg=touch it;name;confirm=sure?"));
    let args = ["decrypt", "-i", "asks", "closed", "-o", "opened"];
    for (choice, code) in [("n", 1), ("y", 0)] {
        let Some(terminal) = env.bulla(args).on_terminal() else {
            return;
        };
        terminal
            .wait_for("plugin bullatest: touch it")
            .wait_for("name of the test key: ")
            .keys("rosa\n");
        terminal.wait_for("plugin bullatest: named rosa");
        terminal.wait_for("plugin bullatest asks: sure? [y: yes please, n: rather not] ");
        terminal.keys(choice).keys("\n");
        let said = terminal.end();
        assert_eq!(
            (said.code, env.path("opened").exists()),
            (Some(code), code == 0),
            "{said:?}"
        );
    }
}

#[test]
fn plugin_questions_need_a_terminal() {
    let env = with_closed();
    for (words, asked) in [
        ("7;name", "name of the test key"),
        ("7;confirm=sure?", "sure?"),
    ] {
        let error = format!(
            "age-plugin-bullatest needs an answer: there is no terminal to ask on: {asked}\n"
        );
        not_closed(&env, &recipient(GOOD, words)).assert(2, "", &format!("bulla: error: {error}"));
        refused(&env, &identity(GOOD, words)).assert(
            2,
            "",
            &format!("bulla: error: closed: {error}"),
        );
    }
}

#[test]
fn what_a_failed_plugin_wrote_and_its_exit_status_are_shown_escaped() {
    let env = TestEnv::new().with_key();
    env.write("closed", env.closed("plain"));
    let script = "#!/bin/sh\nprintf 'no card \\033[2J in the reader\\n' >&2\nexit 3\n";
    let path = env.write("sad", script);
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o700);
    fs::set_permissions(&path, mode).unwrap();
    env.install("age-plugin-sad", &path);
    let said = env
        .bulla(["decrypt", "-j", "sad", "-o", "-", "closed"])
        .run();
    assert_eq!(said.code, Some(1), "{}", said.stderr);
    let warning = "bulla: warning: age-plugin-sad ended with exit code 3 and wrote: \
        \"no card \\u{1b}[2J in the reader\"\n";
    assert!(said.stderr.starts_with(warning), "{}", said.stderr);
    let error = "bulla: error: ";
    assert!(
        said.stderr[warning.len()..].starts_with(error),
        "{}",
        said.stderr
    );
}
