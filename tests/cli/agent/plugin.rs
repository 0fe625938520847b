//! `age-plugin-bulla`: other age programs open files with the identities of the keyring.

use std::path::{Path, PathBuf};

use crate::env::{Outcome, Run, TestEnv};
use crate::kernel::cannot;
use crate::someone::RECIPIENT;
use crate::tools::{self, need};

const PASSPHRASE: &str = "red clay and reeds";

/// A program that starts plugins.
struct Caller {
    name: &'static str,
    path: PathBuf,
}

impl Caller {
    /// All that are installed, bulla among them.
    fn all() -> Vec<Self> {
        let mut callers = vec![Self {
            name: "bulla",
            path: env!("CARGO_BIN_EXE_bulla").into(),
        }];
        for name in ["age", "rage"] {
            match tools::tool(name) {
                Some(path) => callers.push(Self { name, path }),
                None => tools::skip(&format!("{name} not installed")),
            }
        }
        match std::env::var_os("BULLA_AGE_1_3") {
            Some(path) => callers.push(Self {
                name: "age 1.3",
                path: path.into(),
            }),
            None => eprintln!("skipped: age 1.3 not installed (BULLA_AGE_1_3)"),
        }
        callers
    }

    fn decrypt<'a>(&self, env: &'a TestEnv, key: &[&str], file: &str) -> Run<'a> {
        let args: &[&str] = match self.name {
            "bulla" => &["decrypt", "--no-prompt", "-o", "-"],
            _ => &["-d"],
        };
        let args = args.iter().chain(key).chain([&file]);
        env.program(&self.path, args)
    }

    fn encrypt<'a>(&self, env: &'a TestEnv, key: &[&str], output: &str) -> Run<'a> {
        let args: &[&str] = match self.name {
            "bulla" => &["encrypt", "--plain", "-o"],
            _ => &["-e", "-o"],
        };
        let args = args.iter().chain([&output]).chain(key);
        env.program(&self.path, args).stdin("plain")
    }
}

/// Identities "me" (locked) and "bare" of the same key, each with a file that names it, and a file
/// "a.age" that they open.
fn env() -> TestEnv {
    let env = TestEnv::new()
        .with_identity("me", Some(PASSPHRASE))
        .with_identity("bare", None);
    env.write("a.age", env.closed_plainly("plain"));
    env.install("age-plugin-bulla", Path::new(env!("CARGO_BIN_EXE_bulla")));
    for name in ["me", "bare"] {
        let text = format!("{name}.txt");
        let export = ["identity", "export", name, "--plugin", "-q", "-o", &text];
        env.bulla(export).run().assert(0, "", "");
    }
    env
}

fn text(outcome: &Outcome) -> String {
    String::from_utf8_lossy(&outcome.stdout).into_owned() + &outcome.stderr
}

#[test]
fn other_age_programs_open_files_with_an_identity_of_the_keyring() {
    let env = env();
    for caller in Caller::all() {
        let opened = caller.decrypt(&env, &["-i", "bare.txt"], "a.age").run();
        opened.assert(0, "plain", "");
        if caller.name != "rage" {
            // rage has no default identities of plugins.
            std::fs::rename(env.path("../bulla/identities/me.age"), env.path("away")).unwrap();
            let opened = caller.decrypt(&env, &["-j", "bulla"], "a.age").run();
            std::fs::rename(env.path("away"), env.path("../bulla/identities/me.age")).unwrap();
            assert_eq!(opened.stdout, b"plain", "{}: {opened:?}", caller.name);
        }
    }
}

#[test]
fn a_locked_identity_asks_in_the_terminal_of_the_caller_until_the_passphrase_is_right() {
    let age = need!("age");
    let env = env();
    let decrypt = env.program(&age, ["-d", "-i", "me.txt", "a.age"]);
    let Some(terminal) = decrypt.on_terminal() else {
        return;
    };
    terminal
        .wait_for("Passphrase for identity me")
        .keys("mud\n")
        .wait_for("Wrong passphrase, try again")
        .keys("red clay and reeds\n");
    let outcome = terminal.end();
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    let said = text(&outcome);
    assert!(said.contains("plain"), "{said}");
    assert_eq!(
        said.matches("assphrase for identity me").count(),
        2,
        "{said}"
    );
}

#[test]
fn three_wrong_passphrases_are_an_error_of_the_identity() {
    let age = need!("age");
    let env = env();
    let decrypt = env.program(&age, ["-d", "-i", "me.txt", "a.age"]);
    let Some(terminal) = decrypt.on_terminal() else {
        return;
    };
    for _ in 0..3 {
        terminal.wait_for("assphrase for identity me").keys("mud\n");
    }
    let outcome = terminal.end();
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    let said = text(&outcome);
    assert!(said.contains("Wrong passphrase for identity me"), "{said}");
}

