//! `bulla config`, and the effect of the settings.

use crate::env::TestEnv;
use crate::someone::RECIPIENT;

const HEAD: &str = "keyring: [TMP]/bulla\nconfig: [TMP]/bulla/config.toml";

/// Its output, with `[TMP]` for the folder of the test.
#[track_caller]
fn printed(env: &TestEnv, args: &[&str]) -> String {
    let outcome = env.bulla(args.iter().copied()).run();
    let text = String::from_utf8(outcome.assert_quiet().stdout.clone()).unwrap();
    text.replace(&*env.path("").parent().unwrap().to_string_lossy(), "[TMP]")
}

#[test]
fn every_setting_is_printed_with_its_origin() {
    let env = TestEnv::new();
    let rows = "  default_identity   (none)   default\n  default_to         = []     default\n  \
                sign               = false  default\n  armor              = false  default\n  \
                threads            = 0      default\n  unlock_for         = \"15m\"  default\n  \
                passphrase_command = []     default\n  offline_children   = true   default\n  \
                remember_messages  = true   default\n";
    let squeezed = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(
        squeezed(&printed(&env, &["config"])),
        squeezed(&format!("{HEAD} (there is none)\n{rows}"))
    );
    env.in_keyring(
        "config.toml",
        "# mine\nthreads = 2\ndefault_to = [\"me\"]\n",
    );
    let text = printed(&env, &["config"]);
    assert!(text.starts_with(&format!("{HEAD}\n")), "{text}");
    let line = |key: &str| {
        text.lines()
            .find(|line| line.trim_start().starts_with(key))
            .map(squeezed)
            .unwrap()
    };
    assert_eq!(line("threads"), "threads = 2 config.toml");
    assert_eq!(line("default_to"), "default_to = [\"me\"] config.toml");
    assert_eq!(line("sign"), "sign = false default");
    let json: serde_json::Value =
        serde_json::from_str(&printed(&env, &["config", "--json"])).unwrap();
    assert_eq!(
        json["settings"]["threads"],
        serde_json::json!({ "value": 2, "from": "config.toml" })
    );
    assert_eq!(
        json["settings"]["default_identity"],
        serde_json::json!({ "value": null, "from": "default" })
    );
    assert_eq!(json["settings"].as_object().unwrap().len(), 9);
}

#[test]
fn what_is_wrong_in_it_is_named_with_its_line_and_the_nearest_setting() {
    let env = TestEnv::new();
    let says = |text: &str, error: &str| {
        env.in_keyring("config.toml", text);
        env.bulla(["config"]).run().assert(
            2,
            "",
            &format!("bulla: error: [TMP]/bulla/config.toml, line {error}\n"),
        );
    };
    says(
        "\narmour = true\n",
        "2: there is no setting \"armour\"\nbulla: hint: did you mean armor?",
    );
    says("zzz = 1\n", "1: there is no setting \"zzz\"");
    says(
        "# ü\nunlock_for = \"soon\"\n",
        "2: unlock_for: expected number at 0, as in 90s, 15m or 8h",
    );
    // With --plain, nothing depends on the config.
    env.write("a", "plain");
    assert_eq!(
        env.bulla(["encrypt", "-r", RECIPIENT, "a"]).run().code,
        Some(2)
    );
    assert_eq!(env.list(), ["a"]);
}

#[test]
fn armor_of_the_config_is_used_and_flags_win() {
    let env = TestEnv::new();
    let armored = |args: &[&str]| {
        let line = ["encrypt", "-q", "-r", RECIPIENT]
            .into_iter()
            .chain(args.iter().copied());
        env.bulla(line)
            .stdin("plain")
            .run()
            .assert_quiet()
            .stdout
            .starts_with(b"-----BEGIN AGE")
    };
    assert!(!armored(&[]));
    assert!(armored(&["-a"]));
    env.in_keyring("config.toml", "armor = true\nthreads = 1\n");
    assert!(armored(&[]));
    assert!(!armored(&["--no-armor"]));
    assert!(!armored(&["--armor", "--no-armor", "--threads", "2"]));
    env.in_keyring("config.toml", "armor = false\n");
    assert!(armored(&["-a"]));
}

#[test]
fn threads_of_the_config_are_used_and_flags_win() {
    let strace = crate::tools::need!("strace");
    let env = TestEnv::new();
    env.write("a", vec![7; 24 << 20]);
    let threads = |args: &[&str]| {
        let bulla = env!("CARGO_BIN_EXE_bulla");
        let line = [
            "-f",
            "-qq",
            "-e",
            "trace=clone,clone3",
            "-o",
            "trace",
            bulla,
            "encrypt",
            "-q",
            "-f",
            "-r",
            RECIPIENT,
        ];
        let line = line.into_iter().chain(args.iter().copied()).chain(["a"]);
        env.program(&strace, line).run().assert_quiet();
        String::from_utf8(env.read("trace"))
            .unwrap()
            .lines()
            .filter(|line| line.contains("clone"))
            .count()
    };
    let one = threads(&["--threads", "1"]);
    let three = threads(&["--threads", "3"]);
    assert!(three > one, "{three} {one}");
    env.in_keyring("config.toml", "threads = 3\n");
    assert_eq!(threads(&[]), three);
    assert_eq!(threads(&["--threads", "1"]), one);
}

#[test]
fn a_keyring_that_is_not_ones_own_does_not_stop_what_needs_none() {
    use std::os::unix::fs::PermissionsExt;
    let env = TestEnv::new().with_key();
    env.in_keyring("config.toml", "threads = 1\n");
    let closed = env.closed_plainly("plain");
    let folder = env.path("../bulla");
    std::fs::set_permissions(&folder, PermissionsExt::from_mode(0o777)).unwrap();
    env.bulla(["decrypt", "-i", "key"])
        .stdin(closed)
        .run()
        .assert(
            0,
            "plain",
            "bulla: warning: the config is left out: [TMP]/bulla can be written to by others\n",
        );
}
