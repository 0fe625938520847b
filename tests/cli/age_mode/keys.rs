//! Recipients and identities, and the files they are in.

use crate::env::TestEnv;
use crate::plugins::{BAD, GOOD, identity, recipient};
use crate::someone::{IDENTITY, RECIPIENT};

/// A key that nobody has.
const OTHER: &str = "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX";

#[test]
fn duplicates_are_warned_of_once_and_word_for_word() {
    let env = TestEnv::new().like_others().with_key();
    env.write("plan", "attack at dawn");
    env.write("friends", format!("{RECIPIENT}\n"));
    env.write("other", format!("{OTHER}\n"));
    let recipient = format!("-r {RECIPIENT}");
    for (line, warning) in [
        (
            format!("age {recipient} -a {recipient} {recipient} -o x.age plan"),
            format!("recipient \"{RECIPIENT}\""),
        ),
        (
            "age -R friends -o x.age -R friends plan".to_owned(),
            "recipients file \"friends\"".to_owned(),
        ),
        (
            "age -e -i key -i key -o x.age plan".to_owned(),
            "identity file \"key\"".to_owned(),
        ),
        (
            "age -d -i key -i other -o out -i key x.age".to_owned(),
            "identity file \"key\"".to_owned(),
        ),
    ] {
        let warning = format!("age: warning: duplicate {warning}\n");
        env.line(&line).run().assert(0, "", &warning);
    }
    env.line("age -d -i key -i other -o out x.age")
        .run()
        .assert(0, "", "");
}

#[test]
fn any_of_several_identities_opens_a_file_and_the_others_do_no_harm() {
    let env = TestEnv::new().like_others().with_key();
    env.write("x.age", env.closed_plainly("attack at dawn"));
    env.write("other", format!("{OTHER}\n"));
    env.write("both", format!("# first\n{OTHER}\r\n\n{IDENTITY}\n"));
    for keys in ["-i other -i key", "-i key -i other", "-i both"] {
        let said = env.line(&format!("age -d {keys} x.age")).run();
        said.assert(0, "attack at dawn", "");
    }
    env.line("age -d -i other x.age").run().assert(
        1,
        "",
        "age: error: no identity matched any of the recipients\n",
    );
}

#[test]
fn keys_and_passphrases_are_not_confused() {
    let env = TestEnv::new().like_others().with_key();
    env.write("keys.age", env.closed_plainly("x"));
    env.write("words.age", env.locked("x", "red clay", &["--plain"]));
    env.line("age -d -i key words.age").run().assert(
        1,
        "",
        "age: error: file is passphrase-encrypted but identities were specified with -i/--identity \
         or -j\n\
         age: hint: remove all -i/--identity/-j flags to decrypt passphrase-encrypted files\n",
    );
    env.line("age -d keys.age").run().assert(
        1,
        "",
        "age: error: the file is not passphrase-encrypted, identities are required\n\
         age: hint: specify identities with -i/--identity or -j to decrypt this file\n",
    );
    env.line("age -d words.age").run().assert(
        1,
        "",
        "age: error: could not read passphrase: standard input is not a terminal, and /dev/tty is \
         not available\n",
    );
}

#[test]
fn files_of_keys_are_refused_with_the_line_and_without_its_text() {
    let env = TestEnv::new().like_others().with_key();
    env.write("plan", "attack at dawn");
    env.write("closed.age", env.closed_plainly("x"));
    let long = "x".repeat(9000);
    for (flags, text, error) in [
        ("-R keys", "# none\n\n", "\"keys\": no recipients found"),
        (
            "-R keys",
            "# ok\nsecret words\n",
            "\"keys\": malformed recipient at line 2",
        ),
        (
            "-R keys",
            long.as_str(),
            "\"keys\": malformed recipient at line 1",
        ),
        (
            "-R keys",
            IDENTITY,
            "\"keys\": error at line 1: apparent identity found in recipients file",
        ),
        (
            "-e -i keys",
            "# none\n",
            "failed to read \"keys\": no identities found",
        ),
        (
            "-e -i keys",
            "\n# ok\nsecret words\n",
            "failed to read \"keys\": error at line 3: unknown identity type",
        ),
        (
            "-e -i keys",
            RECIPIENT,
            "failed to read \"keys\": error at line 1: apparent recipient found in identities file",
        ),
    ] {
        env.write("keys", text);
        let said = env.line(&format!("age {flags} plan")).run();
        let before = match flags.starts_with("-R") {
            true => "failed to parse recipient file",
            false => "reading",
        };
        said.assert(1, "", &format!("age: error: {before} \"keys\": {error}\n"));
    }
    env.line("age -e -i closed.age plan").run().assert(
        1,
        "",
        "age: error: reading \"closed.age\": identity file is encrypted with age but not with a \
         passphrase\n",
    );
}

