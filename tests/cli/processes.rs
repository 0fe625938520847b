//! The programs that bulla starts, as spies: what they find out about bulla and the user's other
//! processes. And bulla where threads are refused.

use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;

use crate::env::TestEnv;
use crate::someone::RECIPIENT;
use crate::tools::need;

/// An identity with a passphrase, a file for it, and the spy as passphrase command.
fn with_spy() -> TestEnv {
    let env = TestEnv::new().with_identity("me", Some("red clay and reeds"));
    env.write("a.age", env.closed_plainly("plain"));
    env
}

/// Decrypts, and returns what the spy noted and what bulla printed.
fn spied(env: &TestEnv, python: &Path, settings: &str) -> (Vec<String>, String) {
    // The program itself: a script that looks for it could open files of its own.
    let python = Command::new(python)
        .args(["-c", "import sys; print(sys.executable, end='')"])
        .output()
        .unwrap();
    let python = String::from_utf8(python.stdout).unwrap();
    let spy = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cli/processes.py");
    let log = env.path("log");
    env.in_settings(&format!(
        "passphrase_command = [\"{python}\", \"{spy}\", \"{}\"]\n{settings}",
        log.display()
    ));
    let outcome = env
        .bulla(["decrypt", "-v", "a.age", "-o", "-"])
        .descriptor(9, "for bulla alone")
        .run();
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    assert_eq!(outcome.stdout, b"plain");
    let noted = String::from_utf8(env.read("log")).unwrap();
    (noted.lines().map(str::to_owned).collect(), outcome.stderr)
}

#[test]
fn a_program_that_bulla_starts_sees_no_other_process_no_key_and_no_inherited_file() {
    let python = need!("python3");
    let env = with_spy();
    let (noted, _) = spied(&env, &python, "");
    assert_eq!(
        noted,
        [
            "ptrace denied",
            "process_vm_readv denied",
            "process_vm_writev denied",
            "kcmp denied",
            "pidfd_getfd denied",
            "add_key denied",
            "keyctl denied",
            "memory denied",
            "typing denied",
            "network denied",
            "local sockets open",
            "files [0, 1, 2]",
        ]
    );
}

#[test]
fn offline_children_decides_whether_programs_may_connect_and_bulla_never_may() {
    let python = need!("python3");
    let env = with_spy();
    let (noted, said) = spied(&env, &python, "offline_children = false\n");
    assert!(noted.contains(&"network open".to_owned()), "{noted:?}");
    for denied in ["ptrace denied", "keyctl denied", "memory denied"] {
        assert!(noted.contains(&denied.to_owned()), "{noted:?}");
    }
    let allowed = said
        .find("Network connections are allowed to programs")
        .unwrap();
    let blocked = said
        .find("Network connections are blocked: active")
        .unwrap();
    let exec = said
        .find("No other program can be started: active")
        .unwrap();
    assert!(allowed < blocked && blocked < exec, "{said}");
    // A command that starts no program is offline from the start.
    let listed = env.bulla(["identity", "list", "-v"]).run().stderr;
    assert!(
        listed.contains("Network connections are blocked: active") && !listed.contains("allowed"),
        "{listed}"
    );
}

/// Every way in which threads are refused: by a limit on processes, and by an old container.
#[test]
fn without_threads_bulla_uses_one_or_says_so() {
    let strace = need!("strace");
    let env = TestEnv::new().with_key();
    env.write("large", vec![7; 5 << 20]);
    let names: Vec<String> = (0..12).map(|number| format!("file{number}")).collect();
    names.iter().for_each(|name| drop(env.write(name, name)));
    for error in ["EAGAIN", "EPERM"] {
        let inject = format!("inject=clone3:error={error}");
        let refused = |args: &[&str]| {
            let options = [
                "-f",
                "-qq",
                "-e",
                "trace=clone3",
                "-e",
                &inject,
                "-o",
                "trace",
            ];
            let bulla = [env!("CARGO_BIN_EXE_bulla")];
            let line = options.iter().chain(&bulla).chain(args).map(OsStr::new);
            let outcome = env.program(&strace, line).run();
            assert!(!outcome.stderr.contains("panicked"), "{}", outcome.stderr);
            (outcome.code, outcome.stderr)
        };
        let files: Vec<&str> = names.iter().map(String::as_str).collect();
        let encrypt = ["encrypt", "-q", "-f", "-r", RECIPIENT, "large"];
        let done = refused(&[&encrypt[..], &files].concat());
        assert_eq!(done, (Some(0), String::new()), "{error}");
        let closed: Vec<String> = names.iter().map(|name| format!("{name}.age")).collect();
        let closed: Vec<&str> = closed.iter().map(String::as_str).collect();
        let verify = ["verify", "-q", "-i", "key", "large.age"];
        let done = refused(&[&verify[..], &closed].concat());
        assert_eq!(done, (Some(0), String::new()), "{error}");
        let reseal = [
            "reseal",
            "-i",
            "key",
            "-r",
            RECIPIENT,
            "--no-self",
            "large.age",
        ];
        let (code, said) = refused(&reseal);
        assert_eq!(code, Some(6), "{said}");
        assert!(
            said.contains("Cannot start a thread to decrypt the old file"),
            "{said}"
        );
    }
}
