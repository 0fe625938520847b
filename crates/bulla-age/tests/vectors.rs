//! Fixed values of the formats document: values derived from a given file key and nonce never
//! change.

#![cfg(test)]

use std::collections::{BTreeSet, HashMap};
use std::sync::LazyLock;

use bulla_age::format::Stanza;
use bulla_age::kinds::{HybridIdentity, X25519Identity, X25519Recipient};
use bulla_age::sender::{
    Author, Coverage, ListEntry, Listing, ReaderChange, ReaderEvidence, Statement,
};
use bulla_age::signing::{Algorithm, SecretSigningKey, Signer};
use bulla_age::{
    ExposeSecret, FileKey, Identity, LockedFile, NewFile, Nonce, Recipient, Unwrapped, decrypt_all,
    fingerprint, recipient_id, signing, words,
};
use sha2::{Digest, Sha256};

/// What `docs/make_vectors.py` prints, a program that was written from the formats document alone.
static VECTORS: LazyLock<serde_json::Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("../../../docs/vectors.json")).unwrap());

/// Returns the value at this path.
fn vector(path: &[&str]) -> &'static str {
    path.iter()
        .fold(&*VECTORS, |value, key| &value[key])
        .as_str()
        .unwrap_or_else(|| panic!("{path:?}"))
}

/// Returns a complete file, as it is encrypted to the classic identity of epoch 0 under the file key
/// and nonce below.
fn file(name: &str) -> Vec<u8> {
    base64(vector(&["files", name, "file"]))
}

fn recipient_text() -> &'static str {
    vector(&["x25519/0", "recipient"])
}

fn rid() -> [u8; 16] {
    unhex(vector(&["x25519/0", "rid"]))
}

const WORDS: &str = "abandon amount liar amount expire adjust cage candy arch gather drum bullet absurd math era live bid \
    rhythm alien crouch range attend journey unaware";
const UNSIGNED: &str = "unsigned";
const ORIGIN: &str = "signed by origin with Ed25519";
const CLASSIC: &str = "contents signed with Ed25519";
const CONTENT: &str = "contents signed with both";
const PASSED_ON: &str = "passed on";
const HYBRID: &str = "post-quantum";
const MESSAGE: &str = "message";
const LONG_MESSAGE: &str = "message signed with both";

fn file_key() -> FileKey {
    FileKey::new(&std::array::from_fn(|i| 0xa0 + u8::try_from(i).unwrap()))
}

fn nonce() -> Nonce {
    std::array::from_fn(|i| 0xb0 + u8::try_from(i).unwrap())
}

