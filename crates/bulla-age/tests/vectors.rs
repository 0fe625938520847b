//! Fixed values of the formats document: values derived from a given file key and nonce never
//! change.

#![cfg(test)]

use std::collections::{BTreeSet, HashMap};

use bulla_age::format::Stanza;
use bulla_age::kinds::{HybridIdentity, X25519Identity, X25519Recipient};
use bulla_age::sender::{
    Author, Coverage, ListEntry, Listing, ReaderChange, ReaderEvidence, Statement,
};
use bulla_age::signing::SigningKey;
use bulla_age::{
    ExposeSecret, FileKey, Identity, LockedFile, NewFile, Nonce, Recipient, Unwrapped, decrypt_all,
    fingerprint, recipient_id, signing, words,
};
use sha2::{Digest, Sha256};

const IDENTITY: &str = "AGE-SECRET-KEY-1DYKLVCWNG2MX93DQKUHX05E9NFNGJ0AXX2T2P2DCJ2MNHKE9T7XQFJM45Y";
/// The seed 00 01 02 … 1f, from which that identity is derived.
const SEED: &str = "BULLA-IDENTITY-1QQQSYQCYQ5RQWZQFPG9SCRGWPUGPZYSNZS23V9CCRYDPK8QARC0SUT7FJD";
const WORDS: &str = "abandon amount liar amount expire adjust cage candy arch gather drum bullet absurd math era live bid \
    rhythm alien crouch range attend journey unaware";
const RECIPIENT: &str = "age10w840jqz8nm0cc7wglxwmgg7vpx7n6zuga2jhp3hutr9m06az3pq2qazjj";
const RID: &str = "caf6b80c7e610181184fd44cf94f45be";
const EPHEMERAL: &str = "5936e0e1fe3da2ba8794b3a0f60e36384dfb4b052a4ae0f073187dc7b9f7c1e4\
    dcda596196fbd622c489de851c939f4f7ced333cd9de4cb0d9d06750d7745b33";
/// SHA-256 of the bytes of all stanzas except the sender stanza.
const STANZAS_DIGEST: &str = "09b8fffc052cb232ae1d0f21496a034ebc20d4b19116f57883ea46893a2f829b";
/// The content root of the payload below.
const ROOT: &str = "d0b1e7ffbcb7a9d27418c78f84cb2d7d9524fc4e53313d48e262926a3406320b";
/// The content root of a chunk of zeros and one more byte, under the same file key and nonce.
const ROOT_OF_TWO: &str = "d4c9d4e31587fd8ed1e7ffa03c7251bfd330e12d27f625d8b5616383aa13e389";
/// SHA-256 of the recipient of the hybrid identity of epoch 0.
const HYBRID_DIGEST: &str = "a619a35685914460fc1837b4ed2ac4971454368749d77e751461aefa0eefa228";
/// SHA-256 of the bytes of its stanza, for the file key and nonce below.
const HYBRID_STANZA_DIGEST: &str =
    "be2ab54385e1e09029f55b54edc751b7c47a0422337ddfbe277d009c5437bb19";
