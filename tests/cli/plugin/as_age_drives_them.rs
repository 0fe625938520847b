//! Plugins are driven as age does it: their errors reach the user, a session for each file is a way
//! out, passphrase files are theirs too, and the order on the command line counts.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;

use crate::env::TestEnv;
use crate::plugin::{FILES, not_closed, refused, with_closed};
use crate::plugins::{BAD, GOOD, identity, recipient};
use crate::someone::RECIPIENT;

const WRONG_PIN: &str = "age-plugin-bullabad failed: wrong PIN, 2 tries left\n";

#[test]
fn the_error_of_a_plugin_that_is_never_done_is_shown() {
    let env = with_closed();
    let said = not_closed(&env, &recipient(BAD, "pin"));
    said.assert(1, "", &format!("bulla: error: {WRONG_PIN}"));
    let said = refused(&env, &identity(BAD, "pin"));
    said.assert(1, "", &format!("bulla: error: closed: {WRONG_PIN}"));
}

/// Each of several files is tried alone once more, and each names the reason.
#[test]
fn the_error_of_a_plugin_that_is_never_done_is_shown_for_every_file() {
    let env = with_closed();
    for name in ["a.age", "b.age"] {
        fs::copy(env.path("closed"), env.path(name)).unwrap();
    }
    env.write("identity", identity(BAD, "pin"));
    let said = env
        .bulla(["decrypt", "-i", "identity", "a.age", "b.age"])
        .run();
    assert_eq!(said.code, Some(10), "{}", said.stderr);
    for name in ["a.age", "b.age"] {
        let error = format!("bulla: error: {name}: {WRONG_PIN}");
        assert!(said.stderr.contains(&error), "{}", said.stderr);
    }
}

#[test]
fn a_plugin_opens_the_passphrase_files_that_it_wrote() {
    let env = TestEnv::new().with_plugins();
    env.write("plain", "plain");
    env.does(&["encrypt", "-q", "-j", BAD, "plain"]);
    assert!(
        env.read("plain.age")
            .starts_with(b"age-encryption.org/v1\n-> scrypt ")
    );
    let by_name: &[&str] = &["-j", BAD];
    env.write("identity", identity(BAD, ""));
    for how in [by_name, &["-i", "identity"]] {
        let decrypt = ["decrypt", "-q", "plain.age", "-o", "-"];
        env.bulla(decrypt.iter().chain(how))
            .run()
            .assert(0, "plain", "");
        env.does(&[&["verify", "plain.age"], how].concat());
    }
}

/// Nobody named it for this file.
#[test]
fn a_plugin_of_the_keyring_is_not_started_for_a_file_with_a_passphrase() {
    let env = TestEnv::new().with_plugins();
    let words = format!("7;log={}", env.path("log").display());
    env.write("token", identity(GOOD, &words));
    let seven = recipient(GOOD, "7");
    let import = ["identity", "import", "token", "token", "-r", &seven];
    env.does(&[&import[..], &["--no-passphrase"]].concat());
    env.write("words.age", env.locked("plain", "red clay", &["--plain"]));
    let decrypt = ["decrypt", "-q", "words.age", "-o", "-"];
    let run = env.bulla([&decrypt[..], &["--passphrase-fd", "3"]].concat());
    run.descriptor(3, "red clay").run().assert(0, "plain", "");
    assert!(!env.path("log").exists());
}

/// A passphrase file that is not the plugin's own is asked for as before.
#[test]
fn a_passphrase_answers_if_the_plugin_does_not_open_the_file() {
    let env = TestEnv::new().with_plugins();
    env.write("plain", "plain");
    env.write("word", "correct horse battery staple");
    let encrypt = ["encrypt", "-q", "-p", "plain", "--work-factor", "10"];
    env.does(&[&encrypt[..], &["--passphrase-file", "word"]].concat());
    let decrypt = ["decrypt", "-q", "plain.age", "-o", "-", "-j", GOOD];
    env.bulla([&decrypt[..], &["--passphrase-file", "word"]].concat())
        .run()
        .assert(0, "plain", "");
}

/// Its label differs for each session, so that one session cannot wrap for two files.
#[test]
fn several_files_get_a_session_each_if_one_for_all_fails() {
    let env = TestEnv::new().with_plugins();
    FILES.iter().for_each(|name| drop(env.write(name, name)));
    env.does(&[&["encrypt", "-q", "-j", BAD], &FILES[..]].concat());
    FILES
        .iter()
        .for_each(|name| fs::remove_file(env.path(name)).unwrap());
    env.does(&["decrypt", "-q", "-j", BAD, "a.age", "b.age", "c.age"]);
    FILES
        .iter()
        .for_each(|name| assert_eq!(env.read(name), name.as_bytes()));
}

