//! File systems that cannot do everything: system calls that fail as they do there (strace). The
//! script `tests/filesystems.sh` runs the program on real ones.

use std::fs;
use std::path::Path;

use crate::env::{Outcome, TestEnv};
use crate::someone::RECIPIENT;
use crate::tools::need;

/// What fstatfs answers on FAT, and where a program serves the file system, as bytes of `f_type`.
const FAT: &str = "fstatfs:poke_exit=@arg2=444d000000000000";
const FUSE: &str = "fstatfs:poke_exit=@arg2=4655736500000000";

/// Runs a command with these faults. What it called is in the file "log".
fn with(env: &TestEnv, strace: &Path, faults: &[&str], args: &[&str]) -> Outcome {
    let trace = "trace=linkat,renameat,renameat2,fsync,syncfs,fchmod,flock,pwrite64,fstatfs";
    let mut options = vec!["-e".to_owned(), trace.to_owned()];
    for fault in faults {
        options.extend(["-e".to_owned(), format!("inject={fault}")]);
    }
    env.bulla(args).traced(strace, &options)
}

fn encrypt<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [
        &["encrypt", "-q", "-r", RECIPIENT, "plain", "-o", "x.age"],
        more,
    ]
    .concat()
}

fn opened(env: &TestEnv) -> Vec<u8> {
    let opened = env
        .bulla(["decrypt", "-q", "-i", "key", "-o", "-", "x.age"])
        .run();
    assert_eq!(opened.code, Some(0), "{}", opened.stderr);
    opened.stdout
}

#[test]
fn without_links_and_exclusive_renames_a_new_file_is_made_and_none_is_replaced() {
    let strace = need!("strace");
    for (link, rename) in [
        ("EPERM", "EINVAL"),
        ("EOPNOTSUPP", "ENOSYS"),
        // As rclone answers.
        ("EIO", "EINVAL"),
        ("ENOSYS", "EIO"),
    ] {
        let faults = [
            format!("linkat:error={link}"),
            format!("renameat2:error={rename}"),
        ];
        let faults = faults.each_ref().map(String::as_str);
        let env = TestEnv::new().with_key();
        env.write("plain", "hello\n");
        let made = with(&env, &strace, &faults, &encrypt(&[]));
        made.assert(0, "", "");
        assert_eq!(opened(&env), b"hello\n");
        env.write("plain", "other");
        let refused = with(&env, &strace, &faults, &encrypt(&[]));
        assert_eq!(refused.code, Some(7), "{}", refused.stderr);
        assert_eq!(opened(&env), b"hello\n");
        let forced = with(&env, &strace, &faults, &encrypt(&["-f"]));
        forced.assert(0, "", "");
        assert_eq!(opened(&env), b"other");
        let new = ["identity", "new", "-q", "--no-passphrase", "-o", "new.key"];
        let made = with(&env, &strace, &faults, &new);
        assert_eq!(made.code, Some(0), "{}", made.stderr);
        let kept = ["identity", "new", "-q", "--no-passphrase"];
        let made = with(&env, &strace, &faults, &kept);
        assert_eq!(made.code, Some(0), "{}", made.stderr);
        assert_eq!(
            env.list(),
            ["key", "log", "new.key", "plain", "x.age"],
            "nothing is left behind"
        );
    }
}

#[test]
fn a_folder_that_cannot_be_synced_is_no_failure_and_a_disk_error_is_one() {
    let strace = need!("strace");
    let env = TestEnv::new().with_key();
    env.write("plain", "hello\n");
    for (error, code) in [
        ("EINVAL", 0),
        ("EOPNOTSUPP", 0),
        ("ENOSYS", 0),
        ("EBADF", 0),
        ("EROFS", 6),
        ("EIO", 6),
        ("ENOSPC", 6),
    ] {
        for args in [encrypt(&[]), encrypt(&["-f"])] {
            let fault = format!("fsync,syncfs:error={error}");
            let said = with(&env, &strace, &[&fault], &args);
            assert_eq!(said.code, Some(code), "{error}: {}", said.stderr);
        }
        let _ = fs::remove_file(env.path("x.age"));
    }
}

#[test]
fn a_mode_that_cannot_be_set_does_not_matter_for_ciphertext() {
    let strace = need!("strace");
    let env = TestEnv::new().with_key();
    env.write("plain", "hello\n");
    for error in ["EPERM", "EOPNOTSUPP", "ENOSYS", "EINVAL"] {
        let fault = format!("fchmod:error={error}");
        for force in [&[][..], &["-f"]] {
            with(&env, &strace, &[&fault], &encrypt(force)).assert(0, "", "");
        }
        assert_eq!(opened(&env), b"hello\n");
        fs::remove_file(env.path("x.age")).unwrap();
    }
}

