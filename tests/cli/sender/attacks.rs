//! What an attacker who can open a file, or who has keys, can try with it, and what the reader
//! sees.
//!
//! Each attack runs through the command, and its whole output is compared with a file in `attacks`.

use bulla_age::kinds::{HybridIdentity, X25519Identity, X25519Recipient};
use bulla_age::seed::Seed;
use bulla_age::sender::{Author, Coverage};
use bulla_age::signing::{Algorithm, Signer};
use bulla_age::stream::Engine;
use bulla_age::{NewFile, Recipient, signing};
use ed25519_dalek::SigningKey;
use sha2::{Digest, Sha256};

use crate::env::TestEnv;
use crate::forge::{Forged, Said, Stanza, root, stanza};
use crate::people::TWO;
use crate::someone::{IDENTITY, RECIPIENT};
use crate::transcript::Transcript;

/// The words of the seed 00 01 02 … 1f, which is Alice's.
const WORDS: &str = "abandon amount liar amount expire adjust cage candy arch gather drum bullet absurd math era live bid \
                     rhythm alien crouch range attend journey unaware";

/// The reader's keyring, with Alice's card and a key each for carol and mallory. Mallory's key is
/// [`IDENTITY`].
pub(super) fn env() -> TestEnv {
    let env = TestEnv::new();
    env.does(&["identity", "new", "--no-passphrase", "--classic", "-q"]);
    let alice = |args: &[&str], stdin: &str| {
        let said = env
            .bulla(args)
            .env("BULLA_HOME", env.path("alice"))
            .stdin(stdin)
            .run();
        assert_eq!(said.code, Some(0), "{}", said.stderr);
    };
    alice(
        &[
            "identity",
            "restore",
            "me",
            "--no-passphrase",
            "--classic",
            "-q",
        ],
        WORDS,
    );
    alice(
        &["card", "-q", "--name", "Alice Example", "-o", "alice.card"],
        "",
    );
    env.does(&["card", "-q", "-o", "mine.card"]);
    env.does(&["contact", "add", "alice", "alice.card"]);
    env.does(&["contact", "add", "carol", TWO]);
    env.does(&["contact", "add", "mallory", RECIPIENT]);
    alice(&["contact", "add", "reader", "mine.card"], "");
    alice(&["contact", "add", "mallory", RECIPIENT], "");
    env.write("plain", "pay bob 1\n");
    env
}

fn mallory() -> X25519Identity {
    IDENTITY.parse().unwrap()
}

/// The key that mallory wants to add. Nobody knows its secret.
fn ghost() -> X25519Recipient {
    X25519Identity::from_bytes(&[66; 32]).to_recipient()
}

fn reader(env: &TestEnv) -> X25519Recipient {
    let card = String::from_utf8(env.read("mine.card")).unwrap();
    card.lines()
        .find(|line| line.starts_with("age1"))
        .unwrap()
        .parse()
        .unwrap()
}

/// A file that Alice signed for these contacts, contents covered, as mallory has it.
pub(super) fn by_alice(env: &TestEnv, to: &[&str]) -> Forged {
    let mut args = vec![
        "encrypt",
        "-q",
        "-f",
        "--sign",
        "--no-self",
        "-o",
        "from-alice",
        "plain",
    ];
    to.iter().for_each(|name| args.extend(["--to", name]));
    let said = env.bulla(&args).env("BULLA_HOME", env.path("alice")).run();
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    Forged::open(&env.read("from-alice"), &mallory())
}

/// The same as a stream, whose contents the signature does not cover.
fn streamed_by_alice(env: &TestEnv) -> Forged {
    let (reader, mallory_key) = (reader(env), mallory().to_recipient());
    let file = NewFile::new(&[&reader as &dyn Recipient, &mallory_key]).unwrap();
    let signing = Seed::from_bytes(&std::array::from_fn(|i| i as u8)).signing();
    let mut bytes = file
        .header_by(&Author::signing(&signing, 1_795_428_240), Coverage::Header)
        .unwrap();
    Engine::new(1)
        .seal(&file.payload_key(), &b"pay bob 1\n"[..], &mut bytes)
        .unwrap();
    Forged::open(&bytes, &mallory())
}