#[test]
fn unsupported_ssh_keys_are_skipped_with_a_warning_and_a_secret_is_not_repeated() {
    let env = TestEnv::new().like_others().with_key();
    env.write("plan", "attack at dawn");
    let ecdsa = "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBOSh0Qo5z\
                 aBE33EiJnxwIBuZml9Nt9rCfvGi++FniWSk8X/10EO4E7KMgqGLlkCTDNIcbuKcsgfMw1/tifB8aTc=";
    env.write("friends", format!("{RECIPIENT}\n{ecdsa} me\n"));
    env.line("age -R friends -o x.age plan").run().assert(
        0,
        "",
        "age: warning: recipients file \"friends\": ignoring unsupported SSH key of type \
         \"ecdsa-sha2-nistp256\" at line 2\n",
    );
    let said = env.line(&format!("age -r {IDENTITY} plan")).run();
    assert_eq!(said.code, Some(1));
    assert!(
        !said.stderr.contains(IDENTITY) && said.stderr.contains("secret key"),
        "{said:?}"
    );
    env.line("age -r github:ann plan").run().assert(
        1,
        "",
        "age: error: \"github:\" recipients were removed from the design\n\
         age: hint: instead, use recipient files like\n\
         age: hint:     curl -O https://github.com/ann.keys\n\
         age: hint:     age -R ann.keys\n",
    );
}

#[test]
fn post_quantum_and_classic_recipients_are_not_mixed() {
    let env = TestEnv::new().like_others();
    env.line("age-keygen -pq -o key.txt").run();
    let recipient = env.line("age-keygen -y key.txt").run().stdout;
    let recipient = String::from_utf8(recipient).unwrap();
    env.write("plan", "attack at dawn");
    let line = format!("age -r {} -o x.age plan", recipient.trim_end());
    env.line(&line).run().assert(0, "", "");
    env.line("age -d -i key.txt x.age")
        .run()
        .assert(0, "attack at dawn", "");
    let mixed = line.replace("-o", &format!("-r {RECIPIENT} -o"));
    let said = env.line(&mixed).run();
    said.assert(
        1,
        "",
        "age: error: incompatible recipients: can't mix post-quantum and classic recipients, or the \
         file would be vulnerable to quantum computers\n",
    );
    let said = env.line(&mixed.replacen("age", "rage", 1)).run();
    assert_eq!(said.code, Some(1));
    let why = "Error: Cannot encrypt to a recipient with labels 'postquantum' alongside a recipient \
               with no labels\n";
    assert!(said.stderr.starts_with(why), "{said:?}");
}

#[test]
fn a_missing_plugin_is_named_with_a_place_to_find_it() {
    let env = TestEnv::new().like_others().with_key();
    env.write("x.age", env.closed_plainly("x"));
    env.line("age -d -j yubikey x.age").run().assert(
        1,
        "",
        "age: error: yubikey plugin not found: age-plugin-yubikey is not on the PATH\n\
         age: hint: you might want to install the \"yubikey\" plugin\n\
         age: hint: visit https://age-encryption.org/awesome#plugins for a list of available \
         plugins\n",
    );
    env.line("age -d -j ../evil x.age").run().assert(
        1,
        "",
        "age: error: initializing \"../evil\": invalid plugin name\n",
    );
}

#[test]
fn an_input_that_is_no_age_file_is_told() {
    let env = TestEnv::new().like_others().with_key();
    env.write("empty", "");
    env.write("text", "attack at dawn\n");
    for (name, why) in [("empty", "file is empty"), ("text", "not an age file")] {
        let said = env.line(&format!("age -d -i key {name}")).run();
        let error = format!("age: error: failed to read header: parsing age header: {why}\n");
        said.assert(1, "", &error);
    }
}

/// What is in the file shows only when it is unlocked, so plugins stay allowed until then.
#[test]
fn an_encrypted_identity_file_may_hold_the_identity_of_a_plugin() {
    let env = TestEnv::new().like_others().with_plugins();
    let whom = recipient(GOOD, "x");
    env.line(&format!("age -r {whom} -o x.age"))
        .stdin("attack at dawn")
        .run()
        .assert(0, "", "");
    let token = identity(GOOD, "x");
    env.write("key.age", env.locked(token, "red clay", &["--plain"]));
    let line = "age -d -o out -i key.age x.age";
    let Some(terminal) = env.line(line).on_terminal() else {
        return;
    };
    terminal.wait_for("Enter passphrase").keys("red clay\n");
    let said = terminal.end();
    assert_eq!(said.code, Some(0), "{said:?}");
    assert_eq!(env.read("out"), b"attack at dawn");
}

