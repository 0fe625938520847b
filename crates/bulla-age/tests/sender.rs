//! The sender stanza at its limits: size, order of statements, and contents that a newer version
//! may have written.

#![cfg(test)]

#[path = "forge/mod.rs"]
#[expect(dead_code, reason = "the attacks of tests/cli need more of it")]
mod forge;

use bulla_age::format::HeaderLimits;
use bulla_age::kinds::{X25519Identity, X25519Recipient};
use bulla_age::seed::Seed;
use bulla_age::sender::{
    Author, Coverage, MirrorKey, ReaderChange, ReaderEvidence, RewriteError, SenderError,
    UnaccountedReason,
};
use bulla_age::signing::Algorithm;
use bulla_age::stream::Engine;
use bulla_age::{
    DecryptError, EncryptError, FileKey, Identity, LockedFile, NewFile, Recipient, UnlockedFile,
    Unwrapped, signing,
};
use ed25519_dalek::SigningKey;
use forge::{Forged, Said, Stanza, root, stanza};
use sha2::{Digest, Sha256};

fn me() -> X25519Identity {
    Seed::from_bytes(&[1; 32]).classic(0)
}

fn recipient(number: u32) -> X25519Recipient {
    let mut bytes = [9; 32];
    bytes[..4].copy_from_slice(&number.to_le_bytes());
    X25519Identity::from_bytes(&bytes).to_recipient()
}

/// A signed file of a few bytes for the author and one other reader, always the same.
fn forged() -> Forged {
    let (mine, other, sign) = (
        me().to_recipient(),
        recipient(1),
        Seed::from_bytes(&[1; 32]).signing(),
    );
    let new = NewFile::of(FileKey::new(&[4; 16]), [5; 16], &[&mine, &other]).unwrap();
    let author = Author {
        algorithm: Algorithm::Ed25519,
        ..Author::signing(&sign, 1)
    };
    let mut bytes = new.header_by(&author, Coverage::Header).unwrap();
    Engine::new(1)
        .seal(&new.payload_key(), &b"hello\n"[..], &mut bytes)
        .unwrap();
    Forged::open(&bytes, &me())
}

fn open(bytes: &[u8]) -> Result<UnlockedFile, DecryptError> {
    LockedFile::read(&mut &*bytes).unwrap().open(&[&me()])
}

/// The file with these stanzas instead of its own.
fn with(stanzas: Vec<Stanza>) -> Result<UnlockedFile, DecryptError> {
    open(
        &Forged {
            stanzas,
            ..forged()
        }
        .file(),
    )
}

#[track_caller]
fn is_malformed(result: Result<UnlockedFile, DecryptError>, why: &str) {
    match result {
        Err(DecryptError::Sender(SenderError::Malformed(said))) => assert_eq!(said, why),
        Err(error) => panic!("refused otherwise: {error}"),
        Ok(_) => panic!("taken, although: {why}"),
    }
}

#[test]
fn our_stanzas_come_last_and_once() {
    let file = forged();
    let [mine, other, sender] = &file.stanzas[..] else {
        panic!("three stanzas")
    };
    let all = |stanzas: &[&Stanza]| with(stanzas.iter().map(|stanza| (*stanza).clone()).collect());
    assert!(all(&[mine, other, sender]).is_ok());
    assert!(all(&[mine, other]).is_ok());
    let place = "header: a bulla stanza is out of place";
    let pad = stanza("bulla/pad", &[], &[]);
    for wrong in [
        &[mine, sender, other][..],
        &[sender, mine, other],
        &[mine, other, sender, sender],
        &[mine, other, &pad, sender],
        &[mine, &pad, other],
        &[mine, other, sender, &pad, &pad],
    ] {
        is_malformed(all(wrong), place);
    }
}

