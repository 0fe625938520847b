//! Killed at every system call, or told that there is no room.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use crate::env::{Outcome, TestEnv};
use crate::someone::RECIPIENT;
use crate::tools::need;

/// One change, tried again and again on the same beginning.
struct Workload {
    name: &'static str,
    line: &'static [&'static str],
    /// What `--passphrase-fd 3` reads, and what the terminal would be asked next.
    passphrase: &'static str,
}

const WORKLOADS: [Workload; 4] = [
    Workload {
        name: "identity new",
        line: &["identity", "new", "work", "--work-factor", "10", "--passphrase-fd", "3"],
        passphrase: "correct horse\n",
    },
    Workload {
        name: "identity passphrase",
        line: &["identity", "passphrase", "plain", "--work-factor", "10", "--passphrase-fd", "3"],
        passphrase: "correct horse\n",
    },
    Workload { name: "contact add", line: &["contact", "add", "bob", RECIPIENT], passphrase: "" },
    Workload { name: "group add", line: &["group", "add", "friends", "alice"], passphrase: "" },
];

/// A keyring with an identity, a contact and a group, and a file that the identity opens.
struct Beginning {
    env: TestEnv,
    kept: PathBuf,
}

impl Beginning {
    fn new() -> Self {
        let env = TestEnv::new();
        let run = |line: &[&str]| {
            let made = env.bulla(line).run();
            assert_eq!(made.code, Some(0), "{line:?}: {}", made.stderr);
        };
        run(&["identity", "new", "plain", "--no-passphrase"]);
        let alice = env.somebody("alice");
        run(&["contact", "add", "alice", &alice]);
        run(&["group", "create", "friends"]);
        env.write("note", "hello");
        run(&["encrypt", "--to", "plain", "note"]);
        let kept = env.path("kept");
        copy(&env.bulla_home(), &kept);
        Self { env, kept }
    }

    fn again(&self) {
        let home = self.env.bulla_home();
        fs::remove_dir_all(&home).unwrap();
        copy(&self.kept, &home);
    }

    /// Runs the workload under strace with this fault; none for none.
    fn run(&self, strace: &Path, work: &Workload, options: &[String]) -> Outcome {
        self.again();
        let run = self.env.bulla(work.line).descriptor(3, work.passphrase);
        let mut prefix: Vec<&OsStr> =
            vec![strace.as_os_str(), OsStr::new("-f"), OsStr::new("-qq"), OsStr::new("-o")];
        let log = self.env.path("log");
        prefix.push(log.as_os_str());
        prefix.extend(options.iter().map(OsStr::new));
        prefix.push(OsStr::new("--"));
        let output = run.command_after(&prefix).stdin(Stdio::null()).output().unwrap();
        run.outcome(output)
    }