/// The digest that the next statement uses to refer to this one.
fn digest(statement: &[u8]) -> Option<[u8; 32]> {
    Some(Sha256::digest(statement).into())
}

/// The entry of a key that can be proved.
fn provable(file: &Forged, recipient: &(impl ToString + ?Sized)) -> (u8, u8, [u8; 16]) {
    (1, 1, file.rid(&recipient.to_string()))
}

/// The fields of mallory's record of a change, following the author's statement.
fn change<'a>(behind: &[Vec<u8>], entries: Vec<(u8, u8, [u8; 16])>) -> Said<'a> {
    let previous = behind.last().and_then(|last| digest(last));
    Said {
        kind: 2,
        by: None,
        previous,
        content: None,
        entries,
    }
}

/// Adds a stanza to Alice's file, with a record by mallory that makes this claim about it, if any:
/// an entry of a kind, with the id of a recipient.
fn haunted(
    env: &TestEnv,
    ghost: impl Fn(&Forged) -> Stanza,
    entry: Option<(u8, String)>,
) -> Forged {
    let file = by_alice(env, &["reader", "mallory"]);
    let mut statements = file.statements();
    let mut recipients = file.recipients();
    recipients.push(ghost(&file));
    let file = file.with(recipients, &statements);
    let Some(entry) = entry else { return file };
    let entry = (entry.0, 1, file.rid(&entry.1));
    let entries = vec![
        provable(&file, &reader(env)),
        provable(&file, RECIPIENT),
        entry,
    ];
    statements.push(file.says(&change(&statements, entries)));
    file.with(file.recipients(), &statements)
}

/// Every question that the reader can ask about a file.
fn look(seen: &mut Transcript, env: &TestEnv, name: &str, file: &Forged) {
    env.write(name, file.file());
    for args in [
        &["who", name][..],
        &["who", "--strict", name],
        &["who", "--from", "alice", name],
        &["who", "--json", name],
        &["decrypt", "-o", "-", name],
        &["decrypt", "--from", "alice", "-o", "-", name],
        &["verify", name],
    ] {
        seen.run(env, "", args);
    }
}

/// The same for one file, under the name of the attack.
fn sees(attack: &str, env: &TestEnv, file: &Forged) {
    let mut seen = Transcript::default();
    look(&mut seen, env, "x.age", file);
    seen.compare(&format!("sender/attacks/{attack}"));
}

/// Alice writes to mallory, who gives the reader access as if Alice had written to the reader. The
/// reader sees that Alice did not list him, and that nobody recorded the change. Under another file
/// key her statement is useless: the original stanza makes the header invalid, and a new stanza
/// with her words has a signature that does not verify.
#[test]
fn resealed_for_a_third_person_keeping_the_statement() {
    let env = env();
    let file = by_alice(&env, &["mallory"]);
    let mut seen = Transcript::default();
    seen.note("the same file key");
    let passed = file.with(vec![file.stanza_for(&reader(&env))], &file.statements());
    look(&mut seen, &env, "same.age", &passed);
    seen.note("another file key, the author's stanza as it was");
    let mut other = Forged {
        file_key: [7; 16],
        ..file.clone()
    }
    .over(b"pay mallory 1000\n");
    other.stanzas = vec![
        other.stanza_for(&reader(&env)),
        file.stanzas.last().unwrap().clone(),
    ];
    look(&mut seen, &env, "other.age", &other);
    seen.note("another file key, the author's statement closed anew");
    let anew = other.with(other.recipients(), &file.statements());
    look(&mut seen, &env, "anew.age", &anew);
    seen.compare("sender/attacks/resealed_keeping_the_statement");
}

/// Another payload under the same key. Alice's signature covers the contents, so there is no
/// output.
#[test]
fn payload_swapped_by_a_co_recipient_where_the_contents_are_covered() {
    let env = env();
    let file = by_alice(&env, &["reader", "mallory"]);
    sees(
        "payload_swapped_content",
        &env,
        &file.over(b"pay mallory 1000\n"),
    );
}

/// The same if her signature does not cover them: the reader sees that anyone who can open the file
/// may have written the contents.
#[test]
fn payload_swapped_by_a_co_recipient_where_they_are_not() {
    let env = env();
    sees(
        "payload_swapped_origin",
        &env,
        &streamed_by_alice(&env).over(b"pay mallory 1000\n"),
    );
}

