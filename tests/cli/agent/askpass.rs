//! `--askpass` and SSH_ASKPASS: a program asks for passphrases in place of the terminal.

use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::env::{Run, TestEnv};
use crate::someone::{IDENTITY, RECIPIENT};
use crate::tools::need;

/// The identity "me" with the passphrase "clay", a file "a.age" that it opens, and an askpass
/// program "ask" that notes its question in "asked" and answers "clay".
fn env() -> TestEnv {
    let env = TestEnv::new().with_identity("me", Some("clay"));
    env.write("a.age", env.closed_plainly("plain"));
    asks(&env, "echo clay");
    env
}

/// Writes the askpass program.
fn asks(env: &TestEnv, answer: &str) {
    let asked = env.path("asked");
    let script = format!(
        "#!/bin/sh\nprintf '%s|' \"$1\" >>'{}'\n{answer}\n",
        asked.display()
    );
    let path = env.write("../bin/ask", script);
    std::fs::set_permissions(path, PermissionsExt::from_mode(0o755)).unwrap();
}

/// What it was asked since the last time.
fn asked(env: &TestEnv) -> String {
    let asked = std::fs::read_to_string(env.path("asked")).unwrap_or_default();
    let _ = std::fs::remove_file(env.path("asked"));
    asked
}

fn decrypt<'a>(env: &'a TestEnv, more: &[&str]) -> Run<'a> {
    let args = ["decrypt", "a.age", "-o", "-"].into_iter();
    env.bulla(args.chain(more.iter().copied()))
}

const QUESTION: &str = "Passphrase for identity me: |";

#[test]
fn the_program_of_the_option_is_asked() {
    let env = env();
    decrypt(&env, &["--askpass", "ask"])
        .run()
        .assert(0, "plain", "");
    assert_eq!(asked(&env), QUESTION);
    let path = env.path("../bin/ask");
    decrypt(&env, &["--askpass", path.to_str().unwrap()])
        .run()
        .assert(0, "plain", "");
    assert_eq!(asked(&env), QUESTION);
}

#[test]
fn without_a_terminal_the_program_of_ssh_is_asked_if_there_is_a_display() {
    let env = env();
    let with = |variables: &[(&str, &str)]| {
        let run = decrypt(&env, &[]).env("SSH_ASKPASS", env.path("../bin/ask"));
        let run = variables
            .iter()
            .fold(run, |run, (name, value)| run.env(name, value));
        (run.run().code, asked(&env))
    };
    let answered = (Some(0), QUESTION.to_owned());
    let not_asked = (Some(2), String::new());
    assert_eq!(with(&[("DISPLAY", ":0")]), answered);
    assert_eq!(with(&[("WAYLAND_DISPLAY", "wayland-0")]), answered);
    assert_eq!(with(&[("SSH_ASKPASS_REQUIRE", "force")]), answered);
    assert_eq!(with(&[]), not_asked);
    let never = [("DISPLAY", ":0"), ("SSH_ASKPASS_REQUIRE", "never")];
    assert_eq!(with(&never), not_asked);
    let none = decrypt(&env, &[]).env("DISPLAY", ":0").run();
    assert_eq!(none.code, Some(2), "{none:?}");
}

#[test]
fn at_a_terminal_the_program_of_ssh_is_asked_only_if_it_is_preferred() {
    let env = env();
    let at_terminal = |require: &str| {
        decrypt(&env, &["-q"])
            .env("SSH_ASKPASS", env.path("../bin/ask"))
            .env("DISPLAY", ":0")
            .env("SSH_ASKPASS_REQUIRE", require)
            .on_terminal()
    };
    let Some(terminal) = at_terminal("") else {
        return;
    };
    terminal
        .wait_for("Passphrase for identity me")
        .keys("clay\n");
    assert_eq!(terminal.end().code, Some(0));
    assert_eq!(asked(&env), "");
    let terminal = at_terminal("prefer").unwrap();
    let outcome = terminal.end();
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    assert_eq!(asked(&env), QUESTION);
}

#[test]
fn no_prompt_asks_no_program_either() {
    let env = env();
    let refused = decrypt(&env, &["--askpass", "ask", "--no-prompt"]).run();
    assert_eq!(refused.code, Some(2), "{refused:?}");
    let refused = decrypt(&env, &["--no-prompt"])
        .env("SSH_ASKPASS", env.path("../bin/ask"))
        .env("SSH_ASKPASS_REQUIRE", "force")
        .run();
    assert_eq!(refused.code, Some(2), "{refused:?}");
    assert_eq!(asked(&env), "");
}

