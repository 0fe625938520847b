//! Signatures with both halves, against a second implementation of ML-DSA (`fips204`), the vectors
//! of NIST, and mutants.

#![cfg(test)]

use bulla_age::signing::{Algorithm, SecretSigningKey, Signer, SigningKey, verify};
use fips204::ml_dsa_65::{self, KG, PublicKey};
use fips204::traits::{KeyGen, SerDes, Signer as _, Verifier};
use ml_dsa::MlDsa65;
use sha2::{Digest, Sha256};

const LABEL: &str = "bulla/sender/v1";
const BOTH: Algorithm = Algorithm::Ed25519MlDsa65;
/// The lengths of the three parts of a signature.
const ED25519: usize = 64;
const PUBLIC_KEY: usize = 1952;
const ML_DSA: usize = 3309;

/// Deterministic choices, so that a failure can be repeated by its number (SplitMix64).
struct Choices(u64);

impl Choices {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).unwrap()
    }

    fn bytes<const N: usize>(&mut self) -> [u8; N] {
        std::array::from_fn(|_| self.next() as u8)
    }
}

/// What both halves sign, and the context string of the second: by the formats document.
fn message(bytes: &[u8]) -> Vec<u8> {
    [b"bulla/sender/v1/ed25519+mldsa65\0", bytes].concat()
}

const CONTEXT: &[u8] = b"bulla/sender/v1/ed25519+mldsa65";

/// Keys, deterministic signatures and verdicts of two implementations are the same.
#[test]
fn two_implementations_agree() {
    let mut choices = Choices(1);
    for round in 0..50 {
        let (secret, xi) = (choices.bytes(), choices.bytes());
        let mut bytes = choices.bytes::<64>().to_vec();
        bytes.truncate(round);
        let ours = SecretSigningKey::new(&secret, &xi);
        let signature = ours.sign(BOTH, LABEL, &bytes);
        let (public, theirs) = KG::keygen_from_seed(&xi);
        let (public_bytes, message) = (public.clone().into_bytes(), message(&bytes));
        assert_eq!(
            ours.key().ml_dsa_digest()[..],
            Sha256::digest(public_bytes)[..]
        );
        assert_eq!(signature[ED25519..][..PUBLIC_KEY], public_bytes);
        let again = theirs
            .try_sign_with_seed(&[0; 32], &message, CONTEXT)
            .unwrap();
        assert_eq!(signature[ED25519 + PUBLIC_KEY..], again, "round {round}");
        assert!(public.verify(&message, &again, CONTEXT));
        // One that they drew at random is as good.
        let random = theirs
            .try_sign_with_seed(&choices.bytes(), &message, CONTEXT)
            .unwrap();
        assert_ne!(random, again);
        let theirs = [&signature[..ED25519 + PUBLIC_KEY], &random].concat();
        assert!(verify(&ours.key(), BOTH, LABEL, &bytes, &theirs).is_some());
    }
}

fn unhex(text: &serde_json::Value) -> Vec<u8> {
    let text = text.as_str().unwrap();
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
        .collect()
}