/// Mallory appends a signed record of his own with the root of his payload. Alice's root must match
/// as well, so there is no output. If she gave no root, the contents have no proven author.
#[test]
fn payload_swapped_with_a_second_statement_and_a_root_of_his_own() {
    let env = env();
    let his = SigningKey::from_bytes(&[9; 32]);
    let mut seen = Transcript::default();
    for (name, file) in [
        ("covered.age", by_alice(&env, &["reader", "mallory"])),
        ("streamed.age", streamed_by_alice(&env)),
    ] {
        let swapped = file.over(b"pay mallory 1000\n");
        let mut statements = swapped.statements();
        let entries = vec![provable(&file, &reader(&env)), provable(&file, RECIPIENT)];
        let said = change(&statements, entries);
        let said = Said {
            by: Some(&his),
            content: Some(root(&swapped.payload)),
            ..said
        };
        statements.push(swapped.says(&said));
        look(
            &mut seen,
            &env,
            name,
            &swapped.with(swapped.recipients(), &statements),
        );
    }
    seen.compare("sender/attacks/payload_swapped_with_a_root_of_his_own");
}

/// The reader sees one key more than the list has, and that it was added without a record.
#[test]
fn ghost_as_x25519() {
    let env = env();
    sees(
        "ghost_x25519",
        &env,
        &haunted(&env, |file| file.stanza_for(&ghost()), None),
    );
}

/// Listed under a key that the reader does not know: listed but not proved, and `--strict` refuses.
#[test]
fn ghost_as_a_stranger_who_is_listed() {
    let env = env();
    let file = haunted(
        &env,
        |file| file.stanza_for(&ghost()),
        Some((1, ghost().to_string())),
    );
    sees("ghost_listed", &env, &file);
}

/// A name that looks like filler. It could be a key, and the report says so, with and without an
/// entry.
#[test]
fn ghost_under_a_grease_name() {
    let env = env();
    let mut seen = Transcript::default();
    let grease = |_: &Forged| stanza("x-grease", &["a"], &[5; 32]);
    look(
        &mut seen,
        &env,
        "listed.age",
        &haunted(&env, grease, Some((2, "x".to_owned()))),
    );
    look(
        &mut seen,
        &env,
        "not-listed.age",
        &haunted(&env, grease, None),
    );
    seen.compare("sender/attacks/ghost_grease");
}

/// An entry of the unprovable kind is allowed only for stanzas of other types. For an X25519 stanza
/// it makes the header invalid; for another it is listed and never proved.
#[test]
fn ghost_as_a_listed_entry_that_cannot_be_proved() {
    let env = env();
    let mut seen = Transcript::default();
    let x25519 = |file: &Forged| file.stanza_for(&ghost());
    look(
        &mut seen,
        &env,
        "x25519.age",
        &haunted(&env, x25519, Some((2, "x".to_owned()))),
    );
    let ssh = |_: &Forged| stanza("ssh-ed25519", &["AAAA", &"A".repeat(43)], &[5; 32]);
    look(
        &mut seen,
        &env,
        "ssh.age",
        &haunted(&env, ssh, Some((2, "x".to_owned()))),
    );
    seen.compare("sender/attacks/ghost_listed_kind_2");
}

/// Under the name of someone the reader knows: the known key of that person shows that the claim is
/// false.
#[test]
fn ghost_presented_as_a_known_contact() {
    let env = env();
    let mut seen = Transcript::default();
    let x25519 = |file: &Forged| file.stanza_for(&ghost());
    look(
        &mut seen,
        &env,
        "x25519.age",
        &haunted(&env, x25519, Some((1, TWO.to_owned()))),
    );
    // As a key that cannot be proved, although carol's can.
    let ssh = |_: &Forged| stanza("ssh-ed25519", &["AAAA", &"A".repeat(43)], &[5; 32]);
    look(
        &mut seen,
        &env,
        "ssh.age",
        &haunted(&env, ssh, Some((2, TWO.to_owned()))),
    );
    seen.compare("sender/attacks/ghost_as_a_contact");
}

