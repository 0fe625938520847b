//! Descriptors that the caller opened: named by a path, made non-blocking, or closed.

use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::process::Stdio;

use crate::env::{Outcome, TestEnv};
use crate::someone::RECIPIENT;
use crate::tools::need;

const LONG: usize = 3_000_000;

fn surroundings() -> TestEnv {
    let env = TestEnv::new().with_key();
    env.write("plain", "plain");
    env.write("plain.age", env.closed("plain"));
    env.write("pass", "secret\n");
    env
}

fn decrypted(env: &TestEnv, sealed: &[u8]) -> Vec<u8> {
    let opened = env.bulla(["decrypt", "-qi", "key"]).stdin(sealed).run();
    opened.assert_quiet().stdout.clone()
}

#[test]
fn a_path_of_standard_output_is_standard_output_where_it_stands() {
    let env = surroundings();
    for path in ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"] {
        // Also if it may be overwritten: it is a descriptor, not a name.
        for force in ["", "-f"] {
            let line = format!(
                "{{ echo before; \"$0\" encrypt -qr {RECIPIENT} {force} -a -o {path} plain; \
                 echo after; }} >out"
            );
            let said = env.program("/bin/sh", ["-c", &line, env!("CARGO_BIN_EXE_bulla")]);
            said.run().assert_quiet();
            let out = String::from_utf8(env.read("out")).unwrap();
            let sealed = out
                .strip_prefix("before\n")
                .and_then(|out| out.strip_suffix("after\n"));
            let sealed = sealed.unwrap_or_else(|| panic!("{path}: {out}"));
            assert_eq!(decrypted(&env, sealed.as_bytes()), b"plain", "{path}");
        }
    }
}

#[test]
fn a_path_of_another_descriptor_is_that_descriptor_where_it_stands() {
    let env = surroundings();
    for (path, redirect) in [
        ("/dev/fd/5", "5>>out"),
        ("/proc/self/fd/5", "5>>out"),
        ("/dev/stderr", "2>>out"),
    ] {
        env.write("out", "before\n");
        let said = env
            .bulla(["decrypt", "-qi", "key", "plain.age", "-o", path])
            .redirect(redirect)
            .run();
        assert_eq!(said.code, Some(0), "{path}: {}", said.stderr);
        assert_eq!(env.read("out"), b"before\nplain", "{path}");
    }
}

#[test]
fn a_path_of_an_input_descriptor_is_read_from_where_it_stands() {
    let env = surroundings();
    env.write("lines", "first\nsecond\n");
    for (path, number) in [
        ("/dev/stdin", 0),
        ("/dev/fd/0", 0),
        ("/proc/self/fd/0", 0),
        ("/dev/fd/4", 4),
    ] {
        let line = format!("read line <&{number}; exec \"$0\" encrypt -qr {RECIPIENT} {path}");
        let said = env
            .program("/bin/sh", ["-c", &line, env!("CARGO_BIN_EXE_bulla")])
            .redirect(&format!("{number}<lines"))
            .run();
        assert_eq!(said.code, Some(0), "{path}: {}", said.stderr);
        assert_eq!(decrypted(&env, &said.stdout), b"second\n", "{path}");
    }
    assert!(!env.list().iter().any(|name| name.contains("stdin")));
}

#[test]
fn a_number_that_the_caller_did_not_open_is_never_a_file_of_our_own() {
    let env = surroundings();
    for number in 3..=9 {
        let path = format!("/dev/fd/{number}");
        let closed = format!("{number}<&-");
        let said = env
            .bulla(["decrypt", "-qi", "key", &path])
            .redirect(&closed)
            .run();
        assert_eq!(said.code, Some(6), "{path}: {}", said.stderr);
        assert!(
            said.stderr.contains("Bad file descriptor"),
            "{}",
            said.stderr
        );
        let line = ["encrypt", "-qr", RECIPIENT, "plain", "-o", &path];
        let said = env.bulla(line).redirect(&closed).run();
        assert_eq!(said.code, Some(6), "{path}: {}", said.stderr);
    }
}

#[test]
fn a_descriptor_for_reading_only_is_no_output() {
    let env = surroundings();
    let said = env
        .bulla(["decrypt", "-qi", "key", "plain.age", "-o", "/dev/fd/7"])
        .redirect("7<plain")
        .run();
    assert_eq!(said.code, Some(6), "{}", said.stderr);
    assert!(
        said.stderr.contains("/dev/fd/7 is not open for writing"),
        "{}",
        said.stderr
    );
}

