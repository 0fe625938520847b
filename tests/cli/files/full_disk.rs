//! Full disks and limits on file sizes: exit 6, nothing left behind, nothing lost.

use std::ffi::OsStr;
use std::fs;

use crate::env::{Outcome, TestEnv};
use crate::someone::RECIPIENT;
use crate::tools::need;

/// The commands that write files into "disk", each more than 64 KiB.
const COMMANDS: [&[&str]; 7] = [
    &["encrypt", "-r", RECIPIENT, "plain", "-o", "disk/out"],
    &["encrypt", "-ar", RECIPIENT, "plain", "-o", "disk/out"],
    &["decrypt", "-i", "key", "plain.age", "-o", "disk/out"],
    &[
        "reseal",
        "-i",
        "key",
        "-r",
        RECIPIENT,
        "plain.age",
        "-o",
        "disk/out",
    ],
    &[
        "encrypt", "-r", RECIPIENT, "-o", "disk/out", "--", "/bin/cat", "plain",
    ],
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
    let hint = "bulla: hint: No partial output was left. Raise the limit on the size of files: \
                ulimit -f unlimited\n";
    let error = "bulla: error: Cannot write disk/out: File too large (os error 27)\n";
    assert_eq!(said.stderr, format!("{error}{hint}"), "{limit} {args:?}");
}

#[test]
fn a_file_size_limit_leaves_no_output() {
    let prlimit = need!("prlimit");
    let env = surroundings();
    for limit in [0, 1, 100, 4096, 65_536, 299_999] {
        for args in &COMMANDS {
            if args[0] == "identity" && limit > 100 {
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
                let end = line.iter().position(|part| part == "--");
                let end = end.unwrap_or(line.len());
                line.splice(end..end, old.then(|| "--force".to_owned()));
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
        let hint = "bulla: hint: No partial output was left. Free some disk space, or write \
                    somewhere else\n";
        let error = "bulla: error: Cannot write disk/out: No space left on device (os error 28)\n";
        assert!(
            said.stderr.starts_with(&format!("{error}{hint}")),
            "{args:?}: {}",
            said.stderr
        );
    }
}

#[test]
fn a_file_of_a_tree_that_does_not_fit_is_named_as_the_output() {
    let prlimit = need!("prlimit");
    let env = surroundings();
    env.write("tree/a", vec![7; 100_000]);
    env.does(&[
        "encrypt", "-q", "-r", RECIPIENT, "--each", "tree", "-o", "mirror",
    ]);
    let said = |line: &[&str]| {
        let program = ["--fsize=65536", env!("CARGO_BIN_EXE_bulla")];
        env.program(&prlimit, [&program[..], line].concat()).run()
    };
    let encrypted = said(&["encrypt", "-r", RECIPIENT, "--each", "tree", "-o", "m"]);
    let decrypted = said(&["decrypt", "-i", "key", "--each", "mirror", "-o", "back"]);
    for (said, output) in [(encrypted, "m/a.age"), (decrypted, "back/a")] {
        assert_ne!(said.code, Some(0), "{}", said.stderr);
        let error = format!("bulla: error: Cannot write {output}: File too large");
        assert!(said.stderr.contains(&error), "{}", said.stderr);
        // The folder of the mirror stays, so nothing is said to be gone.
        let is_mirror = output == "m/a.age";
        let kept = "hint: What the mirror has already is kept. Free some disk space";
        assert_eq!(said.stderr.contains(kept), is_mirror, "{}", said.stderr);
        let gone = said.stderr.contains("No partial output was left");
        assert_eq!(gone, !is_mirror, "{}", said.stderr);
    }
}

#[test]
fn a_file_of_an_archive_that_does_not_fit_is_named_as_it_would_be_in_the_folder() {
    let prlimit = need!("prlimit");
    let env = surroundings();
    // Short files are created by other threads.
    for len in [100_000, 300_000] {
        env.write("dir/sub/big", vec![7; len]);
        env.does(&["encrypt", "-q", "-f", "-r", RECIPIENT, "dir"]);
        for threads in ["1", "2"] {
            let line = [
                "--fsize=65536",
                env!("CARGO_BIN_EXE_bulla"),
                "decrypt",
                "-i",
                "key",
                "--threads",
                threads,
                "dir.tar.age",
                "-o",
                "dst",
            ];
            let said = env.program(&prlimit, line).run();
            assert_eq!(said.code, Some(6), "{}", said.stderr);
            let error = "bulla: error: Cannot write dst/sub/big: File too large";
            assert!(said.stderr.contains(error), "{}", said.stderr);
        }
    }
}

#[test]
fn nothing_is_promised_about_an_output_that_is_no_file() {
    let env = surroundings();
    for args in [
        &["encrypt", "-r", RECIPIENT, "-o", "-", "plain"][..],
        &["decrypt", "-i", "key", "-o", "-", "plain.age"],
        &["cat", "-i", "key", "plain.age"],
    ] {
        let said = env.bulla(args).redirect(">/dev/full").run();
        assert_eq!(said.code, Some(6), "{args:?}: {}", said.stderr);
        let error = "bulla: error: Cannot write to standard output: No space left on device (os \
                     error 28)\nbulla: hint: Free some disk space, or write somewhere else\n";
        assert!(said.stderr.ends_with(error), "{args:?}: {}", said.stderr);
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