/// A stanza that opens with the reader's own key, but holds another key in place of this file's
/// key. It is not the stanza that opens the file, and it belongs to no listed reader.
#[test]
fn ghost_in_a_stanza_of_the_readers_own_key() {
    let env = env();
    let ghost = |file: &Forged| {
        let other = Forged {
            file_key: [7; 16],
            ..file.clone()
        };
        other.stanza_for(&reader(&env))
    };
    let mut seen = Transcript::default();
    look(
        &mut seen,
        &env,
        "listed.age",
        &haunted(&env, ghost, Some((1, reader(&env).to_string()))),
    );
    look(
        &mut seen,
        &env,
        "not-listed.age",
        &haunted(&env, ghost, None),
    );
    seen.compare("sender/attacks/ghost_in_an_own_stanza");
}

/// The one empty pad leaves no room to hide a key, so the header is invalid.
#[test]
fn ghost_as_a_second_pad_or_in_a_pad() {
    let env = env();
    let file = by_alice(&env, &["reader", "mallory"]);
    let (empty, full) = (
        stanza("bulla/pad", &["0"], &[0; 32]),
        stanza("bulla/pad", &["0"], &[5; 32]),
    );
    let word = stanza("bulla/pad", &["key"], &[0; 32]);
    let mut seen = Transcript::default();
    for (name, pads) in [
        ("one-empty.age", vec![empty.clone()]),
        ("two.age", vec![empty.clone(), empty]),
        ("full.age", vec![full]),
        ("word.age", vec![word]),
    ] {
        let mut padded = file.clone();
        padded.stanzas.extend(pads);
        env.write(name, padded.file());
        seen.run(&env, "", &["who", name]);
        seen.run(&env, "", &["decrypt", "-q", "-o", "-", name]);
    }
    seen.compare("sender/attacks/ghost_in_a_pad");
}

/// Sixteen bytes in the argument of the sender stanza, or after the statements, could hold a key,
/// so they make the header invalid.
#[test]
fn ghost_in_the_sender_stanza() {
    let env = env();
    let file = by_alice(&env, &["reader", "mallory"]);
    let statements = file.statements();
    let mut seen = Transcript::default();
    for (name, sender) in [
        ("as-it-was.age", file.sender_with(&statements, &[], None)),
        (
            "salt.age",
            file.sender_with(&statements, &[], Some([5; 16])),
        ),
        (
            "behind.age",
            file.sender_with(&statements, &[0, 0, 5], None),
        ),
        ("longer.age", file.sender_with(&statements, &[0; 512], None)),
    ] {
        let mut hidden = file.clone();
        *hidden.stanzas.last_mut().unwrap() = sender;
        env.write(name, hidden.file());
        seen.run(&env, "", &["who", name]);
        seen.run(&env, "", &["decrypt", "-q", "-o", "-", name]);
    }
    let mut argument = file.clone();
    argument
        .stanzas
        .last_mut()
        .unwrap()
        .args
        .push("5".repeat(32));
    env.write("argument.age", argument.file());
    seen.run(&env, "", &["decrypt", "-q", "-o", "-", "argument.age"]);
    seen.compare("sender/attacks/ghost_in_the_sender_stanza");
}

/// A chain that begins with a change names no author, whoever signed the change. An author's
/// statement must come first and follow no other, or else the header is invalid.
#[test]
fn statements_out_of_their_order() {
    let env = env();
    let file = by_alice(&env, &["reader", "mallory"]);
    let his = SigningKey::from_bytes(&[9; 32]);
    let entries = vec![provable(&file, &reader(&env)), provable(&file, RECIPIENT)];
    let origin = file.statements().remove(0);
    let said = |kind, previous| Said {
        kind,
        by: Some(&his),
        previous,
        content: None,
        entries: entries.clone(),
    };
    let says = |kind, previous| file.says(&said(kind, previous));
    let mut seen = Transcript::default();
    for (name, statements) in [
        ("change-first.age", vec![says(2, None)]),
        ("change-of-nothing.age", vec![says(2, Some([5; 32]))]),
        ("author-with-prev.age", vec![says(1, Some([5; 32]))]),
        (
            "author-second.age",
            vec![origin.clone(), says(1, digest(&origin))],
        ),
        (
            "author-behind-a-change.age",
            vec![says(2, None), origin.clone()],
        ),
        ("change-without-prev.age", vec![origin, says(2, None)]),
        ("none.age", vec![]),
    ] {
        look(
            &mut seen,
            &env,
            name,
            &file.with(file.recipients(), &statements),
        );
    }
    seen.compare("sender/attacks/statements_out_of_order");
}