/// Descriptors are taken without /proc and /dev/fd.
#[test]
fn descriptors_need_no_proc() {
    let (unshare, mount) = need!("unshare", "mount");
    let env = surroundings();
    let source = ["--passphrase-file", "pass", "--work-factor", "10"];
    let line = ["encrypt", "-qp", "plain", "-o", "locked.age"]
        .into_iter()
        .chain(source);
    assert_eq!(env.bulla(line).run().code, Some(0));
    let line = format!(
        "{} -t tmpfs none /proc && {} decrypt -q --passphrase-fd 3 locked.age -o /dev/fd/4",
        mount.display(),
        env!("CARGO_BIN_EXE_bulla"),
    );
    let inside = env.program(&unshare, ["-rm", "/bin/sh", "-c", &line]);
    let said = inside.redirect("3<pass 4>out").run();
    if said.stderr.contains("unshare failed") || said.stderr.contains("mount:") {
        return crate::tools::skip("no user namespaces");
    }
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    assert_eq!(env.read("out"), b"plain");
}

fn nonblocking(end: OwnedFd) -> OwnedFd {
    rustix::io::ioctl_fionbio(&end, true).unwrap();
    end
}

#[test]
fn a_non_blocking_standard_output_is_waited_for() {
    let env = surroundings();
    env.write("long", vec![7; LONG]);
    env.write("long.age", env.closed(vec![7; LONG]));
    for args in [
        &["decrypt", "-qi", "key", "-o", "-", "long.age"][..],
        &["decrypt", "-qi", "key", "-o", "-", "--stream", "long.age"],
        &["encrypt", "-qr", RECIPIENT, "-o", "-", "long"],
        &["encrypt", "-aqr", RECIPIENT, "-o", "-", "long"],
        &[
            "reseal", "-qi", "key", "-r", RECIPIENT, "long.age", "-o", "-",
        ],
    ] {
        let (mut reader, writer) = std::io::pipe().unwrap();
        let run = env.bulla(args);
        let mut command = run.command();
        command
            .stdin(Stdio::null())
            .stdout(nonblocking(writer.into()))
            .stderr(Stdio::piped());
        let child = command.spawn().unwrap();
        drop(command);
        let mut all = Vec::new();
        reader.read_to_end(&mut all).unwrap();
        let said = run.outcome(child.wait_with_output().unwrap());
        assert_eq!(said.code, Some(0), "{args:?}: {}", said.stderr);
        assert!(all.len() >= LONG, "{args:?}: {}", all.len());
    }
}

#[test]
fn a_non_blocking_standard_input_is_waited_for() {
    let env = surroundings();
    let sealed = env.closed(vec![7; LONG]);
    for args in [
        &["encrypt", "-qr", RECIPIENT][..],
        &["decrypt", "-qi", "key"],
        &["verify", "-qi", "key", "-"],
        &["inspect", "-"],
    ] {
        let (reader, mut writer) = std::io::pipe().unwrap();
        let run = env.bulla(args);
        let mut command = run.command();
        command
            .stdin(nonblocking(reader.into()))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let child = command.spawn().unwrap();
        drop(command);
        let bytes = sealed.clone();
        let bytes = if args[0] == "encrypt" {
            vec![7; LONG]
        } else {
            bytes
        };
        let writing = std::thread::spawn(move || {
            // The first read may find nothing.
            std::thread::yield_now();
            let _ = writer.write_all(&bytes);
        });
        let said = run.outcome(child.wait_with_output().unwrap());
        writing.join().unwrap();
        assert_eq!(said.code, Some(0), "{args:?}: {}", said.stderr);
    }
}

/// What would have been written to a closed standard output is lost.
#[test]
fn a_closed_standard_output_is_an_error_where_data_was_owed() {
    let env = surroundings();
    let closed = |said: &Outcome, args: &[&str]| {
        assert_eq!(said.code, Some(6), "{args:?}: {}", said.stderr);
        let text = "bulla: error: standard output is closed";
        assert!(
            said.stderr.to_lowercase().contains(&text.to_lowercase()),
            "{args:?}: {}",
            said.stderr
        );
    };
    for args in [
        &["encrypt", "-r", RECIPIENT, "plain", "-o", "-"][..],
        &["encrypt", "-r", RECIPIENT, "plain", "-o", "/dev/stdout"],
        &["decrypt", "-i", "key", "plain.age", "-o", "-"],
        &["decrypt", "-i", "key", "plain.age", "--stream", "-o", "-"],
        &[
            "reseal",
            "-i",
            "key",
            "plain.age",
            "-r",
            RECIPIENT,
            "-o",
            "-",
        ],
        &[
            "share",
            "-i",
            "key",
            "plain.age",
            "-r",
            RECIPIENT,
            "--header-out",
            "-",
        ],
    ] {
        closed(&env.bulla(args).redirect(">&-").run(), args);
    }
    let null = env
        .bulla(["decrypt", "-qi", "key", "plain.age", "-o", "-"])
        .redirect(">/dev/null")
        .run();
    null.assert_quiet();
}

