//! `bulla unlock FILE` with an SSH key that has a passphrase.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::env::{Outcome, TestEnv};
use crate::kernel::cannot;
use crate::someone::IDENTITY;
use crate::tools::need;

const OLD: &str = include_str!("../files/other_systems/rsa-des.pem");
const OLD_PUBLIC: &str = include_str!("../files/other_systems/rsa.pub");

/// A key "old" of the form of before 2014 and a file "old.age" for it, both locked. `None`, with a
/// message, if the kernel keeps no keys here.
fn env() -> Option<TestEnv> {
    let env = TestEnv::new();
    env.install("age", Path::new(env!("CARGO_BIN_EXE_bulla")));
    env.write("old", old(&env));
    env.write("old.pub", OLD_PUBLIC);
    close(&env, "old");
    let tried = unlock(&env, "old");
    if tried.stderr.contains("cannot be used here") || tried.stderr.contains("cannot reach") {
        cannot(&format!("no kernel keyring: {}", tried.stderr));
        return None;
    }
    tried.assert(
        0,
        "",
        "Unlocked old for 15m. To lock it sooner: bulla lock\n",
    );
    env.does(&["lock", "old"]);
    Some(env)
}

/// The old key, with a comment in front: the kernel's keys are those of all tests, and they are found by
/// the bytes of the file.
fn old(env: &TestEnv) -> String {
    format!("# {}\n{OLD}", env.path("").display())
}

/// Encrypts a file to the public key of a private one.
fn close(env: &TestEnv, key: &str) {
    let (public, file) = (format!("{key}.pub"), format!("{key}.age"));
    let args = ["encrypt", "--plain", "-q", "-R", &public, "-o", &file];
    let said = env.bulla(args).stdin("plain").run();
    assert_eq!(said.code, Some(0), "{said:?}");
}

fn unlock(env: &TestEnv, key: &str) -> Outcome {
    env.bulla(["unlock", key, "--passphrase-fd", "3"])
        .descriptor(3, "secret\n")
        .run()
}

/// Decrypts in both modes, and expects both to do it without a question, or neither.
fn is_unlocked(env: &TestEnv, key: &str, file: &str) -> bool {
    let decrypt = ["decrypt", "-q", "--no-prompt", "-i", key, file, "-o", "-"];
    let ours = env.bulla(decrypt).run();
    let ages = env.program("age", ["-d", "-i", key, file]).run();
    let is_unlocked = ours.code == Some(0);
    let (plain, code) = if is_unlocked {
        (&b"plain"[..], (0, 0))
    } else {
        (&b""[..], (2, 1))
    };
    assert_eq!(
        (ours.code, ages.code),
        (Some(code.0), Some(code.1)),
        "{ours:?} {ages:?}"
    );
    assert!(
        ours.stdout == plain && ages.stdout == plain,
        "{ours:?} {ages:?}"
    );
    is_unlocked
}

#[test]
fn an_ssh_key_of_every_cipher_answers_in_both_modes_until_it_is_locked() {
    let keygen = need!("ssh-keygen");
    let Some(env) = env() else { return };
    let mut keys = vec!["old".to_owned()];
    for cipher in ["aes256-ctr", "aes256-cbc", "chacha20-poly1305@openssh.com"] {
        for kind in ["ed25519", "rsa"] {
            let key = format!("{kind}-{cipher}");
            let args = ["-q", "-N", "secret", "-a", "1", "-t", kind, "-Z", cipher];
            let made = env.program(&keygen, args.iter().chain(&["-f", &key])).run();
            assert_eq!(made.code, Some(0), "{made:?}");
            close(&env, &key);
            keys.push(key);
        }
    }
    for key in &keys {
        let file = format!("{key}.age");
        assert!(!is_unlocked(&env, key, &file), "{key}");
        unlock(&env, key).assert(
            0,
            "",
            &format!("Unlocked {key} for 15m. To lock it sooner: bulla lock\n"),
        );
        assert!(is_unlocked(&env, key, &file), "{key}");
        env.bulla(["lock", key])
            .run()
            .assert(0, "", &format!("Locked identity file {key}\n"));
        assert!(!is_unlocked(&env, key, &file), "{key}");
    }
}

