//! Hardware key recipients: what is encrypted to `age1tag1…` and `age1tagpq1…` opens with their
//! secret keys.
//!
//! The library only encrypts to them. The decrypting side is written here from C2SP age.md, with
//! keys made here.

#![cfg(test)]

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD_NO_PAD as BASE64;
use bulla_age::format::Stanza;
use bulla_age::kinds::X25519Identity;
use bulla_age::stream::Engine;
use bulla_age::{
    AnyRecipient, Effort, EncryptError, FileKey, Identity, LockedFile, Mismatch, Recipient,
    Unwrapped, decrypt_all,
};
use chacha20poly1305::aead::{Aead, KeyInit};
use hkdf::Hkdf;
use hpke::{Deserializable, Serializable};
use ml_kem::kem::Decapsulate;
use ml_kem::{EncodedSizeUser, KemCore, MlKem768};
use p256::elliptic_curve::sec1::ToEncodedPoint;
use sha2::{Digest, Sha256};

type MlKemKey = <MlKem768 as KemCore>::DecapsulationKey;

/// The length of an ML-KEM-768 ciphertext.
const CIPHERTEXT: usize = 1088;

/// The secret key that a hardware token would hold.
enum Hardware {
    Classic(p256::SecretKey),
    PostQuantum(Box<MlKemKey>, p256::SecretKey),
}

/// A P-256 secret key made from one byte.
fn p256_key(byte: u8) -> p256::SecretKey {
    p256::SecretKey::from_slice(&[byte; 32]).unwrap()
}

fn point(key: &p256::SecretKey, compressed: bool) -> Vec<u8> {
    key.public_key()
        .to_encoded_point(compressed)
        .as_bytes()
        .to_vec()
}

impl Hardware {
    fn classic(byte: u8) -> Self {
        Self::Classic(p256_key(byte))
    }

    fn post_quantum(byte: u8) -> Self {
        let (key, _) = MlKem768::generate_deterministic(&[byte; 32].into(), &[byte ^ 1; 32].into());
        Self::PostQuantum(Box::new(key), p256_key(byte))
    }

    fn recipient(&self) -> AnyRecipient {
        let (prefix, public) = match self {
            Self::Classic(key) => ("age1tag", point(key, true)),
            Self::PostQuantum(pq, key) => {
                let public = [
                    pq.encapsulation_key().as_bytes().to_vec(),
                    point(key, false),
                ]
                .concat();
                ("age1tagpq", public)
            }
        };
        let prefix = bech32::Hrp::parse(prefix).unwrap();
        bech32::encode::<LongBech32>(prefix, &public)
            .unwrap()
            .parse()
            .unwrap()
    }

    fn stanza_type(&self) -> &'static str {
        match self {
            Self::Classic(_) => "p256tag",
            Self::PostQuantum(..) => "mlkem768p256tag",
        }
    }

    /// Domain separation: the HPKE info and the salt of the tag.
    fn info(&self) -> String {
        format!("age-encryption.org/{}", self.stanza_type())
    }

    /// The tag by which the key recognizes a stanza without opening it.
    fn tag(&self, enc: &[u8]) -> Vec<u8> {
        let public = match self {
            Self::Classic(key) => point(key, true),
            Self::PostQuantum(_, key) => point(key, false),
        };
        let ikm = [enc, &Sha256::digest(public)[..4]].concat();
        Hkdf::<Sha256>::extract(Some(self.info().as_bytes()), &ikm).0[..4].to_vec()
    }

    fn open(&self, enc: &[u8], body: &[u8]) -> Vec<u8> {
        match self {
            Self::Classic(key) => open_classic(key, enc, self.info().as_bytes(), body),
            Self::PostQuantum(pq, key) => {
                open_with(&hybrid_secret(pq, key, enc), self.info().as_bytes(), body)
            }
        }
    }
}

/// DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, ChaCha20Poly1305, as implemented by the hpke crate.
fn open_classic(key: &p256::SecretKey, enc: &[u8], info: &[u8], body: &[u8]) -> Vec<u8> {
    type Kem = hpke::kem::DhP256HkdfSha256;
    type Secret = <Kem as hpke::Kem>::PrivateKey;
    type Share = <Kem as hpke::Kem>::EncappedKey;
    let secret = Secret::from_bytes(&key.to_bytes()).unwrap();
    let share = Share::from_bytes(enc).unwrap();
    assert_eq!(share.to_bytes().as_slice(), enc);
    hpke::single_shot_open::<hpke::aead::ChaCha20Poly1305, hpke::kdf::HkdfSha256, Kem>(
        &hpke::OpModeR::Base,
        &secret,
        &share,
        info,
        body,
        b"",
    )
    .unwrap()
}

/// MLKEM768-P256: SHA3-256 over both shared secrets, the P-256 share and public key, and the label.
fn hybrid_secret(pq: &MlKemKey, key: &p256::SecretKey, enc: &[u8]) -> [u8; 32] {
    let (ciphertext, share) = enc.split_at(CIPHERTEXT);
    let first = pq.decapsulate(&ciphertext.try_into().unwrap()).unwrap();
    let peer = p256::PublicKey::from_sec1_bytes(share).unwrap();
    let second = p256::ecdh::diffie_hellman(key.to_nonzero_scalar(), peer.as_affine());
    let parts = [
        &first[..],
        second.raw_secret_bytes(),
        share,
        &point(key, false),
        b"MLKEM768-P256",
    ];
    sha3::Sha3_256::digest(parts.concat()).into()
}

/// RFC 9180, key schedule in base mode and the first message, for KEM 0x0050.
fn open_with(shared: &[u8], info: &[u8], body: &[u8]) -> Vec<u8> {
    let suite = b"HPKE\x00\x50\x00\x01\x00\x03";
    let extract = |salt: &[u8], label: &[u8], ikm: &[u8]| {
        Hkdf::<Sha256>::extract(Some(salt), &[b"HPKE-v1", &suite[..], label, ikm].concat())
    };
    let context = [
        &[0][..],
        &extract(b"", b"psk_id_hash", b"").0,
        &extract(b"", b"info_hash", info).0,
    ]
    .concat();
    let (_, secret) = extract(shared, b"secret", b"");
    let expand = |label: &[u8], len: u16| {
        let mut out = vec![0; usize::from(len)];
        let info = [&len.to_be_bytes(), &b"HPKE-v1"[..], suite, label, &context].concat();
        secret.expand(&info, &mut out).unwrap();
        out
    };
    let (key, nonce) = (expand(b"key", 32), expand(b"base_nonce", 12));
    let aead = chacha20poly1305::ChaCha20Poly1305::new_from_slice(&key).unwrap();
    aead.decrypt(nonce.as_slice().into(), body).unwrap()
}

impl Identity for Hardware {
    fn work(&self, _: &[Stanza]) -> usize {
        0
    }

    fn unwrap(&self, stanzas: &[Stanza]) -> Unwrapped {
        for stanza in stanzas
            .iter()
            .filter(|stanza| stanza.tag == self.stanza_type())
        {
            let args: Vec<_> = stanza
                .args
                .iter()
                .map(|arg| BASE64.decode(arg).unwrap())
                .collect();
            let [tag, enc] = &args[..] else {
                panic!("{} arguments", args.len())
            };
            if *tag == self.tag(enc) {
                let file_key = self.open(enc, &stanza.body).try_into().unwrap();
                return Unwrapped::FileKey(FileKey::new(&file_key));
            }
        }
        Unwrapped::NoMatch(Mismatch::OtherKey)
    }

    fn effort(&self) -> Effort {
        Effort::None
    }

    fn describe(&self) -> String {
        self.stanza_type().to_owned()
    }
}

/// Bech32 without the length limit of BIP 173, as age uses it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum LongBech32 {}

impl bech32::Checksum for LongBech32 {
    type MidstateRepr = u32;
    const CODE_LENGTH: usize = usize::MAX;
    const CHECKSUM_LENGTH: usize = 6;
    const GENERATOR_SH: [u32; 5] = <bech32::Bech32 as bech32::Checksum>::GENERATOR_SH;
    const TARGET_RESIDUE: u32 = 1;
}

