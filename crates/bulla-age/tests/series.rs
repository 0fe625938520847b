//! Opening a series of files: whatever the file before was, the next one is what it is alone.

#![cfg(test)]

#[path = "forge/mod.rs"]
#[expect(dead_code, reason = "the attacks of tests/cli need more of it")]
mod forge;

use std::sync::atomic::{AtomicUsize, Ordering};

use bulla_age::format::HeaderLimits;
use bulla_age::kinds::{HybridIdentity, X25519Identity, X25519Recipient};
use bulla_age::seed::Seed;
use bulla_age::sender::{Author, Coverage};
use bulla_age::signing::Algorithm;
use bulla_age::stream::Engine;
use bulla_age::{
    Effort, FileKey, Identity, LastOpened, LockedFile, NewFile, Recipient, Unwrapped, signing,
};
use forge::{Forged, Stanza, stanza};

fn me() -> X25519Identity {
    Seed::from_bytes(&[1; 32]).classic(0)
}

fn also_me() -> X25519Identity {
    Seed::from_bytes(&[2; 32]).classic(0)
}

fn hybrid_me() -> HybridIdentity {
    Seed::from_bytes(&[1; 32]).hybrid(0)
}

fn bob() -> X25519Recipient {
    X25519Identity::from_bytes(&[9; 32]).to_recipient()
}

/// A key that is not among the known ones.
fn stranger() -> X25519Recipient {
    X25519Identity::from_bytes(&[11; 32]).to_recipient()
}

/// A file with this file key for these recipients.
fn sealed(file_key: [u8; 16], recipients: &[&dyn Recipient]) -> Vec<u8> {
    let new = NewFile::of(FileKey::new(&file_key), [5; 16], recipients).unwrap();
    let signing = Seed::from_bytes(&[1; 32]).signing();
    let author = Author {
        algorithm: Algorithm::Ed25519,
        ..Author::signing(&signing, 1)
    };
    let mut bytes = new.header_by(&author, Coverage::Header).unwrap();
    Engine::new(1)
        .seal(&new.payload_key(), &b"hello\n"[..], &mut bytes)
        .unwrap();
    bytes
}

/// Files of every kind, by name.
fn files() -> Vec<(&'static str, Vec<u8>)> {
    let (mine, also_mine) = (me().to_recipient(), also_me().to_recipient());
    let file = Forged::open(&sealed([4; 16], &[&mine, &bob()]), &me());
    let other = Forged {
        file_key: [6; 16],
        ..file.clone()
    };
    let with = |stanzas: Vec<Stanza>| {
        let file = file.clone();
        Forged { stanzas, ..file }.file()
    };
    let forged = |stanza: Stanza, place: usize| {
        let mut stanzas = file.stanzas.clone();
        stanzas.insert(place, stanza);
        with(stanzas)
    };
    let malformed = || stanza("X25519", &["AA"], &[0; 32]);
    let low_order = || stanza("X25519", &[&"A".repeat(43)], &[0; 32]);
    let of_passphrase = || stanza("scrypt", &[&"A".repeat(22), "10"], &[0; 32]);
    let mut cut = file.stanzas.clone();
    cut.last_mut().unwrap().body.truncate(32);
    let mut modified = file.file();
    let mac = modified
        .windows(4)
        .position(|bytes| bytes == b"--- ")
        .unwrap();
    modified[mac + 4] ^= 1;
    vec![
        ("first", sealed([4; 16], &[&mine, &bob()])),
        ("second", sealed([7; 16], &[&bob(), &mine])),
        ("alone", sealed([8; 16], &[&mine])),
        ("twice mine", sealed([8; 16], &[&also_mine, &mine])),
        (
            "by another identity",
            sealed([8; 16], &[&also_mine, &bob()]),
        ),
        ("a stranger", sealed([8; 16], &[&stranger(), &mine])),
        (
            "post-quantum",
            sealed([8; 16], &[&hybrid_me().to_recipient()]),
        ),
        ("closed", sealed([8; 16], &[&bob(), &stranger()])),
        ("no list", with(file.stanzas[..2].to_vec())),
        ("unrecorded", forged(file.stanza_for(&also_mine), 0)),
        ("the same twice", forged(file.stanza_for(&mine), 1)),
        ("another key after", forged(other.stanza_for(&mine), 1)),
        ("another key before", forged(other.stanza_for(&mine), 0)),
        (
            "another key, other identity",
            forged(other.stanza_for(&also_mine), 1),
        ),
        (
            "another key, other identity, before",
            forged(other.stanza_for(&also_mine), 0),
        ),
        ("passphrase before", forged(of_passphrase(), 0)),
        ("passphrase after", forged(of_passphrase(), 2)),
        ("malformed before", forged(malformed(), 0)),
        ("malformed after", forged(malformed(), 2)),
        ("low order before", forged(low_order(), 0)),
        ("low order after", forged(low_order(), 2)),
        ("malformed statement", with(cut)),
        ("modified", modified),
    ]
}

