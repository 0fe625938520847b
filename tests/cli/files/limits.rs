//! Few threads, few descriptors, little memory: what was asked is done, or clearly refused. Never
//! a panic, an abort, a signal or a hang.

use crate::env::{Outcome, TestEnv};
use crate::someone::RECIPIENT;
use crate::tools::need;

const FILES: usize = 40;

/// What is tried, and the files that are there if it succeeds.
struct Work {
    name: &'static str,
    args: Vec<String>,
    made: Vec<String>,
}

fn work(name: &'static str, args: &[&str], made: &[String]) -> Work {
    Work {
        name,
        args: args.iter().map(ToString::to_string).collect(),
        made: made.to_vec(),
    }
}

fn surroundings() -> (TestEnv, Vec<Work>) {
    let env = TestEnv::new().with_key();
    let long = vec![7; 5_000_000];
    env.write("long.age", env.closed(&*long));
    env.write("long", long);
    env.write("pass", "secret\n");
    let names: Vec<String> = (0..FILES).map(|n| format!("f{n}")).collect();
    for name in &names {
        env.write(name, name);
    }
    env.write("out/.keep", "");
    let lock = [
        "encrypt",
        "-q",
        "-p",
        "--passphrase-file",
        "pass",
        "f1",
        "-o",
        "locked.age",
    ];
    let said = env.bulla(lock).run();
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    let many: Vec<String> = names.iter().map(|name| format!("out/{name}.age")).collect();
    let mut all: Vec<&str> = vec!["encrypt", "-qfr", RECIPIENT, "-o", "out"];
    all.extend(names.iter().map(String::as_str));
    let out = |name: &str| [format!("out/{name}")];
    let source = ["--passphrase-file", "pass"];
    let work = vec![
        work(
            "encrypt one file",
            &["encrypt", "-qfr", RECIPIENT, "long", "-o", "out/long.age"],
            &out("long.age"),
        ),
        work("encrypt 40 files", &all, &many),
        work(
            "decrypt",
            &["decrypt", "-qfi", "key", "long.age", "-o", "out/long"],
            &out("long"),
        ),
        work(
            "encrypt with a passphrase",
            &[
                "encrypt",
                "-qfp",
                source[0],
                source[1],
                "f1",
                "-o",
                "out/p.age",
            ],
            &out("p.age"),
        ),
        work(
            "decrypt with a passphrase",
            &[
                "decrypt",
                "-qf",
                source[0],
                source[1],
                "locked.age",
                "-o",
                "out/p",
            ],
            &out("p"),
        ),
        work(
            "identity new",
            &["identity", "new", "-qf", "--no-passphrase", "-o", "out/id"],
            &out("id"),
        ),
        work("verify", &["verify", "-qi", "key", "long.age"], &[]),
    ];
    (env, work)
}

/// Judges a run: done, or clearly refused.
fn judge(env: &TestEnv, work: &Work, limit: &str, said: &Outcome) -> &'static str {
    let what = (limit, work.name);
    assert_eq!(said.signal, None, "{what:?}: {said:?}");
    let done = work
        .made
        .iter()
        .filter(|name| env.path(name).is_file())
        .count();
    let verdict = match said.code {
        Some(0) => {
            assert_eq!(
                done,
                work.made.len(),
                "{what:?}: success, but files are missing"
            );
            "done"
        }
        // The system's loader found no memory for the program.
        Some(127) if said.stderr.contains("loading shared libraries") => "not started",
        Some(6 | 8 | 10) => {
            assert!(
                said.stderr.contains("bulla: error: "),
                "{what:?}: {}",
                said.stderr
            );
            "refused"
        }
        _ => panic!("{what:?}: {said:?}"),
    };
    for name in &work.made {
        let _ = std::fs::remove_file(env.path(name));
    }
    assert_eq!(
        env.path("out").read_dir().unwrap().count(),
        1,
        "{what:?}: leftovers"
    );
    verdict
}

fn within(env: &TestEnv, work: &Work, program: &std::path::Path, limit: &[&str]) -> &'static str {
    let mut line: Vec<&str> = limit.to_vec();
    line.push(env!("CARGO_BIN_EXE_bulla"));
    line.extend(work.args.iter().map(String::as_str));
    let said = env.program(program, line).run();
    judge(env, work, &limit.join(" "), &said)
}

/// No thread after the first `started` ones.
fn refused_threads(started: usize) -> String {
    format!("inject=clone3,clone:error=EAGAIN:when={}+", started + 1)
}

#[test]
fn without_threads_everything_is_done_by_the_calling_one() {
    let strace = need!("strace");
    let (env, all) = surroundings();
    for work in all.iter().filter(|work| !work.name.contains("passphrase")) {
        for started in [0, 1, 2] {
            let inject = refused_threads(started);
            let limit = ["-f", "-qq", "-o", "/dev/null", "-e", &inject];
            assert_eq!(
                within(&env, work, &strace, &limit),
                "done",
                "{} {started}",
                work.name
            );
        }
    }
}

/// An old seccomp profile of containers answers so.
#[test]
fn a_clone3_that_is_not_permitted_is_like_a_refused_thread() {
    let strace = need!("strace");
    let (env, all) = surroundings();
    for work in all.iter().filter(|work| !work.name.contains("passphrase")) {
        let inject = "inject=clone3:error=EPERM";
        let limit = ["-f", "-qq", "-o", "/dev/null", "-e", inject];
        assert_eq!(within(&env, work, &strace, &limit), "done", "{}", work.name);
    }
}

