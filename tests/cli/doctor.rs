//! `bulla doctor`: every kind of finding, how to fix it, and silence if nothing is wrong.

use std::os::unix::fs::PermissionsExt;

use crate::env::TestEnv;
use crate::plugins;
use crate::someone::RECIPIENT;

/// The recipient of [`HYBRID`].
#[track_caller]
fn hybrid(env: &TestEnv) -> String {
    env.write("hybrid", format!("{HYBRID}\n"));
    let closed = env
        .bulla(["encrypt", "-f", "--json", "-i", "hybrid", "-o", "closed"])
        .stdin("x")
        .run();
    let json: serde_json::Value =
        serde_json::from_slice(&closed.stdout).unwrap_or_else(|_| panic!("{closed:?}"));
    json["recipients"][0].as_str().unwrap().to_owned()
}

/// A keyring without findings: a post-quantum identity with a backup, and a verified contact.
fn healthy() -> TestEnv {
    let env = TestEnv::new();
    let recipient = hybrid(&env);
    env.put_secret("me", HYBRID, Some("red clay and reeds"));
    let public = format!(
        "kind = \"hybrid\"\nrecipients = [\"{recipient}\"]\ncreated = \"2026-11-23\"\nencrypted = true\nbacked_up = \"2026-11-23\"\n"
    );
    env.in_keyring("identities/me.toml", public);
    env.bulla(["identity", "confirm", "-q", "--passphrase-fd", "3"])
        .descriptor(3, "red clay and reeds")
        .run()
        .assert(0, "", "");
    contact(&env, "alice", &recipient, "verified = \"2026-11-23\"\n");
    env
}

/// A post-quantum identity.
const HYBRID: &str =
    "AGE-SECRET-KEY-PQ-1CYY65026W7U9CSZ3K7PH380A23SC4ZYNU934JRXYZA4KAQQKL8QSG86MLU";

fn contact(env: &TestEnv, name: &str, recipient: &str, more: &str) {
    let text = format!(
        "recipients = [\"{recipient}\"]\nadded = \"2026-11-23\"\nsource = \"a test\"\n{more}"
    );
    env.in_keyring(&format!("contacts/{name}.toml"), text);
}

#[test]
fn quiet_shows_only_problems() {
    let env = healthy();
    env.bulla(["doctor", "-q"]).run().assert(0, "", "");
    env.in_keyring("contacts/alice.toml", "not a contact");
    let said = env.bulla(["doctor", "-q"]).run();
    let text = String::from_utf8(said.stdout.clone()).unwrap();
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(
        text.starts_with("! ") && text.contains("alice.toml"),
        "{text}"
    );
    assert!(!text.contains("settings\n"), "{text}");
}

/// The findings (kind, what, fix) and the exit code.
#[track_caller]
fn found(env: &TestEnv) -> (Vec<[String; 3]>, i32) {
    let outcome = env.bulla(["doctor", "--json"]).run();
    let json = &outcome.json()[0];
    let root = env
        .path("")
        .parent()
        .unwrap()
        .to_string_lossy()
        .into_owned();
    let text = |value: &serde_json::Value| value.as_str().unwrap().replace(&root, "[TMP]");
    let finding =
        |finding: &serde_json::Value| ["kind", "message", "fix"].map(|key| text(&finding[key]));
    (
        json["findings"]
            .as_array()
            .unwrap()
            .iter()
            .map(finding)
            .collect(),
        outcome.code.unwrap(),
    )
}

/// Requires one finding that is a problem.
#[track_caller]
fn finds(env: &TestEnv, kind: &str, what: &str, mend: &str) {
    assert_eq!(found(env), (vec![[kind, what, mend].map(str::to_owned)], 1));
}

/// Requires one finding that is advice.
#[track_caller]
fn advises(env: &TestEnv, kind: &str, what: &str, fix: &str) {
    assert_eq!(found(env), (vec![[kind, what, fix].map(str::to_owned)], 0));
    let strict = env.bulla(["doctor", "--strict"]).run();
    assert_eq!(
        (strict.code, strict.stderr.as_str()),
        (
            Some(1),
            "bulla: error: 1 piece of advice counts as a problem with --strict\n"
        )
    );
}

