//! Identities that sign and open nothing, for machines that only write.

use std::fs;

use bulla_age::ExposeSecret;
use bulla_age::seed::Seed;

use crate::env::TestEnv;
use crate::someone::RECIPIENT;
use crate::tools::{need, skip};

/// The recovery, and the host "web" that knows it. The user is the recovery's owner.
fn host() -> TestEnv {
    let env = TestEnv::new();
    env.does(&["identity", "new", "recovery", "--no-passphrase", "-q"]);
    env.does(&["card", "-q", "-o", "../recovery.card"]);
    let new = [
        "identity",
        "new",
        "web",
        "--signing-only",
        "--no-passphrase",
        "-q",
    ];
    env.does_on("web", &new);
    env.does_on(
        "web",
        &["contact", "add", "recovery", "../recovery.card", "-q"],
    );
    env.does_on("web", &["card", "-q", "-o", "../web.card"]);
    env.does(&["contact", "add", "web", "../web.card", "-q"]);
    env.write("dump", "rows\n");
    env
}

#[test]
fn an_identity_that_only_signs_is_no_problem_of_doctor() {
    let env = host();
    let said = env.on("web", &["doctor", "--json"]).run();
    assert_eq!(said.code, Some(0), "{}", said.text());
    let findings = &said.json()[0]["findings"];
    let kinds: Vec<_> = findings.as_array().unwrap().iter().collect();
    assert!(
        kinds.iter().all(|finding| finding["kind"] != "damaged"),
        "{findings}"
    );
    // What is no key document is still found.
    env.write("../machines/web/keyring/identities/web.age", "nonsense\n");
    let said = env.on("web", &["doctor"]).run();
    assert_eq!(said.code, Some(1), "{}", said.text());
}

#[test]
fn a_host_signs_what_it_can_not_open() {
    let env = host();
    // It is there to sign, so it needs no --sign.
    env.does_on("web", &["encrypt", "-q", "--to", "recovery", "dump"]);
    let said = env.on("web", &["decrypt", "dump.age", "-o", "x"]).run();
    assert_eq!(said.code, Some(3), "{}", said.text());
    let said = env
        .on("web", &["decrypt", "--as", "web", "dump.age", "-o", "x"])
        .run();
    assert_eq!(said.code, Some(7), "{}", said.text());
    assert!(
        said.text().contains("web only signs, so it opens no file"),
        "{}",
        said.text()
    );
    assert!(!env.path("x").exists());
    let said = env.does(&["who", "dump.age"]);
    assert!(said.contains("From     web"), "{said}");
    assert!(
        said.contains("1 of 1 proved; there are no other readers"),
        "{said}"
    );
    env.does(&["verify", "--from-origin", "web", "dump.age"]);
    env.does_on(
        "web",
        &[
            "encrypt",
            "-q",
            "--no-sign",
            "--to",
            "recovery",
            "-f",
            "dump",
        ],
    );
    env.fails(9, &["verify", "--from-origin", "web", "dump.age"]);
    for sign in ["sign = true\n", "sign = false\n"] {
        env.write("../machines/web/.config/bulla/config.toml", sign);
        env.does_on("web", &["encrypt", "-q", "--to", "recovery", "-f", "dump"]);
        let said = env
            .bulla(["verify", "--from-origin", "web", "dump.age"])
            .run();
        let expected = if sign == "sign = true\n" { 0 } else { 9 };
        assert_eq!(said.code, Some(expected), "{sign}: {}", said.text());
    }
    let as_web = [
        "encrypt", "-q", "--sign", "--as", "web", "--to", "recovery", "-f", "dump",
    ];
    env.does_on("web", &as_web);
    env.does(&["verify", "--from", "web", "dump.age"]);
}

#[test]
fn nothing_is_encrypted_to_somebody_who_only_signs() {
    let env = host();
    let refused = |machine: Option<&str>, line: &[&str]| {
        let said = match machine {
            Some(machine) => env.on(machine, line).run(),
            None => env.bulla(line).run(),
        };
        assert_eq!(said.code, Some(7), "{line:?}: {}", said.text());
        assert!(
            said.text().contains("only signs"),
            "{line:?}: {}",
            said.text()
        );
        assert!(said.text().contains("hint:"), "{line:?}: {}", said.text());
        assert!(!env.path("x").exists(), "{line:?}");
    };
    refused(None, &["encrypt", "--to", "web", "dump", "-o", "x"]);
    refused(None, &["encrypt", "-R", "../web.card", "dump", "-o", "x"]);
    refused(None, &["write", "--to", "web", "-o", "x"]);
    env.does(&["group", "create", "hosts", "web", "recovery", "-q"]);
    refused(None, &["encrypt", "--to", "hosts", "dump", "-o", "x"]);
    refused(Some("web"), &["encrypt", "--to", "web", "dump", "-o", "x"]);
    refused(Some("web"), &["encrypt", "--to", "me", "dump", "-o", "x"]);
    env.does(&["encrypt", "-q", "--to", "recovery", "dump"]);
    let before = env.read("dump.age");
    refused(None, &["share", "--to", "web", "dump.age"]);
    refused(None, &["reseal", "--to", "web", "dump.age"]);
    assert_eq!(env.read("dump.age"), before);
    // Nothing asks whether it is to be encrypted to such an identity.
    let said = env
        .on("web", &["encrypt", "--no-prompt", "dump", "-o", "y"])
        .run();
    assert_eq!(said.code, Some(2), "{}", said.text());
    assert!(!said.text().contains("web"), "{}", said.text());
    let said = env
        .on("web", &["encrypt", "-r", RECIPIENT, "dump", "-o", "y"])
        .run();
    assert_eq!(said.code, Some(0), "{}", said.text());
    assert!(!said.text().contains("you"), "{}", said.text());
}

