//! What of a message reaches the disk: only the output, and the memory of messages that were
//! opened.

use std::ffi::OsStr;

use super::{block, bob, env};
use crate::env::{Run, TestEnv};
use crate::tools::need;

/// A marker that appears in the plaintext but not in the ciphertext.
const TEXT: &str = "the clay is still soft";

/// The files opened for writing, except system files, and the writes of the marker to anything but
/// standard output and standard error.
fn written(env: &TestEnv) -> (Vec<String>, Vec<String>) {
    let trace = String::from_utf8_lossy(&env.read("trace")).into_owned();
    let opened = trace
        .lines()
        .filter(|line| {
            line.contains("O_WRONLY") || line.contains("O_RDWR") || line.contains("O_CREAT")
        })
        .filter(|line| !line.contains(" = -1 "))
        .filter_map(|line| line.split('"').nth(1))
        .filter(|path| !path.starts_with("/dev/") && !path.starts_with("/proc/"))
        .map(str::to_owned)
        .collect();
    let told = trace
        .lines()
        .filter(|line| line.contains("write") && line.contains(TEXT))
        .filter(|line| !line.contains("write(1,") && !line.contains("write(2,"))
        .map(str::to_owned)
        .collect();
    (opened, told)
}

fn traced(env: &TestEnv, run: &Run<'_>, stdin: &str) -> Vec<u8> {
    let command = run.command();
    let strace = crate::tools::tool("strace").unwrap();
    let calls = "trace=open,openat,openat2,creat,write,pwrite64,writev,pwritev,pwritev2";
    let mut args: Vec<&OsStr> = [
        "-f",
        "-qq",
        "-s",
        "4096",
        "-e",
        calls,
        "-e",
        "signal=none",
        "-o",
        "trace",
    ]
    .map(OsStr::new)
    .into();
    args.push(command.get_program());
    args.extend(command.get_args());
    let mut traced = env.program(strace, args).stdin(stdin);
    for (name, value) in command.get_envs() {
        traced = traced.env(name.to_str().unwrap(), value.unwrap());
    }
    let outcome = traced.run();
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    outcome.stdout
}

#[test]
fn nothing_of_a_message_is_written_to_a_disk() {
    let _strace = need!("strace");
    let env = env(&["--classic"]);
    let written_block = traced(&env, &env.bulla(["write", "--to", "bob"]), TEXT);
    assert!(written_block.starts_with(b"-----BEGIN"));
    assert_eq!(written(&env), (Vec::new(), Vec::new()));
    // The memory is in the state folder and contains no word of the text.
    let block = block(&env, TEXT, &["--to", "bob"]);
    assert_eq!(traced(&env, &bob(&env, &["read"]), &block), TEXT.as_bytes());
    let (opened, told) = written(&env);
    let state = super::state(&env).display().to_string();
    assert!(!opened.is_empty() && told.is_empty(), "{opened:?} {told:?}");
    for path in &opened {
        // Relative names belong to an open folder: the state folder.
        assert!(
            path.starts_with(&state) || !path.contains('/'),
            "{opened:?}"
        );
    }
    env.in_settings("remember_messages = false\n");
    std::fs::remove_dir_all(super::state(&env)).unwrap();
    assert_eq!(traced(&env, &bob(&env, &["read"]), &block), TEXT.as_bytes());
    assert_eq!(written(&env), (Vec::new(), Vec::new()));
    assert!(!super::state(&env).exists());
}
