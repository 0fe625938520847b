//! `bulla unlock FILE`: identity files outside the keyring.

use crate::env::{Outcome, TestEnv};
use crate::kernel::cannot;
use crate::someone::IDENTITY;

/// An identity file "key.age" with the passphrase "clay" that opens "a.age". `None`, with a
/// message, if the kernel keeps no keys here.
fn env() -> Option<TestEnv> {
    let env = TestEnv::new();
    env.write("a.age", env.closed_plainly("plain"));
    env.write("key.age", key_file(&env, "clay"));
    let tried = unlock(&env, "key.age");
    if tried.stderr.contains("cannot be used here") || tried.stderr.contains("cannot reach") {
        cannot(&format!("no kernel keyring: {}", tried.stderr));
        return None;
    }
    tried.assert(
        0,
        "",
        "Unlocked key.age for 15m. To lock it sooner: bulla lock\n",
    );
    Some(env)
}

fn key_file(env: &TestEnv, passphrase: &str) -> Vec<u8> {
    env.locked(format!("{IDENTITY}\n"), passphrase, &[])
}

fn unlock(env: &TestEnv, file: &str) -> Outcome {
    env.bulla(["unlock", file, "--passphrase-fd", "3"])
        .descriptor(3, "clay\n")
        .run()
}

fn decrypt(env: &TestEnv, key: &str) -> Outcome {
    env.bulla(["decrypt", "--no-prompt", "-i", key, "a.age", "-o", "-"])
        .run()
}

fn is_locked(env: &TestEnv, key: &str) -> bool {
    decrypt(env, key).code == Some(2)
}

#[test]
fn an_unlocked_file_asks_nothing_until_it_is_locked() {
    let Some(env) = env() else { return };
    decrypt(&env, "key.age").assert(0, "plain", "");
    decrypt(&env, "./key.age").assert(0, "plain", "");
    let path = env.path("key.age").canonicalize().unwrap();
    env.bulla(["unlock", "--list"])
        .run()
        .assert(0, format!("{}\n", path.display()), "");
    env.bulla(["lock", "key.age"])
        .run()
        .assert(0, "", "Locked identity file key.age\n");
    assert!(is_locked(&env, "key.age"));
    env.bulla(["lock", "key.age"])
        .run()
        .assert(0, "", "Identity file key.age was not unlocked\n");
    env.bulla(["unlock", "--list"]).run().assert(0, "", "");
}

#[test]
fn lock_without_a_name_locks_files_too() {
    let Some(env) = env() else { return };
    let path = env.path("key.age").canonicalize().unwrap();
    let said = format!("Locked identity file {}\n", path.display());
    let root = env.path("..").canonicalize().unwrap();
    let said = said.replace(&*root.to_string_lossy(), "[TMP]");
    env.bulla(["lock"]).run().assert(0, "", &said);
    assert!(is_locked(&env, "key.age"));
}

#[test]
fn a_file_that_was_changed_is_locked_and_a_copy_is_not() {
    let Some(env) = env() else { return };
    env.write("copy.age", env.read("key.age"));
    env.write("same-key.age", key_file(&env, "clay"));
    let mut longer = env.read("key.age");
    longer.splice(..0, *b"# mine\n");
    env.write("commented.age", longer);
    decrypt(&env, "copy.age").assert(0, "plain", "");
    assert!(is_locked(&env, "same-key.age"));
    assert!(is_locked(&env, "commented.age"));
    env.write("key.age", env.read("same-key.age"));
    assert!(is_locked(&env, "key.age"));
    env.bulla(["lock", "key.age"])
        .run()
        .assert(0, "", "Locked identity file key.age\n");
    assert!(is_locked(&env, "copy.age"));
}

#[test]
fn a_copy_at_another_path_locks_the_file() {
    let Some(env) = env() else { return };
    env.write("copy.age", env.read("key.age"));
    env.bulla(["lock", "copy.age"])
        .run()
        .assert(0, "", "Locked identity file copy.age\n");
    assert!(is_locked(&env, "key.age"));
}

