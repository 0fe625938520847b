//! The X-Wing KEM (draft-connolly-cfrg-xwing-kem): ML-KEM-768 and X25519 under one combiner,
//! deterministic.
//!
//! Combines `ml-kem`, `x25519-dalek` and `sha3`. Why the `x-wing` crate is not used is in decision
//! 1 (`docs/decisions`). Tested with the draft's own vectors, the age testkit and Wycheproof's
//! ML-KEM vectors.

use std::sync::Arc;

use crate::kinds::fixed_base::{FixedBase, public_of, shared_secret};
use ml_kem::kem::Decapsulate;
use ml_kem::{B32, EncapsulateDeterministic, Encoded, EncodedSizeUser, KemCore, MlKem768};
use sha3::digest::{ExtendableOutput, Update, XofReader};
use sha3::{Digest, Sha3_256, Sha3_512, Shake256};
use x25519_dalek::{PublicKey, StaticSecret};
use zeroize::{Zeroize, Zeroizing};

/// Bytes of a public key: ML-KEM's 1184, X25519's 32.
pub(crate) const PUBLIC: usize = 1216;
/// Bytes of a ciphertext: ML-KEM's 1088, X25519's 32.
pub(crate) const CIPHERTEXT: usize = 1120;
const PUBLIC_M: usize = 1184;
const CIPHERTEXT_M: usize = 1088;
const LABEL: &[u8; 6] = br"\.//^\";

type PublicM = <MlKem768 as KemCore>::EncapsulationKey;
type SecretM = <MlKem768 as KemCore>::DecapsulationKey;

/// What both sides end with.
pub(crate) type Shared = Zeroizing<[u8; 32]>;

/// A point that would make the X25519 half worthless.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct LowOrder;

pub(crate) struct PublicHalves {
    m: PublicM,
    x: FixedBase,
}

pub(crate) struct SecretHalves {
    m: Box<SecretM>,
    x: Box<StaticSecret>,
    public: Arc<PublicHalves>,
    /// What FIPS 203 calls H(ek).
    public_m_digest: [u8; 32],
}

/// What decapsulation found in a ciphertext.
pub(crate) struct Decapsulated {
    pub(crate) shared: Shared,
    /// The shared secret of the ML-KEM half.
    shared_m: Shared,
}

impl PublicHalves {
    /// Parses a public key; `None` if the ML-KEM half fails the modulus check of FIPS 203.
    pub(crate) fn from_bytes(bytes: &[u8; PUBLIC]) -> Option<Self> {
        let (m_bytes, x_bytes) = bytes.split_at(PUBLIC_M);
        let encoded = Encoded::<PublicM>::try_from(m_bytes).ok()?;
        let m = PublicM::from_bytes(&encoded);
        let x: [u8; 32] = x_bytes.try_into().ok()?;
        (m.as_bytes() == encoded).then(|| Self {
            m,
            x: FixedBase::new(PublicKey::from(x)),
        })
    }

    pub(crate) fn to_bytes(&self) -> [u8; PUBLIC] {
        let mut bytes = [0; PUBLIC];
        bytes[..PUBLIC_M].copy_from_slice(&self.m.as_bytes());
        bytes[PUBLIC_M..].copy_from_slice(self.x.key().as_bytes());
        bytes
    }

    /// The X25519 half.
    pub(crate) fn x(&self) -> &PublicKey {
        self.x.key()
    }

    /// Encapsulates with 64 bytes of randomness: the first 32 for ML-KEM, the others for X25519.
    pub(crate) fn encapsulate(&self, randomness: &[u8; 64]) -> ([u8; CIPHERTEXT], Shared) {
        let (m_bytes, x_bytes) = randomness.split_at(32);
        let mut seed = B32::try_from(m_bytes).expect("xwing: half of 64 bytes");
        let (ct_m, mut ss_m) = self
            .m
            .encapsulate_deterministic(&seed)
            .expect("xwing: ML-KEM's encapsulation cannot fail");
        let ephemeral: &[u8; 32] = x_bytes.try_into().expect("xwing: half of 64 bytes");
        let ct_x = public_of(ephemeral);
        let ss_x = self.x.shared_with(ephemeral);
        let shared = combine(ss_m.as_slice(), &ss_x, &ct_x, self.x());
        seed.zeroize();
        ss_m.zeroize();
        let mut ciphertext = [0; CIPHERTEXT];
        ciphertext[..CIPHERTEXT_M].copy_from_slice(&ct_m);
        ciphertext[CIPHERTEXT_M..].copy_from_slice(ct_x.as_bytes());
        (ciphertext, shared)
    }
}

