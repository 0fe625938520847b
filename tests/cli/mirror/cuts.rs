//! Killed at every system call: each output is the old one or the new one, and the next run makes
//! the mirror whole.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::Path;

use super::EACH;
use crate::env::{Outcome, TestEnv};
use crate::tools::need;
use crate::traced::fault_at;

/// The calls that change something.
const CHANGING: &str = "write,pwrite64,pwritev2,ftruncate,fchmod,fsync,linkat,renameat,renameat2,unlinkat,mkdirat,flock";

/// A mirror of three files, of which one is changed, one is removed and one is new.
fn begun(hides: bool) -> TestEnv {
    let env = TestEnv::new().with_key();
    for name in ["a", "b/c", "b/d", "e"] {
        env.write(&format!("src/{name}"), format!("old {name}\n"));
    }
    env.mirrors(&options(hides));
    env.write("src/a", "new a\n");
    env.write("src/f/g", "new f/g\n");
    fs::remove_file(env.path("src/e")).unwrap();
    env
}

fn options(hides: bool) -> Vec<&'static str> {
    let mut options = vec!["-q", "--if-changed", "--delete", "--jobs", "1"];
    options.extend(hides.then_some("--names"));
    options
}

/// Copies a tree with its inodes' contents only; the notes then know no output any more.
fn copy(from: &Path, to: &Path) {
    let _ = fs::remove_dir_all(to);
    fs::create_dir_all(to).unwrap();
    for entry in from.read_dir().unwrap() {
        let (path, name) = (entry.as_ref().unwrap().path(), entry.unwrap().file_name());
        if path.is_dir() {
            copy(&path, &to.join(name));
        } else {
            fs::copy(&path, to.join(name)).unwrap();
        }
    }
}

fn traced(
    env: &TestEnv,
    strace: &Path,
    hides: bool,
    options_of_strace: &[impl AsRef<OsStr>],
) -> Outcome {
    let line = [&EACH[..], &options(hides)].concat();
    env.bulla(line).traced(strace, options_of_strace)
}

/// What may be restored from each path, before and after.
fn is_old_or_new(files: &BTreeMap<String, Vec<u8>>) -> Result<(), String> {
    for (name, bytes) in files {
        let text = String::from_utf8_lossy(bytes);
        let is_known = match name.as_str() {
            "a" => text == "old a\n" || text == "new a\n",
            "f/g" => text == "new f/g\n",
            "b/c" | "b/d" | "e" => text == format!("old {name}\n"),
            _ => false,
        };
        if !is_known {
            return Err(format!("{name}: {text}"));
        }
    }
    for kept in ["a", "b/c", "b/d"] {
        if !files.contains_key(kept) {
            return Err(format!("{kept} is lost"));
        }
    }
    Ok(())
}

/// Kills a run at each of these calls in turn. Returns how many there were.
fn killed_at_each(strace: &Path, of: &str, hides: bool, every: usize) -> usize {
    let env = begun(hides);
    let told = traced(&env, strace, hides, &["-e", &format!("trace={of}")]);
    assert_eq!(told.code, Some(0), "{}", told.stderr);
    let mut points = 0;
    for (call, times) in env.calls() {
        for n in (1..=times).step_by(every) {
            let env = begun(hides);
            traced(&env, strace, hides, &fault_at(&call, "signal=KILL", n));
            let what = format!("killed at {call} {n}");
            let restored = env.put_back();
            is_old_or_new(&restored).unwrap_or_else(|why| panic!("{what}: {why}"));
            // The next run makes it whole, and the one after has nothing to do.
            env.mirrors(&options(hides));
            let expected = env.files("src");
            let mut whole = env.put_back();
            // What lost its source between two runs that were killed may be left.
            whole.retain(|name, _| name != "e");
            assert_eq!(whole, expected, "{what}");
            let left: Vec<String> = env.files("out").into_keys().collect();
            assert!(
                !left.iter().any(|name| name.ends_with(".tmp")),
                "{what}: {left:?}"
            );
            if hides {
                let index = env.text_of("out/index.age", "key");
                let listed = index.lines().map(|line| line.split_once(' ').unwrap().1);
                assert!(listed.eq(expected.keys()), "{what}: {index}");
            }
            let before = super::inodes(&env);
            env.mirrors(&options(hides));
            assert_eq!(super::inodes(&env), before, "{what}");
            points += 1;
        }
    }
    points
}

#[test]
fn every_output_is_old_or_new_after_a_kill_at_any_change() {
    let strace = need!("strace");
    let points = killed_at_each(&strace, CHANGING, true, 7);
    println!("a mirror: killed at {points} changes: old or new");
    assert!(points >= 8, "{points}");
}

#[test]
fn slow_every_output_is_old_or_new_after_a_kill_at_any_system_call() {
    if std::env::var_os("BULLA_TEST_SLOW").is_none() {
        return;
    }
    let strace = need!("strace");
    let mut points = 0;
    for hides in [false, true] {
        points += killed_at_each(&strace, CHANGING, hides, 1);
        points += killed_at_each(&strace, "openat,openat2,close,newfstatat", hides, 3);
    }
    println!("a mirror, its removals and its index: killed at {points} system calls: old or new");
    assert!(points >= 200, "{points}");
}

/// A copy of a mirror restores as the mirror does: the notes are not needed for that.
#[test]
fn a_copy_of_the_mirror_restores_without_the_notes() {
    let env = begun(true);
    copy(&env.path("out"), &env.path("copy"));
    fs::remove_dir_all(env.path("../home/.local")).unwrap();
    fs::remove_dir_all(env.path("out")).unwrap();
    fs::rename(env.path("copy"), env.path("out")).unwrap();
    let restored = env.put_back();
    is_old_or_new(&restored).unwrap();
    assert_eq!(restored.len(), 4);
}
