//! When other programs may be started: only plugins, and only until the keys are unlocked.
//!
//! A filter of system calls (seccomp) that the program puts on itself denies them.

use std::path::Path;

use crate::env::TestEnv;
use crate::plugins::{GOOD, identity, recipient};
use crate::someone::RECIPIENT;
use crate::tools::need;

const OPTIONS: [&str; 3] = [
    "-y",
    "-e",
    "trace=execve,seccomp,openat,read,pread64,readv,preadv",
];

/// The calls of the program that a line starts, in order, without those of the plugins it starts.
fn calls(env: &TestEnv, strace: &Path, line: &str) -> Vec<String> {
    env.line(line).traced(strace, &OPTIONS);
    let log = String::from_utf8_lossy(&env.read("log")).into_owned();
    let (program, _) = log.split_once(' ').unwrap();
    let own = log.lines().filter(|call| call.starts_with(program));
    own.map(str::to_owned).collect()
}

/// The place of the call after which no program can be started: the last of three filters. Those before
/// deny looking into other processes, and the network.
fn last_filter(calls: &[String]) -> usize {
    let is_filter = |place: &usize| calls[*place].contains(" seccomp(");
    let filters: Vec<usize> = (0..calls.len()).filter(is_filter).collect();
    assert_eq!(filters.len(), 3, "{calls:#?}");
    filters[2]
}

/// The place of the first call that reads from a file.
fn first_read(calls: &[String], name: &str) -> usize {
    let file = format!("/{name}>");
    let is_read = |call: &&String| call.contains("read") && call.contains(&file);
    let first = calls.iter().position(|call| is_read(&call));
    first.unwrap_or_else(|| panic!("{name} is not read: {calls:#?}"))
}

/// The header is what somebody else wrote. Keys that need no program are known before it is read.
#[test]
fn without_a_plugin_no_program_can_be_started_when_the_file_is_read() {
    let strace = need!("strace");
    let env = TestEnv::new().like_others().with_key();
    env.write("ssh", include_str!("../files/other_systems/rsa-des.pem"));
    env.write("public", include_str!("../files/other_systems/rsa.pub"));
    env.write("plan", "attack at dawn");
    env.line(&format!("age -r {RECIPIENT} -R public -o x.age plan"))
        .run()
        .assert(0, "", "");
    env.write("words.age", env.locked("x", "red clay", &["--plain"]));
    for (line, name) in [
        ("age -d -i key -o out x.age", "x.age"),
        ("rage -d -i key -o out x.age", "x.age"),
        ("age -d -i ssh -o out x.age", "x.age"),
        ("age -d -o out words.age", "words.age"),
        ("age -e -i key -o out plan", "plan"),
    ] {
        let calls = calls(&env, &strace, line);
        let (filter, read) = (last_filter(&calls), first_read(&calls, name));
        assert!(filter < read, "{line}: {calls:#?}");
    }
}

#[test]
fn after_a_plugin_no_program_can_be_started_when_the_contents_are_worked_on() {
    let strace = need!("strace");
    let env = TestEnv::new().like_others().with_plugins();
    env.write("token", identity(GOOD, "7"));
    env.write("plan", "attack at dawn");
    let encrypt = format!("age -r {} -o x.age plan", recipient(GOOD, "7"));
    let encrypting = calls(&env, &strace, &encrypt);
    let read = first_read(&encrypting, "plan");
    assert!(last_filter(&encrypting) < read, "{encrypting:#?}");
    let decrypting = calls(&env, &strace, "age -d -i token -o out x.age");
    let is_output = |call: &String| call.contains("O_TMPFILE") || call.contains("O_CREAT");
    let written = decrypting.iter().position(is_output).unwrap();
    assert!(last_filter(&decrypting) < written, "{decrypting:#?}");
    assert_eq!(env.read("out"), b"attack at dawn");
}