fn base64(text: &str) -> Vec<u8> {
    use base64::Engine;
    base64::prelude::BASE64_STANDARD.decode(text).unwrap()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn identity() -> X25519Identity {
    vector(&["x25519/0", "secret"]).parse().unwrap()
}

/// The only stanza of a recipient, for the file key and nonce above.
fn stanza(recipient: &dyn Recipient) -> Stanza {
    let mut wrapped = recipient.wrap(&file_key(), &nonce()).unwrap();
    assert_eq!(wrapped.stanzas.len(), 1);
    wrapped.stanzas.remove(0)
}

#[test]
fn a_seed_gives_all_keys_its_words_and_the_safety_number() {
    let seed = words::parse(WORDS).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(
        *seed.as_bytes(),
        std::array::from_fn(|i| u8::try_from(i).unwrap())
    );
    assert_eq!(words::of(&seed).join(" "), WORDS);
    assert_eq!(seed.to_text().expose_secret(), vector(&["seed text"]));
    for (epoch, name) in [(0, "x25519/0"), (1, "x25519/1")] {
        let identity = seed.classic(epoch);
        assert_eq!(
            identity.to_text().expose_secret(),
            vector(&[name, "secret"])
        );
        assert_eq!(
            identity.to_recipient().to_string(),
            vector(&[name, "recipient"])
        );
    }
    let hybrid = seed.hybrid(0);
    let name = "mlkem768x25519/0";
    assert_eq!(hybrid.to_text().expose_secret(), vector(&[name, "secret"]));
    assert_eq!(
        hybrid.to_recipient().to_string(),
        vector(&[name, "recipient"])
    );
    assert_eq!(
        fingerprint::check_value(&[recipient_text().to_owned()]),
        vector(&["check value of x25519/0"])
    );
}

/// The key of the seed, and the key of the person whose secrets are 32 bytes of 7 each.
#[test]
fn signing_keys_have_both_halves_and_a_safety_number() {
    for (secret, name) in [(owner(), "the seed's"), (somebody(), "the second person's")] {
        let of = |what: &str| vector(&["signing keys", name, what]);
        let key = secret.key();
        assert_eq!(hex(key.as_bytes()), of("signing key"));
        assert_eq!(key.to_string(), of("text"));
        assert_eq!(fingerprint::safety_number(&key), of("safety number"));
        let signature = secret.sign(Algorithm::Ed25519MlDsa65, "bulla/test/v1", b"");
        assert_eq!(hex(&signature[64..64 + 1952]), of("ml-dsa-65 public key"));
    }
}

#[test]
fn an_identity_gives_its_recipient_and_the_recipient_its_id() {
    let recipient = identity().to_recipient();
    assert_eq!(recipient.to_string(), recipient_text());
    assert_eq!(recipient.names(), [recipient_text()]);
    assert_eq!(recipient_id(&file_key(), &nonce(), recipient_text()), rid());
    let other = vector(&["x25519/1", "recipient"]);
    let id = recipient_id(&file_key(), &nonce(), other);
    assert_eq!(hex(&id), vector(&["x25519/1", "rid"]));
}

#[test]
fn a_stanza_is_derived_from_file_key_and_nonce() {
    let stanza = stanza(&identity().to_recipient());
    let mut bytes = Vec::new();
    bulla_age::format::write_stanza(&stanza, &mut bytes);
    assert_eq!(
        hex(&Sha256::digest(&bytes)),
        vector(&["x25519/0", "stanza"])
    );
    let ephemeral = vector(&["x25519/0", "eph"]);
    // The share is the public key of the first half of the derived bytes.
    let half: [u8; 32] =
        std::array::from_fn(|i| u8::from_str_radix(&ephemeral[2 * i..2 * i + 2], 16).unwrap());
    let share = x25519_dalek::PublicKey::from(&x25519_dalek::StaticSecret::from(half));
    assert_eq!(base64(&format!("{}=", &stanza.args[0])), share.as_bytes());
    for name in [UNSIGNED, ORIGIN, CLASSIC, CONTENT] {
        let file = file(name);
        assert_eq!(
            LockedFile::read(&mut file.as_slice())
                .unwrap()
                .header()
                .stanzas()[0],
            stanza
        );
        assert!(
            file.windows(bytes.len()).any(|window| window == bytes),
            "the stanza's own bytes"
        );
    }
}

#[test]
fn files_with_a_sender_open_as_any_age_file() {
    for name in [UNSIGNED, ORIGIN, CLASSIC, CONTENT] {
        let file = file(name);
        assert_eq!(
            decrypt_all(&file, &[&identity()]).unwrap().as_slice(),
            b"hello\n"
        );
        let closed = LockedFile::read(&mut file.as_slice()).unwrap();
        let (header, payload) = (
            closed.header().len(),
            usize::try_from(closed.payload_offset()).unwrap(),
        );
        assert_eq!(closed.header().stanzas()[1].tag, "bulla/sender");
        assert_eq!(file[header..payload], nonce());
        // The payload depends only on the file key and nonce.
        let mut sealed = Vec::new();
        let key = bulla_age::stream::PayloadKey::new(&file_key(), &nonce());
        bulla_age::stream::Engine::new(1)
            .seal(&key, &b"hello\n"[..], &mut sealed)
            .unwrap();
        assert_eq!(file[payload..], sealed);
    }
}

#[test]
fn a_payload_has_its_content_root() {
    let key = bulla_age::stream::PayloadKey::new(&file_key(), &nonce());
    let digests = std::sync::Arc::new(bulla_age::stream::Digests::new());
    let engine = bulla_age::stream::Engine::new(1).with_digests(digests.clone());
    let mut sealed = Vec::new();
    engine.seal(&key, &b"hello\n"[..], &mut sealed).unwrap();
    assert_eq!(
        digests.root().map(|root| hex(&root)).as_deref(),
        Some(vector(&["content root of hello"]))
    );
    // Computed by a separate program in another language.
    engine
        .seal(
            &key,
            &[0; bulla_age::stream::CHUNK + 1][..],
            std::io::sink(),
        )
        .unwrap();
    assert_eq!(
        digests.root().map(|root| hex(&root)).as_deref(),
        Some(vector(&["content root of 65,537 zeros"]))
    );
    engine.authenticate(&key, &sealed[..]).unwrap();
    assert_eq!(
        digests.root().map(|root| hex(&root)).as_deref(),
        Some(vector(&["content root of hello"]))
    );
}

#[test]
fn the_hybrid_identity_of_a_seed_gives_its_recipient() {
    let seed: [u8; 32] = std::array::from_fn(|i| u8::try_from(i).unwrap());
    let derive = |label: &[u8]| {
        let mut secret = [0; 32];
        let info = [b"bulla/identity/v1/", label].concat();
        hkdf::Hkdf::<Sha256>::new(None, &seed)
            .expand(&info, &mut secret)
            .unwrap();
        secret
    };
    let classic = X25519Identity::from_bytes(&derive(b"x25519/0"));
    assert_eq!(classic.to_recipient().to_string(), recipient_text());
    let hybrid = HybridIdentity::from_bytes(&derive(b"mlkem768x25519/0"));
    assert_eq!(
        hybrid.to_recipient().to_string(),
        vector(&["mlkem768x25519/0", "recipient"])
    );
    // Wrapping twice gives the same stanza, and it opens.
    let stanza = stanza(&hybrid.to_recipient());
    assert_eq!(stanza, self::stanza(&hybrid.to_recipient()));
    let Unwrapped::FileKey(opened) = hybrid.unwrap(&[stanza]) else {
        panic!("it does not open")
    };
    assert_eq!(opened.as_bytes(), file_key().as_bytes());
}

/// The randomness of a hybrid stanza: the first half is for ML-KEM, the second is the X25519
/// secret.
#[test]
fn a_hybrid_stanza_is_derived_from_file_key_and_nonce() {
    use ml_kem::{B32, EncapsulateDeterministic, Encoded, EncodedSizeUser, KemCore, MlKem768};
    let seed = words::parse(WORDS).unwrap_or_else(|error| panic!("{error}"));
    let recipient = seed.hybrid(0).to_recipient();
    let stanza = stanza(&recipient);
    let mut bytes = Vec::new();
    bulla_age::format::write_stanza(&stanza, &mut bytes);
    let of = |what: &str| vector(&["mlkem768x25519/0", what]);
    assert_eq!(hex(&Sha256::digest(&bytes)), of("stanza"));
    let text = recipient.to_string();
    assert_eq!(hex(&recipient_id(&file_key(), &nonce(), &text)), of("rid"));
    // With primitives alone.
    let mut ephemeral = [0; 64];
    let info = [
        &b"bulla/eph/v1\0mlkem768x25519\0"[..],
        &Sha256::digest(text),
    ]
    .concat();
    let key = file_key();
    hkdf::Hkdf::<Sha256>::new(Some(&nonce()), key.as_bytes())
        .expand(&info, &mut ephemeral)
        .unwrap();
    let (m, x): ([u8; 32], [u8; 32]) = (
        ephemeral[..32].try_into().unwrap(),
        ephemeral[32..].try_into().unwrap(),
    );
    let public = bech32::primitives::decode::UncheckedHrpstring::new(&recipient.to_string())
        .unwrap()
        .remove_checksum::<bech32::Bech32>()
        .byte_iter()
        .collect::<Vec<u8>>();
    let encoded =
        Encoded::<<MlKem768 as KemCore>::EncapsulationKey>::try_from(&public[..1184]).unwrap();
    let of_m = <MlKem768 as KemCore>::EncapsulationKey::from_bytes(&encoded);
    let (ciphertext, _) = of_m.encapsulate_deterministic(&B32::from(m)).unwrap();
    let share = x25519_dalek::PublicKey::from(&x25519_dalek::StaticSecret::from(x));
    use base64::Engine;
    let argument = base64::prelude::BASE64_STANDARD_NO_PAD
        .decode(&stanza.args[0])
        .unwrap();
    assert_eq!(argument, [&ciphertext[..], share.as_bytes()].concat());
}

#[test]
fn a_stanza_differs_with_recipient_file_key_and_nonce() {
    let first = stanza(&identity().to_recipient());
    let other_key = FileKey::new(&[1; 16]);
    let wrap = |recipient: &X25519Recipient, key: &FileKey, nonce: &Nonce| {
        recipient.wrap(key, nonce).unwrap().stanzas.remove(0).args
    };
    let (mine, other) = (
        identity().to_recipient(),
        X25519Identity::from_bytes(&[7; 32]).to_recipient(),
    );
    assert_eq!(wrap(&mine, &file_key(), &nonce()), first.args);
    assert_ne!(wrap(&mine, &other_key, &nonce()), first.args);
    assert_ne!(wrap(&mine, &file_key(), &[0; 16]), first.args);
    assert_ne!(wrap(&other, &file_key(), &nonce()), first.args);
}

/// Readers of two files cannot tell that an unknown key is in both: its id is another one whenever
/// the file key or the nonce is.
#[test]
fn the_ids_of_a_key_differ_between_files() {
    let of = |file_key: &FileKey, nonce: &Nonce| {
        let recipient = identity().to_recipient();
        let new = NewFile::of(file_key.clone(), *nonce, &[&recipient]).unwrap();
        let (by, key) = (somebody(), owner().key());
        let author = Author {
            addressees: HashMap::from([(recipient_text().to_owned(), key)]),
            ..Author::signing(&by, TIME)
        };
        let header = new.header_by(&author, Coverage::Header).unwrap();
        let opened = LockedFile::read(&mut &*header)
            .unwrap()
            .open(&[&identity()])
            .unwrap_or_else(|error| panic!("{error}"));
        let sender = opened.sender(signing::verify).unwrap().unwrap();
        let origin = sender.origin().unwrap();
        let addressee = opened.addressee_id(&key);
        let id = opened.recipient_id(recipient_text());
        assert_eq!(origin.entries[0].listing, Listing::Provable(id));
        assert_eq!(origin.addressees, Some(vec![addressee]));
        assert_eq!(sender.addresses_at(0, &addressee), Some(true));
        assert_eq!(sender.addresses_at(0, &[1; 16]), Some(false));
        [id, addressee]
    };
    let files = [
        of(&file_key(), &nonce()),
        of(&FileKey::new(&[1; 16]), &nonce()),
        of(&file_key(), &[1; 16]),
    ];
    let ids: BTreeSet<_> = files.as_flattened().iter().collect();
    assert_eq!(ids.len(), 6);
}

/// The time of the files.
const TIME: u64 = 1_795_000_000;

fn content_root() -> [u8; 32] {
    unhex(vector(&["content root of hello"]))
}

/// The signing key of the seed.
fn owner() -> SecretSigningKey {
    words::parse(WORDS)
        .unwrap_or_else(|error| panic!("{error}"))
        .signing()
}

fn unhex<const N: usize>(text: &str) -> [u8; N] {
    std::array::from_fn(|i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).unwrap())
}