/// The vectors that NIST made for validating ML-DSA-65, in part (ACVP-Server, a work of the United
/// States government in the public domain). Long expected values are kept as their SHA-256.
#[test]
fn the_vectors_of_nist_hold() {
    let acvp: serde_json::Value =
        serde_json::from_str(include_str!("acvp/ml_dsa_65.json")).unwrap();
    let list = |value: &serde_json::Value| value.as_array().unwrap().clone();
    let (keys, signed) = (list(&acvp["keyGen"]), list(&acvp["sigGen"]));
    for test in &keys {
        let xi: [u8; 32] = unhex(&test["seed"]).try_into().unwrap();
        let key = SecretSigningKey::new(&[1; 32], &xi).key();
        assert_eq!(
            key.ml_dsa_digest()[..],
            unhex(&test["pk"]),
            "{}",
            test["tcId"]
        );
    }
    for test in &signed {
        let secret = ml_dsa::ExpandedSigningKeyBytes::<MlDsa65>::try_from(&unhex(&test["sk"])[..]);
        #[expect(deprecated, reason = "the vectors have expanded keys only")]
        let secret = ml_dsa::ExpandedSigningKey::<MlDsa65>::from_expanded(&secret.unwrap());
        let signature = secret.sign_internal(&[&unhex(&test["message"])], &ml_dsa::B32::default());
        let digest = Sha256::digest(signature.encode());
        assert_eq!(digest[..], unhex(&test["signature"]), "{}", test["tcId"]);
    }
    let public =
        ml_dsa::EncodedVerifyingKey::<MlDsa65>::try_from(&unhex(&acvp["sigVer"]["pk"])[..]);
    let public = ml_dsa::VerifyingKey::<MlDsa65>::decode(&public.unwrap());
    let verified = list(&acvp["sigVer"]["tests"]);
    for test in &verified {
        let signature = ml_dsa::Signature::<MlDsa65>::try_from(&unhex(&test["signature"])[..]);
        let valid = signature
            .is_ok_and(|signature| public.verify_internal(&unhex(&test["message"]), &signature));
        assert_eq!(
            Some(valid),
            test["testPassed"].as_bool(),
            "{}",
            test["tcId"]
        );
    }
    assert_eq!((keys.len(), signed.len(), verified.len()), (25, 4, 15));
}

/// A signed message with everything that an attacker could change about it.
#[derive(Clone, PartialEq)]
struct Attempt {
    key: SigningKey,
    bytes: Vec<u8>,
    signature: Vec<u8>,
}

impl Attempt {
    fn new(by: &SecretSigningKey, algorithm: Algorithm, label: &str, bytes: &[u8]) -> Self {
        Self {
            key: by.key(),
            bytes: bytes.to_vec(),
            signature: by.sign(algorithm, label, bytes),
        }
    }

    /// Returns whether each half is valid, by other implementations than the ones that are tested
    /// for ML-DSA, and from the formats document.
    fn halves(&self) -> (bool, bool) {
        let message = message(&self.bytes);
        let Some((ed25519, rest)) = self.signature.split_first_chunk::<ED25519>() else {
            return (false, false);
        };
        let signature = ed25519_dalek::Signature::from_bytes(ed25519);
        let first = ed25519_dalek::VerifyingKey::from_bytes(self.key.ed25519())
            .is_ok_and(|key| key.verify_strict(&message, &signature).is_ok());
        let second = rest
            .split_first_chunk::<PUBLIC_KEY>()
            .is_some_and(|(public, rest)| {
                let (Ok(signature), Ok(key)) =
                    (rest.try_into(), PublicKey::try_from_bytes(*public))
                else {
                    return false;
                };
                let signature: [u8; ml_dsa_65::SIG_LEN] = signature;
                Sha256::digest(public)[..] == self.key.ml_dsa_digest()[..]
                    && key.verify(&message, &signature, CONTEXT)
            });
        (first, second)
    }

    fn is_accepted(&self) -> bool {
        verify(&self.key, BOTH, LABEL, &self.bytes, &self.signature).is_some()
    }
}

/// Changes some bits or bytes of a part.
fn disturb(part: &mut [u8], choices: &mut Choices) {
    for _ in 0..=choices.below(3) {
        let at = choices.below(part.len());
        match choices.below(4) {
            0 => part[at] = choices.next() as u8,
            1 => part[at] = part[at].wrapping_add(1),
            2 => {
                let other = choices.below(part.len());
                part.swap(at, other);
            }
            _ => part[at] ^= 1 << choices.below(8),
        }
    }
}

