//! What `age-plugin-bulla` says to the program that started it, command by command (C2SP
//! age-plugin.md).

use std::path::Path;

use base64::{Engine, prelude::BASE64_STANDARD_NO_PAD};

use crate::env::TestEnv;
use crate::plugins::{GOOD, encode, identity, recipient};
use crate::someone::RECIPIENT;

const PASSPHRASE: &str = "red clay and reeds";

/// A recipient whose key nobody has.
const STRANGER: &str = "age1lvyvwawkr0mcnnnncaghunadrqkmuf9e6507x9y920xxpp866cnql7dp2z";

const OK: &str = "-> ok\n\n";
const FAIL: &str = "-> fail\n\n";

const QUESTION: &str = "request-secret: Passphrase for identity me";
const LOCKED: &str = "identity me is locked. Unlock it first: bulla unlock me";
const UNKNOWN: &str = "There is no identity \"bob\" in [KEYRING]";

/// Identities "me" (locked) and "bare" of the same key.
fn env() -> TestEnv {
    let env = TestEnv::new()
        .with_identity("me", Some(PASSPHRASE))
        .with_identity("bare", None);
    env.install("age-plugin-bulla", Path::new(env!("CARGO_BIN_EXE_bulla")));
    env
}

/// The command that names an identity.
fn add(name: &str) -> String {
    let data = [b"\x01", name.as_bytes()].concat();
    let text = encode("age-plugin-bulla-", &data).to_uppercase();
    format!("-> add-identity {text}\n\n")
}

/// The stanzas of a new file for this recipient, without any command.
fn stanzas(env: &TestEnv, recipient: &str) -> String {
    let encrypt = ["encrypt", "-q", "--plain", "-r", recipient];
    let closed = env.bulla(encrypt).stdin("plain").run();
    let text = String::from_utf8_lossy(&closed.assert_quiet().stdout).into_owned();
    let (header, _) = text.split_once("--- ").unwrap();
    let (_, stanzas) = header.split_once('\n').unwrap();
    stanzas.to_owned()
}

/// The commands that send the stanzas of a file.
fn file(index: usize, stanzas: &str) -> String {
    stanzas.replace("-> ", &format!("-> recipient-stanza {index} "))
}

/// Runs a session: the work, then the answers to the plugin's commands, and consent to all further
/// ones. Returns the commands with their texts, with `[KEYRING]` for its path. Of stanzas it returns
/// the first three words.
fn session(env: &TestEnv, machine: &str, work: &[&str], answers: &[&str]) -> Vec<String> {
    let plugin = env.path("../bin/age-plugin-bulla");
    let said = work.concat() + "-> done\n\n" + &answers.concat() + &OK.repeat(20);
    let flag = format!("--age-plugin={machine}");
    let outcome = env.program(plugin, [flag]).stdin(said).run();
    let spoken = String::from_utf8(outcome.assert_quiet().stdout.clone()).unwrap();
    let commands = spoken.strip_prefix("-> ").unwrap().split("\n-> ");
    let keyring = env.bulla_home().display().to_string();
    commands
        .map(|command| told(command).replace(&keyring, "[KEYRING]"))
        .collect()
}

fn told(command: &str) -> String {
    let (words, body) = command.split_once('\n').unwrap();
    let body = BASE64_STANDARD_NO_PAD.decode(body.replace('\n', ""));
    let body = body.unwrap();
    match words.split(' ').collect::<Vec<_>>()[..] {
        ["file-key", _] => {
            assert_eq!(body.len(), 16);
            words.to_owned()
        }
        ["recipient-stanza", file, kind, ..] => format!("recipient-stanza {file} {kind}"),
        _ if body.is_empty() => words.to_owned(),
        _ => format!("{words}: {}", String::from_utf8(body).unwrap()),
    }
}

fn decrypted(env: &TestEnv, work: &[&str], answers: &[&str]) -> Vec<String> {
    session(env, "identity-v1", work, answers)
}

#[test]
fn an_identity_that_is_named_twice_is_asked_about_once() {
    let env = env();
    let (me, work) = (add("me"), file(0, &stanzas(&env, RECIPIENT)));
    let again = me.replace("AGE-PLUGIN", "age-plugin");
    let again = again.replace(&again[26..], &again[26..].to_lowercase());
    assert_ne!(me, again);
    let said = decrypted(&env, &[&me, &again, &me, &work], &[FAIL]);
    let error = format!("error identity 0: {LOCKED}");
    assert_eq!(said, [QUESTION, &error, "done"]);
}

#[test]
fn errors_are_told_only_if_a_file_stays_closed() {
    let env = env();
    let keys = [add("bob"), add("bare")].concat();
    let mine = file(0, &stanzas(&env, RECIPIENT));
    let said = decrypted(&env, &[&keys, &mine], &[]);
    assert_eq!(said, ["file-key 0", "done"]);
    let another = file(1, &stanzas(&env, STRANGER));
    let said = decrypted(&env, &[&keys, &mine, &another], &[]);
    let error = format!("error identity 0: {UNKNOWN}");
    assert_eq!(said, ["file-key 0", &error, "done"]);
}

