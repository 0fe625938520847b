//! Killed at every system call, or with a full disk.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::env::{Outcome, TestEnv};
use crate::someone::RECIPIENT;
use crate::tools::need;

/// Files of a keyring, by name.
type Files = BTreeMap<String, Vec<u8>>;

/// One change, run again and again from the same beginning.
struct Workload {
    name: &'static str,
    line: &'static [&'static str],
    /// The text that `--passphrase-fd 3` reads.
    passphrase: &'static str,
}

const WORKLOADS: [Workload; 7] = [
    Workload {
        name: "identity new",
        line: &[
            "identity",
            "new",
            "work",
            "--work-factor",
            "10",
            "--passphrase-fd",
            "3",
        ],
        passphrase: "correct horse\n",
    },
    Workload {
        name: "identity passphrase",
        line: &[
            "identity",
            "passphrase",
            "plain",
            "--work-factor",
            "10",
            "--passphrase-fd",
            "3",
        ],
        passphrase: "correct horse\n",
    },
    Workload {
        name: "contact add",
        line: &["contact", "add", "bob", RECIPIENT],
        passphrase: "",
    },
    Workload {
        name: "card",
        line: &["card", "--as", "plain", "--renew"],
        passphrase: "",
    },
    Workload {
        name: "identity rotate",
        line: &["identity", "rotate", "plain"],
        passphrase: "",
    },
    Workload {
        name: "identity succeed",
        line: &["identity", "succeed", "plain", "--yes"],
        passphrase: "",
    },
    Workload {
        name: "group add",
        line: &["group", "add", "friends", "alice"],
        passphrase: "",
    },
];