#[test]
fn every_other_source_comes_before_the_program() {
    let env = env();
    decrypt(&env, &["--askpass", "ask", "--passphrase-fd", "3"])
        .descriptor(3, "clay\n")
        .run()
        .assert(0, "plain", "");
    let command = env.write("../bin/tell", "#!/bin/sh\necho clay\n");
    std::fs::set_permissions(&command, PermissionsExt::from_mode(0o755)).unwrap();
    env.in_settings("passphrase_command = [\"tell\"]\n");
    decrypt(&env, &["--askpass", "ask"])
        .run()
        .assert(0, "plain", "");
    assert_eq!(asked(&env), "");
}

#[test]
fn a_wrong_passphrase_is_asked_for_again_and_cancelling_ends_it() {
    let env = env();
    asks(&env, "echo mud");
    let wrong = decrypt(&env, &["--askpass", "ask"]).run();
    assert_eq!(wrong.code, Some(3), "{wrong:?}");
    let again = format!("Wrong passphrase, try again\n{QUESTION}");
    assert_eq!(asked(&env), format!("{QUESTION}{again}{again}"));
    for answer in ["exit 1", "echo"] {
        asks(&env, answer);
        let cancelled = decrypt(&env, &["--askpass", "ask"]).run();
        assert_eq!(cancelled.code, Some(2), "{answer}: {cancelled:?}");
        assert_eq!(asked(&env), QUESTION, "{answer}");
    }
}

#[test]
fn a_program_that_fails_is_named() {
    let env = env();
    asks(&env, "echo no window >&2; exit 7");
    let failed = decrypt(&env, &["--askpass", "ask"]).run();
    assert_eq!(failed.code, Some(1), "{failed:?}");
    for said in ["the askpass program ask failed", "exit code 7", "no window"] {
        assert!(failed.stderr.contains(said), "{said}: {failed:?}");
    }
    for (name, why) in [
        ("nowhere", "no such program on the PATH"),
        ("./ask", "its path is not absolute"),
    ] {
        let failed = decrypt(&env, &["--askpass", name]).run();
        assert_eq!(failed.code, Some(1), "{failed:?}");
        assert!(failed.stderr.contains(why), "{why}: {failed:?}");
    }
}

#[test]
fn a_new_passphrase_is_asked_for_twice() {
    let env = env();
    let encrypt = ["encrypt", "-p", "--work-factor", "10", "-q", "-o", "p.age"];
    let line = || encrypt.into_iter().chain(["--askpass", "ask"]);
    let made = env.bulla(line()).stdin("plain").run();
    assert_eq!(made.code, Some(0), "{made:?}");
    let questions = asked(&env);
    assert_eq!(questions.matches('|').count(), 2, "{questions}");
    env.bulla(["decrypt", "p.age", "-o", "-", "--askpass", "ask"])
        .run()
        .assert(0, "plain", "");
    asks(&env, "wc -c <\"$0.n\"; echo >>\"$0.n\"");
    env.write("../bin/ask.n", "");
    let again = ["encrypt", "-p", "-q", "-o", "q.age", "--askpass", "ask"];
    asked(&env);
    let differ = env
        .bulla(again)
        .env(
            "PATH",
            format!("{}:/usr/bin:/bin", env.path("../bin").display()),
        )
        .stdin("plain")
        .run();
    assert_eq!(differ.code, Some(1), "{differ:?}");
    assert!(differ.stderr.contains("do not match"), "{differ:?}");
    assert_eq!(asked(&env).matches('|').count(), 6);
}

/// Someone who can write the keyring must not be able to start a program.
#[test]
fn neither_the_keyring_nor_the_settings_name_a_program() {
    let env = env();
    let setting = "askpass = \"ask\"\n";
    env.in_keyring("config.toml", setting);
    let refused = decrypt(&env, &[]).run();
    assert_ne!(refused.code, Some(0), "{refused:?}");
    std::fs::remove_file(env.path("../bulla/config.toml")).unwrap();
    env.in_settings(setting);
    let refused = decrypt(&env, &[]).run();
    assert_ne!(refused.code, Some(0), "{refused:?}");
    assert_eq!(asked(&env), "");
}