const HYBRID_RID: &str = "297a88101e8bf10b3dc9a0f83420cd86";
/// "hello\n" under the file key and nonce below, for `RECIPIENT`, with an origin statement in the
/// sender stanza.
const ORIGIN: &str = "YWdlLWVuY3J5cHRpb24ub3JnL3YxCi0+IFgyNTUxOSBxdGNtUmVvUVJobUFueFRIZjJOSXcwQUFXUWExcmthKzVsbjBhQUQ5REZRCm91SHVJRDdHMEpxNUNXcU90MXZyL0FPdjhZQXRFV3BTbm4wVkVtakpjTU0KLT4gYnVsbGEvc2VuZGVyIGg0c1o1VkI4U1lxb0kreUVjMENzWVEKRG43UE1NY01HV2RPSFNvdEpXMVVjOFdydkw5bi9OVlJ4U3NqWE9wckl2eG8yRi84d3UySW82d2xUb1ZmK25KbAp6a3J3T1JOZEYrZlZBUy9mRllGUTJpbHpjdU5RWFlNZ1l1QTlFMjFXci9mRGRIdStNUGpZQzRLSFIyNlY2ZmRvClVUK2pWenM2dzR5bjB0T3FMZzVtM0djR3pOZzVyR2xPQ1RNZ2ZDZ3RHU1M2ZEpZM0laSkxLK2UyaU9heUV0MnQKakNjVWdxdVNhYW9DWWRRcnd2WXltV2tUSXp2S2RQV1B6S3QwN0dMS3RWcUpNYzVNbDNBVFVybUd3UHA4djJOYgpEUTNaMUZ5elVQSzBLTXRrWDVBQVF3Ci0tLSBkRXZ2QzkvOC81dDNteGp2bSthTU11eGoxSXZ2WWdzMHE0TjU2eFhYMWtzCrCxsrO0tba3uLm6u7y9vr95lcTo9eKzinA0aPV6AIzWhofhMwqF";
/// The same, with the content root in the statement.
const CONTENT: &str = "YWdlLWVuY3J5cHRpb24ub3JnL3YxCi0+IFgyNTUxOSBxdGNtUmVvUVJobUFueFRIZjJOSXcwQUFXUWExcmthKzVsbjBhQUQ5REZRCm91SHVJRDdHMEpxNUNXcU90MXZyL0FPdjhZQXRFV3BTbm4wVkVtakpjTU0KLT4gYnVsbGEvc2VuZGVyIDhDTmZBNUlLWFpMSUlkZEdOTHg5RXcKaEJoV0dQVm8raE8rTTF6QUd6TG4yTFM3QkFSZTBrcDVDRkM3MkdTZlBlOXdwNXFPbFpRNktJMkw2Y3hFK1R0NwpwMHppL2s4MGlyc3IzSkpmeGI4NHZpQW1KUVNncGMxQnAzbjI1b2UrR1lQSEFOdmJFUVFnY1UyVnBZMUZWVkxCClRpN2Zwek9LazE4TjkyUnpwVzh4Q09EWEVIUXBZK1o1czg0RDZIQ1NVbVk2enRUeXh2aGw1QXk4R093QjY5QXgKcG9WWGhUOVZSaG96NGJxUU5aTlU0SnkyTGdIK0pJcGlqenVzQVAyQjFsbmdKNWRVWHJRWjRwL2taUVlSTEQybgpWUWduV2xtN0FQZGg3cHlTREVtQ2czYmd0aTlOK0pMRkUzWmlPeGF6bUJYUU5xR0pKKzZ3ZmYzU21OOHkwRko3CgotLS0gWW5XV1NISjJLcFFiRlYzdUowNG9lWXJHMTdselVaRWlvU1VUd3lHODlCYwqwsbKztLW2t7i5uru8vb6/eZXE6PXis4pwNGj1egCM1oaH4TMKhQ==";

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
    IDENTITY.parse().unwrap()
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
    assert_eq!(seed.to_text().expose_secret(), SEED);
    assert_eq!(seed.classic(0).to_text().expose_secret(), IDENTITY);
    assert_eq!(
        hex(&Sha256::digest(seed.hybrid(0).to_recipient().to_string())),
        HYBRID_DIGEST
    );
    assert_eq!(
        hex(&seed.signing_key()),
        "3a56b48361f3166d05ade3ea8f6552d5f6e678674a18a7e432ac0d8b37e4b73b"
    );
    assert_eq!(
        fingerprint::safety_number(&seed.signing_key()),
        "83096 22576 16685 18932 92147 48910"
    );
    assert_eq!(
        fingerprint::check_value(&[RECIPIENT.to_owned()]),
        "22a000b9c8b579fd2539d939e08cd3fd"
    );
}

#[test]
fn an_identity_gives_its_recipient_and_the_recipient_its_id() {
    let recipient = identity().to_recipient();
    assert_eq!(recipient.to_string(), RECIPIENT);
    assert_eq!(recipient.names(), [RECIPIENT]);
    assert_eq!(hex(&recipient_id(RECIPIENT)), RID);
}