#[test]
fn doctor_finds_nothing_in_a_healthy_keyring() {
    assert_eq!(
        found(&TestEnv::new())
            .0
            .iter()
            .map(|finding| &finding[0])
            .collect::<Vec<_>>(),
        ["permissions", "no-identity"]
    );
    let env = healthy();
    let outcome = env.bulla(["doctor"]).run();
    assert_eq!(
        (outcome.code, outcome.stderr.as_str()),
        (Some(0), "No problems found\n"),
        "{outcome:?}"
    );
    let text = String::from_utf8(outcome.stdout).unwrap();
    for part in [
        "keyring: ",
        "\nsettings\n",
        "unlock_for ",
        "\nprotections\n",
        "no network connections ",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let json: serde_json::Value = serde_json::from_slice(
        &env.bulla(["doctor", "--json"])
            .run()
            .assert(
                0,
                env.bulla(["doctor", "--json"]).run().stdout,
                "No problems found\n",
            )
            .stdout,
    )
    .unwrap();
    assert_eq!(json["settings"]["threads"]["from"], "default");
    assert!(json["protections"].as_array().unwrap().len() >= 6, "{json}");
}

/// A new user is told what to do first, and that is no failure.
#[test]
fn doctor_says_that_there_is_no_identity_yet() {
    let env = TestEnv::new();
    std::fs::remove_dir(env.path("../bulla")).unwrap();
    let what = "You have no identity yet, so nobody can encrypt to you";
    advises(&env, "no-identity", what, "bulla identity new");
}

#[test]
fn doctor_succeeds_if_only_advice_is_left_unless_strict() {
    let env = healthy();
    contact(&env, "bob", &hybrid(&env), "");
    let outcome = env.bulla(["doctor"]).run();
    assert_eq!(
        (outcome.code, outcome.stderr.as_str()),
        (Some(0), "No problems found, but 1 piece of advice\n")
    );
    let text = String::from_utf8(outcome.stdout).unwrap();
    assert!(
        text.ends_with("\n- Keys not verified: bob\n  fix: bulla contact verify bob\n"),
        "{text}"
    );
    let strict = env.bulla(["doctor", "--strict"]).run();
    assert_eq!(
        (strict.code, strict.stderr.as_str()),
        (
            Some(1),
            "bulla: error: 1 piece of advice counts as a problem with --strict\n"
        )
    );
    env.in_keyring("groups/astray.toml", "members = [\"nobody\"]\n");
    let outcome = env.bulla(["doctor"]).run();
    assert_eq!(
        (outcome.code, outcome.stderr.as_str()),
        (
            Some(1),
            "bulla: error: 1 problem and 1 piece of advice found\n"
        )
    );
    let text = String::from_utf8(outcome.stdout).unwrap();
    assert!(text.contains("\n! The group astray cannot"), "{text}");
}

#[test]
fn doctor_checks_permissions() {
    let env = healthy();
    let mode = |name: &str, mode| {
        std::fs::set_permissions(
            env.path(format!("../bulla/{name}")),
            PermissionsExt::from_mode(mode),
        )
        .unwrap();
    };
    mode("identities/me.age", 0o644);
    let secret = "[TMP]/bulla/identities/me.age";
    let readable = format!("{secret} can be read by other users");
    finds(
        &env,
        "permissions",
        &readable,
        &format!("chmod go= {secret}"),
    );
    mode("identities/me.age", 0o600);
    mode("contacts/alice.toml", 0o644);
    assert_eq!(found(&env), (vec![], 0));
    mode("", 0o777);
    let folder = "[TMP]/bulla can be changed by other users";
    finds(&env, "permissions", folder, "chmod go-rwx [TMP]/bulla");
}

#[test]
fn doctor_checks_identities() {
    let env = healthy();
    let toml = env.read("../bulla/identities/me.toml");
    let toml = String::from_utf8(toml).unwrap();
    env.in_keyring(
        "identities/me.toml",
        toml.replace("backed_up", "# backed_up"),
    );
    advises(
        &env,
        "no-backup",
        "Identity me has no backup; without it, lost keys cannot be recovered",
        "bulla identity backup me",
    );
    env.in_keyring(
        "identities/me.toml",
        toml.replace("encrypted = true", "encrypted = false"),
    );
    env.put_secret("me", HYBRID, None);
    advises(
        &env,
        "unencrypted",
        "Identity me has no passphrase; anyone who can read its file can open all your files",
        "bulla identity passphrase me",
    );
    env.put_secret("me", HYBRID, Some("red clay and reeds"));
    let secret = env.read("../bulla/identities/me.age");
    for damaged in [
        &secret[..40],
        &secret[..secret.len() - HYBRID.len() - 10],
        b"age-encryption.org/v1\nx",
    ] {
        env.in_keyring("identities/me.age", damaged);
        let mend = "Restore the file from a backup, or: bulla identity restore me";
        finds(
            &env,
            "damaged",
            "[TMP]/bulla/identities/me.age is damaged or incomplete",
            mend,
        );
    }
    std::fs::remove_file(env.path("../bulla/identities/me.age")).unwrap();
    let (findings, _) = found(&env);
    assert_eq!(
        findings[0][1], "The secret file of identity me is missing",
        "{findings:?}"
    );
    let env = healthy();
    env.in_keyring("identities/lost.age", b"x");
    finds(
        &env,
        "orphan",
        "[TMP]/bulla/identities/lost.age may be a secret key, but its public file is missing",
        "Import it, then move the file away: bulla identity import NAME \
            [TMP]/bulla/identities/lost.age",
    );
}

#[test]
fn classic_keys_are_pointed_out() {
    let env = healthy();
    contact(&env, "bob", RECIPIENT, "verified = \"2026-11-23\"\n");
    advises(
        &env,
        "no-post-quantum",
        "No post-quantum key known for: bob",
        "Ask for a new card, then: bulla contact add bob FILE",
    );
    let env = healthy().with_identity("old", Some("red clay and reeds"));
    let kinds: Vec<_> = found(&env)
        .0
        .into_iter()
        .map(|finding| finding[0].clone())
        .collect();
    assert_eq!(kinds, ["no-post-quantum", "no-backup"]);
}

#[test]
fn doctor_checks_contacts_and_groups() {
    let env = healthy();
    let key = hybrid(&env);
    let changed = format!(
        "[changed]\nrecipients = [\"{RECIPIENT}\"]\non = \"2026-11-24\"\nsource = \"a test\"\n"
    );
    contact(&env, "bob", &key, &changed);
    let (findings, _) = found(&env);
    assert_eq!(findings.len(), 1, "{findings:?}");
    assert_eq!(
        (
            findings[0][0].as_str(),
            findings[0][2].contains("bulla contact resolve bob")
        ),
        ("changed", true)
    );
    std::fs::remove_file(env.path("../bulla/contacts/bob.toml")).unwrap();
    contact(&env, "carol", &key, "removed = \"2026-11-24\"\n");
    assert_eq!(found(&env), (vec![], 0));
    env.in_keyring("groups/empty.toml", "members = []\n");
    env.in_keyring("groups/good.toml", "members = [\"alice\"]\n");
    env.in_keyring("groups/astray.toml", "members = [\"nobody\"]\n");
    env.in_keyring("groups/broken.toml", "members = [\n");
    let (findings, _) = found(&env);
    let whats: Vec<_> = findings
        .iter()
        .map(|finding| (finding[0].as_str(), finding[1].as_str()))
        .collect();
    assert_eq!(whats.len(), 3, "{whats:?}");
    assert!(
        whats[0]
            .1
            .starts_with("The group astray cannot be used. There is no"),
        "{whats:?}"
    );
    assert!(
        whats[1].0 == "damaged"
            && whats[1]
                .1
                .starts_with("[TMP]/bulla/groups/broken.toml, line "),
        "{whats:?}"
    );
    assert_eq!(
        whats[2],
        (
            "group",
            "The group empty cannot be used. The group empty is empty"
        )
    );
    assert_eq!(findings[2][2], "Add someone: bulla group add empty NAME");
}

#[test]
fn doctor_finds_interrupted_damaged_and_merged_files() {
    let env = healthy();
    for file in [".pending.toml", ".change"] {
        env.in_keyring(file, "steps = []\n");
        let (findings, _) = found(&env);
        assert_eq!(findings[0][0], "leftover", "{findings:?}");
        std::fs::remove_file(env.path("../bulla").join(file)).unwrap();
    }
    env.interrupted("steps = []\n");
    assert_eq!(
        found(&env).0[0][..2],
        ["interrupted", "A change of the keyring was interrupted"].map(str::to_owned)
    );
    std::fs::remove_file(env.path("../bulla/.change")).unwrap();
    env.in_keyring("contacts/alice.toml", "recipients = 1\n");
    let (findings, _) = found(&env);
    assert_eq!(findings[0][0], "damaged", "{findings:?}");
    assert!(
        findings[0][1].starts_with("[TMP]/bulla/contacts/alice.toml, line 1: "),
        "{findings:?}"
    );
    let env = healthy();
    contact(&env, "ME", &hybrid(&env), "verified = \"2026-11-23\"\n");
    assert_eq!(found(&env).0.last().unwrap()[0], "clash");
}

#[test]
fn doctor_checks_config_and_plugins() {
    let env = healthy();
    env.in_keyring("config.toml", "\narmour = true\n");
    finds(
        &env,
        "config",
        "[TMP]/bulla/config.toml, line 2: unknown setting \"armour\"",
        "Did you mean armor?",
    );
    env.in_keyring("config.toml", "default_identity = \"mee\"\n");
    finds(
        &env,
        "config",
        "There is no identity \"mee\" in [TMP]/bulla",
        "Did you mean me?",
    );
    env.in_keyring("config.toml", "");
    env.in_settings("default_to = [\"bob\"]\npassphrase_command = [\"pass\"]\n");
    let (findings, _) = found(&env);
    assert!(
        findings[0][1].starts_with("default_to: There is no"),
        "{findings:?}"
    );
    assert_eq!(
        findings[1][1],
        "passphrase_command: no such program on the PATH"
    );
    let env = healthy().with_plugins();
    let with = |plugin: &str| {
        contact(
            &env,
            "bob",
            &plugins::recipient(plugin, "x"),
            "verified = \"2026-11-23\"\n",
        )
    };
    with(plugins::GOOD);
    assert_eq!(found(&env), (vec![], 0));
    with("missing");
    let (findings, _) = found(&env);
    assert_eq!(
        (findings.len(), findings[0][0].as_str()),
        (1, "plugin"),
        "{findings:?}"
    );
    assert_eq!(
        findings[0][2],
        "Install age-plugin-missing in a folder of your PATH"
    );
}

#[test]
fn a_contact_in_doubt_is_not_trusted_because_an_earlier_version_noted_it() {
    let env = TestEnv::new();
    let recipient = env.somebody("bob");
    contact(&env, "bob", &recipient, "\n[conflict]\nserial = 3\n");
    env.write("plain", "x");
    let sent = env.bulla(["encrypt", "--to", "bob", "plain"]).run();
    assert_eq!(sent.code, Some(8), "{}", sent.stderr);
    assert!(
        sent.stderr.contains("two different cards with one serial"),
        "{}",
        sent.stderr
    );
    assert!(!env.path("plain.age").exists());
}

/// Tools that start `age` start the first one.
#[test]
fn the_first_age_on_the_path_is_named_and_whether_it_is_this_program() {
    let env = healthy();
    let line = |env: &TestEnv| {
        let said = env.bulla(["doctor"]).run();
        let text = String::from_utf8(said.stdout).unwrap();
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix("age on the PATH: "));
        line.unwrap().rsplit('/').next().unwrap().to_owned()
    };
    assert_eq!(line(&env), "none");
    env.install("age", std::path::Path::new("/bin/sh"));
    assert_eq!(line(&env), "age (another program, or a copy)");
    let env = healthy();
    env.install("age", std::path::Path::new(env!("CARGO_BIN_EXE_bulla")));
    assert_eq!(line(&env), "age (this program)");
    let json = &env.bulla(["doctor", "--json"]).run().json()[0];
    assert_eq!(json["age"]["is_bulla"], true, "{json}");
}
