//! Signatures with one half and with both, and what is not one.

use super::*;

const LABEL: &str = "bulla/test/v1";
const BYTES: &[u8] = b"words";

fn secret(number: u8) -> SecretSigningKey {
    SecretSigningKey::new(&[number; 32], &[number; 32])
}

fn holds(key: SigningKey, algorithm: Algorithm, bytes: &[u8], signature: &[u8]) -> bool {
    verify(&key, algorithm, LABEL, bytes, signature).is_some()
}

#[test]
fn a_signature_holds_for_its_key_its_bytes_and_its_algorithm_only() {
    let (one, other) = (secret(1), secret(2));
    for (algorithm, wrong) in [
        (Algorithm::Ed25519, Algorithm::Ed25519MlDsa65),
        (Algorithm::Ed25519MlDsa65, Algorithm::Ed25519),
    ] {
        let signature = one.sign(algorithm, LABEL, BYTES);
        assert_eq!(signature.len(), algorithm.signature_len());
        assert_eq!(signature, one.sign(algorithm, LABEL, BYTES));
        assert!(holds(one.key(), algorithm, BYTES, &signature));
        assert!(!holds(one.key(), algorithm, b"word", &signature));
        assert!(!holds(other.key(), algorithm, BYTES, &signature));
        assert!(!holds(one.key(), wrong, BYTES, &signature));
        assert!(verify(&one.key(), algorithm, "bulla/test", BYTES, &signature).is_none());
        for len in [0, 63, 64, 65, signature.len() - 1] {
            let cut = &signature[..len.min(signature.len() - 1)];
            assert!(!holds(one.key(), algorithm, BYTES, cut), "{len}");
        }
        assert!(!holds(
            one.key(),
            algorithm,
            BYTES,
            &[&signature[..], b"\0"].concat()
        ));
    }
}

#[test]
fn half_a_signature_cannot_be_used_as_the_classic_one() {
    let one = secret(1);
    let both = one.sign(Algorithm::Ed25519MlDsa65, LABEL, BYTES);
    assert!(!holds(one.key(), Algorithm::Ed25519, BYTES, &both[..64]));
    let classic = one.sign(Algorithm::Ed25519, LABEL, BYTES);
    let moved = [&classic[..], &both[64..]].concat();
    assert!(!holds(one.key(), Algorithm::Ed25519MlDsa65, BYTES, &moved));
}

#[test]
fn each_half_must_be_that_of_the_signing_key() {
    let (one, other) = (secret(1), secret(2));
    let algorithm = Algorithm::Ed25519MlDsa65;
    let (ours, theirs) = (
        one.sign(algorithm, LABEL, BYTES),
        other.sign(algorithm, LABEL, BYTES),
    );
    let mixed = |ed25519: &[u8], ml_dsa: &[u8]| [&ed25519[..64], &ml_dsa[64..]].concat();
    let key = |ed25519: &SigningKey, ml_dsa: &SigningKey| {
        SigningKey::from((*ed25519.ed25519(), *ml_dsa.ml_dsa_digest()))
    };
    let (one, other) = (one.key(), other.key());
    assert!(!holds(one, algorithm, BYTES, &mixed(&ours, &theirs)));
    assert!(!holds(one, algorithm, BYTES, &mixed(&theirs, &ours)));
    assert!(!holds(key(&one, &other), algorithm, BYTES, &ours));
    assert!(!holds(key(&other, &one), algorithm, BYTES, &ours));
    // Two people together may have one key. It is neither of theirs.
    assert!(holds(
        key(&one, &other),
        algorithm,
        BYTES,
        &mixed(&ours, &theirs)
    ));
}

#[test]
fn no_flipped_bit_leaves_a_classic_signature_valid() {
    let one = secret(1);
    let signature = one.sign(Algorithm::Ed25519, LABEL, BYTES);
    for bit in 0..512 {
        let mut forged = signature.clone();
        forged[bit / 8] ^= 1 << (bit % 8);
        assert!(
            !holds(one.key(), Algorithm::Ed25519, BYTES, &forged),
            "bit {bit}"
        );
    }
}

