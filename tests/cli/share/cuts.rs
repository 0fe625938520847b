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
use crate::traced::fault_at;

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

fn traced(env: &TestEnv, strace: &Path, work: &Workload, options: &[impl AsRef<OsStr>]) -> Outcome {
    fs::copy(env.path("plain.age"), env.path("x.age")).unwrap();
    let _ = fs::remove_file(env.path("h"));
    env.bulla(work.line).traced(strace, options)
}

/// How often the work makes each of these system calls.
fn calls(env: &TestEnv, strace: &Path, work: &Workload, of: &str) -> BTreeMap<String, usize> {
    let told = traced(env, strace, work, &["-e", &format!("trace={of}")]);
    assert_eq!(told.code, Some(0), "{:?}: {}", work.line, told.stderr);
    assert_eq!(env.openers("x.age"), work.after, "{:?}", work.line);
    env.calls()
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
                let told = traced(env, strace, work, &fault_at(&call, fault, n));
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

const CHANGING: &str = "openat,write,pwrite64,pwritev2,copy_file_range,ftruncate,fchmod,fsync,linkat,renameat,renameat2,unlinkat,close,flock";

#[test]
fn a_file_opens_after_a_kill_at_any_change() {
    let strace = need!("strace");
    let changing = CHANGING.replace("openat,", "").replace("close,", "");
    let (points, failed) = cut_at_each(&three(), &strace, &changing, "signal=KILL", 1);
    println!("share, unshare, reseal: killed at {points} system calls: as before or as after");
    assert!(failed == points && points >= 25, "{failed} of {points}");
}

#[test]
fn slow_a_file_opens_after_a_kill_at_any_system_call() {
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
fn a_full_disk_leaves_the_file_unchanged() {
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
fn a_file_size_limit_leaves_the_file_unchanged() {
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
fn concurrent_shares_of_one_file_lose_no_reader() {
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
    let mut running: Vec<_> = names.iter().map(begin).collect();
    // Whoever reads it meanwhile gets the whole file as it was when it was opened.
    while running
        .iter_mut()
        .any(|child| child.try_wait().unwrap().is_none())
    {
        assert!(env.opens("key", "plain.age"));
    }
    let mut let_in = Vec::new();
    for (name, child) in names.iter().zip(running) {
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        match output.status.code() {
            Some(0) => let_in.push(name),
            Some(6) => assert!(
                said.contains("plain.age changed while it was being read")
                    || said.contains("plain.age is locked by another process"),
                "{said}"
            ),
            other => panic!("{other:?}: {said}"),
        }
    }
    assert!(!let_in.is_empty());
    for name in let_in {
        assert!(
            env.opens(&format!("{name}.key"), "plain.age"),
            "{name} was let in and is not"
        );
    }
}
