//! Files of newer versions: each thing that is unknown here, with each command.
//!
//! Alice signed all of them, contents included. What a newer version adds may change what that
//! means, so nobody is shown as the sender, and nothing is believed.

use base64::prelude::{BASE64_STANDARD, Engine};

use crate::env::TestEnv;
use crate::forge::{Forged, stanza};
use crate::sender::attacks::{by_alice, env};

/// Where the fields of a statement with a content root are.
const KIND: usize = 0;
const ALGORITHM: usize = 1;
const FLAGS: usize = 2;
const ENTRIES: usize = 3 + 64 + 8 + 32 + 32;

/// The body and the signature of the only statement.
fn statement(file: &Forged) -> (Vec<u8>, Vec<u8>) {
    let statement = file.statements().remove(0);
    let signature = match statement[ALGORITHM] {
        1 => 64,
        _ => 64 + 1952 + 3309,
    };
    let (body, signature) = statement.split_at(statement.len() - signature);
    (body.to_vec(), signature.to_vec())
}

fn framed(parts: &[&[u8]]) -> Vec<u8> {
    let part = |part: &&[u8]| {
        let len = u16::try_from(part.len()).unwrap();
        [&len.to_be_bytes()[..], part].concat()
    };
    parts.iter().flat_map(part).collect()
}

/// The file with these bytes in its sender stanza.
fn stating(file: &Forged, statements: Vec<u8>) -> Forged {
    let mut changed = file.clone();
    changed.stanzas = file.recipients();
    let sender = changed.sender_of(&[statements, vec![0; 2]].concat());
    changed.stanzas.push(sender);
    changed
}

/// The file with one byte of Alice's statement changed.
fn with_byte(file: &Forged, place: usize, byte: u8) -> Forged {
    let (mut body, signature) = statement(file);
    body[place] = byte;
    stating(file, framed(&[&body, &signature]))
}

/// The file with an extension before those of Alice's statement.
fn with_extension(file: &Forged, kind: u8) -> Forged {
    let (mut body, signature) = statement(file);
    let count = usize::from(u16::from_be_bytes([body[ENTRIES], body[ENTRIES + 1]]));
    let place = ENTRIES + 2 + 18 * count;
    let len = u16::from_be_bytes([body[place], body[place + 1]]) + 4;
    body.splice(place..place + 2, len.to_be_bytes());
    body.splice(place + 2..place + 2, [kind, 0, 1, 7]);
    stating(file, framed(&[&body, &signature]))
}

fn with_stanza(file: &Forged, place: usize) -> Forged {
    let mut changed = file.clone();
    changed
        .stanzas
        .insert(place, stanza("bulla/next", &["x"], &[7; 40]));
    changed
}

fn unknown_things(file: &Forged) -> Vec<(&'static str, Forged)> {
    let (body, signature) = statement(file);
    let later = [&[9, 1, 2][..], &[7; 200]].concat();
    let mut without_list = with_stanza(file, 1);
    without_list
        .stanzas
        .retain(|stanza| stanza.tag != "bulla/sender");
    vec![
        ("a stanza before all others", with_stanza(file, 0)),
        ("a stanza among the recipients", with_stanza(file, 1)),
        ("a stanza before the sender's", with_stanza(file, 2)),
        ("a stanza behind the sender's", with_stanza(file, 3)),
        ("a stanza without a sender's", without_list),
        ("a kind of statement", with_byte(file, KIND, 3)),
        ("a signature algorithm", with_byte(file, ALGORITHM, 3)),
        ("a flag", with_byte(file, FLAGS, 5)),
        ("a kind of entry", with_byte(file, ENTRIES + 2, 3)),
        ("a critical extension", with_extension(file, 0x10)),
        (
            "a later statement",
            stating(file, framed(&[&body, &signature, &later, &[9; 64]])),
        ),
    ]
}

fn armored(file: &[u8]) -> String {
    let body = BASE64_STANDARD.encode(file);
    let lines: Vec<&str> = (0..body.len())
        .step_by(64)
        .map(|start| &body[start..body.len().min(start + 64)])
        .collect();
    let (begin, end) = ("BEGIN AGE ENCRYPTED FILE", "END AGE ENCRYPTED FILE");
    format!("-----{begin}-----\n{}\n-----{end}-----\n", lines.join("\n"))
}