/// Nobody new can open it, but the list has another order: changed without a record.
#[test]
fn stanzas_reordered() {
    let env = env();
    let file = by_alice(&env, &["reader", "mallory"]);
    let mut recipients = file.recipients();
    recipients.reverse();
    sees(
        "stanzas_reordered",
        &env,
        &file.with(recipients, &file.statements()),
    );
}

/// A statement by Alice, moved to another file that mallory made for the same people: either the
/// header is invalid, or the signature does not verify.
#[test]
fn statement_from_another_file() {
    let env = env();
    let (one, other) = (
        by_alice(&env, &["reader", "mallory"]),
        by_alice(&env, &["reader", "mallory"]),
    );
    let mut seen = Transcript::default();
    let mut moved = other.clone();
    *moved.stanzas.last_mut().unwrap() = one.stanzas.last().unwrap().clone();
    look(&mut seen, &env, "stanza.age", &moved);
    look(
        &mut seen,
        &env,
        "statement.age",
        &other.with(other.recipients(), &one.statements()),
    );
    seen.compare("sender/attacks/statement_from_another_file");
}

/// Carol got access to a file that Alice signed without its contents, wrote what she liked, and was
/// removed again. The header looks as before, but she may have written the contents. If the records
/// are dropped, Alice's original file remains, and the report says that one of its readers wrote
/// the contents.
#[test]
fn share_then_unshare_of_a_file_that_is_signed_without_its_contents() {
    let env = env();
    let file = streamed_by_alice(&env);
    let (mut statements, both) = (
        file.statements(),
        vec![provable(&file, &reader(&env)), provable(&file, RECIPIENT)],
    );
    let mut three = file.recipients();
    three.push(file.stanza_for(&TWO.parse::<X25519Recipient>().unwrap()));
    let shared = file.with(three, &statements);
    let with_carol = [both.clone(), vec![provable(&file, TWO)]].concat();
    statements.push(shared.says(&change(&statements, with_carol)));
    statements.push(file.says(&change(&statements, both)));
    let mut seen = Transcript::default();
    let swapped = file.over(b"pay carol 1000\n");
    look(
        &mut seen,
        &env,
        "recorded.age",
        &swapped.with(file.recipients(), &statements),
    );
    look(
        &mut seen,
        &env,
        "record-dropped.age",
        &swapped.with(file.recipients(), &statements[..1]),
    );
    // The program itself adds nobody.
    env.write("streamed.age", file.file());
    seen.run(&env, "", &["share", "streamed.age", "--to", "carol"]);
    seen.compare("sender/attacks/share_then_unshare");
}

/// A detached header with the file key of another file: refused before anything is read.
#[test]
fn detached_header_whose_file_key_is_another() {
    let env = env();
    let file = by_alice(&env, &["reader", "mallory"]);
    env.write("x.age", file.file());
    let mut other = Forged {
        file_key: [7; 16],
        ..file.clone()
    };
    other.stanzas = vec![other.stanza_for(&reader(&env))];
    env.write("other.hdr", other.header());
    let his = SigningKey::from_bytes(&[9; 32]);
    let said = Said {
        kind: 1,
        by: Some(&his),
        previous: None,
        content: Some(root(&file.payload)),
        entries: vec![provable(&other, &reader(&env))],
    };
    env.write(
        "signed.hdr",
        other
            .with(other.recipients(), &[other.says(&said)])
            .header(),
    );
    let mut seen = Transcript::default();
    for header in ["other.hdr", "signed.hdr"] {
        seen.run(
            &env,
            "",
            &["decrypt", "--header", header, "x.age", "-o", "-"],
        );
        seen.run(&env, "", &["verify", "--header", header, "x.age"]);
    }
    seen.compare("sender/attacks/detached_header_of_another_key");
}

/// A file that is sent again verifies. Only the date of the signature shows it.
#[test]
fn replay() {
    let env = env();
    let file = by_alice(&env, &["reader", "mallory"]);
    let mut seen = Transcript::default();
    look(&mut seen, &env, "first.age", &file);
    look(&mut seen, &env, "again.age", &file);
    seen.compare("sender/attacks/replay");
}