/// A keyring with an identity, a contact and a group, and a file for the identity.
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

    /// Runs the change under strace with these options.
    fn run(&self, strace: &Path, work: &Workload, options: &[String]) -> Outcome {
        self.again();
        let run = self.env.bulla(work.line).descriptor(3, work.passphrase);
        let mut prefix: Vec<&OsStr> = vec![
            strace.as_os_str(),
            OsStr::new("-f"),
            OsStr::new("-qq"),
            OsStr::new("-o"),
        ];
        let log = self.env.path("log");
        prefix.push(log.as_os_str());
        prefix.extend(options.iter().map(OsStr::new));
        prefix.push(OsStr::new("--"));
        let output = run
            .command_after(&prefix)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        run.outcome(output)
    }

    /// How often the change makes each of these system calls.
    fn calls(&self, strace: &Path, work: &Workload, of: &str) -> BTreeMap<String, usize> {
        let told = self.run(strace, work, &["-e".to_owned(), format!("trace={of}")]);
        assert_eq!(told.code, Some(0), "{}: {}", work.name, told.stderr);
        let log = fs::read_to_string(self.env.path("log")).unwrap();
        let mut calls = BTreeMap::new();
        for line in log.lines() {
            let call = line
                .split_once(' ')
                .map_or("", |(_, rest)| rest.trim_start());
            if let Some((name, _)) = call
                .split_once('(')
                .filter(|(name, _)| name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'))
            {
                *calls.entry(name.to_owned()).or_default() += 1;
            }
        }
        calls
    }

    /// The keyring after the change, if nothing disturbs it.
    fn after(&self, strace: &Path, work: &Workload) -> Files {
        let told = self.run(strace, work, &["-e".to_owned(), "trace=none".to_owned()]);
        assert_eq!(told.code, Some(0), "{}: {}", work.name, told.stderr);
        self.env.keyring()
    }

    /// Does one change with a fault at each of these calls in turn, and checks the keyring after
    /// each.
    fn cut_at_each_of(
        &self,
        strace: &Path,
        work: &Workload,
        calls: &str,
        fault: &str,
    ) -> (usize, usize) {
        self.again();
        let (before, mut points, mut failed) = (self.env.keyring(), 0, 0);
        let after = self.after(strace, work);
        for (call, times) in self.calls(strace, work, calls) {
            for n in 1..=times {
                let what = format!("{}: {fault} at {call} {n}", work.name);
                let inject = format!("inject={call}:{fault}:when={n}");
                let trace = format!("trace={call}");
                let told = self.run(strace, work, &["-e".into(), trace, "-e".into(), inject]);
                assert!(!told.stderr.contains("panicked"), "{what}: {told:?}");
                let done = told.code == Some(0);
                self.is_whole(&before, &after, done, &what);
                points += 1;
                failed += usize::from(!done);
            }
        }
        (points, failed)
    }

    /// Checks that the keyring is as before or as after the change (as after, if it was `done`),
    /// that it can be read, that it still decrypts the file, and that it can be changed again.
    fn is_whole(&self, before: &Files, after: &Files, done: bool, what: &str) {
        let now = self.env.keyring();
        let names = before.keys().chain(after.keys()).chain(now.keys());
        for name in names.filter(|name| !name.starts_with("identities/")) {
            let (then, later, now) = (before.get(name), after.get(name), now.get(name));
            assert!(
                now == later || !done && now == then,
                "{what}: {name} is neither as before nor as after"
            );
        }
        // Keys differ in each run, so they are checked by listing and using them.
        let identities = |files: &Files| {
            files
                .keys()
                .filter(|name| name.ends_with(".toml"))
                .cloned()
                .collect::<Vec<_>>()
        };
        assert!(
            identities(&now) == identities(after)
                || !done && identities(&now) == identities(before),
            "{what}"
        );
        let lists: [&[&str]; 3] = [
            &["identity", "list", "--json"],
            &["contact", "list", "--json"],
            &["group", "list", "--json"],
        ];
        for line in lists {
            let seen = self.env.bulla(line).run();
            assert_eq!(seen.code, Some(0), "{what}: {line:?}: {}", seen.stderr);
        }
        let open = ["decrypt", "note.age", "-o", "-", "--passphrase-fd", "3"];
        let opened = self.env.bulla(open).descriptor(3, "correct horse\n").run();
        assert_eq!(
            (opened.code, opened.stdout.as_slice()),
            (Some(0), &b"hello"[..]),
            "{what}: {}",
            opened.stderr
        );
        let next = self.env.bulla(["contact", "add", "next", RECIPIENT]).run();
        assert_eq!(next.code, Some(0), "{what}: {}", next.stderr);
        // Secret, public half and card belong together.
        let card = ["card", "--as", "plain", "--passphrase-fd", "3"];
        let card = self.env.bulla(card).descriptor(3, "correct horse\n").run();
        assert_eq!(card.code, Some(0), "{what}: {}", card.stderr);
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

/// Does every change with a fault at each of these calls in turn, some changes at the same time.
/// Returns the number of faults, and how many of them made the change fail.
fn cut_at_each(strace: &Path, calls: &str, fault: &str) -> (usize, usize) {
    let next = AtomicUsize::new(0);
    let worker = || {
        let (beginning, mut sum) = (Beginning::new(), (0, 0));
        while let Some(work) = WORKLOADS.get(next.fetch_add(1, Ordering::Relaxed)) {
            let (points, failed) = beginning.cut_at_each_of(strace, work, calls, fault);
            println!("{}: {fault} at {points} calls", work.name);
            sum = (sum.0 + points, sum.1 + failed);
        }
        sum
    };
    std::thread::scope(|scope| {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(worker)).collect();
        let sums = workers.into_iter().map(|worker| worker.join().unwrap());
        sums.fold((0, 0), |all, one| (all.0 + one.0, all.1 + one.1))
    })
}

#[test]
fn long_killed_at_every_system_call_the_keyring_is_as_before_or_as_after() {
    let strace = need!("strace");
    let calls = "file,desc,fsync,flock,futex,getrandom";
    let (points, _) = cut_at_each(&strace, calls, "signal=KILL");
    println!("keyring: killed at {points} system calls: as before or as after, 0 unreadable");
    assert!(
        points >= 300,
        "{points} points are fewer than there should be"
    );
}

#[test]
fn long_a_full_disk_at_every_write_leaves_the_keyring_as_it_was() {
    let strace = need!("strace");
    // Not `close`: if strace makes it fail, the file and its lock stay open, as on no real system.
    let calls = "openat,write,pwrite64,fsync,linkat,renameat,renameat2,rename,mkdir,mkdirat,unlink,unlinkat";
    let (points, failed) = cut_at_each(&strace, calls, "error=ENOSPC");
    println!(
        "keyring: no room at {points} system calls, {failed} failures seen: as before or as after"
    );
    assert!(failed >= 40, "only {failed} of {points} failed");
}