/// The files that are signed by the seed's key, or by nobody, with their algorithm and whether the
/// signature covers the contents.
const SIGNED: [(&str, Option<Algorithm>, bool); 4] = [
    (UNSIGNED, None, false),
    (ORIGIN, Some(Algorithm::Ed25519), false),
    (CLASSIC, Some(Algorithm::Ed25519), true),
    (CONTENT, Some(Algorithm::Ed25519MlDsa65), true),
];

#[test]
fn the_senders_of_the_fixed_files_are_read() {
    for (name, algorithm, covers) in SIGNED {
        let file = file(name);
        let opened = LockedFile::read(&mut file.as_slice())
            .unwrap()
            .open(&[&identity()])
            .unwrap_or_else(|e| panic!("{e}"));
        let sender = opened.sender(signing::verify).unwrap().unwrap();
        let content = covers.then(content_root);
        let expected = Statement {
            is_origin: true,
            signer: algorithm.map(|_| owner().key()),
            algorithm,
            time: TIME,
            header: unhex(vector(&["x25519/0", "stanza"])),
            previous: None,
            content,
            entries: vec![ListEntry {
                listing: Listing::Provable(rid()),
                count: 1,
            }],
            true_length: None,
            addressees: None,
            plaintext: None,
            path: None,
        };
        assert_eq!(sender.statements(), [expected]);
        assert!(sender.is_recorded() && !sender.is_newer());
        assert_eq!(sender.covers_content(), covers);
        assert_eq!(sender.check_content(&content_root()), Ok(()));
        assert_eq!(sender.check_content(&[0; 32]).is_ok(), content.is_none());
        let digest = VECTORS["files"][name]["statements"][0]["digest"].as_str();
        assert_eq!(digest, Some(&*hex(&sender.first_digest())));
        let recipient = identity().to_recipient();
        assert_eq!(
            opened.prove_readers(Some(&sender), &[&recipient], &[]),
            [ReaderEvidence::Proved { known: 0 }]
        );
        assert_eq!(
            opened.prove_readers(Some(&sender), &[], &[&identity()]),
            [ReaderEvidence::Opened { identity: 0 }]
        );
        let listed = ReaderEvidence::Listed(Listing::Provable(rid()));
        assert_eq!(opened.prove_readers(Some(&sender), &[], &[]), [listed]);
    }
}

