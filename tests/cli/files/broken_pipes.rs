//! EPIPE is the reader of our standard output only where that is what was written. From anything
//! else it is a failure.

use std::process::Stdio;

use crate::env::{Outcome, TestEnv};
use crate::someone::RECIPIENT;
use crate::tools::need;

fn surroundings() -> TestEnv {
    let env = TestEnv::new().with_key();
    env.write("plain", vec![1; 300_000]);
    env.write("plain.age", env.closed(vec![1; 300_000]));
    env
}

fn is_a_failure(said: &Outcome, what: &dyn std::fmt::Debug) {
    assert_eq!(said.code, Some(6), "{what:?}: {said:?}");
    assert!(
        said.stderr.contains("bulla: error: "),
        "{what:?}: {}",
        said.stderr
    );
}

#[test]
fn a_named_pipe_whose_reader_goes_away_is_a_failure() {
    let mkfifo = need!("mkfifo");
    let env = surroundings();
    env.program(mkfifo, ["pipe"]).run().assert_quiet();
    for args in [
        &["encrypt", "-qr", RECIPIENT, "plain", "-o", "pipe"][..],
        &["decrypt", "-qi", "key", "plain.age", "-o", "pipe"],
    ] {
        // Reads a little and leaves.
        let reader = env.program("/bin/sh", ["-c", "head -c 10 <pipe >/dev/null"]);
        let mut reader = reader.env("PATH", "/usr/bin:/bin").command();
        let mut reader = reader.stdin(Stdio::null()).spawn().unwrap();
        let said = env.bulla(args).run();
        reader.wait().unwrap();
        is_a_failure(&said, &args);
        assert!(said.stderr.contains("Broken pipe"), "{}", said.stderr);
    }
}

/// A file system can answer any call with it, as FUSE does when its program is gone.
#[test]
fn a_broken_pipe_of_a_file_system_is_a_failure_and_leaves_no_output() {
    let strace = need!("strace");
    let env = surroundings();
    let before = env.list();
    let encrypt: &[&str] = &["encrypt", "-qr", RECIPIENT, "plain", "-o", "out"];
    let decrypt: &[&str] = &["decrypt", "-qi", "key", "plain.age", "-o", "out"];
    let verify: &[&str] = &["verify", "-qi", "key", "plain.age"];
    let new: &[&str] = &["identity", "new", "-q", "--no-passphrase", "-o", "out"];
    for (args, calls) in [
        (encrypt, "pread64"),
        (encrypt, "pwrite64"),
        (encrypt, "fsync"),
        (encrypt, "fdatasync,fsync"),
        (decrypt, "pread64"),
        (decrypt, "pwrite64"),
        (decrypt, "fsync"),
        (verify, "pread64"),
        (new, "fsync"),
    ] {
        let inject = format!("inject={calls}:error=EPIPE:when=1+");
        let mut line = vec!["-f", "-qq", "-o", "/dev/null", "-e", &inject];
        // The system's loader reads in the same way.
        let input = env.path(if args[0] == "encrypt" {
            "plain"
        } else {
            "plain.age"
        });
        if calls == "pread64" {
            line.extend(["-P", input.to_str().unwrap()]);
        }
        line.push(env!("CARGO_BIN_EXE_bulla"));
        line.extend(args);
        let said = env.program(&strace, line).run();
        is_a_failure(&said, &(args, calls));
        assert_eq!(env.list(), before, "{args:?} {calls}");
    }
}

/// Every single call of these that meets it, one after the other.
#[test]
fn slow_no_single_broken_pipe_looks_like_success_with_nothing_done() {
    if std::env::var_os("BULLA_TEST_SLOW").is_none() {
        return;
    }
    let strace = need!("strace");
    let env = surroundings();
    let log = env.path("log");
    for (args, out) in [
        (
            &["encrypt", "-qr", RECIPIENT, "plain", "-o", "out"][..],
            Some("out"),
        ),
        (
            &["decrypt", "-qi", "key", "plain.age", "-o", "out"],
            Some("out"),
        ),
        (&["verify", "-qi", "key", "plain.age"], None),
        (
            &["identity", "new", "-q", "--no-passphrase", "-o", "out"],
            Some("out"),
        ),
    ] {
        for call in [
            "openat",
            "read",
            "pread64",
            "write",
            "pwrite64",
            "fsync",
            "linkat",
            "renameat2",
            "statx",
            "newfstatat",
            "fstat",
            "close",
            "ftruncate",
            "fchmod",
        ] {
            for nth in 1..400 {
                let inject = format!("inject={call}:error=EPIPE:when={nth}");
                let mut line = vec!["-f", "-qq", "-e"];
                let trace = format!("trace={call}");
                line.extend([&*trace, "-e", &inject, "-o"]);
                let to = log.to_string_lossy().into_owned();
                line.push(&to);
                line.push(env!("CARGO_BIN_EXE_bulla"));
                line.extend(args);
                let said = env.program(&strace, line).run();
                let met = String::from_utf8_lossy(&env.read("log")).contains("(INJECTED)");
                let what = (args[0], call, nth);
                let of = |start: &str| {
                    let log = String::from_utf8_lossy(&env.read("log")).into_owned();
                    log.lines()
                        .any(|line| line.contains(start) && line.contains("(INJECTED)"))
                };
                // Results on standard output, and messages that nobody can read.
                let (own, unheard) = (of("write(1, "), of("write(2, "));
                let by_reader = own && said.signal == Some(13);
                assert!(said.signal.is_none() || by_reader, "{what:?}: {said:?}");
                assert_ne!(said.code, Some(101), "{what:?}: {said:?}");
                let is_there = out.is_none_or(|out| env.path(out).exists());
                // The loader's own failures end it with 127.
                assert!(
                    said.code != Some(0) || is_there,
                    "{what:?}: success without the file"
                );
                if said.code != Some(0) && !by_reader && !unheard {
                    assert_ne!(said.stderr, "", "{what:?}: silent");
                }
                if let Some(out) = out {
                    let _ = std::fs::remove_file(env.path(out));
                }
                if !met {
                    break;
                }
            }
        }
    }
}