#[test]
fn a_pad_has_no_room_for_a_key() {
    let file = forged();
    let padded = |pad: Stanza| with(file.stanzas.iter().cloned().chain([pad]).collect());
    for (arguments, body) in [(&[][..], 0), (&["0"], 0), (&["00"], 1), (&["000"], 96)] {
        assert!(
            padded(stanza("bulla/pad", arguments, &vec![0; body])).is_ok(),
            "{arguments:?} {body}"
        );
    }
    let mut one_bit = vec![0; 96];
    one_bit[95] = 1;
    for (arguments, body) in [
        (&["0000"][..], vec![]),
        (&["1"], vec![]),
        (&["0", "0"], vec![]),
        (&["00O"], vec![]),
        (&[], one_bit),
    ] {
        is_malformed(
            padded(stanza("bulla/pad", arguments, &body)),
            "bulla/pad stanza: it is not empty",
        );
    }
}

/// The body of an unsigned statement of kind 1 about the recipients of the file, with a field of
/// this length that readers skip.
fn long_statement(file: &Forged, field: usize) -> Vec<u8> {
    let mut body = vec![1, 0, 0];
    body.extend([0; 72]);
    body.extend(file.digest());
    body.extend([0, 2, 0, 1]);
    body.extend([0; 16]);
    body.extend([0, 1]);
    body.extend([0; 16]);
    body.extend(u16::try_from(field + 3).unwrap().to_be_bytes());
    body.push(0x90);
    body.extend(u16::try_from(field).unwrap().to_be_bytes());
    body.extend(vec![5; field]);
    body
}

#[test]
fn statements_have_room_in_256_kibibytes() {
    let file = forged();
    // The first three statements of a body of 65,535 bytes each leave room for one more.
    let first = long_statement(&file, 65_535 - long_statement(&file, 0).len());
    let mut statements = vec![first];
    while statements.len() < 3 {
        let mut change = statements[0].clone();
        (change[0], change[2]) = (2, 2);
        // `prev` is between the digest of the stanzas and the list.
        let field = change.len() - 32;
        change.truncate(field);
        let len = u16::from_be_bytes([change[145], change[146]]) - 32;
        change[145..147].copy_from_slice(&len.to_be_bytes());
        let len = u16::from_be_bytes([change[148], change[149]]) - 32;
        change[148..150].copy_from_slice(&len.to_be_bytes());
        let previous = Sha256::digest(statements.last().unwrap());
        change.splice(107..107, previous);
        statements.push(change);
    }
    let whole = |last: usize| {
        let mut change = long_statement(&file, last);
        (change[0], change[2]) = (2, 2);
        change.splice(107..107, Sha256::digest(statements.last().unwrap()));
        let mut stanzas = file.recipients();
        stanzas.push(file.sender(&[&statements[..], &[change]].concat()));
        with(stanzas)
    };
    let rest = 256 * 1024 - 16 - 3 * 65_539 - 6 - long_statement(&file, 32).len();
    assert!(whole(rest).is_ok(), "256 KiB to the byte");
    is_malformed(
        whole(rest + 1),
        "bulla/sender stanza: its body has the wrong length",
    );
}

#[test]
fn statements_end_with_fewer_than_512_zeros() {
    let file = forged();
    let with_more = |more: &[u8]| {
        let mut stanzas = file.recipients();
        stanzas.push(file.sender_with(&[long_statement(&file, 100)], more, None));
        with(stanzas)
    };
    assert!(with_more(&[]).is_ok() && with_more(&[0; 10]).is_ok());
    for more in [&[0; 512][..], &[0; 1024], &[1], &[0, 0, 0, 5]] {
        is_malformed(
            with_more(more),
            "bulla/sender stanza: extra data after its statements",
        );
    }
}

