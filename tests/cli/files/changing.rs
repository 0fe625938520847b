//! Inputs that change, or are replaced, while they are read.

use std::fs;
use std::io::{Read, Write};
use std::process::Stdio;

use crate::env::{Outcome, TestEnv};
use crate::kernel::cannot;
use crate::someone::RECIPIENT;

/// More than all pipes and buffers hold, so that a run cannot end before its output is read.
const LONG: usize = 24 << 20;

/// Runs a command that writes to standard output, and does something to its files when the first
/// byte of the output is there.
fn while_it_reads(env: &TestEnv, args: &[&str], change: impl FnOnce()) -> Outcome {
    let run = env.bulla(args);
    let mut child = run
        .command()
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = child.stdout.take().unwrap();
    let mut bytes = vec![0];
    out.read_exact(&mut bytes).unwrap();
    change();
    out.read_to_end(&mut bytes).unwrap();
    let mut output = child.wait_with_output().unwrap();
    output.stdout = bytes;
    run.outcome(output)
}

#[test]
fn a_file_that_is_replaced_while_it_is_read_is_read_to_its_end() {
    let env = TestEnv::new().with_key();
    let plain = vec![7; LONG];
    env.write("plain", &plain);
    env.write("plain.age", env.closed(&*plain));
    for replaced in ["plain.age", "plain"] {
        let args: &[&str] = match replaced {
            "plain" => &["encrypt", "-q", "-r", RECIPIENT, "-o", "-", "plain"],
            _ => &["decrypt", "-q", "-i", "key", "-o", "-", "plain.age"],
        };
        let said = while_it_reads(&env, args, || {
            env.write("new", "a newer file");
            fs::rename(env.path("new"), env.path(replaced)).unwrap();
        });
        assert_eq!(said.code, Some(0), "{replaced}: {}", said.stderr);
        match replaced {
            "plain" => {
                let opened = env
                    .bulla(["decrypt", "-q", "-i", "key"])
                    .stdin(said.stdout)
                    .run();
                assert!(opened.code == Some(0) && opened.stdout == plain);
            }
            _ => assert!(said.stdout == plain, "{replaced}"),
        }
        assert_eq!(env.read(replaced), b"a newer file");
    }
}

#[test]
fn a_log_that_grows_is_refused_with_the_command_that_works() {
    let env = TestEnv::new().with_key();
    env.write("log", vec![7; LONG]);
    let args = ["encrypt", "-r", RECIPIENT, "-o", "-", "log"];
    let said = while_it_reads(&env, &args, || {
        let mut log = fs::File::options()
            .append(true)
            .open(env.path("log"))
            .unwrap();
        log.write_all(b"one more line\n").unwrap();
    });
    assert_eq!(said.code, Some(6), "{}", said.stderr);
    let hint = "pass what it holds as a stream: cat FILE | bulla";
    assert!(
        said.stderr.contains("log changed while it was being read") && said.stderr.contains(hint),
        "{}",
        said.stderr
    );
}

#[test]
fn a_time_that_moves_is_no_change_of_what_is_authentic() {
    let env = TestEnv::new().with_key();
    let plain = vec![7; LONG];
    env.write("plain.age", env.closed(&*plain));
    let args = ["decrypt", "-q", "-i", "key", "-o", "-", "plain.age"];
    let said = while_it_reads(&env, &args, || {
        let file = fs::File::options()
            .write(true)
            .open(env.path("plain.age"))
            .unwrap();
        file.set_modified(std::time::UNIX_EPOCH).unwrap();
    });
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    assert!(said.stdout == plain);
}

#[test]
fn a_file_whose_size_means_nothing_is_read_to_its_end() {
    let env = TestEnv::new().with_key();
    let files = [
        "/sys/kernel/fscaps",
        "/sys/kernel/mm/transparent_hugepage/hpage_pmd_size",
    ];
    let mut read = 0;
    for file in files.into_iter().chain(["/proc/version"]) {
        let Ok(holds) = fs::read(file) else { continue };
        env.bulla(["encrypt", "-q", "-f", "-r", RECIPIENT, "-o", "x.age", file])
            .run()
            .assert(0, "", "");
        let opened = env.bulla(["decrypt", "-q", "-i", "key", "-o", "-", "x.age"]);
        opened.run().assert(0, holds, "");
        read += 1;
    }
    if read < 2 {
        cannot("no file in /sys has a size that is wrong");
    }
}