#[test]
fn keys_of_low_order_sign_nothing() {
    let mut identity = [0; 32];
    identity[0] = 1;
    for half in [[0; 32], identity] {
        let key = SigningKey::from((half, *secret(1).key().ml_dsa_digest()));
        assert_eq!(key.check(), Err(ParseError::LowOrder));
        // Without strict verification, the identity point with itself and zero is a signature of
        // everything.
        let mut signature = [0; 64];
        signature[..32].copy_from_slice(&identity);
        assert!(!holds(key, Algorithm::Ed25519, b"anything", &signature));
        let mut both = secret(1).sign(Algorithm::Ed25519MlDsa65, LABEL, b"anything");
        both[..64].copy_from_slice(&signature);
        assert!(!holds(key, Algorithm::Ed25519MlDsa65, b"anything", &both));
    }
    assert_eq!(secret(1).key().check(), Ok(()));
}

#[test]
fn a_key_is_read_back_from_its_text() {
    let key = secret(1).key();
    assert_eq!(key.to_string().parse(), Ok(key));
    let text = key.to_string();
    for wrong in [
        text.replace("mldsa65", "mldsa87"),
        text.replace("ed25519 ", ""),
        text.replace(" mldsa65", "  mldsa65"),
        format!("{text} "),
        format!("{text}="),
        text[..text.len() - 1].to_owned(),
        key.ed25519_text(),
    ] {
        assert_eq!(
            wrong.parse::<SigningKey>(),
            Err(ParseError::SigningKey),
            "{wrong}"
        );
    }
}

#[test]
fn a_key_has_one_encoding() {
    let mut loose = 0;
    for more in 0..19 {
        // 2^255 - 19 + more, which the library reads as the coordinate `more`.
        let mut half = [0xff; 32];
        (half[0], half[31]) = (0xed + more, 0x7f);
        let key = SigningKey::from((half, [0; 32]));
        assert!(key.check().is_err(), "{more}");
        let read = ed25519_dalek::VerifyingKey::from_bytes(&half);
        loose += usize::from(read.is_ok_and(|key| !key.is_weak()));
    }
    assert!(loose > 0, "the library does not check it");
    let mut largest = [0xff; 32];
    (largest[0], largest[31]) = (0xec, 0x7f);
    assert_eq!(
        SigningKey::from((largest, [0; 32])).check(),
        Err(ParseError::LowOrder)
    );
}

#[test]
fn expanded_keys_that_are_kept_are_never_taken_for_another() {
    let algorithm = Algorithm::Ed25519MlDsa65;
    let signers: Vec<SecretSigningKey> = (1..=7).map(secret).collect();
    let signatures: Vec<Vec<u8>> = signers
        .iter()
        .map(|signer| signer.sign(algorithm, LABEL, BYTES))
        .collect();
    // In orders in which a key is kept, was dropped again, and was never there.
    for step in [1, 2, 3, 5, 6] {
        for turn in 0..3 * signers.len() {
            let place = turn * step % signers.len();
            let key = signers[place].key();
            assert!(holds(key, algorithm, BYTES, &signatures[place]));
            let other = (place + 1) % signers.len();
            assert!(!holds(key, algorithm, BYTES, &signatures[other]));
            assert!(!holds(key, algorithm, b"other bytes", &signatures[place]));
            // The halves of one signer behind the public key of another.
            let public = 64..64 + ml_dsa::PUBLIC_KEY;
            let mut mixed = signatures[place].clone();
            mixed[public.clone()].copy_from_slice(&signatures[other][public]);
            let lent = SigningKey::from((*key.ed25519(), *signers[other].key().ml_dsa_digest()));
            assert!(!holds(lent, algorithm, BYTES, &mixed));
        }
    }
}
