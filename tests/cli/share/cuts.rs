//! Killed at every system call, full disks, and many processes at once: a file always opens as
//! before or as after the change.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::Stdio;

use super::three;
use crate::env::{Outcome, TestEnv};
use crate::tools::need;

/// A change that is tried again and again on the same file, and the keys that can open the file
/// afterwards.
struct Workload {
    line: &'static [&'static str],
    after: [bool; 3],
}

const WORKLOADS: [Workload; 4] = [
    Workload {
        line: &["share", "-q", "x.age", "--to", "carol"],
        after: [true; 3],
    },
    Workload {
        line: &["share", "-q", "x.age", "--to", "carol", "--header-out", "h"],
        after: [true, true, false],
    },
    Workload {
        line: &["unshare", "-q", "x.age", "--drop", "bob"],
        after: [true, false, false],
    },
    Workload {
        line: &["reseal", "-q", "x.age", "--to", "carol"],
        after: [true, false, true],
    },
];

const BEFORE: [bool; 3] = [true, true, false];

fn traced(env: &TestEnv, strace: &Path, work: &Workload, options: &[&str]) -> Outcome {
    fs::copy(env.path("plain.age"), env.path("x.age")).unwrap();
    let _ = fs::remove_file(env.path("h"));
    let (run, log) = (env.bulla(work.line), env.path("log"));
    let mut prefix: Vec<&OsStr> = vec![
        strace.as_os_str(),
        "-f".as_ref(),
        "-qq".as_ref(),
        "-o".as_ref(),
    ];
    prefix.push(log.as_os_str());
    prefix.extend(options.iter().map(OsStr::new));
    prefix.push("--".as_ref());
    let output = run
        .command_after(&prefix)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    run.outcome(output)
}

/// How often the work makes each of these system calls.
fn calls(env: &TestEnv, strace: &Path, work: &Workload, of: &str) -> BTreeMap<String, usize> {
    let told = traced(env, strace, work, &["-e", &format!("trace={of}")]);
    assert_eq!(told.code, Some(0), "{:?}: {}", work.line, told.stderr);
    assert_eq!(env.openers("x.age"), work.after, "{:?}", work.line);
    let log = fs::read_to_string(env.path("log")).unwrap();
    let mut calls = BTreeMap::new();
    for line in log.lines() {
        let call = line
            .split_once(' ')
            .map_or("", |(_, rest)| rest.trim_start());
        let name = call.split_once('(').map_or("", |(name, _)| name);
        if !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
            *calls.entry(name.to_owned()).or_default() += 1;
        }
    }
    calls
}

/// Does the work with a fault at each of these calls in turn. Returns the number of runs and of
/// failures.
fn cut_at_each(
    env: &TestEnv,
    strace: &Path,
    of: &str,
    fault: &str,
    every: usize,
) -> (usize, usize) {
    let (mut points, mut failed) = (0, 0);
    for work in &WORKLOADS {
        for (call, times) in calls(env, strace, work, of) {
            for n in (1..=times).step_by(every) {
                let inject = format!("inject={call}:{fault}:when={n}");
                let trace = format!("trace={call}");
                let told = traced(env, strace, work, &["-e", &trace, "-e", &inject]);
                let what = format!("{:?}: {fault} at {call} {n}: {told:?}", work.line);
                assert!(!told.stderr.contains("panicked"), "{what}");
                let (now, done) = (env.openers("x.age"), told.code == Some(0));
                assert!(
                    now == work.after || !done && now == BEFORE,
                    "{what}: {now:?}"
                );
                if env.path("h").exists() {
                    let by = [
                        "decrypt",
                        "-q",
                        "-i",
                        "carol.key",
                        "--header",
                        "h",
                        "x.age",
                        "-o",
                        "-",
                    ];
                    env.bulla(by).run().assert(0, "hello\n", "");
                }
                points += 1;
                failed += usize::from(!done);
                // Files left behind by a killed run have a name that says what they are.
                for left in env.list().iter().filter(|name| name.ends_with(".tmp")) {
                    assert!(
                        left.starts_with(".bulla-") && fault.contains("KILL"),
                        "{what}: {left}"
                    );
                    fs::remove_file(env.path(left)).unwrap();
                }
            }
        }
    }
    (points, failed)
}