/// Everything that is said about a file: which one it is, and its readers.
fn said(bytes: &[u8], limits: &HeaderLimits, last: Option<&LastOpened>) -> String {
    let (me, also_me, hybrid_me) = (me(), also_me(), hybrid_me());
    let identities: [&dyn Identity; 3] = [&hybrid_me, &me, &also_me];
    let (a, b, c, d) = (
        bob(),
        me.to_recipient(),
        also_me.to_recipient(),
        hybrid_me.to_recipient(),
    );
    let known: [&dyn Recipient; 4] = [&a, &b, &c, &d];
    let locked = match LockedFile::read_within(limits, &mut &*bytes) {
        Ok(locked) => locked,
        Err(error) => return format!("{error:?}"),
    };
    let opened = match last {
        Some(last) => locked.open_in_series(&identities, &known, signing::verify, last),
        None => locked.open(&identities).and_then(|opened| {
            let sender = opened.sender(signing::verify)?;
            Ok((opened, sender))
        }),
    };
    let (opened, sender) = match opened {
        Ok(opened) => opened,
        Err(error) => return format!("{error:?}"),
    };
    let evidence = opened.prove_readers(sender.as_ref(), &known, &identities);
    let mut contents = Vec::new();
    let payload = &bytes[usize::try_from(opened.payload_offset()).unwrap()..];
    let read = Engine::new(1).open(&opened.payload_key(), payload, &mut contents);
    format!("{sender:?} {evidence:?} {read:?} {contents:?}")
}

#[test]
fn a_file_is_the_same_whatever_the_file_before_it_was() {
    let files = files();
    let usual = HeaderLimits::default();
    for limits in [
        usual,
        HeaderLimits {
            stanzas: 4,
            ..usual
        },
    ] {
        let mut kinds = std::collections::BTreeSet::new();
        for (name, file) in &files {
            let alone = said(file, &limits, None);
            for (name_before, before) in &files {
                let last = LastOpened::default();
                for turn in 0..2 {
                    said(before, &limits, Some(&last));
                    let after = said(file, &limits, Some(&last));
                    assert_eq!(after, alone, "{name} after {name_before}, turn {turn}");
                }
            }
            kinds.insert(
                alone
                    .split([' ', '(', '{'])
                    .next()
                    .unwrap_or_default()
                    .to_owned(),
            );
        }
        for kind in [
            "Some",
            "None",
            "NoMatch",
            "TwoFileKeys",
            "Mac",
            "Unwrap",
            "Sender",
        ] {
            assert!(kinds.contains(kind), "{kind}: {kinds:?}");
        }
    }
}

/// An identity that counts the stanzas of its type that it is tried on.
struct Counting {
    key: X25519Identity,
    tried: AtomicUsize,
}

impl Identity for Counting {
    fn unwrap(&self, stanzas: &[bulla_age::format::Stanza]) -> Unwrapped {
        self.tried.fetch_add(self.work(stanzas), Ordering::Relaxed);
        self.key.unwrap(stanzas)
    }

