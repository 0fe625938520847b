//! The age testkit against the library.

#![cfg(test)]

#[path = "testkit/mod.rs"]
mod testkit;

use std::collections::BTreeMap;

use testkit::Expect;

#[test]
fn every_vector_parses() {
    let vectors = testkit::vectors();
    let mut counts = BTreeMap::new();
    for vector in &vectors {
        *counts.entry(vector.expect).or_insert(0) += 1;
        let released = matches!(vector.expect, Expect::Success | Expect::PayloadFailure);
        assert_eq!(
            vector.payload.is_some(),
            released,
            "{}: a payload where bytes are released",
            vector.name
        );
        // Every file key of the testkit is one of two phrases in capitals.
        assert!(
            vector.file_key.as_ref().is_some_and(|key| key.is_ascii()),
            "{}: no file key",
            vector.name
        );
        let keys = vector.identities.len() + vector.passphrases.len();
        assert!(
            keys > 0 || vector.expect != Expect::Success,
            "{}: nothing to open it with",
            vector.name
        );
        assert!(
            vector.file.starts_with(b"age-encryption.org/")
                || vector.armored
                || vector.name == "empty"
                || vector.expect == Expect::HeaderFailure,
            "{}: not a file",
            vector.name
        );
    }
    println!("testkit: {} vectors: {counts:?}", vectors.len());
    let known = [
        (Expect::Success, 26),
        (Expect::NoMatch, 13),
        (Expect::HmacFailure, 1),
        (Expect::HeaderFailure, 62),
        (Expect::ArmorFailure, 22),
        (Expect::PayloadFailure, 19),
    ];
    assert_eq!((vectors.len(), counts), (143, BTreeMap::from(known)));
}

#[test]
fn a_vector_that_is_not_understood_is_an_error() {
    for (text, why) in [
        ("expect: success\n", "no empty line"),
        ("payload: 00\n\nfile", "no expect line"),
        ("expect: maybe\n\nfile", "unknown expectation: maybe"),
        (
            "expect: success\ncolour: blue\n\nfile",
            "unknown line: colour: blue",
        ),
        (
            "expect: success\nfile key: 0g\n\nfile",
            "not a file key in hex: 0g",
        ),
        (
            "expect: success\nfile key: 000\n\nfile",
            "not a file key in hex: 000",
        ),
        (
            "expect: success\ncompressed: zstd\n\nfile",
            "unknown line: compressed: zstd",
        ),
        ("expect\n\nfile", "not a `key: value` line: expect"),
    ] {
        assert_eq!(testkit::parse("planted", text.as_bytes()).unwrap_err(), why);
    }
}
