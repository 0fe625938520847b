//! Files so large that they do not stay in the page cache. What the kernel answers differs between
//! file systems, so most of it is made up here (strace).

use std::path::Path;

use crate::env::{Outcome, TestEnv};
use crate::someone::RECIPIENT;
use crate::tools::need;

/// What fstatfs answers on a disk with ext4, as bytes of `f_type`.
const DISK: &str = "fstatfs:poke_exit=@arg2=53ef000000000000";

/// A little more than stays in memory, with an uneven end.
const LEN: usize = (129 << 20) + 4321;

const TRACE: &str = "trace=preadv2,pwritev2,fadvise64,pwrite64,fstatfs,fsync";

/// Every page is different.
fn contents() -> Vec<u8> {
    let page: Vec<u8> = (0..4096_u32).map(|at| (at * at / 3) as u8).collect();
    let mut bytes = page.repeat(LEN.div_ceil(page.len()));
    bytes.truncate(LEN);
    for (number, page) in bytes.chunks_mut(page.len()).enumerate() {
        page[..4].copy_from_slice(&(number as u32).to_le_bytes());
    }
    bytes
}

fn encrypt<'a>(more: &[&'a str]) -> Vec<&'a str> {
    let args = [
        "encrypt", "-q", "-f", "-r", RECIPIENT, "plain", "-o", "x.age",
    ];
    [&args, more].concat()
}

fn decrypt<'a>(more: &[&'a str]) -> Vec<&'a str> {
    let args = ["decrypt", "-q", "-f", "-i", "key", "x.age", "-o", "back"];
    [&args, more].concat()
}

/// Runs a command with these faults. What it called is in the file "log".
fn with(env: &TestEnv, strace: &Path, faults: &[&str], args: &[&str]) -> Outcome {
    let mut options = vec!["-e".to_owned(), TRACE.to_owned()];
    for fault in faults {
        options.extend(["-e".to_owned(), format!("inject={fault}")]);
    }
    env.bulla(args).traced(strace, &options)
}

/// Returns how often the file "log" has all of these words in one line.
fn count(env: &TestEnv, words: &[&str]) -> usize {
    let log = String::from_utf8(env.read("log")).unwrap();
    let has_all = |line: &&str| words.iter().all(|word| line.contains(word));
    log.lines().filter(has_all).count()
}

#[test]
fn a_large_file_does_not_stay_in_memory_unless_it_is_to_be_kept() {
    let strace = need!("strace");
    let env = TestEnv::new().with_key();
    let plain = contents();
    env.write("plain", &plain);
    for args in [encrypt(&[]), decrypt(&[])] {
        with(&env, &strace, &[DISK], &args).assert_quiet();
        assert!(count(&env, &["pwritev2("]) >= 129, "{args:?}");
        assert!(count(&env, &["preadv2("]) >= 129, "{args:?}");
        let forgotten = count(&env, &["fadvise64(", " 0, 0, POSIX_FADV_DONTNEED"]);
        assert_eq!(forgotten, 1, "{args:?}");
    }
    assert!(env.read("back") == plain);
    let verify = ["verify", "-q", "-i", "key", "x.age"];
    with(&env, &strace, &[DISK], &verify).assert_quiet();
    assert!(count(&env, &["preadv2("]) >= 129);
    for args in [encrypt(&["--keep-cached"]), decrypt(&["--keep-cached"])] {
        with(&env, &strace, &[DISK], &args).assert_quiet();
        assert_eq!(count(&env, &["pwritev2("]), 0, "{args:?}");
        assert_eq!(count(&env, &["preadv2("]), 0, "{args:?}");
        // Each window once, to begin writing; but for the last ones.
        let begun = count(&env, &["fadvise64(", "POSIX_FADV_DONTNEED"]);
        assert_eq!(begun, 15, "{args:?}");
    }
    assert!(env.read("back") == plain);
}