/// The length of the stanza does not tell a signed file from an unsigned one, or a few changes from
/// none.
#[test]
fn padding_hides_the_length_of_the_statements() {
    let file = forged();
    let signed = file.stanzas.last().unwrap().body.len();
    let unsigned = {
        let file = NewFile::new(&[&me().to_recipient(), &recipient(1)]).unwrap();
        let header = file
            .header_by(&Author::unsigned(1), Coverage::Header)
            .unwrap();
        let closed = LockedFile::read(&mut &*header).unwrap();
        closed.header().stanzas().last().unwrap().body.len()
    };
    assert_eq!((signed, unsigned), (512, 512));
}

/// A signature has the length that belongs to its algorithm.
#[test]
fn a_signature_of_another_length_is_malformed() {
    let file = forged();
    let statement = file.statements().remove(0);
    let (body, signature) = statement.split_at(statement.len() - 64);
    let framed = |body: &[u8], signature: &[u8]| {
        let len = |part: &[u8]| u16::try_from(part.len()).unwrap().to_be_bytes();
        let mut stanzas = file.recipients();
        let bytes = [&len(body)[..], body, &len(signature), signature, &[0; 2]].concat();
        stanzas.push(file.sender_of(&bytes));
        with(stanzas)
    };
    assert!(framed(body, signature).is_ok());
    let unsigned = long_statement(&file, 0);
    let mut both = body.to_vec();
    both[1] = 2;
    for (body, signature) in [
        (body, &signature[..63]),
        (body, &[]),
        (body, &[signature, &[0]].concat()),
        (&unsigned, &[0]),
        (&unsigned, signature),
        (&both, signature),
        (&both, &[0; 64 + 1952 + 3308]),
        (&both, &[0; 64 + 1952 + 3310]),
    ] {
        is_malformed(
            framed(body, signature),
            "statement: its signature has the wrong length",
        );
    }
}

/// Checks that a newer version made the file: it opens, it has no sender, its list is neither
/// believed nor reported as false, and no statement is added to it.
#[track_caller]
fn is_newer(opened: Result<UnlockedFile, DecryptError>, what: &str) {
    let opened = opened.unwrap_or_else(|error| panic!("{what}: {error}"));
    let sender = opened.sender(signing::verify).unwrap().unwrap();
    assert!(sender.is_newer() && !sender.is_recorded(), "{what}");
    assert!(
        sender.statements().is_empty() && sender.origin().is_none() && sender.entries().is_none(),
        "{what}"
    );
    let mine = me().to_recipient();
    assert_eq!(
        opened.prove_readers(Some(&sender), &[&mine], &[]),
        [
            ReaderEvidence::Proved { known: 0 },
            ReaderEvidence::Unlisted
        ],
        "{what}"
    );
    let change = ReaderChange {
        add: &[],
        drop: &[1],
        proved: &[],
        labels: &Default::default(),
    };
    let again = opened.rewrite_header(Some(&sender), &change, &Author::unsigned(1));
    assert!(matches!(again, Err(RewriteError::Newer)), "{what}");
}

/// Every number that a newer version may give a meaning to, so that readers stay tolerant (compare
/// RFC 8701).
#[test]
fn unknown_statements_are_from_a_newer_version() {
    let file = forged();
    let statement = file.statements().remove(0);
    let changed = |statement: &[u8], at: usize, value: u8| {
        let mut changed = statement.to_vec();
        changed[at] = value;
        let mut stanzas = file.recipients();
        // The lengths are those of version 1, whatever is between them.
        let (body, signature) = changed.split_at(changed.len() - 64);
        let len = |part: &[u8]| u16::try_from(part.len()).unwrap().to_be_bytes();
        let bytes = [&len(body)[..], body, &len(signature), signature, &[0; 2]].concat();
        stanzas.push(file.sender_of(&bytes));
        with(stanzas)
    };
    for value in (0..=255).filter(|value| ![1, 2].contains(value)) {
        is_newer(changed(&statement, 0, value), &format!("kind {value}"));
    }
    for value in 3..=255 {
        is_newer(changed(&statement, 1, value), &format!("alg {value}"));
    }
    for value in (0..=255).filter(|value| value & !3 != 0) {
        is_newer(changed(&statement, 2, value), &format!("flags {value}"));
    }
    let entry = 3 + 64 + 8 + 32 + 2;
    for value in 3..=255 {
        is_newer(changed(&statement, entry, value), &format!("entry {value}"));
    }
    let behind = statement.len() - 64 - 2;
    for value in 0..=127 {
        let mut extended = statement.clone();
        extended.splice(behind..behind + 2, [0, 4, value, 0, 1, 9]);
        is_newer(changed(&extended, 0, 1), &format!("extension {value}"));
    }
    for value in 128..=255 {
        let mut extended = statement.clone();
        extended.splice(behind..behind + 2, [0, 4, value, 0, 1, 9]);
        let opened = changed(&extended, 0, 1);
        match value {
            0x83 => is_malformed(opened, "statement: its length is invalid"),
            0x85 => is_malformed(opened, "statement: its addressees are cut off"),
            0x86 => is_malformed(opened, "statement: its digest is invalid"),
            _ => assert!(
                opened
                    .unwrap_or_else(|error| panic!("{error}"))
                    .recipients()
                    .count()
                    == 2,
                "optional extension {value}"
            ),
        }
    }
}