#[test]
fn the_fixed_files_are_written_byte_for_byte() {
    let (by, root) = (owner(), content_root());
    let hybrid = words::parse(WORDS)
        .unwrap_or_else(|error| panic!("{error}"))
        .hybrid(0);
    let (classic, hybrid) = (identity().to_recipient(), hybrid.to_recipient());
    let signed = SIGNED.map(|(name, algorithm, covers)| {
        let recipient: &dyn Recipient = &classic;
        (name, recipient, algorithm, covers)
    });
    let hybrid: (_, &dyn Recipient, _, _) =
        (HYBRID, &hybrid, Some(Algorithm::Ed25519MlDsa65), true);
    for (name, recipient, algorithm, covers) in signed.into_iter().chain([hybrid]) {
        let author = match algorithm {
            None => Author::unsigned(TIME),
            Some(algorithm) => Author {
                algorithm,
                ..Author::signing(&by, TIME)
            },
        };
        let covering = if covers {
            Coverage::Contents(&root)
        } else {
            Coverage::Header
        };
        let new = NewFile::of(file_key(), nonce(), &[recipient]).unwrap();
        let mut bytes = new.header_by(&author, covering).unwrap();
        bulla_age::stream::Engine::new(1)
            .seal(&new.payload_key(), &b"hello\n"[..], &mut bytes)
            .unwrap();
        assert_eq!(bytes, file(name), "{name}");
    }
}