/// Keys of low order, whose secret anyone can compute: a signature by one is invalid, a share makes
/// the header invalid, and bulla never encrypts to one.
#[test]
fn low_order_keys() {
    let env = env();
    let file = by_alice(&env, &["reader", "mallory"]);
    let mut seen = Transcript::default();
    // The identity point, which "signs" everything unless verification is strict.
    let mut origin = file.statements().remove(0);
    let mut point = [0; 32];
    point[0] = 1;
    origin[3..35].copy_from_slice(&point);
    // With Ed25519 alone.
    origin[1] = 1;
    origin.truncate(origin.len() - Algorithm::Ed25519MlDsa65.signature_len() + 64);
    let signature = origin.len() - 64;
    origin[signature..signature + 32].copy_from_slice(&point);
    origin[signature + 32..].fill(0);
    look(
        &mut seen,
        &env,
        "signer.age",
        &file.with(file.recipients(), &[origin]),
    );
    let mut shared = file.clone();
    shared
        .stanzas
        .insert(0, stanza("X25519", &[&"A".repeat(43)], &[5; 32]));
    look(&mut seen, &env, "share.age", &shared);
    let weak = "age1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq5cu47z";
    seen.run(&env, "", &["encrypt", "-r", weak, "plain"]);
    seen.run(&env, "", &["contact", "add", "eve", weak]);
    let strong = HybridIdentity::from_bytes(&[1; 32])
        .to_recipient()
        .to_string();
    let mut bytes = bech32::primitives::decode::UncheckedHrpstring::new(&strong)
        .unwrap()
        .validate_and_remove_checksum::<crate::plugins::LongBech32>()
        .unwrap()
        .byte_iter()
        .collect::<Vec<u8>>();
    let half = bytes.len() - 32;
    bytes[half..].fill(0);
    let weak = crate::plugins::encode("age1pq", &bytes);
    seen.run(&env, "", &["encrypt", "-r", &weak, "plain"]);
    seen.name(&weak, "[WEAK]");
    assert!(!env.path("plain.age").exists());
    seen.compare("sender/attacks/low_order_keys");
}

/// Mallory's card contains the reader's key. The reader can open what Alice writes to mallory, and
/// could mistake it for a message to himself. The report says that it was signed to another
/// person's card.
#[test]
fn signed_to_another_persons_card_with_your_key() {
    let env = env();
    let his = signing::SecretSigningKey::new(&[9; 32], &[9; 32]);
    let text = format!(
        "# bulla card v1\n# name: Mallory\n# sign: {}\n# serial: 1\n# created: 2026-11-23\n# expires: 2999-01-01\n{}\n",
        his.key(),
        reader(&env)
    );
    let signed = his.sign(Algorithm::Ed25519, "bulla/card/v1", text.as_bytes());
    let signed = signing::text(&signed);
    env.write("mallory.card", format!("{text}# sig: {signed}\n"));
    let alice = |args: &[&str], stdin: &str| {
        let said = env
            .bulla(args)
            .env("BULLA_HOME", env.path("alice-2"))
            .stdin(stdin)
            .run();
        assert_eq!(said.code, Some(0), "{}", said.stderr);
    };
    alice(
        &[
            "identity",
            "restore",
            "me",
            "--no-passphrase",
            "--classic",
            "-q",
        ],
        WORDS,
    );
    alice(&["contact", "add", "mallory", "mallory.card"], "");
    alice(
        &[
            "encrypt", "-q", "--sign", "--to", "mallory", "-o", "x.age", "plain",
        ],
        "",
    );
    let mut seen = Transcript::default();
    for args in [
        &["who", "x.age"][..],
        &["who", "--strict", "x.age"],
        &["who", "--json", "x.age"],
        &["decrypt", "-o", "-", "x.age"],
        &["decrypt", "--from", "alice", "-o", "-", "x.age"],
        // The reader does not accept the card, because it contains his key.
        &["contact", "add", "eve", "mallory.card"],
    ] {
        seen.run(&env, "", args);
    }
    seen.compare("sender/attacks/somebody_elses_card");
}