/// A card that counts wrong PINs would be locked.
#[test]
fn a_session_that_asked_for_a_pin_is_not_repeated() {
    let env = TestEnv::new().with_plugins();
    FILES.iter().for_each(|name| drop(env.write(name, name)));
    let whom = recipient(BAD, "pin?");
    let line = [&["encrypt", "-r", &whom][..], &FILES[..]].concat();
    let Some(terminal) = env.bulla(line).on_terminal() else {
        return;
    };
    terminal.wait_for("Plugin bullabad asks: PIN: ");
    while terminal.echoes() {
        std::thread::yield_now();
    }
    terminal.keys("0000\n");
    let said = terminal.end();
    let screen = String::from_utf8_lossy(&said.stdout);
    assert_eq!(screen.matches("asks: PIN").count(), 1, "{screen}");
    assert!(screen.contains("wrong PIN, 2 tries left"), "{screen}");
    assert_eq!(said.code, Some(1), "{screen}");
}

#[test]
fn a_plugin_before_a_locked_file_is_asked_first() {
    let env = TestEnv::new().with_plugins();
    env.write("word", "correct horse battery staple");
    let new = ["identity", "new", "-q", "-o", "locked", "--classic"];
    let word = ["--passphrase-file", "word"];
    let made = env.does(&[&new[..], &["--work-factor", "10"], &word].concat());
    let locked = made.lines().find(|line| line.starts_with("age1"));
    let locked = locked.expect("the recipient is printed").to_owned();
    let log = env.path("log");
    env.write(
        "plugin",
        identity(GOOD, &format!("7;log={}", log.display())),
    );
    env.write("plain", "plain");
    let (both, plugin) = (["-r", &locked], recipient(GOOD, "7"));
    env.does(&[&["encrypt", "-q", "-r", &plugin, "plain"], &both[..]].concat());
    for name in ["a.age", "b.age"] {
        fs::copy(env.path("plain.age"), env.path(name)).unwrap();
    }
    for files in [&["plain.age"][..], &["a.age", "b.age"]] {
        for (order, starts) in [
            (["-i", "plugin", "-i", "locked"], true),
            (["-i", "locked", "-i", "plugin"], false),
        ] {
            let line = [&["decrypt", "-q", "-f"], files, &order, &word].concat();
            env.bulla(&line).run().assert(0, "", "");
            assert_eq!(log.exists(), starts, "{line:?}");
            let _ = fs::remove_file(&log);
        }
    }
}

/// What needs neither a passphrase nor a program is always tried first.
#[test]
fn a_key_at_hand_is_tried_before_a_plugin_that_is_named_first() {
    let env = TestEnv::new().with_plugins().with_key();
    env.write("closed", env.closed("plain"));
    assert!(!RECIPIENT.is_empty());
    env.bulla([
        "decrypt", "-q", "-j", "nowhere", "-i", "key", "closed", "-o", "-",
    ])
    .run()
    .assert(0, "plain", "");
}

/// The plugin goes on when the message is there, which takes five seconds.
#[test]
fn slow_a_plugin_that_is_waited_for_is_named() {
    if std::env::var_os("BULLA_TEST_SLOW").is_none() {
        return;
    }
    let env = with_closed();
    let heard = env.path("heard");
    let script = format!(
        "#!/bin/sh\nuntil /bin/grep -q Waiting {}; do /bin/sleep 0.1; done\n\
         printf -- '-> error internal\\nQUJD\\n'\nread ok\n",
        heard.display()
    );
    let path = env.write("script", script);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
    env.install("age-plugin-slow", &path);
    let run = env.bulla(["decrypt", "-j", "slow", "closed", "-o", "out"]);
    let mut command = run.command();
    let stderr = fs::File::create(&heard).unwrap();
    let status = command
        .stdin(Stdio::null())
        .stderr(stderr)
        .status()
        .unwrap();
    let said = fs::read_to_string(&heard).unwrap();
    assert_eq!(status.code(), Some(1), "{said}");
    let waiting = "Waiting for age-plugin-slow…\n";
    assert!(said.starts_with(waiting), "{said}");
    assert_eq!(said.matches(waiting).count(), 1, "{said}");
    assert!(said.contains("age-plugin-slow failed: ABC"), "{said}");
}
