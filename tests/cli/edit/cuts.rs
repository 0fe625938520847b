//! Killed at every system call: a file opens as before or as after, and never neither.

use std::fs;
use std::path::Path;

use crate::env::{Outcome, TestEnv};
use crate::share::three;
use crate::tools::need;
use crate::traced::fault_at;

const BEFORE: &str = "hello\n";
const AFTER: &str = "hello\nmore\n";

/// The system calls that change something.
const CHANGING: &str = "write,pwrite64,pwritev2,ftruncate,fchmod,fsync,linkat,renameat,renameat2,unlinkat,flock,mkdir,mkdirat,rmdir";

/// Edits under strace. Only the thread that does the work is traced, not the editor.
fn traced(
    env: &TestEnv,
    strace: &Path,
    memory: &Path,
    options: &[impl AsRef<str>],
) -> Option<Outcome> {
    fs::copy(env.path("before.age"), env.path("plain.age")).unwrap();
    let editor = env.editor("echo more >>\"$1\"");
    let mut line = vec!["-qq", "-o", "log"];
    line.extend(options.iter().map(AsRef::as_ref));
    line.extend(["--", env!("CARGO_BIN_EXE_bulla"), "edit", "-q", "plain.age"]);
    let run = env.program(strace, line).env("EDITOR", editor);
    Some(run.env("XDG_RUNTIME_DIR", memory).on_terminal()?.end())
}

/// Kills the run at each of these calls in turn, but at most this often. Returns how often it was
/// killed, and how often the file was then the new one.
fn kill_at_each(of: &str, most: usize) -> Option<(usize, usize)> {
    let strace = crate::tools::tool("strace")?;
    let env = three();
    fs::rename(env.path("plain.age"), env.path("before.age")).unwrap();
    let memory = tempfile::tempdir_in("/dev/shm").unwrap();
    let whole = traced(
        &env,
        &strace,
        memory.path(),
        &["-e", &format!("trace={of}")],
    )?;
    assert_eq!(whole.code, Some(0), "{whole:?}");
    let all: Vec<(String, usize)> = env
        .calls()
        .into_iter()
        .flat_map(|(call, times)| (1..=times).map(move |n| (call.clone(), n)))
        .collect();
    let (mut killed, mut renewed) = (0, 0);
    for (call, n) in all.iter().step_by(all.len().div_ceil(most)) {
        let kill = fault_at(call, "signal=KILL", n);
        let told = traced(&env, &strace, memory.path(), &kill)?;
        let what = format!("killed at {call} {n}: {told:?}");
        let text = env.text_of("plain.age", "bob.key");
        let is_new = text == AFTER;
        assert!(
            is_new || told.code != Some(0) && text == BEFORE,
            "{what}: {text}"
        );
        assert_eq!(env.text_of("plain.age", "key"), text, "{what}");
        killed += usize::from(told.code != Some(0));
        renewed += usize::from(is_new && told.code != Some(0));
        for left in env.list() {
            if left.ends_with(".tmp") {
                assert!(left.starts_with(".bulla-"), "{what}: {left}");
                fs::remove_file(env.path(&left)).unwrap();
            } else {
                assert!(!left.contains("conflict"), "{what}: {left}");
            }
        }
    }
    // The next run removes what killed ones left in memory.
    let whole = traced(&env, &strace, memory.path(), &["-e", "trace=fsync"])?;
    assert_eq!(whole.code, Some(0), "{whole:?}");
    assert_eq!(memory.path().read_dir().unwrap().count(), 0);
    Some((killed, renewed))
}

#[test]
fn a_file_is_the_old_or_the_new_one_after_a_kill_at_any_change() {
    let _strace = need!("strace");
    let Some((killed, renewed)) = kill_at_each(CHANGING, 60) else {
        return;
    };
    println!(
        "edit: killed at {killed} system calls: the old file, or the new one ({renewed} times)"
    );
    assert!(killed >= 15 && renewed >= 1, "{killed} {renewed}");
}

#[test]
fn slow_a_file_is_the_old_or_the_new_one_after_200_kills() {
    if std::env::var_os("BULLA_TEST_SLOW").is_none() {
        return;
    }
    let _strace = need!("strace");
    let Some((killed, renewed)) =
        kill_at_each("file,desc,fsync,flock,futex,getrandom,memory,process", 260)
    else {
        return;
    };
    println!(
        "edit: killed at {killed} system calls: the old file, or the new one ({renewed} times)"
    );
    assert!(killed >= 200 && renewed >= 1, "{killed} {renewed}");
}