/// Comments are bytes to ssh-keygen. On a system with another encoding they were never UTF-8.
#[test]
fn an_ssh_key_whose_comment_is_not_utf_8_decrypts_and_unlocks() {
    let keygen = need!("ssh-keygen");
    let Some(env) = env() else { return };
    env.write("word", "secret");
    env.write("wrong", "sacred");
    for (kind, cipher) in [
        ("ed25519", "aes256-ctr"),
        ("rsa", "aes256-gcm@openssh.com"),
        ("ed25519", "chacha20-poly1305@openssh.com"),
        ("rsa", "chacha20-poly1305@openssh.com"),
    ] {
        let key = format!("{kind}-{cipher}");
        let args = ["-q", "-N", "secret", "-a", "1", "-t", kind, "-Z", cipher];
        let args = [&args[..], &["-f", &key, "-C"]].concat();
        let comment = OsStr::from_bytes(b"caf\xe9");
        let args = args.into_iter().map(OsStr::new).chain([comment]);
        let made = env.program(&keygen, args).run();
        assert_eq!(made.code, Some(0), "{made:?}");
        let public = String::from_utf8_lossy(&env.read(&format!("{key}.pub"))).into_owned();
        let words: Vec<_> = public.split(' ').take(2).collect();
        env.write(&format!("{key}.pub"), words.join(" "));
        close(&env, &key);
        let file = format!("{key}.age");
        for (word, code) in [("wrong", 3), ("word", 0)] {
            let decrypt = ["decrypt", "-q", "-i", &key, &file, "-o", "-"];
            let said = env
                .bulla([&decrypt[..], &["--passphrase-file", word]].concat())
                .run();
            assert_eq!(said.code, Some(code), "{key}: {said:?}");
            assert_eq!(said.stdout == b"plain", code == 0, "{key}");
        }
        let said = unlock(&env, &key);
        assert_eq!(said.code, Some(0), "{key}: {said:?}");
        assert!(is_unlocked(&env, &key, &file), "{key}");
        env.does(&["lock", &key]);
    }
}

#[test]
fn a_changed_ssh_key_is_locked_and_a_copy_is_not() {
    let Some(env) = env() else { return };
    unlock(&env, "old");
    env.write("copy", old(&env));
    env.write("changed", old(&env) + "\n");
    assert!(is_unlocked(&env, "copy", "old.age"));
    assert!(!is_unlocked(&env, "changed", "old.age"));
    env.does(&["lock"]);
    assert!(!is_unlocked(&env, "copy", "old.age"));
}

/// Both are asked for now, and nothing later.
#[test]
fn an_ssh_key_in_an_encrypted_file_is_unlocked_with_it() {
    let Some(env) = env() else { return };
    let text = format!("{IDENTITY}\n{OLD}");
    env.write("both", env.locked(text, "clay", &[]));
    let Some(terminal) = env.bulla(["unlock", "both"]).on_terminal() else {
        return;
    };
    terminal
        .wait_for("Passphrase for identity file both")
        .keys("clay\n")
        .wait_for("Passphrase for SSH key both")
        .keys("secret\n");
    assert_eq!(terminal.end().code, Some(0));
    assert!(is_unlocked(&env, "both", "old.age"));
    env.write("plain.age", env.closed_plainly("plain"));
    assert!(is_unlocked(&env, "both", "plain.age"));
    env.does(&["lock", "both"]);
}

#[test]
fn a_wrong_passphrase_unlocks_no_ssh_key() {
    let Some(env) = env() else { return };
    let said = env
        .bulla(["unlock", "old", "--passphrase-fd", "3"])
        .descriptor(3, "sacred\n")
        .run();
    assert_eq!(said.code, Some(3), "{said:?}");
    assert!(said.stderr.contains("Wrong passphrase"), "{said:?}");
    assert!(!is_unlocked(&env, "old", "old.age"));
}

/// As an identity of the keyring that has no passphrase but the key's own.
#[test]
fn an_imported_ssh_key_with_a_passphrase_is_unlocked_by_name() {
    let keygen = need!("ssh-keygen");
    let Some(env) = env() else { return };
    let args = [
        "-q", "-N", "secret", "-a", "1", "-t", "ed25519", "-f", "new",
    ];
    assert_eq!(env.program(&keygen, args).run().code, Some(0));
    fs::set_permissions(env.path("new"), PermissionsExt::from_mode(0o600)).unwrap();
    close(&env, "new");
    env.does(&["identity", "import", "mine", "new", "--no-passphrase"]);
    let decrypt = ["decrypt", "-q", "--no-prompt", "new.age", "-o", "-"];
    assert_eq!(env.bulla(decrypt).run().code, Some(2));
    let said = unlock(&env, "mine");
    said.assert(
        0,
        "",
        "Unlocked mine for 15m. To lock it sooner: bulla lock\n",
    );
    env.bulla(decrypt).run().assert(0, "plain", "");
    env.does(&["lock", "mine"]);
    assert_eq!(env.bulla(decrypt).run().code, Some(2));
}
