//! Full disks and limits on file sizes: exit 6, nothing left behind, nothing lost.

use std::ffi::OsStr;
use std::fs;

use crate::env::{Outcome, TestEnv};
use crate::someone::RECIPIENT;
use crate::tools::need;

/// The commands that write files into "disk", each more than 64 KiB.
const COMMANDS: [&[&str]; 5] = [
    &["encrypt", "-q", "-r", RECIPIENT, "plain", "-o", "disk/out"],
    &["encrypt", "-aqr", RECIPIENT, "plain", "-o", "disk/out"],
    &["decrypt", "-q", "-i", "key", "plain.age", "-o", "disk/out"],
    &["identity", "new", "--no-passphrase", "-o", "disk/out"],
    &[
        "identity",
        "new",
        "--passphrase-file",
        "phrase",
        "--work-factor",
        "10",
        "-o",
        "disk/out",
    ],
];

fn surroundings() -> TestEnv {
    let env = TestEnv::new().with_key();
    env.write("plain", vec![7; 300_000]);
    env.write("plain.age", env.closed(vec![7; 300_000]));
    env.write("phrase", "anchor velvet pond marble\n");
    fs::create_dir(env.path("disk")).unwrap();
    env
}

#[track_caller]
fn check(args: &[&str], said: &Outcome, limit: u64) {
    assert_eq!(
        (said.code, &*said.stdout),
        (Some(6), &b""[..]),
        "{limit} {args:?}: {}",
        said.stderr
    );
    assert!(
        said.stderr.starts_with("bulla: error: "),
        "{args:?}: {}",
        said.stderr
    );
    assert!(!said.stderr.contains("age1"), "{args:?}: {}", said.stderr);
}

#[test]
fn a_file_size_limit_leaves_no_output() {
    let prlimit = need!("prlimit");
    let env = surroundings();
    for limit in [0, 1, 100, 4096, 65_536, 299_999] {
        for (index, args) in COMMANDS.iter().enumerate() {
            if index > 2 && limit > 100 {
                continue; // an identity is smaller than that
            }
            for old in [false, true] {
                if old {
                    env.write("disk/out", "old");
                }
                let mut line = vec![
                    format!("--fsize={limit}"),
                    env!("CARGO_BIN_EXE_bulla").to_owned(),
                ];
                line.extend(args.iter().map(ToString::to_string));
                line.extend(old.then(|| "--force".to_owned()));
                check(args, &env.program(&prlimit, line).run(), limit);
                if old {
                    assert_eq!(env.read("disk/out"), b"old");
                    fs::remove_file(env.path("disk/out")).unwrap();
                }
                assert_eq!(
                    env.list(),
                    ["disk", "key", "phrase", "plain", "plain.age"],
                    "{limit} {args:?}"
                );
            }
        }
    }
}

/// A file system of one page in a new mount namespace, so that nothing is mounted outside the test.
const ON_A_FULL_DISK: &str = "
    mount -t tmpfs -o size=64k none disk || exit 99
    head -c 200000 /dev/zero >disk/filler 2>/dev/null
    \"$@\"
    echo \"exit $?\" >&2
    ls -A disk >&2";

#[test]
fn a_full_disk_leaves_nothing() {
    let unshare = need!("unshare");
    let env = surroundings();
    let private: [&OsStr; 3] = ["--user", "--map-root-user", "--mount"].map(OsStr::new);
    let flags = if rustix::process::geteuid().is_root() {
        &private[2..]
    } else {
        &private[..]
    };
    for args in COMMANDS {
        let line = [
            "/bin/sh",
            "-c",
            ON_A_FULL_DISK,
            "sh",
            env!("CARGO_BIN_EXE_bulla"),
        ];
        let line = flags
            .iter()
            .copied()
            .chain(line.iter().chain(args).map(OsStr::new));
        let said = env
            .program(&unshare, line)
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .run();
        if said.code != Some(0) || said.stderr.contains("mount") {
            return crate::tools::skip("no file system can be mounted");
        }
        assert!(
            said.stderr.ends_with("\nexit 6\nfiller\n"),
            "{args:?}: {}",
            said.stderr
        );
        assert_eq!(said.stdout, b"", "{args:?}");
        assert!(
            said.stderr.contains("No space left"),
            "{args:?}: {}",
            said.stderr
        );
    }
}

#[test]
fn a_failed_identity_write_leaves_no_secret_behind() {
    let prlimit = need!("prlimit");
    let env = TestEnv::new();
    env.write("phrase", "anchor velvet pond marble\n");
    // Its secret file has less than 1,024 bytes, its public file and the journal of the change more.
    let new = [
        "identity",
        "new",
        "--passphrase-file",
        "phrase",
        "--work-factor",
        "10",
    ];
    let mut line = vec!["--fsize=1024", env!("CARGO_BIN_EXE_bulla")];
    line.extend(new);
    let said = env.program(&prlimit, line).run();
    assert_eq!(said.code, Some(6), "{}", said.stderr);
    assert!(said.stderr.contains("File too large"), "{}", said.stderr);
    assert!(!env.bulla_home().join("identities/me.toml").exists());
    assert!(!env.bulla_home().join("identities/me.age").exists());
    assert_eq!(env.bulla(new).run().code, Some(0));
}