fn encrypted(recipients: &[&dyn Recipient], plain: &[u8]) -> Result<Vec<u8>, EncryptError> {
    let mut file = Vec::new();
    bulla_age::encrypt(recipients, plain, &mut file, &Engine::new(2)).map(|_| file)
}

fn opens_with_its_key_alone(make: fn(u8) -> Hardware) {
    let (mine, other) = (make(7), make(9));
    let recipients = [&other, &mine].map(Hardware::recipient);
    for plain in [&b""[..], b"hello\n", &[7; 200_000]] {
        let both = recipients
            .each_ref()
            .map(|recipient| recipient.as_recipient().unwrap());
        let file = encrypted(&both, plain).unwrap();
        for key in [&mine, &other] {
            assert_eq!(decrypt_all(&file, &[key]).unwrap().as_slice(), plain);
        }
        assert!(decrypt_all(&file, &[&make(8)]).is_err());
    }
}

fn stanza_of(key: &Hardware) -> Stanza {
    let file = encrypted(&[key.recipient().as_recipient().unwrap()], b"").unwrap();
    let header = LockedFile::read(&mut file.as_slice()).unwrap();
    let stanzas = header.header().stanzas();
    assert_eq!(stanzas.len(), 1);
    Stanza {
        tag: stanzas[0].tag.clone(),
        args: stanzas[0].args.clone(),
        body: stanzas[0].body.clone(),
    }
}

/// The lengths of the tag, the encapsulated key and the body.
fn lengths(stanza: &Stanza) -> Vec<usize> {
    let args = stanza
        .args
        .iter()
        .map(|arg| BASE64.decode(arg).unwrap().len());
    args.chain([stanza.body.len()]).collect()
}

#[test]
fn a_file_for_tag_recipients_opens_with_each_key_alone() {
    opens_with_its_key_alone(Hardware::classic);
}

#[test]
fn a_file_for_post_quantum_tag_recipients_opens_with_each_key_alone() {
    opens_with_its_key_alone(Hardware::post_quantum);
}

#[test]
fn stanzas_have_the_shape_of_the_specification_and_never_repeat() {
    for (key, expected) in [
        (Hardware::classic(7), [4, 65, 32]),
        (Hardware::post_quantum(7), [4, CIPHERTEXT + 65, 32]),
    ] {
        let (one, two) = (stanza_of(&key), stanza_of(&key));
        assert_eq!(
            (one.tag.as_str(), lengths(&one)),
            (key.stanza_type(), expected.to_vec())
        );
        assert_ne!(one.args, two.args);
        assert_ne!(one.body, two.body);
    }
}

#[test]
fn a_recipient_keeps_its_text() {
    for key in [Hardware::classic(7), Hardware::post_quantum(7)] {
        let recipient = key.recipient();
        assert!(matches!(recipient, AnyRecipient::Tag(_)));
        let text = recipient.to_string();
        assert_eq!(text.parse::<AnyRecipient>().unwrap().to_string(), text);
        assert_eq!(
            recipient.is_post_quantum(),
            Some(matches!(key, Hardware::PostQuantum(..)))
        );
    }
}

#[test]
fn only_post_quantum_recipients_refuse_classic_ones() {
    let person = X25519Identity::generate().unwrap();
    let together = |key: Hardware| {
        let recipient = key.recipient();
        let file = encrypted(
            &[recipient.as_recipient().unwrap(), &person.to_recipient()],
            b"hello\n",
        )?;
        assert_eq!(decrypt_all(&file, &[&key]).unwrap().as_slice(), b"hello\n");
        assert_eq!(
            decrypt_all(&file, &[&person]).unwrap().as_slice(),
            b"hello\n"
        );
        Ok::<_, EncryptError>(())
    };
    together(Hardware::classic(7)).unwrap();
    assert!(together(Hardware::post_quantum(7)).is_err());
}