/// Nobody types the passphrase of an identity file for a file that it cannot open.
#[test]
fn an_encrypted_identity_file_is_not_asked_about_for_a_file_with_a_passphrase() {
    let env = TestEnv::new().like_others();
    env.write(
        "key.age",
        env.locked(format!("{IDENTITY}\n"), "red clay", &["--plain"]),
    );
    env.write("words.age", env.locked("x", "red clay", &["--plain"]));
    let Some(terminal) = env.line("age -d -i key.age words.age").on_terminal() else {
        return;
    };
    // If there is a question, this answers it.
    terminal.keys("red clay\n");
    let said = terminal.end();
    assert_eq!(said.code, Some(1), "{said:?}");
    let shown = String::from_utf8_lossy(&said.stdout).into_owned();
    let why = "file is passphrase-encrypted but identities were specified";
    assert!(shown.contains(why), "{shown}");
    assert!(!shown.contains("Enter passphrase"), "{shown}");
}

/// A plugin that is named for the file may know its passphrase.
#[test]
fn a_plugin_opens_the_file_with_a_passphrase_that_it_encrypted() {
    let env = TestEnv::new().like_others().with_plugins();
    env.write("plain", "attack at dawn");
    env.does(&["encrypt", "-q", "--plain", "-j", BAD, "plain"]);
    env.write("token", identity(BAD, ""));
    for key in ["-i token", &format!("-j {BAD}")] {
        env.line(&format!("age -d {key} plain.age"))
            .run()
            .assert(0, "attack at dawn", "");
    }
}

/// A key file, an encrypted key file and a plugin that all open it, in every order.
#[test]
fn identities_are_tried_in_their_order_and_those_that_need_nothing_come_first() {
    let env = TestEnv::new().like_others().with_plugins().with_key();
    let locked = env.locked(format!("{IDENTITY}\n"), "red clay", &["--plain"]);
    env.write("locked", locked);
    let log = env.path("log");
    let words = format!("7;log={}", log.display());
    env.write("token", identity(GOOD, &words));
    let seven = recipient(GOOD, "7");
    env.line(&format!("age -r {RECIPIENT} -r {seven} -o x.age"))
        .stdin("attack at dawn")
        .run()
        .assert(0, "", "");
    for (keys, asks, starts) in [
        ("-i locked -i token", true, false),
        ("-i token -i locked", false, true),
        ("-i locked -i token -i key", false, false),
        ("-j nowhere -i locked -i key", false, false),
    ] {
        let line = format!("age -d {keys} -o out x.age");
        let Some(terminal) = env.line(&line).on_terminal() else {
            return;
        };
        if asks {
            terminal.wait_for("Enter passphrase");
        }
        // If there is a question, this answers it.
        terminal.keys("red clay\n");
        let said = terminal.end();
        assert_eq!(said.code, Some(0), "{keys}: {said:?}");
        let shown = String::from_utf8_lossy(&said.stdout).into_owned();
        assert_eq!(shown.contains("Enter passphrase"), asks, "{keys}: {shown}");
        assert_eq!(log.exists(), starts, "{keys}");
        let _ = std::fs::remove_file(&log);
    }
}

#[test]
fn an_output_that_cannot_be_written_is_told_before_anything_is_asked() {
    let env = TestEnv::new().like_others();
    env.write("words.age", env.locked("x", "red clay", &["--plain"]));
    let said = env.line("age -d -o nowhere/out words.age").run();
    let error = "age: error: open nowhere/out: no such file or directory\n";
    said.assert(1, "", error);
}

#[test]
fn rage_warns_of_no_duplicates_and_looks_for_no_public_key() {
    let env = TestEnv::new().like_others().with_key();
    env.write("x.age", env.closed_plainly("attack at dawn"));
    env.line("rage -d -i key -i key x.age")
        .run()
        .assert(0, "attack at dawn", "");
    let old = include_str!("../files/other_systems/rsa-des.pem");
    env.write("old", old);
    env.write("old.pub", "nothing\n");
    env.line("rage -d -i old -i key x.age")
        .run()
        .assert(0, "attack at dawn", "");
}

/// What `bulla unlock` holds is taken before anybody is asked.
#[test]
fn an_unlocked_identity_file_needs_no_passphrase() {
    let env = TestEnv::new().like_others();
    env.write(
        "key.age",
        env.locked(format!("{IDENTITY}\n"), "red clay", &["--plain"]),
    );
    env.write("x.age", env.closed_plainly("attack at dawn"));
    let said = env.line("age -d -i key.age x.age").run();
    assert!(
        said.stderr.contains("could not read passphrase"),
        "{said:?}"
    );
    let unlocked = env
        .bulla(["unlock", "key.age", "--passphrase-fd", "3"])
        .descriptor(3, "red clay")
        .run();
    if unlocked.code == Some(0) {
        let said = env.line("age -d -i key.age x.age").run();
        said.assert(0, "attack at dawn", "");
        env.bulla(["lock", "key.age"]).run();
    } else {
        crate::tools::skip("the kernel holds no keys here");
    }
}