#[test]
fn a_signal_ends_the_program_too() {
    let env = env();
    let pid = env.path("pid");
    asks(
        &env,
        &format!(
            "echo $$ >'{0}.new'\n/bin/mv '{0}.new' '{0}'\nexec /bin/sleep 600",
            pid.display()
        ),
    );
    let mut child = decrypt(&env, &["--askpass", "ask"])
        .command()
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let begun = Instant::now();
    while !pid.exists() && begun.elapsed() < Duration::from_secs(60) {
        std::thread::sleep(Duration::from_millis(10));
    }
    let asking = std::fs::read_to_string(&pid).unwrap();
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    assert!(!child.wait().unwrap().success());
    let state = || std::fs::read_to_string(format!("/proc/{}/stat", asking.trim()));
    let begun = Instant::now();
    while state().is_ok_and(|stat| !stat.contains(") Z ")) {
        assert!(begun.elapsed() < Duration::from_secs(60), "it still asks");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn the_plugin_asks_with_the_program_of_ssh_if_its_caller_cannot() {
    let age = need!("age");
    let env = env();
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_bulla"));
    env.install("age-plugin-bulla", program);
    let export = ["identity", "export", "me", "--plugin", "-q", "-o", "me.txt"];
    env.bulla(export).run().assert(0, "", "");
    let opened = env
        .program(&age, ["-d", "-i", "me.txt", "a.age"])
        .env("SSH_ASKPASS", env.path("../bin/ask"))
        .env("DISPLAY", ":0")
        .run();
    assert_eq!(opened.stdout, b"plain", "{opened:?}");
    assert_eq!(asked(&env), QUESTION);
}

/// No locked identity keeps programs free here, so the question has to come before they are refused.
#[test]
fn a_passphrase_of_a_file_is_asked_for_before_programs_are_refused() {
    let env = env();
    asks(&env, "echo 'now it asks' >&2\necho clay");
    env.write("t/one.txt", "plain");
    let packed = ["encrypt", "-qp", "--work-factor", "10", "t", "-o"];
    for made in ["t.tar.age", "u.tar.age"] {
        env.bulla(packed.into_iter().chain([made, "--passphrase-fd", "3"]))
            .descriptor(3, "clay\n")
            .run();
    }
    env.write("key", IDENTITY);
    env.write("mirror/a.age", env.closed_plainly("by a key"));
    std::fs::copy(env.path("t.tar.age"), env.path("mirror/b.tar.age")).unwrap();
    let nowhere = env.path("nowhere");
    let lines: [&[&str]; 11] = [
        &["verify", "t.tar.age"],
        &["decrypt", "--no-unpack", "t.tar.age", "-o", "out.tar"],
        &["decrypt", "t.tar.age", "-o", "out"],
        &["list", "t.tar.age"],
        &["cat", "t.tar.age"],
        &["extract", "t.tar.age", "t/one.txt", "-o", "extracted"],
        &["rescue", "t.tar.age", "-o", "rescued"],
        &["reseal", "-f", "-R", "pk.txt", "t.tar.age", "-o", "r.age"],
        &["verify", "-i", "key", "a.age", "t.tar.age", "u.tar.age"],
        &["decrypt", "-i", "key", "--each", "mirror", "-o", "restored"],
        &["decrypt", "--passphrase", "t.tar.age", "-o", "again"],
    ];
    env.write("pk.txt", RECIPIENT);
    asked(&env);
    for line in lines {
        let run = env
            .bulla(line.iter().copied().chain(["-v", "--askpass", "ask"]))
            .env("BULLA_HOME", &nowhere)
            .run();
        let asked = asked(&env);
        println!("{line:?} {asked}\n{run:?}");
        assert_eq!(run.code, Some(0), "{line:?}: {run:?}");
        assert_eq!(asked.matches('|').count(), 1, "{line:?}: {asked}");
        let at = |text: &str| {
            run.stderr
                .find(text)
                .unwrap_or_else(|| panic!("{line:?}: {text}: {run:?}"))
        };
        let refused = at("No other program can be started: active");
        assert!(at("now it asks") < refused, "{line:?}: {run:?}");
    }
    // In one run with a locked identity, both are asked for.
    let both = env.bulla(["verify", "t.tar.age", "a.age", "-v", "--askpass", "ask"]);
    let both = both.run();
    assert_eq!(both.code, Some(0), "{both:?}");
    assert_eq!(asked(&env).matches('|').count(), 2);
    assert!(
        both.stderr
            .contains("No other program can be started: active")
    );
    // A stream is asked about in its turn.
    let stream = ["verify", "-", "--askpass", "ask"];
    let stream = env.bulla(stream).stdin(env.read("t.tar.age"));
    let stream = stream.env("BULLA_HOME", &nowhere).run();
    assert_eq!(stream.code, Some(0), "{stream:?}");
    assert_eq!(asked(&env).matches('|').count(), 1);
    // Without a question, everything is refused as before.
    let asks_nothing = [
        "verify",
        "-i",
        "key",
        "a.age",
        "mirror/a.age",
        "-v",
        "--askpass",
        "ask",
    ];
    let run = env.bulla(asks_nothing).env("BULLA_HOME", &nowhere).run();
    assert!(
        run.stderr
            .contains("No other program can be started: active"),
        "{run:?}"
    );
}