/// Stanzas of newer versions can be anywhere. They are nobody's, and no statement is about them.
#[test]
fn an_unknown_stanza_of_ours_is_from_a_newer_version() {
    let file = forged();
    for tag in [
        "bulla/grease",
        "bulla/",
        "bulla/sender2",
        "bulla/Sender",
        "bulla/sender/v2",
    ] {
        for (arguments, body) in [(&[][..], 0), (&["x", "y"], 100)] {
            for place in 0..=file.stanzas.len() {
                let mut stanzas = file.stanzas.clone();
                stanzas.insert(place, stanza(tag, arguments, &vec![7; body]));
                let opened = with(stanzas);
                is_newer(opened, &format!("{tag} in place {place}"));
            }
        }
        // Also where there is no sender stanza.
        let mut stanzas = file.recipients();
        stanzas.push(stanza(tag, &[], &[]));
        is_newer(with(stanzas), tag);
    }
    for tag in ["bulla", "Bulla/x", "xbulla/x", "bullax"] {
        let mut stanzas = file.stanzas.clone();
        stanzas.insert(0, stanza(tag, &[], &[]));
        let opened = with(stanzas).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(opened.recipients().count(), 3, "{tag}");
    }
}

/// A statement that is known but malformed stays an error before the first unknown thing, and the
/// lengths must be right after it too.
#[test]
fn malformed_statements_are_not_taken_for_a_newer_version() {
    let file = forged();
    let statement = file.statements().remove(0);
    let (mut unknown, mut wrong) = (statement.clone(), statement.clone());
    unknown[0] = 0xea;
    // An entry of a provable key that stands for no stanza.
    wrong[3 + 64 + 8 + 32 + 2 + 1] = 0;
    let of = |statements: &[&Vec<u8>]| {
        let statements: Vec<Vec<u8>> = statements.iter().map(|one| (*one).clone()).collect();
        let mut stanzas = file.recipients();
        stanzas.push(file.sender(&statements));
        with(stanzas)
    };
    is_malformed(
        of(&[&wrong, &unknown]),
        "statement: an entry of its list is invalid",
    );
    is_newer(of(&[&unknown, &wrong]), "after it");
    let mut stanzas = file.recipients();
    let cut = [
        &u16::try_from(unknown.len() + 900).unwrap().to_be_bytes()[..],
        &unknown,
    ]
    .concat();
    stanzas.push(file.sender_of(&cut));
    is_malformed(with(stanzas), "statement: it is cut off");
    let unfinished = [&[0, 1, 0xea, 0, 0][..], &[0, 0], &[5]].concat();
    let mut stanzas = file.recipients();
    stanzas.push(file.sender_of(&unfinished));
    is_malformed(
        with(stanzas),
        "bulla/sender stanza: extra data after its statements",
    );
    // Misplaced stanzas that are known are no better with one that is not.
    let mut stanzas = file.stanzas.clone();
    stanzas.insert(0, stanza("bulla/grease", &[], &[]));
    stanzas.reverse();
    is_malformed(with(stanzas), "header: a bulla stanza is out of place");
}