/// Every byte of the fixed files, flipped: the result never shows a sender, and never the whole
/// plaintext.
#[test]
fn changing_any_byte_of_the_fixed_files_is_detected() {
    for name in [UNSIGNED, ORIGIN, CLASSIC, CONTENT] {
        let file = file(name);
        for at in 0..file.len() {
            for bit in [1, 0x20, 0x80] {
                let mut flipped = file.clone();
                flipped[at] ^= bit;
                let Ok(closed) = LockedFile::read(&mut flipped.as_slice()) else {
                    continue;
                };
                let offset = usize::try_from(closed.payload_offset()).unwrap();
                let Ok(opened) = closed.open(&[&identity()]) else {
                    continue;
                };
                // The header's MAC is valid, so the flipped byte comes after it.
                assert!(at + 16 >= offset, "byte {at}");
                let sender = opened.sender(signing::verify);
                let engine = bulla_age::stream::Engine::new(1);
                assert!(
                    engine
                        .authenticate(&opened.payload_key(), &flipped[offset..])
                        .is_err(),
                    "byte {at}"
                );
                assert!(at >= offset || sender.is_err(), "byte {at} of the nonce");
            }
        }
    }
}

/// The signing key whose secrets are 32 bytes of 7 each.
fn somebody() -> SecretSigningKey {
    SecretSigningKey::new(&[7; 32], &[7; 32])
}