/// Mutants of signatures: no half that is wrong is accepted because of the other one, and the
/// verdict is always that of two other implementations together.
#[test]
fn no_mutant_is_accepted_with_one_half_wrong() {
    let number = std::env::var("BULLA_TEST_MUTANTS").ok();
    let number: usize = number.map_or(2_000, |number| number.parse().unwrap());
    let people: Vec<_> = (1..=4)
        .map(|i| SecretSigningKey::new(&[i; 32], &[i + 8; 32]))
        .collect();
    let texts: Vec<Vec<u8>> = (0..8).map(|i| vec![i; 40 * usize::from(i)]).collect();
    let mut valid: Vec<Attempt> = Vec::new();
    for by in &people {
        valid.extend(texts.iter().map(|text| Attempt::new(by, BOTH, LABEL, text)));
    }
    // What the same people signed otherwise: as something else, or with one half.
    let mut others = valid.clone();
    for by in &people {
        others.extend(
            texts
                .iter()
                .map(|text| Attempt::new(by, BOTH, "bulla/card/v1", text)),
        );
        let classic = texts
            .iter()
            .map(|text| Attempt::new(by, Algorithm::Ed25519, LABEL, text));
        others.extend(classic.map(|mut classic| {
            classic.signature.resize(BOTH.signature_len(), 0);
            classic
        }));
    }
    let (mut first_only, mut second_only, mut neither, mut unchanged) = (0, 0, 0, 0);
    for seed in 0..number {
        let choices = &mut Choices(seed as u64);
        let original = &valid[choices.below(valid.len())];
        let other = &others[choices.below(others.len())];
        let mut mutant = original.clone();
        let (ed25519, rest) = mutant.signature.split_at_mut(ED25519);
        let (public, ml_dsa) = rest.split_at_mut(PUBLIC_KEY);
        let (c_tilde, z, hints) = {
            let (c_tilde, rest) = ml_dsa.split_at_mut(48);
            let (z, hints) = rest.split_at_mut(ML_DSA - 48 - 61);
            (c_tilde, z, hints)
        };
        match choices.below(16) {
            0..=2 => disturb(ed25519, choices),
            3 => ed25519.copy_from_slice(&other.signature[..ED25519]),
            // Half a signature with the other scalar, or the other commitment.
            4 => ed25519[..32].copy_from_slice(&other.signature[..32]),
            5 => ed25519[32..].copy_from_slice(&other.signature[32..ED25519]),
            6 => disturb(c_tilde, choices),
            7 => disturb(z, choices),
            8 | 9 => disturb(hints, choices),
            10 => disturb(public, choices),
            11 => {
                let from = ED25519 + PUBLIC_KEY;
                mutant.signature[from..].copy_from_slice(&other.signature[from..]);
            }
            12 => mutant.signature[ED25519..].copy_from_slice(&other.signature[ED25519..]),
            // The attacker's own key in one half.
            13 => {
                mutant.key = SigningKey::from((*original.key.ed25519(), *other.key.ml_dsa_digest()))
            }
            14 => {
                mutant.key = SigningKey::from((*other.key.ed25519(), *original.key.ml_dsa_digest()))
            }
            _ => match choices.below(5) {
                0 => mutant.bytes.push(0),
                1 => mutant.bytes.clone_from(&other.bytes),
                2 => mutant
                    .signature
                    .truncate(choices.below(BOTH.signature_len())),
                3 => mutant.signature.push(choices.next() as u8),
                _ => {
                    // The digest follows a disturbed public key, as an attacker would have it.
                    disturb(
                        &mut mutant.signature[ED25519..ED25519 + PUBLIC_KEY],
                        choices,
                    );
                    let public = &mutant.signature[ED25519..ED25519 + PUBLIC_KEY];
                    let digest = Sha256::digest(public).into();
                    mutant.key = SigningKey::from((*original.key.ed25519(), digest));
                }
            },
        }
        let halves = mutant.halves();
        assert_eq!(
            mutant.is_accepted(),
            halves == (true, true),
            "mutant {seed}: {halves:?}"
        );
        match halves {
            (true, true) => {
                // Only what somebody signed so.
                assert!(valid.contains(&mutant), "mutant {seed} is a forgery");
                unchanged += 1;
            }
            (true, false) => first_only += 1,
            (false, true) => second_only += 1,
            (false, false) => neither += 1,
        }
    }
    println!(
        "{number} mutants: Ed25519 alone valid in {first_only}, ML-DSA-65 alone in {second_only}, \
         neither in {neither}: none of them accepted; {unchanged} were not changed, all accepted"
    );
    assert!(first_only > number / 5 && second_only > number / 5 && unchanged < number / 5);
}
