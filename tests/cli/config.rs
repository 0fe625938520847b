//! `bulla config`, and the effect of the settings.

use crate::env::TestEnv;
use crate::someone::RECIPIENT;

const HEAD: &str = "keyring: [TMP]/bulla\nsettings of the keyring: [TMP]/bulla/config.toml";
const OF_MACHINE: &str = "settings of this machine: [TMP]/home/.config/bulla/config.toml";

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
                remember_messages  = true   default\n  \
                require_post_quantum = false default\n  require = [] default\n  plugins = [] default\n  accessible = false default\n";
    let squeezed = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(
        squeezed(&printed(&env, &["config"])),
        squeezed(&format!(
            "{HEAD} (does not exist)\n{OF_MACHINE} (does not exist)\n{rows}"
        ))
    );
    env.in_keyring("config.toml", "# mine\nthreads = 2\narmor = true\n");
    env.in_settings("default_to = [\"me\"]\narmor = false\n");
    let text = printed(&env, &["config"]);
    assert!(
        text.starts_with(&format!("{HEAD}\n{OF_MACHINE}\n")),
        "{text}"
    );
    let line = |key: &str| {
        text.lines()
            .find(|line| line.trim_start().starts_with(key))
            .map(squeezed)
            .unwrap()
    };
    assert_eq!(line("threads"), "threads = 2 keyring");
    assert_eq!(line("default_to"), "default_to = [\"me\"] machine");
    assert_eq!(line("armor"), "armor = false machine");
    assert_eq!(line("sign"), "sign = false default");
    let json: serde_json::Value =
        serde_json::from_str(&printed(&env, &["config", "--json"])).unwrap();
    assert_eq!(
        json["settings"]["threads"],
        serde_json::json!({ "value": 2, "from": "keyring" })
    );
    assert_eq!(
        json["settings"]["default_identity"],
        serde_json::json!({ "value": null, "from": "default" })
    );
    assert_eq!(json["settings"].as_object().unwrap().len(), 13);
}