/// Only data is owed: a report may be discarded.
#[test]
fn a_closed_standard_output_is_an_error_for_every_command_that_prints_data() {
    let env = surroundings();
    for args in [
        &["write", "-r", RECIPIENT, "--no-sign"][..],
        &["read", "-i", "key", "plain.age"],
        &["completions", "bash"],
        &["card"],
    ] {
        let said = env.bulla(args).stdin("hi").redirect(">&-").run();
        assert_eq!(said.code, Some(6), "{args:?}: {}", said.stderr);
        assert!(
            said.stderr.contains("tandard output is closed"),
            "{args:?}: {}",
            said.stderr
        );
        let said = env.bulla(args).stdin("hi").redirect(">/dev/null").run();
        assert_ne!(said.code, Some(6), "{args:?}: {}", said.stderr);
    }
    // Python and Node.js discard a report like this.
    let discarded = env.bulla(["verify", "-i", "key", "plain.age"]);
    let said = discarded.redirect("1<>/dev/null").run();
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    let line = ["encrypt", "-qr", RECIPIENT, "-o", "other.age", "plain"];
    env.bulla(line).redirect(">&-").run().assert_quiet();
}

/// The first line of the data would be taken for the passphrase, and be missing without an error.
#[test]
fn the_descriptor_of_the_passphrase_is_never_also_that_of_the_data() {
    let env = surroundings();
    let sources = [
        ["--passphrase-fd", "0"],
        ["--passphrase-file", "-"],
        ["--passphrase-file", "/dev/stdin"],
        ["--passphrase-file", "/dev/fd/0"],
        ["--passphrase-file", "/proc/self/fd/0"],
    ];
    let data = "first line\nsecond line\n";
    let refused = |line: &[&str]| {
        for from_a_file in [false, true] {
            let run = env.bulla(line);
            let said = if from_a_file {
                env.write("data", data);
                run.redirect("<data").run()
            } else {
                run.stdin(data).run()
            };
            assert_eq!(said.code, Some(2), "{line:?}: {}", said.stderr);
            assert!(
                said.stderr.contains("can be read only once"),
                "{line:?}: {}",
                said.stderr
            );
            assert!(!env.path("new").exists(), "{line:?}");
        }
    };
    for source in sources {
        let with = |line: &[&str]| refused(&[line, &source[..]].concat());
        with(&["encrypt", "-p", "--work-factor", "10", "-o", "new"]);
        with(&["encrypt", "-p", "--work-factor", "10", "-o", "new", "-"]);
        with(&[
            "encrypt",
            "-p",
            "--work-factor",
            "10",
            "-o",
            "new",
            "/dev/fd/0",
        ]);
        with(&["encrypt", "-R", "-", "-o", "new", "plain"]);
        with(&["decrypt", "-o", "new"]);
        with(&["decrypt", "-i", "-", "-o", "new", "plain.age"]);
        with(&["reseal", "-i", "key", "-r", RECIPIENT, "-o", "new", "-"]);
        with(&["read"]);
        with(&["write", "-r", RECIPIENT, "--no-sign", "-o", "new"]);
    }
    // The second of two passphrases is watched as the first.
    env.write("old-pass", "old\n");
    refused(&[
        "reseal",
        "-p",
        "--work-factor",
        "10",
        "-o",
        "new",
        "--passphrase-file",
        "old-pass",
        "--new-passphrase-fd",
        "0",
        "-",
    ]);
    let same = [
        "encrypt",
        "-p",
        "--work-factor",
        "10",
        "-o",
        "new",
        "--passphrase-fd",
        "3",
    ];
    let said = env.bulla(same).redirect("<pass 3<&0").run();
    assert_eq!(said.code, Some(2), "{}", said.stderr);
    // A file is another input.
    for source in sources {
        let line = [
            "encrypt",
            "-qfp",
            "--work-factor",
            "10",
            "-o",
            "new",
            "plain",
        ];
        let said = env.bulla([&line[..], &source].concat()).redirect("<pass");
        assert_eq!(said.run().code, Some(0), "{source:?}");
        let line = [
            "decrypt",
            "-q",
            "-o",
            "-",
            "new",
            "--passphrase-file",
            "pass",
        ];
        assert_eq!(env.bulla(line).run().stdout, b"plain", "{source:?}");
    }
}

#[test]
fn a_closed_standard_input_is_an_error_not_an_empty_input() {
    let env = surroundings();
    for args in [
        &["encrypt", "-r", RECIPIENT][..],
        &["decrypt", "-i", "key"],
        &["verify", "-i", "key", "-"],
        &["inspect", "-"],
        &["inspect", "/dev/stdin"],
    ] {
        let said = env.bulla(args).redirect("<&-").run();
        assert_eq!(said.code, Some(6), "{args:?}: {}", said.stderr);
        assert!(
            said.stderr.contains("tandard input is closed") && !said.stderr.contains("output"),
            "{}",
            said.stderr
        );
        assert_eq!(said.stdout, b"", "{args:?}");
    }
    // What is not asked for may be closed.
    env.bulla(["verify", "-qi", "key", "plain.age"])
        .redirect("<&-")
        .run()
        .assert_quiet();
}