#[test]
fn an_identity_that_only_signs_is_shown_as_that_everywhere() {
    let env = host();
    let on_web = |line: &[&str]| env.does_on("web", line).text();
    assert!(on_web(&["identity", "list"]).contains("* web  signs only"));
    assert!(on_web(&["identity", "show"]).contains("kind           signs only"));
    assert!(!on_web(&["identity", "show"]).contains("recipient"));
    let said = env.on("web", &["identity", "list", "--json"]).run().json();
    assert_eq!(said[0]["kind"], "signing");
    assert_eq!(said[0]["recipients"].as_array().unwrap().len(), 0);
    let card = fs::read_to_string(env.path("../web.card")).unwrap();
    assert!(
        card.contains("\n# use: signing\n") && !card.contains("age1"),
        "{card}"
    );
    assert!(env.does(&["contact", "list"]).contains("signs only"));
    assert!(env.does(&["contact", "show", "web"]).contains("signs only"));
    let json = env.bulla(["contact", "show", "web", "--json"]).run().json();
    assert!(json[0]["post_quantum"].is_null());
    let number = env.on("web", &["identity", "show", "--number"]).run();
    let number = String::from_utf8(number.stdout).unwrap();
    let said = env.does(&["contact", "verify", "web", "--check", number.trim()]);
    assert_eq!(said, "Verified: these are web's keys\n");
    for (line, code) in [
        (&["identity", "export"][..], 2),
        (&["identity", "export", "--secret"], 2),
        (&["identity", "rotate"], 2),
    ] {
        let said = env.on("web", line).run();
        assert_eq!(said.code, Some(code), "{line:?}: {}", said.text());
        assert!(said.text().contains("web only signs"), "{}", said.text());
    }
    let doctor = env.on("web", &["doctor", "--json"]).run();
    let doctor = String::from_utf8(doctor.stdout).unwrap();
    assert!(
        !doctor.contains("no-backup") && !doctor.contains("no-post-quantum"),
        "{doctor}"
    );
}

#[test]
fn a_signing_key_is_succeeded_restored_and_revoked_like_any_other() {
    let env = host();
    let signed = |name: &str| {
        env.does_on(
            "web",
            &["encrypt", "-q", "--to", "recovery", "dump", "-o", name],
        );
        env.bulla(["verify", "--from", "web", name]).run().code
    };
    assert_eq!(signed("one"), Some(0));
    let backup = env.on("web", &["identity", "backup", "-o", "../sheet"]);
    let Some(terminal) = backup.on_terminal() else {
        return;
    };
    terminal.wait_for("Wrote the words to").keys("\x03");
    terminal.end();
    let sheet = fs::read_to_string(env.path("../sheet")).unwrap();
    assert!(
        sheet.contains("bulla identity restore web --signing-only\n"),
        "{sheet}"
    );
    assert!(!sheet.contains("age1"), "{sheet}");
    env.does_on("web", &["identity", "succeed", "--yes", "-q"]);
    env.does_on("web", &["card", "-q", "-o", "../web2.card"]);
    env.does(&["contact", "add", "web", "../web2.card", "-q"]);
    assert_eq!(signed("two"), Some(0));
    // The sheet gives the first key back, and nothing that opens a file.
    let restore = [
        "identity",
        "restore",
        "web",
        "../sheet",
        "--no-passphrase",
        "-q",
    ];
    env.does_on("again", &restore);
    let list = env.does_on("again", &["identity", "list"]);
    assert!(list.text().contains("signs only"), "{}", list.text());
    let said = env.on("again", &["decrypt", "one", "-o", "x"]).run();
    assert_eq!(said.code, Some(3), "{}", said.text());
    let revoke = [
        "identity",
        "revoke",
        "web",
        "--reason",
        "compromised",
        "--yes",
        "-q",
    ];
    env.does_on("web", &[&revoke[..], &["-o", "../revoked"]].concat());
    env.does(&["contact", "revoke", "../revoked", "-q"]);
    assert_eq!(signed("three"), Some(9));
}