    fn work(&self, stanzas: &[bulla_age::format::Stanza]) -> usize {
        self.key.work(stanzas)
    }

    fn effort(&self) -> Effort {
        self.key.effort()
    }

    fn describe(&self) -> String {
        self.key.describe()
    }
}

#[test]
fn one_stanza_is_tried_if_the_readers_are_those_of_the_file_before() {
    let identity = Counting {
        key: me(),
        tried: AtomicUsize::new(0),
    };
    let (mine, bob) = (me().to_recipient(), bob());
    let known: [&dyn Recipient; 2] = [&mine, &bob];
    let last = LastOpened::default();
    let mut tried = Vec::new();
    for number in 0..4 {
        let file = sealed([number; 16], &[&bob, &mine]);
        let locked = LockedFile::read(&mut &*file).unwrap();
        let opened = locked.open_in_series(&[&identity], &known, signing::verify, &last);
        assert!(opened.is_ok());
        tried.push(identity.tried.swap(0, Ordering::Relaxed));
    }
    // The second file shows the place.
    assert_eq!(tried, [4, 2, 1, 1]);
}

#[test]
fn an_identity_proves_its_own_stanza_exactly_if_wrapping_again_gives_that_stanza() {
    let (classic, hybrid) = (me(), hybrid_me());
    let keys: [(&dyn Identity, Box<dyn Recipient>); 2] = [
        (&classic, Box::new(classic.to_recipient())),
        (&hybrid, Box::new(hybrid.to_recipient())),
    ];
    let (mut proved_ones, mut opened, mut others) = (0, 0, 0);
    for (identity, recipient) in &keys {
        let wrapped = |number: u8, nonce: &[u8; 16]| {
            let file_key = FileKey::new(&[number; 16]);
            recipient.wrap(&file_key, nonce).unwrap().stanzas.remove(0)
        };
        for number in 0..10 {
            let (nonce, other_nonce) = ([number ^ 1; 16], [number ^ 2; 16]);
            let (honest, hidden) = (wrapped(number, &nonce), wrapped(number, &other_nonce));
            let with_body = |of: &bulla_age::format::Stanza| bulla_age::format::Stanza {
                body: of.body.clone(),
                ..honest.clone()
            };
            let mut long = honest.clone();
            long.args.push("more");
            let mut flipped = honest.clone();
            flipped.body[usize::from(number)] ^= 1;
            let also = also_me().to_recipient();
            let foreign = also.wrap(&FileKey::new(&[1; 16]), &nonce).unwrap();
            for stanza in [
                with_body(&hidden),
                with_body(&wrapped(number + 1, &nonce)),
                honest,
                hidden,
                long,
                flipped,
                foreign.stanzas[0].clone(),
            ] {
                let (unwrapped, proved) = identity.unwrap_and_prove(&stanza, &nonce);
                let alone = identity.unwrap(std::slice::from_ref(&stanza));
                let is_made_again = match (&unwrapped, alone) {
                    (Unwrapped::FileKey(key), Unwrapped::FileKey(same)) => {
                        assert_eq!(key.as_bytes(), same.as_bytes());
                        opened += 1;
                        recipient.wrap(key, &nonce).unwrap().stanzas == [stanza]
                    }
                    (Unwrapped::NoMatch(why), Unwrapped::NoMatch(same)) => {
                        assert_eq!(*why, same);
                        others += 1;
                        false
                    }
                    (Unwrapped::Failed(why), Unwrapped::Failed(same)) => {
                        assert_eq!(why.to_string(), same.to_string());
                        others += 1;
                        false
                    }
                    _ => panic!("the two ways of trying it differ"),
                };
                assert_eq!(proved, recipient.digest().filter(|_| is_made_again));
                proved_ones += usize::from(proved.is_some());
            }
        }
    }
    assert_eq!((proved_ones, opened, others), (20, 40, 100));
}
