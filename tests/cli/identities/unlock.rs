//! `bulla unlock` and `bulla lock`: asked once, kept by the kernel, dropped in time.

use std::path::Path;

use crate::env::TestEnv;
use crate::kernel::cannot;
use crate::tools::need;

/// An identity with the passphrase "red clay and reeds", and a file for it. `None`, with a message, if the kernel
/// keeps no keys here.
fn env() -> Option<TestEnv> {
    let env = TestEnv::new().with_identity("me", Some("red clay and reeds"));
    env.write("a.age", env.closed_plainly("plain"));
    let tried = unlock(&env, &[]);
    if tried.stderr.contains("cannot be used here") || tried.stderr.contains("cannot be reached") {
        cannot(&format!("no kernel keyring: {}", tried.stderr));
        return None;
    }
    assert_eq!(tried.code, Some(0), "{}", tried.stderr);
    lock(&env);
    Some(env)
}

fn unlock(env: &TestEnv, more: &[&str]) -> crate::env::Outcome {
    let args = ["unlock", "--passphrase-fd", "3"]
        .into_iter()
        .chain(more.iter().copied());
    env.bulla(args).descriptor(3, "red clay and reeds\n").run()
}

fn lock(env: &TestEnv) {
    env.bulla(["lock"])
        .run()
        .assert(0, "", "Locked identity me\n");
}

fn decrypt(env: &TestEnv) -> crate::env::Outcome {
    env.bulla(["decrypt", "--no-prompt", "a.age", "-o", "-"])
        .run()
}

#[test]
fn an_unlocked_identity_asks_nothing_until_it_is_locked() {
    let Some(env) = env() else { return };
    assert_eq!(decrypt(&env).code, Some(2));
    let said = "Unlocked me for 15m. To lock it sooner: bulla lock\n";
    unlock(&env, &[]).assert(0, "", said);
    decrypt(&env).assert(0, "plain", "");
    env.bulla(["verify", "--no-prompt", "a.age"]).run().assert(
        0,
        "a.age is intact (5 B of contents)\n",
        "",
    );
    env.bulla(["lock", "me"])
        .run()
        .assert(0, "", "Locked identity me\n");
    assert_eq!(decrypt(&env).code, Some(2));
    env.bulla(["lock", "me"])
        .run()
        .assert(0, "", "Identity me was not unlocked\n");
    let unknown = "bulla: error: There is no identity \"mee\" in [TMP]/bulla\nbulla: hint: Did you mean me?\n";
    env.bulla(["lock", "mee"]).run().assert(2, "", unknown);
    env.bulla(["lock"])
        .run()
        .assert(0, "", "Nothing was unlocked\n");
}

#[test]
fn a_thousand_files_ask_once() {
    let Some(env) = env() else { return };
    let names: Vec<String> = (0..1000).map(|i| format!("many/{i}.age")).collect();
    let closed = env.closed("plain");
    names.iter().for_each(|name| drop(env.write(name, &closed)));
    std::fs::create_dir(env.path("out")).unwrap();
    let args = ["decrypt", "-q", "-o", "out"]
        .into_iter()
        .map(str::to_owned)
        .chain(names);
    let Some(terminal) = env.bulla(args).on_terminal() else {
        return;
    };
    terminal
        .wait_for("Passphrase for identity me")
        .keys("red clay and reeds\n");
    let outcome = terminal.end();
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    assert_eq!(
        String::from_utf8_lossy(&outcome.stdout)
            .matches("Passphrase")
            .count(),
        1,
        "{outcome:?}"
    );
    assert_eq!(std::fs::read_dir(env.path("out")).unwrap().count(), 1000);
}