/// Applies not only to the author: every later signer is bound by every signature and every root
/// too.
#[test]
fn every_signature_and_every_root_is_checked() {
    let file = forged();
    let author = SigningKey::from_bytes(&[3; 32]);
    let right = root(&file.payload);
    let entries = vec![(1, 1, [1; 16]), (1, 1, [2; 16])];
    let origin = file.says(&Said {
        kind: 1,
        by: Some(&author),
        previous: None,
        content: Some(right),
        entries: entries.clone(),
    });
    let verdict = |by: Option<&SigningKey>, content: Option<[u8; 32]>, flipped: bool| {
        let previous = Some(Sha256::digest(&origin).into());
        let mut change = file.says(&Said {
            kind: 2,
            by,
            previous,
            content,
            entries: entries.clone(),
        });
        *change.last_mut().unwrap() ^= u8::from(flipped);
        let mut stanzas = file.recipients();
        stanzas.push(file.sender(&[origin.clone(), change]));
        let opened = with(stanzas).unwrap_or_else(|error| panic!("{error}"));
        opened
            .sender(signing::verify)
            .and_then(|sender| sender.unwrap().check_content(&right))
    };
    let other = SigningKey::from_bytes(&[4; 32]);
    for by in [None, Some(&author), Some(&other)] {
        for content in [None, Some(right)] {
            assert_eq!(verdict(by, content, false), Ok(()));
        }
        assert_eq!(verdict(by, Some([8; 32]), false), Err(SenderError::Content));
    }
    assert_eq!(
        verdict(Some(&other), None, true),
        Err(SenderError::Signature(2))
    );
}

#[test]
fn a_list_that_is_about_other_stanzas_lists_nobody() {
    let file = forged();
    let [mine, other, sender] = &file.stanzas[..] else {
        panic!("three stanzas")
    };
    let opened = with(vec![other.clone(), mine.clone(), sender.clone()])
        .unwrap_or_else(|error| panic!("{error}"));
    let sender = opened.sender(signing::verify).unwrap().unwrap();
    assert!(!sender.is_recorded() && sender.entries().is_none());
    let mine = me().to_recipient();
    let classes = opened.prove_readers(Some(&sender), &[&mine], &[]);
    assert_eq!(
        classes,
        [
            ReaderEvidence::Unaccounted(UnaccountedReason::Unrecorded),
            ReaderEvidence::Proved { known: 0 }
        ]
    );
}

#[test]
fn more_recipients_than_a_list_can_hold_are_refused() {
    let recipients: Vec<_> = (0..3_700).map(recipient).collect();
    let wraps: Vec<&dyn Recipient> = recipients
        .iter()
        .map(|recipient| -> &dyn Recipient { recipient })
        .collect();
    let most = |count: usize| {
        let new = NewFile::new(&wraps[..count]).unwrap();
        new.header_by(&Author::unsigned(1), Coverage::Header)
    };
    assert!(most(3_600).is_ok());
    assert!(matches!(
        most(3_700),
        Err(EncryptError::Sender(SenderError::TooLong))
    ));
}