#[test]
fn a_large_file_is_written_whole_where_the_kernel_cannot_pass_by_the_page_cache() {
    let strace = need!("strace");
    let env = TestEnv::new().with_key();
    let plain = contents();
    env.write("plain", &plain);
    for error in ["EOPNOTSUPP", "ENOSYS", "EINVAL", "EPERM"] {
        let fault = format!("preadv2,pwritev2:error={error}");
        for args in [encrypt(&[]), decrypt(&[])] {
            with(&env, &strace, &[DISK, &fault], &args).assert_quiet();
            // Each window twice: to begin writing, and to drop it.
            let advised = count(&env, &["fadvise64(", "8388608, POSIX_FADV_DONTNEED"]);
            assert_eq!(advised, 15 + 12, "{error} {args:?}");
        }
        assert!(env.read("back") == plain, "{error}");
    }
}

#[test]
fn a_large_file_that_is_shared_does_not_stay_in_memory() {
    let strace = need!("strace");
    let env = TestEnv::new().with_key();
    let plain = contents();
    env.write("plain", &plain);
    env.bulla(encrypt(&[])).run().assert_quiet();
    let other = env.bulla([
        "identity",
        "new",
        "-q",
        "--classic",
        "--no-passphrase",
        "-o",
        "other",
    ]);
    let other = String::from_utf8(other.run().stdout).unwrap();
    let other = other.trim().to_owned();
    let share = ["share", "-q", "-i", "key", "-r", &other, "x.age"];
    with(&env, &strace, &[DISK], &share).assert_quiet();
    assert!(count(&env, &["pwritev2("]) >= 129);
    assert!(count(&env, &["preadv2("]) >= 129);
    env.bulla(decrypt(&[])).run().assert_quiet();
    assert!(env.read("back") == plain);
}

/// Armored text is written and read from its beginning to its end.
#[test]
fn a_large_stream_does_not_stay_in_memory() {
    let strace = need!("strace");
    let env = TestEnv::new().with_key();
    let plain = contents();
    env.write("plain", &plain);
    for fault in [None, Some("pwritev2:error=EOPNOTSUPP")] {
        let faults: Vec<_> = fault.into_iter().chain([DISK]).collect();
        for args in [encrypt(&["-a"]), decrypt(&[])] {
            with(&env, &strace, &faults, &args).assert_quiet();
            let advised = count(&env, &["fadvise64(", "8388608, POSIX_FADV_DONTNEED"]);
            assert!(advised >= 14, "{faults:?} {args:?} {advised}");
            let forgotten = count(&env, &["fadvise64(", " 0, 0, POSIX_FADV_DONTNEED"]);
            assert_eq!(forgotten, 1, "{faults:?} {args:?}");
        }
        assert!(count(&env, &["pwritev2("]) >= 1, "{faults:?}");
        assert!(env.read("back") == plain, "{faults:?}");
    }
}

#[test]
fn a_large_file_that_cannot_be_read_or_written_leaves_the_old_one() {
    let strace = need!("strace");
    let env = TestEnv::new().with_key();
    env.write("plain", contents());
    env.bulla(encrypt(&[])).run().assert_quiet();
    let sealed = env.read("x.age");
    env.write("back", "old");
    env.write("log", "");
    let before = env.list();
    for call in ["pwritev2", "preadv2"] {
        // Of each thread.
        for (error, nth) in [("EIO", 1), ("ENOSPC", 40)] {
            for args in [encrypt(&["--threads", "2"]), decrypt(&["--threads", "2"])] {
                let fault = format!("{call}:error={error}:when={nth}");
                let said = with(&env, &strace, &[DISK, &fault], &args);
                let what = format!("{fault} {args:?}: {said:?}");
                assert_eq!(said.code, Some(6), "{what}");
                assert_eq!(env.list(), before, "{what}");
                assert!(env.read("x.age") == sealed, "{what}");
                assert_eq!(env.read("back"), b"old", "{what}");
            }
        }
    }
}