#[test]
fn the_unlock_time_comes_from_flag_or_config_and_the_kernel_enforces_it() {
    let Some(env) = env() else { return };
    env.in_settings("unlock_for = \"2h\"\n");
    assert!(unlock(&env, &[]).stderr.contains("Unlocked me for 2h."));
    unlock(&env, &["--for", "1s", "me"]).assert(
        0,
        "",
        "Unlocked me for 1s. To lock it sooner: bulla lock\n",
    );
    // Waits until the kernel drops it; a minute counts as never.
    let mut tries = 0..1200;
    while decrypt(&env).code == Some(0) && tries.next().is_some() {
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    assert_eq!(decrypt(&env).code, Some(2));
    for wrong in ["0s", "soon", "-1m"] {
        assert_eq!(
            unlock(&env, &[&format!("--for={wrong}")]).code,
            Some(2),
            "{wrong}"
        );
    }
}

#[test]
fn a_cached_key_is_useless_after_the_identity_file_changes() {
    let Some(env) = env() else { return };
    assert_eq!(unlock(&env, &[]).code, Some(0));
    env.put_secret(
        "me",
        &format!("{}\n", crate::someone::IDENTITY),
        Some("other"),
    );
    assert_eq!(decrypt(&env).code, Some(2));
    lock(&env);
}

#[test]
fn unlock_explains_why_it_fails() {
    let env = TestEnv::new();
    env.bulla(["unlock"]).run().assert(
        2,
        "",
        "bulla: error: You have no identity to unlock\nbulla: hint: Create one: bulla identity \
         new\n",
    );
    let env = env
        .with_identity("me", Some("red clay and reeds"))
        .with_identity("bare", None);
    env.bulla(["unlock", "bare"]).run().assert(
        0,
        "",
        "bare has no passphrase, so there is nothing to unlock\n",
    );
    env.bulla(["unlock", "mee"]).run().assert(
        2,
        "",
        "bulla: error: There is no identity \"mee\" in [TMP]/bulla\nbulla: hint: Did you mean me?\n",
    );
    env.bulla(["unlock", "--passphrase-fd", "3"])
        .descriptor(3, "mud\n")
        .run()
        .assert(
            3,
            "",
            "bulla: error: Wrong passphrase for identity me\nbulla: hint: Try again; nothing was \
         changed\n",
        );
    env.bulla(["unlock", "--no-prompt"]).run().assert(
        2,
        "",
        "bulla: error: The passphrase for identity me is needed, but there is no terminal to \
         ask on\nbulla: hint: Pass it with --passphrase-fd N or --passphrase-file PATH\n",
    );
}

/// A session keyring without the user's, as systemd gives to services.
#[test]
fn a_separate_session_reports_that_the_user_keyring_is_unreachable() {
    let python = need!("python3");
    let Some(env) = env() else { return };
    let apart = |args: &[&str]| {
        let join = "import ctypes, os, platform, sys\n\
                    number = {'x86_64': 250, 'aarch64': 219}[platform.machine()]\n\
                    assert ctypes.CDLL(None).syscall(number, 1, None) > 0\n\
                    os.execv(sys.argv[1], sys.argv[1:])";
        let line = ["-c", join, env!("CARGO_BIN_EXE_bulla")]
            .into_iter()
            .chain(args.iter().copied());
        // The interpreter itself, not a wrapper that chooses one.
        env.program(real(&python), line)
            .descriptor(3, "red clay and reeds\n")
            .run()
    };
    let outcome = apart(&["unlock", "--passphrase-fd", "3"]);
    assert_eq!(
        outcome,
        apart(&["unlock", "--no-prompt"]),
        "nobody types for nothing"
    );
    outcome.assert(
        1,
        "",
        "bulla: error: Cannot unlock me: this session (like a service) has a separate kernel keyring and cannot reach your user keyring\nbulla: hint: Run bulla unlock in your login session. In a service, use the systemd credential bulla.passphrase, passphrase_command or --passphrase-file\n",
    );
    env.bulla(["lock"])
        .run()
        .assert(0, "", "Nothing was unlocked\n");
    assert_eq!(unlock(&env, &[]).code, Some(0));
    assert_eq!(
        apart(&["decrypt", "--no-prompt", "a.age", "-o", "-"]).code,
        Some(2)
    );
    lock(&env);
}

/// The interpreter that a wrapper on the `PATH` would start.
fn real(python: &Path) -> std::path::PathBuf {
    let said = std::process::Command::new(python)
        .args(["-c", "import sys; print(sys.executable)"])
        .output();
    String::from_utf8(said.unwrap().stdout)
        .unwrap()
        .trim()
        .into()
}