impl SecretHalves {
    /// Expands the 32-byte seed that is the whole secret key.
    pub(crate) fn from_seed(seed: &[u8; 32]) -> Self {
        let mut expanded = Zeroizing::new([0; 96]);
        let mut hasher = Shake256::default();
        hasher.update(seed);
        hasher.finalize_xof().read(expanded.as_mut_slice());
        let part = |i: usize| {
            <[u8; 32]>::try_from(&expanded[32 * i..32 * (i + 1)])
                .expect("xwing: a third of 96 bytes")
        };
        let (mut d, mut z) = (B32::from(part(0)), B32::from(part(1)));
        let (secret, m) = MlKem768::generate_deterministic(&d, &z);
        d.zeroize();
        z.zeroize();
        let x = Box::new(StaticSecret::from(part(2)));
        let public_m_digest = Sha3_256::digest(m.as_bytes()).into();
        let public = PublicHalves {
            m,
            x: FixedBase::new(PublicKey::from(&*x)),
        };
        Self {
            m: Box::new(secret),
            x,
            public: Arc::new(public),
            public_m_digest,
        }
    }

    pub(crate) fn public(&self) -> &Arc<PublicHalves> {
        &self.public
    }

    /// A ciphertext for another key gives another shared secret, not an error.
    pub(crate) fn decapsulate(
        &self,
        ciphertext: &[u8; CIPHERTEXT],
    ) -> Result<Decapsulated, LowOrder> {
        let (m_bytes, x_bytes) = ciphertext.split_at(CIPHERTEXT_M);
        let ct_x = PublicKey::from(
            <[u8; 32]>::try_from(x_bytes).expect("xwing: what is left are 32 bytes"),
        );
        let ss_x = shared_secret(&self.x, &ct_x).ok_or(LowOrder)?;
        let ct_m = m_bytes
            .try_into()
            .expect("xwing: ML-KEM's part has its length");
        let mut ss_m = self
            .m
            .decapsulate(&ct_m)
            .expect("xwing: ML-KEM rejects implicitly");
        let shared = combine(ss_m.as_slice(), &ss_x, &ct_x, self.public.x());
        let shared_m = Zeroizing::new(ss_m.into());
        ss_m.zeroize();
        Ok(Decapsulated { shared, shared_m })
    }

    /// Returns whether a ciphertext that was decapsulated is the one that
    /// [`encapsulate`](PublicHalves::encapsulate) makes of these 64 bytes.
    ///
    /// The ML-KEM half needs no encapsulation. Its decapsulation has already made the ciphertext
    /// again, from the bytes that it found, and its shared secret is a hash of those bytes and of
    /// the key. So if the hash of the given bytes is the same, they are the bytes that were found,
    /// and the ciphertext is theirs. Otherwise SHA3-512 had a collision, or a secret derived for a
    /// ciphertext that is not honest happened to be the same.
    pub(crate) fn is_encapsulated_with(
        &self,
        randomness: &[u8; 64],
        ciphertext: &[u8; CIPHERTEXT],
        found: &Decapsulated,
    ) -> bool {
        let (m_bytes, x_bytes) = randomness.split_at(32);
        let mut hash = Sha3_512::new();
        Digest::update(&mut hash, m_bytes);
        Digest::update(&mut hash, self.public_m_digest);
        let mut hash: [u8; 64] = hash.finalize().into();
        let is_m_half = hash[..32] == *found.shared_m;
        hash.zeroize();
        let ephemeral = x_bytes.try_into().expect("xwing: half of 64 bytes");
        is_m_half && ciphertext[CIPHERTEXT_M..] == *public_of(ephemeral).as_bytes()
    }
}