/// The seed could give encryption keys too, but nothing was ever encrypted to them.
#[test]
fn even_the_keys_that_its_seed_would_give_open_nothing() {
    let env = host();
    env.does_on("web", &["encrypt", "-q", "--to", "recovery", "dump"]);
    let kept = fs::read_to_string(env.path("../machines/web/keyring/identities/web.age")).unwrap();
    let seed = kept.lines().find_map(|line| line.strip_prefix("# seed: "));
    let seed: Seed = seed.unwrap().parse().unwrap();
    let keys = [seed.hybrid(0).to_text(), seed.classic(0).to_text()];
    let keys: Vec<&str> = keys.iter().map(ExposeSecret::expose_secret).collect();
    env.write("stolen", keys.join("\n"));
    let said = env
        .bulla(["decrypt", "-i", "stolen", "dump.age", "-o", "x"])
        .run();
    assert_eq!(said.code, Some(3), "{}", said.text());
}

#[test]
fn a_host_writes_with_an_empty_home_a_read_only_root_and_no_terminal() {
    let (unshare, sh, setsid) = need!("unshare", "sh", "setsid");
    let env = host();
    let keyring = env.path("../machines/web/keyring").canonicalize().unwrap();
    let home = env.path("../empty");
    let config = env.path("../etc");
    let spool = env.path("../spool");
    for folder in [&home, &config, &spool] {
        fs::create_dir(folder).unwrap();
    }
    env.write(
        "../etc/bulla/config.toml",
        "require = [\"recovery\"]\ndefault_to = [\"recovery\"]\n",
    );
    // Everything is read-only but the folder for the backups.
    let script = "mount --make-rprivate / && mount --bind \"$1\" \"$1\" && \
                  mount -o remount,ro,bind / && shift && \
                  if touch \"$HOME/x\" 2>/dev/null; then exit 99; fi; exec \"$@\"";
    let in_namespace = |line: &[&str]| {
        let bulla = env.bulla(line);
        let mut prefix = vec![unshare.as_os_str(), "-rm".as_ref(), sh.as_os_str()];
        prefix.extend([
            "-c".as_ref(),
            script.as_ref(),
            "sh".as_ref(),
            spool.as_os_str(),
        ]);
        prefix.push(setsid.as_os_str());
        prefix.push("-w".as_ref());
        let mut command = bulla.command_after(&prefix);
        command
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("HOME", &home)
            .env("XDG_CONFIG_HOME", &config)
            .env("BULLA_HOME", &keyring)
            .stdin(std::process::Stdio::null());
        bulla.outcome(command.output().unwrap())
    };
    let probe = in_namespace(&["--version"]);
    if probe.code != Some(0) {
        return skip(&format!("no mount namespaces here: {}", probe.stderr));
    }
    let output = spool.join("dump.age");
    let output = output.to_str().unwrap();
    let said = in_namespace(&["encrypt", "dump", "-o", output]);
    assert_eq!((said.code, said.stderr.as_str()), (Some(0), ""));
    env.does(&["verify", "--from", "web", output]);
    let said = env.does(&["decrypt", "-q", output, "-o", "-"]);
    assert_eq!(said, "rows\n");
    // Somebody who has all of the host has nothing that opens the backup.
    let said = in_namespace(&["decrypt", output, "-o", "-"]);
    assert_eq!(
        (said.code, said.stdout.len()),
        (Some(3), 0),
        "{}",
        said.stderr
    );
    // Without the recovery nothing is written.
    let again = spool.join("again.age");
    let said = in_namespace(&[
        "encrypt",
        "-r",
        RECIPIENT,
        "dump",
        "-o",
        again.to_str().unwrap(),
    ]);
    assert_eq!(said.code, Some(7), "{}", said.stderr);
    assert!(!again.exists());
}

#[test]
fn what_a_missing_passphrase_means_is_said_of_what_the_identity_can_do() {
    let env = TestEnv::new();
    let danger = "anyone who can read it can sign as you\n";
    let new = env.bulla([
        "identity",
        "new",
        "web",
        "--signing-only",
        "--no-passphrase",
    ]);
    let said = new.run();
    assert!(said.stderr.ends_with(danger), "{}", said.stderr);
    let said = env
        .bulla(["identity", "passphrase", "web", "--no-passphrase"])
        .run();
    assert!(said.stderr.ends_with(danger), "{}", said.stderr);
    let said = env.bulla(["doctor"]).run();
    let finding = "Identity web has no passphrase; anyone who can read its file can sign as you";
    let found = String::from_utf8_lossy(&said.stdout).into_owned();
    assert!(found.contains(finding), "{found}");
}
