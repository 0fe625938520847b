//! Killed at every system call, and full disks: the status file is never newer than its receipt.

use std::collections::BTreeMap;
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::env::{Outcome, TestEnv};
use crate::tools::need;
use crate::traced::fault_at;

const DRILL: [&str; 7] = [
    "drill",
    "db.age",
    "x.age",
    "--identity",
    "recovery",
    "--status-file",
    "status.json",
];

/// Two copies, one of them damaged, and a drill that happened before.
fn begin() -> TestEnv {
    let env = TestEnv::with_copy();
    let mut bytes = env.read("db.age");
    *bytes.last_mut().unwrap() ^= 1;
    env.write("x.age", bytes);
    let first = env.bulla(DRILL).run();
    assert_eq!(first.code, Some(10), "{first:?}");
    env
}

/// How often the drill makes each of these system calls.
fn calls(env: &TestEnv, strace: &Path, of: &str) -> BTreeMap<String, usize> {
    let told = env
        .bulla(DRILL)
        .traced(strace, &["-e", &format!("trace={of}")]);
    assert_eq!(told.code, Some(10), "{told:?}");
    env.calls()
}

/// The receipt that the status file names is there, all receipts are whole, and nothing says that
/// the damaged copy is proved. `before` are the receipts that were there before the run.
fn is_in_order(env: &TestEnv, before: &str, told: &Outcome, what: &str) {
    let receipts = env.receipts();
    let place = |digest: &serde_json::Value| {
        let digest = digest.as_str().unwrap();
        let is_it = |line: &&str| format!("{:x}", Sha256::digest(line.as_bytes())) == digest;
        // Two drills in one second write the same line.
        let lines: Vec<&str> = receipts.lines().collect();
        lines.iter().rposition(is_it)
    };
    let status: serde_json::Value = serde_json::from_slice(&env.read("status.json")).unwrap();
    for part in ["drill", "proved"] {
        let at = place(&status[part]["receipt"]).unwrap_or_else(|| panic!("{what}: {status}"));
        let line: serde_json::Value =
            serde_json::from_str(receipts.lines().nth(at).unwrap()).unwrap();
        assert_eq!(line["date"], status[part]["date"], "{what}");
    }
    let last = receipts.lines().last().unwrap();
    let is_last = place(&status["drill"]["receipt"]) == Some(receipts.lines().count() - 1);
    // A fault of each thread can keep both copies from being read; there is no new receipt then, and
    // the status file stays as it is.
    let is_unchanged = receipts == before;
    assert!(
        is_last || is_unchanged || told.code != Some(10),
        "{what}: {last}\n{told:?}"
    );
    for line in receipts.lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        let is_good = line["file"].as_str().unwrap().ends_with("db.age");
        assert!(is_good || line["result"] != "proved", "{what}: {line}");
    }
    let history = env.bulla(["drill", "--history"]).run();
    assert_eq!(history.code, Some(0), "{what}: {history:?}");
}

/// Runs the drill with a fault at each of these calls in turn, or at every so many of them. Returns
/// the number of runs, and how many of them ended as without a fault.
fn cut_at_each(strace: &Path, of: &str, fault: &str, every: usize) -> (usize, usize) {
    let env = begin();
    let (mut points, mut done) = (0, 0);
    for (call, times) in calls(&env, strace, of) {
        for n in (1..=times).step_by(every) {
            let before = env.receipts();
            let told = env.bulla(DRILL).traced(strace, &fault_at(&call, fault, n));
            let what = format!("{fault} at {call} {n}");
            assert!(!told.stderr.contains("panicked"), "{what}: {told:?}");
            is_in_order(&env, &before, &told, &what);
            points += 1;
            done += usize::from(told.code == Some(10));
        }
    }
    let before = env.receipts();
    let after = env.bulla(DRILL).run();
    assert_eq!(after.code, Some(10), "{after:?}");
    is_in_order(&env, &before, &after, "after all");
    (points, done)
}

const CHANGING: &str =
    "write,pwrite64,pwritev2,ftruncate,fchmod,fsync,linkat,renameat,renameat2,unlinkat,flock";

#[test]
fn the_status_file_is_never_newer_than_its_receipt_after_a_kill_at_any_change() {
    let (points, done) = cut_at_each(&need!("strace"), CHANGING, "signal=KILL", 1);
    println!("drill: killed at {points} system calls that change something");
    // Which thread makes a call differs from run to run, so a few faults are not reached.
    assert!(
        points >= 15 && done * 3 < points,
        "{done} of {points} ended well"
    );
}

#[test]
fn slow_the_status_file_is_never_newer_than_its_receipt_after_a_kill_at_every_fifth_call() {
    if std::env::var_os("BULLA_TEST_SLOW").is_none() {
        return;
    }
    let calls = "file,desc,fsync,flock,futex,getrandom";
    let (points, _) = cut_at_each(&need!("strace"), calls, "signal=KILL", 5);
    println!("drill: killed at {points} system calls, every fifth");
    assert!(points >= 60, "{points}");
}

#[test]
fn a_full_disk_leaves_whole_receipts_and_no_newer_status() {
    let calls = "openat,write,pwrite64,pwritev2,fsync,linkat,renameat,renameat2";
    let (points, done) = cut_at_each(&need!("strace"), calls, "error=ENOSPC", 3);
    println!("drill: no room at {points} system calls, {done} of them did not matter");
    assert!(points >= 20 && done < points, "{done} of {points}");
}