fn combine(ss_m: &[u8], ss_x: &[u8; 32], ct_x: &PublicKey, pk_x: &PublicKey) -> Shared {
    let mut hasher = Sha3_256::new();
    for part in [ss_m, ss_x, ct_x.as_bytes(), pk_x.as_bytes(), LABEL] {
        Digest::update(&mut hasher, part);
    }
    Zeroizing::new(hasher.finalize().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes<const N: usize>(hex: &str) -> [u8; N] {
        std::array::from_fn(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).unwrap())
    }

    /// Seed, randomness, the ciphertext's X25519 half and shared secret of two vectors of the draft
    /// (-08, appendix C). The shared secret covers everything else: ML-KEM's depends on the whole
    /// public key.
    const VECTORS: [[&str; 4]; 2] = [
        [
            "7f9c2ba4e88f827d616045507605853ed73b8093f6efbc88eb1a6eacfa66ef26",
            "3cb1eea988004b93103cfb0aeefd2a686e01fa4a58e8a3639ca8a1e3f9ae57e2\
             35b8cc873c23dc62b8d260169afa2f75ab916a58d974918835d25e6a435085b2",
            "e56f17576740ce2a32fc5145030145cfb97e63e0e41d354274a079d3e6fb2e15",
            "d2df0522128f09dd8e2c92b1e905c793d8f57a54c3da25861f10bf4ca613e384",
        ],
        [
            "badfd6dfaac359a5efbb7bcc4b59d538df9a04302e10c8bc1cbf1a0b3a5120ea",
            "17cda7cfad765f5623474d368ccca8af0007cd9f5e4c849f167a580b14aabdef\
             aee7eef47cb0fca9767be1fda69419dfb927e9df07348b196691abaeb580b32d",
            "c91bdf6e0e03200693c9651e469aee6f91c98bea4127ae66312f4ae3ea155b67",
            "f2e86241c64d60f6649fbc6c5b7d17180b780a3f34355e64a85749949c45f150",
        ],
    ];

    #[test]
    fn the_vectors_of_the_draft_are_kept() {
        for [seed, randomness, ct_x, shared] in VECTORS {
            let secret = SecretHalves::from_seed(&bytes(seed));
            let (ciphertext, ours) = secret.public().encapsulate(&bytes(randomness));
            assert_eq!(*ours, bytes(shared));
            assert_eq!(ciphertext[CIPHERTEXT_M..], bytes::<32>(ct_x));
            let found = secret.decapsulate(&ciphertext).unwrap();
            assert_eq!(*found.shared, *ours);
        }
    }

    #[test]
    fn only_the_ciphertext_of_these_bytes_is_known_as_theirs() {
        let secret = SecretHalves::from_seed(&[5; 32]);
        let other = SecretHalves::from_seed(&[6; 32]);
        let randomness = |m: u8, x: u8| {
            let mut bytes = [m; 64];
            bytes[32..].fill(x);
            bytes
        };
        let asked = randomness(1, 2);
        let is_theirs = |ciphertext: &[u8; CIPHERTEXT]| {
            let found = secret.decapsulate(ciphertext).unwrap();
            secret.is_encapsulated_with(&asked, ciphertext, &found)
        };
        let (honest, _) = secret.public().encapsulate(&asked);
        assert!(is_theirs(&honest));
        for (m, x) in [(1, 3), (3, 2), (2, 1)] {
            let (others, _) = secret.public().encapsulate(&randomness(m, x));
            assert!(!is_theirs(&others), "{m} {x}");
            assert_ne!(others, honest);
        }
        let (for_another, _) = other.public().encapsulate(&asked);
        assert!(!is_theirs(&for_another));
        for at in (0..CIPHERTEXT).step_by(7).chain([CIPHERTEXT - 1]) {
            for bit in [0, 7] {
                let mut flipped = honest;
                flipped[at] ^= 1 << bit;
                assert!(!is_theirs(&flipped), "byte {at}, bit {bit}");
            }
        }
    }
}