#[test]
fn a_stanza_is_derived_from_file_key_and_nonce() {
    let stanza = stanza(&identity().to_recipient());
    let mut bytes = Vec::new();
    bulla_age::format::write_stanza(&stanza, &mut bytes);
    assert_eq!(hex(&Sha256::digest(&bytes)), STANZAS_DIGEST);
    // The share is the public key of the first half of the derived bytes.
    let half: [u8; 32] =
        std::array::from_fn(|i| u8::from_str_radix(&EPHEMERAL[2 * i..2 * i + 2], 16).unwrap());
    let share = x25519_dalek::PublicKey::from(&x25519_dalek::StaticSecret::from(half));
    assert_eq!(base64(&format!("{}=", stanza.args[0])), share.as_bytes());
    for file in [ORIGIN, CONTENT] {
        let file = base64(file);
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
    for file in [ORIGIN, CONTENT] {
        let file = base64(file);
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
    assert_eq!(digests.root().map(|root| hex(&root)).as_deref(), Some(ROOT));
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
        Some(ROOT_OF_TWO)
    );
    engine.authenticate(&key, &sealed[..]).unwrap();
    assert_eq!(digests.root().map(|root| hex(&root)).as_deref(), Some(ROOT));
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
    assert_eq!(classic.to_recipient().to_string(), RECIPIENT);
    let hybrid = HybridIdentity::from_bytes(&derive(b"mlkem768x25519/0"));
    assert_eq!(
        hex(&Sha256::digest(hybrid.to_recipient().to_string())),
        HYBRID_DIGEST
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
    assert_eq!(hex(&Sha256::digest(&bytes)), HYBRID_STANZA_DIGEST);
    assert_eq!(hex(&recipient_id(&recipient.to_string())), HYBRID_RID);
    // With primitives alone.
    let mut ephemeral = [0; 64];
    let id = &Sha256::digest([b"bulla/rid/v1\0", recipient.to_string().as_bytes()].concat())[..16];
    let info = [b"bulla/eph/v1\0", id].concat();
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

/// The signing key of the seed, and the time of the file.
const SIGNING_KEY: &str = "3a56b48361f3166d05ade3ea8f6552d5f6e678674a18a7e432ac0d8b37e4b73b";
const TIME: u64 = 1_795_000_000;
const CONTENT_ROOT: &str = "d0b1e7ffbcb7a9d27418c78f84cb2d7d9524fc4e53313d48e262926a3406320b";

fn unhex<const N: usize>(text: &str) -> [u8; N] {
    std::array::from_fn(|i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).unwrap())
}

#[test]
fn the_senders_of_the_fixed_files_are_read() {
    for (file, content) in [(ORIGIN, None), (CONTENT, Some(unhex(CONTENT_ROOT)))] {
        let file = base64(file);
        let opened = LockedFile::read(&mut file.as_slice())
            .unwrap()
            .open(&[&identity()])
            .unwrap_or_else(|e| panic!("{e}"));
        let sender = opened.sender(signing::verify).unwrap().unwrap();
        let expected = Statement {
            is_origin: true,
            signer: Some(unhex(SIGNING_KEY)),
            time: TIME,
            header: unhex(STANZAS_DIGEST),
            previous: None,
            content,
            entries: vec![ListEntry {
                listing: Listing::Provable(unhex(RID)),
                count: 1,
            }],
            true_length: None,
            addressees: None,
        };
        assert_eq!(sender.statements(), [expected]);
        assert!(sender.is_recorded() && !sender.is_newer());
        assert_eq!(sender.covers_content(), content.is_some());
        assert_eq!(sender.check_content(&unhex(CONTENT_ROOT)), Ok(()));
        assert_eq!(sender.check_content(&[0; 32]).is_ok(), content.is_none());
        let recipient = identity().to_recipient();
        assert_eq!(
            opened.prove_readers(Some(&sender), &[&recipient], &[]),
            [ReaderEvidence::Proved { known: 0 }]
        );
        assert_eq!(
            opened.prove_readers(Some(&sender), &[], &[&identity()]),
            [ReaderEvidence::Opened { identity: 0 }]
        );
        let listed = ReaderEvidence::Listed(Listing::Provable(unhex(RID)));
        assert_eq!(opened.prove_readers(Some(&sender), &[], &[]), [listed]);
    }
}

#[test]
fn the_fixed_files_are_written_to_the_byte() {
    let seed = words::parse(WORDS).unwrap_or_else(|error| panic!("{error}"));
    let (signing, recipient, root) = (
        seed.signing(),
        identity().to_recipient(),
        unhex(CONTENT_ROOT),
    );
    for (file, covering) in [
        (ORIGIN, Coverage::Header),
        (CONTENT, Coverage::Contents(&root)),
    ] {
        let new = NewFile::of(file_key(), nonce(), &[&recipient]).unwrap();
        let mut bytes = new
            .header_by(&Author::signing(&signing, TIME), covering)
            .unwrap();
        bulla_age::stream::Engine::new(1)
            .seal(&new.payload_key(), &b"hello\n"[..], &mut bytes)
            .unwrap();
        assert_eq!(bytes, base64(file));
    }
}

/// Every byte of the fixed files, flipped: the result never shows a sender, and never the whole
/// plaintext.
#[test]
fn no_byte_of_the_fixed_files_can_be_another() {
    for file in [ORIGIN, CONTENT] {
        let file = base64(file);
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

/// The file with a content root, passed on by another person to the classic identity of epoch 1.
const PASSED_ON: &str = "YWdlLWVuY3J5cHRpb24ub3JnL3YxCi0+IFgyNTUxOSBxdGNtUmVvUVJobUFueFRIZjJOSXcwQUFXUWExcmthKzVsbjBhQUQ5REZRCm91SHVJRDdHMEpxNUNXcU90MXZyL0FPdjhZQXRFV3BTbm4wVkVtakpjTU0KLT4gWDI1NTE5IGdpVnlUTmRSdFh0V0dKTEdUckhqbEZLcXVqeFlVYUlxRS9mVzd6dXk5eG8KS1kyV2l3UVNrU2FlVXJkMkVzYUw4VkE4dU9MYTl4aldvN0h3MEJoS2tNZwotPiBidWxsYS9zZW5kZXIga0s2eVBDTGJ1VkZiNzM2YnNmZXhXdwpqT2o1N0NYTzN5SzMrblNPSGgvVkd4SnVqNTB2ZjgzUW80TWkzakVXUEZKUmErcnpXQS9nNVo3VUt2bzdQcFZDCjNwNWxhaVdMQmx2MFBqaE85dU03TEhSeXFHa1RMNXFJU3RKamNsbS8rZVRuV04zckxjZ2xPUUdpTXIzZXBpUjUKbno5Zkk4bitHNmhnOEF6aXk4RERKSmFEKzl5UGNZTFE2Tk1yVm92OThLVFUvU3dWbHJpNk1IM0ZUQy9INHNhawpIRDFldjdseE5vNjc1UzQ1Nk1uOUFRQUhuSG9mSEdFT2ZZdDlQUng4YldNenIzcVRkcWJUcUQwMlRBZ3IxMFB5CmJjTjhUQmZIVVozV25pYjQ1dnZOSVhmWDduMEt1ZTZSNU53R2RxM3dpMjVJL0l0UUY2ck1RZjhNdWt2WlBPRGkKbHp0bklmRjR4ZlNCemlabzA0OFVRMFhFTTFqVVV5T25TeTRiY2lWaHZwNTRGVWZvdUhjdDNoV0tZZzZmMVFmSgp4WnFPUGRsZnNZS3pJeHVIaFJaSjl3NDNoN3U3QlJHTXcraGp5Z3d4YXRmWU5wVE1zanlEbjFhSWJCekJEdGpoCm1YZHhKK3VML3JrWFh2allEcm1TOHY4eEc5Unl6UGR5OXhvWk9jQm1iSGUxVzQ3eDB5a05mSXEzbklyWW5LSE8KbHpDRlQwRWVyMHc2U0FpbFVwWmFYMFJRQUpuOGhsd1J3cjI1cVZYZnhpWTMwUTRNbktVZ2VKQzJweTlEQ0ZtRgoKLS0tIGs5LzBEcGJmOTZKUElkYXpzTU5Xa0FmaFdteExWNitzcUJzcytqZFdQOHMKsLGys7S1tre4ubq7vL2+v3mVxOj14rOKcDRo9XoAjNaGh+EzCoU=";
/// "hello", padded, by that person, addressed to the signing key of the seed.
const MESSAGE: &str = "YWdlLWVuY3J5cHRpb24ub3JnL3YxCi0+IFgyNTUxOSBxdGNtUmVvUVJobUFueFRIZjJOSXcwQUFXUWExcmthKzVsbjBhQUQ5REZRCm91SHVJRDdHMEpxNUNXcU90MXZyL0FPdjhZQXRFV3BTbm4wVkVtakpjTU0KLT4gYnVsbGEvc2VuZGVyIE5scXA4Y3JIbEtLMU5MVGhMNU13UVEKQURDKy9DcWtZUWRPREVWL3BqWW9abWtuanlmajVleEN0NlduQnRORmoxOEdKK3JadUNUUVAyblFGd2ZMRnVZbAozQjJqS0xqVEFGTDQvUmlBWEY5eklGK2RMYnc0aExVZ2NOYklPR2ZEWVpua0ExNktOYzVtWVRVRUhFcGgyb1pmCi9paHRoeXE4QlFsUFdkdkZmL21ZQkdkbXJ0bndmaVp3QjdMUUhsTlN2UElxN2htOEN5Ym5hem4zNjVkOE9MUUYKLzdCMnlzZ2NreEJsb3hueU1TV2JsSDBPaWdyUmVCUnkvUnlJM0V1T1FVSlFRekoxVjJqU2hlWUVBRWFUQ2N3WApkY1dyOHYzQ2VRcXhUMVErUHhpcjZneFc5Y09DQ2hpLzhoOS85NmYzN3B1K3NGeW5YcGlGemJvWXRrcWhXR2k5CgotLS0gc24zdzV3VzE1bTZCZENDWnVabENxVVd2MGlsMlNieVYzbTAzNCtUTXBDRQqwsbKztLW2t7i5uru8vb6/eZXE6PXi/9aFPCg3Af1LL1QzOFwdl0o27TXmngle1bVAsfC+b+8yv+6QtcOnavjhXPLIdXa+elrlUsJaGeh+Miu7gjujsuljKR+40+MhIxlP/DbcjvgJEwBb7+ZwCQ0oHGhfAFiYYEK8KYKSBCPnIrNBl1AFBPd4/JWDBRa3XsP4ozCdzifM/P0UG/hTYNbF2rYKlCMTSYZC4+PuFvUzhfQZHNt+FxVJJjDSSjnxYBoH2Z3CKqRVu+7ph7Sk+oLqCgzdRazTjm49YPmHw3JkJjyB8m3GCCXXuQzQOoOvbCWljd2u60BuOwfwKm0LGA9YWMzdikVp88GOZlOI6ETpkUhWdxlBavpmN/fSP/J1f6A=";
const BODY_OF_A_CHANGE: &str = "020102ea4a6c63e29c520abef5507b132ec5f9954776aebebe7b92421eea691446d22c000000006afd8724ce88ef1f8bf885623b45e69778bf4bdec6f0bca667b0b81565510b17168b3ae50d1434218624ed48a893b0b26add51d66dbd939bdfd9e51265180ce96bfe4a4600020101caf6b80c7e610181184fd44cf94f45be0101a5509022350449dbbab507948e5d5a430000";
const BODY_OF_A_MESSAGE: &str = "010100ea4a6c63e29c520abef5507b132ec5f9954776aebebe7b92421eea691446d22c000000006afd86c009b8fffc052cb232ae1d0f21496a034ebc20d4b19116f57883ea46893a2f829b00010101caf6b80c7e610181184fd44cf94f45be001e83000800000000000000058500102b1568dcc26bf614a1939e82a101a4cc";

/// The signing key whose secret is 32 bytes of 7.
fn somebody() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

#[test]
fn a_file_that_was_passed_on_is_written_to_the_byte() {
    let content = base64(CONTENT);
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
    assert_eq!(bytes, base64(PASSED_ON));
}

#[test]
fn a_message_is_written_to_the_byte() {
    let (by, recipient) = (somebody(), identity().to_recipient());
    let addressees = HashMap::from([(unhex(RID), unhex(SIGNING_KEY))]);
    let author = Author {
        addressees,
        true_length: Some(5),
        ..Author::signing(&by, TIME)
    };
    let new = NewFile::of(file_key(), nonce(), &[&recipient]).unwrap();
    let mut bytes = new.header_by(&author, Coverage::Header).unwrap();
    let padded = format!("hello\n{}\n", " ".repeat(249));
    bulla_age::stream::Engine::new(1)
        .seal(&new.payload_key(), padded.as_bytes(), &mut bytes)
        .unwrap();
    assert_eq!(bytes, base64(MESSAGE));
}

#[test]
fn the_page_of_the_formats_has_these_values() {
    let page = include_str!("../../../docs/formats.md");
    let values = [
        IDENTITY,
        SEED,
        RECIPIENT,
        RID,
        STANZAS_DIGEST,
        ROOT,
        ROOT_OF_TWO,
        HYBRID_DIGEST,
        ORIGIN,
        CONTENT,
        SIGNING_KEY,
        HYBRID_STANZA_DIGEST,
        HYBRID_RID,
        PASSED_ON,
        MESSAGE,
        BODY_OF_A_CHANGE,
        BODY_OF_A_MESSAGE,
    ];
    for value in values {
        assert!(page.contains(value), "{value}");
    }
    assert!(page.contains(&EPHEMERAL.replace(' ', "")) && page.contains(&WORDS.replace("  ", " ")));
}
