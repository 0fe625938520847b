//! The sender stanza at its limits: size, order of statements, and contents that a newer version
//! may have written.

#![cfg(test)]

#[path = "forge/mod.rs"]
#[expect(dead_code, reason = "the attacks of tests/cli need more of it")]
mod forge;

use bulla_age::kinds::{X25519Identity, X25519Recipient};
use bulla_age::seed::Seed;
use bulla_age::sender::{
    Author, Coverage, ReaderChange, ReaderEvidence, RewriteError, SenderError, UnaccountedReason,
};
use bulla_age::stream::Engine;
use bulla_age::{
    DecryptError, EncryptError, FileKey, LockedFile, NewFile, Recipient, UnlockedFile, signing,
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
    let mut bytes = new
        .header_by(&Author::signing(&sign, 1), Coverage::Header)
        .unwrap();
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
fn ours_stand_behind_all_others_and_once() {
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
    body.extend([0; 40]);
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
fn statements_have_room_in_64_kibibytes() {
    let file = forged();
    let whole = |field: usize, more: &[u8]| {
        let mut stanzas = file.recipients();
        stanzas.push(file.sender_with(&[long_statement(&file, field)], more, None));
        with(stanzas)
    };
    let rest = long_statement(&file, 0).len();
    assert!(whole(65_532 - rest, &[]).is_ok(), "64 KiB to the byte");
    is_malformed(
        whole(65_533 - rest, &[]),
        "bulla/sender stanza: its body has the wrong length",
    );
    assert!(whole(100, &[]).is_ok());
    is_malformed(
        whole(100, &[0; 32]),
        "bulla/sender stanza: extra data after its statements",
    );
}

/// A file of a newer version opens. It has no sender, and its list is neither believed nor reported
/// as false.
#[test]
fn a_newer_signature_makes_nobody_the_sender() {
    let file = forged();
    let mut newer = file.statements().remove(0);
    newer[1] = 2;
    // The meaning of the bytes in place of the signature is up to the newer version.
    let mut padded = u16::try_from(newer.len() - 64)
        .unwrap()
        .to_be_bytes()
        .to_vec();
    padded.extend(newer);
    let mut stanzas = file.recipients();
    stanzas.push(file.sender_of(&padded));
    let opened = with(stanzas).unwrap_or_else(|error| panic!("{error}"));
    let sender = opened.sender(signing::verify).unwrap().unwrap();
    assert!(sender.is_newer() && sender.origin().is_none() && sender.entries().is_none());
    let mine = me().to_recipient();
    assert_eq!(
        opened.prove_readers(Some(&sender), &[&mine], &[]),
        [
            ReaderEvidence::Proved { known: 0 },
            ReaderEvidence::Unlisted
        ]
    );
    let change = ReaderChange {
        add: &[],
        drop: &[1],
        proved: &[],
        labels: &Default::default(),
    };
    let again = opened.rewrite_header(Some(&sender), &change, &Author::unsigned(1));
    assert!(matches!(again, Err(RewriteError::Newer)));
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
fn a_record_that_has_no_room_left_is_refused_and_not_cut() {
    let mut file = forged().file();
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
    assert!(statements > 300, "{statements}");
}