#[test]
fn an_identity_that_was_unlocked_beforehand_asks_nothing() {
    let env = env();
    let unlock = ["unlock", "me", "--passphrase-fd", "3"];
    let unlocked = env.bulla(unlock).descriptor(3, PASSPHRASE).run();
    if unlocked.code != Some(0) {
        cannot(&format!("no kernel keyring: {}", unlocked.stderr));
        return;
    }
    let others = || Caller::all().into_iter().filter(|one| one.name != "bulla");
    for caller in others() {
        for _ in 0..20 {
            let opened = caller.decrypt(&env, &["-i", "me.txt"], "a.age").run();
            opened.assert(0, "plain", "");
        }
    }
    assert_eq!(env.bulla(["lock"]).run().code, Some(0));
    for caller in others() {
        let closed = caller.decrypt(&env, &["-i", "me.txt"], "a.age").run();
        assert_ne!(closed.code, Some(0), "{}: {closed:?}", caller.name);
    }
}

#[test]
fn a_locked_identity_that_nobody_unlocks_says_how() {
    let env = env();
    for caller in Caller::all() {
        let closed = caller.decrypt(&env, &["-i", "me.txt"], "a.age").run();
        assert_ne!(closed.code, Some(0), "{}", caller.name);
        assert!(closed.stdout.is_empty(), "{}", caller.name);
        if caller.name.starts_with("age") {
            let said = "identity me is locked. Unlock it first: bulla unlock me";
            assert!(closed.stderr.contains(said), "{}: {closed:?}", caller.name);
        }
    }
}

#[test]
fn nobody_is_asked_about_a_file_that_is_for_keys_of_another_type() {
    let env = env();
    env.bulla(["identity", "new", "pq", "--no-passphrase", "-q"])
        .run();
    let made = ["encrypt", "-q", "--plain", "--to", "pq", "-o", "pq.age"];
    env.bulla(made).stdin("plain").run().assert(0, "", "");
    for caller in Caller::all() {
        let closed = caller.decrypt(&env, &["-i", "me.txt"], "pq.age").run();
        assert_ne!(closed.code, Some(0), "{}", caller.name);
        assert!(
            !closed.stderr.contains("locked"),
            "{}: {closed:?}",
            caller.name
        );
    }
}

#[test]
fn encrypting_to_a_name_writes_an_ordinary_stanza_of_the_identity() {
    let env = env();
    for caller in Caller::all() {
        let out = format!("{}.age", caller.name);
        // The public half is enough.
        let made = caller.encrypt(&env, &["-i", "me.txt"], &out).run();
        assert_eq!(made.code, Some(0), "{}: {made:?}", caller.name);
        let bytes = env.read(&out);
        let header = String::from_utf8_lossy(&bytes);
        assert_eq!(header.matches("-> X25519 ").count(), 1, "{}", caller.name);
        let opened = env
            .bulla(["decrypt", "--as", "bare", "-o", "-", &out])
            .run();
        assert_eq!(opened.stdout, b"plain", "{}", caller.name);
    }
}

#[test]
fn a_post_quantum_identity_is_not_mixed_with_a_classic_recipient() {
    let env = env();
    env.bulla(["identity", "new", "pq", "--no-passphrase", "-q"])
        .run();
    let export = ["identity", "export", "pq", "--plugin", "-q", "-o", "pq.txt"];
    env.bulla(export).run().assert(0, "", "");
    for caller in Caller::all() {
        if caller.name == "age" {
            // Version 1.1 knows no labels.
            continue;
        }
        let mixed = caller
            .encrypt(&env, &["-i", "pq.txt", "-r", RECIPIENT], "mixed.age")
            .run();
        assert_ne!(mixed.code, Some(0), "{}: {mixed:?}", caller.name);
        // In one session of the plugin, or in one for each.
        let both = ["-i", "pq.txt", "-i", "me.txt"];
        let mixed = caller.encrypt(&env, &both, "mixed.age").run();
        assert_ne!(mixed.code, Some(0), "{}: {mixed:?}", caller.name);
        let out = format!("{}.age", caller.name);
        let made = caller.encrypt(&env, &["-i", "pq.txt"], &out).run();
        assert_eq!(made.code, Some(0), "{}: {made:?}", caller.name);
        let opened = caller.decrypt(&env, &["-i", "pq.txt"], &out).run();
        assert_eq!(opened.stdout, b"plain", "{}: {opened:?}", caller.name);
    }
}

