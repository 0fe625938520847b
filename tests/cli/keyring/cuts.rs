//! Killed at every system call, or with a full disk.

use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::env::{Outcome, TestEnv};
use crate::someone::RECIPIENT;
use crate::tools::need;
use crate::traced::fault_at;

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
        run(&["group", "create", "family", "alice", "plain"]);
        env.write("note", "hello");
        run(&["encrypt", "--to", "plain", "note"]);
        let kept = env.path("kept");
        copy(&env.bulla_home(), &kept);
        copy(&state(&env), &env.path("kept-state"));
        Self { env, kept }
    }

    fn again(&self) {
        let home = self.env.bulla_home();
        let kept_state = self.env.path("kept-state");
        for (kept, to) in [(&self.kept, home), (&kept_state, state(&self.env))] {
            fs::remove_dir_all(&to).unwrap();
            copy(kept, &to);
        }
    }

    /// Runs the change under strace with these options.
    fn run(&self, strace: &Path, work: &Workload, options: &[impl AsRef<OsStr>]) -> Outcome {
        self.again();
        let run = self.env.bulla(work.line).descriptor(3, work.passphrase);
        run.traced(strace, options)
    }

    /// How often the change makes each of these system calls.
    fn calls(&self, strace: &Path, work: &Workload, of: &str) -> BTreeMap<String, usize> {
        let told = self.run(strace, work, &["-e", &format!("trace={of}")]);
        assert_eq!(told.code, Some(0), "{}: {}", work.name, told.stderr);
        self.env.calls()
    }

    /// The keyring after the change, if nothing disturbs it.
    fn after(&self, strace: &Path, work: &Workload) -> Files {
        let told = self.run(strace, work, &["-e", "trace=none"]);
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
                let told = self.run(strace, work, &fault_at(&call, fault, n));
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

/// Changes of several files, which must all be made or none.
const RENAMING: [Workload; 6] = [
    Workload {
        name: "identity rename",
        line: &["identity", "rename", "plain", "simple"],
        passphrase: "",
    },
    Workload {
        name: "contact rename",
        line: &["contact", "rename", "alice", "carol"],
        passphrase: "",
    },
    Workload {
        name: "contact remove",
        line: &["contact", "remove", "alice"],
        passphrase: "",
    },
    Workload {
        name: "identity remove",
        line: &["identity", "remove", "plain", "--yes", "--force"],
        passphrase: "",
    },
    Workload {
        name: "group remove",
        line: &["group", "remove", "family"],
        passphrase: "",
    },
    Workload {
        name: "group rename",
        line: &["group", "rename", "family", "kin"],
        passphrase: "",
    },
];

impl Beginning {
    /// What the commands list.
    fn lists(&self) -> Vec<Vec<u8>> {
        let list = |kind: &str| {
            let listed = self.env.bulla([kind, "list", "--json"]).run();
            assert_eq!(listed.code, Some(0), "{kind}: {}", listed.stderr);
            listed.stdout
        };
        ["identity", "contact", "group"].map(list).into()
    }

    /// Does one change with an error of each of these calls in turn. If the change is reported as
    /// failed, what is listed is as before at once, and so are the files after the next command.
    /// Returns the number of errors, and of the failures.
    fn fail_at_each_of(&self, strace: &Path, work: &Workload, faults: &[String]) -> (usize, usize) {
        let calls = "openat,read,write,pwrite64,pwritev2,fsync,linkat,renameat,renameat2,rename,mkdir,\
            mkdirat,unlink,unlinkat,stat,lstat,fstat,statx,newfstatat,getdents64,flock";
        self.again();
        let (before, lists) = (self.env.keyring(), self.lists());
        let after = self.after(strace, work);
        let (mut points, mut failed) = (0, 0);
        for (call, times) in self.calls(strace, work, calls) {
            for (n, fault) in (1..=times).flat_map(|n| faults.iter().map(move |fault| (n, fault))) {
                let what = format!("{}: {call} {n}{fault}", work.name);
                let (error, onwards) = fault.split_once('+').unwrap_or((fault, ""));
                let onwards = if onwards.is_empty() { "" } else { "+" };
                let error = fault_at(&call, &format!("error={error}"), format!("{n}{onwards}"));
                let told = self.run(strace, work, &error);
                if told.stderr.contains("error while loading shared libraries") {
                    continue;
                }
                assert!(told.code.is_some_and(|code| code < 100), "{what}: {told:?}");
                points += 1;
                // Some errors come after the change, and after it was reported.
                let done = [
                    "Renamed",
                    "Added",
                    "Removed",
                    "Deleted",
                    "Created",
                    "were saved",
                ];
                let is_complete = told.code == Some(0)
                    || told.stderr.contains("may not survive a power cut")
                    || done.iter().any(|done| told.stderr.contains(done));
                if is_complete {
                    let names = |files: &Files| files.keys().cloned().collect::<Vec<_>>();
                    assert_eq!(
                        names(&self.env.keyring()),
                        names(&after),
                        "{what}: {told:?}"
                    );
                    continue;
                }
                failed += 1;
                assert_eq!(self.lists(), lists, "{what}: {told:?}");
                let next = self.env.bulla(["contact", "add", "next", RECIPIENT]).run();
                assert_eq!(next.code, Some(0), "{what}: {told:?}: {next:?}");
                let mut now = self.env.keyring();
                now.remove("contacts/next.toml");
                assert!(now == before, "{what}: carried out later: {told:?}");
            }
        }
        (points, failed)
    }
}

/// Does this with each of these changes, some changes at the same time, and adds up what it returns.
fn with_each(
    workloads: &[impl Borrow<Workload> + Sync],
    each: impl Fn(&Beginning, &Workload) -> (usize, usize) + Sync,
) -> (usize, usize) {
    let next = AtomicUsize::new(0);
    let worker = || {
        let (beginning, mut sum) = (Beginning::new(), (0, 0));
        while let Some(work) = workloads.get(next.fetch_add(1, Ordering::Relaxed)) {
            let (points, failed) = each(&beginning, work.borrow());
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

/// Does these changes with errors.
fn fail_at_each(workloads: &[&Workload], strace: &Path, faults: &[&str]) -> (usize, usize) {
    let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
    with_each(workloads, |beginning, work| {
        let (points, failed) = beginning.fail_at_each_of(strace, work, &faults);
        println!("{}: {points} errors, {failed} failures", work.name);
        (points, failed)
    })
}

/// A full disk stays full; a rename is the change with the most steps.
#[test]
fn long_a_rename_that_fails_is_undone_and_not_carried_out_later() {
    let (points, failed) =
        fail_at_each(&[&RENAMING[0]], &need!("strace"), &["ENOSPC", "ENOSPC+on"]);
    println!("keyring: {points} errors, {failed} failures: as before, now and later");
    assert!(failed >= 60, "only {failed} of {points} failed");
}

#[test]
fn by_hand_a_change_that_fails_at_any_system_call_is_not_carried_out_later() {
    if std::env::var_os("BULLA_TEST_BY_HAND").is_some() {
        let all: Vec<&Workload> = RENAMING.iter().chain(&WORKLOADS).collect();
        let faults = [
            "ENOSPC",
            "ENOSPC+on",
            "EIO",
            "EACCES",
            "ESTALE",
            "ESTALE+on",
        ];
        let (points, failed) = fail_at_each(&all, &need!("strace"), &faults);
        println!("keyring: {points} errors, {failed} failures: as before, now and later");
        assert!(failed >= 1000, "only {failed} of {points} failed");
    }
}

/// What this machine remembers of the keyring, and the notes of its changes.
fn state(env: &TestEnv) -> PathBuf {
    env.path("../home/.local/state/bulla")
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

/// Does these changes with a fault at each of these calls in turn.
/// Returns the number of faults, and how many of them made the change fail.
fn cut_at_each(workloads: &[Workload], strace: &Path, calls: &str, fault: &str) -> (usize, usize) {
    with_each(workloads, |beginning, work| {
        let (points, failed) = beginning.cut_at_each_of(strace, work, calls, fault);
        println!("{}: {fault} at {points} calls", work.name);
        (points, failed)
    })
}

/// Kills these changes at each system call, of which there are at least `least`.
fn kill_at_each(workloads: &[Workload], strace: &Path, least: usize) {
    let calls = "file,desc,fsync,flock,futex,getrandom";
    let (points, _) = cut_at_each(workloads, strace, calls, "signal=KILL");
    println!("keyring: killed at {points} system calls: as before or as after, 0 unreadable");
    assert!(
        points >= least,
        "{points} points are fewer than there should be"
    );
}

/// Adding a contact; all changes together take minutes.
#[test]
fn long_the_keyring_survives_a_kill_at_any_system_call() {
    kill_at_each(&WORKLOADS[2..3], &need!("strace"), 100);
}

#[test]
fn whole_the_keyring_survives_a_kill_at_any_system_call_of_any_change() {
    if std::env::var_os("BULLA_TEST_WHOLE").is_some() {
        kill_at_each(&WORKLOADS, &need!("strace"), 300);
    }
}

#[test]
fn long_a_full_disk_at_any_write_leaves_the_keyring_unchanged() {
    let strace = need!("strace");
    // Not `close`: if strace makes it fail, the file and its lock stay open, as on no real system.
    let calls = "openat,write,pwrite64,pwritev2,fsync,linkat,renameat,renameat2,rename,mkdir,mkdirat,unlink,unlinkat";
    let (points, failed) = cut_at_each(&WORKLOADS, &strace, calls, "error=ENOSPC");
    println!(
        "keyring: no room at {points} system calls, {failed} failures seen: as before or as after"
    );
    assert!(failed >= 40, "only {failed} of {points} failed");
}

#[test]
fn what_fails_after_a_contact_was_saved_says_that_it_is_saved() {
    let strace = need!("strace");
    let env = TestEnv::new();
    env.does(&["identity", "new", "--no-passphrase", "-q"]);
    let contact = env.path("../bulla/contacts/ann.toml");
    let run = |options: &[String]| {
        let _ = fs::remove_file(&contact);
        let run = env.bulla(["contact", "add", "ann", RECIPIENT]);
        run.in_a_script().traced(&strace, options)
    };
    let told = run(&["-e".to_owned(), "trace=openat".to_owned()]);
    assert_eq!(told.code, Some(0), "{told:?}");
    let calls = env.calls()["openat"];
    let (mut saved, mut unsaved) = (0, 0);
    for number in calls.saturating_sub(30)..=calls {
        for error in ["ENOSPC", "EIO"] {
            let told = run(&fault_at("openat", &format!("error={error}"), number));
            if !contact.exists() {
                unsaved += 1;
                assert_ne!(told.code, Some(0), "{error} {number}: {told:?}");
                assert!(!told.stderr.contains("is saved"), "{told:?}");
            } else if told.code != Some(0) {
                saved += 1;
                assert!(
                    told.stderr.contains("Contact ann is saved"),
                    "{error} {number}: {told:?}"
                );
                assert!(!told.stderr.contains("unchanged"), "{told:?}");
            }
        }
    }
    assert!(
        saved >= 10 && unsaved >= 10,
        "{saved} and {unsaved} of {calls}"
    );
}