/// A file that is for somebody else has no answer, and neither has one without stanzas.
#[test]
fn each_file_that_opens_has_its_own_answer() {
    let env = env();
    let files = [(0, RECIPIENT), (1, STRANGER), (3, RECIPIENT)];
    let files = files.map(|(index, whom)| file(index, &stanzas(&env, whom)));
    let said = decrypted(&env, &[&add("bare"), &files.concat()], &[]);
    assert_eq!(said, ["file-key 0", "file-key 3", "done"]);
    let said = decrypted(&env, &[&add("bare")], &[]);
    assert_eq!(said, ["done"]);
    let said = decrypted(&env, &[&files.concat()], &[]);
    assert_eq!(said, ["done"]);
}

/// The identity of another plugin, in the keyring.
#[test]
fn all_files_of_a_session_are_sent_to_another_plugin_together() {
    let env = env().with_plugins();
    let words = format!("7;log={}", env.path("log").display());
    env.write("token", identity(GOOD, &words));
    let seven = recipient(GOOD, "7");
    let import = ["identity", "import", "token", "token", "-r", &seven];
    env.does(&[&import[..], &["--no-passphrase"]].concat());
    let files = [0, 1].map(|index| file(index, &stanzas(&env, &seven)));
    let said = decrypted(&env, &[&add("token"), &files.concat()], &[]);
    assert_eq!(said, ["file-key 0", "file-key 1", "done"]);
    assert_eq!(env.read("log"), b"unwrap 7 files 2\n");
}

#[test]
fn an_empty_answer_is_no_passphrase_and_nothing_is_asked_again() {
    let env = env();
    let work = file(0, &stanzas(&env, RECIPIENT));
    let said = decrypted(&env, &[&add("me"), &work], &[OK]);
    let error = format!("error identity 0: {LOCKED}");
    assert_eq!(said, [QUESTION, &error, "done"]);
}

/// It is the only error of its file: no other identity is tried on it, and nobody is asked.
#[test]
fn a_malformed_stanza_is_an_error_with_the_places_of_its_file_and_of_itself() {
    let env = env();
    let keys = [add("bare"), add("me")].concat();
    let good = stanzas(&env, RECIPIENT);
    let body = good.split_once('\n').unwrap().1;
    let first = file(0, &good);
    for (bad, why) in [
        (format!("-> X25519\n{body}"), "it must have one argument"),
        (
            format!("-> X25519 A B\n{body}"),
            "it must have one argument",
        ),
        (
            format!("-> X25519 !\n{body}"),
            "its argument is not canonical base64",
        ),
        (
            format!("-> X25519 QUJD\n{body}"),
            "its argument has the wrong length",
        ),
        (good.replace(body, "QUJD\n"), "its body is not 32 bytes"),
    ] {
        let error =
            |place: usize| format!("error stanza 1 {place}: malformed X25519 stanza: {why}");
        for (before, place) in [(String::new(), 0), ("-> other\n\n".to_owned() + &good, 2)] {
            let second = file(1, &(before + &bad));
            let said = decrypted(&env, &[&keys, &first, &second], &[]);
            assert_eq!(said, ["file-key 0", &error(place), "done"], "{bad}");
        }
    }
}

#[test]
fn an_error_names_the_place_of_its_identity() {
    let env = env();
    let keys = [add("bare"), add("me"), add("bob")].concat();
    let work = file(0, &stanzas(&env, STRANGER));
    let said = decrypted(&env, &[&keys, &work], &[FAIL]);
    let unknown = format!("error identity 2: {UNKNOWN}");
    let locked = format!("error identity 1: {LOCKED}");
    assert_eq!(said, [QUESTION, &unknown, &locked, "done"]);
}

#[test]
fn what_cannot_be_encrypted_to_is_named_by_its_place() {
    let env = env();
    let recipients = [recipient("bulla", "a"), recipient("bulla", "b")];
    let recipients = recipients.map(|text| format!("-> add-recipient {text}\n\n"));
    let keys = recipients.concat() + &add("me") + &add("bob");
    let key = "-> wrap-file-key\nBwcHBwcHBwcHBwcHBwcHBw\n";
    let said = session(&env, "recipient-v1", &[&keys, key], &[]);
    let places: Vec<_> = said.iter().map(|said| said.split(": ").next()).collect();
    let expected = ["error recipient 0", "error recipient 1", "error identity 1"];
    assert_eq!(places[..3], expected.map(Some), "{said:?}");
    assert_eq!(said[3..], ["done"]);
    assert!(said[2].contains(UNKNOWN), "{said:?}");
}

#[test]
fn each_file_key_has_its_own_stanza_and_labels_are_for_those_who_know_them() {
    let env = env();
    env.does(&["identity", "new", "pq", "--no-passphrase", "-q"]);
    let key = "-> wrap-file-key\nBwcHBwcHBwcHBwcHBwcHBw\n";
    let labels = "-> extension-labels\n\n";
    for (name, labels, kind, first) in [
        ("me", labels, "X25519", None),
        ("pq", "", "mlkem768x25519", None),
        ("pq", labels, "mlkem768x25519", Some("labels postquantum")),
    ] {
        let said = session(&env, "recipient-v1", &[&add(name), key, labels, key], &[]);
        let stanzas = [0, 1].map(|file| format!("recipient-stanza {file} {kind}"));
        let first = first.map(str::to_owned);
        let expected = first.into_iter().chain(stanzas);
        let expected: Vec<_> = expected.chain(["done".to_owned()]).collect();
        assert_eq!(said, expected, "{name}");
    }
}
