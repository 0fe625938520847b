//! Signals end a run at once, at any point, and nothing is left behind.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process};

use crate::env::TestEnv;
use crate::someone::RECIPIENT;
use crate::tools::need;

const SIGNALS: [Signal; 4] = [Signal::INT, Signal::TERM, Signal::HUP, Signal::QUIT];

/// A file that takes minutes and no disk space.
fn sparse(env: &TestEnv, name: &str) {
    File::create(env.path(name))
        .unwrap()
        .set_len(64 << 30)
        .unwrap();
}

#[test]
fn in_the_middle_of_a_large_file() {
    let env = TestEnv::new().with_key();
    sparse(&env, "large");
    env.write("old", "old");
    let before = env.list();
    for signal in SIGNALS {
        for output in [&["-o", "new"][..], &["-fo", "old"], &["-a", "-o", "new"]] {
            let args = ["encrypt", "-r", RECIPIENT, "large"].iter().chain(output);
            let Some(terminal) = env.bulla(args).env("TERM", "xterm").on_terminal() else {
                return;
            };
            // The progress bar appears after a while.
            terminal.wait_for("encrypting").signal(signal).left();
            assert!(terminal.echoes());
            let said = terminal.end();
            assert_eq!(
                (said.code, said.signal),
                (None, Some(signal.as_raw())),
                "{output:?}"
            );
            assert_eq!(
                (env.list(), env.read("old")),
                (before.clone(), b"old".to_vec()),
                "{output:?}"
            );
        }
    }
}

#[test]
fn while_standard_input_blocks() {
    let env = TestEnv::new().with_key();
    env.write("old", "old");
    let (plain, closed) = (vec![7; 600_000], env.closed(vec![7; 600_000]));
    let before = env.list();
    let decrypt: &[&str] = &["decrypt", "-i", "key", "-o"];
    for signal in SIGNALS {
        for (args, force) in [
            (&["encrypt", "-r", RECIPIENT, "-o"][..], &["new"][..]),
            (decrypt, &["new"]),
            (decrypt, &["old", "--force"]),
        ] {
            let run = env.bulla(args.iter().chain(force));
            let bytes = if args[0] == "encrypt" {
                &plain
            } else {
                &closed
            };
            let mut child = run
                .command()
                .stdin(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap();
            // A pipe holds 64 KiB: when this returns, most of it was read.
            child
                .stdin
                .as_mut()
                .unwrap()
                .write_all(&bytes[..400_000])
                .unwrap();
            kill_process(Pid::from_child(&child), signal).unwrap();
            let stdin = child.stdin.take();
            let said = run.outcome(child.wait_with_output().unwrap());
            drop(stdin);
            assert_eq!(
                (said.code, said.signal),
                (None, Some(signal.as_raw())),
                "{}",
                said.stderr
            );
            assert_eq!(said.stderr, "");
            assert_eq!(
                (env.list(), env.read("old")),
                (before.clone(), b"old".to_vec())
            );
        }
    }
}

#[test]
fn while_nobody_reads_standard_output() {
    let env = TestEnv::new().with_key();
    sparse(&env, "large");
    for signal in SIGNALS {
        let run = env.bulla(["encrypt", "-r", RECIPIENT, "large", "-o", "-"]);
        let mut child = run
            .command()
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdout = child.stdout.take().unwrap();
        stdout.read_exact(&mut [0; 300_000]).unwrap();
        kill_process(Pid::from_child(&child), signal).unwrap();
        let said = run.outcome(child.wait_with_output().unwrap());
        assert_eq!((said.code, said.signal), (None, Some(signal.as_raw())));
        drop(stdout);
    }
}

#[test]
fn at_a_passphrase_prompt() {
    let env = TestEnv::new().with_key();
    env.write("phrase", "anchor velvet pond marble\n");
    env.write("plain", "plain");
    let args = [
        "encrypt",
        "-qp",
        "--work-factor",
        "10",
        "--passphrase-file",
        "phrase",
        "plain",
        "-o",
        "locked.age",
    ];
    assert_eq!(env.bulla(args).run().code, Some(0));
    let before = env.list();
    let asking: [&[&str]; 4] = [
        &["identity", "new", "-o", "new"],
        &["encrypt", "-p", "plain"],
        &["decrypt", "locked.age"],
        &["verify", "locked.age"],
    ];
    for signal in SIGNALS {
        for args in asking {
            let Some(terminal) = env.bulla(args).on_terminal() else {
                return;
            };
            terminal.wait_for("assphrase");
            while terminal.echoes() {
                std::thread::yield_now(); // the question is shown just before the echo goes
            }
            terminal.keys("half a phr");
            // The signals that a person can send: control-C and control-\.
            match signal {
                Signal::INT => terminal.keys("\x03"),
                Signal::QUIT => terminal.keys("\x1c"),
                _ => terminal.signal(signal),
            };
            assert!(terminal.left().echoes(), "{args:?}");
            let said = terminal.end();
            assert_eq!(
                (said.code, said.signal),
                (None, Some(signal.as_raw())),
                "{args:?}: {said:?}"
            );
            assert!(
                !said.stdout.windows(4).any(|shown| shown == b"half"),
                "{args:?}"
            );
            assert_eq!(env.list(), before, "{args:?}");
        }
    }
}

#[test]
fn a_hangup_that_is_ignored_stays_ignored() {
    let sh = need!("sh");
    let env = TestEnv::new();
    env.write("plain", "plain");
    let line = [
        "-c",
        "trap '' HUP; exec \"$@\"",
        "sh",
        env!("CARGO_BIN_EXE_bulla"),
    ];
    let args = ["encrypt", "-p", "--work-factor", "10", "plain"];
    let Some(terminal) = env.program(sh, line.iter().chain(&args)).on_terminal() else {
        return;
    };
    terminal
        .wait_for("assphrase")
        .signal(Signal::HUP)
        .keys("anchor velvet pond marble\n")
        .wait_for("assphrase");
    terminal
        .signal(Signal::HUP)
        .keys("anchor velvet pond marble\n");
    let said = terminal.end();
    assert_eq!(said.code, Some(0), "{said:?}");
    assert_eq!(env.list(), ["plain", "plain.age"]);
    let phrase = env
        .bulla(["decrypt", "--passphrase-fd", "3", "plain.age", "-o", "-"])
        .descriptor(3, "anchor velvet pond marble\n");
    assert_eq!(phrase.run().stdout, b"plain");
    fs::remove_file(env.path("plain.age")).unwrap();
}