const CHANGING: &str = "openat,write,pwrite64,copy_file_range,ftruncate,fchmod,fsync,linkat,renameat,renameat2,unlinkat,close,flock";

#[test]
fn killed_where_something_changes_a_file_opens_as_before_or_as_after() {
    let strace = need!("strace");
    let changing = CHANGING.replace("openat,", "").replace("close,", "");
    let (points, failed) = cut_at_each(&three(), &strace, &changing, "signal=KILL", 1);
    println!("share, unshare, reseal: killed at {points} system calls: as before or as after");
    assert!(failed == points && points >= 25, "{failed} of {points}");
}

#[test]
fn slow_killed_at_every_system_call_a_file_opens_as_before_or_as_after() {
    if std::env::var_os("BULLA_TEST_SLOW").is_none() {
        return;
    }
    let strace = need!("strace");
    let calls = "file,desc,fsync,flock,futex,getrandom,memory";
    let (points, _) = cut_at_each(&three(), &strace, calls, "signal=KILL", 1);
    println!(
        "share, unshare, reseal: killed at {points} system calls, all there are: as before or as after"
    );
    assert!(points >= 300, "{points}");
}

#[test]
fn a_full_disk_leaves_the_file_as_it_was() {
    let strace = need!("strace");
    let calls = CHANGING
        .replace("close,", "")
        .replace("openat,", "")
        .replace(",flock", "")
        .replace(",unlinkat", "");
    let (points, failed) = cut_at_each(&three(), &strace, &calls, "error=ENOSPC", 1);
    println!(
        "share, unshare, reseal: no room at {points} system calls, {failed} failures seen: as before or as after"
    );
    assert!(failed >= 15, "only {failed} of {points} failed");
}

#[test]
fn a_permitted_size_that_is_too_small_leaves_the_file_as_it_was() {
    let prlimit = need!("prlimit");
    let env = three();
    env.write("plain", vec![7; 300_000]);
    env.does(&["encrypt", "-q", "-f", "--to", "bob", "plain"]);
    let before = env.read("plain.age");
    let listed = env.list();
    for limit in [0, 1, 400, 4096, 65_536, 300_000] {
        for work in &WORKLOADS {
            fs::copy(env.path("plain.age"), env.path("x.age")).unwrap();
            let mut line = vec![
                format!("--fsize={limit}"),
                env!("CARGO_BIN_EXE_bulla").to_owned(),
            ];
            line.extend(work.line.iter().map(ToString::to_string));
            if work.line.contains(&"--header-out") && limit > 400 {
                continue;
            }
            let told = env.program(&prlimit, line).run();
            assert_eq!(
                told.code,
                Some(6),
                "{limit} {:?}: {}",
                work.line,
                told.stderr
            );
            assert_eq!(env.read("x.age"), before, "{limit} {:?}", work.line);
            fs::remove_file(env.path("x.age")).unwrap();
            assert_eq!(env.list(), listed, "{limit} {:?}", work.line);
        }
    }
}

#[test]
fn many_who_share_one_file_at_once_lose_nobody() {
    let env = three();
    let names: Vec<String> = (0..8).map(|number| format!("p{number}")).collect();
    for name in &names {
        let recipient = env.somebody(name);
        env.does(&["contact", "add", name, &recipient]);
    }
    let begin = |name: &String| {
        let mut command = env
            .bulla(["share", "-q", "plain.age", "--to", name])
            .command();
        command
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    };
    let running: Vec<_> = names.iter().map(begin).collect();
    let mut in_it = 0;
    for (name, child) in names.iter().zip(running) {
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        match output.status.code() {
            Some(0) => {
                in_it += 1;
                assert!(
                    env.opens(&format!("{name}.key"), "plain.age"),
                    "{name} was let in and is not"
                );
            }
            Some(6) => assert!(
                said.contains("plain.age changed while it was read"),
                "{said}"
            ),
            other => panic!("{other:?}: {said}"),
        }
    }
    assert!(in_it >= 1);
}