#[test]
fn a_keyring_that_cannot_be_locked_works_and_says_so() {
    let strace = need!("strace");
    for error in ["ENOLCK", "ENOSYS", "EOPNOTSUPP"] {
        let env = TestEnv::new().with_key();
        let fault = format!("flock:error={error}");
        let args = ["contact", "add", "-q", "bob", RECIPIENT];
        let said = with(&env, &strace, &[&fault], &args);
        assert_eq!(said.code, Some(0), "{error}: {}", said.stderr);
        let warning = "keyring.lock cannot be locked on this file system";
        assert!(said.stderr.contains(warning), "{error}: {}", said.stderr);
        assert_eq!(said.stderr.matches("warning").count(), 1, "{}", said.stderr);
        let known = env.bulla(["contact", "list"]).run();
        assert!(String::from_utf8_lossy(&known.stdout).contains("bob"));
    }
}

/// On FAT, a new name leads to an empty file until the file is synced by it.
#[test]
fn on_fat_a_file_is_synced_once_more_when_it_has_its_name() {
    let strace = need!("strace");
    let env = TestEnv::new().with_identity("me", None).with_key();
    env.write("plain", "hello\n");
    let bob = env.somebody("bob");
    let carol = env.somebody("carol");
    env.does(&["contact", "add", "bob", &bob]);
    let after_its_name = |faults: &[&str], args: &[&str]| {
        let said = with(&env, &strace, faults, args);
        assert_eq!(said.code, Some(0), "{args:?}: {}", said.stderr);
        let calls = env.names_of_calls();
        let named = |call: &String| call.starts_with("rename") || call == "linkat";
        let last = calls.iter().rposition(named).unwrap();
        calls[last..].iter().filter(|call| *call == "fsync").count()
    };
    for args in [
        &encrypt(&["-f"])[..],
        &["share", "-q", "-i", "key", "x.age", "--to", "bob"],
        &["decrypt", "-q", "-f", "-i", "key", "x.age", "-o", "plain"],
        &["contact", "add", "-q", "carol", &carol],
        &["contact", "rename", "-q", "carol", "dave"],
    ] {
        // The file and its folder.
        assert_eq!(after_its_name(&[FAT], args), 2, "{args:?}");
    }
    assert_eq!(
        after_its_name(&[], &encrypt(&["-f"])),
        1,
        "elsewhere the folder is enough"
    );
}

/// rclone without a cache refuses writes at any other offset, and fusefat refuses holes.
#[test]
fn where_a_program_serves_the_file_system_files_are_written_from_beginning_to_end() {
    let strace = need!("strace");
    let env = TestEnv::new().with_key();
    let new = env
        .bulla(["identity", "new", "-q", "--no-passphrase"])
        .run();
    assert_eq!(new.code, Some(0), "{}", new.stderr);
    let plain: Vec<u8> = (0..5_000_000_u32).map(|i| (i >> 5) as u8).collect();
    env.write("plain", &plain);
    for error in ["ESPIPE", "EPERM", "EIO"] {
        let faults = [FUSE, &format!("pwrite64:error={error}")];
        for more in [&["-f"][..], &["-f", "--sign"], &["-f", "-a"]] {
            let said = with(&env, &strace, &faults, &encrypt(more));
            assert_eq!(said.code, Some(0), "{error} {more:?}: {}", said.stderr);
            assert!(opened(&env) == plain, "{error} {more:?}");
        }
        let decrypt = ["decrypt", "-q", "-f", "-i", "key", "x.age", "-o", "y"];
        let said = with(&env, &strace, &faults, &decrypt);
        assert_eq!(said.code, Some(0), "{error}: {}", said.stderr);
        assert!(env.read("y") == plain, "{error}");
    }
    // Where the beginning can be written again, the contents are signed as elsewhere.
    let said = with(&env, &strace, &[FUSE], &encrypt(&["-f", "--sign"]));
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    let who = env
        .bulla(["verify", "-q", "-i", "key", "--from", "me", "x.age"])
        .run();
    assert_eq!(who.code, Some(0), "{}", who.stderr);
    assert_eq!(env.list(), ["key", "log", "plain", "x.age", "y"]);
}

#[test]
fn a_change_that_may_not_survive_a_power_cut_says_so() {
    let strace = need!("strace");
    let env = TestEnv::new().with_key();
    env.write("plain", "hello\n");
    env.write("x.age", "old");
    let said = with(
        &env,
        &strace,
        &["fsync:error=EIO:when=3"],
        &encrypt(&["-f"]),
    );
    assert_eq!(said.code, Some(6), "{}", said.stderr);
    let told = "x.age was written, but that may not survive a power cut";
    assert!(said.stderr.contains(told), "{}", said.stderr);
    assert_eq!(opened(&env), b"hello\n");
}