#[test]
fn a_file_that_is_gone_can_still_be_locked() {
    let Some(env) = env() else { return };
    env.write("copy.age", env.read("key.age"));
    std::fs::remove_file(env.path("key.age")).unwrap();
    env.bulla(["lock", "key.age"])
        .run()
        .assert(0, "", "Locked identity file key.age\n");
    assert!(is_locked(&env, "copy.age"));
    let unknown = env.bulla(["lock", "./key.age"]).run();
    assert_eq!(unknown.code, Some(6), "{unknown:?}");
}

#[test]
fn the_kernel_locks_a_file_in_time() {
    let Some(env) = env() else { return };
    env.bulla([
        "unlock",
        "key.age",
        "--for",
        "1s",
        "--passphrase-fd",
        "3",
        "-q",
    ])
    .descriptor(3, "clay\n")
    .run()
    .assert(0, "", "");
    // Waits until the kernel drops it; a minute counts as never.
    let mut tries = 0..1200;
    while !is_locked(&env, "key.age") && tries.next().is_some() {
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    assert!(is_locked(&env, "key.age"));
}

#[test]
fn a_thousand_runs_with_an_unlocked_file_ask_nothing() {
    let Some(env) = env() else { return };
    for _ in 0..20 {
        decrypt(&env, "key.age").assert(0, "plain", "");
    }
    let names: Vec<String> = (0..1000).map(|i| format!("many/{i}.age")).collect();
    let closed = env.read("a.age");
    names.iter().for_each(|name| drop(env.write(name, &closed)));
    std::fs::create_dir(env.path("out")).unwrap();
    let args = ["decrypt", "--no-prompt", "-i", "key.age", "-q", "-o", "out"];
    let args = args.into_iter().map(str::to_owned).chain(names);
    env.bulla(args).run().assert(0, "", "");
    assert_eq!(std::fs::read_dir(env.path("out")).unwrap().count(), 1000);
}

#[test]
fn an_identity_of_the_keyring_comes_before_a_file_of_its_name() {
    let Some(env) = env() else { return };
    let env = env.with_identity("me", None);
    env.write("me", key_file(&env, "clay"));
    env.bulla(["unlock", "me"]).run().assert(
        0,
        "",
        "me has no passphrase, so there is nothing to unlock\n",
    );
    unlock(&env, "./me").assert(
        0,
        "",
        "Unlocked ./me for 15m. To lock it sooner: bulla lock\n",
    );
    env.bulla(["lock", "./me", "--json"]).run().assert(
        0,
        "{\"schema\":1,\"command\":\"lock\",\"status\":\"ok\",\"identity\":null,\"file\":\"./me\",\"was_unlocked\":true}\n",
        "Locked identity file ./me\n",
    );
}

#[test]
fn unlock_explains_why_a_file_stays_locked() {
    let Some(env) = env() else { return };
    let env = env.with_key();
    env.bulla(["unlock", "key"]).run().assert(
        0,
        "",
        "key has no passphrase, so there is nothing to unlock\n",
    );
    env.write("key.age", key_file(&env, "mud"));
    let wrong = unlock(&env, "key.age");
    assert_eq!(wrong.code, Some(3), "{wrong:?}");
    assert!(wrong.stderr.contains("Wrong passphrase"), "{wrong:?}");
    env.write("text", "no keys\n");
    let text = unlock(&env, "text");
    assert_eq!(text.code, Some(2), "{text:?}");
    for missing in ["./missing", "missing.txt"] {
        let missing = unlock(&env, missing);
        assert_eq!(missing.code, Some(6), "{missing:?}");
    }
    let data = env.locked("no keys\n", "clay", &[]);
    env.write("data.age", data);
    let data = unlock(&env, "data.age");
    assert_eq!(data.code, Some(2), "{data:?}");
    assert!(is_locked(&env, "key.age"));
}