#[test]
fn a_shared_file_is_written_byte_for_byte() {
    let content = file(CONTENT);
    let closed = LockedFile::read(&mut content.as_slice()).unwrap();
    let offset = usize::try_from(closed.payload_offset()).unwrap();
    let opened = closed
        .open(&[&identity()])
        .unwrap_or_else(|error| panic!("{error}"));
    let sender = opened.sender(signing::verify).unwrap();
    let other = words::parse(WORDS)
        .unwrap_or_else(|error| panic!("{error}"))
        .classic(1)
        .to_recipient();
    let change = ReaderChange {
        add: &[&other],
        labels: &BTreeSet::new(),
        drop: &[],
        proved: &[],
    };
    let by = somebody();
    let mut bytes = opened
        .rewrite_header(sender.as_ref(), &change, &Author::signing(&by, TIME + 100))
        .unwrap();
    bytes.extend_from_slice(&content[offset..]);
    assert_eq!(bytes, file(PASSED_ON));
}

#[test]
fn messages_are_written_byte_for_byte() {
    let (by, recipient) = (somebody(), identity().to_recipient());
    for (name, algorithm) in [
        (MESSAGE, Algorithm::Ed25519),
        (LONG_MESSAGE, Algorithm::Ed25519MlDsa65),
    ] {
        let author = Author {
            algorithm,
            addressees: HashMap::from([(recipient_text().to_owned(), owner().key())]),
            true_length: Some(5),
            ..Author::signing(&by, TIME)
        };
        let new = NewFile::of(file_key(), nonce(), &[&recipient]).unwrap();
        let mut bytes = new.header_by(&author, Coverage::Header).unwrap();
        let padded = format!("hello\n{}\n", " ".repeat(249));
        bulla_age::stream::Engine::new(1)
            .seal(&new.payload_key(), padded.as_bytes(), &mut bytes)
            .unwrap();
        assert_eq!(bytes, file(name), "{name}");
    }
}

#[test]
fn the_page_of_the_formats_has_the_short_values() {
    let page = include_str!("../../../docs/formats.md");
    let paths: [&[&str]; 17] = [
        &["seed"],
        &["seed text"],
        &["file key"],
        &["nonce"],
        &["commit"],
        &["x25519/0", "secret"],
        &["x25519/0", "recipient"],
        &["x25519/0", "rid"],
        &["x25519/0", "stanza"],
        &["x25519/1", "recipient"],
        &["mlkem768x25519/0", "rid"],
        &["mlkem768x25519/0", "stanza"],
        &["check value of x25519/0"],
        &["content root of hello"],
        &["content root of 65,537 zeros"],
        &["signing keys", "the seed's", "safety number"],
        &["signing keys", "the seed's", "text"],
    ];
    for path in paths {
        assert!(page.contains(vector(path)), "{path:?}");
    }
    assert!(page.contains(&WORDS.replace("  ", " ")));
}
