//! A file that another program writes or replaces while its readers are changed.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::three;
use crate::env::{Outcome, TestEnv};
use crate::tools::need;

const COMMANDS: [&[&str]; 3] = [
    &["share", "-q", "x.age", "--to", "carol"],
    &["unshare", "-q", "x.age", "--drop", "bob"],
    &["reseal", "-q", "x.age", "--to", "carol"],
];

/// Runs a command, stops it when it syncs the complete new file, and does something meanwhile.
fn while_stopped(env: &TestEnv, strace: &Path, line: &[&str], meanwhile: impl FnOnce()) -> Outcome {
    let log = env.path("log");
    let _ = fs::remove_file(&log);
    let run = env.bulla(line);
    let prefix = [
        strace.as_os_str(),
        "-f".as_ref(),
        "-o".as_ref(),
        log.as_os_str(),
        "-e".as_ref(),
        "trace=fsync".as_ref(),
        "-e".as_ref(),
        "inject=fsync:signal=STOP:when=1".as_ref(),
        "--".as_ref(),
    ];
    let mut command = run.command_after(&prefix);
    command.stdin(Stdio::null());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let running = command.spawn().unwrap();
    let begun = Instant::now();
    let stopped = loop {
        let told = fs::read_to_string(&log).unwrap_or_default();
        let mut lines = told
            .lines()
            .filter(|line| line.contains("stopped by SIGSTOP"));
        if let Some(line) = lines.next() {
            break line.split(' ').next().unwrap().to_owned();
        }
        assert!(
            begun.elapsed() < Duration::from_secs(60),
            "{line:?}: {told}"
        );
        std::thread::sleep(Duration::from_millis(5));
    };
    meanwhile();
    let continued = Command::new("kill").args(["-CONT", &stopped]).status();
    assert!(continued.unwrap().success());
    run.outcome(running.wait_with_output().unwrap())
}

#[test]
fn a_file_that_another_program_writes_or_replaces_is_not_overwritten() {
    let strace = need!("strace");
    let env = three();
    let old = env.read("plain.age");
    let mut newer = old.clone();
    newer.reverse();
    let x = env.path("x.age");
    type Change<'a> = &'a dyn Fn();
    let changes: [(&str, Change<'_>); 3] = [
        ("written", &|| fs::write(&x, &newer).unwrap()),
        ("appended to", &|| {
            let mut file = fs::OpenOptions::new().append(true).open(&x).unwrap();
            std::io::Write::write_all(&mut file, b"more").unwrap();
        }),
        ("replaced", &|| {
            fs::rename(env.write("y", &newer), &x).unwrap();
        }),
    ];
    for line in COMMANDS {
        for (what, change) in changes {
            fs::copy(env.path("plain.age"), &x).unwrap();
            let listed = env.list();
            let mut there = Vec::new();
            let told = while_stopped(&env, &strace, line, || {
                change();
                there = fs::read(&x).unwrap();
            });
            assert_eq!(told.code, Some(6), "{line:?}, {what}: {told:?}");
            assert!(told.stderr.contains("x.age changed while"), "{told:?}");
            assert_eq!(env.read("x.age"), there, "{line:?}, {what}");
            let mut now = env.list();
            now.retain(|name| name != "log");
            assert_eq!(
                now,
                listed
                    .iter()
                    .filter(|name| *name != "log")
                    .cloned()
                    .collect::<Vec<_>>()
            );
        }
        // A file that is left alone is changed.
        fs::copy(env.path("plain.age"), &x).unwrap();
        let told = while_stopped(&env, &strace, line, || {});
        assert_eq!(told.code, Some(0), "{line:?}: {told:?}");
        assert_ne!(env.read("x.age"), old);
    }
}