/// Runs a command that opens the file, which must not name Alice, and returns all that it prints.
#[track_caller]
fn prints(env: &TestEnv, what: &str, args: &[&str]) -> String {
    let said = env.bulla(args).run();
    let all = format!("{}{}", String::from_utf8_lossy(&said.stdout), said.stderr);
    assert_eq!(said.code, Some(0), "{what}, {args:?}: {all}");
    assert!(
        !all.to_lowercase().contains("alice"),
        "{what}, {args:?}: {all}"
    );
    all
}

/// Runs a command that fails, and returns its messages. Contents are never released.
#[track_caller]
fn refused(env: &TestEnv, what: &str, code: i32, args: &[&str]) -> String {
    let said = env.bulla(args).run();
    let out = String::from_utf8(said.stdout).unwrap();
    assert_eq!(said.code, Some(code), "{what}, {args:?}: {}", said.stderr);
    assert!(
        !out.contains("pay bob") && !out.contains("alice"),
        "{what}, {args:?}: {out}"
    );
    said.stderr
}

#[test]
fn a_file_with_newer_extensions_opens_but_proves_nothing() {
    let env = env();
    let signed = by_alice(&env, &["reader", "mallory"]);
    env.write("x.age", signed.file());
    env.does(&["verify", "-q", "--from", "alice", "x.age"]);
    let newer = "made by a newer version of bulla";
    for (what, file) in unknown_things(&signed) {
        env.write("x.age", file.file());
        env.write("x.txt", armored(&file.file()));
        for args in [
            &["who", "x.age"][..],
            &["decrypt", "-o", "-", "x.age"],
            &["read", "x.txt"],
            &["verify", "x.age"],
        ] {
            let said = prints(&env, what, args);
            assert!(said.contains(newer), "{what}, {args:?}: {said}");
            assert!(
                !said.contains("no other readers"),
                "{what}, {args:?}: {said}"
            );
        }
        for args in [
            &["who", "--json", "x.age"][..],
            &["read", "--json", "x.txt"],
            &["verify", "--json", "x.age"],
            &["decrypt", "--json", "-f", "-o", "x", "x.age"],
        ] {
            let json = prints(&env, what, args);
            let told: serde_json::Value = serde_json::from_str(&json).unwrap();
            let sender = &told["sender"];
            assert_eq!(sender["state"], "newer", "{what}, {args:?}");
            assert!(sender["by"].is_null() && sender["name"].is_null(), "{what}");
            assert_eq!(told["nobody_else"], false, "{what}, {args:?}");
            assert_eq!(told["changes"], serde_json::json!([]), "{what}, {args:?}");
        }
        for demand in ["--from", "--from-origin"] {
            for args in [
                &["who", "-q", demand, "alice", "x.age"][..],
                &["decrypt", demand, "alice", "-o", "-", "x.age"],
                &["read", demand, "alice", "x.txt"],
                &["verify", demand, "alice", "x.age"],
            ] {
                let said = refused(&env, what, 9, args);
                assert!(said.contains(newer), "{what}, {args:?}: {said}");
            }
        }
        let said = refused(&env, what, 9, &["who", "-q", "--strict", "x.age"]);
        assert!(said.contains(newer), "{what}: {said}");
        for args in [
            &["share", "x.age", "--to", "carol"][..],
            &["unshare", "x.age", "--drop", "mallory"],
        ] {
            let said = refused(&env, what, 7, args);
            assert!(said.contains("newer version"), "{what}, {args:?}: {said}");
        }
        env.does(&["inspect", "x.age"]);
    }
}

/// What is not critical changes nothing.
#[test]
fn an_extension_that_may_be_ignored_is_ignored() {
    let env = env();
    let signed = by_alice(&env, &["reader", "mallory"]);
    env.write("x.age", with_extension(&signed, 0x80).file());
    // Only the signature shows that Alice did not write it.
    let said = env.fails(9, &["verify", "x.age"]);
    assert!(said.contains("signature of statement 1"), "{said}");
}