    /// How often the workload makes each of the system calls that can change something, and some that cannot.
    fn calls(&self, strace: &Path, work: &Workload, of: &str) -> BTreeMap<String, usize> {
        let told = self.run(strace, work, &["-e".to_owned(), format!("trace={of}")]);
        assert_eq!(told.code, Some(0), "{}: {}", work.name, told.stderr);
        let log = fs::read_to_string(self.env.path("log")).unwrap();
        let mut calls = BTreeMap::new();
        for line in log.lines() {
            let call = line.split_once(' ').map_or("", |(_, rest)| rest.trim_start());
            if let Some((name, _)) = call
                .split_once('(')
                .filter(|(name, _)| name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'))
            {
                *calls.entry(name.to_owned()).or_default() += 1;
            }
        }
        calls
    }

    /// That the keyring is as before or as after, can be read, and can be written to again.
    fn is_whole(&self, work: &Workload, before: &BTreeMap<String, Vec<u8>>, what: &str) {
        let public = |files: &BTreeMap<String, Vec<u8>>| -> Vec<(String, String)> {
            let toml = files.iter().filter(|(name, _)| name.ends_with(".toml"));
            toml.map(|(name, bytes)| (name.clone(), String::from_utf8(bytes.clone()).unwrap())).collect()
        };
        let now = self.env.keyring();
        for (name, bytes) in &now {
            if name.ends_with(".toml") {
                assert!(!bytes.is_empty(), "{what}: {name} is empty");
            }
        }
        for line in [
            &["identity", "list", "--json"][..],
            &["contact", "list", "--json"],
            &["group", "list", "--json"],
        ] {
            let seen = self.env.bulla(line).run();
            assert_eq!(seen.code, Some(0), "{what}: {line:?}: {}", seen.stderr);
        }
        // What stood there before stands there still, but for the one thing that the workload changes.
        for (name, bytes) in before {
            let same = now.get(name).is_some_and(|now| now == bytes);
            let changes = ["groups/friends.toml", "identities/plain.age", "identities/plain.toml"]
                .contains(&name.as_str());
            assert!(same || changes, "{what}: {name} changed");
            assert!(now.contains_key(name), "{what}: {name} is gone");
        }
        let opened = self
            .env
            .bulla(["decrypt", "note.age", "-o", "-", "--passphrase-fd", "3"])
            .descriptor(3, "correct horse\n")
            .run();
        assert_eq!(
            (opened.code, opened.stdout.as_slice()),
            (Some(0), &b"hello"[..]),
            "{what}: {}",
            opened.stderr
        );
        let next = self.env.bulla(["contact", "add", "next", RECIPIENT]).run();
        assert_eq!(next.code, Some(0), "{what}: {}", next.stderr);
        let _ = (public(&now), work);
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    fs::set_permissions(to, fs::metadata(from).unwrap().permissions()).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target)
        } else {
            fs::copy(entry.path(), &target).map(drop).unwrap()
        }
    }
}

#[test]
fn killed_at_every_system_call_the_keyring_is_as_before_or_as_after() {
    let strace = need!("strace");
    let beginning = Beginning::new();
    let before = {
        beginning.again();
        beginning.env.keyring()
    };
    let mut points = 0;
    for work in &WORKLOADS {
        // All but those before the program's own first step, which are the loader's.
        for (call, times) in beginning.calls(&strace, work, "file,desc,fsync,flock,futex,getrandom") {
            for n in 1..=times {
                let what = format!("{}: killed at {call} {n}", work.name);
                let told = beginning.run(
                    &strace,
                    work,
                    &[
                        "-e".to_owned(),
                        format!("trace={call}"),
                        "-e".to_owned(),
                        format!("inject={call}:signal=KILL:when={n}"),
                    ],
                );
                assert!(told.code != Some(0) || told.signal.is_none(), "{what}: {told:?}");
                beginning.is_whole(work, &before, &what);
                points += 1;
            }
        }
    }
    println!("keyring: killed at {points} system calls: as before or as after, 0 unreadable");
    assert!(points >= 300, "{points} points are fewer than there should be");
}

#[test]
fn a_full_disk_at_every_write_leaves_the_keyring_as_it_was() {
    let strace = need!("strace");
    let beginning = Beginning::new();
    let before = {
        beginning.again();
        beginning.env.keyring()
    };
    let (mut points, mut failed) = (0, 0);
    for work in &WORKLOADS {
        // Not close: where strace makes it fail the file stays open, and the lock with it, which no system does.
        let changing =
            "openat,write,pwrite64,fsync,linkat,renameat,renameat2,rename,mkdir,mkdirat,unlink,unlinkat";
        for (call, times) in beginning.calls(&strace, work, changing) {
            for n in 1..=times {
                let what = format!("{}: no room at {call} {n}", work.name);
                let told = beginning.run(
                    &strace,
                    work,
                    &[
                        "-e".to_owned(),
                        format!("trace={call}"),
                        "-e".to_owned(),
                        format!("inject={call}:error=ENOSPC:when={n}"),
                    ],
                );
                assert!(told.signal.is_none() && !told.stderr.contains("panicked"), "{what}: {told:?}");
                failed += usize::from(told.code != Some(0));
                beginning.is_whole(work, &before, &what);
                points += 1;
            }
        }
    }
    println!("keyring: no room at {points} system calls, {failed} failures seen: as before or as after");
    assert!(failed >= 40, "only {failed} of {points} failed");
}