#[test]
fn a_batch_opens_no_more_files_at_once_than_the_limit_allows() {
    let prlimit = need!("prlimit");
    let (env, all) = surroundings();
    let batch = all
        .iter()
        .find(|work| work.name == "encrypt 40 files")
        .unwrap();
    for limit in [24, 32, 48, 64] {
        let limit = format!("--nofile={limit}");
        assert_eq!(within(&env, batch, &prlimit, &[&limit]), "done", "{limit}");
    }
}

#[test]
fn too_few_descriptors_are_said_with_the_way_to_have_more() {
    let prlimit = need!("prlimit");
    let (env, _) = surroundings();
    let line = [
        "--nofile=7",
        env!("CARGO_BIN_EXE_bulla"),
        "verify",
        "-i",
        "key",
        "long.age",
    ];
    let few = env.program(&prlimit, line).run();
    if few.code != Some(0) {
        assert_eq!(few.code, Some(6), "{few:?}");
        assert!(few.stderr.contains("ulimit -n"), "{}", few.stderr);
    }
    let line = [
        "--nofile=5",
        env!("CARGO_BIN_EXE_bulla"),
        "verify",
        "-i",
        "key",
        "long.age",
    ];
    let few = env.program(&prlimit, line).run();
    assert_eq!(few.code, Some(6), "{few:?}");
}

#[test]
fn a_passphrase_without_memory_for_it_is_refused_not_aborted() {
    let prlimit = need!("prlimit");
    let (env, all) = surroundings();
    for work in all.iter().filter(|work| work.name.contains("passphrase")) {
        let mut line = vec!["--as=200000000", env!("CARGO_BIN_EXE_bulla")];
        // Hints are not shown with -q.
        let loud = |arg: &String| arg.replace("-qf", "-f");
        let args: Vec<String> = work.args.iter().map(loud).collect();
        line.extend(args.iter().map(String::as_str));
        let said = env.program(&prlimit, line).run();
        assert_eq!(said.code, Some(6), "{}: {said:?}", work.name);
        assert!(
            said.stderr.contains("256 MiB of memory") && said.stderr.contains("ulimit -v"),
            "{}",
            said.stderr
        );
    }
}

#[test]
fn little_memory_is_worked_in_or_refused() {
    let prlimit = need!("prlimit");
    let (env, all) = surroundings();
    for work in all.iter().filter(|work| !work.name.contains("passphrase")) {
        for mib in [96, 192] {
            let limit = format!("--as={}", mib << 20);
            assert_eq!(
                within(&env, work, &prlimit, &[&limit]),
                "done",
                "{} {mib}",
                work.name
            );
        }
        for mib in [32, 48, 64] {
            within(&env, work, &prlimit, &[&format!("--as={}", mib << 20)]);
        }
    }
}

/// The whole table. Prints it.
#[test]
fn slow_no_limit_is_met_with_a_panic_an_abort_a_signal_or_a_hang() {
    if std::env::var_os("BULLA_TEST_SLOW").is_none() {
        return;
    }
    let (strace, prlimit) = need!("strace", "prlimit");
    let (env, all) = surroundings();
    let row = |limit: &str, cells: Vec<&str>| eprintln!("| {limit} | {} |", cells.join(" | "));
    row("", all.iter().map(|work| work.name).collect());
    for threads in 1..=20 {
        let inject = refused_threads(threads - 1);
        let limit = ["-f", "-qq", "-o", "/dev/null", "-e", &inject];
        let cells = all.iter().map(|work| within(&env, work, &strace, &limit));
        row(&format!("{threads} threads"), cells.collect());
    }
    for files in (8..=96).step_by(4) {
        let limit = format!("--nofile={files}");
        let cells = all
            .iter()
            .map(|work| within(&env, work, &prlimit, &[&limit]));
        row(&format!("{files} descriptors"), cells.collect());
    }
    for mib in (32..=256).step_by(16).chain([288, 320, 352, 384, 448, 512]) {
        let limit = format!("--as={}", mib << 20);
        let cells = all
            .iter()
            .map(|work| within(&env, work, &prlimit, &[&limit]));
        row(&format!("{mib} MiB"), cells.collect());
    }
}

/// Each names the limit to raise.
#[test]
fn a_limit_on_open_files_or_their_size_is_named_with_its_command() {
    let (env, _) = surroundings();
    let shell = |limit: &str, line: &str| {
        let line = format!("{limit}; exec \"$0\" {line}");
        let said = env.program("/bin/sh", ["-c", &line, env!("CARGO_BIN_EXE_bulla")]);
        said.run()
    };
    let encrypt = format!("encrypt -r {RECIPIENT} long -o new");
    for (limit, hint) in [
        (
            "ulimit -n 4",
            "hint: Raise the limit on open files: ulimit -n",
        ),
        ("ulimit -f 10", "ulimit -f unlimited"),
    ] {
        let said = shell(limit, &encrypt);
        assert_eq!(said.code, Some(6), "{limit}: {}", said.stderr);
        assert!(said.stderr.contains(hint), "{limit}: {}", said.stderr);
    }
}