#[test]
fn a_full_record_is_refused_and_not_truncated() {
    let recipients: Vec<_> = (0..300).map(recipient).collect();
    let mine = me().to_recipient();
    let wraps = recipients.iter().chain([&mine]);
    let wraps: Vec<&dyn Recipient> = wraps.map(|one| -> &dyn Recipient { one }).collect();
    let new = NewFile::new(&wraps).unwrap();
    let mut file = new
        .header_by(&Author::unsigned(1), Coverage::Header)
        .unwrap();
    let drop_nobody = ReaderChange {
        add: &[],
        drop: &[],
        proved: &[],
        labels: &Default::default(),
    };
    let mut statements = 1;
    let refused = loop {
        let opened = open(&file).unwrap_or_else(|error| panic!("{error}"));
        let sender = opened.sender(signing::verify).unwrap().unwrap();
        assert_eq!(sender.statements().len(), statements);
        match opened.rewrite_header(Some(&sender), &drop_nobody, &Author::unsigned(1)) {
            Ok(bytes) => file = bytes,
            Err(error) => break error,
        }
        statements += 1;
    };
    assert!(
        matches!(refused, RewriteError::Sender(SenderError::ChainTooLong)),
        "{refused}"
    );
    assert!(statements > 40, "{statements}");
}

/// With two file keys for one reader, it would depend on the order of keys and stanzas what the
/// file is.
#[test]
fn two_file_keys_for_one_reader_are_refused() {
    let file = forged();
    let other = Forged {
        file_key: [9; 16],
        ..file.clone()
    };
    let mine = me().to_recipient();
    let same = [file.stanza_for(&mine), file.stanza_for(&mine)];
    assert!(with(same.to_vec()).is_ok(), "the same key twice");
    for stanzas in [
        vec![file.stanza_for(&mine), other.stanza_for(&mine)],
        vec![
            file.stanza_for(&mine),
            stanza("a", &[], &[]),
            other.stanza_for(&mine),
        ],
    ] {
        let opened = with(stanzas.clone());
        assert!(matches!(opened, Err(DecryptError::TwoFileKeys)));
        // In the other order, the key that is found first does not fit the header.
        let reversed = with(stanzas.into_iter().rev().collect());
        assert!(matches!(reversed, Err(DecryptError::Mac)));
    }
}

/// An identity that counts the stanzas it is tried on.
struct Counting {
    of: X25519Identity,
    tried: std::sync::atomic::AtomicUsize,
    work: usize,
}

impl Counting {
    fn new(work: usize) -> Self {
        Self {
            of: me(),
            tried: Default::default(),
            work,
        }
    }

    fn tried(&self) -> usize {
        self.tried.load(std::sync::atomic::Ordering::Relaxed)
    }
}

impl Identity for Counting {
    fn unwrap(&self, stanzas: &[bulla_age::format::Stanza]) -> Unwrapped {
        let order = std::sync::atomic::Ordering::Relaxed;
        self.tried.fetch_add(stanzas.len(), order);
        self.of.unwrap(stanzas)
    }

    fn work(&self, stanzas: &[bulla_age::format::Stanza]) -> usize {
        self.work * stanzas.len()
    }

    fn effort(&self) -> bulla_age::Effort {
        self.of.effort()
    }

    fn describe(&self) -> String {
        self.of.describe()
    }
}

/// A file with this number of stanzas of other people before that of the reader.
fn with_others(count: usize) -> Vec<u8> {
    let file = forged();
    let mut stanzas: Vec<Stanza> = (0..count)
        .map(|number| {
            let mut body = [7; 32];
            body[..8].copy_from_slice(&number.to_le_bytes());
            stanza(
                "X25519",
                &["BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc"],
                &body,
            )
        })
        .collect();
    stanzas.push(file.stanza_for(&me().to_recipient()));
    Forged { stanzas, ..file }.file()
}

#[test]
fn keys_are_tried_in_proportion_to_the_stanzas() {
    let tried = |others: usize| {
        let identity = Counting::new(1);
        let opened = LockedFile::read(&mut &*with_others(others))
            .unwrap()
            .open(&[&identity])
            .unwrap_or_else(|error| panic!("{error}"));
        let mine = me().to_recipient();
        opened.prove_readers(None, &[&mine], &[&identity]);
        identity.tried()
    };
    // Once to open it, once to look for another file key, and once to look for readers.
    assert_eq!((tried(10), tried(20), tried(40)), (32, 62, 122));
}

