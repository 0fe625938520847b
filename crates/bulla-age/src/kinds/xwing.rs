//! The X-Wing KEM (draft-connolly-cfrg-xwing-kem): ML-KEM-768 and X25519 under one combiner,
//! deterministic.
//!
//! Combines `ml-kem`, `x25519-dalek` and `sha3`. Why the `x-wing` crate is not used is in decision
//! 1 (`docs/decisions`). Tested with the draft's own vectors, the age testkit and Wycheproof's
//! ML-KEM vectors.

use ml_kem::kem::Decapsulate;
use ml_kem::{B32, EncapsulateDeterministic, Encoded, EncodedSizeUser, KemCore, MlKem768};
use sha3::digest::{ExtendableOutput, Update, XofReader};
use sha3::{Digest, Sha3_256, Shake256};
use x25519_dalek::{PublicKey, SharedSecret, StaticSecret};
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

#[derive(Clone)]
pub(crate) struct PublicHalves {
    m: PublicM,
    x: PublicKey,
}

pub(crate) struct SecretHalves {
    m: Box<SecretM>,
    x: Box<StaticSecret>,
    public: PublicHalves,
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
            x: PublicKey::from(x),
        })
    }

    pub(crate) fn to_bytes(&self) -> [u8; PUBLIC] {
        let mut bytes = [0; PUBLIC];
        bytes[..PUBLIC_M].copy_from_slice(&self.m.as_bytes());
        bytes[PUBLIC_M..].copy_from_slice(self.x.as_bytes());
        bytes
    }

    /// The X25519 half.
    pub(crate) fn x(&self) -> &PublicKey {
        &self.x
    }

    /// Encapsulates with 64 bytes of randomness: the first 32 for ML-KEM, the others for X25519.
    pub(crate) fn encapsulate(&self, randomness: &[u8; 64]) -> ([u8; CIPHERTEXT], Shared) {
        let (m_bytes, x_bytes) = randomness.split_at(32);
        let mut seed = B32::try_from(m_bytes).expect("xwing: half of 64 bytes");
        let (ct_m, mut ss_m) = self
            .m
            .encapsulate_deterministic(&seed)
            .expect("xwing: ML-KEM's encapsulation cannot fail");
        let ephemeral =
            StaticSecret::from(<[u8; 32]>::try_from(x_bytes).expect("xwing: half of 64 bytes"));
        let ct_x = PublicKey::from(&ephemeral);
        let shared = combine(
            ss_m.as_slice(),
            &ephemeral.diffie_hellman(&self.x),
            &ct_x,
            &self.x,
        );
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
        let public = PublicHalves {
            m,
            x: PublicKey::from(&*x),
        };
        Self {
            m: Box::new(secret),
            x,
            public,
        }
    }

    pub(crate) fn public(&self) -> &PublicHalves {
        &self.public
    }

    /// A ciphertext for another key gives another shared secret, not an error.
    pub(crate) fn decapsulate(&self, ciphertext: &[u8; CIPHERTEXT]) -> Result<Shared, LowOrder> {
        let (m_bytes, x_bytes) = ciphertext.split_at(CIPHERTEXT_M);
        let ct_x = PublicKey::from(
            <[u8; 32]>::try_from(x_bytes).expect("xwing: what is left are 32 bytes"),
        );
        let ss_x = self.x.diffie_hellman(&ct_x);
        if !ss_x.was_contributory() {
            return Err(LowOrder);
        }
        let ct_m = m_bytes
            .try_into()
            .expect("xwing: ML-KEM's part has its length");
        let mut ss_m = self
            .m
            .decapsulate(&ct_m)
            .expect("xwing: ML-KEM rejects implicitly");
        let shared = combine(ss_m.as_slice(), &ss_x, &ct_x, &self.public.x);
        ss_m.zeroize();
        Ok(shared)
    }
}

fn combine(ss_m: &[u8], ss_x: &SharedSecret, ct_x: &PublicKey, pk_x: &PublicKey) -> Shared {
    let mut hasher = Sha3_256::new();
    for part in [
        ss_m,
        ss_x.as_bytes(),
        ct_x.as_bytes(),
        pk_x.as_bytes(),
        LABEL,
    ] {
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
            assert_eq!(*secret.decapsulate(&ciphertext).unwrap(), *ours);
        }
    }
}