/// age 1.3 knows post-quantum keys itself: what the plugin wraps opens without it, and what age wraps
/// opens with it, once the identity is unlocked.
#[test]
fn a_post_quantum_identity_serves_an_age_that_knows_such_keys() {
    let Some(age) = std::env::var_os("BULLA_AGE_1_3") else {
        return eprintln!("skipped: age 1.3 not installed (BULLA_AGE_1_3)");
    };
    let env = env();
    env.write("word", PASSPHRASE);
    let new = ["identity", "new", "pq", "-q", "--work-factor", "10"];
    env.does(&[&new[..], &["--passphrase-file", "word"]].concat());
    env.does(&["identity", "export", "pq", "--plugin", "-q", "-o", "pq.txt"]);
    let secret = ["identity", "export", "pq", "--secret", "-q", "-o", "secret"];
    env.does(&[&secret[..], &["--passphrase-file", "word"]].concat());
    let text = String::from_utf8(env.read("pq.txt")).unwrap();
    let public = text
        .split_whitespace()
        .find(|word| word.starts_with("age1pq1"));
    let run = |args: &[&str]| env.program(&age, args).stdin("plain").run();
    run(&["-r", public.unwrap(), "-o", "by-age"]).assert(0, "", "");
    run(&["-e", "-i", "pq.txt", "-o", "by-plugin"]).assert(0, "", "");
    let by_plugin = env.read("by-plugin");
    assert!(
        String::from_utf8_lossy(&by_plugin).contains("-> mlkem768x25519 "),
        "{by_plugin:?}"
    );
    run(&["-d", "-i", "secret", "by-plugin"]).assert(0, "plain", "");
    let locked = run(&["-d", "-i", "pq.txt", "by-age"]);
    assert_eq!(
        (locked.code, &*locked.stdout),
        (Some(1), &b""[..]),
        "{locked:?}"
    );
    let unlock = ["unlock", "pq", "--passphrase-file", "word"];
    let unlocked = env.bulla(unlock).run();
    if unlocked.code != Some(0) {
        return cannot(&format!("no kernel keyring: {}", unlocked.stderr));
    }
    for file in ["by-age", "by-plugin"] {
        run(&["-d", "-i", "pq.txt", file]).assert(0, "plain", "");
        run(&["-d", "-j", "bulla", file]).assert(0, "plain", "");
    }
    env.does(&["lock", "pq"]);
}

#[test]
fn what_names_no_usable_identity_is_an_error_with_its_reason() {
    let age = need!("age");
    let env = env();
    let newer = crate::plugins::encode("age-plugin-bulla-", b"\x02me").to_uppercase();
    let unknown = crate::plugins::encode("age-plugin-bulla-", b"\x01bob").to_uppercase();
    for (text, why) in [(newer, "newer version of bulla"), (unknown, "\"bob\"")] {
        env.write("key.txt", format!("{text}\n"));
        for args in [
            &["-d", "-i", "key.txt", "a.age"][..],
            &["-e", "-i", "key.txt", "-o", "out"],
        ] {
            let failed = env.program(&age, args).stdin("plain").run();
            assert_eq!(failed.code, Some(1), "{failed:?}");
            assert!(failed.stderr.contains(why), "{failed:?}");
        }
        // Another identity still opens the file.
        let both = ["-d", "-i", "bare.txt", "-i", "key.txt", "a.age"];
        let opened = env.program(&age, both).run();
        assert_eq!(opened.stdout, b"plain", "{opened:?}");
    }
    let recipient = crate::plugins::recipient("bulla", "me");
    let failed = env.program(&age, ["-r", &recipient]).stdin("plain").run();
    assert_eq!(failed.code, Some(1), "{failed:?}");
    assert!(
        failed.stderr.contains("bulla identity export"),
        "{failed:?}"
    );
}

#[test]
fn a_person_who_starts_the_plugin_learns_what_it_is_for() {
    let env = env();
    let started = env
        .program(env.path("../bin/age-plugin-bulla"), [""; 0])
        .run();
    started.assert(
        2,
        "",
        "bulla: error: age-plugin-bulla is started by age programs, to use your identities\n\
         bulla: hint: For a text that names one of them: bulla identity export --plugin\n",
    );
}

#[test]
fn what_is_exported_names_the_identity_and_holds_no_secret() {
    let env = env();
    let expected = format!(
        "# identity me of bulla, without any secret\n# public key: {RECIPIENT}\n\
         AGE-PLUGIN-BULLA-1Q9KK2D8PFFL\n"
    );
    assert_eq!(env.read("me.txt"), expected.as_bytes());
    env.bulla(["identity", "export", "me", "--plugin"])
        .run()
        .assert(0, &expected, "");
    std::fs::remove_file(env.path("../bin/age-plugin-bulla")).unwrap();
    let tip = env
        .bulla(["identity", "export", "me", "--plugin", "-o", "again"])
        .run();
    assert_eq!(tip.code, Some(0), "{tip:?}");
    assert!(tip.stderr.contains("ln -s"), "{tip:?}");
    let secret = ["identity", "export", "me", "--plugin", "--secret"];
    assert_eq!(env.bulla(secret).run().code, Some(2));
    env.bulla([
        "identity",
        "new",
        "web",
        "--signing-only",
        "-q",
        "--no-passphrase",
    ])
    .run();
    let signs = env.bulla(["identity", "export", "web", "--plugin"]).run();
    assert_eq!(signs.code, Some(2), "{signs:?}");
}