#[test]
fn too_much_work_is_refused_before_it_is_done() {
    let file = with_others(99);
    let within = |stanzas: usize, identities: &[&dyn Identity]| {
        let limits = HeaderLimits {
            stanzas,
            ..HeaderLimits::default()
        };
        LockedFile::read_within(&limits, &mut &*file)
            .unwrap()
            .open(identities)
            .map(|opened| opened.identity())
    };
    // Three units for each stanza that the header may have.
    let identity = Counting::new(3);
    assert!(matches!(within(100, &[&identity]), Ok(0)));
    let identity = Counting::new(4);
    let refused = within(100, &[&identity]);
    assert!(matches!(refused, Err(DecryptError::TooMuchWork)));
    assert_eq!(identity.tried(), 0);
    assert!(matches!(within(134, &[&identity]), Ok(0)));
    // All identities count together.
    let others: Vec<X25519Identity> = (2..8)
        .map(|byte| X25519Identity::from_bytes(&[byte; 32]))
        .collect();
    let others: Vec<&dyn Identity> = others.iter().map(|one| -> &dyn Identity { one }).collect();
    let refused = within(100, &others);
    assert!(matches!(refused, Err(DecryptError::TooMuchWork)));
}

/// The short values of formats.md, section 9.
#[test]
fn the_digest_and_the_names_of_a_mirror_are_as_documented() {
    const PAGE: &str = include_str!("../../../docs/formats.md");
    let (_, values) = PAGE.split_once("    mirror, M = S\n").unwrap();
    let value = |name: &str| {
        let line = values
            .lines()
            .find_map(|line| line.trim().strip_prefix(name));
        line.unwrap().trim().to_owned()
    };
    let hex = |bytes: &[u8]| -> String { bytes.iter().map(|b| format!("{b:02x}")).collect() };
    let key = MirrorKey::from_bytes(std::array::from_fn(|at| at as u8));
    let digest = key.digest(&b"hello\n"[..]).unwrap();
    assert_eq!(hex(&digest.key), value("key"));
    assert_eq!(hex(&digest.digest), value("digest of \"hello\\n\""));
    assert_eq!(key.hidden_name(b"a/b c"), value("name of \"a/b c\""));
    // A digest does not depend on how the plaintext is read, and says nothing without the key.
    let long = vec![7; 200_000];
    let whole = key.digest(&long[..]).unwrap();
    let pieces = std::io::Read::chain(&long[..70_001], &long[70_001..]);
    assert_eq!(key.digest(pieces).unwrap(), whole);
    let other = MirrorKey::generate().unwrap().digest(&long[..]).unwrap();
    assert!(other.key != whole.key && other.digest != whole.digest);
}

#[test]
fn a_mirrored_file_says_its_digest_and_its_path_only_inside() {
    let plaintext = MirrorKey::from_bytes([3; 32])
        .digest(&b"hello"[..])
        .unwrap();
    let mine = me().to_recipient();
    let file = NewFile::new(&[&mine as &dyn Recipient]).unwrap();
    for path in [&b"folder/secret name"[..], b"", &[b'p'; 4095]] {
        let author = Author {
            plaintext: Some(plaintext),
            path: Some(path),
            ..Author::unsigned(1)
        };
        let mut bytes = file.header_by(&author, Coverage::Header).unwrap();
        assert!(!bytes.windows(6).any(|part| part == b"secret"));
        Engine::new(1)
            .seal(&file.payload_key(), &b"hello"[..], &mut bytes)
            .unwrap();
        let opened = LockedFile::read(&mut &bytes[..])
            .unwrap()
            .open(&[&me()])
            .unwrap();
        let sender = opened.sender(signing::verify).unwrap().unwrap();
        let origin = sender.origin().unwrap();
        assert_eq!(origin.plaintext, Some(plaintext));
        assert_eq!(origin.path.as_deref(), Some(path));
    }
}