#[test]
fn config_errors_name_the_line_and_the_nearest_setting() {
    let env = TestEnv::new();
    let says = |text: &str, error: &str| {
        env.in_keyring("config.toml", text);
        env.bulla(["config"]).run().assert(
            8,
            "",
            &format!("bulla: error: [TMP]/bulla/config.toml, line {error}\n"),
        );
    };
    says(
        "\narmour = true\n",
        "2: unknown setting \"armour\"\nbulla: hint: Did you mean armor?",
    );
    says(
        "zzz = 1\n",
        "1: unknown setting \"zzz\"\nbulla: hint: Correct line 1 of [TMP]/bulla/config.toml, or remove it",
    );
    says(
        "# ü\ndefault_identity = \"..\"\n",
        "2: default_identity: Invalid name \"..\": it must begin with a letter or a \
         digit\nbulla: hint: Correct line 2 of [TMP]/bulla/config.toml, or remove it",
    );
    // With --plain, nothing depends on the config.
    env.write("a", "plain");
    assert_eq!(
        env.bulla(["encrypt", "-r", RECIPIENT, "a"]).run().code,
        Some(8)
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
fn a_keyring_of_another_user_does_not_stop_commands_that_need_none() {
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
            "bulla: warning: Ignoring the config: [TMP]/bulla can be changed by other users\n",
        );
}

/// Every setting with which somebody who pushes to the keyring's git could start a program, add
/// readers or weaken a protection.
#[test]
fn a_setting_of_this_machine_in_a_keyring_is_an_error_and_does_nothing() {
    use std::os::unix::fs::PermissionsExt;
    let env = TestEnv::new().with_identity("me", Some("red clay and reeds"));
    env.write("a.age", env.closed_plainly("plain"));
    let started = env.path("started");
    let script = format!(
        "#!/bin/sh\n: > '{}'\necho red clay and reeds\n",
        started.display()
    );
    let script = env.write("tell", script);
    std::fs::set_permissions(&script, PermissionsExt::from_mode(0o755)).unwrap();
    env.install("tell", &script);
    for line in [
        "passphrase_command = [\"tell\"]",
        "default_to = [\"me\"]",
        "sign = false",
        "unlock_for = \"90days\"",
        "offline_children = false",
        "remember_messages = false",
        "require_post_quantum = false",
        "require = [\"eve\"]",
        "plugins = [\"x\"]",
    ] {
        env.in_keyring("config.toml", format!("armor = true\n{line}\n"));
        let setting = line.split(' ').next().unwrap();
        for args in [
            &["decrypt", "--no-prompt", "a.age", "-o", "-"][..],
            &["encrypt", "--again", "--to", "me", "-o", "b.age", "a.age"],
            &["config"],
        ] {
            let outcome = env.bulla(args).run();
            assert_ne!(outcome.code, Some(0), "{line}: {args:?}");
            assert!(outcome.stdout.is_empty() && !started.exists(), "{line}");
            let error =
                format!("[TMP]/bulla/config.toml, line 2: {setting} cannot be set in a keyring");
            assert!(outcome.stderr.contains(&error), "{}", outcome.stderr);
        }
        let hint = format!("set it for this machine: bulla config {setting} VALUE\n");
        let refused = env.bulla(["config"]).run();
        assert_eq!(refused.code, Some(7));
        assert!(refused.stderr.ends_with(&hint), "{}", refused.stderr);
    }
    // The way out that the hint names works while the line is still there.
    env.bulla(["config", "remember_messages", "false"])
        .run()
        .assert(
            0,
            "",
            "Set remember_messages in [TMP]/home/.config/bulla/config.toml\n",
        );
}

#[test]
fn a_setting_is_written_where_it_belongs() {
    let env = TestEnv::new().with_identity("me", None);
    let set = |args: &[&str]| env.bulla([&["config"], args].concat()).run();
    let keyring = || String::from_utf8(env.read("../bulla/config.toml")).unwrap();
    let machine = || String::from_utf8(env.read("../home/.config/bulla/config.toml")).unwrap();
    set(&["threads", "2"]).assert(0, "", "Set threads in [TMP]/bulla/config.toml\n");
    let of_machine = "in [TMP]/home/.config/bulla/config.toml\n";
    set(&["default_to", "me", "bob"]).assert(0, "", &format!("Set default_to {of_machine}"));
    set(&["passphrase_command", "pass", "--show", "x"]).assert(
        0,
        "",
        &format!("Set passphrase_command {of_machine}"),
    );
    assert_eq!(keyring(), "threads = 2\n");
    assert_eq!(
        machine(),
        "default_to = [\"me\", \"bob\"]\npassphrase_command = [\"pass\", \"--show\", \"x\"]\n"
    );
    set(&["threads"]).assert(0, "threads  = 2  keyring\n", "");
    set(&["--unset", "default_to"]).assert(0, "", &format!("Removed default_to {of_machine}"));
    assert!(!machine().contains("default_to"));
    // This machine's own value is the one that counts, so it is the one that changes.
    env.in_settings("threads = 4\n");
    set(&["threads", "8"]).assert(0, "", &format!("Set threads {of_machine}"));
    assert_eq!(
        (keyring(), machine()),
        ("threads = 2\n".into(), "threads = 8\n".into())
    );
    for (args, code) in [
        (&["threads", "many"][..], 2),
        (&["armor", "maybe"], 2),
        (&["unlock_for", "0s"], 2),
        (&["passphrase_comand", "x"], 2),
        (&["default_identity", ".."], 2),
    ] {
        let outcome = set(args);
        assert_eq!(outcome.code, Some(code), "{args:?}: {}", outcome.stderr);
    }
    assert_eq!(
        (keyring(), machine()),
        ("threads = 2\n".into(), "threads = 8\n".into())
    );
}

#[test]
fn machine_settings_are_never_read_from_the_keyring() {
    let env = TestEnv::new();
    for (keyring, config) in [
        ("home/.config/bulla", "home/.config"),
        ("home/.config", "home/.config"),
        ("bulla", "bulla"),
        ("bulla", "bulla/deep/er"),
    ] {
        let at = |name: &str| env.path(format!("../{name}"));
        std::fs::create_dir_all(at(keyring)).unwrap();
        env.write(&format!("../{config}/bulla/config.toml"), "armor = true\n");
        let outcome = env
            .bulla(["config"])
            .env("BULLA_HOME", at(keyring))
            .env("XDG_CONFIG_HOME", at(config).canonicalize().unwrap())
            .run();
        assert_eq!(
            outcome.code,
            Some(7),
            "{keyring} {config}: {}",
            outcome.stderr
        );
        let error = "bulla: error: The settings of this machine would be inside the keyring: ";
        assert!(outcome.stderr.starts_with(error), "{}", outcome.stderr);
    }
}

#[test]
fn broken_settings_name_their_file_and_line_and_those_of_the_keyring_are_damage() {
    let env = TestEnv::new();
    env.in_settings("\narmor = maybe\n");
    let said = env.bulla(["config"]).run();
    assert_eq!(said.code, Some(2), "{}", said.stderr);
    assert!(
        said.stderr.contains("hint: Correct line 2 of ") && said.stderr.contains("config.toml"),
        "{}",
        said.stderr
    );
    env.in_settings("threads = 99999999999999999999\n");
    let said = env.bulla(["config"]).run();
    assert!(
        said.stderr.contains("threads is a number (0: all cores)") && !said.stderr.contains("128"),
        "{}",
        said.stderr
    );
    env.in_settings("");
    env.in_keyring("config.toml", "armor = maybe\n");
    let said = env.bulla(["config"]).run();
    assert_eq!(said.code, Some(8), "{}", said.stderr);
    assert!(
        said.stderr.contains("hint: Correct line 1 of "),
        "{}",
        said.stderr
    );
}

/// The line that would be wrong is in no file.
#[test]
fn a_new_value_that_cannot_be_is_not_blamed_on_a_file() {
    let env = TestEnv::new();
    for line in [
        [
            "config",
            "default_to",
            "AGE-SECRET-KEY-19HNCHT9KJQKQQJK456JTMN6EHHW9THQT9KJ77M9ACE5DCTMFV7XSRMQLQ3",
        ],
        ["config", "default_identity", "a/b"],
        ["config", "threads", "99999999999999999999"],
    ] {
        let said = env.bulla(line).run();
        assert_eq!(said.code, Some(2), "{line:?}: {}", said.stderr);
        assert!(
            said.stderr.contains(line[1]) && !said.stderr.contains("config.toml"),
            "{line:?}: {}",
            said.stderr
        );
        assert!(!said.stderr.contains("19HNCH"), "{line:?}: {}", said.stderr);
    }
}

#[test]
fn a_list_is_not_set_to_the_text_of_an_empty_one() {
    let env = TestEnv::new();
    for setting in ["default_to", "require", "passphrase_command", "plugins"] {
        for values in [&["[]"][..], &["[", "]"]] {
            let said = env.bulla([&["config", setting], values].concat()).run();
            let value = values.join(" ");
            let error = format!(
                "bulla: error: {setting} cannot be \"{value}\": it is a list of words\n\
                 bulla: hint: To empty it: bulla config --unset {setting}\n"
            );
            said.assert(2, "", &error);
        }
        env.does(&["config", "--unset", setting, "-q"]);
    }
    let text = env.does(&["config", "passphrase_command"]);
    assert!(text.contains("[]"), "{text}");
}
